/*
 * Credentials. A token's text is read, digested and wiped; the configuration keeps the
 * digest. Two secrets of one token are valid at a time, so that sender and receiver
 * need not change at the same instant.
 */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config/build.h"

enum { TOKEN_MIN = 16, TOKEN_MAX = 512 };

static bool is_token_text(const struct buf *text)
{
	size_t i;

	for (i = 0; i < text->len; i++)
		if (text->data[i] <= 0x20 || text->data[i] >= 0x7f)
			return false;
	return true;
}

static void read_secret(const struct builder *b, const struct group *g, const char *key,
	const struct conf_secret *secret, unsigned char digest[DIGEST_SIZE])
{
	struct buf text;

	if (!b->read_secrets || secret->reference == NULL)
		return;
	if (build_read_secret(g, key, secret, &text) < 0)
		return;
	if (text.len < TOKEN_MIN || text.len > TOKEN_MAX)
		group_error(g, key, "%s: %s holds %zu characters; a token has %d to %d", key,
			secret->reference, text.len, TOKEN_MIN, TOKEN_MAX);
	else if (!is_token_text(&text))
		group_error(g, key, "%s: %s holds more than visible ASCII characters, which "
			"no HTTP header can carry", key, secret->reference);
	digest_sha256(&(struct digest_part){ text.data, text.len }, 1, digest);
	build_wipe(&text);
}

/* Where its text may stand; what is not said is all that makes sense for it. */
static void read_accept(const struct group *g, struct conf_token *token)
{
	static const char *const names[] = { "bearer", "basic", "header", "url", "body" };
	const char **texts;
	size_t i, k, n = group_texts(g, "accept", &texts);

	token->header = build_header(g, "header");
	if (n == 0)
		token->accept = CREDENTIAL_BEARER | CREDENTIAL_BASIC | CREDENTIAL_URL |
			CREDENTIAL_BODY | (token->header != NULL ? CREDENTIAL_HEADER : 0);
	for (i = 0; i < n; i++) {
		for (k = 0; k < ARRAY_LEN(names) && strcmp(names[k], texts[i]) != 0; k++)
			;
		if (k == ARRAY_LEN(names))
			build_unknown(g, "accept", i, "place of a token", texts[i], names,
				ARRAY_LEN(names));
		else
			token->accept |= 1u << k;
	}
	if ((token->accept & CREDENTIAL_HEADER) != 0 && !group_is_set(g, "header"))
		group_error(g, "accept", "accept: \"header\" needs \"header\", the name of it");
	if (token->header != NULL && (token->accept & CREDENTIAL_HEADER) == 0)
		group_error(g, "header", "header: \"accept\" leaves it out");
}

static void refuse_with(const struct group *g, const char *what, const char *const *keys,
	size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (group_is_set(g, keys[i]))
			group_error(g, keys[i], "%s: a token that is known by its %s has none; write "
				"two tokens", keys[i], what);
}

/* Secret, signature or certificate: one of the three. */
static void read_proof(const struct builder *b, const struct group *g,
	struct conf_token *token)
{
	static const char *const of_secret[] = { "secret", "previous", "signature", "accept",
		"header" };

	token->identity = group_text(g, "identity");
	if (token->identity != NULL) {
		refuse_with(g, "identity", of_secret, ARRAY_LEN(of_secret));
		return;
	}
	token->secret = build_secret(b, g, "secret");
	token->previous = build_secret(b, g, "previous");
	if (!group_is_set(g, "secret") && !group_is_set(g, "identity"))
		group_error(g, NULL, "token: \"secret\" is missing, or \"identity\" for one "
			"that is known by a certificate");
	if (group_is_set(g, "signature")) {
		refuse_with(g, "signature", of_secret + 3, 2);
		build_signature(b, g, token);
		return;
	}
	read_accept(g, token);
	read_secret(b, g, "secret", &token->secret, token->digest);
	read_secret(b, g, "previous", &token->previous, token->previous_digest);
}

static void read_token_source(const struct builder *b, const struct group *g,
	struct conf_token *token)
{
	const struct conf *conf = b->conf;
	const char **known;
	size_t i;

	token->source = group_text(g, "source");
	if (token->role != ROLE_INGEST && token->source != NULL)
		group_error(g, "source", "source: only a token of role \"ingest\" has one");
	if (token->role == ROLE_INGEST && token->source == NULL)
		group_error(g, NULL, "token: role \"ingest\" needs \"source\", the one it may "
			"post to");
	if (token->source == NULL || conf_source(conf, token->source) != NULL)
		return;
	known = arena_array(b->arena, conf->n_sources + 1, sizeof(*known));
	for (i = 0; i < conf->n_sources; i++)
		known[i] = conf->sources[i].name;
	build_unknown(g, "source", 0, "source", token->source, known, conf->n_sources);
}

static void read_token_entities(const struct builder *b, const struct group *g,
	struct conf_token *token)
{
	const struct conf *conf = b->conf;
	const char **known = arena_array(b->arena, conf->n_entities + 1, sizeof(*known));
	size_t i;

	for (i = 0; i < conf->n_entities; i++)
		known[i] = conf->entities[i].id;
	token->n_entities = group_texts(g, "entities", &token->entities);
	for (i = 0; i < token->n_entities; i++)
		if (conf_entity(conf, token->entities[i]) == NULL)
			build_unknown(g, "entities", i, "entity", token->entities[i], known,
				conf->n_entities);
}

static bool is_there(const unsigned char digest[DIGEST_SIZE])
{
	static const unsigned char none[DIGEST_SIZE];

	return memcmp(digest, none, DIGEST_SIZE) != 0;
}

static bool has_digest(const struct conf_token *token, const unsigned char digest[DIGEST_SIZE])
{
	return digest_equal(token->digest, digest, DIGEST_SIZE) ||
		digest_equal(token->previous_digest, digest, DIGEST_SIZE);
}

static void check_same_secret(const struct builder *b, const struct group *g, size_t i)
{
	const struct conf_token *tokens = b->conf->tokens, *token = &tokens[i];
	const struct { const char *key; const unsigned char *digest; } own[] = {
		{ "secret", token->digest }, { "previous", token->previous_digest },
	};
	size_t j, k;

	for (k = 0; k < ARRAY_LEN(own); k++)
		for (j = 0; is_there(own[k].digest) && j < i; j++)
			if (has_digest(&tokens[j], own[k].digest)) {
				group_error(g, own[k].key, "%s: the same text as the token \"%s\": "
					"nobody could tell who it was", own[k].key,
					tokens[j].name != NULL ? tokens[j].name : "?");
				break;
			}
	if (is_there(token->digest) &&
	    digest_equal(token->digest, token->previous_digest, DIGEST_SIZE))
		group_error(g, "previous", "previous: the same text as secret");
}

/* Who has that certificate is one; two tokens of it would be two. */
static void check_same_identity(const struct builder *b, const struct group *g, size_t i)
{
	const struct conf_token *tokens = b->conf->tokens;
	size_t j;

	for (j = 0; tokens[i].identity != NULL && j < i; j++)
		if (text_equal(tokens[i].identity, tokens[j].identity)) {
			group_error(g, "identity", "identity: the same as of the token \"%s\"",
				tokens[j].name != NULL ? tokens[j].name : "?");
			return;
		}
}

void build_tokens(const struct builder *b, const struct group *root)
{
	struct conf *conf = b->conf;
	size_t i;

	group_check_unique(root, "tokens", "name", "token");
	conf->n_tokens = group_count(root, "tokens");
	conf->tokens = arena_array(b->arena, conf->n_tokens + 1, sizeof(*conf->tokens));
	for (i = 0; i < conf->n_tokens; i++) {
		struct group g = group_item(root, "tokens", i);
		struct conf_token *token = &conf->tokens[i];

		token->place = group_place(&g, NULL);
		token->name = group_text(&g, "name");
		token->role = group_has(&g, "role") ? (enum role)group_choice(&g, "role") : ROLE_READ;
		read_token_source(b, &g, token);
		read_token_entities(b, &g, token);
		read_proof(b, &g, token);
		check_same_secret(b, &g, i);
		check_same_identity(b, &g, i);
	}
}
