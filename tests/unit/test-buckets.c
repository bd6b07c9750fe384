/* Tests of cause/search/scan/buckets, whose tables are used here as the vector search uses them. */
#include "config.h"

#include "test.h"

#include "cause/search/scan/buckets.h"
#include "cause/search/scan/frequency.h"

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
	struct bucket_draft draft = { 0 };
	struct buckets buckets;

	for (size_t i = 0; i < n; i++) {
		size_t bucket;

		(void)buckets_rise(&draft, texts[i], &bucket);
		buckets_add(&draft, texts[i], bucket);
	}
	buckets_fill(&draft, &buckets);
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

static void a_text_that_is_there_does_not_make_the_estimate_rise(void **state)
{
	struct bucket_draft draft = { 0 };
	size_t first, again, other;

	(void)state;
	assert_true(buckets_rise(&draft, text_of("aBc-"), &first) > 0);
	buckets_add(&draft, text_of("aBc-"), first);
	assert_true(buckets_rise(&draft, text_of("e123"), &other) > 0);
	buckets_add(&draft, text_of("e123"), other);
	assert_int_equal(buckets_rise(&draft, text_of("AbC-"), &again), 0);
	assert_int_equal(again, first);
}

static void the_estimate_is_of_the_bytes_that_a_bucket_proposes(void **state)
{
	struct bucket_draft draft = { 0 };
	const struct text texts[] = { TEXT("1"), TEXT("B"), TEXT("]") };
	uint64_t expected = 0, total = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		buckets_add(&draft, texts[i], 0);
	for (unsigned byte = 0; byte < 256; byte++) {
		unsigned low = byte & 0x0F, high = byte >> 4;
		bool is_low = low == 1 || low == 2 || low == 0xD;
		bool is_high = high >= 3 && high <= 6;

		total += byte_frequency((unsigned char)byte);
		if (is_low && is_high)
			expected += byte_frequency((unsigned char)byte);
	}
	assert_int_equal(draft.items[0].rate, expected * total * total * total);
}

static void a_cleared_bucket_is_filled_again(void **state)
{
	const struct text texts[] = { TEXT("aaaa"), TEXT("1111") };
	struct bucket_draft draft = { 0 };
	struct buckets buckets;
	size_t bucket;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		buckets_add(&draft, texts[i], i);
	buckets_clear(&draft, 0);
	buckets_fill(&draft, &buckets);
	assert_false(proposes(&buckets, "aaaa"));
	assert_true(proposes(&buckets, "1111"));
	(void)buckets_rise(&draft, text_of("aaaa"), &bucket);
	assert_int_equal(bucket, 0);
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
		cmocka_unit_test(a_text_that_is_there_does_not_make_the_estimate_rise),
		cmocka_unit_test(the_estimate_is_of_the_bytes_that_a_bucket_proposes),
		cmocka_unit_test(a_cleared_bucket_is_filled_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
