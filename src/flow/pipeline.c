/* One deferred event source, the pump, does the work in bounded batches. It is on while there is
 * work that can be done now, and off while everybody waits: for a source to become readable, or
 * for the sink to become writable.
 *
 * A record in hand is the one record of a source that the sink has not taken yet. While there is
 * one, no source is read: the journal is the spool. A position moves only when the sink has the
 * record, or when a source has passed entries that hold nothing. */
#include "config.h"

#include "flow/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/log.h"
#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "flow/positions.h"
#include "flow/setup.h"
#include "record/record.h"
#include "sink/journal.h"
#include "sink/sink.h"
#include "source/journal.h"
#include "source/source.h"
#include "wire/native.h"

enum {
	STOP_TIMEOUT_USEC = 10 * 1000 * 1000,
	TIMER_ACCURACY_USEC = 10 * 1000,
};

struct input {
	struct pipeline *pipeline;
	struct source *source;
	struct recognizer *recognizer;
	sd_event_source *readable;
	sd_event_source *timer;
	uint64_t n_gave_up; /* messages that a pattern was given up on */
	bool ready;         /* may have something to pull */
	bool failing;       /* the last try failed; said once */
};

struct pipeline {
	sd_event *event;
	const struct pipeline_options *options;
	const struct enrich_policy *policy;
	struct input *inputs;
	size_t n_inputs;
	size_t next_input; /* whose turn it is */
	struct sink *sink;
	struct record *in_hand; /* of inputs[hand] */
	size_t hand;
	int state_fd; /* the state directory, locked */
	struct positions positions;
	sd_event_source *pump;
	sd_event_source *writable; /* made when the sink first has a descriptor */
	sd_event_source *retry;
	sd_event_source *save;
	bool stopping;
	bool save_failing;
	uint64_t stop_usec;
	uint64_t n_enriched, n_unknown, n_dropped;
	pipeline_report_fn *report;
	void *report_userdata;
};

static uint64_t now_usec(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* --- event sources: created once, then switched on and off --- */

/* A callback that fails must end the loop; sd-event alone would only switch it off. */
static int add_common(sd_event_source *s, int64_t priority)
{
	int r = sd_event_source_set_priority(s, priority);

	return r < 0 ? r : sd_event_source_set_exit_on_failure(s, 1);
}

static int add_timer(
	struct pipeline *p, sd_event_source **ret, sd_event_time_handler_t callback, void *userdata)
{
	int r = sd_event_add_time(
		p->event, ret, CLOCK_MONOTONIC, 0, TIMER_ACCURACY_USEC, callback, userdata);

	if (r < 0)
		return r;
	r = add_common(*ret, SD_EVENT_PRIORITY_NORMAL + 10);
	return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

static int start_timer(sd_event_source *timer, uint64_t usec)
{
	int r = sd_event_source_set_time(timer, usec);

	return r < 0 ? r : sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static int pump_on(struct pipeline *p)
{
	return sd_event_source_set_enabled(p->pump, SD_EVENT_ON);
}

static int save_later(struct pipeline *p)
{
	int enabled = SD_EVENT_OFF;
	int r = sd_event_source_get_enabled(p->save, &enabled);

	if (r < 0 || enabled != SD_EVENT_OFF)
		return r < 0 ? r : 0;
	return start_timer(p->save, now_usec() + PIPELINE_SAVE_USEC);
}

/* --- positions --- */

static void note_position(struct pipeline *p, const struct input *input, struct text position)
{
	int r = positions_set(&p->positions, input->source->name, p->sink->name, position);

	if (r < 0) {
		errno = -r;
		log_warning(
			"source %s: cannot note the position: %m, ignoring", input->source->name);
	}
}

static void visit_position(const struct source_position *position, void *userdata)
{
	const struct input *input = userdata;

	note_position(input->pipeline, input, position->position);
}

/* Where a source stands that has nothing in hand: everything it has passed is settled. */
static void note_positions(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_inputs; i++) {
		if (p->in_hand && p->hand == i)
			continue;
		(void)source_positions(p->inputs[i].source, visit_position, &p->inputs[i]);
	}
}

static void save_positions(struct pipeline *p)
{
	int r;

	note_positions(p);
	r = positions_save(&p->positions);
	if (r < 0 && !p->save_failing) {
		errno = -r;
		log_error("cannot save positions to '%s': %m; a restart may repeat entries, "
			  "retrying",
			p->positions.path);
	}
	p->save_failing = r < 0;
}

void pipeline_save(struct pipeline *p)
{
	save_positions(p);
}

/* --- the sink --- */

static int on_writable(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct pipeline *p = userdata;

	(void)s, (void)fd, (void)events;
	(void)sink_process(p->sink);
	return pump_on(p);
}

static int watch_sink(struct pipeline *p)
{
	int r;

	if (p->writable)
		return sd_event_source_set_enabled(p->writable, SD_EVENT_ONESHOT);
	r = sd_event_add_io(p->event, &p->writable, p->sink->fd, EPOLLOUT, on_writable, p);
	if (r < 0)
		return r;
	r = add_common(p->writable, SD_EVENT_PRIORITY_NORMAL - 10);
	return r < 0 ? r : sd_event_source_set_enabled(p->writable, SD_EVENT_ONESHOT);
}

/* Wait until the full sink may take the record in hand. */
static int wait_for_sink(struct pipeline *p)
{
	int r = p->sink->events != 0 ? watch_sink(p) : 0;

	return r < 0 ? r : start_timer(p->retry, p->sink->wake_usec);
}

static void count_findings(struct pipeline *p, const struct record *record)
{
	p->n_enriched++;
	p->n_dropped += record->n_findings_dropped;
	if (record->n_findings > NATIVE_FINDINGS_MAX)
		p->n_dropped += record->n_findings - NATIVE_FINDINGS_MAX;
	for (size_t i = 0; i < record->n_findings; i++)
		p->n_unknown += !record->findings[i].known;
}

/* Send the record in hand. Returns 0 when it is gone, SINK_FULL, or a negative errno. */
static int send_in_hand(struct pipeline *p)
{
	int r = sink_send(p->sink, p->in_hand);

	if (r == SINK_FULL)
		return SINK_FULL;
	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot send: %m", p->sink->name);
		return r;
	}
	count_findings(p, p->in_hand);
	note_position(p, &p->inputs[p->hand], p->in_hand->position);
	p->in_hand = NULL;
	return 0;
}

/* --- the sources --- */

/* Ask to be called when the source may have something again. */
static int wait_for_source(struct input *input)
{
	uint64_t usec;
	int r;

	input->ready = false;
	r = source_timeout(input->source, &usec);
	if (r < 0 || usec == UINT64_MAX)
		return r;
	return start_timer(input->timer, usec);
}

static int retry_source(struct input *input, int error)
{
	if (!input->failing) {
		errno = -error;
		log_error("source %s: cannot read: %m%s", input->source->name,
			input->pipeline->options->drain ? "" : ", retrying every second");
	}
	if (input->pipeline->options->drain)
		return error;
	input->failing = true;
	input->ready = false;
	return start_timer(input->timer, now_usec() + PIPELINE_RETRY_USEC);
}

/* Take one item. Returns 0; PULL_BATCH when the source has worked through a batch of its own, which
 * is enough for one dispatch; or a negative errno that ends the daemon. */
enum { PULL_BATCH = 1 };
static int pull(struct pipeline *p, size_t index)
{
	struct input *input = &p->inputs[index];
	struct source_item item;
	int r = source_pull(input->source, &item);

	if (r == SOURCE_AGAIN || r == SOURCE_END)
		return wait_for_source(input);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return retry_source(input, r);
	input->failing = false;
	if (r == SOURCE_SKIPPED)
		return PULL_BATCH;

	item.record->instance = p->options->instance;
	if (enrich_record(p->policy, input->recognizer, item.record) == ENRICH_NOTHING)
		return 0;
	p->in_hand = item.record;
	p->hand = index;
	return 0;
}

/* The next input that is ready, in turn; SIZE_MAX when none is. */
static size_t choose_input(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_inputs && !p->stopping; i++) {
		size_t index = (p->next_input + i) % p->n_inputs;

		if (p->inputs[index].ready) {
			p->next_input = index + 1;
			return index;
		}
	}
	return SIZE_MAX;
}

static bool probe_wants(void *userdata, struct text field)
{
	struct input *input = userdata;
	struct recognizer *recognizer = input->recognizer;
	uint64_t n_gave_up = recognizer_count_gave_up(recognizer);
	static const char message[] = "MESSAGE=";
	const char *equals;
	struct match match;
	size_t n;

	/* Most fields are journald's own and begin so. */
	if (field.len == 0 || field.data[0] == '_')
		return false;
	if (text_starts(field, text_make(message, sizeof(message) - 1))) {
		(void)recognizer_find(recognizer,
			text_make(field.data + sizeof(message) - 1,
				field.len - (sizeof(message) - 1)),
			&n);
		input->n_gave_up += recognizer_count_gave_up(recognizer) - n_gave_up;
		return n > 0;
	}
	equals = memchr(field.data, '=', field.len);
	if (!equals)
		return false;
	return recognizer_field(recognizer, text_make(field.data, (size_t)(equals - field.data)),
		text_make(equals + 1, field.len - (size_t)(equals - field.data) - 1), &match);
}

/* --- the pump --- */

/* Nothing left to read: push out, and end the loop when the other side has everything. */
static int finish(struct pipeline *p)
{
	int r = p->in_hand ? SINK_FULL : sink_flush(p->sink);

	if (p->stopping && r == SINK_FULL && now_usec() >= p->stop_usec) {
		log_warning("sink %s: does not take what is left, stopping without", p->sink->name);
		r = 0;
	}
	/* For a record in hand the pump is waiting already. */
	if (r == SINK_FULL && p->in_hand)
		return 0;
	if (r == SINK_FULL)
		return start_timer(p->retry, p->sink->wake_usec);
	if (r < 0)
		return r;
	save_positions(p);
	return sd_event_exit(p->event, 0);
}

/* Work until the batch is used up or nobody has anything to do. Returns 0 while there is more to
 * do, or PUMP_IDLE. */
enum { PUMP_IDLE = 1 };
static int pump_batch(struct pipeline *p)
{
	for (unsigned i = 0; i < PIPELINE_BATCH_MAX; i++) {
		size_t index;
		int r;

		if (p->in_hand) {
			r = send_in_hand(p);
			if (r == SINK_FULL) {
				r = wait_for_sink(p);
				return r < 0 ? r : PUMP_IDLE;
			}
			if (r < 0)
				return r;
			continue;
		}
		index = choose_input(p);
		if (index == SIZE_MAX)
			return PUMP_IDLE;
		r = pull(p, index);
		if (r < 0)
			return r;
		if (r == PULL_BATCH)
			return 0;
	}
	return 0;
}

static int on_pump(sd_event_source *s, void *userdata)
{
	struct pipeline *p = userdata;
	int r = pump_batch(p), error;

	if (r < 0)
		return r;
	error = save_later(p);
	if (error < 0 || r == 0)
		return error;
	error = sd_event_source_set_enabled(s, SD_EVENT_OFF);
	if (error < 0)
		return error;
	return p->stopping || (p->options->drain && !p->in_hand) ? finish(p) : 0;
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct pipeline *p = userdata;

	(void)s, (void)usec;
	(void)sink_process(p->sink);
	return pump_on(p);
}

static int on_save(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct pipeline *p = userdata;
	struct pipeline_counts counts;

	(void)s, (void)usec;
	save_positions(p);
	counts = pipeline_count(p);
	if (p->report)
		p->report(&counts, p->report_userdata);
	return p->save_failing ? save_later(p) : 0;
}

static int on_readable(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct input *input = userdata;
	int r = source_process(input->source);

	(void)s, (void)fd, (void)events;
	if (r < 0)
		return retry_source(input, r);
	input->ready = true;
	return pump_on(input->pipeline);
}

static int on_source_time(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)usec;
	return on_readable(s, -1, 0, userdata);
}

/* --- building --- */

static int new_source(struct input *input, const struct config_source *config, struct text position)
{
	struct source_probe probe = { probe_wants, input };

	return journal_source_new(config->name.data, &config->journal, probe,
		input->pipeline->options->unit, position, &input->source);
}

static int open_source(struct pipeline *p, const struct setup *setup, size_t index)
{
	const struct config_source *config = &setup->config->sources[index];
	struct input *input = &p->inputs[index];
	struct text missing = { 0 }, position;
	int r;

	p->n_inputs++;
	input->pipeline = p;
	input->ready = true;
	r = setup_recognizer(setup, &config->profiles, &missing, &input->recognizer);
	if (r < 0)
		return r;
	position = positions_get(&p->positions, config->name.data, p->sink->name);
	r = new_source(input, config, position);
	if (r == -EADDRNOTAVAIL && position.len > 0) {
		log_warning("source %s: the saved position is no journal cursor, ignoring",
			config->name.data);
		r = new_source(input, config, text_of(NULL));
	}
	if (r < 0) {
		errno = -r;
		log_error("source %s: cannot open the journal: %m", config->name.data);
		return r;
	}
	r = add_timer(p, &input->timer, on_source_time, input);
	if (r < 0)
		return r;
	r = sd_event_add_io(
		p->event, &input->readable, input->source->fd, EPOLLIN, on_readable, input);
	return r < 0 ? r : add_common(input->readable, SD_EVENT_PRIORITY_NORMAL);
}

/* Two that share positions would repeat each other's work. The lock goes with the process. */
static int lock_state(struct pipeline *p)
{
	p->state_fd = open(p->options->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->state_fd >= 0 && flock(p->state_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (p->state_fd >= 0 && errno == EWOULDBLOCK)
		log_error("another becaused uses '%s'; stop it, or name another directory with "
			  "--state",
			p->options->state);
	else
		log_error("cannot lock '%s': %m", p->options->state);
	return -EBUSY;
}

static int load_positions(struct pipeline *p)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/positions", p->options->state);
	int r;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	r = positions_load(&p->positions, path);
	if (r == -EBADMSG || r == -EMSGSIZE || r == -EFBIG) {
		log_warning("'%s' is no file of positions, ignoring", path);
		return 0;
	}
	if (r < 0) {
		errno = -r;
		log_error("cannot read '%s': %m", path);
	}
	return r;
}

/* The first save, before anything is read, shows whether the state can be kept at all. */
static int prove_state(struct pipeline *p)
{
	int r;

	note_positions(p);
	p->positions.changed = true;
	r = positions_save(&p->positions);
	if (r < 0) {
		errno = -r;
		log_error("cannot write '%s': %m", p->positions.path);
	}
	return r;
}

static int open_sink(struct pipeline *p, const struct setup *setup)
{
	const struct config_sink *config = &setup->config->sinks[0];
	int r = journal_sink_new(config->name.data, &config->journal, &p->sink);

	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot open: %m", config->name.data);
	}
	return r;
}

static int attach(struct pipeline *p)
{
	int r = sd_event_add_defer(p->event, &p->pump, on_pump, p);

	if (r < 0)
		return r;
	/* Always pending while it is on: last of all, or nothing else would get its turn. */
	r = add_common(p->pump, SD_EVENT_PRIORITY_NORMAL + 20);
	if (r < 0)
		return r;
	/* A deferred source is made to run once. */
	r = pump_on(p);
	if (r < 0)
		return r;
	r = add_timer(p, &p->retry, on_retry, p);
	if (r < 0)
		return r;
	return add_timer(p, &p->save, on_save, p);
}

int pipeline_new(struct sd_event *event, const struct setup *setup,
	const struct pipeline_options *options, struct pipeline **ret)
{
	CLEANUP(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->event = sd_event_ref(event);
	p->options = options;
	p->state_fd = -1;
	p->policy = &setup->config->policy;
	p->inputs = calloc(setup->config->n_sources, sizeof(*p->inputs));
	if (!p->inputs)
		return -ENOMEM;

	r = lock_state(p);
	if (r < 0)
		return r;
	r = load_positions(p);
	if (r < 0)
		return r;
	r = open_sink(p, setup);
	if (r < 0)
		return r;
	for (size_t i = 0; i < setup->config->n_sources; i++) {
		r = open_source(p, setup, i);
		if (r < 0)
			return r;
	}
	r = prove_state(p);
	if (r < 0)
		return r;
	r = attach(p);
	if (r < 0)
		return r;
	*ret = TAKE(p);
	return 0;
}

static void input_done(struct input *input)
{
	(void)sd_event_source_disable_unref(input->timer);
	(void)sd_event_source_disable_unref(input->readable);
	(void)source_free(input->source);
	(void)recognizer_free(input->recognizer);
}

struct pipeline *pipeline_free(struct pipeline *p)
{
	if (!p)
		return NULL;
	(void)sd_event_source_disable_unref(p->save);
	(void)sd_event_source_disable_unref(p->retry);
	(void)sd_event_source_disable_unref(p->writable);
	(void)sd_event_source_disable_unref(p->pump);
	for (size_t i = 0; i < p->n_inputs; i++)
		input_done(&p->inputs[i]);
	free(p->inputs);
	(void)sink_free(p->sink);
	positions_done(&p->positions);
	p->state_fd = close_fd(p->state_fd);
	(void)sd_event_unref(p->event);
	free(p);
	return NULL;
}

void pipeline_set_report(struct pipeline *p, pipeline_report_fn *report, void *userdata)
{
	p->report = report;
	p->report_userdata = userdata;
}

void pipeline_stop(struct pipeline *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stop_usec = now_usec() + STOP_TIMEOUT_USEC;
	if (pump_on(p) < 0)
		(void)sd_event_exit(p->event, -EIO);
}

struct pipeline_counts pipeline_count(const struct pipeline *p)
{
	struct pipeline_counts counts = {
		.n_enriched = p->n_enriched,
		.n_unknown = p->n_unknown,
		.n_dropped = p->n_dropped,
		.n_refused = p->sink->n_refused,
	};

	for (size_t i = 0; i < p->n_inputs; i++) {
		counts.n_read += p->inputs[i].source->n_read;
		counts.n_damaged += p->inputs[i].source->n_damaged;
		counts.n_gave_up += p->inputs[i].n_gave_up;
	}
	return counts;
}
