/*
 * Errors as application/problem+json (RFC 9457). Texts are ours and name places;
 * nothing that a request or a secret holds gets into them.
 */
#ifndef TOCSIN_API_PROBLEM_H
#define TOCSIN_API_PROBLEM_H

#include "base/error.h"
#include "base/json.h"

#define PROBLEM_TYPE "application/problem+json"

int problem_status(const struct error *err);
/* {"type","title","status","detail"}; a new reference. */
json_t *problem_new(int status, const char *detail);
/* Adds one entry of "errors"; index -1: not one of several alerts. */
void problem_add(json_t *problem, int64_t index, const struct error *err);
/* The whole problem of an error. */
json_t *problem_of(const struct error *err);

#endif
