/*
 * Times in a form that is stated in letters: LEEF events name it beside their time
 * (devTimeFormat), and a source mapping may. A sender chooses both the letters and the
 * text, so nothing here allocates, recurses or reads on behind either.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "ingest/stamp.h"

struct form {
	const char *p, *end;		/* of the text */
	struct stamp_civil *to;
	bool afternoon, half_day;
};

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
	"sep", "oct", "nov", "dec" };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static int take_number(struct form *f, int min, int max, int *ret)
{
	int n, value = 0;

	for (n = 0; n < max && f->p < f->end && is_digit(*f->p); n++)
		value = 10 * value + (*f->p++ - '0');
	*ret = value;
	return n >= min ? 0 : -1;
}

static int take_month(struct form *f, size_t width)
{
	int i;

	if (width < 3)
		return take_number(f, 1, 2, &f->to->civil.month);
	for (i = 0; i < 12 && f->end - f->p >= 3; i++) {
		if (strncasecmp(f->p, months[i], 3) != 0)
			continue;
		while (f->p < f->end && is_letter(*f->p))
			f->p++;
		f->to->civil.month = i + 1;
		return 0;
	}
	return -1;
}

/* As many digits as there are; what is finer than a millisecond is cut off. */
static int take_fraction(struct form *f)
{
	int scale = 100;

	if (f->p == f->end || !is_digit(*f->p))
		return -1;
	for (; f->p < f->end && is_digit(*f->p); f->p++, scale /= 10)
		f->to->civil.ms += scale * (*f->p - '0');
	return 0;
}

/* Z, UTC, GMT, +02, +0200, +02:00, GMT+02:00. Any other name may mean several zones
 * (CST has three), so it is none. */
static int take_offset(struct form *f)
{
	int hours, minutes = 0, sign;

	f->to->has_offset = true;
	if (f->end - f->p >= 3 && (strncasecmp(f->p, "UTC", 3) == 0 ||
	    strncasecmp(f->p, "GMT", 3) == 0))
		f->p += 3;
	else if (f->p < f->end && (*f->p == 'Z' || *f->p == 'z'))
		f->p++;
	else if (f->p == f->end || (*f->p != '+' && *f->p != '-'))
		return -1;
	if (f->p == f->end || (*f->p != '+' && *f->p != '-'))
		return 0;
	sign = *f->p++ == '-' ? -1 : 1;
	if (take_number(f, 2, 2, &hours) < 0)
		return -1;
	if (f->p < f->end && *f->p == ':')
		f->p++;
	if (f->p < f->end && is_digit(*f->p) && take_number(f, 2, 2, &minutes) < 0)
		return -1;
	if (hours > 23 || minutes > 59)
		return -1;
	f->to->offset_s = sign * (hours * 3600 + minutes * 60);
	return 0;
}

static int take_half(struct form *f)
{
	if (f->end - f->p < 2 || (f->p[1] | 0x20) != 'm' ||
	    ((f->p[0] | 0x20) != 'a' && (f->p[0] | 0x20) != 'p'))
		return -1;
	f->half_day = true;
	f->afternoon = (f->p[0] | 0x20) == 'p';
	f->p += 2;
	return 0;
}

static int take_letter(struct form *f, char letter, size_t width)
{
	struct civil *c = &f->to->civil;

	switch (letter) {
	case 'y':
		if (take_number(f, width == 2 ? 2 : 4, width == 2 ? 2 : 4, &c->year) < 0)
			return -1;
		c->year += width == 2 ? 2000 : 0;
		return 0;
	case 'M':
		return take_month(f, width);
	case 'd':
		if (f->p < f->end && *f->p == ' ')
			f->p++;		/* "Mar  1" */
		return take_number(f, 1, 2, &c->day);
	case 'H':
	case 'h':
		return take_number(f, 1, 2, &c->hour);
	case 'm':
		return take_number(f, 1, 2, &c->minute);
	case 's':
		return take_number(f, 1, 2, &c->second);
	case 'S':
		return take_fraction(f);
	case 'a':
		return take_half(f);
	case 'z':
	case 'Z':
	case 'X':
		return take_offset(f);
	case 'E':
		while (f->p < f->end && is_letter(*f->p))
			f->p++;
		return 0;
	default:
		return -1;
	}
}

static int check_civil(const struct form *f)
{
	struct civil *c = &f->to->civil;

	if (f->half_day && (c->hour < 1 || c->hour > 12))
		return -1;
	if (f->half_day)
		c->hour = c->hour % 12 + (f->afternoon ? 12 : 0);
	if (c->year < 1970 || c->year > 2100 || c->month < 1 || c->month > 12 || c->day < 1 ||
	    c->day > civil_month_length(c->year, c->month))
		return -1;
	return c->hour > 23 || c->minute > 59 || c->second > 59 ? -1 : 0;
}

int stamp_form(const char *letters, const char *text, size_t len, struct stamp_civil *ret)
{
	struct form f = { .p = text, .end = text + len, .to = ret };
	bool quoted = false;

	*ret = (struct stamp_civil){ .offset_s = 0 };
	while (*letters != '\0') {
		char c = *letters;

		if (c == '\'') {
			quoted = !quoted;
			letters++;
		} else if (!quoted && is_letter(c)) {
			size_t width = 0;

			while (letters[width] == c)
				width++;
			if (take_letter(&f, c, width) < 0)
				return -1;
			letters += width;
		} else {
			if (f.p == f.end || *f.p++ != c)
				return -1;
			letters++;
		}
	}
	return f.p == f.end ? check_civil(&f) : -1;
}
