/* The cursor of a journal entry, taken apart. By contract it is opaque; but libsystemd before 254
 * tells the sequence number nowhere else, and libsystemd itself puts entries in order by what a
 * cursor holds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* The texts point into the cursor. */
struct cursor {
	struct text seqnum_id; /* which series of sequence numbers */
	uint64_t seqnum;       /* one more for each entry of the series, in all its files */
	struct text boot_id;
	uint64_t monotonic_usec; /* within the boot */
	uint64_t realtime_usec;
};

/* Returns 0, or -EINVAL for what is no cursor. */
int cursor_parse(struct text text, struct cursor *ret);

/* Whether `a` is an entry behind `b`, by the first that the two have in common: the series, the
 * boot, the wall clock. */
bool cursor_is_later(const struct cursor *a, const struct cursor *b);
