/* What a file system knows of a file. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/files/disk/status.h"

struct fixture {
	char directory[32], file[64], link[64];
	int fd;
};

static int begin(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.file, sizeof(f.file), "%s/a.log", f.directory);
	(void)snprintf(f.link, sizeof(f.link), "%s/link", f.directory);
	f.fd = open(f.file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	*state = &f;
	return f.fd < 0 || write(f.fd, "12345", 5) != 5 || symlink("a.log", f.link) < 0 ? -1 : 0;
}

static int end(void **state)
{
	const struct fixture *f = *state;

	(void)unlink(f->file);
	return close(f->fd) | unlink(f->link) | rmdir(f->directory);
}

static void a_status_has_what_fstat_says(void **state)
{
	const struct fixture *f = *state;
	struct file_status status = { 0 };
	struct stat wanted;

	assert_int_equal(fstat(f->fd, &wanted), 0);
	assert_int_equal(status_of_fd(f->fd, &status), 0);
	assert_int_equal(status.device, wanted.st_dev);
	assert_int_equal(status.inode, wanted.st_ino);
	assert_int_equal(status.mode, wanted.st_mode);
	assert_int_equal(status.n_links, 1);
	assert_int_equal(status.size, 5);
	assert_int_equal(status.modified_usec,
		wanted.st_mtim.tv_sec * 1000000 + wanted.st_mtim.tv_nsec / 1000);
	assert_int_equal(status.changed_usec,
		wanted.st_ctim.tv_sec * 1000000 + wanted.st_ctim.tv_nsec / 1000);
	assert_true(status.born_usec <= status.changed_usec);
}

static void a_path_leads_through_links_and_a_link_is_one(void **state)
{
	const struct fixture *f = *state;
	struct file_status status = { 0 };

	assert_int_equal(status_of_path(f->link, &status), 0);
	assert_true(S_ISREG(status.mode));
	assert_int_equal(status_of_link(f->link, &status), 0);
	assert_true(S_ISLNK(status.mode));
}

static void what_is_not_there_has_no_status(void **state)
{
	const struct fixture *f = *state;
	struct file_status status = { 0 };

	assert_int_equal(unlink(f->file), 0);
	assert_int_equal(status_of_path(f->file, &status), -ENOENT);
	assert_int_equal(status_of_path(f->link, &status), -ENOENT);
	assert_int_equal(status_of_link(f->link, &status), 0);
	assert_int_equal(status_of_fd(-1, &status), -EBADF);
	assert_int_equal(status_of_fd(f->fd, &status), 0);
	assert_int_equal(status.n_links, 0);
}

/* Times before 1970 are no times. */
static void a_time_before_the_epoch_is_0(void **state)
{
	const struct timespec times[2] = { { .tv_sec = -5 }, { .tv_sec = -5 } };
	const struct fixture *f = *state;
	struct file_status status = { 0 };

	assert_int_equal(futimens(f->fd, times), 0);
	assert_int_equal(status_of_fd(f->fd, &status), 0);
	assert_int_equal(status.modified_usec, 0);
}

#define STATUS_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STATUS_TEST(a_status_has_what_fstat_says),
		STATUS_TEST(a_path_leads_through_links_and_a_link_is_one),
		STATUS_TEST(what_is_not_there_has_no_status),
		STATUS_TEST(a_time_before_the_epoch_is_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
