/* Prometheus' text format: see prom.h. */
#include "config.h"

#include <inttypes.h>

#include "api/prom.h"

void prom_family(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_escaped(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' || *s == '"')
			buf_addc(out, '\\');
		if (*s == '\n')
			buf_adds(out, "\\n");
		else
			buf_addc(out, *s);
	}
}

static void add_labels(struct buf *out, const struct prom_label *labels, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		buf_addf(out, "%c%s=\"", i == 0 ? '{' : ',', labels[i].name);
		add_escaped(out, labels[i].value);
		buf_addc(out, '"');
	}
	if (n > 0)
		buf_addc(out, '}');
}

void prom_int(struct buf *out, const char *name, const struct prom_label *labels, size_t n,
	int64_t value)
{
	buf_adds(out, name);
	add_labels(out, labels, n);
	buf_addf(out, " %" PRId64 "\n", value);
}

static void add_decimal(struct buf *out, uint64_t value, uint64_t unit, int digits)
{
	buf_addf(out, "%" PRIu64 ".%0*" PRIu64, value / unit, digits, value % unit);
}

void prom_seconds(struct buf *out, const char *name, const struct prom_label *labels,
	size_t n, int64_t ms)
{
	buf_adds(out, name);
	add_labels(out, labels, n);
	buf_adds(out, ms < 0 ? " -" : " ");
	add_decimal(out, ms < 0 ? -(uint64_t)ms : (uint64_t)ms, 1000, 3);
	buf_addc(out, '\n');
}

void prom_histogram(struct buf *out, const char *name, const char *help,
	const struct histogram *h)
{
	uint64_t n = 0;
	int i;

	prom_family(out, name, "histogram", help);
	for (i = 0; i < HISTOGRAM_BOUNDS; i++) {
		n += h->counts[i];
		buf_addf(out, "%s_bucket{le=\"", name);
		add_decimal(out, (uint64_t)histogram_bounds_us[i], 1000000, 6);
		buf_addf(out, "\"} %" PRIu64 "\n", n);
	}
	n += h->counts[HISTOGRAM_BOUNDS];
	buf_addf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum ", name, n, name);
	add_decimal(out, h->sum_us, 1000000, 6);
	buf_addf(out, "\n%s_count %" PRIu64 "\n", name, n);
}
