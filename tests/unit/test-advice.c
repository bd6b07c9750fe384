/* Tests of what a check advises: cause/catalog-advice, cause/proof/advice and
 * cause/proof/same-descriptions. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "cause/catalog-override.h"
#include "cause/proof/advice.h"
#include "cause/proof/same-descriptions.h"
#include "test-catalog.h"
#include "test-profile.h"

/* Read a catalog with one cause; its warnings are in `diag`. */
static void read_cause(const char *description, const char *severity, struct diag *diag)
{
	struct buffer b = buffer_make(10000);

	buffer_add_format(&b,
		CATALOG_HEAD "  - {code: 1, name: a, severity: %s, description: '%s'}\n", severity,
		description);
	assert_int_equal(buffer_finish(&b), 0);
	assert_int_equal(catalog_read_and_free(buffer_text(&b), diag), 0);
	assert_int_equal(diag_count(diag), 0);
	buffer_done(&b);
}

static void a_description_that_is_no_sentence_is_warned_of(void **state)
{
	static const struct {
		const char *description, *says;
	} cases[] = {
		{ "The caller ended the call.", NULL },
		{ "5 seconds passed!", NULL },
		{ "\"Busy\" was signaled (user busy.)", NULL },
		{ "Did it fail?", NULL },
		{ "\xE5\x91\xBC\xE5\x8F\xAB\xE5\xA4\xB1\xE8\xB4\xA5\xE3\x80\x82", NULL },
		{ "\xC3\x84nderung der Leitung.", NULL },
		{ "the caller ended the call.", "does not begin with a capital letter or a digit" },
		{ "(the caller) ended it.", "does not begin" },
		{ "The caller ended the call", "does not end with a period" },
		{ "The caller, who", "does not end" },
		{ ".", "does not begin" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct diag diag = { .advises = true };

		read_cause(cases[i].description, "err", &diag);
		if (diag_count_warnings(&diag) != (cases[i].says != NULL))
			fail_msg("'%s': %zu warnings", cases[i].description,
				diag_count_warnings(&diag));
		if (cases[i].says) {
			assert_int_equal(diag.warnings[0].line, 3);
			assert_int_equal(diag.warnings[0].column, 52);
			assert_non_null(strstr(diag.warnings[0].text, cases[i].says));
		}
		diag_done(&diag);
	}
}

static void a_description_may_have_250_bytes_and_a_longer_one_is_warned_of(void **state)
{
	char description[252];

	(void)state;
	for (size_t len = 250; len <= 251; len++) {
		struct diag diag = { .advises = true };

		memset(description, 'A', len);
		description[len - 1] = '.';
		description[len] = '\0';
		read_cause(description, "err", &diag);
		assert_int_equal(diag_count_warnings(&diag), len - 250);
		if (len > 250)
			assert_non_null(
				strstr(diag.warnings[0].text, "has 251 bytes; more than 250"));
		diag_done(&diag);
	}
}

static void a_blank_description_is_warned_of_and_an_empty_one_is_an_error(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	read_cause("  ", "err", &diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_non_null(strstr(diag.warnings[0].text, "nothing but blanks"));
	assert_int_equal(catalog_read_and_free(TEXT(CATALOG_HEAD "  - {code: 1, name: a, severity: "
								 "err, description: ''}\n"),
				 &diag),
		-EINVAL);
	assert_int_equal(diag.errors[0].line, 3);
	assert_int_equal(diag.errors[0].column, 52);
	diag_done(&diag);
}

static void only_emerg_is_a_severity_to_warn_of(void **state)
{
	static const char *const severities[] = { "emerg", "alert", "crit", "err", "warning",
		"notice", "info", "debug" };

	(void)state;
	for (size_t i = 0; i < COUNT(severities); i++) {
		struct diag diag = { .advises = true };

		read_cause("D.", severities[i], &diag);
		assert_int_equal(diag_count_warnings(&diag), i == 0);
		if (i == 0)
			assert_non_null(strstr(diag.warnings[0].text, "terminals of all users"));
		diag_done(&diag);
	}
}

static void two_causes_with_the_same_description_are_warned_of(void **state)
{
	struct catalog *catalog = catalog_good(
		CATALOG_HEAD "  - {code: 7, name: b, description: Same., severity: err}\n"
			     "  - {code: 5, name: a, description: Same., severity: err}\n"
			     "  - {code: 6, name: c, description: same., severity: err}\n"
			     "  - {name: d, description: Same., severity: info}\n");
	struct diag diag = { .advises = true }, quiet = { 0 };

	(void)state;
	assert_int_equal(same_descriptions_find(catalog, &diag), 0);
	assert_int_equal(diag_count_warnings(&diag), 2);
	assert_int_equal(diag.warnings[0].line, 4);
	assert_int_equal(diag.warnings[0].column, 5);
	assert_string_equal(diag.warnings[0].text,
		"cause 'a' has the same description as 'b' in line 3: a reader cannot tell them "
		"apart");
	assert_int_equal(diag.warnings[1].line, 6);
	assert_int_equal(same_descriptions_find(catalog, &quiet), 0);
	assert_int_equal(diag_count_warnings(&quiet), 0);
	(void)catalog_free(catalog);
	diag_done(&diag);
}

static void the_parts_of_a_split_range_are_one_cause(void **state)
{
	struct catalog *catalog = catalog_good(
		CATALOG_HEAD "  - {code: 5-9, name: a, description: Same., severity: err}\n");
	const struct catalog_override override = { .code = 7, .severity = 3 };
	struct diag diag = { .advises = true };

	(void)state;
	assert_int_equal(catalog_override(catalog, &override, 1, &diag), 0);
	assert_int_equal(catalog->n_causes, 3);
	assert_int_equal(same_descriptions_find(catalog, &diag), 0);
	assert_int_equal(diag_count_warnings(&diag), 0);
	(void)catalog_free(catalog);
	diag_done(&diag);
}

static void advise(const char *content, struct diag *diag)
{
	struct profile *profile = profile_good(content);

	profile_advise(profile, diag);
	assert_false(diag_any(diag));
	(void)profile_free(profile);
}

#define EXAMPLES                                      \
	"examples:\n  - {line: 'a=1', causes: [1]}\n" \
	"  - {line: 'a=x', causes: []}\n"

static void a_common_text_in_requires_is_warned_of(void **state)
{
	static const struct {
		const char *requires;
		bool common;
	} cases[] = {
		{ " error ", true },
		{ "ERROR:", true },
		{ "status", true },
		{ "from ", true },
		{ "HTTP/1.1", true },
		{ " INFO ", true },
		{ "exit code ", true },
		{ "   ", true },
		{ "]: ", true },
		{ ",-1,", false },
		{ "VOIP_CALL_HISTORY", false },
		{ "cause code 0x", false },
		{ " \xE5\x91\xBC ", false },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(cases); i++) {
		bool named_only = i % 2 == 1, common = cases[i / 2].common && !named_only;
		struct diag diag = { .advises = true };
		char content[400];

		(void)snprintf(content, sizeof(content),
			PROFILE_HEAD "default: %s\npatterns:\n  - {requires: '%s', regex: "
				     "'(?<cause>1)'}\n" EXAMPLES,
			named_only ? "no" : "yes", cases[i / 2].requires);
		advise(content, &diag);
		if (diag_count_warnings(&diag) != common)
			fail_msg("'%s': %zu warnings", cases[i / 2].requires,
				diag_count_warnings(&diag));
		if (common) {
			assert_int_equal(diag.warnings[0].line, 5);
			assert_int_equal(diag.warnings[0].column, 5);
		}
		diag_done(&diag);
	}
}

static void a_column_by_number_is_held_to_the_same_and_one_by_header_is_not(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	advise(PROFILE_HEAD
		"columns:\n  - {column: 2, requires: ' user '}\n  - {header: user}\n" EXAMPLES,
		&diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_int_equal(diag.warnings[0].line, 4);
	diag_done(&diag);
}

static void a_common_key_is_warned_of(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	advise(PROFILE_HEAD "keys: [a, Code, callCode]\n" EXAMPLES, &diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_int_equal(diag.warnings[0].line, 3);
	assert_int_equal(diag.warnings[0].column, 11);
	assert_non_null(strstr(diag.warnings[0].text, "key 'Code' is in lines of many programs"));
	diag_done(&diag);
}

static void a_kind_of_example_that_is_missing_is_warned_of(void **state)
{
	struct diag none = { .advises = true }, positive = { .advises = true };
	struct diag negative = { .advises = true }, both = { .advises = true };

	(void)state;
	advise(PROFILE_HEAD "keys: [a]\n", &none);
	assert_int_equal(diag_count_warnings(&none), 2);
	advise(PROFILE_HEAD "keys: [a]\nexamples: [{line: 'a=1', causes: [1]}]\n", &positive);
	assert_int_equal(diag_count_warnings(&positive), 1);
	assert_non_null(strstr(positive.warnings[0].text, "no example with 'causes: []'"));
	advise(PROFILE_HEAD "keys: [a]\nexamples: [{line: 'a=x', causes: []}]\n", &negative);
	assert_int_equal(diag_count_warnings(&negative), 1);
	assert_non_null(strstr(negative.warnings[0].text, "no example of a line with a cause"));
	advise(PROFILE_HEAD "keys: [a]\n" EXAMPLES, &both);
	assert_int_equal(diag_count_warnings(&both), 0);
	diag_done(&none);
	diag_done(&positive);
	diag_done(&negative);
}

static void a_context_that_no_example_shows_is_warned_of(void **state)
{
	struct diag diag = { .advises = true };

	(void)state;
	advise(PROFILE_HEAD "keys: [a]\ncontext:\n  call: [c]\n  trunk: [t]\n" EXAMPLES
			    "  - {line: 'a=1 c=7', causes: [1], context: {call: '7'}}\n",
		&diag);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_int_equal(diag.warnings[0].line, 6);
	assert_string_equal(diag.warnings[0].text, "no example shows the context 'trunk'");
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_description_that_is_no_sentence_is_warned_of),
		cmocka_unit_test(a_description_may_have_250_bytes_and_a_longer_one_is_warned_of),
		cmocka_unit_test(a_blank_description_is_warned_of_and_an_empty_one_is_an_error),
		cmocka_unit_test(only_emerg_is_a_severity_to_warn_of),
		cmocka_unit_test(two_causes_with_the_same_description_are_warned_of),
		cmocka_unit_test(the_parts_of_a_split_range_are_one_cause),
		cmocka_unit_test(a_common_text_in_requires_is_warned_of),
		cmocka_unit_test(a_column_by_number_is_held_to_the_same_and_one_by_header_is_not),
		cmocka_unit_test(a_common_key_is_warned_of),
		cmocka_unit_test(a_kind_of_example_that_is_missing_is_warned_of),
		cmocka_unit_test(a_context_that_no_example_shows_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
