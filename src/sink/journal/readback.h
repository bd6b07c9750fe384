/* Reads our own entries back from the journal. An entry in the journal has arrived, whatever the
 * result of sending was. Only entries that journald vouches for as ours count. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/own-entries.h"
#include "sink/journal/in-flight.h"

enum {
	READBACK_SOURCE_SIZE = 256,
	READBACK_POSITION_SIZE = 1056,
	READBACK_LINEAR_MAX = 16384, /* entries, ours or not, looked at by readback_recall */
	READBACK_SLICE = 1024, /* entries looked at by one readback_read_new or readback_scan */
};

/* Outcome of readback_scan besides 0. */
enum { READBACK_MORE = 1 };

struct sd_journal;

enum readback_state {
	READBACK_CLOSED, /* there is no handle */
	READBACK_NEWS,   /* reading continues with the entries that come next */
	READBACK_SCAN,   /* a scan is under way */
};

struct readback {
	enum readback_state state;
	struct sd_journal *journal; /* NULL while it is closed */
	struct text namespace;      /* journal namespace; empty = the default one */
	struct own own;
	const char *instance;
	char *behind; /* the cursor behind which reading resumed last; NULL = none */
	int fd; /* of the journal; readable when readback_process should be called; -1 = none */
	char source[READBACK_SOURCE_SIZE];     /* of the entry looked at last */
	char position[READBACK_POSITION_SIZE]; /* of the entry looked at last */
	char *until;         /* the newest entry when the scan began; NULL = there was none */
	uint64_t until_usec; /* its time, CLOCK_REALTIME */
	uint64_t n_scanned;  /* entries, ours or not, that the last scan has seen */
	bool is_large;       /* libsystemd holds memory for a large field; see readback_renew */
	uint64_t suppressed_usec; /* of the newest note that journald's rate limit dropped ours */
};

/* Outcome of a visit besides 0: no more entries need be visited. */
enum { READBACK_ENOUGH = 1 };

/* Visits an entry, with its key, valid until the next entry, and the time when journald took it
 * (CLOCK_REALTIME, microseconds). Returns 0 or READBACK_ENOUGH. */
typedef int readback_fn(const struct in_flight_key *key, uint64_t usec, void *userdata);

/* Set whose entries to look for: those of this unit (NULL = of none), this user and this instance,
 * in the journal of this namespace. All of it must outlive the readback. */
void readback_look_for(
	struct readback *rb, const char *unit, const char *instance, struct text namespace);

/* Open the journal, or open it anew and resume where reading resumed last; a scan ends. Returns 0
 * or a negative errno, and then it is closed. */
int readback_open(struct readback *rb);

/* Open the journal anew, and resume behind the entry that was read last, while news are read: that
 * frees the memory of large fields, which libsystemd holds with the handle. Returns as
 * readback_open. */
int readback_renew(struct readback *rb);

/* Close it; readback_open opens it again. */
void readback_close(struct readback *rb);

void readback_done(struct readback *rb);

/* Whether any entry may be read at all: without the right to, the journal looks empty. */
bool readback_can_read(struct readback *rb);

/* Notice files that came and went. */
void readback_process(struct readback *rb);

/* Visit the entries in the journal, the newest first; of one source, or of all where `source` is
 * empty. Then reading continues with the entries that come next. Returns 0 or a negative errno. */
int readback_recall(struct readback *rb, struct text source, readback_fn *visit, void *userdata);

/* Visit the entries that have come since, or some of them. Returns 0 or a negative errno. */
int readback_read_new(struct readback *rb, readback_fn *visit, void *userdata);

/* Begin to visit all entries since `usec` (CLOCK_REALTIME) that are in the journal by now. They are
 * found without the journal's indexes: journald may have died before it had finished them. Returns
 * 0; or a negative errno, and then begin a scan again, or close the journal. */
int readback_scan_begin(struct readback *rb, uint64_t usec);

/* Continue the scan. Returns 0 at the end, and reading of news resumes there; READBACK_MORE; or a
 * negative errno, and the scan must be begun again. */
int readback_scan(struct readback *rb, readback_fn *visit, void *userdata);
