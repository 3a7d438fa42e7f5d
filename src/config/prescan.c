/*
 * The lexical check in front of libconfig: see prescan.h. It knows comments,
 * strings, numbers, words and brackets, nothing of settings; whatever it lets
 * pass still has to satisfy libconfig's own grammar.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/prescan.h"

struct opener {
	char bracket;
	int line;
};

struct prescan {
	const char *text;
	size_t n, at;
	int line;
	int depth;
	struct opener stack[PRESCAN_DEPTH_MAX];
	bool after_string;	/* nothing but space and comments since a string */
	bool stop;		/* what follows cannot be made sense of */
	bool clean;
	prescan_fn *fault;
	void *arg;
};

static void fault(struct prescan *p, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fault(struct prescan *p, int line, const char *fmt, ...)
{
	char message[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	p->clean = false;
	p->fault(p->arg, line, message);
}

/* The byte at some distance, NUL at the end of the text. */
static char peek(const struct prescan *p, size_t ahead)
{
	return p->n - p->at > ahead ? p->text[p->at + ahead] : '\0';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		c == '_' || c == '-' || c == '*';
}

static void skip_line(struct prescan *p)
{
	while (p->at < p->n && p->text[p->at] != '\n')
		p->at++;
}

static void skip_comment(struct prescan *p)
{
	int line = p->line;

	for (p->at += 2; p->at < p->n; p->at++) {
		if (p->text[p->at] == '\n')
			p->line++;
		if (p->text[p->at] == '*' && peek(p, 1) == '/') {
			p->at += 2;
			return;
		}
	}
	fault(p, line, "the comment that begins here is never closed");
	p->stop = true;
}

/* At a backslash inside a string; steps over the escape. */
static void check_escape(struct prescan *p)
{
	char c = peek(p, 1);

	if (c != '\0' && strchr("nrtf\\\"", c) != NULL) {
		p->at += 2;
	} else if (c == 'x' && is_hex(peek(p, 2)) && is_hex(peek(p, 3))) {
		if (peek(p, 2) == '0' && peek(p, 3) == '0')
			fault(p, p->line, "a NUL byte (\\x00) in a string");
		else if (strchr("01234567", peek(p, 2)) == NULL)
			fault(p, p->line, "write characters beyond ASCII as UTF-8, not as \\x escapes");
		p->at += 4;
	} else {
		fault(p, p->line, "unknown escape in a string; a backslash is written \\\\");
		p->at++;
	}
}

static void skip_string(struct prescan *p)
{
	if (p->after_string)
		fault(p, p->line, "two strings in a row: a comma or semicolon is missing between "
			"them");
	for (p->at++; p->at < p->n && p->text[p->at] != '\n';) {
		char c = p->text[p->at];

		if (c == '\\') {
			check_escape(p);
			continue;
		}
		if ((unsigned char)c < 0x20 && c != '\t')
			fault(p, p->line, "control character 0x%02x in a string", (unsigned int)c);
		p->at++;
		if (c == '"') {
			p->after_string = true;
			return;
		}
	}
	fault(p, p->line, "the string is not closed on its line");
	p->stop = true;
}

/* Nine digits fit into 32 bits whatever they are; more may not, and libconfig
 * would cut them without saying so. */
static void check_number(struct prescan *p)
{
	size_t digits = 0, max = PRESCAN_DIGITS_MAX;

	if (peek(p, 0) == '0' && (peek(p, 1) == 'x' || peek(p, 1) == 'X')) {
		max = 7;
		for (p->at += 2; is_hex(peek(p, 0)); p->at++)
			digits++;
	} else {
		for (; is_digit(peek(p, 0)); p->at++)
			digits++;
	}
	if (digits > max)
		fault(p, p->line, "a number of more than %zu digits is not read; sizes and times are "
			"written as \"64MiB\", \"PT4H\"", max);
}

static char closer_of(char opener)
{
	return opener == '(' ? ')' : opener == '[' ? ']' : '}';
}

static void open_bracket(struct prescan *p, char c)
{
	if (p->depth == PRESCAN_DEPTH_MAX) {
		fault(p, p->line, "brackets nested deeper than %d", PRESCAN_DEPTH_MAX);
		p->stop = true;
		return;
	}
	p->stack[p->depth].bracket = c;
	p->stack[p->depth].line = p->line;
	p->depth++;
}

static void close_bracket(struct prescan *p, char c)
{
	const struct opener *open;

	if (p->depth == 0) {
		fault(p, p->line, "\"%c\" closes nothing", c);
		p->stop = true;
		return;
	}
	open = &p->stack[--p->depth];
	if (closer_of(open->bracket) == c)
		return;
	fault(p, p->line, "\"%c\" where \"%c\" must close the \"%c\" of line %d", c,
		closer_of(open->bracket), open->bracket, open->line);
	p->stop = true;
}

static void skip_word(struct prescan *p)
{
	while (is_word(peek(p, 0)))
		p->at++;
}

/* One token that is neither space nor comment. */
static void token(struct prescan *p, char c)
{
	if (c == '"') {
		skip_string(p);
		return;
	}
	p->after_string = false;
	if (is_digit(c)) {
		check_number(p);
		return;
	}
	if (is_word(c) && c != '-') {
		skip_word(p);
		return;
	}
	if (strchr("([{", c) != NULL)
		open_bracket(p, c);
	else if (strchr(")]}", c) != NULL)
		close_bracket(p, c);
	else if (c == '@')
		fault(p, p->line, "@include is not supported: put shared data into regimes.d, "
			"countries.d or sources.d");
	else if ((unsigned char)c < 0x20 || c == 0x7f)
		fault(p, p->line, "control character 0x%02x", (unsigned int)c);
	p->at++;
	if (c == '@')
		skip_line(p);
}

static void step(struct prescan *p)
{
	char c = p->text[p->at];

	if (c == '\n')
		p->line++;
	if (c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == '\f')
		p->at++;
	else if (c == '#' || (c == '/' && peek(p, 1) == '/'))
		skip_line(p);
	else if (c == '/' && peek(p, 1) == '*')
		skip_comment(p);
	else
		token(p, c);
}

/* NUL bytes and broken UTF-8, line by line; false when there are any. */
static bool check_bytes(struct prescan *p)
{
	size_t at = 0;
	int line = 1;

	while (at < p->n) {
		const char *start = p->text + at, *end = memchr(start, '\n', p->n - at);
		size_t len = end != NULL ? (size_t)(end - start) : p->n - at;

		if (memchr(start, '\0', len) != NULL)
			fault(p, line, "a NUL byte");
		else if (!text_is_utf8(start, len))
			fault(p, line, "not UTF-8");
		at += len + 1;
		line++;
	}
	return p->clean;
}

bool prescan(const char *text, size_t n, prescan_fn *fn, void *arg)
{
	struct prescan p = { .text = text, .n = n, .line = 1, .clean = true, .fault = fn,
		.arg = arg };

	if (!check_bytes(&p))
		return false;
	while (p.at < p.n && !p.stop)
		step(&p);
	if (!p.stop && p.depth > 0)
		fault(&p, p.stack[p.depth - 1].line, "\"%c\" is never closed",
			p.stack[p.depth - 1].bracket);
	return p.clean;
}
