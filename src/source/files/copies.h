/* Suspects: new files that may be copies of one that is followed, as logrotate's copytruncate makes
 * them. Nothing of a suspect is read until it is decided. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "source/files/followed.h"

enum {
	CANDIDATE_USEC = 10 * 1000 * 1000, /* without growing, until time decides */
};

/* Whether the name at `path` is one that a rotation would give to a copy of `original`: A.log gives
 * A.log.1, A.log-20260801 and A-1.log. */
bool copies_is_related(const char *original, const char *path);

/* The file that is followed and to whose name the name at `path` is related; NULL = none. */
struct followed *copies_find_related(struct followed_table *table, const char *path);

/* Suspect a file that was just added; it is looked at with the others that are new. */
void copies_begin(struct followed *file);

/* Look at all that are new, the oldest first. Returns 0 or -ENOMEM. */
int copies_look_at_new(struct followed_table *table, uint64_t now_usec);

/* The suspect has changed: what begins like no file that is followed is none. */
void copies_look(struct followed_table *table, struct followed *file, uint64_t now_usec);

/* Its time is up: a copy has nothing new up to its end. */
void copies_decide(struct followed_table *table, struct followed *file, uint64_t now_usec);

/* The original was truncated at the mark: each of its suspects is a copy of what it was, or has
 * nothing to do with it. Returns the one that has the rest; NULL = none has. */
struct followed *copies_judge(struct followed_table *table, struct followed *original,
	const struct file_position *position, uint64_t now_usec);

/* Another copy has more than this one, which was returned by suspect_judge. */
void copies_give_way(struct followed_table *table, struct followed *file);

/* Whether the decision comes by itself with time. */
static inline bool copies_is_timed(const struct followed *file)
{
	return file->candidate_usec > 0 && file->candidate_usec != UINT64_MAX;
}
