/*
 * Declared paths, compiled: text to a tree of segments, and from each node the
 * keys that lead on. Done once when a source mapping is read; nothing changes
 * afterwards, so one set serves any number of scans.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "ingest/scan_internal.h"

enum { INDEX_MAX = 9999 };

static unsigned int slot_of(const char *key, size_t len)
{
	unsigned int first = (unsigned char)key[0], last = (unsigned char)key[len - 1];

	return ((unsigned int)len + 5 * first + 7 * last) % SCAN_SLOTS;
}

const struct scan_step *scan_paths_key(const struct scan_paths *paths, uint16_t node,
	const char *key, size_t len)
{
	uint16_t i;

	if (len == 0)
		return NULL;
	for (i = paths->nodes[node].slots[slot_of(key, len)]; i != 0; i = paths->steps[i].next) {
		const struct scan_step *step = &paths->steps[i];

		if (step->len == len && memcmp(step->key, key, len) == 0)
			return step;
	}
	return NULL;
}

uint16_t scan_paths_index(const struct scan_paths *paths, uint16_t node, size_t index)
{
	uint16_t i;

	for (i = paths->nodes[node].indexes; i != SCAN_ROOT; i = paths->nodes[i].next)
		if (paths->nodes[i].index == index)
			return i;
	return SCAN_NODE_NONE;
}

static bool same_segment(const struct scan_node *a, const struct scan_node *b)
{
	size_t len = a->end - a->start;

	return a->parent == b->parent && a->is_index == b->is_index &&
		b->end - b->start == len && memcmp(a->text + a->start, b->text + b->start, len) == 0;
}

/* The node of a segment, made if it is new; SCAN_NODE_NONE when there are too many. */
static uint16_t node_add(struct scan_paths *paths, const struct scan_node *segment)
{
	struct scan_node *node;
	uint16_t i, id = (uint16_t)paths->n_nodes;

	for (i = 1; i < id; i++)
		if (same_segment(&paths->nodes[i], segment))
			return i;
	if (id >= SCAN_NODES_MAX)
		return SCAN_NODE_NONE;
	paths->nodes = xreallocarray(paths->nodes, (size_t)id + 1, sizeof(*paths->nodes));
	paths->n_nodes++;
	node = &paths->nodes[id];
	*node = *segment;
	if (node->is_index) {
		node->next = paths->nodes[node->parent].indexes;
		paths->nodes[node->parent].indexes = id;
	}
	return id;
}

/* Reads "[12]" at *at; what is wrong with it, or NULL. */
static const char *read_index(const char *text, size_t *at, unsigned int *ret)
{
	size_t i = *at + 1, digits = i;
	unsigned int value = 0;

	for (; text[i] >= '0' && text[i] <= '9' && value <= INDEX_MAX; i++)
		value = 10 * value + (unsigned int)(text[i] - '0');
	if (i == digits || text[i] != ']')
		return "an index is not a number of at most four digits in brackets";
	if (value > INDEX_MAX || (text[digits] == '0' && i > digits + 1))
		return "an index is not a number of at most four digits without leading zeros";
	*at = i + 1;
	*ret = value;
	return NULL;
}

/* The next segment of a path from *at, which moves on behind it. */
static const char *read_segment(const char *text, size_t *at, struct scan_node *segment)
{
	size_t from = *at;

	*segment = (struct scan_node){ .path = -1, .text = text, .start = from };
	if (text[from] == '[') {
		const char *wrong = read_index(text, at, &segment->index);

		segment->is_index = true;
		segment->end = *at;
		return wrong;
	}
	if (from > 0 && text[from] != '.')
		return "only a dot or another index may follow an index";
	if (from > 0)
		segment->start = ++from;
	segment->end = from + strcspn(text + from, ".[]");
	if (segment->end == from)
		return "a segment is empty";
	if (text[segment->end] == ']')
		return "a bracket is closed that was not opened";
	*at = segment->end;
	return NULL;
}

static const char *path_check(const char *text)
{
	size_t i, len = strlen(text);

	if (len == 0)
		return "it is empty";
	if (len > SCAN_PATH_LEN_MAX)
		return "it is longer than 255 bytes";
	if (!text_is_utf8(text, len))
		return "it is not UTF-8";
	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return "it has a control character in it";
	return NULL;
}

/* Adds one path to the tree; what is wrong with it, or NULL. */
static const char *path_add(struct scan_paths *paths, size_t path)
{
	const char *text = paths->texts[path], *wrong = path_check(text);
	unsigned int segments = 0;
	uint16_t node = SCAN_ROOT;
	size_t at = 0;

	if (wrong != NULL)
		return wrong;
	while (text[at] != '\0') {
		struct scan_node segment;

		wrong = read_segment(text, &at, &segment);
		if (wrong != NULL)
			return wrong;
		if (++segments > SCAN_SEGMENTS_MAX)
			return "it has more than 16 segments";
		segment.parent = node;
		node = node_add(paths, &segment);
		if (node == SCAN_NODE_NONE)
			return "the paths together have more than 255 segments";
	}
	if (paths->nodes[node].path < 0)
		paths->nodes[node].path = (int)path;
	paths->same[path] = (size_t)paths->nodes[node].path;
	return NULL;
}

static void step_add(struct scan_paths *paths, uint16_t from, const struct scan_step *step)
{
	size_t id = paths->n_steps;
	uint16_t *slot = &paths->nodes[from].slots[slot_of(step->key, step->len)];

	paths->steps = xreallocarray(paths->steps, id + 1, sizeof(*paths->steps));
	paths->steps[id] = *step;
	paths->steps[id].next = *slot;
	*slot = (uint16_t)id;
	paths->n_steps++;
}

/* The steps that end at a node: from its parent by its own segment, from the
 * parent of that one by the two with a dot between, and so on. An index ends
 * them, for it is no part of a key. */
static void steps_to(struct scan_paths *paths, uint16_t to)
{
	const char *text = paths->nodes[to].text;
	size_t end = paths->nodes[to].end;
	unsigned int segments = 0;
	uint16_t node;

	for (node = to; node != SCAN_ROOT && !paths->nodes[node].is_index;
		node = paths->nodes[node].parent) {
		size_t start = paths->nodes[node].start;

		step_add(paths, paths->nodes[node].parent, &(struct scan_step){
			.key = text + start, .len = end - start, .to = to,
			.segments = ++segments });
	}
}

struct scan_paths *scan_paths_new(const char *const *texts, size_t n, struct error *err)
{
	struct scan_paths *paths;
	uint16_t node;
	size_t i;

	if (n > SCAN_PATHS_MAX) {
		error_set(err, ERROR_INVALID, "more than %d paths", SCAN_PATHS_MAX);
		return NULL;
	}
	paths = xcalloc(1, sizeof(*paths));
	paths->n_nodes = paths->n_steps = 1;
	paths->nodes = xcalloc(1, sizeof(*paths->nodes));
	paths->nodes[SCAN_ROOT].path = -1;
	paths->steps = xcalloc(1, sizeof(*paths->steps));
	for (i = 0; i < n; i++) {
		const char *wrong;

		paths->texts[paths->n++] = xstrdup(texts[i]);
		wrong = path_add(paths, i);
		if (wrong == NULL)
			continue;
		error_set(err, ERROR_INVALID, "path \"%.80s\": %s", texts[i], wrong);
		scan_paths_free(paths);
		return NULL;
	}
	for (node = 1; node < paths->n_nodes; node++)
		steps_to(paths, node);
	return paths;
}

void scan_paths_free(struct scan_paths *paths)
{
	size_t i;

	if (paths == NULL)
		return;
	for (i = 0; i < paths->n; i++)
		free(paths->texts[i]);
	free(paths->nodes);
	free(paths->steps);
	free(paths);
}
