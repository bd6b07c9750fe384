#include "config.h"

#include "source/journal/sequence.h"

#include <string.h>

void series_init(struct series *series, bool local)
{
	*series = (struct series){ .local = local };
}

static void copy_id(char *out, struct text id)
{
	size_t len = id.len < SERIES_ID_SIZE - 1 ? id.len : SERIES_ID_SIZE - 1;

	if (len > 0)
		memcpy(out, id.data, len);
	out[len] = '\0';
}

static const struct series_item *find(const struct series *series, struct text id)
{
	for (unsigned i = 0; i < series->n; i++)
		if (text_equal(text_of(series->items[i].id), id))
			return &series->items[i];
	return NULL;
}

/* The item of the series; a new one takes the place of the oldest when there are too many. */
static struct series_item *get(struct series *series, struct text id)
{
	const struct series_item *known = find(series, id);
	struct series_item *item;

	if (known)
		return &series->items[known - series->items];
	if (series->n < SERIES_MAX) {
		item = &series->items[series->n++];
	} else {
		item = &series->items[series->oldest];
		series->oldest = (series->oldest + 1) % SERIES_MAX;
	}
	*item = (struct series_item){ 0 };
	copy_id(item->id, id);
	return item;
}

bool series_fills_hole(const struct series *series, const struct cursor *entry)
{
	return entry->seqnum >= series->hole && entry->seqnum < series->hole_end &&
	       text_equal(text_of(series->boot_id), entry->boot_id);
}

void series_note(struct series *series, const struct cursor *entry)
{
	struct series_item *item = get(series, entry->seqnum_id);

	item->number = entry->seqnum;
	if (series_fills_hole(series, entry))
		return;
	series->any = true;
	series->number = entry->seqnum;
	copy_id(series->boot_id, entry->boot_id);
}

void series_skip(struct series *series, const struct cursor *entry)
{
	struct cursor before = *entry;

	if (before.seqnum == 0)
		return;
	before.seqnum--;
	series_note(series, &before);
}

bool series_has(const struct series *series, const struct cursor *entry)
{
	const struct series_item *item = find(series, entry->seqnum_id);

	return item && entry->seqnum <= item->number;
}

/* Whether the entry's number comes from the counter of the one that was read last. */
static bool shares_counter(const struct series *series, const struct cursor *entry)
{
	return series->any &&
	       (series->local || text_equal(text_of(series->boot_id), entry->boot_id));
}

bool series_continues(const struct series *series, const struct cursor *entry, uint64_t n)
{
	return shares_counter(series, entry) && entry->seqnum == series->number + n;
}

/* Counted from the nearest number below that the entry may continue. */
uint64_t series_missing(const struct series *series, const struct cursor *entry)
{
	const struct series_item *item = find(series, entry->seqnum_id);
	bool known = false;
	uint64_t last = 0;

	if (item && item->number < entry->seqnum) {
		last = item->number;
		known = true;
	}
	if (shares_counter(series, entry) && series->number < entry->seqnum &&
		series->number >= last) {
		last = series->number;
		known = true;
	}
	return known ? entry->seqnum - last - 1 : 0;
}

void series_open_hole(struct series *series, const struct cursor *entry, uint64_t n)
{
	series->hole = entry->seqnum - n;
	series->hole_end = entry->seqnum;
}
