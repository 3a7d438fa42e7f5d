/*
 * Buttons in Slack. Slack posts what was pressed as a form with one field of JSON, signed
 * with the secret of the app; what the press is about stands in the button, signed by us
 * (engine/link.h); and who pressed it must be one of our people, because an
 * acknowledgement has a name.
 *
 * Slack wants 200 within three seconds, whatever we think of it. Words for the person go
 * to the response_url of the press, by the courier; Slack does not show the body of this
 * answer, which has them as well for whoever looks at the traffic.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/decode.h"
#include "api/problem.h"
#include "api/slack_signature.h"
#include "base/log.h"
#include "base/text.h"
#include "config/transport.h"
#include "engine/link.h"

enum { USER_MAX = 32, ACTION_TS_MAX = 64 };

/* Of one press; texts are borrowed from the payload. */
struct press {
	const char *user;		/* Slack's id */
	const char *token;
	const char *at;			/* Slack's time of it; with the rest it is unique */
	const char *reply_to;		/* NULL: nowhere */
	const char *channel;		/* of ours: whose app sent it */
	const struct person *person;
	struct link_target target;
};

/* ---- reading ----------------------------------------------------------------------- */

static bool is_signed_by(const struct call *call, const struct conf_channel *channel)
{
	size_t len;
	const char *body = http_request_body(call->req, &len);

	return channel != NULL && channel->signing_key != NULL &&
		slack_signature_is_good(channel->signing_key,
			http_request_header_once(call->req, "X-Slack-Request-Timestamp"),
			http_request_header_once(call->req, "X-Slack-Signature"), body, len,
			engine_now(call_engine(call)));
}

/* A channel of the app that signed it; NULL: nobody we know did. */
static const struct conf_channel *signer(const struct call *call)
{
	const struct conf *conf = call->api->conf;
	const struct conf_channel *found = NULL;
	size_t i;

	for (i = 0; i < conf->n_channels; i++)
		if (is_signed_by(call, &conf->channels[i]) && found == NULL)
			found = &conf->channels[i];
	return found;
}

static int read_payload(struct call *call, struct error *err)
{
	struct http_text form;
	char *payload;
	size_t size;

	form.data = http_request_body(call->req, &form.len);
	size = form.len + 1;
	payload = arena_alloc(call->arena, size);
	if (http_query_get(&form, "payload", payload, size) != 1)
		return error_set(err, ERROR_INVALID, "the form has no field \"payload\"");
	call->document = json_read(payload, strlen(payload), err);
	if (call->document == NULL)
		return -1;
	if (!json_is_object(call->document))
		return error_set(err, ERROR_INVALID, "the payload is no JSON object");
	return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* false: not our button, and so not for us; that is no error. */
static bool read_press(const json_t *payload, struct press *ret)
{
	const json_t *action = json_array_get(json_object_get(payload, "actions"), 0);
	const char *user = text_of(json_object_get(payload, "user"), "id");
	const char *token = text_of(action, "value"), *at = text_of(action, "action_ts");

	if (!text_equal(text_of(payload, "type"), "block_actions") ||
	    !text_equal(text_of(action, "action_id"), SLACK_ACTION) || token == NULL ||
	    user == NULL || user[0] == '\0' || strlen(user) > USER_MAX ||
	    strspn(user, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(user))
		return false;
	ret->user = user;
	ret->token = token;
	ret->at = at != NULL && strlen(at) <= ACTION_TS_MAX ? at : "";
	ret->reply_to = text_of(payload, "response_url");
	return true;
}

static const struct person *person_of(const struct conf *conf, const char *user)
{
	size_t i;

	for (i = 0; i < conf->roster.n_people; i++)
		if (text_equal(conf->roster.people[i].slack, user))
			return &conf->roster.people[i];
	return NULL;
}

/* ---- answering ---------------------------------------------------------------------- */

/* To the one who pressed it alone; ends the call. */
static void answer_person(struct call *call, const struct press *press, const char *text)
{
	json_t *document = json_object();

	if (press->reply_to != NULL)
		loop_reply(call->api->loop, press->channel, press->reply_to, text);
	json_set_text(document, "response_type", "ephemeral");
	json_set_bool(document, "replace_original", false);
	json_set_text(document, "text", text);
	answer_document(call, 200, document);
}

static void answer_nothing(struct call *call)
{
	answer_text(call, 200, NULL, "", 0);
}

static void finish(struct call *call)
{
	const struct command *c = &call->command;
	struct press *press = call->data;
	struct buf *words = buf_in_arena(call->arena, 128);
	int64_t until = TIME_NONE;
	struct error err;
	json_t *answer;

	if (c->error.code != ERROR_NONE) {
		answer_log(&c->error);
		answer_person(call, press, c->error.code == ERROR_CONFLICT ?
			"There is nothing to acknowledge any more." :
			"It could not be recorded just now. Please press again.");
		return;
	}
	answer = json_read(c->answer, strlen(c->answer), &err);
	(void)json_get_time(answer, "until", &until, &err);
	json_decref(answer);
	buf_addf(words, "%sYou have it, %s: %s of incident %" PRId64 " is acknowledged until ",
		press->target.drill ? "DRILL: " : "", press->person->name, press->target.what,
		press->target.incident);
	link_local(words, &press->target, until);
	buf_adds(words, ". Then reminders begin again; only a filing ends the clock.");
	answer_person(call, press, words->data);	/* all others hear by the outbox */
}

/* ---- the request ------------------------------------------------------------------------ */

static void submit(struct call *call, struct press *press)
{
	struct command_acknowledgement *a = &call->command.as.acknowledgement;
	json_t *request = json_object();
	struct error err;
	int rc;

	json_set_text(request, "by", press->person->name);
	json_set_text(request, "regime", press->target.regime);
	json_set_text(request, "stage", press->target.stage);
	rc = decode_acknowledgement(request, a, &err);
	a->by = press->person->name;
	a->regime = press->target.regime;
	a->stage = press->target.stage;
	json_decref(request);
	if (rc < 0) {
		answer_error(call, &err);
		return;
	}
	a->delivery = press->target.delivery;
	call->command.kind = COMMAND_ACKNOWLEDGEMENT;
	call->match.id = press->target.incident;
	/* Slack sends a press again when it did not hear of the first, and so may whoever
	 * has recorded it. */
	call->key = arena_printf(call->arena, "%s %s", press->token, press->at);
	call->data = press;
	call->finish = finish;
	call_submit(call);
}

static void acknowledge(struct call *call, struct press *press)
{
	const struct conf *conf = call->api->conf;
	struct link_target *target = &press->target;
	struct error err;

	if (press->person == NULL) {
		log_notice("api", "a button was pressed by the Slack user %s, who is none of "
			"the people", press->user);
		answer_person(call, press, arena_printf(call->arena, "You are not known to "
			"tocsin: none of its people has the Slack user id %s. Nothing was "
			"acknowledged.", press->user));
	} else if (link_find(call_engine(call), LINK_BUTTON, press->token, call->arena, target,
			&err) < 0 ||
		   !is_signed_by(call, conf_channel(conf, target->channel))) {
		answer_person(call, press, "This button is none of this tocsin's. Nothing was "
			"acknowledged.");
	} else if (target->state == LINK_EXPIRED) {
		answer_person(call, press, "This button has expired. A later notice has one that "
			"has not.");
	} else if (target->state == LINK_SETTLED) {
		answer_person(call, press, arena_printf(call->arena, "There is nothing to "
			"acknowledge any more: %s of incident %" PRId64 " %s.", target->what,
			target->incident, target->standing));
	} else {
		submit(call, press);
	}
}

bool slack_is_expected(const struct api *api, const struct http_request *req)
{
	size_t i;

	for (i = 0; i < api->conf->n_channels; i++)
		if (api->conf->channels[i].signing_key != NULL)
			return http_request_header_once(req, "X-Slack-Signature") != NULL &&
				http_request_header_once(req, "X-Slack-Request-Timestamp") != NULL;
	return false;
}

void slack_post(struct call *call)
{
	const struct conf_channel *channel = signer(call);
	struct press *press = arena_alloc(call->arena, sizeof(*press));
	struct error err;

	if (channel == NULL) {
		answer_problem(call, 401, problem_new(401, SLACK_UNSIGNED));
		return;
	}
	if (read_payload(call, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	if (!read_press(call->document, press)) {
		answer_nothing(call);
		return;
	}
	press->channel = channel->name;
	press->person = person_of(call->api->conf, press->user);
	snprintf(call->caller.actor, sizeof(call->caller.actor), "slack:%s", press->user);
	acknowledge(call, press);
}
