/* A file is only closed while it still has a name of its own by which it can be opened again, and
 * while the directory of that name is watched for changes of content. A file that was renamed is
 * only closed when it is read to its end; the event of a change shows its name. */
#include "config.h"

#include "source/files/files-state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "source/files/disk/glob.h"
#include "source/files/disk/paths.h"
#include "source/files/disk/rotation-names.h"
#include "source/files/disk/status.h"
#include "source/files/disk/symlink.h"
#include "source/files/files-options.h"
#include "source/files/held-files.h"

enum {
	RESERVE_MAX = 32, /* descriptors that are kept for other uses */
	OPEN_MIN = 16,    /* files that may be open however short descriptors are */
	TRIES_MAX = 64,   /* files that are looked at for one that can be closed */
	SAVE_PAUSE_USEC = 100 * 1000,
	SAVE_PAUSE_FACTOR = 4,
};

int files_state_init(
	struct files_state *state, const char *name, const struct files_options *options)
{
	int r;

	*state = (struct files_state){
		.name = name,
		.options = options,
		.open_max = FILES_OPEN_MAX,
		.poll_usec = UINT64_MAX,
		.watch.fd = -1,
	};
	r = followed_init(&state->table);
	return r < 0 ? r : watch_open(&state->watch);
}

void files_state_done(struct files_state *state)
{
	if (state->scanning)
		glob_scan_done(&state->scan);
	followed_done(&state->table);
	held_files_done(&state->held);
	watch_close(&state->watch);
	complaints_done(&state->complaints);
	saved_done(&state->saved);
	reports_done(&state->reports);
}

/* --- descriptors --- */

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

/* Files may need more descriptors than there are, but must not use all: without the last ones no
 * position could be saved and no sink could connect. */
static int check_reserve(int fd)
{
	struct rlimit limit;
	rlim_t reserve;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	reserve = limit.rlim_cur / 4 < RESERVE_MAX ? limit.rlim_cur / 4 : RESERVE_MAX;
	return (rlim_t)fd >= limit.rlim_cur - reserve ? -EMFILE : 0;
}

static int open_regular(int directory, const char *path, int *ret_fd)
{
	CLEANUP(closep)
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EISDIR;
	if (is_compressed(fd))
		return -EMEDIUMTYPE;
	r = check_reserve(fd);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Whether nothing of the file is left to read: other content may have the same size. */
static bool is_read(const struct followed *file)
{
	struct tail tail = file->tail;
	struct file_status status;

	return status_of_fd(tail.fd, &status) == 0 &&
	       status.size == tail.position.offset + tail.n_held && tail_check(&tail) == 0;
}

/* Whether the file was renamed and nothing of it is left to read: an event shows its other name if
 * it is still written to. */
static bool is_set_aside(const struct files_state *state, const struct followed *file)
{
	return file->name == FOLLOWED_UNNAMED && file->tail.n_held == 0 && !state->is_blind &&
	       is_read(file);
}

/* The name by which the file can be found. Returns false if it has none. */
static bool find_name(const struct files_state *state, const struct followed *file, char *ret)
{
	char link[32];
	ssize_t n;

	if (file->name == FOLLOWED_NAMED)
		return snprintf(ret, PATH_MAX, "%s", file->path) < PATH_MAX;
	if (!is_set_aside(state, file))
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", file->tail.fd);
	n = readlink(link, ret, PATH_MAX - 1);
	ret[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Whether a name of the file can open it again, and changes are noticed meanwhile. */
static bool is_closable(struct files_state *state, const struct followed *file)
{
	struct file_status status;
	char path[PATH_MAX], directory[PATH_MAX];

	if (file->state != FOLLOWED_READING || !find_name(state, file, path) ||
		status_of_link(path, &status) < 0)
		return false;
	if (!S_ISREG(status.mode) || status.n_links != 1 || !followed_has_status(file, &status))
		return false;
	if (!path_directory(path, directory) ||
		(!state->is_blind && watch_contents(&state->watch, directory) < 0))
		return false;
	/* From here on, its directory has the events. */
	return file->name == FOLLOWED_NAMED || is_read(file);
}

/* Close the file, which is known by its name and its position from now on. */
static void close_file(struct files_state *state, struct followed *file)
{
	struct file_status status;

	if (status_of_fd(file->tail.fd, &status) == 0)
		file->modified_usec = status.modified_usec;
	/* A renamed file was read. Events of its watch that were not handled yet are lost with the
	 * watch. */
	if (file->name != FOLLOWED_NAMED) {
		followed_list_remove(&state->table, FOLLOWED_QUEUE, file);
		followed_list_remove(&state->table, FOLLOWED_UNSAVED, file);
	} else if (file->state == FOLLOWED_READING && !is_read(file)) {
		followed_list_add(&state->table, FOLLOWED_QUEUE, file);
	}
	watch_remove_file(&state->watch, file->wd);
	followed_set_watch(&state->table, file, -1);
	tail_close(&file->tail);
	followed_update(&state->table, file);
}

/* Close files until there is room for one more, the longest unused first. */
static void make_room(struct files_state *state, size_t max)
{
	struct followed_table *table = &state->table;

	for (unsigned i = 0; i < TRIES_MAX && table->n_open >= max; i++) {
		struct followed *file = followed_first(table, FOLLOWED_OPEN);

		if (!file)
			return;
		if (is_closable(state, file))
			close_file(state, file);
		else
			followed_list_add(table, FOLLOWED_OPEN, file);
	}
}

int files_state_open_path(struct files_state *state, int directory, const char *path, int *ret_fd)
{
	int r;

	make_room(state, state->open_max);
	r = open_regular(directory, path, ret_fd);
	if (r != -EMFILE && r != -ENFILE)
		return r;
	held_files_done(&state->held);
	/* Other parts of the program need descriptors, too: this source has fewer from now on. */
	if (state->table.n_open < OPEN_MIN)
		return r;
	state->open_max = state->table.n_open - state->table.n_open / 4;
	make_room(state, state->open_max);
	return open_regular(directory, path, ret_fd);
}

static void watch_file(struct files_state *state, struct followed *file)
{
	int wd;

	if (file->wd < 0 && watch_add_file(&state->watch, file->tail.fd, &wd) == 0)
		followed_set_watch(&state->table, file, wd);
}

int files_state_take(struct files_state *state, struct followed *file, int fd)
{
	int r;

	assert(file->tail.fd < 0);
	r = tail_reopen(&file->tail, fd);
	if (r < 0)
		return r;
	if (r == 0)
		r = followed_check_reached(file);
	file->is_unread = false;
	file->is_verified |= r == 0;
	watch_file(state, file);
	followed_update(&state->table, file);
	return r;
}

int files_state_open(struct files_state *state, struct followed *file)
{
	CLEANUP(closep) int fd = -1;
	struct file_status status;
	int r;

	if (file->tail.fd >= 0)
		return 0;
	r = files_state_open_path(state, AT_FDCWD, file->path, &fd);
	if (r < 0)
		return r == -ENOTDIR ? -ENOENT : r;
	if (status_of_fd(fd, &status) < 0 || !followed_has_status(file, &status))
		return -ENOENT;
	if (file->is_unreadable)
		reports_note(&state->reports, REPORT_READABLE, file->path, NULL, 0);
	followed_set_unreadable(&state->table, file, false);
	r = files_state_take(state, file, TAKE_FD(fd));
	if (r == 0)
		(void)complaints_remove(&state->complaints, file->path);
	return r;
}

/* The file of this state for that of another one. A file whose position was never saved came after
 * the start, and is read from its beginning. */
static int find_heir(struct files_state *state, const struct followed *file, struct followed **ret)
{
	struct file_position start = file->tail.position;
	int r = 0;

	*ret = followed_find(&state->table, start.device, start.inode);
	if (*ret)
		return 0;
	position_rewind(&start);
	r = followed_add(&state->table, &start, file->path, ret);
	if (r == 0)
		(*ret)->state = FOLLOWED_READING;
	return r;
}

static int inherit_file(struct files_state *state, const struct followed *file, bool is_gone)
{
	CLEANUP(closep) int fd = fcntl(file->tail.fd, F_DUPFD_CLOEXEC, 0);
	struct followed *heir = NULL;
	int r = find_heir(state, file, &heir);

	if (r < 0 || fd < 0 || heir->tail.fd >= 0)
		return r;
	/* What does not fit is searched for by its position, as at any start. */
	if (files_state_take(state, heir, TAKE_FD(fd)) < 0)
		return 0;
	heir->name = is_gone ? FOLLOWED_GONE : FOLLOWED_UNNAMED;
	files_state_keep(state, heir);
	files_state_queue(state, heir);
	return 0;
}

int files_state_inherit(struct files_state *state, struct files_state *before)
{
	struct file_status status;
	struct followed *file;
	int r = 0;

	for (file = followed_first(&before->table, FOLLOWED_ALL); file && r == 0;
		file = followed_next(file, FOLLOWED_ALL)) {
		bool is_gone;

		if (file->tail.fd < 0 || status_of_fd(file->tail.fd, &status) < 0)
			continue;
		is_gone = status.n_links == 0;
		if (file->state == FOLLOWED_READING && (is_gone || file->name != FOLLOWED_NAMED))
			r = inherit_file(state, file, is_gone);
		tail_close(&file->tail);
		followed_update(&before->table, file);
	}
	return r;
}

void files_state_search(struct files_state *state, struct followed *file)
{
	assert(file->tail.fd < 0);
	file->is_unread = true;
	followed_list_remove(&state->table, FOLLOWED_QUEUE, file);
	followed_list_add(&state->table, FOLLOWED_LOST, file);
	state->search_due = true;
}

bool files_state_set_aside(
	struct files_state *state, struct followed *file, const char *directory, uint64_t size)
{
	if (file->is_unread || size != file->tail.position.offset || file->tail.n_held > 0 ||
		state->is_blind || watch_contents(&state->watch, directory) < 0)
		return false;
	file->name = FOLLOWED_UNNAMED;
	file->is_rotated = true;
	files_state_keep(state, file);
	return true;
}

void files_state_check_aside(struct files_state *state, const char *path)
{
	CLEANUP(closep) int fd = -1;
	struct file_status status;
	struct followed *file;
	int r;

	if (!followed_first(&state->table, FOLLOWED_LEAVING) || status_of_link(path, &status) < 0)
		return;
	file = followed_find_status(&state->table, &status);
	if (!file || file->name != FOLLOWED_UNNAMED || file->state != FOLLOWED_READING ||
		file->tail.fd >= 0 || followed_is_in(file, FOLLOWED_LOST) ||
		status.size == file->tail.position.offset)
		return;
	r = files_state_open_path(state, AT_FDCWD, path, &fd);
	/* Another file may have its inode by now. */
	if (r == 0 && (status_of_fd(fd, &status) < 0 || !followed_has_status(file, &status) ||
			      !tail_fits(fd, &file->tail.position) ||
			      (file->tail.position.head.len == 0 &&
				      !rotation_names_match(file->path, path))))
		return;
	if (r == 0)
		r = files_state_take(state, file, TAKE_FD(fd));
	if (r >= 0) {
		files_state_keep(state, file);
		files_state_queue(state, file);
		return;
	}
	files_state_search(state, file);
	if (io_is_shortage(r))
		files_state_run_short(state, r);
}

/* --- what becomes of a file --- */

void files_state_read(struct files_state *state, struct followed *file)
{
	followed_list_remove(&state->table, FOLLOWED_NOTED, file);
	followed_list_remove(&state->table, FOLLOWED_WAITERS, file);
	file->state = FOLLOWED_READING;
	followed_refer(&state->table, &file->original, NULL);
	/* From here on, its position is to be saved. */
	file->tail.position_changed = true;
	followed_update(&state->table, file);
	followed_list_add(&state->table, FOLLOWED_QUEUE, file);
}

void files_state_queue(struct files_state *state, struct followed *file)
{
	int r = 0;

	file->asked = 0;
	followed_list_add(&state->table, FOLLOWED_QUEUE, file);
	if (file->tail.fd < 0 && state->table.n_open < state->open_max)
		r = files_state_open(state, file);
	if (io_is_shortage(r))
		files_state_run_short(state, r);
	if (r == TAIL_TRUNCATED)
		followed_list_add(&state->table, FOLLOWED_CUT, file);
}

void files_state_keep(struct files_state *state, struct followed *file)
{
	uint64_t now_usec = files_state_now();

	if (file->name != FOLLOWED_UNNAMED && file->name != FOLLOWED_GONE)
		return;
	file->leave_usec = now_usec + (file->name == FOLLOWED_GONE ? FILES_STATE_GONE_USEC
								   : FILES_STATE_LEAVE_USEC);
	followed_list_add(&state->table, FOLLOWED_LEAVING, file);
}

void files_state_await(struct files_state *state, struct followed *file)
{
	assert(file->tail.fd < 0 && file->state == FOLLOWED_READING);
	followed_list_remove(&state->table, FOLLOWED_LOST, file);
	file->name = FOLLOWED_UNNAMED;
	files_state_keep(state, file);
	reports_note(&state->reports, REPORT_AWAY, file->path, NULL, 0);
}

void files_state_await_rest(struct files_state *state, struct followed *file)
{
	uint64_t end = file->tail.position.offset + file->tail.n_held;

	if (file->tail.n_held == 0 || (file->name == FOLLOWED_NAMED && !file->is_rotated)) {
		followed_list_remove(&state->table, FOLLOWED_RESTS, file);
		return;
	}
	if (followed_is_in(file, FOLLOWED_RESTS) && file->rest_end == end)
		return;
	file->rest_end = end;
	file->rest_usec = files_state_now() + FILES_STATE_REST_USEC;
	followed_list_add(&state->table, FOLLOWED_RESTS, file);
}

/* It can only be found by a search, if at all. */
static void note_lost(struct files_state *state, struct followed *file, bool is_removed)
{
	bool is_unread = file->name == FOLLOWED_SAVED || followed_is_in(file, FOLLOWED_QUEUE) ||
			 followed_is_in(file, FOLLOWED_UNSAVED) ||
			 followed_is_in(file, FOLLOWED_TRUNCATED);

	if (is_removed && !is_unread) {
		files_state_finish(state, file);
		return;
	}
	file->is_unread = is_unread;
	followed_list_remove(&state->table, FOLLOWED_QUEUE, file);
	followed_list_remove(&state->table, FOLLOWED_TRUNCATED, file);
	followed_list_add(&state->table, FOLLOWED_LOST, file);
	state->search_due = true;
}

/* Whether another name leads to the open file. Nothing was noticed of it. */
static bool has_other_names(const struct followed *file, bool is_removed)
{
	struct file_status status;

	return status_of_fd(file->tail.fd, &status) == 0 && status.n_links > (is_removed ? 0 : 1);
}

void files_state_unname(struct files_state *state, struct followed *file, bool is_removed)
{
	assert(file->state != FOLLOWED_FINISHED);
	assert(file->state != FOLLOWED_NEW || file->tail.fd < 0);
	if (file->name == FOLLOWED_UNNAMED || file->name == FOLLOWED_GONE)
		return;
	if (file->state == FOLLOWED_NEW) {
		followed_free(&state->table, file);
		return;
	}
	if (file->tail.fd < 0) {
		note_lost(state, file, is_removed);
		return;
	}
	file->name = FOLLOWED_UNNAMED;
	state->dirty |= has_other_names(file, is_removed);
	files_state_keep(state, file);
	files_state_await_rest(state, file);
}

void files_state_finish(struct files_state *state, struct followed *file)
{
	watch_remove_file(&state->watch, file->wd);
	followed_finish(&state->table, file);
	/* There is room for one that was left out. */
	state->dirty |= state->n_left_out > 0;
}

void files_state_replace(struct files_state *state, struct followed *file, struct followed *other)
{
	watch_remove_file(&state->watch, file->wd);
	followed_replace(&state->table, file, other);
}

void files_state_read_saved(struct files_state *state, struct followed *file)
{
	files_state_read(state, file);
	followed_list_remove(&state->table, FOLLOWED_QUEUE, file);
	followed_list_add(&state->table, FOLLOWED_UNSAVED, file);
	state->is_save_due = true;
}

/* Between two saves that truncations cause. One takes the longer, the more files there are, and
 * waits until the sink has everything: whoever truncates a log in a loop must not hold up the
 * others. */
static uint64_t save_pause(uint64_t took_usec)
{
	uint64_t pause = took_usec * SAVE_PAUSE_FACTOR;

	return pause > SAVE_PAUSE_USEC ? pause : SAVE_PAUSE_USEC;
}

bool files_state_begin_save(struct files_state *state)
{
	uint64_t now_usec = files_state_now();
	struct followed *file;

	if (state->is_saving)
		state->save_usec = now_usec + save_pause(now_usec - state->save_usec);
	state->is_saving = false;
	if (!state->is_save_due || now_usec < state->save_usec)
		return false;
	state->is_save_due = false;
	state->is_saving = true;
	state->save_usec = now_usec;
	while ((file = followed_first(&state->table, FOLLOWED_UNSAVED))) {
		followed_list_remove(&state->table, FOLLOWED_UNSAVED, file);
		if (!followed_is_in(file, FOLLOWED_LOST))
			followed_list_add(&state->table, FOLLOWED_QUEUE, file);
	}
	return true;
}

void files_state_pass_over(
	struct files_state *state, struct followed *file, const struct followed *original)
{
	state->n_copies++;
	state->is_save_due = true;
	reports_note(&state->reports, REPORT_COPY, file->path, original->path, 0);
}

void files_state_lose(struct files_state *state, struct followed *file)
{
	reports_note(&state->reports, REPORT_LOST, file->path, NULL, 0);
	files_state_finish(state, file);
}

/* --- trouble --- */

bool files_state_may_complain(struct files_state *state, const char *path)
{
	bool is_first = complaints_add(&state->complaints, path);

	if (is_first && state->complaints.n == COMPLAINTS_MAX)
		log_warning("source %s: %d paths cannot be followed, further ones are not reported",
			state->name, COMPLAINTS_MAX);
	return is_first;
}

void files_state_complain(const char *path, void *userdata)
{
	struct files_state *state = userdata;
	uint64_t hash = text_hash(TEXT_HASH_START, text_of(path));
	int error = errno;

	/* A directory may fail to be watched and to be read. */
	state->n_troubled_now += hash != state->troubled;
	state->troubled = hash;
	if (!files_state_may_complain(state, path))
		return;
	errno = error;
	log_warning("source %s: cannot read '%s': %m, retrying when it changes%s", state->name,
		path,
		error == EACCES ? "; add a group that may read it to SupplementaryGroups= of the "
				  "service"
				: "");
}

void files_state_refuse(struct files_state *state, struct followed *file, int error)
{
	if (!file->is_unreadable)
		reports_note(&state->reports, REPORT_UNREADABLE, file->path, NULL, -error);
	followed_set_unreadable(&state->table, file, true);
}

void files_state_run_short(struct files_state *state, int error)
{
	state->short_of_resources = true;
	files_state_poll(state);
	if (state->short_logged)
		return;
	errno = -error;
	log_warning("source %s: cannot read some files for now: %m, retrying every second",
		state->name);
	state->short_logged = true;
}

void files_state_poll(struct files_state *state)
{
	uint64_t next_usec = files_state_now() + FILES_STATE_POLL_USEC;

	if (next_usec < state->poll_usec)
		state->poll_usec = next_usec;
}

void files_state_check_shortage(struct files_state *state)
{
	if (!state->short_logged || state->short_of_resources || state->table.n_put_off > 0)
		return;
	log_notice("source %s: the shortage is over, all files are read again", state->name);
	state->short_logged = false;
}
