/* A notice as the daemon sends it, changed as a test wants, and golden files. */
#ifndef TOCSIN_TESTS_COURIER_FIXTURE_H
#define TOCSIN_TESTS_COURIER_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "courier/notice.h"

#define HASH_17 "3f786850e387550fdab836ed7e6dc881de23001b4f5d3c2a1908f7e6d5c4b3a2"

static const char step_notice[] =
	"{\"kind\":\"step\",\"drill\":false,"
	"\"incident\":{\"id\":42,\"entity\":\"acme-energy\",\"entity_name\":\"ACME Energy GmbH\","
	"\"title\":\"Ransomware on billing\",\"severity\":\"critical\",\"state\":\"open\","
	"\"source\":\"wazuh\",\"opened_at\":\"2026-11-21T08:02:12Z\","
	"\"url\":\"https://tocsin.example.org/incidents/42\"},"
	"\"clock\":{\"regime\":\"nis2\",\"stage\":\"early-warning\",\"state\":\"running\","
	"\"anchor\":\"aware\",\"anchor_at\":\"2026-11-21T08:17:00Z\","
	"\"due_at\":\"2026-11-22T08:17:00Z\",\"nominal_at\":\"2026-11-22T08:17:00Z\","
	"\"latest_at\":\"2026-11-22T09:00:00Z\","
	"\"reference\":\"Directive (EU) 2022/2555, Art. 23(4)(a)\"},"
	"\"step\":{\"at\":\"-PT4H\",\"number\":3,\"repeat\":1,\"of\":4},\"passed_over\":2,"
	"\"fallback_for\":\"soc\",\"journal\":{\"seq\":17,\"hash\":\"" HASH_17 "\"},"
	"\"now\":\"2026-11-22T05:20:00Z\",\"remaining_s\":10620,\"late_s\":3780,"
	"\"subject\":\"[tocsin #42] Ransomware on billing\","
	"\"text\":\"nis2 early-warning is not filed yet.\\nAware 2026-11-21T08:17:00Z.\"}";

/* A title that tries everything; 5,000 characters where it is repeated. */
#define HOSTILE "<!channel> <b>x</b>\r\nBcc: evil@example.org \xe2\x80\xae" "gpj.exe \x1b[31m"

struct fixture {
	json_t *root;
	struct notice notice;
};

static inline void fixture_set(struct fixture *fixture, const char *part, const char *key,
	json_t *value)
{
	json_t *object = part != NULL ? json_object_get(fixture->root, part) : fixture->root;

	if (value == NULL)
		json_object_del(object, key);
	else
		json_object_set_new(object, key, value);
	notice_view(fixture->root, &fixture->notice);
}

static inline void fixture_open(struct fixture *fixture, const char *text)
{
	struct error err;

	fixture->root = json_read(text, strlen(text), &err);
	if (fixture->root == NULL)
		fail_msg("fixture: %s", err.text);
	notice_view(fixture->root, &fixture->notice);
}

static inline void fixture_close(struct fixture *fixture)
{
	json_decref(fixture->root);
}

/* To see what changed: the program prints what it made. */
static inline void assert_golden(const char *name, const struct buf *made)
{
	char path[512];
	struct error err;
	struct buf wanted;

	snprintf(path, sizeof(path), "%s/tests/unit/golden/%s", TEST_SRCDIR, name);
	buf_init(&wanted, 1 << 20);
	if (file_read(path, 1 << 20, &wanted, &err) < 0)
		fail_msg("%s", err.text);
	if (wanted.len != made->len || memcmp(wanted.data, made->data, made->len) != 0)
		fail_msg("not as %s:\n%s", name, made->data);
	buf_release(&wanted);
}

#endif
