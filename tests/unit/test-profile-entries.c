/* Tests of cause/profile-entries and cause/profile-context: what each entry may say, and what is
 * wrong with it. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/search/columns.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"
#include "test-profile.h"

#define COLUMNS PROFILE_HEAD "columns:\n"

/* -- readings --------------------------------------------------------------- */

static void an_entry_has_of_its_own_what_it_says_and_the_rest_of_the_profile(void **state)
{
	struct profile *profile = profile_good(
		PROFILE_HEAD "base: hex\nignore: [0]\n"
			     "keys:\n  - plain\n  - {key: named, base: name}\n"
			     "  - {key: other, catalog: sip, ignore: [200]}\n  - {key: same}\n"
			     "fields:\n  - PLAIN\n  - {field: OTHER, catalog: sip}\n"
			     "columns:\n  - {column: 1, requires: abc, base: text}\n"
			     "  - {header: a}\n");
	const struct profile_key *keys = profile->keys;

	(void)state;
	assert_ptr_equal(keys[0].reading, profile->readings);
	assert_ptr_equal(keys[3].reading, profile->readings);
	assert_ptr_equal(profile->fields[0].reading, profile->readings);
	assert_ptr_equal(profile->columns[1].reading, profile->readings);
	assert_int_equal(keys[0].reading->base, VALUE_HEX);
	assert_int_equal(keys[1].reading->base, VALUE_NAME);
	assert_text(keys[1].reading->catalog_name, "test");
	assert_int_equal(keys[1].reading->ignore.n, 1);
	assert_text(keys[2].reading->catalog_name, "sip");
	assert_int_equal(keys[2].reading->base, VALUE_HEX);
	assert_text(keys[2].reading->ignore.items[0], "200");
	assert_text(profile->fields[1].reading->catalog_name, "sip");
	assert_text(profile->fields[1].reading->ignore.items[0], "0");
	assert_int_equal(profile->columns[0].reading->base, VALUE_TEXT);
	(void)profile_free(profile);
}

static void an_empty_list_to_ignore_is_a_list_of_its_own(void **state)
{
	struct profile *profile =
		profile_good(PROFILE_HEAD "ignore: [0, 16]\nkeys: [a, {key: b, ignore: []}]\n"
					  "patterns:\n"
					  "  - {requires: abc, regex: '(?<cause>x)', ignore: []}\n"
					  "  - {requires: abc, regex: '(?<cause>x)'}\n");

	(void)state;
	assert_int_equal(profile->keys[0].reading->ignore.n, 2);
	assert_int_equal(profile->keys[1].reading->ignore.n, 0);
	assert_int_equal(profile->patterns[0].reading->ignore.n, 0);
	assert_int_equal(profile->patterns[1].reading->ignore.n, 2);
	(void)profile_free(profile);
}

static void the_base_of_the_profile_is_not_that_of_its_patterns(void **state)
{
	struct profile *profile =
		profile_good("patterns:\n"
			     "  - {requires: abc, regex: '(?<cause>x)'}\n"
			     "  - {requires: abc, regex: '(?<cause>x)', catalog: sip}\n"
			     "  - {requires: abc, regex: '(?<cause>x)', base: q931}\n"
			     "keys: [a]\nignore: [0]\nbase: hex\ncatalog: test\nprofile: test\n");

	(void)state;
	assert_int_equal(profile->keys[0].reading->base, VALUE_HEX);
	assert_int_equal(profile->patterns[0].reading->base, VALUE_DECIMAL);
	assert_text(profile->patterns[0].reading->catalog_name, "test");
	assert_int_equal(profile->patterns[0].reading->ignore.n, 1);
	assert_int_equal(profile->patterns[1].reading->base, VALUE_DECIMAL);
	assert_text(profile->patterns[1].reading->catalog_name, "sip");
	assert_int_equal(profile->patterns[2].reading->base, VALUE_Q931);
	(void)profile_free(profile);
}

static void a_profile_may_be_kept_out_of_all(void **state)
{
	static const struct {
		const char *line;
		bool named_only;
	} rows[] = { { "", false }, { "default: yes\n", false }, { "default: true\n", false },
		{ "default: no\n", true }, { "default: false\n", true } };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char content[128];
		struct profile *profile;

		(void)snprintf(
			content, sizeof(content), PROFILE_HEAD "keys: [a]\n%s", rows[i].line);
		profile = profile_good(content);
		assert_int_equal(profile->named_only, rows[i].named_only);
		(void)profile_free(profile);
	}
}

static void a_name_that_stands_as_a_key_gets_a_remedy(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(PROFILE_HEAD "keys:\n  - cause: {base: text}\n"),
			{ { 4, 5, "write {key: cause, …}, all in one mapping" } } },
		{ TEXT(PROFILE_HEAD "fields: [CAUSE: {base: hex}]\n"),
			{ { 3, 10, "write {field: CAUSE, …}" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), profile_read_and_free);
}

/* -- columns ---------------------------------------------------------------- */

static void every_member_of_a_column_is_read(void **state)
{
	struct profile *profile =
		profile_good(COLUMNS "  - {column: 17, requires: ',-1,', separator: ;, width: 21, "
				     "where: {column: 18, equals: ''}}\n"
				     "  - {header: Hangup Cause, separator: \"\\t\", width: 3, "
				     "where: {header: Type, equals: x}}\n");
	const struct profile_column *columns = profile->columns;

	(void)state;
	assert_int_equal(profile->n_columns, 2);
	assert_int_equal(columns[0].column.number, 17);
	assert_text(columns[0].requires, ",-1,");
	assert_int_equal(columns[0].separator, ';');
	assert_int_equal(columns[0].width, 21);
	assert_int_equal(columns[0].where.number, 18);
	assert_text(columns[0].equals, "");
	assert_text(columns[1].column.header, "Hangup Cause");
	assert_int_equal(columns[1].separator, '\t');
	assert_text(columns[1].where.header, "Type");
	assert_int_equal(columns[1].place.line, 5);
	(void)profile_free(profile);
}

static void what_is_wrong_with_a_column_is_reported_once(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(COLUMNS "  - {column: 0, requires: abc}\n"),
			{ { 4, 14, "column '0' must be a number from 1 to 1024" } } },
		{ TEXT(COLUMNS "  - {column: 1025, requires: abc}\n"), { { 4, 14, "1 to 1024" } } },
		{ TEXT(COLUMNS "  - {column: '-1', requires: abc}\n"), { { 4, 14, "1 to 1024" } } },
		{ TEXT(COLUMNS "  - {column: [1], requires: abc}\n"),
			{ { 4, 14, "expected text, not a list" } } },
		{ TEXT(COLUMNS "  - {column: 1}\n"),
			{ { 4, 5, "'requires' is missing: a column by number needs a text" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: ''}\n"),
			{ { 4, 27, "requires is empty" } } },
		{ TEXT(COLUMNS "  - {requires: abc}\n"), { { 4, 5, "one of the two" } } },
		{ TEXT(COLUMNS "  - {column: 1, header: a, requires: abc}\n"),
			{ { 4, 5, "one of the two" } } },
		{ TEXT(COLUMNS "  - {header: a, requires: abc}\n"),
			{ { 4, 5, "'requires' is for a column by number" } } },
		{ TEXT(COLUMNS "  - {header: ''}\n"), { { 4, 14, "header is empty" } } },
		{ TEXT(COLUMNS "  - {column: 3, requires: abc, width: 2}\n"),
			{ { 4, 5, "no column 3 in a record that is 2 columns wide" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, width: 2, "
			       "where: {column: 4, equals: x}}\n"),
			{ { 4, 5, "no column 4 in a record" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, width: 0}\n"),
			{ { 4, 39, "width '0' must be a number from 1 to 1024" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, where: {}}\n"),
			{ { 4, 39, "'equals' is missing" },
				{ 4, 39, "'where' needs the 'column' or the 'header'" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, where: {column: 0, equals: x}}\n"),
			{ { 4, 48, "1 to 1024" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, where: {header: b, equals: x}}\n"),
			{ { 4, 5, "both by number, or both by header" } } },
		{ TEXT(COLUMNS "  - {header: a, where: {column: 1, equals: x}}\n"),
			{ { 4, 5, "both by number, or both by header" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, separator: ''}\n"),
			{ { 4, 43, "separator is empty" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, separator: ab}\n"),
			{ { 4, 43, "separator is 2 bytes long; at most 1" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, separator: x}\n"),
			{ { 4, 5, "separator must be one character of ASCII" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, separator: '\"'}\n"),
			{ { 4, 5, "separator must be one character of ASCII" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, separator: \"\\n\"}\n"),
			{ { 4, 5, "separator must be one character of ASCII" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: \"a\\nb\"}\n"),
			{ { 4, 5, "requires must not hold a line end" } } },
		{ TEXT(COLUMNS "  - {column: 1, requires: abc, base: oct}\n"),
			{ { 4, 38, "base 'oct' is none of decimal, hex, q931, name, text" } } },
		{ TEXT(COLUMNS "  - {colum: 1, header: a}\n"),
			{ { 4, 6, "unknown key 'colum'; did you mean 'column'?" } } },
		{ TEXT(COLUMNS "  - a\n"), { { 4, 5, "expected a mapping, not text" } } },
		{ TEXT(PROFILE_HEAD "columns: {}\n"), { { 3, 10, "expected a list" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), profile_read_and_free);
}

/* -- keys and fields -------------------------------------------------------- */

static void what_is_wrong_with_a_key_or_field_is_reported_once(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(PROFILE_HEAD "keys:\n  - {base: text}\n"),
			{ { 4, 5, "key 'key' is missing" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - {key: -a}\n"), { { 4, 11, "must have 1 to 64" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - {key: a, catalgo: sip}\n"),
			{ { 4, 14, "did you mean 'catalog'?" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - {key: a, catalog: SIP}\n"),
			{ { 4, 23, "must be lower-case letters" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - {key: a, base: 16}\n"),
			{ { 4, 20, "is none of decimal, hex" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - {key: a, ignore: 0}\n"),
			{ { 4, 22, "expected a list" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - {key: a, ignore: [07]}\n"),
			{ { 4, 23, "leading zeros; write 7" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - a\n  - {key: a}\n"),
			{ { 5, 5, "'a' appears twice in keys" } } },
		{ TEXT(PROFILE_HEAD "keys:\n  - [a]\n"),
			{ { 4, 5, "expected text, not a list" } } },
		{ TEXT(PROFILE_HEAD "fields:\n  - {field: a}\n"),
			{ { 4, 13, "no name of a journal field" } } },
		{ TEXT(PROFILE_HEAD "fields:\n  - {fields: A, field: B}\n"),
			{ { 4, 6, "did you mean 'field'?" } } },
		{ TEXT(PROFILE_HEAD "keys: [a]\ndefault: maybe\n"),
			{ { 4, 10, "default 'maybe' is none of yes, no" } } },
		{ TEXT("profile: all\ncatalog: test\nkeys: [a]\n"),
			{ { 1, 1, "'all' is no name for a profile" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), profile_read_and_free);
}

/* -- context ---------------------------------------------------------------- */

static void a_context_has_keys_and_expressions(void **state)
{
	struct profile *profile = profile_good(
		PROFILE_HEAD "keys: [a]\n"
			     "context:\n  call: [uniqueid, {regex: '^([0-9a-f-]{36}) '}]\n"
			     "  trunk: [trunk]\n"
			     "examples:\n  - {line: x, causes: [], context: {call: '87.3'}}\n");

	(void)state;
	assert_int_equal(profile->n_contexts, 2);
	assert_text(profile->contexts[0].name, "call");
	assert_int_equal(profile->contexts[0].n_entries, 2);
	assert_text(profile->contexts[0].entries[0].key, "uniqueid");
	assert_null(profile->contexts[0].entries[0].pattern);
	assert_non_null(profile->contexts[0].entries[1].pattern);
	assert_int_equal(profile->examples[0].n_facts, 1);
	assert_text(profile->examples[0].facts[0].value, "87.3");
	(void)profile_free(profile);
}

#define CONTEXT PROFILE_HEAD "keys: [a]\ncontext:\n"

static void what_is_wrong_with_a_context_is_reported_once(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(PROFILE_HEAD "keys: [a]\ncontext: [call]\n"),
			{ { 4, 10, "expected a mapping, not a list" } } },
		{ TEXT(CONTEXT "  Call: [a]\n"), { { 5, 3, "1 to 16 lower-case letters" } } },
		{ TEXT(CONTEXT "  '': [a]\n"), { { 5, 3, "1 to 16 lower-case letters" } } },
		{ TEXT(CONTEXT "  a-b: [a]\n"), { { 5, 3, "1 to 16 lower-case letters" } } },
		{ TEXT(CONTEXT "  name: [a]\n"),
			{ { 5, 3, "'name' is the name of another field or parameter" } } },
		{ TEXT(CONTEXT "  code: [a]\n"), { { 5, 3, "choose another one" } } },
		{ TEXT(CONTEXT "  observed: [a]\n"), { { 5, 3, "choose another one" } } },
		{ TEXT(CONTEXT "  source: [a]\n"), { { 5, 3, "choose another one" } } },
		{ TEXT(CONTEXT "  position: [a]\n"), { { 5, 3, "choose another one" } } },
		{ TEXT(CONTEXT "  instance: [a]\n"), { { 5, 3, "choose another one" } } },
		{ TEXT(CONTEXT "  known: [a]\n"), { { 5, 3, "choose another one" } } },
		{ TEXT(CONTEXT "  call: a\n"), { { 5, 9, "expected a list, not text" } } },
		{ TEXT(CONTEXT "  call: []\n"), { { 5, 9, "the list is empty" } } },
		{ TEXT(CONTEXT "  call: [-a]\n"), { { 5, 10, "must have 1 to 64 letters" } } },
		{ TEXT(CONTEXT "  call: [{regex: a}]\n"),
			{ { 5, 18, "regex: there is no group, as in ([0-9]+)" } } },
		{ TEXT(CONTEXT "  call: [{regex: '(a'}]\n"),
			{ { 5, 18, "regex: missing closing parenthesis" } } },
		{ TEXT(CONTEXT "  call: [{rege: '(a)'}]\n"),
			{ { 5, 11, "did you mean 'regex'?" }, { 5, 10, "'regex' is missing" } } },
		{ TEXT(CONTEXT "  call: [a]\n  call: [b]\n"),
			{ { 6, 3, "'call' appears twice, first in line 5" } } },
		{ TEXT(CONTEXT "  call: [a]\nexamples:\n"
			       "  - {line: x, causes: [], context: {trunk: t}}\n"),
			{ { 7, 37, "the profile's context has no 'trunk'" } } },
		{ TEXT(CONTEXT "  call: [a]\nexamples:\n"
			       "  - {line: x, causes: [], context: {call: ''}}\n"),
			{ { 7, 43, "value is empty" } } },
		{ TEXT(CONTEXT "  call: [a]\nexamples:\n"
			       "  - {line: x, causes: [], context: [call]}\n"),
			{ { 7, 36, "expected a mapping, not a list" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), profile_read_and_free);
}

/* -- bounds ----------------------------------------------------------------- */

struct bound {
	const char *before, *item, *after; /* %u in `item` is its number */
	size_t max;
	const char *says; /* of one more */
};

static char *with_items(const struct bound *bound, size_t n)
{
	size_t size = 256 + n * (strlen(bound->item) + 4), len;
	char *content = malloc(size);

	assert_non_null(content);
	len = (size_t)snprintf(content, size, "%s%s", PROFILE_HEAD, bound->before);
	for (unsigned i = 0; i < n; i++) {
		const char *number = strstr(bound->item, "%u");
		int head = number ? (int)(number - bound->item) : (int)strlen(bound->item);

		len += (size_t)snprintf(content + len, size - len, "%.*s", head, bound->item);
		if (number)
			len += (size_t)snprintf(content + len, size - len, "%c%c%s",
				'a' + (int)i / 26, 'a' + (int)i % 26, number + 2);
	}
	(void)snprintf(content + len, size - len, "%s", bound->after);
	return content;
}

static void each_bound_is_accepted_and_one_more_is_not(void **state)
{
	static const struct bound bounds[] = {
		{ "columns: [", "{header: h%u}, ", "]\n", PROFILE_COLUMNS_MAX,
			"33 items; at most 32" },
		{ "columns: [{header: ", "h", "}]\n", COLUMN_TEXT_MAX,
			"header is 64 bytes long; at most 63" },
		{ "columns: [{header: h, where: {header: h, equals: ", "e", "}}]\n",
			COLUMN_TEXT_MAX, "equals is 64 bytes long; at most 63" },
		{ "columns: [{column: 1, requires: ", "r", "}]\n", SCAN_LITERAL_LEN_MAX,
			"requires is 256 bytes long; at most 255" },
		{ "keys: [{key: ", "k", "}]\n", PROFILE_KEY_LEN_MAX, "must have 1 to 64 letters" },
		{ "keys: [{key: a, ignore: [", "N%u, ", "]}]\n", PROFILE_IGNORED_MAX,
			"65 items; at most 64" },
		{ "keys: [{key: a, catalog: ", "c", "}]\n", CATALOG_NAME_MAX,
			"catalog is 64 bytes long; at most 63" },
		{ "keys: [a]\ncontext: {", "c%u: [k], ", "}\n", PROFILE_CONTEXTS_MAX,
			"9 names; at most 8" },
		{ "keys: [a]\ncontext: {", "c", ": [k]}\n", PROFILE_CONTEXT_NAME_MAX,
			"must have 1 to 16 lower-case letters" },
		{ "keys: [a]\ncontext: {call: [", "k, ", "]}\n", PROFILE_CONTEXT_ENTRIES_MAX,
			"17 items; at most 16" },
		{ "keys: [a]\ncontext: {call: [", "k", "]}\n", PROFILE_KEY_LEN_MAX,
			"key is 65 bytes long; at most 64" },
		{ "keys: [a]\ncontext: {call: [{regex: '(x)", "r", "'}]}\n", PATTERN_LEN_MAX - 3,
			"regex is 4097 bytes long; at most 4096" },
		{ "keys: [a]\ncontext: {call: [k]}\nexamples:\n"
		  "  - {line: x, causes: [], context: {call: ",
			"v", "}}\n", 64, "value is 65 bytes long; at most 64" },
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

static void the_last_column_and_the_widest_record_are_accepted(void **state)
{
	struct profile *profile =
		profile_good(COLUMNS "  - {column: 1024, requires: abc, width: 1024, "
				     "where: {column: 1024, equals: x}}\n");

	(void)state;
	assert_int_equal(profile->columns[0].column.number, PROFILE_COLUMN_MAX);
	assert_int_equal(profile->columns[0].width, PROFILE_COLUMN_MAX);
	(void)profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_of_its_own_what_it_says_and_the_rest_of_the_profile),
		cmocka_unit_test(an_empty_list_to_ignore_is_a_list_of_its_own),
		cmocka_unit_test(the_base_of_the_profile_is_not_that_of_its_patterns),
		cmocka_unit_test(a_profile_may_be_kept_out_of_all),
		cmocka_unit_test(a_name_that_stands_as_a_key_gets_a_remedy),
		cmocka_unit_test(every_member_of_a_column_is_read),
		cmocka_unit_test(what_is_wrong_with_a_column_is_reported_once),
		cmocka_unit_test(what_is_wrong_with_a_key_or_field_is_reported_once),
		cmocka_unit_test(a_context_has_keys_and_expressions),
		cmocka_unit_test(what_is_wrong_with_a_context_is_reported_once),
		cmocka_unit_test(each_bound_is_accepted_and_one_more_is_not),
		cmocka_unit_test(the_last_column_and_the_widest_record_are_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
