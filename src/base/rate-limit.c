#include "config.h"

#include "base/rate-limit.h"

#include <assert.h>

uint64_t rate_limit_take(struct rate_limit *limit, uint64_t now_usec, uint64_t interval_usec)
{
	uint64_t n = limit->n;

	if (n == 0 || now_usec < limit->next_usec)
		return 0;
	assert(interval_usec <= UINT64_MAX - now_usec);
	*limit = (struct rate_limit){ .next_usec = now_usec + interval_usec };
	return n;
}

uint64_t rate_limit_wake_usec(const struct rate_limit *limit)
{
	return limit->n > 0 ? limit->next_usec : UINT64_MAX;
}
