/* A regular expression (PCRE2) with a group that is the cause, for shapes that keys cannot express.
 * It is tried only on lines that hold its `requires` literal, so it need not be fast. It is
 * interpreted, for the daemon's sandbox refuses a just-in-time compiler, and both programs must
 * find the same causes.
 *
 * Its work is bounded, over all places where a match may begin, and so is its memory. A unit of
 * work is about one byte that is compared: one or two nanoseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"

enum {
	PATTERN_LEN_MAX = 4096,
	PATTERN_ERROR_MAX = 256,
	PATTERN_HEAP_MAX = 4 * 1024 * 1024,  /* bytes of a matcher, for backtracking */
	PATTERN_MARGIN = 256,                /* bytes that an expression may look ahead at a cut */
	PATTERN_WORK_MIN = 4 * 1024 * 1024,  /* units for one subject, however short it is */
	PATTERN_WORK_BYTE = 1024,            /* and more, for each of its bytes */
	PATTERN_WORK_MAX = 32 * 1024 * 1024, /* and at most */
};

struct pattern;

/* Compile `regex`, byte-wise, case-sensitive. `group`: the name of the group that is searched for;
 * NULL = the first group. Returns 0; -EINVAL with the reason in `reason` (PATTERN_ERROR_MAX bytes);
 * -ENOMEM. */
int pattern_new(struct text regex, const char *group, char *reason, struct pattern **ret);

/* Accepts NULL, returns NULL. */
struct pattern *pattern_free(struct pattern *pattern);
CLEANUP_DEFINE(struct pattern *, pattern_free);

/* The memory and the counter of a match. One matcher serves several patterns, one at a time. */
struct pattern_matcher;

/* Make a matcher for these patterns, with the memory that easy lines need; pattern_next() may use
 * it with them only. They need not outlive it. Returns 0 or -ENOMEM. */
int pattern_matcher_new(
	const struct pattern *const *patterns, size_t n, struct pattern_matcher **ret);

/* Accepts NULL, returns NULL. */
struct pattern_matcher *pattern_matcher_free(struct pattern_matcher *matcher);
CLEANUP_DEFINE(struct pattern_matcher *, pattern_matcher_free);

/* A line, or an excerpt of it, that a pattern is matched against. */
struct pattern_subject {
	struct text text;
	size_t from; /* where a match may begin: 0..text.len; lookbehind sees the bytes before */
	size_t edge; /* a code that begins here may lack its first digits: it is none; 0 = nowhere
		      */
	bool cut_in_front; /* the line begins before the text */
	bool cut_behind;   /* the line continues: a code in the last PATTERN_MARGIN bytes is none */
	uint64_t work;     /* units left, at most PATTERN_WORK_MAX */
};

/* The units for a subject of `len` bytes: PATTERN_WORK_MIN to PATTERN_WORK_MAX. */
uint64_t pattern_work_for(size_t len);

/* Outcomes of pattern_next besides 0. */
enum {
	PATTERN_NONE = 1, /* no more matches */
	PATTERN_GAVE_UP,  /* work or memory was used up; there may be more matches */
};

/* The next match whose group has at least one byte. `from` moves behind the match, and
 * `work` is reduced. Returns 0 with the group's range in the text, PATTERN_NONE or PATTERN_GAVE_UP.
 */
int pattern_next(const struct pattern *pattern, struct pattern_matcher *matcher,
	struct pattern_subject *subject, size_t *ret_offset, size_t *ret_len);

/* Free the memory that hard subjects took; without memory for a small one, nothing changes. */
void pattern_matcher_trim(struct pattern_matcher *matcher);

/* The size of the largest piece of memory that the matcher holds; 0 = no more than it always keeps.
 */
size_t pattern_matcher_held(const struct pattern_matcher *matcher);
