/*
 * Prints the option table, one option a line: group, key and default, with tabs
 * between. tests/scripts/options.sh holds the sample file and the manual to it.
 */
#include "config.h"

#include <stdio.h>

#include "config/option.h"

int main(void)
{
	size_t i;

	for (i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		printf("%s\t%s\t%s\n", option->group[0] != '\0' ? option->group : "top", option->name,
			option->fallback != NULL ? option->fallback : "");
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
