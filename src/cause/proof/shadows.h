/* Keys that never get a value, because an earlier one takes each. */
#pragma once

#include <stddef.h>

struct diag;
struct profile;

/* Warn of each key, and each structured field, whose values an earlier one always takes: of an
 * earlier profile, or of its own in other letter case. `profiles` are used together, in this order.
 * It has no effect unless the list advises. Returns 0 or -ENOMEM. */
int shadows_find(const struct profile *const *profiles, size_t n, struct diag *diag);
