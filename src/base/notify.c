/* systemd's notify and socket-activation protocols: see notify.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/notify.h"
#include "base/text.h"

void notify_send(const char *fmt, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char text[1024];
	size_t len;
	va_list ap;
	int fd, n;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = (int)sizeof(text) - 1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* A lost notification is not worth an error: systemd's own timers notice. */
	(void)!sendto(fd, text, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&addr,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

static int64_t env_number(const char *name)
{
	const char *text = getenv(name);
	int64_t value;

	if (text == NULL || text_int64(text, 0, INT64_MAX, &value) < 0)
		return -1;
	return value;
}

int64_t notify_watchdog_ms(void)
{
	int64_t usec = env_number("WATCHDOG_USEC"), pid = env_number("WATCHDOG_PID");

	if (usec <= 0 || (pid >= 0 && pid != getpid()))
		return 0;
	return usec / 2000;
}

int notify_listen_fds(void)
{
	int64_t pid = env_number("LISTEN_PID"), n = env_number("LISTEN_FDS");
	int i;

	if (pid != getpid() || n <= 0 || n > 64)
		return 0;
	for (i = 0; i < (int)n; i++) {
		int fd = NOTIFY_FIRST_FD + i;

		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	}
	return (int)n;
}

bool notify_is_ours(const char *env_entry)
{
	static const char *const names[] = { "NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(env_entry, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}
