/* Tests of cause/search/known-brackets. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "cause/search/known-brackets.h"

/* One table for all: it is large, and set up anew by every search. */
static struct brackets brackets;

static bool explains(const char *text, const char *code, size_t from)
{
	brackets_find(&brackets, text_of(text));
	return brackets_explain(&brackets, text_of(code), from);
}

static void a_bracket_explains_its_own_code(void **state)
{
	(void)state;
	assert_true(explains("k=512 [release cause 512 x, err: y]", "512", 5));
	assert_true(explains("[release cause USER_BUSY unknown to q850, notice]", "USER_BUSY", 0));
	assert_false(explains("k=512 [release cause 512 x, err: y]", "51", 5));
	assert_false(explains("k=512 [release cause 512 x, err: y]", "5123", 5));
	assert_false(explains("k=512 [release cause 0512 x]", "512", 5));
	assert_false(explains("", "512", 0));
}

static void a_name_that_is_the_code_ends_before_a_comma(void **state)
{
	(void)state;
	assert_true(explains("k=x [release cause no-agents, err: y]", "no-agents", 4));
	assert_true(explains("[release cause no-agents,", "no-agents", 0));
	assert_false(explains("[release cause no-agents, err: y]", "no", 0));
	assert_false(explains("[release cause no-agents, err: y]", "no-agents,", 0));
	assert_false(explains("[release cause no-agents: y]", "no-agents", 0));
	assert_false(explains("[release cause no-agents", "no-agents", 0));
	assert_false(explains("[release cause 512, err: y]", "512", 0));
	assert_false(explains("[release cause , err: y]", "", 0));
}

static void what_is_not_written_so_is_no_bracket(void **state)
{
	static const char *const texts[] = { "release cause 512 x", "[release cause 512",
		"[release cause 512]", "[release cause 512\tx", "[release cause  512 x",
		"[release  cause 512 x", "[Release cause 512 x", "[release cause ",
		"[release cause", "[", "[[[[", "[release cause \x01 512 x" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (explains(texts[i], "512", 0))
			fail_msg("'%s'", texts[i]);
}

static void a_bracket_explains_only_the_text_before_it(void **state)
{
	static const char text[] = "k=1 [release cause 1 a] k=1";

	(void)state;
	assert_true(explains(text, "1", 3));
	assert_true(explains(text, "1", 4));
	assert_false(explains(text, "1", 5));
	assert_false(explains(text, "1", strlen(text)));
}

static void the_last_bracket_of_a_code_counts(void **state)
{
	(void)state;
	assert_true(explains("[release cause 1 a] k=1 [release cause 1 a]", "1", 23));
	assert_true(explains("[[release cause 1 a] [release cause 2 b] x", "1", 0));
	assert_true(explains("[[release cause 1 a] [release cause 2 b] x", "2", 0));
}

static void the_longest_code_is_found_and_a_longer_one_is_none(void **state)
{
	char *code = test_repeat('7', 64);
	char text[128];

	(void)state;
	(void)snprintf(text, sizeof(text), "[release cause %.63s x]", code);
	assert_true(explains(text, code + 1, 0));
	(void)snprintf(text, sizeof(text), "[release cause %.64s x]", code);
	assert_false(explains(text, code, 0));
	free(code);
}

/* As many brackets as the filter writes into a line; then one more in front of them. */
static void brackets_at_the_bound_are_found_and_earlier_ones_are_not(void **state)
{
	struct buffer text = buffer_make(1024 * 1024);
	char code[16];
	size_t n_found = 0;

	(void)state;
	for (unsigned i = 0; i <= BRACKET_CODES_MAX; i++)
		buffer_add_format(&text, " [release cause %u unknown to x, notice]", i);
	assert_int_equal(buffer_finish(&text), 0);
	brackets_find(&brackets, buffer_text(&text));
	for (unsigned i = 0; i <= BRACKET_CODES_MAX; i++) {
		(void)snprintf(code, sizeof(code), "%u", i);
		n_found += brackets_explain(&brackets, text_of(code), 0);
	}
	assert_int_equal(n_found, BRACKET_CODES_MAX);
	assert_false(brackets_explain(&brackets, text_of("0"), 0));
	buffer_done(&text);
}

/* However many brackets there are, the table keeps its bounds and the last of them. */
static void a_line_of_nothing_but_brackets_keeps_to_the_bounds(void **state)
{
	struct buffer text = buffer_make(64 * 1024 * 1024);

	(void)state;
	for (unsigned i = 0; i < 200000; i++)
		buffer_add_format(&text, "[release cause %u ", i % 7000);
	buffer_add_string(&text, "[[[[[[release cause 99999 ");
	assert_int_equal(buffer_finish(&text), 0);
	brackets_find(&brackets, buffer_text(&text));
	assert_true(brackets.n <= BRACKET_CODES_MAX);
	assert_true(brackets_explain(&brackets, text_of("99999"), text.len - 26));
	buffer_done(&text);
}

static struct text before(struct bracket_search *search, const char *text, size_t offset)
{
	struct text code = { 0 }, rest = bracket_before(search, text_of(text), offset, &code);

	assert_true(!rest.data == (code.len == 0));
	return code;
}

static void the_nearest_bracket_before_a_place_is_found_on_the_way(void **state)
{
	static const char text[] =
		"[[x [release cause 1 a] k=5 [[release cause 22 b [release cause";
	struct bracket_search search = { 0 };

	(void)state;
	for (size_t offset = 0; offset < sizeof(text); offset++) {
		struct bracket_search alone = { 0 };
		struct text code = before(&search, text, offset);

		assert_true(text_equal(code, before(&alone, text, offset)));
		if (offset <= 4)
			assert_int_equal(code.len, 0);
		else
			assert_text(code, offset <= 29 ? "1" : "22");
	}
}

static void a_bracket_is_looked_for_up_to_a_bound(void **state)
{
	struct buffer text = buffer_make(64 * 1024);
	struct bracket_search search = { 0 };

	(void)state;
	buffer_add_string(&text, "[release cause 1 ");
	while (text.len <= BRACKET_LEN_MAX)
		buffer_add_char(&text, '[');
	buffer_add_char(&text, '\0');
	assert_text(before(&search, text.data, BRACKET_LEN_MAX), "1");
	assert_int_equal(before(&search, text.data, BRACKET_LEN_MAX + 1).len, 0);
	buffer_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bracket_explains_its_own_code),
		cmocka_unit_test(a_name_that_is_the_code_ends_before_a_comma),
		cmocka_unit_test(what_is_not_written_so_is_no_bracket),
		cmocka_unit_test(a_bracket_explains_only_the_text_before_it),
		cmocka_unit_test(the_last_bracket_of_a_code_counts),
		cmocka_unit_test(the_longest_code_is_found_and_a_longer_one_is_none),
		cmocka_unit_test(brackets_at_the_bound_are_found_and_earlier_ones_are_not),
		cmocka_unit_test(a_line_of_nothing_but_brackets_keeps_to_the_bounds),
		cmocka_unit_test(the_nearest_bracket_before_a_place_is_found_on_the_way),
		cmocka_unit_test(a_bracket_is_looked_for_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
