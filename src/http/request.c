/*
 * A request as the handler sees it, and its reply. A request is one allocation:
 * the struct, its header table and a copy of the head, in which every text is
 * terminated in place, so that nothing has to be copied again later. It belongs
 * to the front until it is handed over, then to the handler until http_reply;
 * it does not need its connection or its server to be answered.
 */
#include "config.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "http/conn.h"

enum { REPLY_HEADERS_MAX = 8 * 1024 };

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" },
		{ 204, "No Content" }, { 206, "Partial Content" },
		{ 301, "Moved Permanently" }, { 302, "Found" }, { 303, "See Other" },
		{ 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" },
		{ 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" }, { 408, "Request Timeout" }, { 409, "Conflict" },
		{ 410, "Gone" }, { 411, "Length Required" },
		{ 412, "Precondition Failed" }, { 413, "Content Too Large" },
		{ 414, "URI Too Long" }, { 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" }, { 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" }, { 428, "Precondition Required" },
		{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 503, "Service Unavailable" }, { 505, "HTTP Version Not Supported" },
		{ 507, "Insufficient Storage" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* Where a text of the caller's bytes lies in the copy; its end is marked there.
 * The byte after it is a separator that nobody needs any more. */
static struct http_text move(const struct http_text *t, const char *from, char *copy)
{
	char *p = copy + (t->data - from);

	p[t->len] = '\0';
	return (struct http_text){ p, t->len };
}

struct http_request *request_new(struct http_conn *c, const struct http_head *head,
	const char *bytes, int *ret_status)
{
	size_t table = head->n_headers * sizeof(struct http_header);
	size_t path_size = head->target.len + 1;
	struct http_request *req = xmalloc(sizeof(*req) + alignof(struct http_header) +
		table + head->size + path_size);
	size_t pad = -((uintptr_t)req->storage) % alignof(struct http_header);
	char *copy = req->storage + pad + table, *path = copy + head->size;
	struct http_text target;
	size_t i;

	memset(req, 0, sizeof(*req));
	memcpy(copy, bytes, head->size);
	target = move(&head->target, bytes, copy);
	*ret_status = http_target_split(&target, path, path_size, &req->query);
	if (*ret_status != 0) {
		free(req);
		return NULL;
	}
	req->path = path;
	req->method = move(&head->method, bytes, copy).data;
	req->headers = (struct http_header *)(void *)(req->storage + pad);
	req->n_headers = head->n_headers;
	for (i = 0; i < head->n_headers; i++) {
		req->headers[i].name = move(&head->headers[i].name, bytes, copy);
		req->headers[i].value = move(&head->headers[i].value, bytes, copy);
	}
	req->server = c->server;
	req->conn = c;
	req->peer = c->peer;
	if (c->peer.identity != NULL)
		req->peer.identity = req->identity = xstrdup(c->peer.identity);
	req->minor = head->minor;
	req->close = !head->keep_alive;
	req->chunked = head->framing == HTTP_BODY_CHUNKED;
	req->body_max = c->server->limits.body_max;
	buf_init(&req->body, 0);
	buf_init(&req->reply_headers, REPLY_HEADERS_MAX);
	LIST_INSERT_HEAD(&c->server->requests, req, link);
	return req;
}

void request_free(struct http_request *req)
{
	if (req->server != NULL) {
		LIST_REMOVE(req, link);
		req->server->body_bytes -= req->body.size;
		if (req->guest)
			req->server->guest_bytes -= req->body.size;
		if (req->handed)
			req->server->n_handed--;
	}
	buf_release(&req->body);
	buf_release(&req->reply_headers);
	free(req->identity);
	free(req);
}

const char *http_request_method(const struct http_request *req)
{
	return req->method;
}

const char *http_request_path(const struct http_request *req)
{
	return req->path;
}

const struct http_text *http_request_query(const struct http_request *req)
{
	return &req->query;
}

const char *http_request_header(const struct http_request *req, const char *name)
{
	size_t i;

	for (i = 0; i < req->n_headers; i++)
		if (http_text_is(&req->headers[i].name, name))
			return req->headers[i].value.data;
	return NULL;
}

const char *http_request_header_once(const struct http_request *req, const char *name)
{
	const char *found = NULL;
	size_t i;

	for (i = 0; i < req->n_headers; i++)
		if (http_text_is(&req->headers[i].name, name)) {
			if (found != NULL)
				return NULL;
			found = req->headers[i].value.data;
		}
	return found;
}

void http_request_is_guest(struct http_request *req)
{
	req->guest = true;
}

bool http_request_header_at(const struct http_request *req, size_t i,
	const struct http_text **ret_name, const char **ret_value)
{
	if (i >= req->n_headers)
		return false;
	*ret_name = &req->headers[i].name;
	*ret_value = req->headers[i].value.data;
	return true;
}

const char *http_request_body(const struct http_request *req, size_t *ret_len)
{
	*ret_len = req->body.len;
	return req->body.data;
}

const struct http_peer *http_request_peer(const struct http_request *req)
{
	return &req->peer;
}

void http_request_set_data(struct http_request *req, void *data)
{
	req->data = data;
}

void *http_request_data(const struct http_request *req)
{
	return req->data;
}

/* A name or value that could end its line is left out: a header too few harms
 * less than one that a peer has written. */
void http_reply_header(struct http_request *req, const char *name, const char *value)
{
	size_t name_len, value_len;
	char *at;

	if (name[0] == '\0' || strpbrk(name, "\r\n: ") != NULL ||
	    strpbrk(value, "\r\n") != NULL)
		return;
	name_len = strlen(name);
	value_len = strlen(value);
	at = buf_extend(&req->reply_headers, name_len + value_len + 4);
	if (at == NULL)
		return;
	memcpy(at, name, name_len);
	memcpy(at + name_len, ": ", 2);
	memcpy(at + name_len + 2, value, value_len);
	memcpy(at + name_len + 2 + value_len, "\r\n", 2);
}

void http_reply_close(struct http_request *req)
{
	req->close = true;
}

/* RFC 9110, section 8.6: no body with 204 and 304, and no length that would be another
 * than that of the body which is not sent. */
static bool is_bodiless(int status)
{
	return status == 204 || status == 304;
}

enum { TYPE_MAX = 128, HEAD_SIZE = TYPE_MAX + 256 };

/* The lines that every reply has, without printf, which was a tenth of what the front
 * does for a request (measured). */
static size_t put_head(struct http_conn *c, const struct http_answer *a, size_t len,
	char head[HEAD_SIZE])
{
	char digits[24], *at = head;
	size_t i = sizeof(digits) - 1;

	at = stpcpy(at, "HTTP/1.1 ");
	*at++ = (char)('0' + a->status / 100 % 10);
	*at++ = (char)('0' + a->status / 10 % 10);
	*at++ = (char)('0' + a->status % 10);
	*at++ = ' ';
	at = stpcpy(stpcpy(at, http_reason(a->status)), "\r\nDate: ");
	at = stpcpy(stpcpy(at, http_date(c->server)), "\r\n");
	if (!is_bodiless(a->status)) {
		digits[i] = '\0';
		do {
			digits[--i] = (char)('0' + len % 10);
			len /= 10;
		} while (len > 0);
		at = stpcpy(stpcpy(stpcpy(at, "Content-Length: "), digits + i), "\r\n");
	}
	if (a->content_type != NULL) {
		at = stpcpy(at, "Content-Type: ");
		i = strnlen(a->content_type, TYPE_MAX);
		at = stpcpy((char *)memcpy(at, a->content_type, i) + i, "\r\n");
	}
	if (!a->keep_alive)
		at = stpcpy(at, "Connection: close\r\n");
	else if (a->minor == 0)
		at = stpcpy(at, "Connection: keep-alive\r\n");
	return (size_t)(at - head);
}

void reply_send(struct http_conn *c, const struct http_answer *a)
{
	static char blank[] = "\r\n";
	size_t len = is_bodiless(a->status) ? 0 : a->len;
	char head[HEAD_SIZE];
	struct iovec iov[4];

	iov[0] = (struct iovec){ head, put_head(c, a, len, head) };
	iov[1] = (struct iovec){ a->headers->data, a->headers->len };
	iov[2] = (struct iovec){ blank, sizeof(blank) - 1 };
	/* An iovec cannot say that it is only read from. */
	iov[3] = (struct iovec){ (void *)(uintptr_t)a->body,
		a->with_body && a->body != NULL ? len : 0 };
	conn_write(c, iov, (int)ARRAY_LEN(iov));
	if (a->body == NULL)
		conn_write_file(c, a->fd, a->with_body ? len : 0);
}

static void reply_any(struct http_request *req, int status, const char *content_type,
	const void *body, int fd, size_t len)
{
	struct http_conn *c = req->conn;

	if (c != NULL) {
		/* Before it was handed over, the reply is a refusal. */
		bool last = req->close || !req->handed || c->server->draining;
		struct http_answer a = {
			.status = status,
			.content_type = content_type,
			.headers = &req->reply_headers,
			.body = body,
			.len = len,
			.fd = fd,
			.with_body = strcmp(req->method, "HEAD") != 0,
			.keep_alive = !last,
			.minor = req->minor,
		};

		/* Let go first: sending may find the client gone and close. */
		c->request = NULL;
		req->conn = NULL;
		reply_send(c, &a);
		conn_answered(c, last);
	} else if (body == NULL) {
		close(fd);
	}
	request_free(req);
}

void http_reply(struct http_request *req, int status, const char *content_type,
	const void *body, size_t len)
{
	reply_any(req, status, content_type, body != NULL ? body : "", -1, len);
}

void http_reply_file(struct http_request *req, int status, const char *content_type, int fd,
	uint64_t len)
{
	reply_any(req, status, content_type, NULL, fd, len);
}
