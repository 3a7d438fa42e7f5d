/*
 * What a country's file says: see profile.h. Deviations are read off the merged regime,
 * which is what clocks are folded by: a limb that names the country, and a stage that
 * the regime itself does not have.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json_out.h"
#include "base/text.h"
#include "core/page.h"
#include "core/profile.h"

/* ---- deviations ------------------------------------------------------------------ */

/* A country's limb of a stage, or a stage of its own (limb NULL). */
typedef void deviation_fn(void *arg, const struct stage *stage, const struct limb *limb);

static bool is_same_limb(const struct limb *a, const struct limb *b)
{
	return anchor_equal(&a->anchor, &b->anchor) && a->period.unit == b->period.unit &&
		a->period.count == b->period.count && a->kind == b->kind &&
		text_equal(a->reference, b->reference) && text_equal(a->note, b->note);
}

/* A file says a limb once, and it stands in every rule of the stage. */
static bool is_told(const struct stage *stage, const struct limb *limb)
{
	size_t i, j;

	for (i = 0; i < stage->n_rules; i++) {
		for (j = 0; j < stage->rules[i].n_limbs; j++) {
			const struct limb *other = &stage->rules[i].limbs[j];

			if (other == limb)
				return false;
			if (other->country != NULL && is_same_limb(other, limb))
				return true;
		}
	}
	return false;
}

static void each_limb(const struct stage *stage, deviation_fn *tell, void *arg)
{
	size_t i, j;

	for (i = 0; i < stage->n_rules; i++)
		for (j = 0; j < stage->rules[i].n_limbs; j++) {
			const struct limb *limb = &stage->rules[i].limbs[j];

			if (limb->country != NULL && !is_told(stage, limb))
				tell(arg, stage, limb);
		}
}

static void each_deviation(const struct overlay *overlay, const struct regime *plain,
	deviation_fn *tell, void *arg)
{
	const struct regime *merged = overlay->merged;
	size_t i;

	for (i = 0; merged != NULL && i < merged->n_stages; i++) {
		const struct stage *stage = &merged->stages[i];

		if (plain != NULL && regime_stage(plain, stage->name) == NULL)
			tell(arg, stage, NULL);
		else
			each_limb(stage, tell, arg);
	}
}

/* "PT24H from aware". */
static void add_limb(struct buf *out, const struct limb *limb)
{
	char anchor[ANCHOR_SIZE], period[PERIOD_SIZE] = "a date that is given";

	if (limb->period.unit != PERIOD_NONE)
		period_format(&limb->period, period);
	else if (limb->target.unit != PERIOD_NONE)
		snprintf(period, sizeof(period), "no period");
	anchor_format(&limb->anchor, anchor);
	buf_addf(out, "%s from %s", period, anchor);
}

/* The limbs of the rule that always applies; a country's own are left out. */
static void add_rule(struct buf *out, const struct stage *stage, bool all)
{
	const struct stage_rule *rule = &stage->rules[stage->n_rules - 1];
	const char *before = "";
	size_t i;

	for (i = 0; i < rule->n_limbs; i++) {
		if (!all && rule->limbs[i].country != NULL)
			continue;
		buf_adds(out, before);
		add_limb(out, &rule->limbs[i]);
		before = rule->latest_binds ? " or, if later, " : " or, if earlier, ";
	}
}

/* ---- for people ------------------------------------------------------------------- */

struct page {
	struct buf *out, *text;
};

static void write_deviation(void *arg, const struct stage *stage, const struct limb *limb)
{
	const struct page *page = arg;
	struct buf *text = page->text;

	buf_clear(text);
	if (limb == NULL) {
		buf_addf(text, "%s: a further report (%s), ", stage->name,
			stage->title != NULL ? stage->title : stage->name);
		add_rule(text, stage, true);
		page_item(page->out, text->data);
		return;
	}
	buf_addf(text, "%s: ", stage->name);
	add_limb(text, limb);
	buf_adds(text, limb->kind == LIMB_READING ? " may be the law" : "");
	buf_adds(text, "; the act: ");
	add_rule(text, stage, false);
	if (limb->reference != NULL)
		buf_addf(text, "; %s", limb->reference);
	if (limb->provenance != NULL) {
		buf_adds(text, " (");
		provenance_write(limb->provenance, text);
		buf_addc(text, ')');
	}
	if (limb->note != NULL)
		buf_addf(text, ": %s", limb->note);
	page_item(page->out, text->data);
}

static void write_route(const struct overlay *overlay, int32_t today, const struct page *page)
{
	int part;

	page_heading(page->out, "Where to file");
	for (part = 0; part < ROUTE_PARTS; part++) {
		buf_clear(page->text);
		route_item_write(route_part(&overlay->route, (enum route_part)part),
			(enum route_part)part, today, page->text);
		page_item(page->out, page->text->data);
	}
}

/* Each on a line of its own, which is not broken: an address is there to be copied. */
static void write_sources(const char *sources, struct buf *out)
{
	const char *label = "source";
	size_t n;

	while (sources != NULL && *sources != '\0') {
		n = strcspn(sources, ";");
		buf_addf(out, "  %-10s  %.*s\n", label, (int)n, sources);
		sources += n;
		sources += strspn(sources, "; ");
		label = "";
	}
}

static void write_law(const struct overlay *overlay, const struct regime *plain,
	struct page *page)
{
	char day[DAY_SIZE];
	size_t i;

	page_heading(page->out, plain != NULL ? plain->title : overlay->regime);
	page_labelled(page->out, "law", overlay->in_force ? overlay->law :
		"no national act is known to be in force");
	if (!overlay->in_force && overlay->law != NULL)
		page_labelled(page->out, "", overlay->law);
	if (overlay->status != NULL)
		page_labelled(page->out, "status", overlay->status);
	if (overlay->from_day != DAY_NONE) {
		day_format(overlay->from_day, day);
		buf_addf(page->out, "  %-10s  %s; awareness before that day: the plain act\n",
			"used from", day);
	}
	buf_clear(page->text);
	provenance_write(&overlay->provenance, page->text);
	page_labelled(page->out, "how sure", page->text->data);
	write_sources(overlay->provenance.source, page->out);
	if (overlay->merged == NULL)
		page_labelled(page->out, "periods", "those of the act");
	else
		page_heading(page->out, "Where it differs from the act");
	each_deviation(overlay, plain, write_deviation, page);
	if (overlay->n_notes > 0)
		page_heading(page->out, "Notes");
	for (i = 0; i < overlay->n_notes; i++)
		page_item(page->out, overlay->notes[i]);
}

void profile_write(const struct country *country, const struct rulebook *book,
	int32_t today, struct buf *out)
{
	struct buf text;
	struct page page = { out, &text };
	size_t i;

	buf_init(&text, 0);
	buf_addf(out, "%s (%s), version %s\n", country->name, country->code, country->version);
	buf_adds(&text, country->timezone);
	for (i = 0; i < country->n_other_timezones; i++)
		buf_addf(&text, "%s%s", i == 0 ? "; elsewhere " : ", ",
			country->other_timezones[i]);
	page_labelled(out, "zone", text.data);
	if (country->n_overlays == 0)
		page_labelled(out, "law",
			"nothing is known of the national law: the plain act");
	for (i = 0; i < country->n_overlays; i++) {
		write_law(&country->overlays[i], rulebook_regime(book,
			country->overlays[i].regime), &page);
		write_route(&country->overlays[i], today, &page);
	}
	buf_adds(out, "\nNo legal advice.\n");
	buf_release(&text);
}

const char *profile_terms_word(const struct overlay *overlay)
{
	return overlay != NULL ? confidence_name(overlay->provenance.confidence) : "not known";
}

const char *profile_route_word(const struct overlay *overlay, int32_t today)
{
	const struct route_item *item;
	enum route_part part;
	int32_t since;

	if (overlay == NULL)
		return "not known";
	part = route_channel(&overlay->route, today);
	item = route_part(&overlay->route, part);
	switch (route_item_trust(item, part, today, &since)) {
	case ROUTE_FACT:
	case ROUTE_UNSURE:
		return confidence_name(item->provenance.confidence);
	case ROUTE_STALE:
		return "stale";
	case ROUTE_HIDDEN:
		return "hidden";
	case ROUTE_UNKNOWN:
		break;
	}
	return "not known";
}

/* ---- as JSON ---------------------------------------------------------------------- */

static void put_limb(struct buf *out, const struct limb *limb)
{
	char anchor[ANCHOR_SIZE], period[PERIOD_SIZE];

	anchor_format(&limb->anchor, anchor);
	out_text(out, "anchor", anchor);
	if (limb->period.unit == PERIOD_NONE)
		return;
	period_format(&limb->period, period);
	out_text(out, "period", period);
}

static void put_deviation(void *arg, const struct stage *stage, const struct limb *limb)
{
	struct buf *out = arg;

	if (limb == NULL)
		return;
	out_object(out, NULL);
	out_text(out, "stage", stage->name);
	put_limb(out, limb);
	out_text(out, "kind", limb->kind == LIMB_READING ? "reading" : "binds");
	out_text(out, "reference", limb->reference);
	out_text(out, "note", limb->note);
	if (limb->provenance != NULL)
		document_put_provenance(out, limb->provenance);
	out_end_object(out);
}

static void put_stage(void *arg, const struct stage *stage, const struct limb *limb)
{
	const struct stage_rule *rule = &stage->rules[stage->n_rules - 1];
	struct buf *out = arg;
	size_t i;

	if (limb != NULL)
		return;
	out_object(out, NULL);
	out_text(out, "stage", stage->name);
	out_text(out, "title", stage->title);
	out_text(out, "content", stage->content);
	out_text(out, "reference", rule->reference);
	out_array(out, "limbs");
	for (i = 0; i < rule->n_limbs; i++) {
		out_object(out, NULL);
		put_limb(out, &rule->limbs[i]);
		out_end_object(out);
	}
	out_end_array(out);
	out_end_object(out);
}

static void put_law(struct buf *out, const struct overlay *overlay, const struct regime *plain,
	int32_t today)
{
	char day[DAY_SIZE];

	out_object(out, NULL);
	out_text(out, "regime", overlay->regime);
	if (overlay->from_day != DAY_NONE) {
		day_format(overlay->from_day, day);
		out_text(out, "from", day);
	}
	out_array(out, "deviations");
	each_deviation(overlay, plain, put_deviation, out);
	out_end_array(out);
	out_array(out, "stages");
	each_deviation(overlay, plain, put_stage, out);
	out_end_array(out);
	document_put_route(out, "route", overlay, today);
	out_end_object(out);
}

void document_put_profile(struct buf *out, const char *key, const struct country *country,
	const struct rulebook *book, int32_t today)
{
	size_t i;

	out_object(out, key);
	out_text(out, "country", country->code);
	out_text(out, "name", country->name);
	out_text(out, "version", country->version);
	out_text(out, "timezone", country->timezone);
	if (country->n_other_timezones > 0)
		out_texts(out, "other_timezones", country->other_timezones,
			country->n_other_timezones);
	out_array(out, "laws");
	for (i = 0; i < country->n_overlays; i++)
		put_law(out, &country->overlays[i], rulebook_regime(book,
			country->overlays[i].regime), today);
	out_end_array(out);
	out_end_object(out);
}
