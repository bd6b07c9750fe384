/* The inputs are in the order of the sources, and those of one source in the order of the sinks. */
#include "config.h"

#include "flow/wiring.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "flow/openers.h"
#include "flow/setup/configuration.h"
#include "record/record.h"
#include "sink/sink.h"
#include "source/source.h"

/* --- opening --- */

/* Wirings before and after a reload may share inputs and outputs: see rewiring.h. */
static struct input *find_input(const struct wiring *before, const struct input_options *options)
{
	const struct output *output = options->outputs[0];

	for (size_t i = 0; before && i < before->n_inputs; i++) {
		struct input *input = before->inputs[i];

		if (input->change == CHANGE_NONE && input->part == options->part &&
			text_equal(input->config->name, options->config->name) &&
			(!input->rereadable || input->puller.outputs[0] == output))
			return input;
	}
	return NULL;
}

/* Add the input that stays open, or a new one. */
static int add_input(
	struct wiring *wiring, const struct input_options *options, const struct wiring *before)
{
	struct input *input = find_input(before, options);

	/* Records that can be read again have one position for each sink. */
	assert(!options->config->kind->order || options->n_outputs == 1);
	if (!input) {
		input = input_new(wiring->context, options);
		if (!input)
			return -ENOMEM;
		input->change = before ? CHANGE_OPEN : CHANGE_NONE;
	}
	wiring->inputs[wiring->n_inputs++] = input;
	return 0;
}

/* Add a source that can be read again: one input for each output. */
static int add_source(
	struct wiring *wiring, const struct config_source *config, const struct wiring *before)
{
	int r = 0;

	for (size_t i = 0; i < wiring->n_outputs && r == 0; i++) {
		const struct input_options options = { config, 0, wiring->n_inputs,
			&wiring->outputs[i], 1 };

		r = add_input(wiring, &options, before);
	}
	return r;
}

/* Add a source that cannot: one input for each part, for all sinks. */
static int add_parts(
	struct wiring *wiring, const struct config_source *config, const struct wiring *before)
{
	unsigned parts = config->kind->parts(config->options);
	int r = 0;

	assert(parts != 0 && parts >> SOURCE_PARTS_MAX == 0);
	for (unsigned i = 0; i < SOURCE_PARTS_MAX && r == 0; i++) {
		const struct input_options options = { config, 1u << i, wiring->n_inputs,
			wiring->outputs, wiring->n_outputs };
		struct input *input;

		if (!(parts & options.part))
			continue;
		r = add_input(wiring, &options, before);
		if (r < 0)
			return r;
		input = wiring->inputs[options.number];
		if (input->phase == INPUT_CLOSED)
			r = input_open(input, wiring->config);
	}
	return r;
}

static int add_inputs(struct wiring *wiring, const struct wiring *before)
{
	const struct config *config = wiring->config;
	int r = 0;

	wiring->inputs = calloc(
		config->n_sources * (wiring->n_outputs + SOURCE_PARTS_MAX), sizeof(struct input *));
	if (!wiring->inputs)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sources && r == 0; i++) {
		const struct config_source *source = &config->sources[i];

		if (source->kind->order)
			r = add_source(wiring, source, before);
		else
			r = add_parts(wiring, source, before);
		assert(wiring->n_inputs <= (i + 1) * (wiring->n_outputs + SOURCE_PARTS_MAX));
	}
	return r;
}

static struct output *find_output(const struct wiring *before, const struct config_sink *config)
{
	for (size_t i = 0; before && i < before->n_outputs; i++)
		if (before->outputs[i]->change == CHANGE_NONE &&
			text_equal(before->config->sinks[i].name, config->name))
			return before->outputs[i];
	return NULL;
}

static int open_output(
	const struct wiring_options *options, const struct config_sink *config, struct output **ret)
{
	struct sink *sink = NULL;
	int r = opener_open_sink(
		config->kind, config->name.data, config->options, options->sender, &sink);

	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot open: %m", config->name.data);
		return r;
	}
	return output_new(options->context->event, sink, options->config, &options->events, ret);
}

static int add_outputs(
	struct wiring *wiring, const struct wiring_options *options, const struct wiring *before)
{
	const struct config *config = options->config;

	wiring->outputs = calloc(config->n_sinks, sizeof(struct output *));
	if (!wiring->outputs)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sinks; i++) {
		struct output *output = find_output(before, &config->sinks[i]);

		if (!output) {
			int r = open_output(options, &config->sinks[i], &output);

			if (r < 0)
				return r;
			output->change = before ? CHANGE_OPEN : CHANGE_NONE;
		}
		wiring->outputs[wiring->n_outputs++] = output;
	}
	return 0;
}

int wiring_open(
	struct wiring *wiring, const struct wiring_options *options, const struct wiring *before)
{
	int r;

	*wiring = (struct wiring){ .context = options->context,
		.config = config_ref(options->config),
		.recovering = true };
	r = add_outputs(wiring, options, before);
	if (r == 0)
		r = add_inputs(wiring, before);
	return r;
}

void wiring_close(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		(void)input_free(wiring->inputs[i]);
	free(wiring->inputs);
	for (size_t i = 0; i < wiring->n_outputs; i++)
		(void)output_free(wiring->outputs[i]);
	free(wiring->outputs);
	(void)config_unref(wiring->config);
	*wiring = (struct wiring){ 0 };
}

/* --- recovery --- */

/* Every input that can be read again has one output. Its start is noted before it is read: a source
 * that begins at the end, if opened again, would otherwise begin behind records that its sink did
 * not take. */
static int open_inputs_of(struct wiring *wiring, const struct output *output)
{
	int r = 0;

	for (size_t i = 0; i < wiring->n_inputs && r == 0; i++) {
		struct input *input = wiring->inputs[i];

		if (!input->rereadable || input->phase != INPUT_CLOSED ||
			input->puller.outputs[0] != output)
			continue;
		r = input_open(input, wiring->config);
		if (r == 0)
			input_note_all(input);
	}
	return r;
}

/* Returns 0, SINK_FULL while the sink does not answer, or a negative errno. */
static int recover_output(struct wiring *wiring, struct output *output)
{
	int r = 0;

	if (output->phase == OUTPUT_ASKING)
		r = output_recover(output, wiring->config, wiring->context->positions);
	if (r != 0)
		return r;
	r = open_inputs_of(wiring, output);
	if (r == 0)
		output->phase = OUTPUT_OPEN;
	return r;
}

int wiring_recover(struct wiring *wiring)
{
	int result = 0;

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = recover_output(wiring, wiring->outputs[i]);

		if (r < 0)
			return r;
		if (r == SINK_FULL)
			result = SINK_FULL;
	}
	wiring->recovering = wiring->context->positions->doubted = result != 0;
	return result;
}

/* Whether all sources of the output have passed what the sink had at the start. */
static bool have_inputs_passed(const struct wiring *wiring, const struct output *output)
{
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		const struct input *input = wiring->inputs[i];

		if (input->rereadable && input->puller.outputs[0] == output &&
			input->phase != INPUT_CAUGHT_UP)
			return false;
	}
	return true;
}

void wiring_forget_recovered(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++)
		if (wiring->outputs[i]->phase == OUTPUT_OPEN &&
			wiring->outputs[i]->recovery.size > 0 &&
			have_inputs_passed(wiring, wiring->outputs[i]))
			output_forget(wiring->outputs[i]);
}

/* --- reading --- */

struct input *wiring_choose_input(
	struct wiring *wiring, wiring_may_read_fn *may_read, const void *userdata)
{
	assert(wiring->next_input <= wiring->n_inputs);
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		size_t index = (wiring->next_input + i) % wiring->n_inputs;
		struct input *input = wiring->inputs[index];

		if (puller_can_step(&input->puller, may_read(input, userdata))) {
			wiring->next_input = index + 1;
			return input;
		}
	}
	return NULL;
}

/* Whether an input has a record in hand, which not every output has taken. */
static bool any_in_hand(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (wiring->inputs[i]->puller.in_hand)
			return true;
	return false;
}

bool wiring_has_read_all(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		const struct input *input = wiring->inputs[i];

		if (input->phase == INPUT_CLOSED || input->puller.in_hand || input->puller.ready ||
			input->puller.save_first || input->puller.source->pending)
			return false;
	}
	return true;
}

void wiring_note_positions(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		input_note_all(wiring->inputs[i]);
}

/* --- records in flight --- */

void wiring_note_reads(struct wiring *wiring, const struct config *next)
{
	struct pending_entry entry;

	for (size_t i = 0; i < wiring->n_outputs; i++)
		for (size_t at = 0; pending_next(&wiring->outputs[i]->pending, &at, &entry);)
			if (entry.input != PENDING_NO_INPUT)
				input_note_read(
					wiring->inputs[entry.input], entry.stream, entry.position);
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		struct input *input = wiring->inputs[i];
		const struct record *record = input->puller.in_hand;

		if (record)
			input_note_read(input, record->stream, record->position);
		if (input->rereadable &&
			!config_find_sink(next, text_of(input->puller.outputs[0]->sink->name)))
			input_note_reached(input);
	}
}

void wiring_settle(struct wiring *wiring, const struct pending_entry *entry)
{
	struct input *input;

	if (entry->input == PENDING_NO_INPUT)
		return;
	assert(entry->input < wiring->n_inputs);
	input = wiring->inputs[entry->input];
	assert(input->puller.n_unsettled >= entry->n);
	input->puller.n_unsettled -= entry->n;
	if (input->rereadable)
		input_note(input, entry->stream, entry->position);
	/* Recovery knows the newest records of all sources together. */
	wiring->context->positions->n_records += entry->n;
}

void wiring_return(struct wiring *wiring, const struct pending_entry *entry)
{
	struct input *input;

	if (entry->input == PENDING_NO_INPUT)
		return;
	input = wiring->inputs[entry->input];
	assert(input->rereadable && input->puller.n_unsettled >= entry->n);
	input->puller.n_unsettled -= entry->n;
	input_note_read(input, entry->stream, entry->position);
	input->returned = true;
}

int wiring_reread(struct wiring *wiring, const struct output *output)
{
	int r = 0;

	for (size_t i = 0; i < wiring->n_inputs && r == 0; i++) {
		struct input *input = wiring->inputs[i];

		assert(!input->returned || input->puller.outputs[0] == output);
		if (input->returned)
			r = input_reread(input, wiring->config);
	}
	return r;
}

int wiring_flush(struct wiring *wiring)
{
	int result = any_in_hand(wiring) ? SINK_FULL : 0;

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = output_flush(wiring->outputs[i]);

		if (r < 0)
			return r;
		if (r == SINK_FULL)
			result = SINK_FULL;
	}
	assert(result != 0 || !wiring_is_at_risk(wiring));
	return result;
}

bool wiring_is_at_risk(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (!wiring->inputs[i]->rereadable &&
			!puller_is_settled(&wiring->inputs[i]->puller))
			return true;
	return false;
}

bool wiring_waits_for(const struct wiring *wiring, const struct output *output)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (puller_owes(&wiring->inputs[i]->puller, output))
			return true;
	return false;
}

/* Of `n` records, the sink has settled `n_settled`. Where they can be read again, all come again:
 * the position is behind them. */
static void count_left(
	const struct input *input, uint64_t n, uint64_t n_settled, struct wiring_left *left)
{
	if (input && input->rereadable)
		left->n_again += n;
	else
		left->n_lost += n - n_settled;
}

struct wiring_left wiring_empty_output(struct wiring *wiring, struct output *output)
{
	uint64_t n_settled = output_settled_part(output);
	struct wiring_left left = { 0 };
	struct pending_entry entry;

	while (pending_take(&output->pending, UINT64_MAX, &entry)) {
		struct input *input =
			entry.input != PENDING_NO_INPUT ? wiring->inputs[entry.input] : NULL;
		uint64_t n = n_settled < entry.n ? n_settled : entry.n;

		count_left(input, entry.n, n, &left);
		n_settled -= n;
		/* Those that can be read again remain unsettled: no position may move past them. */
		if (input && !input->rereadable)
			input->puller.n_unsettled -= entry.n;
	}
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (puller_owes(&wiring->inputs[i]->puller, output))
			count_left(wiring->inputs[i], 1, 0, &left);
	return left;
}

static void log_left_in(struct wiring *wiring, struct output *output)
{
	struct wiring_left left = wiring_empty_output(wiring, output);

	if (output->full || left.n_again + left.n_lost > 0)
		log_warning("sink %s: not everything was delivered, stopping anyway; %" PRIu64
			    " records will be resent at the next start, %" PRIu64 " are lost",
			output->sink->name, left.n_again, left.n_lost);
}

void wiring_log_undelivered(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++)
		log_left_in(wiring, wiring->outputs[i]);
}

/* --- watching --- */

int wiring_end_batch(struct wiring *wiring)
{
	int result = 0;

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = output_end_batch(wiring->outputs[i]);

		if (r < 0)
			return r;
		if (r == OUTPUT_PROGRESS)
			result = OUTPUT_PROGRESS;
	}
	return result;
}

int wiring_watch_outputs(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = output_watch(wiring->outputs[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int wiring_watch_patience(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		int r = input_watch_patience(wiring->inputs[i]);

		if (r < 0)
			return r;
	}
	return 0;
}
