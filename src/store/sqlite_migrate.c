/*
 * What the migrations of sqlite_schema.c call: SQL functions that pack values (pack.h).
 * They are part of every migration that has used them: what they make never changes.
 */
#include "config.h"

#include "base/alloc.h"
#include "base/text.h"
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

int sqlite_migrate_functions(sqlite3 *db)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int rc = sqlite3_create_function_v2(db, "pack", -1, flags, NULL, pack_values, NULL,
		NULL, NULL);

	if (rc != SQLITE_OK)
		return rc;
	return sqlite3_create_function_v2(db, "pack_parts", -1, flags, NULL, NULL, pack_part,
		end_parts, NULL);
}
