/* Tests of record/own-elements. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "record/own-elements.h"

static struct own_elements elements;

/* Else ASan looks at the rest of the text at each search for the next element: minutes. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "intercept_memmem=0";
}

static bool names(const char *text, const char *code)
{
	own_elements_clear(&elements);
	own_elements_find(&elements, text_of(text), "i");
	return own_elements_name(&elements, text_of(code));
}

#define JSON(code, instance)                             \
	"{\"message\":\"x\",\"causes\":[{\"code\":" code \
	",\"known\":true}],\"instance\":\"" instance "\"}"
#define DATA(code, instance)                                                                       \
	"<1>1 - - [releaseCause@32473 code=\"" code "\" known=\"true\" instance=\"" instance "\"]" \
	" x"

static void an_element_names_its_codes(void **state)
{
	(void)state;
	assert_true(names(JSON("512", "i"), "512"));
	assert_true(names(JSON("\"BUSY\"", "i"), "BUSY"));
	assert_true(names(DATA("512", "i"), "512"));
	assert_true(names("[releaseCause@1 code=\"7\" code=\"8\" x=\"y\" instance=\"i\"]", "8"));
	assert_false(names(JSON("512", "i"), "51"));
	assert_false(names(DATA("512", "i"), "5123"));
}

static void an_element_of_another_instance_is_none(void **state)
{
	(void)state;
	assert_false(names(JSON("512", "j"), "512"));
	assert_false(names(JSON("512", "ii"), "512"));
	assert_false(names(DATA("512", ""), "512"));
	assert_false(names("{\"causes\":[{\"code\":512}],\"source\":\"i\"}", "512"));
	assert_false(names("[releaseCause@1 code=\"7\" x= instance=\"i\"]", "7"));
}

/* A text that a value holds is no part of the element. */
static void what_a_string_holds_is_no_member(void **state)
{
	(void)state;
	assert_false(
		names("{\"causes\":[{\"name\":\"\\\"code\\\":512\"}],\"instance\":\"i\"}", "512"));
	assert_false(names(
		"{\"causes\":[{\"code\":512}],\"source\":\"\\\",\\\"instance\\\":\\\"i\"}", "512"));
	assert_true(names(
		"{\"causes\":[{\"code\":512,\"x\":\"\\\\\"}],\"s\":\"}]\\\"\",\"instance\":\"i\"}",
		"512"));
	assert_true(names("[releaseCause@1 code=\"7\" x=\"a\\\"b\\]\\\\\" instance=\"i\"]", "7"));
	assert_false(names("[releaseCause@1 code=\"7\" x=\"\\\" instance=\\\"i\\\"\"]", "7"));
}

static void an_element_inside_of_strings_is_known(void **state)
{
	static const char *const texts[] = { JSON("512", "i"), DATA("512", "i") };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct buffer text = buffer_make(1 << 20);

		buffer_add_string(&text, texts[i]);
		for (unsigned level = 0; level < 6; level++) {
			struct buffer outer = buffer_make(1 << 20);

			buffer_add_string(&outer, "{\"m\":\"");
			for (size_t at = 0; at < text.len; at++) {
				if (text.data[at] == '"' || text.data[at] == '\\')
					buffer_add_char(&outer, '\\');
				buffer_add_char(&outer, text.data[at]);
			}
			buffer_add_string(&outer, "\"}");
			buffer_done(&text);
			text = outer;
			own_elements_clear(&elements);
			own_elements_find(&elements, buffer_text(&text), "i");
			assert_true(own_elements_name(&elements, TEXT("512")));
			assert_int_equal(elements.n_places, 1);
		}
		buffer_done(&text);
	}
}

/* A unit's name has backslashes. */
static void an_instance_may_have_backslashes(void **state)
{
	(void)state;
	own_elements_clear(&elements);
	own_elements_find(&elements, TEXT(JSON("512", "becaused@a\\\\x2db")), "becaused@a\\x2db");
	assert_true(own_elements_name(&elements, TEXT("512")));
}

static void a_cut_element_is_none(void **state)
{
	static const char *const texts[] = { JSON("512", "i"), DATA("512", "i") };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t len = 0; len < strlen(texts[i]) - 4; len++) {
			own_elements_clear(&elements);
			own_elements_find(&elements, text_make(texts[i], len), "i");
			assert_int_equal(elements.n_codes, 0);
		}
}

static void the_place_of_an_element_is_known(void **state)
{
	static const char text[] = DATA("512", "i");
	size_t start = (size_t)(strstr(text, "code=") - text);

	(void)state;
	assert_true(names(text, "512"));
	assert_true(own_elements_hold(&elements, start));
	assert_false(own_elements_hold(&elements, 2));
	assert_false(own_elements_hold(&elements, strlen(text) - 1));
}

/* The codes are bounded, and so is the time; no text hides the element behind it. */
static void a_text_of_nothing_but_elements_keeps_to_the_bounds(void **state)
{
	static const char *const parts[] = { "\"causes\":[{\"code\":1,",
		"[releaseCause@1 code=\"1\" ", "[releaseCause@1 code=\"1\" instance=\"i\"]", "\\",
		"\"causes\\\\\":[", "\"causes\":[" };

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++) {
		struct buffer text = buffer_make(64 * 1024 * 1024);

		while (text.len < 8 * 1024 * 1024)
			buffer_add_string(&text, parts[i]);
		buffer_add_string(&text, "instance");
		assert_int_equal(buffer_finish(&text), 0);
		own_elements_clear(&elements);
		own_elements_find(&elements, buffer_text(&text), "i");
		assert_true(elements.n_codes <= OWN_ELEMENT_CODES_MAX);
		assert_true(elements.n_places <= OWN_ELEMENTS_MAX);
		buffer_add_string(&text, JSON("512", "i"));
		own_elements_clear(&elements);
		own_elements_find(&elements, buffer_text(&text), "i");
		assert_true(own_elements_name(&elements, TEXT("512")));
		buffer_done(&text);
	}
}

/* Of so many that begin, the last ones are looked at. */
static void an_element_before_many_others_is_known_up_to_a_bound(void **state)
{
	enum { LOOKED_AT = 63 };

	(void)state;
	for (unsigned n = LOOKED_AT - 2; n <= LOOKED_AT + 1; n++) {
		struct buffer text = buffer_make(4096);

		buffer_add_string(&text, JSON("512", "i"));
		for (unsigned i = 0; i < n; i++)
			buffer_add_string(&text, "\"causes\":[");
		assert_int_equal(buffer_finish(&text), 0);
		own_elements_clear(&elements);
		own_elements_find(&elements, buffer_text(&text), "i");
		assert_int_equal(own_elements_name(&elements, TEXT("512")), n < LOOKED_AT);
		buffer_done(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_names_its_codes),
		cmocka_unit_test(an_element_of_another_instance_is_none),
		cmocka_unit_test(what_a_string_holds_is_no_member),
		cmocka_unit_test(an_element_inside_of_strings_is_known),
		cmocka_unit_test(an_instance_may_have_backslashes),
		cmocka_unit_test(a_cut_element_is_none),
		cmocka_unit_test(the_place_of_an_element_is_known),
		cmocka_unit_test(an_element_before_many_others_is_known_up_to_a_bound),
		cmocka_unit_test(a_text_of_nothing_but_elements_keeps_to_the_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
