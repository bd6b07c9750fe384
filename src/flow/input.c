/* A source that reads several streams has a position in the table for each, under SOURCE/STREAM. */
#include "config.h"

#include "flow/input.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/array.h"
#include "base/io.h"
#include "base/log.h"
#include "cause/recognizer.h"
#include "flow/event-rules.h"
#include "flow/openers.h"
#include "flow/output.h"
#include "flow/setup/setup.h"
#include "flow/state/first-reads.h"
#include "flow/state/positions.h"
#include "flow/tally/cause-counts.h"
#include "flow/tally/unknown-codes.h"
#include "record/record.h"
#include "sink/sink.h"
#include "source/source.h"

enum { STREAM_KEY_MAX = 512 };

/* --- positions --- */

/* Print the key of the table for a stream of the input's source. Returns its length, or
 * -ENAMETOOLONG. */
static int print_key(const struct input *input, struct text stream, char out[STREAM_KEY_MAX])
{
	int n = snprintf(out, STREAM_KEY_MAX, "%.*s%s%.*s", TEXT_FORMAT(input->config->name),
		stream.len > 0 ? "/" : "", TEXT_FORMAT(stream));

	return n < 0 || n >= STREAM_KEY_MAX ? -ENAMETOOLONG : n;
}

/* Other positions are noted meanwhile, so this is no failure that passes. */
static void report_full(struct input *input)
{
	input->n_unrecorded++;
	if (input->full_logged)
		return;
	input->full_logged = true;
	log_warning("source %s: the state file has no room for more positions (%d, %d MiB), so a "
		    "restart may repeat entries; further cases are only counted; follow fewer "
		    "files, or divide them among instances",
		input->config->name.data, POSITIONS_MAX, POSITIONS_FILE_MAX / (1024 * 1024));
}

/* How far a stream has been read for any sink, as the saved positions show. */
static struct text find_furthest(const struct input *input, struct text key)
{
	const struct config *config = input->context->setup->config;
	const struct source_order *order = input->config->kind->order;
	struct text furthest = text_of("");

	for (size_t i = 0; i < config->n_sinks; i++) {
		struct text position =
			positions_get(input->context->positions, key, config->sinks[i].name.data);

		if (furthest.len == 0 || order->is_later(position, furthest))
			furthest = position;
	}
	return furthest;
}

/* The stream is finished for this sink; perhaps other sinks have not read it yet. */
static void forget_stream(struct input *input, struct text key)
{
	positions_forget(input->context->positions, key, input->puller.outputs[0]->sink->name);
	if (find_furthest(input, key).len == 0)
		first_reads_forget(input->context->reads, key);
}

void input_note(struct input *input, struct text stream, struct text position)
{
	struct positions *positions = input->context->positions;
	const char *sink = input->puller.outputs[0]->sink->name;
	char key[STREAM_KEY_MAX];
	int n = print_key(input, stream, key);
	int r = 0;

	/* A position is that of one sink. */
	assert(input->rereadable && input->puller.n_outputs == 1);
	if (n < 0)
		r = n;
	else if (position.len > 0)
		r = positions_set(positions, text_make(key, (size_t)n), sink, position);
	else
		forget_stream(input, text_make(key, (size_t)n));
	if (r == -E2BIG) {
		report_full(input);
		return;
	}
	if (r < 0 && !input->note_failing) {
		errno = -r;
		log_warning(
			"source %s: cannot record positions: %m, retrying; until then a restart "
			"may repeat entries",
			input->config->name.data);
	}
	input->note_failing = r < 0;
}

static void visit_position(const struct source_position *position, void *userdata)
{
	struct input *input = userdata;

	input_note(input, position->stream, position->position);
}

void input_note_all(struct input *input)
{
	if (input->rereadable && input->phase != INPUT_CLOSED && puller_is_settled(&input->puller))
		(void)source_visit_positions(input->puller.source, visit_position, input);
}

/* --- counting --- */

/* Whether the record in hand is read for the first time. */
static bool is_first_read(struct input *input, struct text stream, struct text position)
{
	struct first_reads *reads = input->context->reads;
	bool alone = input->context->setup->config->n_sinks == 1;
	struct first_read read = { .order = input->config->kind->order, .position = position };
	char key[STREAM_KEY_MAX];
	int n;

	if (!input->rereadable || (alone && reads->seen.n == 0))
		return true;
	n = print_key(input, stream, key);
	if (n < 0)
		return true;
	read.key = text_make(key, (size_t)n);
	if (alone)
		return first_reads_take_alone(reads, &read);
	read.reached = find_furthest(input, read.key);
	return first_reads_take(reads, &read);
}

void input_note_read(struct input *input, struct text stream, struct text position)
{
	struct first_read read = { .order = input->config->kind->order, .position = position };
	char key[STREAM_KEY_MAX];
	int n = input->rereadable ? print_key(input, stream, key) : -EINVAL;

	if (n < 0)
		return;
	read.key = text_make(key, (size_t)n);
	(void)first_reads_take(input->context->reads, &read);
}

void input_note_reached(struct input *input)
{
	const char *sink = input->puller.outputs[0]->sink->name;
	struct source_position reached;
	size_t at = 0;

	assert(input->rereadable && input->puller.n_outputs == 1);
	while (positions_next(input->context->positions, input->config->name, sink, &at, &reached))
		input_note_read(input, reached.stream, reached.position);
}

/* Count the causes of the record that was taken in hand. */
static void count_causes(struct input *input)
{
	const struct input_context *context = input->context;
	const struct record *record = input->puller.in_hand;

	if (!is_first_read(input, record->stream, record->position))
		return;
	cause_counts_add(context->causes, input->config->name.data, record);
	for (size_t i = 0; i < record->n_findings; i++)
		if (!record->findings[i].known)
			unknown_codes_count(context->unknown, &record->findings[i]);
}

/* --- working --- */

/* A socket stays readable until its data is pulled, so it is not watched meanwhile. The other
 * sources have events to process even while the puller does not pull. */
static int watch_source(struct input *input, bool on)
{
	if (input->rereadable)
		return 0;
	return sd_event_source_set_enabled(input->readable, on ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* Ask to be called when the source may have something again. */
static int wait_for_source(struct input *input)
{
	uint64_t usec;
	int r = source_timeout(input->puller.source, &usec);

	if (!input->puller.source->pending)
		input->phase = INPUT_CAUGHT_UP;
	if (r == 0 && usec != UINT64_MAX)
		r = loop_start_timer(input->timer, usec);
	return r < 0 ? r : watch_source(input, true);
}

static int retry_source(struct input *input, int error)
{
	bool drain = input->context->drain;

	if (!input->failing) {
		errno = -error;
		log_error("source %s: cannot read: %m%s", input->config->name.data,
			drain ? "" : ", retrying every second");
	}
	if (drain)
		return error;
	input->failing = true;
	input->puller.ready = false;
	return loop_start_timer(input->timer, io_monotonic_usec() + INPUT_RETRY_USEC);
}

int input_step(struct input *input)
{
	bool had_record = input->puller.in_hand, fatal;
	int r;

	assert(input->phase != INPUT_CLOSED);
	r = puller_step(&input->puller, &fatal);
	if (!had_record && input->puller.in_hand)
		count_causes(input);
	if (input->setup_in_hand && !input->puller.in_hand)
		input->setup_in_hand = setup_unref(input->setup_in_hand);
	if (r < 0)
		return fatal ? r : retry_source(input, r);
	input->failing = false;
	if (r == PULLER_SAVE) {
		input_note_all(input);
		input->context->save(input->context->userdata);
		return 0;
	}
	if (r == PULLER_WAITS)
		return wait_for_source(input);
	return r;
}

int input_watch_patience(struct input *input)
{
	uint64_t usec = puller_patience_usec(&input->puller);

	return usec != UINT64_MAX ? loop_start_timer(input->timer, usec) : 0;
}

static int on_readable(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct input *input = userdata;
	int r = source_process(input->puller.source);

	(void)s, (void)fd, (void)events;
	if (r < 0)
		return retry_source(input, r);
	input->puller.ready = true;
	r = watch_source(input, false);
	return r < 0 ? r : input->context->ready(input->context->userdata);
}

static int on_source_time(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)usec;
	return on_readable(s, -1, 0, userdata);
}

/* --- opening --- */

/* The position of the newest record of a stream that the sink has; the empty text = none. */
static struct text find_reached(const struct input *input, struct text stream)
{
	const struct output *output = input->puller.outputs[0];
	char key[STREAM_KEY_MAX];
	int n = print_key(input, stream, key);

	if (n < 0)
		return text_of("");
	return positions_get(
		&output->recovery.newest, text_make(key, (size_t)n), output->sink->name);
}

/* Returns 0 or -ENOMEM. What has no room is read as after a restart: again; input_note reported it.
 */
static int set_position(const struct input *input, struct positions *positions, struct text stream,
	struct text position)
{
	const char *sink = input->puller.outputs[0]->sink->name;
	char key[STREAM_KEY_MAX];
	int n = print_key(input, stream, key);
	int r = n < 0 ? n : positions_set(positions, text_make(key, (size_t)n), sink, position);

	return r == -ENOMEM ? r : 0;
}

/* Make a table of where to read again: behind what the output has in flight, which is later than
 * the saved positions. */
static int find_rest(const struct input *input, struct positions *rest)
{
	const struct output *output = input->puller.outputs[0];
	struct source_position saved;
	struct pending_entry entry;
	size_t at = 0;
	int r = 0;

	while (r == 0 && positions_next(input->context->positions, input->config->name,
				 output->sink->name, &at, &saved))
		r = set_position(input, rest, saved.stream, saved.position);
	for (at = 0; r == 0 && pending_next(&output->pending, &at, &entry);)
		if (entry.input == input->puller.number)
			r = set_position(input, rest, entry.stream, entry.position);
	return r;
}

/* The positions in the table of the input's source and sink, and how far each stream was read. The
 * caller frees both arrays; the tables own the texts. */
static int find_saved(const struct input *input, const struct positions *positions,
	struct source_position **ret, struct text **ret_reached, size_t *ret_n)
{
	CLEANUP(freep) struct source_position *saved = NULL;
	const char *sink = input->puller.outputs[0]->sink->name;
	struct source_position item;
	CLEANUP(freep) struct text *reached = NULL;
	size_t at = 0, n = 0, size = 0;

	while (positions_next(positions, input->config->name, sink, &at, &item)) {
		struct source_position *grown = array_grow(saved, &size, n, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		saved = grown;
		saved[n++] = item;
	}
	reached = calloc(n + 1, sizeof(*reached));
	if (!reached)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		reached[i] = find_reached(input, saved[i].stream);
	*ret = TAKE(saved);
	*ret_reached = TAKE(reached);
	*ret_n = n;
	return 0;
}

void input_adopt(
	struct input *input, const struct config_source *config, struct recognizer *recognizer)
{
	struct setup *setup = input->context->setup;
	struct enrich_policy policy = setup->config->policy;

	if (input->puller.in_hand && !input->setup_in_hand)
		input->setup_in_hand = TAKE(input->setup);
	(void)setup_unref(input->setup);
	input->setup = setup_ref(setup);
	input->config = config;
	/* The trusted fields of a journal entry show whose it is. */
	policy.trust_brackets = !input->config->kind->is_authenticated;
	puller_recognize(&input->puller, recognizer, &policy);
}

/* before: as in the request. */
static int open_source(struct input *input, struct source *before)
{
	CLEANUP(positions_done) struct positions rest = { 0 };
	CLEANUP(freep) struct source_position *saved = NULL;
	CLEANUP(freep) struct text *reached = NULL;
	const struct config_source *config = input->config;
	struct source_request request = { .name = config->name.data,
		.options = config->options,
		.part = input->part,
		.probe = puller_probe(&input->puller),
		.unit = input->context->unit,
		.before = before };
	int r = input->returned ? find_rest(input, &rest) : 0;

	if (r == 0)
		r = find_saved(input, input->returned ? &rest : input->context->positions, &saved,
			&reached, &request.n_saved);
	if (r < 0)
		return r;
	request.saved = saved;
	request.reached = reached;
	r = opener_open_source(config->kind, &request, &input->puller.source);
	if (r == 0)
		input->puller.source->returns = input->rereadable;
	if (r < 0 && (r == -ENOMEM || !config->kind->logs_errors)) {
		errno = -r;
		log_error("source %s: cannot open: %m", config->name.data);
	}
	return r;
}

static int attach(struct input *input)
{
	struct sd_event *event = input->context->event;
	int r = loop_add_timer(event, LOOP_TIMERS, on_source_time, input, &input->timer);

	if (r < 0)
		return r;
	r = sd_event_add_io(
		event, &input->readable, input->puller.source->fd, EPOLLIN, on_readable, input);
	if (r < 0)
		return r;
	r = loop_adopt(input->readable, LOOP_SOURCES);
	/* It is ready at the start. */
	return r < 0 ? r : watch_source(input, false);
}

struct input *input_new(const struct input_context *context, const struct input_options *options)
{
	const struct config_source *config = options->config;
	struct input *input = malloc(sizeof(*input));

	if (!input)
		return NULL;
	*input = (struct input){ .context = context, .config = config };
	input->rereadable = config->kind->order != NULL;
	input->part = options->part;
	puller_init(&input->puller, options->number, context->instance, options->outputs,
		options->n_outputs);
	input->puller.ready = false;
	return input;
}

static int open_input(struct input *input, struct config *config, struct source *before)
{
	const struct text_list *profiles = &input->config->profiles;
	struct recognizer *recognizer = NULL;
	struct text missing = { 0 };
	int r;

	assert(input->phase == INPUT_CLOSED && !input->puller.source);
	r = setup_recognizer(input->context->setup, profiles, &missing, &recognizer);
	if (r < 0)
		return r;
	input_adopt(input, input->config, recognizer);
	input->opened_by = config_ref(config);
	r = open_source(input, before);
	if (r == 0)
		r = attach(input);
	if (r < 0)
		return r;
	input->puller.order = input->config->kind->order;
	if (input->puller.order)
		input->puller.recovery = &input->puller.outputs[0]->recovery;
	input->phase = INPUT_CATCHING_UP;
	input->puller.ready = true;
	return 0;
}

int input_open(struct input *input, struct config *config)
{
	return open_input(input, config, NULL);
}

int input_reread(struct input *input, struct config *config)
{
	CLEANUP(source_freep) struct source *before = NULL;
	const struct record *record = input->puller.in_hand;
	int r;

	assert(input->rereadable && input->returned && input->phase != INPUT_CLOSED);
	if (record)
		input_note_read(input, record->stream, record->position);
	puller_restart(&input->puller);
	input->setup_in_hand = setup_unref(input->setup_in_hand);
	before = TAKE(input->puller.source);
	input_close(input);
	r = open_input(input, config, before);
	input->returned = false;
	if (r == 0)
		input_note_all(input);
	return r;
}

void input_set_ending(struct input *input, bool ending)
{
	if (input->rereadable || input->phase == INPUT_CLOSED)
		return;
	input->puller.source->ending = ending;
	input->puller.ready |= ending;
}

static void detach(struct input *input)
{
	input->timer = sd_event_source_disable_unref(input->timer);
	input->readable = sd_event_source_disable_unref(input->readable);
}

void input_close(struct input *input)
{
	detach(input);
	input->puller.source = source_free(input->puller.source);
	input->puller.save_first = false;
	input->opened_by = config_unref(input->opened_by);
	input->phase = INPUT_CLOSED;
}

struct input *input_free(struct input *input)
{
	if (!input)
		return NULL;
	detach(input);
	puller_done(&input->puller);
	input->opened_by = config_unref(input->opened_by);
	input->setup_in_hand = setup_unref(input->setup_in_hand);
	input->setup = setup_unref(input->setup);
	free(input);
	return NULL;
}
