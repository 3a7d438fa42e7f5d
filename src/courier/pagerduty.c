/*
 * PagerDuty: see pagerduty.h. Repeats of a step go to one alert: a trigger for an alert
 * that is open pages nobody anew, and how often it pages the service's own escalation
 * policy says. One that was acknowledged pages nobody at all, so the next step, or what
 * comes after an acknowledgement of ours, is another one of the same clock: the daemon
 * counts them (engine/pager.c), and has each of them resolved in the end.
 *
 * Texts are plain. PagerDuty's pages make links of URLs, so foreign ones are defanged.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "base/clean.h"
#include "courier/pagerduty.h"

enum { FACT_MAX = 400, TITLE_MAX = 600, LABEL_MAX = 200 };

static void set_clean(json_t *object, const char *key, const char *s, size_t max)
{
	const struct clean how = { .max = max, .defang = true };
	struct buf text;

	if (s == NULL)
		return;
	buf_init(&text, 0);
	clean_text(&text, s, &how);
	json_set_text(object, key, text.data);
	buf_release(&text);
}

/* "tocsin/k3j9x0aa/42/nis2/early-warning", and "/2" of the second alert of this clock;
 * what is about no clock is an alert of its own, by its delivery. */
static void dedup_key(const struct notice *notice, const char *delivery, struct buf *out)
{
	const char *store = strchr(delivery, '_'), *end = strrchr(delivery, '_');

	if (notice->incident == 0 || notice->stage == NULL || store == end) {
		buf_addf(out, "tocsin/%s", delivery);
		return;
	}
	buf_addf(out, "tocsin/%.*s/%" PRId64 "/%s/%s", (int)(end - store - 1), store + 1,
		notice->incident, notice->regime != NULL ? notice->regime : "-", notice->stage);
	if (notice->page > 0)
		buf_addf(out, "/%" PRId64, notice->page + 1);
}

static const char *action_of(const struct notice *notice)
{
	switch (notice->kind) {
	case NOTICE_SETTLED: return "resolve";
	case NOTICE_ACKNOWLEDGED: return "acknowledge";
	default: return "trigger";
	}
}

/* A clock is never less than a warning, whatever the alert that started it. */
static const char *severity_of(const struct notice *notice)
{
	if (notice->kind == NOTICE_OPERATIONS)
		return "warning";
	if (notice->kind != NOTICE_STEP)
		return "info";
	if (notice_urgency(notice) == URGENCY_LAST || text_equal(notice->severity, "critical"))
		return "critical";
	if (text_equal(notice->severity, "low") || text_equal(notice->severity, "medium"))
		return "warning";
	return "error";
}

static json_t *details_of(const struct notice *notice, struct arena *arena)
{
	struct fact facts[NOTICE_FACTS];
	size_t n = notice_facts(notice, arena, facts), i;
	json_t *details = json_object();

	set_clean(details, "Title", notice->title, TITLE_MAX);
	for (i = 0; i < n; i++)
		set_clean(details, facts[i].label, facts[i].value, FACT_MAX);
	if (notice->title == NULL)
		set_clean(details, "Text", notice->text, TITLE_MAX);
	set_clean(details, "To acknowledge in tocsin", notice_ack(notice, arena), FACT_MAX);
	set_clean(details, "Journal", notice_journal(notice, arena), FACT_MAX);
	return details;
}

static json_t *payload_of(const struct notice *notice, struct arena *arena)
{
	json_t *payload = json_object();
	struct buf summary;

	buf_init(&summary, 0);
	notice_headline(notice, &summary);
	if (notice->title != NULL)
		buf_addf(&summary, ": %s", notice->title);
	set_clean(payload, "summary", summary.data, PAGERDUTY_SUMMARY_MAX);
	set_clean(payload, "source", notice->entity != NULL ? notice->entity : "tocsin",
		LABEL_MAX);
	json_set_text(payload, "severity", severity_of(notice));
	json_set_time(payload, "timestamp", notice->now);
	set_clean(payload, "group", notice->regime, LABEL_MAX);
	set_clean(payload, "class", notice->stage, LABEL_MAX);
	json_object_set_new(payload, "custom_details", details_of(notice, arena));
	buf_release(&summary);
	return payload;
}

static void set_links(json_t *event, const struct notice *notice)
{
	json_t *links, *link;

	if (notice_ack_url(notice) == NULL)
		return;
	links = json_array();
	link = json_object();
	json_set_text(link, "href", notice_ack_url(notice));
	json_set_text(link, "text", "Acknowledge in tocsin");
	json_array_append_new(links, link);
	json_object_set_new(event, "links", links);
}

void pagerduty_render(const struct notice *notice, const char *routing_key,
	const char *delivery, struct buf *out)
{
	const char *action = action_of(notice);
	struct arena *arena = arena_new();
	json_t *event = json_object();
	struct buf key;

	buf_init(&key, 0);
	dedup_key(notice, delivery, &key);
	json_set_text(event, "routing_key", routing_key);
	json_set_text(event, "event_action", action);
	set_clean(event, "dedup_key", key.data, PAGERDUTY_KEY_MAX);
	if (text_equal(action, "trigger")) {
		json_object_set_new(event, "payload", payload_of(notice, arena));
		json_set_text(event, "client", "tocsin");
		json_set_text(event, "client_url", notice_url(notice));
		set_links(event, notice);
	}
	json_write(out, event);
	json_decref(event);
	buf_release(&key);
	arena_free(arena);
}

/* What is wrong with an event, in PagerDuty's words ("'payload.severity' is invalid"),
 * unless they are of a kind that could hold the key: 32 letters and digits. */
static bool may_be_shown(const char *text)
{
	size_t run = 0, i;

	if (text == NULL)
		return false;
	for (i = 0; text[i] != '\0' && i < OUTCOME_DETAIL_MAX; i++) {
		run = strchr(" '.:", text[i]) != NULL ? 0 : run + 1;
		if (run > 20)
			return false;
	}
	return i > 0;
}

void pagerduty_outcome(const struct http_result *result, struct outcome *ret)
{
	const char *error;
	json_t *answer;

	outcome_of_http(result, false, ret);
	if (result->status >= 200 && result->status < 300 && result->status != 202)
		outcome_set(ret, OUTCOME_AMBIGUOUS, "HTTP %ld, not PagerDuty's 202",
			result->status);
	if (result->status < 400)
		return;
	answer = outcome_json(result);
	error = json_string_value(json_array_get(json_object_get(answer, "errors"), 0));
	if (may_be_shown(error))
		outcome_add(ret, error);
	json_decref(answer);
}
