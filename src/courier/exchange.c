/*
 * Requests of the web channels and their answers: see exchange.h.
 *
 * libcurl may send a request again by itself when a kept connection dies before
 * the first byte of an answer. Receivers know repeats by webhook-id or dedup_key;
 * MAXAGE_CONN keeps it rare.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/rfc3339.h"
#include "courier/exchange.h"
#include "courier/mattermost.h"
#include "courier/ntfy.h"
#include "courier/pagerduty.h"
#include "courier/slack.h"
#include "courier/slack_reply.h"
#include "courier/teams.h"
#include "courier/webhook.h"

enum { CONNECT_MS = 5000, MAXAGE_S = 15, MAXLIFETIME_S = 300 };

void exchange_init(struct exchange *exchange, const struct job *job, const char *source,
	const char *thread)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->job = job;
	exchange->source = source;
	if (job->channel->conf->type == CHANNEL_SLACK_BOT && job->notice.incident != 0)
		exchange->has_thread = slack_place_parse(thread, job->channel->conf->room,
			&exchange->thread);
	buf_init(&exchange->url, 0);
	buf_init(&exchange->body, 0);
}

static void wipe(struct buf *b)
{
	if (b->size > 0)
		explicit_bzero(b->data, b->size);
	buf_clear(b);
}

/* Secrets stand in the URL, in a header (curl's to free) and in PagerDuty's body. */
static void clear_request(struct exchange *exchange)
{
	wipe(&exchange->url);
	wipe(&exchange->body);
	curl_slist_free_all(exchange->headers);
	exchange->headers = NULL;
}

void exchange_release(struct exchange *exchange)
{
	clear_request(exchange);
	buf_release(&exchange->url);
	buf_release(&exchange->body);
}

bool exchange_is_ordered(const struct channel *channel)
{
	return channel->conf->type == CHANNEL_SLACK_BOT ||
	       channel->conf->type == CHANNEL_PAGERDUTY;
}

/* ---- requests ---------------------------------------------------------------- */

static void add_header(struct exchange *exchange, const char *name, const char *value)
{
	char *line = xasprintf("%s: %s", name, value);
	struct curl_slist *list = curl_slist_append(exchange->headers, line);

	if (list == NULL)
		abort();
	exchange->headers = list;
	explicit_bzero(line, strlen(line));
	free(line);
}

static void add_bearer(struct exchange *exchange)
{
	char *value;

	if (exchange->job->channel->token == NULL)
		return;
	value = xasprintf("Bearer %s", exchange->job->channel->token);
	add_header(exchange, "Authorization", value);
	explicit_bzero(value, strlen(value));
	free(value);
}

static void ask_webhook(struct exchange *exchange)
{
	const struct job *job = exchange->job;
	int64_t now_s = clock_wall() / SECOND_MS;
	char text[WEBHOOK_SIGNATURE_SIZE];

	webhook_render(&job->notice, job->id, exchange->source, &exchange->body);
	add_header(exchange, "Content-Type", WEBHOOK_CONTENT_TYPE);
	add_header(exchange, "webhook-id", job->id);
	snprintf(text, sizeof(text), "%" PRId64, now_s);
	add_header(exchange, "webhook-timestamp", text);
	if (job->channel->key.len > 0) {
		webhook_sign(&job->channel->key, job->id, now_s, &exchange->body, text);
		add_header(exchange, "webhook-signature", text);
	}
}

static void ask_slack_bot(struct exchange *exchange)
{
	const struct notice *notice = &exchange->job->notice;
	bool update = exchange->part == EXCHANGE_UPDATE;

	while (exchange->url.len > 0 && exchange->url.data[exchange->url.len - 1] == '/')
		exchange->url.data[--exchange->url.len] = '\0';
	buf_adds(&exchange->url, update ? "/chat.update" : "/chat.postMessage");
	if (update)
		slack_bot_render_update(notice, &exchange->thread, &exchange->body);
	else
		slack_bot_render(notice, exchange->job->channel->conf->room,
			exchange->has_thread ? &exchange->thread : NULL, &exchange->body);
	add_bearer(exchange);
}

static void ask_reply(struct exchange *exchange)
{
	const struct job *job = exchange->job;

	buf_adds(&exchange->url, job->reply_to);
	slack_reply_render(job->notice.text, &exchange->body);
	add_header(exchange, "Content-Type", "application/json; charset=utf-8");
	add_header(exchange, "Expect", "");
}

/* URL/fail, before what a query may add; the body is the daemon's. */
static void ask_heartbeat(struct exchange *exchange)
{
	const json_t *notice = exchange->job->notice.root;
	const char *body = json_string_value(json_object_get(notice, "body"));
	const char *url = exchange->job->channel->url;
	size_t path = strcspn(url, "?");

	wipe(&exchange->url);
	buf_add(&exchange->url, url, path);
	if (json_is_true(json_object_get(notice, "failed")))
		buf_adds(&exchange->url, path > 0 && url[path - 1] == '/' ? "fail" : "/fail");
	buf_adds(&exchange->url, url + path);
	buf_adds(&exchange->body, body != NULL ? body : "");
}

/* healthchecks.io takes some of what it cannot count with "OK (not found)", and says so
 * with status 200. */
static void judge_heartbeat(const struct http_result *result, struct outcome *ret)
{
	outcome_of_http(result, false, ret);
	if (ret->kind == OUTCOME_DELIVERED && result->body_len >= 4 &&
	    memcmp(result->body, "OK (", 4) == 0)
		outcome_set(ret, OUTCOME_PERMANENT, "HTTP %ld, but the watcher does not count it",
			result->status);
}

static void ask(struct exchange *exchange)
{
	const struct job *job = exchange->job;
	const struct conf_channel *conf = job->channel->conf;

	clear_request(exchange);
	if (job->reply_to != NULL) {
		ask_reply(exchange);
		return;
	}
	buf_adds(&exchange->url, job->channel->url);
	switch (conf->type) {
	case CHANNEL_WEBHOOK:
		ask_webhook(exchange);
		break;
	case CHANNEL_SLACK_BOT:
		ask_slack_bot(exchange);
		break;
	case CHANNEL_TEAMS:
		teams_render(&job->notice, &exchange->body);
		break;
	case CHANNEL_MATTERMOST:
		mattermost_render(&job->notice, &exchange->body);
		break;
	case CHANNEL_PAGERDUTY:
		pagerduty_render(&job->notice, job->channel->token, job->id, &exchange->body);
		break;
	case CHANNEL_NTFY:
		ntfy_render(&job->notice, conf->topic, &exchange->body);
		add_bearer(exchange);
		break;
	case CHANNEL_HEARTBEAT:
		ask_heartbeat(exchange);
		break;
	case CHANNEL_SLACK:
	case CHANNEL_EMAIL:
	case CHANNEL_CONSOLE:
		slack_render(&job->notice, &exchange->body);
		break;
	}
	if (conf->type != CHANNEL_WEBHOOK)
		add_header(exchange, "Content-Type", "application/json; charset=utf-8");
	/* No wait for "100 Continue". */
	add_header(exchange, "Expect", "");
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

void exchange_fit(const struct channel *channel, CURL *easy)
{
	const struct conf_channel *conf = channel->conf;

	set_guards(easy);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
		conf->allow_http ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "tocsin/" PACKAGE_VERSION);
	if (conf->ca_file != NULL) {
		/* Trust of its own: no connection is shared with other channels. */
		curl_easy_setopt(easy, CURLOPT_CAINFO, conf->ca_file);
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
}

void exchange_prepare(struct exchange *exchange, CURL *easy, int64_t timeout_ms)
{
	ask(exchange);
	curl_easy_setopt(easy, CURLOPT_URL, exchange->url.data);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body.data);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body.len);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
}

/* ---- answers ------------------------------------------------------------------ */

static void judge(const struct exchange *exchange, const struct http_result *result,
	struct outcome *ret)
{
	if (exchange->job->reply_to != NULL) {
		outcome_of_http(result, false, ret);
		return;
	}
	switch (exchange->job->channel->conf->type) {
	case CHANNEL_SLACK_BOT:
		slack_bot_outcome(result, ret);
		break;
	case CHANNEL_TEAMS:
		teams_outcome(result, ret);
		break;
	case CHANNEL_MATTERMOST:
		mattermost_outcome(result, ret);
		break;
	case CHANNEL_PAGERDUTY:
		pagerduty_outcome(result, ret);
		break;
	case CHANNEL_NTFY:
		ntfy_outcome(result, ret);
		break;
	case CHANNEL_HEARTBEAT:
		judge_heartbeat(result, ret);
		break;
	case CHANNEL_SLACK:
		outcome_of_http(result, true, ret);
		break;
	case CHANNEL_WEBHOOK:
	case CHANNEL_EMAIL:
	case CHANNEL_CONSOLE:
		outcome_of_http(result, false, ret);
		break;
	}
}

/* The notice is in the thread whatever became of the first message. */
static void end_update(struct exchange *exchange, const struct http_result *result)
{
	struct outcome update;

	judge(exchange, result, &update);
	if (update.kind == OUTCOME_DELIVERED)
		return;
	outcome_add(&exchange->outcome, "first message not brought up to date");
	outcome_add(&exchange->outcome, update.detail);
}

bool exchange_next(struct exchange *exchange, const struct http_result *result, bool more_time)
{
	if (exchange->part == EXCHANGE_UPDATE) {
		end_update(exchange, result);
		return false;
	}
	judge(exchange, result, &exchange->outcome);
	if (!exchange->has_thread)
		return false;
	if (exchange->outcome.kind == OUTCOME_DELIVERED) {
		/* A reply has a place of its own; the thread is known by its first message. */
		snprintf(exchange->outcome.handle, sizeof(exchange->outcome.handle), "%s:%s",
			exchange->thread.channel, exchange->thread.ts);
		exchange->part = EXCHANGE_UPDATE;
		return more_time;
	}
	if (!slack_bot_lost_thread(result))
		return false;
	exchange->has_thread = false;
	exchange->outcome.kind = OUTCOME_TEMPORARY;
	return more_time;
}
