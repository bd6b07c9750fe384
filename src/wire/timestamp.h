/* The timestamps of syslog headers, read and written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct timestamp {
	size_t len;    /* bytes as written, its zone included */
	uint64_t usec; /* since 1970, UTC; 0 where it lies before, or never */
};

struct timestamp_context {
	uint64_t now_usec; /* since 1970, UTC */
	bool is_cisco;     /* a word of capitals before a colon is a time zone, not a TAG */
	bool is_local;     /* no device with formats of its own wrote it: no year behind the time */
	bool ends_with_colon; /* only one with a `:` behind it, as Cisco writes it; not counted in
			       */
};

/* Read the timestamp that `t` begins with: RFC 3339 with `T` or a blank, `Mmm dd hh:mm:ss`, and the
 * variants of devices. Those may have a year before or behind the month and day, or behind the
 * time. They may have fractions of a second, and a time zone as offset or name.
 * A timestamp that names no zone, or one whose name several zones share, is local time, by the zone
 * that tzset() read last: in an hour that is repeated the first, in one that is skipped none. One
 * without a year gets the year that makes it the latest before now. A day in the future is allowed,
 * because clocks may be wrong and zones differ. So in January a message of December belongs to the
 * year before. Returns false where there is no timestamp, with a blank, a colon or the end behind
 * it. */
bool timestamp_read(struct text t, const struct timestamp_context *context, struct timestamp *ret);

/* Append `2026-11-22T10:00:00.123456Z` (RFC 3339). Returns false, and nothing is appended, where
 * `usec` is past the year 9999. */
bool timestamp_print(uint64_t usec, struct buffer *out);

/* Append `Nov 22 10:00:00` in local time (RFC 3164 section 4.1.2). */
void timestamp_print_bsd(uint64_t usec, struct buffer *out);
