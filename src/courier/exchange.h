/*
 * What a web channel and its receiver say to each other for one job: mostly one
 * request, for slack-bot up to three. Knows what to ask and what an answer means; the
 * transfers themselves are web.c's.
 */
#ifndef TOCSIN_COURIER_EXCHANGE_H
#define TOCSIN_COURIER_EXCHANGE_H

#include <stdbool.h>

#include <curl/curl.h>

#include "courier/job.h"
#include "courier/outcome.h"
#include "courier/slack_bot.h"

struct exchange {
	const struct job *job;
	const char *source;		/* what CloudEvents name as theirs, or NULL */
	enum exchange_part {
		EXCHANGE_SAY,		/* the notice itself: what comes of it counts */
		EXCHANGE_UPDATE,	/* slack-bot: the first message of the thread */
	} part;
	bool has_thread;
	struct slack_place thread;
	struct outcome outcome;		/* once exchange_next() has said no */
	/* The present request. */
	struct curl_slist *headers;
	struct buf url, body;
};

/* thread: a handle, NULL when none is known. */
void exchange_init(struct exchange *exchange, const struct job *job, const char *source,
	const char *thread);
void exchange_release(struct exchange *exchange);

/* Whether a channel's notices about one incident go one after the other: where a later
 * one builds on an earlier one, or takes it back. */
bool exchange_is_ordered(const struct channel *channel);

/* What all requests of a channel have in common, once on a new handle. */
void exchange_fit(const struct channel *channel, CURL *easy);
/* The rest that a request needs, each time; the exchange must outlive it. */
void exchange_prepare(struct exchange *exchange, CURL *easy, int64_t timeout_ms);
/* Takes the answer. true: there is more to ask, prepare again; false: the outcome is
 * there. more_time: whether there is any left to ask in. */
bool exchange_next(struct exchange *exchange, const struct http_result *result, bool more_time);

#endif
