/* The codes that a profile ignores, looked up in its catalog once. A code is ignored under its name
 * as well as under its number. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/text.h"

struct ignored;
struct profile;

/* Look up the codes that `profile` ignores. The profile and its catalog must outlive the result.
 * Returns 0 or -ENOMEM. */
int ignored_new(const struct profile *profile, struct ignored **ret);

/* Accepts NULL, returns NULL. */
struct ignored *ignored_free(struct ignored *ignored);
CLEANUP_DEFINE(struct ignored *, ignored_free);

/* Whether nothing is ignored. */
bool ignored_is_empty(const struct ignored *ignored);

/* Whether `code`, in normalized form (match_print_code), is ignored. */
bool ignored_has(const struct ignored *ignored, struct text code);
