/* Tests of cause/key-value: what only looks like a value behind a key, one line at a time. */
#include "config.h"

#include "test.h"

#include "cause/search/key-value.h"
#include "test-key-value.h"

static void quotes_that_do_not_match_hold_no_value(void **state)
{
	static const struct value_row rows[] = {
		NONE("key=\"512"),
		NONE("key=\"512'"),
		NONE("key='512\""),
		NONE("key=\"\""),
		NONE("key=''"),
		NONE("key=\" \""),
		NONE("key=\"512\n\""),
		NONE("key=\"512 x\""),
		NONE("key=\"x 512\""),
		NONE("key=\"512,513\""),
		NONE("key=\"512\\\""),
		NONE("key=\\\"512\""),
		NONE("\"key':512"),
		NONE("'key\":512"),
		NONE("key\":512"),
		NONE("the \"end key\":512"),
		NONE("{\\\"key\":512}"),
		NONE("{\"key\\\":512}"),
		NONE("{\\\\\"key\\\":512}"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void broken_elements_hold_no_value(void **state)
{
	static const struct value_row rows[] = {
		NONE("<key/>512"),
		NONE("<key />512</a>"),
		NONE("<key></key>512"),
		NONE("<key>512"),
		NONE("<key>512<b>"),
		NONE("<key>5 12</key>"),
		NONE("<key>512.5</key>"),
		NONE("<key>-1</key>"),
		NONE("<key>x</key>"),
		NONE("<key>\n512</key>"),
		NONE("<key\n>512</key>"),
		NONE("<key 512</key>"),
		NONE("<keys>512</keys>"),
		NONE("<mykey>512</mykey>"),
		NONE("</key>512</a>"),
		NONE("<a>key>512</a>"),
		NONE("<key"),
		NONE("<key "),
		NONE("<key>"),
		NONE("<a:b:key>512</a:b:key>"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_number_that_is_not_wholly_one_is_no_value(void **state)
{
	static const struct value_row rows[] = {
		NONE("key=-1"),
		NONE("key=+1"),
		NONE("key=- 1"),
		NONE("key=512.5"),
		NONE("key=.5"),
		NONE("key=87-3"),
		NONE("key=1456403549-15"),
		NONE("key=10:30"),
		NONE("key=10.0.0.1"),
		NONE("key=2023-09-27"),
		NONE("key=2/7"),
		NONE("key=512abc"),
		NONE("key=512_3"),
		NONE("key=512-abc"),
		NONE("key=abc"),
		NONE("key=expired"),
		NONE("key='expired'"),
		NONE("key=null"),
		NONE("key=0x10"),
		NONE("key=1F"),
		NONE("key=1e3"),
		NONE("key=\xD9\xA5\xD9\xA1\xD9\xA2"),
		NONE("key={512}"),
		NONE("key=#512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void without_one_separator_there_is_no_value(void **state)
{
	static const struct value_row rows[] = {
		NONE("key"),
		NONE("key "),
		NONE("key="),
		NONE("key= "),
		NONE("key:"),
		NONE("key=>"),
		NONE("key 512"),
		NONE("key is 512"),
		NONE("key==512"),
		NONE("key::512"),
		NONE("key:=512"),
		NONE("key=:512"),
		NONE("key= =512"),
		NONE("key: =512"),
		NONE("key=>=512"),
		NONE("key=>>512"),
		NONE("key->512"),
		NONE("key>512"),
		NONE("key!=512"),
		NONE("key<=512"),
		NONE("key,512"),
		NONE("key|512"),
		NONE("key(512)"),
		NONE("key[0]=512"),
		NONE("key\\=512"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_value_never_lies_behind_a_line_end(void **state)
{
	static const struct value_row rows[] = {
		NONE("key\n=512"),
		NONE("key=\n512"),
		NONE("key=\r\n512"),
		NONE("key:\n  512"),
		NONE("\"key\":\n512"),
		NONE("\"key\"\n:512"),
		NONE("key=\"\n512\""),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

static void a_key_inside_a_longer_word_is_no_key(void **state)
{
	static const struct value_row rows[] = {
		NONE("UE_key=3"),
		NONE("outgoingkey=3"),
		NONE("2key=3"),
		NONE("x-key=3"),
		NONE("keys=3"),
		NONE("key2=3"),
		NONE("key_2=3"),
		NONE("key-2=3"),
		NONE("key.code=3"),
		NONE("monkey=3"),
		NONE("rkey=3"),
		NONE("tkey=3"),
		NONE("\"monkey\":3"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_DECIMAL);
}

/* 0x80 | cause: an octet without the bit is none of a cause, and decimal 1616 is no code at all. */
static void a_q931_octet_without_its_extension_bit_is_no_cause(void **state)
{
	static const struct value_row rows[] = {
		NONE("key=0x8210"),
		NONE("key=1616"),
		NONE("key=0000"),
	};

	(void)state;
	value_check(rows, COUNT(rows), VALUE_Q931);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_that_do_not_match_hold_no_value),
		cmocka_unit_test(broken_elements_hold_no_value),
		cmocka_unit_test(a_number_that_is_not_wholly_one_is_no_value),
		cmocka_unit_test(without_one_separator_there_is_no_value),
		cmocka_unit_test(a_value_never_lies_behind_a_line_end),
		cmocka_unit_test(a_key_inside_a_longer_word_is_no_key),
		cmocka_unit_test(a_q931_octet_without_its_extension_bit_is_no_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
