/* The records that the journal sink has sent and not yet seen in the journal. They are whole
 * datagrams, in the order of their first sending, each with the key by which its entry is known. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/byte-queue.h"
#include "base/text.h"

enum {
	IN_FLIGHT_MAX = 1024,                 /* records */
	IN_FLIGHT_SIZE_MAX = 2 * 1024 * 1024, /* of bytes in it, unless it is one record alone */
	IN_FLIGHT_KEEP_SIZE = 64 * 1024,      /* bytes of memory that are kept while it is empty */
};

/* Where a record comes from. Two that are in flight at once never have the same key. */
struct in_flight_key {
	struct text source, position;
};

struct in_flight_record {
	uint64_t hash; /* of the key */
	uint64_t turn; /* the number of its last sending */
	size_t at;     /* offset of its bytes in the queue */
	size_t source_len, position_len, len;
	uint64_t usec; /* when it was sent last, CLOCK_MONOTONIC */
	unsigned n_sent;
	bool done; /* seen, or given up */
};

struct in_flight {
	struct in_flight_record *records; /* a ring */
	size_t first, n;
	size_t n_waiting;        /* records that are not done */
	size_t hint;             /* the record behind the one seen last, counted from `first` */
	struct byte_queue bytes; /* keys and datagrams one behind the other */
	uint64_t n_turns;        /* sendings so far */
};

/* No record in flight, and nothing allocated yet. `size_max`: of one record. */
struct in_flight in_flight_make(size_t size_max);

void in_flight_done(struct in_flight *in_flight);

/* Make room for a record, so that adding it cannot fail. Returns 0; -EAGAIN while there is no room;
 * -ENOMEM. */
int in_flight_reserve(struct in_flight *in_flight, const struct in_flight_key *key, size_t len);

/* Add a copy of a record that there is room for and that has just been sent, at `usec`
 * (CLOCK_MONOTONIC). The result is valid until the records in flight change. */
struct in_flight_record *in_flight_add(struct in_flight *in_flight, const struct in_flight_key *key,
	struct text datagram, uint64_t usec);

/* The record has been seen in the journal. Returns whether it is one that was waited for. */
bool in_flight_confirm(struct in_flight *in_flight, const struct in_flight_key *key);

/* The oldest record that is not done and was last sent in turn `turn` or before; NULL = none. */
struct in_flight_record *in_flight_find(struct in_flight *in_flight, uint64_t turn);

/* The earliest time at which a record was last sent, of the records that in_flight_find would
 * consider; UINT64_MAX = there is none. */
uint64_t in_flight_oldest_usec(const struct in_flight *in_flight, uint64_t turn);

/* The datagram of a record; valid until the records in flight change. */
struct text in_flight_datagram(
	const struct in_flight *in_flight, const struct in_flight_record *record);

/* The record has been sent again, at `usec` (CLOCK_MONOTONIC). */
void in_flight_resent(struct in_flight *in_flight, struct in_flight_record *record, uint64_t usec);

/* The record will not be sent again. */
void in_flight_give_up(struct in_flight *in_flight, struct in_flight_record *record);

/* Drop the records at the front that are done. Returns how many. */
size_t in_flight_release(struct in_flight *in_flight);
