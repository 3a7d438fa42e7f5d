/* Drafts of reports: what the record has, and what is missing, by the rules that the
 * incident is under. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/query.h"
#include "base/text.h"
#include "core/draft.h"
#include "engine/view.h"

enum format { FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_HTML };

/* The policy names the digest of the page's own style: no other has any force. */
static void set_policy(struct call *call)
{
	const struct digest_part part = { draft_style(), strlen(draft_style()) };
	unsigned char digest[DIGEST_SIZE];
	char text[48], policy[200];

	digest_sha256(&part, 1, digest);
	digest_base64(digest, sizeof(digest), text);
	snprintf(policy, sizeof(policy), "default-src 'none'; style-src 'sha256-%s'; "
		"form-action 'none'; base-uri 'none'; frame-ancestors 'none'", text);
	http_reply_header(call->req, "Content-Security-Policy", policy);
	http_reply_header(call->req, "X-Frame-Options", "DENY");
	http_reply_header(call->req, "Referrer-Policy", "no-referrer");
}

static void answer_draft(struct call *call, json_t *draft, enum format format)
{
	struct buf *out = buf_in_arena(call->arena, 8000);

	if (format == FORMAT_JSON) {
		answer_document(call, 200, draft);
		return;
	}
	if (format == FORMAT_HTML) {
		draft_html(draft, out);
		set_policy(call);
	} else {
		draft_markdown(draft, out);
	}
	json_decref(draft);
	answer_text(call, 200, format == FORMAT_HTML ? "text/html; charset=utf-8" :
		"text/markdown; charset=utf-8", out->data, out->len);
}

void report_get(struct call *call)
{
	static const char *const known[] = { "regime", "format", NULL };
	static const char *const formats[] = { "json", "markdown", "html" };
	const struct http_text *query = http_request_query(call->req);
	struct view_draft ask = { .incident = call->match.id, .stage = call->match.name };
	char regime[QUERY_VALUE_SIZE] = "";
	size_t format = FORMAT_JSON;
	struct incident_row row;
	struct error err;
	json_t *draft;

	if (query_check(query, known, &err) < 0 || query_text(query, "regime", regime, &err) < 0 ||
	    query_choice(query, "format", formats, ARRAY_LEN(formats), &format, &err) < 0 ||
	    call_incident(call, &row, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	ask.regime = regime[0] != '\0' ? regime : NULL;
	if (view_draft(call_engine(call), &ask, call->arena, &draft, &err) == NULL)
		answer_error(call, &err);
	else
		answer_draft(call, draft, (enum format)format);
}
