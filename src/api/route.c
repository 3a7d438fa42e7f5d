/* The table of routes and how a path is matched against it: see route.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/route.h"
#include "base/text.h"

const struct route route_table[] = {
	{ ROUTE_ALERTS, "POST", "/v1/alerts/{source}", false, ROLE_INGEST },
	{ ROUTE_ALERTS, "POST", "/v1/alerts/{source}/{token}", false, ROLE_INGEST },
	/* Some senders can only PUT, OpenSearch also PATCH; health checks only look. */
	{ ROUTE_ALERTS, "PUT", "/v1/alerts/{source}", false, ROLE_INGEST },
	{ ROUTE_ALERTS, "PUT", "/v1/alerts/{source}/{token}", false, ROLE_INGEST },
	{ ROUTE_ALERTS, "PATCH", "/v1/alerts/{source}", false, ROLE_INGEST },
	{ ROUTE_ALERTS, "PATCH", "/v1/alerts/{source}/{token}", false, ROLE_INGEST },
	{ ROUTE_ALERTS_LOOK, "GET", "/v1/alerts/{source}", false, ROLE_INGEST },
	{ ROUTE_ALERTS_LOOK, "GET", "/v1/alerts/{source}/{token}", false, ROLE_INGEST },
	{ ROUTE_ALERTS_OPTIONS, "OPTIONS", "/v1/alerts/{source}", false, ROLE_INGEST },
	{ ROUTE_ALERTS_OPTIONS, "OPTIONS", "/v1/alerts/{source}/{token}", false, ROLE_INGEST },
	{ ROUTE_ENQUEUE, "POST", "/v2/enqueue", false, ROLE_INGEST },
	{ ROUTE_CHANGE, "POST", "/v2/change/enqueue", false, ROLE_INGEST },
	{ ROUTE_OPSGENIE, "POST", "/v2/alerts", false, ROLE_INGEST },
	{ ROUTE_OPSGENIE_ACTION, "POST", "/v2/alerts/{alias}/{action}", false, ROLE_INGEST },
	/* What became of Opsgenie. */
	{ ROUTE_OPSGENIE, "POST", "/jsm/ops/integration/v2/alerts", false, ROLE_INGEST },
	{ ROUTE_OPSGENIE_ACTION, "POST", "/jsm/ops/integration/v2/alerts/{alias}/{action}", false,
		ROLE_INGEST },
	{ ROUTE_INCIDENT_OPEN, "POST", "/v1/incidents", false, ROLE_OPERATE },
	{ ROUTE_INCIDENT_LIST, "GET", "/v1/incidents", false, ROLE_READ },
	{ ROUTE_INCIDENT, "GET", "/v1/incidents/{id}", false, ROLE_READ },
	{ ROUTE_EVENT, "POST", "/v1/incidents/{id}/events", false, ROLE_OPERATE },
	{ ROUTE_FILING, "POST", "/v1/incidents/{id}/filings", false, ROLE_OPERATE },
	{ ROUTE_ACKNOWLEDGEMENT, "POST", "/v1/incidents/{id}/acknowledgements", false,
		ROLE_OPERATE },
	{ ROUTE_WAIVER, "POST", "/v1/incidents/{id}/waivers", false, ROLE_OPERATE },
	{ ROUTE_DISMISSAL, "POST", "/v1/incidents/{id}/dismissal", false, ROLE_OPERATE },
	{ ROUTE_WITHDRAWAL, "POST", "/v1/incidents/{id}/withdrawals", false, ROLE_OPERATE },
	{ ROUTE_TRAITS, "POST", "/v1/incidents/{id}/traits", false, ROLE_OPERATE },
	{ ROUTE_CONFIRMATION, "POST", "/v1/incidents/{id}/confirmations", false, ROLE_OPERATE },
	{ ROUTE_DETAIL, "POST", "/v1/incidents/{id}/details", false, ROLE_OPERATE },
	{ ROUTE_INCIDENT_RULES, "POST", "/v1/incidents/{id}/rules", false, ROLE_OPERATE },
	{ ROUTE_DRILL, "GET", "/v1/incidents/{id}/drill", false, ROLE_READ },
	{ ROUTE_STORM, "GET", "/v1/incidents/{id}/storm", false, ROLE_READ },
	{ ROUTE_INCIDENT_JOURNAL, "GET", "/v1/incidents/{id}/journal", false, ROLE_READ },
	{ ROUTE_REPORT, "GET", "/v1/incidents/{id}/reports/{stage}", false, ROLE_READ },
	{ ROUTE_JOURNAL, "GET", "/v1/journal", false, ROLE_READ },
	{ ROUTE_CLOCKS, "GET", "/v1/clocks", false, ROLE_READ },
	{ ROUTE_DELIVERIES, "GET", "/v1/deliveries", false, ROLE_READ },
	{ ROUTE_DELIVERY, "GET", "/v1/deliveries/{delivery}", false, ROLE_READ },
	{ ROUTE_REPLAY, "POST", "/v1/deliveries/{delivery}/replay", false, ROLE_OPERATE },
	{ ROUTE_TEST, "POST", "/v1/channels/{channel}/test", false, ROLE_OPERATE },
	{ ROUTE_DEADLINES, "POST", "/v1/deadlines", false, ROLE_READ },
	{ ROUTE_RULES, "GET", "/v1/rules", false, ROLE_READ },
	{ ROUTE_STATUS, "GET", "/v1/status", false, ROLE_READ },
	{ ROUTE_HEALTH, "GET", "/healthz", true, ROLE_READ },
	{ ROUTE_READY, "GET", "/readyz", true, ROLE_READ },
	{ ROUTE_METRICS, "GET", "/metrics", false, ROLE_READ },
	{ ROUTE_CALENDAR, "GET", "/v1/calendar.ics", false, ROLE_READ },
	{ ROUTE_BACKUP, "POST", "/v1/backup", false, ROLE_ADMIN },
	{ ROUTE_OPENAPI, "GET", "/openapi.json", true, ROLE_READ },
	/* These bring a proof of their own: a signed token, Slack's signature. */
	{ ROUTE_LINK, "GET", "/a/{token}", true, ROLE_READ },
	{ ROUTE_LINK_ACKNOWLEDGE, "POST", "/a/{token}", true, ROLE_READ },
	{ ROUTE_SLACK, "POST", "/v1/slack/interactions", true, ROLE_READ },
	{ ROUTE_SIGN_IN, "POST", "/v1/session", true, ROLE_READ },
	{ ROUTE_SESSION, "GET", "/v1/session", false, ROLE_READ },
	{ ROUTE_SIGN_OUT, "DELETE", "/v1/session", false, ROLE_READ },
	/* The page itself shows nothing of anybody's. */
	{ ROUTE_DASHBOARD, "GET", "/", true, ROLE_READ },
	{ ROUTE_ASSET, "GET", "/web/{asset}", true, ROLE_READ },
};
const size_t route_count = ARRAY_LEN(route_table);

static bool segment_is(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

static bool take_action(const char *value, struct route_match *match)
{
	static const char *const actions[] = { "close", "acknowledge", "notes" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(actions); i++)
		if (strcmp(actions[i], value) == 0)
			match->action = actions[i];
	return match->action != NULL;
}

/* One value of a path, as its place in the pattern wants it. An id has one
 * spelling only, so that one incident has one address. */
static bool take_value(const char *place, size_t place_len, const char *value,
	struct route_match *match)
{
	if (segment_is(place, place_len, "{id}"))
		return value[0] != '0' && text_int64(value, 1, INT64_MAX, &match->id) == 0;
	if (segment_is(place, place_len, "{source}") ||
	    segment_is(place, place_len, "{channel}") ||
	    segment_is(place, place_len, "{delivery}") ||
	    segment_is(place, place_len, "{asset}") ||
	    segment_is(place, place_len, "{stage}"))
		return text_is_name(value) &&
			text_copy(match->name, sizeof(match->name), value);
	if (segment_is(place, place_len, "{alias}"))
		return value[0] != '\0' &&
			text_copy(match->alias, sizeof(match->alias), value);
	if (segment_is(place, place_len, "{action}"))
		return take_action(value, match);
	return value[0] != '\0' && text_copy(match->token, sizeof(match->token), value);
}

static bool path_matches(const char *pattern, const char *path, struct route_match *match)
{
	match->id = 0;
	match->action = NULL;
	match->name[0] = match->token[0] = match->alias[0] = '\0';
	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/"), have = strcspn(++path, "/");
		char value[ROUTE_ALIAS_SIZE];

		if (*pattern == '{') {
			if (have >= sizeof(value))
				return false;
			memcpy(value, path, have);
			value[have] = '\0';
			if (!take_value(pattern, want, value, match))
				return false;
		} else if (want != have || memcmp(pattern, path, have) != 0) {
			return false;
		}
		pattern += want;
		path += have;
	}
	return *pattern == '\0' && *path == '\0';
}

int route_find(const char *method, const char *path, struct route_match *ret)
{
	struct route_match match;
	bool known = false;
	size_t i;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (i = 0; i < route_count; i++) {
		if (!path_matches(route_table[i].pattern, path, &match))
			continue;
		known = true;
		if (strcmp(route_table[i].method, method) != 0)
			continue;
		*ret = match;
		ret->route = &route_table[i];
		return 0;
	}
	return known ? 405 : 404;
}

void route_allow(const char *path, char *out, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS" };
	struct route_match match;
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < ARRAY_LEN(methods); i++) {
		if (route_find(methods[i], path, &match) != 0 || n >= size)
			continue;
		n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? ", " : "",
			i == 0 ? "GET, HEAD" : methods[i]);
	}
}

bool route_has_body(const struct route *route)
{
	return strcmp(route->method, "GET") != 0 && strcmp(route->method, "OPTIONS") != 0 &&
		strcmp(route->method, "DELETE") != 0;
}

bool route_is_ingest(const struct route *route)
{
	return route->id == ROUTE_ALERTS || route->id == ROUTE_ENQUEUE ||
		route->id == ROUTE_CHANGE || route->id == ROUTE_OPSGENIE ||
		route->id == ROUTE_OPSGENIE_ACTION;
}

bool route_is_of_source(const struct route *route)
{
	return route_is_ingest(route) || route->id == ROUTE_ALERTS_LOOK ||
		route->id == ROUTE_ALERTS_OPTIONS;
}
