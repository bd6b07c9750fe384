#include "config.h"

#include "flow/recovery.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "flow/setup/configuration.h"
#include "sink/sink.h"
#include "source/source.h"

enum {
	KEY_SIZE = 512,
	SAVED_MARGIN_USEC = 60 * 1000 * 1000, /* between the state's time and journald's */
};

/* What the sink is asked for. */
enum sought {
	SOUGHT_NEWEST,      /* the newest records of all sources */
	SOUGHT_LAST_RECORD, /* of one source */
	SOUGHT_ALL_STREAMS, /* the last record of every stream of one source */
};

/* The state of one reading. */
struct reading {
	struct recovery *recovery;
	const struct config *config;
	struct sink *sink;
	struct positions *positions;
	size_t n_recent;         /* the newest records, which may arrive out of order */
	struct positions sure;   /* the latest positions before those records */
	struct positions recent; /* the earliest positions in those records */
	size_t n;                /* records visited */
	bool old;                /* the newest records do not reach back to the state */
	enum sought sought;
	uint64_t until_usec; /* older records need not be looked at; 0 = all must be */
	int error;
};

/* --- the records that are known --- */

static uint64_t hash_text(uint64_t hash, uint64_t factor, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		hash = (hash ^ (unsigned char)text.data[i]) * factor;
		hash ^= hash >> 29;
	}
	return (hash ^ text.len) * factor;
}

/* 128 bits: no two of some 65,000 positions can be expected to have the same. */
static struct recovery_known make_known(
	const struct source_order *order, struct text source, struct text position)
{
	char buffer[SOURCE_IDENTITY_SIZE];
	struct text identity = order->identity(position, buffer);
	static const uint64_t high = UINT64_C(0x9e3779b97f4a7c15);
	static const uint64_t low = UINT64_C(0x100000001b3);

	return (struct recovery_known){
		.high = hash_text(hash_text(high, high, source), high, identity),
		.low = hash_text(hash_text(low, low, source), low, identity),
	};
}

static int compare_known(const void *a, const void *b)
{
	const struct recovery_known *left = a, *right = b;

	if (left->high != right->high)
		return left->high < right->high ? -1 : 1;
	return (left->low > right->low) - (left->low < right->low);
}

static int add_known(struct recovery *recovery, struct recovery_known known)
{
	struct recovery_known *grown =
		array_grow(recovery->known, &recovery->size, recovery->n_known, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	recovery->known = grown;
	recovery->known[recovery->n_known++] = known;
	return 0;
}

static void sort_known(struct recovery *recovery, size_t n)
{
	if (n > 0)
		qsort(recovery->known, n, sizeof(*recovery->known), compare_known);
}

static bool is_known(const struct recovery *recovery, size_t n, struct recovery_known known)
{
	return n > 0 && bsearch(&known, recovery->known, n, sizeof(known), compare_known);
}

bool recovery_knows(const struct recovery *recovery, const struct source_order *order,
	struct text source, struct text position)
{
	return recovery->n_known > 0 &&
	       is_known(recovery, recovery->n_known, make_known(order, source, position));
}

void recovery_done(struct recovery *recovery)
{
	free(recovery->known);
	positions_done(&recovery->newest);
	*recovery = (struct recovery){ 0 };
}

/* --- the positions --- */

/* Whether each of the streams of a source has a position, and the source one of its own. */
static bool has_streams(const struct config_source *source)
{
	return source->kind->order && source->kind->order->since;
}

/* Print the key of the table for the stream that the position belongs to. */
static int print_key(struct text source, const struct source_order *order, struct text position,
	char out[KEY_SIZE])
{
	char stream[SOURCE_STREAM_SIZE];
	int r = order->stream(position, stream);
	int n;

	if (r < 0)
		return r;
	n = snprintf(out, KEY_SIZE, "%.*s%s%s", TEXT_FORMAT(source), *stream ? "/" : "", stream);
	return n < 0 || n >= KEY_SIZE ? -ENAMETOOLONG : 0;
}

/* Note the position if the table has none. Otherwise `recent` keeps the earlier position, the other
 * table the later one. */
static int note_position(struct reading *reading, struct positions *table, const char *key,
	const struct source_order *order, struct text position)
{
	const char *sink = reading->sink->name;
	struct text had = positions_get(table, text_of(key), sink);
	bool better = had.len == 0;

	/* The visits go back in time: a position that cannot be compared is earlier. */
	if (!better && table == &reading->recent)
		better = !order->is_later(position, had);
	else if (!better)
		better = order->is_later(position, had);
	return better ? positions_set(table, text_of(key), sink, position) : 0;
}

static int note_memory(
	struct reading *reading, struct positions *table, const struct sink_memory *memory)
{
	const struct config_source *source = config_find_source(reading->config, memory->source);
	const struct source_order *order = source ? source->kind->order : NULL;
	char key[KEY_SIZE];
	int r;

	if (!order || print_key(memory->source, order, memory->position, key) < 0)
		return 0;
	r = note_position(reading, table, key, order, memory->position);
	return r == -ENOMEM ? r : 0;
}

/* The visits go back in time: the first position of a stream is the newest. */
static int note_newest(
	struct reading *reading, const struct source_order *order, const struct sink_memory *memory)
{
	struct positions *newest = &reading->recovery->newest;
	const char *sink = reading->sink->name;
	char key[KEY_SIZE];
	int r;

	if (!order->since || print_key(memory->source, order, memory->position, key) < 0 ||
		positions_get(newest, text_of(key), sink).len > 0)
		return 0;
	r = positions_set(newest, text_of(key), sink, memory->position);
	return r == -ENOMEM ? r : 0;
}

static int visit_all(const struct sink_memory *memory, void *userdata)
{
	struct reading *reading = userdata;
	struct recovery *recovery = reading->recovery;
	const struct config_source *source = config_find_source(reading->config, memory->source);
	const struct source_order *order = source ? source->kind->order : NULL;
	bool sure = reading->n >= reading->n_recent;

	assert(reading->sought == SOUGHT_NEWEST && recovery->n_known <= reading->n);
	if (order)
		reading->error =
			add_known(recovery, make_known(order, memory->source, memory->position));
	if (order && reading->error == 0)
		reading->error =
			note_memory(reading, sure ? &reading->sure : &reading->recent, memory);
	if (order && reading->error == 0)
		reading->error = note_newest(reading, order, memory);
	recovery->since_usec = memory->usec;
	if (++reading->n >= RECOVERY_KEEP || reading->error < 0)
		return SINK_ENOUGH;
	return 0;
}

/* How many of the known records are among the newest `n_recent`. */
static size_t count_recent(const struct reading *reading)
{
	size_t n = reading->recovery->n_known;

	return n < reading->n_recent ? n : reading->n_recent;
}

/* Whether the record is one of the newest `n_recent`, which are sorted. */
static bool is_recent(const struct reading *reading, const struct sink_memory *memory)
{
	const struct config_source *source = config_find_source(reading->config, memory->source);

	return source && is_known(reading->recovery, count_recent(reading),
				 make_known(source->kind->order, memory->source, memory->position));
}

static int visit_of_source(const struct sink_memory *memory, void *userdata)
{
	struct reading *reading = userdata;

	assert(reading->sought != SOUGHT_NEWEST && reading->n < RECOVERY_SEARCH_MAX);
	if (reading->n++ < reading->n_recent && is_recent(reading, memory))
		return 0;
	reading->error = note_memory(reading, &reading->sure, memory);
	if (reading->error < 0 || reading->sought == SOUGHT_LAST_RECORD ||
		memory->usec < reading->until_usec || reading->n >= RECOVERY_SEARCH_MAX)
		return SINK_ENOUGH;
	return 0;
}

/* Whether anything of the source is in the table: its own position, or one of its streams. */
static bool has_any(const struct positions *table, struct text source, const char *sink)
{
	struct source_position item;
	size_t at = 0;

	return positions_next(table, source, sink, &at, &item);
}

/* Whether the state is old, perhaps a restored one: the newest records do not reach back to it. */
static bool is_old(const struct reading *reading)
{
	return reading->n >= RECOVERY_KEEP &&
	       reading->recovery->since_usec > reading->positions->saved_usec;
}

/* Read what the newest records of all sources did not show: the last record of a quiet source, and
 * all streams of a source whose state is missing or old. */
static int read_source(struct reading *reading, const struct config_source *source)
{
	const char *sink = reading->sink->name;
	bool stateless = has_streams(source) &&
			 positions_get(reading->positions, source->name, sink).len == 0;
	int r;

	reading->sought = stateless || (has_streams(source) && reading->old) ? SOUGHT_ALL_STREAMS
									     : SOUGHT_LAST_RECORD;
	if (reading->sought == SOUGHT_LAST_RECORD && has_any(&reading->sure, source->name, sink))
		return 0;
	reading->n = 0;
	reading->until_usec = 0;
	if (!stateless && reading->positions->saved_usec > SAVED_MARGIN_USEC)
		reading->until_usec = reading->positions->saved_usec - SAVED_MARGIN_USEC;
	r = sink_recall(reading->sink, source->name, visit_of_source, reading);
	return r != 0 ? r : reading->error;
}

/* --- moving the positions --- */

static int move_position(struct reading *reading, const struct position *item, bool only_missing)
{
	struct text key = text_of(item->source);
	struct text had = positions_get(reading->positions, key, item->sink);
	const struct config_source *source =
		config_find_source(reading->config, position_source(item));
	int r;

	if (only_missing && had.len > 0)
		return 0;
	if (had.len > 0 && source && !source->kind->order->is_later(text_of(item->text), had))
		return 0;
	r = positions_set(reading->positions, key, item->sink, text_of(item->text));
	return r == -E2BIG ? 0 : r;
}

static int move_positions(struct reading *reading)
{
	int r = 0;

	for (size_t i = 0; i < reading->sure.n && r == 0; i++)
		r = move_position(reading, &reading->sure.items[i], false);
	for (size_t i = 0; i < reading->recent.n && r == 0; i++)
		r = move_position(reading, &reading->recent.items[i], true);
	return r;
}

/* A source of many streams without state has run before, if the sink has records of it. Streams
 * that have come since the oldest known record are read from their beginning. */
static int note_started(struct reading *reading, const struct config_source *source)
{
	const char *sink = reading->sink->name;
	char text[SOURCE_IDENTITY_SIZE];
	int r;

	if (!has_streams(source) || positions_get(reading->positions, source->name, sink).len > 0 ||
		!has_any(reading->positions, source->name, sink))
		return 0;
	r = positions_set(reading->positions, source->name, sink,
		source->kind->order->since(reading->recovery->since_usec, text));
	return r == -E2BIG ? 0 : r;
}

static int read_all(struct reading *reading)
{
	const struct config *config = reading->config;
	struct recovery *recovery = reading->recovery;
	int r = sink_recall(reading->sink, text_of(""), visit_all, reading);

	if (r == 0)
		r = reading->error;
	reading->old = is_old(reading);
	sort_known(recovery, count_recent(reading));
	for (size_t i = 0; i < config->n_sources && r == 0; i++)
		if (config->sources[i].kind->order)
			r = read_source(reading, &config->sources[i]);
	if (r == 0)
		r = move_positions(reading);
	for (size_t i = 0; i < config->n_sources && r == 0; i++)
		r = note_started(reading, &config->sources[i]);
	if (r == 0)
		sort_known(recovery, recovery->n_known);
	return r;
}

static void reading_done(struct reading *reading)
{
	positions_done(&reading->sure);
	positions_done(&reading->recent);
}

int recovery_read(struct recovery *recovery, const struct config *config, struct sink *sink,
	struct positions *positions)
{
	CLEANUP(reading_done)
	struct reading reading = { .recovery = recovery,
		.config = config,
		.sink = sink,
		.positions = positions,
		.n_recent = RECOVERY_WINDOWS * sink->in_flight_max };
	int r;

	/* Otherwise records that may be read again would not be known. */
	assert(reading.n_recent <= RECOVERY_KEEP);
	recovery_done(recovery);
	r = read_all(&reading);
	if (r != 0)
		recovery_done(recovery);
	assert(recovery->n_known <= RECOVERY_KEEP && recovery->n_known <= recovery->size);
	return r;
}
