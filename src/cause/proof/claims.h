/* Which profiles claim a line of another one. Profiles that are used together must not explain each
 * other's lines, and the examples of each are what its lines look like. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct diag;
struct profile;

/* Units of work for all profiles together, some seconds: those of patterns
 * (cause/search/pattern.h), and CLAIM_RUN_WORK for each line that a profile is tried on. */
#define CLAIM_WORK_MAX ((uint64_t)1024 * 1024 * 1024)
enum { CLAIM_RUN_WORK = 4096 };

/* Try each profile on the examples of all others, within `work` units. Where it finds a cause that
 * the example's own profile does not find at the same place and in the same catalog, add an error
 * at the example: one for each key, column or pattern, with the count of the other examples. Where
 * the work does not suffice, warn of the first profile that was not tried on all. All profiles are
 * bound. Returns 0; -EINVAL when errors were added; -ENOMEM. */
int claims_find(const struct profile *const *profiles, size_t n, uint64_t work, struct diag *diag);
