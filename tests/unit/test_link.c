/*
 * Links and buttons on the engine, with a clock of the test's own: each names the clock
 * that its notice was about, as long as that runs, and nothing else.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "conf_fixture.h"
#include "engine/link.h"

#define START (INT64_C(1795000000) * SECOND_MS)
#define URL "https://tocsin.example.org"

struct world {
	struct place *place;
	struct conf *conf;
	struct store *store;
	struct engine *engine;
	struct arena *arena;
	int64_t now;
	json_t *sent;			/* notices, in order */
	int capacity;
	int64_t incident;
};

static const char configuration[] =
	"public_url = \"" URL "/\";\n"
	"listen = ( { address = \"127.0.0.1\"; } );\n" ENTITY
	"channels = ( { name = \"hook\"; type = \"webhook\"; url = \"https://x.example/\"; },\n"
	"  { name = \"soc\"; type = \"slack\"; url = \"file:url\"; signing_secret = \"file:key\"; },\n"
	"  { name = \"plain\"; type = \"slack\"; url = \"file:url\"; } );\n"
	"policies = ( { name = \"default\"; steps = ( { at = \"start\"; to = [ \"hook\", \"soc\", "
	"\"plain\" ]; }, { at = \"due\"; to = [ \"hook\" ]; } ); } );\n";

static int64_t host_now(void *arg)
{
	return ((struct world *)arg)->now;
}

static int64_t host_roll(void *arg)
{
	(void)arg;
	return 0;
}

static int host_capacity(void *arg, const char *transport)
{
	(void)transport;
	return ((struct world *)arg)->capacity;
}

/* Delivered at once. */
static void host_send(void *arg, const char *transport, const struct buf *line)
{
	struct world *w = arg;
	json_t *message = json_read(line->data, line->len, NULL);
	const char *id = json_string_value(json_object_get(message, "id"));

	(void)transport;
	json_array_append_new(w->sent, message);
	engine_outcome(w->engine, engine_delivery_number(w->engine, id), 1, ATTEMPT_DELIVERED,
		"", 0, NULL);
}

static void start_engine(struct world *w)
{
	const struct engine_host host = { .now = host_now, .roll = host_roll,
		.capacity = host_capacity, .send = host_send, .arg = w };
	struct error err;

	w->engine = engine_new(w->store, w->conf, &host, &err);
	assert_non_null(w->engine);
	assert_int_equal(engine_start(w->engine, "1", &err), 0);
}

static void turn(struct world *w)
{
	int64_t next;
	struct error err;
	int i;

	for (i = 0; i < 8; i++)
		assert_int_equal(engine_turn(w->engine, &next, &err), 0);
}

static void ignore(struct command *command, void *arg)
{
	(void)arg;
	if (command->error.code != ERROR_NONE)
		fail_msg("%s", command->error.text);
}

static void run(struct world *w, struct command *c)
{
	c->actor = "test";
	c->incident = c->kind == COMMAND_OPEN ? 0 : w->incident;
	c->arena = w->arena;
	c->done = ignore;
	engine_submit(w->engine, c);
	turn(w);
}

static struct world *world_new(struct place *place)
{
	struct world *w = calloc(1, sizeof(*w));
	struct command c = { .kind = COMMAND_OPEN };

	make_file(place, "tocsind.conf", 0600, configuration);
	make_file(place, "url", 0600, "https://hooks.slack.example/x\n");
	make_file(place, "key", 0600, "0123456789abcdef0123456789abcdef\n");
	w->place = place;
	w->conf = load_good(place, true);
	w->store = store_memory_open();
	w->arena = arena_new();
	w->now = START;
	w->sent = json_array();
	w->incident = 1;
	w->capacity = 100;
	start_engine(w);
	c.as.open = (struct command_open){ .title = "Ransomware", .by = "t",
		.occurred_at = TIME_NONE, .detected_at = TIME_NONE, .aware_at = START,
		.classified_at = TIME_NONE };
	run(w, &c);
	return w;
}

static void world_free(struct world *w)
{
	engine_free(w->engine);
	store_close(w->store);
	conf_free(w->conf);
	json_decref(w->sent);
	arena_free(w->arena);
	free(w);
}

/* Of the first notice to a channel about a stage. */
static const char *sent(const struct world *w, const char *channel, const char *stage,
	const char *key)
{
	const json_t *message;
	size_t i;

	json_array_foreach(w->sent, i, message) {
		const json_t *notice = json_object_get(message, "notice");
		const json_t *clock = json_object_get(notice, "clock");

		if (text_equal(json_string_value(json_object_get(message, "channel")), channel) &&
		    text_equal(json_string_value(json_object_get(clock, "stage")), stage))
			return json_string_value(json_object_get(notice, key));
	}
	fail_msg("nothing was sent to %s about %s", channel, stage);
	return NULL;
}

static const char *link_to(const struct world *w, const char *stage)
{
	const char *url = sent(w, "hook", stage, "ack_url");

	assert_non_null(url);
	assert_int_equal(strncmp(url, URL "/a/", strlen(URL "/a/")), 0);
	return url + strlen(URL "/a/");
}

static struct link_target find(struct world *w, enum link_kind kind, const char *token)
{
	struct link_target target;
	struct error err;

	if (link_find(w->engine, kind, token, w->arena, &target, &err) < 0)
		fail_msg("%s", err.text);
	return target;
}

static void assert_none(struct world *w, enum link_kind kind, const char *token)
{
	struct link_target target;
	struct error err;

	assert_int_equal(link_find(w->engine, kind, token, w->arena, &target, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void a_link_names_the_clock_of_its_notice(void **state)
{
	struct world *w = world_new(*state);
	struct link_target target = find(w, LINK_PAGE, link_to(w, "early-warning"));

	assert_int_equal(target.state, LINK_OPEN);
	assert_true(target.incident == 1);
	assert_string_equal(target.regime, "nis2");
	assert_string_equal(target.stage, "early-warning");
	assert_string_equal(target.title, "Ransomware");
	assert_string_equal(target.entity, "ACME");
	assert_string_equal(target.channel, "hook");
	assert_string_equal(target.standing, "is due in 1 d 0 h");
	assert_true(target.acknowledged_until == TIME_NONE);
	target = find(w, LINK_PAGE, link_to(w, "notification"));
	assert_string_equal(target.stage, "notification");
	world_free(w);
}

/* A press says who pressed, a link only what somebody types: so no channel has both. */
static void a_channel_has_a_button_or_a_link(void **state)
{
	struct world *w = world_new(*state);
	const char *button = sent(w, "soc", "early-warning", "ack_token");

	assert_non_null(button);
	assert_null(sent(w, "soc", "early-warning", "ack_url"));
	assert_null(sent(w, "plain", "early-warning", "ack_token"));
	assert_non_null(sent(w, "plain", "early-warning", "ack_url"));
	assert_int_equal(find(w, LINK_BUTTON, button).state, LINK_OPEN);
	assert_none(w, LINK_PAGE, button);
	assert_none(w, LINK_BUTTON, link_to(w, "early-warning"));
	world_free(w);
}

static void it_ends_with_its_clock(void **state)
{
	struct world *w = world_new(*state);
	const char *early = link_to(w, "early-warning");
	struct command c = { .kind = COMMAND_FILING };
	struct link_target target;

	c.as.filing.filing = (struct filing){ .regime = "nis2", .stage = "early-warning",
		.filed_at = START, .received_at = TIME_NONE, .by = "t", .recipient = "BSI",
		.reference = "1" };
	run(w, &c);
	target = find(w, LINK_PAGE, early);
	assert_int_equal(target.state, LINK_SETTLED);
	assert_string_equal(target.standing, "is settled: filed");
	assert_int_equal(find(w, LINK_PAGE, link_to(w, "notification")).state, LINK_OPEN);
	world_free(w);
}

static void it_ends_seven_days_after_due(void **state)
{
	struct world *w = world_new(*state);
	const char *early = link_to(w, "early-warning");
	const int64_t due = START + DAY_MS;

	w->now = due + INT64_C(7) * DAY_MS - 1;
	assert_int_equal(find(w, LINK_PAGE, early).state, LINK_OPEN);
	w->now = due + INT64_C(7) * DAY_MS;
	assert_int_equal(find(w, LINK_PAGE, early).state, LINK_EXPIRED);
	assert_null(find(w, LINK_PAGE, early).title);
	world_free(w);
}

/* An overdue clock goes on telling people, with links that are good. */
static void a_late_notice_has_a_link_that_is_good(void **state)
{
	struct world *w = world_new(*state);

	json_array_clear(w->sent);
	w->now = START + INT64_C(40) * DAY_MS;
	turn(w);
	assert_int_equal(find(w, LINK_PAGE, link_to(w, "early-warning")).state, LINK_OPEN);
	world_free(w);
}

/* The key is made once: a restart ends no link. */
static void it_outlives_a_restart(void **state)
{
	struct world *w = world_new(*state);
	char early[TOKEN_SIZE];

	assert_true(text_copy(early, sizeof(early), link_to(w, "early-warning")));
	engine_free(w->engine);
	start_engine(w);
	assert_int_equal(find(w, LINK_PAGE, early).state, LINK_OPEN);
	world_free(w);
}

/* Deliveries are numbered anew in another store. */
static void that_of_another_store_is_none(void **state)
{
	struct world *w = world_new(*state), *other = world_new(*state);

	assert_none(other, LINK_PAGE, link_to(w, "early-warning"));
	assert_none(w, LINK_PAGE, link_to(other, "early-warning"));
	assert_none(w, LINK_PAGE, "");
	world_free(w);
	world_free(other);
}

static void a_form_belongs_to_its_link_and_its_day(void **state)
{
	struct world *w = world_new(*state);
	const char *early = link_to(w, "early-warning"), *later = link_to(w, "notification");
	char form[TOKEN_SIZE], again[TOKEN_SIZE];

	link_form(w->engine, early, form);
	link_form(w->engine, early, again);
	assert_string_not_equal(form, again);
	assert_true(link_form_is_good(w->engine, early, form));
	assert_false(link_form_is_good(w->engine, later, form));
	assert_false(link_form_is_good(w->engine, early, early));
	assert_false(link_form_is_good(w->engine, early, ""));
	w->now += DAY_MS;
	assert_false(link_form_is_good(w->engine, early, form));
	world_free(w);
}

static size_t count(const struct world *w, const char *kind)
{
	const json_t *message;
	size_t i, n = 0;

	json_array_foreach(w->sent, i, message)
		n += text_equal(json_string_value(json_object_get(json_object_get(message, "notice"),
			"kind")), kind);
	return n;
}

static void acknowledge(struct world *w, const char *stage)
{
	struct command c = { .kind = COMMAND_ACKNOWLEDGEMENT };

	c.as.acknowledgement = (struct command_acknowledgement){ .by = "alice", .stage = stage,
		.for_ms = 2 * HOUR_MS };
	run(w, &c);
}

/* Both Slack channels, of each clock that is held; the webhook is not told. */
static void rooms_hear_who_has_it(void **state)
{
	struct world *w = world_new(*state);
	size_t running = count(w, "step") / 3;

	acknowledge(w, "early-warning");
	assert_int_equal(count(w, "acknowledged"), 2);
	acknowledge(w, NULL);
	assert_int_equal(count(w, "acknowledged"), 2 + 2 * running);
	world_free(w);
}

/* A pager that heard of it when reminders have begun again would be silent for nobody. */
static void nobody_hears_of_a_lease_that_has_ended(void **state)
{
	struct world *w = world_new(*state);

	w->capacity = 0;
	acknowledge(w, "early-warning");
	w->now += 2 * HOUR_MS;
	w->capacity = 100;
	turn(w);
	assert_int_equal(count(w, "acknowledged"), 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PLACE(a_link_names_the_clock_of_its_notice),
		WITH_PLACE(a_channel_has_a_button_or_a_link),
		WITH_PLACE(it_ends_with_its_clock),
		WITH_PLACE(it_ends_seven_days_after_due),
		WITH_PLACE(a_late_notice_has_a_link_that_is_good),
		WITH_PLACE(it_outlives_a_restart),
		WITH_PLACE(that_of_another_store_is_none),
		WITH_PLACE(a_form_belongs_to_its_link_and_its_day),
		WITH_PLACE(rooms_hear_who_has_it),
		WITH_PLACE(nobody_hears_of_a_lease_that_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
