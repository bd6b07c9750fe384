#include "config.h"

#include "source/journal/sequence.h"

#include <assert.h>
#include <string.h>

/* The oldest series is replaced only where all places are taken. A hole lies below the entry that
 * revealed it. */
static void check_invariants(const struct sequence *sequence)
{
	assert(sequence->n <= SEQUENCE_MAX);
	assert(sequence->oldest == 0 || sequence->n == SEQUENCE_MAX);
	assert(sequence->oldest < SEQUENCE_MAX);
	assert(sequence->hole <= sequence->hole_end);
	assert(!sequence->any || sequence->n > 0);
}

void sequence_init(struct sequence *sequence, bool local)
{
	*sequence = (struct sequence){ .local = local };
}

static void copy_id(char *out, struct text id)
{
	size_t len = id.len < SEQUENCE_ID_SIZE - 1 ? id.len : SEQUENCE_ID_SIZE - 1;

	if (len > 0)
		memcpy(out, id.data, len);
	out[len] = '\0';
}

static const struct sequence_item *find(const struct sequence *sequence, struct text id)
{
	for (unsigned i = 0; i < sequence->n; i++)
		if (text_equal(text_of(sequence->items[i].id), id))
			return &sequence->items[i];
	return NULL;
}

/* The item of the series; a new one takes the place of the oldest when there are too many. */
static struct sequence_item *find_or_add(struct sequence *sequence, struct text id)
{
	const struct sequence_item *known = find(sequence, id);
	struct sequence_item *item;

	if (known)
		return &sequence->items[known - sequence->items];
	if (sequence->n < SEQUENCE_MAX) {
		item = &sequence->items[sequence->n++];
	} else {
		item = &sequence->items[sequence->oldest];
		sequence->oldest = (sequence->oldest + 1) % SEQUENCE_MAX;
	}
	*item = (struct sequence_item){ 0 };
	copy_id(item->id, id);
	return item;
}

bool sequence_fills_hole(const struct sequence *sequence, const struct cursor *entry)
{
	return entry->seqnum >= sequence->hole && entry->seqnum < sequence->hole_end &&
	       text_equal(text_of(sequence->boot_id), entry->boot_id);
}

void sequence_note(struct sequence *sequence, const struct cursor *entry)
{
	struct sequence_item *item = find_or_add(sequence, entry->seqnum_id);

	check_invariants(sequence);
	item->number = entry->seqnum;
	if (sequence_fills_hole(sequence, entry))
		return;
	sequence->any = true;
	sequence->number = entry->seqnum;
	copy_id(sequence->boot_id, entry->boot_id);
}

void sequence_skip(struct sequence *sequence, const struct cursor *entry)
{
	struct cursor before = *entry;

	if (before.seqnum == 0)
		return;
	before.seqnum--;
	sequence_note(sequence, &before);
}

bool sequence_has(const struct sequence *sequence, const struct cursor *entry)
{
	const struct sequence_item *item = find(sequence, entry->seqnum_id);

	return item && entry->seqnum <= item->number;
}

/* Whether the entry's number comes from the counter of the one that was read last. */
static bool shares_counter(const struct sequence *sequence, const struct cursor *entry)
{
	return sequence->any &&
	       (sequence->local || text_equal(text_of(sequence->boot_id), entry->boot_id));
}

bool sequence_continues(const struct sequence *sequence, const struct cursor *entry, uint64_t n)
{
	return shares_counter(sequence, entry) && entry->seqnum == sequence->number + n;
}

/* Counted from the nearest number below that the entry may continue. */
uint64_t sequence_missing(const struct sequence *sequence, const struct cursor *entry)
{
	const struct sequence_item *item = find(sequence, entry->seqnum_id);
	bool known = false;
	uint64_t last = 0;

	if (item && item->number < entry->seqnum) {
		last = item->number;
		known = true;
	}
	if (shares_counter(sequence, entry) && sequence->number < entry->seqnum &&
		sequence->number >= last) {
		last = sequence->number;
		known = true;
	}
	return known ? entry->seqnum - last - 1 : 0;
}

void sequence_open_hole(struct sequence *sequence, const struct cursor *entry, uint64_t n)
{
	/* At least one number is missing, and they follow one that was read. */
	assert(n > 0 && n < entry->seqnum);
	sequence->hole = entry->seqnum - n;
	sequence->hole_end = entry->seqnum;
	check_invariants(sequence);
}
