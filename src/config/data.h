/*
 * The data files: which are there, and what they say. A folder (regimes.d,
 * countries.d, sources.d) is looked up in several directories; of files with the
 * same name the one in the first directory wins. Rules can also come from texts that
 * were kept; all that reads them is the same.
 */
#ifndef TOCSIN_CONFIG_DATA_H
#define TOCSIN_CONFIG_DATA_H

#include "config/reader.h"

enum { DATA_FILES_MAX = 512, DATA_DIRS_MAX = 16, ZONES_MAX = 700 };

struct data_dirs {
	const char *own;		/* of the operator, before all; NULL: none */
	const char *list[DATA_DIRS_MAX];
	size_t n;
	const struct rule_text *texts;	/* not NULL: these, and nothing on disk */
	size_t n_texts;
};

/* data_dir as in conf_options: one directory or several with ":" between, NULL
 * for the shipped one. -1: reported. */
int data_dirs_init(struct data_dirs *dirs, const char *own, const char *data_dir,
	struct reader *reader);

struct data_file {
	const char *path;
	const char *name;	/* "regimes.d/nis2.conf" */
	const char *stem;	/* "nis2" */
	const struct rule_text *text;	/* NULL: on disk */
};

/* The files "*.conf" of a folder, by name. */
size_t data_files(const struct data_dirs *dirs, const char *folder, struct reader *reader,
	struct data_file **ret);

/* Reads every file of the folder; what cannot be read is reported and left out. */
void regimes_read(const struct data_dirs *dirs, struct reader *reader, struct rulebook *book);
void countries_read(const struct data_dirs *dirs, struct reader *reader,
	struct rulebook *book);
void formats_read(const struct data_dirs *dirs, struct reader *reader, struct conf *conf);

/* For the three above: opens a file, checks it by the schema and that its key
 * `id` is the name of the file. False: reported. cfg is to be destroyed when
 * true. */
bool data_open(const struct data_file *file, const struct schema *schema, const char *id,
	struct reader *reader, config_t *cfg, struct group *ret_root);

/* Time zones, read from TZif files below the directory when they are first asked
 * for, kept until zones_release. */
struct zones;
struct zones *zones_new(struct arena *arena, const char *directory);
const struct zone *zones_get(void *zones, const char *name, struct error *err);
/* Is any file that a zone was read from another one now? One that is gone is not:
 * there is nothing to read in its stead. A stat(2) for each zone. */
bool zones_changed(const struct zones *zones);
void zones_release(struct zones *zones);	/* NULL is allowed */

#endif
