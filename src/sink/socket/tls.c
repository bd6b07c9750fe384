/* TLS is that of OpenSSL, which every distribution ships and keeps patched, and whose trust store
 * is the system's. The context is made once from the files; a session is made for each connection.
 * Errors are taken from OpenSSL's queue at once, so that none is left over and blamed on the next
 * call. */
#include "config.h"

#include "sink/socket/tls.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "sink/socket/openssl.h"

struct tls {
	struct openssl ssl;
	SSL_CTX *context;
	SSL *session; /* NULL = none */
	const char *server_name;
	bool verify;
	bool broken;                      /* the session cannot even be shut down */
	uint32_t read_waits, write_waits; /* for which event; 0 = it does not wait */
	char reason[TLS_REASON_SIZE];
};

/* --- the files --- */

enum {
	CA_SIZE_MAX = 4 * 1024 * 1024, /* a system's bundle has about 250 KiB */
	FILE_SIZE_MAX = 1024 * 1024,
};

static const char no_pem[] = "the file holds nothing in PEM form";

const char *const tls_file_names[] = { "the certificates in", "the certificate", "the key" };

/* The first error is the cause; the later ones only pass it on. */
static const char *first_error(const struct openssl *ssl)
{
	unsigned long code = ssl->ERR_peek_error();
	const char *text = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
						  : ssl->ERR_reason_error_string(code);

	return code != 0 && text ? text : "unknown error";
}

/* Fill in the fault. Returns -EINVAL. */
static int fill_fault(enum tls_file file, const char *reason, struct tls_fault *ret)
{
	*ret = (struct tls_fault){ .file = file };
	(void)snprintf(ret->reason, sizeof(ret->reason), "%s", reason);
	return -EINVAL;
}

/* Take the fault of a file from OpenSSL's queue. Returns -EINVAL. */
static int take_fault(const struct openssl *ssl, enum tls_file file, struct tls_fault *ret)
{
	unsigned long code = ssl->ERR_peek_error();
	bool is_none =
		ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;

	(void)fill_fault(file, is_none ? no_pem : first_error(ssl), ret);
	ssl->ERR_clear_error();
	return -EINVAL;
}

/* A file in memory, for OpenSSL to read. OpenSSL itself would wait for a pipe's other end, and read
 * without a bound. */
struct content {
	const struct openssl *ssl;
	struct buffer bytes;
	BIO *bio;
};

static struct content content_make(const struct openssl *ssl, size_t max)
{
	return (struct content){ .ssl = ssl, .bytes = buffer_make(max) };
}

/* The content may have been a key. */
static void content_done(struct content *content)
{
	(void)content->ssl->BIO_free(content->bio);
	if (content->bytes.data)
		content->ssl->OPENSSL_cleanse(content->bytes.data, content->bytes.len);
	buffer_done(&content->bytes);
}

static int content_read(
	struct content *content, enum tls_file file, const char *path, struct tls_fault *ret)
{
	int r = io_read_regular(path, &content->bytes);

	if (r < 0) {
		(void)fill_fault(file, io_read_reason(r), ret);
		ret->is_hidden = r == -ENOENT || r == -EACCES || r == -EPERM;
		return -EINVAL;
	}
	if (content->bytes.len == 0)
		return fill_fault(file, no_pem, ret);
	content->bio = content->ssl->BIO_new_mem_buf(content->bytes.data, (int)content->bytes.len);
	return content->bio ? 0 : take_fault(content->ssl, file, ret);
}

/* Without this OpenSSL would ask on the terminal. `userdata` is a bool that is set when OpenSSL
 * would ask, or NULL. */
static int refuse_password(char *password, int size, int for_writing, void *userdata)
{
	bool *asked = userdata;

	(void)password, (void)size, (void)for_writing;
	if (asked)
		*asked = true;
	return -1;
}

/* Outcome of trust_block besides 0: the block was a certificate or a revocation list. */
enum { TRUST_ADDED = 1 };

/* Trust the content of one block of a file. Returns 0, TRUST_ADDED, or -EINVAL with the reason in
 * OpenSSL's queue. */
static int trust_block(const struct openssl *ssl, SSL_CTX *context, const X509_INFO *info)
{
	X509_STORE *store = ssl->SSL_CTX_get_cert_store(context);

	if (info->x509 && ssl->X509_STORE_add_cert(store, info->x509) != 1)
		return -EINVAL;
	if (info->crl && ssl->X509_STORE_add_crl(store, info->crl) != 1)
		return -EINVAL;
	return info->x509 || info->crl ? TRUST_ADDED : 0;
}

/* The three functions below return 0, or -EINVAL with the fault. */

/* Trust the content of all blocks of a file. Returns as trust_block(). */
static int trust_blocks(const struct openssl *ssl, SSL_CTX *context, BIO *bio)
{
	STACK_OF(X509_INFO) *infos = ssl->PEM_X509_INFO_read_bio(bio, NULL, refuse_password, NULL);
	OPENSSL_STACK *stack = (OPENSSL_STACK *)infos;
	bool is_trusted = false;
	int r = infos ? 0 : -EINVAL;

	for (int i = 0; stack && i < ssl->OPENSSL_sk_num(stack); i++) {
		X509_INFO *info = ssl->OPENSSL_sk_value(stack, i);

		if (r >= 0)
			r = trust_block(ssl, context, info);
		is_trusted = is_trusted || r == TRUST_ADDED;
		ssl->X509_INFO_free(info);
	}
	ssl->OPENSSL_sk_free(stack);
	return r >= 0 && is_trusted ? TRUST_ADDED : r;
}

static int load_ca(const struct openssl *ssl, SSL_CTX *context, const struct tls_options *options,
	struct tls_fault *ret)
{
	CLEANUP(content_done) struct content content = content_make(ssl, CA_SIZE_MAX);
	int r;

	if (options->ca[0] == '\0' || !options->verify)
		return 0;
	if (content_read(&content, TLS_CA, options->ca, ret) < 0)
		return -EINVAL;
	r = trust_blocks(ssl, context, content.bio);
	if (r < 0)
		return take_fault(ssl, TLS_CA, ret);
	return r == TRUST_ADDED ? 0 : fill_fault(TLS_CA, no_pem, ret);
}

/* SSL_CTX_add0_chain_cert(3). */
static bool add_chain_cert(const struct openssl *ssl, SSL_CTX *context, X509 *cert)
{
	return ssl->SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 0, cert) == 1;
}

/* Load the certificates that follow ours and vouch for it. */
static bool load_chain(const struct openssl *ssl, SSL_CTX *context, BIO *bio)
{
	X509 *cert;

	while ((cert = ssl->PEM_read_bio_X509(bio, NULL, refuse_password, NULL))) {
		if (add_chain_cert(ssl, context, cert))
			continue;
		ssl->X509_free(cert);
		return false;
	}
	if (ERR_GET_REASON(ssl->ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return false;
	ssl->ERR_clear_error();
	return true;
}

static int load_cert(const struct openssl *ssl, SSL_CTX *context, const struct tls_options *options,
	struct tls_fault *ret)
{
	CLEANUP(content_done) struct content content = content_make(ssl, FILE_SIZE_MAX);
	X509 *cert;
	bool good;

	if (options->cert[0] == '\0')
		return 0;
	if (content_read(&content, TLS_CERT, options->cert, ret) < 0)
		return -EINVAL;
	cert = ssl->PEM_read_bio_X509_AUX(content.bio, NULL, refuse_password, NULL);
	good = cert && ssl->SSL_CTX_use_certificate(context, cert) == 1 &&
	       load_chain(ssl, context, content.bio);
	ssl->X509_free(cert);
	return good ? 0 : take_fault(ssl, TLS_CERT, ret);
}

/* This also finds out whether the key fits the certificate. */
static int load_key(const struct openssl *ssl, SSL_CTX *context, const struct tls_options *options,
	struct tls_fault *ret)
{
	CLEANUP(content_done) struct content content = content_make(ssl, FILE_SIZE_MAX);
	bool asked = false;
	EVP_PKEY *key;
	bool good;

	if (options->key[0] == '\0')
		return 0;
	if (content_read(&content, TLS_KEY, options->key, ret) < 0)
		return -EINVAL;
	key = ssl->PEM_read_bio_PrivateKey(content.bio, NULL, refuse_password, &asked);
	good = key && ssl->SSL_CTX_use_PrivateKey(context, key) == 1;
	ssl->EVP_PKEY_free(key);
	if (good)
		return 0;
	(void)take_fault(ssl, TLS_KEY, ret);
	return asked ? fill_fault(TLS_KEY, "it needs a password, which is not supported", ret)
		     : -EINVAL;
}

/* In the order of enum tls_file. */
static int (*const loaders[TLS_FILES])(const struct openssl *ssl, SSL_CTX *context,
	const struct tls_options *options, struct tls_fault *ret) = {
	load_ca,
	load_cert,
	load_key,
};

static int load_files(const char *sink, const struct tls *tls, const struct tls_options *options)
{
	const char *const paths[TLS_FILES] = { options->ca, options->cert, options->key };
	struct tls_fault fault;

	for (size_t i = 0; i < TLS_FILES; i++) {
		if (loaders[i](&tls->ssl, tls->context, options, &fault) == 0)
			continue;
		log_error("sink %s: cannot use %s '%s': %s", sink, tls_file_names[i], paths[i],
			fault.reason);
		return -EINVAL;
	}
	return 0;
}

/* Trust the certificates of the system, unless a file has them or nothing is verified. */
static int trust_system(const char *sink, const struct tls *tls, const struct tls_options *options)
{
	if (options->ca[0] != '\0' || !options->verify ||
		tls->ssl.SSL_CTX_set_default_verify_paths(tls->context) == 1)
		return 0;
	log_error(
		"sink %s: cannot use the system's certificates: %s", sink, first_error(&tls->ssl));
	tls->ssl.ERR_clear_error();
	return -EINVAL;
}

static void set_up_context(const struct openssl *ssl, SSL_CTX *context)
{
	/* SSL_CTX_set_min_proto_version(3), SSL_CTX_set_mode(3), SSL_CTX_set_session_cache_mode(3)
	 */
	(void)ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL);
	(void)ssl->SSL_CTX_ctrl(context, SSL_CTRL_MODE,
		SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
			SSL_MODE_RELEASE_BUFFERS,
		NULL);
	(void)ssl->SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
	(void)ssl->SSL_CTX_set_options(
		context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	ssl->SSL_CTX_set_default_passwd_cb(context, refuse_password);
}

/* Load OpenSSL and make a context. Returns 0, -ELIBACC with a message logged, or -ENOMEM. */
static int open_context(struct openssl *ssl, SSL_CTX **ret)
{
	int r = openssl_load(ssl);

	if (r < 0)
		return r;
	ssl->ERR_clear_error();
	*ret = ssl->SSL_CTX_new(ssl->TLS_client_method());
	if (!*ret)
		return -ENOMEM;
	set_up_context(ssl, *ret);
	return 0;
}

int tls_check(const struct tls_options *options, struct tls_fault *faults, size_t *ret_n)
{
	SSL_CTX *context = NULL;
	struct openssl ssl;
	size_t n = 0;
	int r = open_context(&ssl, &context);

	if (r < 0)
		return r;
	for (size_t i = 0; i < TLS_FILES; i++)
		n += loaders[i](&ssl, context, options, &faults[n]) < 0;
	ssl.SSL_CTX_free(context);
	*ret_n = n;
	return 0;
}

int tls_new(const char *sink, const struct tls_options *options, struct tls **ret)
{
	CLEANUP(tls_freep) struct tls *tls = calloc(1, sizeof(*tls));
	int r;

	if (!tls)
		return -ENOMEM;
	tls->server_name = options->server_name;
	tls->verify = options->verify;
	r = open_context(&tls->ssl, &tls->context);
	if (r < 0)
		return r;
	if ((options->cert[0] == '\0') != (options->key[0] == '\0')) {
		log_error("sink %s: cert and key must be set together, one is missing", sink);
		return -EINVAL;
	}
	r = trust_system(sink, tls, options);
	if (r < 0)
		return r;
	r = load_files(sink, tls, options);
	if (r < 0)
		return r;
	tls->ssl.SSL_CTX_set_verify(
		tls->context, options->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	*ret = TAKE(tls);
	return 0;
}

struct tls *tls_free(struct tls *tls)
{
	if (!tls)
		return NULL;
	tls_stop(tls);
	if (tls->context)
		tls->ssl.SSL_CTX_free(tls->context);
	free(tls);
	return NULL;
}

/* --- sessions --- */

static bool is_number(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

/* Ask for the server by its name, and require that this server answers. Returns whether that
 * worked. */
static bool expect_server(const struct openssl *ssl, SSL *session, const char *name)
{
	if (is_number(name))
		return ssl->X509_VERIFY_PARAM_set1_ip_asc(ssl->SSL_get0_param(session), name) == 1;
	ssl->SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* SSL_set_tlsext_host_name(3) */
	return ssl->SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
		       (char *)name) == 1 &&
	       ssl->SSL_set1_host(session, name) == 1;
}

int tls_start(struct tls *tls, int fd)
{
	const struct openssl *ssl = &tls->ssl;
	SSL *session;

	tls_stop(tls);
	ssl->ERR_clear_error();
	session = ssl->SSL_new(tls->context);
	if (!session || !expect_server(ssl, session, tls->server_name) ||
		ssl->SSL_set_fd(session, fd) != 1) {
		ssl->SSL_free(session);
		ssl->ERR_clear_error();
		return -ENOMEM;
	}
	ssl->SSL_set_connect_state(session);
	tls->session = session;
	return 0;
}

void tls_stop(struct tls *tls)
{
	if (!tls->session)
		return;
	tls->ssl.ERR_clear_error();
	if (!tls->broken && tls->ssl.SSL_is_init_finished(tls->session))
		(void)tls->ssl.SSL_shutdown(tls->session);
	tls->ssl.SSL_free(tls->session);
	tls->ssl.ERR_clear_error();
	tls->session = NULL;
	tls->broken = false;
	tls->read_waits = tls->write_waits = 0;
}

/* Leave no error of an earlier call. A broken session must not be used again: see
 * SSL_get_error(3). */
static void prepare_call(const struct tls *tls)
{
	assert(tls->session && !tls->broken);
	assert(tls->read_waits == 0 || tls->read_waits == EPOLLIN || tls->read_waits == EPOLLOUT);
	assert(tls->write_waits == 0 || tls->write_waits == EPOLLIN ||
		tls->write_waits == EPOLLOUT);
	tls->ssl.ERR_clear_error();
	errno = 0;
}

static int end_session(struct tls *tls, int error, const char *reason)
{
	tls->broken = true;
	(void)snprintf(tls->reason, sizeof(tls->reason), "%s", reason);
	tls->ssl.ERR_clear_error();
	return error;
}

/* End the session with the reason why OpenSSL gave up. */
static int end_failed_session(struct tls *tls)
{
	long verified = tls->ssl.SSL_get_verify_result(tls->session);

	if (tls->verify && verified != X509_V_OK)
		return end_session(
			tls, -EKEYREJECTED, tls->ssl.X509_verify_cert_error_string(verified));
	return end_session(tls, -EPROTO, first_error(&tls->ssl));
}

/* Translate the `result` of a call; the event that it waits for goes to `ret_waits`. */
static int translate_result(struct tls *tls, int result, uint32_t *ret_waits)
{
	int error = errno;

	*ret_waits = 0;
	switch (tls->ssl.SSL_get_error(tls->session, result)) {
	case SSL_ERROR_NONE:
		return 0;
	case SSL_ERROR_WANT_READ:
		*ret_waits = EPOLLIN;
		return TLS_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		*ret_waits = EPOLLOUT;
		return TLS_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return end_session(tls, -ECONNRESET, "the other side closed the connection");
	case SSL_ERROR_SYSCALL:
		if (error == 0)
			error = ECONNRESET;
		return end_session(tls, -error, strerror(error));
	default:
		return end_failed_session(tls);
	}
}

int tls_handshake(struct tls *tls)
{
	prepare_call(tls);
	return translate_result(tls, tls->ssl.SSL_do_handshake(tls->session), &tls->read_waits);
}

int tls_write(struct tls *tls, const void *data, size_t len, size_t *ret_n)
{
	prepare_call(tls);
	return translate_result(
		tls, tls->ssl.SSL_write_ex(tls->session, data, len, ret_n), &tls->write_waits);
}

int tls_read(struct tls *tls, void *data, size_t size, size_t *ret_n)
{
	prepare_call(tls);
	return translate_result(
		tls, tls->ssl.SSL_read_ex(tls->session, data, size, ret_n), &tls->read_waits);
}

uint32_t tls_events(const struct tls *tls, bool more)
{
	uint32_t events = EPOLLIN | tls->read_waits | tls->write_waits;

	if (more && tls->write_waits == 0)
		events |= EPOLLOUT;
	return events;
}

const char *tls_reason(const struct tls *tls)
{
	return tls->reason;
}
