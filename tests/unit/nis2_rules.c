/* A rulebook in C: see nis2_rules.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "nis2_rules.h"

static struct zone *zones[16];
static size_t n_zones;

static void need(int result, const char *what)
{
	if (result == 0)
		return;
	fprintf(stderr, "test rules: %s\n", what);
	abort();
}

int64_t at(const char *text)
{
	int64_t ret = TIME_NONE;

	need(rfc3339_parse(text, strlen(text), &ret, NULL), text);
	return ret;
}

static const struct zone *zone_get(void *arg, const char *name, struct error *err)
{
	char path[256];
	struct zone *zone;
	struct buf b;
	size_t i;

	(void)arg;
	for (i = 0; i < n_zones; i++)
		if (strcmp(zone_name(zones[i]), name) == 0)
			return zones[i];
	if (zone_name_check(name, err) < 0)
		return NULL;
	buf_init(&b, 0);
	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, name);
	zone = file_read(path, 1 << 20, &b, err) == 0 ? zone_parse(name, b.data, b.len, err) :
		NULL;
	buf_release(&b);
	if (zone != NULL && n_zones < ARRAY_LEN(zones))
		zones[n_zones++] = zone;
	return zone;
}

const struct zone *nis2_zone(const char *name)
{
	const struct zone *zone = zone_get(NULL, name, NULL);

	need(zone != NULL ? 0 : -1, name);
	return zone;
}

void nis2_release(void)
{
	while (n_zones > 0)
		zone_free(zones[--n_zones]);
}

static struct limb limb(const char *anchor, const char *period, const char *target)
{
	struct limb l = { .period = { PERIOD_NONE, 0 }, .target = { PERIOD_NONE, 0 } };

	need(anchor_parse(anchor, &l.anchor, NULL), anchor);
	if (period != NULL)
		need(period_parse(period, &l.period, NULL), period);
	if (target != NULL)
		need(period_parse(target, &l.target, NULL), target);
	return l;
}

static struct conditions when(struct condition *list, const char *first, const char *second)
{
	struct conditions c = { .list = list, .n = second != NULL ? 2 : 1 };

	need(condition_parse(first, &list[0], NULL), first);
	if (second != NULL)
		need(condition_parse(second, &list[1], NULL), second);
	return c;
}

static struct stage_rule rule(const char *reference, struct limb *limbs, size_t n)
{
	return (struct stage_rule){ .reference = reference, .limbs = limbs, .n_limbs = n };
}

static struct stage stage(const char *name, struct stage_rule *rules, size_t n)
{
	struct stage s = { .title = name, .rules = rules, .n_rules = n };

	text_copy(s.name, sizeof(s.name), name);
	return s;
}

static void nis2_reports(struct stage *stages)
{
	static struct limb in_24[1], in_72[1], requested[1];
	static struct condition trust[1];
	static struct stage_rule early[1], notification[2], intermediate[1];

	in_24[0] = limb("aware", "PT24H", NULL);
	in_72[0] = limb("aware", "PT72H", NULL);
	requested[0] = limb("requested", NULL, "PT24H");
	early[0] = rule("Directive (EU) 2022/2555, Art. 23(4)(a)", in_24, 1);
	notification[0] = rule("Directive (EU) 2022/2555, Art. 23(4), last subparagraph",
		in_24, 1);
	notification[0].when = when(trust, "trait:trust-service", NULL);
	notification[1] = rule("Directive (EU) 2022/2555, Art. 23(4)(b)", in_72, 1);
	intermediate[0] = rule("Directive (EU) 2022/2555, Art. 23(4)(c)", requested, 1);
	stages[0] = stage("early-warning", early, 1);
	stages[1] = stage("notification", notification, 2);
	stages[2] = stage("intermediate-report", intermediate, 1);
	stages[2].on_request = true;
}

static void nis2_month(struct stage *stages)
{
	static struct limb month[1], handled[1];
	static struct condition void_in_time[1], void_final[2], progress[3], late[2];
	static struct conditions voids[2];
	static struct stage_rule report[1], final[3];

	month[0] = limb("filed:notification", "P1M", NULL);
	handled[0] = limb("handled", "P1M", NULL);
	report[0] = rule("Directive (EU) 2022/2555, Art. 23(4)(e)", month, 1);
	report[0].has_planned = true;
	report[0].planned = limb("aware", "P1M", NULL);
	final[0] = rule("Directive (EU) 2022/2555, Art. 23(4)(e)", handled, 1);
	final[0].when = when(progress, "filed:progress-report", "!in-time:filed:final-report");
	need(condition_parse("!in-time:event:handled", &progress[2], NULL), "a condition");
	final[0].when.n = 3;
	final[1] = rule("Directive (EU) 2022/2555, Art. 23(4)(e)", handled, 1);
	final[1].when = when(late, "late:event:handled", "!in-time:filed:final-report");
	final[2] = rule("Directive (EU) 2022/2555, Art. 23(4)(d)", month, 1);
	final[2].has_planned = true;
	final[2].planned = limb("aware", "P1M", NULL);
	voids[0] = when(void_in_time, "in-time:event:handled", NULL);
	voids[1] = when(void_final, "filed:final-report", "!filed:progress-report");
	stages[3] = stage("progress-report", report, 1);
	stages[3].void_when = voids;
	stages[3].n_void_when = 2;
	stages[4] = stage("final-report", final, 3);
}

static struct regime regime(const char *name, struct stage *stages, size_t n)
{
	struct regime r = { .title = name, .act = "an act", .version = "1", .file = "test",
		.stages = stages, .n_stages = n };

	text_copy(r.name, sizeof(r.name), name);
	return r;
}

static void others(struct regime *gdpr, struct regime *dora)
{
	static struct limb in_72[1], initial[2];
	static struct stage_rule gdpr_rule[1], dora_rule[1];
	static struct stage gdpr_stage[1], dora_stage[1];

	in_72[0] = limb("aware", "PT72H", NULL);
	initial[0] = limb("classified", "PT4H", NULL);
	initial[1] = limb("aware", "PT24H", NULL);
	gdpr_rule[0] = rule("Regulation (EU) 2016/679, Art. 33(1)", in_72, 1);
	dora_rule[0] = rule("Delegated Regulation (EU) 2025/301, Art. 5(1)(a)", initial, 2);
	gdpr_stage[0] = stage("notification", gdpr_rule, 1);
	dora_stage[0] = stage("initial-notification", dora_rule, 1);
	*gdpr = regime("gdpr", gdpr_stage, 1);
	gdpr->rules = "gdpr/1";
	*dora = regime("dora", dora_stage, 1);
	dora->rules = "dora/1";
}

static void demo_country(struct country *country)
{
	static const char *const rules[] = {
		"01-01", "easter-2", "easter+1", "05-01", "easter+39", "easter+50", "12-25",
		"12-26",
	};
	static struct holiday holidays[ARRAY_LEN(rules)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++)
		need(holiday_parse(rules[i], &holidays[i], NULL), rules[i]);
	*country = (struct country){ .code = "XX", .name = "Demonstration",
		.timezone = "Europe/Brussels", .version = "1", .file = "test",
		.calendar = { holidays, ARRAY_LEN(rules) } };
}

const struct rulebook *nis2_rulebook(void)
{
	static struct stage stages[5];
	static struct regime regimes[3];
	static struct country countries[1];
	static struct rulebook book;

	if (book.n_regimes > 0)
		return &book;
	nis2_reports(stages);
	nis2_month(stages);
	regimes[0] = regime("nis2", stages, 5);
	regimes[0].rules = "nis2/2026-11-21";
	others(&regimes[1], &regimes[2]);
	demo_country(&countries[0]);
	book = (struct rulebook){ .regimes = regimes, .n_regimes = 3, .countries = countries,
		.n_countries = 1, .zone = zone_get };
	return &book;
}
