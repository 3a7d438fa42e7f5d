/* The calculator: a question in, clocks out, as JSON or as a text for people; nothing
 * stored but the answer to an Idempotency-Key, since that is honoured on every POST. */
#include "config.h"

#include "api/call.h"
#include "api/request.h"
#include "core/calculator.h"
#include "core/sheet.h"

#define TEXT_TYPE "text/plain; charset=utf-8"

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
	if (request_wants_text(http_request_header(call->req, "Accept"))) {
		call->answer_type = TEXT_TYPE;
		sheet_write(&result, book, zone_day(result.zone, engine_now(call_engine(call))),
			text);
	} else {
		calculation_put(&result, text);
	}
	if (http_request_header(call->req, "Idempotency-Key") != NULL)
		answer_keyed(call, text);
	else
		answer_text(call, 200, call->answer_type != NULL ? call->answer_type :
			"application/json", text->data, text->len);
}
