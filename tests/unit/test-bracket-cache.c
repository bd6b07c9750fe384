/* Tests of flow/filter/bracket-cache: what is kept is what is printed without it. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/enrich.h"
#include "flow/filter/bracket-cache.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

enum { CODES = 5000, ROUNDS = 50000 }; /* more codes than slots */

static const char content[] =
	"catalog: test\n"
	"causes:\n"
	"  - {code: 1-999, name: many, description: D., severity: info}\n"
	"  - {code: 1025, name: x, description: E., severity: err}\n"
	"  - {code: 2049, name: y, description: F., severity: warning}\n"
	"  - {name: full, description: G., severity: crit, aliases: [FULL-UP]}\n";

struct kit {
	struct catalog *catalogs[2];
	struct profile *profile;
};

static int open_kit(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	if (!kit)
		return -1;
	kit->catalogs[0] = catalog_good(content);
	kit->catalogs[1] = catalog_good("catalog: other\ncauses:\n"
					"  - {code: 7, name: z, description: H., severity: err}\n");
	kit->profile = profile_good(PROFILE_HEAD "keys: [key]\n");
	test_bind(kit->profile, kit->catalogs[0]);
	*state = kit;
	return 0;
}

static int free_kit(void **state)
{
	struct kit *kit = *state;

	(void)profile_free(kit->profile);
	(void)catalog_free(kit->catalogs[0]);
	(void)catalog_free(kit->catalogs[1]);
	free(kit);
	return 0;
}

static struct match match_of(const struct kit *kit, const struct catalog *catalog, uint32_t code)
{
	return (struct match){ .profile = kit->profile, .catalog = catalog, .code = code };
}

static struct match name_match_of(const struct kit *kit, const char *name)
{
	return (struct match){ .profile = kit->profile,
		.catalog = kit->catalogs[0],
		.base = VALUE_NAME,
		.len = strlen(name) };
}

static void assert_as_printed(struct bracket_cache *cache, const struct enrich_policy *policy,
	bool color, const struct match *match, struct text text)
{
	const struct bracket *bracket = bracket_cache_find(cache, match, text);
	struct buffer expected = buffer_make(1000), out = buffer_make(1000);
	struct finding finding;

	if (!enrich_match(policy, match, text, &finding)) {
		assert_null(bracket);
		return;
	}
	if (color)
		buffer_add_string(&expected, finding_color(finding.severity));
	finding_print(&finding, &expected);
	if (color)
		buffer_add_string(&expected, FINDING_COLOR_RESET);
	assert_non_null(bracket);
	bracket_print(bracket, &out);
	assert_int_equal(buffer_finish(&out), 0);
	assert_true(text_equal(buffer_text(&out), buffer_text(&expected)));
	assert_string_equal(bracket->text, finding.code);
	buffer_done(&expected);
	buffer_done(&out);
}

static void assert_all_as_printed(
	const struct kit *kit, const struct enrich_policy *policy, bool color)
{
	static const char *const names[] = { "full", "full-up", "OTHER", "FULL", "Other" };
	struct test_random random = { 9 };
	struct bracket_cache *cache = NULL;

	assert_int_equal(bracket_cache_new(policy, color, &cache), 0);
	for (int i = 0; i < ROUNDS; i++) {
		const struct catalog *catalog = kit->catalogs[test_random(&random, 2)];
		struct match match = match_of(kit, catalog, test_random(&random, CODES));
		const char *name = names[test_random(&random, COUNT(names))];
		struct match name_match = name_match_of(kit, name);

		assert_as_printed(cache, policy, color, &match, TEXT(""));
		assert_as_printed(cache, policy, color, &match, TEXT(""));
		assert_as_printed(cache, policy, color, &name_match, text_of(name));
	}
	(void)bracket_cache_free(cache);
}

static void brackets_are_as_they_are_printed(void **state)
{
	static const struct enrich_policy policy = { 0 };

	assert_all_as_printed(*state, &policy, false);
}

static void colored_brackets_are_as_they_are_printed(void **state)
{
	static const struct enrich_policy policy = { 0 };

	assert_all_as_printed(*state, &policy, true);
}

static void codes_that_the_policy_ignores_have_none(void **state)
{
	static const struct enrich_policy policy = { .ignore_unknown = true };

	assert_all_as_printed(*state, &policy, false);
}

static void the_greatest_code_is_told_from_an_empty_slot(void **state)
{
	static const struct enrich_policy policy = { 0 };
	const struct kit *kit = *state;
	struct bracket_cache *cache = NULL;
	struct match least = match_of(kit, kit->catalogs[0], 0);
	struct match greatest = match_of(kit, kit->catalogs[0], VALUE_CODE_MAX);

	assert_int_equal(bracket_cache_new(&policy, false, &cache), 0);
	assert_as_printed(cache, &policy, false, &least, TEXT(""));
	assert_as_printed(cache, &policy, false, &greatest, TEXT(""));
	assert_null(bracket_cache_free(NULL));
	(void)bracket_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			brackets_are_as_they_are_printed, open_kit, free_kit),
		cmocka_unit_test_setup_teardown(
			colored_brackets_are_as_they_are_printed, open_kit, free_kit),
		cmocka_unit_test_setup_teardown(
			codes_that_the_policy_ignores_have_none, open_kit, free_kit),
		cmocka_unit_test_setup_teardown(
			the_greatest_code_is_told_from_an_empty_slot, open_kit, free_kit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
