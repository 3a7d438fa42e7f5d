/* When what does not get through is told to the fallback, and what a later reminder keeps
 * of an earlier one. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/rfc3339.h"
#include "base/text.h"
#include "core/breaker.h"
#include "core/fallback.h"

#define T ((int64_t)1795248000000)

static void what_raises_it(void **state)
{
	static const struct {
		struct fallback_case c;
		const char *why;		/* NULL: nothing */
	} cases[] = {
		{ { .raised_at = TIME_NONE }, NULL },
		{ { .raised_at = TIME_NONE, .refused = true }, "refused" },
		{ { .raised_at = TIME_NONE, .failures = BREAKER_FAILURES - 1 }, NULL },
		{ { .raised_at = TIME_NONE, .failures = BREAKER_FAILURES }, "fails" },
		{ { .raised_at = TIME_NONE, .failures = BREAKER_FAILURES + 1 }, "fails" },
		{ { .raised_at = TIME_NONE, .channel_down = true }, "channel down" },
		{ { .raised_at = TIME_NONE, .failures = 5, .channel_down = true },
			"channel down" },
		{ { .raised_at = TIME_NONE, .failures = 5, .channel_down = true, .refused = true },
			"refused" },
		/* Nobody is to be woken through it now; but what was tried was tried. */
		{ { .raised_at = TIME_NONE, .channel_down = true, .quiet = true }, NULL },
		{ { .raised_at = TIME_NONE, .failures = 5, .channel_down = true, .quiet = true },
			"fails" },
		{ { .raised_at = TIME_NONE, .quiet = true }, NULL },
		{ { .raised_at = TIME_NONE, .quiet = true, .refused = true }, "refused" },
		/* Once. */
		{ { .raised_at = T, .failures = 5 }, NULL },
		{ { .raised_at = T, .channel_down = true }, NULL },
		{ { .raised_at = T, .refused = true }, NULL },
		{ { .raised_at = 0, .refused = true }, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const char *why = fallback_why_name(fallback_reason(&cases[i].c));

		if (!text_equal(why, cases[i].why))
			fail_msg("case %zu: %s, not %s", i, why != NULL ? why : "nothing",
				cases[i].why != NULL ? cases[i].why : "nothing");
	}
}

static void what_was_raised_holds_for_a_while(void **state)
{
	(void)state;
	assert_true(fallback_inherit(TIME_NONE, T) == TIME_NONE);
	assert_true(fallback_inherit(T, T) == T);
	assert_true(fallback_inherit(T, T + FALLBACK_HOLDS_MS - 1) == T);
	assert_true(fallback_inherit(T, T + FALLBACK_HOLDS_MS) == TIME_NONE);
	/* The wall clock was set back. */
	assert_true(fallback_inherit(T, T - FALLBACK_HOLDS_MS + 1) == T);
	assert_true(fallback_inherit(T, T - FALLBACK_HOLDS_MS) == TIME_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_raises_it),
		cmocka_unit_test(what_was_raised_holds_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
