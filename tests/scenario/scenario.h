/* What the scenario runner's files share; see run.c for the words. */
#ifndef TOCSIN_TESTS_SCENARIO_SCENARIO_H
#define TOCSIN_TESTS_SCENARIO_SCENARIO_H

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
	char entity[64];
	int64_t incident;
	struct error refused;
	char lease[RFC3339_SIZE];
	struct told *told;
	size_t n_told, n_seen;
	struct channel_mode modes[16];
	size_t n_modes;
	uint64_t seed;
	int turns;
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
/* scenario.conf with the rule files of a folder here before the shipped ones; NULL:
 * it has errors, which were printed. */
struct conf *load_conf(const char *folder);

/* ---- words.c -------------------------------------------------------------------- */
const char *text_of(const json_t *object, const char *key);
const char *word(const struct words *w, size_t i);
bool has(const struct words *w, const char *name);
const char *value_of(const struct words *w, const char *name);
int64_t time_word(struct scenario *s, const char *text);
int64_t number_word(struct scenario *s, const char *text);

typedef void word_fn(struct scenario *s, const struct words *w);
word_fn do_entity, do_at, do_elapse, do_set, do_down, do_crash, do_open, do_event, do_file,
	do_waive, do_dismiss, do_ack, do_withdraw, do_trait, do_confirm, do_apply_rules,
	do_channel, do_data, do_tzdata, do_rules_lost, do_unpinned;

/* ---- expect.c -------------------------------------------------------------------- */
word_fn expect_refused, expect_told, expect_said, expect_quiet, expect_clock, expect_state,
	expect_lease, expect_deliveries, expect_journal;

#endif
