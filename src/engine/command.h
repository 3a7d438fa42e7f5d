/*
 * A command: one thing that somebody wants recorded, on its way through the
 * engine. The API makes it, the engine runs it in the batch of the loop turn, and
 * done() hears of the result after the commit: never before it is on disk.
 */
#ifndef TOCSIN_ENGINE_COMMAND_H
#define TOCSIN_ENGINE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "core/hold.h"
#include "engine/alert.h"

struct conf_source;

enum command_kind {
	COMMAND_OPEN, COMMAND_ALERTS, COMMAND_EVENT, COMMAND_FILING, COMMAND_ACKNOWLEDGEMENT,
	COMMAND_WAIVER, COMMAND_DISMISSAL, COMMAND_WITHDRAWAL, COMMAND_TRAITS,
	COMMAND_CONFIRMATION, COMMAND_RULES, COMMAND_DETAIL, COMMAND_REPLAY, COMMAND_TEST,
	COMMAND_BACKUP,		/* records that a copy of the store is taken away */
	COMMAND_ANSWERED,	/* records nothing; only its Idempotency-Key and answer are kept */
};

/* Opening an incident by hand. */
struct command_open {
	const char *entity;		/* NULL where there is only one */
	const char *title, *description, *key;
	enum severity severity;
	int64_t occurred_at, detected_at, aware_at, classified_at;	/* TIME_NONE: not said */
	const char **traits;
	size_t n_traits;
	const char **regimes;		/* n 0: the entity's */
	size_t n_regimes;
	bool drill;
	int64_t drill_in_ms;		/* 0: in real time */
	const char *by, *basis;
};

struct command_alerts {
	const struct conf_source *source;
	const struct alert *alerts;
	size_t n_alerts;
	bool single;			/* the body was one alert: answer with its incident */
	/* Items that could not be read, for the answer: index and why. */
	const struct alert_rejection *rejected;
	size_t n_rejected;
	int64_t received_at;
};

struct command_event {
	struct incident_event event;
	bool replaces;
};

struct command_filing {
	struct filing filing;
	bool replaces;
};

struct command_acknowledgement {
	const char *by;
	const char *regime;		/* NULL: of any */
	const char *stage;		/* NULL: any; with neither all running clocks */
	int64_t for_ms;
	const char *delivery;		/* id of the one it answers; NULL: none */
};

struct command_waiver {
	struct waiver waiver;
};

struct command_dismissal {
	const char *by, *basis;
};

/* A filing that does not count: withdrawn, or refused by the authority. */
struct command_withdrawal {
	const char *regime, *stage, *by, *basis;
};

struct command_traits {
	const char **add, **remove;
	size_t n_add, n_remove;
	const char *by, *basis;
};

/* The second person, for what is held (core/hold.h). */
struct command_confirmation {
	const char *by, *basis;		/* basis NULL: none given */
	const struct shown *shown;	/* what was seen of it */
	size_t n_shown;
	bool was_shown;			/* false: nothing is said of that */
};

/* The rules in force now, and the entity's present country and zone, in place of
 * those that the incident was opened under. */
struct command_rules {
	const char *by, *basis;
};

/* What is known for the reports (core/detail.h). */
struct command_detail {
	const char *name, *by;
	const char *value;		/* NULL: what was recorded is taken back */
	const char *certainty;		/* "actual", "estimate"; NULL: not said */
};

/* A delivery that has ended is made again. */
struct command_replay {
	int64_t delivery;		/* engine_delivery_number() */
	const char *by, *basis;		/* basis NULL: none given */
};

/* A notice to a channel that is marked as a test. */
struct command_test {
	const char *channel, *by;
};

struct command {
	enum command_kind kind;
	const char *actor;		/* "token:ops", "uid:1000", "source:wazuh" */
	int64_t incident;		/* the one it is about; 0 for OPEN and ALERTS */
	const char *const *entities;	/* limits of the caller; others' incidents are not found */
	size_t n_entities;
	bool preview;			/* run, answered, and undone: nothing is recorded */
	const char *idempotency_key;	/* NULL: none */
	char digest[DIGEST_HEX_SIZE];	/* of method, path and body; with a key */
	union {
		struct command_open open;
		struct command_alerts alerts;
		struct command_event event;
		struct command_filing filing;
		struct command_acknowledgement acknowledgement;
		struct command_waiver waiver;
		struct command_dismissal dismissal;
		struct command_withdrawal withdrawal;
		struct command_traits traits;
		struct command_confirmation confirmation;
		struct command_rules rules;
		struct command_detail detail;
		struct command_replay replay;
		struct command_test test;
	} as;

	/* The result: error.code ERROR_NONE and status 200 or 201 with a JSON
	 * answer, or an error. */
	struct error error;
	int status;
	const char *answer;

	struct arena *arena;		/* everything the command points to; its owner frees it */
	void (*done)(struct command *command, void *arg);
	void *arg;
	struct command *next;		/* the engine's queue */
};

#endif
