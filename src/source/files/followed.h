/* The files that a files source knows: found by inode, by path and by watch. This is only the
 * table: files-source.h describes what happens to a file, and where. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "source/files/tail.h"

struct file_status;

enum followed_state {
	FOLLOWED_NEW,      /* nothing is decided */
	FOLLOWED_WAITING,  /* it may be a copy, and nothing of it is read until that is decided */
	FOLLOWED_READING,  /* it is read whenever it grows */
	FOLLOWED_FINISHED, /* closed; only its position is to be forgotten */
};

/* What leads to the file. */
enum followed_name {
	FOLLOWED_SAVED,   /* its position was saved; it was not found since the start */
	FOLLOWED_NAMED,   /* a name that matches */
	FOLLOWED_UNNAMED, /* no name that matches, perhaps another one */
	FOLLOWED_GONE,    /* no name at all */
};

/* The lists of the table. A file is in each at most once. */
enum followed_list {
	FOLLOWED_ALL,       /* in the order they were added */
	FOLLOWED_QUEUE,     /* those that may have something to read, in turn */
	FOLLOWED_OPEN,      /* those that have a descriptor, the longest unused first */
	FOLLOWED_NOTED,     /* new, to be decided on when the scan is complete */
	FOLLOWED_WAITERS,   /* those that wait */
	FOLLOWED_CUT,       /* those that were found to be truncated while they were not open */
	FOLLOWED_TRUNCATED, /* those whose copies are to be searched for */
	FOLLOWED_UNSAVED,   /* those that are read when the positions have been saved */
	FOLLOWED_LOST,      /* those whose name leads elsewhere, to be searched for */
	FOLLOWED_RESTS,     /* those whose last line may never get its end */
	FOLLOWED_LEAVING,   /* those without a name that matches */
	FOLLOWED_CHANGED,   /* those whose position is to be visited */
	FOLLOWED_LISTS,
};

/* What a search has found of a lost or truncated file. */
struct followed_copy {
	char *path;         /* of the best copy; NULL = none */
	uint64_t born_usec; /* its age and size */
	uint64_t size;
	bool is_complete; /* a compressed copy shows that all of the file was read */
};

struct followed {
	struct tail tail;
	char *path; /* its name, or the last one it had */
	enum followed_state state;
	enum followed_name name;
	int wd;                /* of its watch; -1 = none */
	unsigned generation;   /* of the scan that found it last */
	unsigned n_references; /* from other files */
	bool is_rotated;       /* it has a name that a rotation gave it */
	bool is_put_off;       /* its truncation could not be handled yet */
	bool is_unreadable;    /* we may not read it */
	bool was_empty;        /* it has the inode of a known file that was empty */
	bool is_held;          /* it ends in a line that is not whole */
	uint64_t leave_usec;   /* in FOLLOWED_LEAVING: when to close it; CLOCK_MONOTONIC */
	uint64_t asked;        /* when it was to be closed: number of the question; 0 = none */
	uint64_t rest_usec;    /* in FOLLOWED_RESTS: when its last line is given */
	uint64_t rest_end;     /* where that line ended when the time began */
	uint64_t decide_usec;  /* in FOLLOWED_WAITERS: when to decide; CLOCK_MONOTONIC */
	struct file_position
		*reached;       /* its records show that it was read to there; NULL = not known */
	uint64_t alike;         /* waiting: bytes that were seen to be those of the original */
	uint64_t modified_usec; /* not open: when its content changed last; 0 = unknown */
	uint64_t born_usec;     /* by its file system's clock; 0 = unknown */
	uint64_t since_usec;    /* no copy of its content is older, by that clock */
	struct followed *original;   /* waiting: the file that it may be a copy of; a reference */
	struct followed *read_first; /* the file that is read before it; a reference */
	struct followed *successor;  /* finished: the file that has its content; a reference */
	struct file_position truncated; /* where its content ended until it was truncated */
	bool is_rest_found;             /* the unread rest of that content was found */
	bool is_verified;               /* its content fitted its position since the start */
	bool was_verified;              /* the same when it was truncated */
	bool is_unread;                 /* lost: it may have unread lines */
	struct followed_copy copy;      /* what was found of it */
	bool is_copy_known;             /* truncated: nothing but `copy` can be found */
	TAILQ_ENTRY(followed) in[FOLLOWED_LISTS];
	LIST_ENTRY(followed) by_inode, by_path, by_watch;
};

LIST_HEAD(followed_bucket, followed);
TAILQ_HEAD(followed_files, followed);

struct followed_table {
	struct followed_files lists[FOLLOWED_LISTS];
	struct followed_bucket *by_inode, *by_path, *by_watch;
	size_t n_buckets; /* of each; a power of two */
	size_t n;         /* not finished */
	size_t n_open;    /* descriptors */
	size_t n_held;    /* files that end in a line that is not whole */
	size_t n_put_off;
	size_t n_unreadable;
};

/* Returns 0 or -ENOMEM. */
int followed_init(struct followed_table *table);

/* Free all files, and close them. */
void followed_done(struct followed_table *table);

/* Add a file that is not open, with this position. Returns 0 or -ENOMEM. */
int followed_add(struct followed_table *table, const struct file_position *position,
	const char *path, struct followed **ret);

/* Set another name. Returns 0 or -ENOMEM; then the old name stays. */
int followed_rename(struct followed_table *table, struct followed *file, const char *path);

/* Note a position behind that of the file to which it was read: behind it in the same content, or
 * in content that began later. Returns 0 or -ENOMEM. */
int followed_set_reached(struct followed *file, const struct file_position *position);

/* Whether the content of the file fits the position, and also the one to which the file was read:
 * 0, TAIL_TRUNCATED or a negative errno. The file is open. */
int followed_check(struct followed *file);

/* The same, if it is known to fit the position: 0 or TAIL_TRUNCATED. The position to which the file
 * was read is forgotten when the file has been read to there again. */
int followed_check_reached(struct followed *file);

/* Whether the content behind `fd` is the file's, as far as is known. */
bool followed_fits(const struct followed *file, int fd);

/* When the content of the file began, if it was truncated and read on after its position was saved;
 * 0 = it was not. The file is open. */
uint64_t followed_later_content(const struct followed *file);

/* Whether the content behind `fd`, which fits the position, may be a copy of the file, perhaps made
 * before its last lines were read. */
bool followed_may_have_copy(const struct followed *file, int fd);

/* Forget the position to which the file was read. */
void followed_forget_reached(struct followed *file);

/* Set the watch by which the file is found; -1 = none. */
void followed_set_watch(struct followed_table *table, struct followed *file, int wd);

/* The file, not finished, with this identity or watch; NULL = none. */
struct followed *followed_find(const struct followed_table *table, dev_t device, ino_t inode);
struct followed *followed_find_watch(const struct followed_table *table, int wd);

/* The next file behind `after` (NULL = the first) with this inode, whatever the device; with this
 * path. NULL = there is none. */
struct followed *followed_next_inode(
	const struct followed_table *table, ino_t inode, const struct followed *after);
struct followed *followed_next_path(
	const struct followed_table *table, const char *path, const struct followed *after);

/* Whether the status is that of this file. */
bool followed_has_status(const struct followed *file, const struct file_status *status);

/* The file, not finished, with this status; NULL = none. */
struct followed *followed_find_status(
	const struct followed_table *table, const struct file_status *status);

/* Whether the file, of those that are known, was the last to get its name until `usec`, by the
 * clock of the file system: a copy made then is a copy of no other. 0 = unknown, which excludes
 * none. A copy has the name of its original here, which it never got. */
bool followed_had_name(
	const struct followed_table *table, const struct followed *file, uint64_t usec);

/* Put the file at the end of a list, also if it is in it; take it out, if it is in it. */
void followed_list_add(
	struct followed_table *table, enum followed_list list, struct followed *file);
void followed_list_remove(
	struct followed_table *table, enum followed_list list, struct followed *file);
bool followed_is_in(const struct followed *file, enum followed_list list);
struct followed *followed_first(const struct followed_table *table, enum followed_list list);
struct followed *followed_next(const struct followed *file, enum followed_list list);

/* Make an array of the files that are in the list now, NULL if there are none; the caller frees it.
 * Returns 0 or -ENOMEM. */
int followed_list_files(const struct followed_table *table, enum followed_list list,
	struct followed ***ret, size_t *ret_n);

/* Note in the lists and counts what the tail has changed: its descriptor is open or not, its
 * position, its last line. */
void followed_update(struct followed_table *table, struct followed *file);

/* Let `*reference` refer to `other`, or to none. */
void followed_refer(
	struct followed_table *table, struct followed **reference, struct followed *other);

/* The file that is referred to, or the one that is read in its place; NULL = both are finished. */
struct followed *followed_referred(struct followed_table *table, struct followed **reference);

/* The file that is to be read before this one; NULL = none. */
struct followed *followed_before(struct followed_table *table, struct followed *file);

void followed_put_off(struct followed_table *table, struct followed *file, bool is_put_off);
void followed_set_unreadable(
	struct followed_table *table, struct followed *file, bool is_unreadable);

/* Close the file; only its position is still to be forgotten. */
void followed_finish(struct followed_table *table, struct followed *file);

/* Finish the file, because `other` is read in its place: references lead to that one. */
void followed_replace(struct followed_table *table, struct followed *file, struct followed *other);

/* Forget a finished file, or one whose position was never visited. */
void followed_free(struct followed_table *table, struct followed *file);

/* The identifier of the program that writes the file: the file's name without directory and up to
 * `.log`. */
struct text followed_identifier(const char *path);
