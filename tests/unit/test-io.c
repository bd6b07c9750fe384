/* Tests of base/io: every one in a temporary directory of its own, which is the working directory
 * while it runs. `read` and `writev` are ours, so that interrupted and short calls happen when the
 * test says so. */
#include "config.h"

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/io.h"

static unsigned n_interruptions; /* of the next calls */
static size_t write_max;         /* bytes one call takes at most; 0 = no bound */
static unsigned n_writes;
static unsigned n_full; /* of the next writes find no room */

ssize_t read(int fd, void *data, size_t size)
{
	if (n_interruptions > 0) {
		n_interruptions--;
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_read, fd, data, size);
}

ssize_t writev(int fd, const struct iovec *pieces, int n)
{
	n_writes++;
	if (n_interruptions > 0) {
		n_interruptions--;
		errno = EINTR;
		return -1;
	}
	if (n_full > 0) {
		n_full--;
		errno = EAGAIN;
		return -1;
	}
	if (write_max == 0 || n == 0)
		return syscall(SYS_writev, fd, pieces, n);
	return write(
		fd, pieces->iov_base, pieces->iov_len < write_max ? pieces->iov_len : write_max);
}

/* -- the temporary directory ------------------------------------------- */

struct directory {
	int before;
	char path[64];
};

static int enter_directory(void **state)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (!d)
		return -1;
	(void)snprintf(d->path, sizeof(d->path), "/tmp/because-test-io-XXXXXX");
	d->before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->before < 0 || !mkdtemp(d->path) || chdir(d->path) < 0)
		return -1;
	n_interruptions = 0;
	write_max = 0;
	n_full = 0;
	n_writes = 0;
	*state = d;
	return 0;
}

static int leave_directory(void **state)
{
	struct directory *d = *state;
	DIR *content = opendir(d->path);

	for (struct dirent *e = content ? readdir(content) : NULL; e; e = readdir(content))
		if (unlink(e->d_name) < 0)
			(void)rmdir(e->d_name);
	if (content)
		(void)closedir(content);
	(void)(fchdir(d->before) | rmdir(d->path) | close(d->before));
	free(d);
	return 0;
}

static size_t count_files(void)
{
	DIR *content = opendir(".");
	size_t n = 0;

	assert_non_null(content);
	while (readdir(content))
		n++;
	(void)closedir(content);
	return n - 2; /* `.` and `..` */
}

static void put(const char *path, const char *data, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void assert_file(const char *path, const char *expected, size_t len)
{
	struct buffer b = buffer_make(10 * 1000 * 1000);

	assert_int_equal(io_read_file(path, &b), 0);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.data, expected, len);
	buffer_done(&b);
}

/* -- reading ------------------------------------------------------------ */

static void reading_gives_what_is_there_and_nothing_at_the_end(void **state)
{
	char data[10];
	size_t n = 77;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(io_write(fds[1], "abc", 3), 0);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(io_read(fds[0], data, sizeof(data), &n), 0);
	assert_int_equal(n, 3);
	assert_memory_equal(data, "abc", 3);
	assert_int_equal(io_read(fds[0], data, sizeof(data), &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(close(fds[0]), 0);
}

static void an_interrupted_read_continues(void **state)
{
	char data[10];
	size_t n = 77;
	int fd;

	(void)state;
	put("x", "abc", 3);
	fd = open("x", O_RDONLY | O_CLOEXEC);
	n_interruptions = 3;
	assert_int_equal(io_read(fd, data, sizeof(data), &n), 0);
	assert_int_equal(n_interruptions, 0);
	assert_int_equal(n, 3);
	assert_int_equal(close(fd), 0);
}

static void a_failed_read_changes_no_count(void **state)
{
	char data[10];
	size_t n = 77;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(io_read(fds[0], data, sizeof(data), &n), -EAGAIN);
	assert_int_equal(close(fds[0]) | close(fds[1]), 0);
	assert_int_equal(io_read(-1, data, sizeof(data), &n), -EBADF);
	assert_int_equal(n, 77);
}

static void a_file_is_read_behind_what_the_buffer_holds(void **state)
{
	struct buffer b = buffer_make(1000 * 1000);

	(void)state;
	put("x", "a\0b", 3);
	buffer_add_string(&b, "before ");
	assert_int_equal(io_read_file("x", &b), 0);
	assert_true(text_equal(buffer_text(&b), TEXT("before a\0b")));
	assert_int_equal(buffer_finish(&b), 0);
	buffer_done(&b);
}

static void an_empty_file_has_no_content(void **state)
{
	(void)state;
	put("x", "", 0);
	assert_file("x", "", 0);
}

static void a_file_that_has_no_size_is_read_whole(void **state)
{
	struct buffer b = buffer_make(1000 * 1000);

	(void)state;
	assert_int_equal(io_read_file("/proc/self/status", &b), 0);
	assert_true(text_contains_nocase(buffer_text(&b), TEXT("\nvoluntary_ctxt_switches:")));
	buffer_done(&b);
}

static void a_file_up_to_the_bound_is_read_and_a_larger_one_is_not(void **state)
{
	static const size_t bounds[] = { 1, 10, 4096, 65535, 65536, 65537, 100000, 131072, 300000 };
	char *data = test_repeat('x', 300001);

	(void)state;
	for (size_t i = 0; i < COUNT(bounds); i++) {
		struct buffer fits = buffer_make(bounds[i]);
		struct buffer small = buffer_make(bounds[i]);

		put("x", data, bounds[i]);
		assert_int_equal(io_read_file("x", &fits), 0);
		assert_int_equal(fits.len, bounds[i]);
		assert_int_equal(buffer_finish(&fits), 0);
		buffer_done(&fits);
		put("x", data, bounds[i] + 1);
		assert_int_equal(io_read_file("x", &small), -EFBIG);
		buffer_done(&small);
	}
	free(data);
}

static void a_file_far_below_the_bound_is_read(void **state)
{
	struct buffer b = buffer_make(1000);

	(void)state;
	put("x", "abc", 3);
	assert_int_equal(io_read_file("x", &b), 0);
	assert_text(buffer_text(&b), "abc");
	buffer_done(&b);
}

static void a_file_that_must_be_regular_does_not_block(void **state)
{
	struct buffer b = buffer_make(1000);

	(void)state;
	put("x", "abc", 3);
	assert_int_equal(io_read_regular("x", &b), 0);
	assert_text(buffer_text(&b), "abc");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(io_read_regular("pipe", &b), -ENXIO);
	assert_int_equal(io_read_regular("/dev/zero", &b), -ENXIO);
	assert_int_equal(io_read_regular(".", &b), -EISDIR);
	assert_int_equal(io_read_regular("not-there", &b), -ENOENT);
	assert_string_equal(io_read_reason(-ENXIO), "it is not a regular file");
	assert_string_equal(io_read_reason(-ENOENT), strerror(ENOENT));
	assert_int_equal(unlink("pipe"), 0);
	buffer_done(&b);
}

static void a_file_that_cannot_be_read_has_a_reason(void **state)
{
	struct buffer b = buffer_make(1000 * 1000);

	(void)state;
	assert_int_equal(io_read_file("not-there", &b), -ENOENT);
	assert_int_equal(io_read_file(".", &b), -EISDIR);
	put("x", "", 0);
	assert_int_equal(io_read_file("x/y", &b), -ENOTDIR);
	assert_int_equal(b.len, 0);
	buffer_done(&b);
}

/* -- writing ------------------------------------------------------------ */

static void interrupted_and_short_writes_continue(void **state)
{
	char one[] = "one ", two[] = "two and a half ", three[] = "three";
	int fd = open("x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	for (write_max = 1; write_max < 20; write_max++) {
		struct iovec pieces[] = { { one, 4 }, { two, 15 }, { three, 5 } };

		n_interruptions = 2;
		assert_int_equal(ftruncate(fd, 0) | (int)lseek(fd, 0, SEEK_SET), 0);
		assert_int_equal(io_write_pieces(fd, pieces, 3), 0);
		assert_file("x", "one two and a half three", 24);
	}
	assert_int_equal(close(fd), 0);
}

static void a_descriptor_without_room_is_waited_for(void **state)
{
	int fd = open("x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	n_full = 3;
	write_max = 2;
	assert_int_equal(io_write(fd, "abc", 3), 0);
	assert_int_equal(n_full, 0);
	assert_file("x", "abc", 3);
	assert_int_equal(close(fd), 0);
}

static void empty_pieces_are_passed_over(void **state)
{
	char word[] = "word";
	struct iovec pieces[] = { { NULL, 0 }, { word, 4 }, { NULL, 0 }, { word, 4 }, { word, 0 } };
	int fd = open("x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(io_write_pieces(fd, pieces, 5), 0);
	assert_file("x", "wordword", 8);
	assert_int_equal(close(fd), 0);
}

static void nothing_to_write_is_no_system_call(void **state)
{
	struct iovec pieces[] = { { NULL, 0 }, { NULL, 0 } };

	(void)state;
	assert_int_equal(io_write_pieces(-1, pieces, 2), 0);
	assert_int_equal(io_write_pieces(-1, pieces, 0), 0);
	assert_int_equal(io_write(-1, "", 0), 0);
	assert_int_equal(n_writes, 0);
}

static void more_pieces_than_one_call_takes_are_written_in_order(void **state)
{
	enum { N = 2 * IOV_MAX + 7 };
	struct iovec *pieces = calloc(N, sizeof(*pieces));
	char *data = malloc(N);
	int fd = open("x", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_non_null(pieces);
	assert_non_null(data);
	for (size_t i = 0; i < N; i++) {
		data[i] = (char)(i * 13);
		pieces[i] = (struct iovec){ &data[i], 1 };
	}
	assert_int_equal(io_write_pieces(fd, pieces, N), 0);
	assert_int_equal(n_writes, 3);
	assert_file("x", data, N);
	assert_int_equal(close(fd), 0);
	free(data);
	free(pieces);
}

static void a_reader_that_is_gone_is_reported(void **state)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(io_write(fds[1], "x", 1), -EPIPE);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(io_write(-1, "x", 1), -EBADF);
	(void)signal(SIGPIPE, before);
}

/* -- replacing ---------------------------------------------------------- */

static void a_file_is_made_and_replaced_and_nothing_stays_beside_it(void **state)
{
	const struct directory *d = *state;
	char path[80];

	(void)snprintf(path, sizeof(path), "%s/x", d->path);
	assert_int_equal(io_replace_file("x", 0600, "first, and longer", 17), 0);
	assert_file("x", "first, and longer", 17);
	assert_int_equal(io_replace_file(path, 0600, "second", 6), 0);
	assert_file("x", "second", 6);
	assert_int_equal(io_replace_file("x", 0600, "", 0), 0);
	assert_file("x", "", 0);
	assert_int_equal(count_files(), 1);
}

static void a_temporary_file_left_by_a_crash_is_no_obstacle(void **state)
{
	(void)state;
	put("x.new", "what the crash left behind", 26);
	assert_int_equal(io_replace_file("x", 0600, "content", 7), 0);
	assert_file("x", "content", 7);
	assert_int_equal(count_files(), 1);
}

static void a_link_in_place_of_the_temporary_file_is_not_written_to(void **state)
{
	typedef int link_fn(const char *target, const char *name);
	static link_fn *const ways[] = { symlink, link };

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		put("victim", "precious", 8);
		assert_int_equal(ways[i]("victim", "x.new"), 0);
		assert_int_equal(io_replace_file("x", 0600, "content", 7), 0);
		assert_file("victim", "precious", 8);
		assert_file("x", "content", 7);
		assert_int_equal(count_files(), 2);
	}
}

static void a_replacement_that_fails_leaves_what_was_there(void **state)
{
	char *path = test_repeat('x', PATH_MAX);

	(void)state;
	assert_int_equal(mkdir("directory", 0700), 0);
	assert_int_equal(io_replace_file("directory", 0600, "content", 7), -EISDIR);
	assert_int_equal(count_files(), 1);
	assert_int_equal(io_replace_file("not-there/x", 0600, "content", 7), -ENOENT);
	assert_int_equal(io_replace_file(path, 0600, "content", 7), -ENAMETOOLONG);
	assert_int_equal(count_files(), 1);
	free(path);
}

/* The file would be too large, as on a full disk, in the middle of the new content. */
static void a_replacement_that_finds_no_room_leaves_what_was_there(void **state)
{
	struct rlimit old, tight;
	char large[4096] = "";
	int r;

	(void)state;
	put("x", "content", 7);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tight = old;
	tight.rlim_cur = sizeof(large) / 2;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	r = io_replace_file("x", 0600, large, sizeof(large));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(r, -EFBIG);
	assert_file("x", "content", 7);
	assert_int_equal(count_files(), 1);
}

/* Writes a number of pieces, then fails where there is an error. */
struct pieces {
	unsigned n;
	int error;
};

static int write_pieces(int fd, void *userdata)
{
	const struct pieces *pieces = userdata;
	int r = 0;

	for (unsigned i = 0; i < pieces->n && r == 0; i++)
		r = io_write(fd, "piece ", 6);
	return r < 0 ? r : pieces->error;
}

static void a_file_is_replaced_by_content_in_pieces(void **state)
{
	struct pieces three = { 3, 0 }, none = { 0, 0 };

	(void)state;
	put("x", "content", 7);
	assert_int_equal(io_replace_file_by("x", 0600, write_pieces, &three), 0);
	assert_file("x", "piece piece piece ", 18);
	assert_int_equal(io_replace_file_by("x", 0600, write_pieces, &none), 0);
	assert_file("x", "", 0);
	assert_int_equal(count_files(), 1);
}

static void content_that_fails_behind_some_pieces_leaves_what_was_there(void **state)
{
	struct pieces pieces = { 2, -ENOMEM };

	(void)state;
	put("x", "content", 7);
	assert_int_equal(io_replace_file_by("x", 0600, write_pieces, &pieces), -ENOMEM);
	assert_file("x", "content", 7);
	assert_int_equal(count_files(), 1);
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIRECTORY(reading_gives_what_is_there_and_nothing_at_the_end),
		IN_DIRECTORY(an_interrupted_read_continues),
		IN_DIRECTORY(a_failed_read_changes_no_count),
		IN_DIRECTORY(a_file_is_read_behind_what_the_buffer_holds),
		IN_DIRECTORY(an_empty_file_has_no_content),
		IN_DIRECTORY(a_file_that_has_no_size_is_read_whole),
		IN_DIRECTORY(a_file_up_to_the_bound_is_read_and_a_larger_one_is_not),
		IN_DIRECTORY(a_file_far_below_the_bound_is_read),
		IN_DIRECTORY(a_file_that_must_be_regular_does_not_block),
		IN_DIRECTORY(a_file_that_cannot_be_read_has_a_reason),
		IN_DIRECTORY(interrupted_and_short_writes_continue),
		IN_DIRECTORY(a_descriptor_without_room_is_waited_for),
		IN_DIRECTORY(empty_pieces_are_passed_over),
		IN_DIRECTORY(nothing_to_write_is_no_system_call),
		IN_DIRECTORY(more_pieces_than_one_call_takes_are_written_in_order),
		IN_DIRECTORY(a_reader_that_is_gone_is_reported),
		IN_DIRECTORY(a_file_is_made_and_replaced_and_nothing_stays_beside_it),
		IN_DIRECTORY(a_temporary_file_left_by_a_crash_is_no_obstacle),
		IN_DIRECTORY(a_link_in_place_of_the_temporary_file_is_not_written_to),
		IN_DIRECTORY(a_replacement_that_fails_leaves_what_was_there),
		IN_DIRECTORY(a_replacement_that_finds_no_room_leaves_what_was_there),
		IN_DIRECTORY(a_file_is_replaced_by_content_in_pieces),
		IN_DIRECTORY(content_that_fails_behind_some_pieces_leaves_what_was_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
