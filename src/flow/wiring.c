/* The inputs are in the order of the sources, and those of one source in the order of the sinks. */
#include "config.h"

#include "flow/wiring.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "flow/setup/configuration.h"
#include "sink/sink.h"
#include "source/source.h"

/* --- opening --- */

static struct input *add_input(struct wiring *wiring, const struct config_source *config,
	unsigned part, size_t output, size_t n_outputs)
{
	const struct input_options options = {
		.config = config,
		.part = part,
		.number = wiring->n_inputs,
		.outputs = &wiring->outputs[output],
		.n_outputs = n_outputs,
	};
	struct input *input = &wiring->inputs[wiring->n_inputs++];

	assert(output + n_outputs <= wiring->n_outputs);
	/* Records that can be read again have one position for each sink. */
	assert(!config->kind->order || n_outputs == 1);
	input_init(input, wiring->context, &options);
	return input;
}

static bool is_socket_of(
	const struct wiring_socket *socket, const struct config_source *config, unsigned part)
{
	return socket->part == part && config_is_same_source(socket->config, config);
}

/* The socket of a source whose configuration has not changed; NULL = none. */
static struct source *find_socket(
	struct wiring_sockets *sockets, const struct config_source *config, unsigned part)
{
	for (size_t i = 0; sockets && i < sockets->n; i++) {
		struct source *source = sockets->items[i].source;

		if (!is_socket_of(&sockets->items[i], config, part))
			continue;
		sockets->items[i] = sockets->items[--sockets->n];
		return source;
	}
	return NULL;
}

/* Add a source that cannot be read again: one input for each part, for all sinks. */
static int add_parts(
	struct wiring *wiring, const struct config_source *config, struct wiring_sockets *sockets)
{
	unsigned parts = config->kind->parts(config->options);
	int r = 0;

	assert(parts != 0 && parts >> SOURCE_PARTS_MAX == 0);
	for (unsigned i = 0; i < SOURCE_PARTS_MAX && r == 0; i++) {
		struct input *input;

		if (!(parts & 1u << i))
			continue;
		input = add_input(wiring, config, 1u << i, 0, wiring->n_outputs);
		r = input_open(input, find_socket(sockets, config, 1u << i));
	}
	return r;
}

static int add_inputs(struct wiring *wiring, struct wiring_sockets *sockets)
{
	const struct config *config = wiring->context->config;
	int r = 0;

	wiring->inputs = calloc(config->n_sources * (wiring->n_outputs + SOURCE_PARTS_MAX),
		sizeof(*wiring->inputs));
	if (!wiring->inputs)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sources && r == 0; i++) {
		const struct config_source *source = &config->sources[i];

		if (!source->kind->order)
			r = add_parts(wiring, source, sockets);
		else
			for (size_t output = 0; output < wiring->n_outputs; output++)
				(void)add_input(wiring, source, 0, output, 1);
		assert(wiring->n_inputs <= (i + 1) * (wiring->n_outputs + SOURCE_PARTS_MAX));
	}
	return r;
}

static int add_outputs(struct wiring *wiring, const struct output_events *events,
	const struct journal_sink_sender *sender)
{
	const struct config *config = wiring->context->config;
	int r = 0;

	wiring->outputs = calloc(config->n_sinks, sizeof(*wiring->outputs));
	if (!wiring->outputs)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sinks && r == 0; i++) {
		const struct config_sink *item = &config->sinks[i];
		struct sink *sink = NULL;

		r = item->kind->open(item->name.data, item->options, sender, &sink);
		if (r < 0) {
			errno = -r;
			log_error("sink %s: cannot open: %m", item->name.data);
			return r;
		}
		r = output_init(&wiring->outputs[wiring->n_outputs++], wiring->context->event, sink,
			events);
	}
	/* Each sink gets the same records: those of the first are counted. */
	if (wiring->n_outputs > 0)
		wiring->outputs[0].unknown = wiring->context->unknown;
	return r;
}

int wiring_open(struct wiring *wiring, const struct input_context *context,
	const struct output_events *events, const struct journal_sink_sender *sender,
	struct wiring_sockets *sockets)
{
	int r;

	*wiring = (struct wiring){ .context = context, .recovering = true };
	r = add_outputs(wiring, events, sender);
	return r < 0 ? r : add_inputs(wiring, sockets);
}

void wiring_close(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		input_done(&wiring->inputs[i]);
	free(wiring->inputs);
	for (size_t i = 0; i < wiring->n_outputs; i++)
		output_done(&wiring->outputs[i]);
	free(wiring->outputs);
	*wiring = (struct wiring){ 0 };
}

/* --- sockets for the next wiring --- */

void wiring_take_sockets(struct wiring *wiring, struct wiring_sockets *sockets)
{
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		struct input *input = &wiring->inputs[i];

		assert(sockets->n < WIRING_SOCKETS_MAX);
		if (!input->rereadable && input->phase != INPUT_CLOSED)
			sockets->items[sockets->n++] =
				(struct wiring_socket){ input_take_source(input), input->config,
					input->part };
	}
}

void wiring_close_sockets(struct wiring_sockets *sockets)
{
	while (sockets->n > 0)
		(void)source_free(sockets->items[--sockets->n].source);
}

void wiring_keep_sockets(struct wiring_sockets *sockets, const struct config *config)
{
	for (size_t i = sockets->n; i-- > 0;) {
		if (config_has_source(config, sockets->items[i].config))
			continue;
		(void)source_free(sockets->items[i].source);
		sockets->items[i] = sockets->items[--sockets->n];
	}
}

/* --- recovery --- */

/* Every input that can be read again has one output. Its start is noted before it is read: a source
 * that begins at the end, if opened again, would otherwise begin behind records that its sink did
 * not take. */
static int open_inputs_of(struct wiring *wiring, const struct output *output)
{
	int r = 0;

	for (size_t i = 0; i < wiring->n_inputs && r == 0; i++) {
		struct input *input = &wiring->inputs[i];

		if (!input->rereadable || input->puller.outputs != output)
			continue;
		r = input_open(input, NULL);
		if (r == 0)
			input_note_all(input);
	}
	return r;
}

/* Returns 0, SINK_FULL while the sink does not answer, or a negative errno. */
static int recover_output(struct wiring *wiring, struct output *output)
{
	const struct input_context *context = wiring->context;
	int r = 0;

	if (output->phase == OUTPUT_ASKING)
		r = output_recover(output, context->config, context->positions);
	if (r != 0 || output->phase == OUTPUT_OPEN)
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
		int r = recover_output(wiring, &wiring->outputs[i]);

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
		const struct input *input = &wiring->inputs[i];

		if (input->rereadable && input->puller.outputs == output &&
			input->phase != INPUT_CAUGHT_UP)
			return false;
	}
	return true;
}

void wiring_forget_recovered(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++)
		if (wiring->outputs[i].phase == OUTPUT_OPEN &&
			wiring->outputs[i].recovery.size > 0 &&
			have_inputs_passed(wiring, &wiring->outputs[i]))
			output_forget(&wiring->outputs[i]);
}

/* --- reading --- */

struct input *wiring_choose_input(
	struct wiring *wiring, wiring_may_read_fn *may_read, const void *userdata)
{
	assert(wiring->next_input <= wiring->n_inputs);
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		size_t index = (wiring->next_input + i) % wiring->n_inputs;
		struct input *input = &wiring->inputs[index];

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
		if (wiring->inputs[i].puller.in_hand)
			return true;
	return false;
}

bool wiring_has_read_all(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		const struct input *input = &wiring->inputs[i];

		if (input->phase == INPUT_CLOSED || input->puller.in_hand ||
			input->puller.source->pending)
			return false;
	}
	return true;
}

void wiring_note_positions(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		input_note_all(&wiring->inputs[i]);
}

/* --- records in flight --- */

void wiring_settle(struct wiring *wiring, const struct pending_entry *entry)
{
	struct input *input = &wiring->inputs[entry->input];

	assert(entry->input < wiring->n_inputs && input->puller.n_unsettled > 0);
	input->puller.n_unsettled--;
	if (input->rereadable)
		input_note(input, entry->stream, entry->position);
	/* Recovery knows the newest records of all sources together. */
	wiring->context->positions->n_records++;
}

int wiring_flush(struct wiring *wiring)
{
	int result = any_in_hand(wiring) ? SINK_FULL : 0;

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = output_flush(&wiring->outputs[i]);

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
		if (!wiring->inputs[i].rereadable && !puller_is_settled(&wiring->inputs[i].puller))
			return true;
	return false;
}

bool wiring_waits_for(const struct wiring *wiring, const struct output *output)
{
	for (size_t i = 0; i < wiring->n_inputs; i++)
		if (puller_owes(&wiring->inputs[i].puller, output))
			return true;
	return false;
}

static void log_left_in(struct wiring *wiring, struct output *output)
{
	uint64_t n_again = 0, n_lost = 0;

	while (output->pending.n > 0) {
		struct pending_entry entry = pending_take(&output->pending);

		if (wiring->inputs[entry.input].rereadable)
			n_again++;
		else
			n_lost++;
	}
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		if (!puller_owes(&wiring->inputs[i].puller, output))
			continue;
		if (wiring->inputs[i].rereadable)
			n_again++;
		else
			n_lost++;
	}
	if (output->full || n_again + n_lost > 0)
		log_warning("sink %s: not everything was delivered, stopping anyway; %" PRIu64
			    " records will be resent at the next start, %" PRIu64 " are lost",
			output->sink->name, n_again, n_lost);
}

void wiring_log_undelivered(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++)
		log_left_in(wiring, &wiring->outputs[i]);
}

/* --- watching --- */

int wiring_watch_outputs(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_outputs; i++) {
		int r = output_watch(&wiring->outputs[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int wiring_watch_patience(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_inputs; i++) {
		int r = input_watch_patience(&wiring->inputs[i]);

		if (r < 0)
			return r;
	}
	return 0;
}
