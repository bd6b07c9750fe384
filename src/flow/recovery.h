/* The records of this daemon that a sink already has, read back at the start. They move the
 * positions forward where the state file is behind, or missing. They also show which of the records
 * that are read again must not be sent again.
 *
 * A sink has at most `in_flight_max` records in flight, counted from the oldest that is not
 * settled. So take all records that the other side has, in the order of their arrival. Those before
 * the newest RECOVERY_WINDOWS times `in_flight_max` lie before everything that may be missing.
 * Those that may be read again are among the newest RECOVERY_KEEP. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "flow/state/positions.h"

enum {
	RECOVERY_WINDOWS = 4,  /* of records in flight: those sent again arrive out of order */
	RECOVERY_KEEP = 65536, /* known one by one: with room to spare */
	RECOVERY_SEARCH_MAX = 1000000, /* looked at for sources whose state is missing or old */
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
	struct positions newest; /* of each stream, the position of its newest record */
	uint64_t since_usec;     /* when the oldest of them arrived, CLOCK_REALTIME */
};

/* Ask the sink for these records, and move its positions in the table. Returns 0; SINK_FULL when
 * the sink cannot answer yet: call again after sink_process; or a negative errno. */
int recovery_read(struct recovery *recovery, const struct config *config, struct sink *sink,
	struct positions *positions);

/* Whether the sink already has the record of `source` at `position`. `order`: that of the positions
 * of the source. */
bool recovery_knows(const struct recovery *recovery, const struct source_order *order,
	struct text source, struct text position);

void recovery_done(struct recovery *recovery);
