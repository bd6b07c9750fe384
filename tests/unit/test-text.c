/* Tests of base/text. */
#include "config.h"

#include "test.h"

#include <inttypes.h>

#include "base/text.h"

static void a_text_of_no_string_is_empty(void **state)
{
	(void)state;
	assert_int_equal(text_of(NULL).len, 0);
	assert_non_null(text_of(NULL).data);
}

static void texts_are_equal_by_bytes_and_length(void **state)
{
	(void)state;
	assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
	assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
	assert_false(text_equal(TEXT("a"), TEXT("a\0")));
	assert_false(text_equal(TEXT("a"), TEXT("A")));
	assert_true(text_equal(text_make(NULL, 0), TEXT("")));
}

static void a_text_ends_with_its_suffixes_only(void **state)
{
	(void)state;
	assert_true(text_ends(TEXT("release"), TEXT("ase")));
	assert_true(text_ends(TEXT("release"), TEXT("release")));
	assert_true(text_ends(TEXT("release"), TEXT("")));
	assert_false(text_ends(TEXT("release"), TEXT("unrelease")));
	assert_false(text_ends(TEXT("release"), TEXT("Ase")));
	assert_false(text_ends(TEXT(""), TEXT("e")));
}

static void a_text_starts_with_its_prefixes_only(void **state)
{
	(void)state;
	assert_true(text_starts(TEXT("release"), TEXT("rel")));
	assert_true(text_starts(TEXT("release"), TEXT("release")));
	assert_true(text_starts(TEXT("release"), TEXT("")));
	assert_false(text_starts(TEXT("release"), TEXT("releases")));
	assert_false(text_starts(TEXT("release"), TEXT("Rel")));
}

static void words_are_made_of_ascii_letters_digits_and_underscores(void **state)
{
	static const char word[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	(void)state;
	for (int c = 0; c < 256; c++)
		assert_int_equal(char_is_word((char)c), memchr(word, c, sizeof(word) - 1) != NULL);
}

static void only_ascii_letters_have_a_lower_case(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char expected = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);

		assert_int_equal(char_lower((char)c), expected);
	}
}

static void order_ignores_the_case_of_ascii_letters(void **state)
{
	static const struct {
		struct text a, b;
		int order;
	} rows[] = {
		{ TEXT(""), TEXT(""), 0 },
		{ TEXT("Cause"), TEXT("cAUSE"), 0 },
		{ TEXT("a"), TEXT("B"), -1 },
		{ TEXT("Z"), TEXT("a"), 1 },
		{ TEXT("cause"), TEXT("causes"), -1 },
		{ TEXT("CAUSES"), TEXT("cause"), 1 },
		{ TEXT("a\0b"), TEXT("a\0c"), -1 },
		{ TEXT("["), TEXT("{"), -1 },
		{ TEXT("@"), TEXT("`"), -1 },
		{ TEXT("z"), TEXT("\xC3"), -1 },
		{ TEXT("\xC3\x89"), TEXT("\xC3\xA9"), -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int forth = text_compare_nocase(rows[i].a, rows[i].b);
		int back = text_compare_nocase(rows[i].b, rows[i].a);

		assert_int_equal((forth > 0) - (forth < 0), rows[i].order);
		assert_int_equal((back > 0) - (back < 0), -rows[i].order);
		assert_int_equal(text_equal_nocase(rows[i].a, rows[i].b), rows[i].order == 0);
	}
}

static void hexadecimal_digits_are_of_both_cases(void **state)
{
	(void)state;
	for (int c = -128; c < 256; c++)
		assert_int_equal(char_is_hex_digit((char)c),
			(char)c != '\0' && strchr("0123456789abcdefABCDEF", (char)c) != NULL);
}

static void a_cut_leaves_characters_whole(void **state)
{
	static const struct {
		struct text t;
		size_t len;
		const char *cut;
	} rows[] = {
		{ TEXT(""), 0, "" },
		{ TEXT("abc"), 0, "" },
		{ TEXT("abc"), 2, "ab" },
		{ TEXT("abc"), 3, "abc" },
		{ TEXT("abc"), 9, "abc" },
		{ TEXT("a\xC3\xA9z"), 1, "a" },
		{ TEXT("a\xC3\xA9z"), 2, "a" },
		{ TEXT("a\xC3\xA9z"), 3, "a\xC3\xA9" },
		{ TEXT("\xF0\x9F\x98\x80"), 3, "" },
		/* No character has so many bytes. */
		{ TEXT("a\x80\x80\x80\x80\x80"), 5, "a\x80" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_text(text_cut(rows[i].t, rows[i].len), rows[i].cut);
}

static void backslashes_before_an_offset_are_counted(void **state)
{
	struct text t = TEXT("\\\\a\\\\\\\"");

	(void)state;
	assert_int_equal(text_count_backslashes(t, 0, 0), 0);
	assert_int_equal(text_count_backslashes(t, 0, 2), 2);
	assert_int_equal(text_count_backslashes(t, 1, 2), 1);
	assert_int_equal(text_count_backslashes(t, 0, 3), 0);
	assert_int_equal(text_count_backslashes(t, 0, 6), 3);
	assert_int_equal(text_count_backslashes(t, 5, 6), 1);
	assert_int_equal(text_count_backslashes(t, 0, 7), 0);
}

static void trimming_takes_blanks_off_both_ends(void **state)
{
	static const struct {
		struct text t;
		const char *trimmed;
	} rows[] = {
		{ TEXT(""), "" },
		{ TEXT(" \t "), "" },
		{ TEXT("a"), "a" },
		{ TEXT("\t a b \t"), "a b" },
		{ TEXT("\na\r"), "\na\r" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_text(text_trim(rows[i].t), rows[i].trimmed);
}

static void a_needle_is_found_in_any_letter_case(void **state)
{
	(void)state;
	assert_true(text_contains_nocase(TEXT("the Skill Queue is full"), TEXT("sKILL qUEUE")));
	assert_true(text_contains_nocase(TEXT("full"), TEXT("FULL")));
	assert_true(text_contains_nocase(TEXT("aab"), TEXT("ab")));
	assert_true(text_contains_nocase(TEXT("x"), TEXT("")));
	assert_false(text_contains_nocase(TEXT("ful"), TEXT("full")));
	assert_false(text_contains_nocase(TEXT(""), TEXT("x")));
	assert_false(text_contains_nocase(TEXT("skill-queue"), TEXT("skill queue")));
}

static void numbers_are_read_in_their_base_up_to_the_bound(void **state)
{
	static const struct {
		struct text t;
		unsigned base;
		uint64_t max;
		uint64_t value;
	} rows[] = {
		{ TEXT("0"), 10, 0, 0 },
		{ TEXT("00531"), 10, 999, 531 },
		{ TEXT("5"), 10, 5, 5 },
		{ TEXT("0000000000000000000000000000000000000001"), 10, 1, 1 },
		{ TEXT("18446744073709551615"), 10, UINT64_MAX, UINT64_MAX },
		{ TEXT("1f"), 16, 0x1F, 0x1F },
		{ TEXT("DeadBeef"), 16, UINT32_MAX, 0xDEADBEEF },
		{ TEXT("FFFFFFFFFFFFFFFF"), 16, UINT64_MAX, UINT64_MAX },
		{ TEXT("10"), 16, UINT64_MAX, 16 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 77;

		assert_int_equal(
			text_parse_number(rows[i].t, rows[i].base, rows[i].max, &value), 0);
		assert_int_equal(value, rows[i].value);
	}
}

static void what_is_no_number_or_too_great_is_refused_and_changes_nothing(void **state)
{
	static const struct {
		struct text t;
		unsigned base;
		uint64_t max;
		int error;
	} rows[] = {
		{ TEXT(""), 10, UINT64_MAX, -EINVAL },
		{ TEXT("-1"), 10, UINT64_MAX, -EINVAL },
		{ TEXT("+1"), 10, UINT64_MAX, -EINVAL },
		{ TEXT(" 1"), 10, UINT64_MAX, -EINVAL },
		{ TEXT("1 "), 10, UINT64_MAX, -EINVAL },
		{ TEXT("1a"), 10, UINT64_MAX, -EINVAL },
		{ TEXT("1\0"), 10, UINT64_MAX, -EINVAL },
		{ TEXT("1.5"), 10, UINT64_MAX, -EINVAL },
		{ TEXT("0x1F"), 16, UINT64_MAX, -EINVAL },
		{ TEXT("1g"), 16, UINT64_MAX, -EINVAL },
		{ TEXT("\xD9\xA1"), 10, UINT64_MAX, -EINVAL },
		{ TEXT("6"), 10, 5, -ERANGE },
		{ TEXT("1"), 10, 0, -ERANGE },
		{ TEXT("1000"), 10, 999, -ERANGE },
		{ TEXT("18446744073709551616"), 10, UINT64_MAX, -ERANGE },
		{ TEXT("99999999999999999999999999"), 10, UINT64_MAX, -ERANGE },
		{ TEXT("10000000000000000"), 16, UINT64_MAX, -ERANGE },
		{ TEXT("99999999999999999999999999x"), 10, UINT64_MAX, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 77;

		assert_int_equal(text_parse_number(rows[i].t, rows[i].base, rows[i].max, &value),
			rows[i].error);
		assert_int_equal(value, 77);
	}
}

static void well_formed_utf8_is_distinguished(void **state)
{
	static const struct text good[] = {
		TEXT(""),
		TEXT("plain\0\x7F"),
		TEXT("\xC2\x80\xDF\xBF"),
		TEXT("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"),
		TEXT("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
	};
	static const struct text bad[] = {
		TEXT("\x80"),             /* continues nothing */
		TEXT("\xFF"),             /* begins nothing */
		TEXT("\xC0\x80"),         /* NUL, not in the shortest form */
		TEXT("\xC1\xBF"),         /* the same for U+007F */
		TEXT("\xE0\x9F\xBF"),     /* for U+07FF */
		TEXT("\xF0\x8F\xBF\xBF"), /* for U+FFFF */
		TEXT("\xED\xA0\x80"),     /* the first surrogate */
		TEXT("\xED\xBF\xBF"),     /* and the last */
		TEXT("\xF4\x90\x80\x80"), /* U+110000 */
		TEXT("\xF5\x80\x80\x80"),
		TEXT("a\xC3"), /* cut short */
		TEXT("\xE2\x82"),
		TEXT("\xF0\x9F\x98"),
		TEXT("\xC3("), /* broken off */
		TEXT("\xE2\x82("),
		TEXT("\xF0\x9F\x98("),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(text_is_utf8(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_is_utf8(bad[i]));
}

static void numbers_are_printed_in_decimal(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 7, "7" },
		{ 10, "10" },
		{ 4294967294, "4294967294" },
		{ UINT64_MAX, "18446744073709551615" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char digits[TEXT_NUMBER_MAX];

		assert_text(
			text_make(digits, text_print_number(rows[i].number, digits)), rows[i].text);
	}
}

static void numbers_are_printed_in_hexadecimal(void **state)
{
	static const uint64_t rows[] = { 0, 9, 10, 15, 16, 255, 0xfd01, UINT32_MAX, UINT64_MAX,
		UINT64_C(1) << 60, UINT64_C(0x0123456789abcdef) };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char digits[TEXT_NUMBER_MAX], wanted[TEXT_NUMBER_MAX];

		(void)snprintf(wanted, sizeof(wanted), "%" PRIx64, rows[i]);
		assert_text(text_make(digits, text_print_hex(rows[i], digits)), wanted);
	}
}

/* -- what is searched many bytes at a time ------------------------------- */

enum { SEARCHED_MAX = 40 };

/* Byte by byte, as the twin of a search by vectors. */
static size_t plain_len_naive(struct text t, char also)
{
	size_t n = 0;

	while (n < t.len && t.data[n] >= ' ' && t.data[n] <= '~' && t.data[n] != '"' &&
		t.data[n] != '\\' && t.data[n] != also)
		n++;
	return n;
}

static bool is_utf8_naive(struct text t)
{
	while (t.len > 0) {
		size_t n = text_character_len(t);

		if (n == 0)
			return false;
		text_skip(&t, n);
	}
	return true;
}

static void assert_as_naive(struct text t)
{
	static const char also[] = { '"', ']' };

	for (size_t i = 0; i < COUNT(also); i++)
		assert_int_equal(text_plain_len(t, also[i]), plain_len_naive(t, also[i]));
	assert_int_equal(text_is_utf8(t), is_utf8_naive(t));
	assert_true(text_high_len(t) == t.len || (unsigned char)t.data[text_high_len(t)] < 0x80);
}

/* The text ends where its memory ends. */
static void every_byte_is_seen_at_every_place(void **state)
{
	(void)state;
	for (size_t len = 1; len <= SEARCHED_MAX; len++) {
		char *data = malloc(len);

		assert_non_null(data);
		for (size_t at = 0; at < len; at++)
			for (unsigned c = 0; c < 256; c++) {
				memset(data, 'x', len);
				data[at] = (char)c;
				assert_as_naive(text_make(data, len));
			}
		free(data);
	}
}

static void random_texts_are_searched_as_byte_by_byte(void **state)
{
	static const char *const pieces[] = { "text", " ", "\"", "\\", "]", "\x7F", "\x1F", "!",
		"~", "\xC3\xA4", "\xE5\x91\xBC", "\xF0\x9F\x98\x80", "\xC2\x80", "\xA0", "\xFF",
		"[" };
	struct test_random random = { 12 };

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		char data[SEARCHED_MAX + 8];
		size_t len = 0, wanted = test_random(&random, SEARCHED_MAX);

		while (len < wanted) {
			struct text piece = text_of(pieces[test_random(&random, COUNT(pieces))]);

			memcpy(data + len, piece.data, piece.len);
			len += piece.len;
		}
		assert_as_naive(text_make(data, len));
		assert_as_naive(text_make(data, wanted));
	}
}

static void what_could_drive_a_terminal_is_masked(void **state)
{
	static const struct {
		struct text t;
		const char *masked;
	} rows[] = {
		{ TEXT("plain é…"), "plain é…" },
		{ TEXT("\0\x01\t\n\r\x1B[31m\x1F\x7F"), "??????[31m??" },
		{ TEXT("\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0"), "??????\xC2\xA0" },
		{ TEXT("\xC3\x80\x80\xC2"), "\xC3\x80\x80\xC2" },
		{ TEXT("\xC2\n"), "\xC2?" },
		{ TEXT(""), "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char copy[32];

		memcpy(copy, rows[i].t.data, rows[i].t.len);
		text_mask_controls(copy, rows[i].t.len);
		assert_text(text_make(copy, rows[i].t.len), rows[i].masked);
	}
}

/* U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069, and their neighbors. */
static void what_reorders_text_is_found_and_masked(void **state)
{
	static const struct {
		struct text t;
		uint32_t found;
		const char *masked;
	} rows[] = {
		{ TEXT("a\xD8\x9C"), 0x061C, "a??" },
		{ TEXT("\xE2\x80\x8E"), 0x200E, "???" },
		{ TEXT("\xE2\x80\x8F"), 0x200F, "???" },
		{ TEXT("a\xE2\x80\xA8z"), 0x2028, "a???z" },
		{ TEXT("\xE2\x80\xAE\x1B"), 0x202E, "????" },
		{ TEXT("\xE2\x81\xA6"), 0x2066, "???" },
		{ TEXT("\xE2\x81\xA9"), 0x2069, "???" },
		{ TEXT("\xD8\x9B\xD8\x9D"), 0, "\xD8\x9B\xD8\x9D" },
		{ TEXT("\xE2\x80\x8D\xE2\x80\x90"), 0, "\xE2\x80\x8D\xE2\x80\x90" },
		{ TEXT("\xE2\x80\xA7\xE2\x80\xAF"), 0, "\xE2\x80\xA7\xE2\x80\xAF" },
		{ TEXT("\xE2\x81\xA5\xE2\x81\xAA"), 0, "\xE2\x81\xA5\xE2\x81\xAA" },
		{ TEXT("\xE2\x80"), 0, "\xE2\x80" },
		{ TEXT("é…\n"), 0, "é…?" },
		{ TEXT(""), 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char copy[32];

		assert_int_equal(text_find_reordering(rows[i].t), rows[i].found);
		memcpy(copy, rows[i].t.data, rows[i].t.len);
		text_mask_for_terminal(copy, rows[i].t.len);
		assert_text(text_make(copy, rows[i].t.len), rows[i].masked);
	}
}

static void masking_looks_at_nothing_behind_the_end(void **state)
{
	char data[] = "\xC2\x9B\n";

	(void)state;
	text_mask_controls(data, 1);
	assert_string_equal(data, "\xC2\x9B\n");
	text_mask_controls(data, 2);
	assert_string_equal(data, "??\n");
	memcpy(data, "\xD8\x9C", 3);
	text_mask_for_terminal(data, 1);
	assert_string_equal(data, "\xD8\x9C");
}

static void distance_counts_single_edits(void **state)
{
	static const struct {
		struct text a, b;
		size_t distance;
	} rows[] = {
		{ TEXT(""), TEXT(""), 0 },
		{ TEXT("severity"), TEXT("SEVERITY"), 0 },
		{ TEXT("severty"), TEXT("severity"), 1 },
		{ TEXT("seveerity"), TEXT("severity"), 1 },
		{ TEXT("sewerity"), TEXT("severity"), 1 },
		{ TEXT("kitten"), TEXT("sitting"), 3 },
		{ TEXT(""), TEXT("code"), 4 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(text_distance(rows[i].a, rows[i].b), rows[i].distance);
		assert_int_equal(text_distance(rows[i].b, rows[i].a), rows[i].distance);
	}
}

static void a_text_past_the_bound_is_infinitely_far(void **state)
{
	char *longest = test_repeat('a', TEXT_DISTANCE_LEN_MAX);
	char *longer = test_repeat('a', TEXT_DISTANCE_LEN_MAX + 1);

	(void)state;
	assert_int_equal(text_distance(text_of(longest), TEXT("")), TEXT_DISTANCE_LEN_MAX);
	assert_int_equal(text_distance(text_of(longest), text_of(longest)), 0);
	assert_true(text_distance(text_of(longer), text_of(longest)) == SIZE_MAX);
	assert_true(text_distance(TEXT("a"), text_of(longer)) == SIZE_MAX);
	free(longest);
	free(longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_of_no_string_is_empty),
		cmocka_unit_test(texts_are_equal_by_bytes_and_length),
		cmocka_unit_test(a_text_starts_with_its_prefixes_only),
		cmocka_unit_test(a_text_ends_with_its_suffixes_only),
		cmocka_unit_test(words_are_made_of_ascii_letters_digits_and_underscores),
		cmocka_unit_test(only_ascii_letters_have_a_lower_case),
		cmocka_unit_test(order_ignores_the_case_of_ascii_letters),
		cmocka_unit_test(hexadecimal_digits_are_of_both_cases),
		cmocka_unit_test(a_cut_leaves_characters_whole),
		cmocka_unit_test(backslashes_before_an_offset_are_counted),
		cmocka_unit_test(trimming_takes_blanks_off_both_ends),
		cmocka_unit_test(a_needle_is_found_in_any_letter_case),
		cmocka_unit_test(numbers_are_read_in_their_base_up_to_the_bound),
		cmocka_unit_test(what_is_no_number_or_too_great_is_refused_and_changes_nothing),
		cmocka_unit_test(well_formed_utf8_is_distinguished),
		cmocka_unit_test(numbers_are_printed_in_decimal),
		cmocka_unit_test(numbers_are_printed_in_hexadecimal),
		cmocka_unit_test(every_byte_is_seen_at_every_place),
		cmocka_unit_test(random_texts_are_searched_as_byte_by_byte),
		cmocka_unit_test(what_could_drive_a_terminal_is_masked),
		cmocka_unit_test(what_reorders_text_is_found_and_masked),
		cmocka_unit_test(masking_looks_at_nothing_behind_the_end),
		cmocka_unit_test(distance_counts_single_edits),
		cmocka_unit_test(a_text_past_the_bound_is_infinitely_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
