/* Errors as problem documents: see problem.h. */
#include "config.h"

#include <stdlib.h>

#include "api/problem.h"
#include "http/server.h"

int problem_status(const struct error *err)
{
	switch (err->code) {
	case ERROR_INVALID:
		/* Not 400: a log shipper retries that forever, head of line. */
		return 422;
	case ERROR_NOT_FOUND:
		return 404;
	case ERROR_CONFLICT:
		return 409;
	case ERROR_FORBIDDEN:
		return 403;
	case ERROR_TOO_LARGE:
		return 413;
	case ERROR_BUSY:
	case ERROR_IO:
		return 503;
	case ERROR_FULL:
		return 507;
	case ERROR_NONE:
	case ERROR_INTERNAL:
		break;
	}
	return 500;
}

json_t *problem_new(int status, const char *detail)
{
	json_t *problem = json_object();

	json_set_text(problem, "type", "about:blank");
	json_set_text(problem, "title", http_reason(status));
	json_set_int(problem, "status", status);
	json_set_text(problem, "detail", detail);
	return problem;
}

void problem_add(json_t *problem, int64_t index, const struct error *err)
{
	json_t *errors = json_object_get(problem, "errors"), *item = json_object();

	if (errors == NULL) {
		errors = json_array();
		if (json_object_set_new(problem, "errors", errors) < 0)
			abort();
	}
	if (index >= 0)
		json_set_int(item, "index", index);
	json_set_text(item, "pointer", err->pointer);
	json_set_text(item, "detail", err->text);
	if (json_array_append_new(errors, item) < 0)
		abort();
}

json_t *problem_of(const struct error *err)
{
	int status = problem_status(err);
	json_t *problem;

	/* Our own faults and the system's are for the log, not for the peer. */
	if (status == 500)
		return problem_new(status, "an internal error; the log of the daemon has it");
	if (err->code == ERROR_IO)
		return problem_new(status, "the system failed; the log of the daemon has it");
	problem = problem_new(status, err->text);
	/* The empty pointer is the whole document (RFC 6901 §5). */
	if (err->pointer[0] != '\0' || err->code == ERROR_INVALID)
		problem_add(problem, -1, err);
	return problem;
}
