/*
 * The server: see server.h. It owns what belongs to no single connection: the
 * listeners and when they accept, the counts and budgets, and the lists of all
 * connections and requests.
 *
 * A connection that ends is put on the dead list and freed by the reaper event,
 * so that nothing is freed while one of its own callbacks is on the stack; only
 * then does its place count as free and the listeners go on.
 */
#include "config.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "http/conn.h"

enum {
	ACCEPT_PAUSE_MS = 250,
	SHED_PART = 64,		/* of all connections, at once */
	/* Places above connections_max for the local socket, so that a flood from
	 * the network does not lock the operator out. */
	LOCAL_RESERVE = 64,
};

const struct http_limits http_limits_default = {
	.body_max = 1024 * 1024,
	.body_total_max = 256 * 1024 * 1024,
	.head_timeout_ms = 10 * SECOND_MS,
	.body_timeout_ms = 60 * SECOND_MS,
	.idle_timeout_ms = 75 * SECOND_MS,
	.write_timeout_ms = 60 * SECOND_MS,
	.connections_max = 16384,
	.connections_per_address = 256,
};

struct http_listener {
	LIST_ENTRY(http_listener) link;
	struct http_server *server;
	struct evconnlistener *lev;
	struct http_listen how;
	bool enabled;
};

int64_t http_now(void)
{
	return clock_monotonic_us() / 1000;
}

/* RFC 9110, section 5.6.7; made once a second, in no locale. */
const char *http_date(struct http_server *server)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t now_s = clock_wall() / SECOND_MS;
	struct civil c;

	if (server->date_s == now_s)
		return server->date;
	civil_from_ms(now_s * SECOND_MS, &c);
	snprintf(server->date, sizeof(server->date), "%s, %02d %s %04d %02d:%02d:%02d GMT",
		days[civil_weekday(civil_days(c.year, c.month, c.day))], c.day,
		months[c.month - 1], c.year, c.hour, c.minute, c.second);
	server->date_s = now_s;
	return server->date;
}

/* Makes each listener accept or not, as the present state wants it. */
static void update_listeners(struct http_server *server)
{
	struct http_listener *l;

	LIST_FOREACH(l, &server->listeners, link) {
		size_t max = server->limits.connections_max + (l->how.kind == HTTP_LISTEN_LOCAL ?
			LOCAL_RESERVE : 0u);
		bool want = !server->paused && server->n_conns < max;

		if (want == l->enabled)
			continue;
		if (want)
			evconnlistener_enable(l->lev);
		else
			evconnlistener_disable(l->lev);
		l->enabled = want;
	}
}

static void reap_all(struct http_server *server)
{
	while (!TAILQ_EMPTY(&server->dead)) {
		struct http_conn *c = TAILQ_FIRST(&server->dead);

		TAILQ_REMOVE(&server->dead, c, link);
		if (c->counted)
			address_table_give(&server->addresses, &c->key);
		conn_free(c);
		server->n_conns--;
	}
}

static void on_reap(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *server = arg;

	(void)fd;
	(void)what;
	reap_all(server);
	update_listeners(server);
}

void http_server_reap(struct http_server *server, struct http_conn *c)
{
	TAILQ_REMOVE(&server->conns, c, link);
	TAILQ_INSERT_HEAD(&server->dead, c, link);
	event_active(server->reaper, EV_TIMEOUT, 0);
}

void http_server_touch(struct http_server *server, struct http_conn *c)
{
	TAILQ_REMOVE(&server->conns, c, link);
	TAILQ_INSERT_HEAD(&server->conns, c, link);
}

/* ---- giving up connections ----------------------------------------------------------- */

typedef bool may_shed_fn(const struct http_conn *c);

/* The most that an address holds of all that has such connections. */
static unsigned int largest_share(struct http_server *server, may_shed_fn *may)
{
	const struct http_conn *c;
	unsigned int n, largest = 0;

	TAILQ_FOREACH(c, &server->conns, link) {
		if (!c->counted || !may(c))
			continue;
		n = address_table_count(&server->addresses, &c->key);
		if (n > largest)
			largest = n;
	}
	return largest;
}

static bool shed_some(struct http_server *server, may_shed_fn *may)
{
	unsigned int share = largest_share(server, may);
	size_t left = 1 + server->limits.connections_max / SHED_PART;
	struct http_conn *c, *before;
	bool any = false;

	for (c = TAILQ_LAST(&server->conns, http_conns); c != NULL && left > 0; c = before) {
		before = TAILQ_PREV(c, http_conns, link);
		if (!c->counted || !may(c) ||
		    2 * address_table_count(&server->addresses, &c->key) <= share)
			continue;
		conn_shed(c);
		any = true;
		left--;
	}
	return any;
}

/*
 * There is no room. Those go that wait for nothing but a next request, then those that
 * are slow to send one; of either the oldest, and only of addresses that hold more than
 * half of what the largest does. So a crowd from one place makes room for others, and
 * never the other way round. Several at a time: looking costs more than closing.
 * Loopback, proxies and the local socket are nobody's crowd.
 */
static void shed(struct http_server *server)
{
	if (!shed_some(server, conn_is_idle))
		shed_some(server, conn_is_waiting);
}

/* ---- accepting ----------------------------------------------------------------------- */

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *server = arg;

	(void)fd;
	(void)what;
	server->paused = false;
	update_listeners(server);
}

/* Out of descriptors or memory. The pending connection stays in the kernel's
 * queue and the socket readable, so without a pause the loop would spin. */
static void on_accept_error(struct evconnlistener *lev, void *arg)
{
	struct http_listener *l = arg;
	struct http_server *server = l->server;
	struct timeval pause = { 0, ACCEPT_PAUSE_MS * 1000 };
	int64_t now = http_now();
	int error = EVUTIL_SOCKET_ERROR();

	(void)lev;
	server->paused = true;
	shed(server);
	update_listeners(server);
	event_add(server->resume, &pause);
	if (server->logged_at == TIME_NONE || now - server->logged_at >= MINUTE_MS) {
		server->logged_at = now;
		log_warning("http", "cannot accept connections: %s, retrying",
			strerror(error));
	}
}

static bool peer_credentials(int fd, struct http_peer *ret)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	ret->uid = cred.uid;
	ret->gid = cred.gid;
	ret->pid = cred.pid;
	return true;
}

void http_server_take(struct http_server *server, int fd, const struct http_peer *peer,
	const struct address_key *key, struct http_tls *tls)
{
	if (server->n_conns + 1 >= server->limits.connections_max)
		shed(server);
	server->n_conns++;
	conn_new(server, fd, peer, key, tls);
	update_listeners(server);
}

/* False: its address has had its share. */
static bool take_place(struct http_server *server, const struct http_peer *peer,
	const struct address_key *key)
{
	unsigned int max = server->limits.connections_per_address;
	int64_t now;

	if (address_table_take(&server->addresses, key, max))
		return true;
	now = http_now();
	if (server->refused_at == TIME_NONE || now - server->refused_at >= MINUTE_MS) {
		server->refused_at = now;
		log_warning("http", "%s has %u connections, refusing more of them", peer->address,
			max);
	}
	return false;
}

/* Takes fd over. */
static void accept_tcp(struct http_listener *l, int fd, const struct sockaddr *sa)
{
	struct http_server *server = l->server;
	const struct http_limits *limits = &server->limits;
	struct http_peer peer = { .local = false };
	struct address_key key;
	bool counted;
	int on = 1;

	address_text(sa, peer.address, sizeof(peer.address));
	counted = address_key_of(sa, &key) && (limits->exempt == NULL ||
		!limits->exempt(limits->exempt_arg, peer.address));
	if (counted && !take_place(server, &peer, &key)) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	http_server_take(server, fd, &peer, counted ? &key : NULL, l->how.tls);
}

static void accept_local(struct http_listener *l, int fd)
{
	struct http_peer peer = { .local = false };

	if (!peer_credentials(fd, &peer)) {
		close(fd);
		return;
	}
	peer.local = l->how.kind == HTTP_LISTEN_LOCAL;
	peer.proxy = !peer.local;
	http_server_take(l->server, fd, &peer, NULL, NULL);
}

static void on_accept(struct evconnlistener *lev, evutil_socket_t fd, struct sockaddr *sa,
	int len, void *arg)
{
	struct http_listener *l = arg;

	(void)lev;
	(void)len;
	if (l->how.kind == HTTP_LISTEN_TCP)
		accept_tcp(l, fd, sa);
	else
		accept_local(l, fd);
}

struct http_server *http_server_new(struct event_base *base, const struct http_limits *limits,
	const struct http_handler *handler)
{
	struct http_server *server = xcalloc(1, sizeof(*server));

	server->base = base;
	server->limits = *limits;
	server->handler = *handler;
	server->logged_at = server->refused_at = TIME_NONE;
	LIST_INIT(&server->listeners);
	TAILQ_INIT(&server->conns);
	TAILQ_INIT(&server->dead);
	LIST_INIT(&server->requests);
	address_table_init(&server->addresses);
	server->reaper = event_new(base, -1, 0, on_reap, server);
	server->resume = evtimer_new(base, on_resume, server);
	if (server->reaper == NULL || server->resume == NULL)
		abort();	/* as in base/alloc.h: there is no memory */
	return server;
}

int http_server_listen(struct http_server *server, int fd, const struct http_listen *how,
	struct error *err)
{
	unsigned int flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC;
	struct http_listener *l = xcalloc(1, sizeof(*l));

	l->server = server;
	l->how = *how;
	l->enabled = true;
	/* Backlog 0: it listens already, perhaps by socket activation. */
	l->lev = evconnlistener_new(server->base, on_accept, l, flags, 0, fd);
	if (l->lev == NULL) {
		free(l);
		close(fd);
		return error_set(err, ERROR_IO, "cannot watch a listening socket: %s",
			strerror(errno));
	}
	evconnlistener_set_error_cb(l->lev, on_accept_error);
	LIST_INSERT_HEAD(&server->listeners, l, link);
	update_listeners(server);
	return 0;
}

static void close_listener(struct http_listener *l)
{
	LIST_REMOVE(l, link);
	evconnlistener_free(l->lev);
	free(l);
}

static void close_listeners(struct http_server *server)
{
	while (!LIST_EMPTY(&server->listeners))
		close_listener(LIST_FIRST(&server->listeners));
}

/*
 * What is in the kernel's queue when a listening socket is closed is reset, after its
 * peer was told that it is connected. So a filter lets no handshake begin any more
 * (socket(7), SO_ATTACH_FILTER): a peer that is just connecting asks again and is
 * refused, which every sender takes for what it is. Those that have begun are let end,
 * which is why the door is shut some time before the queue is emptied: what drops the last
 * segment of a handshake resets a peer that believes it is connected (measured: one in
 * 800 on a busy machine). A Unix socket has no such moment if its path is gone by now.
 */
static void shut_door(struct http_listener *l)
{
	enum { FLAGS_AT = 13, SYN = 0x02, ACK = 0x10 };	/* RFC 9293 section 3.1 */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, FLAGS_AT),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SYN | ACK),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog filter = { ARRAY_LEN(code), code };

	if (l->how.kind == HTTP_LISTEN_TCP)
		setsockopt(evconnlistener_get_fd(l->lev), SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			sizeof(filter));
}

static void empty_queue(struct http_listener *l)
{
	int listening = evconnlistener_get_fd(l->lev);
	struct sockaddr_storage ss;

	for (;;) {
		socklen_t len = sizeof(ss);
		int fd = accept4(listening, (struct sockaddr *)&ss, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0)
			on_accept(l->lev, fd, (struct sockaddr *)&ss, (int)len, l);
		else if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

void http_server_last_call(struct http_server *server)
{
	struct http_listener *l, *next;

	server->draining = true;
	for (l = LIST_FIRST(&server->listeners); l != NULL; l = next) {
		next = LIST_NEXT(l, link);
		if (l->how.shared)
			close_listener(l);
	}
}

void http_server_shut(struct http_server *server)
{
	struct http_listener *l;

	http_server_last_call(server);
	LIST_FOREACH(l, &server->listeners, link)
		shut_door(l);
}

void http_server_drain(struct http_server *server)
{
	struct http_conn *c, *next;
	struct http_listener *l;

	http_server_shut(server);
	LIST_FOREACH(l, &server->listeners, link)
		empty_queue(l);
	close_listeners(server);
	for (c = TAILQ_FIRST(&server->conns); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		conn_drain(c);
	}
}

size_t http_server_busy(const struct http_server *server)
{
	size_t busy = server->n_handed + server->n_writing;
	const struct http_conn *c;

	if (server->draining)
		TAILQ_FOREACH(c, &server->conns, link)
			busy += conn_is_waiting(c);
	return busy;
}

size_t http_server_connections(const struct http_server *server)
{
	return server->n_conns;
}

void http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	close_listeners(server);
	while (!TAILQ_EMPTY(&server->conns))
		conn_close(TAILQ_FIRST(&server->conns));
	reap_all(server);
	while (!LIST_EMPTY(&server->requests)) {
		struct http_request *req = LIST_FIRST(&server->requests);

		LIST_REMOVE(req, link);
		req->server = NULL;
	}
	address_table_release(&server->addresses);
	event_free(server->reaper);
	event_free(server->resume);
	free(server);
}
