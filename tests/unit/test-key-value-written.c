/* Tests of cause/key-value: colors, escapes and encodings around a key and its value. */
#include "config.h"

#include "test.h"

#include "cause/search/characters/color.h"
#include "cause/search/characters/double-byte.h"
#include "cause/search/characters/written.h"
#include "cause/search/key-value.h"
#include "test-key-value.h"

/* -- colors ----------------------------------------------------------------- */

static void colors_around_key_separator_and_value_are_looked_through(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("\033[36mkey\033[0m=512 \033[36mtalk\033[0m=0"), "512", 512 },
		{ TEXT("\033[36mkey=\033[0m512"), "512", 512 },
		{ TEXT("key=\033[1;31m512\033[0m done"), "512", 512 },
		{ TEXT("\033[36mkey\033[0m\033[1m:\033[0m \033[31m512\033[0m"), "512", 512 },
		{ TEXT("key \033[1m = \033[m 512"), "512", 512 },
		{ TEXT("\033[38;2;255;0;127;48;5;17mkey\033[39;49m=512"), "512", 512 },
		{ TEXT("\033[38:2::255:0:127mkey\033[0m=512"), "512", 512 },
		{ TEXT("\033[1m\033[31mkey\033[0m=512"), "512", 512 },
		{ TEXT("x \033[01;31m\033[Kkey\033[m\033[K=512"), "512", 512 },
		{ TEXT("\033[34;1m\"key\"\033[0m\033[1m:\033[0m\033[32m\"00512\"\033[0m"), "00512",
			512 },
		{ TEXT("\"\033[36mkey\033[0m\": \"\033[31m512\033[0m\""), "512", 512 },
		{ TEXT("<\033[36mkey\033[0m>\033[31m512\033[0m</\033[36mkey\033[0m>"), "512", 512 },
		{ TEXT("key=512\033[0m"), "512", 512 },
		{ TEXT("key=512\033[0m."), "512", 512 },
		{ TEXT("key=512\033["), "512", 512 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void escaped_colors_are_looked_through(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("\\u001b[36mkey\\u001b[0m=512"), "512", 512 },
		{ TEXT("\\u001B[36mkey\\u001B[0m=\\u001B[1m512\\u001B[0m"), "512", 512 },
		{ TEXT("\\x1b[36mkey=\\x1b[0m512"), "512", 512 },
		{ TEXT("\\x1B[36mkey=\\x1B[0m512"), "512", 512 },
		{ TEXT("\\033[36mkey\\033[0m=\\033[1;31m512\\033[0m"), "512", 512 },
		{ TEXT("#033[36mkey#033[0m=#033[1;31m512#033[0m"), "512", 512 },
		{ TEXT("\\\\u001b[36mkey\\\\u001b[0m=512"), "512", 512 },
		{ TEXT("\"x\\n\\u001b[36mkey\\u001b[0m=512\""), "512", 512 },
		NONE("\\u001c[36mkey=512"),
		NONE("u001b[36mkey=512"),
		NONE("key#033[0m#512"),
		NONE("key=\\u001b[0"),
		NONE("key=\\u001b[0 512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_color_ends_neither_a_word_nor_a_number(void **state)
{
	static const struct value_row rows[] = {
		NONE("mon\033[31mkey\033[0m=512"),
		NONE("x-\033[31mkey\033[0m=512"),
		NONE("mon\\u001b[31mkey=512"),
		NONE("\033[31mkey\033[0ms=512"),
		NONE("key=5\033[0m12"),
		NONE("key=512\033[0m.5"),
		NONE("key=512\033[0m-\033[0m3"),
		NONE("key=10\033[0m:30"),
		NONE("key=512\\u001b[0mabc"),
		NONE("key=\033[31m=512"),
		NONE("key=\033[31m\n512"),
		NONE("key=\033[2J512"),
		NONE("key\033]0;=512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

/* A line whose key is behind `n` colors of `len` bytes of parameters each. */
static bool has_value_behind(size_t n, size_t len, const char *tail)
{
	char *parameters = test_repeat('1', len);
	size_t size = n * (len + 3) + 64, used = 0;
	char *line = malloc(size);
	struct value value;
	bool found;

	assert_non_null(line);
	used += (size_t)snprintf(line, size, "key=");
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(line + used, size - used, "\033[%sm", parameters);
	used += (size_t)snprintf(line + used, size - used, "%s", tail);
	found = value_after_key(text_make(line, used), 0, 3, &decimal, &value);
	free(line);
	free(parameters);
	return found;
}

static void what_is_looked_through_is_bounded(void **state)
{
	(void)state;
	assert_true(has_value_behind(1, COLOR_PARAMETERS_MAX, "512"));
	assert_false(has_value_behind(1, COLOR_PARAMETERS_MAX + 1, "512"));
	assert_true(has_value_behind(COLORS_MAX, 1, "512"));
	assert_false(has_value_behind(100000, 1, "512"));
}

/* Behind more colors than are looked through, a number may continue. */
static void a_value_before_too_many_colors_is_none(void **state)
{
	char line[256];

	(void)state;
	for (size_t n = COLORS_MAX - 1; n <= COLORS_MAX + 1; n++) {
		size_t len = (size_t)snprintf(line, sizeof(line), "key=51");
		struct value value;

		for (size_t i = 0; i < n; i++)
			len += (size_t)snprintf(line + len, sizeof(line) - len, "\033[1m");
		assert_int_equal(value_after_key(text_make(line, len), 0, 3, &decimal, &value),
			n <= COLORS_MAX);
		line[len++] = '2';
		assert_false(value_after_key(text_make(line, len), 0, 3, &decimal, &value));
	}
}

/* -- escapes ---------------------------------------------------------------- */

static void escaped_signs_are_what_they_mean(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("{\"log\":\"\\u003ckey\\u003e512\\u003c/key\\u003e\\n\"}"), "512", 512 },
		{ TEXT("\\u003Ckey\\u003E512\\u003C/key\\u003E"), "512", 512 },
		{ TEXT("\\u003ckey\\u003e 512 \\u003c\\/key\\u003e"), "512", 512 },
		{ TEXT("\\u003cns:key a=\\\"b\\\"\\u003e512\\u003c/ns:key\\u003e"), "512", 512 },
		{ TEXT("\\\\u003ckey\\\\u003e512\\\\u003c/key\\\\u003e"), "512", 512 },
		{ TEXT("<key>512<\\/key>"), "512", 512 },
		{ TEXT("{\"log\":\"a=1\\u0026key=512\\u0026b=2\\n\"}"), "512", 512 },
		{ TEXT("\\u003ea\\u003ekey: 512"), "512", 512 },
		{ TEXT("key =\\u003e 512"), "512", 512 },
		{ TEXT("key\\u003d512"), "512", 512 },
		{ TEXT("\\u003cleg key\\u003d\\u0027512\\u0027/\\u003e"), "512", 512 },
		{ TEXT("{\\x22key\\x22:512}"), "512", 512 },
		{ TEXT("{\\x22key\\x22:\\x22512\\x22}"), "512", 512 },
		{ TEXT("talk=0#011key=512#011x"), "512", 512 },
		{ TEXT("key:#011512"), "512", 512 },
		{ TEXT("one#012key=512"), "512", 512 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void what_is_no_escape_is_a_letter_or_a_digit(void **state)
{
	static const struct value_row rows[] = {
		NONE("u003ckey=512"),
		NONE("x22key=512"),
		NONE("\\u03ckey=512"),
		NONE("\\u0061key=512"),
		NONE("\\x61key=512"),
		NONE("\\134key=512"),
		NONE("#123key=512"),
		NONE("key\\u003d\\u003d512"),
		NONE("key=512\\u0035"),
		NONE("key=512\\x2e5"),
		NONE("key=2\\/7"),
		NONE("key=#012512"),
		NONE("key=\\n512"),
		NONE("\\u003ckey\\u003e512"),
		NONE("\\u003ckey/\\u003e512\\u003c/a\\u003e"),
		NONE("\\u003ckey\\u003e512\\u003ca\\u003e"),
		NONE("\\x22key\":512"),
		NONE("\"key\\x22:512"),
		NONE("\\x22key\\\\x22:512"),
		NONE("key=\\x22512\""),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_character_is_the_same_from_both_sides(void **state)
{
	static const struct {
		struct text t;
		uint32_t c;
	} rows[] = {
		{ TEXT("\\u003c"), '<' },
		{ TEXT("\\\\\\u003E"), '>' },
		{ TEXT("\\x1B"), 0x1B },
		{ TEXT("\\033"), 0x1B },
		{ TEXT("#033"), 0x1B },
		{ TEXT("#011"), '\t' },
		{ TEXT("\\n"), '\n' },
		{ TEXT("\\\\t"), '\t' },
		{ TEXT("\\r"), '\r' },
		{ TEXT("\\/"), '/' },
		{ TEXT("\\uFF1a"), 0xFF1A },
		{ TEXT("a"), 'a' },
		{ TEXT("\0"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t end = SIZE_MAX, start = SIZE_MAX;

		assert_int_equal(written_at(rows[i].t, 0, &end), rows[i].c);
		assert_int_equal(end, rows[i].t.len);
		assert_int_equal(written_before(rows[i].t, rows[i].t.len, &start), rows[i].c);
		assert_int_equal(start, 0);
	}
}

/* -- blanks and separators -------------------------------------------------- */

static void separators_of_full_width_are_separators(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("释放 key：512"), "512", 512 },
		{ TEXT("释放key：512，通话"), "512", 512 },
		{ TEXT("key＝512"), "512", 512 },
		{ TEXT("key ＝ \"512\""), "512", 512 },
		{ TEXT("\"key\"：512"), "512", 512 },
		{ TEXT("\\u91ca\\u653e key\\uff1a512"), "512", 512 },
		{ TEXT("key\\uFF1D512"), "512", 512 },
		NONE("key：：512"),
		NONE("key：=512"),
		NONE("key=＝512"),
		NONE("key＝：512"),
		NONE("key；512"),
		NONE("key\xEF\xBC"),
		NONE("key\xEF\xBC"
		     "512"),
		NONE("key：\xEF\xBC\x95\xEF\xBC\x91"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void non_breaking_blanks_are_blanks(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key\xC2\xA0=\xC2\xA0"
		       "512"),
			"512", 512 },
		{ TEXT("key\xE2\x80\x87:\xE2\x80\x87"
		       "512"),
			"512", 512 },
		{ TEXT("key \xE2\x80\xAF= \xE2\x80\xAF"
		       "512"),
			"512", 512 },
		{ TEXT("key　：　512　x"), "512", 512 },
		{ TEXT("key=\"\xC2\xA0"
		       "512\xC2\xA0\""),
			"512", 512 },
		{ TEXT("<key>\xC2\xA0"
		       "512\xC2\xA0</key>"),
			"512", 512 },
		{ TEXT("key:\\u00a0512"), "512", 512 },
		{ TEXT("key=\xC2\xA0\033[1m\xC2\xA0"
		       "512"),
			"512", 512 },
		NONE("key\xA0=512"),
		NONE("key\xC2=512"),
		NONE("key\xE2\x80\xA8=512"),
		NONE("key\xC2\xA0"
		     "512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

/* -- two bytes -------------------------------------------------------------- */

static void a_letter_may_be_the_second_byte_of_a_character(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("\xA4\x41key=512"), "512", 512 },         /* Big5 */
		{ TEXT("\xA4\xA4\xA4\x41key=512"), "512", 512 }, /* Big5, two characters */
		{ TEXT("\xA4\x42\xA4\x41key=512"), "512", 512 }, /* both with a letter */
		{ TEXT("x \x81\x5Fkey=512"), "512", 512 },       /* GBK, an underscore */
		{ TEXT("\x83\x41\x83\x4Bkey=512"), "512", 512 }, /* Shift-JIS */
		{ TEXT("\xFE\x61key：512"), "512", 512 },
		NONE("A\xA4\xA4"
		     "Akey=512"), /* a letter behind a whole character */
		NONE("\xA4\x41-key=512"),
		NONE("\xA4\x41\x41key=512"),
		NONE("\xA4\x31key=512"), /* no second byte is a digit */
		NONE("\x80\x41key=512"),
		NONE("\xFF\x41key=512"),
		NONE("\xC3\xA4"
		     "Akey=512"), /* UTF-8 */
		NONE("\xE4\xBD\xA0"
		     "Akey=512"),
		NONE("\xE4\xBD\xA0\xE5\xA5\xBD\xEF\xBC\x9A"
		     "Akey=512"),
		NONE("\xF0\x9F\x98\x80"
		     "Akey=512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_run_of_such_characters_is_looked_at_up_to_a_bound(void **state)
{
	char *high = test_repeat('\xA4', DOUBLE_BYTE_RUN_MAX + 1);
	size_t start = 7;

	(void)state;
	high[DOUBLE_BYTE_RUN_MAX - 1] = 'A';
	assert_true(double_byte_ends(
		text_make(high, DOUBLE_BYTE_RUN_MAX), DOUBLE_BYTE_RUN_MAX, &start));
	assert_int_equal(start, 0);
	high[DOUBLE_BYTE_RUN_MAX - 1] = '\xA4';
	high[DOUBLE_BYTE_RUN_MAX] = 'A';
	assert_false(double_byte_ends(
		text_make(high, DOUBLE_BYTE_RUN_MAX + 1), DOUBLE_BYTE_RUN_MAX + 1, &start));
	assert_false(double_byte_ends(TEXT("A"), 0, &start));
	assert_false(double_byte_ends(TEXT("A"), 1, &start));
	free(high);
}

/* -- ends ------------------------------------------------------------------- */

static void nothing_behind_the_end_of_the_text_is_looked_at(void **state)
{
	static const struct text lines[] = {
		TEXT("\033[36mkey\033[0m =\xC2\xA0\033[1;31m00531\033[0m "),
		TEXT("\\u001b[36mkey\\u001b[0m=\\u001b[1;31m00531\\u001b[0m "),
		TEXT("#033[36mkey#033[0m=#033[1;31m00531#033[0m.5"),
		TEXT("\\u003cns:key a=\\x22b\\x22\\u003e 531 \\u003c\\/ns:key\\u003e"),
		TEXT("{\\x22key\\x22 \xEF\xBC\x9A \\x22"
		     "00531\\x22}"),
		TEXT("\xA4\x41key\xE3\x80\x80\xEF\xBC\x9D\xE2\x80\xAF"
		     "531"),
	};

	(void)state;
	value_check_cuts(lines, COUNT(lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colors_around_key_separator_and_value_are_looked_through),
		cmocka_unit_test(escaped_colors_are_looked_through),
		cmocka_unit_test(a_color_ends_neither_a_word_nor_a_number),
		cmocka_unit_test(what_is_looked_through_is_bounded),
		cmocka_unit_test(a_value_before_too_many_colors_is_none),
		cmocka_unit_test(escaped_signs_are_what_they_mean),
		cmocka_unit_test(what_is_no_escape_is_a_letter_or_a_digit),
		cmocka_unit_test(a_character_is_the_same_from_both_sides),
		cmocka_unit_test(separators_of_full_width_are_separators),
		cmocka_unit_test(non_breaking_blanks_are_blanks),
		cmocka_unit_test(a_letter_may_be_the_second_byte_of_a_character),
		cmocka_unit_test(a_run_of_such_characters_is_looked_at_up_to_a_bound),
		cmocka_unit_test(nothing_behind_the_end_of_the_text_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
