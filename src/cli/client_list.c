/* Lists of many pages, and the incident that a command is about: see client.h. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "cli/client.h"

enum { PAGE = 1000 };

/* One page behind the cursor; its items join the list. 1: there is more. */
static int add_page(struct client *c, const char *path, const char *name, int64_t limit,
	char **cursor, json_t *items, struct error *err)
{
	char count[24];
	const char *next = NULL;
	json_t *page;
	struct buf full;
	int more;

	snprintf(count, sizeof(count), "%" PRId64, limit < PAGE ? limit : (int64_t)PAGE);
	buf_init(&full, 0);
	buf_adds(&full, path);
	client_query(&full, "limit", count);
	client_query(&full, "cursor", *cursor);
	page = client_get(c, full.data, err);
	buf_release(&full);
	if (page == NULL)
		return -1;
	json_array_extend(items, json_object_get(page, name));
	json_get_text(page, "next", &next, NULL);
	/* There is always something behind a "next"; an empty page that has one all the
	 * same would be asked for without end. */
	if (json_array_size(json_object_get(page, name)) == 0)
		next = NULL;
	free(*cursor);
	*cursor = next != NULL ? xstrdup(next) : NULL;
	more = next != NULL;
	json_decref(page);
	return more;
}

json_t *client_list(struct client *c, const char *path, const char *name, int64_t limit,
	struct error *err)
{
	json_t *list = json_object(), *items = json_array();
	char *cursor = NULL;
	int64_t left = limit;
	int more;

	json_object_set_new(list, name, items);
	do {
		more = add_page(c, path, name, left, &cursor, items, err);
		left = limit - (int64_t)json_array_size(items);
	} while (more > 0 && left > 0);
	json_set_text(list, "next", cursor);
	free(cursor);
	if (more >= 0)
		return list;
	json_decref(list);
	return NULL;
}

int client_incident(const struct cli *cli, const char *id, json_t **ret)
{
	struct client *client;
	struct error err;
	int64_t number;
	char path[64];

	if (option_id(id, &number, &err) < 0)
		return cli_usage(cli, &err);
	snprintf(path, sizeof(path), "/v1/incidents/%" PRId64, number);
	client = client_new(cli, &err);
	*ret = client != NULL ? client_get(client, path, &err) : NULL;
	client_free(client);
	return *ret != NULL ? CLI_DONE : cli_failed(&err);
}
