/*
 * The dashboard: static HTML, style and script, kept in the program, so that what is
 * served is what was built and needs no file at run time. The table is made from the
 * files of this folder by embed.sh.
 */
#ifndef TOCSIN_WEB_WEB_H
#define TOCSIN_WEB_WEB_H

#include <stddef.h>

struct web_asset {
	const char *name;	/* "index.html" */
	const char *type;	/* as Content-Type has it */
	const char *etag;	/* with its quotes; another one for other bytes */
	const unsigned char *data;
	size_t len;
};

extern const struct web_asset web_assets[];
extern const size_t web_asset_count;

/* NULL: there is none. */
const struct web_asset *web_find(const char *name);

#endif
