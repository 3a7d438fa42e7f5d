/* The calculator: a question in, clocks out, nothing stored but the answer to an
 * Idempotency-Key, since that is honoured on every POST. */
#include "config.h"

#include "api/call.h"
#include "core/calculator.h"

static void answer_keyed(struct call *call, const struct buf *text)
{
	call->command.kind = COMMAND_ANSWERED;
	call->command.status = 200;
	call->command.answer = text->data;
	call_submit(call);
}

void deadlines_post(struct call *call)
{
	struct calculation result;
	const struct rulebook *book = &call->api->conf->book;
	struct error err;
	struct buf *text;

	if (call_read(call, &err) < 0 ||
	    calculate(call->document, book, call->arena, &result, &err) < 0) {
		answer_error(call, &err);
		return;
	}
	text = buf_in_arena(call->arena, 4096);
	calculation_put(&result, text);
	if (http_request_header(call->req, "Idempotency-Key") != NULL)
		answer_keyed(call, text);
	else
		answer_text(call, 200, "application/json", text->data, text->len);
}
