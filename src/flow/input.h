/* An input: a puller, and its source as the configuration has it. The input opens the source at its
 * saved positions, watches it for the pump, and notes the positions that may be saved. */
#pragma once

#include <stdbool.h>

#include "flow/output.h"
#include "flow/puller.h"

struct cause_counts;
struct config;
struct config_source;
struct first_reads;
struct positions;
struct recognizer;
struct sd_event;
struct sd_event_source;
struct setup;
struct source;
struct unknown_codes;

enum { INPUT_RETRY_USEC = 1000 * 1000 }; /* until a source that failed is tried again */

/* The source may have something to pull. Returns 0 or a negative errno that ends the loop. */
typedef int input_ready_fn(void *userdata);

/* Save the table of positions now. A failure is logged: then a crash may repeat records. */
typedef void input_save_fn(void *userdata);

/* What all inputs of a pipeline have in common. */
struct input_context {
	struct sd_event *event;
	struct setup *setup; /* by which records are recognized from now on */
	struct positions *positions;
	struct unknown_codes *unknown; /* where codes that no catalog has are counted */
	struct cause_counts *causes;   /* where all are */
	struct first_reads *reads;     /* so that each record counts once */
	const char *unit;              /* whose main process this is; NULL for none */
	const char *instance;          /* name of this daemon */
	bool drain;                    /* a source that fails is not tried again */
	input_ready_fn *ready;
	input_save_fn *save;
	void *userdata;
};

enum input_phase {
	INPUT_CLOSED,
	INPUT_CATCHING_UP, /* it has not read yet everything that existed when it was opened */
	INPUT_CAUGHT_UP,
};

struct input {
	const struct input_context *context;
	const struct config_source *config;
	struct config *opened_by;    /* what the source points to, a reference; NULL = not open */
	struct setup *setup;         /* of the recognizer, a reference */
	struct setup *setup_in_hand; /* of the record in hand, if older; a reference */
	struct puller puller;
	unsigned part;   /* of the source, see kinds.h */
	bool rereadable; /* the source can be read again: it has positions */
	bool returned;   /* its output has returned records, so it is to be read again */
	enum input_phase phase;
	enum change change;
	struct sd_event_source *readable;
	struct sd_event_source *timer;
	bool failing;          /* the last try failed; logged once */
	bool note_failing;     /* the last position could not be noted; logged once */
	bool full_logged;      /* it was logged that the table of positions is full */
	uint64_t n_unrecorded; /* positions that it had no room for */
};

/* What one input has of its own. */
struct input_options {
	const struct config_source *config;
	unsigned part; /* of the source, see kinds.h */
	size_t number;
	struct output *const *outputs; /* array of those it sends to */
	size_t n_outputs;
};

/* Make an input, which is not open yet. `context` and the configuration must outlive it. NULL when
 * memory is refused. */
struct input *input_new(const struct input_context *context, const struct input_options *options);

/* Open the source at its positions in the table, and watch it. `config`: that of the input. A
 * failure is logged with the name of the source. Returns 0 or a negative errno; after a failure,
 * the input can only be closed or freed. */
int input_open(struct input *input, struct config *config);

/* Records that the output returned are to be read again: open the source where they begin, behind
 * what the output still has in flight. `config`: as for input_open. Returns 0 or a negative errno.
 */
int input_reread(struct input *input, struct config *config);

/* Close the source; the input may be opened again. */
void input_close(struct input *input);

/* The input will be closed: have a source that cannot be read again give what it holds. Or, if not
 * `ending`, it will not be closed after all. */
void input_set_ending(struct input *input, bool ending);

/* Recognize causes by `recognizer` from the next record on; it is of the setup of the context,
 * which has the source as `config`. The input owns it from now on. The record in hand does not
 * change. */
void input_adopt(
	struct input *input, const struct config_source *config, struct recognizer *recognizer);

/* Free an input and what it holds; accepts one that was not opened, and NULL. Returns NULL. */
struct input *input_free(struct input *input);

/* Note that the record at this position has been read, for it may be read again. */
void input_note_read(struct input *input, struct text stream, struct text position);

/* Note that all before the saved positions has been read; only for a source that can be read again.
 */
void input_note_reached(struct input *input);

/* One piece of work. Returns 0, PULLER_BATCH, or a negative errno that ends the daemon. */
int input_step(struct input *input);

/* A datagram in hand does not wait forever: start the timer for the time when it has waited enough.
 * Returns 0 or a negative errno. */
int input_watch_patience(struct input *input);

/* Note a position in the table, to be saved with it. */
void input_note(struct input *input, struct text stream, struct text position);

/* Note the current positions of the source, if everything before them is settled. */
void input_note_all(struct input *input);
