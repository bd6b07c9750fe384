/* logrotate's copytruncate copies a file and then empties it. What had not been read by then stands
 * in the copy, so the copy is looked for by its content. */
#include "config.h"

#include "source/files/unread.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "source/files/copies.h"
#include "source/files/disk/complaints.h"
#include "source/files/files-state.h"

int rest_follow(struct pursuit *pursuit, int fd, const char *path, const struct mark *mark,
	struct followed **ret)
{
	struct followed *file = NULL;
	int r = follow_add(&pursuit->follow, fd, path, &file);

	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	if (tail_resume(&file->tail, mark) != 0) {
		pursuit_drop(pursuit, file);
		return -ENOENT;
	}
	file->born_usec = file->since_usec = rotation_born_usec(fd);
	file->leave_usec = pursuit_now() + PURSUIT_LEAVE_USEC;
	follow_queue(&pursuit->follow, file);
	pursuit_watch(pursuit, file);
	*ret = file;
	return 0;
}

/* Whether the file is followed, or was, so that it is read on its own. */
static bool is_known(struct pursuit *pursuit, int fd)
{
	char stream[MARK_STREAM_SIZE];
	struct stat status;

	if (fstat(fd, &status) < 0)
		return false;
	mark_print_stream(
		&(struct mark){ .device = status.st_dev, .inode = status.st_ino }, stream);
	return follow_find(&pursuit->follow, status.st_dev, status.st_ino) ||
	       saved_fits(&pursuit->saved, text_of(stream), fd);
}

static uint64_t size_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* Find the rest of a file that was truncated at the mark, in the longest copy; NULL = there is none
 * to be found. Returns 0 or a shortage, of descriptors before anything is decided. */
static int find_rest(struct pursuit *pursuit, struct followed *file, const struct mark *mark,
	struct followed **ret)
{
	CLEANUP(closep) int fd = -1;
	struct followed *other;
	int r = rotation_find_copy(
		&pursuit->rotation, &pursuit->follow, file->path, mark, file->since_usec, &fd);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret = suspect_judge(&pursuit->follow, file, mark, pursuit_now());
	if (r < 0 || is_known(pursuit, fd) || (*ret && size_of((*ret)->tail.fd) >= size_of(fd)))
		return 0;
	r = rest_follow(pursuit, TAKE_FD(fd), file->path, mark, &other);
	if (r < 0)
		return trouble_is_shortage(r) ? r : 0;
	if (*ret)
		suspect_give_way(&pursuit->follow, *ret);
	file->former_found = true;
	pursuit->dirty |= other->wd < 0;
	*ret = other;
	return 0;
}

int rest_restart(struct pursuit *pursuit, struct followed *file, const struct mark *mark)
{
	struct followed *rest = NULL;
	struct stat status;
	int r = find_rest(pursuit, file, mark, &rest);

	if (r < 0)
		return r;
	tail_restart(&file->tail);
	(void)tail_check(&file->tail);
	file->truncated = false;
	if (fstat(file->tail.fd, &status) == 0)
		file->since_usec = (uint64_t)status.st_mtim.tv_sec * 1000000 +
				   (uint64_t)status.st_mtim.tv_nsec / 1000;
	file->before = rest;
	file->put_off = false;
	follow_queue(&pursuit->follow, file);
	return 0;
}
