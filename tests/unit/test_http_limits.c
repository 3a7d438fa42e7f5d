/*
 * What bounds the HTTP front as a whole: connections, descriptors, memory for
 * bodies; how it listens; and how it ends.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "http/conn.h"
#include "http_client.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void connections_are_capped(void **state)
{
	struct http_limits limits = http_limits_default;
	struct client c[4];
	struct reply r = { 0 };
	struct house h;
	int64_t began;
	size_t i;

	(void)state;
	limits.connections_max = 2;
	house_open(&h, &limits);
	for (i = 0; i < ARRAY_LEN(c); i++) {
		client_open(&c[i], &h);
		client_send(&c[i], GET("/a"));
	}
	client_expect(&c[0], &r, 200);
	client_expect(&c[1], &r, 200);
	house_run(&h, 30);
	assert_int_equal(http_server_connections(h.server), 2);
	client_take(&c[2]);
	assert_int_equal(c[2].in.len, 0);
	/* The place of one that leaves is given away at once. */
	client_close(&c[1]);
	began = now_ms();
	client_expect(&c[2], &r, 200);
	assert_in_range(now_ms() - began, 0, 200);
	client_close(&c[0]);
	client_expect(&c[3], &r, 200);
	client_close(&c[2]);
	client_close(&c[3]);
	reply_release(&r);
	house_close(&h);
}

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage ss;
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(1) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(1) };

	memset(&ss, 0, sizeof(ss));
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		memcpy(&ss, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		memcpy(&ss, &in6, sizeof(in6));
	else
		fail_msg("%s is no address", text);
	return ss;
}

static void an_address_is_counted_by_its_customer(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "192.0.2.1", "::ffff:192.0.2.1", true },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
		{ "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true },
		{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	};
	static const char *const exempt[] = { "127.0.0.1", "127.9.9.9", "::1",
		"::ffff:127.0.0.1" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(pairs); i++) {
		struct sockaddr_storage a = address_of(pairs[i].a), b = address_of(pairs[i].b);
		struct address_key ka, kb;

		assert_true(address_key_of((struct sockaddr *)&a, &ka));
		assert_true(address_key_of((struct sockaddr *)&b, &kb));
		if ((memcmp(&ka, &kb, sizeof(ka)) == 0) != pairs[i].same)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	}
	for (i = 0; i < ARRAY_LEN(exempt); i++) {
		struct sockaddr_storage a = address_of(exempt[i]);
		struct address_key key;

		if (address_key_of((struct sockaddr *)&a, &key))
			fail_msg("%s is counted", exempt[i]);
	}
}

static void places_are_taken_and_given_back(void **state)
{
	struct address_table *t = malloc(sizeof(*t));
	struct address_key key = { { 1 } }, other = { { 2 } };
	unsigned int i;

	(void)state;
	assert_non_null(t);
	address_table_init(t);
	for (i = 0; i < 3; i++)
		assert_true(address_table_take(t, &key, 3));
	assert_false(address_table_take(t, &key, 3));
	assert_true(address_table_take(t, &other, 3));
	address_table_give(t, &key);
	assert_true(address_table_take(t, &key, 3));
	assert_false(address_table_take(t, &key, 3));
	for (i = 0; i < 3; i++)
		address_table_give(t, &key);
	address_table_give(t, &other);
	assert_false(address_table_take(t, &key, 0));
	for (i = 0; i < ADDRESS_BUCKETS; i++)
		assert_null(t->buckets[i]);
	/* Far more than buckets: chains work, and release leaves nothing. */
	for (i = 0; i < 20000; i++) {
		memcpy(key.bytes + 4, &i, sizeof(i));
		assert_true(address_table_take(t, &key, 1));
		assert_false(address_table_take(t, &key, 1));
	}
	address_table_release(t);
	free(t);
}

static void a_peer_has_its_address_as_text(void **state)
{
	static const struct {
		const char *address, *text;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", "2001:db8::1" },
	};
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		struct sockaddr_storage ss = address_of(cases[i].address);

		address_text((struct sockaddr *)&ss, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
}

static void bodies_share_a_budget(void **state)
{
	struct http_limits limits = http_limits_default;
	char half[50 * 1000];
	struct client a, b;
	struct reply r = { 0 };
	struct house h;

	(void)state;
	limits.body_total_max = 100 * 1000;
	memset(half, 'x', sizeof(half));
	house_open(&h, &limits);
	client_open(&a, &h);
	/* What is announced takes nothing; what arrives does. */
	client_send(&a, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n");
	client_open(&b, &h);
	client_send(&b, "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
	client_send_bytes(&b, half, sizeof(half));
	client_expect(&b, &r, 200);
	client_send_bytes(&a, half, sizeof(half));
	house_run(&h, 10);
	client_send(&b, "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
	client_send_bytes(&b, half, sizeof(half));
	client_expect(&b, &r, 503);
	assert_string_equal(reply_header(&r, "Retry-After"), "1");
	client_expect_eof(&b);
	client_close(&b);
	/* The same by chunks, where nothing is announced. */
	client_open(&b, &h);
	client_send(&b, "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"c350\r\n");
	client_send_bytes(&b, half, sizeof(half));
	client_expect(&b, &r, 503);
	client_close(&b);
	/* A held request keeps its bytes, a client that is gone does not. */
	client_close(&a);
	house_run(&h, 10);
	client_open(&b, &h);
	client_send(&b, "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n");
	client_send_bytes(&b, half, sizeof(half));
	client_expect(&b, &r, 200);
	client_close(&b);
	reply_release(&r);
	house_close(&h);
}

/* ---- who goes when there is no room ------------------------------------------------ */

/* A connection from an address of that number, over a socket pair. */
static int open_from(struct house *h, unsigned char number, const char *send_text)
{
	struct address_key key = { { [15] = number } };
	struct http_peer peer = { .local = false };
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
	if (number > 0)
		assert_true(address_table_take(&h->server->addresses, &key, 1000));
	http_server_take(h->server, pair[0], &peer, number > 0 ? &key : NULL, NULL);
	if (send_text != NULL)
		assert_int_equal(write(pair[1], send_text, strlen(send_text)), strlen(send_text));
	house_run(h, 2);
	return pair[1];
}

/* What has come, as text; "" when it is only closed. *ret_closed: is it? */
static const char *received(int fd, bool *ret_closed)
{
	static char text[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	*ret_closed = n == 0;
	text[len] = '\0';
	return text;
}

static void a_crowd_makes_room_for_others(void **state)
{
	struct http_limits limits = http_limits_default;
	int crowd[40], others[10], proxy[6], fresh[30], gone = 0;
	struct house h;
	bool closed;
	size_t i;

	(void)state;
	limits.connections_max = 60;
	house_open(&h, &limits);
	for (i = 0; i < ARRAY_LEN(crowd); i++)
		crowd[i] = open_from(&h, 1, GET("/a"));
	for (i = 0; i < ARRAY_LEN(others); i++)
		others[i] = open_from(&h, (unsigned char)(10 + i), GET("/a"));
	for (i = 0; i < ARRAY_LEN(proxy); i++)
		proxy[i] = open_from(&h, 0, GET("/a"));
	assert_int_equal(http_server_connections(h.server), 56);
	for (i = 0; i < ARRAY_LEN(fresh); i++)
		fresh[i] = open_from(&h, (unsigned char)(100 + i), GET("/a"));
	house_run(&h, 5);
	assert_true(http_server_connections(h.server) <= 60);
	/* Only the crowd has lost any, and the oldest of it first. */
	for (i = 0; i < ARRAY_LEN(crowd); i++) {
		received(crowd[i], &closed);
		if (closed && i > 0 && gone < (int)i)
			fail_msg("number %zu went before an older one", i);
		gone += closed;
	}
	assert_in_range(gone, 26, 30);
	for (i = 0; i < ARRAY_LEN(others) + ARRAY_LEN(proxy) + ARRAY_LEN(fresh); i++) {
		int fd = i < 10 ? others[i] : i < 16 ? proxy[i - 10] : fresh[i - 16];

		assert_non_null(strstr(received(fd, &closed), "200 OK"));
		if (closed)
			fail_msg("number %zu of the others was closed", i);
		close(fd);
	}
	for (i = 0; i < ARRAY_LEN(crowd); i++)
		close(crowd[i]);
	house_close(&h);
}

/* Nobody is idle, but some are slow: they are told to come again. */
static void the_slow_go_when_nobody_is_idle(void **state)
{
	struct http_limits limits = http_limits_default;
	int slow[20], busy[10], fresh, told = 0;
	struct house h;
	bool closed;
	size_t i;

	(void)state;
	limits.connections_max = 30;
	house_open(&h, &limits);
	for (i = 0; i < ARRAY_LEN(busy); i++)
		busy[i] = open_from(&h, 2, GET("/hold"));
	for (i = 0; i < ARRAY_LEN(slow); i++)
		slow[i] = open_from(&h, 1, i % 2 == 0 ? "GET / HTTP/1.1\r\nX" :
			"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
	fresh = open_from(&h, 3, GET("/a"));
	house_run(&h, 5);
	assert_non_null(strstr(received(fresh, &closed), "200 OK"));
	for (i = 0; i < ARRAY_LEN(slow); i++) {
		const char *text = received(slow[i], &closed);

		assert_int_equal(closed, strstr(text, "503 Service Unavailable") != NULL);
		told += closed;
		close(slow[i]);
	}
	assert_in_range(told, 1, 4);
	house_release(&h);
	house_run(&h, 5);
	for (i = 0; i < ARRAY_LEN(busy); i++) {
		assert_non_null(strstr(received(busy[i], &closed), "200 OK"));
		close(busy[i]);
	}
	close(fresh);
	house_close(&h);
}

/* Nobody vouches for a guest: of the memory for bodies he gets a part. */
static int guest_head(void *arg, struct http_request *req, uint64_t *body_max)
{
	(void)arg;
	(void)body_max;
	if (strcmp(http_request_path(req), "/guest") == 0)
		http_request_is_guest(req);
	return 0;
}

static void guests_share_a_quarter(void **state)
{
	struct http_limits limits = http_limits_default;
	char part[30 * 1000];
	struct client guest, other, known;
	struct reply r = { 0 };
	struct house h;

	(void)state;
	limits.body_total_max = 200 * 1000;
	memset(part, 'x', sizeof(part));
	house_open(&h, &limits);
	h.server->handler.head = guest_head;
	client_open(&guest, &h);
	client_send(&guest, "POST /guest HTTP/1.1\r\nHost: a\r\nContent-Length: 30001\r\n\r\n");
	client_send_bytes(&guest, part, sizeof(part));
	house_run(&h, 10);
	client_open(&other, &h);
	client_send(&other, "POST /guest HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
	client_send_bytes(&other, part, sizeof(part));
	client_expect(&other, &r, 503);
	client_open(&known, &h);
	client_send(&known, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
	client_send_bytes(&known, part, sizeof(part));
	client_expect(&known, &r, 200);
	client_close(&guest);
	house_run(&h, 10);
	client_close(&other);
	client_open(&other, &h);
	client_send(&other, "POST /guest HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
	client_send_bytes(&other, part, sizeof(part));
	client_expect(&other, &r, 200);
	client_close(&other);
	client_close(&known);
	reply_release(&r);
	house_close(&h);
}

/* What the kernel has connected by the time of the end is served, not reset. */
static void a_drain_serves_those_who_wait_to_be_accepted(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct reply r = { 0 };
	struct client c[8];
	struct house h;
	size_t i;

	(void)state;
	house_open(&h, &http_limits_default);
	in.sin_port = htons((uint16_t)h.port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* No turn of the loop: nobody has accepted them. */
	for (i = 0; i < ARRAY_LEN(c); i++)
		client_start(&c[i], &h, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
			(const struct sockaddr *)&in, sizeof(in));
	assert_int_equal(http_server_connections(h.server), 0);
	http_server_drain(h.server);
	assert_int_equal(http_server_connections(h.server), ARRAY_LEN(c));
	assert_int_equal(http_server_busy(h.server), ARRAY_LEN(c));
	for (i = 0; i + 1 < ARRAY_LEN(c); i++) {
		client_ask(&c[i], &r, GET("/a"), 200);
		assert_true(r.close);
		client_expect_eof(&c[i]);
	}
	/* One that says nothing does not hold it up for long. */
	client_expect_eof(&c[i]);
	assert_false(c[i].reset);
	assert_int_equal(http_server_busy(h.server), 0);
	for (i = 0; i < ARRAY_LEN(c); i++)
		client_close(&c[i]);
	reply_release(&r);
	house_close(&h);
}

/* The largest descriptor in use. */
static int highest_fd(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int highest = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		if (atoi(entry->d_name) > highest)
			highest = atoi(entry->d_name);
	closedir(dir);
	return highest;
}

/* How often the loop turns in 200 ms when it may sleep. */
static int turns_in_200_ms(struct house *h)
{
	struct timeval tv = { 0, 200 * 1000 };
	int64_t end = now_ms() + 200;
	int turns = 0;

	event_base_loopexit(h->base, &tv);
	while (now_ms() < end && turns < 100000) {
		event_base_loop(h->base, EVLOOP_ONCE);
		turns++;
	}
	return turns;
}

static void running_out_of_descriptors_is_survived(void **state)
{
	struct rlimit old, tight;
	struct reply r = { 0 };
	struct client c;
	struct house h;
	int turns, saved, quiet;

	(void)state;
	house_open(&h, &http_limits_default);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	client_open(&c, &h);
	/* Its one warning belongs to the test, not to the report. */
	saved = dup(STDERR_FILENO);
	quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(quiet, STDERR_FILENO);
	close(quiet);
	tight = old;
	tight.rlim_cur = (rlim_t)highest_fd() + 1;
	while (dup(STDOUT_FILENO) >= 0 && highest_fd() < (int)tight.rlim_cur - 1)
		;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	while (dup(STDOUT_FILENO) >= 0)
		;
	turns = turns_in_200_ms(&h);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(http_server_connections(h.server), 0);
	if (turns > 20)
		fail_msg("the loop spins: %d turns", turns);
	client_ask(&c, &r, GET("/a"), 200);
	client_close(&c);
	reply_release(&r);
	house_close(&h);
}

static void draining_lets_requests_finish(void **state)
{
	struct client idle, pending, half;
	struct sockaddr_in in;
	struct reply r = { 0 };
	struct house h;
	int fd;

	(void)state;
	house_open(&h, &http_limits_default);
	client_open(&idle, &h);
	client_open(&pending, &h);
	client_open(&half, &h);
	client_ask(&idle, &r, GET("/a"), 200);
	client_send(&pending, GET("/hold") GET("/b"));
	client_send(&half, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx");
	house_run(&h, 10);
	assert_int_equal(http_server_connections(h.server), 3);
	http_server_drain(h.server);
	client_expect_eof(&idle);
	client_expect(&half, &r, 503);
	client_expect_eof(&half);
	memset(&in, 0, sizeof(in));
	in.sin_family = AF_INET;
	in.sin_port = htons((uint16_t)h.port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&in, sizeof(in)), -1);
	close(fd);
	assert_int_equal(http_server_busy(h.server), 1);
	house_release(&h);
	client_expect(&pending, &r, 200);
	assert_true(r.close);
	client_expect_eof(&pending);
	assert_int_equal(pending.in.len, 0);
	assert_int_equal(http_server_busy(h.server), 0);
	client_close(&idle);
	client_close(&pending);
	client_close(&half);
	house_run(&h, 5);
	assert_int_equal(http_server_connections(h.server), 0);
	reply_release(&r);
	house_close(&h);
}

static void a_request_outlives_its_server(void **state)
{
	struct client c;
	struct house h;

	(void)state;
	house_open(&h, &http_limits_default);
	client_open(&c, &h);
	client_send(&c, GET("/hold"));
	house_run(&h, 5);
	assert_int_equal(h.n_held, 1);
	http_server_free(h.server);
	h.server = NULL;
	assert_string_equal(http_request_path(h.held[0]), "/hold");
	client_expect_eof(&c);
	client_close(&c);
	house_close(&h);	/* answers it */
}

/* ---- listening ---- */

static char *temp_dir(void)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/tocsin-http-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

static void tcp_addresses_are_numeric(void **state)
{
	static const char *const bad[] = { "", "localhost", "127.0.0.1:80", "1.2.3", "*", "[::1]" };
	struct error err;
	int fd, port, again, other;
	size_t i;

	(void)state;
	/* "1.2.3" is an old spelling of 1.2.0.3. */
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (http_listen_tcp(bad[i], 0, &fd, &port, &err) == 0)
			fail_msg("listens on \"%s\"", bad[i]);
	assert_int_equal(http_listen_tcp("127.0.0.1", 65536, &fd, &port, &err), -1);
	assert_int_equal(http_listen_tcp("127.0.0.1", 0, &fd, &port, &err), 0);
	assert_in_range(port, 1, 65535);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(http_listen_tcp("127.0.0.1", port, &again, &other, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_non_null(strstr(err.text, "127.0.0.1"));
	close(fd);
}

/* Connects to the Unix socket and asks; returns the status. */
static int ask_unix(struct house *h, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct reply r = { 0 };
	struct client c;

	text_copy(un.sun_path, sizeof(un.sun_path), path);
	client_start(&c, h, socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
		(const struct sockaddr *)&un, sizeof(un));
	client_ask(&c, &r, GET("/hold"), 200);
	client_close(&c);
	reply_release(&r);
	return r.status;
}

static void check_peer(void *arg, struct http_request *req)
{
	const struct http_peer *peer = http_request_peer(req);

	(void)arg;
	assert_true(peer->local);
	assert_int_equal(peer->uid, getuid());
	assert_int_equal(peer->gid, getgid());
	assert_int_equal(peer->pid, getpid());
	http_reply(req, 200, NULL, NULL, 0);
}

static void a_unix_socket_names_its_peer(void **state)
{
	const struct http_listen how = { .kind = HTTP_LISTEN_LOCAL };
	struct http_handler handler = { .request = check_peer };
	char path[128], *dir = temp_dir();
	struct house h = { 0 };
	struct error err;
	struct stat st;
	bool missing;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/api.sock", dir);
	signal(SIGPIPE, SIG_IGN);
	h.base = event_base_new();
	h.server = http_server_new(h.base, &http_limits_default, &handler);
	assert_int_equal(http_listen_unix(path, 0640, "", &fd, &missing, &err), 0);
	assert_false(missing);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(http_server_listen(h.server, fd, &how, &err), 0);
	assert_int_equal(ask_unix(&h, path), 200);
	house_close(&h);
	unlink(path);
	rmdir(dir);
}

static void a_stale_socket_is_replaced_a_live_one_is_not(void **state)
{
	char path[128], long_path[200], *dir = temp_dir();
	struct group *group = getgrgid(getgid());
	struct error err;
	bool missing;
	int fd, other;

	(void)state;
	snprintf(path, sizeof(path), "%s/api.sock", dir);
	assert_int_equal(http_listen_unix(path, 0660, "no-such-group-here", &fd, &missing, &err), 0);
	assert_true(missing);
	assert_int_equal(http_listen_unix(path, 0660, NULL, &other, &missing, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	close(fd);
	assert_int_equal(http_listen_unix(path, 0660, group != NULL ? group->gr_name : NULL, &fd,
		&missing, &err), 0);
	assert_false(missing);
	close(fd);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	assert_int_equal(http_listen_unix(path, 0660, NULL, &fd, &missing, &err), -1);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(http_listen_unix(long_path, 0660, NULL, &fd, &missing, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connections_are_capped),
		cmocka_unit_test(an_address_is_counted_by_its_customer),
		cmocka_unit_test(places_are_taken_and_given_back),
		cmocka_unit_test(a_peer_has_its_address_as_text),
		cmocka_unit_test(bodies_share_a_budget),
		cmocka_unit_test(a_crowd_makes_room_for_others),
		cmocka_unit_test(the_slow_go_when_nobody_is_idle),
		cmocka_unit_test(guests_share_a_quarter),
		cmocka_unit_test(draining_lets_requests_finish),
		cmocka_unit_test(a_drain_serves_those_who_wait_to_be_accepted),
		cmocka_unit_test(a_request_outlives_its_server),
		cmocka_unit_test(tcp_addresses_are_numeric),
		cmocka_unit_test(a_unix_socket_names_its_peer),
		cmocka_unit_test(a_stale_socket_is_replaced_a_live_one_is_not),
		/* The last: it uses up the descriptors of the process. */
		cmocka_unit_test(running_out_of_descriptors_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
