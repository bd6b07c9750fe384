/* The records that a sink has taken and not settled yet, in batches: records of one stream that
 * came one behind the other have one entry. It has their input, and the position that may be saved
 * once all of them are settled. First in, first out, as sinks settle. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte-queue.h"
#include "base/text.h"

struct pending {
	struct byte_queue bytes; /* the entries one behind the other */
	size_t n;                /* records */
	bool joins;              /* the next record may join the last entry */
	size_t last;             /* offset of that entry */
};

/* The input of the record has been closed, and its position need not be saved. */
#define PENDING_NO_INPUT SIZE_MAX

struct pending_entry {
	size_t input;         /* the number of the input, or PENDING_NO_INPUT */
	struct text stream;   /* of the source; see source.h */
	struct text position; /* of the last record; the empty text: there is none to save */
	size_t n;             /* records */
	bool unkept;          /* the sink returns them if it cannot deliver them */
};

/* An empty queue; nothing is allocated yet. */
struct pending pending_make(void);

/* Free what the queue holds. */
void pending_done(struct pending *queue);

enum { PENDING_SIZE_MAX = 64 * 1024 * 1024 };

/* Make room for an entry, so that adding it cannot fail. Returns 0, -ENOMEM, or -EMSGSIZE past
 * PENDING_SIZE_MAX. */
int pending_reserve(struct pending *queue, const struct pending_entry *entry);

/* Append a copy of an entry that there is room for, or join it to the last one: that has then the
 * records and the position of both. */
void pending_add(struct pending *queue, const struct pending_entry *entry);

/* A batch is over: what comes next is not joined to what is there. */
void pending_end_batch(struct pending *queue);

/* Take out the oldest entry, if it has no more than `n_max` records; valid until the next call.
 * Returns whether there was such an entry. */
bool pending_take(struct pending *queue, uint64_t n_max, struct pending_entry *ret);

/* Remove the records that a sink has returned: the entries that are `unkept`. Each is visited. */
typedef void pending_entry_fn(const struct pending_entry *entry, void *userdata);
void pending_remove_unkept(struct pending *queue, pending_entry_fn *visit, void *userdata);

/* Look at each entry in turn, the oldest first: begin with 0 in `at`. Valid until the queue
 * changes. Returns false behind the last. */
bool pending_next(const struct pending *queue, size_t *at, struct pending_entry *ret);

/* The inputs have other numbers: input `i` has `numbers[i]`. */
void pending_renumber(struct pending *queue, const size_t *numbers);
