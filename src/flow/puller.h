/* A puller: one source, and the work on its data: pull, recognize, enrich, hand to the outputs. A
 * source that can be read again sends to one output, and the next sink has a puller of its own, at
 * its own pace. Data from sockets cannot be read twice and goes to all outputs. */
#pragma once

#include <limits.h>
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
	/* For a full sink; then the datagram is dropped. */
	PULLER_DATAGRAM_WAIT_USEC = 1000 * 1000
};

enum puller_phase {
	PULLER_PULLING,  /* the next item is to come from the source */
	PULLER_IN_BLOCK, /* `block` is not processed to its end yet */
	PULLER_FAILED,   /* memory was refused for an item: its position may not be saved */
};

struct puller {
	size_t number;         /* of the input, for the outputs */
	struct source *source; /* owned */
	struct recognizer *recognizer;
	struct enrich_policy policy;
	const char *instance;          /* name of this daemon */
	struct output *const *outputs; /* array of those it sends to */
	size_t n_outputs;
	enum puller_phase phase;
	bool ready;                       /* the source may have something to pull */
	bool save_first;                  /* but its positions are to be saved before */
	struct source_block block;        /* the source's last */
	size_t at;                        /* offset into it */
	struct record line;               /* the record of a line of it */
	uint64_t n_sent;                  /* records that outputs have taken */
	uint64_t question, question_at;   /* the source's last one, and `n_sent` then */
	struct record *in_hand;           /* record that the outputs are to take; NULL = none */
	bool cannot_wait;                 /* it is a datagram */
	uint32_t owed;                    /* outputs that do not have it yet, a bit each */
	uint64_t n_unsettled;             /* records that outputs have taken and not settled */
	const struct recovery *recovery;  /* what the sink had at the start; NULL = nothing */
	const struct source_order *order; /* of the source's positions, where there is a recovery */
	bool wants_all_messages;          /* of syslog: a profile reads a field that each has */
	bool initials[UCHAR_MAX + 1];     /* of the fields that the probe may want */
	bool probed;                      /* the fields of records were searched by the probe */
	uint64_t probe_work;              /* units that patterns may still take for this entry */
	uint64_t n_gave_up;               /* how often a pattern gave up on a line */
	uint64_t n_explained;             /* causes that had a bracket or an element already */
	bool explained_logged;            /* it was logged that records come back */
	uint64_t n_unclaimed;             /* codes that touch the place where a message is cut */
	uint64_t n_facts_left;            /* facts of calls that were left out */
	bool gave_up_logged;              /* the first time with this recognizer was logged */
};

/* Start an embedded puller; it owns the source and the recognizer, which come later. */
void puller_init(struct puller *puller, size_t number, const char *instance,
	struct output *const *outputs, size_t n_outputs);

/* Send to other outputs from now on, under another number. `owed`: those of them that are to have
 * the record in hand, a bit each; 0 drops it. */
void puller_redirect(struct puller *puller, size_t number, struct output *const *outputs,
	size_t n_outputs, uint32_t owed);

/* Recognize causes by `recognizer` from the next record on; the puller owns it. */
void puller_recognize(
	struct puller *puller, struct recognizer *recognizer, const struct enrich_policy *policy);

/* The source is opened again where the records begin that are not delivered: drop what is in hand
 * of it. */
void puller_restart(struct puller *puller);

/* Free what the puller holds. */
void puller_done(struct puller *puller);

/* The probe that decides whether a journal field or a message of syslog is worth a record;
 * `userdata` of its functions is the puller. */
struct source_probe puller_probe(struct puller *puller);

/* Outcomes of puller_step besides 0. */
enum {
	PULLER_BATCH = 1, /* a batch is done: of the source, or of the work of patterns */
	PULLER_WAITS,     /* the source has nothing now: ask it for its timeout */
	PULLER_SAVE,      /* the positions are to be noted and saved now */
};

/* Whether puller_step can do anything now. reading: whether the source may be pulled. */
bool puller_can_step(const struct puller *puller, bool reading);

/* One piece of work: hand over the record in hand, or find the next. Returns 0, PULLER_BATCH,
 * PULLER_WAITS, PULLER_SAVE, or a negative errno; with *ret_fatal it ends the daemon, else the
 * source has failed for now. */
int puller_step(struct puller *puller, bool *ret_fatal);

/* Whether the record in hand is for this output, which does not have it yet. */
bool puller_owes(const struct puller *puller, const struct output *output);

/* Whether everything before the current position of the source is settled, so that its own
 * positions may be saved. */
bool puller_is_settled(const struct puller *puller);

/* When a datagram in hand has waited long enough for full sinks: CLOCK_MONOTONIC in microseconds,
 * UINT64_MAX = there is none. */
uint64_t puller_patience_usec(const struct puller *puller);
