/* Links and buttons: see link.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/random.h"
#include "base/text.h"
#include "engine/internal.h"
#include "engine/link.h"

enum { PURPOSE_SIZE = 128 };
#define GRACE_MS (INT64_C(7) * DAY_MS)
#define FORM_MS DAY_MS

/* Never made anew: links that are out in people's mail would end. */
int link_load_key(struct engine *e, struct error *err)
{
	unsigned char bytes[TOKEN_KEY_SIZE + 1];	/* the decoder writes whole groups */
	char text[64];
	const char *kept = NULL;
	int n;

	if (e->store->ops->meta_get(e->store, META_LINK_KEY, e->arena, &kept, err) < 0)
		return -1;
	if (kept == NULL) {
		random_bytes(e->link_key, sizeof(e->link_key));
		digest_base64(e->link_key, sizeof(e->link_key), text);
		n = e->store->ops->meta_put(e->store, META_LINK_KEY, text, err);
		explicit_bzero(text, sizeof(text));
		return n;
	}
	n = digest_base64_decode(kept, strlen(kept), bytes, sizeof(bytes));
	if (n == TOKEN_KEY_SIZE)
		memcpy(e->link_key, bytes, sizeof(e->link_key));
	explicit_bzero(bytes, sizeof(bytes));
	if (n != TOKEN_KEY_SIZE)
		return error_set(err, ERROR_INTERNAL, "the store's key for links is damaged");
	return 0;
}

/* Deliveries are counted anew in another store, so a token is good in one only. */
static const char *purpose_of(const struct engine *e, enum link_kind kind,
	char out[PURPOSE_SIZE])
{
	snprintf(out, PURPOSE_SIZE, "%s/%s", kind == LINK_PAGE ? "page" : "button", e->store_id);
	return out;
}

/* ---- making them ------------------------------------------------------------------ */

static void make(const struct engine *e, const struct delivery_row *row, enum link_kind kind,
	char out[TOKEN_SIZE])
{
	struct token token = { .number = row->id, .at = row->created_at };
	char purpose[PURPOSE_SIZE];

	if (row->due_at != TIME_NONE && row->due_at > token.at)
		token.at = row->due_at;
	token.at += GRACE_MS;
	token_write(e->link_key, purpose_of(e, kind, purpose), &token, out);
}

void link_put(const struct engine *e, const struct delivery_row *row, struct buf *notice)
{
	const struct conf_channel *channel = conf_channel(e->conf, row->channel);
	char token[TOKEN_SIZE], url[1024];

	if (e->conf->public_url == NULL || channel == NULL)
		return;
	/* A button says who pressed it, a link only who they say they are: no channel
	 * has both. */
	if (channel->signing_key != NULL) {
		make(e, row, LINK_BUTTON, token);
		out_text(notice, "ack_token", token);
		return;
	}
	make(e, row, LINK_PAGE, token);
	if (snprintf(url, sizeof(url), "%s/a/%s", e->conf->public_url, token) < (int)sizeof(url))
		out_text(notice, "ack_url", url);
}

/* ---- reading them ------------------------------------------------------------------ */

static void describe(const struct engine *e, const struct incident_row *row,
	const struct clock *clock, struct arena *arena, struct link_target *ret)
{
	const struct incident *in = &row->incident;
	struct buf *standing = buf_in_arena(arena, 64), *due = buf_in_arena(arena, 64);
	char what[256];

	ret->incident = in->id;
	ret->drill = in->drill;
	ret->title = in->title;
	ret->entity = entity_of(e, in->entity)->name;
	ret->severity = severity_name(in->severity);
	ret->zone = words_zone(e, in->timezone, in->entity);
	ret->reference = clock->reference;
	words_stage(e, clock->regime, clock->stage, what, sizeof(what));
	ret->what = arena_strdup(arena, what);
	if (clock->state == CLOCK_RUNNING)
		words_due(standing, clock->due_at, engine_now(e));
	else if (clock_is_settled(clock->state))
		words_settled(standing, clock_state_name(clock->state));
	else
		buf_adds(standing, " does not run at present");
	ret->standing = standing->data + 1;	/* the blank is for a sentence */
	if (clock->due_at == TIME_NONE)
		return;
	link_local(due, ret, clock->due_at);
	ret->due = due->data;
}

/* The clock that the delivery was about, as it is now. */
static int describe_clock(struct engine *e, const struct delivery_row *delivery,
	struct arena *arena, struct link_target *ret, struct error *err)
{
	const struct store_ops *ops = e->store->ops;
	struct incident_row row;
	struct clock_row *clocks;
	const struct clock *clock;
	size_t n, i;

	if (ops->incident_load(e->store, delivery->incident, arena, &row, err) < 0 ||
	    ops->clock_of(e->store, delivery->incident, arena, &clocks, &n, err) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (text_equal(clocks[i].clock.regime, delivery->regime) &&
		    text_equal(clocks[i].clock.stage, delivery->stage))
			break;
	if (i == n)
		return error_set(err, ERROR_NOT_FOUND, "no such clock");
	clock = &clocks[i].clock;
	describe(e, &row, clock, arena, ret);
	ret->regime = clock->regime;
	ret->stage = clock->stage;
	if (clock->state != CLOCK_RUNNING) {
		ret->state = LINK_SETTLED;
		return 0;
	}
	return ops->acknowledged_until(e->store, delivery->incident, clock->regime, clock->stage,
		clock->anchor_at, engine_now(e), &ret->acknowledged_until, err);
}

int link_find(struct engine *e, enum link_kind kind, const char *token, struct arena *arena,
	struct link_target *ret, struct error *err)
{
	char purpose[PURPOSE_SIZE];
	struct delivery_row row;
	struct token read;

	*ret = (struct link_target){ .acknowledged_until = TIME_NONE };
	if (token_read(e->link_key, purpose_of(e, kind, purpose), token, &read) < 0)
		return error_set(err, ERROR_NOT_FOUND, "no such link");
	engine_delivery_id(e, read.number, ret->delivery);
	if (e->store->ops->delivery_load(e->store, read.number, arena, &row, err) < 0)
		return -1;
	ret->channel = row.channel;
	ret->recipient = row.recipient;
	if (read.at <= engine_now(e)) {
		ret->state = LINK_EXPIRED;
		return 0;
	}
	return describe_clock(e, &row, arena, ret, err);
}

void link_local(struct buf *out, const struct link_target *target, int64_t at)
{
	words_local(out, target->zone, at);
}

/* ---- the form behind a link ------------------------------------------------------------ */

/* The link is part of the purpose: the form of one is none of another. */
static const char *form_purpose(const struct engine *e, const char *link,
	char out[PURPOSE_SIZE])
{
	snprintf(out, PURPOSE_SIZE, "form/%s/%s", e->store_id, link);
	return out;
}

void link_form(const struct engine *e, const char *link, char out[TOKEN_SIZE])
{
	const struct token token = {
		.number = random_between(0, INT64_MAX - 1), .at = engine_now(e) + FORM_MS,
	};
	char purpose[PURPOSE_SIZE];

	token_write(e->link_key, form_purpose(e, link, purpose), &token, out);
}

bool link_form_is_good(const struct engine *e, const char *link, const char *form)
{
	char purpose[PURPOSE_SIZE];
	struct token token;

	return token_read(e->link_key, form_purpose(e, link, purpose), form, &token) == 0 &&
		token.at > engine_now(e);
}
