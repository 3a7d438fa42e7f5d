/*
 * Mail: see email.h.
 *
 * The message is built here and not by curl's MIME functions: it is then a pure
 * function with golden tests, its size is known before (SIZE, RFC 1870), and each
 * attempt sends the same bytes. Both bodies are base64, so nothing in them can be a
 * bare line end or a line of one dot, and no line of them can begin with the "--"
 * of the boundary.
 *
 * The subject is the daemon's stem and stays the same for the whole incident, since
 * some mail programs thread by subject alone; what is urgent stands in the first line
 * of the body. Other programs thread by References to a root per incident that
 * was never sent (RFC 5322 §3.6.4 does not ask that it was).
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/digest.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "base/clean.h"
#include "courier/email.h"

enum { SUBJECT_MAX = 240, TITLE_MAX = 1000, TEXT_MAX = 16 * 1024, FACT_MAX = 400,
	LINE_MAX_BYTES = 76 };

bool email_address_ok(const char *address)
{
	const char *at = strchr(address, '@'), *c;

	if (at == NULL || at == address || at[1] == '\0' || strlen(address) > 254)
		return false;
	for (c = address; c < at; c++)
		if (!isascii((unsigned char)*c) || (!isalnum((unsigned char)*c) &&
		    strchr("!#$%&'*+-/=?^_`{|}~.", *c) == NULL))
			return false;
	for (c = at + 1; *c != '\0'; c++)
		if (!isascii((unsigned char)*c) ||
		    (!isalnum((unsigned char)*c) && *c != '-' && *c != '.'))
			return false;
	return true;
}

const char *email_domain(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : address;
}

/* RFC 5322 §3.3; not by strftime, which speaks the locale's language. */
static void add_date(struct buf *out, int64_t at)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c;
	int weekday;

	civil_from_ms(at, &c);
	weekday = civil_weekday(civil_days(c.year, c.month, c.day));
	buf_addf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
		days + 3 * weekday, c.day, months + 3 * (c.month - 1), c.year, c.hour, c.minute,
		c.second);
}

/* RFC 2047: words of at most 75 characters, none splitting a character. */
static void add_encoded(struct buf *out, const char *text)
{
	size_t left = strlen(text);
	char word[64];

	while (left > 0) {
		size_t n = text_utf8_cut(text, left, 39);

		digest_base64((const unsigned char *)text, n, word);
		buf_addf(out, "=?UTF-8?B?%s?=%s", word, n < left ? "\r\n " : "");
		text += n;
		left -= n;
	}
}

/* Folds before a space; a word that is too long stays whole (at most SUBJECT_MAX,
 * and 998 are allowed). The text has no two spaces in a row. */
static void add_folded(struct buf *out, const char *text, size_t column)
{
	while (*text != '\0') {
		size_t n = 1 + strcspn(text + 1, " ");

		if (column + n > LINE_MAX_BYTES && text[0] == ' ') {
			buf_adds(out, "\r\n");
			column = 0;
		}
		buf_add(out, text, n);
		column += n;
		text += n;
	}
}

static void add_subject(struct buf *out, const struct notice *notice, struct arena *arena)
{
	const char *text = notice->subject, *c;
	struct buf clean;

	if (text == NULL && notice->incident != 0)
		text = arena_printf(arena, "[tocsin #%" PRId64 "] %s", notice->incident,
			notice->title != NULL ? notice->title : "");
	else if (text == NULL)
		text = "[tocsin] notice";
	buf_init(&clean, 0);
	clean_line(&clean, notice_marked(notice, text, arena), SUBJECT_MAX);
	for (c = clean.data; *c != '\0' && isascii((unsigned char)*c); c++)
		;
	buf_adds(out, "Subject: ");
	/* ASCII that looks encoded would be decoded by the reader. */
	if (*c != '\0' || strstr(clean.data, "=?") != NULL)
		add_encoded(out, clean.data);
	else
		add_folded(out, clean.data, strlen("Subject: "));
	buf_adds(out, "\r\n");
	buf_release(&clean);
}

/* The store's id in the delivery's makes the thread differ from that of another
 * store with the same incident number. */
static void add_thread(struct buf *out, const struct notice *notice, const struct email *email)
{
	const char *store = strchr(email->delivery, '_'), *end = strrchr(email->delivery, '_');
	const char *domain = email_domain(email->from);
	int len = 1;

	buf_addf(out, "Message-ID: <%s@%s>\r\n", email->delivery, domain);
	if (notice->incident == 0)
		return;
	if (store != NULL && end > store)
		len = (int)(end - ++store);
	else
		store = "0";
	buf_addf(out, "In-Reply-To: <incident-%" PRId64 ".%.*s@%s>\r\n", notice->incident,
		len, store, domain);
	buf_addf(out, "References: <incident-%" PRId64 ".%.*s@%s>\r\n", notice->incident,
		len, store, domain);
}

static void add_headers(struct buf *out, const struct notice *notice,
	const struct email *email, struct arena *arena)
{
	add_date(out, notice->now != TIME_NONE ? notice->now : email->now);
	buf_addf(out, "From: tocsin <%s>\r\n", email->from);
	buf_addf(out, "To: <%s>\r\n", email->to);
	add_subject(out, notice, arena);
	add_thread(out, notice, email);
	/* RFC 3834: no out-of-office answers to us. */
	buf_adds(out, "Auto-Submitted: auto-generated\r\n");
	if (notice->kind == NOTICE_STEP || notice->kind == NOTICE_OPERATIONS)
		buf_adds(out, "Importance: high\r\nX-Priority: 1 (Highest)\r\n");
	buf_addf(out, "MIME-Version: 1.0\r\n"
		"Content-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n",
		email->delivery);
}

static void add_part(struct buf *out, const char *delivery, const char *type,
	const struct buf *body)
{
	enum { LINE_BYTES = LINE_MAX_BYTES / 4 * 3 };
	char line[LINE_MAX_BYTES + 1];
	struct buf crlf;
	size_t i;

	buf_addf(out, "--=_%s\r\nContent-Type: %s; charset=utf-8\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n", delivery, type);
	buf_init(&crlf, 0);
	for (i = 0; i < body->len; i++) {
		/* RFC 2049 §4: line ends are CRLF before they are encoded. */
		if (body->data[i] == '\n')
			buf_addc(&crlf, '\r');
		buf_addc(&crlf, body->data[i]);
	}
	for (i = 0; i < crlf.len; i += LINE_BYTES) {
		size_t n = crlf.len - i < LINE_BYTES ? crlf.len - i : LINE_BYTES;

		digest_base64((const unsigned char *)crlf.data + i, n, line);
		buf_addf(out, "%s\r\n", line);
	}
	buf_release(&crlf);
}

/* Mail programs make links of what looks like an address, so what is of others is defanged.
 * Of the daemon's lines one has addresses of ours, the portals of authorities. */
static void add_words(struct buf *out, const char *text, size_t max, const char *(*escape)(char))
{
	const struct clean how = { .max = max, .defang = true, .escape = escape };

	clean_text(out, text, &how);
}

static void add_lines(struct buf *out, const char *text, struct arena *arena,
	const char *(*escape)(char))
{
	struct clean how = { .escape = escape };
	size_t start = out->len;
	char *rest = text != NULL ? arena_strdup(arena, text) : NULL, *line;

	while ((line = strsep(&rest, "\n")) != NULL && out->len - start < TEXT_MAX) {
		how.max = TEXT_MAX - (out->len - start);
		how.defang = !text_starts(line, "File with: ");
		clean_text(out, line, &how);
		if (rest != NULL)
			buf_addc(out, '\n');
	}
}

static void render_text(const struct notice *notice, struct arena *arena, struct buf *out)
{
	const char *ack = notice_ack(notice, arena), *journal = notice_journal(notice, arena);
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;

	notice_headline(notice, out);
	buf_adds(out, "\n\n");
	if (notice->title != NULL) {
		add_words(out, notice->title, TITLE_MAX, NULL);
		buf_adds(out, "\n\n");
	}
	add_lines(out, notice->text, arena, NULL);
	buf_adds(out, "\n\n");
	for (i = 0; i < n; i++) {
		buf_addf(out, "%s: ", facts[i].label);
		add_words(out, facts[i].value, FACT_MAX, NULL);
		buf_adds(out, "\n");
	}
	if (notice_ack_url(notice) != NULL)
		buf_addf(out, "\nTo acknowledge, on a page that asks for your name:\n%s\n",
			notice_ack_url(notice));
	if (ack != NULL)
		buf_addf(out, "\nTo acknowledge%s: %s\n",
			notice_ack_url(notice) != NULL ? " by command" : "", ack);
	if (notice_url(notice) != NULL)
		buf_addf(out, "\n%s\n", notice_url(notice));
	if (journal != NULL)
		buf_addf(out, "\n-- \n%s\n", journal);
}

static void add_html_words(struct buf *out, const char *before, const char *text, size_t max,
	const char *after)
{
	if (text == NULL)
		return;
	buf_adds(out, before);
	add_words(out, text, max, clean_escape_html);
	buf_adds(out, after);
}

static void add_html(struct buf *out, const char *before, const char *text, size_t max,
	const char *after)
{
	const struct clean how = { .max = max, .lines = true, .escape = clean_escape_html };

	if (text == NULL)
		return;
	buf_adds(out, before);
	clean_text(out, text, &how);
	buf_adds(out, after);
}

static void render_html(const struct notice *notice, struct arena *arena, struct buf *out)
{
	const char *url = notice_url(notice);
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;
	struct buf headline;

	buf_init(&headline, 0);
	notice_headline(notice, &headline);
	buf_adds(out, "<!DOCTYPE html>\n"
		"<html lang=\"en\"><head><meta charset=\"utf-8\"></head>\n"
		"<body style=\"font-family:sans-serif\">\n");
	add_html(out, "<h2>", headline.data, TITLE_MAX, "</h2>\n");
	add_html_words(out, "<p><b>", notice->title, TITLE_MAX, "</b></p>\n");
	if (notice->text != NULL) {
		buf_adds(out, "<p style=\"white-space:pre-line\">");
		add_lines(out, notice->text, arena, clean_escape_html);
		buf_adds(out, "</p>\n");
	}
	buf_adds(out, "<table cellpadding=\"4\">\n");
	for (i = 0; i < n; i++) {
		add_html(out, "<tr><th align=\"left\">", facts[i].label, FACT_MAX, "</th>");
		add_html_words(out, "<td>", facts[i].value, FACT_MAX, "</td></tr>\n");
	}
	buf_adds(out, "</table>\n");
	add_html(out, "<p><a href=\"", notice_ack_url(notice), TITLE_MAX * 3,
		"\"><b>Acknowledge</b></a> on a page that asks for your name</p>\n");
	add_html(out, "<p>To acknowledge: <code>", notice_ack(notice, arena), FACT_MAX,
		"</code></p>\n");
	add_html(out, "<p><a href=\"", url, TITLE_MAX * 3, "\">Open the incident</a></p>\n");
	add_html(out, "<p style=\"color:#666\">", notice_journal(notice, arena), FACT_MAX,
		"</p>\n");
	buf_adds(out, "</body></html>\n");
	buf_release(&headline);
}

int email_render(const struct notice *notice, const struct email *email, struct buf *out,
	struct error *err)
{
	struct arena *arena;
	struct buf body;

	if (!email_address_ok(email->from))
		return error_set(err, ERROR_INVALID, "from: not an address we can send from");
	if (!email_address_ok(email->to))
		return error_set(err, ERROR_INVALID,
			"recipient: not an address we can send to");
	arena = arena_new();
	add_headers(out, notice, email, arena);
	buf_init(&body, 0);
	render_text(notice, arena, &body);
	add_part(out, email->delivery, "text/plain", &body);
	buf_clear(&body);
	render_html(notice, arena, &body);
	add_part(out, email->delivery, "text/html", &body);
	buf_addf(out, "--=_%s--\r\n", email->delivery);
	buf_release(&body);
	arena_free(arena);
	return 0;
}
