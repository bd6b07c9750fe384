/* Tests of base/diag. */
#include "config.h"

#include "test.h"

#include "base/diag.h"

static const struct place place = { .file = "x.yaml", .line = 3, .column = 7 };

/* What `diag_print` writes; the caller frees it. */
static char *printed(const struct diag *diag)
{
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	assert_non_null(stream);
	diag_print(diag, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void an_empty_list_has_nothing_to_say(void **state)
{
	struct diag diag = { 0 };
	char *text = printed(&diag);

	(void)state;
	assert_false(diag_any(&diag));
	assert_int_equal(diag_count(&diag), 0);
	assert_string_equal(text, "");
	free(text);
	diag_done(&diag);
}

static void an_error_keeps_copies_of_its_texts(void **state)
{
	struct diag diag = { 0 };
	char file[] = "x.yaml";
	char word[] = "word";

	(void)state;
	diag_add(&diag, (struct place){ file, 3, 7 }, "a %s, %d times", word, 2);
	memset(file, 'y', sizeof(file) - 1);
	memset(word, 'y', sizeof(word) - 1);
	assert_true(diag_any(&diag));
	assert_int_equal(diag_count(&diag), 1);
	assert_string_equal(diag.errors[0].file, "x.yaml");
	assert_int_equal(diag.errors[0].line, 3);
	assert_int_equal(diag.errors[0].column, 7);
	assert_string_equal(diag.errors[0].text, "a word, 2 times");
	diag_done(&diag);
}

static void errors_are_printed_in_order_with_their_places(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	diag_add(&diag, place, "one");
	diag_add(&diag, (struct place){ .file = "y.yaml" }, "two");
	diag_add(&diag, (struct place){ "z.yaml", 10, 1 }, "three");
	text = printed(&diag);
	assert_string_equal(text, "x.yaml:3:7: error: one\n"
				  "y.yaml: error: two\n"
				  "z.yaml:10:1: error: three\n");
	free(text);
	diag_done(&diag);
}

/* Duplicate names are found after everything else, in the order of names. */
static void errors_of_one_file_come_in_the_order_of_its_lines(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	diag_add(&diag, (struct place){ "b.yaml", 9, 1 }, "one");
	diag_add(&diag, (struct place){ "a.yaml", 4, 2 }, "two");
	diag_add(&diag, (struct place){ "b.yaml", 3, 7 }, "three");
	diag_add(&diag, (struct place){ "b.yaml", 3, 7 }, "four");
	diag_add(&diag, (struct place){ "b.yaml", 3, 2 }, "five");
	diag_add(&diag, (struct place){ "a.yaml", 10, 1 }, "six");
	diag_add(&diag, (struct place){ .file = "a.yaml" }, "seven");
	text = printed(&diag);
	assert_string_equal(text, "b.yaml:3:2: error: five\n"
				  "b.yaml:3:7: error: three\n"
				  "b.yaml:3:7: error: four\n"
				  "b.yaml:9:1: error: one\n"
				  "a.yaml: error: seven\n"
				  "a.yaml:4:2: error: two\n"
				  "a.yaml:10:1: error: six\n");
	free(text);
	diag_done(&diag);
}

static void warnings_are_printed_behind_the_errors_and_are_none(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	diag_warn(&diag, (struct place){ "x.yaml", 5, 1 }, "a \x1B%s", "word");
	diag_warn(&diag, (struct place){ .file = "y.yaml" }, "two");
	assert_false(diag_any(&diag));
	assert_int_equal(diag_count(&diag), 0);
	assert_int_equal(diag_count_warnings(&diag), 2);
	diag_add(&diag, place, "wrong");
	assert_int_equal(diag_count(&diag), 1);
	text = printed(&diag);
	assert_string_equal(text, "x.yaml:3:7: error: wrong\n"
				  "x.yaml:5:1: warning: a ?word\n"
				  "y.yaml: warning: two\n");
	free(text);
	diag_done(&diag);
}

static void warnings_past_the_bound_are_counted(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	for (unsigned i = 0; i < DIAG_ERRORS_MAX + 1; i++)
		diag_warn(&diag, (struct place){ "x.yaml", i + 1, 1 }, "%u", i);
	assert_int_equal(diag.n_warnings, DIAG_ERRORS_MAX);
	assert_int_equal(diag_count_warnings(&diag), DIAG_ERRORS_MAX + 1);
	text = printed(&diag);
	assert_non_null(strstr(text, "x.yaml:200:1: warning: 199\n… and 1 more warnings\n"));
	free(text);
	diag_done(&diag);
}

static void control_characters_are_masked(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_add(&diag, place, "a\nb\x1B[31m\x01\x1F\x7F\té…");
	assert_string_equal(diag.errors[0].text, "a?b?[31m????é…");
	diag_done(&diag);
}

/* U+009B starts a terminal's control sequence just as ESC [ does. */
static void control_characters_of_two_bytes_are_masked(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_add(&diag, place,
		"a\xC2\x9B"
		"31m\xE2\x80\xAE.");
	assert_string_equal(diag.errors[0].text, "a??31m???.");
	diag_done(&diag);
}

static void a_message_at_the_bound_is_whole_and_a_longer_one_is_cut(void **state)
{
	struct diag diag = { 0 };
	char *fits = test_repeat('x', DIAG_TEXT_MAX - 1);
	char *longer = test_repeat('x', DIAG_TEXT_MAX);

	(void)state;
	diag_add(&diag, place, "%s", fits);
	diag_add(&diag, place, "%s", longer);
	assert_string_equal(diag.errors[0].text, fits);
	assert_string_equal(diag.errors[1].text, fits);
	diag_done(&diag);
	free(fits);
	free(longer);
}

static void errors_past_the_bound_are_counted(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	for (unsigned i = 0; i < DIAG_ERRORS_MAX; i++)
		diag_add(&diag, (struct place){ "x.yaml", i + 1, 1 }, "error %u", i);
	assert_int_equal(diag.n_errors, DIAG_ERRORS_MAX);
	assert_int_equal(diag.n_more, 0);
	diag_add(&diag, place, "one past it");
	diag_add(&diag, place, "two past it");
	assert_int_equal(diag.n_errors, DIAG_ERRORS_MAX);
	assert_int_equal(diag.n_more, 2);
	assert_int_equal(diag_count(&diag), DIAG_ERRORS_MAX + 2);
	assert_string_equal(diag.errors[DIAG_ERRORS_MAX - 1].text, "error 199");

	text = printed(&diag);
	assert_non_null(strstr(text, "x.yaml:200:1: error: error 199\n… and 2 more errors\n"));
	assert_null(strstr(text, "past it"));
	free(text);
	diag_done(&diag);
}

static void a_list_at_the_bound_speaks_of_no_more(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	for (unsigned i = 0; i < DIAG_ERRORS_MAX; i++)
		diag_add(&diag, place, "error");
	text = printed(&diag);
	assert_null(strstr(text, "more"));
	free(text);
	diag_done(&diag);
}

static void formatting_cuts_at_the_given_size(void **state)
{
	const struct diag_error error = { .file = "x", .line = 1, .column = 2, .text = "long" };
	char text[13];

	(void)state;
	memset(text, '#', sizeof(text));
	diag_format(&error, text, 12);
	assert_string_equal(text, "x:1:2: erro");
	assert_int_equal(text[12], '#');
}

static void an_error_of_no_file_is_kept(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_add(&diag, (struct place){ 0 }, "homeless");
	assert_int_equal(diag.n_errors, 1);
	assert_string_equal(diag.errors[0].file, "");
	diag_done(&diag);
}

static void a_list_that_is_done_can_be_used_again(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_add(&diag, place, "before");
	diag_done(&diag);
	assert_false(diag_any(&diag));
	diag_add(&diag, place, "after");
	assert_string_equal(diag.errors[0].text, "after");
	diag_done(&diag);
	diag_done(&diag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_has_nothing_to_say),
		cmocka_unit_test(an_error_keeps_copies_of_its_texts),
		cmocka_unit_test(errors_are_printed_in_order_with_their_places),
		cmocka_unit_test(errors_of_one_file_come_in_the_order_of_its_lines),
		cmocka_unit_test(warnings_are_printed_behind_the_errors_and_are_none),
		cmocka_unit_test(warnings_past_the_bound_are_counted),
		cmocka_unit_test(control_characters_are_masked),
		cmocka_unit_test(control_characters_of_two_bytes_are_masked),
		cmocka_unit_test(a_message_at_the_bound_is_whole_and_a_longer_one_is_cut),
		cmocka_unit_test(errors_past_the_bound_are_counted),
		cmocka_unit_test(a_list_at_the_bound_speaks_of_no_more),
		cmocka_unit_test(formatting_cuts_at_the_given_size),
		cmocka_unit_test(an_error_of_no_file_is_kept),
		cmocka_unit_test(a_list_that_is_done_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
