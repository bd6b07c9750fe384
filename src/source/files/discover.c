/* A new file that begins like a followed one may be a copy in the making. It becomes a candidate
 * (copies.h), and becaused reads no lines of it until that is decided. */
#include "config.h"

#include "source/files/discover.h"

#include <assert.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "source/files/copies.h"
#include "source/files/disk/complaints.h"
#include "source/files/disk/glob.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"
#include "source/files/missing.h"
#include "source/files/unread.h"

enum { RESERVE_MAX = 32 }; /* descriptors that are kept for other uses */

/* --- files that appear --- */

/* Whether the file existed when the source was started, and was unknown then. If it existed before
 * the last start, too, a glob that matches it is new, not the file. */
static bool is_old(const struct files_state *state, const struct followed *file)
{
	if (state->phase == FILES_PHASE_RUNNING)
		return false;
	/* If the start takes its time, files are made meanwhile. */
	if (state->phase == FILES_PHASE_STARTING && file->born_usec >= state->started)
		return false;
	/* The clock may have been set back since. A file with the name of one that was followed
	 * came after that one. */
	if (saved_has_path(&state->saved, file->path))
		return false;
	return !state->saved.any ||
	       (file->born_usec > 0 && file->born_usec < state->saved.last_started);
}

/* Begin a file that is unknown so far. */
static int begin_new_file(struct files_state *state, struct followed *file)
{
	if (is_old(state, file) && state->options->start == FILES_START_END)
		return tail_seek_end(&file->tail);
	copies_begin(file);
	return 0;
}

/* Resume a file whose position was saved. */
static int resume_saved_file(
	struct files_state *state, struct followed *file, const struct source_position *saved)
{
	struct text path;
	struct file_position position;
	int r;

	if (position_parse(saved->position, &position, &path) < 0) {
		log_warning("source %s: the saved position of '%s' cannot be read, treating the "
			    "file as new",
			state->name, file->path);
		return begin_new_file(state, file);
	}
	if (tail_resume(&file->tail, &position) == 0)
		return followed_was_named(file, path);
	/* If the file was made since then, it may be another one with the inode of the file that
	 * was read. That file may have older copies. */
	if (file->born_usec > state->saved.last_started)
		file->since_usec = 0;
	r = unread_restart(state, file, &position);
	if (r < 0)
		return r;
	/* The file was truncated; but under another name it may be another file that has the inode
	 * now. */
	if (!text_equal(path, text_of(file->path))) {
		followed_unqueue(&state->table, file);
		copies_begin(file);
	}
	return 0;
}

/* Whether this is the file whose position was saved, perhaps truncated. If both name and content
 * differ, it is another file that has the inode now. If the saved file was empty, another name
 * alone may mean that, too. */
static bool is_saved_file(const struct followed *file, const struct source_position *saved)
{
	struct text path;
	struct file_position position;
	struct stat status;

	if (position_parse(saved->position, &position, &path) < 0 ||
		text_equal(path, text_of(file->path)) || fstat(file->tail.fd, &status) < 0)
		return true;
	return status.st_size == 0 ||
	       (position.head.len > 0 && tail_fits(file->tail.fd, &position));
}

static int follow_file(struct files_state *state, int fd, const char *path)
{
	const struct source_position *saved;
	struct followed *file = NULL, *old = followed_find_path(&state->table, path);
	int r = followed_add(&state->table, fd, path, &file);

	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	file->generation = state->generation;
	file->named = true;
	file->read_first = old;
	file->born_usec = file->since_usec = rotation_born_usec(fd);
	saved = saved_find(&state->saved, text_of(file->stream));
	if (saved && !is_saved_file(file, saved))
		saved = NULL;
	if (!saved && state->only_saved) {
		files_state_drop(state, file);
		return 0;
	}
	r = saved ? resume_saved_file(state, file, saved) : begin_new_file(state, file);
	if (r < 0) {
		files_state_drop(state, file);
		return r;
	}
	files_state_watch(state, file);
	if (file->candidate_usec == 0)
		followed_queue(&state->table, file);
	return 0;
}

static void update_followed(struct files_state *state, struct followed *file, const char *path)
{
	struct stat status;

	if (file->generation == state->generation)
		return; /* found under another name */
	file->generation = state->generation;
	file->named = true;
	file->leave_usec = UINT64_MAX;
	assert(!file->finished);
	files_state_watch(state, file);
	/* The file keeps its name as long as the name leads to it. */
	if (stat(file->path, &status) < 0 || status.st_ino != file->tail.position.inode ||
		status.st_dev != file->tail.position.device)
		(void)followed_rename(file, path);
}

static void report_full(struct files_state *state)
{
	if (!state->full && !state->full_logged)
		log_warning("source %s: more than %d files match; the rest is left out",
			state->name, FILES_MAX);
	state->full = state->full_logged = true;
}

/* Files may need more descriptors than there are, but must not use all: without the last ones no
 * position could be saved and no sink could connect. */
static int open_within_reserve(const char *path, int *ret_fd)
{
	CLEANUP(closep) int fd = -1;
	struct rlimit limit;
	rlim_t reserve;
	int r = rotation_open(path, &fd);

	if (r < 0)
		return r;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	reserve = limit.rlim_cur / 4 < RESERVE_MAX ? limit.rlim_cur / 4 : RESERVE_MAX;
	if ((rlim_t)fd >= limit.rlim_cur - reserve)
		return -EMFILE;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static void open_file(struct files_state *state, const char *path)
{
	int fd = -1;
	int r = open_within_reserve(path, &fd);

	if (r == -EISDIR || r == -EMEDIUMTYPE || r == -ENOENT)
		return;
	if (io_is_shortage(r)) {
		files_state_run_short(state, r);
		return;
	}
	if (r < 0) {
		bool is_soon = r == -EACCES && rotation_is_young(path);

		state->watch.blind |= is_soon;
		errno = -r;
		if (!is_soon)
			files_state_complain(path, state);
		return;
	}
	if (complaints_remove(&state->complaints, path))
		log_notice("source %s: '%s' can be read now", state->name, path);
	r = follow_file(state, fd, path);
	if (io_is_shortage(r)) {
		files_state_run_short(state, r);
	} else if (r < 0 && complaints_add(&state->complaints, path)) {
		errno = -r;
		log_error("source %s: cannot follow '%s': %m, ignoring", state->name, path);
	}
}

/* A file that cannot be followed is not opened: the writer of a pipe would notice. */
static bool is_regular(struct files_state *state, const char *path, const struct stat *status)
{
	bool regular = S_ISREG(status->st_mode);

	if (!regular && complaints_add(&state->complaints, path))
		log_warning("source %s: '%s' is not a regular file, ignoring", state->name, path);
	return regular;
}

static bool has_saved_position(const struct files_state *state, const struct stat *status)
{
	char stream[POSITION_STREAM_SIZE];

	position_print_stream(
		&(struct file_position){ .device = status->st_dev, .inode = status->st_ino },
		stream);
	return saved_find(&state->saved, text_of(stream)) != NULL;
}

static void discover_path(const char *path, void *userdata)
{
	struct files_state *state = userdata;
	struct followed *file;
	struct stat status;

	if (glob_is_compressed(path) || stat(path, &status) < 0 ||
		!is_regular(state, path, &status))
		return;
	file = followed_find(&state->table, status.st_dev, status.st_ino);
	if (file) {
		update_followed(state, file, path);
		return;
	}
	if (state->only_saved && !has_saved_position(state, &status))
		return;
	if (state->table.n >= FILES_MAX)
		report_full(state);
	else
		open_file(state, path);
}

/* --- the scan --- */

/* Files that no name leads to any more are kept for a while. */
static void note_unnamed(struct files_state *state)
{
	struct followed *file;

	TAILQ_FOREACH (file, &state->table.all, in_all) {
		state->watch.blind |= !file->finished && file->wd < 0;
		if (file->finished || !file->named || file->generation == state->generation)
			continue;
		file->named = false;
		file->leave_usec = files_state_now() + FILES_STATE_LEAVE_USEC;
	}
}

/* Files and directories that cannot be watched are polled. */
static void check_watches(struct files_state *state)
{
	if (state->watch.exhausted && !state->exhausted_logged)
		log_warning("source %s: the kernel has no inotify watches left for this user "
			    "(fs.inotify.max_user_watches, max_user_instances), looking every "
			    "second",
			state->name);
	state->exhausted_logged = state->watch.exhausted;
	state->poll_usec = state->watch.exhausted || state->watch.blind || state->short_of_resources
				   ? files_state_now() + FILES_STATE_POLL_USEC
				   : UINT64_MAX;
}

static void scan(struct files_state *state)
{
	int r;

	state->generation++;
	state->full = false;
	state->watch.exhausted = state->watch.blind = false;
	r = glob_paths(
		&state->options->paths, &state->watch, discover_path, files_state_complain, state);
	if (r == 0)
		r = copies_look_at_new(&state->table, files_state_now());
	if (r < 0)
		files_state_run_short(state, r);
	/* A name that was not looked at may still exist. */
	if (!state->only_saved && !state->short_of_resources)
		note_unnamed(state);
}

/* First follow the files that were read before, wherever they are now, so that none of their
 * content is taken for new. */
static void scan_at_start(struct files_state *state)
{
	state->only_saved = true;
	scan(state);
	state->only_saved = false;
	if (!state->short_of_resources)
		missing_find_all(state);
	if (!state->short_of_resources)
		scan(state);
	if (!state->short_of_resources)
		state->phase = FILES_PHASE_RUNNING;
}

/* Whether a file was put off; it is looked at again with the others. */
static bool has_put_off_files(const struct files_state *state)
{
	const struct followed *file;

	TAILQ_FOREACH (file, &state->table.all, in_all)
		if (file->put_off && !file->finished)
			return true;
	return false;
}

/* These hold after each look at the files. */
static void check_invariants(const struct files_state *state)
{
	assert(!state->only_saved);
	assert(!state->full || state->full_logged);
	assert(!state->short_of_resources || state->short_logged);
	/* The next look is due without an event. */
	assert(!state->short_of_resources || state->poll_usec != UINT64_MAX);
	assert(state->phase == FILES_PHASE_RUNNING || state->short_of_resources);
}

void discover_files(struct files_state *state)
{
	state->short_of_resources = has_put_off_files(state);
	state->dirty = false;
	if (state->phase == FILES_PHASE_RUNNING) {
		scan(state);
		missing_find_all(state);
	} else {
		scan_at_start(state);
	}
	if (state->phase == FILES_PHASE_RUNNING && state->saved.n_unsettled == 0)
		saved_drop(&state->saved);
	if (state->short_logged && !state->short_of_resources) {
		log_notice(
			"source %s: the shortage is over, all files are read again", state->name);
		state->short_logged = false;
	}
	check_watches(state);
	check_invariants(state);
}
