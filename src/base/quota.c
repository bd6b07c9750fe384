#include "config.h"

#include "base/quota.h"

#include <assert.h>

uint64_t quota_take(struct quota *quota, uint64_t now_usec, uint64_t interval_usec)
{
	uint64_t n = quota->n;

	if (n == 0 || now_usec < quota->next_usec)
		return 0;
	assert(interval_usec <= UINT64_MAX - now_usec);
	*quota = (struct quota){ .next_usec = now_usec + interval_usec };
	return n;
}

uint64_t quota_wake_usec(const struct quota *quota)
{
	return quota->n > 0 ? quota->next_usec : UINT64_MAX;
}
