/* The state of a files source: the files that it follows, what it needs to know to find more, and
 * what it has reported of them. The modules that find files work on this state. Reading the files
 * is not part of it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/io.h"
#include "source/files/disk/complaints.h"
#include "source/files/disk/watch.h"
#include "source/files/find-rotated.h"
#include "source/files/followed.h"
#include "source/files/saved.h"

enum {
	FILES_STATE_LEAVE_USEC = 10 * 60 * 1000 * 1000, /* a file without a name that matches */
	FILES_STATE_POLL_USEC = 1000 * 1000, /* between looks, when there are no watches left */
};

struct files_options;

enum files_phase {
	FILES_PHASE_OPENING,  /* files_source_new looks for the files that exist at the start */
	FILES_PHASE_STARTING, /* resources were short: not all of those have been found */
	FILES_PHASE_RUNNING,  /* all of those have been found */
};

struct files_state {
	const char *name; /* of the source */
	const struct files_options *options;
	struct watch watch;
	struct followed_table table;
	struct rotation rotation;
	struct saved saved;
	struct complaints complaints;
	enum files_phase phase;
	bool only_saved;     /* this scan, at the start, takes only what was saved */
	uint64_t started;    /* this time; CLOCK_REALTIME, microseconds */
	unsigned generation; /* of the scan */
	bool dirty;          /* a scan is due */
	bool full;           /* not all that match are followed */
	bool full_logged, exhausted_logged;
	bool short_of_resources; /* for want of memory or descriptors not all files were looked at
				  */
	bool short_logged;
	uint64_t poll_usec; /* when to look without an event; UINT64_MAX = not at all */
};

/* The clock of all deadlines of the files source. */
static inline uint64_t files_state_now(void)
{
	return io_monotonic_usec();
}

/* Report that `path` cannot be read, once; errno is set. userdata: the files state. */
void files_state_complain(const char *path, void *userdata);

/* Note that not all files could be looked at. error: a negative errno that is a shortage
 * (io_is_shortage). Only the first shortage is reported, not one for each file. */
void files_state_run_short(struct files_state *state, int error);

/* Watch the file, unless it is watched. A file without a watch is looked at from time to time. */
void files_state_watch(struct files_state *state, struct followed *file);

/* Close the file; its position is still to be forgotten. */
void files_state_finish(struct files_state *state, struct followed *file);

/* Close a file that was not begun: its position, if there is one, stays as it was. */
void files_state_drop(struct files_state *state, struct followed *file);
