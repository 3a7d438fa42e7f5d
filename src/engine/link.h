/*
 * What stands behind a link or a button by which a clock is acknowledged. Both name a
 * delivery by a token (base/token.h), so that nobody can reach another incident than
 * the one he was told of, and the journal knows which notice was answered.
 *
 * A token is good until its clock is settled, or seven days after due, or after it was
 * sent if that is later: an overdue clock goes on telling people.
 */
#ifndef TOCSIN_ENGINE_LINK_H
#define TOCSIN_ENGINE_LINK_H

#include "base/buf.h"
#include "base/token.h"
#include "engine/engine.h"

enum link_kind { LINK_PAGE, LINK_BUTTON };

enum link_state {
	LINK_OPEN,
	LINK_SETTLED,		/* or its clock does not run for another reason */
	LINK_EXPIRED,		/* all else is left out */
};

/* In the arena of the asker. */
struct link_target {
	enum link_state state;
	char delivery[DELIVERY_ID_SIZE];
	const char *channel, *recipient;	/* who was sent it; recipient NULL: none */
	int64_t incident;
	bool drill;
	const char *title, *entity;		/* its name for people */
	const char *severity;
	const char *regime, *stage;		/* what an acknowledgement is for */
	const char *what;			/* "NIS2: Early warning" */
	const char *standing;			/* "is due in 3 h", "is settled: filed" */
	const char *due;			/* in UTC and in its zone; NULL: no date */
	const char *reference;
	int64_t acknowledged_until;		/* TIME_NONE: nobody has it */
	const struct zone *zone;
};

/* ERROR_NOT_FOUND: not one of ours, or of another kind. */
int link_find(struct engine *engine, enum link_kind kind, const char *token,
	struct arena *arena, struct link_target *ret, struct error *err);
/* An instant as a person there reads it. */
void link_local(struct buf *out, const struct link_target *target, int64_t at);

/* What only the page behind a link can know, and only somebody who was shown it sends
 * back. Each is another one; good for a day. */
void link_form(const struct engine *engine, const char *link, char out[TOKEN_SIZE]);
bool link_form_is_good(const struct engine *engine, const char *link, const char *form);

#endif
