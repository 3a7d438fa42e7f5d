/*
 * Outcomes: see outcome.h.
 *
 * What may stand in a detail is narrow. A webhook's URL is a secret, so curl's own
 * words are used only for TLS (they name certificates, not URLs), and of an answer's
 * body only single words: the names that services give their errors. A relay's reply to AUTH is left
 * out: a broken relay may repeat what it was told.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/clean.h"
#include "courier/outcome.h"

enum { WORD_MAX = 47 };

const char *outcome_name(enum outcome_kind kind)
{
	static const char *const names[] = { "delivered", "temporary", "permanent",
		"ambiguous" };

	return names[kind];
}

void outcome_set(struct outcome *outcome, enum outcome_kind kind, const char *fmt, ...)
{
	char text[512];
	struct buf clean;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	buf_init(&clean, 0);
	clean_line(&clean, text, OUTCOME_DETAIL_MAX);
	while (clean.len > 0 && clean.data[clean.len - 1] == ' ')
		clean.data[--clean.len] = '\0';
	memset(outcome, 0, sizeof(*outcome));
	outcome->kind = kind;
	text_copy(outcome->detail, sizeof(outcome->detail), clean.data);
	buf_release(&clean);
}

void outcome_add(struct outcome *outcome, const char *more)
{
	struct outcome before = *outcome;

	outcome_set(outcome, before.kind, "%s: %s", before.detail, more);
	outcome->retry_after_s = before.retry_after_s;
	memcpy(outcome->handle, before.handle, sizeof(outcome->handle));
}

bool outcome_is_word(const char *text)
{
	size_t n = text != NULL ? strlen(text) : 0;

	return n > 0 && n <= WORD_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz_.") == n;
}

json_t *outcome_json(const struct http_result *result)
{
	json_t *answer = json_read(result->body, result->body_len, NULL);

	if (json_is_object(answer))
		return answer;
	json_decref(answer);
	return NULL;
}

/* Failures that are the operator's to mend (a certificate, a name) are temporary:
 * the clock runs on, and so must the attempts. */
static bool set_tls(CURLcode rc, const char *why, struct outcome *ret)
{
	switch (rc) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		outcome_set(ret, OUTCOME_TEMPORARY, "certificate not verified: %s", why);
		return true;
	case CURLE_SSL_CACERT_BADFILE:
		outcome_set(ret, OUTCOME_TEMPORARY, "ca_file not usable: %s", why);
		return true;
	case CURLE_SSL_CONNECT_ERROR:
		outcome_set(ret, OUTCOME_TEMPORARY, "TLS handshake failed: %s", why);
		return true;
	case CURLE_USE_SSL_FAILED:
		/* Not permanent: it may be somebody on the line who takes it out. */
		outcome_set(ret, OUTCOME_TEMPORARY, "relay offers no STARTTLS");
		return true;
	default:
		return false;
	}
}

static void set_network(CURLcode rc, int os_errno, enum outcome_kind kind, struct outcome *ret)
{
	const char *where = kind == OUTCOME_AMBIGUOUS ?
		" after sending, without an answer" : "";

	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		outcome_set(ret, kind, "cannot resolve the host's name");
		break;
	case CURLE_COULDNT_CONNECT:
		outcome_set(ret, kind, "cannot connect%s%s", os_errno != 0 ? ": " : "",
			os_errno != 0 ? strerror(os_errno) : "");
		break;
	case CURLE_OPERATION_TIMEDOUT:
		outcome_set(ret, kind, "timed out%s", where);
		break;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
		outcome_set(ret, kind, "connection lost%s", where);
		break;
	default:
		outcome_set(ret, kind, "%s%s", curl_easy_strerror(rc), where);
	}
}

/* Slack names its errors in one word ("no_service", "invalid_payload"). */
static void add_slack_word(const struct http_result *result, struct outcome *ret)
{
	char word[WORD_MAX + 1];

	if (result->body_len >= sizeof(word))
		return;
	memcpy(word, result->body, result->body_len);
	word[result->body_len] = '\0';
	if (outcome_is_word(word))
		outcome_add(ret, word);
}

static void set_status(const struct http_result *result, bool slack, struct outcome *ret)
{
	long status = result->status, wait = result->retry_after_s;
	bool ok = result->body_len == 2 && memcmp(result->body, "ok", 2) == 0;

	if (status < 300 && slack && !ok)
		outcome_set(ret, OUTCOME_AMBIGUOUS, "HTTP %ld without Slack's \"ok\"", status);
	else if (status < 300)
		outcome_set(ret, OUTCOME_DELIVERED, "HTTP %ld", status);
	else if (status < 400)
		outcome_set(ret, OUTCOME_PERMANENT, "HTTP %ld: redirect refused", status);
	else if (status >= 500 || status == 408 || status == 425 || status == 429)
		outcome_set(ret, OUTCOME_TEMPORARY, "HTTP %ld", status);
	else
		outcome_set(ret, OUTCOME_PERMANENT, "HTTP %ld", status);
	if (slack && status >= 400)
		add_slack_word(result, ret);
	/* Before curl 8.12 a date in the past gives a negative number. */
	if (ret->kind == OUTCOME_TEMPORARY && wait > 0)
		ret->retry_after_s = wait < RETRY_AFTER_MAX_S ? wait : RETRY_AFTER_MAX_S;
}

void outcome_of_http(const struct http_result *result, bool slack, struct outcome *ret)
{
	/* An answer counts even if what came after it failed (a body without end). */
	if (result->status >= 200)
		set_status(result, slack, ret);
	else if (result->sent)
		set_network(result->rc, result->os_errno, OUTCOME_AMBIGUOUS, ret);
	else if (result->rc == CURLE_URL_MALFORMAT || result->rc == CURLE_UNSUPPORTED_PROTOCOL)
		outcome_set(ret, OUTCOME_PERMANENT, "the channel's URL is not usable");
	else if (!set_tls(result->rc, result->why, ret))
		set_network(result->rc, result->os_errno, OUTCOME_TEMPORARY, ret);
}

static enum outcome_kind kind_of_reply(int code)
{
	if (code / 100 == 2)
		return OUTCOME_DELIVERED;
	return code / 100 == 5 ? OUTCOME_PERMANENT : OUTCOME_TEMPORARY;
}

void outcome_of_smtp(const struct smtp_result *result, struct outcome *ret)
{
	const char *reply = result->reply;

	if (result->data_sent && result->data_code == 0) {
		/* RFC 5321 §4.5.3.2.6: it may have queued the message. */
		set_network(result->rc, result->os_errno, OUTCOME_AMBIGUOUS, ret);
	} else if (result->data_sent) {
		/* The reply to the message decides, whatever became of QUIT. */
		outcome_set(ret, kind_of_reply(result->data_code), "%s", reply);
	} else if (result->rc == CURLE_LOGIN_DENIED && result->code >= 400) {
		outcome_set(ret, kind_of_reply(result->code), "%d login refused",
			result->code);
	} else if (result->rc == CURLE_LOGIN_DENIED) {
		outcome_set(ret, OUTCOME_PERMANENT,
			"relay offers neither AUTH PLAIN nor LOGIN");
	} else if (!set_tls(result->rc, result->why, ret)) {
		if (result->code >= 400)
			outcome_set(ret, kind_of_reply(result->code), "%s", reply);
		else if (result->rc == CURLE_OK)
			outcome_set(ret, OUTCOME_AMBIGUOUS, "relay closed without taking it");
		else
			set_network(result->rc, result->os_errno, OUTCOME_TEMPORARY, ret);
	}
}
