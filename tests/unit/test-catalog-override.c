/* Tests of cause/catalog: overrides. */
#include "config.h"

#include "test.h"

#include <syslog.h>

#include "cause/catalog-override.h"
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

/* The same with two causes without a code, in line 7 and 8. */
static const char content_with_names[] = CATALOG_HEAD
	"  - {code: 5, name: five, description: Five., severity: err}\n"
	"  - {code: 613-619, name: unclear, description: Unclear., severity: warning, "
	"aliases: [VAGUE]}\n"
	"  - {name: no-agents, description: None., severity: err, aliases: [EXITEMPTY]}\n"
	"  - {name: abandoned, description: Left., severity: info}\n";

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
		assert_int_equal(cause->aliases->n, 1);
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

/* -- names ------------------------------------------------------------------ */

static struct catalog_override named(const char *key, int level)
{
	return (struct catalog_override){
		.code = CATALOG_NO_CODE, .key = text_of(key), .severity = level
	};
}

static void a_name_or_an_alias_changes_its_cause(void **state)
{
	override(*state, named("SEVEN", LOG_CRIT));
	assert_int_equal(catalog_find(*state, 700)->severity, LOG_CRIT);
	override(*state, named("vague", LOG_ALERT));
	for (uint32_t code = 613; code <= 619; code++)
		assert_int_equal(catalog_find(*state, code)->severity, LOG_ALERT);
	assert_int_equal(((struct catalog *)*state)->n_causes, 4);
}

static void the_name_of_a_split_range_changes_all_its_parts(void **state)
{
	const struct catalog_override overrides[] = { severity(616, LOG_CRIT),
		named("unclear", LOG_DEBUG), severity(613, LOG_EMERG) };
	static const struct part parts[] = {
		{ 5, 5, LOG_ERR },
		{ 613, 613, LOG_EMERG },
		{ 614, 615, LOG_DEBUG },
		{ 616, 616, LOG_DEBUG },
		{ 617, 619, LOG_DEBUG },
		{ 700, 700, LOG_INFO },
		{ 800, 801, LOG_NOTICE },
	};

	override_all(*state, overrides, COUNT(overrides));
	assert_parts(*state, parts, COUNT(parts));
	override(*state, named("unclear", LOG_ALERT));
	for (uint32_t code = 613; code <= 619; code++)
		assert_int_equal(catalog_find(*state, code)->severity, LOG_ALERT);
}

static void causes_without_a_code_are_changed_by_their_names(void **state)
{
	const struct catalog_override overrides[] = { severity(616, LOG_CRIT),
		named("exitEmpty", LOG_DEBUG), named("abandoned", LOG_ALERT) };
	struct catalog *catalog = catalog_good(content_with_names);

	(void)state;
	override_all(catalog, overrides, COUNT(overrides));
	assert_int_equal(catalog_find_name(catalog, TEXT("no-agents"))->severity, LOG_DEBUG);
	assert_int_equal(catalog_find_name(catalog, TEXT("abandoned"))->severity, LOG_ALERT);
	assert_int_equal(catalog->n_causes, 6);
	assert_int_equal(catalog->n_coded, 4);
	(void)catalog_free(catalog);
}

/* -- additions -------------------------------------------------------------- */

static const struct text one_alias = TEXT("NINE");

static struct catalog_override addition(uint32_t code, const char *name)
{
	return (struct catalog_override){ .code = code,
		.severity = -1,
		.name = text_of(name),
		.description = TEXT("New."),
		.place = { "c.yaml", 9, 5 } };
}

static void a_code_that_is_not_there_is_added(void **state)
{
	static const struct part parts[] = {
		{ 5, 5, LOG_ERR },
		{ 6, 6, LOG_NOTICE },
		{ 613, 619, LOG_WARNING },
		{ 700, 700, LOG_INFO },
		{ 800, 801, LOG_NOTICE },
		{ VALUE_CODE_MAX, VALUE_CODE_MAX, LOG_CRIT },
	};
	struct catalog_override overrides[] = { addition(VALUE_CODE_MAX, "last"),
		addition(6, "six") };
	const struct cause *cause;

	overrides[0].severity = LOG_CRIT;
	overrides[1].component = TEXT("c");
	overrides[1].action = TEXT("Act.");
	overrides[1].aliases = (struct text_list){ .items = (struct text *)&one_alias, .n = 1 };
	override_all(*state, overrides, COUNT(overrides));
	assert_parts(*state, parts, COUNT(parts));
	cause = catalog_find_name(*state, TEXT("nine"));
	assert_ptr_equal(cause, catalog_find(*state, 6));
	assert_text(cause->name, "six");
	assert_text(cause->description, "New.");
	assert_text(cause->component, "c");
	assert_text(cause->action, "Act.");
	assert_int_equal(cause->category.len, 0);
}

static void a_name_that_is_not_there_is_added_behind_the_others(void **state)
{
	static const char *const names[] = { "five", "unclear", "no-agents", "abandoned", "zulu",
		"alpha" };
	struct catalog_override overrides[] = { named("zulu", -1), named("alpha", LOG_ERR) };
	struct catalog *catalog = catalog_good(content_with_names);

	(void)state;
	overrides[0].description = overrides[1].description = TEXT("New.");
	overrides[0].place = (struct place){ "c.yaml", 1, 1 };
	overrides[1].place = (struct place){ "c.yaml", 2, 1 };
	override_all(catalog, overrides, COUNT(overrides));
	assert_int_equal(catalog->n_causes, COUNT(names));
	for (size_t i = 0; i < COUNT(names); i++)
		assert_text(catalog->causes[i].name, names[i]);
	assert_false(cause_has_code(catalog_find_name(catalog, TEXT("ZULU"))));
	assert_int_equal(catalog_find_name(catalog, TEXT("zulu"))->severity, LOG_NOTICE);
	(void)catalog_free(catalog);
}

static void an_empty_catalog_can_be_filled(void **state)
{
	struct catalog *catalog = catalog_good("catalog: test\ncauses: []\n");
	struct catalog_override overrides[] = { addition(7, "seven"), named("word", LOG_ERR) };

	(void)state;
	overrides[1].description = TEXT("New.");
	override_all(catalog, overrides, COUNT(overrides));
	assert_int_equal(catalog->n_coded, 1);
	assert_non_null(catalog_find(catalog, 7));
	assert_non_null(catalog_find_name(catalog, TEXT("word")));
	(void)catalog_free(catalog);
}

static void a_later_override_changes_what_an_earlier_one_added(void **state)
{
	const struct catalog_override overrides[] = { addition(6, "six"), severity(616, LOG_CRIT),
		named("six", LOG_DEBUG), severity(6, LOG_ALERT) };

	override_all(*state, overrides, COUNT(overrides) - 1);
	assert_int_equal(catalog_find(*state, 6)->severity, LOG_DEBUG);
	override(*state, overrides[3]);
	assert_int_equal(catalog_find(*state, 6)->severity, LOG_ALERT);
}

static void an_addition_outlives_the_configuration(void **state)
{
	char file[] = "c.yaml", name[] = "six", alias[] = "SIX";
	struct text items[] = { text_of(alias) };
	struct catalog_override change = addition(6, name);
	const struct cause *cause;

	change.place.file = file;
	change.aliases = change.possibilities = (struct text_list){ .items = items, .n = 1 };
	override(*state, change);
	memset(file, 'x', sizeof(file) - 1);
	memset(name, 'x', sizeof(name) - 1);
	memset(alias, 'x', sizeof(alias) - 1);
	items[0] = TEXT("gone");
	cause = catalog_find(*state, 6);
	assert_string_equal(cause->place.file, "c.yaml");
	assert_text(cause->name, "six");
	assert_text(cause->aliases->items[0], "SIX");
	assert_text(cause->possibilities->items[0], "SIX");
}

/* The vendor's next edition may have the code: that must not keep the daemon from starting. */
static void names_for_a_cause_that_is_there_are_ignored_with_a_warning(void **state)
{
	struct catalog_override overrides[] = { addition(700, "mine"), addition(5, "five"),
		named("pair", LOG_CRIT) };
	struct diag diag = { 0 };

	overrides[2].aliases = (struct text_list){ .items = (struct text *)&one_alias, .n = 1 };
	assert_int_equal(catalog_override(*state, overrides, 3, &diag), 0);
	assert_int_equal(diag_count(&diag), 0);
	assert_int_equal(diag.n_warnings, 2);
	assert_string_equal(diag.warnings[1].text, "catalog test has this cause already, 'pair'; "
						   "ignoring the aliases of the override");
	assert_string_equal(diag.warnings[0].text,
		"catalog test has this cause already, 'seven'; ignoring the name of the override");
	assert_text(catalog_find(*state, 700)->name, "seven");
	assert_text(catalog_find(*state, 700)->description, "New.");
	assert_null(catalog_find_name(*state, TEXT("mine")));
	assert_null(catalog_find_name(*state, one_alias));
	diag_done(&diag);
}

/* -- errors ----------------------------------------------------------------- */

static void what_lacks_the_members_of_a_cause_is_not_added(void **state)
{
	struct catalog_override overrides[] = { severity(6, LOG_INFO), addition(7, "seven-b"),
		addition(8, NULL), named("sevn", LOG_INFO), named("Other Word", LOG_INFO),
		named("entirely-new", -1) };
	struct diag diag = { 0 };

	for (unsigned i = 0; i < COUNT(overrides); i++)
		overrides[i].place = (struct place){ "c.yaml", i + 1, 5 };
	overrides[1].description = (struct text){ 0 };
	overrides[2].name = (struct text){ 0 };
	assert_int_equal(catalog_override(*state, overrides, COUNT(overrides), &diag), -EINVAL);
	assert_errors(&diag, { 1, 5, "no code 6; to add it, give it a name and a description" },
		{ 2, 5, "no code 7; to add it, give it a description" },
		{ 3, 5, "no code 8; to add it, give it a name" },
		{ 4, 5,
			"catalog test has no cause 'sevn' (did you mean 'seven'?); to add it, "
			"give" },
		{ 5, 5, "no cause 'Other Word'; to add it, write its name in lower-case letters" },
		{ 6, 5, "no cause 'entirely-new'; to add it, give it a description" });
	diag_done(&diag);
}

static void an_added_name_that_is_there_already_is_an_error_of_the_override(void **state)
{
	static const struct text aliases[] = { TEXT("five") };
	struct catalog_override overrides[] = { addition(1, "seven"), addition(2, "vague"),
		addition(3, "new"), addition(4, "new"), addition(6, "six") };
	struct diag diag = { 0 };

	for (unsigned i = 0; i < COUNT(overrides); i++)
		overrides[i].place = (struct place){ "c.yaml", i + 1, 5 };
	overrides[4].aliases = (struct text_list){ .items = (struct text *)aliases, .n = 1 };
	assert_int_equal(catalog_override(*state, overrides, COUNT(overrides), &diag), -EINVAL);
	assert_errors(&diag,
		{ 1, 5, "name 'seven' is already used by the cause in line 5 of x.yaml" },
		{ 2, 5, "name 'vague' is already used by the cause in line 4 of x.yaml" },
		{ 4, 5, "name 'new' is already used by the cause in line 3" },
		{ 5, 5, "name 'five' is already used by the cause in line 3 of x.yaml" });
	assert_string_equal(diag.errors[0].file, "c.yaml");
	diag_done(&diag);
}

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
		addition(6, "six"),
		addition(6, "sixx"),
		addition(7, "six"),
		named("five", LOG_DEBUG),
		named("seven", LOG_DEBUG),
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
		WITH_CATALOG(a_name_or_an_alias_changes_its_cause),
		WITH_CATALOG(the_name_of_a_split_range_changes_all_its_parts),
		WITH_CATALOG(causes_without_a_code_are_changed_by_their_names),
		WITH_CATALOG(a_code_that_is_not_there_is_added),
		WITH_CATALOG(a_name_that_is_not_there_is_added_behind_the_others),
		WITH_CATALOG(an_empty_catalog_can_be_filled),
		WITH_CATALOG(a_later_override_changes_what_an_earlier_one_added),
		WITH_CATALOG(an_addition_outlives_the_configuration),
		WITH_CATALOG(names_for_a_cause_that_is_there_are_ignored_with_a_warning),
		WITH_CATALOG(what_lacks_the_members_of_a_cause_is_not_added),
		WITH_CATALOG(an_added_name_that_is_there_already_is_an_error_of_the_override),
		WITH_CATALOG(every_override_of_a_missing_code_is_reported),
		WITH_CATALOG(every_override_gives_a_version_of_its_own),
		WITH_CATALOG(an_override_that_empties_a_text_gives_a_version_of_its_own),
		WITH_CATALOG(the_same_override_gives_the_same_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
