/*
 * The HTTP front whole: bytes into a real connection, which ends after them. What is
 * handed to the handler and what is answered must not depend on how the bytes were cut:
 * a proxy in front cuts them as it likes, and whoever could choose between two readings
 * could smuggle. The first byte is the seed of the cuts.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "base/digest.h"
#include "fuzz.h"
#include "http/conn.h"

enum { TURNS_MAX = 20000, BYTES_MAX = 64 * 1024 };

static struct event_base *base;
static struct http_server *server;
static struct buf handled;
static struct http_request *later;	/* answered in the next turn; one at a time */

static int on_head(void *arg, struct http_request *req, uint64_t *body_max)
{
	const char *path = http_request_path(req);

	(void)arg;
	if (strcmp(path, "/s") == 0)
		*body_max = 4;
	if (strcmp(path, "/p") != 0)
		return 0;
	http_reply(req, 401, "text/plain", "no", 2);
	return -1;
}

static void on_request(void *arg, struct http_request *req)
{
	char digest[DIGEST_HEX_SIZE];
	const char *body;
	size_t len;

	(void)arg;
	body = http_request_body(req, &len);
	digest_sha256_hex(len > 0 ? body : "", len, digest);
	buf_addf(&handled, "%s %s %zu %.8s;", http_request_method(req), http_request_path(req), len,
		digest);
	if (strcmp(http_request_path(req), "/l") == 0) {
		MUST(later == NULL);	/* one connection has one request in flight */
		later = req;
	} else {
		http_reply(req, 200, "text/plain", digest, 8);
	}
}

static void open_front(void)
{
	const struct http_handler handler = { on_head, on_request, NULL };
	struct http_limits limits = http_limits_default;

	signal(SIGPIPE, SIG_IGN);
	limits.body_max = 2000;
	base = event_base_new();
	server = http_server_new(base, &limits, &handler);
	buf_init(&handled, 0);
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	if (later != NULL) {
		struct http_request *req = later;

		later = NULL;
		http_reply(req, 200, "text/plain", "later", 5);
	}
}

/* True when the other end is closed. */
static bool take(int fd, struct buf *out)
{
	char block[4096];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		buf_add(out, block, (size_t)n);
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

/* Without what depends on the moment: the date, and 100 Continue. */
static void strip(struct buf *text)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	char *p, *end;

	while ((p = strstr(text->data, go_on)) != NULL) {
		memmove(p, p + sizeof(go_on) - 1, strlen(p + sizeof(go_on) - 1) + 1);
		text->len -= sizeof(go_on) - 1;
	}
	while ((p = strstr(text->data, "Date: ")) != NULL) {
		end = strstr(p, "\r\n");
		MUST(end != NULL);
		memmove(p, end + 2, strlen(end + 2) + 1);
		text->len -= (size_t)(end + 2 - p);
	}
}

/* seed 0: in one piece. */
static void run(const char *data, size_t len, uint64_t seed, struct buf *out)
{
	struct http_peer peer = { .local = false };
	size_t sent = 0;
	int pair[2], turns = 0;
	bool closed = false;

	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	http_server_take(server, pair[0], &peer, NULL, NULL);
	while (sent < len && !closed) {
		size_t n = seed == 0 ? len - sent : 1 + fuzz_dice(&seed) % 40;
		ssize_t did;

		if (n > len - sent)
			n = len - sent;
		did = send(pair[1], data + sent, n, MSG_NOSIGNAL);
		if (did < 0 && errno != EAGAIN)
			break;
		sent += did > 0 ? (size_t)did : 0;
		turn();
		closed = take(pair[1], out);
	}
	shutdown(pair[1], SHUT_WR);
	while (!take(pair[1], out))
		MUST(turns++ < TURNS_MAX && (turn(), true));
	close(pair[1]);
	for (turns = 0; http_server_connections(server) > 0; turns++)
		MUST(turns < TURNS_MAX && (turn(), true));
	MUST(http_server_busy(server) == 0 && server->body_bytes == 0);
	strip(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, pieces, log;

	if (size < 2 || size > BYTES_MAX)
		return 0;
	if (base == NULL)
		open_front();
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	buf_init(&log, 0);
	buf_clear(&handled);
	run((const char *)data + 1, size - 1, 0, &whole);
	buf_add(&log, handled.data, handled.len);
	buf_clear(&handled);
	run((const char *)data + 1, size - 1, 1u + data[0], &pieces);
	MUST(handled.len == log.len && memcmp(handled.data, log.data, log.len) == 0);
	MUST(whole.len == pieces.len && memcmp(whole.data, pieces.data, whole.len) == 0);
	buf_release(&whole);
	buf_release(&pieces);
	buf_release(&log);
	return 0;
}
