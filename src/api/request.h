/* What the header of a request says, as questions with one answer. Pure. */
#ifndef TOCSIN_API_REQUEST_H
#define TOCSIN_API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

/* May the body be one of our documents? NULL: no Content-Type. */
bool request_type_may_be_json(const char *content_type);

enum request_coding { CODING_NONE, CODING_GZIP, CODING_OTHER };
enum request_coding request_coding(const char *content_encoding);

/* Does the Accept header ask for text/plain rather than JSON? NULL and wildcards: no. */
bool request_wants_text(const char *accept);

/* 1 to 255 visible ASCII characters. */
bool request_key_is_good(const char *idempotency_key);
/* Of what an Idempotency-Key stands for. */
void request_digest(const char *method, const char *path, const char *body, size_t len,
	char ret[DIGEST_HEX_SIZE]);

#endif
