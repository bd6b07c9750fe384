/* The state file of a pipeline that runs. Where it cannot be written, delivery continues, the old
 * file stays whole, and the new one is written later. Whatever the file holds at the start, nothing
 * is lost. */
#include "config.h"

#include "test.h"

#include <sys/uio.h>

#include "flow/state/positions.h"
#include "flow/state/state-directory.h"
#include "test-flow.h"

enum { LONG_SECONDS = 20 };

static const char header[] = "becaused positions 1\n";

/* -- trouble ------------------------------------------------------------------ */

struct trouble {
	const char *message;
	void (*begin)(struct flow *f);
	void (*end)(struct flow *f);
};

/* Writing fails in the middle of the file. */
static bool has_no_room;

/* Files whose first bytes were written. */
static unsigned n_files_written;

ssize_t __real_writev(int fd, const struct iovec *pieces, int n);
ssize_t __wrap_writev(int fd, const struct iovec *pieces, int n);

ssize_t __wrap_writev(int fd, const struct iovec *pieces, int n)
{
	n_files_written += fd != STDERR_FILENO && lseek(fd, 0, SEEK_CUR) == 0;
	if (!has_no_room || fd == STDERR_FILENO)
		return __real_writev(fd, pieces, n);
	if (lseek(fd, 0, SEEK_CUR) > 0) {
		errno = ENOSPC;
		return -1;
	}
	return write(fd, pieces[0].iov_base, sizeof(header) + 10);
}

static void begin_no_room(struct flow *f)
{
	(void)f;
	has_no_room = true;
}

static void end_no_room(struct flow *f)
{
	(void)f;
	has_no_room = false;
}

/* Writing is good, and only then it turns out that there is no room: delayed allocation. */
static void begin_no_sync(struct flow *f)
{
	(void)f;
	flow_fsync_error = ENOSPC;
}

static void end_no_sync(struct flow *f)
{
	(void)f;
	flow_fsync_error = 0;
}

/* There is a directory in place of the temporary file. */
static void begin_no_file(struct flow *f)
{
	assert_int_equal(mkdir(flow_path(f, "state/positions.new"), 0700), 0);
}

static void end_no_file(struct flow *f)
{
	assert_int_equal(rmdir(flow_path(f, "state/positions.new")), 0);
}

static const struct trouble troubles[] = {
	{ "No space left on device", begin_no_room, end_no_room },
	{ "No space left on device", begin_no_sync, end_no_sync },
	{ "Is a directory", begin_no_file, end_no_file },
};

static int finish(void **state)
{
	end_no_sync(*state);
	end_no_room(*state);
	return flow_end(state);
}

/* -- helpers ------------------------------------------------------------------- */

static struct buffer read_state(const struct flow *f)
{
	struct buffer content = buffer_make(1024 * 1024);

	assert_int_equal(io_read_file(flow_path(f, "state/positions"), &content), 0);
	return content;
}

static void start_pipeline(struct flow *f)
{
	f->options.drain = false;
	assert_true(flow_open_loop(f) >= 0);
	assert_int_equal(pipeline_new(f->event, f->setup, &f->options, &f->pipeline), 0);
}

/* The process is killed: nothing is saved at the end. */
static void kill_pipeline(struct flow *f)
{
	f->pipeline = pipeline_free(f->pipeline);
	flow_close_loop(f);
}

static void put_state(const struct flow *f, struct text content)
{
	assert_int_equal(
		io_replace_file(flow_path(f, "state/positions"), 0600, content.data, content.len),
		0);
}

/* -- while it runs --------------------------------------------------------------- */

static void delivery_continues_and_it_is_saved_later(void **state)
{
	struct flow *f = *state;

	for (size_t i = 0; i < COUNT(troubles); i++) {
		CLEANUP(buffer_done) struct buffer before = { 0 };
		CLEANUP(buffer_done) struct buffer during = { 0 };
		CLEANUP(buffer_done) struct buffer after = { 0 };

		flow_append_calls(f, "logs/a.log", 0, 10);
		start_pipeline(f);
		assert_true(flow_run_until(f, 0, 10));
		assert_true(flow_run_for(f, 5));
		before = read_state(f);

		flow_append_calls(f, "logs/a.log", 10, 20);
		flow_append_calls(f, "logs/b.log", 20, 30);
		flow_keep_messages(f);
		troubles[i].begin(f);
		assert_true(flow_run_until(f, 10, 30));
		assert_true(flow_run_for(f, LONG_SECONDS));
		troubles[i].end(f);
		during = read_state(f);
		assert_true(text_equal(buffer_text(&before), buffer_text(&during)));
		assert_int_equal(access(flow_path(f, "state/positions.new"), F_OK), -1);
		assert_int_equal(flow_count_messages(f, "cannot save positions to '"), 1);
		assert_int_equal(flow_count_messages(f, troubles[i].message), 1);

		/* No further record comes that would cause a save. */
		assert_true(flow_run_for(f, 5));
		after = read_state(f);
		assert_false(text_equal(buffer_text(&before), buffer_text(&after)));
		kill_pipeline(f);
		f->options.drain = true;
		assert_int_equal(flow_run(f), 0);
		assert_arrived(f, 0, 30);
		flow_start_over(f);
	}
}

/* Killed before the positions could be saved: only records since the last save come again. */
static void what_could_not_be_saved_before_a_kill_comes_again(void **state)
{
	struct flow *f = *state;

	for (size_t i = 0; i < COUNT(troubles); i++) {
		flow_append_calls(f, "logs/a.log", 0, 10);
		start_pipeline(f);
		assert_true(flow_run_until(f, 0, 10));
		assert_true(flow_run_for(f, 5));
		flow_append_calls(f, "logs/a.log", 10, 20);
		troubles[i].begin(f);
		assert_true(flow_run_until(f, 10, 20));
		assert_true(flow_run_for(f, LONG_SECONDS));
		kill_pipeline(f);
		troubles[i].end(f);

		flow_append_calls(f, "logs/a.log", 20, 30);
		f->options.drain = true;
		assert_int_equal(flow_run(f), 0);
		assert_arrived(f, 0, 10);
		assert_delivered(f, 20, 30);
		assert_int_equal(flow_count_missing(f->by_datagram, 10, 20), 0);
		assert_int_equal(flow_count_repeated(f->by_datagram, 10, 20), 10);
		flow_start_over(f);
	}
}

/* Positions of files that are not there any more: the state file has a megabyte more. */
static void put_large_state(const struct flow *f)
{
	enum { N = 8192 };
	CLEANUP(buffer_done) struct buffer content = buffer_make(16 * 1024 * 1024);

	buffer_add_string(&content, header);
	for (unsigned i = 0; i < N; i++)
		buffer_add_format(&content, "old/%05u\tdatagrams\t%0110u\n", i, i);
	buffer_add_string(&content, "end\n");
	assert_int_equal(buffer_finish(&content), 0);
	put_state(f, buffer_text(&content));
}

/* Each second there is something new. A megabyte is saved every four seconds. */
static void a_large_state_is_saved_less_often(void **state)
{
	enum { SECONDS = 60, SECONDS_OF_MEGABYTE = 4 };
	struct flow *f = *state;
	uint64_t begin, seconds;

	put_large_state(f);
	start_pipeline(f);
	begin = io_monotonic_usec();
	n_files_written = 0;
	for (unsigned i = 0; i < SECONDS; i++) {
		flow_append_calls(f, "logs/a.log", i, i + 1);
		assert_true(flow_run_for(f, 1));
	}
	seconds = (io_monotonic_usec() - begin) / 1000000;
	assert_between(n_files_written, 2, 1 + seconds / SECONDS_OF_MEGABYTE);

	/* No further record comes that would cause a save. */
	assert_true(flow_run_until(f, 0, SECONDS));
	assert_true(flow_run_for(f, SECONDS));
	n_files_written = 0;
	assert_true(flow_run_for(f, SECONDS));
	assert_int_equal(n_files_written, 0);
	kill_pipeline(f);
	f->options.drain = true;
	assert_int_equal(flow_run(f), 0);
	assert_arrived(f, 0, SECONDS);
}

/* -- at the start ----------------------------------------------------------------- */

static void without_a_state_that_can_be_kept_it_does_not_start(void **state)
{
	struct flow *f = *state;

	flow_append_calls(f, "logs/a.log", 0, 10);
	assert_int_equal(flow_run(f), 0);
	flow_append_calls(f, "logs/a.log", 10, 20);
	for (size_t i = 0; i < COUNT(troubles); i++) {
		CLEANUP(buffer_done) struct buffer before = read_state(f);
		CLEANUP(buffer_done) struct buffer after = { 0 };

		flow_keep_messages(f);
		troubles[i].begin(f);
		assert_true(flow_run(f) < 0);
		troubles[i].end(f);
		assert_int_equal(flow_count_messages(f, "cannot write '"), 1);
		flow_drop_messages(f);
		after = read_state(f);
		assert_true(text_equal(buffer_text(&before), buffer_text(&after)));
		assert_int_equal(access(flow_path(f, "state/positions.new"), F_OK), -1);
	}
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 20);
}

/* Everything is new then. */
static void a_state_file_that_is_none_is_logged_and_replaced(void **state)
{
	static const char *const contents[] = {
		"",
		"\n",
		"becaused positions 1\n",
		"becaused positions 1\nfiles/1:2\tdatagrams\tx",
		"becaused positions 0\nend\n",
		"becaused positions 2\nfiles\tdatagrams\tstarted 1\nend\n",
		"#!/bin/sh\n",
	};
	struct flow *f = *state;

	for (size_t i = 0; i < COUNT(contents); i++) {
		flow_append_calls(f, "logs/a.log", 0, 10);
		put_state(f, text_of(contents[i]));
		flow_keep_messages(f);
		assert_int_equal(flow_run(f), 0);
		assert_int_equal(flow_count_messages(f,
					 "is not a file of positions, starting without positions"),
			1);
		assert_delivered(f, 0, 10);
		flow_drop_messages(f);
		/* And it is one now. */
		assert_int_equal(flow_run(f), 0);
		assert_delivered(f, 0, 10);
		flow_start_over(f);
	}
}

static void a_state_file_torn_anywhere_loses_nothing(void **state)
{
	CLEANUP(buffer_done) struct buffer whole = { 0 };
	struct flow *f = *state;

	flow_append_calls(f, "logs/a.log", 0, 10);
	assert_int_equal(flow_run(f), 0);
	whole = read_state(f);
	for (size_t len = 0; len < whole.len; len += 7) {
		flow_forget_calls(f);
		put_state(f, text_make(whole.data, len));
		assert_int_equal(flow_run(f), 0);
		assert_delivered(f, 0, 10);
	}
}

/* The same paths, other files: each position names an inode that is not here. */
static void a_state_file_from_another_machine_loses_nothing(void **state)
{
	CLEANUP(buffer_done) struct buffer content = { 0 };
	struct flow *f = *state;

	flow_append_calls(f, "logs/a.log", 100, 120);
	flow_append_calls(f, "logs/b.log", 120, 130);
	assert_int_equal(flow_run(f), 0);
	content = read_state(f);
	assert_int_equal(rename(flow_path(f, "logs"), flow_path(f, "gone")), 0);
	assert_int_equal(mkdir(flow_path(f, "logs"), 0700), 0);
	flow_append_calls(f, "logs/a.log", 0, 10);
	flow_append_calls(f, "logs/b.log", 10, 20);
	put_state(f, buffer_text(&content));
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 20);
}

static void what_another_machine_had_read_is_read_here(void **state)
{
	CLEANUP(buffer_done) struct buffer content = { 0 };
	struct flow *f = *state;
	char *machine;

	flow_append_calls(f, "logs/a.log", 0, 10);
	assert_int_equal(flow_run(f), 0);
	content = read_state(f);
	buffer_add_char(&content, '\0');
	assert_int_equal(buffer_finish(&content), 0);
	machine = strstr(content.data, "/machine\t/\t");
	if (!machine)
		skip();
	machine += strlen("/machine\t/\t");
	*machine = *machine == '0' ? '1' : '0';
	put_state(f, text_make(content.data, content.len - 1));
	flow_forget_calls(f);
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 10);
}

static void a_state_file_that_cannot_be_read_keeps_it_from_starting(void **state)
{
	struct flow *f = *state;

	flow_append_calls(f, "logs/a.log", 0, 10);
	assert_int_equal(mkdir(flow_path(f, "state/positions"), 0700), 0);
	assert_int_equal(flow_run(f), -EISDIR);
	assert_int_equal(rmdir(flow_path(f, "state/positions")), 0);
	assert_int_equal(symlink("positions", flow_path(f, "state/positions")), 0);
	assert_int_equal(flow_run(f), -ELOOP);
	assert_int_equal(unlink(flow_path(f, "state/positions")), 0);
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 10);
}

/* A state file with as many positions as there may be; each of a source that begins so. */
static void put_full_state(const struct flow *f, const char *begin)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(16 * 1024 * 1024);

	buffer_add_string(&content, header);
	for (unsigned i = 0; i < POSITIONS_MAX; i++)
		buffer_add_format(&content, "%s%05u\tdatagrams\tx\n", begin, i);
	buffer_add_string(&content, "end\n");
	assert_int_equal(buffer_finish(&content), 0);
	put_state(f, buffer_text(&content));
}

/* Sources that were renamed leave no room for others. */
static void positions_of_sources_that_are_gone_make_room_at_a_start(void **state)
{
	CLEANUP(buffer_done) struct buffer content = { 0 };
	struct flow *f = *state;

	put_full_state(f, "old/");
	flow_append_calls(f, "logs/a.log", 0, 10);
	flow_keep_messages(f);
	assert_int_equal(flow_run(f), 0);
	assert_int_equal(
		flow_count_messages(f,
			"was more than half full; dropped the positions of sources and sinks that "
			"are not configured: 263168"),
		1);
	content = read_state(f);
	assert_int_equal(flow_run(f), 0);
	assert_delivered(f, 0, 10);
	assert_int_equal(flow_count_messages(f, "dropped the positions"), 1);
	assert_int_equal(flow_count_messages(f, "no room for more"), 0);
	flow_drop_messages(f);
}

/* There is no room for files that are followed, and that is logged; delivery continues. */
static void a_full_table_of_positions_keeps_nothing_from_being_delivered(void **state)
{
	struct flow *f = *state;

	/* Lines of becaused's own are not dropped. */
	put_full_state(f, "/own-");
	flow_append_calls(f, "logs/a.log", 0, 10);
	flow_append_calls(f, "logs/b.log", 10, 20);
	flow_keep_messages(f);
	start_pipeline(f);
	assert_true(flow_run_until(f, 0, 20));
	assert_true(flow_run_for(f, 5));
	assert_true(pipeline_count(f->pipeline).n_unrecorded > 0);
	kill_pipeline(f);
	assert_arrived(f, 0, 20);
	/* One for each of the two sinks. */
	assert_int_equal(
		flow_count_messages(f, "source files: the state file has no room for more"), 2);
	assert_int_equal(flow_count_messages(f, "cannot record positions"), 0);
	assert_int_equal(flow_count_messages(f, "cannot save positions"), 0);
	flow_drop_messages(f);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, flow_begin, finish)

static int open_state(const char *directory)
{
	struct state_directory state;
	int r = state_directory_open(&state, directory);

	state_directory_close(&state);
	return r;
}

/* "Device or resource busy" makes people search for another becaused. */
static void only_a_directory_that_another_uses_is_busy(void **state)
{
	struct flow *f = *state;
	uid_t user = geteuid();
	struct state_directory other;
	int r;

	assert_int_equal(open_state(flow_path(f, "absent")), -ENOENT);
	flow_put(f, "file", "");
	assert_int_equal(open_state(flow_path(f, "file")), -ENOTDIR);

	assert_int_equal(mkdir(flow_path(f, "closed"), 0000), 0);
	/* Root may read all. */
	if (user == 0)
		assert_int_equal(seteuid(65534), 0);
	r = open_state(flow_path(f, "closed"));
	if (user == 0)
		assert_int_equal(seteuid(user), 0);
	assert_int_equal(rmdir(flow_path(f, "closed")), 0);
	assert_int_equal(r, -EACCES);

	assert_int_equal(state_directory_open(&other, flow_path(f, "state")), 0);
	assert_int_equal(open_state(flow_path(f, "state")), -EBUSY);
	state_directory_close(&other);
	assert_int_equal(open_state(flow_path(f, "state")), 0);
}

/* A pipe would block, and a device never end. */
static void a_state_file_that_is_no_regular_file_is_refused(void **state)
{
	static const mode_t kinds[] = { S_IFIFO, S_IFSOCK };
	struct flow *f = *state;

	for (size_t i = 0; i < COUNT(kinds); i++) {
		assert_int_equal(mknod(flow_path(f, "state/positions"), kinds[i] | 0600, 0), 0);
		assert_int_equal(open_state(flow_path(f, "state")), -ENXIO);
		assert_int_equal(unlink(flow_path(f, "state/positions")), 0);
	}
	assert_int_equal(symlink("/dev/zero", flow_path(f, "state/positions")), 0);
	assert_int_equal(open_state(flow_path(f, "state")), -ENXIO);
	assert_int_equal(unlink(flow_path(f, "state/positions")), 0);
}

/* As `user`, the directory being its own; only root can try. */
static int open_state_as(const struct flow *f, uid_t user, uid_t owner, mode_t mode)
{
	int r;

	assert_int_equal(mkdir(flow_path(f, "owned"), 0700), 0);
	assert_int_equal(chmod(flow_path(f, "owned"), mode), 0);
	assert_int_equal(chown(flow_path(f, "owned"), owner, (gid_t)-1), 0);
	assert_int_equal(seteuid(user), 0);
	r = open_state(flow_path(f, "owned"));
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(rmdir(flow_path(f, "owned")), 0);
	return r;
}

/* Its owner decides from where becaused reads. */
static void a_directory_of_another_user_is_refused(void **state)
{
	static const struct {
		uid_t user, owner;
		mode_t mode;
		int result;
	} rows[] = {
		{ 1000, 1000, 0700, 0 },
		{ 1000, 1000, 0770, 0 },
		{ 1000, 0, 0755, 0 },
		{ 1000, 1001, 0755, -EPERM },
		{ 1000, 64000, 0755, -EPERM },
		{ 1000, 1000, 0777, -EPERM },
		{ 1000, 0, 01777, -EPERM },
		{ 0, 0, 0700, 0 },
		{ 0, 0, 01777, -EPERM },
		{ 0, 999, 0700, 0 },
		{ 0, 1000, 0700, -EPERM },
		{ 0, 61183, 0700, -EPERM },
		{ 0, 61184, 0700, 0 },
		{ 0, 65519, 0700, 0 },
		{ 0, 65520, 0700, -EPERM },
		{ 0, 65534, 0700, 0 },
	};
	struct flow *f = *state;
	struct stat top;

	if (geteuid() != 0)
		skip();
	assert_int_equal(stat(flow_path(f, "."), &top), 0);
	assert_int_equal(chmod(flow_path(f, "."), 0755), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int r = open_state_as(f, rows[i].user, rows[i].owner, rows[i].mode);

		if (r != rows[i].result)
			fail_msg("row %zu gave %d", i, r);
	}
	assert_int_equal(chmod(flow_path(f, "."), top.st_mode & 07777), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(delivery_continues_and_it_is_saved_later),
		TEST(what_could_not_be_saved_before_a_kill_comes_again),
		TEST(a_large_state_is_saved_less_often),
		TEST(only_a_directory_that_another_uses_is_busy),
		TEST(a_state_file_that_is_no_regular_file_is_refused),
		TEST(a_directory_of_another_user_is_refused),
		TEST(without_a_state_that_can_be_kept_it_does_not_start),
		TEST(a_state_file_that_is_none_is_logged_and_replaced),
		TEST(a_state_file_torn_anywhere_loses_nothing),
		TEST(a_state_file_from_another_machine_loses_nothing),
		TEST(what_another_machine_had_read_is_read_here),
		TEST(a_state_file_that_cannot_be_read_keeps_it_from_starting),
		TEST(positions_of_sources_that_are_gone_make_room_at_a_start),
		TEST(a_full_table_of_positions_keeps_nothing_from_being_delivered),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
