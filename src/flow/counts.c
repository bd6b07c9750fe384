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

static void count_input(const struct input *input, struct source_counts *ret)
{
	const struct source *source = input->puller.source;

	*ret = (struct source_counts){ .n_gave_up = input->puller.n_gave_up,
		.n_explained = input->puller.n_explained };
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
	const struct config_source *config = wiring->inputs[*at].config;
	struct source_counts counts = { 0 }, one;

	for (; *at < wiring->n_inputs && wiring->inputs[*at].config == config; (*at)++) {
		const struct input *input = &wiring->inputs[*at];

		count_input(input, &one);
		if (input->again)
			raise_all(&counts, &one);
		else
			add_all(&counts, &one);
	}
	return counts;
}

static struct counts count_outputs(const struct wiring *wiring)
{
	struct counts counts = { 0 };

	for (size_t i = 0; i < wiring->n_outputs; i++) {
		const struct output *output = &wiring->outputs[i];

		raise_to(&counts.n_enriched, output->sink->n_taken - output->sink->n_refused);
		raise_to(&counts.n_unknown, output->n_unknown);
		raise_to(&counts.n_causes_left, output->sink->n_causes_left);
		counts.n_refused += output->sink->n_refused;
		counts.n_shortened += output->sink->n_shortened;
		counts.n_undelivered += output->sink->n_lost + output->n_dropped;
	}
	return counts;
}

void counts_add(struct counts *counts, const struct wiring *wiring)
{
	const struct counts outputs = count_outputs(wiring);

	for (size_t at = 0; at < wiring->n_inputs;) {
		struct source_counts source = counts_of_source(wiring, &at);

		counts->n_read += source.n_read;
		counts->n_damaged += source.n_damaged;
		counts->n_cut += source.n_cut;
		counts->n_lost += source.n_lost;
		counts->n_gave_up += source.n_gave_up;
		counts->n_explained += source.n_explained;
	}
	counts->n_enriched += outputs.n_enriched;
	counts->n_unknown += outputs.n_unknown;
	counts->n_causes_left += outputs.n_causes_left;
	counts->n_refused += outputs.n_refused;
	counts->n_shortened += outputs.n_shortened;
	counts->n_undelivered += outputs.n_undelivered;
}
