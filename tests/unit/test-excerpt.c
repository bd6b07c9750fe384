/* Tests of base/terminal/excerpt. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "base/terminal/excerpt.h"

/* The excerpt of a line without color; it is freed with the next one. */
static const char *print(struct text line, unsigned column, size_t width)
{
	static struct buffer out;
	const struct excerpt_look look = { width, "", "" };

	buffer_done(&out);
	out = buffer_make(16 * EXCERPT_WIDTH_MAX);
	excerpt_print(line, column, &look, &out);
	buffer_add_char(&out, '\0');
	assert_int_equal(buffer_finish(&out), 0);
	return out.data;
}

static void the_mark_is_below_the_column(void **state)
{
	(void)state;
	assert_string_equal(print(TEXT("keys: [a]"), 1, 80), "    keys: [a]\n    ^\n");
	assert_string_equal(print(TEXT("keys: [a]"), 8, 80), "    keys: [a]\n           ^\n");
	assert_string_equal(print(TEXT("keys:"), 6, 80), "    keys:\n         ^\n");
	assert_string_equal(print(TEXT(""), 1, 80), "    \n    ^\n");
}

static void a_place_that_the_line_does_not_have_shows_nothing(void **state)
{
	(void)state;
	assert_string_equal(print(TEXT("keys:"), 7, 80), "");
	assert_string_equal(print(TEXT("keys:"), 0, 80), "");
	assert_string_equal(print(TEXT(""), 2, 80), "");
}

static void a_character_of_several_bytes_is_one_column_and_a_wide_one_takes_two(void **state)
{
	(void)state;
	assert_string_equal(
		print(TEXT("\xC3\xA4\xC3\xB6: x"), 5, 80), "    \xC3\xA4\xC3\xB6: x\n        ^\n");
	assert_string_equal(print(TEXT("\xE5\x91\xBC\xE5\x8F\xAB: x"), 5, 80),
		"    \xE5\x91\xBC\xE5\x8F\xAB: x\n          ^\n");
	assert_string_equal(print(TEXT("e\xCC\x81: x"), 5, 80), "    e\xCC\x81: x\n       ^\n");
	/* A letter of Thai with a vowel above it, and a cross mark. */
	assert_string_equal(print(TEXT("\xE0\xB8\x81\xE0\xB8\xB5: x"), 5, 80),
		"    \xE0\xB8\x81\xE0\xB8\xB5: x\n       ^\n");
	assert_string_equal(
		print(TEXT("\xE2\x9D\x8C: x"), 4, 80), "    \xE2\x9D\x8C: x\n        ^\n");
}

static void what_could_control_a_terminal_is_masked(void **state)
{
	(void)state;
	assert_string_equal(print(TEXT("\033[1m\tx\001"), 6, 80), "    ?[1m x?\n         ^\n");
	assert_string_equal(print(TEXT("a\xFF\x62"), 3, 80), "    a?b\n      ^\n");
	/* U+202E reverses the order; U+009B begins a sequence. */
	assert_string_equal(print(TEXT("\xE2\x80\xAE: x"), 4, 80), "    ???: x\n         ^\n");
	assert_string_equal(print(TEXT("\xC2\x9B: x"), 4, 80), "    ??: x\n        ^\n");
}

/* Check that no line is wider than `width`, and that the mark is below an X. */
static void check_shape(const char *excerpt, size_t width)
{
	const char *end = strchr(excerpt, '\n');
	struct text line;
	size_t cells = 0, mark;

	assert_non_null(end);
	line = text_make(excerpt, (size_t)(end - excerpt));
	mark = strspn(end + 1, " ");
	assert_int_equal(end[1 + mark], '^');
	assert_string_equal(end + 1 + mark, "^\n");
	for (size_t i = 0; i < line.len; i++) {
		if (cells == mark && !char_continues(line.data[i]) && line.data[i] != 'X')
			fail_msg("no X above the mark: %s", excerpt);
		cells += !char_continues(line.data[i]);
	}
	assert_true(mark < cells);
	if (cells > width)
		fail_msg("%zu columns of %zu: %s", cells, width, excerpt);
}

static void a_long_line_is_cut_to_the_width_with_the_column_in_it(void **state)
{
	static char line[5000];

	(void)state;
	for (size_t at = 0; at < sizeof(line); at += 1 + at / 8)
		for (size_t width = 20; width <= 500; width += 37) {
			memset(line, '-', sizeof(line));
			line[at] = 'X';
			check_shape(print(text_make(line, sizeof(line)), (unsigned)at + 1, width),
				width);
		}
	assert_string_equal(print(TEXT("0123456789abcdefghijX"), 21, 20),
		"    \xE2\x80\xA6"
		"6789abcdefghijX\n                   ^\n");
	assert_string_equal(print(TEXT("X123456789abcdefghij"), 1, 20),
		"    X123456789abcde\xE2\x80\xA6\n    ^\n");
}

static void a_width_out_of_bounds_is_brought_into_them(void **state)
{
	static char line[5000];

	(void)state;
	memset(line, '-', sizeof(line));
	line[2500] = 'X';
	check_shape(print(text_make(line, sizeof(line)), 2501, 1), EXCERPT_WIDTH_MIN);
	check_shape(print(text_make(line, sizeof(line)), 2501, 100000), EXCERPT_WIDTH_MAX);
}

static void the_mark_is_in_color(void **state)
{
	const struct excerpt_look look = { 80, "<", ">" };
	struct buffer out = buffer_make(100);

	(void)state;
	excerpt_print(TEXT("ab"), 2, &look, &out);
	assert_text(buffer_text(&out), "    ab\n     <^>\n");
	buffer_done(&out);
}

/* libyaml counts lines by any of these. */
static void a_line_is_found_behind_every_kind_of_line_end(void **state)
{
	static const struct text content = TEXT("\xEF\xBB\xBF"
						"one\r\ntwo\rthree\xC2\x85"
						"four\xE2\x80\xA8"
						"five\n\nseven");
	static const char *const lines[] = { "one", "two", "three", "four", "five", "", "seven" };
	struct excerpt_cursor cursor = { 0 };
	struct text line;

	(void)state;
	for (unsigned i = 1; i <= COUNT(lines); i++) {
		assert_true(excerpt_find_line(content, i, &cursor, &line));
		assert_text(line, lines[i - 1]);
		assert_true(excerpt_find_line(content, i, &cursor, &line));
		assert_text(line, lines[i - 1]);
	}
	assert_false(excerpt_find_line(content, 8, &cursor, &line));
	assert_true(excerpt_find_line(content, 2, &cursor, &line));
	assert_text(line, "two");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mark_is_below_the_column),
		cmocka_unit_test(a_place_that_the_line_does_not_have_shows_nothing),
		cmocka_unit_test(
			a_character_of_several_bytes_is_one_column_and_a_wide_one_takes_two),
		cmocka_unit_test(what_could_control_a_terminal_is_masked),
		cmocka_unit_test(a_long_line_is_cut_to_the_width_with_the_column_in_it),
		cmocka_unit_test(a_width_out_of_bounds_is_brought_into_them),
		cmocka_unit_test(the_mark_is_in_color),
		cmocka_unit_test(a_line_is_found_behind_every_kind_of_line_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
