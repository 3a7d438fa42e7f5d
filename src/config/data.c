/*
 * Finding data files: see data.h. Directories are read whole and sorted by name,
 * so that the result does not depend on the order of the file system.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "config/data.h"

static int add_dir(struct data_dirs *dirs, const char *dir, struct reader *reader)
{
	struct stat st;

	if (dirs->n == DATA_DIRS_MAX) {
		reader_error(reader, dir, 0, "more than %d data directories", DATA_DIRS_MAX);
		return -1;
	}
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode)) {
		reader_error(reader, dir, 0, "data directory: %s",
			errno != 0 ? strerror(errno) : "not a directory");
		return -1;
	}
	dirs->list[dirs->n++] = dir;
	return 0;
}

int data_dirs_init(struct data_dirs *dirs, const char *own, const char *data_dir,
	struct reader *reader)
{
	memset(dirs, 0, sizeof(*dirs));
	dirs->own = own;
	while (data_dir != NULL) {
		const char *colon = strchr(data_dir, ':');
		size_t n = colon != NULL ? (size_t)(colon - data_dir) : strlen(data_dir);

		errno = 0;
		if (n > 0 && add_dir(dirs, arena_strndup(reader->arena, data_dir, n), reader) < 0)
			return -1;
		data_dir = colon != NULL ? colon + 1 : NULL;
	}
	return 0;
}

static bool is_data_name(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".conf") == 0;
}

struct listing {
	struct reader *reader;
	const char *folder;
	struct data_file *files;
	size_t n;
};

/* NULL: it is there by that name already, or there are too many. */
static struct data_file *list_name(struct listing *list, const char *dir, const char *name)
{
	struct arena *a = list->reader->arena;
	const char *stem = arena_strndup(a, name, strlen(name) - 5);
	struct data_file *file;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->files[i].stem, stem) == 0)
			return NULL;
	if (list->n == DATA_FILES_MAX) {
		reader_error(list->reader, dir, 0, "more than %d data files", DATA_FILES_MAX);
		return NULL;
	}
	list->files = arena_grow(a, list->files, list->n, sizeof(*list->files));
	file = &list->files[list->n++];
	file->path = arena_printf(a, "%s/%s", dir, name);
	file->name = arena_printf(a, "%s/%s", list->folder, name);
	file->stem = stem;
	return file;
}

/* Adds the files of one directory that are not there by name; false when it has
 * no such folder. */
static bool list_dir(struct listing *list, const char *base)
{
	const char *dir = arena_printf(list->reader->arena, "%s/%s", base, list->folder);
	DIR *d = opendir(dir);
	struct dirent *entry;

	if (d == NULL) {
		if (errno != ENOENT)
			reader_error(list->reader, dir, 0, "%s", strerror(errno));
		return false;
	}
	while ((entry = readdir(d)) != NULL)
		if (is_data_name(entry->d_name))
			list_name(list, dir, entry->d_name);
	closedir(d);
	return true;
}

static void list_texts(struct listing *list, const struct data_dirs *dirs)
{
	size_t n = strlen(list->folder), i;

	for (i = 0; i < dirs->n_texts; i++) {
		const char *name = dirs->texts[i].name;
		struct data_file *file;

		if (!text_starts(name, list->folder) || name[n] != '/' ||
			!is_data_name(name + n + 1))
			continue;
		file = list_name(list, "", name + n + 1);
		if (file != NULL) {
			file->path = name;
			file->text = &dirs->texts[i];
		}
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct data_file *)a)->name, ((const struct data_file *)b)->name);
}

size_t data_files(const struct data_dirs *dirs, const char *folder, struct reader *reader,
	struct data_file **ret)
{
	struct listing list = { .reader = reader, .folder = folder };
	bool found = false;
	size_t i;

	if (dirs->texts != NULL)
		list_texts(&list, dirs);
	else if (dirs->own != NULL)
		list_dir(&list, dirs->own);
	for (i = 0; i < dirs->n; i++)
		found = list_dir(&list, dirs->list[i]) || found;
	if (!found && dirs->texts == NULL)
		list_dir(&list, TOCSIN_DATADIR);
	if (list.n > 0)
		qsort(list.files, list.n, sizeof(*list.files), compare_names);
	*ret = list.files;
	return list.n;
}

bool data_open(const struct data_file *file, const struct schema *schema, const char *id,
	struct reader *reader, config_t *cfg, struct group *ret_root)
{
	size_t before = reader->n_errors;
	const char *text;

	if ((file->text != NULL ? reader_open_text(reader, file->text, cfg) :
		reader_open(reader, file->path, file->name, cfg)) < 0)
		return false;
	*ret_root = group_root(reader, schema, cfg, file->path);
	schema_check(ret_root);
	text = group_text(ret_root, id);
	if (text != NULL && strcmp(text, file->stem) != 0)
		group_error(ret_root, id, "%s: is \"%s\", but the file is called %s.conf", id, text,
			file->stem);
	if (reader->n_errors == before)
		return true;
	config_destroy(cfg);
	return false;
}
