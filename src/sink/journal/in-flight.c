/* What is used up at the front is dropped when it is more than what is left: each byte moves once
 * at most, on average. journald keeps the order, so a record that is seen is nearly always the one
 * behind the last. */
#include "config.h"

#include "sink/journal/in-flight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct flight flight_make(size_t size_max)
{
	return (struct flight){ .bytes = buffer_make(size_max) };
}

void flight_done(struct flight *flight)
{
	free(flight->records);
	buffer_done(&flight->bytes);
	*flight = flight_make(flight->bytes.max);
}

/* FNV-1a, 64 bits. It only spares comparisons. */
static uint64_t hash_of(const struct flight_key *key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < key->position.len; i++)
		hash = (hash ^ (unsigned char)key->position.data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static struct flight_record *record_at(const struct flight *flight, size_t i)
{
	return &flight->records[(flight->first + i) % FLIGHT_MAX];
}

static const char *bytes_of(const struct flight *flight, const struct flight_record *record)
{
	return flight->bytes.data + (record->at - flight->dropped);
}

static void drop_used(struct flight *flight)
{
	size_t left = flight->bytes.len - flight->used;

	if (flight->used == 0 || flight->used < left)
		return;
	if (left > 0)
		memmove(flight->bytes.data, flight->bytes.data + flight->used, left);
	flight->bytes.len = left;
	flight->dropped += flight->used;
	flight->used = 0;
}

static bool has_room(const struct flight *flight, size_t len)
{
	size_t held = flight->bytes.len - flight->used;

	return flight->n == 0 || (flight->n < FLIGHT_MAX && held + len <= FLIGHT_SIZE_MAX);
}

int flight_reserve(struct flight *flight, const struct flight_key *key, size_t len)
{
	size_t size = key->source.len + key->position.len + len;
	int r;

	if (!has_room(flight, size))
		return -EAGAIN;
	if (!flight->records)
		flight->records = calloc(FLIGHT_MAX, sizeof(*flight->records));
	if (!flight->records)
		return -ENOMEM;
	drop_used(flight);
	r = buffer_reserve(&flight->bytes, size);
	flight->bytes.error = 0;
	return r;
}

struct flight_record *flight_add(
	struct flight *flight, const struct flight_key *key, struct text datagram, uint64_t usec)
{
	struct flight_record *record = record_at(flight, flight->n);

	*record = (struct flight_record){
		.hash = hash_of(key),
		.turn = ++flight->n_turns,
		.at = flight->dropped + flight->bytes.len,
		.source_len = key->source.len,
		.position_len = key->position.len,
		.len = datagram.len,
		.usec = usec,
		.n_sent = 1,
	};
	buffer_add_text(&flight->bytes, key->source);
	buffer_add_text(&flight->bytes, key->position);
	buffer_add_text(&flight->bytes, datagram);
	flight->n++;
	flight->n_waiting++;
	return record;
}

static bool has_key(const struct flight *flight, const struct flight_record *record,
	const struct flight_key *key, uint64_t hash)
{
	const char *bytes = bytes_of(flight, record);

	return record->hash == hash &&
	       text_equal(text_make(bytes, record->source_len), key->source) &&
	       text_equal(
		       text_make(bytes + record->source_len, record->position_len), key->position);
}

static void finish(struct flight *flight, struct flight_record *record)
{
	record->done = true;
	flight->n_waiting--;
}

bool flight_see(struct flight *flight, const struct flight_key *key)
{
	uint64_t hash = hash_of(key);

	for (size_t i = 0; i < flight->n; i++) {
		size_t at = (flight->hint + i) % flight->n;
		struct flight_record *record = record_at(flight, at);

		if (record->done || !has_key(flight, record, key, hash))
			continue;
		flight->hint = at + 1;
		finish(flight, record);
		return true;
	}
	return false;
}

struct flight_record *flight_find(struct flight *flight, uint64_t turn)
{
	for (size_t i = 0; i < flight->n; i++) {
		struct flight_record *record = record_at(flight, i);

		if (!record->done && record->turn <= turn)
			return record;
	}
	return NULL;
}

uint64_t flight_oldest_usec(const struct flight *flight, uint64_t turn)
{
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < flight->n; i++) {
		const struct flight_record *record = record_at(flight, i);

		if (!record->done && record->turn <= turn && record->usec < oldest)
			oldest = record->usec;
	}
	return oldest;
}

struct text flight_datagram(const struct flight *flight, const struct flight_record *record)
{
	return text_make(
		bytes_of(flight, record) + record->source_len + record->position_len, record->len);
}

void flight_sent_again(struct flight *flight, struct flight_record *record, uint64_t usec)
{
	record->usec = usec;
	record->turn = ++flight->n_turns;
	record->n_sent++;
}

void flight_give_up(struct flight *flight, struct flight_record *record)
{
	finish(flight, record);
}

static void drop_first(struct flight *flight)
{
	struct flight_record *record = record_at(flight, 0);

	flight->used += record->source_len + record->position_len + record->len;
	flight->first = (flight->first + 1) % FLIGHT_MAX;
	flight->n--;
	if (flight->hint > 0)
		flight->hint--;
}

size_t flight_land(struct flight *flight)
{
	size_t n = 0;

	for (; flight->n > 0 && record_at(flight, 0)->done; n++)
		drop_first(flight);
	if (flight->n > 0)
		return n;
	flight->hint = 0;
	flight->dropped += flight->bytes.len;
	flight->used = 0;
	buffer_clear(&flight->bytes);
	if (flight->bytes.size > FLIGHT_KEEP_SIZE)
		buffer_done(&flight->bytes);
	return n;
}
