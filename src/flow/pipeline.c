/* One deferred event source, the pump, does the work in bounded batches. It is on while there is
 * work that can be done now. It is off while all inputs wait: for a source to become readable, or
 * for a sink to have room.
 *
 * A position moves only when the sink has settled the record, or when a source has passed data that
 * holds no record to send.
 *
 * A reload closes and opens only what it changes, like a stop and a start; see rewiring.h. What it
 * leaves as it is works on, and uses other recognizers from the next record on. */
#include "config.h"

#include "flow/pipeline.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "flow/event-rules.h"
#include "flow/rewiring.h"
#include "flow/setup/configuration.h"
#include "flow/setup/setup.h"
#include "flow/state/first-reads.h"
#include "flow/state/state-directory.h"
#include "flow/tally/cause-counts.h"
#include "flow/tally/unknown-codes.h"
#include "flow/wiring.h"
#include "sink/journal/journal-sink.h"
#include "sink/sink.h"

enum {
	STOP_TIMEOUT_USEC = 10 * 1000 * 1000, /* for records that cannot be read again */
	STOP_AGAIN_USEC = 2 * 1000 * 1000,    /* for records that the next start would repeat */
	STOP_READING_USEC = 1000 * 1000,      /* of what cannot be read again */
	RECOVER_USEC = 2 * 1000 * 1000,       /* for the sinks to answer at the start */
};

/* What the pipeline works towards. */
enum phase {
	PHASE_RUNNING,   /* no end */
	PHASE_DRAINING,  /* the end, when the whole backlog has been delivered */
	PHASE_RELOADING, /* another wiring, when what it closes has delivered its records */
	PHASE_STOPPING,  /* the end, when the records that were read are delivered */
};

/* A reload in progress. */
struct pipeline_reload {
	struct setup *setup; /* the next one, a reference; NULL = there is none */
	pipeline_reloaded_fn *done;
	void *userdata;
};

struct pipeline {
	sd_event *event;
	struct setup *setup; /* what is recognized, and how; a reference */
	const struct pipeline_options *options;
	struct input_context context;
	struct journal_sink_sender sender;
	struct wiring wiring;
	struct state_directory state;
	sd_event_source *pump;
	sd_event_source *save;
	sd_event_source *retry; /* timer of a stop or of a reload */
	struct pipeline_reload reload;
	enum phase phase;
	bool save_failing;
	uint64_t end_usec;    /* when stopping or the reload began */
	uint64_t n_steps;     /* pieces of work done */
	struct counts closed; /* of wirings that were closed */
	struct unknown_codes unknown;
	struct cause_counts causes;
	struct first_reads reads;
	pipeline_report_fn *report;
	void *report_userdata;
};

static void check_invariants(const struct pipeline *p)
{
	assert((p->phase == PHASE_RELOADING) == (p->reload.setup != NULL));
	assert(p->phase != PHASE_DRAINING || p->options->drain);
	assert(p->context.setup == p->setup);
}

static int switch_pump_on(struct pipeline *p)
{
	return sd_event_source_set_enabled(p->pump, SD_EVENT_ON);
}

static int save_later(struct pipeline *p)
{
	int enabled = SD_EVENT_OFF;
	int r = sd_event_source_get_enabled(p->save, &enabled);

	if (r < 0 || enabled != SD_EVENT_OFF)
		return r < 0 ? r : 0;
	return loop_start_timer(p->save, io_monotonic_usec() + PIPELINE_SAVE_USEC);
}

/* --- positions --- */

static void on_settled(const struct pending_entry *entry, void *userdata)
{
	struct pipeline *p = userdata;

	wiring_settle(&p->wiring, entry);
}

static void on_returned(const struct pending_entry *entry, void *userdata)
{
	struct pipeline *p = userdata;

	wiring_return(&p->wiring, entry);
}

/* The counts of the sources that are opened again are kept. */
static int on_reread(struct output *output, void *userdata)
{
	struct pipeline *p = userdata;
	int r;

	counts_add(&p->closed, &p->wiring);
	r = wiring_reread(&p->wiring, output);
	counts_subtract(&p->closed, &p->wiring);
	return r < 0 ? r : switch_pump_on(p);
}

static void save_noted(struct pipeline *p)
{
	struct positions *positions = &p->state.positions;
	int r = positions_save(positions);

	if (r < 0 && !p->save_failing) {
		errno = -r;
		log_error("cannot save positions to '%s': %m, retrying; until then a restart may "
			  "repeat entries",
			positions->path);
	}
	p->save_failing = r < 0;
}

static void save_positions(struct pipeline *p)
{
	wiring_note_positions(&p->wiring);
	save_noted(p);
}

void pipeline_save(struct pipeline *p)
{
	save_positions(p);
}

static bool is_configured(const struct position *item, const void *userdata)
{
	const struct config *config = userdata;
	struct text source = position_source(item);

	return source.len == 0 || (config_find_source(config, source) &&
					  config_find_sink(config, text_of(item->sink)));
}

/* A source or a sink that was taken out of the configuration may come back, so its positions stay
 * while there is room for those of another. */
static void make_room_for_positions(struct pipeline *p, const struct config *config)
{
	struct positions *positions = &p->state.positions;
	size_t n;

	if (!positions_is_half_full(positions))
		return;
	n = positions_keep(positions, is_configured, config);
	if (n > 0)
		log_notice(
			"'%s' was more than half full; dropped the positions of sources and sinks "
			"that are not configured: %zu",
			positions->path, n);
}

/* --- the pump --- */

static bool is_ending(const struct pipeline *p)
{
	return p->phase == PHASE_STOPPING || p->phase == PHASE_RELOADING;
}

/* The phase when nothing has been requested. */
static enum phase default_phase(const struct pipeline *p)
{
	return p->options->drain ? PHASE_DRAINING : PHASE_RUNNING;
}

/* Whether the source may be pulled. At the end, becaused pulls only what would be lost. During a
 * reload it pulls what stays open, too. */
static bool may_read(const struct input *input, const void *userdata)
{
	const struct pipeline *p = userdata;

	if (!is_ending(p) || (p->phase == PHASE_RELOADING && rewiring_may_read(input)))
		return true;
	if (input->rereadable || io_monotonic_usec() >= p->end_usec + STOP_READING_USEC)
		return false;
	return p->phase == PHASE_STOPPING || input->change == CHANGE_CLOSE;
}

/* When a stop no longer waits for sinks that do not take their records. */
static uint64_t compute_deadline(const struct pipeline *p)
{
	return p->end_usec + (wiring_is_at_risk(&p->wiring) ? STOP_TIMEOUT_USEC : STOP_AGAIN_USEC);
}

/* How the delivery of a backlog ends. */
static int judge_drain(const struct pipeline *p)
{
	struct source_counts source;
	size_t at = 0;
	int result = 0;

	if (p->phase == PHASE_STOPPING)
		return PIPELINE_CUT_SHORT;
	while (counts_next_source(&p->wiring, &at, &source)) {
		if (source.n_held > 0)
			log_notice("source %s: %" PRIu64
				   " lines or messages are not whole yet, and are left for the "
				   "next run",
				source.name, source.n_held);
		if (source.n_unreadable > 0 || source.n_left_out > 0)
			result = PIPELINE_LEFT_FILES;
	}
	return result;
}

/* Nothing is left to read: flush the sinks, and end the loop when the other side has everything. An
 * output that becomes ready later switches the pump on, which calls this again. */
static int finish_delivery(struct pipeline *p)
{
	bool stopping = p->phase == PHASE_STOPPING;
	uint64_t end = compute_deadline(p);
	int r = wiring_flush(&p->wiring);

	if (r < 0)
		return r;
	if (stopping && r == SINK_FULL && io_monotonic_usec() >= end) {
		wiring_log_undelivered(&p->wiring);
		r = 0;
	}
	if (r == SINK_FULL)
		return stopping ? loop_start_timer(p->retry, end) : 0;
	/* A sink may have returned records, which are to be read again. */
	if (!stopping && !wiring_has_read_all(&p->wiring))
		return 0;
	save_positions(p);
	return sd_event_exit(p->event, p->options->drain ? judge_drain(p) : 0);
}

/* Work until the batch is used up or no input has anything to do. Returns 0 while there is more to
 * do, or PUMP_IDLE. */
enum { PUMP_IDLE = 1 };
static int pump_batch(struct pipeline *p)
{
	/* Some milliseconds do not matter here, and this clock costs next to nothing. */
	uint64_t end = io_now_usec(CLOCK_MONOTONIC_COARSE) + PIPELINE_BATCH_USEC;

	for (unsigned i = 0; i < PIPELINE_BATCH_MAX; i++) {
		struct input *input = wiring_choose_input(&p->wiring, may_read, p);
		int r;

		if (!input)
			return PUMP_IDLE;
		p->n_steps++;
		r = input_step(input);
		if (r < 0)
			return r;
		if (r == PULLER_BATCH || io_now_usec(CLOCK_MONOTONIC_COARSE) >= end)
			return 0;
	}
	return 0;
}

static int try_reload(struct pipeline *p);

/* Nothing can be done now: work towards what the phase ends with. */
static int advance_phase(struct pipeline *p)
{
	switch (p->phase) {
	case PHASE_RUNNING:
		return 0;
	case PHASE_DRAINING:
		return wiring_has_read_all(&p->wiring) ? finish_delivery(p) : 0;
	case PHASE_RELOADING:
		return try_reload(p);
	case PHASE_STOPPING:
		return finish_delivery(p);
	}
	return 0;
}

static int pause_pump(struct pipeline *p)
{
	int r = sd_event_source_set_enabled(p->pump, SD_EVENT_OFF);

	if (r < 0)
		return r;
	r = wiring_watch_patience(&p->wiring);
	if (r < 0)
		return r;
	r = advance_phase(p);
	return r < 0 ? r : wiring_watch_outputs(&p->wiring);
}

static int run_pump(struct pipeline *p)
{
	int r = p->wiring.recovering && !is_ending(p) ? wiring_recover(&p->wiring) : 0, error;

	if (r >= 0)
		r = pump_batch(p);
	if (r < 0)
		return r;
	error = wiring_end_batch(&p->wiring);
	if (error < 0)
		return error;
	if (error == OUTPUT_PROGRESS)
		r = 0;
	if (r == PUMP_IDLE)
		wiring_forget_recovered(&p->wiring);
	error = save_later(p);
	if (error < 0)
		return error;
	if (r == PUMP_IDLE)
		return pause_pump(p);
	r = p->phase == PHASE_RELOADING ? try_reload(p) : 0;
	return r < 0 ? r : wiring_watch_outputs(&p->wiring);
}

static int on_pump(sd_event_source *s, void *userdata)
{
	int r = run_pump(userdata);

	(void)s;
	check_invariants(userdata);
	return r;
}

/* A source may have data, or a sink may have room. */
static int on_ready(void *userdata)
{
	return switch_pump_on(userdata);
}

static void on_save_request(void *userdata)
{
	save_noted(userdata);
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s, (void)usec;
	return switch_pump_on(userdata);
}

static int on_save(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct pipeline *p = userdata;
	bool all_reported = true;

	(void)s, (void)usec;
	wiring_note_positions(&p->wiring);
	if (positions_is_save_due(&p->state.positions, io_monotonic_usec()))
		save_noted(p);
	if (p->report)
		p->report(p, p->report_userdata);
	for (size_t i = 0; i < p->wiring.n_outputs; i++)
		all_reported &= output_report_dropped(p->wiring.outputs[i]);
	return p->state.positions.changed || !all_reported ? save_later(p) : 0;
}

/* --- building --- */

static int attach(struct pipeline *p)
{
	int r = sd_event_add_defer(p->event, &p->pump, on_pump, p);

	if (r < 0)
		return r;
	/* The pump is always pending while it is on. It comes last, or no other event source would
	 * get its turn. */
	r = loop_adopt(p->pump, LOOP_PUMP);
	if (r < 0)
		return r;
	/* A new deferred event source runs only once. */
	r = switch_pump_on(p);
	if (r < 0)
		return r;
	r = loop_add_timer(p->event, LOOP_TIMERS, on_retry, p, &p->retry);
	if (r < 0)
		return r;
	return loop_add_timer(p->event, LOOP_TIMERS, on_save, p, &p->save);
}

/* Wait for the event or the time that the sink waits for, but not past `end`. Returns 0 or a
 * negative errno. */
static int wait_for_output(struct output *output, uint64_t end)
{
	struct pollfd poller = { .fd = output->sink->fd, .events = (short)output->sink->events };
	uint64_t now = io_monotonic_usec();
	uint64_t until = output->sink->wake_usec < end ? output->sink->wake_usec : end;
	int msec = until > now ? (int)((until - now) / 1000) + 1 : 0;

	if (poll(&poller, 1, msec) < 0 && errno != EINTR)
		return -errno;
	return sink_process(output->sink);
}

/* Sinks usually answer at once; then a source that cannot be opened keeps the daemon from starting.
 * A sink that does not answer in time is not waited for. */
static int recover_at_start(struct pipeline *p)
{
	struct wiring *wiring = &p->wiring;
	uint64_t end = io_monotonic_usec() + RECOVER_USEC;
	int r;

	while ((r = wiring_recover(wiring)) == SINK_FULL && io_monotonic_usec() < end)
		for (size_t i = 0; i < wiring->n_outputs && r >= 0; i++)
			if (wiring->outputs[i]->phase == OUTPUT_ASKING)
				r = wait_for_output(wiring->outputs[i], end);
	if (r == SINK_FULL)
		log_warning(
			"a sink has not reported yet which records it has; sources that send to it "
			"wait, retrying");
	return r < 0 ? r : 0;
}

/* Recognize records by this setup from now on. */
static void use_setup(struct pipeline *p, struct setup *setup)
{
	(void)setup_ref(setup);
	(void)setup_unref(p->setup);
	p->setup = p->context.setup = setup;
}

static struct wiring_options wiring_options_of(struct pipeline *p, struct config *config)
{
	return (struct wiring_options){ &p->context, config,
		{ on_settled, on_returned, on_reread, on_ready, p }, &p->sender };
}

static int build_pipeline(struct pipeline *p, struct setup *setup)
{
	int r = state_directory_open(&p->state, p->options->state);
	struct wiring_options options;

	if (r < 0)
		return r;
	r = attach(p);
	if (r < 0)
		return r;
	make_room_for_positions(p, setup->config);
	use_setup(p, setup);
	options = wiring_options_of(p, setup->config);
	r = wiring_open(&p->wiring, &options, NULL);
	if (r < 0)
		return r;
	r = recover_at_start(p);
	if (r < 0)
		return r;
	return state_directory_prove(&p->state);
}

int pipeline_new(struct sd_event *event, struct setup *setup,
	const struct pipeline_options *options, struct pipeline **ret)
{
	CLEANUP(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->event = sd_event_ref(event);
	p->options = options;
	p->phase = default_phase(p);
	p->state.fd = -1;
	p->sender = (struct journal_sink_sender){ options->unit, options->instance,
		options->namespace };
	p->context = (struct input_context){
		.event = event,
		.positions = &p->state.positions,
		.unknown = &p->unknown,
		.causes = &p->causes,
		.reads = &p->reads,
		.unit = options->unit,
		.instance = options->instance,
		.drain = options->drain,
		.ready = on_ready,
		.save = on_save_request,
		.userdata = p,
	};
	r = build_pipeline(p, setup);
	if (r < 0)
		return r;
	check_invariants(p);
	*ret = TAKE(p);
	return 0;
}

struct pipeline *pipeline_free(struct pipeline *p)
{
	if (!p)
		return NULL;
	(void)sd_event_source_disable_unref(p->save);
	(void)sd_event_source_disable_unref(p->retry);
	(void)sd_event_source_disable_unref(p->pump);
	wiring_close(&p->wiring);
	(void)setup_unref(p->reload.setup);
	(void)setup_unref(p->setup);
	state_directory_close(&p->state);
	cause_counts_done(&p->causes);
	first_reads_done(&p->reads);
	(void)sd_event_unref(p->event);
	free(p);
	return NULL;
}

/* --- reloading --- */

static void end_reload(struct pipeline *p, int result)
{
	struct pipeline_reload reload = p->reload;

	assert(reload.setup);
	rewiring_unmark(&p->wiring);
	p->reload = (struct pipeline_reload){ 0 };
	if (p->phase == PHASE_RELOADING)
		p->phase = default_phase(p);
	reload.done(result, reload.userdata);
	(void)setup_unref(reload.setup);
}

/* Close a part of the wiring; its counts are kept. */
static void close_sources(struct pipeline *p)
{
	counts_add(&p->closed, &p->wiring);
	rewiring_close_sources(&p->wiring);
	counts_subtract(&p->closed, &p->wiring);
}

static void close_marked(struct pipeline *p, struct rewiring *rewiring)
{
	rewiring_discard_records(rewiring);
	counts_add(&p->closed, &p->wiring);
	rewiring_close_marked(rewiring);
	counts_subtract(&p->closed, &p->wiring);
}

/* Close what has changed and open what is new; if that cannot be opened, nothing has changed.
 * Returns 0 or the negative errno of opening; *ret_fatal where a source is not open again. */
static int rewire(struct pipeline *p, bool *ret_fatal)
{
	CLEANUP(setup_unrefp) struct setup *before = setup_ref(p->setup);
	struct setup *setup = p->reload.setup;
	struct wiring_options options = wiring_options_of(p, setup->config);
	struct rewiring rewiring;
	int r;

	assert(p->phase == PHASE_RELOADING && setup != p->setup);
	save_positions(p);
	wiring_note_reads(&p->wiring, setup->config);
	use_setup(p, setup);
	close_sources(p);
	r = rewiring_open(&rewiring, &p->wiring, &options);
	if (r >= 0) {
		close_marked(p, &rewiring);
		rewiring_commit(&rewiring);
		save_positions(p);
		return 0;
	}
	use_setup(p, before);
	*ret_fatal = rewiring_undo(&rewiring) < 0;
	return r;
}

/* Reload as soon as what is to be closed has delivered its records. Records that can be read again
 * need not wait long for that. */
static int try_reload(struct pipeline *p)
{
	const struct config *next = p->reload.setup->config;
	uint64_t now = io_monotonic_usec();
	uint64_t end = p->end_usec + STOP_AGAIN_USEC;
	bool at_risk, fatal = false;
	int r = rewiring_flush(&p->wiring);

	if (r < 0)
		return r;
	at_risk = rewiring_is_at_risk(&p->wiring, next);
	if (at_risk)
		end = p->end_usec + STOP_TIMEOUT_USEC;
	if (!rewiring_is_settled(&p->wiring, now < p->end_usec + STOP_READING_USEC)) {
		if (now < end)
			return loop_start_timer(p->retry, end);
		if (!at_risk && rewiring_mark_stuck(&p->wiring))
			return switch_pump_on(p);
	}
	r = at_risk ? PIPELINE_NOT_TAKEN : rewire(p, &fatal);
	end_reload(p, r);
	if (fatal)
		return r;
	return switch_pump_on(p);
}

void pipeline_reload(
	struct pipeline *p, struct setup *setup, pipeline_reloaded_fn *done, void *userdata)
{
	assert(!p->reload.setup);
	p->reload = (struct pipeline_reload){ setup_ref(setup), done, userdata };
	if (p->phase == PHASE_STOPPING) {
		end_reload(p, -ECANCELED);
	} else {
		p->phase = PHASE_RELOADING;
		rewiring_mark(&p->wiring, setup->config);
		p->end_usec = io_monotonic_usec();
		if (switch_pump_on(p) < 0)
			end_reload(p, -EIO);
	}
	check_invariants(p);
}

/* --- the rest --- */

void pipeline_set_report(struct pipeline *p, pipeline_report_fn *report, void *userdata)
{
	p->report = report;
	p->report_userdata = userdata;
}

void pipeline_stop(struct pipeline *p)
{
	if (p->phase == PHASE_STOPPING)
		return;
	if (p->phase == PHASE_RELOADING)
		end_reload(p, -ECANCELED);
	p->phase = PHASE_STOPPING;
	p->end_usec = io_monotonic_usec();
	for (size_t i = 0; i < p->wiring.n_inputs; i++)
		input_set_ending(p->wiring.inputs[i], true);
	if (switch_pump_on(p) < 0)
		(void)sd_event_exit(p->event, -EIO);
	check_invariants(p);
}

uint64_t pipeline_count_steps(const struct pipeline *p)
{
	return p->n_steps;
}

bool pipeline_has_work(struct pipeline *p)
{
	int enabled = SD_EVENT_OFF;

	return sd_event_source_get_enabled(p->pump, &enabled) > 0 && enabled == SD_EVENT_ON;
}

struct counts pipeline_count(const struct pipeline *p)
{
	struct counts counts = p->closed;

	counts_add(&counts, &p->wiring);
	return counts;
}

const struct wiring *pipeline_wiring(const struct pipeline *p)
{
	return &p->wiring;
}

const struct unknown_codes *pipeline_unknown_codes(const struct pipeline *p)
{
	return &p->unknown;
}

const struct cause_counts *pipeline_cause_counts(const struct pipeline *p)
{
	return &p->causes;
}
