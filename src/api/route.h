/*
 * The table of routes: method and path to what is asked for, and who may ask. It
 * is data, so that Allow, the manual and the handlers cannot differ from it.
 */
#ifndef TOCSIN_API_ROUTE_H
#define TOCSIN_API_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"

enum route_id {
	ROUTE_ALERTS, ROUTE_ALERTS_LOOK, ROUTE_ALERTS_OPTIONS, ROUTE_ENQUEUE, ROUTE_OPSGENIE,
	ROUTE_OPSGENIE_ACTION, ROUTE_INCIDENT_OPEN, ROUTE_INCIDENT_LIST, ROUTE_INCIDENT,
	ROUTE_EVENT, ROUTE_FILING, ROUTE_ACKNOWLEDGEMENT, ROUTE_WAIVER, ROUTE_DISMISSAL,
	ROUTE_WITHDRAWAL, ROUTE_TRAITS, ROUTE_CONFIRMATION, ROUTE_INCIDENT_RULES,
	ROUTE_DRILL, ROUTE_DETAIL, ROUTE_INCIDENT_JOURNAL, ROUTE_REPORT, ROUTE_JOURNAL,
	ROUTE_CLOCKS, ROUTE_DELIVERIES,
	ROUTE_DELIVERY, ROUTE_REPLAY, ROUTE_TEST,
	ROUTE_DEADLINES, ROUTE_RULES, ROUTE_STATUS, ROUTE_HEALTH, ROUTE_READY,
	ROUTE_METRICS, ROUTE_CALENDAR, ROUTE_OPENAPI, ROUTE_BACKUP,
	ROUTE_LINK, ROUTE_LINK_ACKNOWLEDGE, ROUTE_SLACK, ROUTE_CHANGE, ROUTE_STORM,
	ROUTE_SIGN_IN, ROUTE_SESSION, ROUTE_SIGN_OUT, ROUTE_DASHBOARD, ROUTE_ASSET,
	ROUTES,
};

struct route {
	enum route_id id;
	const char *method;
	const char *pattern;	/* segments; {id}, {token}, {alias}, {action} and names such
				 * as {source} stand for a value */
	bool open;		/* for everybody; role has no meaning */
	enum role role;
};

extern const struct route route_table[];
extern const size_t route_count;

enum { ROUTE_NAME_SIZE = 64, ROUTE_TOKEN_SIZE = 256, ROUTE_ALIAS_SIZE = 513,
	ROUTE_ALLOW_SIZE = 64 };

struct route_match {
	const struct route *route;
	int64_t id;			/* 0: none in the path */
	char name[ROUTE_NAME_SIZE];	/* source, channel, delivery, asset, stage; "": none */
	char token[ROUTE_TOKEN_SIZE];	/* "": none; a secret */
	char alias[ROUTE_ALIAS_SIZE];	/* "": none */
	const char *action;		/* "close", "acknowledge", "notes"; NULL: none */
};

/* Takes it a body? */
bool route_has_body(const struct route *route);
/* Is it where alerts come in, in whatever convention? */
bool route_is_ingest(const struct route *route);
/* Is it of a source, whose name is in the path or comes with the token? */
bool route_is_of_source(const struct route *route);

/* 0 and *ret, or the status to refuse with: 404 no such path, 405 another method.
 * HEAD finds what GET does. */
int route_find(const char *method, const char *path, struct route_match *ret);
/* The methods of a path as Allow has them: "GET, HEAD, POST"; "" for none. */
void route_allow(const char *path, char *out, size_t size);

#endif
