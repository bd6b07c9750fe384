/* The state that was saved when the source ran last: the positions of its files, and when it was
 * started. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/files/position.h"
#include "source/source.h"

struct saved {
	struct source_position *sorted; /* by stream */
	struct text *paths;             /* of their files, sorted */
	bool *settled;                  /* of each position: it is known what became of its file */
	char *texts;                    /* of all positions */
	size_t n;
	size_t n_unsettled;
	bool any;              /* it is not the very first start */
	uint64_t last_started; /* CLOCK_REALTIME, microseconds */
	char (*forgotten)[POSITION_STREAM_SIZE];
	size_t n_forgotten;
};

/* Copy the `n` positions. Returns 0 or -ENOMEM. */
int saved_init(struct saved *saved, const struct source_position *positions, size_t n);

/* Free the positions; the streams that are to be forgotten stay. */
void saved_drop(struct saved *saved);

void saved_done(struct saved *saved);

/* The position of a stream; NULL = none. */
const struct source_position *saved_find(const struct saved *saved, struct text stream);

/* Whether a file had its position saved under this name, so that another file that has the name now
 * came after that. */
bool saved_has_path(const struct saved *saved, const char *path);

/* Note that the file of this stream is nowhere to be found. */
void saved_forget(struct saved *saved, struct text stream);

/* Visit the noted streams, once, as streams that are finished. */
void saved_visit_forgotten(struct saved *saved, source_position_fn *visit, void *userdata);

/* Whether the file behind `fd` is the one whose position was saved under its stream: another file
 * may have its inode now. */
bool saved_fits(const struct saved *saved, struct text stream, int fd);

/* Whether a file that was followed began like the one behind `fd`, by a whole fingerprint. */
bool saved_begins_like(const struct saved *saved, int fd);
