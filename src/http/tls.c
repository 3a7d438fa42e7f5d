/*
 * TLS contexts: see tls.h. TLS 1.2 and 1.3 with OpenSSL's own choice of ciphers, no
 * renegotiation, and buffers given back while a connection is idle, which is most of
 * the time.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/alloc.h"
#include "http/tls.h"

enum { IDENTITY_MAX = 255 };

struct http_tls {
	char *certificate, *key, *client_ca;
	SSL_CTX *ctx;
};

/* Nobody types a passphrase into a daemon. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int failed(const char *file, const char *what, struct error *err)
{
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);

	if (ERR_GET_LIB(code) == ERR_LIB_SYS)
		reason = strerror((int)ERR_GET_REASON(code));
	error_set(err, ERROR_INVALID, "%s: %s: %s", file, what,
		reason != NULL ? reason : "unknown reason");
	ERR_clear_error();
	return -1;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	/* Whoever offers only what we do not speak finds that out by itself. */
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int load_client_ca(SSL_CTX *ctx, const char *file, struct error *err)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);

	if (names == NULL || SSL_CTX_load_verify_file(ctx, file) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return failed(file, "no certificates of authorities", err);
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return 0;
}

static int load_files(const struct http_tls *tls, SSL_CTX *ctx, struct error *err)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, tls->certificate) != 1)
		return failed(tls->certificate, "no certificate", err);
	if (SSL_CTX_use_PrivateKey_file(ctx, tls->key, SSL_FILETYPE_PEM) != 1)
		return failed(tls->key, "no private key of that certificate", err);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return failed(tls->key, "not the key of that certificate", err);
	return tls->client_ca != NULL ? load_client_ca(ctx, tls->client_ca, err) : 0;
}

static SSL_CTX *context_new(const struct http_tls *tls, struct error *err)
{
	static const unsigned char session[] = "tocsin";
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL)
		abort();	/* as in base/alloc.h: there is no memory */
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	/* A peer that ends without close_notify has ended all the same: how long a
	 * message is, HTTP says. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
		SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_id_context(ctx, session, sizeof(session) - 1);
	/* One session for whoever comes again; kept by the client, not here. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (load_files(tls, ctx, err) == 0)
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

struct http_tls *http_tls_new(const char *certificate, const char *key,
	const char *client_ca, struct error *err)
{
	struct http_tls *tls = xcalloc(1, sizeof(*tls));

	tls->certificate = xstrdup(certificate);
	tls->key = xstrdup(key);
	tls->client_ca = client_ca != NULL ? xstrdup(client_ca) : NULL;
	tls->ctx = context_new(tls, err);
	if (tls->ctx != NULL)
		return tls;
	http_tls_free(tls);
	return NULL;
}

int http_tls_reload(struct http_tls *tls, struct error *err)
{
	SSL_CTX *ctx = context_new(tls, err);

	if (ctx == NULL)
		return -1;
	SSL_CTX_free(tls->ctx);		/* its connections hold it too */
	tls->ctx = ctx;
	return 0;
}

void http_tls_free(struct http_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls->certificate);
	free(tls->key);
	free(tls->client_ca);
	free(tls);
}

SSL *http_tls_accept(struct http_tls *tls)
{
	SSL *ssl = SSL_new(tls->ctx);

	if (ssl == NULL)
		abort();
	return ssl;
}

char *http_tls_identity(const SSL *ssl)
{
	X509 *certificate = SSL_get1_peer_certificate(ssl);
	char text[IDENTITY_MAX + 1], *identity = NULL;
	BIO *out;
	int n;

	if (certificate == NULL)
		return NULL;
	out = BIO_new(BIO_s_mem());
	if (out == NULL)
		abort();
	X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
	if (BIO_pending(out) <= IDENTITY_MAX) {
		n = BIO_read(out, text, IDENTITY_MAX);
		text[n > 0 ? n : 0] = '\0';
		/* A NUL in a name would make it look like another. */
		if (n > 0 && strlen(text) == (size_t)n)
			identity = xstrdup(text);
	}
	BIO_free(out);
	X509_free(certificate);
	return identity;
}
