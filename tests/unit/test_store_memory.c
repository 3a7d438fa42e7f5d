/* The suite of every store, on the one in memory. */
#include "config.h"

#include "store_suite.h"

int main(void)
{
	static const struct store_suite suite = { "store/memory", store_memory_open,
		store_close };

	return store_suite_run(&suite, NULL, 0);
}
