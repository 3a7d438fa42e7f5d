/*
 * What makes two incidents alike: titles that say the same thing of another host, file
 * or time, and keys that begin in the same way. A hint for people and no more: nothing
 * is ever merged because of it.
 *
 * The normal form of a title is its words in lower case (of ASCII), one space between,
 * without what tells one occurrence from another: numbers, hexadecimal, UUIDs, addresses,
 * times and the digits in names, so that web01 is like web02.
 */
#ifndef TOCSIN_CORE_LIKENESS_H
#define TOCSIN_CORE_LIKENESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LIKENESS_FORM_SIZE = 241,
	LIKENESS_PREFIX_SIZE = 65,
	LIKENESS_PREFIX_MIN = 8,	/* a shorter one is a number, or any host */
};

/* Its normal form, cut where it is long; returns its length, 0: nothing is left. */
size_t likeness_form(const char *title, char out[LIKENESS_FORM_SIZE]);
/* A number that incidents have in common whose titles are alike: of one entity, and a
 * drill only with drills. 0: it is like none. The same on every machine: it is stored. */
int64_t likeness_of(const char *entity, bool drill, const char *title);
/* What a key has before its first colon, or all of it; false: too short to say anything,
 * or too long. */
bool likeness_prefix(const char *key, char out[LIKENESS_PREFIX_SIZE]);

#endif
