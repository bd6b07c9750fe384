/* What the tests of counts share: a wiring made of numbers, with sources and sinks that do nothing.
 */
#pragma once

#include "test.h"

#include "flow/wiring.h"
#include "record/record.h"
#include "sink/sink.h"
#include "source/source.h"

enum { TEST_INPUTS_MAX = 6, TEST_OUTPUTS_MAX = 3 };

struct test_wiring {
	struct wiring wiring;
	struct config_source configs[TEST_INPUTS_MAX];
	struct source sources[TEST_INPUTS_MAX];
	struct input inputs[TEST_INPUTS_MAX];
	struct input *input_list[TEST_INPUTS_MAX];
	struct output *owing; /* by the one input that has a record in hand */
	struct sink sinks[TEST_OUTPUTS_MAX];
	struct output outputs[TEST_OUTPUTS_MAX];
	struct output *output_list[TEST_OUTPUTS_MAX];
};

static inline void test_wiring_init(struct test_wiring *t)
{
	memset(t, 0, sizeof(*t));
	t->wiring.inputs = t->input_list;
	t->wiring.outputs = t->output_list;
	for (size_t i = 0; i < TEST_INPUTS_MAX; i++)
		t->input_list[i] = &t->inputs[i];
	for (size_t i = 0; i < TEST_OUTPUTS_MAX; i++)
		t->output_list[i] = &t->outputs[i];
}

/* An input of configured source number `config`, as a name; its counts are to be filled in. */
static inline struct source *test_add_input(
	struct test_wiring *t, size_t config, const char *name, bool rereadable)
{
	size_t n = t->wiring.n_inputs++;

	assert_true(n < TEST_INPUTS_MAX && config < TEST_INPUTS_MAX);
	t->configs[config].name = text_of(name);
	t->inputs[n].config = &t->configs[config];
	t->inputs[n].rereadable = rereadable;
	t->inputs[n].puller.source = &t->sources[n];
	return &t->sources[n];
}

/* An input has a record in hand that this output does not have yet. */
static inline void test_owe(struct test_wiring *t, struct output *output)
{
	static struct record record;
	struct puller *puller = &t->inputs[t->wiring.n_inputs].puller;

	(void)test_add_input(t, t->wiring.n_inputs, "owing", true);
	puller->in_hand = &record;
	t->owing = output;
	puller->outputs = &t->owing;
	puller->n_outputs = 1;
	puller->owed = 1;
}

static inline struct output *test_add_output(struct test_wiring *t, const char *name)
{
	size_t n = t->wiring.n_outputs++;

	assert_true(n < TEST_OUTPUTS_MAX);
	t->sinks[n].name = name;
	t->outputs[n].sink = &t->sinks[n];
	return &t->outputs[n];
}
