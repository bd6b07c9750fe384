/* Which records have been read before. A source that can be read again is read for each sink, and
 * again after a reload that closes its sink, but a record counts once. */
#pragma once

#include <stdbool.h>

#include "base/text.h"
#include "flow/state/positions.h"

struct source_order;

/* Starts with zeros. */
struct first_reads {
	struct positions seen; /* how far each stream has been read; never saved */
};

/* A record, by its place. */
struct first_read {
	const struct source_order *order; /* of its source */
	struct text key;                  /* of its stream, in the table of positions */
	struct text position;
	/* How far the stream was read for other sinks, as the saved positions show; the empty text
	 * = it was not. */
	struct text reached;
};

/* Whether the record is read for the first time; then note that it has been. Without memory for
 * the note, the record may count again. */
bool first_reads_take(struct first_reads *reads, const struct first_read *read);

/* The same for a source with one sink, which reads again only what was noted before. */
bool first_reads_take_alone(struct first_reads *reads, const struct first_read *read);

/* Forget a stream that is finished for all sinks. */
void first_reads_forget(struct first_reads *reads, struct text key);

/* Free what it holds. */
void first_reads_done(struct first_reads *reads);
