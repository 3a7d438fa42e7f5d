/*
 * What the log says between "listen" and "logged": only there does the runner keep stderr
 * to itself, so that whatever else is said there, by a sanitizer for one, is seen.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "scenario.h"

static struct {
	int real;		/* the stderr that was there */
	int kept;
} heard = { -1, -1 };

void do_listen(struct scenario *s, const struct words *w)
{
	(void)w;
	if (heard.kept >= 0)
		fail(s, "it listens already");
	if (s->failed)
		return;
	heard.real = dup(STDERR_FILENO);
	heard.kept = memfd_create("stderr", 0);
	dup2(heard.kept, STDERR_FILENO);
	log_set_level(LOG_LEVEL_NOTICE);
}

/* Ends the listening; the caller frees what was said. */
static char *hear(void)
{
	off_t size = lseek(heard.kept, 0, SEEK_END);
	char *text = xcalloc(1, (size_t)size + 1);

	if (pread(heard.kept, text, (size_t)size, 0) < 0)
		text[0] = '\0';
	dup2(heard.real, STDERR_FILENO);
	close(heard.real);
	close(heard.kept);
	heard.kept = -1;
	log_set_level(LOG_LEVEL_ERROR);
	return text;
}

void stop_listening(void)
{
	if (heard.kept >= 0)
		free(hear());
}

void expect_logged(struct scenario *s, const struct words *w)
{
	char *text, *line, *rest;
	int64_t n = 0;

	if (heard.kept < 0) {
		fail(s, "say \"listen\" first");
		return;
	}
	text = rest = hear();
	while ((line = strsep(&rest, "\n")) != NULL)
		n += strstr(line, word(w, 2)) != NULL;
	free(text);
	if (n != number_word(s, word(w, 1)))
		fail(s, "%lld such lines", (long long)n);
}
