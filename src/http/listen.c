/*
 * Opening listening sockets: see server.h. Each is bound to one numeric address
 * and one family; nothing here asks a resolver. A Unix socket is never open to
 * more people than configured, not even between bind and chmod: it is made with
 * no permissions at all and listens only when they are right.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "http/server.h"

enum { BACKLOG = 4096 };	/* the kernel cuts it at net.core.somaxconn */

static int port_of(int fd)
{
	struct sockaddr_storage ss;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) < 0)
		return 0;
	if (ss.ss_family == AF_INET6) {
		memcpy(&in6, &ss, sizeof(in6));
		return ntohs(in6.sin6_port);
	}
	memcpy(&in, &ss, sizeof(in));
	return ntohs(in.sin_port);
}

static int bind_tcp(const struct addrinfo *ai)
{
	int fd, on = 1, saved;

	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* A restart must not wait for the old connections' TIME_WAIT. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* "::" means IPv6 alone; IPv4 is a listener of its own. */
	if ((ai->ai_family != AF_INET6 ||
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int http_listen_tcp(const char *address, int port, int *ret_fd, int *ret_port,
	struct error *err)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct in_addr v4;
	struct addrinfo *ai;
	char service[16];
	int fd;

	if (port < 0 || port > 65535)
		return error_set(err, ERROR_INVALID, "port %d: not between 0 and 65535", port);
	snprintf(service, sizeof(service), "%d", port);
	/* getaddrinfo also takes "*" and the old spellings "127.1" and "0177.0.0.1". */
	if ((strchr(address, ':') == NULL && inet_pton(AF_INET, address, &v4) != 1) ||
	    getaddrinfo(address, service, &hints, &ai) != 0)
		return error_set(err, ERROR_INVALID, "%s: not an IPv4 or IPv6 address",
			address);
	fd = bind_tcp(ai);
	freeaddrinfo(ai);
	if (fd < 0)
		return error_set(err, errno == EADDRINUSE ? ERROR_CONFLICT : ERROR_IO,
			"cannot listen on %s port %d: %s", address, port, strerror(errno));
	*ret_fd = fd;
	*ret_port = port_of(fd);
	return 0;
}

/* Takes away what a dead process has left; whatever else is there is refused. */
static int remove_stale(const char *path, const struct sockaddr_un *addr, struct error *err)
{
	struct stat st;
	int fd, rc, saved;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 :
			error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, ERROR_CONFLICT, "%s exists and is no socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, ERROR_IO, "socket: %s", strerror(errno));
	rc = connect(fd, (const struct sockaddr *)addr, sizeof(*addr));
	saved = errno;
	close(fd);
	/* EAGAIN: its queue is full, so somebody listens. */
	if (rc == 0 || saved == EAGAIN)
		return error_set(err, ERROR_CONFLICT, "%s: another process listens on it",
			path);
	if (saved != ECONNREFUSED)
		return error_set(err, ERROR_IO, "%s: %s", path, strerror(saved));
	if (unlink(path) < 0 && errno != ENOENT)
		return error_set(err, ERROR_IO, "cannot remove the stale socket %s: %s", path,
			strerror(errno));
	return 0;
}

/* The number of a group; (gid_t)-1, which chown leaves alone, when there is none. */
static gid_t group_number(const char *name)
{
	enum { SIZE = 64 * 1024 };	/* groups with many members */
	char *buf = xmalloc(SIZE);
	struct group group, *found = NULL;
	gid_t gid = (gid_t)-1;

	if (getgrnam_r(name, &group, buf, SIZE, &found) == 0 && found != NULL)
		gid = group.gr_gid;
	free(buf);
	return gid;
}

static bool has_group(const char *path, gid_t gid)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_gid == gid;
}

static int open_up(const char *path, unsigned int mode, const char *group,
	bool *ret_group_missing, struct error *err)
{
	gid_t gid = (gid_t)-1;

	*ret_group_missing = false;
	if (group != NULL && group[0] != '\0') {
		gid = group_number(group);
		*ret_group_missing = gid == (gid_t)-1;
	}
	/* Under the hardened unit chown(2) is refused even where it would change
	 * nothing, as when the daemon's own group is the socket's. */
	if (gid != (gid_t)-1 && !has_group(path, gid) && lchown(path, (uid_t)-1, gid) < 0)
		return error_set(err, ERROR_IO, "cannot give %s to group %s: %s%s", path, group,
			strerror(errno), errno == EPERM ?
			" (a socket unit of systemd can: tocsind(8), TLS AND PROXIES)" : "");
	if (chmod(path, mode & 0777) < 0)
		return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	return 0;
}

int http_listen_unix(const char *path, unsigned int mode, const char *group,
	int *ret_fd, bool *ret_group_missing, struct error *err)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	mode_t mask;
	int fd, rc;

	if (len == 0 || len >= sizeof(addr.sun_path))
		return error_set(err, ERROR_INVALID,
			"socket path \"%s\": must have 1 to %zu bytes", path,
			sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, len);
	if (remove_stale(path, &addr, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_set(err, ERROR_IO, "socket: %s", strerror(errno));
	mask = umask(0777);
	rc = bind(fd, (const struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (rc < 0) {
		error_set(err, errno == EADDRINUSE ? ERROR_CONFLICT : ERROR_IO,
			"cannot make the socket %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	rc = open_up(path, mode, group, ret_group_missing, err);
	if (rc == 0 && listen(fd, BACKLOG) < 0)
		rc = error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	if (rc < 0) {
		unlink(path);
		close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}
