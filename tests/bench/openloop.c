/*
 * Posts alerts at a fixed rate, whatever the answers take: a request has its instant,
 * and its latency runs from that instant to the last byte of the answer, so that a
 * server that stalls is charged for those that had to wait. One thread for each
 * connection. Prints one line: requests sent, not answered with 2xx, the 50th, 99th and
 * 99.9th percentile and the longest in microseconds, and when the first was to be sent, in
 * milliseconds by the wall clock.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"

enum { CONNECTIONS = 64, PADDING = 900, NS = 1000000000 };

struct plan {
	int port, rate, seconds;
	const char *path, *token, *kind;
	int64_t begin;			/* ns of CLOCK_MONOTONIC */
};

struct worker {
	pthread_t thread;
	const struct plan *plan;
	int index, fd, n, bad;
	int64_t *latency;		/* ns */
};

static int64_t read_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

static int64_t now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

static int open_connection(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("openloop: connect");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static int make_request(const struct plan *p, long long id, char *out, size_t size)
{
	char body[PADDING + 300], filler[PADDING + 1];
	int len;

	memset(filler, 'x', PADDING);
	filler[PADDING] = '\0';
	if (strcmp(p->kind, "alertmanager") == 0)
		len = snprintf(body, sizeof(body), "[{\"labels\":{\"alertname\":\"o%lld-%lld\","
			"\"severity\":\"high\"},\"annotations\":{\"description\":\"%s\"}}]",
			(long long)p->begin, id, filler);
	else
		len = snprintf(body, sizeof(body), "{\"key\":\"o%lld-%lld\",\"title\":"
			"\"Ransomware note\",\"severity\":\"high\",\"description\":\"%s\"}",
			(long long)p->begin, id, filler);
	return snprintf(out, size, "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
		"%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		p->path, p->token, len, body);
}

/* Reads one answer whole; false: it is not a good one. */
static bool read_answer(int fd)
{
	char data[65536];
	size_t have = 0, whole = 0;

	while (whole == 0 || have < whole) {
		ssize_t n = have < sizeof(data) - 1 ?
			read(fd, data + have, sizeof(data) - 1 - have) : 0;
		const char *end, *length;

		if (n <= 0) {
			fprintf(stderr, "openloop: the connection was closed\n");
			exit(1);
		}
		have += (size_t)n;
		data[have] = '\0';
		end = strstr(data, "\r\n\r\n");
		length = strcasestr(data, "\r\nContent-Length:");
		if (whole == 0 && end != NULL)
			whole = (size_t)(end + 4 - data) +
				(length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0);
	}
	return strncmp(data, "HTTP/1.1 2", 10) == 0;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct plan *p = w->plan;
	int total = p->rate * p->seconds, i, len;
	char request[PADDING + 1000];

	prctl(PR_SET_TIMERSLACK, 1);
	for (i = w->index; i < total; i += CONNECTIONS) {
		int64_t at = p->begin + (int64_t)i * NS / p->rate;
		struct timespec t = { .tv_sec = at / NS, .tv_nsec = at % NS };

		len = make_request(p, i, request, sizeof(request));
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		if (write(w->fd, request, (size_t)len) != len) {
			perror("openloop: write");
			exit(1);
		}
		w->bad += !read_answer(w->fd);
		w->latency[w->n++] = now_ns() - at;
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct worker workers[CONNECTIONS];
	struct plan plan;
	int64_t *all, begin_ms;
	int i, n = 0, bad = 0, total;

	if (argc != 7) {
		fprintf(stderr, "usage: openloop PORT PATH TOKEN KIND RATE SECONDS\n");
		return 2;
	}
	plan = (struct plan){ .port = atoi(argv[1]), .path = argv[2], .token = argv[3],
		.kind = argv[4], .rate = atoi(argv[5]), .seconds = atoi(argv[6]) };
	total = plan.rate * plan.seconds;
	for (i = 0; i < CONNECTIONS; i++) {
		workers[i] = (struct worker){ .plan = &plan, .index = i,
			.fd = open_connection(plan.port) };
		workers[i].latency = xcalloc((size_t)(total / CONNECTIONS + 1), sizeof(int64_t));
	}
	plan.begin = now_ns() + NS / 10;
	begin_ms = (read_ns(CLOCK_REALTIME) + NS / 10) / (NS / 1000);
	for (i = 0; i < CONNECTIONS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	all = xcalloc((size_t)total, sizeof(*all));
	for (i = 0; i < CONNECTIONS; i++) {
		pthread_join(workers[i].thread, NULL);
		memcpy(all + n, workers[i].latency, (size_t)workers[i].n * sizeof(*all));
		n += workers[i].n;
		bad += workers[i].bad;
		free(workers[i].latency);
		close(workers[i].fd);
	}
	qsort(all, (size_t)n, sizeof(*all), compare);
	printf("%d %d %lld %lld %lld %lld %lld\n", n, bad, (long long)all[n / 2] / 1000,
		(long long)all[(size_t)n * 99 / 100] / 1000,
		(long long)all[(size_t)n * 999 / 1000] / 1000, (long long)all[n - 1] / 1000,
		(long long)begin_ms);
	free(all);
	return 0;
}
