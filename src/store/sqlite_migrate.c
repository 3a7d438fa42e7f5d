/*
 * Runs the migrations of sqlite_schema.c: each in one transaction with the raising of
 * user_version, so that a crash leaves either the old schema or the new one. The SQL
 * functions here, which pack values (pack.h), are part of every migration that has used
 * them: what they make never changes.
 */
#include "config.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/pack.h"
#include "store/sqlite.h"

static void pack_value(struct buf *out, sqlite3_value *value)
{
	const char *text;

	switch (sqlite3_value_type(value)) {
	case SQLITE_NULL:
		pack_absent(out);
		break;
	case SQLITE_INTEGER:
		pack_int(out, sqlite3_value_int64(value));
		break;
	default:
		text = (const char *)sqlite3_value_text(value);
		pack_bytes(out, text, (size_t)sqlite3_value_bytes(value));
	}
}

static void answer(sqlite3_context *context, struct buf *out)
{
	sqlite3_result_blob64(context, out->data, out->len, SQLITE_TRANSIENT);
	buf_release(out);
}

/* pack(value, ...) */
static void pack_values(sqlite3_context *context, int n, sqlite3_value **values)
{
	struct buf out;
	int i;

	buf_init(&out, 0);
	for (i = 0; i < n; i++)
		pack_value(&out, values[i]);
	answer(context, &out);
}

/* pack_parts(packed, ...), an aggregate: what was packed in each row, as values that
 * belong together, one behind the other; of no rows NULL. */
static void pack_part(sqlite3_context *context, int n, sqlite3_value **values)
{
	struct buf **out = sqlite3_aggregate_context(context, sizeof(*out));
	size_t begun;
	int i;

	if (out == NULL) {
		sqlite3_result_error_nomem(context);
		return;
	}
	if (*out == NULL) {
		*out = xmalloc(sizeof(**out));
		buf_init(*out, 0);
	}
	begun = pack_begin(*out);
	for (i = 0; i < n; i++)
		buf_add(*out, sqlite3_value_blob(values[i]),
			(size_t)sqlite3_value_bytes(values[i]));
	pack_end(*out, begun);
}

static void end_parts(sqlite3_context *context)
{
	struct buf **out = sqlite3_aggregate_context(context, 0);

	if (out == NULL || *out == NULL)
		return;
	answer(context, *out);
	free(*out);
}

static int make_functions(sqlite3 *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int rc = sqlite3_create_function_v2(db, "pack", -1, flags, NULL, pack_values, NULL,
		NULL, NULL);

	if (rc != SQLITE_OK)
		return rc;
	return sqlite3_create_function_v2(db, "pack_parts", -1, flags, NULL, NULL, pack_part,
		end_parts, NULL);
}

/* ---- running them ---------------------------------------------------------- */

static int run(struct sqlite_store *s, const char *sql, struct error *err)
{
	int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : sqlite_fail(s, rc, err);
}

static int migrate_to(struct sqlite_store *s, int64_t version, struct error *err)
{
	char numbers[96];

	sqlite3_snprintf(sizeof(numbers), numbers,
		"PRAGMA application_id = %d; PRAGMA user_version = %d",
		SQLITE_APPLICATION_ID, (int)version);
	if (run(s, "BEGIN IMMEDIATE", err) < 0 || run(s, sqlite_migration(version), err) < 0 ||
	    run(s, numbers, err) < 0)
		return -1;
	return run(s, "COMMIT", err);
}

static int migrate(struct sqlite_store *s, struct error *err)
{
	int64_t version;

	if (sqlite_read_int(s, "PRAGMA user_version", &version, err) < 0)
		return -1;
	for (; sqlite_migration(version + 1) != NULL; version++)
		if (migrate_to(s, version + 1, err) < 0) {
			if (!sqlite3_get_autocommit(s->db))
				sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
			return error_prefix(err, "migrating to schema %lld",
				(long long)version + 1);
		}
	return 0;
}

/* A table that others refer to is made anew and takes the name of the old one, whose
 * dropping would count as deleting its rows: not where nobody looks at foreign keys
 * (sqlite.org/lang_altertable.html). That cannot be said inside a transaction. */
int sqlite_schema_migrate(struct sqlite_store *s, struct error *err)
{
	int rc = make_functions(s->db);

	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
	if (rc != SQLITE_OK)
		return sqlite_fail(s, rc, err);
	if (migrate(s, err) < 0)
		return -1;
	rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	if (rc != SQLITE_OK)
		return sqlite_fail(s, rc, err);
	return sqlite_read_int(s, "PRAGMA page_size", &s->page_size, err);
}
