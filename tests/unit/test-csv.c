/* Tests of base/csv/csv. */
#include "config.h"

#include "test.h"

#include "base/csv/csv.h"

/* The fields of a text, each in brackets, `!` behind one with a fault, and `|` where a record ends
 * before the end of the text. */
static void print_fields(struct text text, char separator, char *out, size_t size)
{
	size_t at = 0, len = 0;
	struct csv_field field;

	do {
		char value[256];
		size_t n;

		csv_read_field(text, at, separator, &field);
		assert_true(field.value.len <= sizeof(value));
		n = csv_copy_value(&field, value);
		len += (size_t)snprintf(out + len, size - len, "[%.*s]%s%s", (int)n, value,
			field.fault != CSV_NO_FAULT ? "!" : "",
			field.end == CSV_LINE_END ? "|" : "");
		assert_true(len < size);
		at = field.next;
	} while (field.end != CSV_TEXT_END);
	assert_int_equal(at, text.len);
}

struct row {
	struct text text;
	const char *fields;
};

static void check_rows(const struct row *rows, size_t n, char separator)
{
	for (size_t i = 0; i < n; i++) {
		char *copy = malloc(rows[i].text.len + 1);
		char fields[512];

		/* No byte behind the text is read. */
		assert_non_null(copy);
		copy = realloc(copy, rows[i].text.len > 0 ? rows[i].text.len : 1);
		assert_non_null(copy);
		memcpy(copy, rows[i].text.data, rows[i].text.len);
		print_fields(text_make(copy, rows[i].text.len), separator, fields, sizeof(fields));
		assert_string_equal(fields, rows[i].fields);
		free(copy);
	}
}

static void fields_end_with_separators_line_ends_and_the_text(void **state)
{
	static const struct row rows[] = {
		{ TEXT(""), "[]" },
		{ TEXT("a"), "[a]" },
		{ TEXT("a,b"), "[a][b]" },
		{ TEXT(",a,,"), "[][a][][]" },
		{ TEXT("a,b\nc"), "[a][b]|[c]" },
		{ TEXT("a,b\n"), "[a][b]|[]" },
		{ TEXT("a,b\r\nc\r\n"), "[a][b]|[c]|[]" },
		{ TEXT("a\n\nb"), "[a]|[]|[b]" },
		{ TEXT("a,b\r"), "[a][b]" },
		{ TEXT("\r"), "[]" },
		{ TEXT("a\rb,c"), "[a\rb][c]" },
		{ TEXT(" a , b "), "[ a ][ b ]" },
		{ TEXT("a;b\tc"), "[a;b\tc]" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), ',');
}

static void quotes_keep_separators_line_ends_and_doubled_quotes(void **state)
{
	static const struct row rows[] = {
		{ TEXT("\"a\""), "[a]" },
		{ TEXT("\"\""), "[]" },
		{ TEXT("\"\",\"\""), "[][]" },
		{ TEXT("\"a,b\",c"), "[a,b][c]" },
		{ TEXT("\"a\nb\"\nc"), "[a\nb]|[c]" },
		{ TEXT("\"a\r\nb\"\r\nc"), "[a\r\nb]|[c]" },
		{ TEXT("\"a\"\r"), "[a]" },
		{ TEXT("\"a\"\"b\""), "[a\"b]" },
		{ TEXT("\"\"\"a\"\"\""), "[\"a\"]" },
		{ TEXT("\"\"\"\""), "[\"]" },
		{ TEXT("\"\"\"\"\"\",x"), "[\"\"][x]" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), ',');
}

static void a_quote_inside_of_a_field_is_a_byte_like_others(void **state)
{
	static const struct row rows[] = {
		{ TEXT("5\" pipe,b"), "[5\" pipe][b]" },
		{ TEXT("a\"\"b"), "[a\"\"b]" },
		{ TEXT(" \"a,b\""), "[ \"a][b\"]" },
	};

	(void)state;
	check_rows(rows, COUNT(rows), ',');
}

static void any_byte_may_separate(void **state)
{
	static const struct row tabs[] = { { TEXT("a,b\t\"c\td\"\t"), "[a,b][c\td][]" } };
	static const struct row semicolons[] = { { TEXT("a;\"b;c\"\r\nd"), "[a][b;c]|[d]" } };
	static const struct row nuls[] = { { TEXT("a\0b"), "[a][b]" } };

	(void)state;
	check_rows(tabs, COUNT(tabs), '\t');
	check_rows(semicolons, COUNT(semicolons), ';');
	check_rows(nuls, COUNT(nuls), '\0');
}

static void what_breaks_the_rules_of_quotes_has_a_fault(void **state)
{
	static const struct row rows[] = {
		{ TEXT("\""), "[]!" },
		{ TEXT("\"a,b\nc"), "[a,b\nc]!" },
		{ TEXT("\"a\"\""), "[a\"]!" },
		{ TEXT("\"a\"b,c"), "[a]![c]" },
		{ TEXT("\"a\" ,c"), "[a]![c]" },
		{ TEXT("\"a\"b\nc"), "[a]!|[c]" },
	};
	struct csv_field field;

	(void)state;
	check_rows(rows, COUNT(rows), ',');
	csv_read_field(TEXT("\"a"), 0, ',', &field);
	assert_int_equal(field.fault, CSV_NO_QUOTE);
	csv_read_field(TEXT("\"a\"b"), 0, ',', &field);
	assert_int_equal(field.fault, CSV_BEHIND_QUOTE);
}

static void a_field_has_its_place_in_the_text(void **state)
{
	static const struct text text = TEXT("ab,\"cd\",e");
	struct csv_field field;

	(void)state;
	csv_read_field(text, 3, ',', &field);
	assert_ptr_equal(field.value.data, text.data + 4);
	assert_int_equal(field.value.len, 2);
	assert_true(field.is_quoted);
	assert_int_equal(field.end, CSV_SEPARATOR);
	assert_int_equal(field.next, 8);
	csv_read_field(text, field.next, ',', &field);
	assert_ptr_equal(field.value.data, text.data + 8);
	assert_false(field.is_quoted);
	assert_int_equal(field.end, CSV_TEXT_END);
	assert_int_equal(field.next, text.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_end_with_separators_line_ends_and_the_text),
		cmocka_unit_test(quotes_keep_separators_line_ends_and_doubled_quotes),
		cmocka_unit_test(a_quote_inside_of_a_field_is_a_byte_like_others),
		cmocka_unit_test(any_byte_may_separate),
		cmocka_unit_test(what_breaks_the_rules_of_quotes_has_a_fault),
		cmocka_unit_test(a_field_has_its_place_in_the_text),
	};

	return cmocka_run_group_tests_name("base/csv/csv", tests, NULL, NULL);
}
