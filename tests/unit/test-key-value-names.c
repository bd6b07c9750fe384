/* Tests of cause/search/key-value: names, texts, arrays, and the doubled quotes of CSV. */
#include "config.h"

#include "test.h"

#include "cause/search/key-value.h"
#include "test-key-value.h"

/* -- names ------------------------------------------------------------------ */

static void a_known_name_is_read_in_any_letter_case(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=user_busy"), "user_busy", 0 },
		{ TEXT("key=USER_BUSY"), "USER_BUSY", 0 },
		{ TEXT("key=User_Busy"), "User_Busy", 0 },
		{ TEXT("key=user-request"), "user-request", 0 },
		{ TEXT("key=Transfer.NoAnswer"), "Transfer.NoAnswer", 0 },
		{ TEXT("key=3RD-party"), "3RD-party", 0 },
		{ TEXT("key=normal"), "normal", 0 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_NAME);
}

static void an_unknown_name_must_be_written_in_capitals(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=WORD"), "WORD", 0 },
		{ TEXT("key=A_9"), "A_9", 0 },
		{ TEXT("key=AB"), "AB", 0 },
		{ TEXT("key=W__"), "W__", 0 },
		NONE("key=A"),
		NONE("key=9A"),
		NONE("key=_WORD"),
		NONE("key=Word"),
		NONE("key=word"),
		NONE("key=WORD.MORE"),
		NONE("key=WORD-MORE"),
		NONE("key=512"),
		NONE("key=W\xC3\x89"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_NAME);
}

static void words_for_no_value_are_names_only_in_the_spelling_of_the_catalog(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=NONE"), "NONE", 0 },
		{ TEXT("\"key\":\"NONE\""), "NONE", 0 },
		NONE("key=None"),
		NONE("key=none"),
		NONE("key=NULL"),
		NONE("key=null"),
		NONE("key=TRUE"),
		NONE("key=true"),
		NONE("key=FALSE"),
		NONE("key=UNDEFINED"),
		NONE("key=undefined"),
		NONE("\"key\":null"),
		NONE("\"key\":\"\""),
		NONE("key="),
	};
	static const struct value_row longer[] = {
		{ TEXT("key=NULLS"), "NULLS", 0 },
		{ TEXT("key=NONE_OF_US"), "NONE_OF_US", 0 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_NAME);
	value_check(rows, COUNT(rows), VALUE_TEXT);
	value_check(longer, COUNT(longer), VALUE_NAME);
}

static void the_end_of_a_sentence_is_no_part_of_a_name(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=USER_BUSY."), "USER_BUSY", 0 },
		{ TEXT("key=USER_BUSY..."), "USER_BUSY", 0 },
		{ TEXT("key=USER_BUSY. Then"), "USER_BUSY", 0 },
		{ TEXT("key=USER_BUSY - done"), "USER_BUSY", 0 },
		{ TEXT("key=transfer.noanswer."), "transfer.noanswer", 0 },
		{ TEXT("key=user_busy, talk=0"), "user_busy", 0 },
		{ TEXT("key=user_busy: done"), "user_busy", 0 },
		NONE("key=user_busy.more"),
		NONE("key=user_busy-more"),
		NONE("key=user_busy:5"),
		NONE("key=user_busy/5"),
		NONE("key=.user_busy"),
		NONE("key=-user_busy"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_NAME);
}

static void a_name_may_stand_in_quotes_elements_and_escapes(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key='user_busy'"), "user_busy", 0 },
		{ TEXT("{\"key\": \"User-Request\"}"), "User-Request", 0 },
		{ TEXT("<key>3rd-party</key>"), "3rd-party", 0 },
		{ TEXT("<key> user_busy </key>"), "user_busy", 0 },
		{ TEXT("<x key=\"user_busy\"/>"), "user_busy", 0 },
		{ TEXT("{\\\"key\\\":\\\"user_busy\\\"}"), "user_busy", 0 },
		{ TEXT("\\u003ckey\\u003euser_busy\\u003c/key\\u003e"), "user_busy", 0 },
		{ TEXT("\033[31mkey\033[0m=\033[1muser_busy\033[0m"), "user_busy", 0 },
		NONE("key=\"user_busy"),
		NONE("key=\"user_busy more\""),
		NONE("<key>user_busy<b/></key>"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_NAME);
}

/* Whether a name of `len` bytes, with `behind` behind it, is read. */
static bool reads_name_of(size_t len, const char *behind)
{
	char *name = test_repeat('N', len);
	char line[512];
	const struct value_form form = { .base = VALUE_NAME };
	struct value value;
	int n = snprintf(line, sizeof(line), "key=%s%s", name, behind);
	bool is_read = value_after_key(text_make(line, (size_t)n), 0, 3, &form, &value);

	assert_true(!is_read || value.len == len);
	free(name);
	return is_read;
}

static void what_continues_a_name_past_its_bound_is_a_part_of_it(void **state)
{
	(void)state;
	for (size_t len = VALUE_NAME_MAX - 3; len <= VALUE_NAME_MAX; len++) {
		assert_true(reads_name_of(len, ""));
		assert_true(reads_name_of(len, "..."));
		assert_true(reads_name_of(len, "--------"));
		assert_false(reads_name_of(len, ".more"));
		assert_false(reads_name_of(len, "..more"));
		assert_false(reads_name_of(len, "--.--more"));
	}
	assert_false(reads_name_of(VALUE_NAME_MAX + 1, ""));
}

/* -- texts ------------------------------------------------------------------ */

static void the_longest_known_text_before_a_delimiter_is_read(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=Normal Clearing"), "Normal Clearing", 0 },
		{ TEXT("key=normal clearing"), "normal clearing", 0 },
		{ TEXT("key: Normal"), "Normal", 0 },
		{ TEXT("key=Normal, unspecified"), "Normal, unspecified", 0 },
		{ TEXT("key=Normal, unspecified, 5"), "Normal, unspecified", 0 },
		{ TEXT("key=Normal, other"), "Normal", 0 },
		{ TEXT("key=Mandatory IE (length) error"), "Mandatory IE (length) error", 0 },
		{ TEXT("key=no-answer (30 s)"), "no-answer", 0 },
		NONE("key=Normal Clearing now"),
		NONE("key=Normal Clearin"),
		NONE("key=Normal: more"),
		NONE("key=Normal."),
		NONE("key=Normal=more"),
		NONE("key=Normal/more"),
		NONE("key=WORD"),
		NONE("key=Mandatory IE (length"),
		NONE("key=Normal  Clearing"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_TEXT);
}

static void these_delimiters_end_a_text(void **state)
{
	static const char delimiters[] = ",;&|<>()[]{}\t\"\\\r\n\033";

	(void)state;
	for (size_t i = 0; i < sizeof(delimiters) - 1; i++) {
		char line[64];
		struct value_row row = { .written = "Normal Clearing" };

		(void)snprintf(line, sizeof(line), "key=Normal Clearing%cmore", delimiters[i]);
		row.line = text_of(line);
		value_check(&row, 1, VALUE_TEXT);
		(void)snprintf(line, sizeof(line), "key=Normal Clearing %cmore", delimiters[i]);
		row.line = text_of(line);
		value_check(&row, 1, VALUE_TEXT);
	}
}

static void a_text_may_stand_in_quotes_elements_and_escapes(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=\"Normal Clearing\""), "Normal Clearing", 0 },
		{ TEXT("key='Normal Clearing' more"), "Normal Clearing", 0 },
		{ TEXT("key=\" Normal Clearing \""), "Normal Clearing", 0 },
		{ TEXT("{\"key\":\"Normal, unspecified\"}"), "Normal, unspecified", 0 },
		{ TEXT("<key>Normal Clearing</key>"), "Normal Clearing", 0 },
		{ TEXT("<key> Normal Clearing </key>"), "Normal Clearing", 0 },
		{ TEXT("{\\\"key\\\":\\\"Normal Clearing\\\"}"), "Normal Clearing", 0 },
		{ TEXT("key=Normal Clearing\\nmore"), "Normal Clearing", 0 },
		NONE("key='Normal's"),
		NONE("key=Normal'more"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_TEXT);
}

static void a_text_is_read_as_if_its_colors_were_not_there(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=\033[1mNormal Clearing\033[0m"), "Normal Clearing", 0 },
		{ TEXT("key=Normal Clearing\033[0m, more"), "Normal Clearing", 0 },
		{ TEXT("key=Normal Clearing \033[0m \033[1m\t"), "Normal Clearing", 0 },
		{ TEXT("key=Normal Clearing\033(more"), "Normal Clearing", 0 },
		NONE("key=Normal\033[0m Clearing"),
		NONE("key=Normal\033[0mmore"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_TEXT);
}

static enum value_spelling find_any(const void *names, struct text name)
{
	const size_t *len = names;

	return name.len == *len ? VALUE_NAME_SPELLED : VALUE_NAME_UNKNOWN;
}

static void a_text_at_its_bound_is_read_and_a_longer_one_is_not(void **state)
{
	(void)state;
	for (size_t len = VALUE_NAME_MAX; len <= VALUE_NAME_MAX + 1; len++) {
		const struct value_form form = { VALUE_TEXT, find_any, &len };
		char *name = test_repeat('n', len);
		char line[128];
		struct value value;
		int n = snprintf(line, sizeof(line), "key=%s", name);

		assert_int_equal(value_after_key(text_make(line, (size_t)n), 0, 3, &form, &value),
			len == VALUE_NAME_MAX);
		free(name);
	}
}

static void without_a_catalog_no_text_and_only_capitals_are_read(void **state)
{
	const struct value_form text = { .base = VALUE_TEXT }, name = { .base = VALUE_NAME };
	struct value value;

	(void)state;
	assert_false(value_after_key(TEXT("key=Normal"), 0, 3, &text, &value));
	assert_false(value_after_key(TEXT("key=normal"), 0, 3, &name, &value));
	assert_true(value_after_key(TEXT("key=NORMAL"), 0, 3, &name, &value));
}

/* -- arrays ----------------------------------------------------------------- */

struct array_row {
	struct text line;
	enum value_base base;
	const char *values; /* as written, joined by blanks */
};

static void print_values(const struct array_row *row, char *ret, size_t size)
{
	const struct value_form form = { .base = row->base, .find_name = value_find_name };
	size_t key = value_find_key(row->line), len = 0;
	struct value value;

	ret[0] = '\0';
	if (!value_after_key(row->line, key, key + 3, &form, &value))
		return;
	do {
		assert_int_equal(value.start, key);
		len += (size_t)snprintf(ret + len, size - len, "%s%.*s", len > 0 ? " " : "",
			(int)value.len, row->line.data + value.offset);
	} while (value_next(row->line, &form, &value));
}

static void check_arrays(const struct array_row *rows, size_t n)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		char values[256];

		print_values(&rows[i], values, sizeof(values));
		if (strcmp(values, rows[i].values) == 0)
			continue;
		print_error("row %zu: %.*s gave '%s'\n", i, TEXT_FORMAT(rows[i].line), values);
		n_bad++;
	}
	assert_int_equal(n_bad, 0);
}

static void an_array_gives_each_plain_value(void **state)
{
	static const struct array_row rows[] = {
		{ TEXT("\"key\":[16]"), VALUE_DECIMAL, "16" },
		{ TEXT("\"key\":[16,31]"), VALUE_DECIMAL, "16 31" },
		{ TEXT("\"key\" : [ 16 , 31 , 17 ]"), VALUE_DECIMAL, "16 31 17" },
		{ TEXT("key=[16,31]"), VALUE_DECIMAL, "16 31" },
		{ TEXT("\"key\":[\"16\",\"31\"]"), VALUE_DECIMAL, "16 31" },
		{ TEXT("\"key\":[16,\"31\"]"), VALUE_DECIMAL, "16 31" },
		{ TEXT("\\\"key\\\":[\\\"16\\\",31]"), VALUE_DECIMAL, "16 31" },
		{ TEXT("\"\"key\"\":[\"\"16\"\",\"\"31\"\"]"), VALUE_DECIMAL, "16 31" },
		{ TEXT("\"key\":[0x10,1F]"), VALUE_HEX, "0x10 1F" },
		{ TEXT("\"key\":[\"user_busy\",\"WORD\"]"), VALUE_NAME, "user_busy WORD" },
		{ TEXT("\"key\":[\"Normal, unspecified\",\"Normal\"]"), VALUE_TEXT,
			"Normal, unspecified Normal" },
		{ TEXT("key=[Normal,no-answer]"), VALUE_TEXT, "Normal no-answer" },
	};

	(void)state;
	check_arrays(rows, COUNT(rows));
}

static void an_array_ends_before_what_is_no_plain_value(void **state)
{
	static const struct array_row rows[] = {
		{ TEXT("\"key\":[]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[[16]]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[16,[17],18]"), VALUE_DECIMAL, "16" },
		{ TEXT("\"key\":[{\"a\":16}]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[16,null,17]"), VALUE_DECIMAL, "16" },
		{ TEXT("\"key\":[-1,17]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[16,17.5]"), VALUE_DECIMAL, "16" },
		{ TEXT("\"key\":[16,17"), VALUE_DECIMAL, "16" },
		{ TEXT("\"key\":[16"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[16,"), VALUE_DECIMAL, "16" },
		{ TEXT("\"key\":[16;17]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[16 17]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[\"16,17]"), VALUE_DECIMAL, "" },
		{ TEXT("\"key\":[\"user_busy\",\"none\",\"WORD\"]"), VALUE_NAME, "user_busy" },
		{ TEXT("\"key\":[16\n,17]"), VALUE_DECIMAL, "" },
	};

	(void)state;
	check_arrays(rows, COUNT(rows));
}

/* -- doubled quotes --------------------------------------------------------- */

static void json_in_a_quoted_field_of_csv_is_read(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("1,\"{\"\"key\"\":16}\",2"), "16", 16 },
		{ TEXT("1,\"{\"\"key\"\":\"\"16\"\"}\",2"), "16", 16 },
		{ TEXT("1,\"{\"\"key\"\" : \"\" 16 \"\"}\",2"), "16", 16 },
		{ TEXT("\"\"\"key\"\":16\""), "16", 16 },
		{ TEXT("\"\"key\"\":\"\"16\"\"\",x"), "16", 16 },
		{ TEXT("\"\"key\"\":\"\"16\"\"\"\""), "16", 16 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void doubled_quotes_that_are_empty_or_do_not_pair_give_nothing(void **state)
{
	static const struct value_row rows[] = {
		NONE("\"\"key\"\":\"\"\"\""),
		NONE("\"key\":\"\",16"),
		NONE("\"key\"\":16"),
		NONE("\"\"key\"\":\"\"16\","),
		NONE("\"\"key\"\":\"\"16"),
		NONE("\\\"key\"\":16"),
		NONE("''key'':16"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void nothing_behind_the_end_of_a_name_text_or_array_is_looked_at(void **state)
{
	static const struct text lines[] = {
		TEXT("\"key\": [ \"Normal, unspecified\" , \"NONE\", 16, 31 ] x"),
		TEXT("\"\"key\"\":[\"\"user_busy\"\",\"\"16\"\"]"),
		TEXT("key=Mandatory IE (length) error  , more"),
		TEXT("key=transfer.noanswer...-- more"),
		TEXT("<key>Normal Clearing</key>"),
		TEXT("key='Normal' 's"),
	};

	(void)state;
	value_check_cuts(lines, COUNT(lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_known_name_is_read_in_any_letter_case),
		cmocka_unit_test(an_unknown_name_must_be_written_in_capitals),
		cmocka_unit_test(words_for_no_value_are_names_only_in_the_spelling_of_the_catalog),
		cmocka_unit_test(the_end_of_a_sentence_is_no_part_of_a_name),
		cmocka_unit_test(a_name_may_stand_in_quotes_elements_and_escapes),
		cmocka_unit_test(what_continues_a_name_past_its_bound_is_a_part_of_it),
		cmocka_unit_test(the_longest_known_text_before_a_delimiter_is_read),
		cmocka_unit_test(these_delimiters_end_a_text),
		cmocka_unit_test(a_text_may_stand_in_quotes_elements_and_escapes),
		cmocka_unit_test(a_text_is_read_as_if_its_colors_were_not_there),
		cmocka_unit_test(a_text_at_its_bound_is_read_and_a_longer_one_is_not),
		cmocka_unit_test(without_a_catalog_no_text_and_only_capitals_are_read),
		cmocka_unit_test(an_array_gives_each_plain_value),
		cmocka_unit_test(an_array_ends_before_what_is_no_plain_value),
		cmocka_unit_test(json_in_a_quoted_field_of_csv_is_read),
		cmocka_unit_test(doubled_quotes_that_are_empty_or_do_not_pair_give_nothing),
		cmocka_unit_test(nothing_behind_the_end_of_a_name_text_or_array_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
