/* Brackets of causes as a filter writes them, kept by catalog and code: a log has few different
 * codes, and each of them many times. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "record/finding.h"

struct catalog;
struct enrich_policy;
struct match;

struct bracket {
	const struct catalog *catalog;   /* NULL = nothing is kept */
	uint32_t code;                   /* of a match */
	bool is_ignored;                 /* by the policy: no bracket is written */
	char text[FINDING_CODE_MAX + 1]; /* of the code */
	struct buffer bytes;             /* with a blank in front */
};

struct bracket_cache;

/* `color`: brackets in the color of their severity. The policy must outlive the cache. Returns 0 or
 * -ENOMEM. */
int bracket_cache_new(const struct enrich_policy *policy, bool color, struct bracket_cache **ret);

/* Accepts NULL, returns NULL. */
struct bracket_cache *bracket_cache_free(struct bracket_cache *cache);
CLEANUP_DEFINE(struct bracket_cache *, bracket_cache_free);

/* The bracket of a match in `text`, valid until the next call; NULL where the policy ignores the
 * code. */
const struct bracket *bracket_cache_find(
	struct bracket_cache *cache, const struct match *match, struct text text);

/* Append it. Where there was no memory to keep it, that is the failure of `out`. */
void bracket_print(const struct bracket *bracket, struct buffer *out);
