/* The order of feeds is that of the sources, and of one source that of the sinks. */
#include <config.h>

#include "flow/wiring.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "flow/setup/configuration.h"
#include "sink/journal/journal-sink.h"
#include "sink/sink.h"
#include "sink/socket/socket-sink.h"
#include "source/source.h"
#include "source/syslog/syslog-source.h"

enum { FEEDS_OF_SYSLOG = 2 }; /* one for each transport */

/* --- opening --- */

static struct feed *add_feed(struct wiring *wiring, const struct config_source *config,
	unsigned transport, size_t lane, size_t n_lanes)
{
	const struct feed_options options = {
		.config = config,
		.transport = transport,
		.number = wiring->n_feeds,
		.lanes = &wiring->lanes[lane],
		.n_lanes = n_lanes,
	};
	struct feed *feed = &wiring->feeds[wiring->n_feeds++];

	feed_init(feed, wiring->context, &options);
	return feed;
}

static bool is_for(
	const struct wiring_socket *socket, const struct config_source *config, unsigned transport)
{
	return socket->transport == transport && config_is_same_source(socket->config, config);
}

/* The socket of a source that is written as it was; NULL = none. */
static struct source *find_socket(
	struct wiring_sockets *sockets, const struct config_source *config, unsigned transport)
{
	for (size_t i = 0; sockets && i < sockets->n; i++) {
		struct source *source = sockets->items[i].source;

		if (!is_for(&sockets->items[i], config, transport))
			continue;
		sockets->items[i] = sockets->items[--sockets->n];
		return source;
	}
	return NULL;
}

static int add_syslog_feeds(
	struct wiring *wiring, const struct config_source *config, struct wiring_sockets *sockets)
{
	static const enum syslog_transport transports[] = { SYSLOG_DATAGRAMS, SYSLOG_STREAMS };
	int r = 0;

	for (size_t i = 0; i < FEEDS_OF_SYSLOG && r == 0; i++) {
		struct feed *feed;

		if (!syslog_options_have(&config->syslog, transports[i]))
			continue;
		feed = add_feed(wiring, config, transports[i], 0, wiring->n_lanes);
		r = feed_open(feed, find_socket(sockets, config, transports[i]));
	}
	return r;
}

static int add_feeds(struct wiring *wiring, struct wiring_sockets *sockets)
{
	const struct config *config = wiring->context->config;
	int r = 0;

	wiring->feeds = calloc(
		config->n_sources * (wiring->n_lanes + FEEDS_OF_SYSLOG), sizeof(*wiring->feeds));
	if (!wiring->feeds)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sources && r == 0; i++) {
		const struct config_source *source = &config->sources[i];

		if (source->kind == CONFIG_SYSLOG)
			r = add_syslog_feeds(wiring, source, sockets);
		else
			for (size_t lane = 0; lane < wiring->n_lanes; lane++)
				(void)add_feed(wiring, source, 0, lane, 1);
	}
	return r;
}

static int new_sink(const struct config_sink *config, const struct journal_sink_sender *sender,
	struct sink **ret)
{
	if (config->kind == CONFIG_SOCKET)
		return socket_sink_new(config->name.data, &config->socket, ret);
	return journal_sink_new(config->name.data, &config->journal, sender, ret);
}

static int add_lanes(struct wiring *wiring, const struct lane_events *events,
	const struct journal_sink_sender *sender)
{
	const struct config *config = wiring->context->config;
	int r = 0;

	wiring->lanes = calloc(config->n_sinks, sizeof(*wiring->lanes));
	if (!wiring->lanes)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_sinks && r == 0; i++) {
		struct sink *sink = NULL;

		r = new_sink(&config->sinks[i], sender, &sink);
		if (r < 0) {
			errno = -r;
			log_error("sink %s: cannot open: %m", config->sinks[i].name.data);
			return r;
		}
		r = lane_init(
			&wiring->lanes[wiring->n_lanes++], wiring->context->event, sink, events);
	}
	/* Each sink gets the same records: those of the first are counted. */
	if (wiring->n_lanes > 0)
		wiring->lanes[0].unknown = wiring->context->unknown;
	return r;
}

int wiring_open(struct wiring *wiring, const struct feed_context *context,
	const struct lane_events *events, const struct journal_sink_sender *sender,
	struct wiring_sockets *sockets)
{
	int r;

	*wiring = (struct wiring){ .context = context, .recovering = true };
	r = add_lanes(wiring, events, sender);
	return r < 0 ? r : add_feeds(wiring, sockets);
}

void wiring_close(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_feeds; i++)
		feed_done(&wiring->feeds[i]);
	free(wiring->feeds);
	for (size_t i = 0; i < wiring->n_lanes; i++)
		lane_done(&wiring->lanes[i]);
	free(wiring->lanes);
	*wiring = (struct wiring){ 0 };
}

/* --- sockets that are handed on --- */

void wiring_take_sockets(struct wiring *wiring, struct wiring_sockets *sockets)
{
	for (size_t i = 0; i < wiring->n_feeds; i++) {
		struct feed *feed = &wiring->feeds[i];

		if (!feed->again && feed->open)
			sockets->items[sockets->n++] =
				(struct wiring_socket){ feed_take_source(feed), feed->config,
					feed->syslog.transports };
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

/* Every source that can be read again has one lane. Where it begins is noted before it is read: one
 * that begins at the end would begin behind what its sink does not take, were it opened again. */
static int open_feeds_of(struct wiring *wiring, const struct lane *lane)
{
	int r = 0;

	for (size_t i = 0; i < wiring->n_feeds && r == 0; i++) {
		struct feed *feed = &wiring->feeds[i];

		if (!feed->again || feed->input.lanes != lane)
			continue;
		r = feed_open(feed, NULL);
		if (r == 0)
			feed_note_all(feed);
	}
	return r;
}

int wiring_recover(struct wiring *wiring)
{
	const struct feed_context *context = wiring->context;
	int result = 0;

	for (size_t i = 0; i < wiring->n_lanes; i++) {
		struct lane *lane = &wiring->lanes[i];
		int r = lane->recovered ? 0
					: lane_recover(lane, context->config, context->positions);

		if (r == 0 && !lane->open)
			r = open_feeds_of(wiring, lane);
		if (r < 0)
			return r;
		lane->open = r == 0;
		if (r == SINK_FULL)
			result = SINK_FULL;
	}
	wiring->recovering = context->positions->doubted = result != 0;
	return result;
}

/* Whether all sources of the lane have passed what the sink had at the start. */
static bool have_feeds_passed(const struct wiring *wiring, const struct lane *lane)
{
	for (size_t i = 0; i < wiring->n_feeds; i++) {
		const struct feed *feed = &wiring->feeds[i];

		if (feed->again && feed->input.lanes == lane && !feed->passed)
			return false;
	}
	return true;
}

void wiring_forget_recovered(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_lanes; i++)
		if (wiring->lanes[i].open && wiring->lanes[i].recovery.size > 0 &&
			have_feeds_passed(wiring, &wiring->lanes[i]))
			lane_forget(&wiring->lanes[i]);
}

/* --- reading --- */

struct feed *wiring_choose_feed(
	struct wiring *wiring, wiring_may_read_fn *may_read, const void *userdata)
{
	for (size_t i = 0; i < wiring->n_feeds; i++) {
		size_t index = (wiring->next_feed + i) % wiring->n_feeds;
		struct feed *feed = &wiring->feeds[index];

		if (input_can_step(&feed->input, may_read(feed, userdata))) {
			wiring->next_feed = index + 1;
			return feed;
		}
	}
	return NULL;
}

/* Whether records are on their way that no lane has taken. */
static bool any_in_hand(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_feeds; i++)
		if (wiring->feeds[i].input.in_hand)
			return true;
	return false;
}

bool wiring_has_read_all(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_feeds; i++) {
		const struct feed *feed = &wiring->feeds[i];

		if (!feed->open || feed->input.in_hand || feed->input.source->pending)
			return false;
	}
	return true;
}

void wiring_note_positions(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_feeds; i++)
		feed_note_all(&wiring->feeds[i]);
}

/* --- what is on its way --- */

void wiring_settle(struct wiring *wiring, const struct unsettled_entry *entry)
{
	struct feed *feed = &wiring->feeds[entry->input];

	feed->input.n_unsettled--;
	if (feed->again)
		feed_note(feed, entry->stream, entry->position);
}

int wiring_flush(struct wiring *wiring)
{
	int result = any_in_hand(wiring) ? SINK_FULL : 0;

	for (size_t i = 0; i < wiring->n_lanes; i++) {
		int r = lane_flush(&wiring->lanes[i]);

		if (r < 0)
			return r;
		if (r == SINK_FULL)
			result = SINK_FULL;
	}
	return result;
}

bool wiring_is_at_risk(const struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_feeds; i++)
		if (!wiring->feeds[i].again && !input_is_settled(&wiring->feeds[i].input))
			return true;
	return false;
}

bool wiring_waits_for(const struct wiring *wiring, const struct lane *lane)
{
	for (size_t i = 0; i < wiring->n_feeds; i++)
		if (input_owes(&wiring->feeds[i].input, lane))
			return true;
	return false;
}

static void say_left_in(struct wiring *wiring, struct lane *lane)
{
	uint64_t n_again = 0, n_lost = 0;

	while (lane->unsettled.n > 0) {
		struct unsettled_entry entry = unsettled_take(&lane->unsettled);

		if (wiring->feeds[entry.input].again)
			n_again++;
		else
			n_lost++;
	}
	for (size_t i = 0; i < wiring->n_feeds; i++)
		n_lost += !wiring->feeds[i].again && input_owes(&wiring->feeds[i].input, lane);
	if (lane->full || n_again + n_lost > 0)
		log_warning("sink %s: does not take what is left, stopping without; records that "
			    "come again at the next start: %" PRIu64 ", lost: %" PRIu64,
			lane->sink->name, n_again, n_lost);
}

void wiring_say_left(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_lanes; i++)
		say_left_in(wiring, &wiring->lanes[i]);
}

/* --- watching --- */

int wiring_watch_lanes(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_lanes; i++) {
		int r = lane_watch(&wiring->lanes[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int wiring_watch_patience(struct wiring *wiring)
{
	for (size_t i = 0; i < wiring->n_feeds; i++) {
		int r = feed_watch_patience(&wiring->feeds[i]);

		if (r < 0)
			return r;
	}
	return 0;
}
