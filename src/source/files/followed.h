/* The files that a files source follows: found by inode or by watch, and those among them that may
 * have something to read, in turn. This is only the table: files-source.h lists where a renamed, a
 * truncated or a copied file is handled. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "source/files/tail.h"

enum { FOLLOWED_BUCKETS = 1024 };

struct followed {
	struct tail tail;
	char *path;                        /* its name, or the last one it had */
	char *first_path;                  /* the name that it was found by */
	char stream[POSITION_STREAM_SIZE]; /* its identifier in positions */
	int wd;                            /* of its watch; -1 = none */
	unsigned generation;               /* of the scan that found it last */
	bool named;                        /* a name that matches leads to it */
	bool gone;                         /* no name at all leads to it */
	bool ready;                        /* it is in the queue */
	bool unseen;                       /* a candidate that was not looked at yet */
	bool truncated;                    /* it does not match its position, as far as is known */
	bool put_off;                      /* its truncation could not be handled yet */
	bool finished;               /* it is closed, and only its position is to be forgotten */
	uint64_t leave_usec;         /* not named and quiet: when to close it; CLOCK_MONOTONIC */
	uint64_t candidate_usec;     /* it may be a copy: when to decide; 0 = it is none */
	off_t candidate_size;        /* its size when the time began */
	struct followed *original;   /* the file that it may be a copy of; NULL while it is empty */
	struct followed *read_first; /* the file that must be read to its end before it */
	uint64_t born_usec;          /* by its file system's clock; 0 = unknown */
	uint64_t since_usec;         /* no copy of it is older, by that clock */
	struct file_position before_truncation; /* of its content until then */
	bool unread_found;                      /* the unread rest of that content was found */
	LIST_ENTRY(followed) by_inode;
	LIST_ENTRY(followed) by_watch;
	TAILQ_ENTRY(followed) in_all;
	TAILQ_ENTRY(followed) in_queue;
};

LIST_HEAD(followed_list, followed);
TAILQ_HEAD(followed_queue, followed);

struct followed_table {
	struct followed_list by_inode[FOLLOWED_BUCKETS];
	struct followed_list by_watch[FOLLOWED_BUCKETS];
	struct followed_queue all;   /* in the order they were added */
	struct followed_queue queue; /* those that are ready */
	size_t n;                    /* not finished */
};

void followed_init(struct followed_table *table);

/* Free all, their tails too. */
void followed_done(struct followed_table *table);

/* Add the file behind `fd`, which the file owns on success. Returns 0 or a negative errno. */
int followed_add(struct followed_table *table, int fd, const char *path, struct followed **ret);

/* Set the watch by which the file is found. */
void followed_set_watch(struct followed_table *table, struct followed *file, int wd);

/* Set another name. Returns 0 or -ENOMEM; then the old name stays. */
int followed_rename(struct followed *file, const char *path);

/* Set the name that the file was found by, in an earlier run. Returns 0 or -ENOMEM. */
int followed_was_named(struct followed *file, struct text path);

/* The file with this identity, watch or name that is not finished; NULL = none. */
struct followed *followed_find(const struct followed_table *table, dev_t device, ino_t inode);
struct followed *followed_find_watch(struct followed_table *table, int wd);
struct followed *followed_find_path(struct followed_table *table, const char *path);

/* Put the file at the end of the queue; take it out. */
void followed_queue(struct followed_table *table, struct followed *file);
void followed_unqueue(struct followed_table *table, struct followed *file);

/* Close the file; its position is still to be forgotten. */
void followed_finish(struct followed_table *table, struct followed *file);

/* Free a finished file. */
void followed_free(struct followed_table *table, struct followed *file);

/* The identifier of the program that writes the file: the file's name without directory and up to
 * `.log`. */
struct text followed_identifier(const char *path);
