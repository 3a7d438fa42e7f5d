/*
 * How an attempt ended. Pure: what curl saw goes in, the outcome comes out.
 *
 *   delivered  the other side said that it has it
 *   temporary  it surely has not: try again
 *   permanent  it will not take it: trying again is no use, use the fallback
 *   ambiguous  it may have it: try again under the same id
 */
#ifndef TOCSIN_COURIER_OUTCOME_H
#define TOCSIN_COURIER_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>

#include "base/json.h"

enum outcome_kind {
	OUTCOME_DELIVERED, OUTCOME_TEMPORARY, OUTCOME_PERMANENT, OUTCOME_AMBIGUOUS,
};
const char *outcome_name(enum outcome_kind kind);

enum { OUTCOME_DETAIL_MAX = 200, OUTCOME_HANDLE_MAX = 100, RETRY_AFTER_MAX_S = 3600 };

struct outcome {
	enum outcome_kind kind;
	long retry_after_s;			/* 0: the other side asked for nothing */
	char detail[OUTCOME_DETAIL_MAX + 1];	/* one clean line, never a secret */
	char handle[OUTCOME_HANDLE_MAX + 1];	/* what the receiver calls the thread; "": none */
};
void outcome_set(struct outcome *outcome, enum outcome_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same outcome with more to say: "HTTP 404" and "no_service". */
void outcome_add(struct outcome *outcome, const char *more);

struct http_result {
	CURLcode rc;
	long status;			/* below 200: no answer was seen */
	bool sent;			/* some of the request left us */
	long retry_after_s;		/* as curl gives it */
	int os_errno;
	const char *why;		/* curl's error text */
	const char *body;		/* start of the answer */
	size_t body_len;
};
/* slack: only the body "ok" means that Slack has it. */
void outcome_of_http(const struct http_result *result, bool slack, struct outcome *ret);

/* For services with answers of their own: the answer as a JSON object (a new
 * reference), NULL when it is none; and whether a text of it is one word of small
 * letters, "_" and ".", as no secret is made of. NULL is no word. */
json_t *outcome_json(const struct http_result *result);
bool outcome_is_word(const char *text);

struct smtp_result {
	CURLcode rc;
	int code;			/* of the last reply, 0: none */
	const char *reply;		/* its text */
	bool data_sent;			/* the relay said 354: the message went out */
	int data_code;			/* of the first reply after that, 0: none */
	int os_errno;
	const char *why;
};
void outcome_of_smtp(const struct smtp_result *result, struct outcome *ret);

#endif
