/*
 * Files of countries.d: the time zones of a member state, its public holidays as
 * rules, and what its law adds to a regime (overlays.c). Holidays move no deadline
 * that we alarm by; they show how far a deadline in days or months may be argued
 * (Regulation 1182/71, Art. 3(4)).
 */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "config/data.h"
#include "config/overlay.h"

enum { ZONES_OTHER_MAX = 32, OVERLAYS_MAX = 64 };

static const struct option country_options[] = {
	{ .group = "", .name = "country", .type = OPTION_TEXT, .max = 2, .required = true },
	{ .group = "", .name = "name", .type = OPTION_TEXT, .max = 100, .required = true },
	{ .group = "", .name = "timezone", .type = OPTION_TEXT, .max = 63, .required = true },
	{ .group = "", .name = "other_timezones", .type = OPTION_TEXTS, .max = ZONES_OTHER_MAX },
	{ .group = "", .name = "version", .type = OPTION_NAME, .required = true },
	{ .group = "", .name = "overlays", .type = OPTION_LIST, .of = "overlay",
	  .max = OVERLAYS_MAX },
	{ .group = "", .name = "holidays", .type = OPTION_LIST, .of = "holiday", .max = 400 },
	{ .group = "holiday", .name = "rule", .type = OPTION_TEXT, .max = 40, .required = true },
	{ .group = "holiday", .name = "name", .type = OPTION_TEXT,
	  .max = sizeof(((struct holiday *)NULL)->name) - 1, .required = true },
	{ .group = "holiday", .name = "from_year", .type = OPTION_INT, .min = 1970, .max = 2100 },
	{ .group = "holiday", .name = "to_year", .type = OPTION_INT, .min = 1970, .max = 2100 },
};
static const struct schema country_schema = { country_options, ARRAY_LEN(country_options),
	&overlay_schema };

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

/* A slip in a zone must not wait for the first entity that uses the file. In texts that
 * were kept it was found when they were read from disk; there a name that the system
 * has dropped since hurts only whoever uses it. */
static void check_zone(const struct group *root, const char *key, size_t i, const char *name,
	const struct data_file *file, const struct rulebook *book)
{
	struct error why;

	if (zone_name_check(name, &why) == 0 &&
		(file->text != NULL || book->zone(book->zone_arg, name, &why) != NULL))
		return;
	reader_error(root->reader, root->file, group_element_line(root, key, i), "%s: %s", key,
		why.text);
}

static void read_zones(const struct group *root, const struct data_file *file,
	const struct rulebook *book, struct country *country)
{
	size_t i;

	country->timezone = group_text(root, "timezone");
	check_zone(root, "timezone", 0, country->timezone, file, book);
	country->n_other_timezones = group_texts(root, "other_timezones",
		&country->other_timezones);
	for (i = 0; i < country->n_other_timezones; i++)
		check_zone(root, "other_timezones", i, country->other_timezones[i], file, book);
}

static void read_holidays(const struct group *root, struct calendar *calendar)
{
	size_t i;

	calendar->n = group_count(root, "holidays");
	calendar->holidays = arena_array(root->reader->arena, calendar->n + 1,
		sizeof(*calendar->holidays));
	for (i = 0; i < calendar->n; i++) {
		struct group item = group_item(root, "holidays", i);

		read_holiday(&item, &calendar->holidays[i]);
	}
}

static void read_country(const struct group *root, const struct data_file *file,
	const struct rulebook *book, struct country *country)
{
	const char *code = group_text(root, "country");

	if (strlen(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z')
		group_error(root, "country", "country: \"%s\" is not two capital letters", code);
	text_copy(country->code, sizeof(country->code), code);
	country->name = group_text(root, "name");
	country->version = group_text(root, "version");
	country->rules = arena_printf(root->reader->arena, "%s/%s", country->code,
		country->version);
	text_copy(country->digest, sizeof(country->digest),
		reader_file_digest(root->reader, file->path));
	country->file = file->path;
	read_zones(root, file, book, country);
	read_holidays(root, &country->calendar);
	overlays_read(root, book, country);
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
		read_country(&root, &files[i], book, &book->countries[book->n_countries++]);
		config_destroy(&cfg);
	}
}
