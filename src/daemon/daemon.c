/*
 * tocsind's life. Start: configuration, store, engine with its couriers, sockets;
 * READY=1 only when all of them work. Reload: a new configuration is read and
 * checked whole, new couriers start with it, and only when they are ready
 * everything is swapped at once; otherwise nothing has changed. Stop: no new
 * connections, requests and attempts in flight finish, within bounds.
 */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <event2/event.h>

#include "api/api.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "daemon/daemon.h"
#include "daemon/listen.h"

enum {
	/* Together below the unit's TimeoutStopSec=20s. */
	STOP_ATTEMPTS_MS = 12 * SECOND_MS,
	STOP_LOOK_MS = 50,
	STOP_REQUESTS_MS = 15 * SECOND_MS,
	/* A loop that is later than this for its own timer is not healthy. */
	LAG_MAX_MS = 5 * SECOND_MS,
};

struct daemon {
	const struct daemon_options *options;
	char *courier;
	struct conf *conf, *previous, *coming;
	struct event_base *base;
	struct store *store;
	struct loop *loop;
	struct api *api;
	struct http_server *server;
	struct listening listening;
	struct event *signals[4];
	struct event *watchdog;
	struct event *stop_look;
	int64_t watchdog_ms, watchdog_at;
	int64_t stop_at;
	bool ready, attempts_done, shut, drained;
	bool zones_told;	/* that new time zones have to wait for a reload */
	int status;
};

/* ---- telling -------------------------------------------------------------------- */

static void log_report(const struct conf_report *report)
{
	size_t i;

	for (i = 0; i < report->n_warnings; i++)
		log_warning("config", "%s:%d: %s", report->warnings[i].file,
			report->warnings[i].line, report->warnings[i].text);
	for (i = 0; i < report->n_errors; i++)
		log_error("config", "%s:%d: %s", report->errors[i].file, report->errors[i].line,
			report->errors[i].text);
}

static struct conf *load(struct daemon *d)
{
	struct conf_report report = { 0 };
	struct conf *conf = conf_load(&d->options->conf, &report);
	struct error tls;

	log_report(&report);
	conf_report_release(&report);
	if (conf == NULL || listen_check_tls(conf, &tls))
		return conf;
	log_error("config", "%s:%d: %s", tls.file, tls.line, tls.text);
	conf_free(conf);
	return NULL;
}

static void fail(struct daemon *d, const struct error *err)
{
	log_error("daemon", "%s", err->text);
	notify_send("STATUS=%s\n", err->text);
	d->status = 1;
	event_base_loopbreak(d->base);
}

/* ---- the watchdog ------------------------------------------------------------------ */

/* Fed only when the loop is on time, turns commit, and the alarm has been looked
 * after: a daemon that hangs on to life without keeping clocks is restarted. Not for
 * a full disk: a restart makes no room, and would not even come up. */
static void on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	int64_t lag = clock_boot() - d->watchdog_at - d->watchdog_ms;
	const char *trouble = loop_trouble(d->loop);
	struct timeval tv = { d->watchdog_ms / 1000, (d->watchdog_ms % 1000) * 1000 };

	(void)fd;
	(void)what;
	if (trouble != NULL && !loop_disk_full(d->loop))
		log_error("daemon", "the watchdog is not fed: %s", trouble);
	else if (lag > LAG_MAX_MS)
		log_warning("daemon", "the loop was %" PRId64 " ms late, ignoring this once", lag);
	else
		notify_send("WATCHDOG=1\n");
	d->watchdog_at = clock_boot();
	evtimer_add(d->watchdog, &tv);
}

static void start_watchdog(struct daemon *d)
{
	struct timeval now = { 0, 0 };

	d->watchdog_ms = notify_watchdog_ms();
	if (d->watchdog_ms == 0)
		return;
	d->watchdog = evtimer_new(d->base, on_watchdog, d);
	d->watchdog_at = clock_boot() - d->watchdog_ms;
	evtimer_add(d->watchdog, &now);
}

/* ---- reload --------------------------------------------------------------------- */

static void after_reload(void *arg, int rc, const struct error *err)
{
	struct daemon *d = arg;
	struct error failed;
	struct buf restart;

	if (rc < 0) {
		log_kind(LOG_LEVEL_ERROR, "daemon", MESSAGE_RELOAD_REFUSED,
			"reload refused, nothing has changed: %s", err->text);
		notify_send("READY=1\nSTATUS=Reload refused: %s\n", err->text);
		conf_free(d->coming);
		d->coming = NULL;
		return;
	}
	buf_init(&restart, 0);
	/* Half a reload is none: a restart says what is wrong, and changes nothing. */
	if (api_reconfigure(d->api, d->coming, &failed) < 0)
		fail(d, &failed);
	if (conf_needs_restart(d->conf, d->coming, &restart)) {
		char *line = restart.data, *end;

		for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
			*end = '\0';
			log_warning("config", "%s: the change needs a restart, ignoring", line);
		}
	}
	buf_release(&restart);
	listen_reload_tls(&d->listening);
	/* Commands of this turn may still point into the one before; the one before
	 * that nobody has any more. */
	conf_free(d->previous);
	d->previous = d->conf;
	d->conf = d->coming;
	d->coming = NULL;
	d->zones_told = false;
	log_kind(LOG_LEVEL_NOTICE, "daemon", MESSAGE_RELOADED,
		"reloaded, configuration %.12s", d->conf->digest);
	notify_send("READY=1\nSTATUS=Reloaded\n");
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)fd;
	(void)what;
	/* First of all: `systemctl reload` waits only for one who says so at once. */
	notify_send("RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n", clock_monotonic_us());
	if (!d->ready || d->coming != NULL || d->stop_at != 0) {
		log_kind(LOG_LEVEL_WARNING, "daemon", MESSAGE_RELOAD_REFUSED,
			"busy with a start, stop or reload; reload refused");
		/* Neither ready before it is, nor again while it stops. */
		if (d->ready && d->stop_at == 0)
			notify_send("READY=1\n");
		return;
	}
	d->coming = load(d);
	if (d->coming == NULL) {
		log_kind(LOG_LEVEL_ERROR, "daemon", MESSAGE_RELOAD_REFUSED,
			"reload refused, nothing has changed");
		notify_send("READY=1\nSTATUS=Reload refused: the configuration has errors\n");
		return;
	}
	loop_reload(d->loop, d->coming, after_reload, d);
}

/* A new tzdata: the same configuration, read again with the zones of now. One that was
 * edited meanwhile is the operator's to put in force, and may be half done. */
static void on_zones_changed(void *arg)
{
	struct daemon *d = arg;

	if (!d->ready || d->coming != NULL || d->stop_at != 0 || d->zones_told)
		return;
	d->coming = load(d);
	if (d->coming != NULL && strcmp(d->coming->digest, d->conf->digest) == 0) {
		log_notice("daemon", "the time zones have changed on disk; reading them again");
		loop_reload(d->loop, d->coming, after_reload, d);
		return;
	}
	if (d->coming == NULL)
		log_warning("daemon", "the time zones have changed on disk, and the "
			"configuration cannot be read with them, see above; what was read "
			"before stays in force: put it right and reload");
	else
		log_warning("daemon", "the time zones have changed on disk, and so has the "
			"configuration; both count from the next reload");
	d->zones_told = true;
	conf_free(d->coming);
	d->coming = NULL;
}

/* ---- stop ------------------------------------------------------------------------- */

static void on_stop_look(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	struct timeval tv = { 0, STOP_LOOK_MS * 1000 };
	size_t busy;

	(void)fd;
	(void)what;
	/* As long as there is something else to wait for, alerts are taken in: most
	 * senders never repeat one. */
	if (d->attempts_done && !d->shut) {
		listen_unlink(&d->listening);
		http_server_shut(d->server);
		d->shut = true;
		evtimer_add(d->stop_look, &tv);	/* handshakes under way end meanwhile */
		return;
	}
	if (d->attempts_done && !d->drained) {
		http_server_drain(d->server);
		d->drained = true;
	}
	busy = http_server_busy(d->server);
	if (d->attempts_done && (busy == 0 || clock_boot() > d->stop_at + STOP_REQUESTS_MS)) {
		if (busy > 0)
			log_warning("daemon", "%zu requests are cut off", busy);
		event_base_loopbreak(d->base);
		return;
	}
	evtimer_add(d->stop_look, &tv);
}

static void attempts_are_done(void *arg)
{
	struct daemon *d = arg;

	d->attempts_done = true;
}

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;

	(void)what;
	if (d->stop_at != 0) {
		log_warning("daemon", "told to stop twice, stopping at once");
		event_base_loopbreak(d->base);
		return;
	}
	log_info("daemon", "stopping (%s)", fd == SIGTERM ? "SIGTERM" : "SIGINT");
	notify_send("STOPPING=1\nSTATUS=Finishing what is in flight\n");
	d->stop_at = clock_boot();
	http_server_last_call(d->server);
	loop_stop(d->loop, STOP_ATTEMPTS_MS, attempts_are_done, d);
	on_stop_look(-1, 0, d);
}

static void on_state(evutil_socket_t fd, short what, void *arg)
{
	const struct daemon *d = arg;
	char next[RFC3339_SIZE] = "nothing";

	(void)fd;
	(void)what;
	if (loop_next_at(d->loop) != TIME_NONE)
		rfc3339_format(loop_next_at(d->loop), next);
	log_notice("daemon", "state: next wake-up %s, %d attempts in flight, %zu connections, "
		"%zu requests, configuration %.12s", next, engine_in_flight(loop_engine(d->loop)),
		http_server_connections(d->server), http_server_busy(d->server), d->conf->digest);
}

/* ---- start -------------------------------------------------------------------------- */

static void on_ready(void *arg, int rc, const struct error *err)
{
	struct daemon *d = arg;

	if (rc < 0) {
		fail(d, err);
		return;
	}
	d->ready = true;
	log_kind(LOG_LEVEL_INFO, "daemon", MESSAGE_STARTED,
		"tocsind %s is ready, configuration %.12s", PACKAGE_VERSION, d->conf->digest);
	notify_send("READY=1\nSTATUS=Keeping clocks\n");
	start_watchdog(d);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("daemon", "the limit of open files could not be raised: %m, ignoring");
}

static void watch_signals(struct daemon *d)
{
	const struct {
		int signal;
		event_callback_fn fn;
	} table[] = {
		{ SIGTERM, on_stop }, { SIGINT, on_stop }, { SIGHUP, on_reload },
		{ SIGUSR1, on_state },
	};
	size_t i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < ARRAY_LEN(table); i++) {
		d->signals[i] = evsignal_new(d->base, table[i].signal, table[i].fn, d);
		evsignal_add(d->signals[i], NULL);
	}
	d->stop_look = evtimer_new(d->base, on_stop_look, d);
}

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	/* Without it timers are up to 4 ms early, and spin (measured). */
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	base = event_base_new_with_config(config);
	event_config_free(config);
	if (base == NULL || event_base_priority_init(base, LOOP_PRIORITIES) < 0)
		abort();
	return base;
}

/* A proxy has the connections of all for whom it speaks. */
static bool is_proxy(void *arg, const char *address)
{
	const struct daemon *d = arg;

	return conf_is_proxy(d->conf, address);
}

static struct http_limits http_limits_of(struct daemon *d)
{
	const struct conf *conf = d->conf;
	struct http_limits limits = http_limits_default;

	limits.body_max = (uint64_t)conf->limits.body_max;
	limits.body_total_max = (uint64_t)conf->limits.body_memory;
	limits.head_timeout_ms = (int)conf->limits.head_timeout_ms;
	limits.body_timeout_ms = (int)conf->limits.body_timeout_ms;
	limits.idle_timeout_ms = (int)conf->limits.idle_timeout_ms;
	limits.write_timeout_ms = (int)conf->limits.write_timeout_ms;
	limits.connections_max = (unsigned int)conf->limits.connections;
	limits.connections_per_address = (unsigned int)conf->limits.connections_per_address;
	limits.exempt = is_proxy;
	limits.exempt_arg = d;
	return limits;
}

static int start(struct daemon *d, int n_passed, struct error *err)
{
	const struct loop_options loop = { .courier = d->courier, .version = PACKAGE_VERSION,
		.zones_changed = on_zones_changed, .arg = d };
	const struct store_sqlite_options store = {
		.path = d->conf->store_path, .disk_floor = d->conf->disk_floor,
		.ballast = d->conf->ballast,
	};
	struct http_limits limits = http_limits_of(d);
	struct http_handler handler;

	d->store = store_sqlite_open(&store, err);
	if (d->store == NULL)
		return -1;
	d->loop = loop_new(d->base, d->store, d->conf, &loop, err);
	if (d->loop == NULL)
		return -1;
	d->api = api_new(d->loop, d->conf, err);
	if (d->api == NULL)
		return -1;
	handler = api_handler(d->api);
	d->server = http_server_new(d->base, &limits, &handler);
	if (listen_all(d->server, d->conf, n_passed, &d->listening, err) < 0)
		return -1;
	loop_on_ready(d->loop, on_ready, d);
	return 0;
}

static void finish(struct daemon *d)
{
	size_t i;

	if (d->server != NULL)
		http_server_free(d->server);
	listen_release(&d->listening);
	api_free(d->api);
	loop_free(d->loop);
	store_close(d->store);
	for (i = 0; i < ARRAY_LEN(d->signals); i++)
		if (d->signals[i] != NULL)
			event_free(d->signals[i]);
	if (d->watchdog != NULL)
		event_free(d->watchdog);
	if (d->stop_look != NULL)
		event_free(d->stop_look);
	event_base_free(d->base);
	conf_free(d->conf);
	conf_free(d->previous);
	conf_free(d->coming);
	free(d->courier);
}

int daemon_run(const struct daemon_options *options)
{
	int n_passed = notify_listen_fds();
	struct daemon d = { .options = options };
	struct error err;

	log_open_journal(LOG_JOURNAL_SOCKET);
	d.conf = load(&d);
	if (d.conf == NULL)
		return 1;
	raise_descriptor_limit();
	d.courier = xasprintf("%s/tocsin-courier", options->courier_dir);
	d.base = new_base();
	watch_signals(&d);
	if (start(&d, n_passed, &err) < 0) {
		log_error("daemon", "%s", err.text);
		d.status = 1;
	} else {
		event_base_dispatch(d.base);
	}
	if (d.status == 0)
		log_kind(LOG_LEVEL_INFO, "daemon", MESSAGE_STOPPED, "stopped");
	finish(&d);
	return d.status;
}
