/*
 * Reading a notice and the words all channels share: see notice.h. The title comes
 * from an alert and so never stands first in anything: the mark of a drill and our
 * own number do.
 */
#include "config.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "base/clean.h"
#include "courier/notice.h"

enum { HEADING_MAX = 120 };

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int64_t int_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int64_t time_of(const json_t *object, const char *key)
{
	int64_t at = TIME_NONE;

	return json_get_time(object, key, &at, NULL) < 0 ? TIME_NONE : at;
}

/* Of seconds; more than a century is shown as one. */
static int64_t ms_of(const json_t *object, const char *key)
{
	const int64_t most = INT64_C(100) * 366 * DAY_MS / SECOND_MS;
	int64_t s = int_of(object, key);

	return (s > most ? most : s < -most ? -most : s) * SECOND_MS;
}

static enum notice_kind kind_of(const char *name)
{
	static const char *const names[] = { "step", "settled", "operations", "test",
		"acknowledged" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (text_equal(name, names[i]))
			return (enum notice_kind)i;
	return NOTICE_OTHER;
}

void notice_view(const json_t *root, struct notice *ret)
{
	const json_t *incident = json_object_get(root, "incident");
	const json_t *clock = json_object_get(root, "clock");
	const json_t *step = json_object_get(root, "step");
	const json_t *journal = json_object_get(root, "journal");
	const json_t *ack = json_object_get(root, "acknowledgement");

	*ret = (struct notice) {
		.root = root, .kind = kind_of(text_of(root, "kind")),
		.drill = json_is_true(json_object_get(root, "drill")),
		.incident = int_of(incident, "id"),
		.entity = text_of(incident, "entity"),
		.entity_name = text_of(incident, "entity_name"),
		.title = text_of(incident, "title"),
		.severity = text_of(incident, "severity"), .url = text_of(incident, "url"),
		.incident_state = text_of(incident, "state"),
		.regime = text_of(clock, "regime"), .stage = text_of(clock, "stage"),
		.state = text_of(clock, "state"), .reference = text_of(clock, "reference"),
		.due_at = time_of(clock, "due_at"), .latest_at = time_of(clock, "latest_at"),
		.step_at = text_of(step, "at"), .step_number = int_of(step, "number"),
		.step_of = int_of(step, "of"), .step_repeat = int_of(step, "repeat"),
		.passed_over = int_of(root, "passed_over"),
		.fallback_for = text_of(root, "fallback_for"),
		.fallback_why = text_of(root, "fallback_why"),
		.stands_for = int_of(root, "stands_for"), .page = int_of(root, "page"),
		.journal_seq = int_of(journal, "seq"),
		.journal_hash = text_of(journal, "hash"),
		.now = time_of(root, "now"), .late_ms = ms_of(root, "late_s"),
		.acked_by = text_of(ack, "by"), .acked_until = time_of(ack, "until"),
		.ack_url = text_of(root, "ack_url"), .ack_token = text_of(root, "ack_token"),
		.heading = text_of(root, "title"), .subject = text_of(root, "subject"),
		.text = text_of(root, "text"),
	};
	if (ret->due_at != TIME_NONE && ret->now != TIME_NONE) {
		ret->has_left = true;
		ret->left_ms = ret->due_at - ret->now;
	} else if (clock != NULL && json_object_get(root, "remaining_s") != NULL) {
		ret->has_left = true;
		ret->left_ms = ms_of(root, "remaining_s");
	}
}

const char *notice_mark(const struct notice *notice)
{
	return notice->drill ? "DRILL " : "";
}

const char *notice_marked(const struct notice *notice, const char *text, struct arena *arena)
{
	if (!notice->drill || (text_starts(text, "DRILL") && !isalnum((unsigned char)text[5])))
		return text;
	return arena_printf(arena, "DRILL %s", text);
}

static void add_left(const struct notice *notice, struct buf *out)
{
	char words[TEXT_DURATION_SIZE];

	if (!notice->has_left)
		return;
	text_duration(notice->left_ms, words);
	if (notice->left_ms >= 0)
		buf_addf(out, " due in %s", words);
	else
		buf_addf(out, " OVERDUE by %s", words);
}

/* "filed-late" -> "filed late" */
static void add_state(const struct notice *notice, struct buf *out)
{
	const char *c;

	buf_adds(out, ": ");
	for (c = notice->state != NULL ? notice->state : "settled"; *c != '\0'; c++)
		buf_addc(out, *c == '-' ? ' ' : *c);
}

void notice_headline(const struct notice *notice, struct buf *out)
{
	buf_adds(out, notice_mark(notice));
	if (notice->incident != 0)
		buf_addf(out, "#%" PRId64 " ", notice->incident);
	if (notice->heading != NULL) {
		clean_line(out, notice->heading, HEADING_MAX);
	} else if (notice->kind == NOTICE_TEST) {
		buf_adds(out, "TEST of this channel");
	} else if (notice->stage == NULL) {
		clean_line(out, notice->subject != NULL ? notice->subject : "notice", HEADING_MAX);
	} else {
		if (notice->regime != NULL)
			buf_addf(out, "%s ", notice->regime);
		buf_adds(out, notice->stage);
		if (notice->kind == NOTICE_SETTLED)
			add_state(notice, out);
		else if (notice->kind == NOTICE_ACKNOWLEDGED)
			buf_adds(out, ": acknowledged");
		else
			add_left(notice, out);
	}
}

enum urgency notice_urgency(const struct notice *notice)
{
	switch (notice->kind) {
	case NOTICE_STEP:
		return notice->has_left && notice->left_ms <= HOUR_MS ? URGENCY_LAST :
			URGENCY_HIGH;
	case NOTICE_SETTLED:
	case NOTICE_ACKNOWLEDGED:
		return URGENCY_LOW;
	case NOTICE_OPERATIONS:
	case NOTICE_TEST:
	case NOTICE_OTHER:
		break;
	}
	return URGENCY_NORMAL;
}

static const char *plain_url(const char *url)
{
	const char *c = url;

	if (c == NULL || (!text_starts(c, "https://") && !text_starts(c, "http://")))
		return NULL;
	/* What RFC 3986 allows, less the quotes: it stands in <...|...> and href="". */
	for (; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~' || strchr("<>|\"'`\\^{}", *c) != NULL)
			return NULL;
	return strlen(url) <= 500 ? url : NULL;
}

const char *notice_url(const struct notice *notice)
{
	return plain_url(notice->url);
}

const char *notice_ack_url(const struct notice *notice)
{
	return notice->kind == NOTICE_STEP ? plain_url(notice->ack_url) : NULL;
}

const char *notice_ack_token(const struct notice *notice)
{
	const char *token = notice->ack_token;

	if (notice->kind != NOTICE_STEP || token == NULL || token[0] == '\0' ||
	    strlen(token) > 200)
		return NULL;
	return token;
}

/* "2026-11-22 08:17:00 UTC" */
static const char *instant(int64_t at, struct arena *arena)
{
	struct civil c;

	civil_from_ms(at, &c);
	return arena_printf(arena, "%04d-%02d-%02d %02d:%02d:%02d UTC", c.year, c.month, c.day,
		c.hour, c.minute, c.second);
}

static const char *due_words(const struct notice *notice, struct arena *arena)
{
	char words[TEXT_DURATION_SIZE];
	const char *at = instant(notice->due_at, arena);

	if (!notice->has_left || notice->kind == NOTICE_SETTLED)
		return at;
	text_duration(notice->left_ms, words);
	return arena_printf(arena,
		notice->left_ms >= 0 ? "%s (%s left)" : "%s (OVERDUE by %s)", at, words);
}

static const char *step_words(const struct notice *notice, struct arena *arena)
{
	const char *of = notice->step_of > 0 ?
		arena_printf(arena, " of %" PRId64, notice->step_of) : "";
	const char *repeat = notice->step_repeat > 0 ?
		arena_printf(arena, ", repeat %" PRId64, notice->step_repeat) : "";

	const char *lost = notice->stands_for > 0 ?
		arena_printf(arena, "; %" PRId64 " earlier reminder%s could not be delivered",
			notice->stands_for, notice->stands_for == 1 ? "" : "s") : "";

	return arena_printf(arena, "%" PRId64 "%s, at %s%s%s", notice->step_number, of,
		notice->step_at, repeat, lost);
}

static const char *fallback_words(const struct notice *notice)
{
	if (text_equal(notice->fallback_why, "channel down"))
		return "which is down";
	if (text_equal(notice->fallback_why, "fails"))
		return "which fails to take it";
	return "which refused it";
}

static const char *entity_words(const struct notice *notice, struct arena *arena)
{
	if (notice->entity == NULL || notice->entity_name == NULL)
		return notice->entity != NULL ? notice->entity : notice->entity_name;
	return arena_printf(arena, "%s (%s)", notice->entity_name, notice->entity);
}

static void add_fact(struct fact *facts, size_t *n, const char *label, const char *value)
{
	if (value != NULL && *n < NOTICE_FACTS)
		facts[(*n)++] = (struct fact) { label, value };
}

size_t notice_facts(const struct notice *notice, struct arena *arena,
	struct fact ret[NOTICE_FACTS])
{
	char words[TEXT_DURATION_SIZE];
	size_t n = 0;

	add_fact(ret, &n, "Entity", entity_words(notice, arena));
	add_fact(ret, &n, "Severity", notice->severity);
	if (notice->stage != NULL)
		add_fact(ret, &n, "Stage", notice->regime == NULL ? notice->stage :
			arena_printf(arena, "%s %s", notice->regime, notice->stage));
	if (notice->due_at != TIME_NONE)
		add_fact(ret, &n, "Due", due_words(notice, arena));
	if (notice->latest_at > notice->due_at && notice->kind != NOTICE_SETTLED)
		add_fact(ret, &n, "Arguable until", arena_printf(arena,
			"%s; do not plan on it", instant(notice->latest_at, arena)));
	add_fact(ret, &n, "Law", notice->reference);
	if (notice->step_at != NULL)
		add_fact(ret, &n, "Step", step_words(notice, arena));
	if (notice->passed_over > 0)
		add_fact(ret, &n, "Earlier steps passed over",
			arena_printf(arena, "%" PRId64, notice->passed_over));
	if (notice->fallback_for != NULL)
		add_fact(ret, &n, "In place of", arena_printf(arena,
			"channel %s, %s", notice->fallback_for, fallback_words(notice)));
	if (notice->acked_by != NULL)
		add_fact(ret, &n, "Acknowledged", notice->acked_until == TIME_NONE ?
			arena_printf(arena, "by %s", notice->acked_by) :
			arena_printf(arena, "by %s, until %s", notice->acked_by,
				instant(notice->acked_until, arena)));
	if (notice->late_ms >= MINUTE_MS) {
		text_duration(notice->late_ms, words);
		add_fact(ret, &n, "Late by", arena_strdup(arena, words));
	}
	return n;
}

const char *notice_ack(const struct notice *notice, struct arena *arena)
{
	if (notice->kind != NOTICE_STEP || notice->incident == 0)
		return NULL;
	return arena_printf(arena, "tocsin ack %" PRId64 " --by NAME", notice->incident);
}

const char *notice_journal(const struct notice *notice, struct arena *arena)
{
	if (notice->journal_seq == 0 || notice->journal_hash == NULL)
		return NULL;
	return arena_printf(arena, "journal %" PRId64 " %s", notice->journal_seq,
		notice->journal_hash);
}
