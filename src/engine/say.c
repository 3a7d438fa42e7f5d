/*
 * Lines of the log about what a turn has changed. They are said when it is on disk, and
 * only then: a line that a machine acts on must not be about an incident that never was.
 * A storm says no more than some of each kind a turn, and how many it leaves out: the
 * store has every one, and the log of a machine is not ours to flood. By kind, so that no
 * crowd of one keeps the only one of another out.
 */
#include "config.h"

#include <stdarg.h>
#include <string.h>

#include "engine/internal.h"

enum { SAID_A_TURN = 16 };

struct saying {
	struct saying *next;
	enum log_level level;
	const char *area;
	struct log_about about;
	const char *text;
};

static bool is_alike(const struct saying *s, enum log_level level, const char *area,
	const struct log_about *about)
{
	return s->level == level && s->about.message == about->message &&
		strcmp(s->area, area) == 0;
}

static bool is_enough(const struct engine *e, enum log_level level, const char *area,
	const struct log_about *about)
{
	const struct saying *s;
	int n = 0;

	for (s = e->says.last; s != NULL && n < SAID_A_TURN; s = s->next)
		n += is_alike(s, level, area, about);
	return n == SAID_A_TURN;
}

void say_nothing(struct engine *e)
{
	e->says = (struct says){ .last = NULL };
}

void say_later(struct engine *e, enum log_level level, const char *area,
	const struct log_about *about, const char *fmt, ...)
{
	struct saying *saying;
	struct buf *text;
	va_list ap;

	if (is_enough(e, level, area, about)) {
		e->says.left_out++;
		return;
	}
	text = buf_in_arena(e->arena, 0);
	va_start(ap, fmt);
	buf_vaddf(text, fmt, ap);
	va_end(ap);
	saying = arena_alloc(e->arena, sizeof(*saying));
	*saying = (struct saying){ .next = e->says.last, .level = level, .area = area,
		.about = *about, .text = text->data };
	e->says.last = saying;
}

void say_committed(struct engine *e)
{
	struct saying *s, *next, *first = NULL;

	for (s = e->says.last; s != NULL; s = next) {
		next = s->next;
		s->next = first;
		first = s;
	}
	for (s = first; s != NULL; s = s->next)
		log_event(s->level, s->area, &s->about, "%s", s->text);
	if (e->says.left_out > 0)
		log_notice("engine", "and %zu more such lines of this turn; the store has what "
			"they would say", e->says.left_out);
	say_nothing(e);
}
