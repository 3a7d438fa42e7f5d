/* Sessions of browsers: see session.h. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/session.h"
#include "base/random.h"
#include "base/text.h"

enum { ID_BYTES = (SESSION_ID_SIZE - 1) / 2 };

static const int64_t LENGTH_MS = (int64_t)SESSION_S * 1000;

static void digest_id(const char *id, unsigned char out[DIGEST_SIZE])
{
	const struct digest_part part = { id, strlen(id) };

	digest_sha256(&part, 1, out);
}

static void drop(struct sessions *s, size_t i)
{
	memmove(&s->list[i], &s->list[i + 1], (s->n - i - 1) * sizeof(s->list[0]));
	s->n--;
}

/* Room for one more of that token. */
static void make_room(struct sessions *s, const char *name, int64_t now)
{
	size_t i, first = s->n, same = 0;

	for (i = s->n; i-- > 0;)
		if (s->list[i].ends_boot <= now)
			drop(s, i);
	for (i = s->n; i-- > 0;) {
		if (strcmp(s->list[i].name, name) != 0)
			continue;
		first = i;
		same++;
	}
	if (same >= SESSIONS_PER_TOKEN)
		drop(s, first);
	else if (s->n == SESSIONS_MAX)
		drop(s, 0);
}

void session_make(struct sessions *s, const struct conf_token *token, int64_t now,
	char ret_id[SESSION_ID_SIZE])
{
	unsigned char bytes[ID_BYTES];
	struct session *session;

	make_room(s, token->name, now);
	session = &s->list[s->n++];
	random_bytes(bytes, sizeof(bytes));
	digest_hex(bytes, sizeof(bytes), ret_id);
	digest_id(ret_id, session->id);
	text_copy(session->name, sizeof(session->name), token->name);
	memcpy(session->token, token->digest, sizeof(session->token));
	session->ends_boot = now + LENGTH_MS;
}

/* The same name and a secret that still counts: a token that was changed signs everybody
 * out, but not while the one before is taken too. */
const struct conf_token *session_token(const struct session *session, const struct conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_tokens; i++) {
		const struct conf_token *token = &conf->tokens[i];

		if (strcmp(token->name, session->name) == 0 &&
		    (digest_equal(token->digest, session->token, DIGEST_SIZE) ||
		     digest_equal(token->previous_digest, session->token, DIGEST_SIZE)))
			return token;
	}
	return NULL;
}

const struct session *session_find(const struct sessions *s, const struct conf *conf,
	const char *id, int64_t now)
{
	const struct session *found = NULL;
	unsigned char digest[DIGEST_SIZE];
	size_t i;

	digest_id(id, digest);
	for (i = 0; i < s->n; i++)
		if (digest_equal(s->list[i].id, digest, sizeof(digest)))
			found = &s->list[i];
	if (found == NULL || found->ends_boot <= now || session_token(found, conf) == NULL)
		return NULL;
	return found;
}

void session_renew(struct sessions *s, const struct session *session, int64_t now)
{
	s->list[session - s->list].ends_boot = now + LENGTH_MS;
}

void session_end(struct sessions *s, const char *id)
{
	unsigned char digest[DIGEST_SIZE];
	size_t i;

	digest_id(id, digest);
	for (i = s->n; i-- > 0;)
		if (digest_equal(s->list[i].id, digest, sizeof(digest)))
			drop(s, i);
}

bool session_cookie(const char *header, char ret_id[SESSION_ID_SIZE])
{
	static const char name[] = SESSION_COOKIE "=";
	const char *p = header;

	while (p != NULL && *p != '\0') {
		size_t n;

		p += strspn(p, "; \t");
		n = strcspn(p, ";");
		if (n == sizeof(name) - 1 + SESSION_ID_SIZE - 1 &&
		    strncmp(p, name, sizeof(name) - 1) == 0) {
			snprintf(ret_id, SESSION_ID_SIZE, "%s", p + sizeof(name) - 1);
			return strspn(ret_id, "0123456789abcdef") == SESSION_ID_SIZE - 1;
		}
		p += n;
	}
	return false;
}
