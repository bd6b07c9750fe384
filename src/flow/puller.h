/* An input: one source, and the work on what it gives: pull, recognize, enrich, hand to the lanes.
 * A source that can be read again feeds one lane, and the next sink has an input of its own, at its
 * own pace; what comes over sockets cannot be read twice and feeds all lanes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cause/enrich.h"
#include "record/record.h"
#include "source/source.h"

struct output;
struct recognizer;
struct recovery;

enum {
	PULLER_DATAGRAM_WAIT_USEC = 1000 * 1000
}; /* for a full sink; then the datagram is dropped */

struct puller {
	size_t number;         /* of this input, for the lanes */
	struct source *source; /* owned */
	struct recognizer *recognizer;
	struct enrich_policy policy;
	const char *instance;   /* name of this daemon */
	struct output *outputs; /* those it feeds, one behind the other */
	size_t n_outputs;
	bool ready;                       /* the source may have something to pull */
	bool in_block;                    /* `block` is not worked through yet */
	struct source_block block;        /* the source's last */
	size_t at;                        /* offset into it */
	struct record line;               /* the record of a line of it */
	struct record *in_hand;           /* record on its way to the lanes; NULL = none */
	bool cannot_wait;                 /* it is a datagram */
	uint32_t owed;                    /* lanes that do not have it yet, a bit each */
	uint64_t n_unsettled;             /* records that lanes have taken and not settled */
	const struct recovery *recovery;  /* what the sink had at the start; NULL = nothing */
	const struct source_order *order; /* of the source's positions, where there is a recovery */
	bool probed;                      /* records have been looked at by the probe already */
	uint64_t probe_work;              /* units that patterns may still take for this entry */
	uint64_t n_gave_up;               /* how often a pattern gave up on a line */
	uint64_t n_explained;             /* causes that had their brackets already */
	bool explained_said;              /* that there are such */
	bool gave_up_logged;              /* the first time with this recognizer was logged */
	bool failed;                      /* memory was refused for a record that was pulled */
};

/* Start an embedded input; source and recognizer come later, and become its own. */
void puller_init(struct puller *puller, size_t number, const char *instance, struct output *outputs,
	size_t n_outputs);

/* Recognize causes by this from the next record on; the recognizer becomes its own. */
void puller_recognize(
	struct puller *puller, struct recognizer *recognizer, const struct enrich_policy *policy);

/* Free what the input holds. */
void puller_done(struct puller *puller);

/* Says whether a journal field is worth a record; `userdata` of its functions is the input. */
struct source_probe puller_probe(struct puller *puller);

/* Outcomes of input_step besides 0. */
enum {
	PULLER_BATCH = 1, /* a batch is done: of the source, or of the work of patterns */
	PULLER_WAITS,     /* the source has nothing now: ask it for its timeout */
};

/* Whether input_step can do anything now. reading: whether the source may be pulled. */
bool puller_can_step(const struct puller *puller, bool reading);

/* One piece of work: hand over the record in hand, or find the next. Returns 0, INPUT_BATCH,
 * INPUT_WAITS, or a negative errno; with *ret_fatal it ends the daemon, else the source has failed
 * for now. */
int puller_step(struct puller *puller, bool *ret_fatal);

/* Whether the record in hand is one that this lane is to have, and does not have yet. */
bool puller_owes(const struct puller *puller, const struct output *output);

/* Whether the source stands where everything behind it is settled, so that its own positions may be
 * saved. */
bool puller_is_settled(const struct puller *puller);

/* When a datagram in hand has waited long enough for full sinks: CLOCK_MONOTONIC in microseconds,
 * UINT64_MAX = there is none. */
uint64_t puller_patience_usec(const struct puller *puller);
