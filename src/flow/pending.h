/* The records that a sink has taken and not settled yet. For each: its input, and the position that
 * may be saved once it is settled. First in, first out, as sinks settle. */
#pragma once

#include <stddef.h>

#include "base/byte-queue.h"
#include "base/text.h"

struct pending {
	struct byte_queue bytes; /* the entries one behind the other */
	size_t n;
};

struct pending_entry {
	size_t input;         /* the number of the input */
	struct text stream;   /* of the source; see source.h */
	struct text position; /* the empty text: there is none to save */
};

/* An empty queue; nothing is allocated yet. */
struct pending pending_make(void);

/* Free what the queue holds. */
void pending_done(struct pending *queue);

enum { PENDING_SIZE_MAX = 64 * 1024 * 1024 };

/* Make room for an entry, so that adding it cannot fail. Returns 0, -ENOMEM, or -EMSGSIZE past
 * PENDING_SIZE_MAX. */
int pending_reserve(struct pending *queue, const struct pending_entry *entry);

/* Append a copy of an entry that there is room for. */
void pending_add(struct pending *queue, const struct pending_entry *entry);

/* Take the oldest entry out of a queue that is not empty; valid until the next call. */
struct pending_entry pending_take(struct pending *queue);
