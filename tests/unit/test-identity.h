/* Certificates and their keys, made when a test needs them. */
#pragma once

#include "test.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

struct identity {
	EVP_PKEY *key;
	X509 *cert;
};

static void add_extension(X509 *cert, X509 *issuer, int id, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Make a key and a certificate of it; it issues itself where `issuer` is NULL. */
static void issue(struct identity *ret, const char *name, const struct identity *issuer,
	const char *alternative, long days)
{
	static long serial = 1;
	X509_NAME *subject;

	ret->key = EVP_EC_gen("P-256");
	ret->cert = X509_new();
	assert_true(ret->key && ret->cert);
	assert_int_equal(X509_set_version(ret->cert, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(ret->cert), serial++), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(ret->cert), -20 * 24 * 3600L));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(ret->cert), days * 24 * 3600L));
	assert_int_equal(X509_set_pubkey(ret->cert, ret->key), 1);
	subject = X509_get_subject_name(ret->cert);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
				 (const unsigned char *)name, -1, -1, 0),
		1);
	if (!issuer)
		issuer = ret;
	assert_int_equal(X509_set_issuer_name(ret->cert, X509_get_subject_name(issuer->cert)), 1);
	if (issuer == ret)
		add_extension(ret->cert, ret->cert, NID_basic_constraints, "critical,CA:TRUE");
	if (alternative)
		add_extension(ret->cert, issuer->cert, NID_subject_alt_name, alternative);
	assert_true(X509_sign(ret->cert, issuer->key, EVP_sha256()) > 0);
}

static void forget(struct identity *identity)
{
	EVP_PKEY_free(identity->key);
	X509_free(identity->cert);
}
