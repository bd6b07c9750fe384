/* Looks up the addresses of host names without blocking the caller. */
#pragma once

#include <sys/socket.h>

#include "base/cleanup.h"

enum { ENDPOINTS_MAX = 16 }; /* addresses of one name; more are left out */

/* Outcome of resolve_finish besides 0. */
enum { RESOLVE_PENDING = 1 };

struct endpoint {
	struct sockaddr_storage address;
	socklen_t len;
};

/* In the order in which they are to be tried (RFC 6724). */
struct endpoints {
	size_t n;
	struct endpoint at[ENDPOINTS_MAX];
};

struct resolve;

/* The address that `host` writes as a number, at once. `port` is decimal, `type` SOCK_STREAM or
 * SOCK_DGRAM. Returns 0 or -EINVAL when it is no number. */
int resolve_number(const char *host, const char *port, int type, struct endpoints *ret);

/* Begin to look up a name as the system does it (nsswitch.conf(5)). Returns 0 or a negative errno.
 */
int resolve_new(const char *host, const char *port, int type, struct resolve **ret);

/* A descriptor that is readable once there is an answer; valid until resolve_free. */
int resolve_fd(const struct resolve *resolve);

/* The answer. Returns 0; RESOLVE_PENDING; or a negative errno, with the reason in `reterr`, valid
 * until resolve_free. */
int resolve_finish(struct resolve *resolve, struct endpoints *ret, const char **reterr);

/* A look-up that is still under way ends by itself, some time. Accepts NULL, returns NULL. */
struct resolve *resolve_free(struct resolve *resolve);
CLEANUP_DEFINE(struct resolve *, resolve_free);
