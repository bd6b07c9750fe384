/* The counts of a wiring: a record that is read for several sinks counts once, one that sinks do
 * not get counts for each sink. */
#include "config.h"

#include "test.h"

#include "flow/counts.h"
#include "test-wiring.h"

static int begin(void **state)
{
	static struct test_wiring t;

	test_wiring_init(&t);
	*state = &t;
	return 0;
}

static void fill_source(struct source *source, uint64_t base)
{
	source->n_read = base + 1;
	source->n_damaged = base + 2;
	source->n_cut = base + 3;
	source->n_lost = base + 4;
	source->n_held = base + 5;
}

#define assert_base(c, base)                                 \
	do {                                                 \
		assert_int_equal((c).n_read, (base) + 1);    \
		assert_int_equal((c).n_damaged, (base) + 2); \
		assert_int_equal((c).n_cut, (base) + 3);     \
		assert_int_equal((c).n_lost, (base) + 4);    \
	} while (0)

static void inputs_of_one_rereadable_source_count_once(void **state)
{
	struct test_wiring *t = *state;
	struct source_counts counts;
	size_t at = 0;

	fill_source(test_add_input(t, 0, "files", true), 10);
	fill_source(test_add_input(t, 0, "files", true), 30);
	fill_source(test_add_input(t, 0, "files", true), 20);
	t->inputs[0].puller.n_gave_up = 7;
	t->inputs[1].puller.n_gave_up = 5;
	t->inputs[1].puller.n_explained = 9;
	t->inputs[2].puller.n_explained = 8;
	t->inputs[0].n_unrecorded = 3;
	t->inputs[2].n_unrecorded = 6;
	t->inputs[1].puller.n_unclaimed = 3;
	t->inputs[2].puller.n_unclaimed = 2;
	t->inputs[0].puller.n_facts_left = 4;
	t->inputs[1].puller.n_facts_left = 1;
	t->sources[2].n_unclaimed = 2;
	assert_true(counts_next_source(&t->wiring, &at, &counts));
	assert_int_equal(at, 3);
	assert_base(counts, 30);
	assert_int_equal(counts.n_gave_up, 7);
	assert_int_equal(counts.n_explained, 9);
	assert_int_equal(counts.n_unrecorded, 6);
	assert_int_equal(counts.n_unclaimed, 4);
	assert_int_equal(counts.n_facts_left, 4);
}

static void lines_that_are_held_count_for_their_source(void **state)
{
	static const struct {
		bool rereadable;
		uint64_t n;
	} rows[] = { { true, 35 }, { false, 50 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct test_wiring t;
		struct source_counts counts;
		size_t at = 0;

		test_wiring_init(&t);
		fill_source(test_add_input(&t, 0, "a", rows[i].rereadable), 10);
		fill_source(test_add_input(&t, 0, "a", rows[i].rereadable), 30);
		assert_true(counts_next_source(&t.wiring, &at, &counts));
		assert_int_equal(counts.n_held, rows[i].n);
	}
}

static void another_source_is_another_one(void **state)
{
	struct test_wiring *t = *state;
	struct source_counts counts;
	size_t at = 0;

	fill_source(test_add_input(t, 0, "a", true), 10);
	fill_source(test_add_input(t, 1, "b", true), 20);
	assert_true(counts_next_source(&t->wiring, &at, &counts));
	assert_base(counts, 10);
	assert_int_equal(at, 1);
	assert_true(counts_next_source(&t->wiring, &at, &counts));
	assert_base(counts, 20);
	assert_int_equal(at, 2);
}

/* Datagrams and connections of one source are other messages. */
static void transports_of_one_source_add_up(void **state)
{
	struct test_wiring *t = *state;
	struct counts counts = { 0 };

	fill_source(test_add_input(t, 0, "net", false), 100);
	fill_source(test_add_input(t, 0, "net", false), 200);
	t->inputs[0].puller.n_gave_up = 7;
	t->inputs[1].puller.n_gave_up = 5;
	t->inputs[0].puller.n_explained = 9;
	t->inputs[1].puller.n_explained = 8;
	t->inputs[0].puller.n_unclaimed = 3;
	t->inputs[1].puller.n_unclaimed = 4;
	t->inputs[0].puller.n_facts_left = 5;
	t->inputs[1].puller.n_facts_left = 6;
	counts_add(&counts, &t->wiring);
	assert_int_equal(counts.n_read, 302);
	assert_int_equal(counts.n_damaged, 304);
	assert_int_equal(counts.n_cut, 306);
	assert_int_equal(counts.n_lost, 308);
	assert_int_equal(counts.n_gave_up, 12);
	assert_int_equal(counts.n_explained, 17);
	assert_int_equal(counts.n_unclaimed, 7);
	assert_int_equal(counts.n_facts_left, 11);
}

static void an_input_that_is_not_open_counts_nothing(void **state)
{
	struct test_wiring *t = *state;
	struct counts counts = { 0 };

	fill_source(test_add_input(t, 0, "files", true), 10);
	(void)test_add_input(t, 0, "files", true);
	t->inputs[1].puller.source = NULL;
	(void)test_add_input(t, 1, "away", true);
	t->inputs[2].puller.source = NULL;
	counts_add(&counts, &t->wiring);
	assert_base(counts, 10);
}

static void of_several_sinks_the_furthest_has_enriched(void **state)
{
	struct test_wiring *t = *state;
	struct output *ahead = test_add_output(t, "ahead"), *behind = test_add_output(t, "behind");
	struct counts counts = { 0 };

	ahead->sink->n_taken = 50;
	ahead->sink->n_refused = 2;
	ahead->n_unknown = 7;
	behind->sink->n_taken = 49;
	behind->sink->n_causes_left = 3;
	counts_add(&counts, &t->wiring);
	assert_int_equal(counts.n_enriched, 49);
	assert_int_equal(counts.n_unknown, 7);
	assert_int_equal(counts.n_causes_left, 3);
	assert_int_equal(counts.n_refused, 2);
}

static void what_sinks_do_not_get_adds_up(void **state)
{
	struct test_wiring *t = *state;
	struct counts counts = { 0 };

	for (unsigned i = 1; i <= 2; i++) {
		struct output *output = test_add_output(t, "sink");

		output->sink->n_taken = 100;
		output->sink->n_refused = i;
		output->sink->n_shortened = 10 * i;
		output->sink->n_lost = 100 * i;
		output->n_dropped = 1000 * i;
	}
	counts_add(&counts, &t->wiring);
	assert_int_equal(counts.n_refused, 3);
	assert_int_equal(counts.n_shortened, 30);
	assert_int_equal(counts.n_undelivered, 3300);
}

/* A sink has settled the first of three records, which are one entry. */
static struct output *add_part_settled(struct test_wiring *t, size_t input)
{
	const struct pending_entry entry = {
		.input = input, .stream = text_of("s"), .position = text_of("p"), .n = 1
	};
	struct output *output = test_add_output(t, "sink");

	output->pending = pending_make();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pending_reserve(&output->pending, &entry), 0);
		pending_add(&output->pending, &entry);
	}
	output->sink->n_taken = 3;
	output->sink->n_settled = 1;
	return output;
}

static void what_is_settled_is_not_on_its_way(void **state)
{
	struct test_wiring *t = *state;
	struct output *output = add_part_settled(t, PENDING_NO_INPUT);
	struct sink_counts counts;
	size_t at = 0;

	assert_true(counts_next_sink(&t->wiring, &at, &counts));
	assert_int_equal(counts.n_in_flight, 2);
	pending_done(&output->pending);
}

static void what_is_settled_is_not_lost(void **state)
{
	static const struct {
		bool has_input, rereadable;
		uint64_t n_again, n_lost;
	} rows[] = { { false, false, 0, 2 }, { true, false, 0, 2 }, { true, true, 3, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct test_wiring t;
		struct output *output;
		struct wiring_left left;

		test_wiring_init(&t);
		(void)test_add_input(&t, 0, "a", rows[i].rereadable);
		t.inputs[0].puller.n_unsettled = 3;
		output = add_part_settled(&t, rows[i].has_input ? 0 : PENDING_NO_INPUT);
		left = wiring_empty_output(&t.wiring, output);
		assert_int_equal(left.n_again, rows[i].n_again);
		assert_int_equal(left.n_lost, rows[i].n_lost);
		pending_done(&output->pending);
	}
}

static void counts_of_two_wirings_add_up(void **state)
{
	static const struct counts former = { .n_read = 1,
		.n_enriched = 2,
		.n_unknown = 3,
		.n_damaged = 4,
		.n_cut = 5,
		.n_lost = 6,
		.n_gave_up = 7,
		.n_causes_left = 8,
		.n_refused = 9,
		.n_shortened = 10,
		.n_undelivered = 11 };
	struct test_wiring *t = *state;
	struct output *output = test_add_output(t, "sink");
	struct counts counts = former;

	fill_source(test_add_input(t, 0, "files", true), 100);
	t->inputs[0].puller.n_gave_up = 100;
	output->n_unknown = output->n_dropped = 100;
	*output->sink = (struct sink){
		.n_taken = 200, .n_refused = 100, .n_shortened = 100, .n_causes_left = 100
	};
	counts_add(&counts, &t->wiring);
	assert_int_equal(counts.n_read, 1 + 101);
	assert_int_equal(counts.n_enriched, 2 + 100);
	assert_int_equal(counts.n_unknown, 3 + 100);
	assert_int_equal(counts.n_damaged, 4 + 102);
	assert_int_equal(counts.n_cut, 5 + 103);
	assert_int_equal(counts.n_lost, 6 + 104);
	assert_int_equal(counts.n_gave_up, 7 + 100);
	assert_int_equal(counts.n_causes_left, 8 + 100);
	assert_int_equal(counts.n_refused, 9 + 100);
	assert_int_equal(counts.n_shortened, 10 + 100);
	assert_int_equal(counts.n_undelivered, 11 + 100);
}

/* What has been counted stays counted when a part of the wiring is closed. */
static void a_part_that_is_closed_leaves_its_counts(void **state)
{
	struct test_wiring *t = *state;
	struct output *output = test_add_output(t, "journal");
	struct counts counts = { 0 };

	fill_source(test_add_input(t, 0, "stays", true), 10);
	fill_source(test_add_input(t, 1, "goes", true), 20);
	output->sink->n_taken = 30;
	counts_add(&counts, &t->wiring);
	t->wiring.n_inputs--;
	counts_subtract(&counts, &t->wiring);
	assert_base(counts, 20);
	assert_int_equal(counts.n_enriched, 0);
	counts_add(&counts, &t->wiring);
	assert_int_equal(counts.n_enriched, 30);
	assert_int_equal(counts.n_read, 10 + 1 + 20 + 1);
}

#define COUNTS_TEST(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COUNTS_TEST(inputs_of_one_rereadable_source_count_once),
		COUNTS_TEST(lines_that_are_held_count_for_their_source),
		COUNTS_TEST(another_source_is_another_one),
		COUNTS_TEST(transports_of_one_source_add_up),
		COUNTS_TEST(an_input_that_is_not_open_counts_nothing),
		COUNTS_TEST(of_several_sinks_the_furthest_has_enriched),
		COUNTS_TEST(what_sinks_do_not_get_adds_up),
		COUNTS_TEST(what_is_settled_is_not_on_its_way),
		COUNTS_TEST(what_is_settled_is_not_lost),
		COUNTS_TEST(counts_of_two_wirings_add_up),
		COUNTS_TEST(a_part_that_is_closed_leaves_its_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
