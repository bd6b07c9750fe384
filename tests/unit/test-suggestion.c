#include "config.h"

#include "base/suggestion.h"

#include "test.h"

static const char *const names[] = { "explain", "list", "filter", "check", "warning", "err", NULL };

static void a_word_a_few_letters_away_is_near(void **state)
{
	static const struct {
		const char *word, *name;
	} cases[] = {
		{ "filtr", "filter" },
		{ "fliter", "filter" },
		{ "FILTERS", "filter" },
		{ "lst", "list" },
		{ "warn", "warning" },
		{ "error", "err" },
		{ "chekc", "check" },
		{ "list", "list" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_text(suggestion_of(text_of(cases[i].word), names), cases[i].name);
}

static void another_word_is_near_to_nothing(void **state)
{
	static const char *const words[] = { "", "x", "e", "report", "ab", "512", "explanations" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		assert_int_equal(suggestion_of(text_of(words[i]), names).len, 0);
}

static void the_nearest_counts_and_of_two_the_first(void **state)
{
	static const char *const colors[] = { "rad", "red", "bed", NULL };

	(void)state;
	assert_text(suggestion_of(text_of("red"), colors), "red");
	assert_text(suggestion_of(text_of("ted"), colors), "red");
}

static void a_word_past_the_bound_is_near_to_nothing(void **state)
{
	char word[TEXT_DISTANCE_LEN_MAX + 2], name[TEXT_DISTANCE_LEN_MAX + 2];
	const char *const one[] = { name, NULL };

	(void)state;
	memset(word, 'a', sizeof(word));
	memset(name, 'a', sizeof(name));
	word[TEXT_DISTANCE_LEN_MAX] = name[TEXT_DISTANCE_LEN_MAX] = '\0';
	word[0] = 'b';
	assert_text(suggestion_of(text_of(word), one), name);
	word[TEXT_DISTANCE_LEN_MAX] = 'a';
	word[TEXT_DISTANCE_LEN_MAX + 1] = '\0';
	assert_int_equal(suggestion_of(text_of(word), one).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_word_a_few_letters_away_is_near),
		cmocka_unit_test(another_word_is_near_to_nothing),
		cmocka_unit_test(the_nearest_counts_and_of_two_the_first),
		cmocka_unit_test(a_word_past_the_bound_is_near_to_nothing),
	};

	return cmocka_run_group_tests_name("base/suggestion", tests, NULL, NULL);
}
