/* The mail: its bytes, its thread, and what must never get into a header. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/digest.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "courier/email.h"
#include "test_courier_fixture.h"

static const struct email sample = { .from = "tocsin@example.org", .to = "ciso@example.org",
	.delivery = "dlv_k3j9x0aa_7", .now = 1795248900000 };

static void render(struct fixture *f, const struct email *email, struct buf *out)
{
	struct error err;

	buf_init(out, 0);
	if (email_render(&f->notice, email, out, &err) < 0)
		fail_msg("%s", err.text);
}

/* The header of that name, unfolded, without its name; NULL: none. Two: a failure. */
static char *header(const struct buf *mail, const char *name)
{
	const char *end = strstr(mail->data, "\r\n\r\n"), *line = mail->data;
	size_t n = strlen(name);
	char *found = NULL;

	while (line < end + 2) {
		const char *stop = strstr(line, "\r\n");

		while (stop[2] == ' ' && stop < end)
			stop = strstr(stop + 2, "\r\n");
		if (strncmp(line, name, n) == 0 && line[n] == ':') {
			assert_null(found);
			found = strndup(line + n + 2, (size_t)(stop - line) - n - 2);
		}
		line = stop + 2;
	}
	return found;
}

static void assert_header(const struct buf *mail, const char *name, const char *wanted)
{
	char *found = header(mail, name);

	if (!text_equal(found, wanted))
		fail_msg("%s: \"%s\", not \"%s\"", name, found != NULL ? found : "(none)",
			wanted != NULL ? wanted : "(none)");
	free(found);
}

/* The body of the n-th part, decoded. */
static void part(const struct buf *mail, int n, struct buf *out)
{
	const char *at = mail->data, *end;

	buf_init(out, 0);
	for (; n >= 0; n--)
		at = strstr(at, "base64\r\n\r\n") + strlen("base64\r\n\r\n");
	end = strstr(at, "--=_");
	while (at < end) {
		unsigned char bytes[64];
		const char *stop = strstr(at, "\r\n");
		int len = digest_base64_decode(strndupa(at, (size_t)(stop - at)),
			(size_t)(stop - at), bytes, sizeof(bytes));

		assert_true(len > 0);
		buf_add(out, bytes, (size_t)len);
		at = stop + 2;
	}
}

static void the_message_is_as_agreed(void **state)
{
	struct fixture f;
	struct buf mail;

	(void)state;
	fixture_open(&f, step_notice);
	render(&f, &sample, &mail);
	assert_golden("courier_email.eml", &mail);
	fixture_close(&f);
	buf_release(&mail);
}

static void the_bodies_are_as_agreed(void **state)
{
	struct fixture f;
	struct buf mail, body;

	(void)state;
	fixture_open(&f, step_notice);
	render(&f, &sample, &mail);
	part(&mail, 0, &body);
	assert_golden("courier_email.txt", &body);
	buf_release(&body);
	part(&mail, 1, &body);
	assert_golden("courier_email.html", &body);
	buf_release(&body);
	fixture_close(&f);
	buf_release(&mail);
}

static void every_attempt_has_the_same_id_and_thread(void **state)
{
	struct email later = sample;
	struct fixture f;
	struct buf first, second;

	(void)state;
	later.now += 3600000;
	fixture_open(&f, step_notice);
	render(&f, &sample, &first);
	render(&f, &later, &second);
	assert_string_equal(first.data, second.data);
	assert_header(&first, "Message-ID", "<dlv_k3j9x0aa_7@example.org>");
	assert_header(&first, "References", "<incident-42.k3j9x0aa@example.org>");
	assert_header(&first, "In-Reply-To", "<incident-42.k3j9x0aa@example.org>");
	buf_release(&second);
	later.delivery = "dlv_k3j9x0aa_8";
	render(&f, &later, &second);
	assert_header(&second, "Message-ID", "<dlv_k3j9x0aa_8@example.org>");
	assert_header(&second, "References", "<incident-42.k3j9x0aa@example.org>");
	buf_release(&first);
	buf_release(&second);
	fixture_close(&f);
}

static void a_subject_is_safe_and_short(void **state)
{
	static const struct {
		const char *subject, *header;
	} rows[] = {
		{ "[tocsin #42] plain", "[tocsin #42] plain" },
		{ "a\r\nBcc: x@example.org", "a Bcc: x@example.org" },
		{ "=?utf-8?q?Bcc=3A?=", "=?UTF-8?B?PT91dGYtOD9xP0JjYz0zQT89?=" },
		{ "b\xc3\xbcro", "=?UTF-8?B?YsO8cm8=?=" },
		/* A character is never split between two words: 13 of 3 bytes in the first. */
		{ "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
		  "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac",
		  "=?UTF-8?B?4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs?=\r\n "
		  "=?UTF-8?B?4oKs?=" },
		{ "one two three four five six seven eight nine ten eleven twelve thirteen fourteen",
		  "one two three four five six seven eight nine ten eleven twelve\r\n"
		  " thirteen fourteen" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f;
		struct buf mail;

		fixture_open(&f, step_notice);
		fixture_set(&f, NULL, "subject", json_string(rows[i].subject));
		render(&f, &sample, &mail);
		assert_header(&mail, "Subject", rows[i].header);
		assert_header(&mail, "Bcc", NULL);
		fixture_close(&f);
		buf_release(&mail);
	}
}

/* RFC 5322 §2.1.1 and §2.3: CRLF only, no long lines, nothing but ASCII. */
static void assert_well_formed(const struct buf *mail)
{
	size_t column = 0, i;

	for (i = 0; i < mail->len; i++) {
		unsigned char c = (unsigned char)mail->data[i];

		assert_true(c < 0x80 && c != '\0');
		assert_true((c == '\r') == (i + 1 < mail->len && mail->data[i + 1] == '\n'));
		column = c == '\n' ? 0 : column + 1;
		assert_true(column <= 500);
	}
	assert_int_equal(column, 0);
}

static void nothing_foreign_gets_through(void **state)
{
	struct fixture f;
	struct buf mail, html, title;

	(void)state;
	buf_init(&title, 0);
	while (title.len < 5000)
		buf_adds(&title, HOSTILE "\n.\n");
	fixture_open(&f, step_notice);
	fixture_set(&f, "incident", "title", json_string(title.data));
	fixture_set(&f, "incident", "entity_name", json_string("<script>alert(1)</script>"));
	fixture_set(&f, "incident", "url", json_string("https://x/\"><script>"));
	fixture_set(&f, NULL, "subject", json_string(title.data));
	fixture_set(&f, NULL, "text", json_string(title.data));
	render(&f, &sample, &mail);
	assert_well_formed(&mail);
	assert_header(&mail, "Bcc", NULL);
	part(&mail, 1, &html);
	assert_null(strstr(html.data, "<script"));
	assert_null(strstr(html.data, "<b>x"));
	assert_null(strstr(html.data, "\xe2\x80\xae"));
	assert_null(strstr(html.data, "href"));
	buf_release(&html);
	buf_release(&mail);
	buf_release(&title);
	fixture_close(&f);
}

/* Mail programs make links of addresses by themselves; those of authorities may be some. */
static void an_alert_brings_no_links(void **state)
{
	struct buf mail, body;
	struct fixture f;
	int i;

	(void)state;
	fixture_open(&f, step_notice);
	fixture_set(&f, "incident", "title",
		json_string("see https://evil.example/a www.evil.example"));
	fixture_set(&f, "incident", "entity_name", json_string("http://evil.example"));
	fixture_set(&f, NULL, "text", json_string("Due.\nIncident 42: see https://evil.example/a "
		"www.evil.example.\nFile with: BSI; portal: https://portal.bsi.bund.de\n\nEnd."));
	render(&f, &sample, &mail);
	for (i = 0; i < 2; i++) {
		part(&mail, i, &body);
		assert_null(strstr(body.data, "://evil"));
		assert_null(strstr(body.data, "www.evil"));
		assert_non_null(strstr(body.data, "Incident 42: see https[:]//evil.example/a www[.]"));
		assert_non_null(strstr(body.data, "portal: https://portal.bsi.bund.de\r\n\r\nEnd."));
		buf_release(&body);
	}
	buf_release(&mail);
	fixture_close(&f);
}

static void a_drill_says_so_first_everywhere(void **state)
{
	struct fixture f;
	struct buf mail, body;

	(void)state;
	fixture_open(&f, step_notice);
	fixture_set(&f, NULL, "drill", json_true());
	render(&f, &sample, &mail);
	assert_header(&mail, "Subject", "DRILL [tocsin #42] Ransomware on billing");
	part(&mail, 0, &body);
	assert_true(text_starts(body.data, "DRILL "));
	buf_release(&body);
	part(&mail, 1, &body);
	assert_non_null(strstr(body.data, "<h2>DRILL "));
	buf_release(&body);
	buf_release(&mail);
	fixture_close(&f);
}

static void only_what_is_urgent_is_marked_so(void **state)
{
	static const struct {
		const char *kind, *importance;
	} rows[] = {
		{ "step", "high" }, { "operations", "high" }, { "settled", NULL }, { "test", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture f;
		struct buf mail;

		fixture_open(&f, "{\"text\":\"x\"}");
		fixture_set(&f, NULL, "kind", json_string(rows[i].kind));
		render(&f, &sample, &mail);
		assert_header(&mail, "Importance", rows[i].importance);
		assert_header(&mail, "Subject", "[tocsin] notice");
		assert_header(&mail, "References", NULL);
		assert_header(&mail, "Auto-Submitted", "auto-generated");
		assert_header(&mail, "Date", "Sat, 21 Nov 2026 08:15:00 +0000");
		fixture_close(&f);
		buf_release(&mail);
	}
}

static void an_address_carries_no_command(void **state)
{
	static const struct {
		const char *address;
		bool ok;
	} rows[] = {
		{ "ciso@example.org", true },
		{ "first.last+tag@mail-1.example.org", true },
		{ "root@localhost", true },
		{ "", false },
		{ "@example.org", false },
		{ "ciso@", false },
		{ "ciso", false },
		{ "a@b@c", false },
		{ "a b@example.org", false },
		{ "a@example.org\r\nRSET", false },
		{ "a\n@example.org", false },
		{ "<a@example.org>", false },
		{ "a@example.org>,<b", false },
		{ "a@example.org b", false },
		{ "\"a b\"@example.org", false },
		{ "b\xc3\xbcro@example.org", false },
		{ "a@b\xc3\xbcro.example", false },
		{ "a@[127.0.0.1]", false },
	};
	char longest[300] = "";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct email email = sample;
		struct fixture f;
		struct buf out;

		if (email_address_ok(rows[i].address) != rows[i].ok)
			fail_msg("%s", rows[i].address);
		email.to = rows[i].address;
		fixture_open(&f, step_notice);
		buf_init(&out, 0);
		assert_int_equal(email_render(&f.notice, &email, &out, NULL), rows[i].ok ? 0 : -1);
		buf_release(&out);
		fixture_close(&f);
	}
	memset(longest, 'a', 254);
	longest[64] = '@';
	assert_true(email_address_ok(longest));
	longest[254] = 'a';
	assert_false(email_address_ok(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_alert_brings_no_links),
		cmocka_unit_test(the_message_is_as_agreed),
		cmocka_unit_test(the_bodies_are_as_agreed),
		cmocka_unit_test(every_attempt_has_the_same_id_and_thread),
		cmocka_unit_test(a_subject_is_safe_and_short),
		cmocka_unit_test(nothing_foreign_gets_through),
		cmocka_unit_test(a_drill_says_so_first_everywhere),
		cmocka_unit_test(only_what_is_urgent_is_marked_so),
		cmocka_unit_test(an_address_carries_no_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
