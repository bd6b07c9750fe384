/* Tests of cause/proof/examples: causes as a catalog or as a log writes them. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/proof/examples.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

static const char causes[] = CATALOG_HEAD
	"  - {code: 17, name: user-busy, description: D., severity: err, "
	"aliases: [USER_BUSY, Busy here]}\n"
	"  - {code: 600-603, name: everywhere, description: D., severity: err, "
	"aliases: [BUSY_EVERYWHERE]}\n"
	"  - {name: no-agent, description: D., severity: err, aliases: [NOAGENT, NONE]}\n";

static int run(const char *content, struct diag *diag)
{
	struct catalog *catalog = catalog_good(causes);
	struct profile *profile = profile_good(content);
	int r;

	test_bind(profile, catalog);
	r = examples_run(profile, diag);
	(void)profile_free(profile);
	(void)catalog_free(catalog);
	return r;
}

/* What a profile says besides its examples, the line of one, and the cause. */
struct row {
	const char *entries, *line, *cause;
};

static void check_rows(const struct row *rows, size_t n, int expected)
{
	for (size_t i = 0; i < n; i++) {
		struct diag diag = { 0 };
		char content[512];

		(void)snprintf(content, sizeof(content),
			PROFILE_HEAD "%s\nexamples:\n  - {line: '%s', causes: ['%s']}\n",
			rows[i].entries, rows[i].line, rows[i].cause);
		if (run(content, &diag) != expected) {
			diag_print(&diag, stderr);
			fail_msg("row %zu: %s, %s", i, rows[i].line, rows[i].cause);
		}
		diag_done(&diag);
	}
}

static void a_cause_may_be_its_code_its_name_or_an_alias_whatever_the_base(void **state)
{
	static const struct row rows[] = {
		{ "keys: [key]", "key=17", "17" },
		{ "keys: [key]\nbase: hex", "key=0x11", "17" },
		{ "keys: [key]\nbase: q931", "key=0x8091", "17" },
		{ "keys: [key]\nbase: name", "key=USER_BUSY", "17" },
		{ "keys: [key]\nbase: name", "key=user_busy", "USER_BUSY" },
		{ "keys: [key]\nbase: name", "key=user_busy", "user_busy" },
		{ "keys: [key]\nbase: name", "key=USER_BUSY", "user-busy" },
		{ "keys: [key]\nbase: name", "key=BUSY_EVERYWHERE", "600" },
		{ "keys: [key]\nbase: name", "key=UNKNOWN_WORD", "UNKNOWN_WORD" },
		{ "keys: [key]\nbase: name", "key=noagent", "no-agent" },
		{ "keys: [key]\nbase: text", "key=Busy here, now", "17" },
		{ "keys: [key]\nbase: text", "key=Busy here", "Busy here" },
		{ "keys: [key]\nbase: text", "key=NONE", "no-agent" },
		{ "columns: [{column: 2, requires: CDR, base: text}]", "CDR,Busy here", "17" },
		{ "patterns: [{requires: abc, regex: 'abc (?<cause>.*)', base: text}]",
			"abc Busy here", "17" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), 0);
}

static void another_cause_does_not_hold(void **state)
{
	static const struct row rows[] = {
		{ "keys: [key]", "key=17", "18" },
		{ "keys: [key]", "key=17", "017" },
		{ "keys: [key]\nbase: hex", "key=0x11", "11" },
		{ "keys: [key]\nbase: hex", "key=0x11", "0x11" },
		{ "keys: [key]\nbase: name", "key=USER_BUSY", "600" },
		{ "keys: [key]\nbase: name", "key=USER_BUSY", "no-agent" },
		{ "keys: [key]\nbase: name", "key=UNKNOWN_WORD", "17" },
		{ "keys: [key]\nbase: name", "key=UNKNOWN_WORD", "unknown_word" },
		{ "keys: [key]\nbase: text", "key=Busy here", "Busy" },
		{ "keys: [key]\nbase: name", "key=none", "no-agent" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), -EINVAL);
}

/* A file with headers is more than a line. */
static void a_column_by_header_is_not_found_in_an_example(void **state)
{
	static const struct row row = { "columns: [{header: key}]", "17", "17" };

	(void)state;
	check_rows(&row, 1, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cause_may_be_its_code_its_name_or_an_alias_whatever_the_base),
		cmocka_unit_test(another_cause_does_not_hold),
		cmocka_unit_test(a_column_by_header_is_not_found_in_an_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
