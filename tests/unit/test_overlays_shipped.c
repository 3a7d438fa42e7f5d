/*
 * The countries as shipped: what each file states about NIS2 besides dates (those:
 * test_countries_shipped.c), how sure it is of it, and that no file lets a deadline of
 * the directive end later.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/calendar.h"
#include "shipped.h"

static const struct overlay *overlay_of(const char *code)
{
	const struct overlay *overlay =
		country_overlay(rulebook_country(shipped_book(), code), "nis2");

	if (overlay == NULL)
		fail_msg("%s says nothing of NIS2", code);
	return overlay;
}

enum { V = CONFIDENCE_VERIFIED, S = CONFIDENCE_SINGLE, U = CONFIDENCE_UNVERIFIED,
	C = CONFIDENCE_CONFLICT };

/* value NULL: none is confirmed, and so none is given. */
struct item_row {
	const char *value;
	int confidence;
};

/* By the acts as they were surveyed in September 2026. in_force: a national act for
 * NIS2, or one that is applied in its place. own: it has periods of its own. */
static const struct {
	const char *code, *from;
	bool in_force;
	int confidence;
	bool own;
	struct item_row portal, email, phone;
} countries[] = {
	{ "AT", "2026-10-01", true, V, false, { "https://nis2.cert.at", S }, { NULL, S },
	  { NULL, S } },
	{ "BE", "2024-10-18", true, V, false, { "https://notif.safeonweb.be", V }, { NULL, S },
	  { "+32 2 501 05 60", S } },
	{ "BG", "2026-02-17", true, S, false, { NULL, S }, { NULL, S }, { NULL, S } },
	{ "HR", "2024-11-30", true, S, true, { "https://pixi.carnet.hr/", V }, { NULL, S },
	  { NULL, S } },
	{ "CY", "2025-04-25", true, V, true, { NULL, S }, { "reporting@csirt.cy", V },
	  { "1490", V } },
	{ "CZ", "2025-11-01", true, C, true, { "https://portal.nukib.gov.cz/", V },
	  { NULL, S }, { NULL, S } },
	{ "DE", "2025-12-06", true, V, false, { "https://portal.bsi.bund.de", V }, { NULL, S },
	  { NULL, S } },
	{ "DK", "2025-07-01", true, V, false,
	  { "https://virk.dk/myndigheder/stat/SAMSIK/selvbetjening/"
	    "Indberetning_af_brud_paa_sikkerhed/", S },
	  { NULL, S }, { NULL, S } },
	{ "EE", "2026-01-01", true, S, false, { "https://raport.cert.ee/", S },
	  { "cert@cert.ee", V }, { NULL, S } },
	{ "FI", "2025-04-08", true, S, true,
	  { "https://eservices.traficom.fi/ContactForms/form/NIS2-ilmoitus", S }, { NULL, S },
	  { NULL, S } },
	{ "FR", NULL, false, V, false, { "https://monespacenis2.cyber.gouv.fr/", S },
	  { NULL, S }, { NULL, S } },
	{ "GR", "2024-11-27", true, V, false, { NULL, S }, { "incident@cyber.gov.gr", S },
	  { NULL, S } },
	{ "HU", "2025-01-01", true, S, false, { "https://incidens.nki.gov.hu/", S },
	  { "csirt@nki.gov.hu", S }, { NULL, S } },
	{ "IE", NULL, false, V, false, { NULL, S }, { NULL, S }, { NULL, S } },
	{ "IT", "2024-10-16", true, V, true, { "https://segnalazioni.acn.gov.it/", V },
	  { NULL, S }, { NULL, S } },
	{ "LV", "2024-09-01", true, S, false, { NULL, S }, { "cert@cert.lv", V },
	  { NULL, S } },
	{ "LT", "2024-10-18", true, S, true,
	  { "https://www.nksc.lt/pranesti-incidenta.html", S }, { "cert@nksc.lt", S },
	  { NULL, S } },
	{ "LU", NULL, true, S, false, { "https://serima.lu/notification", V }, { NULL, S },
	  { NULL, S } },
	{ "MT", NULL, true, U, false, { NULL, S }, { "csirtmalta@gov.mt", S }, { NULL, S } },
	{ "NL", "2026-08-15", true, S, false, { "https://mijn.ncsc.nl", S }, { NULL, S },
	  { NULL, S } },
	{ "PL", "2026-04-03", true, S, true, { NULL, S }, { NULL, S }, { NULL, S } },
	{ "PT", NULL, true, V, true, { NULL, S }, { NULL, S }, { NULL, S } },
	{ "RO", "2024-12-31", true, S, false, { "https://pnrisc.dnsc.ro", V }, { NULL, S },
	  { NULL, S } },
	{ "SK", "2025-01-01", true, S, true, { NULL, S }, { NULL, S }, { NULL, S } },
	{ "SI", NULL, true, S, true, { NULL, S }, { "gp.uiv@gov.si", S }, { NULL, S } },
	{ "ES", NULL, false, V, false, { NULL, S }, { NULL, S }, { NULL, S } },
	{ "SE", "2026-01-15", true, S, false, { "https://cyberportal.ncsc.se", S },
	  { NULL, S }, { NULL, S } },
	{ "NO", "2025-10-01", true, S, true, { NULL, S }, { "beredskap@nsm.no", S },
	  { NULL, S } },
	{ "IS", NULL, false, S, false, { "https://cert.is/tilkynna-atvik/", S },
	  { "cert@cert.is", S }, { NULL, S } },
	{ "LI", NULL, true, S, false, { NULL, S }, { NULL, S }, { NULL, S } },
};

static void expect_item(const char *code, const char *what, const struct route_item *item,
	const struct item_row *want)
{
	if ((item->value == NULL) != (want->value == NULL) ||
			(item->value != NULL && strcmp(item->value, want->value) != 0))
		fail_msg("%s: %s is %s, not %s", code, what,
			item->value != NULL ? item->value : "none",
			want->value != NULL ? want->value : "none");
	if (item->value != NULL && (int)item->provenance.confidence != want->confidence)
		fail_msg("%s: %s is %s", code, what,
			confidence_name(item->provenance.confidence));
}

static void each_country_states_its_law_and_how_sure_it_is(void **state)
{
	char from[DAY_SIZE];
	size_t i;

	(void)state;
	assert_int_equal(shipped_book()->n_countries, ARRAY_LEN(countries));
	for (i = 0; i < ARRAY_LEN(countries); i++) {
		const char *code = countries[i].code;
		const struct overlay *o = overlay_of(code);

		if (o->from_day != DAY_NONE)
			day_format(o->from_day, from);
		if ((o->from_day == DAY_NONE) != (countries[i].from == NULL) ||
				(o->from_day != DAY_NONE &&
				strcmp(from, countries[i].from) != 0))
			fail_msg("%s: applies from another day", code);
		if (o->in_force != countries[i].in_force)
			fail_msg("%s: in force: %d", code, o->in_force);
		if ((int)o->provenance.confidence != countries[i].confidence)
			fail_msg("%s: %s", code, confidence_name(o->provenance.confidence));
		if ((o->merged != NULL) != countries[i].own)
			fail_msg("%s: has periods of its own: %d", code, o->merged != NULL);
		if (o->n_notes == 0)
			fail_msg("%s: no note", code);
		expect_item(code, "portal", &o->route.portal, &countries[i].portal);
		expect_item(code, "email", &o->route.email, &countries[i].email);
		expect_item(code, "phone", &o->route.phone, &countries[i].phone);
	}
}

/* Where nothing is in force, the status says as of when. */
static void a_country_without_an_act_says_when_that_was_known(void **state)
{
	static const char *const known[][2] = {
		{ "ES", "as of 2026-09-04" }, { "FR", "as of 2026-06-12" },
		{ "IE", "as of 2026-09-03" }, { "IS", "NIS2 is not implemented" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(known); i++) {
		const struct overlay *o = overlay_of(known[i][0]);

		if (o->in_force || strstr(o->status, known[i][1]) == NULL)
			fail_msg("%s: %s", known[i][0], o->status);
	}
}

static void check_provenance(const char *code, const char *what, const struct provenance *p)
{
	int32_t collected;

	assert_int_equal(day_parse("2026-11-21", &collected, NULL), 0);
	if (p->source == NULL || p->source[0] == '\0')
		fail_msg("%s: %s has no source", code, what);
	if (p->read_day == DAY_NONE || p->read_day > collected || p->checked_day > collected)
		fail_msg("%s: %s was not read yet", code, what);
}

/* Addresses that circulate in lists of third parties and that no official page that was
 * read confirms. */
static const char *const hearsay[] = {
	"cert@cert.dk", "cfcs@cfcs.dk", "cert-fr.cossi@ssi.gouv.fr", "cert-fr@ssi.gouv.fr",
	"csirt@csirt.gr", "cert@cert.gr", "cert@nki.gov.hu", "certreport@decc.gov.ie",
	"certreport@ncsc.gov.ie", "info@csirt.gov.it", "csirt@pec.acn.gov.it", "cert@cert.lt",
	"csirt.malta@gov.mt", "info@cert.pl", "cert@cert.pl", "cert@dnsc.ro", "cert@cert.ro",
	"incident@nbu.gov.sk", "incident@sk-cert.sk", "info@csirt.cy", "info@circl.lu",
	"cert@cert.si", "cert@govcert.bg", "https://notifications.ccb.belgium.be/",
};

static void no_value_without_a_source(void **state)
{
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(countries); i++) {
		const struct overlay *o = overlay_of(countries[i].code);
		const struct route_item *items[] = { &o->route.recipient, &o->route.authority,
			&o->route.portal, &o->route.email, &o->route.phone, &o->route.access };

		check_provenance(countries[i].code, "terms", &o->provenance);
		for (j = 0; j < ARRAY_LEN(items); j++) {
			if (items[j]->value == NULL)
				continue;
			check_provenance(countries[i].code, items[j]->value,
				&items[j]->provenance);
			for (k = 0; k < ARRAY_LEN(hearsay); k++)
				if (strstr(items[j]->value, hearsay[k]) != NULL)
					fail_msg("%s: %s is hearsay", countries[i].code,
						hearsay[k]);
		}
	}
}

static void further_parts_have_their_zones(void **state)
{
	static const char *const zones[][2] = {
		{ "CY", "Asia/Famagusta" },
		{ "DE", "Europe/Busingen" },
		{ "FI", "Europe/Mariehamn" },
		{ "PT", "Atlantic/Madeira Atlantic/Azores" },
		{ "ES", "Atlantic/Canary Africa/Ceuta" },
		{ "NO", "Arctic/Longyearbyen" },
		{ "FR", "America/Guadeloupe America/Martinique America/Cayenne "
		  "Indian/Reunion Indian/Mayotte America/Marigot" },
		{ "DK", "" },
	};
	size_t i, j;

	(void)state;
	for (i = 0; i < ARRAY_LEN(zones); i++) {
		const struct country *c = rulebook_country(shipped_book(), zones[i][0]);
		char all[300] = "";

		for (j = 0; j < c->n_other_timezones; j++)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
				j > 0 ? " " : "", c->other_timezones[j]);
		if (strcmp(all, zones[i][1]) != 0)
			fail_msg("%s: %s", c->code, all);
	}
}

#define AWARE "'events':{'aware':'2026-11-21T08:17:00Z'"
#define DETECTED AWARE ",'detected':'2026-11-21T04:30:00Z'}"
#define WARNED ",'filings':{'early-warning':'2026-11-21T15:00:00Z'," \
	"'notification':'2026-11-23T14:42:00Z'"

/* What can have happened, in every order that matters to a final report. */
static const char *const histories[] = {
	AWARE "}",
	DETECTED,
	AWARE "}" WARNED "}",
	AWARE ",'handled':'2026-12-01T09:00:00Z'}" WARNED "}",
	/* Handled after an earlier reading and before the directive's month. */
	AWARE ",'handled':'2026-12-22T09:00:00Z'}" WARNED "}",
	AWARE ",'handled':'2027-01-29T16:00:00Z'}" WARNED "}",
	AWARE ",'handled':'2026-12-22T09:00:00Z'}" WARNED
		",'progress-report':'2026-12-21T12:00:00Z'}",
	AWARE ",'handled':'2027-01-29T16:00:00Z'}" WARNED
		",'progress-report':'2026-12-23T12:00:00Z'}",
	AWARE ",'classified':'2026-11-22T20:00:00Z','recovered':'2026-11-25T09:00:00Z',"
		"'impact-ended':'2026-11-25T10:00:00Z'}" WARNED "}",
	"'events':{'aware':'2027-01-30T09:00:00Z'},'filings':"
		"{'early-warning':'2027-01-30T10:00:00Z',"
		"'notification':'2027-01-31T10:00:00Z'}",
};

static void expect_no_later(const char *country, const char *history)
{
	const struct calculation *plain;
	char question[1000];
	size_t i;

	snprintf(question, sizeof(question), "'timezone':'Europe/Brussels',%s", history);
	shipped_ask(history, "", question, "early-warning", &plain);
	for (i = 0; i < plain->n_clocks; i++) {
		const struct clock *p = &plain->clocks[i];
		const struct clock *c = shipped_ask(history, country, question, p->stage,
			NULL);

		if (c == NULL)
			fail_msg("%s has no %s: %s", country, p->stage, history);
		if (p->due_at == TIME_NONE)
			continue;
		if (c->due_at == TIME_NONE || c->due_at > p->due_at ||
				c->latest_at < c->nominal_at || c->nominal_at < c->due_at)
			fail_msg("%s lets %s end later: %s", country, p->stage, history);
		if (p->state == CLOCK_RUNNING && c->state != CLOCK_RUNNING)
			fail_msg("%s: %s is %s: %s", country, p->stage,
				clock_state_name(c->state), history);
	}
}

static void no_country_lets_a_deadline_end_later(void **state)
{
	const struct rulebook *book = shipped_book();
	size_t i, j;

	(void)state;
	assert_int_equal(book->n_countries, 30);
	for (i = 0; i < book->n_countries; i++)
		for (j = 0; j < ARRAY_LEN(histories); j++)
			expect_no_later(book->countries[i].code, histories[j]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_country_states_its_law_and_how_sure_it_is),
		cmocka_unit_test(a_country_without_an_act_says_when_that_was_known),
		cmocka_unit_test(no_value_without_a_source),
		cmocka_unit_test(further_parts_have_their_zones),
		cmocka_unit_test(no_country_lets_a_deadline_end_later),
	};

	return cmocka_run_group_tests(tests, shipped_setup, shipped_teardown);
}
