/*
 * HTTP by libcurl's easy interface: see client.h. One handle for all requests, so
 * that the pages of a list share one connection. Redirects are not followed and
 * proxies not used: the token is for the address that was named.
 */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/client.h"
#include "cli/progress.h"

enum { CONNECT_TIMEOUT_S = 10, TIMEOUT_S = 120, STAND_S = 600, TOKEN_MAX = 512, KEY_SIZE = 25,
	ANSWER_MAX = 256 * 1024 * 1024 };

struct client {
	CURL *curl;
	char *base;			/* scheme and host, without a slash at the end */
	const char *peer;		/* for messages: the socket's path or the URL */
	struct curl_slist *headers;
	struct progress progress;	/* of the request under way */
	bool quiet;
	char why[CURL_ERROR_SIZE];
};

/* ---- set-up ------------------------------------------------------------------ */

bool client_is_loopback(const char *url)
{
	const char *host = strstr(url, "://"), *at;
	size_t n;

	host = host != NULL ? host + 3 : url;
	n = strcspn(host, "/?#");
	at = memchr(host, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	if (n >= 5 && strncmp(host, "[::1]", 5) == 0)
		return n == 5 || host[5] == ':';
	if (memchr(host, ':', n) != NULL)
		n = strcspn(host, ":");
	/* 127.0.0.0/8 in its plain form only: a name such as 127.example.org begins
	 * like it. */
	if (n > 4 && strncmp(host, "127.", 4) == 0)
		return strspn(host, "0123456789.") == n;
	return n == 9 && strncmp(host, "localhost", 9) == 0;
}

static int add_header(struct client *c, const char *text, struct error *err)
{
	struct curl_slist *list = curl_slist_append(c->headers, text);

	if (list == NULL)
		return error_set(err, ERROR_INTERNAL, "out of memory");
	c->headers = list;
	return 0;
}

/* The file's first line. The text is wiped when the header is made; libcurl's own
 * copy goes with the handle. */
static int add_token(struct client *c, const char *path, struct error *err)
{
	char header[sizeof("Authorization: Bearer ") + TOKEN_MAX];
	struct buf token;
	size_t n;
	int rc;

	buf_init(&token, 0);
	rc = file_read(path, 4096, &token, err);
	n = strcspn(token.data, "\r\n");
	if (rc == 0 && (n == 0 || n > TOKEN_MAX || strspn(token.data + n, "\r\n") !=
			token.len - n || strcspn(token.data, " \t") < n))
		rc = error_set(err, ERROR_INVALID, "%s: does not hold one token", path);
	if (rc == 0) {
		token.data[n] = '\0';
		text_copy(header, sizeof(header), "Authorization: Bearer ");
		memcpy(header + strlen(header), token.data, n + 1);
		rc = add_header(c, header, err);
		explicit_bzero(header, sizeof(header));
	}
	explicit_bzero(token.data, token.len);
	buf_release(&token);
	return rc;
}

static int use_url(struct client *c, const struct cli *cli, struct error *err)
{
	size_t n = strlen(cli->url);

	if (!text_starts(cli->url, "http://") && !text_starts(cli->url, "https://"))
		return error_set(err, ERROR_INVALID,
			"--url must begin with https:// or http://");
	if (strpbrk(cli->url, "?#") != NULL || strchr(cli->url, '@') != NULL)
		return error_set(err, ERROR_INVALID, "--url must be an address only, such as "
			"https://tocsin.example.org");
	while (n > 0 && cli->url[n - 1] == '/')
		n--;
	c->base = xstrndup(cli->url, n);
	c->peer = c->base;
	if (cli->ca_file != NULL)
		curl_easy_setopt(c->curl, CURLOPT_CAINFO, cli->ca_file);
	if (cli->token_file == NULL)
		return 0;
	if (text_starts(cli->url, "http://") && !client_is_loopback(cli->url))
		cli_warn("the token goes over the network unencrypted; use https://");
	return add_token(c, cli->token_file, err);
}

static int set_up(struct client *c, const struct cli *cli, struct error *err)
{
	CURL *curl = c->curl;

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, c->why);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "tocsin/" PACKAGE_VERSION);
	if (add_header(c, "Content-Type: application/json", err) < 0)
		return -1;
	if (cli->url != NULL)
		return use_url(c, cli, err);
	c->peer = cli->socket != NULL ? cli->socket : TOCSIN_RUNSTATEDIR "/tocsin/api.sock";
	c->base = xstrdup("http://localhost");
	if (curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, c->peer) != CURLE_OK)
		return error_set(err, ERROR_INVALID, "this libcurl has no Unix sockets");
	return 0;
}

struct client *client_new(const struct cli *cli, struct error *err)
{
	struct client *c = xcalloc(1, sizeof(*c));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	c->curl = curl_easy_init();
	if (c->curl == NULL)
		error_set(err, ERROR_INTERNAL, "libcurl does not start");
	else if (set_up(c, cli, err) == 0)
		return c;
	client_free(c);
	return NULL;
}

void client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	curl_global_cleanup();
	free(c->base);
	free(c);
}

void client_query(struct buf *path, const char *name, const char *value)
{
	char *escaped;

	if (value == NULL)
		return;
	escaped = curl_easy_escape(NULL, value, 0);
	buf_addf(path, "%c%s=%s", strchr(path->data, '?') != NULL ? '&' : '?', name,
		escaped != NULL ? escaped : "");
	curl_free(escaped);
}

void client_set_texts(json_t *body, const char *key, const struct option_texts *texts)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < texts->n; i++)
		json_array_append_new(list, json_string(texts->list[i]));
	if (texts->n > 0)
		json_object_set(body, key, list);
	json_decref(list);
}

/* ---- refusals ---------------------------------------------------------------------- */

static void add_text(char *out, size_t size, const char *text)
{
	size_t n = strlen(out);

	text_copy(out + n, size - n, text);
}

void client_problem(long status, const char *body, size_t len, struct error *err)
{
	json_t *problem = json_read(body, len, NULL);
	const json_t *first = json_array_get(json_object_get(problem, "errors"), 0);
	const char *detail = NULL, *pointer = "", *title = NULL;

	json_get_text(problem, "title", &title, NULL);
	json_get_text(problem, "detail", &detail, NULL);
	json_get_text(first, "pointer", &pointer, NULL);
	if (first != NULL)
		json_get_text(first, "detail", &detail, NULL);
	if (detail == NULL)
		detail = title;
	error_set(err, ERROR_INVALID, "%s", detail != NULL ? detail : "the daemon refused");
	if (detail == NULL)
		error_set(err, ERROR_INVALID, "the daemon answered %ld", status);
	else if (status == 401)
		add_text(err->text, sizeof(err->text), " (is --token-file right?)");
	else if (status == 429 || status == 503)
		add_text(err->text, sizeof(err->text), "; try again later");
	text_copy(err->pointer, sizeof(err->pointer), pointer);
	json_decref(problem);
}

/* ---- requests ----------------------------------------------------------------------- */

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
	return buf_add(arg, data, size * n) == 0 ? size * n : 0;
}

static int transport_error(struct client *c, CURLcode code, struct error *err)
{
	long os = 0;

	curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &os);
	if (code == CURLE_COULDNT_CONNECT && os != 0)
		return error_set(err, ERROR_IO, "%s: cannot reach the daemon: %s", c->peer,
			strerror((int)os));
	return error_set(err, ERROR_IO, "%s: %s", c->peer,
		c->why[0] != '\0' ? c->why : curl_easy_strerror(code));
}

/* Was the request perhaps carried out, and only its answer lost? */
static bool answer_was_lost(CURLcode code)
{
	return code == CURLE_GOT_NOTHING || code == CURLE_RECV_ERROR ||
		code == CURLE_PARTIAL_FILE || code == CURLE_SEND_ERROR;
}

/* Nothing is longer than a second without a word. */
static int on_wait(void *arg, curl_off_t total, curl_off_t done, curl_off_t up_total,
	curl_off_t up)
{
	struct client *c = arg;

	(void)total;
	(void)up_total;
	(void)up;
	if (done > 0)
		progress_say(&c->progress, "the daemon answers, %" PRId64 " KiB ",
			(int64_t)done >> 10);
	else
		progress_say(&c->progress, "waiting for the daemon, %" PRId64 " s ",
			progress_seconds(&c->progress));
	return 0;
}

void client_set_quiet(struct client *c)
{
	c->quiet = true;
}

static int perform(struct client *c, const char *path, struct buf *answer,
	struct error *err)
{
	char *url = xasprintf("%s%s", c->base, path);
	CURLcode code;
	long status = 0;
	int tries = 0;

	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, c->quiet ? 1L : 0L);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_wait);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, c);
	progress_begin(&c->progress);
	do {
		buf_clear(answer);
		c->why[0] = '\0';
		code = curl_easy_perform(c->curl);
	} while (answer_was_lost(code) && ++tries < 2);
	progress_end(&c->progress);
	free(url);
	if (answer->overflow)
		return error_set(err, ERROR_TOO_LARGE, "%s: the answer is too large", c->peer);
	if (code != CURLE_OK)
		return transport_error(c, code, err);
	curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	client_problem(status, answer->data, answer->len, err);
	return -1;
}

int client_fetch(struct client *c, const char *path, struct buf *ret, struct error *err)
{
	buf_init(ret, ANSWER_MAX);
	curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	return perform(c, path, ret, err);
}

/* ---- a file ------------------------------------------------------------------------- */

struct download {
	struct client *client;
	int fd;
	struct buf refusal;
	client_progress_fn *fn;
	void *arg;
	int failed;		/* errno of a write */
};

static bool is_refused(const struct download *d)
{
	long status = 0;

	curl_easy_getinfo(d->client->curl, CURLINFO_RESPONSE_CODE, &status);
	return status < 200 || status >= 300;
}

static size_t take_part(char *data, size_t size, size_t n, void *arg)
{
	struct download *d = arg;
	size_t done = 0, len = size * n;

	if (is_refused(d))
		return buf_add(&d->refusal, data, len) == 0 ? len : 0;
	while (done < len) {
		ssize_t wrote = write(d->fd, data + done, len - done);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0) {
			d->failed = errno;
			return 0;
		}
		done += (size_t)wrote;
	}
	return len;
}

static int on_progress(void *arg, curl_off_t total, curl_off_t done, curl_off_t up_total,
	curl_off_t up)
{
	const struct download *d = arg;

	(void)up_total;
	(void)up;
	if (d->fn != NULL)
		d->fn(d->arg, (int64_t)done, total > 0 ? (int64_t)total : -1);
	return 0;
}

static int conclude(struct download *d, CURLcode code, struct error *err)
{
	long status = 0;

	if (d->failed != 0)
		return error_set(err, ERROR_IO, "%s", strerror(d->failed));
	if (code != CURLE_OK)
		return transport_error(d->client, code, err);
	if (!is_refused(d))
		return 0;
	curl_easy_getinfo(d->client->curl, CURLINFO_RESPONSE_CODE, &status);
	client_problem(status, d->refusal.data, d->refusal.len, err);
	return -1;
}

int client_download(struct client *c, const char *path, int fd, client_progress_fn *fn,
	void *arg, struct error *err)
{
	struct download d = { .client = c, .fd = fd, .fn = fn, .arg = arg };
	char *url = xasprintf("%s%s", c->base, path);
	int rc;

	buf_init(&d.refusal, ANSWER_MAX);
	c->why[0] = '\0';
	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, "");
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, 0L);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, take_part);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &d);
	curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, &d);
	/* However long it is; but not one that has come to a stand. */
	curl_easy_setopt(c->curl, CURLOPT_TIMEOUT, 0L);
	curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, (long)STAND_S);
	rc = conclude(&d, curl_easy_perform(c->curl), err);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, NULL);
	buf_release(&d.refusal);
	free(url);
	return rc;
}

static json_t *read_answer(struct client *c, const struct buf *answer, struct error *err)
{
	json_t *document = json_read(answer->data, answer->len, err);

	if (document != NULL && json_is_object(document))
		return document;
	json_decref(document);
	error_set(err, ERROR_IO, "%s: the answer is no JSON object; is this tocsind?",
		c->peer);
	return NULL;
}

json_t *client_get(struct client *c, const char *path, struct error *err)
{
	json_t *document = NULL;
	struct buf answer;

	if (client_fetch(c, path, &answer, err) == 0)
		document = read_answer(c, &answer, err);
	buf_release(&answer);
	return document;
}

json_t *client_post(struct client *c, const char *path, json_t *body, struct error *err)
{
	char key[KEY_SIZE], *header, *text = json_text(body);
	struct curl_slist *headers = NULL, *own;
	json_t *document = NULL;
	struct buf answer;

	random_name(key, sizeof(key) - 1);
	header = xasprintf("Idempotency-Key: %s", key);
	/* The client's own headers, and this one for this request only. */
	for (own = c->headers; own != NULL; own = own->next)
		headers = curl_slist_append(headers, own->data);
	headers = curl_slist_append(headers, header);
	buf_init(&answer, ANSWER_MAX);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(text));
	if (perform(c, path, &answer, err) == 0)
		document = read_answer(c, &answer, err);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	buf_release(&answer);
	json_decref(body);
	free(header);
	free(text);
	return document;
}
