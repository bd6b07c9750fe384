/* Tests of cause/search/pattern-excerpt. */
#include "config.h"

#include "test.h"

#include "cause/search/pattern-excerpt.h"

/* What is shown for the literal at `at`. */
static struct excerpt excerpt_at(struct excerpter *excerpter, size_t at)
{
	(void)excerpter_move(excerpter, at);
	return excerpter_cut(excerpter, at);
}

static void a_line_is_shown_whole(void **state)
{
	static const struct {
		struct text text;
		size_t at;
		const char *shown;
		size_t offset;
	} rows[] = {
		{ TEXT("one\ntwo\nthree"), 0, "one", 0 },
		{ TEXT("one\ntwo\nthree"), 2, "one", 0 },
		{ TEXT("one\ntwo\nthree"), 5, "two", 4 },
		{ TEXT("one\ntwo\nthree"), 12, "three", 8 },
		{ TEXT("one\r\ntwo\r\n"), 6, "two", 5 },
		{ TEXT("\n\nx\n"), 2, "x", 2 },
		{ TEXT("x\r"), 0, "x", 0 },
		{ TEXT("x\r\r\n"), 0, "x\r", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct excerpter excerpter;
		struct excerpt excerpt;

		excerpter_begin(&excerpter, rows[i].text);
		excerpt = excerpt_at(&excerpter, rows[i].at);
		assert_text(excerpt.text, rows[i].shown);
		assert_int_equal(excerpt.offset, rows[i].offset);
		assert_int_equal(excerpt.from, 0);
		assert_false(excerpt.cut_in_front || excerpt.cut_behind);
	}
}

static void a_new_line_is_reported(void **state)
{
	struct excerpter excerpter;

	(void)state;
	excerpter_begin(&excerpter, TEXT("a b\nc d\n\ne"));
	assert_true(excerpter_move(&excerpter, 0));
	assert_false(excerpter_move(&excerpter, 2));
	assert_false(excerpter_move(&excerpter, 1));
	assert_true(excerpter_move(&excerpter, 6));
	assert_false(excerpter_move(&excerpter, 4));
	assert_true(excerpter_move(&excerpter, 9));
	assert_int_equal(excerpter.start, 9);
	excerpter_begin(&excerpter, TEXT("a\nb"));
	assert_true(excerpter_move(&excerpter, 2));
}

/* A line of `len` bytes between two others. */
static char *line_of(size_t len, struct text *ret)
{
	char *text = test_repeat('x', len + 8);

	memcpy(text, "abc\n", 4);
	memcpy(text + 4 + len, "\ndef", 4);
	*ret = text_make(text, len + 8);
	return text;
}

static void the_longest_whole_line_is_not_cut(void **state)
{
	struct excerpter excerpter;
	struct excerpt excerpt;
	struct text text;
	char *room = line_of(EXCERPT_LINE_MAX, &text);

	(void)state;
	excerpter_begin(&excerpter, text);
	(void)excerpt_at(&excerpter, 0);
	for (size_t at = 4; at < 4 + EXCERPT_LINE_MAX; at += EXCERPT_LINE_MAX - 1) {
		excerpt = excerpt_at(&excerpter, at);
		assert_int_equal(excerpt.text.len, EXCERPT_LINE_MAX);
		assert_int_equal(excerpt.offset, 4);
		assert_int_equal(excerpt.from, 0);
		assert_int_equal(excerpt.next, 4 + EXCERPT_LINE_MAX);
		assert_false(excerpt.cut_in_front || excerpt.cut_behind);
	}
	assert_text(excerpt_at(&excerpter, text.len - 1).text, "def");
	free(room);
}

static void of_a_longer_line_the_surroundings_are_shown(void **state)
{
	enum { LEN = 8 * EXCERPT_LINE_MAX };
	struct excerpter excerpter;
	struct excerpt excerpt;
	struct text text;
	char *room = line_of(LEN, &text);
	size_t at = 4 + 4 * EXCERPT_LINE_MAX;

	(void)state;
	excerpter_begin(&excerpter, text);
	excerpt = excerpt_at(&excerpter, 10);
	assert_int_equal(excerpt.offset, 4);
	assert_int_equal(excerpt.from, 0);
	assert_int_equal(excerpt.offset + excerpt.text.len, 10 + EXCERPT_SIDE_MAX);
	assert_int_equal(excerpt.next, 10 + EXCERPT_SIDE_MAX / 2);
	assert_false(excerpt.cut_in_front);
	assert_true(excerpt.cut_behind);

	excerpt = excerpt_at(&excerpter, at);
	assert_int_equal(excerpt.offset + excerpt.from, at - EXCERPT_SIDE_MAX);
	assert_int_equal(excerpt.from, EXCERPT_SIDE_MAX);
	assert_int_equal(excerpt.offset + excerpt.text.len, at + EXCERPT_SIDE_MAX);
	assert_true(excerpt.cut_in_front && excerpt.cut_behind);

	excerpt = excerpt_at(&excerpter, LEN);
	assert_int_equal(excerpt.offset + excerpt.text.len, 4 + LEN);
	assert_int_equal(excerpt.next, 4 + LEN);
	assert_true(excerpt.cut_in_front);
	assert_false(excerpt.cut_behind);
	free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_shown_whole),
		cmocka_unit_test(a_new_line_is_reported),
		cmocka_unit_test(the_longest_whole_line_is_not_cut),
		cmocka_unit_test(of_a_longer_line_the_surroundings_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
