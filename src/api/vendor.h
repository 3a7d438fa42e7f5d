/*
 * The two interfaces of other products that alerts come in by: PagerDuty's events and
 * Opsgenie's alerts. Their clients look for answers and errors of their own shape.
 */
#ifndef TOCSIN_API_VENDOR_H
#define TOCSIN_API_VENDOR_H

#include "base/json.h"
#include "http/server.h"

enum vendor { VENDOR_NONE, VENDOR_PAGERDUTY, VENDOR_OPSGENIE };

enum vendor vendor_of(const struct http_request *req);
/* A problem document as the vendor's clients know it; the document is taken, and the
 * status may become another. */
json_t *vendor_problem(enum vendor vendor, int *status, json_t *problem);

#endif
