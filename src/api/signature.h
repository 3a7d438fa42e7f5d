/*
 * Bodies that are signed: whether a signature is that of the source's key, over the
 * bytes as they came. A pure function; where the headers come from is the caller's.
 */
#ifndef TOCSIN_API_SIGNATURE_H
#define TOCSIN_API_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"

/* Headers NULL: absent. */
struct signed_request {
	const char *signature, *timestamp, *id;
	const char *body;
	size_t len;
};

/* Without the body: might it be good? -1: a header is missing, or the timestamp is
 * none or too far from now. */
int signature_precheck(const struct conf_signature *s, const struct signed_request *r,
	int64_t now);
/* 0: made with the key or the previous one, and in time. Takes the same time wherever
 * a wrong one differs. */
int signature_check(const struct conf_signature *s, const struct signed_request *r,
	int64_t now);

#endif
