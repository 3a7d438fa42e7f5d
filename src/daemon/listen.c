/*
 * Listening sockets. Under systemd's socket activation the sockets exist before
 * the daemon and outlive it, so no connection is refused during a restart; which
 * is which is asked of the kernel, because the order in which they are passed is
 * not stable (measured).
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "base/notify.h"
#include "base/text.h"
#include "daemon/listen.h"

union address {
	struct sockaddr any;
	struct sockaddr_un local;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool same_tcp(const union address *a, const struct conf_listen *l)
{
	unsigned char raw[sizeof(struct in6_addr)];

	if (a->any.sa_family == AF_INET)
		return inet_pton(AF_INET, l->address, raw) == 1 && ntohs(a->v4.sin_port) == l->port &&
			memcmp(&a->v4.sin_addr, raw, sizeof(a->v4.sin_addr)) == 0;
	if (a->any.sa_family == AF_INET6)
		return inet_pton(AF_INET6, l->address, raw) == 1 &&
			ntohs(a->v6.sin6_port) == l->port &&
			memcmp(&a->v6.sin6_addr, raw, sizeof(a->v6.sin6_addr)) == 0;
	return false;
}

/* Is this passed socket the one that the configuration means? */
static bool same_socket(const union address *a, const struct conf_listen *l)
{
	if (l->unix_path == NULL)
		return same_tcp(a, l);
	return a->any.sa_family == AF_UNIX && strcmp(a->local.sun_path, l->unix_path) == 0;
}

static bool is_passed(const struct conf_listen *l, int n_passed)
{
	int i;

	for (i = 0; i < n_passed; i++) {
		union address a = { 0 };
		socklen_t len = sizeof(a);

		if (getsockname(NOTIFY_FIRST_FD + i, &a.any, &len) == 0 && same_socket(&a, l))
			return true;
	}
	return false;
}

/* The certificate of a listener, made and kept. */
static int make_tls(const struct conf_listen *l, struct listening *ret, struct http_tls **tls,
	struct error *err)
{
	*tls = NULL;
	if (l->certificate == NULL)
		return 0;
	*tls = http_tls_new(l->certificate, l->key, l->client_ca, err);
	if (*tls == NULL)
		return -1;
	ret->tls = xreallocarray(ret->tls, ret->n_tls + 1, sizeof(struct http_tls *));
	ret->tls[ret->n_tls++] = *tls;
	return 0;
}

/* What the configuration says of a socket that systemd has made; nothing of one that it
 * does not name: plain, and on a Unix socket everybody is admin. */
static int how_passed(const union address *a, const struct conf *conf, struct listening *ret,
	struct http_listen *how, struct error *err)
{
	size_t i;

	*how = (struct http_listen){ .shared = true,
		.kind = a->any.sa_family == AF_UNIX ? HTTP_LISTEN_LOCAL : HTTP_LISTEN_TCP };
	for (i = 0; i < conf->n_listens; i++) {
		if (!same_socket(a, &conf->listens[i]))
			continue;
		if (conf->listens[i].from_proxy)
			how->kind = HTTP_LISTEN_PROXY;
		return make_tls(&conf->listens[i], ret, &how->tls, err);
	}
	return 0;
}

static int take_passed(struct http_server *server, const struct conf *conf, int n_passed,
	struct listening *ret, struct error *err)
{
	struct http_listen how;
	int i;

	for (i = 0; i < n_passed; i++) {
		int fd = NOTIFY_FIRST_FD + i, listening = 0;
		union address a = { 0 };
		socklen_t len = sizeof(a), size = sizeof(listening);

		if (getsockname(fd, &a.any, &len) < 0 ||
		    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening)
			return error_set(err, ERROR_INVALID,
				"descriptor %d, passed in, is no listening socket", fd);
		if (how_passed(&a, conf, ret, &how, err) < 0 ||
		    http_server_listen(server, fd, &how, err) < 0)
			return -1;
	}
	return 0;
}

static int open_unix(struct http_server *server, const struct conf_listen *l,
	struct listening *ret, struct error *err)
{
	const struct http_listen how = {
		.kind = l->from_proxy ? HTTP_LISTEN_PROXY : HTTP_LISTEN_LOCAL };
	bool missing = false;
	int fd;

	if (http_listen_unix(l->unix_path, l->mode, l->group, &fd, &missing, err) < 0)
		return -1;
	if (missing)
		log_warning("listen", "%s: there is no group %s, ignoring", l->unix_path, l->group);
	ret->paths = xreallocarray(ret->paths, ret->n + 1, sizeof(char *));
	ret->paths[ret->n++] = xstrdup(l->unix_path);
	if (http_server_listen(server, fd, &how, err) < 0)
		return -1;
	log_info("listen", "%s", l->unix_path);
	return 0;
}

static int open_tcp(struct http_server *server, const struct conf_listen *l,
	struct listening *ret, struct error *err)
{
	struct http_listen how = { .kind = HTTP_LISTEN_TCP };
	bool v6 = strchr(l->address, ':') != NULL;
	int fd, port;

	if (make_tls(l, ret, &how.tls, err) < 0 ||
	    http_listen_tcp(l->address, l->port, &fd, &port, err) < 0 ||
	    http_server_listen(server, fd, &how, err) < 0)
		return -1;
	log_info("listen", "%s://%s%s%s:%d", how.tls != NULL ? "https" : "http", v6 ? "[" : "",
		l->address, v6 ? "]" : "", port);
	return 0;
}

int listen_all(struct http_server *server, const struct conf *conf, int n_passed,
	struct listening *ret, struct error *err)
{
	size_t i;

	if (take_passed(server, conf, n_passed, ret, err) < 0)
		return -1;
	for (i = 0; i < conf->n_listens; i++) {
		const struct conf_listen *l = &conf->listens[i];

		if (is_passed(l, n_passed))
			continue;
		if ((l->unix_path != NULL ? open_unix(server, l, ret, err) :
			    open_tcp(server, l, ret, err)) < 0)
			return -1;
	}
	return 0;
}

void listen_unlink(struct listening *listening)
{
	size_t i;

	for (i = 0; i < listening->n; i++) {
		unlink(listening->paths[i]);
		free(listening->paths[i]);
	}
	free(listening->paths);
	listening->paths = NULL;
	listening->n = 0;
}

void listen_release(struct listening *listening)
{
	size_t i;

	listen_unlink(listening);
	for (i = 0; i < listening->n_tls; i++)
		http_tls_free(listening->tls[i]);
	free(listening->tls);
	listening->tls = NULL;
	listening->n_tls = 0;
}

void listen_reload_tls(const struct listening *listening)
{
	struct error err;
	size_t i;

	for (i = 0; i < listening->n_tls; i++)
		if (http_tls_reload(listening->tls[i], &err) < 0)
			log_error("listen", "%s; the certificate from before goes on", err.text);
}

bool listen_check_tls(const struct conf *conf, struct error *err)
{
	size_t i;

	for (i = 0; i < conf->n_listens; i++) {
		const struct conf_listen *l = &conf->listens[i];
		struct http_tls *tls;

		if (l->certificate == NULL)
			continue;
		tls = http_tls_new(l->certificate, l->key, l->client_ca, err);
		if (tls == NULL) {
			text_copy(err->file, sizeof(err->file), l->place.file);
			err->line = l->place.line;
			return false;
		}
		http_tls_free(tls);
	}
	return true;
}
