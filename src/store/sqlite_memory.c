/*
 * Memory for SQLite. It takes and gives back some 130 pieces for an alert, of a few
 * sizes and always the same ones, which malloc() does not know: kept in a list for each
 * size they cost a third (measured). What is kept is bounded; larger pieces, which are
 * pages of the cache for the most part, are malloc()'s.
 *
 * SQLite's memory is one for the whole process, and so these lists are, too. There are
 * no threads (sqlite.c says so to SQLite).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "store/sqlite.h"

enum { STEP = 64, LISTS = 48, KEPT_MAX = 1 << 20 };

/* Before each piece; 8 bytes, which is how SQLite wants its pieces aligned. */
struct head {
	size_t size;			/* of the piece, without this */
};

struct kept {
	struct head head;
	struct kept *next;
};

static struct {
	struct kept *lists[LISTS];	/* by size: STEP, 2 STEP, ... */
	size_t kept;			/* bytes in all of them */
} memory;

static struct head *head_of(void *piece)
{
	return (struct head *)piece - 1;
}

static int piece_roundup(int size)
{
	return (size + STEP - 1) / STEP * STEP;
}

static size_t list_of(size_t size)
{
	return size / STEP - 1;
}

static void *piece_new(int size)
{
	size_t rounded = (size_t)piece_roundup(size), list = list_of(rounded);
	struct kept *found = list < LISTS ? memory.lists[list] : NULL;
	struct head *head;

	if (found != NULL) {
		memory.lists[list] = found->next;
		memory.kept -= rounded;
		return &found->head + 1;
	}
	head = malloc(sizeof(*head) + rounded);
	if (head == NULL)
		return NULL;
	head->size = rounded;
	return head + 1;
}

static void piece_free(void *piece)
{
	struct kept *k = (struct kept *)head_of(piece);
	size_t list = list_of(k->head.size);

	if (list >= LISTS || memory.kept + k->head.size > KEPT_MAX) {
		free(k);
		return;
	}
	k->next = memory.lists[list];
	memory.lists[list] = k;
	memory.kept += k->head.size;
}

static int piece_size(void *piece)
{
	return (int)head_of(piece)->size;
}

static void *piece_resize(void *piece, int size)
{
	size_t have = head_of(piece)->size;
	void *other;

	if ((size_t)piece_roundup(size) == have)
		return piece;
	other = piece_new(size);
	if (other == NULL)
		return NULL;
	memcpy(other, piece, have < (size_t)size ? have : (size_t)size);
	piece_free(piece);
	return other;
}

static int memory_begin(void *arg)
{
	(void)arg;
	return SQLITE_OK;
}

static void memory_end(void *arg)
{
	size_t i;

	(void)arg;
	for (i = 0; i < LISTS; i++)
		while (memory.lists[i] != NULL) {
			struct kept *k = memory.lists[i];

			memory.lists[i] = k->next;
			free(k);
		}
	memory.kept = 0;
}

void sqlite_memory_configure(void)
{
	static const sqlite3_mem_methods methods = {
		piece_new, piece_free, piece_resize, piece_size, piece_roundup,
		memory_begin, memory_end, NULL,
	};

	/* Refused, harmlessly, when SQLite has begun with another. */
	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
