/*
 * Callers: see auth.h. A token is compared by its SHA-256, which is all that is
 * kept of the configured ones, and with every one of them, so that neither the
 * time taken nor a leak of memory tells one.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/auth.h"
#include "base/digest.h"

void auth_local(const struct http_peer *peer, struct caller *ret)
{
	*ret = (struct caller){ .role = ROLE_ADMIN };
	snprintf(ret->actor, sizeof(ret->actor), "uid:%" PRIuMAX, (uintmax_t)peer->uid);
}

const char *auth_bearer(const char *header)
{
	static const char scheme[] = "Bearer ";
	const char *token;

	/* The scheme is case-insensitive (RFC 9110 §11.1). */
	if (header == NULL || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	token = header + sizeof(scheme) - 1;
	token += strspn(token, " ");
	return *token != '\0' && strpbrk(token, " \t,") == NULL ? token : NULL;
}

const struct conf_token *auth_find(const struct conf *conf, const char *token)
{
	struct digest_part part = { token, strlen(token) };
	const struct conf_token *found = NULL;
	unsigned char digest[DIGEST_SIZE];
	size_t i;

	if (part.len == 0 || part.len > AUTH_TOKEN_MAX)
		return NULL;
	digest_sha256(&part, 1, digest);
	for (i = 0; i < conf->n_tokens; i++)
		if (digest_equal(digest, conf->tokens[i].digest, sizeof(digest)))
			found = &conf->tokens[i];
	return found;
}

void auth_caller(const struct conf_token *token, struct caller *ret)
{
	*ret = (struct caller){
		.role = token->role,
		.source = token->role == ROLE_INGEST ? token->source : NULL,
		.entities = token->entities,
		.n_entities = token->n_entities,
	};
	/* A source is known by its own name, whichever of its tokens it used. */
	if (ret->source != NULL)
		snprintf(ret->actor, sizeof(ret->actor), "source:%s", ret->source);
	else
		snprintf(ret->actor, sizeof(ret->actor), "token:%s", token->name);
}

int auth_token(const struct conf *conf, const char *token, struct caller *ret)
{
	const struct conf_token *found = auth_find(conf, token);

	if (found == NULL)
		return -1;
	auth_caller(found, ret);
	return 0;
}

bool auth_permits(const struct caller *caller, enum role role)
{
	/* Those who may open an incident by hand may also post an alert; those who
	 * may only look may not, since a reader's token stands in calendar URLs. */
	if (role == ROLE_INGEST)
		return caller->role != ROLE_READ;
	return caller->role != ROLE_INGEST && caller->role >= role;
}

bool auth_sees(const struct caller *caller, const char *entity)
{
	size_t i;

	if (caller->n_entities == 0)
		return true;
	for (i = 0; i < caller->n_entities; i++)
		if (entity != NULL && strcmp(caller->entities[i], entity) == 0)
			return true;
	return false;
}

int auth_source(const struct caller *caller, const struct conf_source *source,
	struct error *err)
{
	if (caller->role == ROLE_INGEST &&
	    (caller->source == NULL || strcmp(caller->source, source->name) != 0))
		return error_set(err, ERROR_FORBIDDEN, "this token belongs to another source");
	if (!auth_sees(caller, source->entity->id))
		return error_set(err, ERROR_FORBIDDEN,
			"this token is limited to other entities");
	return 0;
}
