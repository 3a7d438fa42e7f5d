/*
 * The page behind a link: what is to be acknowledged, and a form. Static HTML that a
 * phone shows at 320 pixels, without a script and without a request to anywhere.
 * A pure function; all that came from outside is cleaned and escaped.
 */
#ifndef TOCSIN_API_ACK_PAGE_H
#define TOCSIN_API_ACK_PAGE_H

#include "engine/link.h"

struct ack_page {
	const char *heading;			/* NULL: the clock's name */
	const char *message;			/* in a box of its own; NULL: none */
	bool trouble;				/* the message says what went wrong */
	const struct link_target *target;	/* NULL: nothing is told of it */
	const char *form;			/* the form's token; NULL: there is none */
	const char *name;			/* what was typed before; NULL: nothing */
};

void ack_page_write(const struct ack_page *page, struct buf *out);
/* The Content-Security-Policy that lets just this page be shown. */
enum { ACK_PAGE_POLICY_SIZE = 256 };
void ack_page_policy(char out[ACK_PAGE_POLICY_SIZE]);

#endif
