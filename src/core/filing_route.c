/*
 * Where a report goes: see filing_route.h. It owns the ages and the words. A value is
 * stated without doubt only if it was verified and that is not long ago; the older it
 * is, the less is said, until nothing is left but whom to ask.
 */
#include "config.h"

#include "base/json_out.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "core/filing_route.h"

enum { LAW_MONTHS = 24, GUIDANCE_MONTHS = 6, CHANNEL_MONTHS = 3 };

static const char *const part_names[ROUTE_PARTS] = {
	[ROUTE_RECIPIENT] = "recipient", [ROUTE_AUTHORITY] = "authority",
	[ROUTE_PORTAL] = "portal", [ROUTE_EMAIL] = "email", [ROUTE_PHONE] = "phone",
	[ROUTE_ACCESS] = "access",
};

static const char *const trust_names[] = {
	[ROUTE_UNKNOWN] = "unknown", [ROUTE_FACT] = "fact", [ROUTE_UNSURE] = "unsure",
	[ROUTE_STALE] = "stale", [ROUTE_HIDDEN] = "hidden",
};

const char *route_part_name(enum route_part part)
{
	return part_names[part];
}

const struct route_item *route_part(const struct filing_route *route, enum route_part part)
{
	switch (part) {
	case ROUTE_RECIPIENT:
		return &route->recipient;
	case ROUTE_AUTHORITY:
		return &route->authority;
	case ROUTE_PORTAL:
		return &route->portal;
	case ROUTE_EMAIL:
		return &route->email;
	case ROUTE_PHONE:
		return &route->phone;
	case ROUTE_ACCESS:
	case ROUTE_PARTS:
		break;
	}
	return &route->access;
}

/* ---- how old, how sure -------------------------------------------------------- */

/* The same date so many months on, or the last of that month. */
static int32_t add_months(int32_t day, int n)
{
	int year, month, mday, length;

	civil_from_days(day, &year, &month, &mday);
	month += n - 1;
	year += month / 12;
	month = month % 12 + 1;
	length = civil_month_length(year, month);
	return civil_days(year, month, mday < length ? mday : length);
}

/* The thing itself was seen, or else what says so was read. */
static int32_t day_of(const struct provenance *p)
{
	return p->checked_day != DAY_NONE ? p->checked_day : p->read_day;
}

/* A channel changes when somebody moves a web server, whoever has written of it; the
 * rest lives as long as the text that it stands in. */
static int months_of(const struct provenance *p, enum route_part part)
{
	if (part == ROUTE_PORTAL || part == ROUTE_EMAIL || part == ROUTE_PHONE)
		return CHANNEL_MONTHS;
	return p->standing == STANDING_LAW ? LAW_MONTHS : GUIDANCE_MONTHS;
}

enum route_trust route_item_trust(const struct route_item *item, enum route_part part,
	int32_t today, int32_t *ret_since)
{
	const struct provenance *p = &item->provenance;
	int32_t day = day_of(p), stale;

	*ret_since = DAY_NONE;
	if (item->value == NULL)
		return ROUTE_UNKNOWN;
	if (day == DAY_NONE || today == DAY_NONE)
		return ROUTE_UNSURE;
	stale = add_months(day, months_of(p, part));
	if (today >= stale) {
		*ret_since = stale;
		return today >= add_months(day, 2 * months_of(p, part)) ? ROUTE_HIDDEN :
			ROUTE_STALE;
	}
	return p->confidence == CONFIDENCE_VERIFIED ? ROUTE_FACT : ROUTE_UNSURE;
}

/* ---- in words -------------------------------------------------------------------- */

static const char *confidence_words(enum confidence confidence)
{
	switch (confidence) {
	case CONFIDENCE_VERIFIED:
		return "verified";
	case CONFIDENCE_SINGLE:
		return "one source";
	case CONFIDENCE_CONFLICT:
		return "sources disagree";
	case CONFIDENCE_UNVERIFIED:
		break;
	}
	return "not verified";
}

static const char *standing_words(enum standing standing)
{
	switch (standing) {
	case STANDING_LAW:
		return "text of the law";
	case STANDING_GUIDANCE:
		return "authority's guidance or register";
	case STANDING_THIRD_PARTY:
		break;
	}
	return "third party";
}

static void add_day(struct buf *out, const char *before, int32_t day)
{
	char text[DAY_SIZE];

	day_format(day, text);
	buf_addf(out, "%s%s", before, text);
}

static void add_when(const struct provenance *p, struct buf *out)
{
	if (p->checked_day != DAY_NONE)
		add_day(out, ", checked ", p->checked_day);
	else if (p->read_day != DAY_NONE)
		add_day(out, ", read ", p->read_day);
	else
		buf_adds(out, ", date not known");
}

void provenance_write(const struct provenance *p, struct buf *out)
{
	buf_addf(out, "%s, %s", confidence_words(p->confidence), standing_words(p->standing));
	add_when(p, out);
}

/* "VALUE (how sure)"; "verified; unverified since" would contradict itself. */
static void write_value(const struct route_item *item, enum route_trust trust, int32_t since,
	struct buf *out)
{
	const struct provenance *p = &item->provenance;

	if (trust == ROUTE_UNKNOWN) {
		buf_adds(out, "not known");
		return;
	}
	if (trust == ROUTE_HIDDEN) {
		buf_adds(out, "check the authority's own page (");
		add_day(out, "what was known is unverified since ", since);
		buf_addc(out, ')');
		return;
	}
	buf_addf(out, "%s (", item->value);
	if (trust != ROUTE_STALE || p->confidence != CONFIDENCE_VERIFIED)
		buf_adds(out, confidence_words(p->confidence));
	if (trust == ROUTE_STALE)
		add_day(out, p->confidence != CONFIDENCE_VERIFIED ? "; unverified since " :
			"unverified since ", since);
	else
		add_when(p, out);
	buf_addc(out, ')');
}

void route_item_write(const struct route_item *item, enum route_part part, int32_t today,
	struct buf *out)
{
	int32_t since;
	enum route_trust trust = route_item_trust(item, part, today, &since);

	buf_addf(out, "%s: ", route_part_name(part));
	write_value(item, trust, since, out);
	if (item->note != NULL && trust != ROUTE_UNKNOWN && trust != ROUTE_HIDDEN)
		buf_addf(out, "; %s", item->note);
}

/* Of several, the one that is surest; of those that are alike, the first. Hidden is
 * better than unknown: it names a date. */
static enum route_part surest(const struct filing_route *route, const enum route_part *parts,
	size_t n, int32_t today)
{
	static const int ranks[] = {
		[ROUTE_FACT] = 0, [ROUTE_UNSURE] = 1, [ROUTE_STALE] = 2, [ROUTE_HIDDEN] = 3,
		[ROUTE_UNKNOWN] = 4,
	};
	int best = ranks[ROUTE_UNKNOWN], rank;
	enum route_part found = parts[0];
	int32_t since;
	size_t i;

	for (i = 0; i < n; i++) {
		rank = ranks[route_item_trust(route_part(route, parts[i]), parts[i], today,
			&since)];
		if (rank < best) {
			best = rank;
			found = parts[i];
		}
	}
	return found;
}

enum route_part route_channel(const struct filing_route *route, int32_t today)
{
	static const enum route_part channels[] = { ROUTE_PORTAL, ROUTE_EMAIL, ROUTE_PHONE };

	return surest(route, channels, ARRAY_LEN(channels), today);
}

static void write_short(const struct filing_route *route, enum route_part part, int32_t today,
	struct buf *out)
{
	const struct route_item *item = route_part(route, part);
	int32_t since;
	enum route_trust trust = route_item_trust(item, part, today, &since);

	write_value(item, trust, since, out);
}

void route_write_notice(const struct overlay *overlay, int32_t today, struct buf *out)
{
	static const enum route_part whom[] = { ROUTE_RECIPIENT, ROUTE_AUTHORITY };
	const struct filing_route *route;
	enum route_part part;

	if (overlay == NULL) {
		buf_adds(out, "Where to file: not known");
		return;
	}
	route = &overlay->route;
	if (!overlay->in_force)
		buf_adds(out, "No national act is known to be in force. ");
	buf_adds(out, "File with: ");
	write_short(route, surest(route, whom, ARRAY_LEN(whom), today), today, out);
	part = route_channel(route, today);
	buf_addf(out, "; %s: ", route_part(route, part)->value != NULL ?
		route_part_name(part) : "by what");
	write_short(route, part, today, out);
}

/* ---- as JSON --------------------------------------------------------------------- */

static void put_day(struct buf *out, const char *key, int32_t day)
{
	char text[DAY_SIZE];

	if (day == DAY_NONE)
		return;
	day_format(day, text);
	out_text(out, key, text);
}

void document_put_provenance(struct buf *out, const struct provenance *p)
{
	out_text(out, "confidence", confidence_name(p->confidence));
	out_text(out, "standing", standing_name(p->standing));
	out_text(out, "source", p->source);
	put_day(out, "read_on", p->read_day);
	put_day(out, "checked_on", p->checked_day);
}

static void put_item(struct buf *out, const struct route_item *item, enum route_part part,
	int32_t today)
{
	int32_t since;
	enum route_trust trust = route_item_trust(item, part, today, &since);
	struct buf text;

	if (trust == ROUTE_UNKNOWN)
		return;
	buf_init(&text, 0);
	route_item_write(item, part, today, &text);
	out_object(out, route_part_name(part));
	if (trust != ROUTE_HIDDEN) {
		out_text(out, "value", item->value);
		out_text(out, "note", item->note);
	}
	document_put_provenance(out, &item->provenance);
	out_text(out, "trust", trust_names[trust]);
	put_day(out, "since", since);
	out_text(out, "text", text.data);
	out_end_object(out);
	buf_release(&text);
}

void document_put_route(struct buf *out, const char *key, const struct overlay *overlay,
	int32_t today)
{
	int part;

	if (overlay == NULL)
		return;
	out_object(out, key);
	out_text(out, "law", overlay->law);
	out_text(out, "status", overlay->status);
	out_bool(out, "in_force", overlay->in_force);
	out_object(out, "terms");
	document_put_provenance(out, &overlay->provenance);
	out_end_object(out);
	if (overlay->n_notes > 0)
		out_texts(out, "notes", overlay->notes, overlay->n_notes);
	for (part = 0; part < ROUTE_PARTS; part++)
		put_item(out, route_part(&overlay->route, (enum route_part)part),
			(enum route_part)part, today);
	out_end_object(out);
}
