/* logrotate's copytruncate copies a file and then empties it. Lines that were not read by then are
 * in the copy, so becaused looks for the copy by its content. */
#include "config.h"

#include "source/files/unread.h"

#include <assert.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "source/files/copies.h"
#include "source/files/files-state.h"

int unread_follow(struct files_state *state, int fd, const char *path,
	const struct file_position *position, struct followed **ret)
{
	struct followed *file = NULL;
	int r = followed_add(&state->table, fd, path, &file);

	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	if (tail_resume(&file->tail, position) != 0) {
		files_state_drop(state, file);
		return -ENOENT;
	}
	file->born_usec = file->since_usec = rotation_born_usec(fd);
	file->leave_usec = files_state_now() + FILES_STATE_LEAVE_USEC;
	followed_queue(&state->table, file);
	files_state_watch(state, file);
	*ret = file;
	return 0;
}

/* Whether the file is followed, or was, so that it is read on its own. */
static bool is_known(struct files_state *state, int fd)
{
	char stream[POSITION_STREAM_SIZE];
	struct stat status;

	if (fstat(fd, &status) < 0)
		return false;
	position_print_stream(
		&(struct file_position){ .device = status.st_dev, .inode = status.st_ino }, stream);
	return followed_find(&state->table, status.st_dev, status.st_ino) ||
	       saved_fits(&state->saved, text_of(stream), fd);
}

static uint64_t size_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* Find the unread rest of a file that was truncated at the position, in the longest copy; NULL =
 * there is none to be found. Returns 0 or a shortage; a shortage of descriptors is returned before
 * anything is decided. */
static int find_unread(struct files_state *state, struct followed *file,
	const struct file_position *position, struct followed **ret)
{
	CLEANUP(closep) int fd = -1;
	struct followed *other;
	int r = rotation_find_copy(
		&state->rotation, &state->table, file->path, position, file->since_usec, &fd);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret = copies_find_unread(&state->table, file, position, files_state_now());
	if (r < 0 || is_known(state, fd) || (*ret && size_of((*ret)->tail.fd) >= size_of(fd)))
		return 0;
	r = unread_follow(state, TAKE_FD(fd), file->path, position, &other);
	if (r < 0)
		return io_is_shortage(r) ? r : 0;
	if (*ret)
		copies_pass_over(&state->table, *ret);
	file->unread_found = true;
	state->dirty |= other->wd < 0;
	*ret = other;
	return 0;
}

int unread_restart(
	struct files_state *state, struct followed *file, const struct file_position *position)
{
	struct followed *copy = NULL;
	struct stat status;
	int r;

	assert(file->candidate_usec == 0 && position != &file->tail.position);
	r = find_unread(state, file, position, &copy);
	if (r < 0)
		return r;
	assert(copy != file);
	tail_restart(&file->tail);
	(void)tail_check(&file->tail);
	file->truncated = false;
	if (fstat(file->tail.fd, &status) == 0)
		file->since_usec = (uint64_t)status.st_mtim.tv_sec * 1000000 +
				   (uint64_t)status.st_mtim.tv_nsec / 1000;
	file->read_first = copy;
	file->put_off = false;
	followed_queue(&state->table, file);
	return 0;
}
