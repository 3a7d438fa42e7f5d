/*
 * The channels of one courier, with their secrets. A secret that cannot be read
 * does not stop the courier: its channel refuses (so that the fallback is told) and
 * reads again at the next send, the others work.
 */
#ifndef TOCSIN_COURIER_CHANNEL_H
#define TOCSIN_COURIER_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/conf.h"
#include "courier/webhook.h"

struct channel {
	const struct conf_channel *conf;
	bool ready;			/* what follows is loaded */
	char *url;			/* web channels */
	char *token;			/* slack-bot, ntfy; pagerduty: the routing key */
	char *password;			/* email; NULL: no AUTH */
	struct webhook_key key;		/* webhook */
};

struct channel_set {
	struct channel *list;
	size_t n;
	int64_t longest_timeout_ms;
};

/* Borrows the channels; loads nothing yet. */
void channel_set_init(struct channel_set *set, const struct conf_channel *channels, size_t n);
void channel_set_release(struct channel_set *set);	/* wipes the secrets */
struct channel *channel_find(struct channel_set *set, const char *name);

/* Reads the secrets if they are not there yet. */
int channel_load(struct channel *channel, struct error *err);

#endif
