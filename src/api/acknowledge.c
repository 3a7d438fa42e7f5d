/*
 * Links by which a clock is acknowledged. Whoever holds a link may open it, and programs
 * do so before the person does: mail gateways, chat previews, browsers that look ahead.
 * So GET and HEAD only show, and POST wants the form's own token, which is on the page
 * and nowhere else.
 *
 * What was acknowledged is answered from the record: the same form sent twice, by a
 * double click or a reload, is one acknowledgement.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/ack_page.h"
#include "api/call.h"
#include "api/decode.h"
#include "api/member.h"
#include "api/problem.h"
#include "engine/link.h"

enum { STATUS_GONE = 410 };

#define PAGE_TYPE "text/html; charset=utf-8"

/* Ends the call. The address of the page is a secret: it goes to no other site. */
static void answer_page(struct call *call, int status, const struct ack_page *page)
{
	struct buf *out = buf_in_arena(call->arena, 4096);
	char policy[ACK_PAGE_POLICY_SIZE];

	ack_page_write(page, out);
	ack_page_policy(policy);
	http_reply_header(call->req, "Content-Security-Policy", policy);
	http_reply_header(call->req, "Referrer-Policy", "no-referrer");
	http_reply_header(call->req, "X-Frame-Options", "DENY");
	http_reply_header(call->req, "X-Robots-Tag", "noindex, nofollow");
	answer_text(call, status, PAGE_TYPE, out->data, out->len);
}

static void answer_ended(struct call *call, const struct link_target *target)
{
	const struct ack_page page = {
		.target = target->state == LINK_SETTLED ? target : NULL,
		.heading = target->state == LINK_SETTLED ? NULL : "This link has expired",
		.message = target->state == LINK_SETTLED ?
			"There is nothing to acknowledge any more." :
			"A later notice has one that has not.",
	};

	answer_page(call, STATUS_GONE, &page);
}

static void answer_fault(struct call *call, const struct error *err)
{
	int status = problem_status(err);
	const struct ack_page page = {
		.heading = status == 404 ? "No such link" : "Not recorded",
		.trouble = true,
		.message = status == 404 ?
			"It is not one of this tocsin's, or not the whole of it." :
			"It could not be recorded just now. Please try again.",
	};

	answer_log(err);
	answer_page(call, status, &page);
}

/* false: answered. */
static bool find(struct call *call, struct link_target *target)
{
	struct error err;

	if (link_find(call_engine(call), LINK_PAGE, call->match.token, call->arena, target,
		    &err) < 0) {
		answer_fault(call, &err);
		return false;
	}
	if (target->state == LINK_OPEN)
		return true;
	answer_ended(call, target);
	return false;
}

static void answer_form(struct call *call, int status, const struct link_target *target,
	const char *trouble, const char *name)
{
	char form[TOKEN_SIZE];
	const struct ack_page page = {
		.target = target, .form = form, .message = trouble, .trouble = true, .name = name,
	};

	link_form(call_engine(call), call->match.token, form);
	answer_page(call, status, &page);
}

void link_get(struct call *call)
{
	struct link_target target;

	if (find(call, &target))
		answer_form(call, 200, &target, NULL, NULL);
}

/* ---- POST ---------------------------------------------------------------------------- */

static const char *field(struct call *call, const char *name, size_t max)
{
	struct http_text form;
	char *value = arena_alloc(call->arena, max);

	form.data = http_request_body(call->req, &form.len);
	return http_query_get(&form, name, value, max) == 1 ? value : NULL;
}

/* As the same member of a JSON request would be: with its limits. */
static int read_name(struct call *call, const char *name, const struct link_target *target,
	struct error *err)
{
	struct command_acknowledgement *a = &call->command.as.acknowledgement;

	call->document = json_object();
	json_set_text(call->document, "by", name != NULL ? name + strspn(name, " ") : NULL);
	json_set_text(call->document, "regime", target->regime);
	json_set_text(call->document, "stage", target->stage);
	if (decode_acknowledgement(call->document, a, err) < 0)
		return -1;
	a->delivery = arena_strdup(call->arena, target->delivery);
	return 0;
}

/* The lease that was given, from the answer that the engine wrote down. */
static int64_t read_until(const char *answer)
{
	struct error err;
	json_t *document = json_read(answer, strlen(answer), &err);
	int64_t until = TIME_NONE;

	(void)json_get_time(document, "until", &until, &err);
	json_decref(document);
	return until;
}

static void finish(struct call *call)
{
	const struct command *c = &call->command;
	struct link_target target;
	struct ack_page page = { .target = &target };
	struct buf *words = buf_in_arena(call->arena, 128);

	if (c->error.code != ERROR_NONE && c->error.code != ERROR_CONFLICT) {
		answer_fault(call, &c->error);
		return;
	}
	if (!find(call, &target))
		return;		/* settled in the same moment: that is what it says */
	if (c->error.code == ERROR_CONFLICT) {
		answer_form(call, 409, &target, "It could not be acknowledged.", NULL);
		return;
	}
	page.heading = "Acknowledged";
	buf_addf(words, "By %s, until ", c->as.acknowledgement.by);
	link_local(words, &target, read_until(c->answer));
	buf_adds(words, ". Then reminders begin again.");
	page.message = words->data;
	target.acknowledged_until = TIME_NONE;	/* the message says it */
	answer_page(call, 200, &page);
}

void link_post(struct call *call)
{
	const char *form, *name;
	struct link_target target;
	struct error err;

	if (!find(call, &target))
		return;
	form = field(call, "form", TOKEN_SIZE);
	name = field(call, "by", 4 * MEMBER_BY);
	if (form == NULL || !link_form_is_good(call_engine(call), call->match.token, form)) {
		answer_form(call, 403, &target,
			"This page was too old. Please press the button once more.", name);
		return;
	}
	if (read_name(call, name, &target, &err) < 0) {
		answer_form(call, 422, &target, "Please enter your name, in at most 200 bytes.",
			name);
		return;
	}
	call->command.kind = COMMAND_ACKNOWLEDGEMENT;
	call->match.id = target.incident;
	snprintf(call->caller.actor, sizeof(call->caller.actor), "link:%s", target.delivery);
	call->key = arena_printf(call->arena, "%s %s", form,
		call->command.as.acknowledgement.by);
	call->finish = finish;
	call_submit(call);
}
