/* Headers of requests: see request.h. */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "api/request.h"
#include "base/text.h"

/* What common clients say of a JSON body when nobody tells them better. A page of
 * another site could post some of these without asking, but it has no token. */
bool request_type_may_be_json(const char *content_type)
{
	static const char *const types[] = {
		"", "application/json", "application/x-www-form-urlencoded", "text/plain",
		"application/octet-stream",
	};
	size_t n, i;

	if (content_type == NULL)
		return true;
	n = strcspn(content_type, "; \t");
	for (i = 0; i < ARRAY_LEN(types); i++)
		if (n == strlen(types[i]) && strncasecmp(content_type, types[i], n) == 0)
			return true;
	return n > 5 && strncasecmp(content_type + n - 5, "+json", 5) == 0;
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

/* "0.5" in thousandths; what is no weight is the full one. */
static int weight_read(const char *q)
{
	int weight = 0, digit;

	if (*q != '0')
		return 1000;
	q += q[1] == '.' ? 2 : 1;
	for (digit = 100; digit > 0 && *q >= '0' && *q <= '9'; digit /= 10)
		weight += digit * (*q++ - '0');
	return weight;
}

/* The weight of a type in an Accept header (RFC 9110 §12.4.2); -1: it is not named. */
static int weight_of(const char *accept, const char *type)
{
	size_t len = strlen(type);
	int weight = -1;

	while (*accept != '\0') {
		const char *end, *q;

		accept += strspn(accept, " \t,");
		end = accept + strcspn(accept, ",");
		q = strcasestr(accept, "q=");
		if ((size_t)(end - accept) >= len && strncasecmp(accept, type, len) == 0 &&
		    strchr(" \t;,", accept[len]) != NULL)
			weight = q == NULL || q > end ? 1000 : weight_read(q + 2);
		accept = end;
	}
	return weight;
}

bool request_wants_text(const char *accept)
{
	int text;

	if (accept == NULL)
		return false;
	text = weight_of(accept, "text/plain");
	return text > 0 && text > weight_of(accept, "application/json");
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
