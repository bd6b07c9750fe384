/* Tests of cause/profile. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "base/io.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/proof/examples.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"
#include "test-profile.h"

/* -- reading -------------------------------------------------------------- */

static void every_member_of_a_profile_is_read(void **state)
{
	struct profile *profile = profile_good("profile: my-profile\n"
					       "title: My profile\n"
					       "catalog: my-catalog\n"
					       "keys: [one, two]\n"
					       "fields: [ONE]\n"
					       "base: q931\n"
					       "ignore: [0, NORMAL_CLEARING]\n"
					       "patterns:\n"
					       "  - requires: Hang\n"
					       "    regex: '(?<cause>x)'\n"
					       "    base: name\n"
					       "examples:\n"
					       "  - line: a line\n"
					       "    causes: [1, 1]\n");

	(void)state;
	assert_text(profile->name, "my-profile");
	assert_text(profile->title, "My profile");
	assert_text(profile->readings->catalog_name, "my-catalog");
	assert_int_equal(profile->readings->catalog_place.line, 3);
	assert_int_equal(profile->readings->catalog_place.column, 10);
	assert_null(profile->readings->catalog);
	assert_int_equal(profile->n_keys, 2);
	assert_text(profile->keys[1].name, "two");
	assert_int_equal(profile->n_fields, 1);
	assert_text(profile->fields[0].name, "ONE");
	assert_int_equal(profile->readings->base, VALUE_Q931);
	assert_int_equal(profile->readings->ignore.n, 2);
	assert_text(profile->readings->ignore.items[0], "0");
	assert_text(profile->readings->ignore.items[1], "NORMAL_CLEARING");
	assert_int_equal(profile->n_patterns, 1);
	assert_text(profile->patterns[0].requires, "Hang");
	assert_int_equal(profile->patterns[0].reading->base, VALUE_NAME);
	assert_non_null(profile->patterns[0].pattern);
	assert_int_equal(profile->n_examples, 1);
	assert_text(profile->examples[0].line, "a line");
	assert_int_equal(profile->examples[0].causes.n, 2);
	assert_int_equal(profile->examples[0].place.line, 13);
	(void)profile_free(profile);
}

static void numbers_are_decimal_where_no_base_is_given(void **state)
{
	struct profile *profile = profile_good(
		PROFILE_HEAD "keys: [a]\npatterns: [{requires: a, regex: '(?<cause>x)'}]\n");

	(void)state;
	assert_int_equal(profile->readings->base, VALUE_DECIMAL);
	assert_int_equal(profile->patterns[0].reading->base, VALUE_DECIMAL);
	(void)profile_free(profile);
}

static void one_way_to_recognize_is_enough(void **state)
{
	(void)state;
	(void)profile_free(profile_good(PROFILE_HEAD "keys: [a]\n"));
	(void)profile_free(profile_good(PROFILE_HEAD "fields: [A]\n"));
	(void)profile_free(
		profile_good(PROFILE_HEAD "patterns: [{requires: a, regex: '(?<cause>x)'}]\n"));
}

static void keys_are_words_with_dots_hyphens_and_blanks_inside(void **state)
{
	static const char *const good[] = { "a", "9", "_x_", "releaseCause", "Hangup-Cause",
		"Cause i", "event.cause", "h323-disconnect-cause" };
	static const char *const bad[] = { " a", "a ", "-a", "a-", ".a", "a.", "é", "a=b", "a:b",
		"a/b", "a\\\"b", "<a>", "a\\\\b" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct profile *profile;
		char content[128];

		(void)snprintf(content, sizeof(content), PROFILE_HEAD "keys: [\"%s\"]\n", good[i]);
		profile = profile_good(content);
		assert_text(profile->keys[0].name, good[i]);
		(void)profile_free(profile);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct test_file file = { .errors = { { 3, 8, "must have 1 to 64 letters" } } };
		char content[128];

		(void)snprintf(content, sizeof(content), PROFILE_HEAD "keys: [\"%s\"]\n", bad[i]);
		file.content = text_of(content);
		test_refused(&file, 1, profile_read_and_free);
	}
}

static void fields_are_names_that_journald_takes_from_clients(void **state)
{
	static const struct test_file bad[] = {
		{ TEXT(PROFILE_HEAD "fields: [a]\n"),
			{ { 3, 10, "'a' is no name of a journal" } } },
		{ TEXT(PROFILE_HEAD "fields: [A, Ab]\n"), { { 3, 13, "'Ab' is no name" } } },
		{ TEXT(PROFILE_HEAD "fields: [_A]\n"), { { 3, 10, "'_A' is no name" } } },
		{ TEXT(PROFILE_HEAD "fields: [1A]\n"), { { 3, 10, "'1A' is no name" } } },
		{ TEXT(PROFILE_HEAD "fields: [A-B]\n"), { { 3, 10, "'A-B' is no name" } } },
		{ TEXT(PROFILE_HEAD "fields: [É]\n"), { { 3, 10, "is no name" } } },
		{ TEXT(PROFILE_HEAD "fields: ['A=']\n"), { { 3, 10, "is no name" } } },
	};

	(void)state;
	(void)profile_free(profile_good(PROFILE_HEAD "fields: [A, A1_, RELEASE_CAUSE_CODE]\n"));
	test_refused(bad, COUNT(bad), profile_read_and_free);
}

/* -- bounds --------------------------------------------------------------- */

struct bound {
	const char *before, *item, *after; /* around and between the items */
	size_t max;
	const char *says; /* of one item more */
};

/* A profile with `n` items; a `%u` in an item is its number. */
static char *with_items(const struct bound *bound, size_t n)
{
	size_t size = 200 + n * (strlen(bound->item) + 20);
	char *content = malloc(size);
	size_t len;

	assert_non_null(content);
	len = (size_t)snprintf(content, size, PROFILE_HEAD "%s", bound->before);
	for (unsigned i = 0; i < n; i++) {
		const char *number = strstr(bound->item, "%u");
		size_t text = number ? (size_t)(number - bound->item) : strlen(bound->item);

		len += (size_t)snprintf(content + len, size - len, "%.*s", (int)text, bound->item);
		if (number)
			len += (size_t)snprintf(content + len, size - len, "%u%s", i, number + 2);
	}
	(void)snprintf(content + len, size - len, "%s", bound->after);
	return content;
}

static void lists_and_texts_up_to_their_bounds_are_accepted_and_longer_ones_are_not(void **state)
{
	static const struct bound bounds[] = {
		{ "keys: [", "k%u, ", "]\n", PROFILE_KEYS_MAX, "65 items; at most 64" },
		{ "keys: [", "k", "]\n", PROFILE_KEY_LEN_MAX, "must have 1 to 64 letters" },
		{ "fields: [", "F%u, ", "]\n", PROFILE_FIELDS_MAX, "17 items; at most 16" },
		{ "keys: [a]\nignore: [", "%u, ", "]\n", PROFILE_IGNORED_MAX,
			"65 items; at most 64" },
		{ "keys: [a]\nignore: [", "n", "]\n", CATALOG_NAME_MAX,
			"is neither a code nor a name" },
		{ "fields: [", "F", "]\n", 64, "no name of a journal field" },
		{ "patterns: [", "{requires: r%u, regex: '(?<cause>x)'}, ", "]\n",
			PROFILE_PATTERNS_MAX, "65 items; at most 64" },
		{ "keys: [a]\nexamples: [", "{line: x, causes: []}, ", "]\n", PROFILE_EXAMPLES_MAX,
			"1001 items; at most 1000" },
		{ "patterns: [{regex: '(?<cause>x)', requires: ", "r", "}]\n", SCAN_LITERAL_LEN_MAX,
			"requires is 256 bytes long; at most 255" },
		{ "patterns: [{requires: r, regex: '(?<cause>x)", "r", "'}]\n",
			PATTERN_LEN_MAX - 11, "regex is 4097 bytes long; at most 4096" },
		{ "keys: [a]\ntitle: ", "t", "\n", 1000, "title is 1001 bytes long" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bounds); i++) {
		char *fits = with_items(&bounds[i], bounds[i].max);
		char *longer = with_items(&bounds[i], bounds[i].max + 1);
		struct diag diag = { 0 };

		(void)profile_free(profile_good(fits));
		assert_int_equal(profile_read_and_free(text_of(longer), &diag), -EINVAL);
		assert_int_equal(diag_count(&diag), 1);
		if (!strstr(diag.errors[0].text, bounds[i].says))
			fail_msg("row %zu: '%s'", i, diag.errors[0].text);
		diag_done(&diag);
		free(fits);
		free(longer);
	}
}

/* -- what is refused ------------------------------------------------------ */

static void every_fault_of_a_file_has_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(""), { { 0, 0, "there is nothing in this file" } } },
		{ TEXT("[]\n"), { { 1, 1, "expected a mapping, not a list" } } },
		{ TEXT("keys: [a]\n"),
			{ { 1, 1, "'profile' is missing" }, { 1, 1, "'catalog' is missing" } } },
		{ TEXT(PROFILE_HEAD), { { 1, 1, "it recognizes nothing" } } },
		{ TEXT(PROFILE_HEAD "keys: []\n"), { { 1, 1, "it recognizes nothing" } } },
		{ TEXT("profile: T\ncatalog: t\nkeys: [a]\n"), { { 1, 10, "lower-case" } } },
		{ TEXT("profile: t\ncatalog: T\nkeys: [a]\n"), { { 2, 10, "lower-case" } } },
		{ TEXT(PROFILE_HEAD "keys: a\n"), { { 3, 7, "expected a list, not text" } } },
		{ TEXT(PROFILE_HEAD "keys: [a, b, a]\n"), { { 3, 14, "'a' appears twice" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nbase: octal\n"),
			{ { 4, 7, "'octal' is none of decimal, hex, q931, name" } } },
		{ TEXT(PROFILE_HEAD "key: [a]\n"), { { 3, 1, "did you mean 'keys'?" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: 0\n"), { { 4, 9, "expected a list" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: [[]]\n"), { { 4, 10, "expected text" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: [0, 0]\n"), { { 4, 13, "twice" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: [00000]\n"),
			{ { 4, 10, "code '00000' has leading zeros; write 0" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: [1, 0x10]\n"),
			{ { 4, 13, "'0x10' is not a decimal number" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: [1-5]\n"),
			{ { 4, 10, "'1-5' is not a decimal number" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nignore: [-1]\n"),
			{ { 4, 10, "'-1' is neither a code nor a name" } } },
		{ TEXT(PROFILE_HEAD "patterns: x\n"), { { 3, 11, "expected a list" } } },
		{ TEXT(PROFILE_HEAD "patterns:\n  - x\n"), { { 4, 5, "expected a mapping" } } },
		{ TEXT(PROFILE_HEAD "patterns:\n  - {}\n"),
			{ { 4, 5, "'requires' is missing" }, { 4, 5, "'regex' is missing" } } },
		{ TEXT(PROFILE_HEAD "patterns:\n  - {requires: '', regex: '(?<cause>x)'}\n"),
			{ { 4, 16, "requires is empty" } } },
		{ TEXT(PROFILE_HEAD "patterns:\n  - {requires: a, regex: '(?<cause>x'}\n"),
			{ { 4, 26, "regex: missing closing parenthesis" } } },
		{ TEXT(PROFILE_HEAD "patterns:\n  - {requires: a, regex: 'x'}\n"),
			{ { 4, 26, "regex: there is no group named cause" } } },
		{ TEXT(PROFILE_HEAD "patterns:\n  - {requires: \"a\\nb\", regex: '(?<cause>x)'}\n"),
			{ { 4, 5, "requires must not hold a line end" } } },
		{ TEXT(PROFILE_HEAD
			  "patterns:\n  - {requires: a, regex: '(?<cause>x)', base: oct}\n"),
			{ { 4, 47, "'oct' is none of" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nexamples:\n  - {}\n"),
			{ { 5, 5, "'line' is missing" }, { 5, 5, "'causes' is missing" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nexamples:\n  - {line: x, causes: 5}\n"),
			{ { 5, 23, "expected a list, not text" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nexamples:\n  - {line: x, causes: [[5]]}\n"),
			{ { 5, 24, "expected text, not a list" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\nexamples: {}\n"),
			{ { 4, 11, "expected a list" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), profile_read_and_free);
}

static void all_errors_of_a_profile_are_found_in_one_run(void **state)
{
	static const struct test_file file = { TEXT("profile: Test\n"
						    "keys: [' a', b]\n"
						    "fields: [f]\n"
						    "base: octal\n"
						    "patterns: [{requires: a, regex: '('}]\n"),
		{
			{ 1, 10, "must be lower-case" },
			{ 1, 1, "'catalog' is missing" },
			{ 2, 8, "must have 1 to 64 letters" },
			{ 3, 10, "no name of a journal field" },
			{ 4, 7, "'octal' is none of" },
			{ 5, 33, "regex: missing closing parenthesis" },
		} };

	(void)state;
	test_refused(&file, 1, profile_read_and_free);
}

/* -- examples ------------------------------------------------------------- */

#define EXAMPLES PROFILE_HEAD "keys: [key]\nexamples:\n"

/* Read a profile, which must be good, and run its examples. */
static int run_examples(struct text content, struct diag *diag)
{
	struct profile *profile = profile_good(content.data);
	int r = examples_run(profile, diag);

	(void)profile_free(profile);
	return r;
}

static void examples_that_hold_are_no_errors(void **state)
{
	struct diag diag = { 0 };
	int r = run_examples(TEXT(EXAMPLES "  - {line: 'key=512', causes: [512]}\n"
					   "  - {line: 'key=512 key=00531', causes: [512, 531]}\n"
					   "  - {line: 'key=512 key=512', causes: [512, 512]}\n"
					   "  - {line: \"key=1\\nkey=2\", causes: [1, 2]}\n"
					   "  - {line: nothing, causes: []}\n"),
		&diag);

	(void)state;
	assert_good(r, &diag);
}

static void every_example_that_does_not_hold_is_reported_at_its_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(EXAMPLES "  - {line: 'key=512', causes: [513]}\n"
				"  - {line: 'key=512', causes: [512]}\n"
				"  - {line: 'key=512', causes: []}\n"
				"  - {line: 'x', causes: [512]}\n"),
			{ { 5, 5, "the profile finds [512] in this example, which expects [513]" },
				{ 7, 5,
					"the profile finds [512] in this example, which expects "
					"[]" },
				{ 8, 5,
					"the profile finds [] in this example, which expects "
					"[512]" } } },
		{ TEXT(EXAMPLES "  - {line: 'key=1 key=2', causes: [2, 1]}\n"),
			{ { 5, 5,
				"the profile finds [1, 2] in this example, which expects [2, "
				"1]" } } },
		{ TEXT(EXAMPLES "  - {line: 'key=1 key=1', causes: [1]}\n"),
			{ { 5, 5,
				"the profile finds [1, 1] in this example, which expects [1]" } } },
		{ TEXT(EXAMPLES "  - {line: 'key=00531', causes: [00531]}\n"),
			{ { 5, 5,
				"the profile finds [531] in this example, which expects "
				"[00531]" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), run_examples);
}

static void the_causes_of_an_example_are_compared_one_by_one(void **state)
{
	static const struct test_file file = {
		TEXT(EXAMPLES "  - {line: 'key=1 key=2', causes: ['1, 2']}\n"),
		{ { 5, 5, "this example" } }
	};

	(void)state;
	test_refused(&file, 1, run_examples);
}

static void an_example_of_many_causes_is_compared_to_its_end(void **state)
{
	enum { N = 300 };
	struct test_file file = { .errors = { { 5, 5, "this example" } } };
	char content[N * 20];
	size_t len = (size_t)sprintf(content, EXAMPLES "  - {line: '");

	(void)state;
	for (size_t i = 0; i < N; i++)
		len += (size_t)sprintf(content + len, "key=512 ");
	len += (size_t)sprintf(content + len, "', causes: [");
	for (size_t i = 1; i < N; i++)
		len += (size_t)sprintf(content + len, "512, ");
	len += (size_t)sprintf(content + len, "513]}\n");
	file.content = text_make(content, len);
	test_refused(&file, 1, run_examples);
}

static void read_shipped(const char *name, struct buffer *content)
{
	const char *top = getenv("top_srcdir");
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/etc/profiles/%s.yaml", top ? top : ".", name);
	assert_int_equal(io_read_file(path, content), 0);
	buffer_add_char(content, '\0');
}

static void check_shipped(const char *name)
{
	struct buffer content = buffer_make(10 * 1000 * 1000);
	struct diag diag = { 0 };
	int r;

	read_shipped(name, &content);
	r = run_examples(buffer_text(&content), &diag);
	buffer_done(&content);
	assert_good(r, &diag);
}

static struct profile *shipped(const char *name)
{
	struct buffer content = buffer_make(10 * 1000 * 1000);
	struct profile *profile;

	read_shipped(name, &content);
	profile = profile_good(buffer_text(&content).data);
	buffer_done(&content);
	return profile;
}

static void the_examples_of_the_shipped_profiles_hold(void **state)
{
	(void)state;
	check_shipped("huawei-cec");
	check_shipped("huawei-cec-outbound");
}

static void the_shipped_profiles_claim_no_line_of_each_others_examples(void **state)
{
	struct profile *profiles[] = { shipped("huawei-cec"), shipped("huawei-cec-outbound") };

	(void)state;
	for (size_t i = 0; i < COUNT(profiles); i++) {
		struct recognizer *recognizer = recognizer_of(&profiles[1 - i], 1);

		for (size_t j = 0; j < profiles[i]->n_examples; j++) {
			size_t n;

			(void)recognizer_find(recognizer, profiles[i]->examples[j].line, &n);
			if (n > 0)
				fail_msg("'%.*s'", TEXT_FORMAT(profiles[i]->examples[j].line));
		}
		(void)recognizer_free(recognizer);
	}
	for (size_t i = 0; i < COUNT(profiles); i++)
		(void)profile_free(profiles[i]);
}

static void freeing_nothing_gives_nothing(void **state)
{
	(void)state;
	assert_null(profile_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_member_of_a_profile_is_read),
		cmocka_unit_test(numbers_are_decimal_where_no_base_is_given),
		cmocka_unit_test(one_way_to_recognize_is_enough),
		cmocka_unit_test(keys_are_words_with_dots_hyphens_and_blanks_inside),
		cmocka_unit_test(fields_are_names_that_journald_takes_from_clients),
		cmocka_unit_test(
			lists_and_texts_up_to_their_bounds_are_accepted_and_longer_ones_are_not),
		cmocka_unit_test(every_fault_of_a_file_has_a_place),
		cmocka_unit_test(all_errors_of_a_profile_are_found_in_one_run),
		cmocka_unit_test(examples_that_hold_are_no_errors),
		cmocka_unit_test(every_example_that_does_not_hold_is_reported_at_its_place),
		cmocka_unit_test(the_causes_of_an_example_are_compared_one_by_one),
		cmocka_unit_test(an_example_of_many_causes_is_compared_to_its_end),
		cmocka_unit_test(the_examples_of_the_shipped_profiles_hold),
		cmocka_unit_test(the_shipped_profiles_claim_no_line_of_each_others_examples),
		cmocka_unit_test(freeing_nothing_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
