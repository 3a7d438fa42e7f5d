/* The shipped data, and questions to the calculator about it. */
#ifndef TOCSIN_TESTS_SHIPPED_H
#define TOCSIN_TESTS_SHIPPED_H

#include "core/calculator.h"

int shipped_setup(void **state);
int shipped_teardown(void **state);
const struct rulebook *shipped_book(void);

/* A question in single quotes and without its braces; country "": the plain act. The
 * clock of the stage, or NULL; the others are in *ret_all, which may be NULL. What is
 * wrong with the question fails the test, named by what. */
const struct clock *shipped_ask(const char *what, const char *country,
	const char *question, const char *stage, const struct calculation **ret_all);

#endif
