/*
 * Rulesets, in memory. The files of one are inserted by name, so that they stand
 * in its table as they are to be read.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "store/memory.h"
#include "store/row.h"

static int64_t find_ruleset(const struct memory_store *m, const char *digest)
{
	const struct memory_ruleset *row;
	int64_t id;

	for (id = 1; (row = memory_row(m, MEMORY_RULESET, id)) != NULL; id++)
		if (text_equal(row->digest, digest))
			return id;
	return 0;
}

int memory_check_pin(const struct memory_store *m, const char *ruleset, struct error *err)
{
	if (ruleset != NULL && find_ruleset(m, ruleset) == 0)
		return error_set(err, ERROR_NOT_FOUND, "no row that this one belongs to");
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct rule_file_row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void insert_file(struct memory_store *m, int64_t ruleset,
	const struct rule_file_row *file)
{
	char *text = xstrndup(file->text, file->len);
	const struct memory_rule_file row = { ruleset, { file->name, text, file->len } };

	memory_insert(m, MEMORY_RULE_FILE, &row);
	free(text);
}

int memory_ruleset_put(struct store *store, const char *digest,
	const struct rule_file_row *files, size_t n, int64_t at, struct error *err)
{
	struct memory_store *m = memory_of(store);
	const struct memory_ruleset row = { digest, at };
	struct rule_file_row *sorted;
	int64_t id;
	size_t i;
	int rc = 0;

	if (memory_check_change(m, err) < 0 || ruleset_check(files, n, err) < 0)
		return -1;
	if (find_ruleset(m, digest) != 0)
		return 0;
	sorted = xcalloc(n + 1, sizeof(*sorted));
	for (i = 0; i < n; i++)
		sorted[i] = files[i];
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (i = 1; i < n && rc == 0; i++)
		if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
			rc = error_set(err, ERROR_CONFLICT, "already there");
	if (rc == 0) {
		id = memory_insert(m, MEMORY_RULESET, &row);
		for (i = 0; i < n; i++)
			insert_file(m, id, &sorted[i]);
	}
	free(sorted);
	return rc;
}

int memory_ruleset_get(struct store *store, const char *digest, struct arena *arena,
	struct rule_file_row **ret, size_t *ret_n, struct error *err)
{
	struct memory_store *m = memory_of(store);
	int64_t ruleset = find_ruleset(m, digest), id;
	const struct memory_rule_file *row;
	struct rule_file_row *rows = NULL;
	size_t n = 0;

	if (ruleset == 0)
		return error_set(err, ERROR_NOT_FOUND, "no rules by the digest %s", digest);
	for (id = 1; (row = memory_row(m, MEMORY_RULE_FILE, id)) != NULL; id++)
		if (row->ruleset == ruleset) {
			struct memory_rule_file copy;

			memory_read(MEMORY_RULE_FILE, row, arena, &copy);
			rows = arena_grow(arena, rows, n, sizeof(*rows));
			rows[n++] = copy.file;
		}
	*ret = rows;
	*ret_n = n;
	return 0;
}
