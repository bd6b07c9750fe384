/* The search does not go by names: logrotate alone can name the old file in a dozen ways. */
#include "config.h"

#include "source/files/find-rotated.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"
#include "source/files/disk/symlink.h"
#include "source/files/tail.h"

enum { YOUNG_USEC = 2 * 1000 * 1000 };

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

/* logrotate makes a file first and sets its mode a moment later, so the file is looked at again
 * before an error is reported. */
bool rotation_is_young(const char *path)
{
	struct stat status;
	uint64_t now_usec = io_now_usec(CLOCK_REALTIME);

	return stat(path, &status) == 0 &&
	       (uint64_t)status.st_ctim.tv_sec * 1000000 + YOUNG_USEC > now_usec;
}

/* --- files that are held --- */

static void close_held(struct rotation *rotation, size_t i)
{
	assert(i < rotation->n);
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
		close_held(rotation, 0);
	/* They expire from the front. */
	assert(rotation->n < ROTATION_HELD_MAX);
	assert(rotation->n == 0 || rotation->held[rotation->n - 1].until_usec <= until_usec);
	rotation->held[rotation->n++] = (struct rotation_held){ fd, until_usec };
}

uint64_t rotation_expire(struct rotation *rotation, uint64_t now_usec)
{
	while (rotation->n > 0 && rotation->held[0].until_usec <= now_usec)
		close_held(rotation, 0);
	return rotation->n > 0 ? rotation->held[0].until_usec : UINT64_MAX;
}

void rotation_done(struct rotation *rotation)
{
	while (rotation->n > 0)
		close_held(rotation, rotation->n - 1);
}

/* --- the search --- */

uint64_t rotation_born_usec(int fd)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &status) < 0 ||
		!(status.stx_mask & STATX_BTIME))
		return 0;
	return (uint64_t)status.stx_btime.tv_sec * 1000000 + status.stx_btime.tv_nsec / 1000;
}

struct rotation_search {
	const struct file_position *position;
	const struct followed_table *table;
	uint64_t since_usec; /* 0 = any time */
	bool renamed;        /* the file itself is looked for, not a copy */
	int fd;              /* of the best file so far; -1 = none */
	uint64_t born_usec;  /* of the best */
	off_t size;          /* of the best */
	int error;           /* why not all files could be looked at; 0 = all were */
};

static void note_error(struct rotation_search *search, int error)
{
	if (io_is_shortage(error) || (search->renamed && error == -EACCES))
		search->error = error;
}

/* The number of a device may change when the machine is restarted, so it is compared only if no
 * better evidence is known. */
static bool is_renamed(int fd, const struct file_position *position)
{
	struct stat status;

	return fstat(fd, &status) == 0 && status.st_ino == position->inode &&
	       (status.st_dev == position->device || position->head.len > 0) &&
	       tail_fits(fd, position);
}

/* If no bytes are known, nothing proves that a file is a copy. */
static bool is_copy(int fd, const struct file_position *position)
{
	struct stat status;

	return fstat(fd, &status) == 0 &&
	       (status.st_ino != position->inode || status.st_dev != position->device) &&
	       tail_fits(fd, position);
}

static bool is_better(const struct rotation_search *search, uint64_t born_usec, off_t size)
{
	if (search->fd < 0 || born_usec != search->born_usec)
		return search->fd < 0 || born_usec > search->born_usec;
	return size > search->size;
}

/* Several files may fit where few bytes were read: older copies begin the same. The newest is the
 * one. */
static void consider_file(struct rotation_search *search, int fd)
{
	uint64_t born_usec = rotation_born_usec(fd);
	struct stat status;
	int copy;

	if (fstat(fd, &status) < 0 || !is_better(search, born_usec, status.st_size))
		return;
	if (born_usec < search->since_usec && born_usec > 0)
		return;
	if (!(search->renamed ? is_renamed : is_copy)(fd, search->position))
		return;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (copy < 0) {
		note_error(search, -errno);
		return;
	}
	(void)close_fd(search->fd);
	search->fd = copy;
	search->born_usec = born_usec;
	search->size = status.st_size;
}

/* Whether the file is worth opening. A copy that is followed is known already. */
static bool is_worth_opening(const struct rotation_search *search, dev_t device, ino_t inode)
{
	if (search->renamed)
		return inode == search->position->inode;
	return !followed_find(search->table, device, inode);
}

static void search_directory(struct rotation_search *search, const char *path)
{
	CLEANUP(closedirp) DIR *directory = opendir(path);
	const struct dirent *entry;
	struct stat status;

	if (!directory)
		note_error(search, -errno);
	if (!directory || fstat(dirfd(directory), &status) < 0)
		return;
	for (size_t i = 0; i < ROTATION_ENTRIES_MAX && (entry = readdir(directory)); i++) {
		CLEANUP(closep) int fd = -1;
		int r;

		if (!is_worth_opening(search, status.st_dev, entry->d_ino))
			continue;
		r = open_regular(dirfd(directory), entry->d_name, &fd);
		if (r == 0)
			consider_file(search, fd);
		else
			note_error(search, r);
	}
}

/* Search the directory of the name, and the directories that a symbolic link of that name leads
 * to. */
static void search_directories(struct rotation_search *search, const char *path)
{
	char at[PATH_MAX], directory[PATH_MAX];
	int n = snprintf(at, sizeof(at), "%s", path);

	if (n < 0 || (size_t)n >= sizeof(at))
		return;
	for (unsigned i = 0; i < SYMLINK_STEPS_MAX && search->fd < 0; i++) {
		memcpy(directory, at, sizeof(directory));
		if (symlink_cut_name(directory))
			search_directory(search, directory);
		if (!symlink_step(at, sizeof(at)))
			break;
	}
}

/* If not all files could be looked at, the one that was found may not be the best. */
static int end_search(struct rotation_search *search, int *ret_fd)
{
	if (search->error < 0) {
		search->fd = close_fd(search->fd);
		return search->error;
	}
	if (search->fd < 0)
		return -ENOENT;
	*ret_fd = search->fd;
	return 0;
}

int rotation_find_renamed(const char *path, const struct file_position *position, int *ret_fd)
{
	struct rotation_search search = { .position = position, .renamed = true, .fd = -1 };

	search_directories(&search, path);
	return end_search(&search, ret_fd);
}

int rotation_find_copy(const struct rotation *rotation, const struct followed_table *table,
	const char *path, const struct file_position *position, uint64_t since_usec, int *ret_fd)
{
	struct rotation_search search = {
		.position = position, .table = table, .since_usec = since_usec, .fd = -1
	};

	if (position->head.len == 0)
		return -ENOENT;
	for (size_t i = 0; i < rotation->n; i++)
		consider_file(&search, rotation->held[i].fd);
	if (search.fd < 0)
		search_directories(&search, path);
	return end_search(&search, ret_fd);
}
