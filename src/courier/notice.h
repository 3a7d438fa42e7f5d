/*
 * A notice as the renderers see it: the daemon's JSON (config/transport.h) with
 * every part optional, and the words that all channels share, so that a mail and a
 * Slack message never disagree.
 */
#ifndef TOCSIN_COURIER_NOTICE_H
#define TOCSIN_COURIER_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_parts.h"

enum notice_kind {
	NOTICE_STEP, NOTICE_SETTLED, NOTICE_OPERATIONS, NOTICE_TEST, NOTICE_ACKNOWLEDGED,
	NOTICE_OTHER,			/* a kind of a later version: subject and text */
};

/* Texts are borrowed from the JSON, which must live as long; NULL: absent. */
struct notice {
	const json_t *root;
	/* Not NULL: what a webhook passes on as it came, where the notice was not read into
	 * a tree (job.h); then root and most texts are NULL. */
	const struct json_parts *parts;
	enum notice_kind kind;
	bool drill;
	int64_t incident;		/* 0: none */
	const char *entity, *entity_name, *title, *severity, *url;
	const char *incident_state;
	const char *regime, *stage, *state, *reference;
	int64_t due_at, latest_at;	/* TIME_NONE: none */
	const char *step_at;
	int64_t step_number, step_of, step_repeat;
	int64_t passed_over;
	const char *fallback_for, *fallback_why;
	int64_t stands_for;		/* earlier reminders that did not get through */
	int64_t page;			/* which alert of its clock at a pager */
	int64_t journal_seq;		/* 0: none */
	const char *journal_hash;
	int64_t now;			/* when the daemon made it, or TIME_NONE */
	bool has_left;
	int64_t left_ms;		/* until due at that time; negative: overdue */
	int64_t late_ms;		/* how much later than its step said */
	const char *acked_by;		/* NOTICE_ACKNOWLEDGED */
	int64_t acked_until;		/* TIME_NONE: not said */
	const char *ack_url, *ack_token;	/* a link or a button to acknowledge by */
	const char *heading;		/* of what is of no incident: says what it is */
	const char *subject, *text;
};

/* Takes what it can use; wrong types count as absent. */
void notice_view(const json_t *root, struct notice *ret);

/* "DRILL " where it is one. */
const char *notice_mark(const struct notice *notice);
/* A text of the daemon, with the mark in front unless it is there already. */
const char *notice_marked(const struct notice *notice, const char *text, struct arena *arena);
/* "DRILL #42 nis2 early-warning due in 23 h 59 min", without the title. */
void notice_headline(const struct notice *notice, struct buf *out);
/* How much it matters that somebody sees it now. */
enum urgency {
	URGENCY_LOW,			/* good news */
	URGENCY_NORMAL,
	URGENCY_HIGH,			/* a clock runs */
	URGENCY_LAST,			/* its last hour has begun, or it is over */
};
enum urgency notice_urgency(const struct notice *notice);
/* incident.url if it is a plain http(s) URL, else NULL. */
const char *notice_url(const struct notice *notice);

/* Where to acknowledge, if it is a plain http(s) URL: a page that asks first. */
const char *notice_ack_url(const struct notice *notice);
/* What a button of ours carries; NULL: there is to be none. */
const char *notice_ack_token(const struct notice *notice);

/* What to know at a glance, in order; the texts are not escaped. */
struct fact {
	const char *label, *value;
};
enum { NOTICE_FACTS = 10 };
size_t notice_facts(const struct notice *notice, struct arena *arena,
	struct fact ret[NOTICE_FACTS]);
/* How to acknowledge, NULL when there is nothing to. */
const char *notice_ack(const struct notice *notice, struct arena *arena);
/* "journal 17 <64 hex digits>", NULL when there is none. */
const char *notice_journal(const struct notice *notice, struct arena *arena);

#endif
