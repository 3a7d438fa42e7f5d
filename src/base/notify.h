/*
 * The two protocols of systemd that a service needs, in their few lines:
 * sd_notify(3) datagrams and the listening sockets of sd_listen_fds(3).
 */
#ifndef TOCSIN_BASE_NOTIFY_H
#define TOCSIN_BASE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Sends "READY=1", "STATUS=...", "WATCHDOG=1" and the like; does nothing when
 * not run by systemd. Lines are separated by \n. */
void notify_send(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Half of WATCHDOG_USEC in milliseconds, 0 when no watchdog is set for us. */
int64_t notify_watchdog_ms(void);

/* Sockets passed in: their number; descriptors are NOTIFY_FIRST_FD and up. They
 * are made non-blocking and close-on-exec here (systemd hands them over
 * blocking, measured). Call once, before anything opens a descriptor. */
enum { NOTIFY_FIRST_FD = 3 };
int notify_listen_fds(void);

/* The environment a child must not inherit: NOTIFY_SOCKET and so on. */
bool notify_is_ours(const char *env_entry);

#endif
