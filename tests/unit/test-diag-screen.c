/* Tests of base/terminal/diag-screen. */
#include "config.h"

#include "test.h"

#include <unistd.h>

#include "base/terminal/diag-screen.h"

static char path[] = "/tmp/because-test-screen-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	return write(fd, "one\ntwo\n", 8) == 8 ? close(fd) : -1;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* What is printed of the list, with marks for the colors; the caller frees it. */
static char *print(const struct diag *diag, size_t columns)
{
	const struct diag_look look = { "<e>", "<w>", "<>", columns };
	char *text = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);

	assert_non_null(stream);
	diag_print_screen(diag, &look, stream);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void check_print(struct diag *diag, size_t columns, const char *format)
{
	char *text = print(diag, columns), *expected = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&expected, &len);

	/* `@` is the path. */
	assert_non_null(stream);
	for (; *format; format++)
		if (*format == '@')
			(void)fputs(path, stream);
		else
			(void)fputc(*format, stream);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
	free(text);
	free(expected);
	diag_done(diag);
}

static void each_message_is_followed_by_its_line(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_warn(&diag, (struct place){ path, 1, 1 }, "w");
	diag_add(&diag, (struct place){ path, 2, 3 }, "b");
	diag_add(&diag, (struct place){ path, 1, 2 }, "a");
	check_print(&diag, 80,
		"@:1:2: <e>error:<> a\n    one\n     <e>^<>\n"
		"@:2:3: <e>error:<> b\n    two\n      <e>^<>\n"
		"@:1:1: <w>warning:<> w\n    one\n    <w>^<>\n");
}

static void a_place_without_a_line_that_is_there_shows_none(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_add(&diag, (struct place){ .file = path }, "whole");
	diag_add(&diag, (struct place){ path, 4, 1 }, "behind the end");
	diag_add(&diag, (struct place){ path, 4294967295, 4294967295 }, "far behind");
	diag_add(&diag, (struct place){ "/dev/zero", 1, 1 }, "no regular file");
	diag_add(&diag, (struct place){ "/no/such/file", 1, 1 }, "absent");
	check_print(&diag, 80,
		"@: <e>error:<> whole\n@:4:1: <e>error:<> behind the end\n"
		"@:4294967295:4294967295: <e>error:<> far behind\n"
		"/dev/zero:1:1: <e>error:<> no regular file\n"
		"/no/such/file:1:1: <e>error:<> absent\n");
}

static void without_a_terminal_no_lines_are_shown(void **state)
{
	struct diag diag = { 0 };

	(void)state;
	diag_add(&diag, (struct place){ path, 1, 2 }, "a");
	check_print(&diag, 0, "@:1:2: <e>error:<> a\n");
}

static void all_that_are_kept_are_printed_and_the_others_counted(void **state)
{
	struct diag diag = { 0 };
	char *text;

	(void)state;
	for (unsigned i = 0; i < DIAG_ERRORS_MAX + 2; i++) {
		diag_add(&diag, (struct place){ path, 1, 1 }, "e");
		diag_warn(&diag, (struct place){ path, 1, 1 }, "w");
	}
	text = print(&diag, 80);
	assert_non_null(strstr(text, "… and 2 more errors\n"));
	assert_non_null(strstr(text, "… and 2 more warnings\n"));
	free(text);
	diag_done(&diag);
}

static void a_file_at_the_bound_is_shown_and_a_larger_one_is_not(void **state)
{
	(void)state;
	for (off_t more = 0; more <= 1; more++) {
		struct diag diag = { 0 };

		assert_int_equal(truncate(path, DIAG_SCREEN_FILE_MAX + more), 0);
		diag_add(&diag, (struct place){ path, 1, 1 }, "a");
		check_print(&diag, 80,
			more ? "@:1:1: <e>error:<> a\n"
			     : "@:1:1: <e>error:<> a\n    one\n    <e>^<>\n");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_is_followed_by_its_line),
		cmocka_unit_test(a_place_without_a_line_that_is_there_shows_none),
		cmocka_unit_test(without_a_terminal_no_lines_are_shown),
		cmocka_unit_test(all_that_are_kept_are_printed_and_the_others_counted),
		cmocka_unit_test(a_file_at_the_bound_is_shown_and_a_larger_one_is_not),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
