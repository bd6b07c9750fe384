/* Tests of cause/proof/claims. */
#include "config.h"

#include "test.h"

#include "cause/proof/claims.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

enum { PROFILES_MAX = 3 };

/* Bind the profiles to one catalog, and try each on the examples of the others. */
static int try_within(const char *const *contents, size_t n, uint64_t work, struct diag *diag)
{
	struct catalog *catalog = catalog_good(CATALOG_HEAD CAUSE("16") CAUSE("17"));
	struct profile *profiles[PROFILES_MAX];
	int r;

	assert_true(n <= PROFILES_MAX);
	for (size_t i = 0; i < n; i++) {
		profiles[i] = profile_good(contents[i]);
		test_bind(profiles[i], catalog);
	}
	r = claims_find((const struct profile *const *)profiles, n, work, diag);
	for (size_t i = 0; i < n; i++)
		(void)profile_free(profiles[i]);
	(void)catalog_free(catalog);
	return r;
}

static const char owner[] = "profile: owner\ncatalog: test\nkeys: [own-cause]\nexamples:\n"
			    "  - {line: 'own-cause=16', causes: [16]}\n"
			    "  - {line: 'gateway code 17', causes: []}\n";

static void a_line_of_another_profile_that_a_pattern_finds_a_cause_in_is_an_error(void **state)
{
	const char *const contents[] = { owner,
		"profile: other\ncatalog: test\n"
		"patterns: [{requires: ' code ', regex: 'code (?<cause>[0-9]+)'}]\n" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(try_within(contents, 2, CLAIM_WORK_MAX, &diag), -EINVAL);
	assert_int_equal(diag_count(&diag), 1);
	assert_int_equal(diag.errors[0].line, 6);
	assert_int_equal(diag.errors[0].column, 5);
	assert_string_equal(diag.errors[0].text,
		"profile 'other' finds [17] of catalog 'test' in this example of profile 'owner', "
		"by what requires ' code '; ask for more in 'requires', or give one of the two "
		"'default: no'");
	diag_done(&diag);
}

static void a_key_that_finds_it_is_named_as_a_key(void **state)
{
	const char *const contents[] = { "profile: other\ncatalog: test\nkeys: [code]\n",
		"profile: mine\ncatalog: test\nkeys: [a]\nexamples:\n"
		"  - {line: 'a=17 code=16 code=17', causes: [17]}\n" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(try_within(contents, 2, CLAIM_WORK_MAX, &diag), -EINVAL);
	assert_int_equal(diag_count(&diag), 1);
	assert_int_equal(diag.errors[0].line, 5);
	assert_non_null(strstr(diag.errors[0].text, "'other' finds [16]"));
	assert_non_null(strstr(diag.errors[0].text, "by its key 'code'"));
	diag_done(&diag);
}

static void what_a_key_finds_in_many_examples_is_one_error(void **state)
{
	static const char other[] = "profile: other\ncatalog: test\nkeys: [code, reason]\n";
	static const char mine[] = "profile: mine\ncatalog: test\nkeys: [a]\nexamples:\n"
				   "  - {line: 'code=16', causes: []}\n"
				   "  - {line: 'reason=16', causes: []}\n"
				   "  - {line: 'x code=17', causes: []}\n"
				   "  - {line: 'y code=17', causes: []}\n";
	static const char third[] = "profile: third\ncatalog: test\nkeys: [b]\nexamples:\n"
				    "  - {line: 'x reason=17', causes: []}\n";
	const char *const contents[] = { other, mine, third };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(try_within(contents, 3, CLAIM_WORK_MAX, &diag), -EINVAL);
	assert_int_equal(diag_count(&diag), 2);
	assert_int_equal(diag.errors[0].line, 5);
	assert_non_null(strstr(diag.errors[0].text,
		"by its key 'code'; so it does in 2 other examples; ask for more"));
	assert_int_equal(diag.errors[1].line, 6);
	assert_non_null(strstr(diag.errors[1].text,
		"by its key 'reason'; so it does in 1 other example; ask for more"));
	diag_done(&diag);
}

static void the_same_cause_at_the_same_place_is_none(void **state)
{
	const char *const contents[] = { owner,
		"profile: other\ncatalog: test\nkeys: [OWN-CAUSE]\n" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(try_within(contents, 2, CLAIM_WORK_MAX, &diag), 0);
	assert_false(diag_any(&diag));
	assert_int_equal(diag_count_warnings(&diag), 0);
	diag_done(&diag);
}

/* 16 of base hex is 22. */
static void another_code_at_the_same_place_is_an_error(void **state)
{
	const char *const contents[] = { owner,
		"profile: other\ncatalog: test\nbase: hex\nkeys: [own-cause]\n" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(try_within(contents, 2, CLAIM_WORK_MAX, &diag), -EINVAL);
	assert_int_equal(diag_count(&diag), 1);
	assert_int_equal(diag.errors[0].line, 5);
	assert_non_null(strstr(diag.errors[0].text, "finds [22]"));
	diag_done(&diag);
}

static void every_pair_of_profiles_is_tried(void **state)
{
	const char *const contents[] = { owner,
		"profile: b\ncatalog: test\nkeys: [code]\nexamples:\n"
		"  - {line: 'own-cause=17', causes: []}\n",
		"profile: c\ncatalog: test\nkeys: [own-cause]\nexamples:\n"
		"  - {line: 'code=17', causes: []}\n" };
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(try_within(contents, 3, CLAIM_WORK_MAX, &diag), -EINVAL);
	/* owner and c in the example of b, and b in that of c. */
	assert_int_equal(diag_count(&diag), 3);
	diag_done(&diag);
}

static void past_the_bound_of_work_a_warning_names_the_first_profile_that_was_not_tried(
	void **state)
{
	const char *const contents[] = { owner, "profile: b\ncatalog: test\nkeys: [b]\nexamples:\n"
						"  - {line: 'own-cause=17', causes: []}\n" };
	struct diag enough = { 0 }, short_by_one = { 0 };
	/* Two recognizers for the others, one of b's own, and a line for each of the four tries. */
	uint64_t work = 3 * 1024 * 1024 + 4 * CLAIM_RUN_WORK + 2 * 12 + 12 + 15;

	(void)state;
	assert_int_equal(try_within(contents, 2, work, &enough), -EINVAL);
	assert_int_equal(diag_count_warnings(&enough), 0);
	assert_int_equal(try_within(contents, 2, work - 1, &short_by_one), -EINVAL);
	assert_int_equal(diag_count_warnings(&short_by_one), 1);
	assert_int_equal(short_by_one.warnings[0].line, 1);
	assert_non_null(strstr(short_by_one.warnings[0].text, "not tried on all examples"));
	diag_done(&enough);
	diag_done(&short_by_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_line_of_another_profile_that_a_pattern_finds_a_cause_in_is_an_error),
		cmocka_unit_test(a_key_that_finds_it_is_named_as_a_key),
		cmocka_unit_test(what_a_key_finds_in_many_examples_is_one_error),
		cmocka_unit_test(the_same_cause_at_the_same_place_is_none),
		cmocka_unit_test(another_code_at_the_same_place_is_an_error),
		cmocka_unit_test(every_pair_of_profiles_is_tried),
		cmocka_unit_test(
			past_the_bound_of_work_a_warning_names_the_first_profile_that_was_not_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
