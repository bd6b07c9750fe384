/* A file that changes while it is looked at: it is truncated between two system calls, whichever
 * they are. The copy is lost then, but becaused continues. */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#include "source/files/copies.h"
#include "source/files/disk/status.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"

enum { CALLS_MAX = 200, LINES = 40, LINE_LEN = 20 };

struct fixture {
	char directory[64], original[80], copy[80];
	struct text globs[1];
	struct files_options options;
	struct files_state state;
	struct followed *file, *candidate;
};

/* What the wrapped calls need to know. */
static struct {
	const char *path; /* to be truncated */
	int fd;           /* before call number `at` on this descriptor */
	unsigned n, at;
} trap;

ssize_t __real_pread(int fd, void *data, size_t size, off_t offset);
ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset);
int __real_fstat(int fd, struct stat *ret);
int __wrap_fstat(int fd, struct stat *ret);
int __real_status_of_fd(int fd, struct file_status *ret);
int __wrap_status_of_fd(int fd, struct file_status *ret);

static void spring_trap(int fd)
{
	if (trap.path && fd == trap.fd && ++trap.n == trap.at)
		assert_int_equal(truncate(trap.path, 0), 0);
}

ssize_t __wrap_pread(int fd, void *data, size_t size, off_t offset)
{
	spring_trap(fd);
	return __real_pread(fd, data, size, offset);
}

int __wrap_fstat(int fd, struct stat *ret)
{
	spring_trap(fd);
	return __real_fstat(fd, ret);
}

int __wrap_status_of_fd(int fd, struct file_status *ret)
{
	spring_trap(fd);
	return __real_status_of_fd(fd, ret);
}

static void append_lines(const char *path, int from, int to)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char line[LINE_LEN + 16];

	assert_true(fd >= 0);
	for (int i = from; i < to; i++) {
		(void)snprintf(line, sizeof(line), "line %08d of it\n", i);
		assert_int_equal(write(fd, line, LINE_LEN), LINE_LEN);
	}
	assert_int_equal(close(fd), 0);
}

static struct followed *find(struct fixture *f, const char *path)
{
	struct file_position position = { .head = fingerprint_of("", 0),
		.tail = fingerprint_of("", 0) };
	struct file_status status;
	struct followed *file;

	assert_int_equal(status_of_path(path, &status), 0);
	position.device = status.device;
	position.inode = status.inode;
	assert_int_equal(followed_add(&f->state.table, &position, path, &file), 0);
	file->name = FOLLOWED_NAMED;
	assert_int_equal(files_state_open(&f->state, file), 0);
	return file;
}

/* The original was read to its end; then a copy of it appeared, with more. */
static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	trap.path = NULL;
	(void)snprintf(f->directory, sizeof(f->directory), "/tmp/because-test.XXXXXX");
	assert_non_null(mkdtemp(f->directory));
	(void)snprintf(f->original, sizeof(f->original), "%s/a.log", f->directory);
	(void)snprintf(f->copy, sizeof(f->copy), "%s/a.log.1", f->directory);
	assert_int_equal(files_state_init(&f->state, "test", &f->options), 0);
	append_lines(f->original, 0, LINES);
	f->file = find(f, f->original);
	assert_int_equal(tail_seek_end(&f->file->tail), 0);
	files_state_read(&f->state, f->file);
	append_lines(f->original, 100, 110);
	append_lines(f->copy, 0, LINES);
	append_lines(f->copy, 100, 110);
	f->candidate = find(f, f->copy);
	f->candidate->born_usec = 1;
}

static void set_trap(struct fixture *f, unsigned at)
{
	trap.path = f->copy;
	trap.fd = f->candidate->tail.fd;
	trap.n = 0;
	trap.at = at;
}

static void end(struct fixture *f)
{
	trap.path = NULL;
	files_state_done(&f->state);
	(void)unlink(f->original);
	(void)unlink(f->copy);
	assert_int_equal(rmdir(f->directory), 0);
}

static void a_copy_that_is_truncated_while_it_is_looked_at_ends_nothing(void **state)
{
	struct fixture f;

	(void)state;
	for (unsigned at = 0; at < CALLS_MAX; at++) {
		begin(&f);
		set_trap(&f, at);
		copies_begin(&f.state, f.candidate);
		if (at == 0)
			assert_int_equal(f.candidate->state, FOLLOWED_WAITING);
		end(&f);
	}
	assert_true(trap.n < CALLS_MAX);
}

static void a_copy_that_is_truncated_while_the_proof_is_taken_ends_nothing(void **state)
{
	struct fixture f;

	(void)state;
	for (unsigned at = 0; at < CALLS_MAX; at++) {
		struct file_position position;
		struct followed *unread;

		begin(&f);
		copies_begin(&f.state, f.candidate);
		position = f.file->tail.position;
		assert_int_equal(truncate(f.original, 0), 0);
		set_trap(&f, at);
		unread = copies_prove(&f.state, f.file, &position, NULL);
		assert_true(unread == f.candidate || !unread);
		assert_true(unread || at > 0);
		if (at == 0)
			assert_int_equal(f.candidate->tail.position.offset, LINES * LINE_LEN);
		end(&f);
	}
	assert_true(trap.n < CALLS_MAX);
}

static void a_copy_that_is_truncated_while_it_is_decided_on_ends_nothing(void **state)
{
	struct fixture f;

	(void)state;
	for (unsigned at = 0; at < CALLS_MAX; at++) {
		begin(&f);
		copies_begin(&f.state, f.candidate);
		assert_int_equal(f.candidate->state, FOLLOWED_WAITING);
		set_trap(&f, at);
		copies_decide(&f.state, f.candidate);
		assert_int_equal(f.candidate->state, FOLLOWED_READING);
		end(&f);
	}
	assert_true(trap.n < CALLS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_that_is_truncated_while_it_is_looked_at_ends_nothing),
		cmocka_unit_test(a_copy_that_is_truncated_while_the_proof_is_taken_ends_nothing),
		cmocka_unit_test(a_copy_that_is_truncated_while_it_is_decided_on_ends_nothing),
	};

	return cmocka_run_group_tests_name("source/files/copies", tests, NULL, NULL);
}
