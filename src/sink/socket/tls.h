/* TLS on a connected socket, the client's side (RFC 8446, RFC 5246). Nothing here blocks. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

enum {
	TLS_RECORD_MAX = 16 * 1024, /* bytes that the other side can read all or none of */
	TLS_REASON_SIZE = 160,
};

/* Outcome of tls_handshake, tls_write and tls_read besides 0: continue when one of tls_events
 * comes. */
enum { TLS_AGAIN = 1 };

/* Strings that must outlive the tls; empty = none. */
struct tls_options {
	const char *ca;          /* file of certificates to trust; none = the system's */
	const char *cert;        /* file of our certificate chain */
	const char *key;         /* file of its key */
	const char *server_name; /* name or number expected in the peer's certificate */
	bool verify;
};

/* What is wrong with one of the files. */
struct tls_fault {
	enum tls_file {
		TLS_CA,
		TLS_CERT,
		TLS_KEY,
		TLS_FILES,
	} file;
	bool is_hidden; /* it is not there, or we may not read it */
	char reason[TLS_REASON_SIZE];
};

/* The names of the files in messages: "the certificates in", "the certificate", "the key". */
extern const char *const tls_file_names[];

/* Read the files as tls_new would, and do not stop at the first fault. Fills `faults`, which has
 * room for TLS_FILES, in the order of the files. Returns 0; -ELIBACC where OpenSSL could not be
 * loaded, which is logged; -ENOMEM. */
int tls_check(const struct tls_options *options, struct tls_fault *faults, size_t *ret_n);

struct tls;

/* Read the files. Faults of the files are logged as those of the sink `sink`. Returns 0 or a
 * negative errno. */
int tls_new(const char *sink, const struct tls_options *options, struct tls **ret);

/* Begin a session on `fd`, which stays the caller's and must be non-blocking; a session that was
 * there ends. The process must ignore SIGPIPE. Returns 0 or -ENOMEM. */
int tls_start(struct tls *tls, int fd);

/* End the session, with a notice to the peer where that is possible without waiting; the socket
 * stays open. */
void tls_stop(struct tls *tls);

/* Each returns 0, TLS_AGAIN, or a negative errno that ends the session: -EKEYREJECTED when the
 * peer's certificate is not trusted, -EPROTO for other errors of TLS, -ECONNRESET when the peer
 * ended it. Then tls_reason has the reason. */
int tls_handshake(struct tls *tls);
int tls_write(struct tls *tls, const void *data, size_t len, size_t *ret_n);
int tls_read(struct tls *tls, void *data, size_t size, size_t *ret_n);

/* What the session waits for: EPOLLIN, EPOLLOUT. `more`: there is something to be written. */
uint32_t tls_events(const struct tls *tls, bool more);

const char *tls_reason(const struct tls *tls);

/* Accepts NULL, returns NULL. */
struct tls *tls_free(struct tls *tls);
CLEANUP_DEFINE(struct tls *, tls_free);
