/* The description of the API (OpenAPI 3.1): openapi.json, as a text in the program. */
#ifndef TOCSIN_API_OPENAPI_H
#define TOCSIN_API_OPENAPI_H

extern const char openapi_text[];

#endif
