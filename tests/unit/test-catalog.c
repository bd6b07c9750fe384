/* Tests of cause/catalog: reading and looking up. */
#include "config.h"

#include "test.h"

#include <syslog.h>

#include "cause/catalog.h"
#include "test-catalog.h"

/* -- reading -------------------------------------------------------------- */

static void every_member_of_a_catalog_is_read(void **state)
{
	struct catalog *catalog = catalog_good("catalog: my-catalog\n"
					       "title: My catalog\n"
					       "source: My head\n"
					       "causes:\n"
					       "  - code: 512\n"
					       "    name: queue-full\n"
					       "    description: The queue is full.\n"
					       "    severity: warning\n"
					       "    component: ccs\n"
					       "    category: capacity\n"
					       "    action: Look.\n"
					       "    possibilities: [One., Two.]\n"
					       "    aliases: [QUEUE_FULL]\n");
	const struct cause *cause = catalog_find(catalog, 512);

	(void)state;
	assert_text(catalog->name, "my-catalog");
	assert_text(catalog->title, "My catalog");
	assert_text(catalog->source, "My head");
	assert_non_null(cause);
	assert_int_equal(cause->code, 512);
	assert_int_equal(cause->last, 512);
	assert_text(cause->name, "queue-full");
	assert_text(cause->description, "The queue is full.");
	assert_int_equal(cause->severity, LOG_WARNING);
	assert_text(cause->component, "ccs");
	assert_text(cause->category, "capacity");
	assert_text(cause->action, "Look.");
	assert_int_equal(cause->possibilities->n, 2);
	assert_text(cause->possibilities->items[1], "Two.");
	assert_int_equal(cause->aliases->n, 1);
	assert_text(cause->aliases->items[0], "QUEUE_FULL");
	assert_int_equal(cause->place.line, 5);
	assert_int_equal(cause->place.column, 5);
	(void)catalog_free(catalog);
}

static void what_is_optional_is_empty(void **state)
{
	struct catalog *catalog = catalog_good(CATALOG_HEAD CAUSE("5"));
	const struct cause *cause = catalog_find(catalog, 5);

	(void)state;
	assert_int_equal(catalog->title.len, 0);
	assert_int_equal(cause->component.len, 0);
	assert_int_equal(cause->category.len, 0);
	assert_int_equal(cause->action.len, 0);
	assert_int_equal(cause->possibilities->n, 0);
	assert_int_equal(cause->aliases->n, 0);
	(void)catalog_free(catalog);
}

static void a_catalog_may_have_no_causes(void **state)
{
	struct catalog *catalog = catalog_good("catalog: test\ncauses: []\n");

	(void)state;
	assert_null(catalog_find(catalog, 0));
	assert_null(catalog_find_name(catalog, TEXT("x")));
	(void)catalog_free(catalog);
}

static void a_catalog_outlives_the_text_it_was_read_from(void **state)
{
	char content[] = CATALOG_HEAD CAUSE("5");
	struct catalog *catalog = catalog_good(content);

	(void)state;
	memset(content, 'x', sizeof(content));
	assert_text(catalog_find(catalog, 5)->name, "n5");
	(void)catalog_free(catalog);
}

static void editions_have_versions_of_their_own(void **state)
{
	struct catalog *one = catalog_good(CATALOG_HEAD CAUSE("5"));
	struct catalog *same = catalog_good(CATALOG_HEAD CAUSE("5"));
	struct catalog *other = catalog_good(CATALOG_HEAD CAUSE("6"));

	(void)state;
	assert_int_equal(strlen(one->version), CATALOG_VERSION_LEN);
	assert_int_equal(strspn(one->version, "0123456789abcdef"), CATALOG_VERSION_LEN);
	assert_string_equal(one->version, same->version);
	assert_string_not_equal(one->version, other->version);
	(void)catalog_free(one);
	(void)catalog_free(same);
	(void)catalog_free(other);
}

/* -- looking up ----------------------------------------------------------- */

static void codes_are_found_whatever_their_order_in_the_file(void **state)
{
	struct catalog *catalog = catalog_good(
		CATALOG_HEAD CAUSE("700") CAUSE("0") CAUSE("613-619") CAUSE("5") CAUSE("620"));
	static const struct {
		uint64_t code;
		int64_t first;
	} rows[] = { { 0, 0 }, { 1, -1 }, { 4, -1 }, { 5, 5 }, { 6, -1 }, { 612, -1 }, { 613, 613 },
		{ 616, 613 }, { 619, 613 }, { 620, 620 }, { 621, -1 }, { 700, 700 }, { 701, -1 },
		{ UINT32_MAX, -1 }, { UINT64_C(0x100000005), -1 }, { UINT64_MAX, -1 } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(catalog_first(catalog, rows[i].code), rows[i].first);
	(void)catalog_free(catalog);
}

static void a_range_is_written_with_a_hyphen_or_as_the_vendor_does_with_a_tilde(void **state)
{
	struct catalog *catalog = catalog_good(
		CATALOG_HEAD NAMED_CAUSE("613~619", "tilde") NAMED_CAUSE("5-6", "hyphen"));

	(void)state;
	assert_int_equal(catalog_first(catalog, 612), -1);
	assert_int_equal(catalog_first(catalog, 616), 613);
	assert_int_equal(catalog_find(catalog, 613)->last, 619);
	assert_int_equal(catalog_find(catalog, 5)->last, 6);
	(void)catalog_free(catalog);
}

static void names_and_aliases_are_found_in_any_letter_case(void **state)
{
	struct catalog *catalog =
		catalog_good(CATALOG_HEAD "  - {code: 5, name: five, description: D., severity: "
					  "err, aliases: [Number_FIVE, V]}\n" CAUSE("6"));

	(void)state;
	assert_int_equal(catalog_find_name(catalog, TEXT("five"))->code, 5);
	assert_int_equal(catalog_find_name(catalog, TEXT("FIVE"))->code, 5);
	assert_int_equal(catalog_find_name(catalog, TEXT("NUMBER_five"))->code, 5);
	assert_int_equal(catalog_find_name(catalog, TEXT("v"))->code, 5);
	assert_int_equal(catalog_find_name(catalog, TEXT("N6"))->code, 6);
	(void)catalog_free(catalog);
}

static void names_are_found_whole(void **state)
{
	struct catalog *catalog = catalog_good(CATALOG_HEAD NAMED_CAUSE("5", "five"));

	(void)state;
	assert_null(catalog_find_name(catalog, TEXT("fiv")));
	assert_null(catalog_find_name(catalog, TEXT("fives")));
	assert_null(catalog_find_name(catalog, TEXT("")));
	assert_null(catalog_find_name(catalog, TEXT("5")));
	(void)catalog_free(catalog);
}

/* -- causes without a code ------------------------------------------------ */

static void a_cause_without_a_code_is_found_by_its_names_alone(void **state)
{
	struct catalog *catalog = catalog_good(
		CATALOG_HEAD "  - {name: no-agents, description: D., severity: err, aliases: "
			     "[EXITEMPTY]}\n" CAUSE("5"));
	const struct cause *cause = catalog_find_name(catalog, TEXT("no-agents"));

	(void)state;
	assert_non_null(cause);
	assert_false(cause_has_code(cause));
	assert_ptr_equal(catalog_find_name(catalog, TEXT("ExitEmpty")), cause);
	assert_true(cause_has_code(catalog_find(catalog, 5)));
	assert_null(catalog_find(catalog, CATALOG_NO_CODE));
	assert_null(catalog_find(catalog, 0));
	(void)catalog_free(catalog);
}

static void causes_without_a_code_follow_the_others_in_the_order_of_the_file(void **state)
{
	static const char *const names[] = { "n5", "n6-9", "n700", "zulu", "alpha", "mike" };
	struct catalog *catalog = catalog_good(CATALOG_HEAD CODELESS_CAUSE("zulu") CAUSE("700")
			CODELESS_CAUSE("alpha") CAUSE("6-9") CODELESS_CAUSE("mike") CAUSE("5"));

	(void)state;
	assert_int_equal(catalog->n_causes, COUNT(names));
	assert_int_equal(catalog->n_coded, 3);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_text(catalog->causes[i].name, names[i]);
	assert_int_equal(catalog_first(catalog, 8), 6);
	(void)catalog_free(catalog);
}

static void causes_of_one_line_keep_their_order(void **state)
{
	struct catalog *catalog =
		catalog_good("catalog: c\ncauses: [{name: b, description: D., severity: err}, "
			     "{name: a, description: D., severity: err}, "
			     "{code: 1, name: c, description: D., severity: err}]\n");

	(void)state;
	assert_text(catalog->causes[0].name, "c");
	assert_text(catalog->causes[1].name, "b");
	assert_text(catalog->causes[2].name, "a");
	(void)catalog_free(catalog);
}

static void a_catalog_may_have_no_codes_at_all(void **state)
{
	struct catalog *catalog =
		catalog_good(CATALOG_HEAD CODELESS_CAUSE("b") CODELESS_CAUSE("a"));

	(void)state;
	assert_int_equal(catalog->n_coded, 0);
	assert_null(catalog_find(catalog, 0));
	assert_null(catalog_find(catalog, CATALOG_NO_CODE));
	assert_non_null(catalog_find_name(catalog, TEXT("A")));
	(void)catalog_free(catalog);
}

static void names_of_causes_without_a_code_are_their_own(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(CATALOG_HEAD CODELESS_CAUSE("a") CODELESS_CAUSE("a")),
			{ { 4, 5, "name 'a' is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5", "a") CODELESS_CAUSE("a")),
			{ { 4, 5, "name 'a' is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD CODELESS_CAUSE("a") NAMED_CAUSE("5", "a")),
			{ { 4, 5, "name 'a' is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD "  - {description: D., severity: err}\n"),
			{ { 3, 5, "key 'name' is missing" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), catalog_read_and_free);
}

/* -- bounds --------------------------------------------------------------- */

static void codes_up_to_the_bound_are_accepted_and_greater_ones_are_not(void **state)
{
	static const struct test_file greater[] = {
		{ TEXT(CATALOG_HEAD CAUSE("4294967295")),
			{ { 3, 12, "is greater than 4294967294" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-4294967295")), { { 3, 12, "code 4294967295 is" } } },
		{ TEXT(CATALOG_HEAD CAUSE("99999999999999999999999")), { { 3, 12, "greater" } } },
	};
	struct catalog *catalog = catalog_good(CATALOG_HEAD CAUSE("4294967290-4294967294"));

	(void)state;
	assert_int_equal(catalog_first(catalog, VALUE_CODE_MAX), 4294967290);
	(void)catalog_free(catalog);
	test_refused(greater, COUNT(greater), catalog_read_and_free);
}

/* A catalog with `len` times `x` as the value of one key of a cause. */
static char *with_member(const char *key, const char *before, size_t len, const char *after)
{
	char *x = test_repeat('x', len);
	size_t size = len + 300;
	char *content = malloc(size);

	assert_non_null(content);
	(void)snprintf(content, size,
		CATALOG_HEAD "  - {code: 5, %s%s severity: err, %s: %s%s%s}\n",
		strcmp(key, "name") != 0 ? "name: n, " : "",
		strcmp(key, "description") != 0 ? "description: D.," : "", key, before, x, after);
	free(x);
	return content;
}

static void texts_up_to_their_bounds_are_accepted_and_longer_ones_are_not(void **state)
{
	static const struct {
		const char *key, *before, *after, *says;
		size_t max;
	} rows[] = {
		{ "name", "", "", "name is 64 bytes", CATALOG_NAME_MAX },
		{ "description", "", "", "description is 1001 bytes", CATALOG_TEXT_MAX },
		{ "component", "", "", "component is 64 bytes", CATALOG_NAME_MAX },
		{ "category", "", "", "category is 64 bytes", CATALOG_NAME_MAX },
		{ "action", "", "", "action is 1001 bytes", CATALOG_TEXT_MAX },
		{ "aliases", "[", "]", "an alias must have at most 63 bytes", CATALOG_NAME_MAX },
		{ "possibilities", "[", "]", "1 to 1024 bytes, not 1025", 1024 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *fits = with_member(rows[i].key, rows[i].before, rows[i].max, rows[i].after);
		char *longer =
			with_member(rows[i].key, rows[i].before, rows[i].max + 1, rows[i].after);
		struct diag diag = { 0 };

		(void)catalog_free(catalog_good(fits));
		assert_int_equal(catalog_read_and_free(text_of(longer), &diag), -EINVAL);
		assert_int_equal(diag_count(&diag), 1);
		assert_non_null(strstr(diag.errors[0].text, rows[i].says));
		diag_done(&diag);
		free(fits);
		free(longer);
	}
}

/* A catalog with `n` items in one list of a cause. */
static char *with_items(const char *key, unsigned n)
{
	char *content = calloc(n + 10, 20);
	size_t len;

	assert_non_null(content);
	len = (size_t)sprintf(content,
		CATALOG_HEAD "  - {code: 5, name: n, description: D., severity: err, %s: [", key);
	for (unsigned i = 0; i < n; i++)
		len += (size_t)sprintf(content + len, "item%u, ", i);
	(void)sprintf(content + len, "]}\n");
	return content;
}

static void lists_up_to_their_bounds_are_accepted_and_longer_ones_are_not(void **state)
{
	static const char *const lists[] = { "possibilities", "aliases" };

	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		char *fits = with_items(lists[i], 32);
		char *longer = with_items(lists[i], 33);
		struct diag diag = { 0 };

		(void)catalog_free(catalog_good(fits));
		assert_int_equal(catalog_read_and_free(text_of(longer), &diag), -EINVAL);
		assert_int_equal(diag_count(&diag), 1);
		assert_non_null(strstr(diag.errors[0].text, "33 items; at most 32"));
		diag_done(&diag);
		free(fits);
		free(longer);
	}
}

static void a_large_catalog_finds_each_of_its_causes(void **state)
{
	enum { N = 5000 };
	char *content = calloc(N + 1, 90);
	size_t len;
	struct catalog *catalog;

	(void)state;
	assert_non_null(content);
	len = (size_t)sprintf(content, CATALOG_HEAD);
	for (unsigned i = 0; i < N; i++) {
		unsigned code = i * 7919 % N * 3; /* every multiple of 3, in no order */

		len += (size_t)sprintf(content + len,
			"  - {code: %u-%u, name: n%u, description: D., severity: err}\n", code,
			code + 1, code);
	}
	catalog = catalog_good(content);
	for (unsigned code = 0; code < 3 * N; code++) {
		int64_t first = code % 3 < 2 ? code / 3 * 3 : INT64_C(-1);
		char name[16];

		(void)snprintf(name, sizeof(name), "N%u", code);
		assert_int_equal(catalog_first(catalog, code), first);
		assert_int_equal(catalog_find_name(catalog, text_of(name)) != NULL, code % 3 == 0);
	}
	(void)catalog_free(catalog);
	free(content);
}

/* -- what is refused ------------------------------------------------------ */

static void codes_that_are_no_plain_decimal_numbers_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(CATALOG_HEAD CAUSE("010")),
			{ { 3, 12, "'010' has leading zeros; write 10" } } },
		{ TEXT(CATALOG_HEAD CAUSE("00")), { { 3, 12, "leading zeros; write 0" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("0x1F", "n")),
			{ { 3, 12, "'0x1F' is not a decimal" } } },
		{ TEXT(CATALOG_HEAD CAUSE("no")), { { 3, 12, "'no' is not a decimal number" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("~", "n")), { { 3, 12, "'~' is not a decimal" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("''", "n")), { { 3, 12, "'' is not a decimal" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("' 5'", "n")), { { 3, 12, "' 5' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("+5", "n")), { { 3, 12, "'+5' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5.0", "n")), { { 3, 12, "'5.0' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("1_0", "n")), { { 3, 12, "'1_0' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("1e3", "n")), { { 3, 12, "'1e3' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("-5", "n")), { { 3, 12, "'-5' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5-", "n")), { { 3, 12, "'' is not" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-6-7")), { { 3, 12, "'6-7' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("613~", "n")), { { 3, 12, "'' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("~619", "n")), { { 3, 12, "'~619' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("613~-619", "n")), { { 3, 12, "'-619' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("613~615~619", "n")),
			{ { 3, 12, "'615~619' is not" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("619~613", "n")),
			{ { 3, 12, "must end above its first code" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5 - 6", "n")), { { 3, 12, "'5 ' is not" } } },
		{ TEXT(CATALOG_HEAD CAUSE("05-6")), { { 3, 12, "leading zeros; write 5" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-06")), { { 3, 12, "leading zeros; write 6" } } },
		{ TEXT(CATALOG_HEAD CAUSE("619-613")),
			{ { 3, 12, "must end above its first code" } } },
		{ TEXT(CATALOG_HEAD CAUSE("613-613")),
			{ { 3, 12, "must end above its first code" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("[5]", "n")), { { 3, 12, "not a list" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), catalog_read_and_free);
}

static void codes_that_are_there_twice_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5", "a") CAUSE("7") NAMED_CAUSE("5", "b")),
			{ { 5, 5, "code 5 appears twice, first in line 3" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-9") CAUSE("7")),
			{ { 4, 5, "code 7 appears twice" } } },
		{ TEXT(CATALOG_HEAD CAUSE("7") CAUSE("5-9")),
			{ { 4, 5, "code 7 appears twice, first in line 3" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-9") CAUSE("5")), { { 4, 5, "code 5 appears" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-9") CAUSE("9")), { { 4, 5, "code 9 appears" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5-9") CAUSE("9-12")), { { 4, 5, "code 9 appears" } } },
		{ TEXT(CATALOG_HEAD CAUSE("9-12") CAUSE("5-9")), { { 4, 5, "code 9 appears" } } },
		{ TEXT(CATALOG_HEAD CAUSE("1-100") CAUSE("5") CAUSE("200") CAUSE("99-101")),
			{ { 4, 5, "code 5 appears" }, { 6, 5, "code 99 appears" } } },
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5", "a") NAMED_CAUSE("5", "b")
				  NAMED_CAUSE("5", "c")),
			{ { 4, 5, "code 5 appears" }, { 5, 5, "code 5 appears" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), catalog_read_and_free);
}

static void ranges_that_only_touch_are_accepted(void **state)
{
	struct catalog *catalog = catalog_good(CATALOG_HEAD CAUSE("5-9") CAUSE("4") CAUSE("10-12"));

	(void)state;
	assert_int_equal(catalog_first(catalog, 9), 5);
	assert_int_equal(catalog_first(catalog, 10), 10);
	(void)catalog_free(catalog);
}

#define ALIASED_CAUSE(code, aliases)                                                               \
	"  - {code: " code ", name: n" code ", description: D., severity: err, aliases: [" aliases \
	"]}\n"

static void names_that_are_there_twice_are_refused(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(CATALOG_HEAD NAMED_CAUSE("5", "a") NAMED_CAUSE("6", "a")),
			{ { 4, 5, "name 'a' is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD ALIASED_CAUSE("5", "A") NAMED_CAUSE("6", "a")),
			{ { 4, 5, "is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD ALIASED_CAUSE("5", "X") ALIASED_CAUSE("6", "y, x")),
			{ { 4, 5, "'x' is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD ALIASED_CAUSE("5", "n5")),
			{ { 3, 5, "is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD ALIASED_CAUSE("5", "N5") ALIASED_CAUSE("6", "N5")),
			{ { 4, 5, "'N5' is already used by the cause in line 3" } } },
		{ TEXT(CATALOG_HEAD ALIASED_CAUSE("5", "x, x")),
			{ { 3, 70, "'x' appears twice" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), catalog_read_and_free);
}

/* A platform's own spelling is worth listing, and leads to the same cause. */
static void names_of_one_cause_may_differ_in_letter_case_alone(void **state)
{
	struct catalog *catalog = catalog_good(
		CATALOG_HEAD ALIASED_CAUSE("5", "N5, Nfive, NFIVE") ALIASED_CAUSE("6", "N-6"));

	(void)state;
	assert_int_equal(catalog_find_name(catalog, TEXT("N5"))->code, 5);
	assert_int_equal(catalog_find_name(catalog, TEXT("nFIVE"))->code, 5);
	assert_int_equal(catalog_find_name(catalog, TEXT("n5"))->aliases->n, 3);
	(void)catalog_free(catalog);
}

/* Names, codes and members are checked one after the other; a person reads from the top. */
static void errors_come_in_the_order_of_lines(void **state)
{
	static const struct text content = TEXT(CATALOG_HEAD NAMED_CAUSE("9", "a")
			NAMED_CAUSE("9", "z") NAMED_CAUSE("7", "z") NAMED_CAUSE("01", "b")
				NAMED_CAUSE("5", "a") NAMED_CAUSE("4", "A_") "  - {code: 4}\n");
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(catalog_read_and_free(content, &diag), -EINVAL);
	assert_between(diag.n_errors, 7, DIAG_ERRORS_MAX);
	for (size_t i = 1; i < diag.n_errors; i++)
		assert_true(diag.errors[i - 1].line <= diag.errors[i].line);
	diag_done(&diag);
}

/* All of these end up on terminals, and brackets are looked for. */
static void text_that_reorders_a_terminal_or_begins_a_bracket_is_refused_in_every_place(
	void **state)
{
#define CAUSE_WITH(member) "  - {code: 5, name: n, severity: err, " member "}\n"
	static const struct test_file files[] = {
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: 'As [release cause 5 n]'")),
			{ { 3, 52, "description must not hold '[release cause '" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: \"a\xE2\x80\xAE!\"")),
			{ { 3, 52, "description must not hold U+202E" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: \"a\\u2066\"")),
			{ { 3, 52, "description must not hold U+2066" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: \"a\\u2028b\"")),
			{ { 3, 52, "description must not hold U+2028" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: \"a\\u0085b\"")),
			{ { 3, 52, "without control characters" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: D., action: \"\\u200Fa\"")),
			{ { 3, 64, "action must not hold U+200F" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: D., component: \"\\u061Ca\"")),
			{ { 3, 67, "component must not hold U+061C" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: D., category: \"\\u2069a\"")),
			{ { 3, 66, "category must not hold U+2069" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: D., possibilities: [a, \"\\u2029\"]")),
			{ { 3, 75, "an item of possibilities must not hold U+2029" } } },
		{ TEXT(CATALOG_HEAD CAUSE_WITH("description: D., aliases: [\"\\u200E\"]")),
			{ { 3, 66, "an item of aliases must not hold U+200E" } } },
		{ TEXT("catalog: c\ntitle: \"\\u202A\"\ncauses: []\n"),
			{ { 2, 8, "title must not hold U+202A" } } },
		{ TEXT("catalog: c\nsource: \"\\u202A\"\ncauses: []\n"),
			{ { 2, 9, "source must not hold U+202A" } } },
	};
#undef CAUSE_WITH

	(void)state;
	test_refused(files, COUNT(files), catalog_read_and_free);
}

static void every_fault_of_a_file_has_a_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(""), { { 0, 0, "there is nothing in this file" } } },
		{ TEXT("# comment\n"), { { 0, 0, "there is nothing in this file" } } },
		{ TEXT("text\n"), { { 1, 1, "expected a mapping, not text" } } },
		{ TEXT("{}\n"), { { 1, 1, "key 'catalog' is missing" },
					{ 1, 1, "key 'causes' is missing" } } },
		{ TEXT("catalog: Test\ncauses: []\n"), { { 1, 10, "must be lower-case" } } },
		{ TEXT("catalog: test\ncauses:\n"), { { 2, 8, "expected a list" } } },
		{ TEXT("catalog: test\ncauses: {}\n"), { { 2, 9, "expected a list" } } },
		{ TEXT(CATALOG_HEAD "  - 5\n"), { { 3, 5, "expected a mapping, not text" } } },
		{ TEXT(CATALOG_HEAD "  - {}\n"),
			{ { 3, 5, "'name' is missing" }, { 3, 5, "'description' is missing" },
				{ 3, 5, "'severity' is missing" } } },
		{ TEXT(CATALOG_HEAD "  - {code: 5, name: n, description: D., severity: error}\n"),
			{ { 3, 51, "severity 'error' is none of emerg, alert, crit, err," } } },
		{ TEXT(CATALOG_HEAD "  - {code: 5, name: n, description: '', severity: 3}\n"),
			{ { 3, 37, "description is empty" }, { 3, 51, "'3' is none of" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5") "titel: x\n"),
			{ { 4, 1, "did you mean 'title'?" } } },
		{ TEXT(CATALOG_HEAD CAUSE("5") "catalog: again\n"), { { 4, 1, "appears twice" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), catalog_read_and_free);
}

static void another_category_is_accepted_and_a_check_warns_of_it(void **state)
{
	static const struct text content = TEXT(CATALOG_HEAD
		"  - {code: 5, name: a, description: D., severity: err, category: normal}\n"
		"  - {code: 6, name: b, description: D., severity: err, category: outage}\n"
		"  - {code: 7, name: c, description: D., severity: err, category: "
		"capcity}\n");
	struct diag quiet = { 0 }, check = { .advises = true };

	(void)state;
	assert_int_equal(catalog_read_and_free(content, &quiet), 0);
	assert_int_equal(diag_count_warnings(&quiet), 0);
	assert_int_equal(catalog_read_and_free(content, &check), 0);
	assert_int_equal(diag_count(&check), 0);
	assert_int_equal(diag_count_warnings(&check), 2);
	assert_int_equal(check.warnings[0].line, 4);
	assert_int_equal(check.warnings[0].column, 66);
	assert_non_null(strstr(check.warnings[0].text, "category 'outage' is unusual; the usual"));
	assert_non_null(strstr(check.warnings[1].text, "did you mean 'capacity'?"));
	diag_done(&quiet);
	diag_done(&check);
}

static void all_errors_of_a_catalog_are_found_in_one_run(void **state)
{
	static const struct test_file file = {
		TEXT("catalog: Test\n"
		     "causes:\n"
		     "  - {code: 010, name: a, description: D., severity: err}\n"
		     "  - {code: 5, name: b, descripton: D., severity: err}\n"
		     "  - {code: 6, name: d, description: D., severity: bad}\n"
		     "  - {code: 5, name: c, description: D., severity: err}\n"),
		{
			{ 1, 10, "must be lower-case" },
			{ 3, 12, "leading zeros" },
			{ 4, 24, "did you mean 'description'?" },
			{ 4, 5, "'description' is missing" },
			{ 5, 51, "'bad' is none of" },
			{ 6, 5, "code 5 appears twice, first in line 4" },
		}
	};

	(void)state;
	test_refused(&file, 1, catalog_read_and_free);
}

/* The second list is shorter: taking both once read past its end. */
static void of_two_lists_of_causes_the_first_counts_and_schema_errors_are_reported_too(void **state)
{
	static const struct test_file file = { TEXT(CATALOG_HEAD CAUSE("1") CAUSE("2") CAUSE(
						       "3") "causes:\n" CAUSE("bad") "x: 1\n"),
		{
			{ 6, 1, "'causes' appears twice, first in line 2" },
			{ 8, 1, "unknown key 'x'" },
		} };

	(void)state;
	test_refused(&file, 1, catalog_read_and_free);
}

static void errors_of_causes_do_not_hide_that_a_file_is_cut(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(
		catalog_read_and_free(
			TEXT(CATALOG_HEAD "  - {code: x}\n  - {code: 1, name: \"n"), &diag),
		-EINVAL);
	assert_int_equal(diag_count(&diag), 1);
	assert_non_null(strstr(diag.errors[0].text, "YAML syntax"));
	diag_done(&diag);
}

static int read_text(void *userdata, void *data, size_t size, size_t *ret_n)
{
	struct text *rest = userdata;

	*ret_n = size < rest->len ? size : rest->len;
	memcpy(data, rest->data, *ret_n);
	text_skip(rest, *ret_n);
	return 0;
}

static void a_catalog_from_a_stream_is_that_of_its_text(void **state)
{
	static const char content[] = CATALOG_HEAD CAUSE("5") CAUSE("3-4");
	struct text rest = TEXT(content);
	const struct yaml_stream stream = { read_text, &rest };
	struct catalog *catalog = catalog_good(content), *streamed = NULL;
	struct diag diag = { 0 };

	(void)state;
	assert_good(catalog_read_stream("x.yaml", &stream, &diag, &streamed), &diag);
	assert_string_equal(streamed->version, catalog->version);
	assert_int_equal(streamed->n_causes, 2);
	assert_int_equal(catalog_first(streamed, 4), 3);
	(void)catalog_free(streamed);
	(void)catalog_free(catalog);
}

static void a_stream_with_errors_gives_no_catalog(void **state)
{
	struct text rest = TEXT(CATALOG_HEAD CAUSE("5") CAUSE("5"));
	const struct yaml_stream stream = { read_text, &rest };
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(catalog_read_stream("x.yaml", &stream, &diag, &catalog), -EINVAL);
	assert_null(catalog);
	assert_true(diag_any(&diag));
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			of_two_lists_of_causes_the_first_counts_and_schema_errors_are_reported_too),
		cmocka_unit_test(every_member_of_a_catalog_is_read),
		cmocka_unit_test(what_is_optional_is_empty),
		cmocka_unit_test(a_catalog_may_have_no_causes),
		cmocka_unit_test(a_catalog_outlives_the_text_it_was_read_from),
		cmocka_unit_test(editions_have_versions_of_their_own),
		cmocka_unit_test(codes_are_found_whatever_their_order_in_the_file),
		cmocka_unit_test(
			a_range_is_written_with_a_hyphen_or_as_the_vendor_does_with_a_tilde),
		cmocka_unit_test(names_and_aliases_are_found_in_any_letter_case),
		cmocka_unit_test(names_are_found_whole),
		cmocka_unit_test(a_cause_without_a_code_is_found_by_its_names_alone),
		cmocka_unit_test(causes_without_a_code_follow_the_others_in_the_order_of_the_file),
		cmocka_unit_test(causes_of_one_line_keep_their_order),
		cmocka_unit_test(a_catalog_may_have_no_codes_at_all),
		cmocka_unit_test(names_of_causes_without_a_code_are_their_own),
		cmocka_unit_test(codes_up_to_the_bound_are_accepted_and_greater_ones_are_not),
		cmocka_unit_test(texts_up_to_their_bounds_are_accepted_and_longer_ones_are_not),
		cmocka_unit_test(lists_up_to_their_bounds_are_accepted_and_longer_ones_are_not),
		cmocka_unit_test(a_large_catalog_finds_each_of_its_causes),
		cmocka_unit_test(codes_that_are_no_plain_decimal_numbers_are_refused),
		cmocka_unit_test(codes_that_are_there_twice_are_refused),
		cmocka_unit_test(ranges_that_only_touch_are_accepted),
		cmocka_unit_test(names_that_are_there_twice_are_refused),
		cmocka_unit_test(names_of_one_cause_may_differ_in_letter_case_alone),
		cmocka_unit_test(errors_come_in_the_order_of_lines),
		cmocka_unit_test(
			text_that_reorders_a_terminal_or_begins_a_bracket_is_refused_in_every_place),
		cmocka_unit_test(every_fault_of_a_file_has_a_place),
		cmocka_unit_test(another_category_is_accepted_and_a_check_warns_of_it),
		cmocka_unit_test(all_errors_of_a_catalog_are_found_in_one_run),
		cmocka_unit_test(errors_of_causes_do_not_hide_that_a_file_is_cut),
		cmocka_unit_test(a_catalog_from_a_stream_is_that_of_its_text),
		cmocka_unit_test(a_stream_with_errors_gives_no_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
