/* Tests of cause/search/pattern. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "cause/search/pattern.h"

static struct pattern *compile(struct text regex)
{
	struct pattern *pattern = NULL;
	char reason[PATTERN_ERROR_MAX] = "";
	int r = pattern_new(regex, "cause", reason, &pattern);

	if (r != 0)
		fail_msg("'%.*s' gave %d: %s", TEXT_FORMAT(regex), r, reason);
	return pattern;
}

static struct pattern_matcher *matcher_for(const struct pattern *pattern)
{
	struct pattern_matcher *matcher = NULL;

	assert_int_equal(pattern_matcher_new(&pattern, 1, &matcher), 0);
	return matcher;
}

static struct pattern_subject whole(struct text line)
{
	return (struct pattern_subject){ .text = line, .work = pattern_work_for(line.len) };
}

/* Everything the group holds in the subject, joined by `|`; the caller frees it. */
static char *all_in(const struct pattern *pattern, struct pattern_subject *subject)
{
	struct pattern_matcher *matcher = matcher_for(pattern);
	struct text line = subject->text;
	char *found = calloc(line.len + 2, 2);
	size_t offset, len, used = 0;

	assert_non_null(found);
	while (pattern_next(pattern, matcher, subject, &offset, &len) == 0) {
		assert_between(offset + len, 1, line.len);
		assert_between(used + len, 1, 2 * line.len);
		memcpy(found + used, line.data + offset, len);
		used += len;
		found[used++] = '|';
	}
	(void)pattern_matcher_free(matcher);
	return found;
}

static char *all(const struct pattern *pattern, struct text line)
{
	struct pattern_subject subject = whole(line);

	return all_in(pattern, &subject);
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

static void the_group_is_where_the_cause_is(void **state)
{
	struct pattern *pattern =
		compile(TEXT("Hangup \\S+ \\[CS_\\w+\\] \\[(?<cause>[A-Z_]+)\\]"));
	struct pattern_matcher *matcher = matcher_for(pattern);
	struct pattern_subject subject =
		whole(TEXT("x Hangup sofia/1@h [CS_NEW] [CALL_REJECTED] y"));
	size_t offset = 0, len = 0;

	(void)state;
	assert_int_equal(pattern_next(pattern, matcher, &subject, &offset, &len), 0);
	assert_int_equal(offset, 29);
	assert_int_equal(len, 13);
	assert_int_equal(subject.from, 43);
	assert_int_equal(pattern_next(pattern, matcher, &subject, &offset, &len), PATTERN_NONE);
	(void)pattern_matcher_free(matcher);
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

static void a_search_continues_from_a_given_place(void **state)
{
	struct pattern *pattern = compile(TEXT("c(?<cause>[0-9])"));
	struct pattern_matcher *matcher = matcher_for(pattern);
	struct pattern_subject subject = whole(TEXT("c1 c2"));
	size_t offset = 77, len = 77;

	(void)state;
	subject.from = 1;
	assert_int_equal(pattern_next(pattern, matcher, &subject, &offset, &len), 0);
	assert_int_equal(offset, 4);
	subject.from = subject.text.len;
	assert_int_equal(pattern_next(pattern, matcher, &subject, &offset, &len), PATTERN_NONE);
	subject.from = subject.text.len + 1;
	assert_int_equal(pattern_next(pattern, matcher, &subject, &offset, &len), PATTERN_NONE);
	assert_int_equal(offset, 4);
	(void)pattern_matcher_free(matcher);
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
		{ "(*UCP)(?<cause>.)", "UCP" },
		{ "(?:a){0,2700}(?<cause>b)", "too large" },
		{ "(*sr:.*)(?<cause>.)", "script runs are not supported: (*sr:...)" },
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

		assert_int_equal(
			pattern_new(text_of(rows[i].regex), "cause", reason, &pattern), -EINVAL);
		assert_null(pattern);
		if (!strstr(reason, rows[i].reason))
			fail_msg("'%s' gave '%s'", rows[i].regex, reason);
	}
}

static void the_expression_has_the_length_that_is_given(void **state)
{
	struct pattern *pattern = compile(text_make("(?<cause>[0-9])garbage", 15));
	char *found = all(pattern, TEXT("a1b"));

	(void)state;
	assert_string_equal(found, "1|");
	free(found);
	(void)pattern_free(pattern);
}

static int try(struct pattern *pattern, struct text line, struct pattern_subject *ret_subject)
{
	struct pattern_matcher *matcher = matcher_for(pattern);
	size_t offset, len;
	int r;

	*ret_subject = whole(line);
	r = pattern_next(pattern, matcher, ret_subject, &offset, &len);
	(void)pattern_matcher_free(matcher);
	return r;
}

/* Whether the expression needs little or much work depends on the line: the second would match as
 * well, after millions of steps. */
static void an_expression_that_takes_too_much_work_is_given_up(void **state)
{
	struct pattern *pattern = compile(TEXT("^(?:a?){23}a{23}(?<cause>[0-9])$"));
	char *few = all(pattern, TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1"));
	struct pattern_subject subject;

	(void)state;
	assert_string_equal(few, "1|");
	assert_int_equal(try(pattern, TEXT("aaaaaaaaaaaaaaaaaaaaaaa1"), &subject), PATTERN_GAVE_UP);
	assert_int_equal(subject.work, 0);
	free(few);
	(void)pattern_free(pattern);
}

/* PCRE2 looks through all recursions that are open whether a new one is endless. */
static void deep_recursion_takes_work(void **state)
{
	static const struct {
		size_t depth;
		int result;
	} rows[] = { { 10, 0 }, { 100, 0 }, { 8000, PATTERN_GAVE_UP } };
	struct pattern *pattern =
		compile(TEXT("^(a(?1)?(?:(?2))*+)(?(DEFINE)(b)) code (?<cause>[0-9])"));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *line = test_repeat('b', rows[i].depth + 1000 + 7);
		struct pattern_subject subject;

		memset(line, 'a', rows[i].depth);
		memcpy(line + rows[i].depth + 1000, " code 1", 7);
		assert_int_equal(try(pattern, text_of(line), &subject), rows[i].result);
		free(line);
	}
	(void)pattern_free(pattern);
}

/* Expressions that are slow for different reasons: many places to begin, repeats, items that fail
 * unseen, many groups. */
static void work_is_counted_over_all_places_and_ways(void **state)
{
	static const char *const regexes[] = {
		"\\w+ code (?<cause>[0-9])",
		"(?:\\w+\\s?)+ code (?<cause>[0-9])",
		"(?:a|a){0,20}b code (?<cause>[0-9])",
		"(.*)(.*)(.*)x code (?<cause>[0-9])",
		"(\\w+)\\1 code (?<cause>[0-9])",
		"(?<r>a+)\\k<r>x code (?<cause>[0-9])",
		"(?<r>a+)(?P=r)x code (?<cause>[0-9])",
		"(?i)(a+)\\g{1}x code (?<cause>[0-9])",
		"\\w{30000}\\d code (?<cause>[0-9])",
		"(?=.*x)(?=.*y)\\w+ code (?<cause>[0-9])",
		"(?=[^\\n]*+y)a code (?<cause>[0-9])",
		"(?<r>a\\w*)(?&r)b code (?<cause>[0-9])",
		"((a+)+)+b code (?<cause>[0-9])",
		"[^x]*[^y]*q code (?<cause>[0-9])",
		/* Only PCRE2 knows what a number in braces counts. */
		"(a)\\g{1}{30000}x code (?<cause>[0-9])",
		"(?C1)(?#{1)[ac]{30000}x code (?<cause>[0-9])",
		"[{a]{30000}x code (?<cause>[0-9])",
		"\\x{61}{30000}x code (?<cause>[0-9])",
		"(?:|a){0,1500}x code (?<cause>[0-9])",
	};
	enum { LEN = 64 * 1024 };
	char *line = test_repeat('a', LEN);

	(void)state;
	memcpy(line + LEN - 11, " code -xyb1", 11);
	for (size_t i = 0; i < COUNT(regexes); i++) {
		struct pattern *pattern = compile(text_of(regexes[i]));
		struct pattern_subject subject;

		if (try(pattern, text_make(line, LEN), &subject) != PATTERN_GAVE_UP)
			fail_msg("'%s' was not given up", regexes[i]);
		if (subject.work > 0)
			fail_msg("'%s' was given up for its memory", regexes[i]);
		(void)pattern_free(pattern);
	}
	free(line);
}

/* What the expression of `n` parts gives on a line of its kind. */
static int try_long(const char *before, const char *part, size_t n, const char *behind, char fill)
{
	enum { LEN = 300 };
	struct buffer regex = buffer_make(PATTERN_LEN_MAX);
	char *line = test_repeat(fill, LEN);
	struct pattern_subject subject;
	struct pattern *pattern;
	int r;

	memcpy(line + LEN - 11, " code -xyb1", 11);
	buffer_add_string(&regex, before);
	for (size_t i = 0; i < n; i++)
		buffer_add_string(&regex, part);
	buffer_add_string(&regex, behind);
	pattern = compile(buffer_text(&regex));
	r = try(pattern, text_make(line, LEN), &subject);
	(void)pattern_free(pattern);
	buffer_done(&regex);
	free(line);
	return r;
}

/* At each byte, PCRE2 walks over a structure as long as the expression. */
static void long_expressions_weigh_more(void **state)
{
	static const struct {
		const char *before, *part, *behind;
		char fill;
	} rows[] = {
		{ "[^", "\\pL", "]*x code (?<cause>[0-9])", '1' },
		{ "(?>a", "|", ")*+x code (?<cause>[0-9])", 'a' },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(
			try_long(rows[i].before, rows[i].part, 1, rows[i].behind, rows[i].fill),
			PATTERN_NONE);
		assert_int_equal(
			try_long(rows[i].before, rows[i].part, 1000, rows[i].behind, rows[i].fill),
			PATTERN_GAVE_UP);
	}
}

/* A brace that counts nothing may be charged for, but never so that an ordinary line is lost. */
static void ordinary_lines_are_far_from_the_bound(void **state)
{
	static const struct {
		const char *regex;
		struct text line;
	} rows[] = {
		{ "Hangup .+ \\[CS_\\w+\\] \\[(?<cause>[A-Z_]+)\\]",
			TEXT("2026-11-28 10:00:00 [NOTICE] Hangup sofia/x/1@h [CS_NEW] [BUSY] y") },
		{ "(?:\\w+ )+code (?<cause>\\d+)",
			TEXT("the call with the number 7 has ended with code 512 today") },
		{ "([\"'])(?<cause>\\d{3})\\1", TEXT("{\"a\": \"x\", \"code\": \"512\"}") },
		{ "\\x{63}ode (?<cause>\\d{1,3})", TEXT("it is code 512") },
		{ "(\\S+) (\\S+) (\\S+) (\\S+) (\\S+) (\\S+) (\\S+) (\\S+) code (?<cause>\\d+)",
			TEXT("a call of the tenant was released by the peer, and that is said in "
			     "many "
			     "words, so that the line is long enough, and there is a code 16") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pattern *pattern = compile(text_of(rows[i].regex));
		struct pattern_subject subject;

		assert_int_equal(try(pattern, rows[i].line, &subject), 0);
		if (subject.work < pattern_work_for(rows[i].line.len) * 9 / 10)
			fail_msg("'%s' took more than a tenth", rows[i].regex);
		(void)pattern_free(pattern);
	}
}

/* Each way to go back is remembered: a bound that work alone does not keep. */
static void memory_is_bounded_and_given_back(void **state)
{
	enum { LEN = 64 * 1024 };
	struct pattern *pattern = compile(TEXT("^(?:(a)|b)*x(?<cause>[0-9])"));
	struct pattern_matcher *matcher = matcher_for(pattern);
	char *line = test_repeat('a', LEN);
	struct pattern_subject subject = whole(text_make(line, LEN));
	size_t offset, len;

	(void)state;
	assert_int_equal(pattern_matcher_held(matcher), 0);
	assert_int_equal(pattern_next(pattern, matcher, &subject, &offset, &len), PATTERN_GAVE_UP);
	assert_between(pattern_matcher_held(matcher), 1024 * 1024, PATTERN_HEAP_MAX);
	assert_true(subject.work > 0);
	pattern_matcher_trim(matcher);
	assert_int_equal(pattern_matcher_held(matcher), 0);
	free(line);
	(void)pattern_matcher_free(matcher);
	(void)pattern_free(pattern);
}

/* At a cut, the rest of the line is unknown; an expression may look back at what is before it. */
static void a_code_at_a_cut_is_not_taken(void **state)
{
	static const struct {
		const char *regex;
		size_t from;
		size_t n_behind; /* blanks behind `c1 c22` */
		bool cut_in_front, cut_behind;
		const char *found;
	} rows[] = {
		{ "c(?<cause>[0-9]+)\\z", 0, 0, false, false, "22|" },
		{ "c(?<cause>[0-9]+) *\\z", 0, 500, false, false, "22|" },
		{ "c(?<cause>[0-9]+) *\\z", 0, 500, false, true, "" },
		{ "c(?<cause>[0-9]+) *\\Z", 0, 500, false, true, "" },
		{ "c(?<cause>[0-9]+) *$", 0, 500, false, true, "" },
		{ "c(?<cause>[0-9]+) *$", 0, 500, false, false, "22|" },
		{ "(?<cause>[0-9]+)", 5, 0, true, false, "" },
		{ "(?<cause>[0-9]+)", 3, 0, true, false, "22|" },
		{ "c(?<cause>[0-9]+)", 0, 0, false, false, "1|22|" },
		{ "c(?<cause>[0-9]+)", 0, PATTERN_MARGIN - 1, false, true, "1|" },
		{ "c(?<cause>[0-9]+)", 0, PATTERN_MARGIN, false, true, "1|22|" },
		{ "c(?<cause>[0-9]+).*", 0, PATTERN_MARGIN, false, true, "1|" },
		{ "(?<=c)(?<cause>[0-9]+)", 1, 0, true, false, "22|" },
		{ "^c(?<cause>[0-9]+)", 0, 0, false, false, "1|" },
		{ "^c(?<cause>[0-9]+)", 0, 0, true, false, "" },
		{ "1(?<cause> c)", 2, 0, true, false, "" },
		{ " (?<cause>c)", 2, 0, true, false, "c|" },
		{ "\\b(?<cause>c)", 3, 0, true, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pattern *pattern = compile(text_of(rows[i].regex));
		char *text = test_repeat(' ', 6 + rows[i].n_behind);
		struct pattern_subject subject;
		char *found;

		memcpy(text, "c1 c22", 6);
		subject = whole(text_of(text));
		subject.from = subject.edge = rows[i].from;
		subject.cut_in_front = rows[i].cut_in_front;
		subject.cut_behind = rows[i].cut_behind;
		found = all_in(pattern, &subject);
		if (strcmp(found, rows[i].found) != 0)
			fail_msg("row %zu gave '%s'", i, found);
		free(found);
		free(text);
		(void)pattern_free(pattern);
	}
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
	assert_null(pattern_matcher_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_group_is_where_the_cause_is),
		cmocka_unit_test(every_match_in_a_line_is_found),
		cmocka_unit_test(a_match_whose_group_took_no_part_is_passed_over),
		cmocka_unit_test(a_match_of_nothing_is_passed_over_and_ends),
		cmocka_unit_test(anchors_mean_the_whole_line_at_every_match),
		cmocka_unit_test(lines_are_bytes_in_their_own_letter_case),
		cmocka_unit_test(a_search_continues_from_a_given_place),
		cmocka_unit_test(what_is_no_expression_is_refused_with_the_reason),
		cmocka_unit_test(the_expression_has_the_length_that_is_given),
		cmocka_unit_test(an_expression_that_takes_too_much_work_is_given_up),
		cmocka_unit_test(work_is_counted_over_all_places_and_ways),
		cmocka_unit_test(deep_recursion_takes_work),
		cmocka_unit_test(long_expressions_weigh_more),
		cmocka_unit_test(ordinary_lines_are_far_from_the_bound),
		cmocka_unit_test(memory_is_bounded_and_given_back),
		cmocka_unit_test(a_code_at_a_cut_is_not_taken),
		cmocka_unit_test(a_long_line_is_searched_to_its_end),
		cmocka_unit_test(freeing_nothing_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
