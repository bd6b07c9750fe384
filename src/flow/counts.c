#include <config.h>

#include "flow/counts.h"

#include "flow/wiring.h"
#include "sink/sink.h"
#include "source/source.h"

static void raise_to(uint64_t *count, uint64_t other)
{
	if (*count < other)
		*count = other;
}

static void count_feed(const struct feed *feed, struct source_counts *ret)
{
	const struct source *source = feed->input.source;

	*ret = (struct source_counts){ .n_gave_up = feed->input.n_gave_up,
		.n_explained = feed->input.n_explained };
	if (!source)
		return;
	ret->n_read = source->n_read;
	ret->n_damaged = source->n_damaged;
	ret->n_cut = source->n_cut;
	ret->n_lost = source->n_lost;
	ret->n_evicted = source->n_evicted;
}

static void raise_all(struct source_counts *counts, const struct source_counts *other)
{
	raise_to(&counts->n_read, other->n_read);
	raise_to(&counts->n_damaged, other->n_damaged);
	raise_to(&counts->n_cut, other->n_cut);
	raise_to(&counts->n_lost, other->n_lost);
	raise_to(&counts->n_evicted, other->n_evicted);
	raise_to(&counts->n_gave_up, other->n_gave_up);
	raise_to(&counts->n_explained, other->n_explained);
}

static void add_all(struct source_counts *counts, const struct source_counts *other)
{
	counts->n_read += other->n_read;
	counts->n_damaged += other->n_damaged;
	counts->n_cut += other->n_cut;
	counts->n_lost += other->n_lost;
	counts->n_evicted += other->n_evicted;
	counts->n_gave_up += other->n_gave_up;
	counts->n_explained += other->n_explained;
}

/* Feeds of what is read again, one for each sink, have read the same: the furthest counts. Of what
 * is not there is one for each transport, with messages of its own. */
struct source_counts counts_of_source(const struct wiring *wiring, size_t *at)
{
	const struct config_source *config = wiring->feeds[*at].config;
	struct source_counts counts = { 0 }, one;

	for (; *at < wiring->n_feeds && wiring->feeds[*at].config == config; (*at)++) {
		const struct feed *feed = &wiring->feeds[*at];

		count_feed(feed, &one);
		if (feed->again)
			raise_all(&counts, &one);
		else
			add_all(&counts, &one);
	}
	return counts;
}

static struct counts count_lanes(const struct wiring *wiring)
{
	struct counts counts = { 0 };

	for (size_t i = 0; i < wiring->n_lanes; i++) {
		const struct lane *lane = &wiring->lanes[i];

		raise_to(&counts.n_enriched, lane->sink->n_taken - lane->sink->n_refused);
		raise_to(&counts.n_unknown, lane->n_unknown);
		raise_to(&counts.n_causes_left, lane->sink->n_causes_left);
		counts.n_refused += lane->sink->n_refused;
		counts.n_shortened += lane->sink->n_shortened;
		counts.n_undelivered += lane->sink->n_lost + lane->n_dropped;
	}
	return counts;
}

void counts_add(struct counts *counts, const struct wiring *wiring)
{
	const struct counts lanes = count_lanes(wiring);

	for (size_t at = 0; at < wiring->n_feeds;) {
		struct source_counts source = counts_of_source(wiring, &at);

		counts->n_read += source.n_read;
		counts->n_damaged += source.n_damaged;
		counts->n_cut += source.n_cut;
		counts->n_lost += source.n_lost;
		counts->n_gave_up += source.n_gave_up;
		counts->n_explained += source.n_explained;
	}
	counts->n_enriched += lanes.n_enriched;
	counts->n_unknown += lanes.n_unknown;
	counts->n_causes_left += lanes.n_causes_left;
	counts->n_refused += lanes.n_refused;
	counts->n_shortened += lanes.n_shortened;
	counts->n_undelivered += lanes.n_undelivered;
}
