/* Until the commit, the open wiring works as before, and whatever fails leaves it alone. The commit
 * cannot fail: all that it needs has been made before.
 *
 * A journal sink must be asked which records it has when a source comes that can be read again, and
 * nothing may be in flight then. So it is opened anew.
 *
 * What the open sources and sinks point to is in the configuration that opened them: they have a
 * reference to it, and so at most one configuration is kept for each. */
#include "config.h"

#include "flow/rewiring.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "cause/recognizer.h"
#include "flow/setup/setup.h"
#include "sink/sink.h"
#include "source/source.h"

/* --- what stays open --- */

static const struct config_sink *find_sink(const struct config *config, const struct output *output)
{
	return config_find_sink(config, text_of(output->sink->name));
}

static bool has_source(const struct config *config, const struct config_source *source)
{
	const struct config_source *found = config_find_source(config, source->name);

	return found && config_is_same_source(found, source);
}

/* Whether `next` has a source that can be read again and is not open yet. */
static bool adds_source(const struct config *config, const struct config *next)
{
	for (size_t i = 0; i < next->n_sources; i++)
		if (next->sources[i].kind->order && !has_source(config, &next->sources[i]))
			return true;
	return false;
}

static bool output_stays(
	const struct wiring *wiring, size_t index, const struct config *next, bool ask_again)
{
	const struct output *output = wiring->outputs[index];
	const struct config_sink *sink = find_sink(next, output);

	return sink && config_is_same_sink(&wiring->config->sinks[index], sink) &&
	       !(ask_again && output->sink->in_flight_max > 0);
}

static void mark_input(struct input *input)
{
	bool stays = input->change == CHANGE_NONE && input->phase != INPUT_CLOSED;

	if (input->rereadable)
		stays = stays && input->puller.outputs[0]->change == CHANGE_NONE;
	input->change = stays ? CHANGE_NONE : CHANGE_CLOSE;
	input_set_ending(input, !stays);
}

void rewiring_mark(struct wiring *wiring, const struct config *next)
{
	bool ask_again = adds_source(wiring->config, next);

	for (size_t i = 0; i < wiring->n_outputs; i++)
		if (!output_stays(wiring, i, next, ask_again))
			wiring->outputs[i]->change = CHANGE_CLOSE;
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		struct input *input = wiring->inputs[i];

		if (!has_source(next, input->config))
			input->change = CHANGE_CLOSE;
		mark_input(input);
	}
}

void rewiring_unmark(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++)
		wiring->outputs[i]->change = CHANGE_NONE;
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		wiring->inputs[i]->change = CHANGE_NONE;
		input_set_ending(wiring->inputs[i], false);
	}
}

/* --- waiting --- */

/* What it sends to outputs that are to be closed would have no end. */
bool rewiring_may_read(const struct input *input)
{
	for (size_t i = 0; i < input->puller.n_outputs; i++)
		if (input->puller.outputs[i]->change == CHANGE_CLOSE)
			return false;
	return input->change == CHANGE_NONE;
}

/* Whether the input has records in flight that it must see settled: their positions are saved. */
static bool waits_for_output(const struct input *input)
{
	return input->change == CHANGE_CLOSE && input->rereadable && input->puller.n_unsettled > 0;
}

/* Whether the reload waits for what the output has in flight. */
static bool is_awaited(const struct wiring *wiring, const struct output *output)
{
	if (output->change == CHANGE_CLOSE)
		return true;
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (waits_for_output(wiring->inputs[i]) &&
			wiring->inputs[i]->puller.outputs[0] == output)
			return true;
	return false;
}

int rewiring_flush(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = 0;

		if (is_awaited(wiring, wiring->outputs[i]))
			r = output_flush(wiring->outputs[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Whether a record in hand, which cannot be read again, is for the output. */
static bool is_owed_socket_record(const struct wiring *wiring, const struct output *output)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (!wiring->inputs[i]->rereadable &&
			puller_owes(&wiring->inputs[i]->puller, output))
			return true;
	return false;
}

/* Whether a socket that is to be closed has given everything. */
static bool is_socket_empty(const struct input *input, bool reading)
{
	const struct puller *puller = &input->puller;

	return puller->phase == PULLER_PULLING && !puller->in_hand && !(reading && puller->ready);
}

bool rewiring_is_settled(const struct wiring *wiring, bool reading)
{
	for (size_t i = 0; i < wiring->n_outputs; i++) {
		const struct output *output = wiring->outputs[i];

		if (output->change == CHANGE_CLOSE &&
			(output->pending.n > 0 || is_owed_socket_record(wiring, output)))
			return false;
	}
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		const struct input *input = wiring->inputs[i];

		if (waits_for_output(input))
			return false;
		if (input->change == CHANGE_CLOSE && !input->rereadable &&
			!is_socket_empty(input, reading))
			return false;
	}
	return true;
}

static bool has_socket_records(const struct wiring *wiring, const struct output *output)
{
	struct pending_entry entry;
	size_t at = 0;

	while (pending_next(&output->pending, &at, &entry))
		if (entry.input == PENDING_NO_INPUT || !wiring->inputs[entry.input]->rereadable)
			return true;
	return false;
}

/* Whether the input, which is to be closed, has a record in hand for a sink of `next`. */
static bool has_record_for(const struct input *input, const struct config *next)
{
	const struct puller *puller = &input->puller;

	if (input->rereadable || input->change != CHANGE_CLOSE)
		return false;
	for (size_t i = 0; i < puller->n_outputs; i++)
		if (puller_owes(puller, puller->outputs[i]) && find_sink(next, puller->outputs[i]))
			return true;
	return puller->phase != PULLER_PULLING;
}

bool rewiring_is_at_risk(const struct wiring *wiring, const struct config *next)
{
	for (size_t i = 0; i < wiring->n_outputs; i++) {
		const struct output *output = wiring->outputs[i];

		if (output->change == CHANGE_CLOSE && find_sink(next, output) &&
			has_socket_records(wiring, output))
			return true;
	}
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (has_record_for(wiring->inputs[i], next))
			return true;
	return false;
}

bool rewiring_mark_stuck(struct wiring *wiring)
{
	bool found = false;

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		struct output *output = wiring->outputs[i];

		if (output->change == CHANGE_CLOSE || !is_awaited(wiring, output))
			continue;
		output->change = CHANGE_CLOSE;
		found = true;
	}
	for (size_t i = 0; i < wiring->n_inputs && found; i++)
		mark_input(wiring->inputs[i]);
	return found;
}

/* --- opening --- */

void rewiring_close_sources(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (!wiring->inputs[i]->rereadable && wiring->inputs[i]->change == CHANGE_CLOSE)
			input_close(wiring->inputs[i]);
}

/* Make the recognizers of the inputs that stay open. */
static int make_recognizers(struct rewiring *rewiring)
{
	const struct wiring *next = &rewiring->next;
	int r = 0;

	rewiring->recognizers = calloc(next->n_inputs + 1, sizeof(struct recognizer *));
	if (!rewiring->recognizers)
		return -ENOMEM;
	for (size_t i = 0; i < next->n_inputs && r == 0; i++) {
		const struct config_source *source =
			config_find_source(next->config, next->inputs[i]->config->name);
		struct text missing = { 0 };

		if (next->inputs[i]->change == CHANGE_NONE)
			r = setup_recognizer(next->context->setup, &source->profiles, &missing,
				&rewiring->recognizers[i]);
	}
	return r;
}

int rewiring_open(
	struct rewiring *rewiring, struct wiring *wiring, const struct wiring_options *options)
{
	int r;

	*rewiring = (struct rewiring){ .wiring = wiring,
		.numbers = calloc(wiring->n_inputs + 1, sizeof(size_t)) };
	if (!rewiring->numbers)
		return -ENOMEM;
	r = wiring_open(&rewiring->next, options, wiring);
	if (r == 0)
		r = make_recognizers(rewiring);
	return r < 0 ? r : wiring_recover(&rewiring->next);
}

/* --- replacing the wiring --- */

/* Empty the queue of an output that is to be closed. What cannot be read again, of a sink that goes
 * away, is lost. */
static void discard_from(struct wiring *wiring, struct output *output, const struct config *next)
{
	const char *name = output->sink->name;
	struct wiring_left left = wiring_empty_output(wiring, output);

	if (find_sink(next, output) || left.n_again + left.n_lost == 0)
		return;
	output->n_dropped += left.n_lost;
	log_warning("sink %s: removed before everything was delivered; %" PRIu64
		    " records will be resent if it is configured again, %" PRIu64 " are lost",
		name, left.n_again, left.n_lost);
}

/* The outputs of the next wiring that are to have the record in hand: those of the same names. */
static uint32_t find_owed(const struct puller *puller, const struct wiring *next)
{
	uint32_t owed = 0;

	for (size_t i = 0; i < puller->n_outputs; i++)
		for (size_t k = 0; k < next->n_outputs; k++)
			if (puller_owes(puller, puller->outputs[i]) &&
				text_equal(text_of(puller->outputs[i]->sink->name),
					next->config->sinks[k].name))
				owed |= UINT32_C(1) << k;
	return owed;
}

/* Move the input, which stays open, to the outputs of the next wiring. */
static void redirect_input(const struct wiring *next, size_t number)
{
	struct puller *puller = &next->inputs[number]->puller;
	struct output *const *outputs = next->outputs;

	if (!next->inputs[number]->rereadable) {
		puller_redirect(puller, number, outputs, next->n_outputs, find_owed(puller, next));
		return;
	}
	while (*outputs != puller->outputs[0])
		outputs++;
	puller_redirect(puller, number, outputs, 1, puller->owed);
}

/* Move the inputs that stay open, and number them as in the next wiring. */
static void renumber_inputs(struct rewiring *rewiring)
{
	const struct wiring *wiring = rewiring->wiring, *next = &rewiring->next;

	for (size_t i = 0; i < wiring->n_inputs; i++)
		rewiring->numbers[i] = PENDING_NO_INPUT;
	for (size_t i = 0; i < next->n_inputs; i++) {
		if (next->inputs[i]->change != CHANGE_NONE)
			continue;
		assert(wiring->inputs[next->inputs[i]->puller.number] == next->inputs[i]);
		rewiring->numbers[next->inputs[i]->puller.number] = i;
		redirect_input(next, i);
	}
	for (size_t i = 0; i < next->n_outputs; i++)
		if (next->outputs[i]->change == CHANGE_NONE)
			pending_renumber(&next->outputs[i]->pending, rewiring->numbers);
}

static void free_marked_inputs(struct wiring *wiring)
{
	size_t n = 0;

	for (size_t i = 0; i < wiring->n_inputs; i++) {
		if (wiring->inputs[i]->change == CHANGE_CLOSE)
			(void)input_free(wiring->inputs[i]);
		else
			wiring->inputs[n++] = wiring->inputs[i];
	}
	wiring->n_inputs = n;
}

static void free_marked_outputs(struct wiring *wiring)
{
	size_t n = 0;

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		if (wiring->outputs[i]->change == CHANGE_CLOSE)
			(void)output_free(wiring->outputs[i]);
		else
			wiring->outputs[n++] = wiring->outputs[i];
	}
	wiring->n_outputs = n;
}

void rewiring_discard_records(struct rewiring *rewiring)
{
	struct wiring *wiring = rewiring->wiring;

	for (size_t i = 0; i < wiring->n_outputs; i++)
		if (wiring->outputs[i]->change == CHANGE_CLOSE)
			discard_from(wiring, wiring->outputs[i], rewiring->next.config);
}

void rewiring_close_marked(struct rewiring *rewiring)
{
	struct wiring *wiring = rewiring->wiring;

	renumber_inputs(rewiring);
	free_marked_inputs(wiring);
	free_marked_outputs(wiring);
}

static void free_parts(struct rewiring *rewiring)
{
	for (size_t i = 0; rewiring->recognizers && i < rewiring->next.n_inputs; i++)
		(void)recognizer_free(rewiring->recognizers[i]);
	free(rewiring->recognizers);
	free(rewiring->numbers);
	*rewiring = (struct rewiring){ 0 };
}

void rewiring_commit(struct rewiring *rewiring)
{
	struct wiring *wiring = rewiring->wiring, *next = &rewiring->next;

	for (size_t i = 0; i < next->n_inputs; i++) {
		struct input *input = next->inputs[i];

		if (input->change == CHANGE_NONE)
			input_adopt(input, config_find_source(next->config, input->config->name),
				TAKE(rewiring->recognizers[i]));
	}
	/* What it had is in the next one now. */
	wiring->n_inputs = wiring->n_outputs = 0;
	wiring_close(wiring);
	*wiring = *next;
	rewiring_unmark(wiring);
	free_parts(rewiring);
}

/* Open the sockets that rewiring_close_sources has closed. */
static int reopen_sources(struct wiring *wiring)
{
	int r = 0;

	for (size_t i = 0; i < wiring->n_inputs && r == 0; i++)
		if (!wiring->inputs[i]->rereadable && wiring->inputs[i]->phase == INPUT_CLOSED)
			r = input_open(wiring->inputs[i], wiring->config);
	return r;
}

int rewiring_undo(struct rewiring *rewiring)
{
	struct wiring *wiring = rewiring->wiring, *next = &rewiring->next;

	for (size_t i = 0; i < next->n_inputs; i++) {
		if (rewiring->recognizers)
			(void)recognizer_free(TAKE(rewiring->recognizers[i]));
		if (next->inputs[i]->change != CHANGE_OPEN)
			next->inputs[i] = NULL;
	}
	for (size_t i = 0; i < next->n_outputs; i++)
		if (next->outputs[i]->change != CHANGE_OPEN)
			next->outputs[i] = NULL;
	wiring_close(next);
	free_parts(rewiring);
	rewiring_unmark(wiring);
	/* The next wiring may have asked a sink of this one. */
	wiring->recovering = true;
	return reopen_sources(wiring);
}
