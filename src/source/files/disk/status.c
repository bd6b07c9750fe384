/* statx(2) alone knows when a file was made. */
#include "config.h"

#include "source/files/disk/status.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static uint64_t to_usec(struct statx_timestamp time)
{
	return time.tv_sec < 0 ? 0 : (uint64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static int get_status(int directory, const char *path, int flags, struct file_status *ret)
{
	struct statx status;

	if (statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &status) < 0)
		return -errno;
	*ret = (struct file_status){
		.device = makedev(status.stx_dev_major, status.stx_dev_minor),
		.inode = (ino_t)status.stx_ino,
		.mode = status.stx_mode,
		.n_links = status.stx_nlink,
		.size = status.stx_size,
		.modified_usec = to_usec(status.stx_mtime),
		.changed_usec = to_usec(status.stx_ctime),
		.born_usec = status.stx_mask & STATX_BTIME ? to_usec(status.stx_btime) : 0,
	};
	return 0;
}

int status_of_fd(int fd, struct file_status *ret)
{
	return get_status(fd, "", AT_EMPTY_PATH, ret);
}

uint64_t status_size_of_fd(int fd)
{
	struct file_status status = { 0 };

	return status_of_fd(fd, &status) == 0 ? status.size : 0;
}

int status_of_path(const char *path, struct file_status *ret)
{
	return get_status(AT_FDCWD, path, 0, ret);
}

int status_of_link(const char *path, struct file_status *ret)
{
	return get_status(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, ret);
}
