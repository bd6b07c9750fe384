/* One deferred event source, the pump, does the work in bounded batches. It is on while there is
 * work that can be done now, and off while everybody waits: for a source to become readable, or
 * for a sink to have room.
 *
 * A source that can be read again has an input for each sink, so that a sink that is slow or away
 * holds back nobody else. A position moves only when the sink has settled the record, or when a
 * source has passed what holds nothing. */
#include "config.h"

#include "flow/pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "flow/feed.h"
#include "flow/input.h"
#include "flow/lane.h"
#include "flow/loop.h"
#include "flow/positions.h"
#include "flow/setup.h"
#include "sink/journal.h"
#include "sink/sink.h"
#include "sink/socket.h"
#include "source/source.h"
#include "source/syslog.h"

enum {
	STOP_TIMEOUT_USEC = 10 * 1000 * 1000, /* for what cannot be read again */
	STOP_AGAIN_USEC = 2 * 1000 * 1000,    /* for what the next start would repeat */
	STOP_READING_USEC = 1000 * 1000,      /* of what cannot be read again */
	FEEDS_OF_SYSLOG = 2,                  /* one for each transport */
	RECOVER_USEC = 2 * 1000 * 1000,       /* for the sinks to answer at the start */
};

struct pipeline {
	sd_event *event;
	const struct setup *setup;
	const struct pipeline_options *options;
	struct lane *lanes; /* one for each sink */
	size_t n_lanes;
	struct feed *feeds;
	size_t n_feeds;
	size_t next_feed; /* whose turn it is */
	struct feed_context context;
	struct journal_sink_sender sender;
	int state_fd; /* the state directory, locked */
	struct positions positions;
	sd_event_source *pump;
	sd_event_source *save;
	sd_event_source *retry; /* of the end */
	bool recovering;        /* a sink has not told yet what it has */
	bool stopping;
	bool save_failing;
	uint64_t stop_usec; /* when stopping began */
	pipeline_report_fn *report;
	void *report_userdata;
};

static uint64_t now_usec(void)
{
	return io_now_usec(CLOCK_MONOTONIC);
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
	return loop_start_timer(p->save, now_usec() + PIPELINE_SAVE_USEC);
}

/* --- positions --- */

static void on_settled(const struct unsettled_entry *entry, void *userdata)
{
	struct pipeline *p = userdata;
	struct feed *feed = &p->feeds[entry->input];

	feed->input.n_unsettled--;
	if (feed->again)
		feed_note(feed, entry->stream, entry->position);
}

static void note_positions(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++)
		feed_note_all(&p->feeds[i]);
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

/* --- the sources --- */

/* Whether the source may be pulled: when it is time to stop, only what would be lost. */
static bool may_read(const struct pipeline *p, const struct feed *feed)
{
	if (!p->stopping)
		return true;
	return !feed->again && now_usec() < p->stop_usec + STOP_READING_USEC;
}

/* The next feed that can work, in turn; NULL when none can. */
static struct feed *choose_feed(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++) {
		size_t index = (p->next_feed + i) % p->n_feeds;
		struct feed *feed = &p->feeds[index];

		if (input_can_step(&feed->input, may_read(p, feed))) {
			p->next_feed = index + 1;
			return feed;
		}
	}
	return NULL;
}

/* --- the pump --- */

/* Whether records are on their way that no lane has taken. */
static bool any_in_hand(const struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++)
		if (p->feeds[i].input.in_hand)
			return true;
	return false;
}

/* Whether a source has something that comes by itself with time. */
static bool any_pending(const struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++)
		if (p->feeds[i].open && p->feeds[i].input.source->pending)
			return true;
	return false;
}

/* Whether a source is still to be opened. */
static bool any_closed(const struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++)
		if (!p->feeds[i].open)
			return true;
	return false;
}

/* Returns 0 when every sink has settled everything, SINK_FULL, or a negative errno. */
static int flush_lanes(struct pipeline *p)
{
	int result = any_in_hand(p) ? SINK_FULL : 0;

	for (size_t i = 0; i < p->n_lanes; i++) {
		int r = lane_flush(&p->lanes[i]);

		if (r < 0)
			return r;
		if (r == SINK_FULL)
			result = SINK_FULL;
	}
	return result;
}

/* Whether something would be lost by stopping now. */
static bool is_any_at_risk(const struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++)
		if (!p->feeds[i].again && !input_is_settled(&p->feeds[i].input))
			return true;
	return false;
}

/* What a lane still has, at the end of all: it is taken apart. */
static void say_left_in(struct pipeline *p, struct lane *lane)
{
	uint64_t n_again = 0, n_lost = 0;

	while (lane->unsettled.n > 0) {
		struct unsettled_entry entry = unsettled_take(&lane->unsettled);

		if (p->feeds[entry.input].again)
			n_again++;
		else
			n_lost++;
	}
	for (size_t i = 0; i < p->n_feeds; i++)
		n_lost += !p->feeds[i].again && input_owes(&p->feeds[i].input, lane);
	if (lane->full || n_again + n_lost > 0)
		log_warning("sink %s: does not take what is left, stopping without; records that "
			    "come again at the next start: %" PRIu64 ", lost: %" PRIu64,
			lane->sink->name, n_again, n_lost);
}

static void say_left(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_lanes; i++)
		say_left_in(p, &p->lanes[i]);
}

/* Nothing left to read: push out, and end the loop when the other side has everything. A lane that
 * becomes ready later switches the pump on, which comes here again. */
static int finish(struct pipeline *p)
{
	uint64_t end = p->stop_usec + (is_any_at_risk(p) ? STOP_TIMEOUT_USEC : STOP_AGAIN_USEC);
	int r = flush_lanes(p);

	if (r < 0)
		return r;
	if (p->stopping && r == SINK_FULL && now_usec() >= end) {
		say_left(p);
		r = 0;
	}
	if (r == SINK_FULL)
		return p->stopping ? loop_start_timer(p->retry, end) : 0;
	save_positions(p);
	return sd_event_exit(p->event, p->stopping && p->options->drain ? PIPELINE_CUT_SHORT : 0);
}

static int watch_lanes(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_lanes; i++) {
		int r = lane_watch(&p->lanes[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Work until the batch is used up or nobody has anything to do. Returns 0 while there is more to
 * do, or PUMP_IDLE. */
enum { PUMP_IDLE = 1 };
static int pump_batch(struct pipeline *p)
{
	for (unsigned i = 0; i < PIPELINE_BATCH_MAX; i++) {
		struct feed *feed = choose_feed(p);
		int r;

		if (!feed)
			return PUMP_IDLE;
		r = feed_step(feed);
		if (r < 0)
			return r;
		if (r == INPUT_BATCH)
			return 0;
	}
	return 0;
}

static int watch_patience(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_feeds; i++) {
		int r = feed_watch_patience(&p->feeds[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int pause_pump(struct pipeline *p)
{
	int r = sd_event_source_set_enabled(p->pump, SD_EVENT_OFF);

	if (r < 0)
		return r;
	r = watch_patience(p);
	if (r < 0)
		return r;
	if (p->stopping ||
		(p->options->drain && !any_in_hand(p) && !any_pending(p) && !any_closed(p))) {
		r = finish(p);
		if (r < 0)
			return r;
	}
	return watch_lanes(p);
}

/* --- recovery --- */

/* Every source that can be read again has one lane. */
static int open_feeds_of(struct pipeline *p, const struct lane *lane)
{
	int r = 0;

	for (size_t i = 0; i < p->n_feeds && r == 0; i++)
		if (p->feeds[i].again && p->feeds[i].input.lanes == lane)
			r = feed_open(&p->feeds[i]);
	return r;
}

/* Ask the sinks that have not answered yet what they have, and open the sources of those that
 * answer. Returns 0, SINK_FULL while one does not answer, or a negative errno. */
static int recover_lanes(struct pipeline *p)
{
	int result = 0;

	for (size_t i = 0; i < p->n_lanes; i++) {
		struct lane *lane = &p->lanes[i];
		int r = lane->recovered ? 0 : lane_recover(lane, p->setup->config, &p->positions);

		if (r == 0 && !lane->open)
			r = open_feeds_of(p, lane);
		if (r < 0)
			return r;
		lane->open = r == 0;
		if (r == SINK_FULL)
			result = SINK_FULL;
	}
	p->recovering = p->positions.doubted = result != 0;
	return result;
}

/* Whether all sources of the lane have passed what the sink had at the start. */
static bool have_feeds_passed(const struct pipeline *p, const struct lane *lane)
{
	for (size_t i = 0; i < p->n_feeds; i++)
		if (p->feeds[i].again && p->feeds[i].input.lanes == lane && !p->feeds[i].passed)
			return false;
	return true;
}

static void forget_recovered(struct pipeline *p)
{
	for (size_t i = 0; i < p->n_lanes; i++)
		if (p->lanes[i].open && p->lanes[i].recovery.size > 0 &&
			have_feeds_passed(p, &p->lanes[i]))
			lane_forget(&p->lanes[i]);
}

static int on_pump(sd_event_source *s, void *userdata)
{
	struct pipeline *p = userdata;
	int r = p->recovering && !p->stopping ? recover_lanes(p) : 0, error;

	(void)s;
	if (r >= 0)
		r = pump_batch(p);
	if (r < 0)
		return r;
	if (r == PUMP_IDLE)
		forget_recovered(p);
	error = save_later(p);
	if (error < 0)
		return error;
	return r == PUMP_IDLE ? pause_pump(p) : watch_lanes(p);
}

/* A source may have something, or a sink room. */
static int on_ready(void *userdata)
{
	return pump_on(userdata);
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s, (void)usec;
	return pump_on(userdata);
}

static int on_save(sd_event_source *s, uint64_t usec, void *userdata)
{
	struct pipeline *p = userdata;
	struct pipeline_counts counts;
	bool all_told = true;

	(void)s, (void)usec;
	save_positions(p);
	counts = pipeline_count(p);
	if (p->report)
		p->report(&counts, p->report_userdata);
	for (size_t i = 0; i < p->n_lanes; i++)
		all_told &= lane_tell_dropped(&p->lanes[i]);
	return p->save_failing || !all_told ? save_later(p) : 0;
}

/* --- building --- */

static void add_feed(struct pipeline *p, const struct config_source *config, unsigned transport,
	size_t lane, size_t n_lanes)
{
	const struct feed_options options = {
		.config = config,
		.transport = transport,
		.number = p->n_feeds,
		.lanes = &p->lanes[lane],
		.n_lanes = n_lanes,
	};

	feed_init(&p->feeds[p->n_feeds++], &p->context, &options);
}

/* What cannot be read again has a feed for each transport, for all lanes, and waits for nobody. */
static int add_syslog_feeds(struct pipeline *p, const struct config_source *config)
{
	static const enum syslog_transport transports[] = { SYSLOG_DATAGRAMS, SYSLOG_STREAMS };
	int r = 0;

	for (size_t i = 0; i < FEEDS_OF_SYSLOG && r == 0; i++) {
		if (!syslog_options_have(&config->syslog, transports[i]))
			continue;
		add_feed(p, config, transports[i], 0, p->n_lanes);
		r = feed_open(&p->feeds[p->n_feeds - 1]);
	}
	return r;
}

static int add_feeds(struct pipeline *p)
{
	const struct config *config = p->setup->config;
	int r = 0;

	p->feeds = calloc(config->n_sources * (p->n_lanes + FEEDS_OF_SYSLOG), sizeof(*p->feeds));
	if (!p->feeds)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sources && r == 0; i++) {
		const struct config_source *source = &config->sources[i];

		if (source->kind == CONFIG_SYSLOG)
			r = add_syslog_feeds(p, source);
		else
			/* What can be read again has a feed for each lane. */
			for (size_t lane = 0; lane < p->n_lanes; lane++)
				add_feed(p, source, 0, lane, 1);
	}
	return r;
}

static int new_sink(struct pipeline *p, const struct config_sink *config, struct sink **ret)
{
	if (config->kind == CONFIG_SOCKET)
		return socket_sink_new(config->name.data, &config->socket, ret);
	return journal_sink_new(config->name.data, &config->journal, &p->sender, ret);
}

static int add_lane(struct pipeline *p, const struct config_sink *config)
{
	const struct lane_events events = { on_settled, on_ready, p };
	struct sink *sink = NULL;
	int r = new_sink(p, config, &sink);

	if (r < 0) {
		errno = -r;
		log_error("sink %s: cannot open: %m", config->name.data);
		return r;
	}
	return lane_init(&p->lanes[p->n_lanes++], p->event, sink, &events);
}

static int add_lanes(struct pipeline *p)
{
	const struct config *config = p->setup->config;

	p->lanes = calloc(config->n_sinks, sizeof(*p->lanes));
	if (!p->lanes)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sinks; i++) {
		int r = add_lane(p, &config->sinks[i]);

		if (r < 0)
			return r;
	}
	return 0;
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

/* No source has such a name, and no sink. */
static const char MACHINE_KEY[] = "/machine", MACHINE_SINK[] = "/";

/* What another machine had read says nothing of this one's journal and files. */
static int claim_positions(struct pipeline *p)
{
	struct text key = text_of(MACHINE_KEY), had;
	char own[SD_ID128_STRING_MAX];
	sd_id128_t machine;
	int r;

	if (sd_id128_get_machine(&machine) < 0)
		return 0;
	(void)sd_id128_to_string(machine, own);
	had = positions_get(&p->positions, key, MACHINE_SINK);
	if (had.len > 0 && !text_equal(had, text_of(own))) {
		log_warning("'%s' is of another machine, ignoring", p->positions.path);
		positions_clear(&p->positions);
	}
	r = positions_set(&p->positions, key, MACHINE_SINK, text_of(own));
	/* A full table is of use all the same. */
	return r == -E2BIG ? 0 : r;
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
		r = 0;
	}
	if (r < 0) {
		errno = -r;
		log_error("cannot read '%s': %m", path);
		return r;
	}
	return claim_positions(p);
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

static int attach(struct pipeline *p)
{
	int r = sd_event_add_defer(p->event, &p->pump, on_pump, p);

	if (r < 0)
		return r;
	/* Always pending while it is on: last of all, or nothing else would get its turn. */
	r = loop_adopt(p->pump, LOOP_PUMP);
	if (r < 0)
		return r;
	/* A deferred source is made to run once. */
	r = pump_on(p);
	if (r < 0)
		return r;
	r = loop_add_timer(p->event, LOOP_TIMERS, on_retry, p, &p->retry);
	if (r < 0)
		return r;
	return loop_add_timer(p->event, LOOP_TIMERS, on_save, p, &p->save);
}

/* Wait for what a sink waits for. Returns 0 or a negative errno. */
static int wait_for_lane(struct lane *lane, uint64_t end)
{
	struct pollfd poller = { .fd = lane->sink->fd, .events = (short)lane->sink->events };
	uint64_t now = now_usec();
	uint64_t until = lane->sink->wake_usec < end ? lane->sink->wake_usec : end;
	int msec = until > now ? (int)((until - now) / 1000) + 1 : 0;

	if (poll(&poller, 1, msec) < 0 && errno != EINTR)
		return -errno;
	return sink_process(lane->sink);
}

/* Sinks answer at once, as a rule, and then a source that cannot be opened keeps the daemon from
 * starting. Whoever does not answer is not waited for. */
static int recover_at_start(struct pipeline *p)
{
	uint64_t end = now_usec() + RECOVER_USEC;
	int r;

	while ((r = recover_lanes(p)) == SINK_FULL && now_usec() < end)
		for (size_t i = 0; i < p->n_lanes && r >= 0; i++)
			if (!p->lanes[i].recovered)
				r = wait_for_lane(&p->lanes[i], end);
	if (r == SINK_FULL)
		log_warning("cannot find out yet what has been delivered; sources wait for that");
	return r < 0 ? r : 0;
}

static int build(struct pipeline *p)
{
	int r = lock_state(p);

	if (r < 0)
		return r;
	r = load_positions(p);
	if (r < 0)
		return r;
	r = attach(p);
	if (r < 0)
		return r;
	r = add_lanes(p);
	if (r < 0)
		return r;
	r = add_feeds(p);
	if (r < 0)
		return r;
	r = recover_at_start(p);
	return r < 0 ? r : prove_state(p);
}

int pipeline_new(struct sd_event *event, const struct setup *setup,
	const struct pipeline_options *options, struct pipeline **ret)
{
	CLEANUP(pipeline_freep) struct pipeline *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->event = sd_event_ref(event);
	p->setup = setup;
	p->options = options;
	p->state_fd = -1;
	p->sender = (struct journal_sink_sender){ options->unit, options->instance,
		options->namespace };
	p->context = (struct feed_context){
		.event = event,
		.setup = setup,
		.positions = &p->positions,
		.unit = options->unit,
		.instance = options->instance,
		.drain = options->drain,
		.ready = on_ready,
		.userdata = p,
	};
	r = build(p);
	if (r < 0)
		return r;
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
	for (size_t i = 0; i < p->n_feeds; i++)
		feed_done(&p->feeds[i]);
	free(p->feeds);
	for (size_t i = 0; i < p->n_lanes; i++)
		lane_done(&p->lanes[i]);
	free(p->lanes);
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
	p->stop_usec = now_usec();
	if (pump_on(p) < 0)
		(void)sd_event_exit(p->event, -EIO);
}

static void raise_to(uint64_t *count, uint64_t other)
{
	if (*count < other)
		*count = other;
}

/* Inputs of one source, one for each sink, have read the same: the furthest counts. */
static void count_feeds(const struct pipeline *p, struct pipeline_counts *counts)
{
	struct pipeline_counts of_source = { 0 };

	for (size_t i = 0; i < p->n_feeds; i++) {
		const struct feed *feed = &p->feeds[i];
		const struct source *source = feed->input.source;

		if (source) {
			raise_to(&of_source.n_read, source->n_read);
			raise_to(&of_source.n_damaged, source->n_damaged);
			raise_to(&of_source.n_cut, source->n_cut);
			raise_to(&of_source.n_lost, source->n_lost);
		}
		raise_to(&of_source.n_gave_up, feed->input.n_gave_up);
		if (feed->again && i + 1 < p->n_feeds && p->feeds[i + 1].config == feed->config)
			continue;
		counts->n_read += of_source.n_read;
		counts->n_damaged += of_source.n_damaged;
		counts->n_cut += of_source.n_cut;
		counts->n_lost += of_source.n_lost;
		counts->n_gave_up += of_source.n_gave_up;
		of_source = (struct pipeline_counts){ 0 };
	}
}

struct pipeline_counts pipeline_count(const struct pipeline *p)
{
	struct pipeline_counts counts = { 0 };

	count_feeds(p, &counts);
	for (size_t i = 0; i < p->n_lanes; i++) {
		const struct lane *lane = &p->lanes[i];

		raise_to(&counts.n_enriched, lane->sink->n_taken - lane->sink->n_refused);
		raise_to(&counts.n_unknown, lane->n_unknown);
		raise_to(&counts.n_causes_left, lane->n_causes_left);
		counts.n_refused += lane->sink->n_refused;
		counts.n_shortened += lane->sink->n_shortened;
		counts.n_undelivered += lane->sink->n_lost + lane->n_dropped;
	}
	return counts;
}
