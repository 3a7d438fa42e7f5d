/*
 * The configuration as operators meet it. tests/config holds whole files: each
 * bad.X.conf must give exactly the errors of bad.X.expect ("LINE: part of the
 * message", or the message alone where there is no line), each good.X.conf must
 * load with exactly the warnings of good.X.expect (none without such a file).
 * What needs files with modes is made in a new directory.
 */
#include "config.h"

#include <dirent.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <libconfig.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "config/option.h"
#include "config/transport.h"
#include "conf_fixture.h"

/* ---- whole files ------------------------------------------------------------- */

static int check_file(const char *name, bool good)
{
	char path[PATH_MAX], expected[PATH_MAX];
	struct conf_options options = { .path = path, .data_dir = DATA };
	struct conf_report report;
	struct conf *conf;
	struct buf expect;
	char none[] = "";
	int bad = 0;

	snprintf(path, sizeof(path), TEST_SRCDIR "/tests/config/%s", name);
	snprintf(expected, sizeof(expected), "%.*s.expect", (int)strlen(path) - 5, path);
	buf_init(&expect, 64 * 1024);
	if (file_read(expected, 64 * 1024, &expect, NULL) < 0 && !good) {
		print_message("%s: has no .expect\n", name);
		bad++;
	}
	conf = conf_load(&options, &report);
	if (good) {
		bad += compare_report(name, none, report.errors, report.n_errors);
		bad += compare_report(name, expect.data, report.warnings, report.n_warnings);
	} else {
		bad += compare_report(name, expect.data, report.errors, report.n_errors);
	}
	if ((conf != NULL) != good) {
		print_message("%s: %s\n", name, good ? "did not load" : "loaded");
		bad++;
	}
	bad += report_in_order(name, report.errors, report.n_errors);
	conf_report_release(&report);
	conf_free(conf);
	buf_release(&expect);
	return bad;
}

static void test_files(const char *prefix, bool good, int least)
{
	DIR *d = opendir(TEST_SRCDIR "/tests/config");
	struct dirent *entry;
	int n = 0, bad = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (!text_starts(entry->d_name, prefix) ||
			strcmp(entry->d_name + len - 5, ".conf") != 0)
			continue;
		bad += check_file(entry->d_name, good);
		n++;
	}
	closedir(d);
	assert_int_equal(bad, 0);
	assert_true(n >= least);
}

static void test_good_files(void **state)
{
	(void)state;
	test_files("good.", true, 5);
}

static void test_bad_files(void **state)
{
	(void)state;
	test_files("bad.", false, 25);
}

/* ---- what a good file becomes -------------------------------------------------- */

static void test_values(void **state)
{
	struct conf_options options = { .path = TEST_SRCDIR "/tests/config/good.interface.conf",
		.data_dir = DATA };
	struct conf_report report;
	struct conf *conf = conf_load(&options, &report);
	const struct policy *policy;
	const char **transports;

	(void)state;
	assert_non_null(conf);
	assert_string_equal(conf->public_url, "https://tocsin.example.org");
	assert_int_equal(conf->disk_floor, 128 << 20);
	assert_int_equal(conf->ballast, 0);
	assert_int_equal(conf->listens[1].mode, 0600);
	assert_string_equal(conf->listens[1].group, "adm");
	assert_int_equal(conf->limits.body_max, 2 << 20);
	assert_int_equal(conf->limits.batch_max, 16 << 20);
	assert_int_equal(conf->limits.head_timeout_ms, 5000);
	assert_int_equal(conf->limits.idle_timeout_ms, 75000);
	assert_int_equal(conf->limits.in_flight, 64);
	assert_int_equal(conf_entity(conf, "acme")->assessment_ms, 2 * HOUR_MS);
	assert_int_equal(conf_entity(conf, "acme-pt")->assessment_ms, 0);
	assert_int_equal(conf_entity(conf, "acme")->confirmation, CONFIRMATION_NAME);
	assert_int_equal(conf_entity(conf, "acme-pt")->confirmation, CONFIRMATION_ACTOR);
	assert_non_null(conf_entity(conf, "acme-pt")->rules.country);
	assert_string_equal(zone_name(conf_entity(conf, "acme-pt")->rules.zone),
		"Atlantic/Azores");
	assert_int_equal(conf_source(conf, "wazuh")->minimum, SEVERITY_HIGH);
	assert_int_equal(conf_source(conf, "wazuh")->rejoin_ms, 7 * (int64_t)DAY_MS);
	assert_int_equal(conf_source(conf, "am")->awareness, AWARENESS_ALERT);
	assert_int_equal(conf_source(conf, "am")->awareness_time, AWARENESS_DETECTED);
	assert_string_equal(conf_source(conf, "am")->format->each.paths[0], "alerts");
	assert_string_equal(conf->tokens[0].secret.reference,
		"file:" TEST_SRCDIR "/tests/config/ops.token");
	assert_int_equal(conf_channel(conf, "mail")->relay_port, 587);
	assert_int_equal(conf_channel(conf, "mail")->tls, SMTP_STARTTLS);
	assert_int_equal(conf_channel(conf, "mail")->timeout_ms, 60000);
	assert_int_equal(conf_channel(conf, "mail2")->relay_port, 465);
	assert_int_equal(conf_channel(conf, "mail2")->tls, SMTP_IMPLICIT);
	assert_int_equal(conf_channel(conf, "mail2")->timeout_ms, 90000);
	assert_int_equal(conf_channel(conf, "soc")->timeout_ms, 20000);
	policy = conf_entity(conf, "acme")->policy;
	assert_int_equal(policy->n_steps, 5);
	assert_int_equal(policy->steps[1].kind, STEP_PERCENT);
	assert_true(policy->steps[1].unless_acked);
	assert_int_equal(policy->steps[2].repeat_ms, HOUR_MS);
	assert_int_equal(policy->steps[3].repeat_ms, HOUR_MS);
	assert_string_equal(policy->fallback[0], "mail2");
	assert_int_equal(transport_list(conf, &transports), 3);
	assert_string_equal(transports[0], "web");
	assert_string_equal(transports[1], "smtp:mail.example.org:587");
	assert_string_equal(transports[2], "smtp:mail.example.org:465");
	free(transports);
	conf_report_release(&report);
	conf_free(conf);
}

/* Every default of the table must itself satisfy the table. */
static void test_defaults_hold(void **state)
{
	struct place *p = *state;
	struct buf text;
	size_t i;

	buf_init(&text, 0);
	buf_adds(&text, ENTITY REST "limits = {\n");
	for (i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		const char *quote = o->type == OPTION_INT ? "" : "\"";

		if (strcmp(o->group, "limits") == 0)
			buf_addf(&text, "%s = %s%s%s;\n", o->name, quote, o->fallback, quote);
	}
	buf_adds(&text, "};\n");
	for (i = 0; i < option_count; i++)
		if (option_table[i].group[0] == '\0' && option_table[i].fallback != NULL)
			buf_addf(&text, "%s = \"%s\";\n", option_table[i].name, option_table[i].fallback);
	make_file(p, "tocsind.conf", 0600, text.data);
	conf_free(load_good(p, false));
	buf_release(&text);
}

/* The text of a shipped file with every @NAME@ put in. */
static char *fill_in(const char *path, const char *dir)
{
	struct buf in, out;
	const char *s;

	buf_init(&in, 0);
	buf_init(&out, 0);
	assert_int_equal(file_read(path, 64 * 1024, &in, NULL), 0);
	for (s = in.data; *s != '\0';) {
		const char *end = s + 1 + strspn(s + 1, "abcdefghijklmnopqrstuvwxyzPORTSAE");

		/* Addresses have an @, too. */
		if (*s != '@' || *end != '@') {
			buf_addc(&out, *s++);
			continue;
		}
		buf_adds(&out, text_starts(s, "@PORT@") ? "2472" : dir);
		s = end + 1;
	}
	buf_release(&in);
	return buf_detach(&out, NULL);
}

/* What is shipped for a first start loads as it is, and warns of one thing: that the
 * console alone is told. */
static void test_shipped_files(void **state)
{
	static const char *const tokens[] = { "ops.token", "alertmanager.token", "wazuh.token",
		"custom.token" };
	static const char *const files[] = { "tocsin/tocsind.conf.in", "quickstart.conf" };
	struct place *p = *state;
	size_t i;

	for (i = 0; i < ARRAY_LEN(tokens); i++) {
		char text[64];

		snprintf(text, sizeof(text), "0123456789abcdef-%zu\n", i);
		make_file(p, tokens[i], 0600, text);
	}
	for (i = 0; i < ARRAY_LEN(files); i++) {
		char path[PATH_MAX], *text;
		struct conf_report report;
		struct conf *conf;

		snprintf(path, sizeof(path), TEST_SRCDIR "/etc/%s", files[i]);
		text = fill_in(path, p->dir);
		make_file(p, "tocsind.conf", 0600, text);
		free(text);
		conf = load(p, DATA, true, &report);
		if (conf == NULL || report.n_warnings != 1)
			fail_msg("%s: %s, %zu warnings", files[i], report.n_errors > 0 ?
				report.errors[0].text : "loaded", report.n_warnings);
		assert_non_null(strstr(report.warnings[0].text, "policy \"default\", step \""));
		assert_non_null(strstr(report.warnings[0].text,
			"the console wakes nobody up and has no link; tell a channel of another type"));
		assert_int_equal(conf->n_listens, 2);
		conf_report_release(&report);
		conf_free(conf);
	}
}

/* The lines of a list that stand in comments beside "type", taken instead of it: what an
 * engineer does to a role that is shipped as a console. */
static char *give_ways(const char *sample)
{
	static const char *const head = "    type = \"console\";\n";
	struct buf out;
	bool in_role = false;

	buf_init(&out, 0);
	while (*sample != '\0') {
		size_t len = strcspn(sample, "\n") + 1;

		if (text_starts(sample, head))
			in_role = true;
		else if (text_starts(sample, "  }"))
			in_role = false;
		if (text_starts(sample, head) || text_starts(sample, "    #timeout") ||
		    text_starts(sample, "    #test_every"))
			;
		else if (in_role && text_starts(sample, "    #") && sample[5] != ' ')
			buf_add(&out, sample + 5, len - 5);
		else if (text_starts(sample, "#public_url"))
			buf_add(&out, sample + 1, len - 1);
		else
			buf_add(&out, sample, len);
		sample += len;
	}
	return buf_detach(&out, NULL);
}

/* Three groups of the sample are changed by taking signs of comment away, and nothing
 * else: then its ladder reaches people, and there is nothing to warn of. */
static void test_shipped_ladder(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	const struct policy *policy;
	struct conf *conf;
	char *sample, *text;
	size_t i;

	sample = fill_in(TEST_SRCDIR "/etc/tocsin/tocsind.conf.in", p->dir);
	text = give_ways(sample);
	make_file(p, "tocsind.conf", 0600, text);
	free(text);
	free(sample);
	conf = load(p, DATA, false, &report);
	if (conf == NULL || report.n_warnings > 0)
		fail_msg("%s", report.n_errors > 0 ? report.errors[0].text : report.warnings[0].text);
	assert_int_equal(conf_channel(conf, "soc")->type, CHANNEL_SLACK);
	assert_int_equal(conf_channel(conf, "ciso")->type, CHANNEL_EMAIL);
	assert_int_equal(conf_channel(conf, "management")->type, CHANNEL_PAGERDUTY);
	policy = conf_entity(conf, "example")->policy;
	assert_string_equal(policy->name, "default");
	assert_int_equal(policy->n_fallback, 2);
	for (i = 0; i < policy->n_steps; i++)
		assert_int_equal(policy->steps[i].n_to, i < 3 ? i + 1 : 3);
	assert_string_equal(policy->steps[0].to[0], "soc");
	assert_string_equal(policy->steps[1].to[1], "ciso");
	assert_string_equal(policy->steps[2].to[2], "management");
	assert_int_equal(policy->steps[3].kind, STEP_DUE);
	assert_int_equal(policy->steps[3].repeat_ms, HOUR_MS);
	assert_false(policy->steps[3].unless_acked);
	conf_report_release(&report);
	conf_free(conf);
}

/* ---- secrets --------------------------------------------------------------------- */

#define TOKENS(secret) "tokens = ( { name = \"ops\"; role = \"operate\"; secret = \"" secret \
	"\"; } );\n"

static void test_token_digest(void **state)
{
	struct place *p = *state;
	unsigned char digest[DIGEST_SIZE];
	struct conf *conf;

	make_file(p, "tocsind.conf", 0600, TOKENS("file:ops.token") ENTITY REST);
	make_file(p, "ops.token", 0600, "0123456789abcdef\n");
	conf = load_good(p, true);
	digest_sha256(&(struct digest_part){ "0123456789abcdef", 16 }, 1, digest);
	assert_memory_equal(conf->tokens[0].digest, digest, DIGEST_SIZE);
	conf_free(conf);
}

static void test_bad_secrets(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ NULL, "ops.token: No such file" },
		{ "", "ops.token: is empty" },
		{ "\n", "ops.token: is empty" },
		{ "short\n", "holds 5 characters; a token has 16 to 512" },
		{ "0123456789abcdef\nsecond line\n", "ops.token: more than one line" },
		{ "0123456789 abcdef\n", "more than visible ASCII" },
	};
	struct place *p = *state;
	size_t i;

	make_file(p, "tocsind.conf", 0600, TOKENS("file:ops.token") ENTITY REST);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf_report report;

		if (cases[i].text != NULL)
			make_file(p, "ops.token", 0600, cases[i].text);
		assert_null(load(p, DATA, true, &report));
		assert_one(report.errors, report.n_errors, "tocsind.conf", 1, cases[i].message);
		conf_report_release(&report);
	}
}

static void test_secret_mode(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	struct conf *conf;

	make_file(p, "tocsind.conf", 0600, TOKENS("file:ops.token") ENTITY REST);
	make_file(p, "ops.token", 0644, "0123456789abcdef\n");
	conf = load(p, DATA, true, &report);
	assert_non_null(conf);
	assert_one(report.warnings, report.n_warnings, "tocsind.conf", 1, "has mode 0644");
	conf_report_release(&report);
	conf_free(conf);
}

static void test_same_secret(void **state)
{
	struct place *p = *state;
	struct conf_report report;

	make_file(p, "tocsind.conf", 0600,
		"tokens = ( { name = \"a\"; role = \"read\"; secret = \"file:a\"; },\n"
		"  { name = \"b\"; role = \"admin\"; secret = \"file:b\"; } );\n" ENTITY REST);
	make_file(p, "a", 0600, "0123456789abcdef\n");
	make_file(p, "b", 0600, "0123456789abcdef");
	assert_null(load(p, DATA, true, &report));
	assert_one(report.errors, report.n_errors, "tocsind.conf", 2,
		"the same text as the token");
	conf_report_release(&report);
}

static void test_credential(void **state)
{
	struct conf_secret secret = { .reference = "credential:smtp" };
	struct place *p = *state;
	struct error why;
	struct buf text;

	buf_init(&text, 0);
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(conf_secret_read(&secret, 100, &text, &why), -1);
	assert_non_null(strstr(why.text, "$CREDENTIALS_DIRECTORY is not set"));
	make_file(p, "smtp", 0600, "hunter2\r\n");
	setenv("CREDENTIALS_DIRECTORY", p->dir, 1);
	assert_int_equal(conf_secret_read(&secret, 100, &text, &why), 0);
	assert_string_equal(text.data, "hunter2");
	assert_int_equal(conf_secret_read(&secret, 6, &text, &why), -1);
	assert_null(strstr(why.text, "hunter2"));
	secret.reference = "credential:../smtp";
	assert_int_equal(conf_secret_read(&secret, 100, &text, &why), -1);
	unsetenv("CREDENTIALS_DIRECTORY");
	buf_release(&text);
}

/* What the file of a channel holds is looked at too. */
static void test_channel_secrets(void **state)
{
	struct place *p = *state;
	struct conf_report report;

	make_file(p, "tocsind.conf", 0600, ENTITY
		"listen = ( { address = \"127.0.0.1\"; } );\n"
		"policies = ( { name = \"default\";\n"
		"  steps = ( { at = \"due\"; to = [ \"a\" ]; } ); } );\n"
		"channels = ( { name = \"a\"; type = \"webhook\"; url = \"file:url\";\n"
		"  secret = \"file:key\"; } );\n");
	make_file(p, "url", 0600, "http://hook.example.org/secret-part\n");
	make_file(p, "key", 0600, "whsec_c2hvcnQ=\n");
	assert_null(load(p, DATA, true, &report));
	assert_int_equal(report.n_errors, 2);
	assert_non_null(strstr(report.errors[0].text, "url: http:// sends notices in clear"));
	assert_null(strstr(report.errors[0].text, "secret-part"));
	assert_non_null(strstr(report.errors[1].text, "must hold \"whsec_\" and base64"));
	assert_null(strstr(report.errors[1].text, "c2hvcnQ"));
	conf_report_release(&report);
}

/* The same for the services: what could not be sent to is said by -t, and not shown. */
static void test_service_secrets(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	struct conf *conf;

	make_file(p, "tocsind.conf", 0600, ENTITY
		"listen = ( { address = \"127.0.0.1\"; } );\n"
		"policies = ( { name = \"default\";\n"
		"  steps = ( { at = \"due\"; to = [ \"a\", \"b\", \"c\" ]; } ); } );\n"
		"channels = ( { name = \"a\"; type = \"pagerduty\"; routing_key = \"file:key\"; },\n"
		"  { name = \"b\"; type = \"ntfy\"; url = \"file:url\"; topic = \"t\"; token = \"file:key\"; },\n"
		"  { name = \"c\"; type = \"slack-bot\"; token = \"file:none\"; channel = \"C01\"; } );\n");
	make_file(p, "url", 0600, "https://ntfy.example.org/secret-part\n");
	make_file(p, "key", 0600, "R0123456789\n");
	assert_null(load(p, DATA, true, &report));
	assert_int_equal(report.n_errors, 3);
	assert_non_null(strstr(report.errors[0].text, "must hold 32 letters and digits"));
	assert_null(strstr(report.errors[0].text, "R0123456789"));
	assert_non_null(strstr(report.errors[1].text, "url: must be that of the server alone"));
	assert_null(strstr(report.errors[1].text, "secret-part"));
	assert_non_null(strstr(report.errors[2].text, "none"));
	conf_report_release(&report);

	make_file(p, "url", 0600, "https://ntfy.example.org\n");
	make_file(p, "key", 0600, "R0123456789abcdef0123456789abcde\n");
	make_file(p, "none", 0600, "xoxb-1\n");
	conf = load(p, DATA, true, &report);
	assert_non_null(conf);
	assert_string_equal(conf_channel(conf, "a")->url.reference,
		"https://events.pagerduty.com/v2/enqueue");
	assert_string_equal(conf_channel(conf, "b")->topic, "t");
	assert_string_equal(conf_channel(conf, "c")->url.reference, "https://slack.com/api");
	assert_string_equal(conf_channel(conf, "c")->room, "C01");
	assert_string_equal(conf_channel(conf, "c")->transport, "web");
	conf_free(conf);
	conf_report_release(&report);
}

/* 432 is 0660 to a machine and no mode to a person; only a libconfig that itself reads
 * a bare 0660 as 432 leaves no way to tell. */
static void test_decimal_mode(void **state)
{
	struct conf_report report = { 0 };
	struct place *p = *state;
	config_t probe;
	int ten = 0;

	config_init(&probe);
	assert_int_equal(config_read_string(&probe, "x = 010;"), CONFIG_TRUE);
	config_lookup_int(&probe, "x", &ten);
	config_destroy(&probe);
	make_file(p, "tocsind.conf", 0600, ENTITY
		"listen = ( { unix = \"/run/a.sock\"; mode = 432; } );\n"
		"policies = ( { name = \"default\";\n"
		"  steps = ( { at = \"due\"; to = [ \"a\" ]; } ); } );\n"
		"channels = ( { name = \"a\"; type = \"console\"; } );\n");
	if (ten == 10) {
		assert_null(load(p, DATA, true, &report));
		assert_non_null(strstr(report.errors[0].text, "mode: does not let the owner"));
	}
	conf_report_release(&report);
}

/* ---- reload ------------------------------------------------------------------------- */

static void test_needs_restart(void **state)
{
	static const struct {
		const char *text, *settings;
	} cases[] = {
		{ ENTITY REST, "" },
		{ ENTITY REST "public_url = \"https://x.example\";\n", "" },
		{ ENTITY REST "limits = { batch_max = \"2MiB\"; in_flight = 8; };\n", "" },
		{ ENTITY REST "disk_floor = \"1GiB\";\n", "disk_floor\n" },
		{ ENTITY REST "limits = { connections = 5; idle_timeout = \"PT1S\"; };\n",
			"limits.connections\nlimits.idle_timeout\n" },
		{ ENTITY REST "store = { path = \"/srv/tocsin.db\"; };\n", "store.path\n" },
		{ ENTITY REST "ballast = \"1MiB\";\n", "ballast\n" },
	};
	struct place *p = *state;
	struct conf *before, *after;
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	make_file(p, "tocsind.conf", 0600, ENTITY REST);
	before = load_good(p, false);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		make_file(p, "tocsind.conf", 0600, cases[i].text);
		after = load_good(p, false);
		buf_clear(&out);
		assert_int_equal(conf_needs_restart(before, after, &out),
			cases[i].settings[0] != '\0');
		assert_string_equal(out.data, cases[i].settings);
		conf_free(after);
	}
	buf_clear(&out);
	before->listens[0].port = 1;
	assert_true(conf_needs_restart(before, after = load_good(p, false), &out));
	assert_string_equal(out.data, "listen\nballast\n");
	conf_free(after);
	conf_free(before);
	buf_release(&out);
}

static void test_files_that_cannot_be_read(void **state)
{
	struct place *p = *state;
	struct conf_report report;
	char *big;

	assert_null(load(p, DATA, false, &report));
	assert_one(report.errors, report.n_errors, "tocsind.conf", 0, "No such file");
	conf_report_release(&report);
	make_dir(p, "tocsind.conf");
	assert_null(load(p, DATA, false, &report));
	assert_one(report.errors, report.n_errors, "tocsind.conf", 0, "not a regular file");
	conf_report_release(&report);
	remove_tree(p->dir);
	assert_int_equal(mkdir(p->dir, 0700), 0);
	big = xmalloc(1024 * 1024 + 2);
	memset(big, '\n', 1024 * 1024 + 1);
	big[1024 * 1024 + 1] = '\0';
	make_file(p, "tocsind.conf", 0600, big);
	free(big);
	assert_null(load(p, DATA, false, &report));
	assert_one(report.errors, report.n_errors, "tocsind.conf", 0, "more than 1048576 bytes");
	conf_report_release(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_files),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_values),
		WITH_PLACE(test_defaults_hold),
		WITH_PLACE(test_shipped_files),
		WITH_PLACE(test_shipped_ladder),
		WITH_PLACE(test_token_digest),
		WITH_PLACE(test_bad_secrets),
		WITH_PLACE(test_secret_mode),
		WITH_PLACE(test_same_secret),
		WITH_PLACE(test_credential),
		WITH_PLACE(test_channel_secrets),
		WITH_PLACE(test_service_secrets),
		WITH_PLACE(test_decimal_mode),
		WITH_PLACE(test_needs_restart),
		WITH_PLACE(test_files_that_cannot_be_read),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
