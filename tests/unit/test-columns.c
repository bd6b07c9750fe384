/* Tests of cause/search/columns: one column of a delimited record. */
#include "config.h"

#include "test.h"

#include "cause/search/columns.h"

struct column_row {
	struct text line;
	struct column_query query;
	const char *value; /* NULL: none */
};

static void check_columns(const struct column_row *rows, size_t n)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		const struct column_row *row = &rows[i];
		size_t offset = 0, len = 0;
		bool found = column_find(row->line, &row->query, &offset, &len) == 0;
		struct text value = text_make(row->line.data + offset, len);

		if (found == (row->value != NULL) &&
			(!found || text_equal(value, text_of(row->value))))
			continue;
		print_error("row %zu: %.*s gave '%.*s'\n", i, TEXT_FORMAT(row->line),
			found ? (int)len : 4, found ? value.data : "none");
		n_bad++;
	}
	assert_int_equal(n_bad, 0);
}

static void a_record_with_an_open_quote_is_torn(void **state)
{
	const struct column_query query = { .number = 1, .separator = ',' };
	size_t offset, len;

	(void)state;
	assert_int_equal(column_find(TEXT("a,\"b"), &query, &offset, &len), COLUMN_TORN);
	assert_int_equal(column_find(TEXT("a,\"b\"c"), &query, &offset, &len), COLUMN_TORN);
	assert_int_equal(column_find(TEXT("a,b\"c"), &query, &offset, &len), 0);
}

static void a_column_is_counted_from_one(void **state)
{
	static const struct column_row rows[] = {
		{ TEXT("a,b,c"), { .number = 1, .separator = ',' }, "a" },
		{ TEXT("a,b,c"), { .number = 2, .separator = ',' }, "b" },
		{ TEXT("a,b,c"), { .number = 3, .separator = ',' }, "c" },
		{ TEXT("a,b,c"), { .number = 4, .separator = ',' }, NULL },
		{ TEXT("a"), { .number = 1, .separator = ',' }, "a" },
		{ TEXT("a,b,"), { .number = 3, .separator = ',' }, "" },
		{ TEXT("a,,c"), { .number = 2, .separator = ',' }, "" },
		{ TEXT(",,"), { .number = 1, .separator = ',' }, "" },
		{ TEXT(""), { .number = 2, .separator = ',' }, NULL },
		{ TEXT("a;b,c"), { .number = 2, .separator = ';' }, "b,c" },
		{ TEXT("a\tb"), { .number = 2, .separator = '\t' }, "b" },
		{ TEXT("a b"), { .number = 2, .separator = ' ' }, "b" },
		{ TEXT("a, b ,c"), { .number = 2, .separator = ',' }, " b " },
	};

	(void)state;
	check_columns(rows, COUNT(rows));
}

static void quotes_of_a_column_are_those_of_rfc_4180(void **state)
{
	static const struct column_row rows[] = {
		{ TEXT("\"a,b\",c"), { .number = 1, .separator = ',' }, "a,b" },
		{ TEXT("\"a,b\",c"), { .number = 2, .separator = ',' }, "c" },
		{ TEXT("\"\",c"), { .number = 1, .separator = ',' }, "" },
		{ TEXT("\"a\"\"b\",c"), { .number = 1, .separator = ',' }, "a\"\"b" },
		{ TEXT("\"a\"\",\"\"b\",c"), { .number = 2, .separator = ',' }, "c" },
		{ TEXT("x,\"16\""), { .number = 2, .separator = ',' }, "16" },
		{ TEXT("a\"b,c\"d"), { .number = 2, .separator = ',' }, "c\"d" },
		{ TEXT(" \"a,b\""), { .number = 2, .separator = ',' }, "b\"" },
		{ TEXT("\"a,b"), { .number = 1, .separator = ',' }, NULL },
		{ TEXT("x,\"a"), { .number = 1, .separator = ',' }, NULL },
		{ TEXT("\"a\"x,b"), { .number = 2, .separator = ',' }, NULL },
		{ TEXT("b,\"a\"x"), { .number = 1, .separator = ',' }, NULL },
	};

	(void)state;
	check_columns(rows, COUNT(rows));
}

static void a_record_must_have_the_width_that_is_asked_for(void **state)
{
	static const struct column_row rows[] = {
		{ TEXT("a,b,c"), { .number = 2, .separator = ',', .width = 3 }, "b" },
		{ TEXT("a,b"), { .number = 2, .separator = ',', .width = 3 }, NULL },
		{ TEXT("a,b,c,"), { .number = 2, .separator = ',', .width = 3 }, NULL },
		{ TEXT("a,b,"), { .number = 3, .separator = ',', .width = 3 }, "" },
		{ TEXT("\"a,a\",b,c"), { .number = 1, .separator = ',', .width = 3 }, "a,a" },
		{ TEXT("a"), { .number = 1, .separator = ',', .width = 1 }, "a" },
	};

	(void)state;
	check_columns(rows, COUNT(rows));
}

static void another_column_must_have_the_text_that_is_asked_for(void **state)
{
	static const struct column_row rows[] = {
		{ TEXT("a,-1"), { .number = 1, .separator = ',', .where = 2, .equals = TEXT("-1") },
			"a" },
		{ TEXT("a, -1 "),
			{ .number = 1, .separator = ',', .where = 2, .equals = TEXT("-1") }, "a" },
		{ TEXT("a,\"-1\""),
			{ .number = 1, .separator = ',', .where = 2, .equals = TEXT("-1") }, "a" },
		{ TEXT("a,\" -1 \""),
			{ .number = 1, .separator = ',', .where = 2, .equals = TEXT("-1") }, "a" },
		{ TEXT("-1,a"), { .number = 2, .separator = ',', .where = 1, .equals = TEXT("-1") },
			"a" },
		{ TEXT("a"), { .number = 1, .separator = ',', .where = 1, .equals = TEXT("a") },
			"a" },
		{ TEXT("a,\"x\"\"y\""),
			{ .number = 1, .separator = ',', .where = 2, .equals = TEXT("x\"y") },
			"a" },
		{ TEXT("a,"), { .number = 1, .separator = ',', .where = 2, .equals = TEXT("") },
			"a" },
		{ TEXT("a,\"\""), { .number = 1, .separator = ',', .where = 2, .equals = TEXT("") },
			"a" },
		{ TEXT("a,-10"),
			{ .number = 1, .separator = ',', .where = 2, .equals = TEXT("-1") }, NULL },
		{ TEXT("a,X"), { .number = 1, .separator = ',', .where = 2, .equals = TEXT("x") },
			NULL },
		{ TEXT("a"), { .number = 1, .separator = ',', .where = 2, .equals = TEXT("") },
			NULL },
	};

	(void)state;
	check_columns(rows, COUNT(rows));
}

/* A field in quotes that is longer than what it is compared with, for its quotes are doubled. */
static void a_text_at_its_bound_is_compared_without_its_doubled_quotes(void **state)
{
	struct column_query query = { .number = 1, .separator = ',', .where = 2 };
	char line[4 + 2 * COLUMN_TEXT_MAX + 8] = "a,\"";
	char *quotes = test_repeat('"', COLUMN_TEXT_MAX);
	size_t offset, len, n = 3;

	(void)state;
	query.equals = text_make(quotes, COLUMN_TEXT_MAX);
	memset(line + n, '"', 2 * COLUMN_TEXT_MAX);
	n += 2 * COLUMN_TEXT_MAX;
	line[n++] = '"';
	assert_int_equal(column_find(text_make(line, n), &query, &offset, &len), 0);
	line[n++] = '"';
	line[n++] = '"';
	assert_int_equal(column_find(text_make(line, n), &query, &offset, &len), COLUMN_NONE);
	free(quotes);
}

static void a_header_is_found_in_any_letter_case_and_in_quotes(void **state)
{
	static const struct {
		struct text line;
		const char *name;
		size_t number;
	} rows[] = {
		{ TEXT("a,b,c"), "a", 1 },
		{ TEXT("a,b,c"), "c", 3 },
		{ TEXT("a,Hangup_Cause,c"), "hangup_cause", 2 },
		{ TEXT("a, hangup cause ,c"), "Hangup Cause", 2 },
		{ TEXT("a,\"b,c\",d"), "b,c", 2 },
		{ TEXT("a,\" b \",d"), "b", 2 },
		{ TEXT("a,a"), "a", 1 },
		{ TEXT("a,b"), "ab", 0 },
		{ TEXT("a,b"), "c", 0 },
		{ TEXT(""), "a", 0 },
		{ TEXT("\"a,b"), "b", 0 },
		{ TEXT("x,\"a\"b,c"), "c", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (column_find_header(rows[i].line, ',', text_of(rows[i].name)) != rows[i].number)
			fail_msg("row %zu: %.*s", i, TEXT_FORMAT(rows[i].line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_with_an_open_quote_is_torn),
		cmocka_unit_test(a_column_is_counted_from_one),
		cmocka_unit_test(quotes_of_a_column_are_those_of_rfc_4180),
		cmocka_unit_test(a_record_must_have_the_width_that_is_asked_for),
		cmocka_unit_test(another_column_must_have_the_text_that_is_asked_for),
		cmocka_unit_test(a_text_at_its_bound_is_compared_without_its_doubled_quotes),
		cmocka_unit_test(a_header_is_found_in_any_letter_case_and_in_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
