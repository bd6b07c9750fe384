/* Candidates: new files that may be copies of a followed file, as logrotate's copytruncate makes
 * them. becaused reads no lines of a candidate until it has decided whether the candidate is a
 * copy. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "source/files/followed.h"

enum {
	CANDIDATE_USEC = 10 * 1000 * 1000, /* without growing, until a candidate is decided */
};

/* Whether the name at `path` is one that a rotation would give to a copy of `original`: A.log gives
 * A.log.1, A.log-20260801 and A-1.log. */
bool copies_is_related(const char *original, const char *path);

/* The followed file to whose name the name at `path` is related; NULL = none. */
struct followed *copies_find_related(struct followed_table *table, const char *path);

/* Make a file that was just added a candidate. copies_look_at_new looks at it with the other new
 * ones. */
void copies_begin(struct followed *file);

/* Look at all new candidates, the oldest first. Returns 0 or -ENOMEM. */
int copies_look_at_new(struct followed_table *table, uint64_t now_usec);

/* Look at a candidate that has changed: if it begins like no followed file, it is no copy. */
void copies_look(struct followed_table *table, struct followed *file, uint64_t now_usec);

/* Decide on a candidate whose time is up: a copy has nothing new up to its end. */
void copies_decide(struct followed_table *table, struct followed *file, uint64_t now_usec);

/* Decide on the candidates of an original that was truncated at the position. Each is a copy of the
 * old content of the original, or has nothing to do with it. Returns the candidate that has the
 * unread rest; NULL = none has. */
struct followed *copies_find_unread(struct followed_table *table, struct followed *original,
	const struct file_position *position, uint64_t now_usec);

/* Pass over the file, which copies_find_unread returned, because another copy has more. */
void copies_pass_over(struct followed_table *table, struct followed *file);

/* Whether the candidate is decided when a time has passed, without any event. */
static inline bool copies_is_timed(const struct followed *file)
{
	return file->candidate_usec > 0 && file->candidate_usec != UINT64_MAX;
}
