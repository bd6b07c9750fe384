/* A file that changes while it is looked at: it is truncated between two system calls, whichever
 * they are. The copy is lost then, but becaused continues. */
#include "config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#include "source/files/copies.h"

enum { CALLS_MAX = 100, LINES = 40, LINE_LEN = 20 };

struct fixture {
	char directory[64], original[80], copy[80], other[80];
	struct followed_table table;
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

static void append_lines(const char *path, int from, int to)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char line[LINE_LEN + 1];

	assert_true(fd >= 0);
	for (int i = from; i < to; i++) {
		(void)snprintf(line, sizeof(line), "line %08d of it\n", i);
		assert_int_equal(write(fd, line, LINE_LEN), LINE_LEN);
	}
	assert_int_equal(close(fd), 0);
}

static struct followed *follow(struct fixture *f, const char *path, uint64_t born_usec, bool named)
{
	struct followed *file;

	assert_int_equal(followed_add(&f->table, open(path, O_RDONLY | O_CLOEXEC), path, &file), 0);
	file->named = named;
	file->born_usec = born_usec;
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
	(void)snprintf(f->other, sizeof(f->other), "%s/b.log", f->directory);
	followed_init(&f->table);
	append_lines(f->original, 0, LINES);
	f->file = follow(f, f->original, 1, true);
	assert_int_equal(tail_seek_end(&f->file->tail), 0);
	append_lines(f->copy, 0, LINES);
	append_lines(f->copy, 100, 110);
}

static void add_candidate(struct fixture *f)
{
	f->candidate = follow(f, f->copy, 2, false);
	copies_begin(f->candidate);
	copies_look_at_new(&f->table, 1000);
	assert_ptr_equal(f->candidate->original, f->file);
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
	followed_done(&f->table);
	(void)unlink(f->original);
	(void)unlink(f->copy);
	(void)unlink(f->other);
	assert_int_equal(rmdir(f->directory), 0);
}

static void a_copy_that_is_truncated_while_the_unread_rest_is_looked_for_ends_nothing(void **state)
{
	struct fixture f;

	(void)state;
	for (unsigned at = 0; at < CALLS_MAX; at++) {
		struct file_position position;
		struct followed *unread;

		begin(&f);
		add_candidate(&f);
		position = f.file->tail.position;
		assert_int_equal(truncate(f.original, 0), 0);
		set_trap(&f, at);
		unread = copies_find_unread(&f.table, f.file, &position, 2000);
		assert_true(unread == f.candidate || !unread);
		assert_true(unread || at > 0);
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
		append_lines(f.original, 200, 202);
		add_candidate(&f);
		assert_int_equal(tail_seek_end(&f.file->tail), 0);
		/* Its beginning was read under another name. */
		append_lines(f.other, 0, LINES);
		assert_int_equal(tail_seek_end(&follow(&f, f.other, 3, true)->tail), 0);
		set_trap(&f, at);
		copies_decide(&f.table, f.candidate, f.candidate->candidate_usec);
		if (at == 0)
			assert_int_equal(f.candidate->tail.position.offset, LINES * LINE_LEN);
		end(&f);
	}
	assert_true(trap.n < CALLS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_copy_that_is_truncated_while_the_unread_rest_is_looked_for_ends_nothing),
		cmocka_unit_test(a_copy_that_is_truncated_while_it_is_decided_on_ends_nothing),
	};

	return cmocka_run_group_tests_name("source/files/copies", tests, NULL, NULL);
}
