/*
 * Where a report goes, in words that are as sure as the source: what was verified
 * is stated, what one source says is said to be so, what was checked too long ago
 * says since when, and what is hopelessly old is not printed at all.
 *
 * Ages after which a value is no longer relied on: law 24 months, guidance and
 * registers 6 months, a portal or mailbox 3 months; after twice that it is hidden.
 */
#ifndef TOCSIN_CORE_FILING_ROUTE_H
#define TOCSIN_CORE_FILING_ROUTE_H

#include "base/buf.h"
#include "core/regime.h"

enum route_part { ROUTE_RECIPIENT, ROUTE_AUTHORITY, ROUTE_PORTAL, ROUTE_EMAIL, ROUTE_PHONE,
	ROUTE_ACCESS, ROUTE_PARTS };
const char *route_part_name(enum route_part part);
const struct route_item *route_part(const struct filing_route *route, enum route_part part);

enum route_trust {
	ROUTE_UNKNOWN,		/* no value: "not known" */
	ROUTE_FACT,		/* verified and fresh */
	ROUTE_UNSURE,		/* not verified: "one source says", "sources disagree" */
	ROUTE_STALE,		/* "unverified since DATE" */
	ROUTE_HIDDEN,		/* too old: "check the authority's own page" */
};

/* today: days since 1970. *ret_since: the day from which it is stale, else DAY_NONE.
 * The age is that of the day on which the thing itself was checked, else of the day on
 * which its source was read; without either it is never a fact. An age comes first: what
 * is old and was never verified is stale, and its words say both. */
enum route_trust route_item_trust(const struct route_item *item, enum route_part part,
	int32_t today, int32_t *ret_since);

/* Of portal, e-mail and telephone the one that is surest. */
enum route_part route_channel(const struct filing_route *route, int32_t today);

/* One line without a newline: "portal: https://... (verified, read 2026-09-03)",
 * "email: cert@example (one source; unverified since 2026-12-03)"; then its note. */
void route_item_write(const struct route_item *item, enum route_part part, int32_t today,
	struct buf *out);

/* The short form for a notice, one line: whom to file with and by what, or that
 * nothing is known. overlay NULL: nothing is known. */
void route_write_notice(const struct overlay *overlay, int32_t today, struct buf *out);

/* "verified, authority's guidance or register, read 2026-09-03". */
void provenance_write(const struct provenance *p, struct buf *out);

/* {"law","status","in_force","terms":{"confidence","standing","source","read_on",
 * "checked_on"},"notes","recipient":{"value","note","confidence","standing","source",
 * "read_on","checked_on","trust","since","text"},...}; hidden values are left out, and
 * so is what is not known. overlay NULL: nothing is written. */
void document_put_route(struct buf *out, const char *key, const struct overlay *overlay,
	int32_t today);
/* The members of "terms". */
void document_put_provenance(struct buf *out, const struct provenance *p);

#endif
