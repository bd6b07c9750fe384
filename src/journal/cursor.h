/* The cursor of a journal entry, parsed into its parts. By contract a cursor is opaque. But
 * libsystemd before 254 reports the sequence number nowhere else, and libsystemd itself orders
 * entries by the parts of a cursor. */
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

/* Returns 0, or -EINVAL for a text that is no cursor. */
int cursor_parse(struct text text, struct cursor *ret);

/* Whether entry `a` is later than entry `b`. They are compared by the first that the two have in
 * common: the series, the boot, the wall clock. */
bool cursor_is_later(const struct cursor *a, const struct cursor *b);
