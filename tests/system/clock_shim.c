/*
 * Loaded before a daemon under test: shows it clocks that a test moves. The real ones
 * are the machine's, which no test may set. What is added to them is in the file named
 * by CLOCK_SHIM, which the test maps too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

struct shown {
	int64_t stepped_s;	/* the wall clock was set ahead by so much */
	int64_t slept_s;	/* the machine slept so long */
	int64_t sync;		/* 0: synchronised, 1: not, 2: may not be asked */
};

static const struct shown *shown(void)
{
	static const struct shown none, *map;
	const char *path;
	int fd;

	if (map != NULL)
		return map;
	path = getenv("CLOCK_SHIM");
	fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	map = fd >= 0 ? mmap(NULL, sizeof(*map), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	if (map == MAP_FAILED)
		map = &none;
	if (fd >= 0)
		close(fd);
	return map;
}

int clock_gettime(clockid_t id, struct timespec *ret)
{
	if (syscall(SYS_clock_gettime, id, ret) < 0)
		return -1;
	if (id == CLOCK_REALTIME)
		ret->tv_sec += shown()->stepped_s + shown()->slept_s;
	else if (id == CLOCK_BOOTTIME)
		ret->tv_sec += shown()->slept_s;
	return 0;
}

int adjtimex(struct timex *t)
{
	if (t->modes != 0 || shown()->sync == 2) {
		errno = EPERM;
		return -1;
	}
	memset(t, 0, sizeof(*t));
	t->status = shown()->sync == 1 ? STA_UNSYNC : 0;
	t->esterror = 1234;
	return 0;
}
