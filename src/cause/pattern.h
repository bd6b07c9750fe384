/* A regular expression (PCRE2) with a group named `cause`, for shapes that keys cannot say. It
 * sees only lines that hold its `requires` literal, so it need not be fast: it is interpreted, for
 * the daemon's sandbox refuses a just-in-time compiler, and both programs shall find the same. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	PATTERN_LEN_MAX = 4096,
	PATTERN_ERROR_MAX = 256,
	PATTERN_STEPS_MAX = 1000000, /* of the matcher in one attempt */
};

struct pattern;

/* Compile `regex`, byte-wise, case-sensitive. Returns 0; -EINVAL with the reason in `reason`
 * (PATTERN_ERROR_MAX bytes); -ENOMEM. */
int pattern_new(struct text regex, char *reason, struct pattern **ret);

/* Accepts NULL, returns NULL. */
struct pattern *pattern_free(struct pattern *pattern);
CLEANUP_DEFINE(struct pattern *, pattern_free);

/* Outcomes of pattern_next besides 0. */
enum {
	PATTERN_NONE = 1, /* no more matches */
	PATTERN_GAVE_UP,  /* the step bound was reached: nobody knows */
};

/* The next place in `line` at or after `*from` where the pattern matches and its group `cause`
 * took part; `*from` moves behind the match. Returns 0 with the group's range, PATTERN_NONE or
 * PATTERN_GAVE_UP. */
int pattern_next(const struct pattern *pattern, struct text line, size_t *from, size_t *ret_offset,
	size_t *ret_len);
