/* The incident of nis2_case.h under laws that a test makes: see law_case.h. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"
#include "law_case.h"
#include "nis2_rules.h"

struct entity_rules rules;
static struct rulebook book;
static const char *regime_name;
static char zone_text[RFC3339_SIZE + 8];

const struct regime *nis2(void)
{
	return rulebook_regime(nis2_rulebook(), "nis2");
}

void live_in(struct country *country, const char *zone)
{
	rules = (struct entity_rules){ .book = nis2_rulebook(), .zone = nis2_zone(zone),
		.country = country };
	regime_name = "nis2";
}

void live_under(struct regime *regime)
{
	book = (struct rulebook){ .regimes = regime, .n_regimes = 1 };
	rules = (struct entity_rules){ .book = &book, .zone = nis2_zone("Europe/Brussels"),
		.country = &nis2_rulebook()->countries[0] };
	regime_name = regime->name;
	incident.regimes = &regime_name;
}

struct filing *hand_in(const char *stage, const char *time)
{
	struct filing *f = file(stage, time);

	f->regime = regime_name;
	return f;
}

void refold(void)
{
	struct error err;

	if (incident_fold(&incident, &rules, arena, &clocks, &n_clocks, &state, &err) < 0)
		fail_msg("fold: %s", err.text);
}

const struct clock *find(const char *stage)
{
	size_t i;

	for (i = 0; i < n_clocks; i++)
		if (strcmp(clocks[i].stage, stage) == 0)
			return &clocks[i];
	return NULL;
}

static const char *local(int64_t time)
{
	if (time == TIME_NONE)
		return "none";
	rfc3339_format_offset(time, zone_offset(rules.zone, time), zone_text);
	return zone_text;
}

const struct clock *expect(const char *stage, const char *what, const char *due,
	const char *nominal, const char *latest)
{
	const struct clock *c;
	char got[128];

	refold();
	c = find(stage);
	if (c == NULL)
		fail_msg("no clock %s", stage);
	snprintf(got, sizeof(got), "%s %s", clock_state_name(c->state), c->anchor);
	if (strcmp(got, what) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", stage, got, what);
	if (due != NULL && strcmp(local(c->due_at), due) != 0)
		fail_msg("%s: due %s, not %s", stage, local(c->due_at), due);
	if (nominal != NULL && strcmp(local(c->nominal_at), nominal) != 0)
		fail_msg("%s: nominal %s, not %s", stage, local(c->nominal_at), nominal);
	if (latest != NULL && strcmp(local(c->latest_at), latest) != 0)
		fail_msg("%s: latest %s, not %s", stage, local(c->latest_at), latest);
	return c;
}

void expect_line(const struct clock *c, const char *line)
{
	size_t i;

	for (i = 0; i < c->n_derivation; i++)
		if (strcmp(c->derivation[i], line) == 0)
			return;
	for (i = 0; i < c->n_derivation; i++)
		print_message("derivation: %s\n", c->derivation[i]);
	fail_msg("%s: no line \"%s\"", c->stage, line);
}

void expect_readings(const struct clock *c, const char *want)
{
	char got[256] = "";
	struct error err;
	json_t *list, *r;
	size_t i, used = 0;

	if (c->readings == NULL)
		fail_msg("%s: no readings", c->stage);
	list = json_read(c->readings, strlen(c->readings), &err);
	if (list == NULL)
		fail_msg("%s: %s", c->readings, err.text);
	json_array_foreach(list, i, r)
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s %s %s%s",
			i > 0 ? ", " : "", json_string_value(json_object_get(r, "law")),
			json_string_value(json_object_get(r, "anchor")),
			json_is_true(json_object_get(r, "alarms")) ? "+" : "-",
			json_object_get(r, "due_at") == NULL ? "?" : "");
	json_decref(list);
	if (strcmp(got, want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", c->stage, got, want);
}
