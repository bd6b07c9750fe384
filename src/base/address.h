/* Addresses of sockets, as people write them: `udp:HOST:PORT`, `tcp:HOST:PORT`, `tls:HOST:PORT`,
 * `unix:PATH`, `unix-dgram:PATH`, and `systemd` for sockets that the service manager passes. An
 * IPv6 address is written in brackets: `tcp:[::1]:514`. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

enum address_kind {
	ADDRESS_UDP,
	ADDRESS_TCP,
	ADDRESS_TLS,
	ADDRESS_UNIX,
	ADDRESS_UNIX_DGRAM,
	ADDRESS_SYSTEMD,
};

enum {
	ADDRESS_HOST_MAX = 253, /* bytes of a host name (RFC 1035 section 2.3.4) */
	ADDRESS_PATH_MAX = 107, /* bytes of a socket's path (unix(7)) */
};

struct address {
	enum address_kind kind;
	char host[ADDRESS_HOST_MAX + 1]; /* name or number, without brackets */
	char port[8];                    /* decimal, 1..65535 */
	char path[ADDRESS_PATH_MAX + 1]; /* absolute, or `@name` in the abstract namespace */
	struct text text;                /* as written; borrowed */
};

/* Whether the address is that of a stream, not of datagrams. */
bool address_is_stream(const struct address *address);

/* Whether both are addresses, and the same. */
bool address_equal(const struct address *a, const struct address *b);

/* Read an address. Returns 0, or -EINVAL. Then `reterr` is the error, a static text that ends a
 * sentence. */
int address_parse(struct text text, struct address *ret, const char **reterr);
