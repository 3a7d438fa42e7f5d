/* The sockets of the daemon: passed in by systemd, else opened as configured. */
#ifndef TOCSIN_DAEMON_LISTEN_H
#define TOCSIN_DAEMON_LISTEN_H

#include "base/error.h"
#include "config/conf.h"
#include "http/server.h"

/* Paths of Unix sockets that we made and must remove. */
struct listening {
	char **paths;
	size_t n;
};

/* n_passed: what notify_listen_fds found. Each passed socket is taken as it is;
 * the configuration's own are opened where none was passed for them. */
int listen_all(struct http_server *server, const struct conf *conf, int n_passed,
	struct listening *ret, struct error *err);
void listen_release(struct listening *listening);

#endif
