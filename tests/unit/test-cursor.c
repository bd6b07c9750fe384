/* Cursors taken apart, and the sequence numbers in them. */
#include "config.h"

#include "test.h"

#include "journal/cursor.h"
#include "source/journal/position-order.h"
#include "source/journal/sequence.h"
#include "source/source.h"

#define SEQUENCE_A "0123456789abcdef0123456789abcdef"
#define SEQUENCE_B "b0000000000000000000000000000000"
#define BOOT_A "a1111111111111111111111111111111"
#define BOOT_B "b2222222222222222222222222222222"

static void a_cursor_has_five_parts(void **state)
{
	struct cursor cursor;

	(void)state;
	assert_int_equal(cursor_parse(TEXT("s=" SEQUENCE_A ";i=ea96;b=" BOOT_A
					   ";m=5d063c07c;t=660e25387e2ef;x=eaa9c8ab0051883b"),
				 &cursor),
		0);
	assert_text(cursor.seqnum_id, SEQUENCE_A);
	assert_int_equal(cursor.seqnum, 0xea96);
	assert_text(cursor.boot_id, BOOT_A);
	assert_int_equal(cursor.monotonic_usec, 0x5d063c07c);
	assert_int_equal(cursor.realtime_usec, 0x660e25387e2ef);
}

static void what_is_no_cursor_is_refused(void **state)
{
	static const char *const texts[] = { "", "beginning", "s=", "s=a;i=1;b=c;m=2", "i=1;s=a",
		"s=a;i=;b=c;m=2;t=3", "s=a;i=x;b=c;m=2;t=3", "s=a;i=-1;b=c;m=2;t=3",
		"s=a;i=10000000000000000;b=c;m=2;t=3", "s=a;i=1;b=c;m=2;t=3 " };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct cursor cursor;

		if (cursor_parse(text_of(texts[i]), &cursor) != -EINVAL)
			fail_msg("'%s' was taken", texts[i]);
	}
}

static void the_later_of_two_is_told_by_what_they_have_in_common(void **state)
{
	static const struct {
		const char *a, *b;
		bool later;
	} rows[] = {
		/* By the series, not by the clocks. */
		{ "s=a;i=2;b=c;m=1;t=1", "s=a;i=1;b=d;m=9;t=9", true },
		{ "s=a;i=1;b=c;m=9;t=9", "s=a;i=2;b=c;m=1;t=1", false },
		{ "s=a;i=1;b=c;m=1;t=1", "s=a;i=1;b=c;m=1;t=1", false },
		/* By the boot's clock, not by the wall clock. */
		{ "s=a;i=1;b=c;m=2;t=1", "s=b;i=9;b=c;m=1;t=9", true },
		{ "s=a;i=9;b=c;m=1;t=9", "s=b;i=1;b=c;m=2;t=1", false },
		{ "s=a;i=1;b=c;m=1;t=2", "s=b;i=9;b=d;m=9;t=1", true },
		/* A text that is no cursor is later than none. */
		{ "beginning", "s=a;i=1;b=c;m=1;t=1", false },
		{ "s=a;i=1;b=c;m=1;t=1", "beginning", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (journal_position_order.is_later(text_of(rows[i].a), text_of(rows[i].b)) !=
			rows[i].later)
			fail_msg("row %zu", i);
}

static void all_entries_are_one_stream(void **state)
{
	char stream[SOURCE_STREAM_SIZE] = "x";

	(void)state;
	assert_int_equal(journal_position_order.stream(TEXT("s=a;i=1;b=c;m=1;t=1"), stream), 0);
	assert_string_equal(stream, "");
	assert_int_equal(journal_position_order.stream(TEXT("beginning"), stream), -EINVAL);
}

/* -- sequence numbers -------------------------------------------------- */

static struct cursor entry(const char *series, uint64_t number, const char *boot)
{
	return (struct cursor){
		.seqnum_id = text_of(series), .seqnum = number, .boot_id = text_of(boot)
	};
}

static void note(struct sequence *series, const char *id, uint64_t number, const char *boot)
{
	struct cursor cursor = entry(id, number, boot);

	sequence_note(series, &cursor);
}

static uint64_t missing(
	const struct sequence *series, const char *id, uint64_t number, const char *boot)
{
	struct cursor cursor = entry(id, number, boot);

	return sequence_missing(series, &cursor);
}

static void a_number_that_is_left_out_is_missing(void **state)
{
	struct sequence series;

	(void)state;
	sequence_init(&series, true);
	assert_int_equal(missing(&series, SEQUENCE_A, 100, BOOT_A), 0);
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_A, 101, BOOT_A), 0);
	assert_int_equal(missing(&series, SEQUENCE_A, 111, BOOT_A), 10);
	assert_int_equal(missing(&series, SEQUENCE_A, 111, BOOT_B), 10);
}

static void sequence_of_one_counter_continue_each_other(void **state)
{
	struct sequence series;

	(void)state;
	sequence_init(&series, true);
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_B, 101, BOOT_A), 0);
	note(&series, SEQUENCE_B, 101, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_A, 102, BOOT_A), 0);
	assert_int_equal(missing(&series, SEQUENCE_A, 105, BOOT_A), 3);
}

/* journald does not keep its counter: after a restart a user's journal counts on from its own. */
static void a_counter_that_starts_lower_misses_nothing(void **state)
{
	struct sequence series;

	(void)state;
	sequence_init(&series, true);
	note(&series, SEQUENCE_B, 50, BOOT_A);
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_B, 51, BOOT_A), 0);
	note(&series, SEQUENCE_B, 51, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_A, 101, BOOT_A), 0);
	note(&series, SEQUENCE_A, 101, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_B, 102, BOOT_A), 0);
}

static void other_machines_have_other_counters(void **state)
{
	struct sequence series;

	(void)state;
	sequence_init(&series, false);
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_int_equal(missing(&series, SEQUENCE_B, 1000, BOOT_B), 0);
	note(&series, SEQUENCE_B, 1000, BOOT_B);
	assert_int_equal(missing(&series, SEQUENCE_A, 101, BOOT_A), 0);
	assert_int_equal(missing(&series, SEQUENCE_A, 103, BOOT_A), 2);
}

static void what_was_read_before_is_known(void **state)
{
	struct sequence series;
	struct cursor before = entry(SEQUENCE_A, 100, BOOT_A),
		      next = entry(SEQUENCE_A, 101, BOOT_A), other = entry(SEQUENCE_B, 1, BOOT_A);

	(void)state;
	sequence_init(&series, true);
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_true(sequence_has(&series, &before));
	assert_false(sequence_has(&series, &next));
	assert_false(sequence_has(&series, &other));
}

static void entries_of_one_moment_fill_the_hole_they_left(void **state)
{
	struct sequence series;
	struct cursor late = entry(SEQUENCE_A, 101, BOOT_A), early = entry(SEQUENCE_B, 102, BOOT_A);

	(void)state;
	sequence_init(&series, true);
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_int_equal(sequence_missing(&series, &early), 1);
	sequence_open_hole(&series, &early, 1);
	sequence_note(&series, &early);
	assert_true(sequence_fills_hole(&series, &late));
	sequence_note(&series, &late);
	assert_int_equal(missing(&series, SEQUENCE_A, 103, BOOT_A), 0);
}

static void steps_are_compared_with_numbers(void **state)
{
	struct sequence series;
	struct cursor tenth = entry(SEQUENCE_A, 110, BOOT_A);

	(void)state;
	sequence_init(&series, true);
	assert_false(sequence_continues(&series, &tenth, 10));
	note(&series, SEQUENCE_A, 100, BOOT_A);
	assert_true(sequence_continues(&series, &tenth, 10));
	assert_false(sequence_continues(&series, &tenth, 9));
}

static void more_series_than_are_remembered_do_no_harm(void **state)
{
	struct sequence series;

	(void)state;
	sequence_init(&series, true);
	for (unsigned i = 0; i < SEQUENCE_MAX + 2; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%u", i);
		note(&series, id, i + 1, BOOT_A);
	}
	assert_int_equal(series.n, SEQUENCE_MAX);
	assert_int_equal(missing(&series, "0", SEQUENCE_MAX + 3, BOOT_A), 0);
	assert_int_equal(missing(&series, "5", SEQUENCE_MAX + 3, BOOT_A), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cursor_has_five_parts),
		cmocka_unit_test(what_is_no_cursor_is_refused),
		cmocka_unit_test(the_later_of_two_is_told_by_what_they_have_in_common),
		cmocka_unit_test(all_entries_are_one_stream),
		cmocka_unit_test(a_number_that_is_left_out_is_missing),
		cmocka_unit_test(sequence_of_one_counter_continue_each_other),
		cmocka_unit_test(a_counter_that_starts_lower_misses_nothing),
		cmocka_unit_test(other_machines_have_other_counters),
		cmocka_unit_test(what_was_read_before_is_known),
		cmocka_unit_test(entries_of_one_moment_fill_the_hole_they_left),
		cmocka_unit_test(steps_are_compared_with_numbers),
		cmocka_unit_test(more_series_than_are_remembered_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
