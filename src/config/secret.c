/*
 * Secrets by reference. They are read into one buffer that never moves, so that
 * whoever asked for one can wipe every copy of it; messages name the reference
 * and never what it holds.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"

enum { SECRET_MAX = 8 * 1024, REFERENCE_PATH_MAX = 4096 };

/* The file that a reference means. */
static int secret_path(const char *reference, char path[REFERENCE_PATH_MAX], struct error *err)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY"), *name;
	struct buf text;

	if (text_starts(reference, "file:")) {
		if (text_copy(path, REFERENCE_PATH_MAX, reference + 5))
			return 0;
		return error_set(err, ERROR_INVALID, "the path is too long");
	}
	name = reference + strlen("credential:");
	if (!text_starts(reference, "credential:") || !text_is_name(name))
		return error_set(err, ERROR_INVALID, "not file:PATH or credential:NAME");
	if (dir == NULL || dir[0] != '/')
		return error_set(err, ERROR_NOT_FOUND, "%s: $CREDENTIALS_DIRECTORY is not set "
			"(systemd sets it for LoadCredential=)", reference);
	buf_init(&text, REFERENCE_PATH_MAX - 1);
	buf_addf(&text, "%s/%s", dir, name);
	text_copy(path, REFERENCE_PATH_MAX, text.data);
	buf_release(&text);
	return 0;
}

static int open_secret(const char *reference, struct error *err)
{
	char path[REFERENCE_PATH_MAX];
	struct stat st;
	int fd;

	if (secret_path(reference, path, err) < 0)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, "%s: %s",
			reference, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return error_set(err, ERROR_IO, "%s: not a regular file", reference);
}

/* Fills the block from the file; -1 with errno when reading fails. */
static ssize_t fill(int fd, char *block, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, block + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int take(const char *reference, const char *data, size_t len, size_t max,
	struct buf *ret, struct error *err)
{
	if (len > 0 && data[len - 1] == '\n')
		len--;
	if (len > 0 && data[len - 1] == '\r')
		len--;
	if (len > max)
		return error_set(err, ERROR_TOO_LARGE, "%s: more than %zu bytes", reference, max);
	if (len == 0)
		return error_set(err, ERROR_INVALID, "%s: is empty", reference);
	if (memchr(data, '\n', len) != NULL || memchr(data, '\0', len) != NULL)
		return error_set(err, ERROR_INVALID, "%s: more than one line", reference);
	return buf_add(ret, data, len) < 0 ?
		error_set(err, ERROR_TOO_LARGE, "%s: too large", reference) : 0;
}

int conf_secret_read(const struct conf_secret *secret, size_t max, struct buf *ret,
	struct error *err)
{
	const char *reference = secret->reference;
	char block[SECRET_MAX];
	ssize_t n;
	int fd, rc;

	if (reference == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no secret is configured");
	if (strstr(reference, "://") != NULL && !text_starts(reference, "file:"))
		return take("url", reference, strlen(reference), max, ret, err);
	fd = open_secret(reference, err);
	if (fd < 0)
		return -1;
	n = fill(fd, block, sizeof(block));
	if (n < 0)
		rc = error_set(err, ERROR_IO, "%s: %s", reference, strerror(errno));
	else
		rc = take(reference, block, (size_t)n,
			max < sizeof(block) - 2 ? max : sizeof(block) - 2, ret, err);
	explicit_bzero(block, sizeof(block));
	close(fd);
	return rc;
}

const char *build_path(const struct builder *b, const char *path)
{
	if (path == NULL || path[0] == '/')
		return path;
	return arena_printf(b->arena, "%s/%s", b->dir, path);
}

struct conf_secret build_secret(const struct builder *b, const struct group *g,
	const char *key)
{
	const char *text = group_text(g, key);

	if (text != NULL && text_starts(text, "file:") && text[5] != '/')
		text = arena_printf(b->arena, "file:%s", build_path(b, text + 5));
	return (struct conf_secret){ .reference = text, .place = group_place(g, key) };
}

const char *build_file(const struct builder *b, const struct group *g, const char *key)
{
	const char *text = group_text(g, key);
	char path[REFERENCE_PATH_MAX];
	struct error why;

	if (text == NULL || (!text_starts(text, "file:") && !text_starts(text, "credential:")))
		return build_path(b, text);
	if (text_starts(text, "file:"))
		return build_path(b, text + 5);
	if (secret_path(text, path, &why) == 0)
		return arena_strdup(b->arena, path);
	group_error(g, key, "%s: %s", key, why.text);
	return NULL;
}

/* systemd's own credential files are its matter. */
static void warn_mode(const struct group *g, const char *key, const char *reference)
{
	struct stat st;

	if (text_starts(reference, "file:") && stat(reference + 5, &st) == 0 &&
		(st.st_mode & 077) != 0)
		group_warning(g, key, "%s: %s has mode %04o; only its owner should read it "
			"(chmod 600)", key, reference, (unsigned int)(st.st_mode & 07777));
}

int build_read_secret(const struct group *g, const char *key,
	const struct conf_secret *secret, struct buf *text)
{
	struct error why;

	buf_init(text, SECRET_MAX);
	if (conf_secret_read(secret, SECRET_MAX, text, &why) < 0) {
		group_error(g, key, "%s: %s", key, why.text);
		return -1;
	}
	warn_mode(g, key, secret->reference);
	return 0;
}

void build_wipe(struct buf *text)
{
	if (text->size > 0)
		explicit_bzero(text->data, text->size);
	buf_release(text);
}
