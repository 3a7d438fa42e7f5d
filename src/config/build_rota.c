/*
 * On call: people, rotas, and the hours of the week that rotas and channels have. Every
 * name is checked here, so that nothing is left to find out at night.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/build.h"

/* ---- hours ----------------------------------------------------------------------- */

const struct zone *build_zone(const struct builder *b, const struct group *g)
{
	const struct rulebook *book = &b->conf->book;
	const char *name = group_text(g, "timezone");
	const struct zone *zone;
	struct error why;

	if (name == NULL)
		return NULL;	/* said already */
	zone = book->zone(book->zone_arg, name, &why);
	if (zone == NULL)
		group_error(g, "timezone", "timezone: %s", why.text);
	return zone;
}

static unsigned int read_days(const struct group *g, const char *key)
{
	static const char *const names[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	const char **list;
	size_t n = group_texts(g, key, &list), i;
	unsigned int days = 0;

	for (i = 0; i < n; i++) {
		int day = hours_parse_day(list[i]);

		if (day < 0)
			build_unknown(g, key, i, "day", list[i], names, ARRAY_LEN(names));
		else if ((days >> day & 1) != 0)
			group_error(g, key, "%s: names \"%s\" twice", key, list[i]);
		else
			days |= 1u << day;
	}
	return days;
}

static void read_time(const struct group *g, const char *key, int *ret)
{
	const char *text = group_text(g, key);
	struct error why;

	if (text != NULL && hours_parse_time(text, ret, &why) < 0)
		group_error(g, key, "%s: \"%s\": %s", key, text, why.text);
}

static struct hours *read_hours(const struct builder *b, const struct group *g,
	const struct zone *zone)
{
	struct hours *hours = arena_alloc(b->arena, sizeof(*hours));
	bool from = group_is_set(g, "from"), until = group_is_set(g, "until");

	hours->zone = zone;
	read_time(g, "from", &hours->from_min);
	read_time(g, "until", &hours->until_min);
	hours->whole_days = read_days(g, "whole_days");
	hours->days = group_is_set(g, "days") ? read_days(g, "days") :
		from ? HOURS_ALL_DAYS : 0;
	if (from != until)
		group_error(g, NULL, "%s: \"%s\" is missing", g->kind, from ? "until" : "from");
	else if (!from && group_is_set(g, "days"))
		group_error(g, "days", "days: there is no \"from\" and \"until\" for them; "
			"\"whole_days\" are from 00:00 to 24:00");
	else if (!from && hours->whole_days == 0)
		group_error(g, NULL, "%s: says no hours", g->kind);
	else if (from && group_has(g, "from") && hours->from_min == hours->until_min)
		group_error(g, "until", "until: is the same as \"from\"; \"whole_days\" are from "
			"00:00 to 24:00");
	else if (hours->from_min == HOURS_DAY_MIN)
		group_error(g, "from", "from: 24:00 is 00:00 of the next day");
	return hours;
}

const struct hours *build_quiet(const struct builder *b, const struct group *channel)
{
	struct group g = group_sub(channel, "quiet");
	size_t before = b->reader->n_errors;
	struct hours *hours;

	if (g.setting == NULL)
		return NULL;
	hours = read_hours(b, &g, build_zone(b, &g));
	if (hours->zone == NULL)
		return NULL;
	if (b->reader->n_errors == before && hours_are_always(hours))
		group_error(&g, NULL, "quiet: is every hour of the week; a channel that is always "
			"quiet tells nobody anything");
	return hours;
}

const struct hours *build_hours(const struct builder *b, const struct group *rota,
	const struct zone *zone)
{
	struct group g = group_sub(rota, "hours");

	return g.setting != NULL ? read_hours(b, &g, zone) : NULL;
}

/* ---- people ---------------------------------------------------------------------- */

static void read_people(const struct builder *b, const struct group *root)
{
	struct roster *roster = &b->conf->roster;
	size_t i;

	group_check_unique(root, "people", "name", "person");
	roster->n_people = group_count(root, "people");
	roster->people = arena_array(b->arena, roster->n_people + 1, sizeof(*roster->people));
	for (i = 0; i < roster->n_people; i++) {
		struct group g = group_item(root, "people", i);
		struct person *person = &roster->people[i];

		person->name = group_text(&g, "name");
		person->n_channels = build_channel_names(b, &g, "channels", &person->channels);
		person->slack = group_text(&g, "slack");
		if (person->slack != NULL && strspn(person->slack,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != strlen(person->slack))
			group_error(&g, "slack", "slack: must be the id of a user, such as U0123456789, "
				"not a name");
	}
}

static void check_person(const struct builder *b, const struct group *g, const char *key,
	size_t i, const char *name)
{
	const struct roster *roster = &b->conf->roster;
	const char **known = arena_array(b->arena, roster->n_people + 1, sizeof(*known));
	size_t j;

	for (j = 0; j < roster->n_people; j++)
		known[j] = roster->people[j].name;
	if (roster_person(roster, name) == NULL)
		build_unknown(g, key, i, "person", name, known, roster->n_people);
}

/* ---- rotas ----------------------------------------------------------------------- */

static int64_t read_instant(const struct group *g, const char *key)
{
	const char *text = group_text(g, key);
	int64_t at = TIME_NONE;
	struct error why;

	if (text != NULL && rfc3339_parse(text, strlen(text), &at, &why) < 0)
		group_error(g, key, "%s: \"%s\": %s", key, text, why.text);
	return at;
}

static void read_substitutes(const struct builder *b, const struct group *g,
	struct rota *rota)
{
	size_t i, j;

	rota->n_substitutes = group_count(g, "overrides");
	rota->substitutes = arena_array(b->arena, rota->n_substitutes + 1,
		sizeof(*rota->substitutes));
	for (i = 0; i < rota->n_substitutes; i++) {
		struct group item = group_item(g, "overrides", i);
		struct substitute *s = &rota->substitutes[i];

		s->from_at = read_instant(&item, "from");
		s->until_at = read_instant(&item, "until");
		s->who = group_text(&item, "who");
		if (s->who != NULL)
			check_person(b, &item, "who", 0, s->who);
		if (s->from_at == TIME_NONE || s->until_at == TIME_NONE)
			continue;
		if (s->until_at <= s->from_at)
			group_error(&item, "until", "until: must be later than from");
		for (j = 0; j < i; j++)
			if (s->from_at < rota->substitutes[j].until_at &&
				rota->substitutes[j].from_at < s->until_at) {
				group_error(&item, "from", "from: overlaps the override for \"%s\"; one "
					"of the two would never count", rota->substitutes[j].who);
				break;
			}
	}
}

static void read_rota(const struct builder *b, const struct group *g, struct rota *rota)
{
	const char *start = group_text(g, "start");
	struct error why;
	size_t i;

	rota->name = group_text(g, "name");
	rota->zone = build_zone(b, g);
	if (start != NULL && rota_parse_start(start, &rota->start, &why) < 0)
		group_error(g, "start", "start: \"%s\": %s", start, why.text);
	rota->turn_ms = group_int(g, "turn");
	rota->n_members = group_texts(g, "members", &rota->members);
	for (i = 0; i < rota->n_members; i++)
		check_person(b, g, "members", i, rota->members[i]);
	read_substitutes(b, g, rota);
	rota->hours = build_hours(b, g, rota->zone);
}

void build_roster(const struct builder *b, const struct group *root)
{
	struct roster *roster = &b->conf->roster;
	size_t i;

	read_people(b, root);
	group_check_unique(root, "rotas", "name", "rota");
	roster->n_rotas = group_count(root, "rotas");
	roster->rotas = arena_array(b->arena, roster->n_rotas + 1, sizeof(*roster->rotas));
	for (i = 0; i < roster->n_rotas; i++) {
		struct group g = group_item(root, "rotas", i);

		read_rota(b, &g, &roster->rotas[i]);
	}
}
