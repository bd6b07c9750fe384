/* Tests of cause/search/scan/windows: which bytes of a literal the search looks for. */
#include "config.h"

#include "test.h"

#include "cause/search/scan/buckets.h"
#include "cause/search/scan/frequency.h"
#include "cause/search/scan/windows.h"

enum { N_LITERALS = 200, LITERAL_SIZE = 16 };

static struct text window_of(struct text literal, struct window window)
{
	assert_between(window.len, 1, WINDOW_LEN);
	assert_between(window.offset + window.len, window.len, literal.len);
	return text_make(literal.data + window.offset, window.len);
}

static uint32_t key_of(struct text literal, struct window window)
{
	return window_key(window_read(window_of(literal, window)), window.len);
}

static void choose(const struct text *literals, size_t n, struct window *ret)
{
	struct bucket_draft draft = { 0 };

	assert_int_equal(windows_choose(literals, n, ret, &draft), 0);
}

static void assert_window(struct text literal, const char *expected)
{
	struct window window;

	choose(&literal, 1, &window);
	assert_text(window_of(literal, window), expected);
}

static void the_window_of_a_literal_is_where_its_bytes_are_rare(void **state)
{
	(void)state;
	assert_window(text_of("teeexjkvteee"), "xjkv");
	assert_window(text_of("0000QZ#?"), "QZ#?");
}

static void the_window_of_a_literal_is_in_no_common_word(void **state)
{
	(void)state;
	assert_window(text_of("queryauery"), "ryau");
	assert_window(text_of("QUERYAUERY"), "RYAU");
}

static void a_literal_of_common_words_has_a_window_nevertheless(void **state)
{
	(void)state;
	assert_window(text_of("status"), "atus");
}

static void the_window_of_a_short_literal_is_the_literal(void **state)
{
	(void)state;
	assert_window(text_of("e"), "e");
	assert_window(text_of("ee"), "ee");
	assert_window(text_of("eee"), "eee");
	assert_window(text_of("eeee"), "eeee");
}

static void literals_share_windows(void **state)
{
	const struct text literals[] = { TEXT("hangup_cause"), TEXT("bridge_HANGUP_cause"),
		TEXT("last_hangup_cause") };
	struct window windows[COUNT(literals)];

	(void)state;
	choose(literals, COUNT(literals), windows);
	for (size_t i = 1; i < COUNT(literals); i++)
		assert_int_equal(key_of(literals[i], windows[i]), key_of(literals[0], windows[0]));
}

/* How many literals have the window that most have. */
static size_t count_most(const struct text *literals, const struct window *windows)
{
	size_t most = 0;

	for (size_t i = 0; i < N_LITERALS; i++) {
		size_t n = 0;

		for (size_t j = 0; j < N_LITERALS; j++)
			n += key_of(literals[i], windows[i]) == key_of(literals[j], windows[j]);
		most = n > most ? n : most;
	}
	return most;
}

static void no_window_is_of_too_many_literals_that_have_others(void **state)
{
	static char bytes[N_LITERALS][LITERAL_SIZE];
	struct text literals[N_LITERALS];
	struct window windows[N_LITERALS];

	(void)state;
	for (unsigned i = 0; i < N_LITERALS; i++) {
		(void)snprintf(bytes[i], sizeof(bytes[i]), "zzzz%04u", i);
		literals[i] = text_of(bytes[i]);
	}
	choose(literals, N_LITERALS, windows);
	assert_between(count_most(literals, windows), 2, WINDOW_LITERALS_MAX);
}

static void literals_without_other_windows_all_have_the_same(void **state)
{
	static char bytes[N_LITERALS + WINDOW_LEN];
	struct text literals[N_LITERALS];
	struct window windows[N_LITERALS];

	(void)state;
	memset(bytes, 'z', sizeof(bytes));
	for (size_t i = 0; i < N_LITERALS; i++)
		literals[i] = text_make(bytes, WINDOW_LEN + i);
	choose(literals, N_LITERALS, windows);
	assert_int_equal(count_most(literals, windows), N_LITERALS);
}

static void the_key_of_a_window_has_no_letter_case(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		char lower[] = { 'a', char_lower((char)c), 'b', 'c' };
		char upper[] = { 'A', (char)c, 'B', 'C' };

		for (size_t len = 1; len <= WINDOW_LEN; len++)
			assert_int_equal(window_key(window_read(text_make(lower, len)), len),
				window_key(window_read(text_make(upper, len)), len));
	}
}

static void windows_of_different_lengths_have_different_keys(void **state)
{
	static const char bytes[] = { 'a', 0, 0, 0 };
	uint32_t word = window_read(text_make(bytes, sizeof(bytes)));

	(void)state;
	for (size_t a = 1; a <= WINDOW_LEN; a++)
		for (size_t b = 1; b < a; b++)
			assert_true(window_key(word, a) > window_key(word, b));
}

/* The draft holds the windows that were chosen last, and no others. */
static void the_windows_are_in_the_buckets(void **state)
{
	const struct text literals[] = { TEXT("hangup_cause"), TEXT("releaseCause"), TEXT("ab"),
		TEXT("Cause Value="), TEXT("HANGUPCAUSE"), TEXT("status") };
	struct window windows[COUNT(literals)];
	struct bucket_draft draft = { 0 }, again = { 0 };

	(void)state;
	assert_int_equal(windows_choose(literals, COUNT(literals), windows, &draft), 0);
	for (size_t i = 0; i < COUNT(literals); i++) {
		struct text window = window_of(literals[i], windows[i]);
		size_t bucket;

		assert_int_equal(buckets_rise(&draft, window, &bucket), 0);
		buckets_add(&again, window, bucket);
	}
	assert_memory_equal(&again, &draft, sizeof(draft));
}

static void every_byte_has_a_frequency(void **state)
{
	unsigned sum = 0;

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		assert_between(byte_frequency((unsigned char)byte), 1, 1000);
		sum += byte_frequency((unsigned char)byte);
	}
	assert_between(sum, 900, 1200);
	assert_int_equal(sum, BYTE_FREQUENCY_SUM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_window_of_a_literal_is_where_its_bytes_are_rare),
		cmocka_unit_test(the_window_of_a_literal_is_in_no_common_word),
		cmocka_unit_test(a_literal_of_common_words_has_a_window_nevertheless),
		cmocka_unit_test(the_window_of_a_short_literal_is_the_literal),
		cmocka_unit_test(literals_share_windows),
		cmocka_unit_test(no_window_is_of_too_many_literals_that_have_others),
		cmocka_unit_test(literals_without_other_windows_all_have_the_same),
		cmocka_unit_test(the_key_of_a_window_has_no_letter_case),
		cmocka_unit_test(windows_of_different_lengths_have_different_keys),
		cmocka_unit_test(the_windows_are_in_the_buckets),
		cmocka_unit_test(every_byte_has_a_frequency),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
