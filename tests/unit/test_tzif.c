/*
 * TZif files made here, good and bad: what is read, how the footer rules, and
 * that no bytes whatever can do harm.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/zone.h"

enum { FILE_SIZE = 64 * 1024 };

static size_t read_zone_file(const char *name, unsigned char data[FILE_SIZE])
{
	char path[256];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", TOCSIN_ZONEINFO, name);
	file = fopen(path, "rb");
	if (file == NULL)
		fail_msg("cannot read %s: the time zone database (package tzdata) is needed",
			path);
	n = fread(data, 1, FILE_SIZE, file);
	fclose(file);
	return n;
}

static int64_t utc(const char *text)
{
	struct error err;
	int64_t at = 0;

	if (rfc3339_parse(text, strlen(text), &at, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return at;
}

struct file {
	unsigned char data[1024];
	size_t len;
};

static void put(struct file *f, uint64_t value, int bytes)
{
	while (bytes-- > 0)
		f->data[f->len++] = (unsigned char)(bytes < 8 ? value >> (8 * bytes) : 0);
}

static void put_header(struct file *f, char version, uint32_t times, uint32_t types)
{
	static const char reserved[15];

	memcpy(f->data + f->len, "TZif", 4);
	f->data[f->len + 4] = (unsigned char)version;
	memcpy(f->data + f->len + 5, reserved, sizeof(reserved));
	f->len += 20;
	put(f, 0, 4);
	put(f, 0, 4);
	put(f, 0, 4);
	put(f, times, 4);
	put(f, types, 4);
	put(f, 4, 4);
}

/* Two types, +1 h at first and +2 h from the year 2001 on, then the footer with
 * its new-lines. Version 1 has no footer and 32-bit times. */
static void make_file(struct file *f, char version, const char *footer)
{
	int size = version == 0 ? 4 : 8;

	f->len = 0;
	if (version != 0) {
		put_header(f, version, 0, 1);
		put(f, 0, 4 + 2 + 4);
	}
	put_header(f, version, 1, 2);
	put(f, 978307200, size);
	put(f, 1, 1);
	put(f, 3600, 4);
	put(f, 0, 2);
	put(f, 7200, 4);
	put(f, 0, 2);
	put(f, 0x41424300, 4);
	if (version != 0) {
		memcpy(f->data + f->len, footer, strlen(footer));
		f->len += strlen(footer);
	}
}

/* Where make_file put things in a file of version 2. */
enum { SECOND_HEADER = 44 + 6 + 4, COUNTS = SECOND_HEADER + 20, TIMES = SECOND_HEADER + 44,
	INDEX = TIMES + 8, TYPES = INDEX + 1 };

static void every_version_is_read(void **state)
{
	static const char versions[] = { 0, '2', '3', '4' };
	struct error err;
	struct file f;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(versions); i++) {
		struct zone *zone;

		make_file(&f, versions[i], "\nEET-2\n");
		zone = zone_parse("Test/Zone", f.data, f.len, &err);
		if (zone == NULL)
			fail_msg("version byte %d: %s", versions[i], err.text);
		assert_int_equal(zone_offset(zone, utc("2000-12-31T23:59:59.999Z")), 3600);
		assert_int_equal(zone_offset(zone, utc("2001-01-01T00:00:00Z")), 7200);
		assert_int_equal(zone_offset(zone, utc("2099-01-01T00:00:00Z")), 7200);
		assert_string_equal(zone_name(zone), "Test/Zone");
		zone_free(zone);
	}
}

static void a_footer_rules_after_the_last_transition(void **state)
{
	static const struct {
		const char *footer, *at;
		int32_t offset;
	} rows[] = {
		{ "", "2030-07-01T00:00:00Z", 7200 },
		{ "<+03>-3", "2030-07-01T00:00:00Z", 10800 },
		{ "<-0330>3:30", "2030-07-01T00:00:00Z", -12600 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2030-03-31T00:59:59Z", 3600 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2030-03-31T01:00:00Z", 7200 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2030-10-27T00:59:59Z", 7200 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2030-10-27T01:00:00Z", 3600 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2030-07-01T00:00:00Z", 3600 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2030-01-01T00:00:00Z", 0 },
		/* South of the equator the year begins in summer. */
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2030-01-01T00:00:00Z", 39600 },
		{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2030-07-01T00:00:00Z", 36000 },
		/* 22:00 on the Saturday before (Nuuk). */
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2030-03-31T00:59:59Z", -7200 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2030-03-31T01:00:00Z", -3600 },
		/* Hours past 24: 50 h after Thursday 00:00 is Saturday 02:00 (Gaza). */
		{ "EET-2EEST,M3.4.4/50,M10.4.4/50", "2030-03-30T00:00:00Z", 10800 },
		{ "EET-2EEST,M3.4.4/50,M10.4.4/50", "2030-03-29T23:59:59Z", 7200 },
		/* Jn leaves 29 February out, n counts it: both 1 March. */
		{ "AAA0BBB,J60/0,J300/0", "2032-02-29T23:59:59Z", 0 },
		{ "AAA0BBB,J60/0,J300/0", "2032-03-01T00:00:00Z", 3600 },
		{ "AAA0BBB,J60/0,J300/0", "2031-03-01T00:00:00Z", 3600 },
		{ "AAA0BBB,60/0,300/0", "2032-02-29T23:59:59Z", 0 },
		{ "AAA0BBB,60/0,300/0", "2032-03-01T00:00:00Z", 3600 },
		{ "AAA0BBB,60/0,300/0", "2031-03-01T23:59:59Z", 0 },
		/* Daylight saving time all the year (the example of RFC 9636). */
		{ "EST5EDT,0/0,J365/25", "2031-12-31T23:00:00Z", -14400 },
		{ "EST5EDT,0/0,J365/25", "2032-01-01T05:00:00Z", -14400 },
		{ "EST5EDT,0/0,J365/25", "2032-01-01T05:30:00Z", -14400 },
		{ "EST5EDT,0/0,J365/25", "2032-07-01T00:00:00Z", -14400 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		char footer[80];
		struct zone *zone;
		struct error err;
		struct file f;

		snprintf(footer, sizeof(footer), "\n%s\n", rows[i].footer);
		make_file(&f, '3', footer);
		zone = zone_parse("Test/Zone", f.data, f.len, &err);
		if (zone == NULL)
			fail_msg("%s: %s", rows[i].footer, err.text);
		if (zone_offset(zone, utc(rows[i].at)) != rows[i].offset)
			fail_msg("%s at %s: %" PRId32 " s, expected %" PRId32, rows[i].footer,
				rows[i].at, zone_offset(zone, utc(rows[i].at)), rows[i].offset);
		zone_free(zone);
	}
}

static void refuse(const char *what, const struct file *f, const char *expected)
{
	struct error err = { 0 };
	struct zone *zone = zone_parse("Test/Zone", f->data, f->len, &err);

	if (zone != NULL)
		fail_msg("%s: accepted", what);
	if (strstr(err.text, expected) == NULL || !text_starts(err.text, "time zone Test/Zone: "))
		fail_msg("%s: \"%s\", expected \"%s\"", what, err.text, expected);
}

static void a_bad_footer_is_refused(void **state)
{
	static const char *const rows[] = {
		"", "\n", "\nEET-2", "EET-2\n", "\nEET\n", "\nE-2\n", "\nEET-2x\n", "\nEET-25\n",
		"\n<+3-3\n", "\n<>-3\n", "\nEET-2:60\n", "\nEET-2EEST\n", "\nEET-2EEST,M3.5.0\n",
		"\nEET-2EEST,M13.5.0,M10.5.0\n", "\nEET-2EEST,M3.0.0,M10.5.0\n",
		"\nEET-2EEST,M3.6.0,M10.5.0\n", "\nEET-2EEST,M3.5.7,M10.5.0\n",
		"\nEET-2EEST,J0,J300\n", "\nEET-2EEST,J366,J300\n", "\nEET-2EEST,366,300\n",
		"\nEET-2EEST,M3.5.0/168,M10.5.0\n", "\nEET-2EEST,M3.5.0,M10.5.0,\n",
		"\nEET-2EEST,M3.5.0,M10.5.0\nmore\n", "\nEET-99999999999999999999\n",
	};
	struct file f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		make_file(&f, '2', rows[i]);
		refuse(rows[i], &f, "footer");
	}
}

static void bad_bytes_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		int bytes;
		uint64_t value;
		const char *expected;
	} rows[] = {
		{ "bad magic", 0, 4, 0x545a6966 + 1, "not a TZif file" },
		{ "bad second magic", SECOND_HEADER, 1, 'x', "not a TZif file" },
		{ "version 1.5", 4, 1, '1', "unknown version" },
		{ "first block too large", 32, 4, 0xffffffff, "cut off" },
		{ "too many transitions", COUNTS + 12, 4, 0xffffffff, "cut off" },
		{ "no types", COUNTS + 16, 4, 0, "impossible counts" },
		{ "too many types", COUNTS + 16, 4, 257, "impossible counts" },
		{ "no designations", COUNTS + 20, 4, 0, "impossible counts" },
		{ "isutcnt neither 0 nor typecnt", COUNTS, 4, 1, "impossible counts" },
		{ "leap seconds", COUNTS + 8, 4, 27, "leap seconds" },
		{ "time after the year 9999", TIMES, 8, 253402300800, "not in order" },
		{ "time before the Big Bang", TIMES, 8, UINT64_C(1) << 63, "not in order" },
		{ "type index", INDEX, 1, 2, "bad time type" },
		{ "offset of 26 h 1 s", TYPES, 4, 93601, "more than 26 hours" },
		{ "offset of -2^31", TYPES, 4, 0x80000000, "more than 26 hours" },
		{ "isdst of 2", TYPES + 4, 1, 2, "bad time type" },
		{ "designation index", TYPES + 5, 1, 4, "bad time type" },
	};
	struct file f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len;

		make_file(&f, '2', "\nEET-2\n");
		len = f.len;
		f.len = rows[i].at;
		put(&f, rows[i].value, rows[i].bytes);
		f.len = len;
		refuse(rows[i].what, &f, rows[i].expected);
	}
}

static void transitions_out_of_order_are_refused(void **state)
{
	unsigned char data[FILE_SIZE], kept[8];
	size_t n = read_zone_file("Europe/Berlin", data), second;
	struct error err;

	(void)state;
	/* The second header is found by its magic; its times follow. */
	for (second = 44; memcmp(data + second, "TZif", 4) != 0; second++)
		assert_in_range(second, 44, n - 44);
	memcpy(kept, data + second + 44 + 80, 8);
	memcpy(data + second + 44 + 80, data + second + 44 + 88, 8);
	assert_null(zone_parse("Europe/Berlin", data, n, &err));
	assert_non_null(strstr(err.text, "not in order"));
	memcpy(data + second + 44 + 88, kept, 8);
	assert_null(zone_parse("Europe/Berlin", data, n, &err));
}

static void a_file_over_256_kib_is_refused(void **state)
{
	unsigned char *data = calloc(1, 256 * 1024 + 1);
	struct error err;

	(void)state;
	assert_non_null(data);
	assert_null(zone_parse("Test/Zone", data, 256 * 1024 + 1, &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	free(data);
}

/* Whatever is read must also answer. The copy is exact so that a sanitizer sees
 * a read past the end. */
static void try_bytes(const unsigned char *data, size_t n)
{
	static const int64_t times[] = { INT64_C(-62135596800000), 0, INT64_C(1795252620000),
		INT64_C(4133980799000), INT64_C(253402300799000) };
	unsigned char *copy = malloc(n > 0 ? n : 1);
	struct zone *zone;
	struct error err;
	size_t i;

	assert_non_null(copy);
	memcpy(copy, data, n);
	zone = zone_parse("Test/Zone", copy, n, &err);
	free(copy);
	if (zone == NULL) {
		assert_int_not_equal(err.text[0], '\0');
		return;
	}
	for (i = 0; i < ARRAY_LEN(times); i++) {
		struct civil c;

		zone_civil(zone, times[i], &c);
		assert_true(zone_instant(zone, &c) <= times[i]);
	}
	zone_free(zone);
}

static void hostile_bytes_never_crash(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, ',' };
	unsigned char data[FILE_SIZE];
	size_t n = read_zone_file("Europe/Dublin", data), i, k;
	struct error err;

	(void)state;
	for (i = 0; i < n; i++) {
		unsigned char kept = data[i];

		if (zone_parse("Test/Zone", data, i, &err) != NULL)
			fail_msg("accepted when cut to %zu of %zu bytes", i, n);
		try_bytes(data, i);
		for (k = 0; k < ARRAY_LEN(values); k++) {
			data[i] = values[k];
			try_bytes(data, n);
		}
		data[i] = kept;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_is_read),
		cmocka_unit_test(a_footer_rules_after_the_last_transition),
		cmocka_unit_test(a_bad_footer_is_refused),
		cmocka_unit_test(bad_bytes_are_refused_with_a_reason),
		cmocka_unit_test(transitions_out_of_order_are_refused),
		cmocka_unit_test(a_file_over_256_kib_is_refused),
		cmocka_unit_test(hostile_bytes_never_crash),
	};

	return cmocka_run_group_tests_name("tzif", tests, NULL, NULL);
}
