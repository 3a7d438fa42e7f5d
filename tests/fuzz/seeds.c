/*
 * Each harness once over its seeds, with any compiler, as a part of `make check`:
 * that a harness still builds and that its seeds still pass is not left to those who
 * have clang. The fuzzing itself is `make fuzz`.
 */
#include "config.h"

#include <dirent.h>

#include "base/alloc.h"
#include "base/file.h"
#include "fuzz.h"

enum { SEED_MAX = 1024 * 1024 };

/* A folder of the sources that has seeds too. */
#ifndef FUZZ_MORE
#define FUZZ_MORE ""
#endif

static int seed_run(const char *dir, const char *name)
{
	struct error err;
	struct buf bytes;
	char *path = xasprintf("%s/%s", dir, name);
	int result;

	buf_init(&bytes, SEED_MAX);
	result = file_read(path, SEED_MAX, &bytes, &err);
	if (result == 0)
		LLVMFuzzerTestOneInput((const uint8_t *)bytes.data, bytes.len);
	else
		printf("# %s\n", err.text);
	buf_release(&bytes);
	free(path);
	return result;
}

static int run_folder(const char *dir, int n)
{
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (d == NULL) {
		printf("Bail out! no seeds in %s\n", dir);
		exit(1);
	}
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		printf("%s %d - %s\n", seed_run(dir, entry->d_name) == 0 ? "ok" : "not ok",
			++n, entry->d_name);
		fflush(stdout);
	}
	closedir(d);
	return n;
}

int main(void)
{
	int n = run_folder(TEST_SRCDIR "/tests/fuzz/corpus/" FUZZ_NAME, 0);

	if (FUZZ_MORE[0] != '\0')
		n = run_folder(TEST_SRCDIR "/" FUZZ_MORE, n);
	printf("1..%d\n", n);
	return n == 0;
}
