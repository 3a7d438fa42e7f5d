/*
 * curl multi on libevent: see web.h.
 *
 * Rules of the interface that are easy to break: a callback of curl's never calls
 * curl; a handle is removed only while messages are drained, or by our deadline,
 * both of which run from the loop; POLL_REMOVE may come for a socket we do not know;
 * a callback that returns an error kills all transfers, so none does. Some versions
 * after 7.88 lose a timeout (fixed in 8.12), so a tick asks once a second while
 * anything is in flight.
 *
 * Lanes: where a notice builds on the one before it (a thread that must be open) or
 * takes it back (a page that is to end), those to one channel about one incident go one
 * after the other. When one has to come again those behind it are handed back, for the
 * daemon to send with the words of that hour.
 */
#include "config.h"

#include <stdlib.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "courier/exchange.h"
#include "courier/thread.h"
#include "courier/web.h"

/* UPDATE_MIN_MS: less is not worth one more request. */
enum { ANSWER_MAX = 64 * 1024, GRACE_MS = 1000, UPDATE_MIN_MS = 500,
	IDLE_MAX = 256 };

struct transfer {
	TAILQ_ENTRY(transfer) entry;
	struct web *web;
	struct job *job;
	CURL *easy;
	bool begun;			/* else it waits in its lane */
	struct exchange exchange;
	struct buf answer;
	struct event *deadline;
	int64_t until;			/* clock_boot */
	char why[CURL_ERROR_SIZE];
};
TAILQ_HEAD(transfer_list, transfer);

struct idle {
	CURL *easy;
	const struct channel *channel;	/* whose options it has */
};

struct web {
	struct event_base *base;
	const char *source;
	CURLM *multi;
	struct event *timer, *tick;
	struct transfer_list transfers, waiting;
	struct thread_list threads;
	struct idle idle[IDLE_MAX];
	size_t n_idle;
	bool stopping;
	web_done *done;
	void *arg;
};

/* ---- a transfer's end ------------------------------------------------------ */

/* A handle that has done its request is kept for the next one to its channel: to make
 * one and tell it what is the same every time costs as much as a request (measured). */
static void drop_handle(struct transfer *transfer)
{
	struct web *web = transfer->web;

	if (transfer->easy == NULL)
		return;
	curl_multi_remove_handle(web->multi, transfer->easy);
	curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, NULL);
	if (web->n_idle < IDLE_MAX)
		web->idle[web->n_idle++] = (struct idle){ transfer->easy, transfer->job->channel };
	else
		curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
}

static CURL *take_handle(struct web *web, const struct channel *channel)
{
	CURL *easy;
	size_t i;

	for (i = web->n_idle; i > 0; i--) {
		if (web->idle[i - 1].channel != channel)
			continue;
		easy = web->idle[i - 1].easy;
		web->idle[i - 1] = web->idle[--web->n_idle];
		return easy;
	}
	easy = curl_easy_init();
	if (easy == NULL)
		abort();
	exchange_fit(channel, easy);
	return easy;
}

/* It is in no list any more. */
static void transfer_free(struct transfer *transfer)
{
	drop_handle(transfer);
	if (transfer->begun)
		exchange_release(&transfer->exchange);
	if (transfer->deadline != NULL)
		event_free(transfer->deadline);
	buf_release(&transfer->answer);
	free(transfer);
}

static void look_at(const struct transfer *transfer, CURLcode rc, struct http_result *ret)
{
	curl_off_t wait = 0;
	long sent = 0, os_errno = 0;

	*ret = (struct http_result) { .rc = rc, .why = transfer->why,
		.body = transfer->answer.data, .body_len = transfer->answer.len };
	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &ret->status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &wait);
	ret->sent = sent > 0;
	ret->os_errno = (int)os_errno;
	ret->retry_after_s = wait > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (long)wait;
}

static bool same_lane(const struct job *a, const struct job *b)
{
	return a->channel == b->channel && exchange_is_ordered(a->channel) &&
	       a->notice.incident != 0 && a->notice.incident == b->notice.incident;
}

static struct transfer *first_of_lane(const struct transfer_list *list, const struct job *job)
{
	struct transfer *transfer;

	TAILQ_FOREACH(transfer, list, entry)
		if (same_lane(transfer->job, job))
			return transfer;
	return NULL;
}

static void hand_back(struct web *web, struct transfer *transfer, const char *why)
{
	struct job *job = transfer->job;
	struct outcome outcome;

	TAILQ_REMOVE(&web->waiting, transfer, entry);
	transfer_free(transfer);
	outcome_set(&outcome, OUTCOME_TEMPORARY, "not sent: %s", why);
	web->done(web->arg, job, &outcome);
}

static void begin(struct transfer *transfer);

/* What waited behind a job that has ended, for good or for now. */
static void release_lane(struct web *web, const struct job *job, bool comes_again)
{
	struct transfer *next;

	while ((next = first_of_lane(&web->waiting, job)) != NULL) {
		if (!comes_again && !web->stopping) {
			TAILQ_REMOVE(&web->waiting, next, entry);
			begin(next);
			return;
		}
		hand_back(web, next, web->stopping ? "the courier is stopping" :
			"the notice before it failed");
	}
}

static void ask_on(struct transfer *transfer);

static void finish(struct transfer *transfer, CURLcode rc)
{
	struct web *web = transfer->web;
	struct job *job = transfer->job;
	bool in_time = transfer->until - clock_boot() > UPDATE_MIN_MS;
	struct http_result result;
	struct outcome outcome;

	look_at(transfer, rc, &result);
	if (exchange_next(&transfer->exchange, &result, in_time)) {
		ask_on(transfer);
		return;
	}
	outcome = transfer->exchange.outcome;
	TAILQ_REMOVE(&web->transfers, transfer, entry);
	transfer_free(transfer);
	if (outcome.handle[0] != '\0')
		thread_learn(&web->threads, job->channel_name, job->notice.incident,
			outcome.handle);
	release_lane(web, job, outcome.kind == OUTCOME_TEMPORARY ||
		outcome.kind == OUTCOME_AMBIGUOUS);
	if (TAILQ_EMPTY(&web->transfers))
		event_del(web->tick);
	web->done(web->arg, job, &outcome);
}

/* ---- curl and the loop ------------------------------------------------------ */

static void drain(struct web *web)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(web->multi, &left)) != NULL) {
		CURLcode rc = message->data.result;
		char *transfer = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		finish((struct transfer *)(void *)transfer, rc);
	}
}

/* An error of the multi handle itself ends no transfer; their deadlines do. */
static void act(struct web *web, curl_socket_t fd, int what)
{
	int running;

	(void)curl_multi_socket_action(web->multi, fd, what, &running);
	drain(web);
}

static void on_io(evutil_socket_t fd, short events, void *arg)
{
	act(arg, fd, ((events & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
		((events & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0));
}

static void on_timeout(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_deadline(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	finish(arg, CURLE_OPERATION_TIMEDOUT);
}

static int on_curl_timer(CURLM *multi, long ms, void *arg)
{
	const struct timeval in = { ms / 1000, ms % 1000 * 1000 };
	struct web *web = arg;

	(void)multi;
	if (ms < 0)
		event_del(web->timer);
	else
		event_add(web->timer, &in);
	return 0;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct event *event = known;
	struct web *web = arg;
	short events = EV_PERSIST;

	(void)easy;
	if (event != NULL)
		event_free(event);
	event = NULL;
	if (what != CURL_POLL_REMOVE) {
		if ((what & CURL_POLL_IN) != 0)
			events |= EV_READ;
		if ((what & CURL_POLL_OUT) != 0)
			events |= EV_WRITE;
		event = event_new(web->base, fd, events, on_io, web);
		if (event == NULL || event_add(event, NULL) < 0)
			abort();
	}
	if (event != NULL || known != NULL)
		curl_multi_assign(web->multi, fd, event);
	return 0;
}

/* The start of the answer is enough; a longer one ends the transfer, and the status
 * that has come before counts. */
static size_t on_answer(char *data, size_t size, size_t n, void *arg)
{
	struct transfer *transfer = arg;

	return buf_add(&transfer->answer, data, size * n) < 0 ? 0 : size * n;
}

/* ---- a transfer's start ----------------------------------------------------- */

static void set_deadline(struct transfer *transfer)
{
	int64_t timeout_ms = transfer->job->channel->conf->timeout_ms, ms = timeout_ms + GRACE_MS;
	const struct timeval in = { ms / 1000, ms % 1000 * 1000 };

	transfer->until = clock_boot() + timeout_ms;
	transfer->deadline = evtimer_new(transfer->web->base, on_deadline, transfer);
	if (transfer->deadline == NULL || event_add(transfer->deadline, &in) < 0)
		abort();
}

/* The request that the exchange is at; all of them share the time of one attempt. */
static void ask_on(struct transfer *transfer)
{
	int64_t left = transfer->until - clock_boot();

	drop_handle(transfer);
	buf_clear(&transfer->answer);
	transfer->why[0] = '\0';
	transfer->easy = take_handle(transfer->web, transfer->job->channel);
	exchange_prepare(&transfer->exchange, transfer->easy, left > 0 ? left : 1);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->why);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	/* Should it fail, the deadline reports it: nothing was sent. */
	(void)curl_multi_add_handle(transfer->web->multi, transfer->easy);
}

static void begin(struct transfer *transfer)
{
	static const struct timeval second = { 1, 0 };
	const struct job *job = transfer->job;
	struct web *web = transfer->web;
	const char *thread = thread_find(&web->threads, job->channel_name, job->notice.incident);

	transfer->begun = true;
	exchange_init(&transfer->exchange, job, web->source,
		thread != NULL ? thread : job->thread);
	if (TAILQ_EMPTY(&web->transfers))
		event_add(web->tick, &second);
	TAILQ_INSERT_TAIL(&web->transfers, transfer, entry);
	set_deadline(transfer);
	ask_on(transfer);
}

void web_send(struct web *web, struct job *job)
{
	struct transfer *transfer = xcalloc(1, sizeof(*transfer));

	transfer->web = web;
	transfer->job = job;
	buf_init(&transfer->answer, ANSWER_MAX);
	if (exchange_is_ordered(job->channel) && first_of_lane(&web->transfers, job) != NULL)
		TAILQ_INSERT_TAIL(&web->waiting, transfer, entry);
	else
		begin(transfer);
}

void web_stop(struct web *web)
{
	struct transfer *transfer;

	web->stopping = true;
	while ((transfer = TAILQ_FIRST(&web->waiting)) != NULL)
		hand_back(web, transfer, "the courier is stopping");
}

/* ---- the whole ------------------------------------------------------------ */

struct web *web_new(struct event_base *base, const char *source, web_done *done, void *arg,
	struct error *err)
{
	struct web *web = xcalloc(1, sizeof(*web));

	web->base = base;
	web->source = source;
	web->done = done;
	web->arg = arg;
	TAILQ_INIT(&web->transfers);
	TAILQ_INIT(&web->waiting);
	thread_list_init(&web->threads);
	web->multi = curl_multi_init();
	web->timer = evtimer_new(base, on_timeout, web);
	web->tick = event_new(base, -1, EV_PERSIST, on_timeout, web);
	if (web->multi == NULL || web->timer == NULL || web->tick == NULL) {
		error_set(err, ERROR_INTERNAL, "cannot set up libcurl");
		web_free(web);
		return NULL;
	}
	curl_multi_setopt(web->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(web->multi, CURLMOPT_SOCKETDATA, web);
	curl_multi_setopt(web->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(web->multi, CURLMOPT_TIMERDATA, web);
	/* Else it is four times the requests of the moment, and most connections are
	 * closed and opened anew whenever a wave of them ends. */
	curl_multi_setopt(web->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_MAX);
	return web;
}

static void drop_all(struct transfer_list *list)
{
	struct transfer *transfer;
	struct job *job;

	while ((transfer = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, transfer, entry);
		job = transfer->job;
		transfer_free(transfer);
		job_free(job);
	}
}

void web_free(struct web *web)
{
	if (web == NULL)
		return;
	drop_all(&web->transfers);
	drop_all(&web->waiting);
	thread_list_release(&web->threads);
	while (web->n_idle > 0)
		curl_easy_cleanup(web->idle[--web->n_idle].easy);
	curl_multi_cleanup(web->multi);
	if (web->timer != NULL)
		event_free(web->timer);
	if (web->tick != NULL)
		event_free(web->tick);
	free(web);
}
