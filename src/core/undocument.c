/*
 * The incident's document read back into what the fold needs: for the client, which
 * asks what other rules would make of an incident of the daemon's. The other direction
 * is document.c; together they lose nothing that a clock depends on. A daemon may be
 * newer than we are, so members that are not known here are passed over; what is
 * missing although no clock can do without it is refused.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/document.h"

static int missing(struct error *err, const char *list, size_t i, const char *key)
{
	char pointer[64];

	snprintf(pointer, sizeof(pointer), "/%s/%zu/%s", list, i, key);
	return error_pointer(err, pointer, "is missing or not what it should be");
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *words_of(const json_t *object, const char *key)
{
	const char *text = text_of(object, key);

	return text != NULL ? text : "";
}

static int64_t time_of(const json_t *object, const char *key)
{
	int64_t at = TIME_NONE;

	json_get_time(object, key, &at, NULL);
	return at;
}

static bool true_of(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* ---- the lists ------------------------------------------------------------------ */

static int read_events(const json_t *list, struct arena *arena, struct incident *ret,
	struct error *err)
{
	size_t n = json_array_size(list), i;

	ret->events = arena_array(arena, n, sizeof(*ret->events));
	ret->n_events = n;
	for (i = 0; i < n; i++) {
		const json_t *from = json_array_get(list, i);
		struct incident_event *to = &ret->events[i];

		to->id = (int64_t)i + 1;
		to->type = text_of(from, "type");
		to->at = time_of(from, "at");
		to->due_at = time_of(from, "due_at");
		to->regime = text_of(from, "regime");
		to->by = words_of(from, "by");
		to->basis = text_of(from, "basis");
		to->recorded_at = time_of(from, "recorded_at");
		to->replaced = true_of(from, "replaced");
		if (to->type == NULL)
			return missing(err, "events", i, "type");
		if (to->at == TIME_NONE)
			return missing(err, "events", i, "at");
	}
	return 0;
}

static int read_filings(const json_t *list, struct arena *arena, struct incident *ret,
	struct error *err)
{
	size_t n = json_array_size(list), i;

	ret->filings = arena_array(arena, n, sizeof(*ret->filings));
	ret->n_filings = n;
	for (i = 0; i < n; i++) {
		const json_t *from = json_array_get(list, i);
		struct filing *to = &ret->filings[i];

		to->id = (int64_t)i + 1;
		to->regime = text_of(from, "regime");
		to->stage = text_of(from, "stage");
		to->filed_at = time_of(from, "filed_at");
		to->received_at = time_of(from, "received_at");
		to->by = words_of(from, "by");
		to->recipient = words_of(from, "recipient");
		to->reference = words_of(from, "reference");
		to->digest = text_of(from, "digest");
		to->recorded_at = time_of(from, "recorded_at");
		to->replaced = true_of(from, "replaced");
		if (to->regime == NULL || to->stage == NULL)
			return missing(err, "filings", i, "stage");
		if (to->filed_at == TIME_NONE)
			return missing(err, "filings", i, "filed_at");
	}
	return 0;
}

static int read_waivers(const json_t *list, struct arena *arena, struct incident *ret,
	struct error *err)
{
	size_t n = json_array_size(list), i;

	ret->waivers = arena_array(arena, n, sizeof(*ret->waivers));
	ret->n_waivers = n;
	for (i = 0; i < n; i++) {
		const json_t *from = json_array_get(list, i);
		struct waiver *to = &ret->waivers[i];

		to->id = (int64_t)i + 1;
		to->regime = text_of(from, "regime");
		to->stage = text_of(from, "stage");
		to->by = words_of(from, "by");
		to->basis = words_of(from, "basis");
		to->recorded_at = time_of(from, "recorded_at");
		if (to->regime == NULL || to->stage == NULL)
			return missing(err, "waivers", i, "stage");
	}
	return 0;
}

static int read_names(const json_t *document, const char *key, struct arena *arena,
	const char ***ret, size_t *ret_n, struct error *err)
{
	const json_t *list = json_object_get(document, key);
	size_t n = json_array_size(list), i;
	char pointer[32];

	snprintf(pointer, sizeof(pointer), "/%s", key);
	*ret = arena_array(arena, n, sizeof(**ret));
	*ret_n = n;
	for (i = 0; i < n; i++) {
		(*ret)[i] = json_string_value(json_array_get(list, i));
		if ((*ret)[i] == NULL)
			return error_pointer(err, pointer, "holds something that is no text");
	}
	return 0;
}

/* ---- the whole ------------------------------------------------------------------ */

static void read_header(const json_t *document, struct incident *ret)
{
	const json_t *rules = json_object_get(document, "rules");

	ret->id = json_integer_value(json_object_get(document, "id"));
	ret->entity = words_of(document, "entity");
	ret->title = words_of(document, "title");
	ret->description = text_of(document, "description");
	/* A severity that we do not know is an unknown one; no clock depends on it. */
	severity_parse(words_of(document, "severity"), &ret->severity, NULL);
	ret->drill = true_of(document, "drill");
	ret->drill_scale = json_integer_value(json_object_get(document, "drill_scale"));
	ret->source = text_of(document, "source");
	ret->key = text_of(document, "key");
	ret->alerts = json_integer_value(json_object_get(document, "alerts"));
	ret->opened_at = time_of(document, "opened_at");
	ret->ruleset = text_of(rules, "digest");
	ret->country = text_of(rules, "country");
	ret->timezone = text_of(rules, "timezone");
}

static void read_dismissal(const json_t *document, struct incident *ret)
{
	const json_t *dismissal = json_object_get(document, "dismissal");

	ret->dismissed_at = time_of(dismissal, "at");
	ret->dismissed_by = text_of(dismissal, "by");
	ret->dismissed_basis = text_of(dismissal, "basis");
}

int incident_from_document(const json_t *document, struct arena *arena,
	struct incident *ret, struct error *err)
{
	memset(ret, 0, sizeof(*ret));
	if (!json_is_object(document))
		return error_pointer(err, "", "is no incident");
	read_header(document, ret);
	read_dismissal(document, ret);
	if (read_names(document, "regimes", arena, &ret->regimes, &ret->n_regimes, err) < 0 ||
	    read_names(document, "traits", arena, &ret->traits, &ret->n_traits, err) < 0)
		return -1;
	if (read_events(json_object_get(document, "events"), arena, ret, err) < 0 ||
	    read_filings(json_object_get(document, "filings"), arena, ret, err) < 0)
		return -1;
	return read_waivers(json_object_get(document, "waivers"), arena, ret, err);
}
