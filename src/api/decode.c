/* Bodies into commands: see decode.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/decode.h"
#include "api/member.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "core/detail.h"
#include "core/drill.h"
#include "core/period.h"

/* More clocks than an incident has. */
enum { SHOWN_MAX = 1000 };

/* How long an acknowledgement is wanted when it does not say. */
static const int64_t LEASE_MS = 2 * HOUR_MS;

/* --- names that must be known --- */

/* Only what the caller may see is looked at, suggested or counted. */
static int check_entity(const struct decode *d, const char **entity, struct error *err)
{
	const char **seen = arena_array(d->arena, d->conf->n_entities + 1, sizeof(*seen));
	size_t i, n = 0;

	for (i = 0; i < d->conf->n_entities; i++)
		if (auth_sees(d->caller, d->conf->entities[i].id))
			seen[n++] = d->conf->entities[i].id;
	if (*entity == NULL) {
		if (n != 1)
			return error_pointer(err, "/entity",
				"is missing: there is more than one entity");
		*entity = seen[0];
		return 0;
	}
	for (i = 0; i < n; i++)
		if (strcmp(seen[i], *entity) == 0)
			return 0;
	return member_unknown("/entity", "entity", *entity, seen, n, err);
}

static int check_regime(const struct decode *d, const char *pointer, const char *regime,
	struct error *err)
{
	const struct rulebook *book = &d->conf->book;
	const char **known;
	size_t i;

	if (rulebook_regime(book, regime) != NULL)
		return 0;
	known = arena_array(d->arena, book->n_regimes + 1, sizeof(*known));
	for (i = 0; i < book->n_regimes; i++)
		known[i] = book->regimes[i].name;
	return member_unknown(pointer, "regime", regime, known, book->n_regimes, err);
}

static int check_regimes(const struct decode *d, const struct command_open *open,
	const json_t *doc, struct error *err)
{
	char pointer[32];
	size_t i;

	/* An empty list would open an incident that no clock watches. */
	if (open->n_regimes == 0 && json_is_array(json_object_get(doc, "regimes")))
		return error_pointer(err, "/regimes", "must name at least one regime");
	for (i = 0; i < open->n_regimes; i++) {
		snprintf(pointer, sizeof(pointer), "/regimes/%zu", i);
		if (check_regime(d, pointer, open->regimes[i], err) < 0)
			return -1;
	}
	return 0;
}

/* --- opening --- */

static int open_texts(const json_t *doc, struct command_open *o, struct error *err)
{
	const char *severity = NULL;
	const struct member_text texts[] = {
		{ "entity", 0, false, false, &o->entity },
		{ "title", 4 * MEMBER_TITLE_CHARS, true, false, &o->title },
		{ "description", MEMBER_DESCRIPTION, false, true, &o->description },
		{ "key", MEMBER_KEY, false, false, &o->key },
		{ "severity", 32, false, false, &severity },
		{ "by", MEMBER_BY, false, false, &o->by },
		{ "basis", MEMBER_BASIS, false, true, &o->basis },
	};

	if (member_texts(doc, texts, ARRAY_LEN(texts), err) < 0)
		return -1;
	if (member_chars(o->title) > MEMBER_TITLE_CHARS)
		return error_pointer(err, "/title", "longer than %d characters",
			MEMBER_TITLE_CHARS);
	return severity != NULL ? severity_parse(severity, &o->severity, err) : 0;
}

static int open_times(const json_t *doc, struct command_open *o, struct error *err)
{
	o->occurred_at = o->detected_at = o->aware_at = o->classified_at = TIME_NONE;
	if (json_get_time(doc, "occurred_at", &o->occurred_at, err) < 0 ||
	    json_get_time(doc, "detected_at", &o->detected_at, err) < 0 ||
	    json_get_time(doc, "aware_at", &o->aware_at, err) < 0 ||
	    json_get_time(doc, "classified_at", &o->classified_at, err) < 0)
		return -1;
	return 0;
}

static int open_names(const struct decode *d, const json_t *doc, struct command_open *o,
	struct error *err)
{
	if (member_names(doc, "traits", d->arena, &o->traits, &o->n_traits, err) < 0)
		return -1;
	return member_names(doc, "regimes", d->arena, &o->regimes, &o->n_regimes, err);
}

/* Compressed time is for drills alone: no real deadline may ever run by it. */
static int open_drill(const json_t *doc, int drill, int64_t *ret_in_ms, struct error *err)
{
	const char *length = NULL;
	const struct member_text texts[] = { { "drill_in", 32, false, false, &length } };
	struct error why;

	if (member_texts(doc, texts, ARRAY_LEN(texts), err) < 0)
		return -1;
	if (length == NULL)
		return 0;
	if (!drill)
		return error_pointer(err, "/drill_in", "goes with \"drill\": true");
	if (period_parse_duration(length, ret_in_ms, &why) < 0)
		return error_pointer(err, "/drill_in", "must be a length of time such as PT10M");
	if (*ret_in_ms < DRILL_MIN_MS || *ret_in_ms > DRILL_MAX_MS)
		return error_pointer(err, "/drill_in", "must be from PT5S to P31D");
	return 0;
}

int decode_open(const struct decode *d, const json_t *doc, struct command_open *ret,
	struct error *err)
{
	static const char *const known[] = { "entity", "title", "severity", "description",
		"key", "occurred_at", "detected_at", "aware_at", "classified_at", "traits",
		"regimes", "drill", "drill_in", "by", "basis", NULL };
	int drill = 0;

	*ret = (struct command_open){ .severity = SEVERITY_UNKNOWN };
	if (json_check_keys(doc, known, err) < 0 || open_texts(doc, ret, err) < 0 ||
	    open_times(doc, ret, err) < 0 || open_names(d, doc, ret, err) < 0 ||
	    json_get_bool(doc, "drill", &drill, err) < 0 ||
	    open_drill(doc, drill, &ret->drill_in_ms, err) < 0 ||
	    check_regimes(d, ret, doc, err) < 0 ||
	    check_entity(d, &ret->entity, err) < 0)
		return -1;
	ret->drill = drill;
	return 0;
}

/* --- records --- */

int decode_event(const struct decode *d, const json_t *doc, struct command_event *ret,
	struct error *err)
{
	static const char *const known[] = { "type", "at", "due_at", "by", "basis", "regime",
		"replaces", NULL };
	struct incident_event event = { .at = TIME_NONE, .due_at = TIME_NONE };
	const struct member_text texts[] = {
		{ "type", 0, true, false, &event.type },
		{ "by", MEMBER_BY, true, false, &event.by },
		{ "basis", MEMBER_BASIS, false, true, &event.basis },
		{ "regime", 0, false, false, &event.regime },
	};
	int replaces = 0;

	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0 ||
	    member_time(doc, "at", &event.at, err) < 0 ||
	    json_get_time(doc, "due_at", &event.due_at, err) < 0 ||
	    json_get_bool(doc, "replaces", &replaces, err) < 0)
		return -1;
	if (event.regime != NULL && check_regime(d, "/regime", event.regime, err) < 0)
		return -1;
	*ret = (struct command_event){ .event = event, .replaces = replaces };
	return 0;
}

int decode_filing(const struct decode *d, const json_t *doc, struct command_filing *ret,
	struct error *err)
{
	static const char *const known[] = { "regime", "stage", "filed_at", "by", "recipient",
		"reference", "received_at", "digest", "replaces", NULL };
	struct filing filing = { .filed_at = TIME_NONE, .received_at = TIME_NONE };
	const struct member_text texts[] = {
		{ "regime", 0, true, false, &filing.regime },
		{ "stage", 0, true, false, &filing.stage },
		{ "by", MEMBER_BY, true, false, &filing.by },
		{ "recipient", MEMBER_REFERENCE, true, false, &filing.recipient },
		{ "reference", MEMBER_REFERENCE, true, false, &filing.reference },
		{ "digest", MEMBER_DIGEST, false, false, &filing.digest },
	};
	int replaces = 0;

	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0 ||
	    member_time(doc, "filed_at", &filing.filed_at, err) < 0 ||
	    json_get_time(doc, "received_at", &filing.received_at, err) < 0 ||
	    json_get_bool(doc, "replaces", &replaces, err) < 0 ||
	    check_regime(d, "/regime", filing.regime, err) < 0)
		return -1;
	*ret = (struct command_filing){ .filing = filing, .replaces = replaces };
	return 0;
}

int decode_acknowledgement(const json_t *doc, struct command_acknowledgement *ret,
	struct error *err)
{
	static const char *const known[] = { "by", "for", "regime", "stage", NULL };
	struct command_acknowledgement a = { .for_ms = LEASE_MS };
	const char *length = NULL;
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &a.by },
		{ "for", 32, false, false, &length },
		{ "regime", 0, false, false, &a.regime },
		{ "stage", 0, false, false, &a.stage },
	};
	struct error why;

	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0)
		return -1;
	if (length != NULL && period_parse_duration(length, &a.for_ms, &why) < 0)
		return error_pointer(err, "/for", "must be a length of time such as PT2H");
	*ret = a;
	return 0;
}

int decode_waiver(const struct decode *d, const json_t *doc, struct command_waiver *ret,
	struct error *err)
{
	static const char *const known[] = { "regime", "stage", "by", "basis", NULL };
	struct waiver waiver = { 0 };
	const struct member_text texts[] = {
		{ "regime", 0, true, false, &waiver.regime },
		{ "stage", 0, true, false, &waiver.stage },
		{ "by", MEMBER_BY, true, false, &waiver.by },
		{ "basis", MEMBER_BASIS, true, true, &waiver.basis },
	};

	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0 ||
	    check_regime(d, "/regime", waiver.regime, err) < 0)
		return -1;
	ret->waiver = waiver;
	return 0;
}

int decode_dismissal(const json_t *doc, struct command_dismissal *ret, struct error *err)
{
	static const char *const known[] = { "by", "basis", NULL };
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "basis", MEMBER_BASIS, true, true, &ret->basis },
	};

	if (json_check_keys(doc, known, err) < 0)
		return -1;
	return member_texts(doc, texts, ARRAY_LEN(texts), err);
}

/* --- corrections --- */

/* The regime is the engine's to check: one that left the rules in force may still be an
 * incident's. */
int decode_withdrawal(const json_t *doc, struct command_withdrawal *ret, struct error *err)
{
	static const char *const known[] = { "regime", "stage", "by", "basis", NULL };
	const struct member_text texts[] = {
		{ "regime", 0, true, false, &ret->regime },
		{ "stage", 0, true, false, &ret->stage },
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "basis", MEMBER_BASIS, true, true, &ret->basis },
	};

	if (json_check_keys(doc, known, err) < 0)
		return -1;
	return member_texts(doc, texts, ARRAY_LEN(texts), err);
}

static int check_both(const struct command_traits *t, struct error *err)
{
	char pointer[32];
	size_t i, j;

	if (t->n_add + t->n_remove == 0)
		return error_pointer(err, "/add", "is missing: name traits to add or to remove");
	for (i = 0; i < t->n_remove; i++)
		for (j = 0; j < t->n_add; j++) {
			if (strcmp(t->remove[i], t->add[j]) != 0)
				continue;
			snprintf(pointer, sizeof(pointer), "/remove/%zu", i);
			return error_pointer(err, pointer, "is in /add too");
		}
	return 0;
}

int decode_traits(const struct decode *d, const json_t *doc, struct command_traits *ret,
	struct error *err)
{
	static const char *const known[] = { "add", "remove", "by", "basis", NULL };
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "basis", MEMBER_BASIS, true, true, &ret->basis },
	};

	if (json_check_keys(doc, known, err) < 0 ||
	    member_names(doc, "add", d->arena, &ret->add, &ret->n_add, err) < 0 ||
	    member_names(doc, "remove", d->arena, &ret->remove, &ret->n_remove, err) < 0 ||
	    check_both(ret, err) < 0)
		return -1;
	return member_texts(doc, texts, ARRAY_LEN(texts), err);
}

static int shown_state(const char *name, enum clock_state *ret, struct error *err)
{
	if (clock_state_parse(name, ret) == 0)
		return 0;
	return error_pointer(err, "/state", "unknown state");
}

static int decode_shown(const json_t *doc, struct shown *ret, struct error *err)
{
	static const char *const known[] = { "regime", "stage", "state", "due_at", NULL };
	const char *state = NULL;
	const struct member_text texts[] = {
		{ "regime", 0, true, false, &ret->regime },
		{ "stage", 0, true, false, &ret->stage },
		{ "state", 0, true, false, &state },
	};

	ret->due_at = TIME_NONE;
	if (!json_is_object(doc))
		return error_pointer(err, "", "must be an object");
	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0 ||
	    json_get_time(doc, "due_at", &ret->due_at, err) < 0)
		return -1;
	return shown_state(state, &ret->state, err);
}

/* What the caller takes to be held; absent: nothing is said of it. */
static int confirmation_shown(const struct decode *d, const json_t *doc,
	struct command_confirmation *c, struct error *err)
{
	const json_t *array = json_object_get(doc, "proposed");
	size_t n = json_array_size(array), i;
	struct shown *shown;
	char pointer[sizeof(err->pointer)];

	if (array == NULL || json_is_null(array))
		return 0;
	if (!json_is_array(array) || n > SHOWN_MAX)
		return error_pointer(err, "/proposed", json_is_array(array) ?
			"has too many items" : "must be an array");
	shown = arena_array(d->arena, n + 1, sizeof(*shown));
	for (i = 0; i < n; i++) {
		if (decode_shown(json_array_get(array, i), &shown[i], err) == 0)
			continue;
		snprintf(pointer, sizeof(pointer), "/proposed/%zu%.100s", i, err->pointer);
		text_copy(err->pointer, sizeof(err->pointer), pointer);
		return -1;
	}
	c->shown = shown;
	c->n_shown = n;
	c->was_shown = true;
	return 0;
}

int decode_confirmation(const struct decode *d, const json_t *doc,
	struct command_confirmation *ret, struct error *err)
{
	static const char *const known[] = { "by", "basis", "proposed", NULL };
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "basis", MEMBER_BASIS, false, true, &ret->basis },
	};

	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0)
		return -1;
	return confirmation_shown(d, doc, ret, err);
}

static int check_detail(const struct command_detail *d, struct error *err)
{
	const struct detail_kind *kind = detail_find(d->name);
	const char *near = kind == NULL ? detail_nearest(d->name) : NULL;

	if (near != NULL)
		return error_pointer(err, "/name", "unknown detail; did you mean \"%s\"?", near);
	if (kind == NULL)
		return error_pointer(err, "/name", "unknown detail");
	if (d->value != NULL && !detail_takes(kind, d->value))
		return error_pointer(err, "/value", "must be one of %s", kind->choices);
	if (d->certainty != NULL && strcmp(d->certainty, "actual") != 0 &&
	    strcmp(d->certainty, "estimate") != 0)
		return error_pointer(err, "/certainty", "must be actual or estimate");
	return 0;
}

int decode_detail(const json_t *doc, struct command_detail *ret, struct error *err)
{
	static const char *const known[] = { "name", "value", "certainty", "by", NULL };
	const struct member_text texts[] = {
		{ "name", 0, true, false, &ret->name },
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "value", MEMBER_DESCRIPTION, false, true, &ret->value },
		{ "certainty", 16, false, false, &ret->certainty },
	};

	if (json_check_keys(doc, known, err) < 0 ||
	    member_texts(doc, texts, ARRAY_LEN(texts), err) < 0)
		return -1;
	return check_detail(ret, err);
}

int decode_rules(const json_t *doc, struct command_rules *ret, struct error *err)
{
	static const char *const known[] = { "by", "basis", NULL };
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "basis", MEMBER_BASIS, true, true, &ret->basis },
	};

	if (json_check_keys(doc, known, err) < 0)
		return -1;
	return member_texts(doc, texts, ARRAY_LEN(texts), err);
}

/* --- deliveries and channels --- */

int decode_replay(const json_t *doc, struct command_replay *ret, struct error *err)
{
	static const char *const known[] = { "by", "basis", NULL };
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &ret->by },
		{ "basis", MEMBER_BASIS, false, true, &ret->basis },
	};

	if (json_check_keys(doc, known, err) < 0)
		return -1;
	return member_texts(doc, texts, ARRAY_LEN(texts), err);
}

int decode_test(const json_t *doc, struct command_test *ret, struct error *err)
{
	static const char *const known[] = { "by", NULL };
	const struct member_text texts[] = {
		{ "by", MEMBER_BY, true, false, &ret->by },
	};

	if (json_check_keys(doc, known, err) < 0)
		return -1;
	return member_texts(doc, texts, ARRAY_LEN(texts), err);
}
