/* A lane: one sink, and what is on its way through it. It watches the sink for the inputs that feed
 * it, remembers which position each record that the sink has taken brings, and hands the position
 * out when the record is settled. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "flow/pending.h"
#include "flow/recovery.h"

struct config;
struct record;
struct sd_event;
struct sd_event_source;
struct sink;
struct unknown;

/* A record of an input is settled: its position may be saved. */
typedef void lane_settled_fn(const struct unsettled_entry *entry, void *userdata);

/* The sink may have room again. Returns 0 or a negative errno that ends the loop. */
typedef int lane_room_fn(void *userdata);

struct lane_events {
	lane_settled_fn *settled;
	lane_room_fn *room;
	void *userdata;
};

struct lane {
	struct sink *sink; /* owned */
	struct lane_events events;
	struct sd_event_source *watch; /* of the sink's descriptor */
	struct sd_event_source *timer; /* of its time */
	uint32_t watched;              /* events that are watched for now */
	uint64_t timer_usec;           /* when the timer goes off; UINT64_MAX = it is off */
	struct unsettled unsettled;
	struct recovery recovery; /* what the sink had at the start */
	bool recovered;           /* it has been asked */
	bool open;                /* and the inputs that waited for that have been opened */
	bool full;          /* the sink did not take the last record; something is waited for */
	uint64_t full_usec; /* since when, CLOCK_MONOTONIC; 0 = it took the last record */
	uint64_t n_settled; /* of the sink's, those handed out */
	uint64_t n_unknown; /* causes in records taken that no catalog has */
	struct unknown *unknown; /* where their codes are counted, too; NULL = nowhere */
	uint64_t n_dropped;      /* datagrams dropped because the sink was full for too long */
	uint64_t n_dropped_said;
	uint64_t dropped_said_usec;
};

/* Start an embedded lane; the sink becomes its own in any case. Returns 0 or a negative errno. */
int lane_init(struct lane *lane, struct sd_event *event, struct sink *sink,
	const struct lane_events *events);

/* Free what the lane holds, the sink too. */
void lane_done(struct lane *lane);

/* Ask the sink what it has of earlier lives, and move its positions in the table. Returns 0 when
 * that is done, SINK_FULL when it is to be tried again after lane_watch has called, or a negative
 * errno, which is logged. */
int lane_recover(struct lane *lane, const struct config *config, struct positions *positions);

/* Forget what the sink had: everything of it has been passed. */
void lane_forget(struct lane *lane);

/* Hand a record of input `input` to the sink. Returns 0 when it is taken, SINK_FULL, or a negative
 * errno, which is logged. */
int lane_send(struct lane *lane, size_t input, const struct record *record);

/* Count a datagram that the sink had no room for. */
void lane_drop(struct lane *lane);

/* Say how many were dropped, unless that was said a moment ago. Returns whether all is said. */
bool lane_tell_dropped(struct lane *lane);

/* Push out what is held back. As sink_flush, and hands out what is settled. */
int lane_flush(struct lane *lane);

/* Watch for what the sink waits for now: to be called when the sink has been used. Returns 0 or a
 * negative errno. */
int lane_watch(struct lane *lane);
