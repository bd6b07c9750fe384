/* Tests of cause/key-value: what a value behind a key is, one line at a time. */
#include "config.h"

#include "test.h"

#include "cause/catalog.h"
#include "cause/search/key-value.h"
#include "test-key-value.h"

/* -- shapes ----------------------------------------------------------------- */

static void a_value_follows_an_equals_sign_a_colon_or_an_arrow(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=1"), "1", 1 },
		{ TEXT("key:1"), "1", 1 },
		{ TEXT("key=>1"), "1", 1 },
		{ TEXT("key: 1"), "1", 1 },
		{ TEXT("key = 1"), "1", 1 },
		{ TEXT("key => 1"), "1", 1 },
		{ TEXT("key\t:\t 1"), "1", 1 },
		{ TEXT("callId=87-3 key=512 talk=0"), "512", 512 },
		{ TEXT("(key=512)"), "512", 512 },
		{ TEXT("key=512, other=3"), "512", 512 },
		{ TEXT("key=512;other=3"), "512", 512 },
		{ TEXT("a=1&key=512&b=2"), "512", 512 },
		{ TEXT("|key=512|"), "512", 512 },
		{ TEXT("ended with key=512."), "512", 512 },
		{ TEXT("ended with key=512. Then more"), "512", 512 },
		{ TEXT("key=512: the queue is full"), "512", 512 },
		{ TEXT("key=512 - the queue is full"), "512", 512 },
		{ TEXT("event.key=512"), "512", 512 },
		{ TEXT("key=512\r"), "512", 512 },
		{ TEXT("key=512\nkex=1"), "512", 512 },
		{ TEXT("first\nkey=512"), "512", 512 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_value_may_stand_in_quotes(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=\"1\""), "1", 1 },
		{ TEXT("key = '1'"), "1", 1 },
		{ TEXT("key: \"00531\""), "00531", 531 },
		{ TEXT("key=\" 1 \""), "1", 1 },
		{ TEXT("key=>'1'"), "1", 1 },
		{ TEXT("msg=\"key=1\""), "1", 1 },
		{ TEXT("'key: 1'"), "1", 1 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_key_may_stand_in_quotes(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("'key': '1'"), "1", 1 },
		{ TEXT("{\"key\":531}"), "531", 531 },
		{ TEXT("{ \"key\" : 531 }"), "531", 531 },
		{ TEXT("{\"key\":\"00531\"}"), "00531", 531 },
		{ TEXT("{\"a\":1,\t\"key\"\t:\t\"00531\" , \"b\":2}"), "00531", 531 },
		{ TEXT("[{\"key\":1}]"), "1", 1 },
		{ TEXT("{\"key\":1\n}"), "1", 1 },
		{ TEXT("{'key' => 1}"), "1", 1 },
		{ TEXT("{\"key\":'1'}"), "1", 1 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void json_may_be_escaped_inside_json(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("{\"m\":\"{\\\"key\\\":531}\"}"), "531", 531 },
		{ TEXT("{\"m\":\"{\\\"key\\\":\\\"00531\\\"}\"}"), "00531", 531 },
		{ TEXT("{\"m\":\"{ \\\"key\\\" : \\\"531\\\" }\"}"), "531", 531 },
		{ TEXT("\"{\\\\\\\"key\\\\\\\":\\\\\\\"531\\\\\\\"}\""), "531", 531 },
		{ TEXT("\"{\\\\\\\"key\\\\\\\":531}\""), "531", 531 },
		{ TEXT("{\\'key\\': \\'1\\'}"), "1", 1 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void an_xml_element_holds_a_value(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("<key>1</key>"), "1", 1 },
		{ TEXT("<key> 00531 </key>"), "00531", 531 },
		{ TEXT("<key type=\"int\">1</key>"), "1", 1 },
		{ TEXT("<key\ttype='int' unit=\"x\" >1</key>"), "1", 1 },
		{ TEXT("<ns:key>1</ns:key>"), "1", 1 },
		{ TEXT("<my-ns_2:key a=\"b\"> 1</my-ns_2:key>"), "1", 1 },
		{ TEXT("<call id=\"9\"><key>853</key></call>"), "853", 853 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void an_xml_attribute_holds_a_value(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("<leg key=\"564\" seconds=\"0\"/>"), "564", 564 },
		{ TEXT("<leg a='b' key='564'>"), "564", 564 },
		{ TEXT("<leg ns:key=\"564\"/>"), "564", 564 },
		{ TEXT("<leg key = \"564\" />"), "564", 564 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void escaped_line_ends_and_tabs_stand_before_a_key_as_blanks_do(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("text\\nkey=1"), "1", 1 },
		{ TEXT("text\\tkey=1"), "1", 1 },
		{ TEXT("text\\r\\nkey=1"), "1", 1 },
		{ TEXT("\\nkey=1"), "1", 1 },
		{ TEXT("text\\\\nkey=1"), "1", 1 },
		{ TEXT("key=1\\nmore"), "1", 1 },
		NONE("text\\akey=1"),
		NONE("nkey=1"),
		NONE("textnkey=1"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_color_sequence_before_a_key_is_as_good_as_a_blank(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("\033[31mkey=512\033[0m"), "512", 512 },
		{ TEXT("\033[1;31mkey=512"), "512", 512 },
		NONE("[31mkey=512"),
		NONE("\033[31mmkey=512"),
		NONE("mkey=512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void bytes_that_are_no_text_are_no_part_of_words_or_numbers(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("\0key=1\0"), "1", 1 },
		{ TEXT("\xFFkey=1\xFF"), "1", 1 },
		{ TEXT("\xC3key=1\xC3"), "1", 1 },
		{ TEXT("外呼key=1。"), "1", 1 },
		NONE("key\0=1"),
		NONE("key=\0"
		     "1"),
		NONE("key=\"1\0\""),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

/* -- digits and bases ------------------------------------------------------- */

static void leading_zeros_are_decimal(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=0"), "0", 0 },
		{ TEXT("key=00000"), "00000", 0 },
		{ TEXT("key=00531"), "00531", 531 },
		{ TEXT("key=010"), "010", 10 },
		{ TEXT("key=08"), "08", 8 },
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_code_has_up_to_ten_digits_with_leading_zeros(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=1"), "1", 1 },
		{ TEXT("key=12"), "12", 12 },
		{ TEXT("key=123"), "123", 123 },
		{ TEXT("key=1234"), "1234", 1234 },
		{ TEXT("key=12345"), "12345", 12345 },
		{ TEXT("key=123456"), "123456", 123456 },
		{ TEXT("key=1234567"), "1234567", 1234567 },
		{ TEXT("key=12345678"), "12345678", 12345678 },
		{ TEXT("key=123456789"), "123456789", 123456789 },
		{ TEXT("key=0123456789"), "0123456789", 123456789 },
		{ TEXT("key=1000000000"), "1000000000", 1000000000 },
		{ TEXT("key=4294967294"), "4294967294", VALUE_CODE_MAX },
		NONE("key=4294967295"),
		NONE("key=9999999999"),
		NONE("key=04294967294"),
		NONE("key=00000000512"),
		NONE("key=18446744073709552128"),
		NONE("key=\"00000000512\""),
	};

	(void)state;
	assert_int_equal(VALUE_DIGITS_MAX, 10);
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void hexadecimal_codes_have_a_prefix_or_none(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=10"), "10", 0x10 },
		{ TEXT("key=0x1F"), "0x1F", 0x1F },
		{ TEXT("key=0X1f"), "0X1f", 0x1F },
		{ TEXT("key=\"1f\""), "1f", 0x1F },
		{ TEXT("<key>0x10</key>"), "0x10", 0x10 },
		{ TEXT("key=0"), "0", 0 },
		{ TEXT("key=FFFFFFFE"), "FFFFFFFE", VALUE_CODE_MAX },
		{ TEXT("key=0x000000001F"), "0x000000001F", 0x1F },
		NONE("key=FFFFFFFF"),
		NONE("key=0x0000000001F"),
		NONE("key=0x"),
		NONE("key=0xg"),
		NONE("key=0x0x10"),
		NONE("key=x10"),
		NONE("key=10h"),
		NONE("key=10.5"),
		NONE("key=1F-2"),
		NONE("key=-10"),
		NONE("key=normal"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_HEX);
}

static void q931_codes_are_the_low_octet_of_two(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=0x8290"), "0x8290", 16 },
		{ TEXT("key=8290"), "8290", 16 },
		{ TEXT("key = 0x829F - Normal"), "0x829F", 31 },
		{ TEXT("key = \"0X80ff\""), "0X80ff", 127 },
		{ TEXT("key=0x8081"), "0x8081", 1 },
		NONE("key=90"),
		NONE("key=0x90"),
		NONE("key=0x829"),
		NONE("key=0x08290"),
		NONE("key=0x829000"),
		NONE("key=82 90"),
		NONE("key=0x82g0"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_Q931);
}

static void names_are_words_that_start_with_no_digit(void **state)
{
	static const struct value_row rows[] = {
		{ TEXT("key=NORMAL_CLEARING"), "NORMAL_CLEARING", 0 },
		{ TEXT("hanging up, key: CALL_REJECTED"), "CALL_REJECTED", 0 },
		{ TEXT("{\"key\":\"user_busy\"}"), "user_busy", 0 },
		{ TEXT("<key>Q850_16</key>"), "Q850_16", 0 },
		{ TEXT("key=USER_BUSY."), "USER_BUSY", 0 },
		NONE("key=16"),
		NONE("key=16_NORMAL"),
		NONE("key=\"NORMAL CLEARING\""),
		NONE("key=NORMAL-CLEARING"),
		NONE("key=-NORMAL"),
		NONE("key=\"\""),
		NONE("key=_x"),
		NONE("key=unknown_word"),
		NONE("key=N"),
		NONE("key=\xC3\xA9t\xC3\xA9"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_NAME);
}

static void a_name_at_its_bound_is_read_and_a_longer_one_is_not(void **state)
{
	char *fits = test_repeat('N', VALUE_NAME_MAX);
	char line[256];
	struct value_row row;

	(void)state;
	(void)snprintf(line, sizeof(line), "key=%s more", fits);
	row = (struct value_row){ .line = text_of(line), .written = fits };
	value_check(&row, 1, VALUE_NAME);
	(void)snprintf(line, sizeof(line), "key=%sN more", fits);
	row = (struct value_row){ .line = text_of(line) };
	value_check(&row, 1, VALUE_NAME);
	free(fits);
}

static void bases_have_the_names_that_profiles_write(void **state)
{
	(void)state;
	assert_string_equal(value_base_names[VALUE_DECIMAL], "decimal");
	assert_string_equal(value_base_names[VALUE_HEX], "hex");
	assert_string_equal(value_base_names[VALUE_Q931], "q931");
	assert_string_equal(value_base_names[VALUE_NAME], "name");
	assert_string_equal(value_base_names[VALUE_TEXT], "text");
	assert_null(value_base_names[VALUE_TEXT + 1]);
}

/* -- whole values and ends -------------------------------------------------- */

static void a_whole_text_is_one_value_or_none(void **state)
{
	static const struct {
		struct text t;
		enum value_base base;
		const char *written;
		uint32_t code;
	} rows[] = {
		{ TEXT("512"), VALUE_DECIMAL, "512", 512 },
		{ TEXT(" 00531\t"), VALUE_DECIMAL, "00531", 531 },
		{ TEXT("10"), VALUE_HEX, "10", 16 },
		{ TEXT("0x8290"), VALUE_Q931, "0x8290", 16 },
		{ TEXT(" USER_BUSY "), VALUE_NAME, "USER_BUSY", 0 },
		{ TEXT(""), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("  "), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("512x"), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("5 12"), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("512."), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("512\n"), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("512\0"), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("\"512\""), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("-1"), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("key=512"), VALUE_DECIMAL, NULL, 0 },
		{ TEXT("USER BUSY"), VALUE_NAME, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct value value = { 0 };
		const struct value_form form = { .base = rows[i].base };
		bool is_value = value_whole(rows[i].t, 0, rows[i].t.len, &form, &value);

		assert_int_equal(is_value, rows[i].written != NULL);
		if (!is_value)
			continue;
		assert_text(text_make(rows[i].t.data + value.offset, value.len), rows[i].written);
		assert_int_equal(value.code, rows[i].code);
	}
}

static void a_part_of_a_text_is_read_whole_whatever_is_around_it(void **state)
{
	struct value value;

	(void)state;
	assert_true(value_whole(TEXT("9[512]9"), 2, 3, &decimal, &value));
	assert_int_equal(value.offset, 2);
	assert_int_equal(value.len, 3);
	assert_int_equal(value.code, 512);
	assert_true(value_whole(TEXT("95129"), 1, 3, &decimal, &value));
	assert_int_equal(value.code, 512);
	assert_false(value_whole(TEXT("9[512]9"), 2, 4, &decimal, &value));
	assert_false(value_whole(TEXT("9[512]9"), 3, 0, &decimal, &value));
}

static void nothing_behind_the_end_of_the_text_is_looked_at(void **state)
{
	static const struct text lines[] = {
		TEXT("key = \"00531\" "),
		TEXT("'key' => '531'"),
		TEXT("{\\\\\"key\\\\\" : \\\\\"531\\\\\"}"),
		TEXT("<ns:key a=\"b\"> 531 </ns:key>"),
		TEXT("key=0x8290-x"),
		TEXT("key:512.5"),
	};

	(void)state;
	value_check_cuts(lines, COUNT(lines));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_follows_an_equals_sign_a_colon_or_an_arrow),
		cmocka_unit_test(a_value_may_stand_in_quotes),
		cmocka_unit_test(a_key_may_stand_in_quotes),
		cmocka_unit_test(json_may_be_escaped_inside_json),
		cmocka_unit_test(an_xml_element_holds_a_value),
		cmocka_unit_test(an_xml_attribute_holds_a_value),
		cmocka_unit_test(escaped_line_ends_and_tabs_stand_before_a_key_as_blanks_do),
		cmocka_unit_test(a_color_sequence_before_a_key_is_as_good_as_a_blank),
		cmocka_unit_test(bytes_that_are_no_text_are_no_part_of_words_or_numbers),
		cmocka_unit_test(leading_zeros_are_decimal),
		cmocka_unit_test(a_code_has_up_to_ten_digits_with_leading_zeros),
		cmocka_unit_test(hexadecimal_codes_have_a_prefix_or_none),
		cmocka_unit_test(q931_codes_are_the_low_octet_of_two),
		cmocka_unit_test(names_are_words_that_start_with_no_digit),
		cmocka_unit_test(a_name_at_its_bound_is_read_and_a_longer_one_is_not),
		cmocka_unit_test(bases_have_the_names_that_profiles_write),
		cmocka_unit_test(a_whole_text_is_one_value_or_none),
		cmocka_unit_test(a_part_of_a_text_is_read_whole_whatever_is_around_it),
		cmocka_unit_test(nothing_behind_the_end_of_the_text_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
