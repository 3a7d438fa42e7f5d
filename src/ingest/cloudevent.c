/* CloudEvents in binary mode put together: see cloudevent.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/json_out.h"
#include "base/text.h"
#include "ingest/cloudevent.h"
#include "ingest/scan_internal.h"

enum { NAME_MAX_BYTES = 64 };

void cloudevent_begin(struct buf *out)
{
	out_object(out, NULL);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "%XX" decoded, an outer pair of quotes taken off (§3.1.3.2). The JavaScript SDK does
 * not encode at all, and what a header then holds is Latin-1 (seen with 10.0). out has
 * room for twice the value. */
static int decode(const char *value, char *out)
{
	size_t len = strlen(value), n = 0, i = 0;
	bool latin = !text_is_utf8(value, len);

	if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
		i = 1;
		len--;
	}
	for (; i < len; i++) {
		if (value[i] == '%' && len - i > 2 && hex(value[i + 1]) >= 0 &&
		    hex(value[i + 2]) >= 0) {
			out[n++] = (char)(hex(value[i + 1]) << 4 | hex(value[i + 2]));
			i += 2;
		} else if (latin && (unsigned char)value[i] >= 0x80) {
			out[n++] = (char)(0xc0 | (unsigned char)value[i] >> 6);
			out[n++] = (char)(0x80 | ((unsigned char)value[i] & 0x3f));
		} else {
			out[n++] = value[i];
		}
		if (out[n - 1] == '\0')
			return -1;
	}
	out[n] = '\0';
	return text_is_utf8(out, n) ? 0 : -1;
}

int cloudevent_attribute(struct buf *out, const char *name, size_t name_len,
	const char *value, struct error *err)
{
	char attribute[NAME_MAX_BYTES], *text;
	size_t i;

	if (name_len <= 3 || strncasecmp(name, "ce-", 3) != 0 || name_len - 3 >= NAME_MAX_BYTES)
		return 0;
	for (i = 3; i < name_len; i++) {
		char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];

		/* "data" would be a second one: it is no attribute. */
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return 0;
		attribute[i - 3] = c;
	}
	attribute[i - 3] = '\0';
	if (text_starts(attribute, "data") && strcmp(attribute, "dataschema") != 0)
		return 0;
	text = xmalloc(2 * strlen(value) + 1);
	if (decode(value, text) < 0) {
		free(text);
		return error_set(err, ERROR_INVALID,
			"the CloudEvents header of \"%s\" is no percent-encoded UTF-8", attribute);
	}
	out_text(out, attribute, text);
	free(text);
	return 0;
}

/* One value of JSON, the whole of it. */
static bool is_json(const char *data, size_t len)
{
	size_t used;

	return scan(NULL, data, len, NULL, &used, NULL) == 0 &&
		scan_skip_space(data + used, data + len) == data + len;
}

void cloudevent_end(struct buf *out, const char *type, const char *data, size_t len)
{
	char *text = NULL;

	text_skip_bom(&data, &len);
	if (type != NULL && text_is_utf8(type, strlen(type)))
		out_text(out, "datacontenttype", type);
	if (len > 0 && is_json(data, len)) {
		buf_adds(out, ",\"data\":");
		buf_add(out, data, len);
	} else if (len > 0 && text_is_utf8(data, len) && memchr(data, '\0', len) == NULL) {
		text = xstrndup(data, len);
		out_text(out, "data", text);
	} else if (len > 0) {
		text = xmalloc(4 * ((len + 2) / 3) + 1);
		digest_base64((const unsigned char *)data, len, text);
		out_text(out, "data_base64", text);
	}
	free(text);
	out_end_object(out);
}
