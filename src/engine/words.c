/*
 * Words about clocks that several ways of telling share: notices, the pages behind links,
 * the answers to buttons. Instants are in UTC first, then as the people there read them.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"

void words_stage(const struct engine *e, const char *name, const char *stage, char *out,
	size_t size)
{
	const struct regime *regime = rulebook_regime(&e->conf->book, name);
	const struct stage *found = regime != NULL ? regime_stage(regime, stage) : NULL;

	if (strcmp(name, REGIME_INTERNAL) == 0)
		snprintf(out, size, "Assessment (is it significant?)");
	else if (found != NULL)
		snprintf(out, size, "%s: %s", regime->title, found->title);
	else
		snprintf(out, size, "%s: %s", name, stage);
}

void words_due(struct buf *b, int64_t due, int64_t now)
{
	char left[TEXT_DURATION_SIZE];

	if (due == TIME_NONE) {
		buf_adds(b, " is owed");
		return;
	}
	text_duration(due - now, left);
	if (due > now)
		buf_addf(b, " is due in %s", left);
	else
		buf_addf(b, " is OVERDUE by %s", left);
}

const struct zone *words_zone(const struct engine *e, const char *name, const char *entity)
{
	const struct rulebook *book = &e->conf->book;
	const struct zone *zone = NULL;
	struct error why;

	if (name != NULL && name[0] != '\0')
		zone = book->zone(book->zone_arg, name, &why);
	return zone != NULL ? zone : entity_of(e, entity)->rules.zone;
}

void words_local(struct buf *b, const struct zone *zone, int64_t at)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	char utc[RFC3339_SIZE];
	struct civil c;

	rfc3339_format(at, utc);
	zone_civil(zone, at, &c);
	buf_addf(b, "%s (%s %04d-%02d-%02d %02d:%02d %s)", utc,
		days[civil_weekday(civil_days(c.year, c.month, c.day))], c.year, c.month, c.day,
		c.hour, c.minute, zone_name(zone));
}

void words_settled(struct buf *b, const char *state)
{
	if (strcmp(state, "filed") == 0 || strcmp(state, "filed-late") == 0)
		buf_addf(b, " is settled: %s", state);
	else if (strcmp(state, "waived") == 0)
		buf_adds(b, " is settled: waived by decision, no report is owed");
	else
		buf_adds(b, " has ended: no report is owed");
}
