/* Reading our own entries back from the journal: what has arrived is there, whatever the sending
 * said. Only what journald vouches for as ours counts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/own.h"
#include "sink/journal/in-flight.h"

enum {
	READBACK_SOURCE_SIZE = 256,
	READBACK_POSITION_SIZE = 1056,
	READBACK_LINEAR_MAX = 16384, /* entries of anybody looked at by readback_recall */
	READBACK_SLICE = 1024,       /* entries looked at by one readback_news or readback_scan */
};

/* Outcome of readback_scan besides 0. */
enum { READBACK_MORE = 1 };

struct sd_journal;

struct readback {
	struct sd_journal *journal; /* NULL while it cannot be opened */
	struct text namespace;      /* journal namespace; empty = the default one */
	struct own own;
	const char *instance;
	char *behind; /* the cursor that the reading was last made to go on behind; NULL = none */
	int fd; /* of the journal; readable when readback_process should be called; -1 = none */
	char source[READBACK_SOURCE_SIZE];     /* of the entry told last */
	char position[READBACK_POSITION_SIZE]; /* likewise */
	char *until;         /* the newest entry when the scan began; NULL = there is no scan */
	uint64_t until_usec; /* its time, CLOCK_REALTIME */
	uint64_t n_scanned;  /* entries of anybody that the last scan has seen */
	uint64_t suppressed_usec; /* of the newest note that journald's rate limit dropped ours */
};

/* What is told of an entry: its key, valid until the next entry, and when journald took it
 * (CLOCK_REALTIME, microseconds). Above 0: enough. */
typedef int readback_fn(const struct in_flight_key *key, uint64_t usec, void *userdata);

/* Whose entries to look for: of this unit (NULL = of none), this user and this instance, in the
 * journal of this namespace. All of it must outlive the readback. */
void readback_look_for(
	struct readback *rb, const char *unit, const char *instance, struct text namespace);

/* Open the journal, or open it anew and go on where the reading was made to go on last; a scan
 * ends. Returns 0 or a negative errno, and then it is closed. */
int readback_open(struct readback *rb);

/* Close it; readback_open opens it again. */
void readback_close(struct readback *rb);

void readback_done(struct readback *rb);

/* Whether any entry may be read at all: without the right to, the journal looks empty. */
bool readback_can_read(struct readback *rb);

/* Take notice of files that came and went. */
void readback_process(struct readback *rb);

/* Tell the entries that are there, the newest first; of one source, or of all where `source` is
 * empty. Then the reading goes on with what comes next. Returns 0 or a negative errno. */
int readback_recall(struct readback *rb, struct text source, readback_fn *tell, void *userdata);

/* Tell the entries that have come since, or some of them. Returns 0 or a negative errno. */
int readback_news(struct readback *rb, readback_fn *tell, void *userdata);

/* Begin to tell all entries since `usec` (CLOCK_REALTIME) that are there by now, found without the
 * journal's indexes: journald may have died before it had finished them. Returns 0 or a negative
 * errno. */
int readback_scan_begin(struct readback *rb, uint64_t usec);

/* Go on with that. Returns 0 at the end, and the reading of news goes on there; READBACK_MORE; or a
 * negative errno, and the scan is to be begun again. */
int readback_scan(struct readback *rb, readback_fn *tell, void *userdata);
