/*
 * Laws for tests, made from a few words: regimes of stages with one rule each, and
 * countries that change the NIS2 of nis2_rules.h.
 */
#ifndef TOCSIN_TESTS_LAW_MAKER_H
#define TOCSIN_TESTS_LAW_MAKER_H

#include "core/regime.h"

/* "aware PT24H", "filed:a P1M reading", "requested", "recovered target PT24H". */
struct limb law_limb(const char *text);

struct law_stage {
	const char *name;
	const char *limbs[4];
	const char *when[2];		/* of the stage: all must hold */
	const char *void_when[2];	/* either must hold */
	bool on_request, repeatable, latest_binds;
	const char *if_late;
};

/* Everything in the arena; a regime that does not pass regime_check ends the test. */
struct stage *law_stages(struct arena *arena, const struct law_stage *rows, size_t n);
struct regime *law_regime(struct arena *arena, const char *name, const struct law_stage *rows,
	size_t n);

/* A limb of a country beside one of a stage: { "early-warning", "aware", "aware PT6H" }. An
 * anchor of "-" and no period are left out. */
struct law_beside {
	const char *stage, *beside, *limb;
};

/* A country of that code with one overlay, its guidance read on 3 September 2026. */
struct country *law_country(struct arena *arena, const char *code, const struct regime *regime,
	const struct law_beside *rows, size_t n, const struct law_stage *stages,
	size_t n_stages);
struct overlay_limb law_overlay_limb(const struct law_beside *row, const char *code,
	const struct provenance *provenance);

#endif
