/*
 * What the fuzzing harnesses share: a check that stops the run, and a cheap
 * generator whose seed is part of the input, so that a finding can be repeated.
 * Each harness is pure: the same bytes give the same result.
 */
#ifndef TOCSIN_TESTS_FUZZ_H
#define TOCSIN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(holds) do { \
	if (!(holds)) { \
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
		abort(); \
	} \
} while (0)

static inline uint32_t fuzz_dice(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 32);
}

#endif
