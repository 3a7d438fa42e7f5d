/*
 * What the two halves of a draft share: see draft.h. draft.c has the record's side of it,
 * draft_content.c what the law asks for.
 */
#ifndef TOCSIN_CORE_DRAFT_INTERNAL_H
#define TOCSIN_CORE_DRAFT_INTERNAL_H

#include "core/draft.h"

/* "" where there is none. */
const char *draft_text(const json_t *object, const char *key);
/* Takes the value, which it returns. */
json_t *draft_add(json_t *array, json_t *value);
/* The items of a new section. */
json_t *draft_section(json_t *document, const char *title);
/* A label and its value, or that it is missing. */
json_t *draft_item(json_t *items, const char *label, const char *value, const char *missing);

/* What is recorded of that kind; NULL: nothing. */
const json_t *draft_detail(const struct draft *r, const char *name);
void draft_detail_item(json_t *items, const char *label, const json_t *detail,
	const char *missing);
/* The event of a type that counts for the regime, as the daemon's fold does. */
const json_t *draft_event(const struct draft *r, const char *type);

/* The section of what the law asks for. */
void draft_content(const struct draft *r, json_t *document);

#endif
