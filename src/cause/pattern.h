/* A regular expression (PCRE2) with a group named `cause`, for shapes that keys cannot say. It
 * sees only lines that hold its `requires` literal, so it need not be fast: under
 * MemoryDenyWriteExecute= it is interpreted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	PATTERN_LEN_MAX = 4096,
	PATTERN_ERROR_MAX = 256,
	PATTERN_STEPS_MAX =
		100000, /* of the matcher in one line; past it the line does not match */
};

struct pattern;

/* Compile `regex`, byte-wise, case-sensitive. Returns 0; -EINVAL with the reason in `reason`
 * (PATTERN_ERROR_MAX bytes); -ENOMEM. */
int pattern_new(struct text regex, char *reason, struct pattern **ret);

/* Accepts NULL, returns NULL. */
struct pattern *pattern_free(struct pattern *pattern);
CLEANUP_DEFINE(struct pattern *, pattern_free);

/* The next place in `line` at or after `*from` where the pattern matches and its group `cause`
 * took part; `*from` moves behind the match. True with the group's range. */
bool pattern_next(const struct pattern *pattern, struct text line, size_t *from, size_t *ret_offset,
	size_t *ret_len);
