/*
 * tocsin-courier: takes sends from the daemon, reports each one's outcome once.
 *
 * Web channels and the console go out at once, many at a time. Mails wait in a
 * queue and go one after the other, because curl blocks; between two of them the
 * loop turns, so that results leave and the end is seen.
 *
 * The end of the link (or SIGTERM) lets what we have taken finish, but no longer
 * than the longest timeout of a channel; a mail that is still in the queue then is
 * answered as not sent. SIGINT and SIGHUP reach the whole process group of a terminal
 * and are the daemon's business.
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "config/conf.h"
#include "config/transport.h"
#include "courier/console.h"
#include "courier/courier.h"
#include "courier/job.h"
#include "courier/link.h"
#include "courier/outcome.h"
#include "courier/slack_reply.h"
#include "courier/smtp.h"
#include "courier/web.h"

/* JOBS_MAX: more are left in the socket. MAIL_MIN_MS: less is not worth a try. */
enum { JOBS_MAX = 256, MAIL_MIN_MS = 1000, EXIT_GRACE_MS = 3000 };

struct courier {
	struct event_base *base;
	const char *transport;
	struct arena *arena;		/* what the setup says */
	bool is_set_up;
	struct channel_set channels;
	struct link *link;
	struct web *web;
	struct job_list mails;
	struct event *next_mail, *on_term, *last_call;
	size_t jobs;			/* taken and not yet reported */
	int64_t stop_at;		/* by clock_boot, TIME_NONE: not stopping */
	int status;
};

/* ---- results ----------------------------------------------------------------- */

static void leave_if_done(struct courier *courier)
{
	if (courier->stop_at != TIME_NONE && courier->jobs == 0 &&
	    link_is_flushed(courier->link))
		event_base_loopbreak(courier->base);
}

static void report(void *arg, struct job *job, const struct outcome *outcome)
{
	struct courier *courier = arg;
	struct buf message;

	if (job->reply_to != NULL && outcome->kind != OUTCOME_DELIVERED)
		log_warning("courier", "channel %s: a reply to a button was not taken: %s",
			job->channel_name, outcome->detail);
	buf_init(&message, 0);
	out_object(&message, NULL);
	out_text(&message, "op", "result");
	out_text(&message, "id", job->id);
	out_int(&message, "attempt", job->attempt);
	out_text(&message, "outcome", outcome_name(outcome->kind));
	out_text(&message, "detail", outcome->detail);
	if (outcome->handle[0] != '\0')
		out_text(&message, "handle", outcome->handle);
	if (outcome->retry_after_s > 0)
		out_int(&message, "retry_after_s", outcome->retry_after_s);
	out_end_object(&message);
	link_write(courier->link, &message);
	buf_release(&message);
	job_free(job);
	courier->jobs--;
	link_hold(courier->link, courier->jobs >= JOBS_MAX);
	leave_if_done(courier);
}

static void send_to_console(struct courier *courier, struct job *job)
{
	struct outcome outcome;
	struct buf line;

	buf_init(&line, 0);
	console_render(&job->notice, &line);
	log_notice("tocsin", "%s", line.data);
	buf_release(&line);
	outcome_set(&outcome, OUTCOME_DELIVERED, "written to stderr");
	report(courier, job, &outcome);
}

/* ---- mails ------------------------------------------------------------------- */

static void schedule_mail(struct courier *courier)
{
	static const struct timeval now = { 0, 0 };

	if (!TAILQ_EMPTY(&courier->mails))
		event_add(courier->next_mail, &now);
}

static void on_next_mail(evutil_socket_t fd, short events, void *arg)
{
	struct courier *courier = arg;
	struct job *job = TAILQ_FIRST(&courier->mails);
	int64_t timeout_ms;
	struct outcome outcome;

	(void)fd;
	(void)events;
	if (job == NULL)
		return;
	TAILQ_REMOVE(&courier->mails, job, entry);
	timeout_ms = job->channel->conf->timeout_ms;
	if (courier->stop_at != TIME_NONE && courier->stop_at - clock_boot() < timeout_ms)
		timeout_ms = courier->stop_at - clock_boot();
	if (timeout_ms < MAIL_MIN_MS)
		outcome_set(&outcome, OUTCOME_TEMPORARY, "not sent: the courier is stopping");
	else
		smtp_send(job, timeout_ms, &outcome);
	schedule_mail(courier);
	report(courier, job, &outcome);
}

/* ---- the link's side -------------------------------------------------------------- */

static void refuse(struct courier *courier, struct job *job, const char *why)
{
	struct outcome outcome;

	outcome_set(&outcome, OUTCOME_PERMANENT, "%s", why);
	report(courier, job, &outcome);
}

static void dispatch(struct courier *courier, struct job *job)
{
	struct error err;

	if (job->channel == NULL) {
		refuse(courier, job, "channel not configured here");
		return;
	}
	if (channel_load(job->channel, &err) < 0) {
		log_error("courier", "channel %s: %s", job->channel->conf->name, err.text);
		refuse(courier, job, err.text);
		return;
	}
	if (job->reply_to != NULL && !slack_reply_is_allowed(job->channel, job->reply_to)) {
		refuse(courier, job, "its address is none of Slack's");
		return;
	}
	switch (job->channel->conf->type) {
	case CHANNEL_SLACK:
	case CHANNEL_WEBHOOK:
	case CHANNEL_SLACK_BOT:
	case CHANNEL_TEAMS:
	case CHANNEL_MATTERMOST:
	case CHANNEL_PAGERDUTY:
	case CHANNEL_NTFY:
	case CHANNEL_HEARTBEAT:
		web_send(courier->web, job);
		break;
	case CHANNEL_EMAIL:
		TAILQ_INSERT_TAIL(&courier->mails, job, entry);
		schedule_mail(courier);
		break;
	case CHANNEL_CONSOLE:
		send_to_console(courier, job);
		break;
	}
}

static void on_broken(void *arg, const struct error *err)
{
	struct courier *courier = arg;

	log_error("courier", "message from tocsind: %s", err->text);
	courier->status = 1;
	event_base_loopbreak(courier->base);
}

static void stop(struct courier *courier)
{
	int64_t ms = courier->channels.longest_timeout_ms;
	const struct timeval last = { (ms + EXIT_GRACE_MS) / 1000, 0 };

	if (courier->stop_at != TIME_NONE)
		return;
	courier->stop_at = clock_boot() + ms;
	event_add(courier->last_call, &last);
	if (courier->web != NULL)
		web_stop(courier->web);
	leave_if_done(courier);
}

static void on_closed(void *arg)
{
	stop(arg);
}

static void on_flushed(void *arg)
{
	leave_if_done(arg);
}

static void on_sigterm(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	stop(arg);
}

static void on_last_call(evutil_socket_t fd, short events, void *arg)
{
	struct courier *courier = arg;

	(void)fd;
	(void)events;
	log_warning("courier", "%zu sends without a result, leaving", courier->jobs);
	event_base_loopbreak(courier->base);
}

/* ---- start --------------------------------------------------------------------- */

static void say(struct courier *courier, const char *op, const char *key, const char *text)
{
	json_t *message = json_object();

	json_set_text(message, "op", op);
	json_set_text(message, key, text);
	link_send(courier->link, message);
	json_decref(message);
}

/* A secret that is missing is said at once, not when the first deadline is near:
 * a start or a reload fails by it, a restart goes on with the other channels. */
static int load_channels(struct courier *courier, bool strict, struct error *err)
{
	size_t i;

	for (i = 0; i < courier->channels.n; i++) {
		const char *name = courier->channels.list[i].conf->name;

		if (channel_load(&courier->channels.list[i], err) == 0)
			continue;
		if (strict)
			return error_prefix(err, "channel %s", name);
		log_error("courier", "channel %s: %s", name, err->text);
	}
	return 0;
}

static int set_up(struct courier *courier, const json_t *setup, struct error *err)
{
	struct conf_channel *channels;
	const char *public_url;
	size_t n;

	if (!text_equal(json_string_value(json_object_get(setup, "op")), "setup"))
		return error_set(err, ERROR_INVALID, "the first message is no setup");
	if (transport_setup_read(setup, courier->arena, &channels, &n, &public_url, err) < 0)
		return -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return error_set(err, ERROR_INTERNAL, "cannot set up libcurl");
	courier->web = web_new(courier->base, public_url, report, courier, err);
	if (courier->web == NULL)
		return -1;
	channel_set_init(&courier->channels, channels, n);
	return load_channels(courier, json_is_true(json_object_get(setup, "strict")), err);
}

/* The last word of a courier that cannot start. */
static void give_up(struct courier *courier, const struct error *err)
{
	link_hold(courier->link, true);
	courier->status = 1;
	say(courier, "failed", "text", err->text);
	courier->channels.longest_timeout_ms = 0;
	stop(courier);
}

static void on_setup(struct courier *courier, json_t *message)
{
	struct error err;

	courier->is_set_up = true;
	if (set_up(courier, message, &err) < 0)
		give_up(courier, &err);
	else
		say(courier, "ready", "transport", courier->transport);
}

static void take_job(struct courier *courier, struct job *job)
{
	courier->jobs++;
	link_hold(courier->link, courier->jobs >= JOBS_MAX);
	dispatch(courier, job);
}

static bool on_line(void *arg, const char *line, size_t len)
{
	struct courier *courier = arg;
	struct job *job = NULL;

	if (courier->is_set_up)
		job = job_new_plain(line, len, &courier->channels);
	if (job != NULL)
		take_job(courier, job);
	return job != NULL;
}

static void on_message(void *arg, json_t *message)
{
	struct courier *courier = arg;
	struct error err;
	struct job *job;

	if (!courier->is_set_up) {
		on_setup(courier, message);
		return;
	}
	job = job_new(message, &courier->channels, &err);
	if (job == NULL) {
		on_broken(courier, &err);
		return;
	}
	take_job(courier, job);
}

static void set_up_loop(struct courier *courier)
{
	static const struct link_handlers handlers = {
		.message = on_message, .broken = on_broken, .closed = on_closed,
		.flushed = on_flushed, .line = on_line,
	};

	courier->base = event_base_new();
	if (courier->base == NULL)
		abort();
	courier->next_mail = evtimer_new(courier->base, on_next_mail, courier);
	courier->last_call = evtimer_new(courier->base, on_last_call, courier);
	courier->on_term = evsignal_new(courier->base, SIGTERM, on_sigterm, courier);
	if (courier->next_mail == NULL || courier->last_call == NULL ||
	    courier->on_term == NULL || event_add(courier->on_term, NULL) < 0)
		abort();
	courier->link = link_new(courier->base, TRANSPORT_FD, &handlers, courier);
}

static void tear_down(struct courier *courier)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&courier->mails)) != NULL) {
		TAILQ_REMOVE(&courier->mails, job, entry);
		job_free(job);
	}
	web_free(courier->web);
	link_free(courier->link);
	event_free(courier->next_mail);
	event_free(courier->last_call);
	event_free(courier->on_term);
	event_base_free(courier->base);
	channel_set_release(&courier->channels);
	arena_free(courier->arena);
	curl_global_cleanup();
}

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int courier_main(int argc, char **argv)
{
	struct courier courier = { .stop_at = TIME_NONE };

	if (argc != 2 || !is_socket(TRANSPORT_FD)) {
		fprintf(stderr, "tocsin-courier is started by tocsind\n");
		return 2;
	}
	/* CURLOPT_NOSIGNAL leaves SIGPIPE to us. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	TAILQ_INIT(&courier.mails);
	courier.transport = argv[1];
	courier.arena = arena_new();
	set_up_loop(&courier);
	event_base_dispatch(courier.base);
	tear_down(&courier);
	return courier.status;
}
