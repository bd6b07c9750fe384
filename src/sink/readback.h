/* Reading our own entries back from the journal: what has arrived is there, whatever the sending
 * said. Only what journald vouches for as ours counts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "sink/flight.h"
#include "wire/own.h"

enum {
	READBACK_SOURCE_SIZE = 256,
	READBACK_POSITION_SIZE = 1056,
	READBACK_LINEAR_MAX = 16384, /* entries of anybody looked at by readback_recall */
};

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
	uint64_t n_walked;     /* entries of anybody that readback_scan and readback_recall saw */
	uint64_t n_suppressed; /* records of ours that journald said its rate limit had dropped */
};

/* What is told of an entry: its key, valid until the next entry, and when journald took it
 * (CLOCK_REALTIME, microseconds). Above 0: enough. */
typedef int readback_fn(const struct flight_key *key, uint64_t usec, void *userdata);

/* Open the journal, or open it anew and go on. Returns 0 or a negative errno; it may be called
 * again. */
int readback_open(struct readback *rb);

void readback_done(struct readback *rb);

/* Whether any entry may be read at all: without the right to, the journal looks empty. */
bool readback_can_read(struct readback *rb);

/* Take notice of files that came and went. */
void readback_process(struct readback *rb);

/* Tell the entries that are there, the newest first; of one source, or of all where `source` is
 * empty. Then the reading goes on with what comes next. Returns 0 or a negative errno. */
int readback_recall(struct readback *rb, struct text source, readback_fn *tell, void *userdata);

/* Tell the entries that have come since. Returns 0 or a negative errno. */
int readback_news(struct readback *rb, readback_fn *tell, void *userdata);

/* Tell all entries since `usec` (CLOCK_REALTIME), found without the journal's indexes: journald may
 * have died before it had finished them. Returns 0 or a negative errno. */
int readback_scan(struct readback *rb, uint64_t usec, readback_fn *tell, void *userdata);
