/* A feed: an input as the configuration has it. It opens the source where its positions say,
 * watches it for the pump, and notes the positions that may be saved. */
#pragma once

#include <stdbool.h>

#include "flow/pull.h"
#include "source/syslog/syslog-source.h"

struct config_source;
struct positions;
struct recognizer;
struct sd_event;
struct sd_event_source;
struct setup;
struct source;
struct unknown;

enum { FEED_RETRY_USEC = 1000 * 1000 }; /* until a source that failed is tried again */

/* The source may have something to pull. Returns 0 or a negative errno that ends the loop. */
typedef int feed_ready_fn(void *userdata);

/* What all feeds of a pipeline have in common. */
struct feed_context {
	struct sd_event *event;
	struct setup *setup;   /* by which records are recognized from now on */
	struct config *config; /* of the sources and sinks that are open */
	struct positions *positions;
	struct unknown *unknown; /* where codes that no catalog has are counted */
	const char *unit;        /* whose main process this is; NULL for none */
	const char *instance;    /* name of this daemon */
	bool drain;              /* a source that fails is not tried again */
	feed_ready_fn *ready;
	void *userdata;
};

struct feed {
	const struct feed_context *context;
	const struct config_source *config;
	struct setup *setup;  /* of the recognizer, a reference */
	struct setup *former; /* of the record in hand, if that is an older one; a reference */
	struct input input;
	struct syslog_options syslog; /* those of the configuration, for one transport */
	bool again;                   /* the source can be read again: it has positions */
	bool open;
	bool passed; /* it has read everything that was there when it was opened */
	struct sd_event_source *readable;
	struct sd_event_source *timer;
	bool failing;      /* the last try failed; said once */
	bool note_failing; /* the last position could not be noted; said once */
};

/* What one feed has of its own. */
struct feed_options {
	const struct config_source *config;
	unsigned transport; /* of a syslog source, which part this is (enum syslog_transport) */
	size_t number;
	struct lane *lanes; /* those it feeds, one behind the other */
	size_t n_lanes;
};

/* Start an embedded feed, which is not open yet. `context` and the configuration must outlive it.
 */
void feed_init(
	struct feed *feed, const struct feed_context *context, const struct feed_options *options);

/* Open the source where the table of positions says, and watch it. What fails is logged by its
 * name. `source`: one that is open already, to go on with; the feed's own in any case. NULL = none.
 * Returns 0 or a negative errno. */
int feed_open(struct feed *feed, struct source *source);

/* Take the open source out of the feed, which then can only be freed; what it has counted so far is
 * forgotten. */
struct source *feed_take_source(struct feed *feed);

/* Build what the feed would recognize causes by in another setup, whose sources are those that are
 * open. Returns 0 or a negative errno. */
int feed_make_recognizer(
	const struct feed *feed, const struct setup *setup, struct recognizer **ret);

/* Recognize causes so from the next record on: `recognizer`, now the feed's own, is of the setup of
 * the context. The record in hand stays what it is. */
void feed_adopt(struct feed *feed, struct recognizer *recognizer);

/* Free what the feed holds; accepts one that was not opened. */
void feed_done(struct feed *feed);

/* One piece of work. Returns 0, INPUT_BATCH, or a negative errno that ends the daemon. */
int feed_step(struct feed *feed);

/* A datagram in hand does not wait for ever: come back when it has waited enough. Returns 0 or a
 * negative errno. */
int feed_watch_patience(struct feed *feed);

/* Note a position in the table, to be saved with it. */
void feed_note(struct feed *feed, struct text stream, struct text position);

/* Note where the source stands, if everything that it has passed is settled. */
void feed_note_all(struct feed *feed);
