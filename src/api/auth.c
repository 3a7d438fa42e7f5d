/*
 * Callers: see auth.h. A token is compared by its SHA-256, which is all that is
 * kept of the configured ones, and with every one of them, so that neither the
 * time taken nor a leak of memory tells one. Signing keys have to be kept; what they
 * let in is alerts of one source.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api/auth.h"
#include "api/signature.h"
#include "base/digest.h"
#include "base/text.h"

void auth_local(const struct http_peer *peer, struct caller *ret)
{
	*ret = (struct caller){ .role = ROLE_ADMIN };
	snprintf(ret->actor, sizeof(ret->actor), "uid:%" PRIuMAX, (uintmax_t)peer->uid);
}

const char *auth_bearer(const char *header)
{
	/* The second is what Opsgenie's clients send. */
	static const char *const schemes[] = { "Bearer ", "GenieKey " };
	const char *token = NULL;
	size_t i;

	/* The scheme is case-insensitive (RFC 9110 §11.1). */
	for (i = 0; header != NULL && i < ARRAY_LEN(schemes); i++)
		if (strncasecmp(header, schemes[i], strlen(schemes[i])) == 0)
			token = header + strlen(schemes[i]);
	if (token == NULL)
		return NULL;
	token += strspn(token, " ");
	return *token != '\0' && strpbrk(token, " \t,") == NULL ? token : NULL;
}

const char *auth_basic(const char *header, char *space, size_t size)
{
	static const char scheme[] = "Basic ";
	const char *colon;
	int n;

	if (header == NULL || strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	header += sizeof(scheme) - 1;
	header += strspn(header, " ");
	n = digest_base64_decode(header, strlen(header), (unsigned char *)space, size - 1);
	if (n < 0 || memchr(space, '\0', (size_t)n) != NULL)
		return NULL;
	space[n] = '\0';
	colon = strchr(space, ':');
	return colon != NULL && colon[1] != '\0' ? colon + 1 : NULL;
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

static bool digest_of(const char *text, unsigned char digest[DIGEST_SIZE])
{
	size_t len = strlen(text);

	if (len == 0 || len > AUTH_TOKEN_MAX)
		return false;
	digest_sha256(&(struct digest_part){ text, len }, 1, digest);
	return true;
}

/* Both are compared, so that the time does not tell which of them it was. */
static bool token_has(const struct conf_token *token, const unsigned char digest[DIGEST_SIZE])
{
	bool now = digest_equal(digest, token->digest, DIGEST_SIZE);
	bool before = digest_equal(digest, token->previous_digest, DIGEST_SIZE);

	return now | before;
}

const struct conf_token *auth_secret(const struct conf *conf, const char *text,
	unsigned int places)
{
	const struct conf_token *found = NULL;
	unsigned char digest[DIGEST_SIZE];
	size_t i;

	if (text == NULL || !digest_of(text, digest))
		return NULL;
	for (i = 0; i < conf->n_tokens; i++)
		if (token_has(&conf->tokens[i], digest) && (conf->tokens[i].accept & places) != 0)
			found = &conf->tokens[i];
	return found;
}

int auth_token(const struct conf *conf, const char *token, unsigned int places,
	struct caller *ret)
{
	const struct conf_token *found = auth_secret(conf, token, places);

	if (found == NULL)
		return -1;
	auth_caller(found, ret);
	return 0;
}

/* In headers that tokens name themselves. */
static const struct conf_token *find_header(const struct conf *conf,
	const struct auth_ask *ask)
{
	const struct conf_token *found = NULL;
	unsigned char digest[DIGEST_SIZE];
	size_t i;

	for (i = 0; i < conf->n_tokens; i++) {
		const struct conf_token *token = &conf->tokens[i];
		const char *text = (token->accept & CREDENTIAL_HEADER) != 0 ?
			ask->header(ask->arg, token->header) : NULL;

		if (text != NULL && digest_of(text, digest) && token_has(token, digest))
			found = token;
	}
	return found;
}

/* The first that is there counts, and a wrong one is not made up for by another: who
 * sends two has not said who he is. */
static const struct conf_token *find_by_secret(const struct conf *conf,
	const struct auth_ask *ask)
{
	const char *authorization = ask->header(ask->arg, "Authorization");
	const struct conf_token *found = find_header(conf, ask);
	char space[2 * AUTH_TOKEN_MAX];

	if (found != NULL)
		return found;
	if (ask->url_token != NULL && ask->url_token[0] != '\0')
		return auth_secret(conf, ask->url_token, CREDENTIAL_URL);
	if (authorization != NULL) {
		const char *bearer = auth_bearer(authorization);

		if (bearer != NULL)
			return auth_secret(conf, bearer, CREDENTIAL_BEARER);
		found = auth_secret(conf, auth_basic(authorization, space, sizeof(space)),
			CREDENTIAL_BASIC);
		explicit_bzero(space, sizeof(space));
		return found;
	}
	return auth_secret(conf, ask->body_token, CREDENTIAL_BODY);
}

static const struct conf_token *find_by_identity(const struct conf *conf,
	const char *identity)
{
	size_t i;

	for (i = 0; identity != NULL && i < conf->n_tokens; i++)
		if (conf->tokens[i].identity != NULL &&
		    strcmp(conf->tokens[i].identity, identity) == 0)
			return &conf->tokens[i];
	return NULL;
}

/* A signature says nothing of who made it: every key of that source is tried. */
static enum auth_result find_by_signature(const struct conf *conf,
	const struct auth_ask *ask, const struct conf_token **ret)
{
	enum auth_result result = AUTH_NO;
	size_t i;

	for (i = 0; ask->source != NULL && i < conf->n_tokens; i++) {
		const struct conf_signature *s = conf->tokens[i].signature;
		struct signed_request r = { .body = ask->body, .len = ask->len };

		if (s == NULL || strcmp(conf->tokens[i].source, ask->source) != 0)
			continue;
		r.signature = ask->header(ask->arg, s->header);
		r.timestamp = s->timestamp_header != NULL ?
			ask->header(ask->arg, s->timestamp_header) : NULL;
		r.id = s->id_header != NULL ? ask->header(ask->arg, s->id_header) : NULL;
		if (ask->body == NULL && signature_precheck(s, &r, ask->now) == 0)
			result = AUTH_LATER;
		if (ask->body != NULL && signature_check(s, &r, ask->now) == 0) {
			*ret = &conf->tokens[i];
			return AUTH_YES;
		}
	}
	return result;
}

enum auth_result auth_find(const struct conf *conf, const struct auth_ask *ask,
	struct caller *ret)
{
	const struct conf_token *found = find_by_secret(conf, ask);
	enum auth_result result = AUTH_YES;
	bool secret = found != NULL, certificate;

	if (found == NULL)
		found = find_by_identity(conf, ask->identity);
	certificate = !secret && found != NULL;
	if (found == NULL)
		result = find_by_signature(conf, ask, &found);
	if (result == AUTH_YES) {
		auth_caller(found, ret);
		ret->certificate = certificate;
		ret->secret = secret ? found : NULL;
	}
	return result;
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
