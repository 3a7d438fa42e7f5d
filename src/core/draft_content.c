/*
 * What the law asks a report to contain, as the rules have it: "a, b with c; d". Each part
 * between semicolons is a heading; each element between its commas is looked for in the
 * record. What is recorded stands there; what is not is named, element by element once
 * anything of the part is there, else the part as a whole. Nothing is made up: a severity
 * that a machine gave is not the assessment that the law asks of the entity.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/detail.h"
#include "core/draft_internal.h"

enum fact_kind { FACT_NUMBER, FACT_REFERENCE, FACT_DESCRIPTION, FACT_EVENT };

/* What the record has besides details, by the words that the rules ask for it with. */
static const struct fact {
	const char *asked;
	enum fact_kind kind;
	const char *event, *label;
	bool optional;		/* it has its place there, but nobody asks for it */
} facts[] = {
	{ "own reference", FACT_NUMBER, NULL, "Our number", false },
	{ "authority's reference", FACT_REFERENCE, NULL, "Reference of the last report", false },
	{ "description", FACT_DESCRIPTION, NULL, "Description", false },
	{ "breach of security", FACT_DESCRIPTION, NULL, "Description", false },
	{ "breach or disruption", FACT_DESCRIPTION, NULL, "Description", false },
	{ "the breach, as", FACT_DESCRIPTION, NULL, "Description", false },
	{ "when it occurred", FACT_EVENT, "occurred", "Occurred", false },
	{ "when detected", FACT_EVENT, "detected", "Detected", false },
	/* Implementing Regulation (EU) 2025/302, Annex I, field 2.2: when it became aware. */
	{ "when detected", FACT_EVENT, "aware", "Aware", true },
	{ "detected and classified", FACT_EVENT, "classified", "Classified", false },
	{ "occurred and recovered", FACT_EVENT, "recovered", "Recovered", false },
	{ "resolved", FACT_EVENT, "recovered", "Recovered", true },
	{ "resolved", FACT_EVENT, "handled", "Handled", true },
	{ "state of the handling", FACT_EVENT, "handled", "Handled", true },
};

/* One thing asked for, while it is looked for. */
struct search {
	const struct draft *r;
	json_t *items;		/* what was found, and what is missing beside it */
	size_t found;
};

/* Of the last report that counts. */
static const char *last_reference(const struct draft *r)
{
	const json_t *filings = json_object_get(r->incident, "filings");
	const char *found = "", *at = "";
	size_t i;

	for (i = 0; i < json_array_size(filings); i++) {
		const json_t *filing = json_array_get(filings, i);

		if (strcmp(draft_text(filing, "regime"), draft_text(r->clock, "regime")) != 0 ||
				json_is_true(json_object_get(filing, "replaced")) ||
				strcmp(draft_text(filing, "filed_at"), at) < 0)
			continue;
		at = draft_text(filing, "filed_at");
		found = draft_text(filing, "reference");
	}
	return found;
}

static void add_fact(struct search *s, const struct fact *fact)
{
	const char *value = "";
	char number[24];

	switch (fact->kind) {
	case FACT_NUMBER:
		snprintf(number, sizeof(number), "%" PRId64,
			(int64_t)json_integer_value(json_object_get(s->r->incident, "id")));
		value = number;
		break;
	case FACT_REFERENCE:
		value = last_reference(s->r);
		break;
	case FACT_DESCRIPTION:
		value = draft_text(s->r->incident, "description");
		break;
	case FACT_EVENT:
		value = draft_text(draft_event(s->r, fact->event), "at");
		break;
	}
	if (value[0] == '\0' && fact->optional)
		return;
	draft_item(s->items, fact->label, value, fact->label);
	s->found += value[0] != '\0';
}

static void add_detail(struct search *s, const struct detail_kind *kind, const char *element)
{
	const json_t *detail = draft_detail(s->r, kind->name);

	if (detail == NULL && !detail_is_owed(kind, element))
		return;
	draft_detail_item(s->items, kind->title, detail, kind->title);
	s->found += detail != NULL;
}

/* Whether anything of the record belongs there at all. */
static bool search_element(struct search *s, const char *element)
{
	size_t before = json_array_size(s->items), i;

	for (i = 0; i < ARRAY_LEN(facts); i++)
		if (strstr(element, facts[i].asked) != NULL)
			add_fact(s, &facts[i]);
	for (i = 0; i < detail_count; i++)
		if (detail_is_asked(&detail_kinds[i], element))
			add_detail(s, &detail_kinds[i], element);
	return json_array_size(s->items) > before;
}

/* Where the element ends that begins there: at a comma, unless what follows is no thing of
 * its own but says more of it ("status updates, as requested"). */
static size_t element_length(const char *text)
{
	static const char *const more[] = { ", as ", ", when ", ", in ", ", to ", ", updated" };
	size_t n = 0, i;

	for (;;) {
		n += strcspn(text + n, ",");
		for (i = 0; i < ARRAY_LEN(more) && !text_starts(text + n, more[i]); i++)
			;
		if (i == ARRAY_LEN(more))
			return n;
		n++;
	}
}

/* One thing that the law asks for: what is recorded of it, or that nothing is. */
static void add_part(const struct draft *r, json_t *items, const char *part)
{
	struct search s = { .r = r, .items = json_array() };
	json_t *made = draft_add(items, json_object());
	const char *p = part;

	json_set_text(made, "label", part);
	while (*p != '\0') {
		size_t n = element_length(p);
		struct buf element;

		buf_init(&element, 0);
		buf_add(&element, p, n);
		if (!search_element(&s, element.data))
			draft_item(s.items, element.data, "", element.data);
		buf_release(&element);
		p += n + (p[n] == ',');
		p += strspn(p, " ");
	}
	if (s.found == 0)
		json_set_text(made, "missing", part);
	else
		json_object_set(made, "items", s.items);
	json_decref(s.items);
}

/* What a late report needs besides. */
static void add_if_late(const struct draft *r, json_t *items)
{
	bool late = json_is_true(json_object_get(r->clock, "overdue")) ||
		strcmp(draft_text(r->clock, "state"), "filed-late") == 0;

	if (late && r->stage->if_late != NULL)
		draft_item(items, r->stage->if_late, "", "why it is late");
}

void draft_content(const struct draft *r, json_t *document)
{
	const char *text = r->stage != NULL ? r->stage->content : NULL;
	json_t *items = draft_section(document, "What the law asks this report to contain");

	if (text == NULL) {
		draft_item(items, "", "", "the rules here do not say; see the reference above");
		return;
	}
	while (*text != '\0') {
		size_t n = strcspn(text, ";");
		struct buf part;

		buf_init(&part, 0);
		buf_add(&part, text, n);
		add_part(r, items, part.data + strspn(part.data, " "));
		buf_release(&part);
		text += n + (text[n] == ';');
	}
	add_if_late(r, items);
}
