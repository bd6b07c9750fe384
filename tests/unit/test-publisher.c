/* The publisher: the file with the metrics, the status for the service manager, and SIGUSR1. The
 * linker wraps the function that writes the file, to note when. */
#include "config.h"

#include "test.h"

#include <signal.h>

#include "daemon/publisher.h"
#include "test-flow.h"

enum { WRITES_MAX = 64, CALLS = 20 };

int __real_io_replace_file(const char *path, mode_t mode, const void *data, size_t len);
int __wrap_io_replace_file(const char *path, mode_t mode, const void *data, size_t len);
int __wrap_sd_notifyf(int unset_environment, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void __wrap_report_entry(const struct pipeline *pipeline);

static struct {
	size_t n;
	uint64_t usec[WRITES_MAX]; /* when, as time is for the pipeline */
	int error;                 /* negative: what the next ones fail with */
} writes;
static char status[4096];
static size_t n_entries;

/* Of the metrics; positions are saved in another way. */
int __wrap_io_replace_file(const char *path, mode_t mode, const void *data, size_t len)
{
	if (!text_ends(text_of(path), TEXT(".prom")))
		return __real_io_replace_file(path, mode, data, len);
	if (writes.n < WRITES_MAX)
		writes.usec[writes.n] = __wrap_io_now_usec(CLOCK_MONOTONIC);
	writes.n++;
	return writes.error < 0 ? writes.error : __real_io_replace_file(path, mode, data, len);
}

int __wrap_sd_notifyf(int unset_environment, const char *format, ...)
{
	va_list arguments;

	(void)unset_environment;
	va_start(arguments, format);
	(void)vsnprintf(status, sizeof(status), format, arguments);
	va_end(arguments);
	return 1;
}

void __wrap_report_entry(const struct pipeline *pipeline)
{
	assert_non_null(pipeline);
	n_entries++;
}

/* -- the fixture ---------------------------------------------------------------------- */

static struct publisher publisher;
static struct reloads reloads;

static int begin(void **state)
{
	struct flow *f;
	sigset_t signals;

	if (flow_begin(state) < 0)
		return -1;
	f = *state;
	f->options.drain = false;
	memset(&writes, 0, sizeof(writes));
	reloads = (struct reloads){ 0 };
	status[0] = '\0';
	n_entries = 0;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0 ||
		setenv("RUNTIME_DIRECTORY", f->directory, 1) < 0 || flow_open_loop(f) < 0)
		return -1;
	return pipeline_new(f->event, f->setup, &f->options, &f->pipeline);
}

static int end(void **state)
{
	publisher_stop(&publisher);
	return flow_end(state);
}

static void start(const struct flow *f)
{
	assert_int_equal(
		publisher_start(&publisher, f->event, f->pipeline, f->options.instance, &reloads),
		0);
}

/* Run the loop until the metrics have been written so often; false for a hang. */
static bool run_until_written(struct flow *f, size_t n)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	while (writes.n < n)
		if (__real_io_now_usec(CLOCK_MONOTONIC) > end || flow_loop_once(f) < 0)
			return false;
	return true;
}

static const char *metrics(const struct flow *f)
{
	static char text[65536];
	CLEANUP(buffer_done) struct buffer content = buffer_make(sizeof(text) - 1);

	assert_int_equal(io_read_file(flow_path(f, "becaused.prom"), &content), 0);
	(void)snprintf(text, sizeof(text), "%.*s", (int)content.len, content.data);
	return text;
}

#define assert_metric(f, line) assert_non_null(strstr(metrics(f), "\n" line "\n"))

/* The same, until a text has this part. */
static bool run_until_text(
	struct flow *f, const char *(*text)(const struct flow *), const char *part)
{
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	while (!strstr(text(f), part))
		if (__real_io_now_usec(CLOCK_MONOTONIC) > end || flow_loop_once(f) < 0)
			return false;
	return true;
}

static const char *last_status(const struct flow *f)
{
	(void)f;
	return status;
}

/* -- metrics ---------------------------------------------------------------------------- */

static void metrics_are_there_at_once(void **state)
{
	struct flow *f = *state;

	start(f);
	assert_int_equal(writes.n, 1);
	assert_metric(f, "becaused_read_total{daemon=\"test\",source=\"files\"} 0");
	assert_metric(f, "becaused_enriched_total{daemon=\"test\",sink=\"stream\"} 0");
}

/* The collector runs as another user; a service may have any umask. */
static void every_user_may_read_metrics(void **state)
{
	struct flow *f = *state;
	mode_t mask = umask(0077);
	struct stat file;

	start(f);
	(void)umask(mask);
	assert_int_equal(stat(flow_path(f, "becaused.prom"), &file), 0);
	assert_int_equal(file.st_mode, S_IFREG | 0644);
}

/* A reader that has the old file open reads it to its end. */
static void metrics_are_replaced_as_a_whole(void **state)
{
	struct flow *f = *state;
	struct stat old, new;
	CLEANUP(closep) int fd = -1;

	start(f);
	fd = open(flow_path(f, "becaused.prom"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	publisher_report(&publisher);
	assert_int_equal(fstat(fd, &old), 0);
	assert_int_equal(stat(flow_path(f, "becaused.prom"), &new), 0);
	assert_int_not_equal(old.st_ino, new.st_ino);
	assert_int_equal(old.st_nlink, 0);
	assert_true(old.st_size > 0);
	assert_int_equal(access(flow_path(f, "becaused.prom.new"), F_OK), -1);
}

static void metrics_are_written_at_most_so_often(void **state)
{
	struct flow *f = *state;
	uint64_t end = __real_io_now_usec(CLOCK_MONOTONIC) + FLOW_DEADLINE_USEC;

	start(f);
	for (unsigned n = 0; writes.n < 4; n = (n + 1) % 1000) {
		assert_true(__real_io_now_usec(CLOCK_MONOTONIC) < end);
		flow_append_calls(f, "logs/a.log", n, n + 1);
		assert_true(flow_run_for(f, 1));
	}
	for (size_t i = 1; i < writes.n; i++)
		assert_between(
			writes.usec[i] - writes.usec[i - 1], PUBLISHER_METRICS_USEC, UINT64_MAX);
}

static void what_has_happened_is_in_the_metrics_in_the_end(void **state)
{
	struct flow *f = *state;

	start(f);
	flow_append_calls(f, "logs/a.log", 0, CALLS);
	assert_true(flow_run_until(f, 0, CALLS));
	assert_true(run_until_text(
		f, metrics, "\nbecaused_enriched_total{daemon=\"test\",sink=\"datagrams\"} 20\n"));
}

static void metrics_are_written_at_once_after_a_reload(void **state)
{
	struct flow *f = *state;

	start(f);
	reloads.n_failed = 1;
	reloads.failure = "why";
	publisher_report(&publisher);
	assert_int_equal(writes.n, 2);
	assert_metric(f, "becaused_reload_failed{daemon=\"test\"} 1");
}

/* A report that waits for the end of the interval is in the file that is written at once. */
static void what_is_written_at_once_is_not_written_again(void **state)
{
	struct flow *f = *state;

	start(f);
	flow_append_calls(f, "logs/a.log", 0, CALLS);
	assert_true(run_until_text(f, last_status, "40 read, 20 enriched"));
	publisher_report(&publisher);
	assert_int_equal(sd_event_source_get_enabled(publisher.timer, NULL), 0);
}

static void without_a_directory_there_are_no_metrics(void **state)
{
	struct flow *f = *state;

	assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
	start(f);
	publisher_report(&publisher);
	assert_int_equal(setenv("RUNTIME_DIRECTORY", "", 1), 0);
	publisher_stop(&publisher);
	start(f);
	publisher_report(&publisher);
	assert_int_equal(writes.n, 0);
}

static void of_several_directories_the_first_is_ours(void **state)
{
	struct flow *f = *state;
	char directories[2 * FLOW_PATH_SIZE];

	(void)snprintf(directories, sizeof(directories), "%s:%s/more", f->directory, f->directory);
	assert_int_equal(setenv("RUNTIME_DIRECTORY", directories, 1), 0);
	start(f);
	assert_metric(f, "becaused_reload_failed{daemon=\"test\"} 0");
}

static void a_path_that_is_too_long_is_none(void **state)
{
	CLEANUP(freep) char *directory = test_repeat('x', PATH_MAX - strlen("/becaused.prom"));

	assert_int_equal(setenv("RUNTIME_DIRECTORY", directory, 1), 0);
	start(*state);
	assert_int_equal(writes.n, 0);
}

/* -- a file that cannot be written -------------------------------------------------------- */

static void a_failure_to_write_metrics_is_logged_once(void **state)
{
	struct flow *f = *state;

	flow_keep_messages(f);
	writes.error = -ENOSPC;
	start(f);
	publisher_report(&publisher);
	publisher_report(&publisher);
	assert_int_equal(writes.n, 3);
	assert_int_equal(flow_count_messages(f, "cannot write metrics"), 1);
	assert_int_equal(flow_count_messages(f, "/becaused.prom': No space left on device"), 1);
	writes.error = 0;
	publisher_report(&publisher);
	writes.error = -EACCES;
	publisher_report(&publisher);
	assert_int_equal(flow_count_messages(f, "cannot write metrics"), 2);
}

static void the_work_continues_without_metrics(void **state)
{
	struct flow *f = *state;

	writes.error = -ENOSPC;
	start(f);
	flow_append_calls(f, "logs/a.log", 0, CALLS);
	assert_true(flow_run_until(f, 0, CALLS));
	assert_true(run_until_written(f, 2));
	flow_append_calls(f, "logs/a.log", CALLS, 2 * CALLS);
	assert_true(flow_run_until(f, CALLS, 2 * CALLS));
	assert_delivered(f, 0, 2 * CALLS);
}

/* Even though no report comes that would cause it. */
static void writing_is_tried_again(void **state)
{
	struct flow *f = *state;

	writes.error = -ENOSPC;
	start(f);
	assert_true(run_until_written(f, 3));
	writes.error = 0;
	assert_true(run_until_written(f, 4));
	assert_metric(f, "becaused_reload_failed{daemon=\"test\"} 0");
}

/* -- the service manager, and a signal ------------------------------------------------------ */

static void the_status_has_the_counts(void **state)
{
	start(*state);
	publisher_report(&publisher);
	assert_string_equal(status, "STATUS=0 read, 0 enriched, 0 unknown causes");
}

static void the_status_begins_with_why_a_reload_failed(void **state)
{
	start(*state);
	reloads.failure = "f.yaml:1:2: error: %s";
	publisher_report(&publisher);
	assert_string_equal(status, "STATUS=reload failed: f.yaml:1:2: error: %s; continuing as "
				    "before; 0 read, 0 enriched, 0 unknown causes");
	reloads.failure = NULL;
	publisher_report(&publisher);
	assert_string_equal(status, "STATUS=0 read, 0 enriched, 0 unknown causes");
}

static void the_status_follows_the_work(void **state)
{
	struct flow *f = *state;

	start(f);
	flow_append_calls(f, "logs/a.log", 0, CALLS);
	assert_true(flow_run_until(f, 0, CALLS));
	assert_true(
		run_until_text(f, last_status, "STATUS=40 read, 20 enriched, 0 unknown causes"));
}

static void a_signal_is_an_entry(void **state)
{
	struct flow *f = *state;

	start(f);
	for (size_t n = 1; n <= 2; n++) {
		assert_int_equal(raise(SIGUSR1), 0);
		while (n_entries < n)
			assert_true(flow_loop_once(f) >= 0);
		assert_int_equal(n_entries, n);
	}
}

#define PUBLISHER_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PUBLISHER_TEST(metrics_are_there_at_once),
		PUBLISHER_TEST(every_user_may_read_metrics),
		PUBLISHER_TEST(metrics_are_replaced_as_a_whole),
		PUBLISHER_TEST(metrics_are_written_at_most_so_often),
		PUBLISHER_TEST(what_has_happened_is_in_the_metrics_in_the_end),
		PUBLISHER_TEST(metrics_are_written_at_once_after_a_reload),
		PUBLISHER_TEST(what_is_written_at_once_is_not_written_again),
		PUBLISHER_TEST(without_a_directory_there_are_no_metrics),
		PUBLISHER_TEST(of_several_directories_the_first_is_ours),
		PUBLISHER_TEST(a_path_that_is_too_long_is_none),
		PUBLISHER_TEST(a_failure_to_write_metrics_is_logged_once),
		PUBLISHER_TEST(the_work_continues_without_metrics),
		PUBLISHER_TEST(writing_is_tried_again),
		PUBLISHER_TEST(the_status_has_the_counts),
		PUBLISHER_TEST(the_status_begins_with_why_a_reload_failed),
		PUBLISHER_TEST(the_status_follows_the_work),
		PUBLISHER_TEST(a_signal_is_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
