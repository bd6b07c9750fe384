/* The options of a socket sink, and its bounds. */
#pragma once

#include "base/address.h"
#include "base/yaml/schema.h"

enum {
	/* Bytes that are kept until they are settled; then the sink is full. */
	SOCKET_WINDOW_MAX = 4 * 1024 * 1024,
	SOCKET_AGAIN_MAX = 1024 * 1024, /* of records that can be read again; then none are kept */
	/* From the log server's acknowledgement to settled; and while the sink is full, all is
	 * sent, and only this time is waited for. */
	SOCKET_SETTLE_USEC = 500 * 1000,
	SOCKET_SETTLE_FULL_USEC = 50 * 1000,
	/* Settle times of what the log server's kernel acknowledged without a sign that its program
	 * has read it. */
	SOCKET_UNSURE_TIMES = 20,
};

struct socket_options {
	struct address address; /* any kind but ADDRESS_SYSTEMD */
	int format;             /* enum format */
	uint64_t enterprise;    /* of the structured data */
	struct text ca;         /* file of certificates to trust; empty = the system's */
	struct text cert;       /* file of our certificate chain; empty = none */
	struct text key;        /* file of its key */
	struct text
		server_name; /* expected in the peer's certificate; empty = the address's host */
	int verify;          /* the peer's certificate: 0 = no, 1 = yes */
};

/* Read the options from the mapping of a socket sink. */
schema_read_fn socket_options_read;

/* Whether two socket sinks send to the same place. */
bool socket_options_share_place(const void *a, const void *b);

/* Where the sink sends. */
const struct address *socket_options_address(const void *options);

/* The options if the sink uses TLS, else NULL. */
const struct socket_options *socket_options_tls(const void *options);
