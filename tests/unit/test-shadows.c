/* Tests of cause/proof/shadows. */
#include "config.h"

#include "test.h"

#include "cause/proof/shadows.h"
#include "test-profile.h"

static void find(const char *first, const char *second, struct diag *diag)
{
	struct profile *profiles[] = { profile_good(first), profile_good(second) };

	assert_int_equal(shadows_find((const struct profile *const *)profiles, 2, diag), 0);
	assert_false(diag_any(diag));
	for (size_t i = 0; i < COUNT(profiles); i++)
		(void)profile_free(profiles[i]);
}

#define FIRST "profile: first\ncatalog: test\n"
#define SECOND "profile: second\ncatalog: test\n"

static void a_key_of_an_earlier_profile_shadows_that_of_a_later_one(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	find(FIRST "keys: [b, Cause]\n", SECOND "keys:\n  - a\n  - CAUSE\n", &diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_int_equal(diag.warnings[0].line, 5);
	assert_int_equal(diag.warnings[0].column, 5);
	assert_string_equal(diag.warnings[0].text,
		"key 'CAUSE' never gets a value: 'Cause' of profile 'first', which comes first, "
		"takes it; give one of the two profiles 'default: no', or read it with a pattern");
	diag_done(&diag);
}

static void a_field_is_shadowed_likewise_and_a_key_shadows_no_field(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	find(FIRST "fields: [CAUSE]\nkeys: [CODE]\n", SECOND "fields: [CODE, CAUSE]\n", &diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_int_equal(diag.warnings[0].column, 16);
	assert_non_null(strstr(diag.warnings[0].text, "field 'CAUSE' never gets a value"));
	diag_done(&diag);
}

static void a_key_twice_in_other_letter_case_is_warned_of(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	find(FIRST "keys: [cause, x, Cause]\n", SECOND "keys: [y]\n", &diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_int_equal(diag.warnings[0].line, 3);
	assert_int_equal(diag.warnings[0].column, 18);
	assert_non_null(strstr(diag.warnings[0].text,
		"key 'Cause' never gets a value: line 3 has it in other letter case"));
	diag_done(&diag);
}

static void only_a_key_that_takes_every_value_shadows(void **state)
{
	static const struct {
		const char *first, *second;
		size_t n;
	} cases[] = {
		{ "keys: [{key: a, base: decimal}]\n", "keys: [{key: a, base: name}]\n", 0 },
		{ "keys: [{key: a, base: name}]\n", "keys: [{key: a, base: decimal}]\n", 0 },
		{ "keys: [{key: a, base: decimal}]\n", "keys: [{key: a, base: hex}]\n", 0 },
		{ "keys: [{key: a, base: hex}]\n", "keys: [{key: a, base: decimal}]\n", 1 },
		{ "keys: [{key: a, catalog: x}]\n", "keys: [{key: a, catalog: y}]\n", 1 },
		{ "keys: [{key: a, base: name, catalog: x}]\n",
			"keys: [{key: a, base: name, catalog: y}]\n", 0 },
		{ "keys: [{key: a, base: text}]\n", "keys: [{key: a, base: text}]\n", 1 },
		{ "keys: [a]\n", "keys: [a-b, b, aa]\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct diag diag = { .advises = true };
		char first[200], second[200];

		(void)snprintf(first, sizeof(first), FIRST "%s", cases[i].first);
		(void)snprintf(second, sizeof(second), SECOND "%s", cases[i].second);
		find(first, second, &diag);
		if (diag_count_warnings(&diag) != cases[i].n)
			fail_msg("%s%s: %zu warnings", cases[i].first, cases[i].second,
				diag_count_warnings(&diag));
		diag_done(&diag);
	}
}

static void without_a_check_there_is_no_warning(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	find(FIRST "keys: [a]\n", SECOND "keys: [a]\n", &diag);
	assert_int_equal(diag_count_warnings(&diag), 0);
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_of_an_earlier_profile_shadows_that_of_a_later_one),
		cmocka_unit_test(a_field_is_shadowed_likewise_and_a_key_shadows_no_field),
		cmocka_unit_test(a_key_twice_in_other_letter_case_is_warned_of),
		cmocka_unit_test(only_a_key_that_takes_every_value_shadows),
		cmocka_unit_test(without_a_check_there_is_no_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
