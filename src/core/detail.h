/*
 * What people know of an incident for its reports: each is one of these, a text, and
 * whether it is actual or an estimate. No clock hangs on them. Pure.
 */
#ifndef TOCSIN_CORE_DETAIL_H
#define TOCSIN_CORE_DETAIL_H

#include <stdbool.h>
#include <stddef.h>

struct detail_kind {
	const char *name;		/* "root-cause" */
	const char *title;		/* as a draft has it */
	const char *choices;		/* the only values, separated by spaces; NULL: any text */
	const char *asked;		/* by what words the rules ask for it, separated by "|",
					 * with "=" by these and no others, with "?" not
					 * asked for, but with its place there; NULL: by none */
};

extern const struct detail_kind detail_kinds[];
extern const size_t detail_count;

const struct detail_kind *detail_find(const char *name);	/* NULL: there is none */
/* Of those there are, the one nearest to a name that is none; NULL. */
const char *detail_nearest(const char *name);
bool detail_takes(const struct detail_kind *kind, const char *value);
/* Has it its place in what a phrase of the rules ("severity and impact") asks for? */
bool detail_is_asked(const struct detail_kind *kind, const char *phrase);
/* Does the phrase ask for it, so that it is missing where it is not recorded? */
bool detail_is_owed(const struct detail_kind *kind, const char *phrase);

#endif
