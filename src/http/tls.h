/*
 * TLS of a listener: certificate, key and, where clients must show one, the authorities
 * of their certificates. Read when it is made and again at a reload; connections that
 * exist keep what they began with.
 */
#ifndef TOCSIN_HTTP_TLS_H
#define TOCSIN_HTTP_TLS_H

#include <openssl/ssl.h>

#include "base/error.h"

struct http_tls;

/* Paths of PEM files; the certificate with its chain behind it. client_ca NULL: no
 * client is asked for one. NULL with *err: it names the file that is wrong. */
struct http_tls *http_tls_new(const char *certificate, const char *key,
	const char *client_ca, struct error *err);
/* Reads the files again; -1: nothing has changed. */
int http_tls_reload(struct http_tls *tls, struct error *err);
void http_tls_free(struct http_tls *tls);	/* NULL is allowed */

/* For a connection that was just accepted. */
SSL *http_tls_accept(struct http_tls *tls);
/* The subject of the certificate that the peer has shown (RFC 4514), allocated; NULL:
 * none, or too long to be anybody's. */
char *http_tls_identity(const SSL *ssl);

#endif
