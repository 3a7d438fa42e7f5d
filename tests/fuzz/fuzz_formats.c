/*
 * Every format that is shipped, on every input: whatever a sender may post by mistake to
 * the source of another product is either alerts with texts that may be shown, or refused
 * with a reason. The bodies of the products in tests/data are the seeds.
 *
 * A body that is read without a fault, twice in one, is the same alerts twice: a sender
 * that packs two of them together says nothing new.
 */
#include "config.h"

#include <stdbool.h>
#include <unistd.h>

#include "base/text.h"
#include "config/conf.h"
#include "fuzz.h"
#include "ingest/ingest.h"

enum { BODY_MAX = 64 * 1024, ALERTS_MAX = 200 };

static const char head[] =
	"listen = ( { unix = \"/nonexistent/api.sock\"; } );\n"
	"store = { path = \"/nonexistent/tocsin.db\"; };\n"
	"entities = ( { id = \"acme-energy\"; name = \"ACME\"; country = \"\";\n"
	"  timezone = \"Europe/Berlin\"; regimes = [ \"nis2\" ]; policy = \"default\"; } );\n"
	"channels = ( { name = \"screen\"; type = \"console\"; } );\n"
	"policies = ( { name = \"default\"; fallback = [ \"screen\" ];\n"
	"  steps = ( { at = \"start\"; to = [ \"screen\" ]; } ); } );\n";

static struct conf *conf;
static struct ingest *ingest;

static void load(void)
{
	char path[] = "/tmp/tocsin-fuzz-XXXXXX";
	struct conf_options options = { .path = path, .data_dir = TEST_SRCDIR "/etc/tocsin" };
	struct conf_report report = { 0 };
	int fd = mkstemp(path);

	MUST(fd >= 0 && write(fd, head, sizeof(head) - 1) == (ssize_t)sizeof(head) - 1);
	close(fd);
	conf = conf_load(&options, &report);
	unlink(path);
	MUST(conf != NULL && conf->n_formats > 20);
	conf_report_release(&report);
	ingest = ingest_new(conf, NULL);
	MUST(ingest != NULL);
}

static void check_text(const char *text, size_t max, bool multiline)
{
	size_t i, n = strlen(text);

	MUST(n > 0 && n <= max && text_is_utf8(text, n));
	for (i = 0; i < n; i++)
		MUST((unsigned char)text[i] >= 0x20 ||
			(multiline && strchr("\n\t", text[i]) != NULL));
}

static void check_alert(const struct alert *a, const char *body, const char *end)
{
	check_text(a->title, ALERT_TITLE_BYTES, false);
	if (a->key != NULL)
		check_text(a->key, ALERT_KEY_BYTES, false);
	if (a->description != NULL)
		check_text(a->description, ALERT_DESCRIPTION_BYTES, true);
	MUST(a->severity <= SEVERITY_CRITICAL || a->severity == SEVERITY_UNKNOWN);
	MUST(a->body >= body && a->body_len > 0 && a->body + a->body_len <= end);
	MUST(a->entity == NULL || strcmp(a->entity, "acme-energy") == 0);
	MUST(a->unparsed == NULL);
}

static void check_rejection(const struct alert_rejection *bad, bool kept, const char *body,
	const char *end)
{
	MUST(bad->error.text[0] != '\0' && text_is_utf8(bad->error.text, strlen(bad->error.text)));
	MUST(kept || bad->body == NULL);
	if (bad->body != NULL)
		MUST(bad->body >= body && bad->body_len > 0 && bad->body + bad->body_len <= end);
}

static int read_body(const struct conf_source *source, const char *body, size_t len,
	struct arena *arena, struct command_alerts *ret)
{
	struct error err = { .code = ERROR_NONE };
	int rc = ingest_read(ingest, source, body, len, ALERTS_MAX, arena, ret, &err);

	if (rc < 0)
		MUST(err.code != ERROR_NONE && err.text[0] != '\0');
	else
		MUST(ret->n_alerts + ret->n_rejected <= ALERTS_MAX);
	return rc;
}

static void same_alert(const struct alert *a, const struct alert *b)
{
	MUST(text_equal(a->title, b->title) && text_equal(a->key, b->key));
	MUST(text_equal(a->description, b->description) && text_equal(a->entity, b->entity));
	MUST(a->severity == b->severity && a->detected_at == b->detected_at);
	MUST(a->resolved == b->resolved && a->update == b->update && a->test == b->test);
	MUST(a->insignificant == b->insignificant && a->body_len == b->body_len);
}

static void check_twice(const struct conf_source *source, const char *body, size_t len,
	const struct command_alerts *once, struct arena *arena)
{
	char *twice = malloc(2 * len + 1);
	struct command_alerts in;
	size_t i, n = once->n_alerts;

	memcpy(twice, body, len);
	twice[len] = '\n';
	memcpy(twice + len + 1, body, len);
	MUST(read_body(source, twice, 2 * len + 1, arena, &in) == 0);
	MUST(in.n_alerts == 2 * n && in.n_rejected == 0);
	for (i = 0; i < n; i++) {
		same_alert(&in.alerts[i], &once->alerts[i]);
		same_alert(&in.alerts[n + i], &once->alerts[i]);
	}
	free(twice);
}

static void fuzz_format(const struct conf_format *format, const char *body, size_t len)
{
	const struct conf_source source = { .name = "s", .format = format,
		.entity = &conf->entities[0] };
	bool lines = format->syntax != SYNTAX_JSON;
	struct arena *arena = arena_new();
	struct command_alerts in;
	size_t i;

	if (read_body(&source, body, len, arena, &in) == 0) {
		for (i = 0; i < in.n_alerts; i++)
			check_alert(&in.alerts[i], body, body + len);
		for (i = 0; i < in.n_rejected; i++)
			check_rejection(&in.rejected[i], format->unparsed, body, body + len);
		if (in.n_rejected == 0 && in.n_alerts > 0 && in.n_alerts <= ALERTS_MAX / 2 &&
		    (lines || body[0] == '{'))
			check_twice(&source, body, len, &in, arena);
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *body;
	size_t i;

	if (conf == NULL)
		load();
	if (size > BODY_MAX)
		return 0;
	/* A block of its own, so that one byte too far is seen at both ends. */
	body = malloc(size > 0 ? size : 1);
	memcpy(body, data, size);
	for (i = 0; i < conf->n_formats; i++)
		fuzz_format(&conf->formats[i], body, size);
	free(body);
	return 0;
}
