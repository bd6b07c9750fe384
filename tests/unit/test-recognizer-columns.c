/* Tests of cause/recognizer: columns of delimited records, by number and by header. */
#include "config.h"

#include "test.h"

#include "cause/recognizer.h"
#include "cause/search/pattern-excerpt.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

static const char causes[] =
	CATALOG_HEAD "  - {code: 16, name: normal-clearing, description: D., severity: err, "
		     "aliases: [Normal Clearing]}\n";

struct kit {
	struct catalog *catalog;
	struct profile *profile;
	struct recognizer *recognizer;
};

static void open_kit(struct kit *kit, const char *entries)
{
	char content[1024];

	(void)snprintf(content, sizeof(content), PROFILE_HEAD "columns:\n%s", entries);
	kit->catalog = catalog_good(causes);
	kit->profile = profile_good(content);
	test_bind(kit->profile, kit->catalog);
	kit->recognizer = recognizer_of(&kit->profile, 1);
}

static void close_kit(struct kit *kit)
{
	(void)recognizer_free(kit->recognizer);
	(void)profile_free(kit->profile);
	(void)catalog_free(kit->catalog);
}

/* A message and the codes in it. */
struct row {
	struct text message;
	const char *codes;
};

static void check_messages(struct kit *kit, const struct row *rows, size_t n)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		char codes[256];
		size_t n_matches;
		const struct match *matches =
			recognizer_find(kit->recognizer, rows[i].message, &n_matches);

		print_codes(matches, n_matches, rows[i].message, codes, sizeof(codes));
		if (strcmp(codes, rows[i].codes) == 0)
			continue;
		print_error("row %zu gave [%s]: %.*s\n", i, codes, TEXT_FORMAT(rows[i].message));
		n_bad++;
	}
	assert_int_equal(n_bad, 0);
}

/* What the lines of a block give, as one row. */
static void check_block(struct kit *kit, struct text block, const char *expected)
{
	struct match_line line;
	char codes[256] = "";
	size_t from = 0, len = 0;

	while (recognizer_next_line(kit->recognizer, block, from, &line) == 0) {
		char found[128];

		print_codes(line.matches, line.n_matches, block, found, sizeof(found));
		len += (size_t)snprintf(
			codes + len, sizeof(codes) - len, "%s%s", len > 0 ? " " : "", found);
		from = line.end;
	}
	assert_string_equal(codes, expected);
}

/* -- by number -------------------------------------------------------------- */

static void a_column_counts_only_in_records_that_hold_what_it_requires(void **state)
{
	static const struct row rows[] = {
		{ TEXT("CDR,16,x"), "16" },
		{ TEXT("CDR,0016,x"), "16" },
		{ TEXT("CDR, 16 ,x"), "16" },
		{ TEXT("CDR,\"16\",x"), "16" },
		{ TEXT("\"CDR,\",16,x"), "16" },
		{ TEXT("CDR,16"), "16" },
		{ TEXT("CDR,16\r"), "16" },
		{ TEXT("CDR,16,x\r"), "16" },
		{ TEXT("CDR,16,CDR,"), "16" },
		{ TEXT("cdr,16,x"), "" },
		{ TEXT("CD,16,x"), "" },
		{ TEXT("CDR,,x"), "" },
		{ TEXT("CDR,\"\",x"), "" },
		{ TEXT("CDR,16.5,x"), "" },
		{ TEXT("CDR,-1,x"), "" },
		{ TEXT("CDR,16 17,x"), "" },
		{ TEXT("CDR,\"16,x"), "" },
		{ TEXT("CDR,\"16\"7,x"), "" },
		{ TEXT("CDR,16,\"x"), "" },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR,'}\n");
	check_messages(&kit, rows, COUNT(rows));
	close_kit(&kit);
}

static void every_record_of_a_message_is_read(void **state)
{
	static const struct row row = { TEXT("CDR,16,x\nother,5\nCDR,17,y\r\nCDR,18"), "16 17 18" };
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR,'}\n");
	check_messages(&kit, &row, 1);
	check_block(&kit, row.message, "16 17 18");
	close_kit(&kit);
}

static void width_and_where_choose_the_records(void **state)
{
	static const struct row rows[] = {
		{ TEXT("CDR,16,-1"), "16" },
		{ TEXT("CDR,16,\"-1\""), "16" },
		{ TEXT("CDR,16,0"), "" },
		{ TEXT("CDR,16,-1,"), "" },
		{ TEXT("CDR,16"), "" },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR,', width: 3, "
		       "where: {column: 3, equals: '-1'}}\n");
	check_messages(&kit, rows, COUNT(rows));
	close_kit(&kit);
}

/* What an explained record has at its end is no part of it. */
static void brackets_at_the_end_change_no_width(void **state)
{
	static const struct row rows[] = {
		{ TEXT("#,16,a [release cause 16 x, err: A, b, and c.]"), "16" },
		{ TEXT("#,16,a [release cause 16 x, err: A.] [release cause y, err: B, \"c]"),
			"16" },
		{ TEXT("#,16 [release cause 17 x, err]"), "" },
		{ TEXT("#,16,a [release cause 16 x, err: A, b] c"), "" },
		{ TEXT("#,16,a [release causes, b]"), "" },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: '#,16', width: 3}\n");
	check_messages(&kit, rows, COUNT(rows));
	close_kit(&kit);
}

static void columns_hold_names_and_texts_of_the_catalog(void **state)
{
	static const struct row rows[] = {
		{ TEXT("CDR;Normal Clearing;x"), "Normal Clearing" },
		{ TEXT("CDR;\"Normal Clearing\";x"), "Normal Clearing" },
		{ TEXT("CDR;Normal Clearing, 5;x"), "Normal Clearing" },
		{ TEXT("CDR;Normal Clearing x;x"), "" },
		{ TEXT("CDR;x;normal-clearing"), "normal-clearing" },
		{ TEXT("CDR;x;USER_BUSY"), "USER_BUSY" },
		{ TEXT("CDR;Normal Clearing;NONE"), "Normal Clearing" },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR;', separator: ;, base: text}\n"
		       "  - {column: 3, requires: 'CDR;', separator: ;, base: name}\n");
	check_messages(&kit, rows, COUNT(rows));
	close_kit(&kit);
}

static void two_entries_may_read_one_record_and_one_place_counts_once(void **state)
{
	static const struct row rows[] = {
		{ TEXT("CDR,16,17"), "16 17" },
		{ TEXT("CDR,x,17"), "17" },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 3, requires: 'CDR,'}\n"
		       "  - {column: 2, requires: 'CDR,'}\n"
		       "  - {column: 2, requires: 'CDR'}\n");
	check_messages(&kit, rows, COUNT(rows));
	close_kit(&kit);
}

static void a_record_at_the_bound_is_read_and_a_longer_one_is_counted(void **state)
{
	char *fill = test_repeat('x', EXCERPT_LINE_MAX);
	struct kit kit;
	size_t n;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR,'}\n");
	memcpy(fill, "CDR,16,", 7);
	(void)recognizer_find(kit.recognizer, text_make(fill, EXCERPT_LINE_MAX), &n);
	assert_int_equal(n, 1);
	assert_int_equal(recognizer_count_gave_up(kit.recognizer), 0);
	fill = realloc(fill, EXCERPT_LINE_MAX + 1);
	assert_non_null(fill);
	fill[EXCERPT_LINE_MAX] = 'x';
	(void)recognizer_find(kit.recognizer, text_make(fill, EXCERPT_LINE_MAX + 1), &n);
	assert_int_equal(n, 0);
	assert_int_equal(recognizer_count_gave_up(kit.recognizer), 1);
	assert_ptr_equal(recognizer_gave_up_by(kit.recognizer), kit.profile);
	free(fill);
	close_kit(&kit);
}

/* What a record with an open quote holds is not known: it is counted, once for each line. */
static void a_torn_record_is_counted(void **state)
{
	const struct text block = TEXT("1,\"16\n2,17\n3,\"x\"y,4\n4,\"18\n");
	struct kit kit;
	size_t n;

	(void)state;
	open_kit(&kit, "  - {header: cause}\n  - {column: 2, requires: 'CDR,'}\n");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("id,cause")), 1);
	check_block(&kit, block, "17");
	assert_int_equal(recognizer_count_gave_up(kit.recognizer), 3);
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("none")), 0);
	(void)recognizer_find(kit.recognizer, TEXT("CDR,\"16 CDR,"), &n);
	assert_int_equal(n, 0);
	assert_int_equal(recognizer_count_gave_up(kit.recognizer), 4);
	close_kit(&kit);
}

/* -- cuts ------------------------------------------------------------------- */

/* A later field may have another width, or a quote that does not close. */
static void a_column_of_a_cut_record_is_not_sure(void **state)
{
	static const struct text rows[] = {
		TEXT("CDR,16,x"),
		TEXT("CDR,16,"),
		TEXT("CDR,\"16\","),
		TEXT("CDR,16 ,x"),
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR,'}\n");
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n;
		const struct match *match = recognizer_find(kit.recognizer, rows[i], &n);

		assert_int_equal(n, 1);
		assert_true(match_touches_end(match, rows[i], rows[i].len));
		assert_true(match_touches_start(match, 0));
	}
	close_kit(&kit);
}

/* Only what is in the line of the cut depends on it. */
static void a_column_of_a_record_before_the_cut_line_is_sure(void **state)
{
	static const struct text message = TEXT("\nCDR,16,x\nCDR,17,x");
	const struct match *matches;
	struct kit kit;
	size_t n;

	(void)state;
	open_kit(&kit, "  - {column: 2, requires: 'CDR,'}\n");
	matches = recognizer_find(kit.recognizer, message, &n);
	assert_int_equal(n, 2);
	assert_false(match_touches_start(&matches[0], 0));
	assert_false(match_touches_end(&matches[0], message, message.len));
	assert_true(match_touches_end(&matches[1], message, message.len));
	close_kit(&kit);
}

/* -- by header -------------------------------------------------------------- */

static void a_column_is_found_by_the_header_of_the_file(void **state)
{
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {header: hangup cause}\n");
	check_block(&kit, TEXT("1,16\n"), "");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("id,Hangup Cause")), 1);
	check_block(&kit, TEXT("1,16\n2,\"17\"\r\n3,18"), "16 17 18");
	check_block(&kit, TEXT("1,16,5\n1\n,19\n\n"), "16 19");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("\"hangup cause\",id")), 1);
	check_block(&kit, TEXT("1,16\n"), "1");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("id,cause")), 0);
	check_block(&kit, TEXT("1,16\n"), "");
	close_kit(&kit);
}

static void where_by_header_needs_its_header_too(void **state)
{
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {header: cause, where: {header: type, equals: end}, width: 2}\n");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("cause,kind")), 0);
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("TYPE,cause")), 1);
	check_block(&kit, TEXT("end,16\nstart,17\nend,18,\n end ,19\n"), "16 19");
	close_kit(&kit);
}

static void the_names_of_columns_are_no_causes(void **state)
{
	static const struct text block = TEXT("ID,HANGUP_CAUSE\n"
					      "1,USER_BUSY\n"
					      "ID,\"HANGUP_CAUSE\"\n"
					      "ID, HANGUP_CAUSE \r\n"
					      "2,NO_ANSWER\n");
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {header: hangup_cause, base: name}\n");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("ID,HANGUP_CAUSE")), 1);
	check_block(&kit, block, "USER_BUSY NO_ANSWER");
	close_kit(&kit);
}

static void records_and_keys_of_a_file_are_found_together(void **state)
{
	struct kit kit;
	static const char entries[] = "  - {header: cause}\n"
				      "keys: [key]\n";

	(void)state;
	open_kit(&kit, entries);
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("cause|text")), 0);
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("text,cause")), 1);
	check_block(&kit, TEXT("key=5,16\nkey=6\nx,17\nkey=\n18,"), "5 16 6 17");
	close_kit(&kit);
}

static void a_header_is_found_between_any_usual_separator(void **state)
{
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {header: cause}\n");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("text;cause")), 1);
	check_block(&kit, TEXT("1,5;16\n2,17;x\n"), "16");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("text\tcause")), 1);
	check_block(&kit, TEXT("a\t16\nb\t17\n"), "16 17");
	close_kit(&kit);
	open_kit(&kit, "  - {header: cause, separator: ';'}\n");
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("text,cause")), 0);
	assert_int_equal(recognizer_read_headers(kit.recognizer, TEXT("text;cause")), 1);
	close_kit(&kit);
}

static void a_message_of_several_records_has_the_columns_too(void **state)
{
	static const struct row row = { TEXT("1,16\n2,17\r\n"), "16 17" };
	struct kit kit;

	(void)state;
	open_kit(&kit, "  - {header: cause}\n");
	(void)recognizer_read_headers(kit.recognizer, TEXT("id,cause"));
	check_messages(&kit, &row, 1);
	close_kit(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_counts_only_in_records_that_hold_what_it_requires),
		cmocka_unit_test(every_record_of_a_message_is_read),
		cmocka_unit_test(width_and_where_choose_the_records),
		cmocka_unit_test(brackets_at_the_end_change_no_width),
		cmocka_unit_test(columns_hold_names_and_texts_of_the_catalog),
		cmocka_unit_test(two_entries_may_read_one_record_and_one_place_counts_once),
		cmocka_unit_test(a_record_at_the_bound_is_read_and_a_longer_one_is_counted),
		cmocka_unit_test(a_torn_record_is_counted),
		cmocka_unit_test(a_column_of_a_cut_record_is_not_sure),
		cmocka_unit_test(a_column_of_a_record_before_the_cut_line_is_sure),
		cmocka_unit_test(a_column_is_found_by_the_header_of_the_file),
		cmocka_unit_test(where_by_header_needs_its_header_too),
		cmocka_unit_test(the_names_of_columns_are_no_causes),
		cmocka_unit_test(records_and_keys_of_a_file_are_found_together),
		cmocka_unit_test(a_header_is_found_between_any_usual_separator),
		cmocka_unit_test(a_message_of_several_records_has_the_columns_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
