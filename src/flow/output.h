/* A lane: one sink, and what is on its way through it. It watches the sink for the inputs that feed
 * it, remembers which position each record that the sink has taken brings, and hands the position
 * out when the record is settled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/quota.h"
#include "flow/pending.h"
#include "flow/recovery.h"

struct config;
struct record;
struct sd_event;
struct sd_event_source;
struct sink;
struct unknown_codes;

/* A record of an input is settled: its position may be saved. */
typedef void output_settled_fn(const struct pending_entry *entry, void *userdata);

/* The sink may have room again. Returns 0 or a negative errno that ends the loop. */
typedef int output_room_fn(void *userdata);

struct output_events {
	output_settled_fn *settled;
	output_room_fn *room;
	void *userdata;
};

struct output {
	struct sink *sink; /* owned */
	struct output_events events;
	struct sd_event_source *watch; /* of the sink's descriptor */
	struct sd_event_source *timer; /* of its time */
	uint32_t watched;              /* events that are watched for now */
	uint64_t timer_usec;           /* when the timer goes off; UINT64_MAX = it is off */
	struct pending pending;
	struct recovery recovery; /* what the sink had at the start */
	bool recovered;           /* it has been asked */
	bool open;                /* and the inputs that waited for that have been opened */
	bool full;          /* the sink did not take the last record; something is waited for */
	uint64_t full_usec; /* since when, CLOCK_MONOTONIC; 0 = it took the last record */
	uint64_t n_settled; /* of the sink's, those handed out */
	uint64_t n_unknown; /* causes in records taken that no catalog has */
	struct unknown_codes *unknown; /* where their codes are counted, too; NULL = nowhere */
	uint64_t n_dropped;   /* datagrams dropped because the sink was full for too long */
	struct quota dropped; /* of these, those not reported yet */
};

/* Start an embedded lane; the sink becomes its own in any case. Returns 0 or a negative errno. */
int output_init(struct output *output, struct sd_event *event, struct sink *sink,
	const struct output_events *events);

/* Free what the lane holds, the sink too. */
void output_done(struct output *output);

/* Ask the sink what it has of earlier lives, and move its positions in the table. Returns 0 when
 * that is done, SINK_FULL when it is to be tried again after lane_watch has called, or a negative
 * errno, which is logged. */
int output_recover(struct output *output, const struct config *config, struct positions *positions);

/* Forget what the sink had: everything of it has been passed. */
void output_forget(struct output *output);

/* Hand a record of input `input` to the sink. Returns 0 when it is taken, SINK_FULL, or a negative
 * errno, which is logged. */
int output_send(struct output *output, size_t input, const struct record *record);

/* Count a datagram that the sink had no room for. */
void output_drop(struct output *output);

/* Say how many were dropped, unless that was said a moment ago. Returns whether all is said. */
bool output_tell_dropped(struct output *output);

/* Push out what is held back. As sink_flush, and hands out what is settled. */
int output_flush(struct output *output);

/* Watch for what the sink waits for now: to be called when the sink has been used. Returns 0 or a
 * negative errno. */
int output_watch(struct output *output);
