/* Datagrams that are taken and not sent, in their order: one call sends them all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	BATCH_MAX = 32, /* datagrams */
	/* Bytes of one. The kernel takes as much on any unix socket, for its least send buffer
	 * holds 2048 bytes and what the kernel adds to them, twice (SOCK_MIN_SNDBUF). */
	BATCH_LEN_MAX = 2048,
};

struct batch;

/* Returns 0 or -ENOMEM. */
int batch_new(struct batch **ret);

/* Accepts NULL, returns NULL. */
struct batch *batch_free(struct batch *batch);
CLEANUP_DEFINE(struct batch *, batch_free);

/* Whether there is room for one of this length. */
bool batch_has_room(const struct batch *batch, size_t len);

/* Add one, for which there is room. */
void batch_add(struct batch *batch, struct text datagram);

/* How many are not sent. NULL has none. */
size_t batch_count(const struct batch *batch);

/* Those that are not sent, the oldest first, valid until the next batch_add or batch_sent. Returns
 * how many. */
size_t batch_unsent(const struct batch *batch, struct text ret[static BATCH_MAX]);

/* So many more were sent. */
void batch_sent(struct batch *batch, size_t n);
