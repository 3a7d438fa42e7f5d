/*
 * The bodies of requests into what a command takes. Pure functions: texts are
 * borrowed from the document, arrays made in the arena, and every refusal has the
 * pointer of the member it is about. What the law or the incident as it stands
 * has to say (types of events, stages, order of times) is core's and the engine's.
 */
#ifndef TOCSIN_API_DECODE_H
#define TOCSIN_API_DECODE_H

#include "api/auth.h"
#include "base/arena.h"
#include "base/json.h"
#include "config/conf.h"
#include "engine/command.h"

struct decode {
	const struct conf *conf;
	const struct caller *caller;
	struct arena *arena;
};

int decode_open(const struct decode *d, const json_t *doc, struct command_open *ret,
	struct error *err);
int decode_event(const struct decode *d, const json_t *doc, struct command_event *ret,
	struct error *err);
int decode_filing(const struct decode *d, const json_t *doc, struct command_filing *ret,
	struct error *err);
int decode_acknowledgement(const json_t *doc, struct command_acknowledgement *ret,
	struct error *err);
int decode_waiver(const struct decode *d, const json_t *doc, struct command_waiver *ret,
	struct error *err);
int decode_dismissal(const json_t *doc, struct command_dismissal *ret, struct error *err);
int decode_withdrawal(const json_t *doc, struct command_withdrawal *ret, struct error *err);
int decode_traits(const struct decode *d, const json_t *doc, struct command_traits *ret,
	struct error *err);
int decode_confirmation(const struct decode *d, const json_t *doc,
	struct command_confirmation *ret, struct error *err);
int decode_detail(const json_t *doc, struct command_detail *ret, struct error *err);
int decode_rules(const json_t *doc, struct command_rules *ret, struct error *err);
int decode_replay(const json_t *doc, struct command_replay *ret, struct error *err);
int decode_test(const json_t *doc, struct command_test *ret, struct error *err);

#endif
