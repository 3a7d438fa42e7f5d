/* The kinds of details: see detail.h. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "core/detail.h"

#define YES_NO "yes no unknown"

/* Directive (EU) 2022/2555, Art. 23(4); Regulation (EU) 2016/679, Art. 33(3); Regulation
 * (EU) 2022/2554, Art. 19; Regulation (EU) 2024/2847, Art. 14; Directive (EU) 2022/2557,
 * Art. 15: what they ask for under one name or another. TLP is FIRST's, version 2.0. */
const struct detail_kind detail_kinds[] = {
	{ "suspected-malicious", "Suspected to be unlawful or malicious", YES_NO,
		"malicious acts|update of the early warning" },
	{ "cross-border", "Cross-border impact", YES_NO,
		"cross-border|update of the early warning" },
	{ "member-states", "Member States concerned", NULL, "?cross-border|Member States" },
	{ "nature", "Nature of the incident", NULL, "nature|?description" },
	{ "severity", "Severity, as assessed", NULL, "severity|initial assessment|classification" },
	{ "impact", "Impact", NULL,
		"severity and impact|=impact|initial assessment|classification and impact|"
		"actual impact|consequences|significant impact" },
	{ "affected", "Persons and services affected", NULL, "data subjects|users affected" },
	{ "indicators", "Indicators of compromise", NULL, "indicators of compromise|techniques" },
	{ "root-cause", "Type of threat or root cause", NULL,
		"root cause|type of threat|cause and possible consequences|type and techniques" },
	{ "mitigation", "Measures, applied and ongoing", NULL,
		"mitigation|measures taken|=measures|resolved" },
	{ "user-measures", "Measures that users can take", NULL,
		"users can take|measures or remedies" },
	{ "status", "State of the handling", NULL, "status updates|state of the handling" },
	{ "contact", "Contact", NULL, "contact point" },
	{ "tlp", "TLP", "CLEAR GREEN AMBER AMBER+STRICT RED", NULL },
};
const size_t detail_count = ARRAY_LEN(detail_kinds);

const struct detail_kind *detail_find(const char *name)
{
	size_t i;

	for (i = 0; i < detail_count; i++)
		if (strcmp(detail_kinds[i].name, name) == 0)
			return &detail_kinds[i];
	return NULL;
}

const char *detail_nearest(const char *name)
{
	const char *names[ARRAY_LEN(detail_kinds)];
	size_t i;

	for (i = 0; i < detail_count; i++)
		names[i] = detail_kinds[i].name;
	return text_nearest(name, names, detail_count);
}

bool detail_takes(const struct detail_kind *kind, const char *value)
{
	const char *p = kind->choices;

	if (p == NULL)
		return true;
	while (*p != '\0') {
		size_t n = strcspn(p, " ");

		if (strlen(value) == n && strncmp(p, value, n) == 0)
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

/* 1: asked for; 0: it has its place there; -1: neither. */
static int find_asked(const struct detail_kind *kind, const char *phrase)
{
	const char *p = kind->asked;

	while (p != NULL && *p != '\0') {
		size_t n = strcspn(p, "|"), mark = *p == '?' || *p == '=';
		const char *words = p + mark;

		if (*p == '=' ? strlen(phrase) == n - mark && strncmp(phrase, words, n - mark) == 0 :
		    memmem(phrase, strlen(phrase), words, n - mark) != NULL)
			return *p != '?';
		p += n + (p[n] == '|');
	}
	return -1;
}

bool detail_is_asked(const struct detail_kind *kind, const char *phrase)
{
	return find_asked(kind, phrase) >= 0;
}

bool detail_is_owed(const struct detail_kind *kind, const char *phrase)
{
	return find_asked(kind, phrase) > 0;
}
