/*
 * Reading one libconfig file by a schema. First schema_check walks the whole
 * tree and reports every key that is unknown, of the wrong type or out of range;
 * then the builders ask for values. A value that was refused reads as its
 * default (or as absent), so a builder may go on and find more: what matters is
 * that an error has been reported, and no configuration comes of it.
 */
#ifndef TOCSIN_CONFIG_READER_H
#define TOCSIN_CONFIG_READER_H

#include <libconfig.h>

#include "base/arena.h"
#include "base/digest.h"
#include "config/conf.h"
#include "config/option.h"

enum { CONF_FILE_MAX = 1024 * 1024, CONF_REPORTS_MAX = 50 };

struct conf_file {
	const char *path;		/* as messages name it */
	const char *name;		/* "" main file, else "regimes.d/nis2.conf" */
	char digest[DIGEST_HEX_SIZE];
	const char *text;		/* of a rule file, kept for its ruleset; else NULL */
	size_t len;
};

struct reader {
	struct arena *arena;		/* what is read lives here */
	struct conf_report *report;
	size_t n_errors;		/* reported, also those beyond CONF_REPORTS_MAX */
	struct conf_file *files;	/* in the order of reading */
	size_t n_files;
};

struct schema {
	const struct option *options;
	size_t n;
	const struct schema *more;	/* groups that several kinds of files have; or NULL */
};

/* A group of a file, seen by the options of its kind. */
struct group {
	struct reader *reader;
	const struct schema *schema;
	const char *kind;		/* "channel": the group of its options */
	config_setting_t *setting;	/* NULL: not in the file, all defaults */
	const char *file;
	int line;			/* where it begins; 0 for a whole file */
};

/* The report. line 0: the whole file. Beyond CONF_REPORTS_MAX they are counted
 * in one last line only. */
void reader_error(struct reader *reader, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void reader_warning(struct reader *reader, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Puts the report in the order of the files and lines. */
void reader_sort(struct reader *reader);

/* Reads a file into *cfg (config_init'ed here; config_destroy it when 0 came
 * back). -1: reported. */
int reader_open(struct reader *reader, const char *path, const char *name, config_t *cfg);
/* The same from a text that was kept; messages name it by its name. */
int reader_open_text(struct reader *reader, const struct rule_text *text, config_t *cfg);
/* Was there a file of that name, in order or not? */
bool reader_has_file(const struct reader *reader, const char *name);
/* The rule files that were read, by name. */
size_t reader_rule_texts(const struct reader *reader, struct rule_text **ret);
/* SHA-256 over names and digests of all files read; where they lie does not count. */
void reader_digest(const struct reader *reader, char ret[DIGEST_HEX_SIZE]);
const char *reader_file_digest(const struct reader *reader, const char *path);

struct group group_root(struct reader *reader, const struct schema *schema, config_t *cfg,
	const char *path);
/* Reports all that the schema says against a group and what it holds. */
void schema_check(const struct group *g);

/* Messages about one key of a group, at its line; key NULL: about the group. */
void group_error(const struct group *g, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void group_warning(const struct group *g, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
struct conf_place group_place(const struct group *g, const char *key);

/* Is the key there at all; is it there and its value in order? */
bool group_is_set(const struct group *g, const char *key);
bool group_has(const struct group *g, const char *key);
const char *group_text(const struct group *g, const char *key);	/* NULL: absent */
int64_t group_int(const struct group *g, const char *key);	/* int, size, duration, mode */
bool group_bool(const struct group *g, const char *key);
int group_choice(const struct group *g, const char *key);	/* index; -1: absent */
int32_t group_date(const struct group *g, const char *key);	/* DAY_NONE: absent */
size_t group_texts(const struct group *g, const char *key, const char ***ret);
/* The line of one element of a list or array. */
int group_element_line(const struct group *g, const char *key, size_t i);

size_t group_count(const struct group *g, const char *key);	/* of a list */
struct group group_item(const struct group *g, const char *key, size_t i);
struct group group_sub(const struct group *g, const char *key);
/* Element i of an OPTION_TEXT_LISTS. */
size_t group_text_list(const struct group *g, const char *key, size_t i, const char ***ret);

/* Reports each item of a list whose key repeats an earlier one's. */
void group_check_unique(const struct group *g, const char *list, const char *key,
	const char *what);

#endif
