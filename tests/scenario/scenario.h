/* What the scenario runner's files share; see run.c for the words. */
#ifndef TOCSIN_TESTS_SCENARIO_SCENARIO_H
#define TOCSIN_TESTS_SCENARIO_SCENARIO_H

#include <time.h>

#include "engine/engine.h"

enum { WORDS_MAX = 24, TURNS_MAX = 200000, CONFS_MAX = 8 };

struct told {
	char text[400];			/* in the words of "told" */
	char said[1600];		/* what people read */
};

struct channel_mode {
	char name[64];
	enum attempt_outcome outcome;
	bool silent;
	int64_t retry_after_ms;
};

struct scenario {
	const char *file;
	int line;
	bool failed;
	struct conf *conf;
	struct conf *confs[CONFS_MAX];	/* loaded by this scenario */
	size_t n_confs;
	struct store *store;
	struct engine *engine;
	int64_t now, next_at;
	int64_t boot_ahead;		/* what the boot clock is ahead of now by */
	int64_t slept;			/* ... and of the monotonic one */
	enum clock_sync sync;
	char entity[64];
	int64_t incident;
	struct error refused;
	char lease[RFC3339_SIZE];
	struct told *told;		/* of incidents */
	size_t n_told, n_seen;
	struct told *notices;		/* of none */
	size_t n_notices, n_noticed;
	int pings, ping_failures;
	char ping[1000];		/* body of the last */
	struct {
		char channel[64];
		int n;
	} attempts[16];
	size_t n_attempts;
	bool store_fails;
	struct channel_mode modes[16];
	size_t n_modes;
	uint64_t seed;
	int turns;
	struct timespec began;		/* CPU of this process */
};

struct words {
	char *list[WORDS_MAX];
	size_t n;
};

/* ---- run.c ---------------------------------------------------------------------- */
void fail(struct scenario *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool start_engine(struct scenario *s);
void turn(struct scenario *s);
void pass_time(struct scenario *s, int64_t until);
/* Attempts at a channel since it was last asked. */
int *attempts_of(struct scenario *s, const char *channel);
/* A configuration beside this file, with the rule files of a folder here before the
 * shipped ones; NULL: it has errors, which were printed. */
struct conf *load_conf(const char *file, const char *folder);

/* ---- words.c -------------------------------------------------------------------- */
const char *text_of(const json_t *object, const char *key);
const char *word(const struct words *w, size_t i);
bool has(const struct words *w, const char *name);
const char *value_of(const struct words *w, const char *name);
int64_t time_word(struct scenario *s, const char *text);
int64_t number_word(struct scenario *s, const char *text);
int64_t length_word(struct scenario *s, const char *text);

typedef void word_fn(struct scenario *s, const struct words *w);
word_fn do_entity, do_at, do_elapse, do_set, do_down, do_crash, do_courier_dies, do_open, do_event, do_file,
	do_waive, do_dismiss, do_ack, do_withdraw, do_trait, do_confirm, do_apply_rules,
	do_channel, do_suspend, do_time, do_conf, do_crowd, do_data, do_tzdata, do_rules_lost,
	do_unpinned, do_alert, do_test, do_replay, do_store;

/* Runs it at once. */
void submit(struct scenario *s, struct command *c);

/* ---- storms.c -------------------------------------------------------------------- */
word_fn do_flood, do_incident, expect_incidents, expect_holds, expect_severity,
	expect_similar, expect_keys;

/* ---- expect.c -------------------------------------------------------------------- */
word_fn expect_refused, expect_told, expect_said, expect_quiet, expect_clock, expect_state,
	expect_lease, expect_deliveries, expect_journal, expect_journal_says, expect_took,
	expect_notified, expect_not_notified, expect_pinged, expect_failures, expect_attempts;

/* ---- drill.c ----------------------------------------------------------------------- */
word_fn expect_verdict, expect_missing, expect_gap, expect_reported;

/* ---- logged.c ---------------------------------------------------------------------- */
word_fn do_listen, expect_logged;
/* At the end of a scenario. */
void stop_listening(void);

#endif
