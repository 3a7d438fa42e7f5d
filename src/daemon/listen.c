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
static bool is_passed(const struct conf_listen *l, int n_passed)
{
	int i;

	for (i = 0; i < n_passed; i++) {
		union address a = { 0 };
		socklen_t len = sizeof(a);

		if (getsockname(NOTIFY_FIRST_FD + i, &a.any, &len) < 0)
			continue;
		if (l->unix_path != NULL ? a.any.sa_family == AF_UNIX &&
				strcmp(a.local.sun_path, l->unix_path) == 0 :
			same_tcp(&a, l))
			return true;
	}
	return false;
}

static int take_passed(struct http_server *server, int n_passed, struct error *err)
{
	int i;

	for (i = 0; i < n_passed; i++) {
		int fd = NOTIFY_FIRST_FD + i, listening = 0;
		union address a = { 0 };
		socklen_t len = sizeof(a), size = sizeof(listening);

		if (getsockname(fd, &a.any, &len) < 0 ||
		    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || !listening)
			return error_set(err, ERROR_INVALID,
				"descriptor %d, passed in, is no listening socket", fd);
		if (http_server_listen(server, fd, a.any.sa_family == AF_UNIX, err) < 0)
			return -1;
	}
	return 0;
}

static int open_unix(struct http_server *server, const struct conf_listen *l,
	struct listening *ret, struct error *err)
{
	bool missing = false;
	int fd;

	if (http_listen_unix(l->unix_path, l->mode, l->group, &fd, &missing, err) < 0)
		return -1;
	if (missing)
		log_warning("listen", "%s: there is no group %s, ignoring", l->unix_path, l->group);
	ret->paths = xreallocarray(ret->paths, ret->n + 1, sizeof(char *));
	ret->paths[ret->n++] = xstrdup(l->unix_path);
	if (http_server_listen(server, fd, true, err) < 0)
		return -1;
	log_info("listen", "%s", l->unix_path);
	return 0;
}

static int open_tcp(struct http_server *server, const struct conf_listen *l, struct error *err)
{
	bool v6 = strchr(l->address, ':') != NULL;
	int fd, port;

	if (http_listen_tcp(l->address, l->port, &fd, &port, err) < 0 ||
	    http_server_listen(server, fd, false, err) < 0)
		return -1;
	log_info("listen", "http://%s%s%s:%d", v6 ? "[" : "", l->address, v6 ? "]" : "", port);
	return 0;
}

int listen_all(struct http_server *server, const struct conf *conf, int n_passed,
	struct listening *ret, struct error *err)
{
	size_t i;

	if (take_passed(server, n_passed, err) < 0)
		return -1;
	for (i = 0; i < conf->n_listens; i++) {
		const struct conf_listen *l = &conf->listens[i];

		if (is_passed(l, n_passed))
			continue;
		if ((l->unix_path != NULL ? open_unix(server, l, ret, err) :
			    open_tcp(server, l, err)) < 0)
			return -1;
	}
	return 0;
}

void listen_release(struct listening *listening)
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
