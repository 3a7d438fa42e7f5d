/* Laws for tests: see law_maker.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "law_maker.h"
#include "nis2_rules.h"

static void need(int result, const char *what, const struct error *err)
{
	if (result == 0)
		return;
	fprintf(stderr, "test law: %s: %s\n", what, err->text);
	abort();
}

/* The next word of *text, "" at the end. */
static void word(const char **text, char out[64])
{
	size_t n = strcspn(*text, " ");

	snprintf(out, 64, "%.*s", (int)n, *text);
	*text += n + strspn(*text + n, " ");
}

struct limb law_limb(const char *text)
{
	struct limb limb = { .kind = LIMB_BINDS };
	const char *rest = text;
	struct error err;
	char part[64];

	word(&rest, part);
	if (strcmp(part, "-") != 0)
		need(anchor_parse(part, &limb.anchor, &err), text, &err);
	for (word(&rest, part); part[0] != '\0'; word(&rest, part)) {
		if (strcmp(part, "reading") == 0) {
			limb.kind = LIMB_READING;
		} else if (strcmp(part, "target") == 0) {
			word(&rest, part);
			need(period_parse(part, &limb.target, &err), text, &err);
		} else {
			need(period_parse(part, &limb.period, &err), text, &err);
		}
	}
	return limb;
}

static struct conditions conditions(struct arena *arena, const char *const *texts, size_t max)
{
	struct conditions c = { .list = arena_array(arena, max, sizeof(*c.list)) };
	struct error err;

	for (; c.n < max && texts[c.n] != NULL; c.n++)
		need(condition_parse(texts[c.n], &c.list[c.n], &err), texts[c.n], &err);
	return c;
}

struct stage *law_stages(struct arena *arena, const struct law_stage *rows, size_t n)
{
	struct stage *stages = arena_array(arena, n, sizeof(*stages));
	size_t i, j;

	for (i = 0; i < n; i++) {
		struct stage *s = &stages[i];

		text_copy(s->name, sizeof(s->name), rows[i].name);
		s->title = rows[i].name;
		s->on_request = rows[i].on_request;
		s->repeatable = rows[i].repeatable;
		s->if_late = rows[i].if_late;
		s->when = conditions(arena, rows[i].when, 2);
		s->void_when = arena_array(arena, 2, sizeof(*s->void_when));
		for (j = 0; j < 2 && rows[i].void_when[j] != NULL; j++)
			s->void_when[s->n_void_when++] =
				conditions(arena, &rows[i].void_when[j], 1);
		s->rules = arena_array(arena, 1, sizeof(*s->rules));
		s->n_rules = 1;
		s->rules->reference = "Art. 1";
		s->rules->latest_binds = rows[i].latest_binds;
		s->rules->limbs = arena_array(arena, 4, sizeof(*s->rules->limbs));
		for (j = 0; j < 4 && rows[i].limbs[j] != NULL; j++)
			s->rules->limbs[s->rules->n_limbs++] = law_limb(rows[i].limbs[j]);
	}
	return stages;
}

struct regime *law_regime(struct arena *arena, const char *name, const struct law_stage *rows,
	size_t n)
{
	struct regime *regime = arena_alloc(arena, sizeof(*regime));
	struct error err;
	size_t stage;

	*regime = (struct regime){ .title = name, .act = "an act", .version = "1",
		.rules = arena_printf(arena, "%s/1", name), .file = "test",
		.from_day = DAY_NONE, .stages = law_stages(arena, rows, n), .n_stages = n };
	text_copy(regime->name, sizeof(regime->name), name);
	need(regime_check(regime, &stage, &err), name, &err);
	return regime;
}

struct overlay_limb law_overlay_limb(const struct law_beside *row, const char *code,
	const struct provenance *provenance)
{
	struct overlay_limb limb = { .stage = row->stage, .limb = law_limb(row->limb) };
	struct error err;

	need(anchor_parse(row->beside, &limb.beside, &err), row->beside, &err);
	limb.limb.country = code;
	limb.limb.reference = "the authority's guide";
	limb.limb.provenance = provenance;
	return limb;
}

struct country *law_country(struct arena *arena, const char *code, const struct regime *regime,
	const struct law_beside *rows, size_t n, const struct law_stage *stages,
	size_t n_stages)
{
	struct overlay_limb *limbs = arena_array(arena, n, sizeof(*limbs));
	struct country *country = arena_alloc(arena, sizeof(*country));
	struct overlay *overlay = arena_alloc(arena, sizeof(*overlay));
	struct error err;
	size_t i, bad;

	*overlay = (struct overlay){ .regime = regime->name, .law = "an act of a country",
		.status = "in force", .in_force = true, .from_day = DAY_NONE,
		.provenance = { .source = "https://example.org/guide",
			.standing = STANDING_GUIDANCE, .checked_day = DAY_NONE } };
	day_parse("2026-09-03", &overlay->provenance.read_day, NULL);
	*country = (struct country){ .name = code, .version = "1", .file = "test",
		.rules = arena_printf(arena, "%s/1", code), .overlays = overlay,
		.n_overlays = 1, .calendar = nis2_rulebook()->countries[0].calendar };
	text_copy(country->code, sizeof(country->code), code);
	for (i = 0; i < n; i++)
		limbs[i] = law_overlay_limb(&rows[i], country->code, &overlay->provenance);
	need(overlay_merge(regime, limbs, n, law_stages(arena, stages, n_stages), n_stages,
		arena, &overlay->merged, &bad, &err), code, &err);
	return country;
}
