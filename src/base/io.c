/* Every descriptor opened here is close-on-exec. */
#include "config.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

enum { READ_SIZE = 64 * 1024 };

uint64_t io_now_usec(int clock)
{
	struct timespec now;

	(void)clock_gettime((clockid_t)clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int io_read(int fd, void *data, size_t size, size_t *ret_n)
{
	ssize_t n;

	do
		n = read(fd, data, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*ret_n = (size_t)n;
	return 0;
}

bool io_is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

int io_check_descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE))
		return -errno;
	(void)close_fd(fd);
	return 0;
}

int io_wait(int fd, short events)
{
	struct pollfd descriptor = { .fd = fd, .events = events };

	while (poll(&descriptor, 1, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int io_write(int fd, const void *data, size_t len)
{
	struct iovec piece = { .iov_base = (void *)data, .iov_len = len };

	return io_write_pieces(fd, &piece, 1);
}

/* Drop the first `written` bytes from the pieces; returns how many pieces are used up. */
static size_t drop_written(struct iovec *pieces, size_t n, size_t written)
{
	size_t done = 0;

	while (done < n && written >= pieces[done].iov_len)
		written -= pieces[done++].iov_len;
	if (done < n) {
		pieces[done].iov_base = (char *)pieces[done].iov_base + written;
		pieces[done].iov_len -= written;
	}
	return done;
}

int io_write_pieces(int fd, struct iovec *pieces, size_t n)
{
	size_t first = drop_written(pieces, n, 0);

	while (first < n) {
		size_t batch = n - first < IOV_MAX ? n - first : IOV_MAX;
		ssize_t written = writev(fd, pieces + first, (int)batch);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EAGAIN) {
			int r = io_wait(fd, POLLOUT);

			if (r < 0)
				return r;
			continue;
		}
		if (written < 0)
			return -errno;
		first += drop_written(pieces + first, n - first, (size_t)written);
	}
	return 0;
}

/* 0 at the end of the file, else -EFBIG or the failure of reading. */
static int expect_end(int fd)
{
	size_t n = 0;
	char byte;
	int r = io_read(fd, &byte, 1, &n);

	if (r < 0)
		return r;
	return n > 0 ? -EFBIG : 0;
}

static int read_to_end(int fd, struct buffer *ret)
{
	size_t n = 0;
	int r;

	do {
		size_t room = ret->max - ret->len < READ_SIZE ? ret->max - ret->len : READ_SIZE;

		r = buffer_reserve(ret, room);
		if (r < 0)
			return r;
		if (room == 0)
			return expect_end(fd);
		r = io_read(fd, ret->data + ret->len, room, &n);
		if (r < 0)
			return r;
		ret->len += n;
	} while (n > 0);
	return 0;
}

int io_read_file(const char *path, struct buffer *ret)
{
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? -EISDIR : read_to_end(fd, ret);
}

int io_open_regular(const char *path, int *ret)
{
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -ENXIO;
	*ret = TAKE_FD(fd);
	return 0;
}

int io_read_regular(const char *path, struct buffer *ret)
{
	CLEANUP(closep) int fd = -1;
	int r = io_open_regular(path, &fd);

	return r < 0 ? r : read_to_end(fd, ret);
}

const char *io_read_reason(int error)
{
	return error == -ENXIO ? "it is not a regular file" : strerror(-error);
}

static int open_directory_of(const char *path, int *ret)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	int n, fd;

	if (!slash)
		n = snprintf(directory, sizeof(directory), ".");
	else
		n = snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path) + 1, path);
	if (n < 0 || (size_t)n >= sizeof(directory))
		return -ENAMETOOLONG;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = fd;
	return 0;
}

static int copy_owner(int fd, int directory)
{
	struct stat status;

	if (geteuid() != 0)
		return 0;
	if (fstat(directory, &status) < 0)
		return -errno;
	/* A sandbox may forbid the call even where it changes nothing. */
	if (status.st_uid == 0 && status.st_gid == 0)
		return 0;
	return fchown(fd, status.st_uid, status.st_gid) < 0 ? -errno : 0;
}

static int write_synced(
	const char *path, mode_t mode, int directory, io_content_fn *write, void *userdata)
{
	CLEANUP(closep) int fd = -1;
	int r;

	/* A file at this path is from an earlier attempt or another user: replace it. */
	if (unlink(path) < 0 && errno != ENOENT)
		return -errno;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = copy_owner(fd, directory);
	if (r < 0)
		return r;
	/* The umask must not change the permissions. */
	if (fchmod(fd, mode) < 0)
		return -errno;
	r = write(fd, userdata);
	if (r < 0)
		return r;
	return fsync(fd) < 0 ? -errno : 0;
}

int io_replace_file_by(const char *path, mode_t mode, io_content_fn *write, void *userdata)
{
	CLEANUP(closep) int directory = -1;
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path);
	int r;

	if (n < 0 || (size_t)n >= sizeof(temporary))
		return -ENAMETOOLONG;
	r = open_directory_of(path, &directory);
	if (r < 0)
		return r;
	r = write_synced(temporary, mode, directory, write, userdata);
	if (r == 0 && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(temporary);
		return r;
	}
	return fsync(directory) < 0 ? -errno : 0;
}

static int write_text(int fd, void *userdata)
{
	const struct text *content = userdata;

	return io_write(fd, content->data, content->len);
}

int io_replace_file(const char *path, mode_t mode, const void *data, size_t len)
{
	struct text content = text_make(data, len);

	return io_replace_file_by(path, mode, write_text, &content);
}
