/* OpenSSL, loaded when a sink asks for TLS. To load it takes longer than the rest of a start, and
 * most configurations have no such sink. */
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* The functions that are used: F(name) for each. */
/* clang-format off */
#define OPENSSL_FUNCTIONS(F) \
	F(BIO_free) F(BIO_new_mem_buf) F(ERR_clear_error) F(ERR_peek_error) \
	F(ERR_peek_last_error) F(ERR_reason_error_string) F(EVP_PKEY_free) \
	F(OPENSSL_cleanse) F(OPENSSL_sk_free) F(OPENSSL_sk_num) F(OPENSSL_sk_value) \
	F(PEM_X509_INFO_read_bio) F(PEM_read_bio_PrivateKey) F(PEM_read_bio_X509) \
	F(PEM_read_bio_X509_AUX) F(SSL_CTX_ctrl) F(SSL_CTX_free) \
	F(SSL_CTX_get_cert_store) F(SSL_CTX_new) F(SSL_CTX_set_default_passwd_cb) \
	F(SSL_CTX_set_default_verify_paths) F(SSL_CTX_set_options) \
	F(SSL_CTX_set_verify) F(SSL_CTX_use_PrivateKey) F(SSL_CTX_use_certificate) \
	F(SSL_ctrl) F(SSL_do_handshake) F(SSL_free) F(SSL_get0_param) F(SSL_get_error) \
	F(SSL_get_verify_result) F(SSL_is_init_finished) F(SSL_new) F(SSL_read_ex) \
	F(SSL_set1_host) F(SSL_set_connect_state) F(SSL_set_fd) F(SSL_set_hostflags) \
	F(SSL_shutdown) F(SSL_write_ex) F(TLS_client_method) F(X509_INFO_free) \
	F(X509_STORE_add_cert) F(X509_STORE_add_crl) F(X509_VERIFY_PARAM_set1_ip_asc) \
	F(X509_free) F(X509_verify_cert_error_string)
/* clang-format on */

/* Each function by its name, with the type that OpenSSL's headers give it. */
struct openssl {
#define OPENSSL_MEMBER(name) __typeof__(name) *(name);
	OPENSSL_FUNCTIONS(OPENSSL_MEMBER)
#undef OPENSSL_MEMBER
};

/* Load OpenSSL, unless it is loaded, and find its functions. It stays loaded. Returns 0, or
 * -ELIBACC with a message logged where the library, or a function in it, is missing. */
int openssl_load(struct openssl *ret);
