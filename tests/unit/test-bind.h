/* Binds a profile to the one catalog of a test. */
#pragma once

#include "cause/profile.h"

static inline void test_bind(struct profile *profile, const struct catalog *catalog)
{
	for (struct profile_reading *at = profile->readings; at; at = at->next)
		at->catalog = catalog;
}
