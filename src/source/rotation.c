/* Names are no help: logrotate alone can call the old file in a dozen ways. */
#include "config.h"

#include "source/rotation.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "source/tail.h"

static void closedirp(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

/* By the first bytes: gzip, bzip2, xz, zstd, lz4, zip, compress. */
static bool is_compressed(int fd)
{
	static const struct text magics[] = { { "\x1f\x8b", 2 }, { "BZh", 3 },
		{ "\xfd"
		  "7zXZ",
			5 },
		{ "\x28\xb5\x2f\xfd", 4 }, { "\x04\x22\x4d\x18", 4 }, { "PK\x03\x04", 4 },
		{ "\x1f\x9d", 2 } };
	char bytes[8];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);

	for (size_t i = 0; n > 0 && i < sizeof(magics) / sizeof(magics[0]); i++)
		if (text_starts(text_make(bytes, (size_t)n), magics[i]))
			return true;
	return false;
}

static int open_regular(int directory, const char *path, int *ret_fd)
{
	CLEANUP(closep)
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EISDIR;
	if (is_compressed(fd))
		return -EMEDIUMTYPE;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int rotation_open(const char *path, int *ret_fd)
{
	return open_regular(AT_FDCWD, path, ret_fd);
}

/* --- files that are held --- */

static void let_go(struct rotation *rotation, size_t i)
{
	(void)close_fd(rotation->held[i].fd);
	rotation->n--;
	memmove(&rotation->held[i], &rotation->held[i + 1],
		(rotation->n - i) * sizeof(rotation->held[0]));
}

void rotation_hold(struct rotation *rotation, const char *path, uint64_t until_usec)
{
	int fd;

	if (rotation_open(path, &fd) < 0)
		return;
	if (rotation->n == ROTATION_HELD_MAX)
		let_go(rotation, 0);
	rotation->held[rotation->n++] = (struct rotation_held){ fd, until_usec };
}

uint64_t rotation_expire(struct rotation *rotation, uint64_t now_usec)
{
	while (rotation->n > 0 && rotation->held[0].until_usec <= now_usec)
		let_go(rotation, 0);
	return rotation->n > 0 ? rotation->held[0].until_usec : UINT64_MAX;
}

void rotation_done(struct rotation *rotation)
{
	while (rotation->n > 0)
		let_go(rotation, rotation->n - 1);
}

/* --- the search --- */

static bool fits(int fd, const struct mark *mark)
{
	struct tail tail;

	return tail_init(&tail, fd) == 0 && tail_resume(&tail, mark) == 0;
}

static bool is_renamed(int fd, const struct mark *mark)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_ino == mark->inode &&
	       status.st_dev == mark->device && fits(fd, mark);
}

/* Without bytes before the offset nothing proves that it is a copy, and nothing is missing. */
static bool is_copy(int fd, const struct mark *mark)
{
	struct stat status;

	return mark->tail.len > 0 && fstat(fd, &status) == 0 &&
	       (status.st_ino != mark->inode || status.st_dev != mark->device) && fits(fd, mark);
}

static int open_directory_of(const char *path, DIR **ret)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_MAX];
	int n = slash ? snprintf(
				directory, sizeof(directory), "%.*s", (int)(slash - path) + 1, path)
		      : -1;

	if (n < 0 || (size_t)n >= sizeof(directory))
		return -EINVAL;
	*ret = opendir(directory);
	return *ret ? 0 : -errno;
}

/* The first file in the directory of `path` that is the one, or looks like it. */
static int search(const char *path, const struct mark *mark, ino_t inode,
	bool (*is_wanted)(int fd, const struct mark *mark), int *ret_fd)
{
	CLEANUP(closedirp) DIR *directory = NULL;
	const struct dirent *entry;
	int r = open_directory_of(path, &directory);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ROTATION_ENTRIES_MAX && (entry = readdir(directory)); i++) {
		CLEANUP(closep) int fd = -1;

		if (inode != 0 && entry->d_ino != inode)
			continue;
		if (open_regular(dirfd(directory), entry->d_name, &fd) < 0 || !is_wanted(fd, mark))
			continue;
		*ret_fd = TAKE_FD(fd);
		return 0;
	}
	return -ENOENT;
}

int rotation_find_renamed(const char *path, const struct mark *mark, int *ret_fd)
{
	return search(path, mark, mark->inode, is_renamed, ret_fd);
}

int rotation_find_copy(
	struct rotation *rotation, const char *path, const struct mark *mark, int *ret_fd)
{
	for (size_t i = 0; i < rotation->n; i++) {
		if (!is_copy(rotation->held[i].fd, mark))
			continue;
		*ret_fd = TAKE_FD(rotation->held[i].fd);
		let_go(rotation, i);
		return 0;
	}
	return search(path, mark, 0, is_copy, ret_fd);
}
