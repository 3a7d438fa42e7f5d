/* What is the same for every store: names of states, and row.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/row.h"
#include "store/store.h"

static const char *const delivery_states[] = {
	[DELIVERY_WAITING] = "waiting",
	[DELIVERY_SENDING] = "sending",
	[DELIVERY_DELIVERED] = "delivered",
	[DELIVERY_FAILED] = "failed",
	[DELIVERY_CANCELLED] = "cancelled",
};

static const char *const attempt_outcomes[] = {
	[ATTEMPT_UNKNOWN] = "unknown",
	[ATTEMPT_DELIVERED] = "delivered",
	[ATTEMPT_TEMPORARY] = "temporary",
	[ATTEMPT_PERMANENT] = "permanent",
	[ATTEMPT_AMBIGUOUS] = "ambiguous",
};

static int name_index(const char *const *names, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (text_equal(names[i], text))
			return (int)i;
	return -1;
}

/* jansson writes no blanks, and the quotes of any text in it are escaped. */
bool delivery_is_drill(const struct delivery_row *row)
{
	return row->notice != NULL && strstr(row->notice, "\"drill\":true") != NULL;
}

const char *delivery_state_name(enum delivery_state state)
{
	return delivery_states[state];
}

int delivery_state_parse(const char *text, enum delivery_state *ret)
{
	int i = name_index(delivery_states, ARRAY_LEN(delivery_states), text);

	if (i < 0)
		return -1;
	*ret = (enum delivery_state)i;
	return 0;
}

const char *attempt_outcome_name(enum attempt_outcome outcome)
{
	return attempt_outcomes[outcome];
}

int attempt_outcome_parse(const char *text, enum attempt_outcome *ret)
{
	int i = name_index(attempt_outcomes, ARRAY_LEN(attempt_outcomes), text);

	if (i < 0)
		return -1;
	*ret = (enum attempt_outcome)i;
	return 0;
}

void store_close(struct store *s)
{
	if (s != NULL)
		s->ops->close(s);
}

char *words_join(const char *const *words, size_t n, char separator)
{
	size_t i, size = 0;
	char *text, *p;

	if (n == 0)
		return NULL;
	for (i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	text = p = xmalloc(size);
	for (i = 0; i < n; i++) {
		size_t len = strlen(words[i]);

		memcpy(p, words[i], len);
		p += len;
		*p++ = separator;
	}
	p[-1] = '\0';
	return text;
}

const char **words_split(struct arena *arena, const char *text, char separator,
	size_t *ret_n)
{
	const char **words;
	const char *p;
	size_t n = 1, i;

	*ret_n = 0;
	if (text == NULL)
		return NULL;
	for (p = text; *p != '\0'; p++)
		n += *p == separator;
	words = arena_array(arena, n, sizeof(*words));
	for (i = 0, p = text; i < n; i++) {
		const char *end = strchrnul(p, separator);

		words[i] = arena_strndup(arena, p, (size_t)(end - p));
		p = end + 1;
	}
	*ret_n = n;
	return words;
}

int64_t clock_sort_at(const struct clock *clock)
{
	if (clock->due_at != TIME_NONE)
		return clock->due_at;
	return clock->planned_at != TIME_NONE ? clock->planned_at : INT64_MAX;
}

void clock_filter_start(const struct clock_filter *filter, int64_t *ret_at, int64_t *ret_id)
{
	*ret_at = filter->after_at;
	*ret_id = filter->after_id;
	if (filter->after_at == TIME_NONE && filter->after_id != 0)
		*ret_at = INT64_MAX;	/* the cursor is among those without a time */
}

int64_t clock_filter_end(const struct clock_filter *filter)
{
	return filter->before_at == TIME_NONE ? INT64_MAX : filter->before_at - 1;
}

int ruleset_check(const struct rule_file_row *files, size_t n, struct error *err)
{
	size_t i, sum = 0;

	if (n > RULESET_FILES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d rule files",
			RULESET_FILES_MAX);
	for (i = 0; i < n; i++) {
		const struct rule_file_row *file = &files[i];

		sum += file->len;
		if (file->len > RULE_FILE_MAX || sum > RULESET_BYTES_MAX)
			return error_set(err, ERROR_TOO_LARGE, "%s: more than %d bytes, or "
				"more than %d in all rule files", file->name, RULE_FILE_MAX,
				RULESET_BYTES_MAX);
		if (file->len > 0 && memchr(file->text, '\0', file->len) != NULL)
			return error_set(err, ERROR_INVALID, "%s is not text", file->name);
	}
	return 0;
}

int64_t delivery_sort_at(const struct delivery_row *row)
{
	return row->due_at == TIME_NONE ? INT64_MAX : row->due_at;
}

/* ---- lists of incidents ------------------------------------------------------ */

void similar_add(int64_t list[SIMILAR_MAX], size_t *n, int64_t id)
{
	size_t i, j;

	for (i = 0; i < *n && list[i] > id; i++)
		;
	if (i == SIMILAR_MAX || (i < *n && list[i] == id))
		return;
	if (*n < SIMILAR_MAX)
		(*n)++;
	for (j = *n - 1; j > i; j--)
		list[j] = list[j - 1];
	list[i] = id;
}

const char *similar_format(const struct incident *incident, char out[SIMILAR_TEXT_SIZE])
{
	char *p = out + SIMILAR_TEXT_SIZE - 1;
	size_t i = incident->n_similar;

	/* From its end, by hand: printf() made a new incident dearer by a percent. */
	*p = '\0';
	while (i-- > 0) {
		int64_t id = incident->similar[i];

		do
			*--p = (char)('0' + id % 10);
		while ((id /= 10) > 0);
		if (i > 0)
			*--p = ' ';
	}
	return *p != '\0' ? p : NULL;
}

void similar_parse(const char *text, struct incident *ret)
{
	char *end;

	ret->n_similar = 0;
	while (text != NULL && *text != '\0' && ret->n_similar < SIMILAR_MAX) {
		ret->similar[ret->n_similar++] = strtoll(text, &end, 10);
		text = *end == ' ' ? end + 1 : NULL;
	}
}
