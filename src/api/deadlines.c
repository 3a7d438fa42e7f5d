/* The calculator: a question in, clocks out, nothing stored but the answer to an
 * Idempotency-Key, since that is honoured on every POST. */
#include "config.h"

#include <stdlib.h>

#include "api/call.h"
#include "core/calculator.h"

static void answer_keyed(struct call *call, json_t *document)
{
	char *text = json_text(document);

	json_decref(document);
	call->command.kind = COMMAND_ANSWERED;
	call->command.status = 200;
	call->command.answer = arena_strdup(call->arena, text);
	free(text);
	call_submit(call);
}

void deadlines_post(struct call *call)
{
	struct calculation result;
	const struct rulebook *book = &call->api->conf->book;
	struct error err;

	if (call_read(call, &err) < 0 ||
	    calculate(call->document, book, call->arena, &result, &err) < 0)
		answer_error(call, &err);
	else if (http_request_header(call->req, "Idempotency-Key") != NULL)
		answer_keyed(call, calculation_document(&result));
	else
		answer_document(call, 200, calculation_document(&result));
}
