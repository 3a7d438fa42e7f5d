/*
 * The scan itself: see scan.h. One loop over the values of the document with a
 * stack of its own, so that the sender decides neither how deep the C stack
 * goes nor how much memory there is. Each open container knows its place: the
 * node of the tree of paths it is at (scan_internal.h), or none, and its rank.
 *
 * The rank says how the dots of a path were shared out between the keys on the
 * way: one bit per segment, the first in the highest place, 1 where a key ends.
 * "a.b.c" is 001, "a.b"."c" 011, "a"."b.c" 101 and nested 111: of two places of
 * one path the smaller rank has the longer literal prefix, and wins.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "ingest/scan_internal.h"

struct place {
	uint16_t node;
	bool first;		/* the first element of an array that a path names */
	uint32_t rank;
};

struct frame {
	const char *start;
	struct place at;
	char close;
	bool begun;		/* a member or element has been read */
	/* Used only when at.node is one: */
	size_t count;		/* elements */
	struct scan_value only;	/* the first element if it is a scalar */
	uint64_t seen[SCAN_NODES_MAX / 64];	/* nodes that keys have led to */
};

struct scanner {
	const char *start, *end;
	const struct scan_paths *paths;
	struct scan_value *values;
	struct error *err;
	size_t depth;
	uint32_t ranks[SCAN_PATHS_MAX];		/* of what is in values */
	struct frame frames[SCAN_DEPTH_MAX];
};

/* The functions that read take the place in the text and return the one behind
 * what they read, or NULL: kept in *s it would go through memory at each step,
 * which was half of the time (measured). */
static const char *fail(const struct scanner *s, const char *where, const char *what)
{
	error_set(s->err, ERROR_INVALID, "not valid JSON: %s at byte %zu", what,
		(size_t)(where - s->start));
	return NULL;
}

/* --- strings --- */

static uint64_t zero_bytes(uint64_t word)
{
	return (word - 0x0101010101010101u) & ~word & 0x8080808080808080u;
}

/* To the next quote, backslash or control character, eight bytes at a time; *high
 * gets the top bits of what was passed, and perhaps of a little more. The lowest
 * mark of each word is exact (a borrow only ever disturbs higher bytes). */
static const char *skip_plain(const char *p, const char *end, uint64_t *high)
{
	while (end - p >= 8) {
		uint64_t word, stop;

		memcpy(&word, p, sizeof(word));
		stop = zero_bytes(word ^ 0x2222222222222222u) |
			zero_bytes(word ^ 0x5c5c5c5c5c5c5c5cu) |
			((word - 0x2020202020202020u) & ~word & 0x8080808080808080u);
		*high |= word;
		if (stop != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			return p + __builtin_ctzll(stop) / 8;
#else
			break;
#endif
		}
		p += 8;
	}
	for (; p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20; p++)
		*high |= (unsigned char)*p;
	return p;
}

/* Four hex digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
	int value = 0, i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char c = p[i], lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			value = value << 4 | (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			value = value << 4 | (lower - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* At the backslash of \u. RFC 8259 §8.2 leaves lone surrogates to the reader;
 * there is no text they could become, and U+0000 would end ours early. */
static const char *unicode_escape(const struct scanner *s, const char *p)
{
	int high = hex4(p + 2, s->end), low;

	if (high < 0)
		return fail(s, p, "\\u without four hex digits");
	if (high == 0)
		return fail(s, p, "\\u0000 is not accepted");
	if (high < 0xd800 || high > 0xdfff)
		return p + 6;
	if (high > 0xdbff || s->end - p < 12 || p[6] != '\\' || p[7] != 'u')
		return fail(s, p, "half of a surrogate pair");
	low = hex4(p + 8, s->end);
	if (low < 0xdc00 || low > 0xdfff)
		return fail(s, p, "half of a surrogate pair");
	return p + 12;
}

static const char *escape(const struct scanner *s, const char *p)
{
	if (s->end - p < 2)
		return fail(s, s->end, "the text ends within a string");
	switch (p[1]) {
	case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't':
		return p + 2;
	case 'u':
		return unicode_escape(s, p);
	default:
		return fail(s, p, "an unknown escape");
	}
}

/* From the opening quote. */
static const char *string(const struct scanner *s, const char *p, struct scan_value *v)
{
	const char *from = ++p;
	uint64_t high = 0;

	v->type = SCAN_STRING;
	v->escaped = false;
	v->data = from;
	for (;;) {
		p = skip_plain(p, s->end, &high);
		if (p == s->end)
			return fail(s, p, "the text ends within a string");
		if (*p == '"')
			break;
		if (*p != '\\')
			return fail(s, p, "a control character in a string");
		v->escaped = true;
		p = escape(s, p);
		if (p == NULL)
			return NULL;
	}
	v->len = (size_t)(p - from);
	if ((high & 0x8080808080808080u) != 0 && !text_is_utf8(from, v->len))
		return fail(s, from, "bytes that are not UTF-8 in the string");
	return p + 1;
}

/* --- other scalars --- */

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static const char *number(const struct scanner *s, const char *p, struct scan_value *v)
{
	const char *from = p, *end = s->end, *digits;

	if (*p == '-')
		p++;
	digits = p;
	p = p < end && *p == '0' ? p + 1 : skip_digits(p, end);
	if (p == digits)
		return fail(s, from, "no value");
	if (p < end && *p == '.') {
		digits = ++p;
		p = skip_digits(p, end);
		if (p == digits)
			return fail(s, p, "a number without digits after its point");
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = skip_digits(p, end);
		if (p == digits)
			return fail(s, p, "a number without digits in its exponent");
	}
	*v = (struct scan_value){ .type = SCAN_NUMBER, .data = from, .len = (size_t)(p - from) };
	return p;
}

static const char *word(const struct scanner *s, const char *p, const char *text, size_t len,
	enum scan_type type, struct scan_value *v)
{
	if ((size_t)(s->end - p) < len || memcmp(p, text, len) != 0)
		return fail(s, p, "no value");
	*v = (struct scan_value){ .type = type, .data = p, .len = len };
	return p + len;
}

/* --- values and their places --- */

/* Keeps a value for the path that ends here, if one does. */
static void keep(struct scanner *s, struct place at, const struct scan_value *v)
{
	int path = s->paths->nodes[at.node].path;

	if (path < 0)
		return;
	if (s->values[path].type != SCAN_ABSENT && s->ranks[path] < at.rank)
		return;
	s->values[path] = *v;
	s->ranks[path] = at.rank;
}

static const char *container_open(struct scanner *s, const char *p, struct place at)
{
	struct frame *f = &s->frames[s->depth];

	if (s->depth == SCAN_DEPTH_MAX) {
		error_set(s->err, ERROR_INVALID, "JSON nested deeper than %d at byte %zu",
			SCAN_DEPTH_MAX, (size_t)(p - s->start));
		return NULL;
	}
	s->depth++;
	f->start = p;
	f->at = at;
	f->close = *p == '{' ? '}' : ']';
	f->begun = false;
	if (at.node != SCAN_NODE_NONE) {
		f->count = 0;
		f->only.type = SCAN_ABSENT;
		memset(f->seen, 0, sizeof(f->seen));
	}
	return p + 1;
}

/* end: behind the closing bracket. */
static void container_close(struct scanner *s, const char *end)
{
	struct frame *f = &s->frames[--s->depth];

	if (f->at.node == SCAN_NODE_NONE)
		return;
	if (f->count == 1 && f->only.type != SCAN_ABSENT)
		keep(s, f->at, &f->only);
	else
		keep(s, f->at, &(struct scan_value){
			.type = f->close == '}' ? SCAN_OBJECT : SCAN_ARRAY,
			.data = f->start, .len = (size_t)(end - f->start) });
}

/* A scalar, or the start of a container. */
static const char *value(struct scanner *s, const char *p, struct place at)
{
	struct scan_value v;

	if (p == s->end)
		return fail(s, p, "the text ends before a value");
	switch (*p) {
	case '{':
	case '[':
		return container_open(s, p, at);
	case '"':
		p = string(s, p, &v);
		break;
	case 't':
		p = word(s, p, "true", 4, SCAN_TRUE, &v);
		break;
	case 'f':
		p = word(s, p, "false", 5, SCAN_FALSE, &v);
		break;
	case 'n':
		p = word(s, p, "null", 4, SCAN_NULL, &v);
		break;
	default:
		p = number(s, p, &v);
		break;
	}
	if (p == NULL)
		return NULL;
	if (at.node != SCAN_NODE_NONE)
		keep(s, at, &v);
	if (at.first)
		s->frames[s->depth - 1].only = v;
	return p;
}

static const struct scan_step *find_step(const struct scanner *s, uint16_t node,
	const struct scan_value *key)
{
	char text[SCAN_PATH_LEN_MAX + 4];
	size_t len;

	if (!key->escaped)
		return scan_paths_key(s->paths, node, key->data, key->len);
	/* Room for one character more than the longest path, so that a key that
	 * had to be cut is too long to match. */
	len = scan_unescape(key->data, key->len, text, sizeof(text));
	return scan_paths_key(s->paths, node, text, len);
}

/* The place that a key leads to; -1 when it has led there before. */
static int enter(const struct scanner *s, struct frame *f, const struct scan_value *key,
	struct place *at)
{
	const struct scan_step *step = find_step(s, f->at.node, key);
	uint64_t bit;

	if (step == NULL)
		return 0;
	bit = (uint64_t)1 << step->to % 64;
	if ((f->seen[step->to / 64] & bit) != 0)
		return -1;
	f->seen[step->to / 64] |= bit;
	at->node = step->to;
	at->rank = f->at.rank << step->segments | 1;
	return 0;
}

/* The key and colon of a member; *at becomes the place of its value. */
static const char *member(const struct scanner *s, const char *p, struct frame *f,
	struct place *at)
{
	const char *from = p;
	struct scan_value key;

	if (p == s->end || *p != '"')
		return fail(s, p, "no key in quotes");
	p = string(s, p, &key);
	if (p == NULL)
		return NULL;
	if (f->at.node != SCAN_NODE_NONE && enter(s, f, &key, at) < 0)
		return fail(s, from, "a key that is looked for a second time");
	p = scan_skip_space(p, s->end);
	if (p == s->end || *p != ':')
		return fail(s, p, "no colon after a key");
	return p + 1;
}

static void element(const struct scanner *s, struct frame *f, struct place *at)
{
	if (f->at.node == SCAN_NODE_NONE)
		return;
	at->node = scan_paths_index(s->paths, f->at.node, f->count);
	at->rank = f->at.rank << 1 | 1;
	at->first = f->count++ == 0;
}

/* Behind a value or an opening bracket: closes what ends here and goes on to
 * the next place that has a value. No container is open any more at the end. */
static const char *advance(struct scanner *s, const char *p, struct place *at)
{
	while (s->depth > 0) {
		struct frame *f = &s->frames[s->depth - 1];

		p = scan_skip_space(p, s->end);
		if (p < s->end && *p == f->close) {
			container_close(s, ++p);
			continue;
		}
		if (f->begun) {
			if (p == s->end || *p != ',')
				return fail(s, p, f->close == '}' ? "no comma or }" : "no comma or ]");
			p = scan_skip_space(p + 1, s->end);
		}
		f->begun = true;
		*at = (struct place){ .node = SCAN_NODE_NONE };
		if (f->close == ']')
			element(s, f, at);
		else
			p = member(s, p, f, at);
		return p != NULL ? scan_skip_space(p, s->end) : NULL;
	}
	return p;
}

int scan(const struct scan_paths *paths, const char *body, size_t len,
	struct scan_value *values, size_t *ret_used, struct error *err)
{
	struct scanner s;
	struct place at = { .node = paths != NULL ? SCAN_ROOT : SCAN_NODE_NONE };
	const char *p;
	size_t i, n = paths != NULL ? paths->n : 0;

	/* Not the frames: they are written before they are read, and clearing
	 * them would cost more than a small document. */
	s.start = body;
	s.end = body + len;
	s.paths = paths;
	s.values = values;
	s.err = err;
	s.depth = 0;
	for (i = 0; i < n; i++)
		values[i].type = SCAN_ABSENT;
	p = scan_skip_space(body, s.end);
	do {
		p = value(&s, p, at);
		if (p != NULL)
			p = advance(&s, p, &at);
	} while (p != NULL && s.depth > 0);
	if (p == NULL)
		return -1;
	for (i = 0; i < n; i++)
		values[i] = values[paths->same[i]];
	*ret_used = (size_t)(p - body);
	return 0;
}
