/* The calculator: a question in, clocks out, nothing stored. */
#include "config.h"

#include "api/call.h"
#include "core/calculator.h"

void deadlines_post(struct call *call)
{
	struct calculation result;
	const struct rulebook *book = &call->api->conf->book;
	struct error err;

	if (call_read(call, &err) < 0 ||
	    calculate(call->document, book, call->arena, &result, &err) < 0)
		answer_error(call, &err);
	else
		answer_document(call, 200, calculation_document(&result));
}
