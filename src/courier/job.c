/* Sends: see job.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "courier/job.h"

enum { ID_MAX = 64 };

static bool id_ok(const char *id)
{
	size_t n = id != NULL ? strlen(id) : 0;

	return n > 0 && n <= ID_MAX && strspn(id, "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == n;
}

struct job *job_new(json_t *message, struct channel_set *channels, struct error *err)
{
	const json_t *notice = json_object_get(message, "notice");
	const json_t *attempt = json_object_get(message, "attempt");
	const json_t *reply = json_object_get(message, "reply");
	const char *op = NULL, *id = NULL, *name = NULL, *recipient = NULL,
		*thread = NULL;
	struct job *job;

	if (json_get_text(message, "op", &op, err) < 0 ||
	    json_get_text(message, "id", &id, err) < 0 ||
	    json_get_text(message, "channel", &name, err) < 0 ||
	    json_get_text(message, "recipient", &recipient, err) < 0 ||
	    json_get_text(message, "thread", &thread, err) < 0)
		return NULL;
	if (!text_equal(op, "send") || !id_ok(id) || name == NULL ||
	    !json_is_integer(attempt) || !json_is_object(notice)) {
		error_set(err, ERROR_INVALID, "not a send");
		return NULL;
	}
	job = xcalloc(1, sizeof(*job));
	job->message = json_incref(message);
	job->id = id;
	job->attempt = json_integer_value(attempt);
	job->channel_name = name;
	job->recipient = recipient;
	job->thread = thread;
	job->reply_to = json_string_value(json_object_get(reply, "to"));
	job->channel = channel_find(channels, name);
	notice_view(notice, &job->notice);
	return job;
}

/* ---- without a tree ------------------------------------------------------------ */

/* A string without escapes, in a line that is ours: its end takes the place of the
 * quote. NULL: there is none such. */
static char *take_plain(char *line, const struct json_parts *parts, const char *key)
{
	const struct json_part *part = json_parts_find(parts, key);
	char *text;

	if (part == NULL || part->len < 2 || part->at[0] != '"' ||
	    memchr(part->at, '\\', part->len) != NULL)
		return NULL;
	text = line + (part->at - line);
	text[part->len - 1] = '\0';
	return text + 1;
}

static bool is_word(const struct json_parts *parts, const char *key, const char *word)
{
	const struct json_part *part = json_parts_find(parts, key);

	return part != NULL && part->len == strlen(word) &&
	       memcmp(part->at, word, part->len) == 0;
}

static bool is_text(const struct json_parts *parts, const char *key)
{
	const struct json_part *part = json_parts_find(parts, key);

	return part != NULL && part->at[0] == '"';
}

static bool read_instant(const struct json_parts *parts, const char *key, int64_t *ret)
{
	const struct json_part *part = json_parts_find(parts, key);

	return part != NULL && part->len > 2 &&
	       rfc3339_parse(part->at + 1, part->len - 2, ret, NULL) == 0;
}

/* A drill is marked in its words, and what has no time left says so: not here. */
static bool view_plain(const struct json_parts *parts, struct notice *ret)
{
	struct json_parts incident;
	int64_t number;

	*ret = (struct notice){ .parts = parts, .kind = NOTICE_STEP };
	json_parts_object(parts, "incident", &incident);
	return is_word(parts, "kind", "\"step\"") && is_word(parts, "drill", "false") &&
	       is_text(parts, "text") && is_text(parts, "subject") &&
	       json_parts_int(parts, "remaining_s", &number) == 0 &&
	       json_parts_int(parts, "late_s", &number) == 0 &&
	       read_instant(parts, "now", &ret->now) &&
	       json_parts_int(&incident, "id", &ret->incident) == 0 && ret->incident != 0;
}

static bool read_plain(struct job *job, size_t len, struct channel_set *channels)
{
	const struct json_part *notice;
	struct json_parts parts;
	const char *op;

	if (json_parts_read(job->line, len, NULL, &parts) < 0 ||
	    json_parts_find(&parts, "reply") != NULL || json_parts_find(&parts, "thread") != NULL ||
	    json_parts_find(&parts, "recipient") != NULL ||
	    json_parts_int(&parts, "attempt", &job->attempt) < 0 ||
	    (notice = json_parts_find(&parts, "notice")) == NULL ||
	    json_parts_read(notice->at, notice->len, NULL, &job->parts) < 0 ||
	    !view_plain(&job->parts, &job->notice))
		return false;
	op = take_plain(job->line, &parts, "op");
	job->id = take_plain(job->line, &parts, "id");
	job->channel_name = take_plain(job->line, &parts, "channel");
	if (op == NULL || strcmp(op, "send") != 0 || !id_ok(job->id) || job->channel_name == NULL)
		return false;
	job->channel = channel_find(channels, job->channel_name);
	return job->channel != NULL && job->channel->conf->type == CHANNEL_WEBHOOK;
}

struct job *job_new_plain(const char *line, size_t len, struct channel_set *channels)
{
	struct job *job = xcalloc(1, sizeof(*job));

	job->line = xstrndup(line, len);
	if (strlen(job->line) == len && read_plain(job, len, channels))
		return job;
	job_free(job);
	return NULL;
}

void job_free(struct job *job)
{
	if (job == NULL)
		return;
	json_decref(job->message);
	free(job->line);
	free(job);
}
