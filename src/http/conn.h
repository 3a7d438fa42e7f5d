/*
 * What the files of the HTTP front share: the server, its connections, and the
 * request in flight on each. Not for other folders.
 *
 * server.c owns the listeners, the limits across connections and all lists;
 * conn.c one connection's life, its deadlines and its output; stream.c how its bytes
 * come in; input.c turns them into requests; request.c what the handler sees.
 */
#ifndef TOCSIN_HTTP_CONN_H
#define TOCSIN_HTTP_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include <openssl/types.h>

#include "base/buf.h"
#include "http/address.h"
#include "http/server.h"

struct bufferevent;
struct evbuffer;
struct event;
struct evconnlistener;
struct http_conn;
struct http_listener;
struct http_tls;

enum {
	HTTP_INPUT_MAX = 64 * 1024,	/* unread bytes of one connection */
	HTTP_OUTPUT_MAX = 32 * 1024,	/* above it nothing more is taken in */
	HTTP_PIPELINE_MAX = 16,		/* requests of one connection in one turn */
	HTTP_LINGER_MS = 2000,
	HTTP_FRESH_MS = 1000,
	HTTP_DRAIN_MS = 300,		/* for a request that is on its way while we end ... */
	HTTP_DRAIN_NEW_MS = 1000,	/* ... and for the first of a connection: its sender may
					 * not repeat it, and is slow where a machine is busy */
	HTTP_SLOWEST = 128,		/* bytes of a file in a millisecond */
	HTTP_DATE_SIZE = 32,
};

/* A deadline that is not set. */
#define HTTP_NEVER INT64_MAX

struct http_server {
	struct event_base *base;
	struct http_limits limits;
	struct http_handler handler;
	LIST_HEAD(, http_listener) listeners;
	TAILQ_HEAD(http_conns, http_conn) conns;	/* the last answered first */
	struct http_conns dead;			/* freed by the reaper */
	LIST_HEAD(, http_request) requests;
	struct address_table addresses;
	struct event *reaper;
	struct event *resume;			/* accepting again after an error */
	size_t n_conns;				/* those in both lists */
	size_t n_handed;			/* requests the handler owes a reply */
	size_t n_writing;			/* replies not yet taken by the kernel */
	uint64_t body_bytes;			/* memory of all bodies */
	uint64_t guest_bytes;			/* of them, of guests */
	bool paused, draining;
	int64_t logged_at;			/* the last complaint about accept */
	int64_t refused_at;			/* the last about an address's share */
	int64_t date_s;
	char date[HTTP_DATE_SIZE];
};

enum conn_state {
	CONN_HEAD,	/* waiting for a head, or for the rest of one */
	CONN_BODY,	/* taking in the body of request */
	CONN_HANDLER,	/* request is the handler's */
	CONN_CLOSING,	/* the last reply is on its way out; input is dropped */
	CONN_LINGER,	/* our side is shut; input is dropped until the peer's is */
	CONN_DEAD,	/* waits for the reaper */
};

struct http_conn {
	TAILQ_ENTRY(http_conn) link;
	struct http_server *server;
	struct bufferevent *bev;
	SSL *ssl;		/* bev's; NULL: plain */
	struct event *readable;	/* of a plain one; NULL: bev reads */
	struct evbuffer *input;	/* bev's, or of what was read here */
	struct event *timer;
	struct http_request *request;
	struct http_peer peer;
	char *identity;		/* peer.identity */
	struct address_key key;
	bool counted;		/* key holds a place in server->addresses */
	bool processing;	/* conn_process is on the stack */
	bool woken;		/* the timer is to run conn_process */
	bool begun;		/* a head's deadline is running */
	bool reading;
	bool eof;		/* the peer has shut its side */
	enum conn_state state;
	struct http_chunked chunked;
	uint64_t body_left;
	int64_t read_due, write_due;
	int64_t armed_due;	/* when the timer will fire */
};

struct http_request {
	LIST_ENTRY(http_request) link;
	struct http_server *server;	/* NULL once the server is gone */
	struct http_conn *conn;		/* NULL once the client is gone */
	struct http_peer peer;
	const char *method, *path;
	struct http_text query;
	struct http_header *headers;	/* texts terminated, in storage */
	size_t n_headers;
	struct buf body;
	uint64_t body_max;
	struct buf reply_headers;
	void *data;
	int minor;
	bool chunked;
	char *identity;			/* peer.identity; its connection may go first */
	bool handed;			/* to the handler's second callback */
	bool guest;
	bool close;
	char storage[];
};

/* ---- server.c ---- */
int64_t http_now(void);		/* milliseconds, monotonic */
const char *http_date(struct http_server *server);
void http_server_reap(struct http_server *server, struct http_conn *c);
/* It was answered, and is the last that one would give up. */
void http_server_touch(struct http_server *server, struct http_conn *c);
/* A connection that was accepted; key NULL: nobody's in particular. At the limit others
 * are given up for it. Takes fd over. */
void http_server_take(struct http_server *server, int fd, const struct http_peer *peer,
	const struct address_key *key, struct http_tls *tls);

/* ---- conn.c ---- */
/* Takes fd over. */
void conn_new(struct http_server *server, int fd, const struct http_peer *peer,
	const struct address_key *key, struct http_tls *tls);
void conn_free(struct http_conn *c);	/* by the reaper alone */
void conn_close(struct http_conn *c);
void conn_drain(struct http_conn *c);
/* Waits it for a request, or for the rest of one? */
bool conn_is_idle(const struct http_conn *c);
bool conn_is_waiting(const struct http_conn *c);
/* Gives up one that waits; half a request is told to come again. */
void conn_shed(struct http_conn *c);
void conn_write(struct http_conn *c, struct iovec *iov, int n);
/* Behind what was written; fd is taken over. */
void conn_write_file(struct http_conn *c, int fd, uint64_t len);
/* Refuses with a body of our own, and closes. */
void conn_refuse(struct http_conn *c, int status);
/* The reply to the request in flight has been written. */
void conn_answered(struct http_conn *c, bool last);
bool conn_choked(const struct http_conn *c);
void conn_wake(struct http_conn *c);
void conn_set_reading(struct http_conn *c, bool on);
void conn_set_read_due(struct http_conn *c, int64_t due);

/* Something is in input; the peer has shut its side. */
void conn_has_read(struct http_conn *c);
void conn_has_ended(struct http_conn *c);

/* ---- stream.c ---- */
/* Makes c->bev and c->input for c->ssl or the plain descriptor, which is taken over. */
void stream_open(struct http_conn *c, int fd);
void stream_read(struct http_conn *c, bool on);
void stream_free(struct http_conn *c);

/* ---- input.c ---- */
/* Takes in what has arrived, as far as the state allows. */
void conn_process(struct http_conn *c);

/* ---- request.c ---- */
/* NULL with a status when the target is refused. */
struct http_request *request_new(struct http_conn *c, const struct http_head *head,
	const char *bytes, int *ret_status);
void request_free(struct http_request *req);
struct http_answer {
	int status;
	const char *content_type;	/* NULL: none */
	const struct buf *headers;	/* whole lines */
	const void *body;
	size_t len;
	int fd;				/* with body NULL: where it is */
	bool with_body;			/* false: only its length is told, for HEAD */
	bool keep_alive;
	int minor;			/* of the request */
};
void reply_send(struct http_conn *c, const struct http_answer *a);

#endif
