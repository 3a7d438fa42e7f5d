/*
 * Child processes for the couriers: posix_spawn over a socket pair, JSON lines on
 * it. A child starts with a clean signal mask and an environment without systemd's
 * variables: it must not speak for the daemon (measured: a child inherits both).
 *
 * What couriers say is read by hand, because a bufferevent reads 4 KiB at a time at
 * most: a turn then has 43 reports, however many are there (measured), and its couriers
 * 43 new deliveries.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/json_parts.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/text.h"
#include "config/transport.h"
#include "engine/courier.h"

extern char **environ;

enum { PAUSE_MIN_MS = 200, PAUSE_MAX_MS = 10000, HANG_GRACE_MS = 30000,
	WRITE_MAX = 256 * 1024,		/* at once: a turn hands over many */
	READ_MAX = 64 * 1024 };

struct courier {
	struct event_base *base;
	const char *program;
	char *transport;
	json_t *setup;			/* its channels, as the first message says them */
	struct arena *arena;		/* of the message that is being read */
	struct courier_events events;

	pid_t pid;			/* 0: not running */
	struct bufferevent *bev;	/* writes */
	struct event *readable;
	struct buf input;
	struct event *restart;
	int pause_ms;
	int generation;
	int in_flight;
	int64_t heard_at;		/* clock_boot: last result, or first send after quiet */
	int64_t longest_ms;		/* timeout of its slowest channel */
	bool ready, retiring;
	bool was_ready;			/* once, since it was made */
};

/* ---- the process --------------------------------------------------------------- */

static char **child_environment(void)
{
	size_t n = 0, i, kept = 0;
	char **env;

	while (environ[n] != NULL)
		n++;
	env = xcalloc(n + 1, sizeof(*env));
	for (i = 0; i < n; i++)
		if (!notify_is_ours(environ[i]))
			env[kept++] = environ[i];
	return env;
}

static int spawn(struct courier *c, int fd)
{
	char *argv[] = { xstrdup(c->program), c->transport, NULL };
	posix_spawn_file_actions_t files;
	char **env = child_environment();
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, TRANSPORT_FD);
	rc = posix_spawn(&c->pid, c->program, &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	free(env);
	free(argv[0]);
	if (rc != 0)
		c->pid = 0;
	return rc;
}

static void start(struct courier *c);

static void restart_later(struct courier *c)
{
	struct timeval tv = { c->pause_ms / 1000, (c->pause_ms % 1000) * 1000 };

	c->pause_ms = 2 * c->pause_ms < PAUSE_MAX_MS ? 2 * c->pause_ms : PAUSE_MAX_MS;
	event_add(c->restart, &tv);
}

static void on_restart(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	start(arg);
}

static void close_socket(struct courier *c)
{
	if (c->bev == NULL)
		return;
	event_free(c->readable);
	bufferevent_free(c->bev);
	c->bev = NULL;
	buf_clear(&c->input);
}

/* The process has ended or is to end: waits for it, so that no zombie stays. */
static void reap(struct courier *c)
{
	int status = 0;

	if (c->pid == 0)
		return;
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}

static void gone(struct courier *c)
{
	bool was_ready = c->ready;
	int in_flight = c->in_flight;

	close_socket(c);
	reap(c);
	c->ready = false;
	c->in_flight = 0;
	c->events.lost(c->events.arg, c, in_flight);
	if (c->retiring) {
		c->events.retired(c->events.arg, c);
		return;
	}
	if (was_ready)
		log_kind(LOG_LEVEL_WARNING, "courier", MESSAGE_COURIER_LOST,
			"%s ended, starting it again", c->transport);
	restart_later(c);
}

/* ---- messages ------------------------------------------------------------------ */

static void on_result(struct courier *c, const struct json_parts *message)
{
	struct courier_result result = {
		.id = json_parts_text(message, "id"),
		.outcome = json_parts_text(message, "outcome"),
		.detail = json_parts_text(message, "detail"),
		.handle = json_parts_text(message, "handle"),
	};

	json_parts_int(message, "attempt", &result.attempt);
	json_parts_int(message, "retry_after_s", &result.retry_after_s);
	if (c->in_flight > 0)
		c->in_flight--;
	c->heard_at = clock_boot();
	c->events.result(c->events.arg, c, &result);
}

static void on_message(struct courier *c, const struct json_parts *message)
{
	const char *op = json_parts_text(message, "op");

	if (op == NULL) {
		log_error("courier", "%s sent a message without an op, ignoring", c->transport);
	} else if (strcmp(op, "ready") == 0) {
		c->ready = c->was_ready = true;
		c->pause_ms = PAUSE_MIN_MS;
		c->events.ready(c->events.arg, c);
	} else if (strcmp(op, "failed") == 0) {
		const char *why = json_parts_text(message, "text");

		c->events.failed(c->events.arg, c, why != NULL ? why : "no reason given");
	} else if (strcmp(op, "result") == 0) {
		on_result(c, message);
	}
}

static void take_lines(struct courier *c)
{
	size_t taken = 0, len;
	const char *end;

	while ((end = memchr(c->input.data + taken, '\n', c->input.len - taken)) != NULL) {
		struct json_parts message;

		len = (size_t)(end - c->input.data) - taken;
		arena_reset(c->arena);
		if (json_parts_read(c->input.data + taken, len, c->arena, &message) < 0)
			log_error("courier", "%s sent what is no message, ignoring", c->transport);
		else
			on_message(c, &message);
		taken += len + 1;
	}
	buf_drain(&c->input, taken);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct courier *c = arg;
	ssize_t n = read(fd, buf_extend(&c->input, READ_MAX), READ_MAX);

	(void)what;
	buf_truncate(&c->input, c->input.len - READ_MAX + (n > 0 ? (size_t)n : 0));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	take_lines(c);
	if (n <= 0) {
		gone(c);
	} else if (c->input.len > TRANSPORT_LINE_MAX) {
		log_error("courier", "%s sent a line without an end, starting it again",
			c->transport);
		gone(c);
	}
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev;
	if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		gone(arg);
}

static void write_message(struct courier *c, const struct buf *message)
{
	bufferevent_write(c->bev, message->data, message->len);
	bufferevent_write(c->bev, "\n", 1);
}

static void write_setup(struct courier *c)
{
	struct buf message;

	json_object_set_new(c->setup, "strict", json_boolean(!c->was_ready));
	buf_init(&message, 0);
	json_write(&message, c->setup);
	write_message(c, &message);
	buf_release(&message);
}

/* The socket is half-closed once all is written: the courier hears the end, and
 * we still hear its results. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct courier *c = arg;

	if (c->retiring)
		shutdown(bufferevent_getfd(bev), SHUT_WR);
}

static void start(struct courier *c)
{
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		c->events.failed(c->events.arg, c, strerror(errno));
		restart_later(c);
		return;
	}
	evutil_make_socket_nonblocking(pair[0]);
	rc = spawn(c, pair[1]);
	close(pair[1]);
	if (rc != 0) {
		close(pair[0]);
		c->events.failed(c->events.arg, c, strerror(rc));
		if (!c->retiring)
			restart_later(c);
		return;
	}
	c->bev = bufferevent_socket_new(c->base, pair[0],
		BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	bufferevent_set_max_single_write(c->bev, WRITE_MAX);
	bufferevent_setcb(c->bev, NULL, on_written, on_event, c);
	bufferevent_disable(c->bev, EV_READ);
	bufferevent_enable(c->bev, EV_WRITE);
	c->readable = event_new(c->base, pair[0], EV_READ | EV_PERSIST, on_readable, c);
	event_add(c->readable, NULL);
	write_setup(c);
}

struct courier *courier_new(struct event_base *base, const char *program,
	const char *transport, const struct conf *conf, int generation,
	const struct courier_events *events)
{
	struct courier *c = xcalloc(1, sizeof(*c));
	struct timeval now = { 0, 0 };
	size_t i;

	c->base = base;
	c->program = program;
	c->transport = xstrdup(transport);
	c->setup = transport_setup(conf, transport);
	c->generation = generation;
	for (i = 0; i < conf->n_channels; i++)
		if (strcmp(conf->channels[i].transport, transport) == 0 &&
		    conf->channels[i].timeout_ms > c->longest_ms)
			c->longest_ms = conf->channels[i].timeout_ms;
	c->events = *events;
	c->arena = arena_new();
	buf_init(&c->input, 0);
	c->pause_ms = PAUSE_MIN_MS;
	c->restart = evtimer_new(base, on_restart, c);
	/* From the loop, so that no event comes before the caller has the courier. */
	event_add(c->restart, &now);
	return c;
}

void courier_free(struct courier *c)
{
	if (c == NULL)
		return;
	close_socket(c);
	reap(c);
	event_free(c->restart);
	free(c->transport);
	json_decref(c->setup);
	arena_free(c->arena);
	buf_release(&c->input);
	free(c);
}

const char *courier_transport(const struct courier *c)
{
	return c->transport;
}

bool courier_is_ready(const struct courier *c)
{
	return c->ready && !c->retiring;
}

bool courier_is_gone(const struct courier *c)
{
	return c->retiring && c->bev == NULL;
}

int courier_in_flight(const struct courier *c)
{
	return c->in_flight;
}

int courier_generation(const struct courier *c)
{
	return c->generation;
}

void courier_look(struct courier *c)
{
	if (c->bev == NULL || c->in_flight == 0 ||
	    clock_boot() - c->heard_at < c->longest_ms + HANG_GRACE_MS)
		return;
	log_error("courier", "%s has said nothing for too long, starting it again", c->transport);
	gone(c);
}

void courier_send(struct courier *c, const struct buf *message)
{
	write_message(c, message);
	if (c->in_flight++ == 0)
		c->heard_at = clock_boot();
}

void courier_retire(struct courier *c)
{
	c->retiring = true;
	event_del(c->restart);
	if (c->bev == NULL)
		c->events.retired(c->events.arg, c);
	else if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		shutdown(bufferevent_getfd(c->bev), SHUT_WR);
}
