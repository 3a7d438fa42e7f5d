/* Randomness from the kernel: for jitter, store ids and the like. */
#ifndef TOCSIN_BASE_RANDOM_H
#define TOCSIN_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t n);
/* Evenly from min to max, both included. */
int64_t random_between(int64_t min, int64_t max);
/* n lower-case letters and digits and a NUL. */
void random_name(char *out, size_t n);

#endif
