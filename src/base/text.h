/* Small questions about text, each answered in one place. */
#ifndef TOCSIN_BASE_TEXT_H
#define TOCSIN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Decimal, whole string, within min..max; -1 otherwise and *ret untouched. */
int text_int64(const char *s, int64_t min, int64_t max, int64_t *ret);

bool text_equal(const char *a, const char *b);		/* NULL equals NULL only */
bool text_starts(const char *s, const char *prefix);
/* Copies with a NUL, cutting at size; false when it was cut. */
bool text_copy(char *out, size_t size, const char *s);

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). */
bool text_is_utf8(const char *s, size_t n);
/* The length of the character at s, and its code point; 0: it is not well-formed. */
size_t text_character(const char *s, size_t n, uint32_t *ret);
/* Does it show nothing, and may it do something instead? Controls (C0, DEL, C1), ends of
 * lines, overrides and isolates, which show the text around them in another order than it
 * has (Unicode UTR #36), tags, annotations, what is no character. */
bool text_is_hidden(uint32_t c);
/* A mark of direction: scripts that run to the left need it; a line of ours does not. */
bool text_is_mark(uint32_t c);
/* Passes over a byte order mark in front, as RFC 8259 §8.1 allows. */
void text_skip_bom(const char **s, size_t *n);
/* Every byte above ASCII becomes "?". */
void text_to_ascii(char *s, size_t n);
/* Longest prefix of at most max bytes that does not split a character. */
size_t text_utf8_cut(const char *s, size_t n, size_t max);
/* Names in URLs and configuration: [a-z0-9] then [a-z0-9._-], at most 63. */
bool text_is_name(const char *s);

/* Of the names, the one nearest to s by edit distance if near enough to be a
 * slip of the hand, else NULL: for "did you mean". */
const char *text_nearest(const char *s, const char *const *names, size_t n);

/* "2 h 05 min", "29 d 4 h", "45 s": two units at most, never rounded up. The
 * value may be negative; its sign is not printed. */
enum { TEXT_DURATION_SIZE = 32 };
void text_duration(int64_t ms, char out[TEXT_DURATION_SIZE]);

#endif
