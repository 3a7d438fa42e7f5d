/* The page behind a link: says what it is about, and can do nothing but ask. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/ack_page.h"
#include "base/digest.h"
#include "base/rfc3339.h"
#include "base/text.h"

/* The engine's: here an instant is a number. */
void link_local(struct buf *out, const struct link_target *target, int64_t at)
{
	(void)target;
	buf_addf(out, "at %lld", (long long)at);
}

#define FORM "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHHIIIIJJJJKKKK"
#define HOSTILE "</title></style><script>alert(1)</script><img src=x onerror=y>" \
	"<a href=\"https://evil.example\">'\"&\r\n\xe2\x80\xae" "gpj\x1b[31m"

static const struct link_target target = {
	.state = LINK_OPEN, .delivery = "dlv_k3j9_7", .channel = "mail",
	.recipient = "ciso@example.org", .incident = 42, .title = "Ransomware on billing",
	.entity = "ACME Energy GmbH", .severity = "critical", .stage = "early-warning",
	.what = "NIS2: Early warning", .standing = "is due in 3 h",
	.due = "2026-11-22T08:17:00Z (Sun 2026-11-22 09:17 Europe/Berlin)",
	.reference = "Directive (EU) 2022/2555, Art. 23(4)(a)", .acknowledged_until = TIME_NONE,
};

static char *write_page(const struct ack_page *page)
{
	struct buf out;
	size_t len;

	buf_init(&out, 0);
	ack_page_write(page, &out);
	return buf_detach(&out, &len);
}

static void assert_has(const char *html, const char *what)
{
	if (strstr(html, what) == NULL)
		fail_msg("no %s in:\n%s", what, html);
}

static void assert_lacks(const char *html, const char *what)
{
	if (strcasestr(html, what) != NULL)
		fail_msg("%s in:\n%s", what, html);
}

/* Nothing that runs, and nothing that fetches. */
static void assert_is_still(const char *html)
{
	static const char *const words[] = { "<script", "<img", "<link", "<iframe", "<object",
		"<a ", "src=", "href=", "style=", "url(", "@import", "http-equiv", "javascript:",
		" on" "click", " on" "error=y>", "\x1b", "\xe2\x80\xae" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		assert_lacks(html, words[i]);
}

static void it_says_what_and_asks(void **state)
{
	const struct ack_page page = { .target = &target, .form = FORM };
	char *html = write_page(&page);

	(void)state;
	assert_int_equal(strncmp(html, "<!DOCTYPE html>\n<html lang=\"en\">", 32), 0);
	assert_has(html, "<h1>NIS2: Early warning is due in 3 h</h1>");
	assert_has(html, "42: Ransomware on billing");
	assert_has(html, "ACME Energy GmbH");
	assert_has(html, "2026-11-22T08:17:00Z (Sun 2026-11-22 09:17 Europe/Berlin)");
	assert_has(html, "mail, ciso@example.org");
	assert_has(html, "<form method=\"post\">");
	assert_has(html, "name=\"form\" value=\"" FORM "\"");
	assert_has(html, "<label for=\"by\">");
	assert_has(html, "name=\"by\" required");
	assert_has(html, "width=device-width");
	assert_lacks(html, "DRILL");
	assert_is_still(html);
	free(html);
}

static void a_drill_says_so_first(void **state)
{
	struct link_target drill = target;
	const struct ack_page page = { .target = &drill, .form = FORM };
	char *html;

	(void)state;
	drill.drill = true;
	html = write_page(&page);
	assert_has(html, "<title>DRILL ");
	assert_has(html, "<main>\n<p class=\"mark\">DRILL</p>");
	free(html);
}

/* Whatever came from outside, in whatever place. */
static void foreign_text_stays_text(void **state)
{
	struct link_target hostile = target;
	const struct ack_page page = {
		.target = &hostile, .form = FORM, .message = HOSTILE, .trouble = true,
		.name = HOSTILE,
	};
	const char *at;
	char *html;

	(void)state;
	hostile.title = hostile.entity = hostile.severity = hostile.channel = HOSTILE;
	hostile.recipient = hostile.what = hostile.standing = hostile.due = HOSTILE;
	hostile.reference = HOSTILE;
	html = write_page(&page);
	assert_lacks(html, "<script");
	assert_lacks(html, "<img");
	assert_lacks(html, "<a ");
	assert_lacks(html, "\x1b");
	assert_lacks(html, "\xe2\x80\xae");
	assert_has(html, "&lt;script&gt;alert(1)&lt;/script&gt;");
	at = strstr(html, "value=\"&lt;/title");
	assert_non_null(at);
	assert_has(at, "&quot;https://evil.example&quot;&gt;&#39;&quot;&amp;");
	assert_true(strstr(html, "</title>") < strstr(html, "<main>"));
	free(html);
}

static void without_a_form_there_is_nothing_to_press(void **state)
{
	const struct ack_page page = { .heading = "This link has expired", .message = "Ended." };
	char *html = write_page(&page);

	(void)state;
	assert_has(html, "<h1>This link has expired</h1>");
	assert_lacks(html, "<form");
	assert_lacks(html, "<button");
	assert_lacks(html, "<dl>");
	assert_is_still(html);
	free(html);
}

static void who_has_it_until_when_is_told(void **state)
{
	struct link_target held = target;
	const struct ack_page page = { .target = &held, .form = FORM };
	char *html;

	(void)state;
	held.acknowledged_until = 1234;
	html = write_page(&page);
	assert_has(html, "<dt>Acknowledged until</dt><dd>at 1234</dd>");
	free(html);
}

static void only_the_page_s_own_style_has_force(void **state)
{
	const struct ack_page page = { .target = &target, .form = FORM };
	char *html = write_page(&page), policy[ACK_PAGE_POLICY_SIZE], wanted[128], digest[64];
	const char *start = strstr(html, "<style>") + strlen("<style>");
	const struct digest_part style = { start, (size_t)(strstr(html, "</style>") - start) };
	unsigned char hash[DIGEST_SIZE];

	(void)state;
	ack_page_policy(policy);
	digest_sha256(&style, 1, hash);
	digest_base64(hash, sizeof(hash), digest);
	snprintf(wanted, sizeof(wanted), "style-src 'sha256-%s';", digest);
	assert_has(policy, "default-src 'none'; ");
	assert_has(policy, wanted);
	assert_has(policy, "form-action 'self'");
	assert_has(policy, "base-uri 'none'");
	assert_has(policy, "frame-ancestors 'none'");
	assert_lacks(policy, "unsafe");
	free(html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_and_asks),
		cmocka_unit_test(a_drill_says_so_first),
		cmocka_unit_test(foreign_text_stays_text),
		cmocka_unit_test(without_a_form_there_is_nothing_to_press),
		cmocka_unit_test(who_has_it_until_when_is_told),
		cmocka_unit_test(only_the_page_s_own_style_has_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
