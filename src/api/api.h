/*
 * The HTTP API (interface.md names it): who may do what, routes, problem+json.
 * One file per resource; each route decodes a request into a command or answers
 * from the store.
 */
#ifndef TOCSIN_API_API_H
#define TOCSIN_API_API_H

#include "base/error.h"
#include "config/conf.h"
#include "engine/loop.h"
#include "http/server.h"

struct api;

struct api *api_new(struct loop *loop, const struct conf *conf, struct error *err);
void api_free(struct api *api);		/* NULL is allowed */
/* After a reload; tokens, sources and limits are the new ones at once. */
int api_reconfigure(struct api *api, const struct conf *conf, struct error *err);

/* For http_server_new. */
struct http_handler api_handler(struct api *api);

#endif
