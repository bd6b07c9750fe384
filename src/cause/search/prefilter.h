/* Whether a message of syslog may have a cause: decided on its bytes as they came, before a header
 * is read or a time converted. Where no literal of a rule is, there is none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

struct prefilter;

/* Build the filter for the `n` literals of all rules; see scan_new(). */
int prefilter_new(const struct text *literals, size_t n, struct prefilter **ret);

/* Accepts NULL, returns NULL. */
struct prefilter *prefilter_free(struct prefilter *prefilter);
CLEANUP_DEFINE(struct prefilter *, prefilter_free);

/* False only where no literal is in any piece of `bytes`, nor in `TAG: TEXT` put together from two
 * pieces, of which TAG has no blank. */
bool prefilter_may_match(const struct prefilter *prefilter, struct text bytes);
