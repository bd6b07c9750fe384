/* Tests of cause/search/scan/buckets, whose tables are used here as the vector search uses them. */
#include "config.h"

#include "test.h"

#include "cause/search/scan/buckets.h"

enum { N_RANDOM = 1000 };

/* Whether the tables propose a place with these WINDOW_LEN bytes. */
static bool proposes(const struct buckets *buckets, const char *bytes)
{
	unsigned found = UINT8_MAX;

	for (size_t i = 0; i < WINDOW_LEN; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		found &= buckets->low[i][byte & 0x0F] & buckets->high[i][byte >> 4];
	}
	return found != 0;
}

static struct buckets fill(const struct text *texts, size_t n)
{
	struct buckets buckets;

	assert_int_equal(buckets_fill(texts, n, &buckets), 0);
	return buckets;
}

static void no_texts_propose_nothing(void **state)
{
	struct buckets buckets = fill(NULL, 0);

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		char bytes[WINDOW_LEN];

		memset(bytes, (int)byte, sizeof(bytes));
		assert_false(proposes(&buckets, bytes));
	}
}

static void a_text_is_proposed_in_every_letter_case_and_other_bytes_are_not(void **state)
{
	const struct text text = TEXT("a-Zx");
	struct buckets buckets = fill(&text, 1);

	(void)state;
	assert_true(proposes(&buckets, "a-zx"));
	assert_true(proposes(&buckets, "A-ZX"));
	assert_true(proposes(&buckets, "a-Zx"));
	assert_false(proposes(&buckets, "b-zx"));
	assert_false(proposes(&buckets, "a.zx"));
	assert_false(proposes(&buckets, "a-z\xF8"));
}

static void bytes_that_are_no_ascii_letters_have_no_case(void **state)
{
	const struct text text = TEXT("[\xE9{`");
	struct buckets buckets = fill(&text, 1);

	(void)state;
	assert_true(proposes(&buckets, "[\xE9{`"));
	assert_false(proposes(&buckets, "{\xE9{`"));
	assert_false(proposes(&buckets, "[\xC9{`"));
	assert_false(proposes(&buckets, "[\xE9[`"));
	assert_false(proposes(&buckets, "[\xE9{@"));
}

static void behind_a_short_text_any_byte_is_proposed(void **state)
{
	const struct text text = TEXT("ab");
	struct buckets buckets = fill(&text, 1);

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		const char right[WINDOW_LEN] = { 'a', 'B', (char)byte, (char)(255 - byte) };
		const char wrong[WINDOW_LEN] = { 'a', 'C', (char)byte, (char)(255 - byte) };

		assert_true(proposes(&buckets, right));
		assert_false(proposes(&buckets, wrong));
	}
}

static void eight_texts_do_not_mix(void **state)
{
	const struct text texts[] = { TEXT("aaaa"), TEXT("bbbb"), TEXT("cccc"), TEXT("dddd"),
		TEXT("1111"), TEXT("2222"), TEXT("3333"), TEXT("----") };
	struct buckets buckets = fill(texts, COUNT(texts));

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t j = 0; j < COUNT(texts); j++) {
			char bytes[WINDOW_LEN];

			memcpy(bytes, texts[i].data, WINDOW_LEN - 1);
			bytes[WINDOW_LEN - 1] = texts[j].data[0];
			assert_int_equal(proposes(&buckets, bytes), i == j);
		}
}

static void any_number_of_texts_are_all_proposed(void **state)
{
	static char bytes[N_RANDOM][WINDOW_LEN];
	static struct text texts[N_RANDOM];
	struct test_random random = { 1 };

	(void)state;
	for (size_t n = 1; n <= N_RANDOM; n = 3 * n + 1) {
		struct buckets buckets;

		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < WINDOW_LEN; j++)
				bytes[i][j] = (char)test_random(&random, 256);
			texts[i] = text_make(bytes[i], 1 + test_random(&random, WINDOW_LEN));
		}
		buckets = fill(texts, n);
		for (size_t i = 0; i < n; i++)
			assert_true(proposes(&buckets, bytes[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_texts_propose_nothing),
		cmocka_unit_test(a_text_is_proposed_in_every_letter_case_and_other_bytes_are_not),
		cmocka_unit_test(bytes_that_are_no_ascii_letters_have_no_case),
		cmocka_unit_test(behind_a_short_text_any_byte_is_proposed),
		cmocka_unit_test(eight_texts_do_not_mix),
		cmocka_unit_test(any_number_of_texts_are_all_proposed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
