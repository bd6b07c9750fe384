/* An output: one sink, and the records in flight through it. It watches the sink for the inputs
 * that send to it. It remembers the position of each record that the sink has taken, and hands the
 * position out when the record is settled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/rate-limit.h"
#include "flow/pending.h"
#include "flow/recovery.h"

struct config;
struct output;
struct record;
struct sd_event;
struct sd_event_source;
struct sink;

/* The records of an entry are settled: its position may be saved. */
typedef void output_settled_fn(const struct pending_entry *entry, void *userdata);

/* The sink has returned these records of an input, which are to be read again after this. */
typedef void output_returned_fn(const struct pending_entry *entry, void *userdata);

/* The sink has returned records, and all of them have been visited: have them read again. Returns 0
 * or a negative errno that ends the loop. */
typedef int output_reread_fn(struct output *output, void *userdata);

/* The sink may have room again. Returns 0 or a negative errno that ends the loop. */
typedef int output_room_fn(void *userdata);

struct output_events {
	output_settled_fn *settled;
	output_returned_fn *returned;
	output_reread_fn *reread;
	output_room_fn *room;
	void *userdata;
};

/* What a reload in progress does with an output or an input. */
enum change {
	CHANGE_NONE,  /* it stays open, or there is no reload */
	CHANGE_CLOSE, /* it is closed, when the reload succeeds */
	CHANGE_OPEN,  /* it is new: it is closed again, when the reload fails */
};

enum output_phase {
	OUTPUT_ASKING,   /* the sink has not answered yet what it had at the start */
	OUTPUT_ANSWERED, /* it has; the inputs that wait for the answer are not open yet */
	OUTPUT_OPEN,
};

struct output {
	struct sink *sink;        /* owned */
	struct config *opened_by; /* what the sink points to, a reference */
	struct output_events events;
	struct sd_event_source *watch; /* of the sink's descriptor */
	struct sd_event_source *timer; /* of its time */
	uint32_t watched;              /* events that are watched for now */
	uint64_t timer_usec;           /* when the timer goes off; UINT64_MAX = it is off */
	struct pending pending;
	struct recovery recovery; /* what the sink had at the start */
	enum output_phase phase;
	enum change change;
	bool full;           /* the sink did not take the last record; the output waits for it */
	uint64_t full_usec;  /* since when, CLOCK_MONOTONIC; 0 = it took the last record */
	uint64_t n_settled;  /* records handed out, which the sink has settled */
	uint64_t n_returned; /* records handed back, which the sink has returned */
	uint64_t n_unknown;  /* causes in records taken that no catalog has */
	/* Datagrams dropped because the sink was full for too long, and what cannot be read again
	 * of a sink that a reload took away. */
	uint64_t n_dropped;
	struct rate_limit dropped; /* those of them that are not reported yet */
};

/* Make an output, which owns the sink in any case. `config`: what the sink points to; NULL =
 * nothing that could be freed. Returns 0 or a negative errno. */
int output_new(struct sd_event *event, struct sink *sink, struct config *config,
	const struct output_events *events, struct output **ret);

/* Free an output and what it holds, the sink too. Accepts NULL, returns NULL. */
struct output *output_free(struct output *output);
CLEANUP_DEFINE(struct output *, output_free);

/* Ask the sink what it has from earlier runs, and move its positions in the table. Returns 0 when
 * that is done; SINK_FULL when it must be tried again after output_watch has called back; or a
 * negative errno, which is logged. */
int output_recover(struct output *output, const struct config *config, struct positions *positions);

/* Forget what the sink had at the start: all of it has been passed. */
void output_forget(struct output *output);

/* Hand a record of input `input` to the sink. Returns 0 when it is taken, SINK_FULL, or a negative
 * errno, which is logged. */
int output_send(struct output *output, size_t input, const struct record *record);

/* The inputs have worked for a while: push what the sink has collected, and hand out what is
 * settled by now. Returns 0, OUTPUT_PROGRESS where an input may be able to work again because of
 * that, or a negative errno. */
enum { OUTPUT_PROGRESS = 1 };
int output_end_batch(struct output *output);

/* How many of the pending records are settled: the first of an entry, or what has not been handed
 * out yet. */
uint64_t output_settled_part(const struct output *output);

/* Count a datagram that the sink had no room for. */
void output_drop(struct output *output);

/* Log how many datagrams were dropped, unless that was logged a moment ago. Returns whether all of
 * them are logged. */
bool output_report_dropped(struct output *output);

/* Flush the sink, as sink_flush does, and hand out what is settled. Records that it returns are
 * read again, or are left for the next start. */
int output_flush(struct output *output);

/* Watch for the events that the sink waits for now: to be called when the sink has been used.
 * Returns 0 or a negative errno. */
int output_watch(struct output *output);
