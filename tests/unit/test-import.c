/* Tests of tool/import: from a vendor's table to the rows of a catalog, and to its text. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <syslog.h>

#include "base/buffer.h"
#include "cause/catalog.h"
#include "tool/import/catalog-text.h"
#include "tool/import/fields.h"
#include "tool/import/slug.h"
#include "tool/import/table.h"

static struct table read_good(struct text content, struct diag *diag)
{
	struct table table = { 0 };
	int r = table_read("t.csv", content, diag, &table);

	if (r < 0)
		diag_print(diag, stderr);
	assert_int_equal(r, 0);
	return table;
}

static int read_and_free(struct text content, struct diag *diag)
{
	struct table table = { 0 };
	int r = table_read("t.csv", content, diag, &table);

	table_done(&table);
	return r;
}

/* Whether exactly these warnings are there, in the order of lines. */
static void assert_warnings(const struct diag *diag, const struct test_error *expected, size_t n)
{
	assert_int_equal(diag_count_warnings(diag), n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(diag->warnings[i].line, expected[i].line);
		assert_int_equal(diag->warnings[i].column, expected[i].column);
		if (!strstr(diag->warnings[i].text, expected[i].says))
			fail_msg("'%s' is not in '%s'", expected[i].says, diag->warnings[i].text);
	}
}

#define HEAD "code,name,description,severity\n"

/* -- what a table may be ---------------------------------------------------- */

static void every_column_becomes_a_member(void **state)
{
	struct diag diag = { 0 };
	struct table table =
		read_good(TEXT("Aliases,ACTION,category,Component,severity,description,name,code\n"
			       "\"A, B;C D\",Look.,Capacity,ccs,warning,Full.,queue-full,512\n"),
			&diag);
	const struct table_row *row = &table.rows[0];
	static const char *const aliases[] = { "A", "B", "C", "D" };

	(void)state;
	assert_int_equal(table.n_rows, 1);
	assert_int_equal(row->code, 512);
	assert_int_equal(row->last, 512);
	assert_text(row->name, "queue-full");
	assert_text(row->description, "Full.");
	assert_int_equal(row->severity, LOG_WARNING);
	assert_text(row->component, "ccs");
	assert_text(row->category, "capacity");
	assert_text(row->action, "Look.");
	assert_int_equal(row->aliases.n, COUNT(aliases));
	for (size_t i = 0; i < COUNT(aliases); i++)
		assert_text(row->aliases.items[i], aliases[i]);
	assert_int_equal(row->notes, 0);
	assert_int_equal(diag_count_warnings(&diag), 0);
	table_done(&table);
	diag_done(&diag);
}

static void separators_line_ends_and_marks_of_other_programs_are_understood(void **state)
{
	static const struct text contents[] = {
		TEXT("code,name,description,severity\n7,a-b,One; two.,info\n"),
		TEXT("code;name;description;severity\r\n7;a-b;One; two.;info\r\n"),
		TEXT("\xEF\xBB\xBF"
		     "code;name;description;severity\r\n7;a-b;\"One; two.\";info"),
		TEXT("code\tname\tdescription\tseverity\n7\ta-b\tOne; two.\tinfo\r"),
		TEXT("\"code\",\"name\",\"description\",\"severity\"\n\n,,,\n\"7\",\"a-b\",\"One;\n"
		     "two.\",\"info\"\n,,,\n"),
		TEXT("code , name , description , severity\n 7 , a-b , One;   two. , INFO \n"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++) {
		struct diag diag = { 0 };
		struct table table = { 0 };

		if (i == 1) {
			/* Its description is not quoted, and so has a field too many. */
			assert_int_equal(read_and_free(contents[i], &diag), -EINVAL);
			diag_done(&diag);
			continue;
		}
		table = read_good(contents[i], &diag);
		assert_int_equal(table.n_rows, 1);
		assert_int_equal(table.rows[0].code, 7);
		assert_text(table.rows[0].name, "a-b");
		assert_text(table.rows[0].description, "One; two.");
		assert_int_equal(table.rows[0].severity, LOG_INFO);
		table_done(&table);
		diag_done(&diag);
	}
}

static void codes_are_numbers_ranges_or_absent(void **state)
{
	static const struct {
		uint32_t code, last;
	} expected[] = { { 0, 0 }, { 531, 531 }, { 613, 619 }, { 623, 629 }, { 633, 639 },
		{ VALUE_CODE_MAX, VALUE_CODE_MAX }, { CATALOG_NO_CODE, CATALOG_NO_CODE } };
	struct diag diag = { 0 };
	struct table table = read_good(
		TEXT(HEAD "0,a,D.,err\n00531,b,D.,err\n613-619,c,D.,err\n623 ~ 629,d,D.,err\n"
			  "633\xE2\x80\x93"
			  "639,e,D.,err\n4294967294,f,D.,err\n,g,D.,err\n"),
		&diag);

	(void)state;
	assert_int_equal(table.n_rows, COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_int_equal(table.rows[i].code, expected[i].code);
		assert_int_equal(table.rows[i].last, expected[i].last);
	}
	table_done(&table);
	diag_done(&diag);
}

static void words_of_other_systems_are_severities(void **state)
{
	static const int expected[] = { LOG_ERR, LOG_ERR, LOG_WARNING, LOG_CRIT, LOG_EMERG,
		LOG_INFO };
	struct diag diag = { 0 };
	struct table table =
		read_good(TEXT(HEAD "1,a,D.,Error\n2,b,D.,ERR\n3,c,D.,warn\n4,d,D.,critical\n"
				    "5,e,D.,emergency\n6,f,D.,informational\n"),
			&diag);

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++)
		assert_int_equal(table.rows[i].severity, expected[i]);
	table_done(&table);
	diag_done(&diag);
}

/* -- names ------------------------------------------------------------------ */

static void any_text_becomes_a_name(void **state)
{
	static const struct {
		const char *text, *slug;
	} rows[] = { { "queue-full", "queue-full" }, { "Queue Full", "queue-full" },
		{ "QUEUE_FULL", "queue-full" }, { "queueFull", "queue-full" },
		{ "  a -- b  ", "a-b" }, { "486 Busy Here", "busy-here" }, { "x25", "x25" },
		{ "Q.850 17", "q-850-17" }, { "", "" }, { "123", "" }, { "\xE4\xB8\xAD", "" },
		{ "---", "" } };
	char slug[CATALOG_NAME_MAX + 1];
	char *x = test_repeat('x', 62);
	char text[80];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(slug_print(text_of(rows[i].text), slug), strlen(rows[i].slug));
		assert_string_equal(slug, rows[i].slug);
	}
	(void)snprintf(text, sizeof(text), "%s y z", x);
	assert_int_equal(slug_print(text_of(text), slug), 62);
	(void)snprintf(text, sizeof(text), "%sxxx", x);
	assert_int_equal(slug_print(text_of(text), slug), CATALOG_NAME_MAX);
	free(x);
}

static void latin_letters_outside_of_ascii_become_those_of_ascii(void **state)
{
	static const struct {
		const char *text, *slug;
	} rows[] = { { "Störung Leitung", "stoerung-leitung" }, { "Übertragung", "uebertragung" },
		{ "ÜBERTRAGUNG", "uebertragung" }, { "leitungÜberlastet", "leitung-ueberlastet" },
		{ "straße", "strasse" }, { "Réseau occupé", "reseau-occupe" }, { "ça", "ca" },
		{ "año", "ano" }, { "Ødelagt århundre", "odelagt-arhundre" },
		{ "złącze ŁÓDŹ", "zlacze-lodz" }, { "čeština", "cestina" },
		{ "œuvre Æble", "oeuvre-aeble" }, { "Þórð", "thord" }, { "ĳs ŋ", "ijs-ng" },
		{ "÷×ÿÀſž", "y-asz" }, { "Sto\xCC\x88rung", "storung" },
		{ "\xEF\xBC\xA2usy\xEF\xBC\x9Aon", "busy-on" } };
	char slug[CATALOG_NAME_MAX + 1];
	char text[CATALOG_NAME_MAX + 3];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)slug_print(text_of(rows[i].text), slug);
		assert_string_equal(slug, rows[i].slug);
		assert_int_equal(slug_find_lost(text_of(rows[i].text)).len, 0);
	}
	/* At the bound, and in the name of a file that is not UTF-8. */
	memset(text, 'x', sizeof(text));
	memcpy(text + CATALOG_NAME_MAX - 1, "ß", sizeof("ß"));
	assert_int_equal(slug_print(text_of(text), slug), CATALOG_NAME_MAX);
	assert_string_equal(slug + CATALOG_NAME_MAX - 2, "xs");
	assert_int_equal(slug_print(text_of("a\xF6 b\x9F\xC3"), slug), 3);
	assert_string_equal(slug, "a-b");
}

static void a_letter_that_a_name_loses_is_a_warning_for_each_row(void **state)
{
	static const struct test_error warnings[] = {
		{ 3, 5, "'\xD0\xB6' in the name has no form in ASCII letters, using 'a-c'" },
	};
	struct diag diag = { 0 };
	struct table table = read_good(TEXT(HEAD "1,Störung – 1 €,D.,err\n2,a \xD0\xB6\xD0\xB6 "
						 "\xD0\xB6 c,D.,err\n"),
		&diag);

	(void)state;
	assert_text(table.rows[0].name, "stoerung-1");
	assert_text(table.rows[0].aliases.items[0], "Störung – 1 €");
	assert_text(table.rows[1].name, "a-c");
	assert_warnings(&diag, warnings, COUNT(warnings));
	table_done(&table);
	diag_done(&diag);
}

static void a_name_of_the_vendor_becomes_an_alias(void **state)
{
	static const struct test_error warnings[] = { { 4, 1, "there is no name, using 'cause-3'" },
		{ 5, 5, "the name has no ASCII letters, using 'cause-4'" } };
	struct diag diag = { 0 };
	struct table table = read_good(TEXT("code,name,description,severity,aliases\n"
					    "1,Queue Full,D.,err,QF\n2,BUSY,D.,err,busy\n"
					    "3,,D.,err,\n4-5,\xE4\xB8\xAD,D.,err,\n"),
		&diag);

	(void)state;
	assert_text(table.rows[0].name, "queue-full");
	assert_int_equal(table.rows[0].aliases.n, 2);
	assert_text(table.rows[0].aliases.items[0], "Queue Full");
	assert_text(table.rows[1].name, "busy");
	assert_int_equal(table.rows[1].aliases.n, 0);
	assert_text(table.rows[2].name, "cause-3");
	assert_int_equal(table.rows[2].notes, TABLE_NO_NAME);
	assert_text(table.rows[3].name, "cause-4");
	assert_int_equal(table.rows[3].notes, TABLE_FOREIGN_NAME);
	assert_text(table.rows[3].aliases.items[0], "\xE4\xB8\xAD");
	assert_warnings(&diag, warnings, COUNT(warnings));
	table_done(&table);
	diag_done(&diag);
}

static void shared_names_and_aliases_are_settled_with_warnings(void **state)
{
	static const struct test_error warnings[] = {
		{ 3, 1, "name 'busy' is also that of the cause in line 2, using 'busy-2'" },
		{ 3, 1, "alias 'X' also means the cause in line 2" },
		{ 4, 1, "alias 'busy' also means the cause in line 2" }
	};
	struct diag diag = { 0 };
	struct table table =
		read_good(TEXT("code,name,description,severity,aliases\n"
			       "1,busy,D.,err,X\n2,busy,D.,err,X Y\n3,c,D.,err,busy\n"),
			&diag);

	(void)state;
	assert_text(table.rows[0].name, "busy");
	assert_text(table.rows[1].name, "busy-2");
	assert_int_equal(table.rows[1].notes, TABLE_SHARED_NAME | TABLE_SHARED_ALIAS);
	assert_int_equal(diag_count_warnings(&diag), COUNT(warnings));
	assert_warnings(&diag, warnings, COUNT(warnings));
	table_done(&table);
	diag_done(&diag);
}

/* -- what is missing or wrong ------------------------------------------------ */

static void what_has_to_be_assumed_is_a_warning(void **state)
{
	static const struct test_error warnings[] = {
		{ 1, 1, "ignoring the unknown columns 'Remark', column 4" },
		{ 1, 1, "no column is named name, using cause-" },
		{ 1, 1, "no column is named severity, using notice" },
	};
	static const struct test_error of_rows[] = { { 2, 1, "there is no severity, using notice" },
		{ 3, 15, "category 'outage' is unusual" } };
	struct diag diag = { 0 }, diag_of_rows = { 0 };
	struct table table = read_good(TEXT("code,description,Remark,\n1,D.,x,\n"), &diag);
	struct table of_table = read_good(TEXT("code,name,description,severity,category\n"
					       "1,a,D.,,\n2,b,D.,notice,outage\n"),
		&diag_of_rows);

	(void)state;
	assert_int_equal(table.rows[0].severity, LOG_NOTICE);
	assert_int_equal(table.rows[0].notes, TABLE_NO_NAME | TABLE_NO_SEVERITY);
	assert_false(table.has_categories);
	assert_warnings(&diag, warnings, COUNT(warnings));
	assert_true(of_table.has_categories);
	assert_warnings(&diag_of_rows, of_rows, COUNT(of_rows));
	table_done(&table);
	table_done(&of_table);
	diag_done(&diag);
	diag_done(&diag_of_rows);
}

static void an_unknown_column_is_a_warning_with_the_one_that_it_may_mean(void **state)
{
	static const struct {
		const char *columns, *says;
	} rows[] = {
		{ "severty", "ignoring the unknown column 'severty'; did you mean 'severity'?" },
		{ "x,severity", "ignoring the unknown column 'x'" },
		{ "Severty, nme ,seveity",
			"ignoring the unknown columns 'Severty', 'nme', 'seveity'; did you mean "
			"'severity', 'name'?" },
		{ "names,name", "ignoring the unknown column 'names'" },
		{ "", "ignoring the unknown column 3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct diag diag = { 0 };
		char content[100];

		(void)snprintf(
			content, sizeof(content), "code,description,%s\n1,D.\n", rows[i].columns);
		assert_int_equal(read_and_free(text_of(content), &diag), 0);
		assert_string_equal(diag.warnings[0].text, rows[i].says);
		diag_done(&diag);
	}
}

static void every_error_of_a_table_has_its_place(void **state)
{
	static const struct test_file files[] = {
		{ TEXT(""), { { 1, 1, "no column is named code or name" } } },
		{ TEXT("a,b\n1,2\n"), { { 1, 1, "no column is named code or name" } } },
		{ TEXT("code,name\n"), { { 1, 1, "no column is named description" } } },
		{ TEXT(HEAD), { { 0, 0, "there is no cause in this table" } } },
		{ TEXT("code,Code,description\n"), { { 1, 6, "column 'code' appears twice" } } },
		{ TEXT("code,\"description\n"), { { 1, 6, "quote that ends" } } },
		{ TEXT(HEAD "x,a,D.,err\n"), { { 2, 1, "code 'x' is not a decimal number" } } },
		{ TEXT(HEAD "4294967295,a,D.,err\n"), { { 2, 1, "greater than 4294967294" } } },
		{ TEXT(HEAD "9-8,a,D.,err\n"), { { 2, 1, "range 9-8 must end above" } } },
		{ TEXT(HEAD "-5,a,D.,err\n"), { { 2, 1, "code '-5' is not" } } },
		{ TEXT(HEAD "1,a,,err\n"), { { 2, 5, "the cause has no description" } } },
		{ TEXT(HEAD "1\n"), { { 2, 1, "the cause has no description" } } },
		{ TEXT(HEAD ",,D.,err\n"), { { 2, 2, "neither a code nor a name" } } },
		{ TEXT(HEAD "1,a,D.,bad\n"), { { 2, 8, "severity 'bad' is none of emerg" } } },
		{ TEXT(HEAD "1,a,D.,warnin\n"), { { 2, 8, "did you mean 'warning'?" } } },
		{ TEXT(HEAD "1,a,D, more.,err\n"), { { 2, 14, "no column for this field" } } },
		{ TEXT(HEAD "1,a,\"D.,err\n2,b,D.,err\n"),
			{ { 2, 5, "quote that ends this field" } } },
		{ TEXT(HEAD "1,\xE4\xB8\xAD,\"D\"x,err\n"),
			{ { 2, 8, "text follows the quote" } } },
		{ TEXT(HEAD "\"1\"x,\"a\"x,\"D\"x,\"err\"x,\"more\"x\n"),
			{ { 2, 4, "text follows the quote" } } },
		{ TEXT("\"code\"x,\"name\"x,description\n"),
			{ { 1, 7, "text follows the quote" } } },
		{ TEXT(HEAD "1,a, \"D\",err\n"), { { 2, 5, "remove the blank before it" } } },
		{ TEXT(HEAD "1,a,\"x\ny\x1Bz\",err\n"), { { 3, 2, "a control character" } } },
		{ TEXT(HEAD "1,a,x\xC2\x9Bz,err\n"), { { 2, 6, "a control character" } } },
		{ TEXT(HEAD "1,a,x\0z,err\n"), { { 2, 6, "a control character" } } },
		{ TEXT(HEAD "1,a,x\xE2\x80\xAEz,err\n"), { { 2, 5, "must not hold U+202E" } } },
		{ TEXT(HEAD "1,a,x\xEF\xBB\xBFz,err\n"), { { 2, 5, "must not hold U+FEFF" } } },
		{ TEXT(HEAD "1,a,[release cause 5,err\n"),
			{ { 2, 5, "must not hold '[release" } } },
		{ TEXT(HEAD "1,a,D.,err\n2,b,\xB0\xA1,err\n3,b,\xB0\xA1,err\n"),
			{ { 3, 1, "not UTF-8; convert the file" } } },
		{ TEXT("\xFF\xFEx\0"), { { 1, 1, "this is UTF-16; convert it" } } },
		{ TEXT(HEAD "5,a,D.,err\n1-9,b,D.,err\n7,c,D.,err\n"),
			{ { 3, 1, "code 5 appears twice, first in line 2" },
				{ 4, 1, "code 7 appears twice, first in line 3" } } },
		{ TEXT(HEAD ",a,D.,err\n,a,D.,err\n"),
			{ { 3, 1, "name 'a' is already used by the cause in line 2" } } },
		{ TEXT(HEAD "1,a-2,D.,err\n3,a,D.,err\n2,a,D.,err\n"),
			{ { 4, 1, "name 'a-2' is already used by the cause in line 2" } } },
	};

	(void)state;
	test_refused(files, COUNT(files), read_and_free);
}

static void all_errors_of_a_table_are_found_in_one_run(void **state)
{
	static const struct test_file file = { TEXT(HEAD "x,a,,bad\n\"1\n\",b,D.,err\n1,c,D.,err\n"
							 "2,d,D.,err,more\n"),
		{
			{ 2, 1, "code 'x'" },
			{ 2, 5, "no description" },
			{ 2, 6, "severity 'bad'" },
			{ 5, 1, "code 1 appears twice, first in line 3" },
			{ 6, 12, "no column for this field" },
		} };

	(void)state;
	test_refused(&file, 1, read_and_free);
}

static void texts_up_to_their_bounds_are_accepted_and_longer_ones_are_not(void **state)
{
	static const struct {
		const char *before, *after, *says;
		size_t max;
	} rows[] = {
		{ "code,name,description,severity\n1,n,", ",err\n", "description is 1001 bytes",
			1000 },
		{ "code,name,description,action\n1,n,D.,", "\n", "action is 1001 bytes", 1000 },
		{ "code,name,description,component\n1,n,D.,", "\n", "component is 64 bytes", 63 },
		{ "code,name,description,category\n1,n,D.,", "\n", "category is 64 bytes", 63 },
		{ "code,name,description,aliases\n1,n,D.,", "\n", "is longer than 63 bytes", 63 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *x = test_repeat('x', rows[i].max + 1);
		char content[1200];
		struct diag diag = { 0 };

		(void)snprintf(
			content, sizeof(content), "%s%s%s", rows[i].before, x + 1, rows[i].after);
		assert_int_equal(read_and_free(text_of(content), &diag), 0);
		(void)snprintf(
			content, sizeof(content), "%s%s%s", rows[i].before, x, rows[i].after);
		assert_int_equal(read_and_free(text_of(content), &diag), -EINVAL);
		assert_int_equal(diag_count(&diag), 1);
		assert_non_null(strstr(diag.errors[0].text, rows[i].says));
		diag_done(&diag);
		free(x);
	}
}

/* A header of `n` columns, or a row of `n` aliases. */
static int read_many(const char *before, const char *item, unsigned n, struct diag *diag)
{
	struct buffer content = buffer_make(10000);
	int r;

	buffer_add_string(&content, before);
	for (unsigned i = 0; i < n; i++)
		buffer_add_format(&content, "%s%u", item, i);
	buffer_add_string(&content, "\n1,D.\n");
	r = read_and_free(buffer_text(&content), diag);
	buffer_done(&content);
	return r;
}

static void lists_up_to_their_bounds_are_accepted_and_longer_ones_are_not(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	assert_int_equal(read_many("code,description", ",x", TABLE_COLUMNS_MAX - 2, &diag), 0);
	assert_int_equal(
		read_many("code,description", ",x", TABLE_COLUMNS_MAX - 1, &diag), -EINVAL);
	assert_non_null(strstr(diag.errors[0].text, "more than 64 columns"));
	diag_done(&diag);
	assert_int_equal(
		read_many("code,description,aliases\n2,D.,", " x", CATALOG_LIST_MAX, &diag), 0);
	assert_int_equal(
		read_many("code,description,aliases\n2,D.,", " x", CATALOG_LIST_MAX + 1, &diag),
		-EINVAL);
	assert_non_null(strstr(diag.errors[0].text, "more than 32 aliases"));
	diag_done(&diag);
}

static void a_name_too_long_for_an_alias_is_a_warning(void **state)
{
	struct diag diag = { 0 };
	char content[200], *x = test_repeat('x', 64);
	struct table table;

	(void)state;
	(void)snprintf(content, sizeof(content), HEAD "1,%s,D.,err\n", x);
	table = read_good(text_of(content), &diag);
	assert_int_equal(table.rows[0].name.len, CATALOG_NAME_MAX);
	assert_int_equal(table.rows[0].aliases.n, 0);
	assert_int_equal(diag_count_warnings(&diag), 1);
	assert_non_null(strstr(diag.warnings[0].text, "longer than 63 bytes"));
	table_done(&table);
	diag_done(&diag);
	free(x);
}

/* -- the text ----------------------------------------------------------------- */

static void a_catalog_is_written_with_comments_where_a_person_should_look(void **state)
{
	static const char expected[] =
		"# Made by because import. Look at the lines with a comment, then run\n"
		"# because check on this file.\n"
		"catalog: mine\n"
		"source: t.csv\n"
		"causes:\n"
		"  - code: 1\n"
		"    name: queue-full\n"
		"    description: The queue's full, of calls.\n"
		"    severity: err\n"
		"    category: capacity\n"
		"    aliases: [Queue Full, 'A&B']\n"
		"  - code: 2-3\n"
		"    name: cause-2  # the table has no name for it\n"
		"    description: '- it''s: \"odd\" # indeed'\n"
		"    severity: notice  # the table has no severity for it\n"
		"  - code: 4\n"
		"    name: cause-4  # the name in the table has no ASCII letters\n"
		"    description: D.\n"
		"    severity: info\n"
		"    aliases: ['\xE4\xB8\xAD']\n"
		"  - name: word\n"
		"    description: D.\n"
		"    severity: info\n"
		"    action: Look.\n";
	struct diag diag = { 0 };
	struct table table =
		read_good(TEXT("code,name,description,severity,category,action,aliases\n"
			       "1,Queue Full,\"The queue's full, of calls.\",err,capacity,,A&B\n"
			       "2-3,,\"- it's: \"\"odd\"\" # indeed\",,,,\n"
			       "4,\xE4\xB8\xAD,D.,info,,,\n,word,D.,info,,Look.,\n"),
			&diag);
	struct buffer out = buffer_make(10000);

	(void)state;
	catalog_text_print(&table, text_of("mine"), text_of("t.csv"), &out);
	buffer_add_char(&out, '\0');
	assert_int_equal(buffer_finish(&out), 0);
	assert_string_equal(out.data, expected);
	buffer_done(&out);
	table_done(&table);
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_becomes_a_member),
		cmocka_unit_test(separators_line_ends_and_marks_of_other_programs_are_understood),
		cmocka_unit_test(codes_are_numbers_ranges_or_absent),
		cmocka_unit_test(words_of_other_systems_are_severities),
		cmocka_unit_test(any_text_becomes_a_name),
		cmocka_unit_test(latin_letters_outside_of_ascii_become_those_of_ascii),
		cmocka_unit_test(a_letter_that_a_name_loses_is_a_warning_for_each_row),
		cmocka_unit_test(a_name_of_the_vendor_becomes_an_alias),
		cmocka_unit_test(shared_names_and_aliases_are_settled_with_warnings),
		cmocka_unit_test(what_has_to_be_assumed_is_a_warning),
		cmocka_unit_test(an_unknown_column_is_a_warning_with_the_one_that_it_may_mean),
		cmocka_unit_test(every_error_of_a_table_has_its_place),
		cmocka_unit_test(all_errors_of_a_table_are_found_in_one_run),
		cmocka_unit_test(texts_up_to_their_bounds_are_accepted_and_longer_ones_are_not),
		cmocka_unit_test(lists_up_to_their_bounds_are_accepted_and_longer_ones_are_not),
		cmocka_unit_test(a_name_too_long_for_an_alias_is_a_warning),
		cmocka_unit_test(a_catalog_is_written_with_comments_where_a_person_should_look),
	};

	return cmocka_run_group_tests_name("tool/import", tests, NULL, NULL);
}
