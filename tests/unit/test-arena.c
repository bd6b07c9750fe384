/* Tests of base/arena. */
#include "config.h"

#include "test.h"

#include <stdalign.h>

#include "base/arena.h"

static int open_arena(void **state)
{
	*state = arena_new();
	return *state ? 0 : -1;
}

static int free_arena(void **state)
{
	*state = arena_free(*state);
	return 0;
}

static bool is_zero(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static void what_is_taken_is_zeroed_and_aligned(void **state)
{
	for (size_t size = 1; size < 200; size++) {
		char *taken = arena_take(*state, 3, size);

		assert_non_null(taken);
		assert_int_equal((uintptr_t)taken % alignof(max_align_t), 0);
		assert_true(is_zero(taken, 3 * size));
		memset(taken, 0xFF, 3 * size);
	}
}

static void pieces_do_not_overlap_across_chunks(void **state)
{
	enum { N = 3000, SIZE = 100 };
	unsigned char *pieces[N];

	for (size_t i = 0; i < N; i++) {
		pieces[i] = arena_take(*state, 1, SIZE);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)(i % 256), SIZE);
	}
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < SIZE; j++)
			assert_int_equal(pieces[i][j], i % 256);
}

static void a_piece_may_be_larger_than_a_chunk(void **state)
{
	enum { LARGE = 1000 * 1000 };
	char *before = arena_take(*state, 1, 8);
	char *large = arena_take(*state, LARGE, 1);
	char *after = arena_take(*state, 1, 8);

	assert_non_null(before);
	assert_non_null(large);
	assert_non_null(after);
	memset(before, 1, 8);
	memset(after, 2, 8);
	assert_true(is_zero(large, LARGE));
}

static void nothing_can_be_taken_and_is_not_refused(void **state)
{
	assert_non_null(arena_take(*state, 0, 8));
	assert_non_null(arena_take(*state, 8, 0));
}

static void sizes_that_overflow_are_refused(void **state)
{
	assert_null(arena_take(*state, SIZE_MAX, 2));
	assert_null(arena_take(*state, SIZE_MAX / 2 + 1, 2));
	assert_null(arena_take(*state, 1, SIZE_MAX));
	assert_null(arena_take(*state, 1, SIZE_MAX - alignof(max_align_t)));
	assert_non_null(arena_take(*state, 1, 1));
}

static void a_text_is_copied_with_a_terminator_behind_it(void **state)
{
	char original[] = { 'a', '\0', 'b', 'c' };
	struct text copy = arena_text(*state, text_make(original, 3));

	original[0] = 'x';
	assert_int_equal(copy.len, 3);
	assert_memory_equal(copy.data, "a\0b", 4);
}

static void the_terminator_of_a_text_is_its_own(void **state)
{
	for (size_t len = 0; len < 100; len++) {
		char *original = test_repeat('x', len);
		struct text copy = arena_text(*state, text_make(original, len));

		memset(arena_take(*state, 1, 16), 0xFF, 16);
		assert_string_equal(copy.data, original);
		free(original);
	}
}

static void an_empty_text_has_a_copy(void **state)
{
	struct text copy = arena_text(*state, text_make(NULL, 0));

	assert_non_null(copy.data);
	assert_int_equal(copy.len, 0);
	assert_int_equal(copy.data[0], '\0');
}

static void a_text_as_long_as_memory_has_no_copy(void **state)
{
	assert_null(arena_text(*state, text_make("", SIZE_MAX)).data);
	assert_null(arena_text(*state, text_make("", SIZE_MAX - 1)).data);
}

static void texts_lie_close_together(void **state)
{
	struct text one = arena_text(*state, TEXT("one"));
	struct text two = arena_text(*state, TEXT("two"));

	assert_ptr_equal(two.data, one.data + one.len + 1);
	assert_int_equal((uintptr_t)arena_take(*state, 1, 1) % alignof(max_align_t), 0);
}

static void a_cleared_arena_gives_zeroed_pieces_again(void **state)
{
	enum { ROUNDS = 3, N = 2000, SIZE = 100 };

	arena_clear(*state);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < N; i++) {
			char *piece = arena_take(*state, 1, SIZE);

			assert_non_null(piece);
			assert_true(is_zero(piece, SIZE));
			memset(piece, 0xFF, SIZE);
		}
		arena_clear(*state);
	}
}

static void freeing_nothing_gives_nothing(void **state)
{
	(void)state;
	assert_null(arena_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_taken_is_zeroed_and_aligned, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			pieces_do_not_overlap_across_chunks, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			a_piece_may_be_larger_than_a_chunk, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			nothing_can_be_taken_and_is_not_refused, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			sizes_that_overflow_are_refused, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			a_text_is_copied_with_a_terminator_behind_it, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			the_terminator_of_a_text_is_its_own, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(an_empty_text_has_a_copy, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			a_text_as_long_as_memory_has_no_copy, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(texts_lie_close_together, open_arena, free_arena),
		cmocka_unit_test_setup_teardown(
			a_cleared_arena_gives_zeroed_pieces_again, open_arena, free_arena),
		cmocka_unit_test(freeing_nothing_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
