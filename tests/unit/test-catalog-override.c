/* Tests of cause/catalog: overrides. */
#include "config.h"

#include "test.h"

#include <syslog.h>

#include "cause/catalog.h"
#include "test-catalog.h"

/* Line 3 to 6: a code, a range with an alias, a code, a range of two. */
static const char content[] = CATALOG_HEAD
	"  - {code: 5, name: five, description: Five., severity: err, component: c, category: k, "
	"action: Act.}\n"
	"  - {code: 613-619, name: unclear, description: Unclear., severity: warning, "
	"aliases: [VAGUE]}\n"
	"  - {code: 700, name: seven, description: Seven., severity: info}\n"
	"  - {code: 800-801, name: pair, description: Pair., severity: notice}\n";

static int open_catalog(void **state)
{
	*state = catalog_good(content);
	return 0;
}

static int free_catalog(void **state)
{
	*state = catalog_free(*state);
	return 0;
}

/* An override that changes nothing but the severity. */
static struct catalog_override severity(uint32_t code, int level)
{
	return (struct catalog_override){ .code = code, .severity = level };
}

static void override_all(
	struct catalog *catalog, const struct catalog_override *overrides, size_t n)
{
	struct diag diag = { 0 };
	int r = catalog_override(catalog, overrides, n, &diag);

	assert_good(r, &diag);
}

static void override(struct catalog *catalog, struct catalog_override change)
{
	override_all(catalog, &change, 1);
}

/* One cause as it must be: its codes and its severity. */
struct part {
	uint32_t code, last;
	int severity;
};

static void assert_parts(const struct catalog *catalog, const struct part *parts, size_t n)
{
	assert_int_equal(catalog->n_causes, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(catalog->causes[i].code, parts[i].code);
		assert_int_equal(catalog->causes[i].last, parts[i].last);
		assert_int_equal(catalog->causes[i].severity, parts[i].severity);
		assert_ptr_equal(catalog_find(catalog, parts[i].code), &catalog->causes[i]);
		assert_ptr_equal(catalog_find(catalog, parts[i].last), &catalog->causes[i]);
	}
}

/* -- members ---------------------------------------------------------------- */

static void an_override_changes_the_members_it_has(void **state)
{
	const struct cause *cause;

	override(*state, (struct catalog_override){ .code = 5,
				 .severity = LOG_INFO,
				 .description = TEXT("New."),
				 .component = TEXT("nc"),
				 .category = TEXT("nk"),
				 .action = TEXT("New act.") });
	cause = catalog_find(*state, 5);
	assert_int_equal(cause->severity, LOG_INFO);
	assert_text(cause->description, "New.");
	assert_text(cause->component, "nc");
	assert_text(cause->category, "nk");
	assert_text(cause->action, "New act.");
	assert_text(cause->name, "five");
}

static void an_override_leaves_the_members_it_does_not_have(void **state)
{
	const struct cause *cause;

	override(*state,
		(struct catalog_override){ .code = 5, .severity = -1, .category = TEXT("nk") });
	cause = catalog_find(*state, 5);
	assert_int_equal(cause->severity, LOG_ERR);
	assert_text(cause->description, "Five.");
	assert_text(cause->component, "c");
	assert_text(cause->category, "nk");
	assert_text(cause->action, "Act.");
}

static void an_override_may_empty_a_text(void **state)
{
	override(
		*state, (struct catalog_override){ .code = 5, .severity = -1, .action = TEXT("") });
	assert_text(catalog_find(*state, 5)->action, "");
	assert_text(catalog_find(*state, 5)->description, "Five.");
}

static void an_override_may_raise_to_emerg(void **state)
{
	override(*state, severity(5, LOG_EMERG));
	assert_int_equal(catalog_find(*state, 5)->severity, LOG_EMERG);
}

static void the_texts_of_an_override_are_copied(void **state)
{
	char text[] = "New.";

	override(*state, (struct catalog_override){
				 .code = 5, .severity = -1, .description = text_of(text) });
	memset(text, 'x', sizeof(text) - 1);
	assert_text(catalog_find(*state, 5)->description, "New.");
}

static void of_two_overrides_of_a_code_the_later_one_counts(void **state)
{
	const struct catalog_override overrides[] = {
		{ .code = 616, .severity = LOG_ERR, .action = TEXT("First.") },
		{ .code = 616, .severity = LOG_INFO },
	};

	override_all(*state, overrides, 2);
	assert_int_equal(catalog_find(*state, 616)->severity, LOG_INFO);
	assert_text(catalog_find(*state, 616)->action, "First.");
}

static void no_overrides_change_nothing(void **state)
{
	struct catalog *catalog = *state;
	char before[CATALOG_VERSION_LEN + 1];

	memcpy(before, catalog->version, sizeof(before));
	override_all(catalog, NULL, 0);
	assert_string_equal(catalog->version, before);
}

/* -- ranges ----------------------------------------------------------------- */

static void the_start_of_a_range_is_split_off(void **state)
{
	static const struct part parts[] = {
		{ 5, 5, LOG_ERR },
		{ 613, 613, LOG_CRIT },
		{ 614, 619, LOG_WARNING },
		{ 700, 700, LOG_INFO },
		{ 800, 801, LOG_NOTICE },
	};

	override(*state, severity(613, LOG_CRIT));
	assert_parts(*state, parts, COUNT(parts));
}

static void the_middle_of_a_range_is_split_off(void **state)
{
	static const struct part parts[] = {
		{ 5, 5, LOG_ERR },
		{ 613, 615, LOG_WARNING },
		{ 616, 616, LOG_CRIT },
		{ 617, 619, LOG_WARNING },
		{ 700, 700, LOG_INFO },
		{ 800, 801, LOG_NOTICE },
	};

	override(*state, severity(616, LOG_CRIT));
	assert_parts(*state, parts, COUNT(parts));
}

static void the_end_of_a_range_is_split_off(void **state)
{
	static const struct part parts[] = {
		{ 5, 5, LOG_ERR },
		{ 613, 618, LOG_WARNING },
		{ 619, 619, LOG_CRIT },
		{ 700, 700, LOG_INFO },
		{ 800, 801, LOG_NOTICE },
	};

	override(*state, severity(619, LOG_CRIT));
	assert_parts(*state, parts, COUNT(parts));
}

static void every_code_of_a_range_can_be_split_off(void **state)
{
	static const struct part parts[] = {
		{ 5, 5, LOG_ERR },
		{ 613, 613, LOG_CRIT },
		{ 614, 614, LOG_EMERG },
		{ 615, 615, LOG_CRIT },
		{ 616, 616, LOG_EMERG },
		{ 617, 617, LOG_CRIT },
		{ 618, 618, LOG_EMERG },
		{ 619, 619, LOG_CRIT },
		{ 700, 700, LOG_INFO },
		{ 800, 800, LOG_DEBUG },
		{ 801, 801, LOG_ALERT },
	};
	const struct catalog_override overrides[] = {
		severity(616, LOG_EMERG),
		severity(801, LOG_ALERT),
		severity(613, LOG_CRIT),
		severity(619, LOG_CRIT),
		severity(614, LOG_EMERG),
		severity(618, LOG_EMERG),
		severity(800, LOG_DEBUG),
		severity(617, LOG_CRIT),
		severity(615, LOG_CRIT),
	};

	override_all(*state, overrides, COUNT(overrides));
	assert_parts(*state, parts, COUNT(parts));
}

static void the_parts_of_a_range_keep_its_name_and_texts(void **state)
{
	override(*state, severity(616, LOG_CRIT));
	for (uint32_t code = 613; code <= 619; code++) {
		const struct cause *cause = catalog_find(*state, code);

		assert_text(cause->name, "unclear");
		assert_text(cause->description, "Unclear.");
		assert_int_equal(cause->aliases.n, 1);
	}
}

/* A name in a log means the range as a whole, which a single code's override must not take over. */
static void the_name_of_a_split_range_still_means_its_first_code(void **state)
{
	assert_int_equal(catalog_find_name(*state, TEXT("unclear"))->code, 613);
	override(*state, severity(616, LOG_CRIT));
	assert_int_equal(catalog_find_name(*state, TEXT("unclear"))->code, 613);
	assert_int_equal(catalog_find_name(*state, TEXT("VAGUE"))->code, 613);
	assert_int_equal(catalog_find_name(*state, TEXT("unclear"))->severity, LOG_WARNING);
}

static void names_find_the_overridden_cause(void **state)
{
	override(*state, severity(700, LOG_CRIT));
	override(*state, severity(613, LOG_DEBUG));
	assert_int_equal(catalog_find_name(*state, TEXT("SEVEN"))->severity, LOG_CRIT);
	assert_ptr_equal(catalog_find_name(*state, TEXT("seven")), catalog_find(*state, 700));
	assert_ptr_equal(catalog_find_name(*state, TEXT("five")), catalog_find(*state, 5));
	assert_ptr_equal(catalog_find_name(*state, TEXT("pair")), catalog_find(*state, 800));
}

/* -- errors ----------------------------------------------------------------- */

static void every_override_of_a_missing_code_is_reported(void **state)
{
	const struct catalog_override overrides[] = {
		{ .code = 6, .severity = LOG_INFO, .place = { "c.yaml", 3, 5 } },
		{ .code = 700, .severity = LOG_CRIT, .place = { "c.yaml", 4, 5 } },
		{ .code = 620, .severity = LOG_INFO, .place = { "c.yaml", 5, 5 } },
	};
	struct diag diag = { 0 };

	assert_int_equal(catalog_override(*state, overrides, 3, &diag), -EINVAL);
	assert_errors(&diag, { 3, 5, "catalog test has no code 6" },
		{ 5, 5, "catalog test has no code 620" });
	assert_string_equal(diag.errors[0].file, "c.yaml");
	diag_done(&diag);
}

/* -- versions --------------------------------------------------------------- */

/* The version after one override of a fresh catalog. */
static void version_after(struct catalog_override change, char *ret)
{
	struct catalog *catalog = catalog_good(content);

	override(catalog, change);
	memcpy(ret, catalog->version, CATALOG_VERSION_LEN + 1);
	(void)catalog_free(catalog);
}

static void every_override_gives_a_version_of_its_own(void **state)
{
	const struct catalog_override overrides[] = {
		{ .code = 5, .severity = LOG_INFO },
		{ .code = 5, .severity = LOG_DEBUG },
		{ .code = 700, .severity = LOG_DEBUG },
		{ .code = 5, .severity = -1, .description = TEXT("x") },
		{ .code = 5, .severity = -1, .component = TEXT("x") },
		{ .code = 5, .severity = -1, .category = TEXT("x") },
		{ .code = 5, .severity = -1, .action = TEXT("x") },
		{ .code = 5, .severity = -1, .description = TEXT("x"), .action = TEXT("x") },
		{ .code = 5, .severity = -1, .description = TEXT("xx") },
	};
	char versions[COUNT(overrides)][CATALOG_VERSION_LEN + 1];
	const struct catalog *catalog = *state;

	for (size_t i = 0; i < COUNT(overrides); i++) {
		version_after(overrides[i], versions[i]);
		assert_int_equal(strspn(versions[i], "0123456789abcdef"), CATALOG_VERSION_LEN);
		assert_string_not_equal(versions[i], catalog->version);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(versions[i], versions[j]);
	}
}

static void an_override_that_empties_a_text_gives_a_version_of_its_own(void **state)
{
	char emptied[CATALOG_VERSION_LEN + 1], left_alone[CATALOG_VERSION_LEN + 1];

	(void)state;
	version_after(
		(struct catalog_override){ .code = 5, .severity = LOG_INFO, .action = TEXT("") },
		emptied);
	version_after((struct catalog_override){ .code = 5, .severity = LOG_INFO }, left_alone);
	assert_string_not_equal(emptied, left_alone);
}

static void the_same_override_gives_the_same_version(void **state)
{
	char one[CATALOG_VERSION_LEN + 1], two[CATALOG_VERSION_LEN + 1];
	char text[] = "copy";

	(void)state;
	version_after((struct catalog_override){ .code = 616,
			      .severity = -1,
			      .action = TEXT("copy"),
			      .place = { "a.yaml", 1, 1 } },
		one);
	version_after((struct catalog_override){ .code = 616,
			      .severity = -1,
			      .action = text_of(text),
			      .place = { "b.yaml", 2, 2 } },
		two);
	assert_string_equal(one, two);
}

#define WITH_CATALOG(test) cmocka_unit_test_setup_teardown(test, open_catalog, free_catalog)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CATALOG(an_override_changes_the_members_it_has),
		WITH_CATALOG(an_override_leaves_the_members_it_does_not_have),
		WITH_CATALOG(an_override_may_empty_a_text),
		WITH_CATALOG(an_override_may_raise_to_emerg),
		WITH_CATALOG(the_texts_of_an_override_are_copied),
		WITH_CATALOG(of_two_overrides_of_a_code_the_later_one_counts),
		WITH_CATALOG(no_overrides_change_nothing),
		WITH_CATALOG(the_start_of_a_range_is_split_off),
		WITH_CATALOG(the_middle_of_a_range_is_split_off),
		WITH_CATALOG(the_end_of_a_range_is_split_off),
		WITH_CATALOG(every_code_of_a_range_can_be_split_off),
		WITH_CATALOG(the_parts_of_a_range_keep_its_name_and_texts),
		WITH_CATALOG(the_name_of_a_split_range_still_means_its_first_code),
		WITH_CATALOG(names_find_the_overridden_cause),
		WITH_CATALOG(every_override_of_a_missing_code_is_reported),
		WITH_CATALOG(every_override_gives_a_version_of_its_own),
		WITH_CATALOG(an_override_that_empties_a_text_gives_a_version_of_its_own),
		WITH_CATALOG(the_same_override_gives_the_same_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
