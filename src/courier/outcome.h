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

enum outcome_kind {
	OUTCOME_DELIVERED, OUTCOME_TEMPORARY, OUTCOME_PERMANENT, OUTCOME_AMBIGUOUS,
};
const char *outcome_name(enum outcome_kind kind);

enum { OUTCOME_DETAIL_MAX = 200, RETRY_AFTER_MAX_S = 3600 };

struct outcome {
	enum outcome_kind kind;
	long retry_after_s;			/* 0: the other side asked for nothing */
	char detail[OUTCOME_DETAIL_MAX + 1];	/* one clean line, never a secret */
};
void outcome_set(struct outcome *outcome, enum outcome_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

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
