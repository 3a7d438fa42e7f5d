/*
 * Log lines to stderr: see log.h. A line goes out in one write(2), so lines of
 * the daemon and its couriers, which share the descriptor, do not mix.
 *
 * A line with a kind goes to systemd's journal over its own socket where stderr ends there
 * anyway, as one datagram of FIELD=value lines (systemd.io/JOURNAL_NATIVE_PROTOCOL); that
 * takes no library. Only those: what a process says last before it dies is read by the
 * journal when nobody can tell any more whose unit it was, which a stream of the unit's
 * does not suffer from. Whatever goes wrong with the datagram, the line goes to stderr,
 * and nothing ever waits for the journal there.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"

enum { LINE_MAX_SIZE = 2048, ENTRY_MAX = 4096 };

static enum log_level highest = LOG_LEVEL_INFO;
static int journal = -1;
static struct sockaddr_un journal_address;

void log_set_level(enum log_level level)
{
	highest = level;
}

/* Each character that a terminal would not show, and each byte that is none, becomes "?";
 * the length that is left. */
static size_t blot_controls(char *text, size_t len)
{
	size_t i, n, kept = 0;
	uint32_t c;

	for (i = 0; i < len; i += n) {
		n = text_character(text + i, len - i, &c);
		if (n == 0 || text_is_hidden(c) || text_is_mark(c)) {
			text[kept++] = '?';
			n = n > 0 ? n : 1;
			continue;
		}
		memmove(text + kept, text + i, n);
		kept += n;
	}
	return kept;
}

/* "<N>area: text\n", of which the text begins at *ret_text. The length, without a NUL. */
static size_t __attribute__((format(printf, 5, 0))) format_line(char line[LINE_MAX_SIZE],
	enum log_level level, const char *area, size_t *ret_text, const char *fmt, va_list ap)
{
	int saved = errno;
	size_t len;
	int n;

	n = snprintf(line, LINE_MAX_SIZE, "<%d>", (int)level);
	*ret_text = (size_t)n;
	n = snprintf(line + *ret_text, LINE_MAX_SIZE - *ret_text, "%s: ", area);
	len = *ret_text + (n > 0 ? (size_t)n : 0);
	if (len >= LINE_MAX_SIZE)
		len = LINE_MAX_SIZE - 1;
	errno = saved;		/* for %m */
	n = vsnprintf(line + len, LINE_MAX_SIZE - len, fmt, ap);
	if (n > 0)
		len += (size_t)n;
	if (len > LINE_MAX_SIZE - 2)
		len = LINE_MAX_SIZE - 2;
	len = blot_controls(line, len);
	line[len++] = '\n';
	return len;
}

static void write_line(const char *line, size_t len)
{
	if (write(STDERR_FILENO, line, len) < 0)
		errno = 0;	/* there is nowhere left to tell it */
}

void log_write(enum log_level level, const char *area, const char *fmt, ...)
{
	int saved = errno;
	char line[LINE_MAX_SIZE];
	size_t len, text;
	va_list ap;

	if (level > highest)
		return;
	va_start(ap, fmt);
	len = format_line(line, level, area, &text, fmt, ap);
	va_end(ap);
	write_line(line, len);
	errno = saved;
}

/* ---- the journal of systemd ----------------------------------------------------------- */

/* JOURNAL_STREAM has device and inode of the stream; whoever has sent stderr elsewhere
 * since wants the lines there. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (stream == NULL || fstat(STDERR_FILENO, &st) < 0)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

bool log_open_journal(const char *socket_path)
{
	size_t len = strlen(socket_path);

	if (journal >= 0)
		close(journal);
	journal = -1;
	if (len >= sizeof(journal_address.sun_path) || !stderr_is_journal())
		return false;
	memset(&journal_address, 0, sizeof(journal_address));
	journal_address.sun_family = AF_UNIX;
	memcpy(journal_address.sun_path, socket_path, len);
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return journal >= 0;
}

/* A value that has a line of its own in it could forge a field. */
static void add_field(struct buf *entry, const char *name, const char *value)
{
	size_t from;

	if (value == NULL)
		return;
	buf_addf(entry, "%s=", name);
	from = entry->len;
	buf_adds(entry, value);
	entry->len = from + blot_controls(entry->data + from, entry->len - from);
	buf_addc(entry, '\n');
}

static void add_about(struct buf *entry, const struct log_about *about)
{
	add_field(entry, "MESSAGE_ID", message_id(about->message));
	if (about->incident != 0)
		buf_addf(entry, "TOCSIN_INCIDENT=%" PRId64 "\n", about->incident);
	add_field(entry, "TOCSIN_ENTITY", about->entity);
	add_field(entry, "TOCSIN_CHANNEL", about->channel);
	add_field(entry, "TOCSIN_SOURCE", about->source);
	add_field(entry, "TOCSIN_REGIME", about->regime);
	add_field(entry, "TOCSIN_STAGE", about->stage);
	add_field(entry, "TOCSIN_DRILL", about->drill ? "1" : NULL);
}

/* line: with its newline. */
static bool send_entry(enum log_level level, const struct log_about *about, const char *line,
	size_t len)
{
	struct buf entry;
	ssize_t sent = -1;

	if (journal < 0 || about->message == MESSAGE_NONE)
		return false;
	buf_init(&entry, ENTRY_MAX);
	buf_addf(&entry, "PRIORITY=%d\nSYSLOG_IDENTIFIER=%s\n", (int)level,
		program_invocation_short_name);
	add_about(&entry, about);
	buf_addf(&entry, "MESSAGE=%.*s", (int)len, line);
	if (!entry.overflow)
		sent = sendto(journal, entry.data, entry.len, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&journal_address, sizeof(journal_address));
	buf_release(&entry);
	return sent >= 0;
}

void log_event(enum log_level level, const char *area, const struct log_about *about,
	const char *fmt, ...)
{
	int saved = errno;
	char line[LINE_MAX_SIZE];
	size_t len, text;
	va_list ap;

	if (level > highest)
		return;
	va_start(ap, fmt);
	len = format_line(line, level, area, &text, fmt, ap);
	va_end(ap);
	if (!send_entry(level, about, line + text, len - text))
		write_line(line, len);
	errno = saved;
}
