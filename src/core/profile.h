/*
 * What a country's file says, for people and as JSON: zones, law and how sure that is,
 * where its law differs from the act, what no clock can say, and where reports go.
 */
#ifndef TOCSIN_CORE_PROFILE_H
#define TOCSIN_CORE_PROFILE_H

#include "base/buf.h"
#include "core/filing_route.h"

/* today: days since 1970, for the age of what is known. At most 80 columns, but for
 * the addresses of sources, which are not broken. */
void profile_write(const struct country *country, const struct rulebook *book,
	int32_t today, struct buf *out);

/* In one word each: "verified", "single", "stale"; what is known of the periods, and of
 * the channel that is surest. overlay NULL: "not known". */
const char *profile_terms_word(const struct overlay *overlay);
const char *profile_route_word(const struct overlay *overlay, int32_t today);

/* {"country","name","version","timezone","other_timezones","laws":[{"regime","from",
 * "deviations":[{"stage","anchor","period","kind","reference","note",...}],
 * "stages":[...],"route":{...}}]} */
void document_put_profile(struct buf *out, const char *key, const struct country *country,
	const struct rulebook *book, int32_t today);

#endif
