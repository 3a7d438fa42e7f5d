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
 * libcurl may send a request again by itself when a kept connection dies before
 * the first byte of an answer. Receivers know repeats by webhook-id; MAXAGE_CONN keeps
 * it rare.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "courier/slack.h"
#include "courier/web.h"
#include "courier/webhook.h"

enum { ANSWER_MAX = 64 * 1024, CONNECT_MS = 5000, GRACE_MS = 1000,
	MAXAGE_S = 15, MAXLIFETIME_S = 300 };

struct transfer {
	TAILQ_ENTRY(transfer) entry;
	struct web *web;
	struct job *job;
	CURL *easy;
	struct curl_slist *headers;
	struct buf body, answer;
	struct event *deadline;
	char why[CURL_ERROR_SIZE];
};
TAILQ_HEAD(transfer_list, transfer);

struct web {
	struct event_base *base;
	const char *source;
	CURLM *multi;
	struct event *timer, *tick;
	struct transfer_list transfers;
	web_done *done;
	void *arg;
};

/* ---- a transfer's end ------------------------------------------------------ */

static void transfer_free(struct transfer *transfer)
{
	if (transfer->easy != NULL) {
		curl_multi_remove_handle(transfer->web->multi, transfer->easy);
		curl_easy_cleanup(transfer->easy);
	}
	if (transfer->deadline != NULL)
		event_free(transfer->deadline);
	curl_slist_free_all(transfer->headers);
	buf_release(&transfer->body);
	buf_release(&transfer->answer);
	TAILQ_REMOVE(&transfer->web->transfers, transfer, entry);
	free(transfer);
}

static void look_at(const struct transfer *transfer, CURLcode rc, struct outcome *ret)
{
	struct http_result result = { .rc = rc, .why = transfer->why,
		.body = transfer->answer.data, .body_len = transfer->answer.len };
	curl_off_t wait = 0;
	long sent = 0, os_errno = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &result.status);
	curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &wait);
	result.sent = sent > 0;
	result.os_errno = (int)os_errno;
	result.retry_after_s = wait > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (long)wait;
	outcome_of_http(&result, transfer->job->channel->conf->type == CHANNEL_SLACK, ret);
}

static void finish(struct transfer *transfer, CURLcode rc)
{
	struct web *web = transfer->web;
	struct job *job = transfer->job;
	struct outcome outcome;

	look_at(transfer, rc, &outcome);
	transfer_free(transfer);
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

static void add_header(struct transfer *transfer, const char *name, const char *value)
{
	char *line = xasprintf("%s: %s", name, value);
	struct curl_slist *list = curl_slist_append(transfer->headers, line);

	if (list == NULL)
		abort();
	transfer->headers = list;
	free(line);
}

static void render_webhook(struct transfer *transfer)
{
	const struct job *job = transfer->job;
	int64_t now_s = clock_wall() / SECOND_MS;
	char text[WEBHOOK_SIGNATURE_SIZE];

	webhook_render(&job->notice, job->id, transfer->web->source, &transfer->body);
	add_header(transfer, "Content-Type", WEBHOOK_CONTENT_TYPE);
	add_header(transfer, "webhook-id", job->id);
	snprintf(text, sizeof(text), "%" PRId64, now_s);
	add_header(transfer, "webhook-timestamp", text);
	if (job->channel->key.len > 0) {
		webhook_sign(&job->channel->key, job->id, now_s, &transfer->body, text);
		add_header(transfer, "webhook-signature", text);
	}
}

static void render(struct transfer *transfer)
{
	if (transfer->job->channel->conf->type == CHANNEL_SLACK) {
		slack_render(&transfer->job->notice, &transfer->body);
		add_header(transfer, "Content-Type", "application/json; charset=utf-8");
	} else {
		render_webhook(transfer);
	}
	/* No wait for "100 Continue". */
	add_header(transfer, "Expect", "");
}

static void set_request(const struct transfer *transfer)
{
	const struct channel *channel = transfer->job->channel;
	CURL *easy = transfer->easy;

	curl_easy_setopt(easy, CURLOPT_URL, channel->url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
		channel->conf->allow_http ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body.data);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body.len);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "tocsin/" PACKAGE_VERSION);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, (const void *)transfer);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)channel->conf->timeout_ms);
	if (channel->conf->ca_file != NULL) {
		/* Trust of its own: no connection is shared with other channels. */
		curl_easy_setopt(easy, CURLOPT_CAINFO, channel->conf->ca_file);
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
}

/* What is the same for all: https://curl.se/libcurl/c/libcurl-security.html */
static void set_guards(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)MAXAGE_S);
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)MAXLIFETIME_S);
	/* Else a timeout waits for the resolver's thread to end (measured: 5 s). */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_deadline(struct transfer *transfer)
{
	int64_t ms = transfer->job->channel->conf->timeout_ms + GRACE_MS;
	const struct timeval in = { ms / 1000, ms % 1000 * 1000 };

	transfer->deadline = evtimer_new(transfer->web->base, on_deadline, transfer);
	if (transfer->deadline == NULL || event_add(transfer->deadline, &in) < 0)
		abort();
}

void web_send(struct web *web, struct job *job)
{
	static const struct timeval second = { 1, 0 };
	struct transfer *transfer = xcalloc(1, sizeof(*transfer));

	transfer->web = web;
	transfer->job = job;
	buf_init(&transfer->body, 0);
	buf_init(&transfer->answer, ANSWER_MAX);
	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		abort();
	render(transfer);
	set_guards(transfer->easy);
	set_request(transfer);
	curl_easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, transfer->why);
	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	if (TAILQ_EMPTY(&web->transfers))
		event_add(web->tick, &second);
	TAILQ_INSERT_TAIL(&web->transfers, transfer, entry);
	set_deadline(transfer);
	/* Should it fail, the deadline reports it: nothing was sent. */
	(void)curl_multi_add_handle(web->multi, transfer->easy);
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
	return web;
}

void web_free(struct web *web)
{
	struct transfer *transfer;

	if (web == NULL)
		return;
	while ((transfer = TAILQ_FIRST(&web->transfers)) != NULL) {
		job_free(transfer->job);
		transfer_free(transfer);
	}
	curl_multi_cleanup(web->multi);
	if (web->timer != NULL)
		event_free(web->timer);
	if (web->tick != NULL)
		event_free(web->tick);
	free(web);
}
