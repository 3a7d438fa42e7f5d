/*
 * Overlays of countries.d: what a member state's law adds to a regime. A value that
 * is not the regime's own says where it comes from and how sure it is, or it is
 * refused: a mailbox without a source is worse than none. That no deadline becomes
 * longer is proven by overlay_merge in core; what it refuses is told at the limb.
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/build.h"
#include "config/overlay.h"
#include "config/stage.h"

enum { OVERLAY_LIMBS_MAX = 64, NOTES_MAX = 32, WORDS_MAX = 400, SOURCE_MAX = 2000,
	NOTE_MAX = 1000 };

/* In the order of enum confidence, standing and limb_kind. */
static const char *const confidences[] = { "verified", "single", "unverified", "conflict",
	NULL };
static const char *const standings[] = { "law", "guidance", "third-party", NULL };
static const char *const kinds[] = { "binds", "reading", NULL };

static const struct option overlay_options[] = {
	{ .group = "overlay", .name = "regime", .type = OPTION_NAME, .required = true },
	{ .group = "overlay", .name = "law", .type = OPTION_TEXT, .max = WORDS_MAX,
	  .required = true },
	{ .group = "overlay", .name = "status", .type = OPTION_TEXT, .max = WORDS_MAX,
	  .required = true },
	{ .group = "overlay", .name = "in_force", .type = OPTION_BOOL, .fallback = "true" },
	{ .group = "overlay", .name = "from", .type = OPTION_DATE },
	{ .group = "overlay", .name = "terms", .type = OPTION_GROUP, .of = "terms",
	  .required = true },
	{ .group = "overlay", .name = "notes", .type = OPTION_TEXTS, .max = NOTES_MAX },
	{ .group = "overlay", .name = "limbs", .type = OPTION_LIST, .of = "overlay limb",
	  .max = OVERLAY_LIMBS_MAX },
	{ .group = "overlay", .name = "stages", .type = OPTION_LIST, .of = "stage",
	  .max = STAGES_MAX },
	{ .group = "overlay", .name = "route", .type = OPTION_GROUP, .of = "route" },
	{ .group = "terms", .name = "confidence", .type = OPTION_CHOICE, .choices = confidences,
	  .required = true },
	{ .group = "terms", .name = "standing", .type = OPTION_CHOICE, .choices = standings,
	  .required = true },
	{ .group = "terms", .name = "source", .type = OPTION_TEXT, .max = SOURCE_MAX,
	  .required = true },
	{ .group = "terms", .name = "read", .type = OPTION_DATE, .required = true },
	{ .group = "terms", .name = "checked", .type = OPTION_DATE },
	{ .group = "overlay limb", .name = "stage", .type = OPTION_NAME, .required = true },
	{ .group = "overlay limb", .name = "beside", .type = OPTION_TEXT, .max = 80,
	  .required = true },
	{ .group = "overlay limb", .name = "anchor", .type = OPTION_TEXT, .max = 80 },
	{ .group = "overlay limb", .name = "period", .type = OPTION_TEXT, .max = 32 },
	{ .group = "overlay limb", .name = "kind", .type = OPTION_CHOICE, .choices = kinds,
	  .fallback = "binds" },
	{ .group = "overlay limb", .name = "reference", .type = OPTION_TEXT, .max = WORDS_MAX },
	{ .group = "overlay limb", .name = "note", .type = OPTION_TEXT, .max = NOTE_MAX },
	{ .group = "overlay limb", .name = "confidence", .type = OPTION_CHOICE,
	  .choices = confidences },
	{ .group = "overlay limb", .name = "standing", .type = OPTION_CHOICE,
	  .choices = standings },
	{ .group = "overlay limb", .name = "source", .type = OPTION_TEXT, .max = SOURCE_MAX },
	{ .group = "overlay limb", .name = "read", .type = OPTION_DATE },
	{ .group = "overlay limb", .name = "checked", .type = OPTION_DATE },
	{ .group = "route", .name = "recipient", .type = OPTION_GROUP, .of = "route item" },
	{ .group = "route", .name = "authority", .type = OPTION_GROUP, .of = "route item" },
	{ .group = "route", .name = "portal", .type = OPTION_GROUP, .of = "route item" },
	{ .group = "route", .name = "email", .type = OPTION_GROUP, .of = "route item" },
	{ .group = "route", .name = "phone", .type = OPTION_GROUP, .of = "route item" },
	{ .group = "route", .name = "access", .type = OPTION_GROUP, .of = "route item" },
	{ .group = "route item", .name = "value", .type = OPTION_TEXT, .max = WORDS_MAX,
	  .required = true },
	{ .group = "route item", .name = "note", .type = OPTION_TEXT, .max = NOTE_MAX },
	{ .group = "route item", .name = "confidence", .type = OPTION_CHOICE,
	  .choices = confidences, .required = true },
	{ .group = "route item", .name = "standing", .type = OPTION_CHOICE, .choices = standings,
	  .required = true },
	{ .group = "route item", .name = "source", .type = OPTION_TEXT, .max = SOURCE_MAX,
	  .required = true },
	{ .group = "route item", .name = "read", .type = OPTION_DATE, .required = true },
	{ .group = "route item", .name = "checked", .type = OPTION_DATE },
};
const struct schema overlay_schema = { overlay_options, ARRAY_LEN(overlay_options),
	&stage_schema };

/* What a group says over what is said above it. */
static void read_provenance(const struct group *g, struct provenance *ret)
{
	if (group_has(g, "confidence"))
		ret->confidence = (enum confidence)group_choice(g, "confidence");
	if (group_has(g, "standing"))
		ret->standing = (enum standing)group_choice(g, "standing");
	if (group_has(g, "source"))
		ret->source = group_text(g, "source");
	if (group_has(g, "read"))
		ret->read_day = group_date(g, "read");
	if (group_has(g, "checked"))
		ret->checked_day = group_date(g, "checked");
}

static void read_route(const struct group *g, struct filing_route *route)
{
	const struct {
		const char *key;
		struct route_item *item;
	} parts[] = {
		{ "recipient", &route->recipient }, { "authority", &route->authority },
		{ "portal", &route->portal }, { "email", &route->email },
		{ "phone", &route->phone }, { "access", &route->access },
	};
	struct group sub = group_sub(g, "route");
	size_t i;

	for (i = 0; i < ARRAY_LEN(parts); i++) {
		struct route_item *item = parts[i].item;
		struct group group;

		item->provenance.read_day = item->provenance.checked_day = DAY_NONE;
		if (!group_has(&sub, parts[i].key))
			continue;
		group = group_sub(&sub, parts[i].key);
		item->value = group_text(&group, "value");
		item->note = group_text(&group, "note");
		read_provenance(&group, &item->provenance);
	}
}

static void read_overlay_limb(const struct group *g, const struct overlay *overlay,
	const struct country *country, struct overlay_limb *ret)
{
	struct provenance *provenance = arena_alloc(g->reader->arena, sizeof(*provenance));
	struct limb *limb = &ret->limb;

	ret->stage = group_text(g, "stage");
	anchor_read(g, "beside", &ret->beside);
	anchor_read(g, "anchor", &limb->anchor);
	period_read(g, "period", &limb->period);
	if (!group_is_set(g, "anchor") && !group_is_set(g, "period"))
		group_error(g, NULL, "overlay limb: neither \"anchor\" nor \"period\" is there, so "
			"it would be the one that it stands beside");
	limb->kind = (enum limb_kind)group_choice(g, "kind");
	limb->country = country->code;
	limb->reference = group_has(g, "reference") ? group_text(g, "reference") : overlay->law;
	limb->note = group_text(g, "note");
	*provenance = overlay->provenance;
	read_provenance(g, provenance);
	limb->provenance = provenance;
}

static size_t read_overlay_limbs(const struct group *g, const struct overlay *overlay,
	const struct country *country, struct overlay_limb **ret)
{
	size_t n = group_count(g, "limbs"), i;

	*ret = arena_array(g->reader->arena, n + 1, sizeof(**ret));
	for (i = 0; i < n; i++) {
		struct group item = group_item(g, "limbs", i);

		read_overlay_limb(&item, overlay, country, &(*ret)[i]);
	}
	return n;
}

/* Every limb of a stage that only the country has is the country's. */
static void claim_stage(struct stage *stage, const struct overlay *overlay,
	const struct country *country)
{
	size_t i, j;

	for (i = 0; i < stage->n_rules; i++)
		for (j = 0; j < stage->rules[i].n_limbs; j++) {
			stage->rules[i].limbs[j].country = country->code;
			stage->rules[i].limbs[j].provenance = &overlay->provenance;
		}
}

static size_t read_own_stages(const struct group *g, const struct regime *regime,
	const struct overlay *overlay, const struct country *country, struct stage **ret)
{
	size_t n = group_count(g, "stages"), i;

	group_check_unique(g, "stages", "name", "stage");
	*ret = arena_array(g->reader->arena, n + 1, sizeof(**ret));
	for (i = 0; i < n; i++) {
		struct group item = group_item(g, "stages", i);

		stage_read(&item, &(*ret)[i]);
		if (regime_stage(regime, (*ret)[i].name) != NULL)
			group_error(&item, "name", "name: %s has a stage \"%s\" already; its own limbs "
				"are put beside by \"limbs\"", regime->name, (*ret)[i].name);
		claim_stage(&(*ret)[i], overlay, country);
	}
	return n;
}

/* NULL: reported, or the regime's own file was refused, which is said already. */
static const struct regime *find_regime(const struct group *g, const struct rulebook *book)
{
	const char **known = arena_array(g->reader->arena, book->n_regimes + 1, sizeof(*known));
	const char *name = group_text(g, "regime");
	const struct regime *regime = rulebook_regime(book, name);
	size_t i;

	for (i = 0; i < book->n_regimes; i++)
		known[i] = book->regimes[i].name;
	if (regime == NULL && !reader_has_file(g->reader,
		arena_printf(g->reader->arena, "regimes.d/%s.conf", name)))
		build_unknown(g, "regime", 0, "regime", name, known, book->n_regimes);
	return regime;
}

static void merge(const struct group *g, const struct regime *regime, struct overlay *overlay,
	const struct country *country)
{
	size_t before = g->reader->n_errors, bad = 0;
	struct overlay_limb *limbs;
	struct stage *stages;
	size_t n_limbs = read_overlay_limbs(g, overlay, country, &limbs);
	size_t n_stages = read_own_stages(g, regime, overlay, country, &stages);
	const char *key = n_stages > 0 ? "stages" : "limbs";
	struct group item;
	struct error why;

	if (n_limbs + n_stages == 0)
		return;
	if (!overlay->in_force)
		group_error(g, key, "%s: there is no national act that could change anything "
			"(in_force is false)", key);
	if (g->reader->n_errors != before || overlay_merge(regime, limbs, n_limbs, stages,
		n_stages, g->reader->arena, &overlay->merged, &bad, &why) == 0)
		return;
	item = bad < n_limbs ? group_item(g, "limbs", bad) :
		group_item(g, key, n_stages > 0 ? bad - n_limbs : 0);
	group_error(&item, NULL, "%s", why.text);
}

static void read_overlay(const struct group *g, const struct rulebook *book,
	const struct country *country, struct overlay *overlay)
{
	const struct regime *regime = find_regime(g, book);
	struct group terms = group_sub(g, "terms");

	overlay->regime = group_text(g, "regime");
	overlay->law = group_text(g, "law");
	overlay->status = group_text(g, "status");
	overlay->in_force = group_bool(g, "in_force");
	overlay->from_day = group_date(g, "from");
	overlay->provenance.read_day = overlay->provenance.checked_day = DAY_NONE;
	read_provenance(&terms, &overlay->provenance);
	overlay->n_notes = group_texts(g, "notes", &overlay->notes);
	read_route(g, &overlay->route);
	if (regime != NULL)
		merge(g, regime, overlay, country);
}

void overlays_read(const struct group *root, const struct rulebook *book,
	struct country *country)
{
	size_t i;

	group_check_unique(root, "overlays", "regime", "overlay of");
	country->n_overlays = group_count(root, "overlays");
	country->overlays = arena_array(root->reader->arena, country->n_overlays + 1,
		sizeof(*country->overlays));
	for (i = 0; i < country->n_overlays; i++) {
		struct group item = group_item(root, "overlays", i);

		read_overlay(&item, book, country, &country->overlays[i]);
	}
}
