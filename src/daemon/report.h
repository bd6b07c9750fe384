/* The reports of the daemon on itself: one line for `systemctl status`, and one entry for the
 * journal. daemon/metrics.h has the third. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct buffer;
struct pipeline;

/* The results of reloads. */
struct reloads {
	uint64_t n_good, n_failed;
	const char *failure; /* why the last one failed; NULL = it did not */
};

/* Append one line: the counts that are never zero for long, the counts of what went wrong, each
 * source that holds lines or messages or has files that it does not read, and each sink that has
 * records in flight. */
void report_status(const struct pipeline *pipeline, struct buffer *out);

/* Whether a record waits for a sink that does not take it: that continues while nothing happens. */
bool report_is_stalled(const struct pipeline *pipeline);

/* Write the counts as one entry with a field for each. */
void report_entry(const struct pipeline *pipeline);
