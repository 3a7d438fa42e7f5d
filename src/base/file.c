/* Whole files: see file.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int read_all(int fd, const char *path, size_t max, struct buf *out, struct error *err)
{
	size_t start = out->len;
	char block[16 * 1024];

	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
		if (n == 0)
			return 0;
		if (out->len - start + (size_t)n > max || buf_add(out, block, (size_t)n) < 0)
			return error_set(err, ERROR_TOO_LARGE, "%s: more than %zu bytes", path, max);
	}
}

int file_read(const char *path, size_t max, struct buf *out, struct error *err)
{
	struct stat st;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO,
			"%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = error_set(err, ERROR_IO, "%s: not a regular file", path);
	else
		rc = read_all(fd, path, max, out, err);
	close(fd);
	return rc;
}
