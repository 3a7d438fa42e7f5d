/*
 * The small language of anchors and conditions in which regimes.d and countries.d are
 * written: see regime.h. It owns the form only; whether a name exists is checked
 * with the whole regime at hand (regime.c), and whether a condition holds, with an
 * incident (limbs.c).
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/regime.h"

static int name_copy(const char *text, char out[NAME_SIZE], const char *what,
	struct error *err)
{
	if (!text_is_name(text))
		return error_set(err, ERROR_INVALID, "the %s needs a name of [a-z0-9._-]",
			what);
	text_copy(out, NAME_SIZE, text);
	return 0;
}

/* Drops the prefix from *text; false when it is not there. */
static bool take(const char **text, const char *prefix)
{
	if (!text_starts(*text, prefix))
		return false;
	*text += strlen(prefix);
	return true;
}

int anchor_parse(const char *text, struct anchor *ret, struct error *err)
{
	struct anchor anchor = { .kind = ANCHOR_EVENT };

	if (take(&text, "filed:"))
		anchor.kind = ANCHOR_FILED;
	if (name_copy(text, anchor.name, "anchor", err) < 0)
		return -1;
	*ret = anchor;
	return 0;
}

void anchor_format(const struct anchor *anchor, char out[ANCHOR_SIZE])
{
	snprintf(out, ANCHOR_SIZE, "%s%s", anchor->kind == ANCHOR_FILED ? "filed:" : "",
		anchor->name);
}

bool anchor_equal(const struct anchor *a, const struct anchor *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

/* event:NAME or filed:STAGE: what happens, and so has a time. */
static int fact_parse(const char *text, enum condition_kind *ret_kind, char name[NAME_SIZE],
	struct error *err)
{
	if (take(&text, "event:"))
		*ret_kind = CONDITION_EVENT;
	else if (take(&text, "filed:"))
		*ret_kind = CONDITION_FILED;
	else
		return error_set(err, ERROR_INVALID,
			"in-time:, late: and \">\" go with event:NAME or filed:STAGE");
	return name_copy(text, name, "condition", err);
}

/* X > Y; sign points to the ">". */
static int order_parse(const char *text, const char *sign, struct condition *c,
	struct error *err)
{
	char first[NAME_SIZE + 8];
	enum condition_kind kind;
	size_t n = (size_t)(sign - text);

	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (n >= sizeof(first))
		return error_set(err, ERROR_INVALID, "the condition needs a shorter name");
	memcpy(first, text, n);
	first[n] = '\0';
	sign += 1 + strspn(sign + 1, " ");
	if (fact_parse(first, &c->kind, c->name, err) < 0 ||
			fact_parse(sign, &kind, c->after.name, err) < 0)
		return -1;
	c->after.kind = kind == CONDITION_FILED ? ANCHOR_FILED : ANCHOR_EVENT;
	c->when = CONDITION_AFTER;
	return 0;
}

static int day_condition_parse(enum condition_kind kind, const char *text,
	struct condition *c, struct error *err)
{
	c->kind = kind;
	if (day_parse(text, &c->day, err) < 0)
		return error_prefix(err, "from: and until: are followed by a day");
	return 0;
}

static int plain_parse(const char *text, struct condition *c, struct error *err)
{
	if (take(&text, "trait:")) {
		c->kind = CONDITION_TRAIT;
		return name_copy(text, c->name, "condition", err);
	}
	if (take(&text, "from:"))
		return day_condition_parse(CONDITION_FROM, text, c, err);
	if (take(&text, "until:"))
		return day_condition_parse(CONDITION_UNTIL, text, c, err);
	if (text_starts(text, "event:") || text_starts(text, "filed:"))
		return fact_parse(text, &c->kind, c->name, err);
	return error_set(err, ERROR_INVALID, "a condition is trait:NAME, event:NAME, "
		"filed:STAGE, from:DATE or until:DATE");
}

int condition_parse(const char *text, struct condition *ret, struct error *err)
{
	struct condition c = { .when = CONDITION_ANY_TIME };
	const char *sign = strchr(text, '>');
	int result;

	c.negated = take(&text, "!");
	if (sign != NULL) {
		result = order_parse(text, sign, &c, err);
	} else if (take(&text, "in-time:")) {
		c.when = CONDITION_IN_TIME;
		result = fact_parse(text, &c.kind, c.name, err);
	} else if (take(&text, "late:")) {
		c.when = CONDITION_LATE;
		result = fact_parse(text, &c.kind, c.name, err);
	} else {
		result = plain_parse(text, &c, err);
	}
	if (result == 0)
		*ret = c;
	return result;
}
