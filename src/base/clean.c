/*
 * Showing foreign text safely: see clean.h. Every channel goes through here, so
 * that what a title may do is decided once.
 *
 * What text_is_hidden() names becomes "?". Marks and joiners stay, right-to-left scripts
 * and emoji need them.
 */
#include "config.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "base/clean.h"

static const char ellipsis[] = "\xe2\x80\xa6";

static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

/* One piece that is not to be split; false when it does not fit any more. */
static bool add_piece(struct buf *out, size_t start, size_t *fit, const char *piece,
	size_t len, size_t max)
{
	size_t reserve = max > sizeof(ellipsis) - 1 ? max - (sizeof(ellipsis) - 1) : 0;

	if (out->len - start + len > max) {
		out->len = *fit;
		out->data[out->len] = '\0';
		if (max >= sizeof(ellipsis) - 1)
			buf_adds(out, ellipsis);
		return false;
	}
	buf_add(out, piece, len);
	if (out->len - start <= reserve)
		*fit = out->len;
	return true;
}

/* "http://evil.example" -> "http[:]//evil.example", as analysts write it. */
static const char *defang(const char *s, bool word_begins, size_t *ret_len)
{
	if (strncmp(s, "://", 3) == 0) {
		*ret_len = 1;
		return "[:]";
	}
	if (word_begins && strncasecmp(s, "www.", 4) == 0) {
		*ret_len = 4;
		return "www[.]";
	}
	return NULL;
}

/* What stands for the character c of len bytes (0: no character) at s, spaces
 * excepted; *len becomes what is taken of s. */
static const char *piece_for(const char *s, uint32_t c, size_t *len, bool word_begins,
	const struct clean *how, size_t *ret_piece_len)
{
	const char *piece = s;

	*ret_piece_len = *len;
	if (*len == 0 || text_is_hidden(c)) {
		*len = *len > 0 ? *len : 1;
		piece = "?";
	} else if (how->escape != NULL && how->escape(*s) != NULL) {
		piece = how->escape(*s);
	} else if (how->defang && defang(s, word_begins, len) != NULL) {
		piece = defang(s, word_begins, len);
	} else {
		return piece;
	}
	*ret_piece_len = strlen(piece);
	return piece;
}

void clean_text(struct buf *out, const char *s, const struct clean *how)
{
	size_t n = s != NULL ? strlen(s) : 0, start = out->len, fit = start, i = 0, len;
	bool after_space = true;	/* none at the start */

	buf_add(out, "", 0);		/* so that there is memory to cut in */
	while (i < n) {
		const char *piece = s + i;
		size_t piece_len;
		uint32_t c = 0;

		len = text_character(s + i, n - i, &c);
		piece_len = len;
		if (how->lines && c == '\n' && len > 0) {
			after_space = true;
		} else if (len > 0 && is_space(c)) {
			piece = " ";
			piece_len = after_space ? 0 : 1;
			after_space = true;
		} else {
			bool word_begins = i == 0 || !isalnum((unsigned char)s[i - 1]);

			piece = piece_for(s + i, c, &len, word_begins, how, &piece_len);
			after_space = false;
		}
		if (!add_piece(out, start, &fit, piece, piece_len, how->max))
			return;
		i += len;
	}
}

void clean_line(struct buf *out, const char *s, size_t max)
{
	const struct clean how = { .max = max };

	clean_text(out, s, &how);
}

const char *clean_escape_slack(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	default: return NULL;
	}
}

const char *clean_escape_html(char c)
{
	switch (c) {
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return clean_escape_slack(c);
	}
}

const char *clean_escape_code(char c)
{
	return c == '`' ? "'" : NULL;
}

const char *clean_escape_card(char c)
{
	switch (c) {
	case '{': return "(";
	case '}': return ")";
	case '<': return "\xe2\x80\xb9";
	case '>': return "\xe2\x80\xba";
	default: return NULL;
	}
}
