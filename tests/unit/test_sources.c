/*
 * The formats of sources as they are shipped: for each product, bodies as it sends
 * them and what is read from each alert in them. A row is one alert, in the order of
 * the body; what a row leaves out is not there. A format without a row fails, so that
 * a new product cannot come without its bodies.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "ingest/ingest.h"

#define WHEN "2026-05-04T06:07:08.250Z"
#define WHEN_S "2026-05-04T06:07:08Z"
#define DIGEST "sha256:*"	/* of the alert's own bytes */

enum { RESOLVED = 1, UPDATE = 2, TEST = 4, INSIGNIFICANT = 8,
	UNPARSED = 16,		/* title: why; key: where */
};

static const struct row {
	const char *file, *format;
	const char *title, *key;
	enum severity severity;
	const char *detected;
	unsigned int flags;
} rows[] = {
	{ "alertmanager-group.json", "alertmanager", "vault3 is sealed", "a1b2c3d4e5f60718",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "alertmanager-group.json", "alertmanager", "ProbeFailed", "18071605f4e3d2c1",
		SEVERITY_MEDIUM, WHEN, RESOLVED },
	{ "grafana-group.json", "grafana", "vault3 is sealed", "a1b2c3d4e5f60718",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "grafana-group.json", "grafana", "DatasourceNoData", "bb00000000000001",
		SEVERITY_UNKNOWN, WHEN, INSIGNIFICANT },
	{ "grafana-group.json", "grafana", "Logins", "bb00000000000002", SEVERITY_HIGH, WHEN,
		RESOLVED },
	{ "grafana-test.json", "grafana", "Notification test", "57c6d9296de2ad39",
		SEVERITY_UNKNOWN, WHEN, TEST },
	{ "wazuh-alert.json", "wazuh", "Ransom note written", "wz-north:1777874828.90210",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "wazuh-shuffle.json", "wazuh", "Ransom note written", "wz-north:1777874828.90210",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "wazuh5-template.json", "wazuh5", "Ransom note written", "mon7-trg2-2026-05-04T06:06:08Z",
		SEVERITY_HIGH, WHEN_S, 0 },
	{ "wazuh5-document.json", "wazuh5", "Ransom note written", "north:9c1d", SEVERITY_HIGH,
		WHEN, 0 },
	{ "elastic-summary.json", "elastic", "Shadow copies deleted", "u-1", SEVERITY_CRITICAL,
		WHEN, 0 },
	{ "elastic-summary.json", "elastic", "Nested name", "u-2", SEVERITY_HIGH,
		"2026-05-04T06:09:30Z", UPDATE },
	{ "elastic-summary.json", "elastic", "Shadow copies deleted", "u-3", SEVERITY_HIGH,
		"2026-05-04T06:10:00Z", RESOLVED },
	{ "elastic-single.json", "elastic", "Nested inside source", "u-9", SEVERITY_MEDIUM, WHEN,
		0 },
	{ "elastic-watcher.json", "elastic", "Watched", "w-1", SEVERITY_HIGH, WHEN, 0 },
	{ "elastic-watcher.json", "elastic", "No rule", "w-2", SEVERITY_CRITICAL, WHEN, RESOLVED },
	{ "opensearch-template.json", "opensearch", "Failed logins", "m1-t1-2026-05-04T06:06:08Z",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "opensearch-default.txt", "opensearch", "neither a JSON object nor an array", "",
		SEVERITY_UNKNOWN, NULL, UNPARSED },
	{ "opensearch-quote.json", "opensearch", "not valid JSON: no comma or } at byte 34", "",
		SEVERITY_UNKNOWN, NULL, UNPARSED },
	{ "splunk-webhook.json", "splunk", "Impossible travel",
		"scheduler__ops__search__RMD5c0ffee_at_1777874820_12:8:4411", SEVERITY_HIGH, WHEN,
		0 },
	{ "splunk-adhoc.json", "splunk", "Splunk search without a name", "1777874828.44",
		SEVERITY_UNKNOWN, WHEN_S, 0 },
	{ "splunk-es-notable.json", "splunk-es", "Brute force succeeded on vpn1",
		"E1@@notable@@77aa", SEVERITY_CRITICAL, WHEN_S, 0 },
	{ "sentinel-trigger.json", "sentinel", "Sign-in from a new country",
		"5f1e0c33-0000-4000-8000-000000000812", SEVERITY_HIGH, WHEN, 0 },
	{ "sentinel-closed.json", "sentinel", "Sign-in from a new country",
		"5f1e0c33-0000-4000-8000-000000000812", SEVERITY_LOW, WHEN, RESOLVED },
	{ "sentinel-alert.json", "sentinel", "Mass download", "sa-44", SEVERITY_MEDIUM, WHEN, 0 },
	{ "defender-list.json", "defender", "Credential dumping", "918", SEVERITY_MEDIUM, WHEN,
		0 },
	{ "defender-list.json", "defender", "Old finding", "918", SEVERITY_LOW,
		"2026-05-03T06:07:08Z", RESOLVED },
	{ "defender-incident.json", "defender", "Multi-stage incident", "918", SEVERITY_HIGH,
		WHEN, UPDATE },
	{ "graylog-event.json", "graylog", "Denied many: count()=900", "01J0EVENT",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "graylog-test.json", "graylog", "Notification test message triggered from user <admin>",
		"TEST_NOTIFICATION_ID", SEVERITY_CRITICAL, WHEN, TEST },
	{ "crowdstrike-template.json", "crowdstrike", "Process injection", "ldt:aa:55",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "crowdstrike-stream.json", "crowdstrike", "A process was injected into", "c-77",
		SEVERITY_HIGH, WHEN, 0 },
	{ "crowdstrike-stream.json", "crowdstrike", "UserActivityAuditEvent", DIGEST,
		SEVERITY_UNKNOWN, "2026-05-04T06:07:09.250Z", INSIGNIFICANT },
	{ "crowdstrike-stream.json", "crowdstrike", "Old scale", "ldt:1:2", SEVERITY_UNKNOWN, WHEN,
		0 },
	{ "crowdstrike-stream.json", "crowdstrike", "IncidentSummaryEvent",
		"https://falcon.example/inc:1", SEVERITY_UNKNOWN, WHEN, RESOLVED },
	{ "crowdstrike-stream.json", "crowdstrike", "FirewallMatchEvent", DIGEST, SEVERITY_UNKNOWN,
		WHEN, INSIGNIFICANT },
	{ "suricata-lines.json", "suricata", "Lateral movement by SMB", "ids1:9000412:192.0.2.44",
		SEVERITY_HIGH, WHEN, 0 },
	{ "suricata-lines.json", "suricata", "flow", "ids1:192.0.2.44",
		SEVERITY_UNKNOWN, "2026-05-04T06:07:09Z", INSIGNIFICANT },
	{ "suricata-lines.json", "suricata", "Old rule", "ids1:9000413:192.0.2.44", SEVERITY_LOW,
		"2026-05-04T06:07:10Z", 0 },
	{ "suricata-ecs.json", "suricata", "Lateral movement by SMB", "9000412:192.0.2.44",
		SEVERITY_MEDIUM, WHEN, 0 },
	{ "suricata-moved.json", "suricata", "Lateral movement by SMB", "9000412:192.0.2.44",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "elastalert-payload.json", "elastalert", "Many denied", "AbC1", SEVERITY_HIGH, WHEN, 0 },
	{ "elastalert-match.json", "elastalert", "ElastAlert match", "AbC2", SEVERITY_UNKNOWN,
		WHEN, 0 },
	{ "thehive-case.json", "thehive", "Phished mailbox", "~44", SEVERITY_HIGH,
		"2026-05-04T06:07:00Z", 0 },
	{ "thehive-closed.json", "thehive", "Phished mailbox", "~44", SEVERITY_HIGH,
		"2026-05-04T06:07:00Z", RESOLVED },
	{ "thehive-task.json", "thehive", "Call the bank", "~45", SEVERITY_UNKNOWN, NULL,
		INSIGNIFICANT },
	{ "thehive-v0.json", "thehive", "Old style", "a-5", SEVERITY_LOW, WHEN, 0 },
	{ "misp-event.json", "misp", "Loader spreads by mail",
		"5e0f6c7a-0000-4000-8000-0000000019aa", SEVERITY_HIGH, WHEN_S, 0 },
	{ "misp-unpublished.json", "misp", "Draft", "5e0f6c7a-0000-4000-8000-0000000020aa",
		SEVERITY_UNKNOWN, WHEN_S, INSIGNIFICANT },
	{ "ocsf-findings.json", "ocsf", "Mailbox export", "inc-8", SEVERITY_CRITICAL, WHEN, 0 },
	{ "ocsf-findings.json", "ocsf", "Beacon", "f-1", SEVERITY_UNKNOWN, WHEN, RESOLVED },
	{ "ocsf-findings.json", "ocsf", "Still open", "inc-9", SEVERITY_HIGH, WHEN, 0 },
	{ "ocsf-findings.json", "ocsf", "Suppressed", "f-2", SEVERITY_MEDIUM, WHEN, UPDATE },
	{ "ocsf-findings.json", "ocsf", "3002", "login-1", SEVERITY_LOW, WHEN,
		INSIGNIFICANT },
	{ "stix-bundle.json", "stix", "Payroll data left the house", "incident--0c7b",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "stix-bundle.json", "stix", "ACME", "identity--1", SEVERITY_UNKNOWN, NULL,
		INSIGNIFICANT },
	{ "stix-bundle.json", "stix", "relationship", "relationship--1", SEVERITY_UNKNOWN, NULL,
		INSIGNIFICANT },
	{ "stix-bundle.json", "stix", "Withdrawn", "incident--0c7c", SEVERITY_UNKNOWN, WHEN_S,
		RESOLVED },
	{ "security-onion-match.json", "security-onion", "Encoded command line", "so-1",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "security-onion-number.json", "security-onion", "Scan", "so-2", SEVERITY_UNKNOWN, WHEN,
		0 },
	{ "qradar-offenses.json", "qradar",
		"Exploit followed by connection  containing Firewall Permit", "0:771",
		SEVERITY_CRITICAL, WHEN, 0 },
	{ "qradar-offenses.json", "qradar",
		"Exploit followed by connection  containing Firewall Permit", "0:772", SEVERITY_HIGH,
		WHEN, RESOLVED },
	{ "cef-lines.txt", "cef", "Login | brute force", "Example:Gate:fw2:77", SEVERITY_HIGH,
		WHEN, 0 },
	{ "cef-lines.txt", "cef", "Policy change", DIGEST, SEVERITY_CRITICAL, WHEN, 0 },
	{ "cef-lines.txt", "cef", "No zone", "Example:Gate:78", SEVERITY_MEDIUM, NULL, 0 },
	{ "cef-lines.txt", "cef", "no CEF record in the line", "", SEVERITY_UNKNOWN, NULL,
		UNPARSED },
	{ "cef-lines.txt", "cef", "Quiet", DIGEST, SEVERITY_LOW, NULL, 0 },
	{ "leef-lines.txt", "leef", "malware_blocked", DIGEST, SEVERITY_CRITICAL, WHEN, 0 },
	{ "leef-lines.txt", "leef", "login_failed", DIGEST, SEVERITY_MEDIUM, WHEN, 0 },
	{ "leef-lines.txt", "leef", "tabbed", DIGEST, SEVERITY_LOW, NULL, 0 },
	{ "leef-lines.txt", "leef", "a header that ends too early at byte 22 of the record", "",
		SEVERITY_UNKNOWN, NULL, UNPARSED },
	{ "cloudevents-structured.json", "cloudevents", "Beacon to a known host", "/siem/north:e-5",
		SEVERITY_HIGH, WHEN, 0 },
	{ "cloudevents-batch.json", "cloudevents", "files2", "/siem/north:e-6", SEVERITY_UNKNOWN,
		WHEN, 0 },
	{ "cloudevents-batch.json", "cloudevents", "files2", "/siem/north:e-7", SEVERITY_UNKNOWN,
		WHEN, 0 },
	{ "pagerduty-events.json", "pagerduty", "File integrity on files2", "files2/fim",
		SEVERITY_HIGH, WHEN, 0 },
	{ "pagerduty-events.json", "pagerduty", "files2/fim", "files2/fim", SEVERITY_UNKNOWN, NULL,
		RESOLVED },
	{ "pagerduty-events.json", "pagerduty", "files2/fim", "files2/fim", SEVERITY_UNKNOWN, NULL,
		UPDATE },
	{ "pagerduty-events.json", "pagerduty", "Old style", "old/1", SEVERITY_UNKNOWN, NULL, 0 },
	{ "opsgenie-alert.json", "opsgenie", "Backup deleted", "backup/9 a", SEVERITY_CRITICAL,
		NULL, 0 },
	{ "generic-alert.json", "generic", "Ransomware on billing", "k-1", SEVERITY_CRITICAL, WHEN,
		0 },
};

static struct conf *conf;
static struct ingest *ingest;
static struct arena *arena;

static const char head[] =
	"listen = ( { unix = \"/nonexistent/api.sock\"; } );\n"
	"store = { path = \"/nonexistent/tocsin.db\"; };\n"
	"entities = ( { id = \"acme-energy\"; name = \"ACME\"; country = \"\";\n"
	"  timezone = \"Europe/Berlin\"; regimes = [ \"nis2\" ]; policy = \"default\"; } );\n"
	"channels = ( { name = \"screen\"; type = \"console\"; } );\n"
	"policies = ( { name = \"default\"; fallback = [ \"screen\" ];\n"
	"  steps = ( { at = \"start\"; to = [ \"screen\" ]; } ); } );\n"
	"sources = (";

/* A source for each format, of the same name. */
static void write_sources(struct buf *out)
{
	size_t i;

	buf_adds(out, head);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (i == 0 || strcmp(rows[i].format, rows[i - 1].format) != 0)
			buf_addf(out, "%s{ name = \"%s\"; format = \"%s\"; }", i > 0 ? ",\n" : "",
				rows[i].format, rows[i].format);
	buf_adds(out, ");\n");
}

static int setup(void **state)
{
	char path[] = "/tmp/tocsin-sources-XXXXXX";
	struct conf_options options = { .path = path, .data_dir = TEST_SRCDIR "/etc/tocsin" };
	struct conf_report report = { 0 };
	int fd = mkstemp(path);
	struct error err;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	write_sources(&text);
	if (fd < 0 || write(fd, text.data, text.len) < 0)
		return -1;
	close(fd);
	buf_release(&text);
	conf = conf_load(&options, &report);
	unlink(path);
	if (conf == NULL)
		print_error("%s:%d: %s\n", report.errors[0].file, report.errors[0].line,
			report.errors[0].text);
	conf_report_release(&report);
	if (conf == NULL)
		return -1;
	ingest = ingest_new(conf, &err);
	if (ingest == NULL)
		print_error("%s\n", err.text);
	arena = arena_new();
	return ingest != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	ingest_free(ingest);
	conf_free(conf);
	return 0;
}

/* ---- a row against what was read ---------------------------------------------------- */

#define SAME(what, expected, found) do { \
	if (!text_equal(expected, found)) \
		fail_msg("%s, alert %zu: %s is \"%s\", not \"%s\"", row->file, number, what, \
			(found) != NULL ? (found) : "(none)", (expected) != NULL ? (expected) : \
			"(none)"); \
} while (0)

static unsigned int flags_of(const struct alert *a)
{
	return (a->resolved ? RESOLVED : 0u) | (a->update ? UPDATE : 0u) | (a->test ? TEST : 0u) |
		(a->insignificant ? INSIGNIFICANT : 0u);
}

static void check_alert(const struct row *row, size_t number, const struct alert *a)
{
	char detected[RFC3339_SIZE], digest[DIGEST_HEX_SIZE];
	const char *key = row->key;

	if (strcmp(key, DIGEST) == 0) {
		digest_sha256_hex(a->body, a->body_len, digest);
		key = arena_printf(arena, "sha256:%s", digest);
	}
	if (a->detected_at != TIME_NONE)
		rfc3339_format(a->detected_at, detected);
	SAME("title", row->title, a->title);
	SAME("key", key, a->key);
	SAME("severity", severity_name(row->severity), severity_name(a->severity));
	SAME("detected_at", row->detected, a->detected_at != TIME_NONE ? detected : NULL);
	if (flags_of(a) != row->flags)
		fail_msg("%s, alert %zu: flags are %x, not %x", row->file, number, flags_of(a),
			row->flags);
}

static void check_rejection(const struct row *row, size_t number,
	const struct alert_rejection *bad)
{
	SAME("reason", row->title, bad->error.text);
	SAME("pointer", row->key, bad->error.pointer);
	if (bad->body == NULL || bad->body_len == 0)
		fail_msg("%s, alert %zu: its bytes are lost", row->file, number);
}

static void read_file(const struct row *row, struct buf *body, struct command_alerts *ret)
{
	char path[512];
	struct error err;

	snprintf(path, sizeof(path), "%s/tests/data/alerts/%s", TEST_SRCDIR, row->file);
	buf_init(body, 0);
	if (file_read(path, 1024 * 1024, body, &err) < 0 ||
	    ingest_read(ingest, conf_source(conf, row->format), body->data, body->len, 100, arena,
		    ret, &err) < 0)
		fail_msg("%s: %s", row->file, err.text);
}

static void test_bodies_of_every_product(void **state)
{
	size_t i, number = 0, good = 0, bad = 0;
	struct command_alerts in = { 0 };
	struct buf body;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		bool last = i + 1 == ARRAY_LEN(rows) || strcmp(row[1].file, row->file) != 0;

		if (i == 0 || strcmp(row->file, rows[i - 1].file) != 0) {
			read_file(row, &body, &in);
			number = good = bad = 0;
		}
		if (bad < in.n_rejected && in.rejected[bad].index == number) {
			if ((row->flags & UNPARSED) == 0)
				fail_msg("%s, alert %zu: %s %s", row->file, number,
					in.rejected[bad].error.pointer, in.rejected[bad].error.text);
			check_rejection(row, number, &in.rejected[bad++]);
		} else if (good < in.n_alerts) {
			check_alert(row, number, &in.alerts[good++]);
		} else {
			fail_msg("%s: no more than %zu alerts", row->file, number);
		}
		number++;
		if (last && number != in.n_alerts + in.n_rejected)
			fail_msg("%s: %zu alerts, not %zu", row->file, in.n_alerts + in.n_rejected,
				number);
		if (last)
			buf_release(&body);
	}
}

static void test_every_format_has_a_body(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < conf->n_formats; i++) {
		for (k = 0; k < ARRAY_LEN(rows); k++)
			if (strcmp(rows[k].format, conf->formats[i].name) == 0)
				break;
		if (k == ARRAY_LEN(rows))
			fail_msg("%s has no golden body", conf->formats[i].name);
	}
	assert_true(conf->n_formats >= 25);
}

/* ---- what no product sends ------------------------------------------------------------- */

static int read_bytes(const struct conf_format *format, const struct buf *body,
	struct command_alerts *ret, struct error *err)
{
	struct conf_source source = { .name = "s", .format = format, .entity = &conf->entities[0] };

	memset(ret, 0, sizeof(*ret));
	*err = (struct error){ .code = ERROR_NONE };
	return ingest_read(ingest, &source, body->data != NULL ? body->data : "", body->len, 10000,
		arena, ret, err);
}

/* One rejection, of the whole body where an incident is made of it; else only a reason. */
static void check_unreadable(const struct conf_format *format, const char *what,
	const struct buf *body, const char *why)
{
	struct command_alerts in;
	struct error err;
	int rc = read_bytes(format, body, &in, &err);

	if (!format->unparsed) {
		if ((rc == 0 && in.n_alerts > 0) || (rc < 0 && err.code != ERROR_INVALID))
			fail_msg("%s, %s: %d, %s", format->name, what, rc, err.text);
		return;
	}
	if (rc < 0 || in.n_alerts != 0 || in.n_rejected != 1)
		fail_msg("%s, %s: %d, %zu alerts and %zu rejections", format->name, what, rc,
			in.n_alerts, in.n_rejected);
	if (in.rejected[0].body != body->data || in.rejected[0].body_len != body->len)
		fail_msg("%s, %s: %zu of %zu bytes are kept", format->name, what,
			in.rejected[0].body_len, body->len);
	if (strstr(in.rejected[0].error.text, why) == NULL)
		fail_msg("%s, %s: %s", format->name, what, in.rejected[0].error.text);
}

static void repeat(struct buf *out, const char *text, size_t n)
{
	buf_clear(out);
	while (out->len < n)
		buf_adds(out, text);
}

static void test_bytes_that_are_no_alert_are_one_incident(void **state)
{
	static const struct {
		const char *what, *text;
		size_t size;	/* as often as it takes */
	} cases[] = {
		{ "a number", "42", 1 }, { "null", "null", 1 }, { "a text", "\"text\"", 1 },
		{ "a page", "<html>x</html>", 1 }, { "a form", "payload=%7B%7D", 1 },
		{ "lines", "no record of anything\n", 100000 },
		{ "no text at all", "\x80\xff\x01\n", 1024 * 1024 },
		{ "a megabyte", "A", 1024 * 1024 }, { "brackets", "{", 1024 * 1024 },
	};
	struct buf body;
	size_t i, k;

	(void)state;
	buf_init(&body, 0);
	for (i = 0; i < conf->n_formats; i++)
		for (k = 0; k < ARRAY_LEN(cases); k++) {
			repeat(&body, cases[k].text, cases[k].size);
			/* The end of a line is none of an alert. */
			while (body.data[body.len - 1] == '\n')
				body.len--;
			check_unreadable(&conf->formats[i], cases[k].what, &body, "");
		}
	buf_release(&body);
}

static void test_a_body_of_no_bytes_is_nothing(void **state)
{
	static const char *const blanks[] = { "", " \r\n\t", "\xef\xbb\xbf", "\xef\xbb\xbf\n" };
	struct command_alerts in;
	struct error err;
	struct buf body;
	size_t i, k;

	(void)state;
	buf_init(&body, 0);
	for (i = 0; i < conf->n_formats; i++)
		for (k = 0; k < ARRAY_LEN(blanks); k++) {
			buf_clear(&body);
			buf_adds(&body, blanks[k]);
			if (read_bytes(&conf->formats[i], &body, &in, &err) == 0 ||
			    err.code != ERROR_INVALID)
				fail_msg("%s takes blank %zu", conf->formats[i].name, k);
		}
	buf_release(&body);
}

/* Each byte beside a NUL, as Latin text is in UTF-16; bom: two bytes or "". */
static void put_utf16(struct buf *out, const struct buf *text, const char *bom, bool big)
{
	size_t i;

	buf_clear(out);
	buf_adds(out, bom);
	for (i = 0; i < text->len; i++) {
		if (big)
			buf_add(out, "", 1);
		buf_add(out, text->data + i, 1);
		if (!big)
			buf_add(out, "", 1);
	}
}

static void check_encodings(const struct row *row, const struct conf_format *format)
{
	struct command_alerts plain, in;
	struct buf body, other;
	struct error err;

	buf_init(&other, 0);
	read_file(row, &body, &plain);
	buf_adds(&other, "\xef\xbb\xbf");
	buf_add(&other, body.data, body.len);
	if (read_bytes(format, &other, &in, &err) < 0 || in.n_alerts != plain.n_alerts ||
	    in.n_rejected != plain.n_rejected)
		fail_msg("%s: not the same behind a byte order mark", row->file);
	put_utf16(&other, &body, "\xff\xfe", false);
	check_unreadable(format, "UTF-16 LE", &other, "UTF-16");
	put_utf16(&other, &body, "\xfe\xff", true);
	check_unreadable(format, "UTF-16 BE", &other, "UTF-16");
	put_utf16(&other, &body, "", false);
	check_unreadable(format, "UTF-16 without a mark", &other, "UTF-16");
	buf_release(&other);
	buf_release(&body);
}

static void test_utf8_may_have_its_mark_and_utf16_is_named(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (i == 0 || strcmp(rows[i].file, rows[i - 1].file) != 0)
			check_encodings(&rows[i], conf_source(conf, rows[i].format)->format);
}

/* An alert of another product is not silently of no significance. */
static void test_an_object_of_another_kind_is_noticed(void **state)
{
	struct command_alerts in;
	struct error err;
	struct buf body;
	size_t i;

	(void)state;
	buf_init(&body, 0);
	buf_adds(&body, "{\"a\":{\"b\":1}}");
	for (i = 0; i < conf->n_formats; i++) {
		if (conf->formats[i].syntax != SYNTAX_JSON)
			continue;
		if (read_bytes(&conf->formats[i], &body, &in, &err) < 0)
			fail_msg("%s: %s", conf->formats[i].name, err.text);
		if (in.n_rejected == 0 && (flags_of(&in.alerts[0]) != 0 ||
		    in.alerts[0].severity != SEVERITY_UNKNOWN))
			fail_msg("%s sets it aside", conf->formats[i].name);
	}
	buf_release(&body);
}

/* ---- what the rows do not show ------------------------------------------------------- */

static const struct alert *first_of(const char *file, const char *format)
{
	const struct row row = { .file = file, .format = format };
	struct command_alerts in;
	struct buf body;
	const struct alert *a;

	read_file(&row, &body, &in);
	assert_true(in.n_alerts > 0);
	a = in.alerts;
	buf_release(&body);
	return a;
}

static void test_texts_of_lines_have_no_escapes(void **state)
{
	(void)state;
	assert_string_equal(first_of("cef-lines.txt", "cef")->description, "a=b c and more text");
	assert_string_equal(first_of("leef-lines.txt", "leef")->description, "Malware");
}

static void test_awareness_and_entity_of_the_generic_format(void **state)
{
	const struct alert *a = first_of("generic-alert.json", "generic");

	(void)state;
	assert_true(a->aware_at == INT64_C(1777875420000));
	assert_string_equal(a->entity, "acme-energy");
	assert_string_equal(a->description, "seen by hand");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bodies_of_every_product),
		cmocka_unit_test(test_every_format_has_a_body),
		cmocka_unit_test(test_bytes_that_are_no_alert_are_one_incident),
		cmocka_unit_test(test_a_body_of_no_bytes_is_nothing),
		cmocka_unit_test(test_utf8_may_have_its_mark_and_utf16_is_named),
		cmocka_unit_test(test_an_object_of_another_kind_is_noticed),
		cmocka_unit_test(test_texts_of_lines_have_no_escapes),
		cmocka_unit_test(test_awareness_and_entity_of_the_generic_format),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
