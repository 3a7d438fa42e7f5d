/* Headers of requests: see request.h. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "api/request.h"

/* Nothing else is taken for JSON: a form of another site can post the types that
 * need no preflight, and this is not one of them. */
bool request_type_is_json(const char *content_type)
{
	size_t n;

	if (content_type == NULL)
		return true;
	n = strcspn(content_type, "; \t");
	return n == strlen("application/json") &&
		strncasecmp(content_type, "application/json", n) == 0;
}

enum request_coding request_coding(const char *content_encoding)
{
	if (content_encoding == NULL || strcasecmp(content_encoding, "identity") == 0)
		return CODING_NONE;
	/* RFC 9110 §8.4.1.3: x-gzip is the same. */
	if (strcasecmp(content_encoding, "gzip") == 0 ||
	    strcasecmp(content_encoding, "x-gzip") == 0)
		return CODING_GZIP;
	return CODING_OTHER;
}

bool request_key_is_good(const char *idempotency_key)
{
	const char *p = idempotency_key;

	while (*p > 0x20 && *p < 0x7f)
		p++;
	return *p == '\0' && p > idempotency_key && p - idempotency_key <= 255;
}

void request_digest(const char *method, const char *path, const char *body, size_t len,
	char ret[DIGEST_HEX_SIZE])
{
	const struct digest_part parts[] = {
		{ method, strlen(method) }, { "\n", 1 },
		{ path, strlen(path) }, { "\n", 1 },
		{ body, len },
	};
	unsigned char digest[DIGEST_SIZE];

	digest_sha256(parts, sizeof(parts) / sizeof(parts[0]), digest);
	digest_hex(digest, sizeof(digest), ret);
}
