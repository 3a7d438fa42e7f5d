/* The sockets of the daemon: passed in by systemd, else opened as configured. */
#ifndef TOCSIN_DAEMON_LISTEN_H
#define TOCSIN_DAEMON_LISTEN_H

#include "base/error.h"
#include "config/conf.h"
#include "http/server.h"
#include "http/tls.h"

/* Paths of Unix sockets that we made and must remove; certificates of listeners. */
struct listening {
	char **paths;
	size_t n;
	struct http_tls **tls;
	size_t n_tls;
};

/* n_passed: what notify_listen_fds found. Each passed socket is taken as it is;
 * the configuration's own are opened where none was passed for them. */
int listen_all(struct http_server *server, const struct conf *conf, int n_passed,
	struct listening *ret, struct error *err);
/* After the server that listens is gone. */
void listen_release(struct listening *listening);
/* Before it stops listening: nobody finds the sockets any more. */
void listen_unlink(struct listening *listening);
/* Certificates are read again; one that cannot be is logged, and the old one stays. */
void listen_reload_tls(const struct listening *listening);
/* Can every certificate be used? *err with file and line of the listener if not. */
bool listen_check_tls(const struct conf *conf, struct error *err);

#endif
