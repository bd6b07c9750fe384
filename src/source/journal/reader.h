/* Steps through a journal that changes meanwhile: files are rotated, vacuumed, damaged, moved from
 * memory to disk, and appear again under another clock. The reader returns each entry once, in the
 * journal's order, and counts the entries that were gone before it could read them.
 *
 * The counter source->n_lost: where all of a journal is read, it counts exactly the sequence
 * numbers that are missing. Where only some units or identifiers are read, the units of the missing
 * entries are not known. The reader then counts all entries that vanished between the last look and
 * the oldest entry, of any unit. That may be too many, and is reported as "up to". */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rate-limit.h"
#include "source/journal/backoff.h"
#include "source/journal/journal-directories.h"
#include "source/journal/sequence.h"
#include "source/source.h"

struct journal_options;
struct sd_journal;

enum {
	READER_REPORT_USEC = 10 * 1000 * 1000, /* losses are reported at most this often */
	READER_LOOK_USEC = 1000 * 1000, /* how often the newest entry is looked at, at most */
	READER_POLL_USEC = 1000 * 1000, /* where inotify is exhausted, or descriptors are */
};

/* Outcomes besides 0. */
enum {
	READER_PASSED = 1, /* an entry that was read before, or no new one yet: step again */
	READER_END,        /* no entry now */
	READER_AGAIN,      /* not confirmed: earlier entries were passed over; step again */
};

/* How the next entries are checked. */
enum reader_check {
	READER_CHECK_COUNT, /* they are counted, until one is confirmed */
	READER_CHECK_SOME,  /* the next n_to_check one by one, then they are counted */
	READER_CHECK_ALL,   /* one by one, from now on */
};

struct reader {
	struct source *source;
	const struct journal_options *options;
	struct sd_journal *journal;
	int epoll_fd; /* a journal that is opened anew has another descriptor; this one stays */
	struct roots roots;
	uint64_t shape, content; /* of the directories, when the journal was opened */
	bool filtered;

	struct sequence sequence;
	char *position; /* cursor: all up to this entry was read; NULL = nothing yet */
	char *newest;   /* cursor, of a filtered source: what is being read up to; NULL = nothing */
	unsigned n_unconfirmed; /* entries stepped to since the position */
	enum reader_check check;
	unsigned n_to_check;
	struct backoff backoff;
	bool found;         /* there were entries since the last end */
	bool notified;      /* since the last end: by inotify, or by a timeout but that of a look */
	bool stepped;       /* there were entries since the end that followed a notification */
	unsigned n_errors;  /* since the last entry */
	unsigned n_strayed; /* since the last entry: looks from which no cursor led back */
	bool invalidated;   /* files are gone: check whether they had unread entries */

	bool polling;        /* no inotify: reported */
	bool too_many_files; /* not all could be opened: reported */
	unsigned n_polls;
	uint64_t poll_usec;
	uint64_t look_usec;  /* not before: of filtered sources, the newest entry */
	uint64_t probe_usec; /* not before: whether the journal continues elsewhere */
	bool probe_owed;
	struct rate_limit lost, dropped; /* those not reported yet */
};

/* Open the journal: behind the entry of `position`, at its beginning if that is NULL and `head`, or
 * behind its newest. The reader uses the name of the source, sets its descriptor, and keeps up its
 * counters n_read, n_lost and n_damaged. All of it must outlive the reader. Returns 0 or a negative
 * errno: -EADDRNOTAVAIL for a position that is no cursor. */
int reader_open(struct reader *reader, struct source *source, const struct journal_options *options,
	const char *position, bool head);

/* Accepts a reader that was opened only in part. */
void reader_close(struct reader *reader);

/* Step to the next entry. Returns 0, READER_PASSED, READER_END or a negative errno. */
int reader_step(struct reader *reader);

/* Make sure that nothing was passed over on the way to the current entry, before anything is done
 * for it; then reader->position is its cursor. Returns 0, READER_AGAIN or a negative errno. */
int reader_confirm(struct reader *reader);

/* To be called after a batch of steps for which the source has not acted. Confirms the current
 * entry, reports what is lost, and lets libsystemd drop removed files. Returns 0 or a negative
 * errno. */
int reader_end_batch(struct reader *reader);

/* Open the journal anew, behind the current entry, because libsystemd keeps the memory of a large
 * entry until its file is closed. If it cannot be opened, or the entry is gone, the old handle
 * stays. Returns 0 or a negative errno. */
int reader_renew(struct reader *reader);

/* Count messages that journald reports as dropped; the reader logs the count later. */
void reader_add_dropped(struct reader *reader, uint64_t n);

/* See source_process, source_timeout. */
int reader_process(struct reader *reader);
int reader_timeout(struct reader *reader, uint64_t *ret_usec);
