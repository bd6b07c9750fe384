/* What happens to many files is logged with one message. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/files/reports.h"

static char output[4096];

/* Log what was noted; what got to standard error is in `output` then. */
static void log_reports(struct reports *reports)
{
	int log = memfd_create("log", MFD_CLOEXEC);
	int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	ssize_t n;

	assert_true(log >= 0 && before >= 0);
	assert_true(dup2(log, STDERR_FILENO) >= 0);
	reports_log(reports, "test");
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	n = pread(log, output, sizeof(output) - 1, 0);
	assert_true(n >= 0);
	output[n] = '\0';
	assert_int_equal(close(log), 0);
	assert_int_equal(close(before), 0);
}

static size_t count_lines(void)
{
	size_t n = 0;

	for (const char *at = output; (at = strchr(at, '\n')); at++)
		n++;
	return n;
}

static void nothing_is_logged_where_nothing_was_noted(void **state)
{
	struct reports reports = { 0 };

	(void)state;
	log_reports(&reports);
	assert_string_equal(output, "");
}

static void each_kind_has_its_message(void **state)
{
	static const struct {
		enum report_kind kind;
		int error;
		const char *wanted;
	} rows[] = {
		{ REPORT_COPY, 0, "source test: '/a.log.1' is a copy of '/a.log'" },
		{ REPORT_LOST, 0, "source test: '/a.log.1' is gone" },
		{ REPORT_AWAY, 0, "source test: the directory of '/a.log.1' is away" },
		{ REPORT_UNREADABLE, EACCES,
			"source test: cannot read '/a.log.1': Permission denied" },
		{ REPORT_READABLE, 0, "source test: '/a.log.1' can be read now" },
		{ REPORT_DAMAGED, 0,
			"source test: the saved position of '/a.log.1' cannot be read" },
	};

	(void)state;
	assert_int_equal(COUNT(rows), REPORT_KINDS);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct reports reports = { 0 };

		reports_note(&reports, rows[i].kind, "/a.log.1", "/a.log", rows[i].error);
		log_reports(&reports);
		assert_non_null(strstr(output, rows[i].wanted));
		assert_int_equal(count_lines(), 1);
	}
}

static void many_files_have_one_message_with_the_first(void **state)
{
	(void)state;
	for (enum report_kind kind = 0; kind < REPORT_KINDS; kind++) {
		struct reports reports = { 0 };

		reports_note(&reports, kind, "/first.log", NULL, EACCES);
		reports_note(&reports, kind, "/second.log", NULL, EPERM);
		reports_note(&reports, kind, "/third.log", NULL, EPERM);
		log_reports(&reports);
		assert_int_equal(count_lines(), 1);
		assert_non_null(strstr(output, "3 "));
		assert_non_null(strstr(output, "'/first.log'"));
		assert_null(strstr(output, "second"));
	}
}

static void what_was_logged_is_not_logged_again(void **state)
{
	struct reports reports = { 0 };

	(void)state;
	reports_note(&reports, REPORT_LOST, "/a.log", NULL, 0);
	log_reports(&reports);
	log_reports(&reports);
	assert_string_equal(output, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_logged_where_nothing_was_noted),
		cmocka_unit_test(each_kind_has_its_message),
		cmocka_unit_test(many_files_have_one_message_with_the_first),
		cmocka_unit_test(what_was_logged_is_not_logged_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
