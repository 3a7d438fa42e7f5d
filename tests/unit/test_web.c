/* The dashboard's files, as they are in the program. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "web/web.h"

static void test_what_is_served_is_the_file(void **state)
{
	size_t i;

	(void)state;
	assert_true(web_asset_count > 5);
	for (i = 0; i < web_asset_count; i++) {
		const struct web_asset *a = &web_assets[i];
		unsigned char *bytes = malloc(a->len + 1);
		char path[512];
		FILE *file;

		snprintf(path, sizeof(path), "%s/src/web/%s", TEST_SRCDIR, a->name);
		file = fopen(path, "rb");
		if (file == NULL)
			fail_msg("%s is not there", path);
		if (fread(bytes, 1, a->len + 1, file) != a->len || memcmp(bytes, a->data, a->len) != 0)
			fail_msg("%s is not what the program has", a->name);
		fclose(file);
		free(bytes);
		assert_true(text_is_name(a->name));	/* else no path leads to it */
		assert_ptr_equal(web_find(a->name), a);
		assert_int_equal(a->etag[0], '"');
		assert_int_equal(strlen(a->etag), 34);
	}
	assert_null(web_find("nothing.js"));
}

/* The policy would stop it in a browser; here it is stopped before. What is written from
 * outside only ever becomes a text node. */
static void test_no_script_reads_text_as_markup_and_none_asks_another_site(void **state)
{
	static const char *const words[] = { "innerHTML", "outerHTML", "insertAdjacentHTML",
		"document.write", "eval(", "new Function", "DOMParser", "http://", "javascript:",
		"<script>", " style=\"", " onclick=\"" };
	size_t i, k;

	(void)state;
	for (i = 0; i < web_asset_count; i++) {
		const struct web_asset *a = &web_assets[i];

		if (strstr(a->name, ".svg") != NULL)
			continue;
		for (k = 0; k < ARRAY_LEN(words); k++) {
			const char *name = "http://www.w3.org/2000/svg";	/* asks nobody */
			const char *at = memmem(a->data, a->len, words[k], strlen(words[k]));

			if (at != NULL && strncmp(at, name, strlen(name)) != 0)
				fail_msg("%s has %s", a->name, words[k]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_served_is_the_file),
		cmocka_unit_test(test_no_script_reads_text_as_markup_and_none_asks_another_site),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
