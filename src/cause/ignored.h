/* The codes that entries of a profile ignore, looked up in their catalog once. A code is ignored
 * under its name as well as under its number. */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/text.h"

struct ignored;
struct profile_reading;

/* Look up the codes that a reading ignores. The reading and its catalog must outlive the result.
 * Returns 0 or -ENOMEM. */
int ignored_new(const struct profile_reading *reading, struct ignored **ret);

/* Accepts NULL, returns NULL. */
struct ignored *ignored_free(struct ignored *ignored);
CLEANUP_DEFINE(struct ignored *, ignored_free);

/* Whether nothing is ignored. */
bool ignored_is_empty(const struct ignored *ignored);

/* Whether `code`, in normalized form (match_print_code), is ignored. */
bool ignored_has(const struct ignored *ignored, struct text code);
