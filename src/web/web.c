/* Finding a file of the dashboard: see web.h. */
#include "config.h"

#include <string.h>

#include "web/web.h"

const struct web_asset *web_find(const char *name)
{
	size_t i;

	for (i = 0; i < web_asset_count; i++)
		if (strcmp(web_assets[i].name, name) == 0)
			return &web_assets[i];
	return NULL;
}
