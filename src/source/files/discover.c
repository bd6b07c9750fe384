/* A new file that begins like one that is followed may be a copy in the making: it is suspected,
 * and nothing of it is read until that is decided. */
#include "config.h"

#include "source/files/discover.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "source/files/copies.h"
#include "source/files/disk/complaints.h"
#include "source/files/disk/glob.h"
#include "source/files/files-source.h"
#include "source/files/files-state.h"
#include "source/files/missing.h"
#include "source/files/unread.h"

enum { RESERVE_MAX = 32 }; /* descriptors that are left to others */

/* --- files that appear --- */

/* Whether it was there when the source was started, and unknown then. If it was there before the
 * last start, too, a glob that leads to it is new, not the file. */
static bool is_old(const struct pursuit *pursuit, const struct followed *file)
{
	if (!pursuit->starting)
		return false;
	/* Where the start takes its time, files are made meanwhile. */
	if (pursuit->opened && file->born_usec >= pursuit->started)
		return false;
	/* The clock may have been set back since: what has the name of a file that was followed
	 * came after that. */
	if (saved_has_path(&pursuit->saved, file->path))
		return false;
	return !pursuit->saved.any ||
	       (file->born_usec > 0 && file->born_usec < pursuit->saved.last_started);
}

/* Where to begin in a file that nobody knows. */
static int begin(struct pursuit *pursuit, struct followed *file)
{
	if (is_old(pursuit, file) && pursuit->options->start == FILES_START_END)
		return tail_seek_end(&file->tail);
	suspect_begin(file);
	return 0;
}

/* Where to go on in a file whose position was saved. */
static int go_on(
	struct pursuit *pursuit, struct followed *file, const struct source_position *saved)
{
	struct text path;
	struct mark mark;
	int r;

	if (mark_parse(saved->position, &mark, &path) < 0) {
		log_warning("source %s: the saved position of '%s' cannot be read, ignoring",
			pursuit->name, file->path);
		return begin(pursuit, file);
	}
	if (tail_resume(&file->tail, &mark) == 0)
		return follow_was_named(file, path);
	/* Made since then, it may be another file with the inode of the one that was read, of which
	 * there are older copies. */
	if (file->born_usec > pursuit->saved.last_started)
		file->since_usec = 0;
	r = rest_restart(pursuit, file, &mark);
	if (r < 0)
		return r;
	/* It was truncated; but under another name it may be another file that has the inode now.
	 */
	if (!text_equal(path, text_of(file->path))) {
		follow_unqueue(&pursuit->follow, file);
		suspect_begin(file);
	}
	return 0;
}

/* Whether it is the file whose position was saved, truncated perhaps. Under another name, and with
 * other contents, it is another one that has the inode now; so it may be if it was empty. */
static bool is_that_saved(const struct followed *file, const struct source_position *saved)
{
	struct text path;
	struct mark mark;
	struct stat status;

	if (mark_parse(saved->position, &mark, &path) < 0 ||
		text_equal(path, text_of(file->path)) || fstat(file->tail.fd, &status) < 0)
		return true;
	return status.st_size == 0 || (mark.head.len > 0 && tail_fits(file->tail.fd, &mark));
}

static int take_file(struct pursuit *pursuit, int fd, const char *path)
{
	const struct source_position *saved;
	struct followed *file = NULL, *old = follow_find_path(&pursuit->follow, path);
	int r = follow_add(&pursuit->follow, fd, path, &file);

	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	file->generation = pursuit->generation;
	file->named = true;
	file->before = old;
	file->born_usec = file->since_usec = rotation_born_usec(fd);
	saved = saved_find(&pursuit->saved, text_of(file->stream));
	if (saved && !is_that_saved(file, saved))
		saved = NULL;
	if (!saved && pursuit->only_saved) {
		pursuit_drop(pursuit, file);
		return 0;
	}
	r = saved ? go_on(pursuit, file, saved) : begin(pursuit, file);
	if (r < 0) {
		pursuit_drop(pursuit, file);
		return r;
	}
	pursuit_watch(pursuit, file);
	if (file->suspect_usec == 0)
		follow_queue(&pursuit->follow, file);
	return 0;
}

static void see_again(struct pursuit *pursuit, struct followed *file, const char *path)
{
	struct stat status;

	if (file->generation == pursuit->generation)
		return; /* under another name */
	file->generation = pursuit->generation;
	file->named = true;
	file->leave_usec = UINT64_MAX;
	pursuit_watch(pursuit, file);
	/* It keeps its name as long as that leads to it. */
	if (stat(file->path, &status) < 0 || status.st_ino != file->tail.mark.inode ||
		status.st_dev != file->tail.mark.device)
		(void)follow_rename(file, path);
}

static void tell_full(struct pursuit *pursuit)
{
	if (!pursuit->full && !pursuit->full_said)
		log_warning("source %s: more than %d files match; the rest is left out",
			pursuit->name, FILES_MAX);
	pursuit->full = pursuit->full_said = true;
}

/* Files may need more descriptors than there are, but not all: without the last ones no position
 * could be saved and no sink could connect. */
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

static void open_file(struct pursuit *pursuit, const char *path)
{
	int fd = -1;
	int r = open_within_reserve(path, &fd);

	if (r == -EISDIR || r == -EMEDIUMTYPE || r == -ENOENT)
		return;
	if (trouble_is_shortage(r)) {
		pursuit_run_short(pursuit, r);
		return;
	}
	if (r < 0) {
		bool is_soon = r == -EACCES && rotation_is_young(path);

		pursuit->watch.blind |= is_soon;
		errno = -r;
		if (!is_soon)
			pursuit_tell_trouble(path, pursuit);
		return;
	}
	if (trouble_ends(&pursuit->troubles, path))
		log_notice("source %s: '%s' can be read now", pursuit->name, path);
	r = take_file(pursuit, fd, path);
	if (trouble_is_shortage(r)) {
		pursuit_run_short(pursuit, r);
	} else if (r < 0 && trouble_begins(&pursuit->troubles, path)) {
		errno = -r;
		log_error("source %s: cannot follow '%s': %m, ignoring", pursuit->name, path);
	}
}

/* One that cannot be followed is not opened: who writes to a pipe would notice. */
static bool is_regular(struct pursuit *pursuit, const char *path, const struct stat *status)
{
	bool regular = S_ISREG(status->st_mode);

	if (!regular && trouble_begins(&pursuit->troubles, path))
		log_warning("source %s: '%s' is no regular file, ignoring", pursuit->name, path);
	return regular;
}

static bool is_saved(const struct pursuit *pursuit, const struct stat *status)
{
	char stream[MARK_STREAM_SIZE];

	mark_print_stream(
		&(struct mark){ .device = status->st_dev, .inode = status->st_ino }, stream);
	return saved_find(&pursuit->saved, text_of(stream)) != NULL;
}

static void find_path(const char *path, void *userdata)
{
	struct pursuit *pursuit = userdata;
	struct followed *file;
	struct stat status;

	if (scan_is_compressed(path) || stat(path, &status) < 0 ||
		!is_regular(pursuit, path, &status))
		return;
	file = follow_find(&pursuit->follow, status.st_dev, status.st_ino);
	if (file) {
		see_again(pursuit, file, path);
		return;
	}
	if (pursuit->only_saved && !is_saved(pursuit, &status))
		return;
	if (pursuit->follow.n >= FILES_MAX)
		tell_full(pursuit);
	else
		open_file(pursuit, path);
}

/* --- the scan --- */

/* Files that no name leads to any more stay for a while. */
static void note_unnamed(struct pursuit *pursuit)
{
	struct followed *file;

	TAILQ_FOREACH(file, &pursuit->follow.all, in_all)
	{
		pursuit->watch.blind |= !file->finished && file->wd < 0;
		if (file->finished || !file->named || file->generation == pursuit->generation)
			continue;
		file->named = false;
		file->leave_usec = pursuit_now() + PURSUIT_LEAVE_USEC;
	}
}

/* What cannot be watched is looked at. */
static void see_watches(struct pursuit *pursuit)
{
	if (pursuit->watch.exhausted && !pursuit->exhausted_said)
		log_warning("source %s: the kernel has no inotify watches left for this user "
			    "(fs.inotify.max_user_watches, max_user_instances), looking every "
			    "second",
			pursuit->name);
	pursuit->exhausted_said = pursuit->watch.exhausted;
	pursuit->poll_usec = pursuit->watch.exhausted || pursuit->watch.blind || pursuit->short_now
				     ? pursuit_now() + PURSUIT_POLL_USEC
				     : UINT64_MAX;
}

static void scan(struct pursuit *pursuit)
{
	int r;

	pursuit->generation++;
	pursuit->full = false;
	pursuit->watch.exhausted = pursuit->watch.blind = false;
	r = scan_paths(&pursuit->options->paths, &pursuit->watch, find_path, pursuit_tell_trouble,
		pursuit);
	if (r == 0)
		r = suspect_look_at_new(&pursuit->follow, pursuit_now());
	if (r < 0)
		pursuit_run_short(pursuit, r);
	/* A name that was not looked at may still be there. */
	if (!pursuit->only_saved && !pursuit->short_now)
		note_unnamed(pursuit);
}

/* First what was read before, wherever it is now, so that nothing of it is taken for new. */
static void look_at_start(struct pursuit *pursuit)
{
	pursuit->only_saved = true;
	scan(pursuit);
	pursuit->only_saved = false;
	if (!pursuit->short_now)
		lost_find_all(pursuit);
	if (!pursuit->short_now)
		scan(pursuit);
	pursuit->starting = pursuit->short_now;
}

/* A file may have been put off; it is looked at again with the others. */
static bool any_put_off(const struct pursuit *pursuit)
{
	const struct followed *file;

	TAILQ_FOREACH(file, &pursuit->follow.all, in_all)
	if (file->put_off && !file->finished)
		return true;
	return false;
}

void census_take(struct pursuit *pursuit)
{
	pursuit->short_now = any_put_off(pursuit);
	pursuit->dirty = false;
	if (pursuit->starting) {
		look_at_start(pursuit);
	} else {
		scan(pursuit);
		lost_find_all(pursuit);
	}
	if (!pursuit->starting && pursuit->saved.n_unsettled == 0)
		saved_drop(&pursuit->saved);
	if (pursuit->short_said && !pursuit->short_now) {
		log_notice("source %s: can look at all files again", pursuit->name);
		pursuit->short_said = false;
	}
	see_watches(pursuit);
}
