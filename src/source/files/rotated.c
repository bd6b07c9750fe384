/* A directory is read once for all files that are lost in it. */
#include "config.h"

#include "source/files/rotated.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "source/files/copies.h"
#include "source/files/disk/glob.h"
#include "source/files/disk/paths.h"
#include "source/files/disk/remote.h"
#include "source/files/disk/rotation-names.h"
#include "source/files/disk/status.h"
#include "source/files/disk/symlink.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"

enum { ENTRIES_MAX = 1024 * 1024 }; /* of a directory that are looked at */

static void closedirp(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

struct search {
	struct files_state *state;
	int directory;
	dev_t device;
	char path[PATH_MAX];   /* of the directory */
	char entry[PATH_MAX];  /* of the entry that is looked at */
	const char *name;      /* of the entry; in `entry` */
	struct followed *file; /* the one that is searched for; NULL = all that are lost */
	const char *as;        /* its name in this directory */
	int error;             /* why not all could be looked at; 0 = all were */
};

static void note_error(struct search *search, int error)
{
	if (io_is_shortage(error))
		search->error = error;
}

/* --- one entry of a directory --- */

/* Whether the compressed file behind `fd` holds as many bytes as were read: gzip notes the size of
 * what it has compressed (RFC 1952 section 2.3.1), in its last four bytes. */
static bool is_complete(int fd, const struct file_position *position)
{
	unsigned char magic[2], size[4];
	struct file_status status;

	return status_of_fd(fd, &status) == 0 && status.size > sizeof(magic) + sizeof(size) &&
	       pread(fd, magic, sizeof(magic), 0) == sizeof(magic) && magic[0] == 0x1f &&
	       magic[1] == 0x8b &&
	       pread(fd, size, sizeof(size), (off_t)(status.size - sizeof(size))) == sizeof(size) &&
	       ((uint32_t)size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 |
		       (uint32_t)size[3] << 24) == (uint32_t)position->offset;
}

static void consider_compressed(struct search *search, struct followed *file)
{
	CLEANUP(closep)
	int fd = openat(search->directory, search->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		note_error(search, -errno);
	else
		file->copy.is_complete |=
			is_complete(fd, file->reached ? file->reached : &file->tail.position);
}

/* Of several copies the newest is the one; of those made in one tick of the clock, the longest. */
static bool is_better(const struct followed_copy *copy, const struct file_status *status)
{
	if (!copy->path || status->born_usec != copy->born_usec)
		return !copy->path || status->born_usec > copy->born_usec;
	return status->size > copy->size;
}

/* Whether the file behind `fd` is a known one. A lost file may have had its inode before. */
static bool is_known(const struct search *search, int fd, const struct file_status *status)
{
	const struct followed *holder = followed_find_status(&search->state->table, status);

	return holder && (!followed_is_in(holder, FOLLOWED_LOST) ||
				 (holder->tail.position.head.len > 0 &&
					 tail_fits(fd, &holder->tail.position)));
}

/* Note the entry as a copy of the file, if it fits and is better than what was found. Returns
 * whether it is. */
static bool consider_copy(struct search *search, struct followed *file, int fd, const char *path)
{
	struct file_status status;
	char *own;

	if (status_of_fd(fd, &status) < 0 || !is_better(&file->copy, &status) ||
		(status.born_usec > 0 && status.born_usec < file->since_usec) ||
		!followed_had_name(&search->state->table, file, status.born_usec) ||
		is_known(search, fd, &status) || !tail_fits(fd, &file->tail.position) ||
		!followed_may_have_copy(file, fd))
		return false;
	own = strdup(path);
	if (!own) {
		note_error(search, -ENOMEM);
		return false;
	}
	free(file->copy.path);
	file->copy.path = own;
	file->copy.born_usec = status.born_usec;
	file->copy.size = status.size;
	return true;
}

static void consider_for(struct search *search, struct followed *file)
{
	CLEANUP(closep) int fd = -1;
	int r;

	/* If no bytes are known, nothing proves that a file is a copy. */
	if (file->tail.position.head.len == 0)
		return;
	if (glob_is_compressed(search->entry)) {
		consider_compressed(search, file);
		return;
	}
	r = files_state_open_path(search->state, search->directory, search->name, &fd);
	if (r == 0)
		(void)consider_copy(search, file, fd, search->entry);
	note_error(search, r);
}

static bool is_searched_for(const struct followed *file)
{
	return followed_is_in(file, FOLLOWED_LOST) || followed_is_in(file, FOLLOWED_TRUNCATED) ||
	       followed_is_in(file, FOLLOWED_CUT);
}

static void consider_original(const char *original, void *userdata)
{
	struct search *search = userdata;
	struct followed *file = NULL;

	if (search->file) {
		if (strcmp(original, search->as) == 0)
			consider_for(search, search->file);
		return;
	}
	while ((file = followed_next_path(&search->state->table, original, file)))
		if (is_searched_for(file))
			consider_for(search, file);
}

/* Whether a lost file with the inode of the entry may be the entry. The number of a device may
 * change when the machine is restarted, so it counts only where no content is known; then the name
 * counts, too. */
static bool may_be_renamed(const struct search *search, const struct followed *file)
{
	const char *name = search->file ? search->as : file->path;

	if (!followed_is_in(file, FOLLOWED_LOST) || (search->file && file != search->file))
		return false;
	return file->tail.position.head.len > 0 ||
	       (file->tail.position.device == search->device &&
		       rotation_names_match(name, search->entry));
}

/* Read the file behind `fd`, which is taken over, from the position on. No name that matches leads
 * to it. Returns 0 or a negative errno: -ENOENT when it does not fit. */
static int follow(struct files_state *state, int fd, const char *path,
	const struct file_position *position, struct followed **ret)
{
	CLEANUP(closep) int own = fd;
	struct file_position here = *position;
	struct followed *file = NULL;
	struct file_status status;
	int r = status_of_fd(own, &status);

	if (r < 0)
		return r;
	position_move(&here, status.device, status.inode);
	here.born_usec = status.born_usec;
	r = followed_add(&state->table, &here, path, &file);
	if (r < 0)
		return r;
	file->name = FOLLOWED_UNNAMED;
	file->born_usec = file->since_usec = status.born_usec;
	file->is_rotated = true;
	r = files_state_take(state, file, TAKE_FD(own));
	if (r != 0) {
		files_state_finish(state, file);
		followed_free(&state->table, file);
		return r < 0 ? r : -ENOENT;
	}
	files_state_read(state, file);
	files_state_keep(state, file);
	/* Its name may match. */
	state->dirty |= file->wd < 0;
	*ret = file;
	return 0;
}

/* --- renamed files --- */

/* The lost file is the one behind `fd`, which is taken over, with the same number of the device or
 * another one. Returns 0, or a negative errno: then it stays lost. */
static int take_renamed(struct files_state *state, struct followed *file, int fd, dev_t device)
{
	struct followed *other;
	int r;

	if (device != file->tail.position.device) {
		r = follow(state, fd, file->path, &file->tail.position, &other);
		if (r == 0)
			files_state_replace(state, file, other);
		return r;
	}
	r = files_state_take(state, file, fd);
	if (r < 0)
		return r;
	followed_list_remove(&state->table, FOLLOWED_LOST, file);
	file->name = FOLLOWED_UNNAMED;
	file->is_rotated = true;
	files_state_read(state, file);
	files_state_keep(state, file);
	return 0;
}

/* Whether the entry is the lost file. */
static bool consider_renamed(struct search *search, struct followed *file)
{
	CLEANUP(closep) int fd = -1;
	const struct followed *holder;
	struct file_status status;
	int r = files_state_open_path(search->state, search->directory, search->name, &fd);

	note_error(search, r);
	if (r == -EACCES)
		files_state_refuse(search->state, file, r);
	if (r < 0 || status_of_fd(fd, &status) < 0 || status.inode != file->tail.position.inode ||
		position_is_of_other(&file->tail.position, status.born_usec) ||
		!followed_fits(file, fd))
		return false;
	holder = followed_find_status(&search->state->table, &status);
	if (holder && holder != file)
		return false;
	if (holder && files_state_set_aside(search->state, file, search->path, status.size)) {
		followed_list_remove(&search->state->table, FOLLOWED_LOST, file);
		return true;
	}
	file->tail.position.born_usec = status.born_usec;
	r = take_renamed(search->state, file, TAKE_FD(fd), status.device);
	note_error(search, r);
	return r == 0;
}

static void look_at_entry(struct search *search, const struct dirent *entry)
{
	struct followed_table *table = &search->state->table;
	struct followed *file, *next;

	for (file = followed_next_inode(table, entry->d_ino, NULL); file; file = next) {
		next = followed_next_inode(table, entry->d_ino, file);
		if (may_be_renamed(search, file) && consider_renamed(search, file))
			return;
	}
	rotation_names_visit(search->entry, consider_original, search);
	rotation_names_visit_compressed(search->entry, consider_original, search);
}

/* --- directories --- */

static void search_directory(struct search *search)
{
	CLEANUP(closedirp) DIR *directory = opendir(search->path);
	const struct dirent *entry;
	struct file_status status;

	if (!directory)
		note_error(search, -errno);
	if (!directory || status_of_fd(dirfd(directory), &status) < 0)
		return;
	search->directory = dirfd(directory);
	search->device = status.device;
	for (size_t i = 0; i < ENTRIES_MAX && (entry = readdir(directory)); i++) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			!path_join(search->path, entry->d_name, search->entry))
			continue;
		search->name = strrchr(search->entry, '/') + 1;
		look_at_entry(search, entry);
	}
}

/* Search the directory of the name at `path`. */
static void search_beside(struct search *search, const char *path)
{
	if (path_directory(path, search->path))
		search_directory(search);
}

/* Search the directories that a symbolic link of the name leads to, for this file alone. */
static void search_links(struct search *search, struct followed *file)
{
	char at[PATH_MAX];

	search->file = file;
	search->as = at;
	(void)snprintf(at, sizeof(at), "%s", file->path);
	for (unsigned i = 0; i < SYMLINK_STEPS_MAX && symlink_step(at, sizeof(at)); i++)
		search_beside(search, at);
	search->file = NULL;
	search->as = NULL;
}

/* --- the rest of a truncated file --- */

static void forget_copy(struct followed *file)
{
	free(file->copy.path);
	file->copy = (struct followed_copy){ 0 };
}

struct holding {
	struct files_state *state;
	bool is_known; /* a known file may be the original */
};

static void look_for_original(const char *original, void *userdata)
{
	struct holding *holding = userdata;
	struct followed *file = NULL;

	while ((file = followed_next_path(&holding->state->table, original, file)))
		holding->is_known |= file->state == FOLLOWED_READING;
}

void rotated_hold(struct files_state *state, const char *path)
{
	struct holding holding = { .state = state };
	int fd;

	if (glob_is_compressed(path))
		return;
	rotation_names_visit(path, look_for_original, &holding);
	if (holding.is_known && files_state_open_path(state, AT_FDCWD, path, &fd) == 0)
		held_files_add(&state->held, fd, path, files_state_now());
}

/* The best copy among the files held, if it is better than the one in the directory; -1 = none. The
 * descriptor stays that of the held file. */
static int find_held(struct search *search, struct followed *file)
{
	struct held_files *held = &search->state->held;
	int fd = -1;

	for (size_t i = 0; i < held->n; i++)
		if (rotation_names_match(file->path, held->files[i].path) &&
			consider_copy(search, file, held->files[i].fd, held->files[i].path))
			fd = held->files[i].fd;
	return fd;
}

/* Search for copies of this file alone, unless that was done. Returns 0 or a shortage. */
static int search_copy(struct search *search, struct followed *file)
{
	search->file = file;
	search->as = file->path;
	if (file->is_copy_known)
		return 0;
	forget_copy(file);
	search_beside(search, file->path);
	search_links(search, file);
	return search->error;
}

/* Open the best copy of the file that no file of the table is. Returns 0 with a descriptor, -ENOENT
 * or a shortage. */
static int open_copy(struct files_state *state, struct followed *file, int *ret_fd)
{
	struct search search = { .state = state };
	int fd, r = search_copy(&search, file);

	if (r < 0)
		return r;
	fd = find_held(&search, file);
	if (!file->copy.path)
		return -ENOENT;
	if (fd < 0)
		return files_state_open_path(state, AT_FDCWD, file->copy.path, ret_fd);
	r = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (r < 0)
		return -errno;
	*ret_fd = r;
	return 0;
}

/* The same, also if the copy that was found before has another name by now. */
static int find_copy(struct files_state *state, struct followed *file, int *ret_fd)
{
	CLEANUP(closep) int fd = -1;
	bool is_known = file->is_copy_known;
	int r;

	if (file->tail.position.head.len == 0)
		return -ENOENT;
	r = open_copy(state, file, &fd);
	if (is_known && file->copy.path && !io_is_shortage(r) &&
		(r < 0 || !tail_fits(fd, &file->tail.position))) {
		fd = close_fd(fd);
		file->is_copy_known = false;
		r = open_copy(state, file, &fd);
	}
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

/* Read the unread rest of a file that was truncated or lost at the position, in the longest copy:
 * one of those that wait, or the one behind `fd` (-1 = none), which is taken over. ret: the copy;
 * NULL = there is none. Returns 0, or a shortage: then nothing has changed. */
static int read_rest(struct files_state *state, struct followed *file, int fd,
	const struct file_position *position, struct followed **ret)
{
	CLEANUP(closep) int own = fd;
	const struct followed *waiting = copies_find(state, file, position);
	struct followed *other = NULL;
	int r = 0;

	if (own >= 0 && (!waiting || status_size_of_fd(waiting->tail.fd) < status_size_of_fd(own)))
		r = follow(state, TAKE_FD(own), file->path, position, &other);
	if (io_is_shortage(r))
		return r;
	*ret = copies_prove(state, file, position, other);
	return 0;
}

int rotated_restart(struct files_state *state, struct followed *file)
{
	struct file_position position = file->tail.position;
	struct followed *copy = NULL;
	struct file_status status;
	uint64_t content_usec;
	int fd = -1;
	int r = find_copy(state, file, &fd);

	file->is_copy_known = false;
	forget_copy(file);
	if (io_is_shortage(r))
		return r;
	r = read_rest(state, file, fd, &position, &copy);
	if (r < 0)
		return r;
	followed_list_remove(&state->table, FOLLOWED_RESTS, file);
	content_usec = followed_later_content(file);
	tail_restart(&file->tail);
	if (content_usec > 0)
		file->tail.position.content_usec = content_usec;
	followed_forget_reached(file);
	(void)tail_check(&file->tail);
	file->is_verified = true;
	if (status_of_fd(file->tail.fd, &status) == 0)
		file->since_usec = status.modified_usec;
	followed_refer(&state->table, &file->read_first, copy);
	followed_put_off(&state->table, file, false);
	files_state_read_saved(state, file);
	return 0;
}

/* --- searching for many files at once --- */

static size_t directory_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool are_together(const struct followed *left, const struct followed *right)
{
	size_t len = directory_len(left->path);

	return len == directory_len(right->path) && memcmp(left->path, right->path, len) == 0;
}

/* By directory. */
static int compare_directories(const void *a, const void *b)
{
	const struct followed *left = *(struct followed *const *)a;
	const struct followed *right = *(struct followed *const *)b;
	size_t left_len = directory_len(left->path), right_len = directory_len(right->path);

	if (left_len != right_len)
		return left_len < right_len ? -1 : 1;
	return memcmp(left->path, right->path, left_len);
}

/* The files of a list, those of one directory together. Returns 0 or -ENOMEM. */
static int sort_list(const struct files_state *state, enum followed_list list,
	struct followed ***ret, size_t *ret_n)
{
	int r = followed_list_files(&state->table, list, ret, ret_n);

	if (r == 0 && *ret_n > 0)
		qsort(*ret, *ret_n, sizeof(struct followed *), compare_directories);
	return r;
}

int rotated_find_copies(struct files_state *state, enum followed_list list)
{
	struct search search = { .state = state };
	CLEANUP(freep) struct followed **files = NULL;
	size_t n = 0;
	int r = sort_list(state, list, &files, &n);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		forget_copy(files[i]);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !are_together(files[i - 1], files[i]))
			search_beside(&search, files[i]->path);
		search_links(&search, files[i]);
	}
	for (size_t i = 0; i < n; i++)
		files[i]->is_copy_known = search.error == 0;
	return search.error;
}

/* --- lost files --- */

/* Whether it is to be reported that the file is gone. */
static bool may_have_unread_lines(const struct files_state *state, const struct followed *file)
{
	return file->is_unread && !file->copy.is_complete &&
	       glob_matches(&state->options->paths, file->path);
}

/* Whether the directory of the name is away for now: it was renamed, or its file system is not
 * mounted. In an overlay, files may have another device than their directory. */
static bool is_directory_away(const struct followed *file)
{
	struct file_status status;
	char directory[PATH_MAX];

	if (!path_directory(file->path, directory) || status_of_link(file->path, &status) == 0)
		return false;
	return status_of_path(directory, &status) < 0 ||
	       (status.device != file->tail.position.device && !remote_is_overlay(directory));
}

/* Decide on a lost file after the search. Returns 0, or a shortage. */
static int settle(struct files_state *state, struct followed *file)
{
	struct file_position position = file->tail.position;
	struct followed *copy = NULL;
	int fd = -1;
	int r = 0;

	if (file->copy.path)
		r = files_state_open_path(state, AT_FDCWD, file->copy.path, &fd);
	if (io_is_shortage(r))
		return r;
	r = read_rest(state, file, fd, &position, &copy);
	if (io_is_shortage(r))
		return r;
	if (copy)
		files_state_replace(state, file, copy);
	else if (is_directory_away(file))
		files_state_await(state, file);
	else if (!may_have_unread_lines(state, file))
		files_state_finish(state, file);
	else
		files_state_lose(state, file);
	return 0;
}

/* Settle a file that the search did not find under another name. error: of the search. */
static void end_search(struct files_state *state, struct followed *file, int error)
{
	int r = error;

	if (r == 0 && !file->is_unreadable)
		r = settle(state, file);
	if (r < 0)
		files_state_run_short(state, r);
	forget_copy(file);
}

void rotated_search(struct files_state *state)
{
	CLEANUP(freep) struct followed **files = NULL;
	struct search search = { .state = state };
	bool is_searched = false;
	size_t n = 0;
	int r = sort_list(state, FOLLOWED_LOST, &files, &n);

	state->search_due = r < 0;
	if (r < 0) {
		files_state_run_short(state, r);
		return;
	}
	for (size_t i = 0; i < n; i++)
		forget_copy(files[i]);
	for (size_t i = 0; i < n; i++) {
		is_searched &= i > 0 && are_together(files[i - 1], files[i]);
		if (!followed_is_in(files[i], FOLLOWED_LOST))
			continue;
		if (!is_searched)
			search_beside(&search, files[i]->path);
		is_searched = true;
		if (followed_is_in(files[i], FOLLOWED_LOST))
			search_links(&search, files[i]);
		if (followed_is_in(files[i], FOLLOWED_LOST))
			end_search(state, files[i], search.error);
	}
}
