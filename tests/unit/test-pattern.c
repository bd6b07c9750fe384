/* Tests of cause/pattern. */
#include "config.h"

#include "test.h"

#include "cause/pattern.h"

static struct pattern *compile(struct text regex)
{
	struct pattern *pattern = NULL;
	char reason[PATTERN_ERROR_MAX] = "";
	int r = pattern_new(regex, reason, &pattern);

	if (r != 0)
		fail_msg("'%.*s' gave %d: %s", TEXT_FORMAT(regex), r, reason);
	return pattern;
}

/* Everything the group holds in `line`, joined by `|`; the caller frees it. */
static char *all(const struct pattern *pattern, struct text line)
{
	char *found = calloc(line.len + 2, 2);
	size_t from = 0, offset, len, used = 0;

	assert_non_null(found);
	while (pattern_next(pattern, line, &from, &offset, &len) == 0) {
		assert_between(offset + len, 1, line.len);
		assert_between(used + len, 1, 2 * line.len);
		memcpy(found + used, line.data + offset, len);
		used += len;
		found[used++] = '|';
	}
	return found;
}

struct row {
	const char *regex;
	struct text line;
	const char *found;
};

static void check(const struct row *rows, size_t n)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		struct pattern *pattern = compile(text_of(rows[i].regex));
		char *found = all(pattern, rows[i].line);

		if (strcmp(found, rows[i].found) != 0) {
			print_error("row %zu, '%s' gave '%s'\n", i, rows[i].regex, found);
			n_bad++;
		}
		free(found);
		(void)pattern_free(pattern);
	}
	assert_int_equal(n_bad, 0);
}

static void the_group_says_where_the_cause_stands(void **state)
{
	struct pattern *pattern =
		compile(TEXT("Hangup \\S+ \\[CS_\\w+\\] \\[(?<cause>[A-Z_]+)\\]"));
	struct text line = TEXT("x Hangup sofia/1@h [CS_NEW] [CALL_REJECTED] y");
	size_t from = 0, offset = 0, len = 0;

	(void)state;
	assert_int_equal(pattern_next(pattern, line, &from, &offset, &len), 0);
	assert_int_equal(offset, 29);
	assert_int_equal(len, 13);
	assert_int_equal(from, 43);
	assert_int_equal(pattern_next(pattern, line, &from, &offset, &len), PATTERN_NONE);
	(void)pattern_free(pattern);
}

static void every_match_in_a_line_is_found(void **state)
{
	static const struct row rows[] = {
		{ "c(?<cause>[0-9]+)", TEXT("c1 c22 c333"), "1|22|333|" },
		{ "(?<cause>[0-9])", TEXT("123"), "1|2|3|" },
		{ "(?P<cause>[0-9]+)", TEXT("a12"), "12|" },
		{ "(?'cause'[0-9]+)", TEXT("a12"), "12|" },
		{ "(a)(b)?(?<cause>[0-9])(c)?", TEXT("a1ab2c"), "1|2|" },
		{ "c(?<cause>[0-9]+)", TEXT("no match"), "" },
		{ "c(?<cause>[0-9]+)", TEXT(""), "" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_match_whose_group_took_no_part_is_passed_over(void **state)
{
	static const struct row rows[] = {
		{ "x|c(?<cause>[0-9])", TEXT("x c1 x c2 x"), "1|2|" },
		{ "c(?<cause>[0-9])?;(d)?", TEXT("c;c1;c;d"), "1|" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_match_of_nothing_is_passed_over_and_ends(void **state)
{
	static const struct row rows[] = {
		{ "(?<cause>[0-9]*)", TEXT("a12b3"), "12|3|" },
		{ "(?<cause>)", TEXT("abc"), "" },
		{ "a*(?<cause>[0-9])?", TEXT("aa1b"), "1|" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void anchors_mean_the_whole_line_at_every_match(void **state)
{
	static const struct row rows[] = {
		{ "^(?<cause>[0-9])", TEXT("123"), "1|" },
		{ "(?<cause>[0-9])$", TEXT("123"), "3|" },
		{ "(?<=a)(?<cause>[0-9])", TEXT("a1a2 3"), "1|2|" },
		{ "\\b(?<cause>[0-9]+)\\b", TEXT("12 3x 4"), "12|4|" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void lines_are_bytes_in_their_own_letter_case(void **state)
{
	static const struct row rows[] = {
		{ "^.(?<cause>[0-9])",
			TEXT("\xC3\xA9"
			     "1"),
			"" },
		{ "^..(?<cause>[0-9])",
			TEXT("\xC3\xA9"
			     "1"),
			"1|" },
		{ "c(?<cause>[0-9])",
			TEXT("\xFF\xC3"
			     "c1\xFF"),
			"1|" },
		{ "\\x00(?<cause>[0-9])",
			TEXT("a\0"
			     "1"),
			"1|" },
		{ "c(?<cause>[0-9])", TEXT("C1"), "" },
		{ "(?i)c(?<cause>[0-9])", TEXT("C1"), "1|" },
	};

	(void)state;
	check(rows, COUNT(rows));
}

static void a_search_goes_on_from_where_it_is_told(void **state)
{
	struct pattern *pattern = compile(TEXT("c(?<cause>[0-9])"));
	struct text line = TEXT("c1 c2");
	size_t from = 1, offset = 77, len = 77;

	(void)state;
	assert_int_equal(pattern_next(pattern, line, &from, &offset, &len), 0);
	assert_int_equal(offset, 4);
	from = line.len;
	assert_int_equal(pattern_next(pattern, line, &from, &offset, &len), PATTERN_NONE);
	from = line.len + 1;
	assert_int_equal(pattern_next(pattern, line, &from, &offset, &len), PATTERN_NONE);
	assert_int_equal(offset, 4);
	(void)pattern_free(pattern);
}

static void what_is_no_expression_is_refused_with_the_reason(void **state)
{
	static const struct {
		const char *regex, *reason;
	} rows[] = {
		{ "(?<cause>[0-9]", "missing closing parenthesis, at byte 15" },
		{ "a**(?<cause>", "at byte" },
		{ "[", "missing terminating ]" },
		{ "(?<cause>a)(?<cause>b)", "at byte" },
		{ "(*UTF)(?<cause>.)", "at byte" },
		{ "[0-9]+", "no group named cause" },
		{ "([0-9]+)", "no group named cause" },
		{ "(?<code>[0-9]+)", "no group named cause" },
		{ "(?<Cause>[0-9]+)", "no group named cause" },
		{ "", "no group named cause" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pattern *pattern = NULL;
		char reason[PATTERN_ERROR_MAX] = "";

		assert_int_equal(pattern_new(text_of(rows[i].regex), reason, &pattern), -EINVAL);
		assert_null(pattern);
		if (!strstr(reason, rows[i].reason))
			fail_msg("'%s' gave '%s'", rows[i].regex, reason);
	}
}

static void the_expression_is_as_long_as_it_says(void **state)
{
	struct pattern *pattern = compile(text_make("(?<cause>[0-9])garbage", 15));
	char *found = all(pattern, TEXT("a1b"));

	(void)state;
	assert_string_equal(found, "1|");
	free(found);
	(void)pattern_free(pattern);
}

/* Whether the expression needs few or many steps depends on the line: the second would match as
 * well, after a million of them. */
static void an_expression_that_takes_too_many_steps_is_given_up(void **state)
{
	struct pattern *pattern = compile(TEXT("^(?:a?){23}a{23}(?<cause>[0-9])$"));
	char *few = all(pattern, TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"));
	struct text hard = TEXT("aaaaaaaaaaaaaaaaaaaaaaa1");
	size_t from = 0, offset, len;

	(void)state;
	assert_string_equal(few, "1|");
	assert_int_equal(pattern_next(pattern, hard, &from, &offset, &len), PATTERN_GAVE_UP);
	free(few);
	(void)pattern_free(pattern);
}

static void a_long_line_is_searched_to_its_end(void **state)
{
	enum { LEN = 1000 * 1000 };
	struct pattern *pattern = compile(TEXT("c(?<cause>[0-9]+)x"));
	char *line = test_repeat('.', LEN);
	char *found;

	(void)state;
	memcpy(line + LEN - 5, "c512x", 5);
	found = all(pattern, text_make(line, LEN));
	assert_string_equal(found, "512|");
	free(found);
	free(line);
	(void)pattern_free(pattern);
}

static void freeing_nothing_gives_nothing(void **state)
{
	(void)state;
	assert_null(pattern_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_group_says_where_the_cause_stands),
		cmocka_unit_test(every_match_in_a_line_is_found),
		cmocka_unit_test(a_match_whose_group_took_no_part_is_passed_over),
		cmocka_unit_test(a_match_of_nothing_is_passed_over_and_ends),
		cmocka_unit_test(anchors_mean_the_whole_line_at_every_match),
		cmocka_unit_test(lines_are_bytes_in_their_own_letter_case),
		cmocka_unit_test(a_search_goes_on_from_where_it_is_told),
		cmocka_unit_test(what_is_no_expression_is_refused_with_the_reason),
		cmocka_unit_test(the_expression_is_as_long_as_it_says),
		cmocka_unit_test(an_expression_that_takes_too_many_steps_is_given_up),
		cmocka_unit_test(a_long_line_is_searched_to_its_end),
		cmocka_unit_test(freeing_nothing_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
