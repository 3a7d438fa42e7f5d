/*
 * The HTTP/1.1 front: listeners, connections, limits and deadlines on libevent's
 * bufferevents. It knows no route; it hands complete requests to one handler and
 * takes a reply for each, now or later.
 *
 * Why not evhttp or libmicrohttpd: of 168 hostile or odd inputs each of them lets
 * some through that could smuggle a second request, and neither can bound a
 * request that trickles (measured on Debian 12).
 */
#ifndef TOCSIN_HTTP_SERVER_H
#define TOCSIN_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "http/parser.h"

struct event_base;
struct http_server;
struct http_request;
struct http_tls;

struct http_limits {
	uint64_t body_max;		/* bytes of one body (handler may lower it) */
	uint64_t body_total_max;	/* bytes of all bodies in memory */
	int head_timeout_ms;		/* absolute, from accept or a head's first byte */
	int body_timeout_ms;		/* absolute, from the end of the head */
	int idle_timeout_ms;		/* keep-alive without a byte */
	int write_timeout_ms;		/* a reply that is not read */
	unsigned int connections_max;
	unsigned int connections_per_address;	/* IPv6: per /64; loopback exempt */
	bool (*exempt)(void *arg, const char *address);	/* from that; NULL: nobody else */
	void *exempt_arg;
};
extern const struct http_limits http_limits_default;

/* Who is at the other end. */
struct http_peer {
	bool local;		/* Unix socket: uid and gid are the kernel's word */
	bool proxy;		/* a proxy on a Unix socket of its own: uid and gid are its */
	bool tls;		/* over TLS that ends here */
	uid_t uid;
	gid_t gid;
	pid_t pid;
	char address[64];	/* of a TCP peer, without the port */
	const char *identity;	/* subject of the certificate he has shown, as RFC 4514 has
				 * it; NULL: none */
};

/*
 * Called twice for each request: first when the head is there (body NULL), to
 * refuse early or to set the body's limit; then when the body is complete. From
 * the second call until http_reply the request belongs to the handler, which
 * must answer exactly once, at once or later, whether or not the client is still
 * there. What the first call puts into http_request_set_data must need no
 * release: between the two calls the request may go without a word.
 */
struct http_handler {
	/* Return 0 to go on; the largest body allowed may be lowered or raised
	 * through *body_max. Return -1 after an http_reply: refused, the
	 * connection closes after the reply. */
	int (*head)(void *arg, struct http_request *req, uint64_t *body_max);
	void (*request)(void *arg, struct http_request *req);
	void *arg;
};

/* The program must ignore SIGPIPE. */
struct http_server *http_server_new(struct event_base *base, const struct http_limits *limits,
	const struct http_handler *handler);
enum http_listen_kind {
	HTTP_LISTEN_TCP, HTTP_LISTEN_LOCAL,
	HTTP_LISTEN_PROXY,	/* a Unix socket for a proxy */
};
struct http_listen {
	enum http_listen_kind kind;
	bool shared;		/* somebody else has the socket too, and serves it after us */
	struct http_tls *tls;	/* http/tls.h; NULL: none. Outlives the server */
};
/* A bound, listening, non-blocking socket; the server owns it from here. */
int http_server_listen(struct http_server *server, int fd, const struct http_listen *how,
	struct error *err);
/* The end is near: a connection is closed after its next reply. Nothing more is taken
 * from a shared socket: what it holds is for who comes after. */
void http_server_last_call(struct http_server *server);
/* No connection begins any more; those that are being made are made. Some time (a round
 * trip) before http_server_drain, which does it too. */
void http_server_shut(struct http_server *server);
/*
 * The end: every connection that the kernel has already made is taken in, then no more
 * are; a connection is closed after its next reply, or in a moment without a request.
 */
void http_server_drain(struct http_server *server);
/* Requests handed out and not yet fully answered; while draining, also connections that
 * may still bring one. */
size_t http_server_busy(const struct http_server *server);
size_t http_server_connections(const struct http_server *server);
/* Closes everything. Requests not yet answered stay valid until answered. */
void http_server_free(struct http_server *server);

/* Opening listening sockets. Numeric address only; port 0: a free one, put into
 * *ret_port. A Unix path: a stale socket is replaced, a live one refused; group
 * NULL or "": left as it is; a group that does not exist is told by
 * *ret_group_missing, not an error. */
int http_listen_tcp(const char *address, int port, int *ret_fd, int *ret_port, struct error *err);
int http_listen_unix(const char *path, unsigned int mode, const char *group,
	int *ret_fd, bool *ret_group_missing, struct error *err);

/* What was asked. Texts live until http_reply. */
const char *http_request_method(const struct http_request *req);
const char *http_request_path(const struct http_request *req);	/* decoded */
const struct http_text *http_request_query(const struct http_request *req);
/* NULL when absent; terminated. Of several the first. */
const char *http_request_header(const struct http_request *req, const char *name);
/* The same, but NULL when it was given more than once: for what decides who it is. */
const char *http_request_header_once(const struct http_request *req, const char *name);
/* In the first callback: nobody vouches for this one before its body is there. Bodies
 * of such requests together get a quarter of body_total_max. */
void http_request_is_guest(struct http_request *req);
/* Header number i as it came; false behind the last. The value is terminated. */
bool http_request_header_at(const struct http_request *req, size_t i,
	const struct http_text **ret_name, const char **ret_value);
const char *http_request_body(const struct http_request *req, size_t *ret_len);
const struct http_peer *http_request_peer(const struct http_request *req);
/* A place for the handler's own pointer. */
void http_request_set_data(struct http_request *req, void *data);
void *http_request_data(const struct http_request *req);

/* Adds a header to the coming reply; name and value without CR, LF, NUL. */
void http_reply_header(struct http_request *req, const char *name, const char *value);
/* Closes the connection after the reply. */
void http_reply_close(struct http_request *req);
/* Answers: the body is copied; for HEAD only its length is sent. The request is
 * gone afterwards. */
void http_reply(struct http_request *req, int status, const char *content_type,
	const void *body, size_t len);
/* The same, the body from a file of that length, which is closed here. */
void http_reply_file(struct http_request *req, int status, const char *content_type, int fd,
	uint64_t len);
const char *http_reason(int status);

#endif
