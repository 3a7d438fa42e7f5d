/*
 * What is said of bytes that could not be read as an alert. Who has to look at them
 * needs to see how they begin, and it is told through channels: a sender may have put
 * the very token that it posts with into the body (PagerDuty's routing key), so words
 * that are a token of ours are left out.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

enum { EXCERPT_MAX = 2000, TOKEN_MIN = 16 };

static bool is_token(const struct conf *conf, const char *word, size_t len)
{
	unsigned char digest[DIGEST_SIZE];
	size_t i;

	if (len < TOKEN_MIN)
		return false;
	digest_sha256(&(struct digest_part){ word, len }, 1, digest);
	for (i = 0; i < conf->n_tokens; i++)
		if (digest_equal(digest, conf->tokens[i].digest, DIGEST_SIZE))
			return true;
	return false;
}

/* A token has no blanks; what else delimits it depends on who wrote the text. */
static void mask_tokens(const struct conf *conf, char *text, const char *delimiters)
{
	while (*text != '\0') {
		size_t len = strcspn(text, delimiters);

		if (is_token(conf, text, len))
			memset(text, '*', len);
		text += len;
		text += strspn(text, delimiters);
	}
}

static char *excerpt(struct engine *e, const struct alert_rejection *bad)
{
	size_t len = text_utf8_cut(bad->body, bad->body_len, EXCERPT_MAX), i;
	char *text = arena_strndup(e->arena, bad->body, len);

	if (!text_is_utf8(text, len))
		text_to_ascii(text, len);
	for (i = 0; i < len; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f)
			text[i] = ' ';
	mask_tokens(e->conf, text, "\" \n");
	mask_tokens(e->conf, text, "\"' \n,;:=&<>()[]{}\\|");
	/* One that the end has cut in two is none that can be known: its word goes. */
	if (len < bad->body_len) {
		while (len > 0 && strchr("\" \n", text[len - 1]) == NULL)
			len--;
		text[len] = '\0';
	}
	return text;
}

const char *unparsed_description(struct engine *e, const struct alert_rejection *bad)
{
	const char *text = excerpt(e, bad);

	return arena_printf(e->arena, "It could not be read: %s%s%s.\n\n%s%s", bad->error.pointer,
		bad->error.pointer[0] != '\0' ? ": " : "", bad->error.text, text,
		strlen(text) < bad->body_len ? " ..." : "");
}
