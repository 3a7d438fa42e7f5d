/*
 * Rulesets: the texts of rule files by their SHA-256, and which of them, by which
 * name, were one rulebook. A text is checked against its digest when it is read:
 * a deadline is not to follow from rules that have changed since.
 */
#include "config.h"

#include <string.h>

#include "base/digest.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "store/row.h"
#include "store/sqlite.h"

enum query { RULESET_INSERT, RULESET_ID, RULESET_FILES, FILE_INSERT, TEXT_INSERT, N_QUERIES };
_Static_assert((int)N_QUERIES <= (int)SQLITE_QUERIES_MAX, "room for the statements");

static const char *const sql[N_QUERIES] = {
	[RULESET_INSERT] =
		"INSERT INTO ruleset (digest, put_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
	[RULESET_ID] = "SELECT id FROM ruleset WHERE digest = ?",
	/* One row without a name for a ruleset of no files. */
	[RULESET_FILES] =
		"SELECT f.name, f.file, t.text FROM ruleset r"
		" LEFT JOIN ruleset_file f ON f.ruleset = r.id"
		" LEFT JOIN rule_file t ON t.digest = f.file"
		" WHERE r.digest = ? ORDER BY f.name LIMIT ?",
	[FILE_INSERT] = "INSERT INTO ruleset_file (ruleset, name, file) VALUES (?, ?, ?)",
	[TEXT_INSERT] =
		"INSERT INTO rule_file (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING",
};

static int call(struct store *store, enum query query, struct sqlite_call *c,
	struct error *err)
{
	return sqlite_call(sqlite_of(store), SQLITE_NOUN_RULES, (int)query, sql[query], c, err);
}

void sqlite_ruleset_forget(struct sqlite_store *s)
{
	s->ruleset_id = 0;
}

/* One incident after the other has the rules in force. */
int sqlite_ruleset_id(struct sqlite_store *s, const char *digest, int64_t *ret,
	struct error *err)
{
	struct sqlite_call c;

	*ret = 0;
	if (digest == NULL)
		return 0;
	if (s->ruleset_id == 0 || strcmp(digest, s->ruleset) != 0) {
		if (call(&s->store, RULESET_ID, &c, err) < 0)
			return -1;
		bind_text(&c, digest);
		if (call_instant(&c, ret, err) < 0)
			return -1;
		if (*ret == TIME_NONE)
			return error_set(err, ERROR_NOT_FOUND, "no rules by the digest %s", digest);
		if (strlen(digest) >= sizeof(s->ruleset))
			return 0;	/* not one of ours */
		s->ruleset_id = *ret;
		text_copy(s->ruleset, sizeof(s->ruleset), digest);
	}
	*ret = s->ruleset_id;
	return 0;
}

/* 1: it is new. */
static int insert_ruleset(struct store *store, const char *digest, int64_t at,
	int64_t *ret_id, struct error *err)
{
	struct sqlite_call c;

	if (call(store, RULESET_INSERT, &c, err) < 0)
		return -1;
	bind_text(&c, digest);
	bind_int(&c, at);
	if (call_run(&c, err) < 0)
		return -1;
	*ret_id = sqlite3_last_insert_rowid(c.s->db);
	return sqlite3_changes64(c.s->db) > 0;
}

static int insert_file(struct store *store, int64_t ruleset,
	const struct rule_file_row *file, struct error *err)
{
	char digest[DIGEST_HEX_SIZE];
	struct sqlite_call c;

	digest_sha256_hex(file->text, file->len, digest);
	if (call(store, TEXT_INSERT, &c, err) < 0)
		return -1;
	bind_text(&c, digest);
	/* An empty text is not NULL. */
	bind_blob(&c, file->len > 0 ? file->text : "", file->len);
	if (call_run(&c, err) < 0 || call(store, FILE_INSERT, &c, err) < 0)
		return -1;
	bind_int(&c, ruleset);
	bind_text(&c, file->name);
	bind_text(&c, digest);
	return call_run(&c, err);
}

int sqlite_ruleset_put(struct store *store, const char *digest,
	const struct rule_file_row *files, size_t n, int64_t at, struct error *err)
{
	int64_t id;
	size_t i;
	int rc;

	if (ruleset_check(files, n, err) < 0)
		return -1;
	rc = insert_ruleset(store, digest, at, &id, err);
	if (rc <= 0)
		return rc;
	for (i = 0; i < n; i++)
		if (insert_file(store, id, &files[i], err) < 0)
			return -1;
	return 0;
}

static int take_file(struct sqlite_call *c, struct arena *arena, struct rule_file_row *ret,
	struct error *err)
{
	char made[DIGEST_HEX_SIZE];
	const char *digest, *text;

	ret->name = take_text(c, arena);
	digest = (const char *)sqlite3_column_text(c->stmt, c->column++);
	text = sqlite3_column_blob(c->stmt, c->column);
	ret->len = (size_t)sqlite3_column_bytes(c->stmt, c->column);
	ret->text = arena_strndup(arena, text == NULL ? "" : text, ret->len);
	digest_sha256_hex(ret->text, ret->len, made);
	if (!text_equal(made, digest))
		return error_set(err, ERROR_INTERNAL, "%s: not the text that was kept (its "
			"digest is %s, not %s)", ret->name, made, digest);
	return 0;
}

int sqlite_ruleset_get(struct store *store, const char *digest, struct arena *arena,
	struct rule_file_row **ret, size_t *ret_n, struct error *err)
{
	struct rule_file_row *rows = NULL;
	struct sqlite_call c;
	bool found = false;
	size_t n = 0;
	int more;

	if (call(store, RULESET_FILES, &c, err) < 0)
		return -1;
	bind_text(&c, digest);
	bind_limit(&c, RULESET_FILES_MAX);
	while ((more = call_step(&c, err)) == 1) {
		found = true;
		if (sqlite3_column_type(c.stmt, 0) == SQLITE_NULL)
			continue;
		rows = arena_grow(arena, rows, n, sizeof(*rows));
		if (take_file(&c, arena, &rows[n++], err) < 0) {
			call_end(&c);
			return -1;
		}
	}
	if (more < 0)
		return -1;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "no rules by the digest %s", digest);
	*ret = rows;
	*ret_n = n;
	return 0;
}
