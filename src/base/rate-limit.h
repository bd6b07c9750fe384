/* A count that is reported at most once per interval. */
#pragma once

#include <stdint.h>

struct rate_limit {
	uint64_t n;         /* counted, and not reported yet */
	uint64_t next_usec; /* no report before, CLOCK_MONOTONIC; 0 = at once */
};

/* How many to report now; they count as reported from then on. 0 = none, or the last report is too
 * recent. The next report is `interval_usec` later at the earliest. */
uint64_t rate_limit_take(struct rate_limit *limit, uint64_t now_usec, uint64_t interval_usec);

/* When rate_limit_take may return more than 0; UINT64_MAX = nothing is to be reported. */
uint64_t rate_limit_wake_usec(const struct rate_limit *limit);
