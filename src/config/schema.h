/* What a schema says about settings: see reader.h for how it is used. */
#ifndef TOCSIN_CONFIG_SCHEMA_H
#define TOCSIN_CONFIG_SCHEMA_H

#include "config/reader.h"

/* Asking for a key that the schema does not have is our own bug: never NULL. */
const struct option *schema_option(const struct schema *schema, const char *kind,
	const char *key) __attribute__((returns_nonnull));

/* Is the value in order by itself (type, range, form)? The elements of lists of
 * groups are not looked into. -1 with the reason, to stand behind the key. */
int option_check(const struct option *option, config_setting_t *setting, struct error *err);

/* The number of an option of a numeric kind. */
int option_number(const struct option *option, config_setting_t *setting, int64_t *ret,
	struct error *err);
/* The same as it is written in the file: for defaults. */
int option_number_text(const struct option *option, const char *text, int64_t *ret,
	struct error *err);

#endif
