/* A name leads to an inode, and an inode to a known file. New files are only noted while names are
 * looked at: they are decided on together, when it is known which names lead where. */
#include "config.h"

#include "source/files/discover.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "source/files/copies.h"
#include "source/files/disk/complaints.h"
#include "source/files/disk/glob.h"
#include "source/files/disk/rotation-names.h"
#include "source/files/disk/status.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"
#include "source/files/rotated.h"

enum { YOUNG_USEC = 2 * 1000 * 1000 };

/* --- known files --- */

static bool leads_to(const char *path, const struct followed *file)
{
	struct file_status status;

	return status_of_path(path, &status) == 0 && followed_has_status(file, &status);
}

struct rotation_search {
	const struct followed_table *table;
	const struct followed *file;
	bool found;
};

static void look_for_original(const char *original, void *userdata)
{
	struct rotation_search *search = userdata;
	const struct followed *other = followed_next_path(search->table, original, NULL);

	search->found |= other && other != search->file;
}

/* Whether a known file has the name from which a rotation makes that of this one. */
static bool is_rotated(const struct files_state *state, const struct followed *file)
{
	struct rotation_search search = { &state->table, file, false };

	rotation_names_visit(file->path, look_for_original, &search);
	return search.found;
}

static void give_name(struct files_state *state, struct followed *file, const char *path)
{
	bool is_renamed = strcmp(file->path, path) != 0;

	/* The file keeps its name as long as the name leads to it. */
	if (is_renamed && !leads_to(file->path, file))
		(void)followed_rename(&state->table, file, path);
	file->generation = state->generation;
	file->name = FOLLOWED_NAMED;
	followed_list_remove(&state->table, FOLLOWED_LEAVING, file);
	followed_list_remove(&state->table, FOLLOWED_LOST, file);
	if (is_renamed)
		file->is_rotated |= is_rotated(state, file);
	files_state_await_rest(state, file);
}

/* Whether the file that is not open is the one that has its inode now. If only another name leads
 * there, it may be another file: then it has other content. Returns 0, -ENOENT for another file, or
 * a shortage. */
static int recognize(struct files_state *state, const struct followed *file, const char *path)
{
	CLEANUP(closep) int fd = -1;
	int r;

	if (file->tail.fd >= 0 || strcmp(file->path, path) == 0 || leads_to(file->path, file))
		return 0;
	/* Nothing is known of an empty file but its inode. */
	if (file->tail.position.head.len == 0)
		return -ENOENT;
	r = files_state_open_path(state, AT_FDCWD, path, &fd);
	if (r < 0)
		return r == -EACCES ? 0 : r;
	return followed_fits(file, fd) ? 0 : -ENOENT;
}

/* --- new files --- */

/* A new file at this path: its position is that of a file that is not open. */
static void note_new(struct files_state *state, const char *path, const struct file_status *status,
	bool was_empty)
{
	struct file_position position = { .device = status->device, .inode = status->inode };
	struct followed *file = NULL, *old = followed_next_path(&state->table, path, NULL);
	int r;

	if (state->table.n >= FILES_MAX) {
		state->n_left_out_now++;
		/* Only a scan counts them all. */
		state->dirty |= !state->scanning && state->n_left_out == 0;
		return;
	}
	position.head = position.tail = fingerprint_of(NULL, 0);
	position.born_usec = status->born_usec;
	r = followed_add(&state->table, &position, path, &file);
	if (r < 0) {
		files_state_run_short(state, r);
		return;
	}
	file->name = FOLLOWED_NAMED;
	file->generation = state->generation;
	file->born_usec = file->since_usec = status->born_usec;
	file->was_empty = was_empty;
	followed_refer(&state->table, &file->read_first, old);
	followed_list_add(&state->table, FOLLOWED_NOTED, file);
}

/* Whether the file existed when the source was started, and was unknown then. If it existed before
 * the last start, too, a glob that matches it is new, not the file. */
static bool is_old(const struct files_state *state, const struct followed *file)
{
	if (state->phase == FILES_PHASE_RUNNING || file->was_empty)
		return false;
	/* If the start takes its time, files are made meanwhile. */
	if (state->phase == FILES_PHASE_STARTING && file->born_usec >= state->started)
		return false;
	/* The clock may have been set back since. A file with the name of one that was followed
	 * came after that one. */
	if (saved_has_path(&state->saved, file->path))
		return false;
	return !state->saved.ran_before ||
	       (file->born_usec > 0 && file->born_usec < state->saved.last_started);
}

/* The device may have another number since the position was saved: find the file that this one was
 * then. */
static struct followed *find_renumbered(struct files_state *state, const struct followed *file)
{
	struct followed *other = NULL;

	while ((other = followed_next_inode(&state->table, file->tail.position.inode, other)))
		if (other != file && other->tail.fd < 0 &&
			(other->name == FOLLOWED_SAVED || other->name == FOLLOWED_UNNAMED) &&
			(other->tail.position.head.len > 0 ||
				strcmp(other->path, file->path) == 0) &&
			!position_is_of_other(&other->tail.position, file->born_usec) &&
			tail_fits(file->tail.fd, &other->tail.position))
			return other;
	return NULL;
}

static void begin(struct files_state *state, struct followed *file)
{
	struct followed *before = find_renumbered(state, file);

	if (before) {
		(void)tail_resume(&file->tail, &before->tail.position);
		files_state_replace(state, before, file);
		files_state_read(state, file);
	} else if (is_old(state, file) && state->options->start == FILES_START_END) {
		(void)tail_seek_end(&file->tail);
		files_state_read(state, file);
	} else {
		copies_begin(state, file);
	}
}

/* logrotate makes a file first and sets its mode a moment later, so the file is looked at again
 * before an error is reported. After the clock was set back, a file may have changed in the future.
 */
static bool is_young(const char *path)
{
	uint64_t now = io_now_usec(CLOCK_REALTIME);
	struct file_status status;

	return status_of_path(path, &status) == 0 && status.changed_usec <= now &&
	       now - status.changed_usec < YOUNG_USEC;
}

static void open_new(struct files_state *state, struct followed *file)
{
	int r = files_state_open(state, file);

	if (r >= 0) {
		begin(state, file);
		return;
	}
	if (r == -EACCES || r == -EPERM) {
		followed_list_remove(&state->table, FOLLOWED_NOTED, file);
		if (!is_young(file->path)) {
			files_state_refuse(state, file, r);
			return;
		}
		state->has_young = true;
		files_state_poll(state);
	} else if (io_is_shortage(r)) {
		files_state_run_short(state, r);
	} else if (r != -EISDIR && r != -EMEDIUMTYPE && r != -ENOENT) {
		errno = -r;
		files_state_complain(file->path, state);
	}
	/* It is found again when it has changed. */
	followed_free(&state->table, file);
}

/* --- names --- */

/* No name leads any more to those that had this one, but for the file with this identity. */
static void unname_others(struct files_state *state, const char *path,
	const struct file_status *status, bool is_removed)
{
	struct followed *file, *next;

	for (file = followed_next_path(&state->table, path, NULL); file; file = next) {
		next = followed_next_path(&state->table, path, file);
		if (file->name != FOLLOWED_NAMED || (status && followed_has_status(file, status)))
			continue;
		files_state_unname(state, file, is_removed);
	}
}

/* A file that cannot be followed is not opened: the writer of a pipe would notice. */
static bool is_regular(
	struct files_state *state, const char *path, const struct file_status *status)
{
	bool regular = S_ISREG(status->mode);

	if (!regular && files_state_may_complain(state, path))
		log_warning("source %s: '%s' is not a regular file, ignoring", state->name, path);
	return regular;
}

/* The file with this identity, or one that had its device and inode before; NULL = none. */
static struct followed *find_file(const struct files_state *state, const struct file_status *status)
{
	struct followed *file = followed_find_status(&state->table, status);

	return file ? file : followed_find(&state->table, status->device, status->inode);
}

/* If the file was made since the last start, it may be another one with the inode of the file that
 * was read. That file may have older copies. */
static void learn_age(
	struct files_state *state, struct followed *file, const struct file_status *status)
{
	file->born_usec = file->tail.position.born_usec = status->born_usec;
	if (file->born_usec <= state->saved.last_started)
		file->since_usec = file->born_usec;
}

/* Whether the file that is not open has changed. Other content may have the same size. */
static bool has_changed(const struct followed *file, const struct file_status *status)
{
	return status->size != file->tail.position.offset + file->tail.n_held ||
	       status->modified_usec != file->modified_usec;
}

static void discover_file(
	struct files_state *state, const char *path, const struct file_status *status)
{
	struct followed *file = find_file(state, status);
	bool is_other = file && !followed_has_status(file, status);
	bool was_empty = file && !is_other && file->tail.position.head.len == 0;
	bool is_unseen = file && file->name == FOLLOWED_SAVED;
	int r = is_other ? -ENOENT : 0;

	if (file && !is_other)
		r = recognize(state, file, path);
	if (io_is_shortage(r)) {
		files_state_run_short(state, r);
		return;
	}
	if (!file || r < 0) {
		if (file && was_empty)
			files_state_finish(state, file);
		else if (file)
			files_state_unname(state, file, false);
		note_new(state, path, status, was_empty);
		return;
	}
	if (is_unseen)
		learn_age(state, file, status);
	give_name(state, file, path);
	if (file->state == FOLLOWED_NEW)
		followed_list_add(&state->table, FOLLOWED_NOTED, file);
	else if (file->tail.fd < 0 && file->state == FOLLOWED_READING &&
		 (is_unseen || has_changed(file, status)))
		files_state_queue(state, file);
}

static void discover_path(const char *path, void *userdata)
{
	struct files_state *state = userdata;
	struct file_status status;

	if (glob_is_compressed(path) || status_of_path(path, &status) < 0 ||
		!is_regular(state, path, &status))
		return;
	discover_file(state, path, &status);
}

void discover_entry(struct files_state *state, const char *path, bool is_removed)
{
	struct file_status status, link;
	bool exists = status_of_path(path, &status) == 0;
	bool is_link = status_of_link(path, &link) == 0 && S_ISLNK(link.mode);

	/* It may be on the way to others, or its target is to be watched. */
	if (is_link || (exists && S_ISDIR(status.mode)) ||
		(!exists && !followed_next_path(&state->table, path, NULL)))
		state->dirty = true;
	unname_others(state, path, exists ? &status : NULL, is_removed);
	if (exists && !S_ISDIR(status.mode))
		discover_path(path, state);
}

/* --- the scan --- */

static int compare_ages(const void *a, const void *b)
{
	const struct followed *left = *(struct followed *const *)a;
	const struct followed *right = *(struct followed *const *)b;

	if (left->born_usec != right->born_usec)
		return left->born_usec < right->born_usec ? -1 : 1;
	/* An original has the shorter name. */
	if (strlen(left->path) != strlen(right->path))
		return strlen(left->path) < strlen(right->path) ? -1 : 1;
	return strcmp(left->path, right->path);
}

/* Decide on the new files, the oldest first: a copy is younger than its original. Returns 0 or
 * -ENOMEM. */
static int decide_on_noted(struct files_state *state)
{
	CLEANUP(freep) struct followed **files = NULL;
	size_t n = 0;
	int r = followed_list_files(&state->table, FOLLOWED_NOTED, &files, &n);

	if (r < 0)
		return r;
	if (n > 0)
		qsort(files, n, sizeof(struct followed *), compare_ages);
	for (size_t i = 0; i < n; i++)
		if (files[i]->state == FOLLOWED_NEW)
			open_new(state, files[i]);
	return 0;
}

static void restart_cut(struct files_state *state, struct followed *file)
{
	int r;

	if (file->state != FOLLOWED_READING || file->tail.fd < 0)
		return;
	r = followed_check(file);
	if (r == TAIL_TRUNCATED)
		r = rotated_restart(state, file);
	/* It is still in the queue: it is handled when it is read. */
	if (io_is_shortage(r))
		files_state_run_short(state, r);
}

/* Restart the files that were truncated while they were not open, before they change again. */
static void restart_truncated(struct files_state *state)
{
	struct followed *file;
	int r = 0;

	if (followed_first(&state->table, FOLLOWED_CUT))
		r = rotated_find_copies(state, FOLLOWED_CUT);
	if (r < 0)
		files_state_run_short(state, r);
	while ((file = followed_first(&state->table, FOLLOWED_CUT))) {
		followed_list_remove(&state->table, FOLLOWED_CUT, file);
		if (r == 0)
			restart_cut(state, file);
	}
}

void discover_settle(struct files_state *state)
{
	int r = decide_on_noted(state);

	/* A new file may be one that is lost, or a copy. */
	if (r < 0)
		files_state_run_short(state, r);
	if (r == 0 && !state->scanning)
		restart_truncated(state);
	if (r == 0 && state->search_due)
		rotated_search(state);
	reports_log(&state->reports, state->name);
}

/* What the scan did not find has lost its name; what was saved and does not match is forgotten. */
static void note_unnamed(struct files_state *state)
{
	struct followed *file, *next;

	for (file = followed_first(&state->table, FOLLOWED_ALL); file; file = next) {
		next = followed_next(file, FOLLOWED_ALL);
		if (file->state == FOLLOWED_FINISHED || file->generation == state->generation)
			continue;
		if (file->name == FOLLOWED_SAVED &&
			!glob_matches(&state->options->paths, file->path))
			files_state_finish(state, file);
		else if (file->name == FOLLOWED_SAVED || file->name == FOLLOWED_NAMED)
			files_state_unname(state, file, false);
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
	if (state->watch.remote && !state->remote_logged)
		log_notice("source %s: some files are on a file system that reports no changes "
			   "(network or FUSE), looking every second",
			state->name);
	state->remote_logged |= state->watch.remote;
	state->is_blind = state->watch.exhausted || state->watch.blind || state->watch.remote;
	if (state->is_blind || state->table.n_put_off > 0)
		files_state_poll(state);
}

static void report_left_out(struct files_state *state)
{
	state->n_left_out = state->n_left_out_now;
	state->n_troubled = state->n_troubled_now;
	if (state->n_left_out > 0 && !state->left_out_logged)
		log_warning("source %s: %zu files are left out: more than %d match", state->name,
			state->n_left_out, FILES_MAX);
	state->left_out_logged |= state->n_left_out > 0;
}

static void begin_scan(struct files_state *state)
{
	state->generation++;
	state->dirty = false;
	state->n_left_out_now = state->n_troubled_now = 0;
	state->troubled = 0;
	state->short_of_resources = false;
	state->has_young = false;
	state->poll_usec = UINT64_MAX;
	state->watch.exhausted = state->watch.blind = state->watch.remote = false;
	state->scanning = true;
	glob_scan_begin(&state->scan, &state->options->paths, &state->watch, discover_path,
		files_state_complain, state);
}

static void end_scan(struct files_state *state)
{
	state->scanning = false;
	report_left_out(state);
	/* A name that was not looked at may still exist. */
	if (!state->short_of_resources)
		note_unnamed(state);
	state->search_due |= followed_first(&state->table, FOLLOWED_LOST) != NULL;
	discover_settle(state);
	check_watches(state);
	if (state->short_of_resources)
		return;
	state->phase = FILES_PHASE_RUNNING;
	saved_done(&state->saved);
	files_state_check_shortage(state);
}

/* Programs may change directories faster than they can be scanned, and a polled tree may be large:
 * scans take a part of the time only. */
static void rest(struct files_state *state)
{
	uint64_t usec = FILES_STATE_SCAN_REST * state->scan_usec;

	if (usec > FILES_STATE_SCAN_REST_USEC)
		usec = FILES_STATE_SCAN_REST_USEC;
	state->rest_usec = files_state_now() + usec;
	state->scan_usec = 0;
}

bool discover_step(struct files_state *state)
{
	uint64_t begun_usec = files_state_now();
	int r;

	if (!state->scanning)
		begin_scan(state);
	r = glob_scan_step(&state->scan);
	state->scan_usec += files_state_now() - begun_usec;
	if (r == GLOB_SEARCH_MORE)
		return true;
	glob_scan_done(&state->scan);
	if (r < 0)
		files_state_run_short(state, r);
	end_scan(state);
	rest(state);
	return false;
}

void discover_all(struct files_state *state)
{
	while (discover_step(state))
		;
}
