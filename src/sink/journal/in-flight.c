/* journald keeps the order, so a record that is seen nearly always follows the one seen last. */
#include "config.h"

#include "sink/journal/in-flight.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct in_flight in_flight_make(size_t size_max)
{
	return (struct in_flight){ .bytes = byte_queue_make(size_max) };
}

void in_flight_done(struct in_flight *in_flight)
{
	free(in_flight->records);
	byte_queue_done(&in_flight->bytes);
	*in_flight = (struct in_flight){ .bytes = in_flight->bytes };
}

/* The hash only saves comparisons. */
static uint64_t hash_of(const struct in_flight_key *key)
{
	return text_hash(TEXT_HASH_START, key->position);
}

static struct in_flight_record *record_at(const struct in_flight *in_flight, size_t i)
{
	return &in_flight->records[(in_flight->first + i) % IN_FLIGHT_MAX];
}

/* At the end of every call that changes the records. */
static void check_invariants(const struct in_flight *in_flight)
{
	const struct byte_queue *bytes = &in_flight->bytes;
	const struct in_flight_record *last;

	assert(in_flight->n <= IN_FLIGHT_MAX && in_flight->first < IN_FLIGHT_MAX);
	assert(in_flight->n_waiting <= in_flight->n && in_flight->n <= in_flight->n_turns);
	assert(in_flight->hint <= in_flight->n);
	assert(byte_queue_len(bytes) <= IN_FLIGHT_SIZE_MAX || in_flight->n == 1);
	if (in_flight->n == 0) {
		assert(byte_queue_len(bytes) == 0);
		return;
	}
	last = record_at(in_flight, in_flight->n - 1);
	assert(record_at(in_flight, 0)->at == byte_queue_start(bytes));
	assert(last->at + last->source_len + last->position_len + last->len ==
		byte_queue_end(bytes));
}

static bool has_room(const struct in_flight *in_flight, size_t len)
{
	return in_flight->n == 0 ||
	       (in_flight->n < IN_FLIGHT_MAX &&
		       byte_queue_len(&in_flight->bytes) + len <= IN_FLIGHT_SIZE_MAX);
}

int in_flight_reserve(struct in_flight *in_flight, const struct in_flight_key *key, size_t len)
{
	size_t size = key->source.len + key->position.len + len;

	if (!has_room(in_flight, size))
		return -EAGAIN;
	if (!in_flight->records)
		in_flight->records = calloc(IN_FLIGHT_MAX, sizeof(*in_flight->records));
	if (!in_flight->records)
		return -ENOMEM;
	return byte_queue_reserve(&in_flight->bytes, size);
}

struct in_flight_record *in_flight_add(struct in_flight *in_flight, const struct in_flight_key *key,
	struct text datagram, uint64_t usec)
{
	struct in_flight_record *record = record_at(in_flight, in_flight->n);

	assert(has_room(in_flight, key->source.len + key->position.len + datagram.len));
	*record = (struct in_flight_record){
		.hash = hash_of(key),
		.turn = ++in_flight->n_turns,
		.at = byte_queue_end(&in_flight->bytes),
		.source_len = key->source.len,
		.position_len = key->position.len,
		.len = datagram.len,
		.usec = usec,
		.n_sent = 1,
	};
	byte_queue_add(&in_flight->bytes, key->source.data, key->source.len);
	byte_queue_add(&in_flight->bytes, key->position.data, key->position.len);
	byte_queue_add(&in_flight->bytes, datagram.data, datagram.len);
	in_flight->n++;
	in_flight->n_waiting++;
	check_invariants(in_flight);
	return record;
}

static bool has_key(const struct in_flight *in_flight, const struct in_flight_record *record,
	const struct in_flight_key *key, uint64_t hash)
{
	const char *bytes = byte_queue_at(&in_flight->bytes, record->at);

	return record->hash == hash &&
	       text_equal(text_make(bytes, record->source_len), key->source) &&
	       text_equal(
		       text_make(bytes + record->source_len, record->position_len), key->position);
}

static void mark_done(struct in_flight *in_flight, struct in_flight_record *record)
{
	assert(!record->done && in_flight->n_waiting > 0);
	record->done = true;
	in_flight->n_waiting--;
}

bool in_flight_confirm(struct in_flight *in_flight, const struct in_flight_key *key)
{
	uint64_t hash = hash_of(key);

	for (size_t i = 0; i < in_flight->n; i++) {
		size_t at = (in_flight->hint + i) % in_flight->n;
		struct in_flight_record *record = record_at(in_flight, at);

		if (record->done || !has_key(in_flight, record, key, hash))
			continue;
		in_flight->hint = at + 1;
		mark_done(in_flight, record);
		return true;
	}
	return false;
}

struct in_flight_record *in_flight_find(struct in_flight *in_flight, uint64_t turn)
{
	for (size_t i = 0; i < in_flight->n; i++) {
		struct in_flight_record *record = record_at(in_flight, i);

		if (!record->done && record->turn <= turn)
			return record;
	}
	return NULL;
}

uint64_t in_flight_oldest_usec(const struct in_flight *in_flight, uint64_t turn)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < in_flight->n; i++) {
		const struct in_flight_record *record = record_at(in_flight, i);

		if (!record->done && record->turn <= turn && record->usec < oldest)
			oldest = record->usec;
	}
	return oldest;
}

struct text in_flight_datagram(
	const struct in_flight *in_flight, const struct in_flight_record *record)
{
	return text_make(byte_queue_at(&in_flight->bytes, record->at) + record->source_len +
				 record->position_len,
		record->len);
}

void in_flight_resent(struct in_flight *in_flight, struct in_flight_record *record, uint64_t usec)
{
	assert(!record->done && usec >= record->usec);
	record->usec = usec;
	record->turn = ++in_flight->n_turns;
	record->n_sent++;
}

void in_flight_give_up(struct in_flight *in_flight, struct in_flight_record *record)
{
	mark_done(in_flight, record);
}

static void drop_first(struct in_flight *in_flight)
{
	struct in_flight_record *record = record_at(in_flight, 0);

	byte_queue_take(&in_flight->bytes, record->source_len + record->position_len + record->len);
	in_flight->first = (in_flight->first + 1) % IN_FLIGHT_MAX;
	in_flight->n--;
	if (in_flight->hint > 0)
		in_flight->hint--;
}

size_t in_flight_release(struct in_flight *in_flight)
{
	size_t n = 0;

	for (; in_flight->n > 0 && record_at(in_flight, 0)->done; n++)
		drop_first(in_flight);
	if (in_flight->n == 0) {
		in_flight->hint = 0;
		byte_queue_clear(&in_flight->bytes, IN_FLIGHT_KEEP_SIZE);
	}
	check_invariants(in_flight);
	return n;
}
