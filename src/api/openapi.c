/* The description of the API, for programs that read it: anybody may. */
#include "config.h"

#include <string.h>

#include "api/call.h"
#include "api/openapi.h"

void openapi_get(struct call *call)
{
	answer_text(call, 200, "application/json", openapi_text, strlen(openapi_text));
}
