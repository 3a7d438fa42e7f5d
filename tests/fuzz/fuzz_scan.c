/*
 * What takes alerts apart. The first byte says what the rest is: 's' a document
 * for the scanner, with jansson as the judge; 'b' a body of many documents; 'z' a
 * gzip stream, and 'p' something to pack into one; 't' a sender's time.
 */
#include "config.h"

#include <stdbool.h>

#include <jansson.h>
#include <zlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rfc3339.h"
#include "fuzz.h"
#include "ingest/inflate.h"
#include "ingest/scan.h"
#include "ingest/split.h"
#include "ingest/stamp.h"

enum { INFLATED_MAX = 64 * 1024, ITEMS_MAX = 50 };

/* ---- the scanner --------------------------------------------------------------- */

static bool only_space(const char *data, size_t len)
{
	while (len > 0 && memchr(" \t\r\n", data[len - 1], 4) != NULL)
		len--;
	return len == 0;
}

static int count_element(void *arg, const char *element, size_t len)
{
	(void)element;
	MUST(len > 0);
	++*(size_t *)arg;
	return 0;
}

static void compare_text(const struct scan_value *value, const json_t *judge)
{
	struct arena *arena = arena_new();
	const char *text = scan_text(value, SIZE_MAX, arena), *cut;

	MUST(text != NULL && strcmp(text, json_string_value(judge)) == 0);
	cut = scan_text(value, 5, arena);
	MUST(strlen(cut) <= 5 && strncmp(cut, text, strlen(cut)) == 0);
	arena_free(arena);
}

static void compare_value(const struct scan_value *value, const json_t *judge)
{
	size_t n = 0;

	if (value->type != SCAN_ARRAY && json_is_array(judge)) {
		MUST(json_array_size(judge) == 1);	/* counts as the scalar in it */
		judge = json_array_get(judge, 0);
	}
	switch (value->type) {
	case SCAN_ABSENT:
		MUST(judge == NULL);
		break;
	case SCAN_NULL:
		MUST(json_is_null(judge));
		break;
	case SCAN_FALSE:
		MUST(json_is_false(judge));
		break;
	case SCAN_TRUE:
		MUST(json_is_true(judge));
		break;
	case SCAN_NUMBER:
		MUST(json_is_number(judge));
		break;
	case SCAN_STRING:
		MUST(json_is_string(judge));
		compare_text(value, judge);
		break;
	case SCAN_OBJECT:
		MUST(json_is_object(judge));
		break;
	case SCAN_ARRAY:
		MUST(scan_elements(value->data, value->len, count_element, &n, NULL) == 0);
		MUST(json_is_array(judge) && json_array_size(judge) == n);
		break;
	}
}

/* With paths a second key of the same name is refused, and no more than that. */
static void scan_with_paths(const char *data, size_t len, const json_t *judge)
{
	static const char *const texts[] = { "k", "a.b", "l[1]" };
	static struct scan_paths *paths;
	struct scan_value values[3];
	size_t used, i;

	if (paths == NULL)
		paths = scan_paths_new(texts, 3, NULL);
	if (scan(paths, data, len, values, &used, NULL) < 0)
		return;
	MUST(used <= len);
	for (i = 0; i < 3; i++)
		MUST(values[i].type == SCAN_ABSENT || (values[i].data >= data &&
			values[i].data + values[i].len <= data + len));
	if (json_is_object(judge))
		compare_value(&values[0], json_object_get(judge, "k"));
}

/*
 * jansson judges objects and arrays. Known differences: it refuses numbers that do
 * not fit a double or 64 bits (they are text here), goes deeper, and stops at a NUL
 * byte behind a value.
 */
static void fuzz_scanner(const char *data, size_t len)
{
	struct error err = { .code = ERROR_NONE };
	json_error_t where;
	json_t *judge = json_loadb(data, len, 0, &where);
	bool overflow = judge == NULL &&
		json_error_code(&where) == json_error_numeric_overflow;
	size_t used = 0, start = 0;
	bool ours = scan(NULL, data, len, NULL, &used, &err) == 0;

	MUST(used <= len);
	ours = ours && only_space(data + used, len - used);
	while (start < len && memchr(" \t\r\n", data[start], 4) != NULL)
		start++;
	if (ours && (data[start] == '{' || data[start] == '['))
		MUST(judge != NULL || overflow);
	if (judge != NULL && !ours)
		MUST(strstr(err.text, "deeper") != NULL || memchr(data, 0, len) != NULL);
	scan_with_paths(data, len, ours ? judge : NULL);
	json_decref(judge);
}

/* ---- bodies ---------------------------------------------------------------------- */

struct walk {
	const char *next, *end;
	unsigned int items;
};

/* Items come in order, within the body, and do not overlap. */
static ptrdiff_t take_item(void *arg, const char *item, size_t len, const struct error *bad,
	struct error *err)
{
	struct walk *walk = arg;
	size_t used = 0;

	walk->items++;
	MUST(walk->items <= ITEMS_MAX);
	MUST(item >= walk->next && item + len <= walk->end);
	if (bad != NULL) {		/* of no bytes where a bracket is missing */
		MUST(bad->text[0] != '\0');
		walk->next = item + len;
		return 0;
	}
	MUST(len > 0 && item[0] == '{');
	if (scan(NULL, item, len, NULL, &used, err) < 0) {
		walk->items--;		/* it comes again as a bad one */
		return SPLIT_BROKEN;
	}
	MUST(used > 0 && used <= len);
	walk->next = item + used;
	return (ptrdiff_t)used;
}

static void fuzz_split(const char *data, size_t len)
{
	struct walk walk = { data, data + len, 0 };
	struct error err = { .code = ERROR_NONE };

	if (split_body(data, len, take_item, &walk, ITEMS_MAX, &err) < 0)
		MUST(err.text[0] != '\0');
	walk = (struct walk){ data, data + len, 0 };
	split_array(data, len, take_item, &walk, ITEMS_MAX, &err);
}

/* ---- gzip ------------------------------------------------------------------------ */

static void fuzz_inflate(const char *data, size_t len)
{
	struct error err = { .code = ERROR_NONE };
	struct buf out, again;

	buf_init(&out, 0);
	buf_init(&again, 0);
	if (inflate_gzip(data, len, INFLATED_MAX, &out, &err) == 0) {
		MUST(out.len <= INFLATED_MAX);
		MUST(inflate_gzip(data, len, out.len, &again, &err) == 0);
		MUST(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
		buf_clear(&again);
		if (out.len > 0)
			MUST(inflate_gzip(data, len, out.len - 1, &again, &err) < 0 &&
				err.code == ERROR_TOO_LARGE);
	} else {
		MUST(out.len <= INFLATED_MAX && err.text[0] != '\0');
	}
	buf_release(&out);
	buf_release(&again);
}

/* What zlib packs comes out again, and not a byte less of it is taken. */
static void fuzz_packed(char *data, size_t len)
{
	unsigned char packed[8192];
	struct error err;
	struct buf out;
	z_stream z = { .next_in = (Bytef *)data, .avail_in = (uInt)len, .next_out = packed,
		.avail_out = sizeof(packed) };

	if (len > sizeof(packed) / 2)
		return;
	MUST(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	MUST(deflate(&z, Z_FINISH) == Z_STREAM_END);
	buf_init(&out, 0);
	MUST(inflate_gzip(packed, z.total_out, len, &out, &err) == 0);
	MUST(out.len == len && memcmp(out.data, data, len) == 0);
	MUST(inflate_gzip(packed, z.total_out - 1, INFLATED_MAX, &out, &err) < 0);
	deflateEnd(&z);
	buf_release(&out);
}

/* ---- times ------------------------------------------------------------------------ */

static void check_stamp(const char *data, size_t len, bool number)
{
	struct error err = { .code = ERROR_NONE };
	int64_t at = TIME_NONE, again = TIME_NONE;
	char text[RFC3339_SIZE];
	int result = stamp_parse(data, len, number, &at, &err);

	MUST(result >= -1 && result <= 1);
	MUST((result == -1) == (err.text[0] != '\0'));
	if (result != 0)
		return;
	rfc3339_format(at, text);
	MUST(stamp_parse(text, strlen(text), false, &again, &err) == 0 && again == at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *rest;

	if (size == 0)
		return 0;
	/* A block of its own, so that one byte too far is seen at both ends. */
	rest = malloc(size);
	memcpy(rest, data, size);
	if (data[0] == 's')
		fuzz_scanner(rest + 1, size - 1);
	else if (data[0] == 'b')
		fuzz_split(rest + 1, size - 1);
	else if (data[0] == 'z')
		fuzz_inflate(rest + 1, size - 1);
	else if (data[0] == 'p')
		fuzz_packed(rest + 1, size - 1);
	else if (data[0] == 't') {
		check_stamp(rest + 1, size - 1, false);
		check_stamp(rest + 1, size - 1, true);
	}
	free(rest);
	return 0;
}
