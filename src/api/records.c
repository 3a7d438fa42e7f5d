/* What is recorded of an incident: events, filings, acknowledgements, waivers, its
 * dismissal, the corrections of these, details. Each is one body, one command, one answer
 * of the engine's. */
#include "config.h"

#include "api/call.h"
#include "api/decode.h"
#include "api/query.h"
#include "base/text.h"

static struct decode decode_for(const struct call *call)
{
	return (struct decode){ call->api->conf, &call->caller, call->arena };
}

/* The body, and whether it is only asked what would come of it. Another parameter is
 * refused: one that is misspelt must not record what was only to be looked at. */
static int read_request(struct call *call, struct error *err)
{
	static const char *const known[] = { "preview", NULL }, *const choices[] = { "0", "1" };
	const struct http_text *query = http_request_query(call->req);
	size_t choice = 0;

	if (query_check(query, known, err) < 0 ||
	    query_choice(query, "preview", choices, ARRAY_LEN(choices), &choice, err) < 0)
		return -1;
	call->command.preview = choice == 1;
	return call_read(call, err);
}

void incidents_post(struct call *call)
{
	struct decode d = decode_for(call);
	struct error err;

	call->command.kind = COMMAND_OPEN;
	if (read_request(call, &err) < 0 ||
	    decode_open(&d, call->document, &call->command.as.open, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void events_post(struct call *call)
{
	struct decode d = decode_for(call);
	struct error err;

	call->command.kind = COMMAND_EVENT;
	if (read_request(call, &err) < 0 ||
	    decode_event(&d, call->document, &call->command.as.event, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void filings_post(struct call *call)
{
	struct decode d = decode_for(call);
	struct error err;

	call->command.kind = COMMAND_FILING;
	if (read_request(call, &err) < 0 ||
	    decode_filing(&d, call->document, &call->command.as.filing, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void acknowledgements_post(struct call *call)
{
	struct command_acknowledgement *a = &call->command.as.acknowledgement;
	struct error err;

	call->command.kind = COMMAND_ACKNOWLEDGEMENT;
	if (read_request(call, &err) < 0 || decode_acknowledgement(call->document, a, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void waivers_post(struct call *call)
{
	struct decode d = decode_for(call);
	struct error err;

	call->command.kind = COMMAND_WAIVER;
	if (read_request(call, &err) < 0 ||
	    decode_waiver(&d, call->document, &call->command.as.waiver, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void dismissal_post(struct call *call)
{
	struct command_dismissal *dismissal = &call->command.as.dismissal;
	struct error err;

	call->command.kind = COMMAND_DISMISSAL;
	if (read_request(call, &err) < 0 || decode_dismissal(call->document, dismissal, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void withdrawals_post(struct call *call)
{
	struct command_withdrawal *withdrawal = &call->command.as.withdrawal;
	struct error err;

	call->command.kind = COMMAND_WITHDRAWAL;
	if (read_request(call, &err) < 0 || decode_withdrawal(call->document, withdrawal, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void traits_post(struct call *call)
{
	struct decode d = decode_for(call);
	struct error err;

	call->command.kind = COMMAND_TRAITS;
	if (read_request(call, &err) < 0 ||
	    decode_traits(&d, call->document, &call->command.as.traits, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void confirmations_post(struct call *call)
{
	struct command_confirmation *confirmation = &call->command.as.confirmation;
	struct decode d = decode_for(call);
	struct error err;

	call->command.kind = COMMAND_CONFIRMATION;
	if (read_request(call, &err) < 0 ||
	    decode_confirmation(&d, call->document, confirmation, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void incident_rules_post(struct call *call)
{
	struct command_rules *rules = &call->command.as.rules;
	struct error err;

	call->command.kind = COMMAND_RULES;
	if (read_request(call, &err) < 0 || decode_rules(call->document, rules, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}

void details_post(struct call *call)
{
	struct command_detail *detail = &call->command.as.detail;
	struct error err;

	call->command.kind = COMMAND_DETAIL;
	if (read_request(call, &err) < 0 || decode_detail(call->document, detail, &err) < 0)
		answer_error(call, &err);
	else
		call_submit(call);
}
