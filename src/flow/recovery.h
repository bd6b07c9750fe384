/* What a sink already has of this daemon's records, read back at the start: it moves the positions
 * on where the state file is behind, or missing, and tells which of the records that are read again
 * must not be sent again.
 *
 * A sink has at most `in_flight_max` records in flight, from the oldest that is not settled on. So
 * of all that the other side has, in the order of its arrival, whatever came before the newest
 * RECOVERY_WINDOWS times as many lies before everything that may be missing; and what may be read
 * again is among the newest RECOVERY_KEEP. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "flow/state/positions.h"

enum {
	RECOVERY_WINDOWS = 4,  /* of records in flight: those sent again arrive out of order */
	RECOVERY_KEEP = 65536, /* known one by one: with room to spare */
	RECOVERY_SEARCH_MAX = 1000000, /* looked at for sources without any state, or an old one */
};

struct config;
struct sink;
struct source_order;

struct recovery_known {
	uint64_t high, low; /* hashes of source and position */
};

struct recovery {
	struct recovery_known *known; /* the newest; sorted when all have been read */
	size_t n_known, size;
	uint64_t since_usec; /* when the oldest of these arrived, CLOCK_REALTIME */
};

/* Ask the sink, and move its positions in the table. Returns 0; SINK_FULL when that cannot be known
 * yet: call again after sink_process; or a negative errno. */
int recovery_read(struct recovery *recovery, const struct config *config, struct sink *sink,
	struct positions *positions);

/* Whether the sink has this record of a source already, whose positions are as `order` says. */
bool recovery_knows(const struct recovery *recovery, const struct source_order *order,
	struct text source, struct text position);

void recovery_done(struct recovery *recovery);
