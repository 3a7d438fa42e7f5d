/*
 * SMTP by curl's easy interface: see smtp.h.
 *
 * One recipient a message: then one reply says what became of it (with several, a
 * refused one is lost among the others). One connection a message: connections
 * with STARTTLS or other credentials are then never mixed up. The result of a mail
 * that was taken does not wait for the answer to QUIT, which some relays delay; after
 * a refusal curl itself says QUIT and waits, no longer than the channel's timeout.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/text.h"
#include "courier/email.h"
#include "courier/smtp.h"

enum { CONNECT_MS = 5000, REPLY_MAX = 600 };

struct session {
	const struct job *job;
	CURL *easy;
	struct curl_slist *recipients;
	struct buf message;
	size_t sent;
	int code;			/* of the last reply */
	bool data_sent;			/* it was 354 once */
	int data_code;			/* the first reply after that */
	char reply[REPLY_MAX];
	char why[CURL_ERROR_SIZE];
};

/* ---- pure ------------------------------------------------------------------ */

static bool is_host_name(const char *name)
{
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-") == strlen(name) && strchr(name, '.') != NULL;
}

void smtp_url(const struct conf_channel *channel, const char *hostname, struct buf *out)
{
	bool ipv6 = strchr(channel->relay_host, ':') != NULL;

	buf_addf(out, "%s://%s%s%s:%d/%s", channel->tls == SMTP_IMPLICIT ? "smtps" : "smtp",
		ipv6 ? "[" : "", channel->relay_host, ipv6 ? "]" : "", channel->relay_port,
		/* RFC 5321 §4.1.1.1 wants a full name; relays check that it is one. */
		is_host_name(hostname) ? hostname : email_domain(channel->from));
}

/* ---- curl's callbacks -------------------------------------------------------- */

static size_t on_message(char *out, size_t size, size_t n, void *arg)
{
	struct session *session = arg;
	size_t room = size * n, left = session->message.len - session->sent;

	if (left < room)
		room = left;
	memcpy(out, session->message.data + session->sent, room);
	session->sent += room;
	return room;
}

/* Each line of the relay. 221 only answers QUIT; what was said before counts. */
static size_t on_reply(char *data, size_t size, size_t n, void *arg)
{
	struct session *session = arg;
	size_t len = size * n, keep = len < REPLY_MAX ? len : REPLY_MAX - 1;
	char digits[4] = "";
	int64_t code;

	memcpy(digits, data, len < 3 ? len : 3);
	if (text_int64(digits, 100, 599, &code) < 0 || code == 221)
		return len;
	session->code = (int)code;
	if (session->data_sent && session->data_code == 0)
		session->data_code = session->code;
	if (code == 354)
		session->data_sent = true;
	memcpy(session->reply, data, keep);
	session->reply[keep] = '\0';
	return len;
}

/* ---- one message --------------------------------------------------------------- */

static void set_tls(CURL *easy, const struct conf_channel *channel)
{
	/* ALL, not TRY: without TLS nothing is said. */
	if (channel->tls == SMTP_STARTTLS)
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
		channel->tls == SMTP_IMPLICIT ? "smtps" : "smtp");
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (channel->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, channel->ca_file);
}

static void set_login(CURL *easy, const struct channel *channel)
{
	if (channel->conf->user == NULL || channel->password == NULL)
		return;
	curl_easy_setopt(easy, CURLOPT_USERNAME, channel->conf->user);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, channel->password);
	curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
}

static void set_limits(CURL *easy, int64_t timeout_ms)
{
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
	curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
		(long)((timeout_ms + 999) / 1000));
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
}

static void set_message(struct session *session)
{
	const struct conf_channel *channel = session->job->channel->conf;
	CURL *easy = session->easy;
	struct buf text;
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	buf_init(&text, 0);
	smtp_url(channel, host, &text);
	curl_easy_setopt(easy, CURLOPT_URL, text.data);
	buf_clear(&text);
	buf_addf(&text, "<%s>", channel->from);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, text.data);
	buf_clear(&text);
	buf_addf(&text, "<%s>", session->job->recipient);
	session->recipients = curl_slist_append(NULL, text.data);
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, session->recipients);
	buf_release(&text);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)session->message.len);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_message);
	curl_easy_setopt(easy, CURLOPT_READDATA, session);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, session);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, session->why);
}

/* QUIT is said when the handle goes, and curl waits for the answer as long as the
 * relay likes (measured). With our reading side shut the answer is an end at once;
 * the relay gets its QUIT all the same. */
static void hang_up(CURL *easy)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
	    fd != CURL_SOCKET_BAD)
		shutdown(fd, SHUT_RD);
	curl_easy_cleanup(easy);
}

static void transmit(struct session *session, int64_t timeout_ms, struct outcome *ret)
{
	struct smtp_result result;
	long os_errno = 0;

	session->easy = curl_easy_init();
	if (session->easy == NULL)
		abort();
	set_tls(session->easy, session->job->channel->conf);
	set_login(session->easy, session->job->channel);
	set_limits(session->easy, timeout_ms);
	set_message(session);
	result = (struct smtp_result) { .rc = curl_easy_perform(session->easy) };
	curl_easy_getinfo(session->easy, CURLINFO_OS_ERRNO, &os_errno);
	result.code = session->code;
	result.reply = session->reply;
	result.data_sent = session->data_sent;
	result.data_code = session->data_code;
	result.os_errno = (int)os_errno;
	result.why = session->why;
	outcome_of_smtp(&result, ret);
	hang_up(session->easy);
	curl_slist_free_all(session->recipients);
}

static bool is_configured(const struct conf_channel *channel, const char *recipient)
{
	size_t i;

	for (i = 0; i < channel->n_to; i++)
		if (text_equal(channel->to[i], recipient))
			return true;
	return false;
}

void smtp_send(const struct job *job, int64_t timeout_ms, struct outcome *ret)
{
	const struct conf_channel *channel = job->channel->conf;
	const struct email email = { .from = channel->from, .to = job->recipient,
		.delivery = job->id, .now = clock_wall() };
	struct session session = { .job = job };
	struct error err;

	if (!is_configured(channel, job->recipient)) {
		outcome_set(ret, OUTCOME_PERMANENT, "recipient not configured here");
		return;
	}
	buf_init(&session.message, 0);
	if (email_render(&job->notice, &email, &session.message, &err) < 0)
		outcome_set(ret, OUTCOME_PERMANENT, "%s", err.text);
	else
		transmit(&session, timeout_ms, ret);
	buf_release(&session.message);
}
