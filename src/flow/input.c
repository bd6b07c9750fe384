/* Each position of a source that reads several streams stands in the table of its own, under
 * SOURCE/STREAM. */
#include <config.h>

#include "flow/input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "cause/recognizer.h"
#include "flow/loop.h"
#include "flow/output.h"
#include "flow/setup/setup.h"
#include "flow/state/positions.h"
#include "sink/sink.h"
#include "source/files/files-source.h"
#include "source/journal/journal-source.h"
#include "source/source.h"
#include "source/syslog/syslog-source.h"

enum { STREAM_KEY_MAX = 512 };

/* --- positions --- */

void feed_note(struct feed *feed, struct text stream, struct text position)
{
	struct positions *positions = feed->context->positions;
	const char *sink = feed->input.lanes->sink->name;
	struct text name = feed->config->name;
	char key[STREAM_KEY_MAX];
	int n = snprintf(key, sizeof(key), "%.*s%s%.*s", TEXT_FORMAT(name),
		stream.len > 0 ? "/" : "", TEXT_FORMAT(stream));
	int r = 0;

	if (n < 0 || (size_t)n >= sizeof(key))
		r = -ENAMETOOLONG;
	else if (position.len > 0)
		r = positions_set(positions, text_make(key, (size_t)n), sink, position);
	else
		positions_forget(positions, text_make(key, (size_t)n), sink);
	if (r < 0 && !feed->note_failing) {
		errno = -r;
		log_warning("source %s: cannot note positions: %m; a restart may repeat entries, "
			    "retrying",
			name.data);
	}
	feed->note_failing = r < 0;
}

static void visit_position(const struct source_position *position, void *userdata)
{
	struct feed *feed = userdata;

	feed_note(feed, position->stream, position->position);
}

void feed_note_all(struct feed *feed)
{
	if (feed->again && feed->open && input_is_settled(&feed->input))
		(void)source_positions(feed->input.source, visit_position, feed);
}

/* --- working --- */

/* What comes over sockets stays readable until it is pulled, so it is not watched meanwhile; the
 * others have news to process even while nobody pulls. */
static int watch(struct feed *feed, bool on)
{
	if (feed->again)
		return 0;
	return sd_event_source_set_enabled(feed->readable, on ? SD_EVENT_ON : SD_EVENT_OFF);
}

/* Ask to be called when the source may have something again. */
static int wait_for_source(struct feed *feed)
{
	uint64_t usec;
	int r = source_timeout(feed->input.source, &usec);

	feed->passed |= !feed->input.source->pending;
	if (r == 0 && usec != UINT64_MAX)
		r = loop_start_timer(feed->timer, usec);
	return r < 0 ? r : watch(feed, true);
}

static int retry_source(struct feed *feed, int error)
{
	bool drain = feed->context->drain;

	if (!feed->failing) {
		errno = -error;
		log_error("source %s: cannot read: %m%s", feed->config->name.data,
			drain ? "" : ", retrying every second");
	}
	if (drain)
		return error;
	feed->failing = true;
	feed->input.ready = false;
	return loop_start_timer(feed->timer, io_now_usec(CLOCK_MONOTONIC) + FEED_RETRY_USEC);
}

int feed_step(struct feed *feed)
{
	bool fatal;
	int r = input_step(&feed->input, &fatal);

	if (feed->former && !feed->input.in_hand)
		feed->former = setup_unref(feed->former);
	if (r < 0)
		return fatal ? r : retry_source(feed, r);
	feed->failing = false;
	if (r == INPUT_WAITS)
		return wait_for_source(feed);
	return r;
}

int feed_watch_patience(struct feed *feed)
{
	uint64_t usec = input_patience_usec(&feed->input);

	return usec != UINT64_MAX ? loop_start_timer(feed->timer, usec) : 0;
}

static int on_readable(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
	struct feed *feed = userdata;
	int r = source_process(feed->input.source);

	(void)s, (void)fd, (void)events;
	if (r < 0)
		return retry_source(feed, r);
	feed->input.ready = true;
	r = watch(feed, false);
	return r < 0 ? r : feed->context->ready(feed->context->userdata);
}

static int on_source_time(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)usec;
	return on_readable(s, -1, 0, userdata);
}

/* --- opening --- */

static int open_journal(struct feed *feed, const struct source_position *saved, size_t n)
{
	const struct config_source *config = feed->config;
	struct text position = n > 0 ? saved[0].position : text_of(NULL);
	struct source_probe probe = input_probe(&feed->input);
	const char *unit = feed->context->unit;
	int r = journal_source_new(
		config->name.data, &config->journal, probe, unit, position, &feed->input.source);

	if (r != -EADDRNOTAVAIL || position.len == 0)
		return r;
	log_warning(
		"source %s: the saved position is no journal cursor, ignoring", config->name.data);
	return journal_source_new(config->name.data, &config->journal, probe, unit, text_of(NULL),
		&feed->input.source);
}

static int open_by_kind(struct feed *feed, const struct source_position *saved, size_t n)
{
	const struct config_source *config = feed->config;
	const char *name = config->name.data;

	switch (config->kind) {
	case CONFIG_FILES:
		return files_source_new(name, &config->files, saved, n, &feed->input.source);
	case CONFIG_SYSLOG:
		return syslog_source_new(name, &feed->syslog, &feed->input.source);
	case CONFIG_JOURNAL:
	default:
		return open_journal(feed, saved, n);
	}
}

/* Whether a key of the table is a stream of this source; if so, which. */
static bool is_stream_of(const char *key, struct text name, struct text *ret)
{
	struct text text = text_of(key);

	if (!text_starts(text, name))
		return false;
	*ret = text_make(text.data + name.len, text.len - name.len);
	if (ret->len == 0)
		return true;
	if (ret->data[0] != '/')
		return false;
	*ret = text_make(ret->data + 1, ret->len - 1);
	return true;
}

/* The saved positions of the feed's source and sink, to be freed; their texts stay the table's. */
static int find_saved(const struct feed *feed, struct source_position **ret, size_t *ret_n)
{
	const struct positions *positions = feed->context->positions;
	struct source_position *saved = calloc(positions->n + 1, sizeof(*saved));
	const char *sink = feed->input.lanes->sink->name;

	if (!saved)
		return -ENOMEM;
	*ret_n = 0;
	for (size_t i = 0; i < positions->n; i++) {
		const struct position *item = &positions->items[i];
		struct text stream;

		if (strcmp(item->sink, sink) == 0 &&
			is_stream_of(item->source, feed->config->name, &stream))
			saved[(*ret_n)++] = (struct source_position){ stream, text_of(item->text) };
	}
	*ret = saved;
	return 0;
}

/* Sources stand in the same order in every setup that a wiring meets. */
int feed_make_recognizer(
	const struct feed *feed, const struct setup *setup, struct recognizer **ret)
{
	size_t index = (size_t)(feed->config - feed->context->config->sources);
	struct text missing = { 0 };

	return setup_recognizer(setup, &setup->config->sources[index].profiles, &missing, ret);
}

void feed_adopt(struct feed *feed, struct recognizer *recognizer)
{
	struct setup *setup = feed->context->setup;
	struct enrich_policy policy = setup->config->policy;

	if (feed->input.in_hand && !feed->former)
		feed->former = TAKE(feed->setup);
	(void)setup_unref(feed->setup);
	feed->setup = setup_ref(setup);
	/* Whose a journal entry is, its trusted fields tell. */
	policy.believe_brackets = feed->config->kind != CONFIG_JOURNAL;
	input_recognize(&feed->input, recognizer, &policy);
}

static int open_source(struct feed *feed)
{
	CLEANUP(freep) struct source_position *saved = NULL;
	size_t n = 0;
	int r = find_saved(feed, &saved, &n);

	if (r < 0)
		return r;
	r = open_by_kind(feed, saved, n);
	/* A syslog source names the address that it cannot have. */
	if (r < 0 && (r == -ENOMEM || feed->config->kind != CONFIG_SYSLOG)) {
		errno = -r;
		log_error("source %s: cannot open: %m", feed->config->name.data);
	}
	return r;
}

static int attach(struct feed *feed)
{
	struct sd_event *event = feed->context->event;
	int r = loop_add_timer(event, LOOP_TIMERS, on_source_time, feed, &feed->timer);

	if (r < 0)
		return r;
	r = sd_event_add_io(
		event, &feed->readable, feed->input.source->fd, EPOLLIN, on_readable, feed);
	if (r < 0)
		return r;
	r = loop_adopt(feed->readable, LOOP_SOURCES);
	/* It is ready at the start. */
	return r < 0 ? r : watch(feed, false);
}

void feed_init(
	struct feed *feed, const struct feed_context *context, const struct feed_options *options)
{
	const struct config_source *config = options->config;

	*feed = (struct feed){ .context = context, .config = config };
	feed->again = config->kind != CONFIG_SYSLOG;
	feed->syslog = config->syslog;
	feed->syslog.transports = options->transport;
	input_init(
		&feed->input, options->number, context->instance, options->lanes, options->n_lanes);
	feed->input.ready = false;
}

int feed_open(struct feed *feed, struct source *source)
{
	struct recognizer *recognizer = NULL;
	int r;

	feed->input.source = source;
	r = feed_make_recognizer(feed, feed->context->setup, &recognizer);
	if (r < 0)
		return r;
	feed_adopt(feed, recognizer);
	if (source)
		source->name = feed->config->name.data;
	else
		r = open_source(feed);
	if (r == 0)
		r = attach(feed);
	if (r < 0)
		return r;
	feed->input.order = recovery_order(feed->config);
	if (feed->input.order)
		feed->input.recovery = &feed->input.lanes->recovery;
	feed->open = true;
	feed->input.ready = true;
	return 0;
}

static void detach(struct feed *feed)
{
	feed->timer = sd_event_source_disable_unref(feed->timer);
	feed->readable = sd_event_source_disable_unref(feed->readable);
}

struct source *feed_take_source(struct feed *feed)
{
	struct source *source = TAKE(feed->input.source);

	detach(feed);
	feed->open = false;
	source->n_read = source->n_damaged = source->n_cut = source->n_lost = source->n_evicted = 0;
	return source;
}

void feed_done(struct feed *feed)
{
	detach(feed);
	input_done(&feed->input);
	feed->former = setup_unref(feed->former);
	feed->setup = setup_unref(feed->setup);
}
