/* The state of a files source: the files that it knows, what it needs to find more, and what it
 * has reported of them. The modules that find files work on this state. Reading lines is not part
 * of it.
 *
 * Descriptors are a cache: a file that was read to its end may be closed, and is opened again when
 * it has changed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/io.h"
#include "source/files/disk/complaints.h"
#include "source/files/disk/glob.h"
#include "source/files/disk/watch.h"
#include "source/files/followed.h"
#include "source/files/held-files.h"
#include "source/files/reports.h"
#include "source/files/saved.h"

enum {
	FILES_STATE_LEAVE_USEC = 10 * 60 * 1000 * 1000, /* a file without a name that matches */
	FILES_STATE_GONE_USEC = 60 * 1000 * 1000,       /* a file without any name */
	FILES_STATE_REST_USEC = 60 * 1000 * 1000,       /* a last line without end, rotated away */
	FILES_STATE_SCAN_REST = 4, /* times as long as a scan took, to the next */
	FILES_STATE_SCAN_REST_USEC = 10 * 1000 * 1000, /* at most */
	FILES_STATE_ASK_USEC = 1000 * 1000,  /* until a file may leave whose lines may return */
	FILES_STATE_POLL_USEC = 1000 * 1000, /* between looks, where there are no events */
	FILES_STATE_WAIT_USEC = 10 * 1000 * 1000, /* a quiet file that may be a copy */
};

struct files_options;

enum files_phase {
	FILES_PHASE_OPENING,  /* files_source_new looks for the files that exist at the start */
	FILES_PHASE_STARTING, /* not all files that existed at the start have been found */
	FILES_PHASE_RUNNING,  /* all of those have been found */
};

struct files_state {
	const char *name; /* of the source */
	const struct files_options *options;
	struct watch watch;
	struct followed_table table;
	struct complaints complaints;
	enum files_phase phase;
	struct held_files held;
	struct saved saved;
	uint64_t started;      /* CLOCK_REALTIME, microseconds */
	struct glob_scan scan; /* under way */
	bool scanning;
	unsigned generation;   /* of the scan */
	bool dirty;            /* a scan is due */
	uint64_t scan_usec;    /* spent in the scan under way */
	uint64_t rest_usec;    /* when the next scan may begin; CLOCK_MONOTONIC */
	bool search_due;       /* lost files are to be searched for */
	size_t open_max;       /* descriptors that this source may have now */
	size_t n_left_out;     /* files that match and are not followed, as of the last scan */
	size_t n_left_out_now; /* in the scan under way */
	size_t n_troubled;     /* directories that could not be read, as of the last scan */
	size_t n_troubled_now; /* in the scan under way */
	uint64_t troubled;     /* hash of the last of these paths */
	bool is_blind;         /* something changes without events */
	bool left_out_logged, exhausted_logged, remote_logged, short_logged;
	bool short_of_resources; /* memory or descriptors: not all files were looked at */
	bool has_young;     /* a file that may not be read was just made: it is looked at again */
	uint64_t poll_usec; /* when to look without an event; UINT64_MAX = not at all */
	uint64_t n_copies;  /* files that were passed over as copies */
	bool is_save_due;   /* a truncation was handled since the positions were saved last */
	bool is_saving;     /* they are saved before the next pull */
	/* When they may be saved again because of that, or when that began; CLOCK_MONOTONIC */
	uint64_t save_usec;
	struct reports reports;
};

/* The clock of all deadlines of the files source. */
static inline uint64_t files_state_now(void)
{
	return io_monotonic_usec();
}

/* Make the state of a source that has not looked yet. Returns 0 or a negative errno. */
int files_state_init(
	struct files_state *state, const char *name, const struct files_options *options);

void files_state_done(struct files_state *state);

/* Open a regular file that is not compressed, and is not among the last descriptors. Returns 0 or a
 * negative errno: -EISDIR for what is no regular file, -EMEDIUMTYPE for a compressed one. */
int files_state_open_path(struct files_state *state, int directory, const char *path, int *ret_fd);

/* Open the file by its name, unless it is open, and watch it. Another file may be closed for it.
 * Returns 0, TAIL_TRUNCATED for a file that is open and does not fit its position, or a negative
 * errno: -ENOENT when its name leads to another file or to none. */
int files_state_open(struct files_state *state, struct followed *file);

/* Give an open file, with whatever name, to a file that is not open. As files_state_open; `fd` is
 * taken over in any case. */
int files_state_take(struct files_state *state, struct followed *file, int fd);

/* Take over the open files of `before` that no name leads to, to read them from the saved
 * positions, or from their beginning; close its other files. Returns 0 or -ENOMEM. */
int files_state_inherit(struct files_state *state, struct files_state *before);

/* Search for a file that is not open and has something to read: it has another name by now. */
void files_state_search(struct files_state *state, struct followed *file);

/* Keep a file closed that was found renamed in the watched `directory`, if all of its `size` bytes
 * were read. Returns false if it is to be opened. */
bool files_state_set_aside(
	struct files_state *state, struct followed *file, const char *directory, uint64_t size);

/* If the name leads to a file that was renamed and closed, and has changed, open and queue it. */
void files_state_check_aside(struct files_state *state, const char *path);

/* Put the file into the queue. It is opened at once if there is room: it might be removed before it
 * is read. */
void files_state_queue(struct files_state *state, struct followed *file);

/* Begin or continue to read the file. */
void files_state_read(struct files_state *state, struct followed *file);

/* No name that matches leads to the file any more. is_removed: the name was removed, and the file
 * is nowhere else if it is not open. */
void files_state_unname(struct files_state *state, struct followed *file, bool is_removed);

/* If the last line of the file may never get its end, wait for it only for a while. */
void files_state_await_rest(struct files_state *state, struct followed *file);

/* A file without a name that matches has changed: it is kept for another while. */
void files_state_keep(struct files_state *state, struct followed *file);

/* A file that is not open cannot be found, but may come back: it is kept for a while. */
void files_state_await(struct files_state *state, struct followed *file);

/* Close the file; its position is still to be forgotten. */
void files_state_finish(struct files_state *state, struct followed *file);

/* Read the file when the positions have been saved. */
void files_state_read_saved(struct files_state *state, struct followed *file);

/* Begin to save the positions, if that is due now: then nothing waits for it any more. To be called
 * at each pull: one that was begun before has ended. */
bool files_state_begin_save(struct files_state *state);

/* Finish the file, because `other` is read in its place. */
void files_state_replace(struct files_state *state, struct followed *file, struct followed *other);

/* The content of the file was read from `original`. */
void files_state_pass_over(
	struct files_state *state, struct followed *file, const struct followed *original);

/* The file cannot be found any more, and may have had unread lines. */
void files_state_lose(struct files_state *state, struct followed *file);

/* Whether trouble with `path` is to be reported now: it was not yet, and not too many were. */
bool files_state_may_complain(struct files_state *state, const char *path);

/* Report that `path` cannot be read, once; errno is set. userdata: the files state. */
void files_state_complain(const char *path, void *userdata);

/* The file may not be read. */
void files_state_refuse(struct files_state *state, struct followed *file, int error);

/* Note that not all files could be looked at. error: a negative errno that is a shortage
 * (io_is_shortage). Only the first shortage is reported, not one for each file. */
void files_state_run_short(struct files_state *state, int error);

/* Log that a shortage is over, if it is. */
void files_state_check_shortage(struct files_state *state);

/* Look without an event, after a second at the latest. */
void files_state_poll(struct files_state *state);
