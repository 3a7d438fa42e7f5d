/*
 * Files of countries.d: the time zone of a member state and its public holidays
 * as rules. Holidays move no deadline that we alarm by; they show how far a
 * deadline in days or months may be argued (Regulation 1182/71, Art. 3(4)).
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/data.h"

static const struct option country_options[] = {
	{ .group = "", .name = "country", .type = OPTION_TEXT, .max = 2, .required = true },
	{ .group = "", .name = "name", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "", .name = "timezone", .type = OPTION_TEXT, .max = 63, .required = true },
	{ .group = "", .name = "version", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "holidays", .type = OPTION_LIST, .of = "holiday", .max = 400 },
	{ .group = "holiday", .name = "rule", .type = OPTION_TEXT, .max = 40, .required = true },
	{ .group = "holiday", .name = "name", .type = OPTION_TEXT,
	  .max = sizeof(((struct holiday *)NULL)->name) - 1, .required = true },
	{ .group = "holiday", .name = "from_year", .type = OPTION_INT, .min = 1970, .max = 2100 },
	{ .group = "holiday", .name = "to_year", .type = OPTION_INT, .min = 1970, .max = 2100 },
};
static const struct schema country_schema = { country_options, ARRAY_LEN(country_options) };

static void read_holiday(const struct group *g, struct holiday *holiday)
{
	const char *rule = group_text(g, "rule"), *name = group_text(g, "name");
	struct error why;

	if (name != NULL)
		text_copy(holiday->name, sizeof(holiday->name), name);
	holiday->from_year = (int16_t)group_int(g, "from_year");
	holiday->to_year = (int16_t)group_int(g, "to_year");
	if (holiday->to_year != 0 && holiday->from_year > holiday->to_year)
		group_error(g, "to_year", "to_year: is before from_year");
	if (rule != NULL && holiday_parse(rule, holiday, &why) < 0)
		group_error(g, "rule", "rule: \"%s\": %s", rule, why.text);
}

static void read_country(const struct group *root, const struct data_file *file,
	struct country *country)
{
	const char *code = group_text(root, "country");
	struct calendar *calendar = &country->calendar;
	struct error why;
	size_t i;

	if (strlen(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z')
		group_error(root, "country", "country: \"%s\" is not two capital letters", code);
	text_copy(country->code, sizeof(country->code), code);
	country->name = group_text(root, "name");
	country->timezone = group_text(root, "timezone");
	country->version = group_text(root, "version");
	text_copy(country->digest, sizeof(country->digest),
		reader_file_digest(root->reader, file->path));
	country->file = file->path;
	if (zone_name_check(country->timezone, &why) < 0)
		group_error(root, "timezone", "timezone: %s", why.text);
	calendar->n = group_count(root, "holidays");
	calendar->holidays = arena_array(root->reader->arena, calendar->n + 1,
		sizeof(*calendar->holidays));
	for (i = 0; i < calendar->n; i++) {
		struct group item = group_item(root, "holidays", i);

		read_holiday(&item, &calendar->holidays[i]);
	}
}

void countries_read(const struct data_dirs *dirs, struct reader *reader, struct rulebook *book)
{
	struct data_file *files;
	size_t n = data_files(dirs, "countries.d", reader, &files), i;

	book->countries = arena_array(reader->arena, n + 1, sizeof(*book->countries));
	book->n_countries = 0;
	for (i = 0; i < n; i++) {
		struct group root;
		config_t cfg;

		if (!data_open(&files[i], &country_schema, "country", reader, &cfg, &root))
			continue;
		read_country(&root, &files[i], &book->countries[book->n_countries++]);
		config_destroy(&cfg);
	}
}
