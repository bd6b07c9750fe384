/* Tests of cause/search/prefilter, and that what it leaves out has no cause: messages of syslog are
 * searched with it and without. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "cause/search/prefilter.h"
#include "record/record.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"
#include "wire/syslog-decode.h"

static bool may_match(const char *literal, struct text bytes)
{
	CLEANUP(prefilter_freep) struct prefilter *prefilter = NULL;
	struct text text = text_of(literal);

	assert_int_equal(prefilter_new(&text, 1, &prefilter), 0);
	return prefilter_may_match(prefilter, bytes);
}

static void bytes_without_a_literal_are_left_out(void **state)
{
	(void)state;
	assert_true(may_match("key", TEXT("<13>tag: Key=1")));
	assert_true(may_match("key", TEXT("key")));
	assert_false(may_match("key", TEXT("ke y")));
	assert_false(may_match("key", TEXT("")));
	assert_true(may_match("a: b", TEXT("\0a: b")));
}

/* `TAG: TEXT` may have a literal whose parts are apart in the bytes. */
static void a_literal_with_the_end_of_a_tag_may_be_in_two_pieces(void **state)
{
	static const struct {
		const char *literal, *bytes;
		bool may;
	} rows[] = {
		{ "ast_cause: ", "ast_cause - - - 5", true },
		{ "ast_cause: ", "ast_ cause: 5", false },
		{ "cause:", "cause - - - 5", true },
		{ "cause:", "caus - - - 5", false },
		{ "a: cause", "a - - - cause", true },
		{ "a: cause", "a - - - caus", false },
		{ "cause: a", "cause - - - a", true },
		{ ": dissolving", "x - - - dissolving", true },
		{ ": dissolving", "x - - - : d", false },
		{ " got cause ", "x - - - got cause 5", true },
		{ " got cause ", "x - - - gotcause 5", false },
		{ "sip:100", "sip: 100", false },
		{ "sip:100", "sip - 100", false },
		{ "sip:100", "<sip:100>", true },
		{ "a b: cause", "a b - cause", false }, /* no tag has a blank */
		{ "a:b: c", "a:b - c", true },
		{ "a:b: c", "a - b: c", false },
		{ ": ", "any", true },
		{ ":", "any", true },
		{ " ", "any", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (may_match(rows[i].literal, text_of(rows[i].bytes)) != rows[i].may)
			fail_msg("'%s' in '%s'", rows[i].literal, rows[i].bytes);
}

static void without_a_literal_nothing_may_match(void **state)
{
	CLEANUP(prefilter_freep) struct prefilter *prefilter = NULL;

	(void)state;
	assert_int_equal(prefilter_new(NULL, 0, &prefilter), 0);
	assert_false(prefilter_may_match(prefilter, TEXT("any")));
}

/* -- beside the whole search ------------------------------------------------- */

#define PROFILE                                                         \
	"profile: p\n"                                                  \
	"catalog: c\n"                                                  \
	"keys: [Cause, rel.code, a b]\n"                                \
	"patterns:\n"                                                   \
	"  - {requires: 'ast: ', regex: 'ast: (?<cause>\\d+)'}\n"       \
	"  - {requires: 'end:', regex: 'end: (?<cause>\\d+)'}\n"        \
	"  - {requires: ' got ', regex: '^\\w+: got (?<cause>\\d+)'}\n" \
	"  - {requires: ': left', regex: ': left (?<cause>\\d+)'}\n"    \
	"  - {requires: 'gw: off', regex: '^gw: off(?<cause>\\d+)'}\n"  \
	"  - {requires: '%X-3', regex: '%X-3 (?<cause>\\d+)'}\n"        \
	"columns:\n"                                                    \
	"  - {column: 2, requires: ',', separator: ','}\n"

static const struct text pieces[] = { { "<13>", 4 }, { "<134>1 ", 7 }, { "<13>1 - - ", 10 },
	{ "2026-03-02T09:00:00Z ", 21 }, { "Mar  2 09:00:00 ", 16 }, { "gw7 ", 4 }, { "- ", 2 },
	{ "ast ", 4 }, { "ast: ", 5 }, { "ast", 3 }, { "end ", 4 }, { "end:", 4 }, { "Cause: ", 7 },
	{ "cause ", 6 }, { "CAUSE=", 6 }, { "rel.code", 8 }, { "a b", 3 }, { "a: b", 4 },
	{ "got ", 4 }, { " got ", 5 }, { "left ", 5 }, { ": left ", 7 }, { "gw", 2 }, { "gw: ", 4 },
	{ "off", 3 }, { "%X-3 ", 5 }, { "[7]", 3 }, { "[x@1 k=\"", 8 }, { "\"]", 2 }, { "\"] ", 3 },
	{ "\\\"", 2 }, { "\xEF\xBB\xBF", 3 }, { "\xEF\xBB\xBF", 3 }, { "512", 3 }, { "5", 1 },
	{ " ", 1 }, { ":", 1 }, { "=", 1 }, { ",", 1 }, { "\n", 1 }, { "\0", 1 }, { "x", 1 },
	{ "[release cause 512 x]", 21 } };

static const char *const openings[] = { "", "<13>", "<13>Mar  2 09:00:00 gw7 ",
	"<134>1 - gw7 ast - - - ", "<134>1 - - end - - - ", "<134>1 - - gw - - - \xEF\xBB\xBF",
	"<134>1 - - cause - - - ", "<134>1 - - x - m [x@1 k=\"" };

static struct text make_message(struct test_random *random, char *out, size_t size)
{
	const char *opening = openings[test_random(random, COUNT(openings))];
	size_t n = 1 + test_random(random, 8), len = strlen(opening);

	memcpy(out, opening, len);
	for (size_t i = 0; i < n; i++) {
		struct text piece = pieces[test_random(random, COUNT(pieces))];

		assert_true(len + piece.len <= size);
		memcpy(out + len, piece.data, piece.len);
		len += piece.len;
	}
	return text_make(out, len);
}

/* Whether the search finds or counts anything. */
static bool finds_something(struct recognizer *recognizer, struct record *record)
{
	const struct enrich_policy policy = { .trust_brackets = true };
	uint64_t n_before =
		recognizer_count_gave_up(recognizer) + recognizer_count_dropped(recognizer);
	int r = enrich_record(&policy, recognizer, record);
	uint64_t n = recognizer_count_gave_up(recognizer) + recognizer_count_dropped(recognizer);

	assert_true(r == 0 || r == ENRICH_NOTHING);
	return r == 0 || n != n_before || record->n_findings_dropped > 0 ||
	       record->n_explained > 0 || record->n_unclaimed > 0 || record->n_held > 0 ||
	       record->n_facts > 0 || record->n_facts_left > 0;
}

static void what_is_left_out_has_no_cause(void **state)
{
	enum { MESSAGES = 200000 };
	struct catalog *catalog = catalog_good("catalog: c\ncauses:\n" CAUSE("512"));
	struct profile *profile = profile_good(PROFILE);
	struct recognizer *recognizer;
	CLEANUP(record_done) struct record record = record_make();
	struct test_random random = { 7 };
	size_t n_left_out = 0, n_found = 0, n_in_two_pieces = 0;

	(void)state;
	test_bind(profile, catalog);
	recognizer = recognizer_of(&profile, 1);
	for (size_t i = 0; i < MESSAGES; i++) {
		char bytes[512];
		struct text message = make_message(&random, bytes, sizeof(bytes));
		struct syslog_context context = { .is_local = test_random(&random, 2) == 0 };
		bool may = recognizer_may_find(recognizer, message), found;

		record_clear(&record);
		assert_int_equal(syslog_parse(message, &context, &record), 0);
		record.cut = record.part_end = test_random(&random, 4) == 0;
		found = finds_something(recognizer, &record);
		if (found && !may)
			fail_msg("left out: '%.*s'", TEXT_FORMAT(message));
		n_left_out += !may;
		n_found += found;
		n_in_two_pieces += record.n_findings > 0 && !record.findings[0].in_message;
	}
	/* The messages are of all kinds. */
	assert_true(n_left_out > MESSAGES / 100 && n_found > MESSAGES / 100);
	assert_true(n_in_two_pieces > 100);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
	(void)catalog_free(catalog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_without_a_literal_are_left_out),
		cmocka_unit_test(a_literal_with_the_end_of_a_tag_may_be_in_two_pieces),
		cmocka_unit_test(without_a_literal_nothing_may_match),
		cmocka_unit_test(what_is_left_out_has_no_cause),
	};

	return cmocka_run_group_tests_name("cause/search/prefilter", tests, NULL, NULL);
}
