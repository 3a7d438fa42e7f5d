/*
 * What the parts of the scanner share: the compiled paths (scan_paths.c) that
 * the scan itself (scan.c) walks, and the decoder of escapes (scan_text.c).
 *
 * The paths are a tree of segments. The keys on the way to a place in the
 * document, joined by dots, are one string, so a place is at one node of the
 * tree at most, however the dots are shared out between keys; a key with dots
 * in it steps over several nodes at once. The tree therefore keeps, for each
 * node, every such step as one key.
 */
#ifndef TOCSIN_INGEST_SCAN_INTERNAL_H
#define TOCSIN_INGEST_SCAN_INTERNAL_H

#include <stdint.h>

#include "ingest/scan.h"

enum {
	SCAN_ROOT = 0,
	SCAN_NODES_MAX = 256,
	SCAN_NODE_NONE = 0xffff,
	SCAN_SEGMENTS_MAX = 16,		/* of one path: the bits of a rank */
	SCAN_PATH_LEN_MAX = 255,
	SCAN_SLOTS = 32,		/* a power of two */
};

struct scan_node {
	int path;		/* the first path that ends here, -1: none */
	bool is_index;
	unsigned int index;	/* of an "[index]" segment */
	uint16_t parent;
	uint16_t indexes;	/* children that are indexes, SCAN_ROOT: none */
	uint16_t next;		/* the next child of that kind of the same parent */
	const char *text;	/* the path that made the node */
	size_t start, end;	/* the segment within it */
	uint16_t slots[SCAN_SLOTS];	/* first step by hash of its key, 0: none */
};

/* From a node by a key that may stand for several segments. */
struct scan_step {
	const char *key;
	size_t len;
	uint16_t to;
	uint16_t next;		/* in the same slot, 0: none */
	unsigned int segments;
};

struct scan_paths {
	size_t n;
	char *texts[SCAN_PATHS_MAX];
	size_t same[SCAN_PATHS_MAX];	/* the first path of the same text */
	size_t n_nodes, n_steps;
	struct scan_node *nodes;
	struct scan_step *steps;	/* steps[0] is not used */
};

/* The step by this key, unescaped; NULL when no path goes there. */
const struct scan_step *scan_paths_key(const struct scan_paths *paths, uint16_t node,
	const char *key, size_t len);
/* The node of element number index, or SCAN_NODE_NONE. */
uint16_t scan_paths_index(const struct scan_paths *paths, uint16_t node, size_t index);

/* White space of RFC 8259 §2. */
static inline const char *scan_skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* Decodes a string that a scan has accepted. Writes at most max bytes, whole
 * characters only, and no NUL; returns how many. */
size_t scan_unescape(const char *s, size_t len, char *out, size_t max);

#endif
