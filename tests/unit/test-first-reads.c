/* Tests of flow/state/first-reads, with the order of positions that are numbers. */
#include "config.h"

#include "test.h"

#include "flow/state/first-reads.h"
#include "source/source.h"

static bool is_later(struct text a, struct text b)
{
	uint64_t left = 0, right = 0;

	return text_parse_number(a, 10, UINT64_MAX, &left) == 0 &&
	       text_parse_number(b, 10, UINT64_MAX, &right) == 0 && left > right;
}

static const struct source_order order = { .is_later = is_later };

static int begin(void **state)
{
	static struct first_reads reads;

	reads = (struct first_reads){ 0 };
	*state = &reads;
	return 0;
}

static int finish(void **state)
{
	first_reads_done(*state);
	return 0;
}

static bool take(
	struct first_reads *reads, const char *key, const char *position, const char *reached)
{
	const struct first_read read = { &order, text_of(key), text_of(position),
		text_of(reached) };

	return first_reads_take(reads, &read);
}

static bool take_alone(struct first_reads *reads, const char *key, const char *position)
{
	const struct first_read read = { &order, text_of(key), text_of(position), text_of("") };

	return first_reads_take_alone(reads, &read);
}

static void a_record_is_first_once(void **state)
{
	assert_true(take(*state, "a", "10", ""));
	assert_false(take(*state, "a", "10", ""));
	assert_true(take(*state, "a", "20", ""));
	assert_false(take(*state, "a", "10", ""));
	assert_false(take(*state, "a", "20", ""));
	assert_true(take(*state, "a", "30", ""));
}

static void each_stream_is_by_itself(void **state)
{
	assert_true(take(*state, "a/1", "10", ""));
	assert_true(take(*state, "a/2", "10", ""));
	assert_true(take(*state, "b/1", "10", ""));
	assert_false(take(*state, "a/2", "10", ""));
}

static void what_was_read_for_another_sink_before_the_start_is_not_first(void **state)
{
	assert_false(take(*state, "a", "10", "20"));
	assert_false(take(*state, "a", "20", "20"));
	assert_true(take(*state, "a", "30", "20"));
	assert_false(take(*state, "a", "30", "20"));
}

/* Positions without an order are of two records. */
static void what_cannot_be_compared_is_first(void **state)
{
	assert_true(take(*state, "a", "10", ""));
	assert_true(take(*state, "a", "x", ""));
	assert_false(take(*state, "a", "x", ""));
}

static void a_stream_that_is_forgotten_begins_anew(void **state)
{
	assert_true(take(*state, "a", "10", ""));
	first_reads_forget(*state, text_of("a"));
	assert_true(take(*state, "a", "10", ""));
}

static void a_single_sink_reads_again_what_was_noted(void **state)
{
	const struct first_reads *reads = *state;

	assert_true(take(*state, "a", "10", ""));
	assert_true(take(*state, "a", "20", ""));
	assert_false(take_alone(*state, "a", "10"));
	assert_false(take_alone(*state, "a", "20"));
	assert_true(take_alone(*state, "a", "30"));
	/* From here on nothing need be known. */
	assert_int_equal(reads->seen.n, 0);
	assert_true(take_alone(*state, "b", "10"));
	assert_int_equal(reads->seen.n, 0);
}

#define READS_TEST(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		READS_TEST(a_record_is_first_once),
		READS_TEST(each_stream_is_by_itself),
		READS_TEST(what_was_read_for_another_sink_before_the_start_is_not_first),
		READS_TEST(what_cannot_be_compared_is_first),
		READS_TEST(a_stream_that_is_forgotten_begins_anew),
		READS_TEST(a_single_sink_reads_again_what_was_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
