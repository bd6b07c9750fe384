/* Tests of base/buffer. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"

static void nothing_is_allocated_before_the_first_append(void **state)
{
	struct buffer b = buffer_make(100);

	(void)state;
	assert_null(b.data);
	assert_int_equal(b.size, 0);
	assert_non_null(buffer_text(&b).data);
	assert_int_equal(buffer_text(&b).len, 0);
	assert_int_equal(buffer_finish(&b), 0);
}

static void appends_follow_each_other(void **state)
{
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add(&b, "a\0b", 3);
	buffer_add_char(&b, '|');
	buffer_add_text(&b, TEXT("text"));
	buffer_add_string(&b, "|string|");
	buffer_add_number(&b, 512);
	buffer_add_format(&b, "|%s-%d", "x", -1);
	assert_int_equal(buffer_finish(&b), 0);
	assert_true(text_equal(buffer_text(&b), TEXT("a\0b|text|string|512|x--1")));
	buffer_done(&b);
}

static void empty_appends_add_nothing(void **state)
{
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add(&b, NULL, 0);
	buffer_add_text(&b, text_make(NULL, 0));
	buffer_add_string(&b, NULL);
	buffer_add_format(&b, "%s", "");
	assert_int_equal(buffer_finish(&b), 0);
	assert_int_equal(b.len, 0);
	buffer_done(&b);
}

static void the_content_survives_growing(void **state)
{
	enum { N = 100000 };
	struct buffer b = buffer_make(N);

	(void)state;
	for (size_t i = 0; i < N; i++)
		buffer_add_char(&b, (char)(i * 7));
	assert_int_equal(buffer_finish(&b), 0);
	assert_int_equal(b.len, N);
	for (size_t i = 0; i < N; i++)
		assert_int_equal(b.data[i], (char)(i * 7));
	buffer_done(&b);
}

/* Bounds around the sizes that growing by doubling passes through, and some below the first. */
static const size_t bounds[] = { 1, 16, 255, 256, 257, 1000, 1024, 5000 };

static void the_bound_can_be_filled_and_not_passed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bounds); i++) {
		struct buffer b = buffer_make(bounds[i]);

		for (size_t n = 0; n < bounds[i]; n++)
			buffer_add_char(&b, 'x');
		assert_int_equal(buffer_finish(&b), 0);
		assert_int_equal(b.len, bounds[i]);
		buffer_add_char(&b, 'y');
		assert_int_equal(buffer_finish(&b), -EMSGSIZE);
		assert_int_equal(b.len, bounds[i]);
		assert_null(memchr(b.data, 'y', b.len));
		buffer_done(&b);
	}
}

static void memory_never_grows_past_the_bound(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bounds); i++) {
		struct buffer b = buffer_make(bounds[i]);

		buffer_add_char(&b, 'x');
		assert_between(b.size, 1, bounds[i]);
		assert_int_equal(buffer_reserve(&b, bounds[i] - 1), 0);
		assert_int_equal(b.size, bounds[i]);
		buffer_done(&b);
	}
}

static void one_append_may_fill_the_bound_at_once(void **state)
{
	char *fill = test_repeat('x', 1001);
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add(&b, fill, 1001);
	assert_int_equal(buffer_finish(&b), -EMSGSIZE);
	assert_int_equal(b.len, 0);
	buffer_clear(&b);
	buffer_add(&b, fill, 1000);
	assert_int_equal(buffer_finish(&b), 0);
	assert_int_equal(b.len, 1000);
	buffer_done(&b);
	free(fill);
}

static void formatted_text_may_fill_the_bound(void **state)
{
	char *fill = test_repeat('x', 1000);
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add_format(&b, "%s", fill);
	assert_int_equal(buffer_finish(&b), 0);
	assert_text(buffer_text(&b), fill);
	buffer_done(&b);
	free(fill);
}

static void formatted_text_past_the_bound_adds_nothing(void **state)
{
	char *fill = test_repeat('x', 1000);
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add_string(&b, "before");
	buffer_add_format(&b, "%s", fill);
	assert_int_equal(buffer_finish(&b), -EMSGSIZE);
	assert_text(buffer_text(&b), "before");
	buffer_done(&b);
	free(fill);
}

static void after_a_failure_nothing_is_appended(void **state)
{
	char *fill = test_repeat('x', 1000);
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add_string(&b, "before");
	buffer_add(&b, fill, 1000);
	buffer_add_char(&b, '1');
	buffer_add_string(&b, "2");
	buffer_add_number(&b, 3);
	buffer_add_format(&b, "%d", 4);
	assert_text(buffer_text(&b), "before");
	assert_int_equal(buffer_finish(&b), -EMSGSIZE);
	buffer_done(&b);
	free(fill);
}

static void clearing_forgets_content_and_error_and_keeps_the_memory(void **state)
{
	struct buffer b = buffer_make(1000);
	const char *memory;

	(void)state;
	buffer_add_string(&b, "before");
	memory = b.data;
	assert_int_equal(buffer_reserve(&b, 2000), -EMSGSIZE);
	buffer_clear(&b);
	assert_int_equal(buffer_finish(&b), 0);
	assert_int_equal(b.len, 0);
	buffer_add_string(&b, "after");
	assert_ptr_equal(b.data, memory);
	assert_text(buffer_text(&b), "after");
	buffer_done(&b);
}

static void reserving_makes_room_and_adds_nothing(void **state)
{
	struct buffer b = buffer_make(10000);
	const char *memory;

	(void)state;
	buffer_add_string(&b, "x");
	assert_int_equal(buffer_reserve(&b, 5000), 0);
	assert_int_equal(b.len, 1);
	assert_between(b.size, 5001, 10000);
	memory = b.data;
	for (size_t i = 0; i < 5000; i++)
		buffer_add_char(&b, 'x');
	assert_ptr_equal(b.data, memory);
	buffer_done(&b);
}

static void a_reservation_that_overflows_is_refused(void **state)
{
	struct buffer b = buffer_make(SIZE_MAX);

	(void)state;
	buffer_add_string(&b, "x");
	assert_int_equal(buffer_reserve(&b, SIZE_MAX), -EMSGSIZE);
	assert_text(buffer_text(&b), "x");
	buffer_done(&b);
}

static void numbers_are_printed_in_decimal(void **state)
{
	struct buffer b = buffer_make(1000);

	(void)state;
	buffer_add_number(&b, 0);
	buffer_add_char(&b, ' ');
	buffer_add_number(&b, 9);
	buffer_add_char(&b, ' ');
	buffer_add_number(&b, 10);
	buffer_add_char(&b, ' ');
	buffer_add_number(&b, UINT64_MAX);
	assert_text(buffer_text(&b), "0 9 10 18446744073709551615");
	buffer_done(&b);
}

static void a_buffer_that_is_done_can_be_used_again(void **state)
{
	struct buffer b = buffer_make(100);

	(void)state;
	buffer_add_string(&b, "before");
	buffer_done(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.max, 100);
	buffer_add_string(&b, "after");
	assert_text(buffer_text(&b), "after");
	buffer_done(&b);
	buffer_done(&b);
	buffer_done(NULL);
}

static void several_texts_are_appended_all_or_none(void **state)
{
	static const struct text texts[] = { { "ab", 2 }, { NULL, 0 }, { "cde", 3 } };
	struct buffer b = buffer_make(9);

	(void)state;
	buffer_add_texts(&b, texts, 0);
	assert_int_equal(b.len, 0);
	buffer_add_char(&b, '|');
	buffer_add_texts(&b, texts, 3);
	assert_int_equal(buffer_finish(&b), 0);
	assert_true(text_equal(buffer_text(&b), TEXT("|abcde")));
	buffer_add_texts(&b, texts, 3);
	assert_int_equal(buffer_finish(&b), -EMSGSIZE);
	assert_true(text_equal(buffer_text(&b), TEXT("|abcde")));
	buffer_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_allocated_before_the_first_append),
		cmocka_unit_test(appends_follow_each_other),
		cmocka_unit_test(empty_appends_add_nothing),
		cmocka_unit_test(the_content_survives_growing),
		cmocka_unit_test(the_bound_can_be_filled_and_not_passed),
		cmocka_unit_test(memory_never_grows_past_the_bound),
		cmocka_unit_test(one_append_may_fill_the_bound_at_once),
		cmocka_unit_test(formatted_text_may_fill_the_bound),
		cmocka_unit_test(formatted_text_past_the_bound_adds_nothing),
		cmocka_unit_test(after_a_failure_nothing_is_appended),
		cmocka_unit_test(clearing_forgets_content_and_error_and_keeps_the_memory),
		cmocka_unit_test(reserving_makes_room_and_adds_nothing),
		cmocka_unit_test(a_reservation_that_overflows_is_refused),
		cmocka_unit_test(numbers_are_printed_in_decimal),
		cmocka_unit_test(a_buffer_that_is_done_can_be_used_again),
		cmocka_unit_test(several_texts_are_appended_all_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
