/* A stream is read from its beginning to its end, so one position is enough. */
#include "config.h"

#include "flow/state/first-reads.h"

#include "source/source.h"

/* The table wants the name of a sink. */
static const char NO_SINK[] = "-";

static bool is_behind(const struct first_read *read, struct text seen)
{
	return !text_equal(read->position, seen) && !read->order->is_later(seen, read->position);
}

bool first_reads_take(struct first_reads *reads, const struct first_read *read)
{
	struct text seen = positions_get(&reads->seen, read->key, NO_SINK);

	if (seen.len == 0)
		seen = read->reached;
	if (seen.len > 0 && !is_behind(read, seen))
		return false;
	(void)positions_set(&reads->seen, read->key, NO_SINK, read->position);
	return true;
}

bool first_reads_take_alone(struct first_reads *reads, const struct first_read *read)
{
	struct text seen = positions_get(&reads->seen, read->key, NO_SINK);

	if (seen.len > 0 && !is_behind(read, seen))
		return false;
	first_reads_forget(reads, read->key);
	return true;
}

void first_reads_forget(struct first_reads *reads, struct text key)
{
	positions_forget(&reads->seen, key, NO_SINK);
}

void first_reads_done(struct first_reads *reads)
{
	positions_done(&reads->seen);
}
