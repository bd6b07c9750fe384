#include "config.h"

#include "flow/counts.h"

#include <assert.h>

#include "base/io.h"
#include "flow/wiring.h"
#include "sink/sink.h"
#include "source/source.h"

static void raise_to(uint64_t *count, uint64_t other)
{
	if (*count < other)
		*count = other;
}

static void count_input(const struct input *input, struct source_counts *ret)
{
	const struct source *source = input->puller.source;

	*ret = (struct source_counts){ .n_gave_up = input->puller.n_gave_up,
		.n_explained = input->puller.n_explained,
		.n_unrecorded = input->n_unrecorded,
		.n_unclaimed = input->puller.n_unclaimed,
		.n_facts_left = input->puller.n_facts_left };
	if (!source)
		return;
	ret->n_read = source->n_read;
	ret->n_damaged = source->n_damaged;
	ret->n_cut = source->n_cut;
	ret->n_lost = source->n_lost;
	ret->n_evicted = source->n_evicted;
	ret->n_unclaimed += source->n_unclaimed;
	ret->n_copies = source->n_copies;
	ret->n_held = source->n_held;
	ret->n_unreadable = source->n_unreadable;
	ret->n_left_out = source->n_left_out;
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
	raise_to(&counts->n_unrecorded, other->n_unrecorded);
	raise_to(&counts->n_unclaimed, other->n_unclaimed);
	raise_to(&counts->n_facts_left, other->n_facts_left);
	raise_to(&counts->n_copies, other->n_copies);
	raise_to(&counts->n_held, other->n_held);
	raise_to(&counts->n_unreadable, other->n_unreadable);
	raise_to(&counts->n_left_out, other->n_left_out);
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
	counts->n_unrecorded += other->n_unrecorded;
	counts->n_unclaimed += other->n_unclaimed;
	counts->n_facts_left += other->n_facts_left;
	counts->n_copies += other->n_copies;
	counts->n_held += other->n_held;
	counts->n_unreadable += other->n_unreadable;
	counts->n_left_out += other->n_left_out;
}

uint64_t counts_stalled_seconds(const struct sink_counts *sink)
{
	return sink->stalled ? (io_monotonic_usec() - sink->stalled_usec) / 1000000 : 0;
}

/* A source that can be read again has an input for each sink. All of them read the same, so the
 * furthest counts are taken. A source that cannot has an input for each part, with messages of its
 * own. */
bool counts_next_source(const struct wiring *wiring, size_t *at, struct source_counts *ret)
{
	const struct config_source *config;
	struct source_counts one;

	if (*at == wiring->n_inputs)
		return false;
	config = wiring->inputs[*at]->config;
	*ret = (struct source_counts){ .name = config->name.data };
	for (; *at < wiring->n_inputs && wiring->inputs[*at]->config == config; (*at)++) {
		const struct input *input = wiring->inputs[*at];

		count_input(input, &one);
		if (input->rereadable)
			raise_all(ret, &one);
		else
			add_all(ret, &one);
	}
	return true;
}

bool counts_next_sink(const struct wiring *wiring, size_t *at, struct sink_counts *ret)
{
	const struct output *output;
	const struct sink *sink;

	if (*at == wiring->n_outputs)
		return false;
	output = wiring->outputs[(*at)++];
	sink = output->sink;
	*ret = (struct sink_counts){
		.name = sink->name,
		.n_taken = sink->n_taken,
		.n_unknown = output->n_unknown,
		.n_causes_left = sink->n_causes_left,
		.n_refused = sink->n_refused,
		.n_shortened = sink->n_shortened,
		.n_lost = sink->n_lost,
		.n_dropped = output->n_dropped,
		.n_in_flight = output->pending.n - output_settled_part(output),
		.stalled = output->full_usec > 0 && wiring_waits_for(wiring, output),
		.stalled_usec = output->full_usec,
	};
	return true;
}

static struct counts count_sinks(const struct wiring *wiring)
{
	struct counts counts = { 0 };
	struct sink_counts sink;
	size_t at = 0;

	while (counts_next_sink(wiring, &at, &sink)) {
		assert(sink.n_refused <= sink.n_taken);
		raise_to(&counts.n_enriched, sink.n_taken - sink.n_refused);
		raise_to(&counts.n_unknown, sink.n_unknown);
		raise_to(&counts.n_causes_left, sink.n_causes_left);
		counts.n_refused += sink.n_refused;
		counts.n_shortened += sink.n_shortened;
		counts.n_undelivered += sink.n_lost + sink.n_dropped;
	}
	return counts;
}

void counts_add(struct counts *counts, const struct wiring *wiring)
{
	const struct counts sinks = count_sinks(wiring);
	struct source_counts source;
	size_t at = 0;

	while (counts_next_source(wiring, &at, &source)) {
		counts->n_read += source.n_read;
		counts->n_damaged += source.n_damaged;
		counts->n_cut += source.n_cut;
		counts->n_lost += source.n_lost;
		counts->n_gave_up += source.n_gave_up;
		counts->n_explained += source.n_explained;
		counts->n_unrecorded += source.n_unrecorded;
		counts->n_unclaimed += source.n_unclaimed;
		counts->n_facts_left += source.n_facts_left;
		counts->n_copies += source.n_copies;
	}
	counts->n_enriched += sinks.n_enriched;
	counts->n_unknown += sinks.n_unknown;
	counts->n_causes_left += sinks.n_causes_left;
	counts->n_refused += sinks.n_refused;
	counts->n_shortened += sinks.n_shortened;
	counts->n_undelivered += sinks.n_undelivered;
}

/* All members are numbers. */
void counts_subtract(struct counts *counts, const struct wiring *wiring)
{
	struct counts less = { 0 };

	counts_add(&less, wiring);
	for (size_t i = 0; i < sizeof(less); i += sizeof(uint64_t)) {
		uint64_t *count = (uint64_t *)(void *)((char *)counts + i);

		*count -= counts_member(&less, i);
	}
}
