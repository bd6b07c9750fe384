/* A record in hand is the one record of a source that not every lane has taken yet. While there is
 * one, the source is not read: it is the spool. */
#include <config.h>

#include "flow/pull.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "flow/output.h"
#include "flow/recovery.h"
#include "sink/sink.h"

void input_init(struct input *input, size_t number, const char *instance, struct lane *lanes,
	size_t n_lanes)
{
	*input = (struct input){
		.number = number,
		.instance = instance,
		.lanes = lanes,
		.n_lanes = n_lanes,
		.line = record_make(),
		.ready = true,
	};
}

void input_recognize(
	struct input *input, struct recognizer *recognizer, const struct enrich_policy *policy)
{
	(void)recognizer_free(input->recognizer);
	input->recognizer = recognizer;
	input->policy = *policy;
	input->gave_up_logged = false;
}

void input_done(struct input *input)
{
	record_done(&input->line);
	input->source = source_free(input->source);
	input->recognizer = recognizer_free(input->recognizer);
}

/* Count how often patterns gave up since `n_before`; log the first time with the profile. */
static void count_given_up(struct input *input, uint64_t n_before)
{
	uint64_t n = recognizer_count_gave_up(input->recognizer) - n_before;

	input->n_gave_up += n;
	if (n == 0 || input->gave_up_logged)
		return;
	input->gave_up_logged = true;
	log_warning("source %s: a pattern of the profile '%s' used up its work or memory on a "
		    "line, causes "
		    "may be missing there; further ones are only counted; run 'because check'",
		input->source->name, recognizer_gave_up_by(input->recognizer)->name.data);
}

/* --- the probe --- */

static bool text_is_wanted(struct input *input, struct text text)
{
	uint64_t n_before = recognizer_count_gave_up(input->recognizer);
	size_t n = 0;

	(void)recognizer_find_within(input->recognizer, text, input->probe_work, &n);
	input->probe_work -= recognizer_spent(input->recognizer);
	count_given_up(input, n_before);
	return n > 0;
}

/* An entry may have a thousand messages, which share the work of one. */
static void probe_begin(void *userdata)
{
	struct input *input = userdata;

	input->probe_work = RECOGNIZER_WORK_MAX;
}

static bool probe_wants(void *userdata, struct text field)
{
	static const char message[] = "MESSAGE=", data[] = "SYSLOG_STRUCTURED_DATA=";
	static const size_t message_len = sizeof(message) - 1, data_len = sizeof(data) - 1;
	struct input *input = userdata;
	const char *equals;
	struct match match;
	size_t name_len;

	/* Most fields are journald's own and begin so. */
	if (field.len == 0 || field.data[0] == '_')
		return false;
	if (text_starts(field, text_make(message, message_len)))
		return text_is_wanted(
			input, text_make(field.data + message_len, field.len - message_len));
	if (text_starts(field, text_make(data, data_len)))
		return text_is_wanted(
			input, text_make(field.data + data_len, field.len - data_len));
	equals = memchr(field.data, '=', field.len);
	if (!equals)
		return false;
	name_len = (size_t)(equals - field.data);
	return recognizer_field(input->recognizer, text_make(field.data, name_len),
		text_make(equals + 1, field.len - name_len - 1), &match);
}

struct source_probe input_probe(struct input *input)
{
	input->probed = true;
	return (struct source_probe){ probe_wants, input, probe_begin };
}

/* --- the record in hand --- */

static bool is_owed(const struct input *input, size_t lane)
{
	return (input->owed & (UINT32_C(1) << lane)) != 0;
}

bool input_owes(const struct input *input, const struct lane *lane)
{
	for (size_t i = 0; input->in_hand && i < input->n_lanes; i++)
		if (&input->lanes[i] == lane)
			return is_owed(input, i);
	return false;
}

static void take_in_hand(struct input *input, struct record *record, bool cannot_wait)
{
	if (input->recovery && recovery_knows(input->recovery, input->order,
				       text_of(record->source), record->position))
		return;
	input->in_hand = record;
	input->cannot_wait = cannot_wait;
	input->owed = (uint32_t)((UINT64_C(1) << input->n_lanes) - 1);
}

static uint64_t patience_of(const struct lane *lane)
{
	return lane->full_usec + INPUT_DATAGRAM_WAIT_USEC;
}

uint64_t input_patience_usec(const struct input *input)
{
	uint64_t first = UINT64_MAX;

	if (!input->in_hand || !input->cannot_wait)
		return first;
	for (size_t i = 0; i < input->n_lanes; i++)
		if (is_owed(input, i) && input->lanes[i].full &&
			patience_of(&input->lanes[i]) < first)
			first = patience_of(&input->lanes[i]);
	return first;
}

/* Whether a lane has been full for so long that datagrams no longer wait for it. */
static bool is_out_of_patience(const struct input *input, const struct lane *lane)
{
	return input->cannot_wait && lane->full_usec > 0 &&
	       io_now_usec(CLOCK_MONOTONIC) >= patience_of(lane);
}

/* Returns 0 when the lane is done with the record, SINK_FULL, or a negative errno. */
static int hand_to(struct input *input, struct lane *lane)
{
	int r = SINK_FULL;

	if (!lane->full) {
		input->n_unsettled++;
		r = lane_send(lane, input->number, input->in_hand);
		if (r != 0)
			input->n_unsettled--;
	}
	if (r == SINK_FULL && is_out_of_patience(input, lane)) {
		lane_drop(lane);
		r = 0;
	}
	return r;
}

static int hand_over(struct input *input)
{
	for (size_t i = 0; i < input->n_lanes; i++) {
		int r;

		if (!is_owed(input, i))
			continue;
		r = hand_to(input, &input->lanes[i]);
		if (r < 0)
			return r;
		if (r == 0)
			input->owed &= ~(UINT32_C(1) << i);
	}
	if (input->owed == 0)
		input->in_hand = NULL;
	return 0;
}

/* --- finding the next --- */

/* What comes back to us, or has passed the filter, is counted, and that is logged once. */
static void count_explained(struct input *input, const struct record *record)
{
	input->n_explained += record->n_explained;
	if (record->n_explained == 0 || input->explained_said)
		return;
	input->explained_said = true;
	log_notice("source %s: causes that already have their bracket are not explained again, "
		   "only counted",
		input->source->name);
}

static int enrich(struct input *input, struct record *record)
{
	int r;

	record->instance = input->instance;
	r = enrich_record(&input->policy, input->recognizer, record);
	count_explained(input, record);
	return r;
}

/* Count patterns that gave up, unless the probe has. */
static int enrich_new(struct input *input, struct record *record)
{
	uint64_t n_before = recognizer_count_gave_up(input->recognizer);
	int r = enrich(input, record);

	if (!input->probed)
		count_given_up(input, n_before);
	return r;
}

/* Returns what recognizer_next_line returns. */
static int find_line(struct input *input, struct match_line *ret)
{
	uint64_t n_before = recognizer_count_gave_up(input->recognizer);
	int r = recognizer_next_line(input->recognizer, input->block.bytes, input->at, ret);

	count_given_up(input, n_before);
	return r;
}

/* The offset behind the line end that begins at or behind `end`. */
static size_t behind_line_end(struct text block, size_t end)
{
	return end < block.len ? end + 1 : block.len;
}

/* Take in hand the next line of the block that has a cause. Returns 0, INPUT_BATCH when the
 * recognizer paused, or a negative errno. */
static int next_line(struct input *input)
{
	struct text bytes = input->block.bytes;
	struct match_line match;
	struct source_line line;
	int r = find_line(input, &match);

	if (r == RECOGNIZER_END) {
		input->in_block = false;
		return 0;
	}
	line = (struct source_line){ match.start, match.end, behind_line_end(bytes, match.end) };
	input->at = line.next;
	if (r == RECOGNIZER_PAUSED)
		return INPUT_BATCH;
	if (line.end > line.start && line.next > line.end && bytes.data[line.end - 1] == '\r')
		line.end--;
	record_clear(&input->line);
	r = source_line(input->source, &line, &input->line);
	if (r < 0)
		return r;
	r = enrich(input, &input->line);
	if (r < 0)
		return r;
	if (r == 0)
		take_in_hand(input, &input->line, false);
	return 0;
}

static int pull(struct input *input, bool *ret_fatal)
{
	struct source_item item;
	int r = source_pull(input->source, &item);

	*ret_fatal = input->failed = r == -ENOMEM;
	if (r < 0)
		return r;
	if (r == SOURCE_SKIPPED)
		return INPUT_BATCH;
	if (r != 0) {
		input->ready = false;
		return INPUT_WAITS;
	}
	if (!item.record) {
		input->block = item.block;
		input->at = 0;
		input->in_block = true;
		return 0;
	}
	r = enrich_new(input, item.record);
	if (r < 0) {
		*ret_fatal = input->failed = true;
		return r;
	}
	if (r == 0)
		take_in_hand(input, item.record, item.cannot_wait);
	return 0;
}

bool input_can_step(const struct input *input, bool reading)
{
	if (!input->in_hand)
		return reading && (input->in_block || input->ready);
	for (size_t i = 0; i < input->n_lanes; i++)
		if (is_owed(input, i) &&
			(!input->lanes[i].full || is_out_of_patience(input, &input->lanes[i])))
			return true;
	return false;
}

int input_step(struct input *input, bool *ret_fatal)
{
	*ret_fatal = true;
	if (input->in_hand)
		return hand_over(input);
	if (input->in_block)
		return next_line(input);
	return pull(input, ret_fatal);
}

bool input_is_settled(const struct input *input)
{
	return !input->failed && !input->in_hand && !input->in_block && input->n_unsettled == 0;
}
