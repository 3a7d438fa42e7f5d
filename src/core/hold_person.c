/*
 * The second person: who may confirm what is held, and whether it is still what that
 * person was shown. Names are what people type, so two spellings of one name must not
 * make two persons; who shares a token is told by the journal, or refused where the
 * operator wants that.
 */
#include "config.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "core/hold.h"

/* Blanks and marks beyond ASCII that nobody sees, or that stand for those of ASCII: the
 * first bytes of each, and the range of the last (Unicode, general categories Zs and
 * Cf, and the dashes, quotes and dots of category P in the same block). */
static const struct {
	const char *lead;
	unsigned char from, to;
} marks[] = {
	{ "\xC2", 0xA0, 0xA0 },		/* U+00A0 no-break space */
	{ "\xC2", 0xAB, 0xAB }, { "\xC2", 0xAD, 0xAD }, { "\xC2", 0xB7, 0xB7 },
	{ "\xC2", 0xBB, 0xBB },		/* quotes, soft hyphen, middle dot */
	{ "\xE1\x9A", 0x80, 0x80 },	/* U+1680 ogham space */
	{ "\xE2\x80", 0x80, 0xBF },	/* U+2000 to U+203F: spaces, dashes, quotes */
	{ "\xE2\x81", 0x80, 0xAF },	/* U+2040 to U+206F: joiners, invisible signs */
	{ "\xE3\x80", 0x80, 0x80 },	/* U+3000 ideographic space */
	{ "\xEF\xBB", 0xBF, 0xBF },	/* U+FEFF byte order mark */
};

static size_t mark_length(const char *p)
{
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(marks); i++) {
		len = strlen(marks[i].lead);
		if (strncmp(p, marks[i].lead, len) == 0 &&
				(unsigned char)p[len] >= marks[i].from &&
				(unsigned char)p[len] <= marks[i].to)
			return len + 1;
	}
	return 0;
}

/* The next byte that counts, or '\0'; beyond ASCII bytes are compared as they are. */
static unsigned char next_of(const char **name)
{
	for (;;) {
		unsigned char c = (unsigned char)**name;
		size_t len = c >= 0x80 ? mark_length(*name) : 0;

		if (c == '\0')
			return c;
		*name += len > 0 ? len : 1;
		if (c >= 0x80 && len == 0)
			return c;
		if (c < 0x80 && isalnum(c))
			return (unsigned char)tolower(c);
	}
}

static bool is_same_person(const char *a, const char *b)
{
	unsigned char next;

	do {
		next = next_of(&a);
		if (next != next_of(&b))
			return false;
	} while (next != '\0');
	return true;
}

static bool is_shown(const struct second_person *person, const struct clock *clock)
{
	size_t i;

	for (i = 0; i < person->n_shown; i++) {
		const struct shown *s = &person->shown[i];

		if (strcmp(s->regime, clock->regime) == 0 &&
				strcmp(s->stage, clock->stage) == 0)
			return s->state == clock->proposed.state &&
				s->due_at == clock->proposed.due_at;
	}
	return false;
}

/* Each that is held was shown, and as many were shown as are held. */
static int check_shown(const struct clock *clocks, size_t n,
	const struct second_person *person, struct error *err)
{
	size_t held = 0, i;
	bool all = true;

	if (!person->was_shown)
		return 0;
	for (i = 0; i < n; i++) {
		if (clocks[i].proposed.by == NULL)
			continue;
		held++;
		all = all && is_shown(person, &clocks[i]);
	}
	if (all && held == person->n_shown)
		return 0;
	error_pointer(err, "/proposed", "this is not what waits for a confirmation now");
	if (err != NULL)
		err->code = ERROR_CONFLICT;
	return -1;
}

static int check_person(const struct clock *clock, const struct second_person *person,
	bool *same_actor, struct error *err)
{
	bool nobody = strcmp(clock->proposed.by, HELD_BY_CONFIGURATION) == 0 &&
		clock->proposed.actor == NULL;

	if (nobody)
		return 0;
	if (is_same_person(clock->proposed.by, person->by))
		return error_pointer(err, "/by",
			"a second person confirms, not the one who made the change");
	if (clock->proposed.actor == NULL ||
			!text_equal(clock->proposed.actor, person->actor))
		return 0;
	*same_actor = true;
	if (person->confirmation == CONFIRMATION_ACTOR)
		return error_pointer(err, "/by", "a second person confirms with a token or "
			"user of their own: %s made the change", person->actor);
	return 0;
}

int hold_check_confirmation(const struct clock *clocks, size_t n,
	const struct second_person *person, bool *ret_same_actor, struct error *err)
{
	bool any = false;
	size_t i;

	*ret_same_actor = false;
	for (i = 0; i < n; i++) {
		if (clocks[i].proposed.by == NULL)
			continue;
		any = true;
		if (check_person(&clocks[i], person, ret_same_actor, err) < 0)
			return -1;
	}
	if (!any)
		return error_set(err, ERROR_CONFLICT, "nothing waits for a confirmation");
	if (is_same_person(person->by, ""))
		return error_pointer(err, "/by", "must say who confirms");
	return check_shown(clocks, n, person, err);
}
