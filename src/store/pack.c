/* Values one behind another: see pack.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "store/pack.h"
#include "store/row.h"

enum { ABSENT, INTEGER, TEXT, SAME };
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
	char bytes[1 + VARINT_MAX], *at;
	size_t n = 0;

	if (number < 0x80) {	/* most are */
		at = extend(out, 2);
		at[0] = (char)tag;
		at[1] = (char)number;
		return;
	}
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

void pack_text_as(struct buf *out, const char *text, const char *before)
{
	if (text != NULL && before != NULL && strcmp(text, before) == 0)
		*extend(out, 1) = SAME;
	else
		pack_text(out, text);
}

void pack_words_as(struct buf *out, const char *const *words, size_t n, char separator,
	const char *const *before, size_t n_before)
{
	size_t i = 0;

	while (n == n_before && i < n && strcmp(words[i], before[i]) == 0)
		i++;
	if (n > 0 && i == n)
		*extend(out, 1) = SAME;
	else
		pack_words(out, words, n, separator);
}

/* The length is written over two bytes that are kept for it; what is longer than they
 * can say is moved on. */
enum { LENGTH_KEPT = 2, LENGTH_MAX = 4 };

size_t pack_begin(struct buf *out)
{
	size_t begun = out->len;

	*extend(out, 1 + LENGTH_KEPT) = TEXT;
	return begun;
}

void pack_end(struct buf *out, size_t begun)
{
	size_t len = out->len - begun - 1 - LENGTH_KEPT, width = LENGTH_KEPT, i;
	char *at;

	if (len >> 7 * LENGTH_KEPT != 0) {
		width = LENGTH_MAX;
		if (len >> 7 * LENGTH_MAX != 0)
			abort();	/* nothing that came in is so large */
		extend(out, LENGTH_MAX - LENGTH_KEPT);
		at = out->data + begun + 1;
		memmove(at + LENGTH_MAX, at + LENGTH_KEPT, len);
	}
	at = out->data + begun + 1;
	for (i = 0; i < width; i++)
		at[i] = (char)(len >> 7 * i & 0x7f) | (i + 1 < width ? (char)0x80 : 0);
}

/* ---- back ------------------------------------------------------------------ */

void unpack_init(struct unpack *in, const void *data, size_t len)
{
	in->at = data;
	in->end = in->at + len;
	in->damaged = false;
}

static void give_up(struct unpack *in)
{
	in->at = in->end;
	in->damaged = true;
}

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
	give_up(in);
	return false;
}

/* False for an absent value, and for one of another kind. */
static bool take(struct unpack *in, int tag, uint64_t *ret)
{
	int have = in->at < in->end ? *in->at++ : ABSENT;

	if (have != tag) {
		if (have != ABSENT)
			give_up(in);
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

bool unpack_part(struct unpack *in, struct unpack *ret)
{
	uint64_t len;

	if (!take(in, TEXT, &len))
		return false;
	if (len > (uint64_t)(in->end - in->at)) {
		give_up(in);
		return false;
	}
	unpack_init(ret, in->at, (size_t)len);
	in->at += len;
	return true;
}

const char *unpack_text(struct unpack *in, struct arena *arena)
{
	struct unpack text;

	if (!unpack_part(in, &text))
		return NULL;
	return arena_strndup(arena, (const char *)text.at, (size_t)(text.end - text.at));
}

/* Is it said that the next one is the same? */
static bool take_same(struct unpack *in, bool have_before)
{
	if (in->at == in->end || *in->at != SAME)
		return false;
	in->at++;
	if (!have_before)
		give_up(in);
	return true;
}

const char *unpack_text_as(struct unpack *in, struct arena *arena, const char *before)
{
	return take_same(in, before != NULL) ? before : unpack_text(in, arena);
}

const char **unpack_words(struct unpack *in, struct arena *arena, char separator,
	size_t *ret_n)
{
	return words_split(arena, unpack_text(in, arena), separator, ret_n);
}

const char **unpack_words_as(struct unpack *in, struct arena *arena, char separator,
	const char **before, size_t n_before, size_t *ret_n)
{
	if (!take_same(in, n_before > 0))
		return unpack_words(in, arena, separator, ret_n);
	*ret_n = n_before;
	return before;
}
