/* Tries the patterns of a profile on lines made to be slow. They have long runs of one or two
 * characters before and behind the literal that a pattern requires. The daemon is safe without
 * these trials, for work is bounded there (cause/search/pattern.h). But a pattern that gives up on
 * a line explains no cause in it, and the profile's author should know. */
#pragma once

#include <stdint.h>

struct diag;
struct profile;

enum { TRIAL_RUN_LEN = 8192 }; /* bytes of one run */

/* Units of work (cause/search/pattern.h) for the patterns of all profiles together: some seconds. A
 * usual pattern takes a thousandth of it. */
#define TRIAL_WORK_MAX ((uint64_t)4 * 1024 * 1024 * 1024)

/* Warn of each pattern that gives up on such a line, and of each that is not tried on all. `work`:
 * the units left, at most TRIAL_WORK_MAX; the trials reduce it. Returns 0 or -ENOMEM. */
int trial_run(const struct profile *profile, uint64_t *work, struct diag *diag);
