/* Values one behind another: see pack.h. */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "store/pack.h"
#include "store/row.h"

enum { ABSENT, INTEGER, TEXT };
enum { VARINT_MAX = 10 };	/* bytes of 64 bits, seven in each */

static char *extend(struct buf *out, size_t n)
{
	char *at = buf_extend(out, n);

	if (at == NULL)
		abort();	/* rows of ours have no ceiling */
	return at;
}

/* The tag, and behind it the number. */
static void put(struct buf *out, int tag, uint64_t number)
{
	char bytes[1 + VARINT_MAX];
	size_t n = 0;

	bytes[n++] = (char)tag;
	for (; number >= 0x80; number >>= 7)
		bytes[n++] = (char)(number | 0x80);
	bytes[n++] = (char)number;
	memcpy(extend(out, n), bytes, n);
}

void pack_absent(struct buf *out)
{
	*extend(out, 1) = ABSENT;
}

void pack_int(struct buf *out, int64_t value)
{
	put(out, INTEGER, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void pack_time(struct buf *out, int64_t at)
{
	if (at == TIME_NONE)
		pack_absent(out);
	else
		pack_int(out, at);
}

void pack_bytes(struct buf *out, const char *text, size_t len)
{
	put(out, TEXT, len);
	if (len > 0)
		memcpy(extend(out, len), text, len);
}

void pack_text(struct buf *out, const char *text)
{
	if (text == NULL)
		pack_absent(out);
	else
		pack_bytes(out, text, strlen(text));
}

void pack_words(struct buf *out, const char *const *words, size_t n, char separator)
{
	size_t i, len = n;
	char *at;

	if (n == 0) {
		pack_absent(out);
		return;
	}
	for (i = 0; i < n; i++)
		len += strlen(words[i]);
	put(out, TEXT, len - 1);
	at = extend(out, len - 1);
	for (i = 0; i < n; i++) {
		len = strlen(words[i]);
		memcpy(at, words[i], len);
		at += len;
		if (i + 1 < n)
			*at++ = separator;
	}
}

/* ---- back ------------------------------------------------------------------ */

static bool take_varint(struct unpack *in, uint64_t *ret)
{
	uint64_t number = 0;
	unsigned shift;

	for (shift = 0; shift < 64 && in->at < in->end; shift += 7) {
		number |= (uint64_t)(*in->at & 0x7f) << shift;
		if ((*in->at++ & 0x80) == 0) {
			*ret = number;
			return true;
		}
	}
	in->at = in->end;
	return false;
}

/* False for an absent value, and for one of another kind. */
static bool take(struct unpack *in, int tag, uint64_t *ret)
{
	int have = in->at < in->end ? *in->at++ : ABSENT;

	if (have != tag) {
		if (have != ABSENT)
			in->at = in->end;
		return false;
	}
	return take_varint(in, ret);
}

int64_t unpack_int(struct unpack *in, int64_t absent)
{
	uint64_t number;

	if (!take(in, INTEGER, &number))
		return absent;
	return (int64_t)(number >> 1 ^ (0 - (number & 1)));
}

int64_t unpack_time(struct unpack *in)
{
	return unpack_int(in, TIME_NONE);
}

const char *unpack_text(struct unpack *in, struct arena *arena)
{
	const char *text;
	uint64_t len;

	if (!take(in, TEXT, &len))
		return NULL;
	if (len > (uint64_t)(in->end - in->at)) {
		in->at = in->end;
		return NULL;
	}
	text = arena_strndup(arena, (const char *)in->at, (size_t)len);
	in->at += len;
	return text;
}

const char **unpack_words(struct unpack *in, struct arena *arena, char separator,
	size_t *ret_n)
{
	return words_split(arena, unpack_text(in, arena), separator, ret_n);
}
