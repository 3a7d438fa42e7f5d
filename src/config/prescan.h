/*
 * A look at the text of a configuration file before libconfig sees it. libconfig
 * 1.5 accepts, without a word, much that its author did not mean (measured): an
 * unterminated comment swallows the rest of the file, 4294967297 becomes 1, two
 * strings without a comma become one, bad UTF-8 and unknown escapes pass.
 */
#ifndef TOCSIN_CONFIG_PRESCAN_H
#define TOCSIN_CONFIG_PRESCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { PRESCAN_DEPTH_MAX = 32, PRESCAN_DIGITS_MAX = 9 };

typedef void prescan_fn(void *arg, int line, const char *message);

/* Calls back for each fault; true when there was none. */
bool prescan(const char *text, size_t n, prescan_fn *fault, void *arg);

#endif
