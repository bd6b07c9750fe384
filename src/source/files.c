/* Events say where to look, never what has happened: a file is compared with its mark, a directory
 * is scanned anew. A file that no name leads to any more is read to its end all the same, and let
 * go of when it has been quiet for long.
 *
 * logrotate's copytruncate copies a file and then empties it. What had not been read by then stands
 * in the copy, so the copy is looked for by its content. A new file that begins like one that is
 * followed may be such a copy in the making: nothing of it is read until that is decided. */
#include "config.h"

#include "source/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "source/follow.h"
#include "source/rotation.h"
#include "source/saved.h"
#include "source/scan.h"
#include "source/suspect.h"
#include "source/trouble.h"
#include "source/watch.h"

enum {
	LEAVE_USEC = 10 * 60 * 1000 * 1000, /* a file without a name that matches is let go of */
	LEAVE_GONE_USEC = 60 * 1000 * 1000, /* one without any name */
	POLL_USEC = 1000 * 1000,            /* between looks, when there are no watches left */
	TICK_USEC = 10 * 1000,              /* the clock of file systems is behind by that */
	PULL_MAX = 64,                      /* files looked at in one pull */
	RESERVE_MAX = 32,                   /* descriptors that are left to others */
};

const char *const files_start_names[] = { "end", "beginning", NULL };

struct files_source {
	struct source source;
	const struct files_options *options;
	struct watch watch;
	struct follow follow;
	struct rotation rotation;
	struct buffer buffer;
	struct followed *current; /* of the block given last */
	struct source_block block;
	struct saved saved;
	bool starting;       /* not all files that were there at the start have been seen */
	bool opened;         /* files_source_new is over */
	bool only_saved;     /* this scan takes only what was saved */
	bool started_told;   /* the source's own position was visited */
	uint64_t started;    /* this time */
	unsigned generation; /* of the scan */
	bool dirty;          /* a scan is due */
	bool full;           /* not all that match are followed */
	bool full_said, exhausted_said;
	bool short_now; /* for want of memory or descriptors not all was looked at */
	bool short_said;
	uint64_t poll_usec; /* when to look without an event; UINT64_MAX = not at all */
	struct troubles troubles;
	char hostname[HOST_NAME_MAX + 1];
	char position[MARK_SIZE];
};

static struct files_source *files_of(struct source *source)
{
	return (struct files_source *)(void *)source;
}

static uint64_t now(void)
{
	return io_now_usec(CLOCK_MONOTONIC);
}

static void lower(uint64_t *value, uint64_t other)
{
	if (other < *value)
		*value = other;
}

/* What a file is called in positions. */
static void print_stream(const struct stat *status, char *out)
{
	mark_print_stream(&(struct mark){ .device = status->st_dev, .inode = status->st_ino }, out);
}

static const struct source_position *find_saved(const struct files_source *s, const char *stream)
{
	return saved_find(&s->saved, text_of(stream));
}

/* errno is set. */
static void tell_trouble(const char *path, void *userdata)
{
	struct files_source *s = userdata;
	int error = errno;

	if (!trouble_begins(&s->troubles, path))
		return;
	errno = error;
	log_warning(
		"source %s: cannot read '%s': %m, retrying when it changes", s->source.name, path);
}

/* Not a word of each file: that of the first stands for all. */
static void run_short(struct files_source *s, int error)
{
	s->short_now = true;
	if (s->short_said)
		return;
	errno = -error;
	log_warning(
		"source %s: cannot look at all files: %m, retrying every second", s->source.name);
	s->short_said = true;
}

/* --- files that are rotated --- */

/* Without a watch it is looked at from time to time. */
static void watch_file(struct files_source *s, struct followed *file)
{
	int wd;

	if (file->wd < 0 && watch_add_file(&s->watch, file->tail.fd, &wd) == 0)
		follow_set_watch(&s->follow, file, wd);
}

static void finish(struct files_source *s, struct followed *file)
{
	watch_remove_file(&s->watch, file->wd);
	follow_finish(&s->follow, file);
	/* There is room for one that was left out. */
	s->dirty |= s->full;
}

/* One that was not begun: its position, if there is one, stays what it was. */
static void drop(struct files_source *s, struct followed *file)
{
	finish(s, file);
	follow_free(&s->follow, file);
}

/* Follow a file that no name leads to, from its mark to its end. */
static int follow_rest(struct files_source *s, int fd, const char *path, const struct mark *mark,
	struct followed **ret)
{
	struct followed *file = NULL;
	int r = follow_add(&s->follow, fd, path, &file);

	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	if (tail_resume(&file->tail, mark) != 0) {
		drop(s, file);
		return -ENOENT;
	}
	file->born_usec = file->since_usec = rotation_born_usec(fd);
	file->leave_usec = now() + LEAVE_USEC;
	follow_queue(&s->follow, file);
	watch_file(s, file);
	*ret = file;
	return 0;
}

/* Whether the file is followed, or was, so that it is read on its own. */
static bool is_known(struct files_source *s, int fd)
{
	char stream[MARK_STREAM_SIZE];
	struct stat status;

	if (fstat(fd, &status) < 0)
		return false;
	print_stream(&status, stream);
	return follow_find(&s->follow, status.st_dev, status.st_ino) ||
	       saved_fits(&s->saved, text_of(stream), fd);
}

static uint64_t size_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* Find the rest of a file that was truncated at the mark, in the longest copy; NULL = there is none
 * to be found. Returns 0 or a shortage, of descriptors before anything is decided. */
static int find_rest(struct files_source *s, struct followed *file, const struct mark *mark,
	struct followed **ret)
{
	CLEANUP(closep) int fd = -1;
	struct followed *other;
	int r = rotation_find_copy(
		&s->rotation, &s->follow, file->path, mark, file->since_usec, &fd);

	if (r < 0 && r != -ENOENT)
		return r;
	*ret = suspect_judge(&s->follow, file, mark, now());
	if (r < 0 || is_known(s, fd) || (*ret && size_of((*ret)->tail.fd) >= size_of(fd)))
		return 0;
	r = follow_rest(s, TAKE_FD(fd), file->path, mark, &other);
	if (r < 0)
		return trouble_is_shortage(r) ? r : 0;
	if (*ret)
		suspect_give_way(&s->follow, *ret);
	file->former_found = true;
	s->dirty |= other->wd < 0;
	*ret = other;
	return 0;
}

/* The file is not what the mark says: first what was left of the old content, then the new. Returns
 * 0, or a shortage: then the mark stays. */
static int restart(struct files_source *s, struct followed *file, const struct mark *mark)
{
	struct followed *rest = NULL;
	struct stat status;
	int r = find_rest(s, file, mark, &rest);

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
	follow_queue(&s->follow, file);
	return 0;
}

/* --- files that appear --- */

/* Whether it was there when the source was started, and unknown then. If it was there before the
 * last start, too, a glob that leads to it is new, not the file. */
static bool is_old(const struct files_source *s, const struct followed *file)
{
	if (!s->starting)
		return false;
	/* Where the start takes its time, files are made meanwhile. */
	if (s->opened && file->born_usec >= s->started)
		return false;
	return !s->saved.any || (file->born_usec > 0 && file->born_usec < s->saved.last_started);
}

/* Where to begin in a file that nobody knows. */
static int begin(struct files_source *s, struct followed *file)
{
	if (is_old(s, file) && s->options->start == FILES_START_END)
		return tail_seek_end(&file->tail);
	suspect_begin(file);
	return 0;
}

/* Where to go on in a file whose position was saved. */
static int go_on(struct files_source *s, struct followed *file, const struct source_position *saved)
{
	struct text path;
	struct mark mark;
	int r;

	if (mark_parse(saved->position, &mark, &path) < 0) {
		log_warning("source %s: the saved position of '%s' cannot be read, ignoring",
			s->source.name, file->path);
		return begin(s, file);
	}
	if (tail_resume(&file->tail, &mark) == 0)
		return follow_was_named(file, path);
	r = restart(s, file, &mark);
	if (r < 0)
		return r;
	/* It was truncated; but under another name it is another file that has the inode now. */
	if (!text_equal(path, text_of(file->path))) {
		follow_unqueue(&s->follow, file);
		suspect_begin(file);
	}
	return 0;
}

static int take_file(struct files_source *s, int fd, const char *path)
{
	const struct source_position *saved;
	struct followed *file = NULL, *old = follow_find_path(&s->follow, path);
	int r = follow_add(&s->follow, fd, path, &file);

	if (r < 0) {
		(void)close_fd(fd);
		return r;
	}
	file->generation = s->generation;
	file->named = true;
	file->before = old;
	file->born_usec = file->since_usec = rotation_born_usec(fd);
	saved = find_saved(s, file->stream);
	r = saved ? go_on(s, file, saved) : begin(s, file);
	if (r < 0) {
		drop(s, file);
		return r;
	}
	watch_file(s, file);
	if (file->suspect_usec == 0)
		follow_queue(&s->follow, file);
	return 0;
}

static void see_again(struct files_source *s, struct followed *file, const char *path)
{
	struct stat status;

	if (file->generation == s->generation)
		return; /* under another name */
	file->generation = s->generation;
	file->named = true;
	file->leave_usec = UINT64_MAX;
	watch_file(s, file);
	/* It keeps its name as long as that leads to it. */
	if (stat(file->path, &status) < 0 || status.st_ino != file->tail.mark.inode ||
		status.st_dev != file->tail.mark.device)
		(void)follow_rename(file, path);
}

static void tell_full(struct files_source *s)
{
	if (!s->full && !s->full_said)
		log_warning("source %s: more than %d files match; the rest is left out",
			s->source.name, FILES_MAX);
	s->full = s->full_said = true;
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

static void open_file(struct files_source *s, const char *path)
{
	int fd = -1;
	int r = open_within_reserve(path, &fd);

	if (r == -EISDIR || r == -EMEDIUMTYPE || r == -ENOENT)
		return;
	if (trouble_is_shortage(r)) {
		run_short(s, r);
		return;
	}
	if (r < 0) {
		bool is_soon = r == -EACCES && rotation_is_young(path);

		s->watch.blind |= is_soon;
		errno = -r;
		if (!is_soon)
			tell_trouble(path, s);
		return;
	}
	if (trouble_ends(&s->troubles, path))
		log_notice("source %s: '%s' can be read now", s->source.name, path);
	r = take_file(s, fd, path);
	if (trouble_is_shortage(r)) {
		run_short(s, r);
	} else if (r < 0 && trouble_begins(&s->troubles, path)) {
		errno = -r;
		log_error("source %s: cannot follow '%s': %m, ignoring", s->source.name, path);
	}
}

/* One that cannot be followed is not opened: who writes to a pipe would notice. */
static bool is_regular(struct files_source *s, const char *path, const struct stat *status)
{
	bool regular = S_ISREG(status->st_mode);

	if (!regular && trouble_begins(&s->troubles, path))
		log_warning("source %s: '%s' is no regular file, ignoring", s->source.name, path);
	return regular;
}

static void find_path(const char *path, void *userdata)
{
	struct files_source *s = userdata;
	struct followed *file;
	struct stat status;
	char stream[MARK_STREAM_SIZE];

	if (scan_is_compressed(path) || stat(path, &status) < 0 || !is_regular(s, path, &status))
		return;
	file = follow_find(&s->follow, status.st_dev, status.st_ino);
	if (file) {
		see_again(s, file, path);
		return;
	}
	print_stream(&status, stream);
	if (s->only_saved && !find_saved(s, stream))
		return;
	if (s->follow.n >= FILES_MAX)
		tell_full(s);
	else
		open_file(s, path);
}

/* Files that no name leads to any more stay for a while. */
static void note_unnamed(struct files_source *s)
{
	struct followed *file;

	TAILQ_FOREACH(file, &s->follow.all, in_all)
	{
		s->watch.blind |= !file->finished && file->wd < 0;
		if (file->finished || !file->named || file->generation == s->generation)
			continue;
		file->named = false;
		file->leave_usec = now() + LEAVE_USEC;
	}
}

/* What cannot be watched is looked at. */
static void see_watches(struct files_source *s)
{
	if (s->watch.exhausted && !s->exhausted_said)
		log_warning("source %s: no inotify watches left (fs.inotify.max_user_watches); "
			    "looking every second instead",
			s->source.name);
	s->exhausted_said = s->watch.exhausted;
	s->poll_usec = s->watch.exhausted || s->watch.blind || s->short_now ? now() + POLL_USEC
									    : UINT64_MAX;
}

static void scan(struct files_source *s)
{
	int r;

	s->generation++;
	s->full = false;
	s->watch.exhausted = s->watch.blind = false;
	r = scan_paths(&s->options->paths, &s->watch, find_path, tell_trouble, s);
	if (r == 0)
		r = suspect_look_at_new(&s->follow, now());
	if (r < 0)
		run_short(s, r);
	/* A name that was not looked at may still be there. */
	if (!s->only_saved && !s->short_now)
		note_unnamed(s);
}

/* --- what was saved --- */

/* Renamed while nobody looked, or copied. */
static int open_lost(struct files_source *s, const char *path, const struct mark *mark, int *ret_fd)
{
	int r = rotation_find_renamed(path, mark, ret_fd);

	if (r == -ENOENT)
		r = rotation_find_copy(&s->rotation, &s->follow, path, mark, 0, ret_fd);
	if (r == -ENOENT)
		log_warning("source %s: '%s' was rotated away; what had been written to it and "
			    "not read is lost",
			s->source.name, path);
	if (r == -EACCES) {
		errno = EACCES;
		tell_trouble(path, s);
	}
	return r;
}

/* Go on in a file that was followed and that no name leads to any more. Returns 0 when it is known
 * what has become of it, or a negative errno. */
static int find_lost(struct files_source *s, const struct source_position *saved)
{
	struct followed *file = NULL;
	struct text text;
	struct mark mark;
	char path[MARK_SIZE];
	int fd, r;

	if (mark_parse(saved->position, &mark, &text) < 0) {
		saved_forget(&s->saved, saved->stream);
		return 0;
	}
	if (follow_find(&s->follow, mark.device, mark.inode))
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s", TEXT_FORMAT(text));
	r = scan_matches(&s->options->paths, path) ? open_lost(s, path, &mark, &fd) : -ENOENT;
	if (r == 0)
		r = follow_rest(s, fd, path, &mark, &file);
	if (trouble_is_shortage(r) || r == -EACCES)
		return r;
	/* A copy has a name of its own; so has the same file, when its device was renumbered. */
	if (!file || !text_equal(saved->stream, text_of(file->stream)))
		saved_forget(&s->saved, saved->stream);
	return 0;
}

/* Look for all whose fate is not known. */
static void find_all_lost(struct files_source *s)
{
	struct saved *saved = &s->saved;

	for (size_t i = 0; i < saved->n; i++) {
		int r = 0;

		if (saved->settled[i])
			continue;
		if (saved->sorted[i].stream.len > 0)
			r = find_lost(s, &saved->sorted[i]);
		if (trouble_is_shortage(r))
			run_short(s, r);
		saved->settled[i] = r == 0;
		saved->n_unsettled -= r == 0;
	}
}

/* First what was read before, wherever it is now, so that nothing of it is taken for new. */
static void look_at_start(struct files_source *s)
{
	s->only_saved = true;
	scan(s);
	s->only_saved = false;
	if (!s->short_now)
		find_all_lost(s);
	if (!s->short_now)
		scan(s);
	s->starting = s->short_now;
}

/* A file may have been put off; it is looked at again with the others. */
static bool any_put_off(const struct files_source *s)
{
	const struct followed *file;

	TAILQ_FOREACH(file, &s->follow.all, in_all)
	if (file->put_off && !file->finished)
		return true;
	return false;
}

/* See what is there now. */
static void look(struct files_source *s)
{
	s->short_now = any_put_off(s);
	s->dirty = false;
	if (s->starting) {
		look_at_start(s);
	} else {
		scan(s);
		find_all_lost(s);
	}
	if (!s->starting && s->saved.n_unsettled == 0)
		saved_drop(&s->saved);
	if (s->short_said && !s->short_now) {
		log_notice("source %s: can look at all files again", s->source.name);
		s->short_said = false;
	}
	see_watches(s);
}

/* --- events --- */

static void see_file(struct files_source *s, struct followed *file, bool attributes)
{
	struct stat status;

	if (attributes && !file->gone && fstat(file->tail.fd, &status) == 0 &&
		status.st_nlink == 0) {
		file->gone = true;
		file->leave_usec = now() + LEAVE_GONE_USEC;
	}
	if (file->suspect_usec > 0)
		suspect_look(&s->follow, file, now());
	else if (!file->ready)
		follow_queue(&s->follow, file);
}

/* What has happened is not known: it may be anything, to any of them. */
static void see_all(struct files_source *s)
{
	struct followed *file;

	TAILQ_FOREACH(file, &s->follow.all, in_all)
	if (!file->finished)
		see_file(s, file, true);
}

/* A new file that does not match may be the copy of one that does. */
static void see_new_entry(struct files_source *s, const char *path)
{
	if (!scan_is_compressed(path) && suspect_find_related(&s->follow, path))
		rotation_hold(&s->rotation, path, now() + ROTATION_HOLD_USEC);
}

static void see_directory(struct files_source *s, const struct watch_event *event)
{
	const struct watch_directory *directory;
	size_t at = 0;

	while ((directory = watch_find_directory(&s->watch, event->wd, &at))) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s",
			strcmp(directory->path, "/") == 0 ? "" : directory->path,
			event->name ? event->name : "");

		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		if (!event->name || directory->any || scan_is_relevant(&s->options->paths, path))
			s->dirty = true;
		else if (event->appeared)
			see_new_entry(s, path);
	}
}

static void see_event(const struct watch_event *event, void *userdata)
{
	struct files_source *s = userdata;
	struct followed *file;

	if (event->overflow) {
		s->dirty = true;
		see_all(s);
		return;
	}
	file = follow_find_watch(&s->follow, event->wd);
	if (file)
		see_file(s, file, event->attributes);
	else
		see_directory(s, event);
}

/* What time brings: last lines that stay without an end, decisions, farewells. */
static void see_time(struct files_source *s)
{
	uint64_t time = now();
	struct followed *file;

	TAILQ_FOREACH(file, &s->follow.all, in_all)
	{
		if (file->finished)
			continue;
		if (file->suspect_usec > 0 && file->suspect_usec <= time)
			suspect_decide(&s->follow, file, time);
		if (file->tail.quiet_usec <= time && !file->ready)
			follow_queue(&s->follow, file);
		if (file->leave_usec <= time && !file->ready && !suspect_is_timed(file))
			finish(s, file);
	}
	(void)rotation_expire(&s->rotation, time);
	if (s->poll_usec <= time) {
		s->dirty = true;
		see_all(s);
	}
}

static int files_process(struct source *source)
{
	struct files_source *s = files_of(source);
	int r = watch_read(&s->watch, see_event, s);

	if (r < 0)
		return r;
	see_time(s);
	if (s->dirty)
		look(s);
	return 0;
}

/* A file was truncated: the copies that were made before must be known first. */
static int see_copies(struct files_source *s)
{
	int r = watch_read(&s->watch, see_event, s);

	if (r < 0)
		return r;
	if (s->dirty || s->poll_usec != UINT64_MAX)
		look(s);
	return 0;
}

static int files_timeout(struct source *source, uint64_t *ret_usec)
{
	struct files_source *s = files_of(source);
	uint64_t first = rotation_expire(&s->rotation, now());
	const struct followed *file;

	source->pending = s->short_now;
	lower(&first, s->poll_usec);
	TAILQ_FOREACH(file, &s->follow.all, in_all)
	{
		if (file->finished)
			continue;
		source->pending |= file->tail.quiet_usec != UINT64_MAX || suspect_is_timed(file);
		lower(&first, file->tail.quiet_usec);
		lower(&first, file->suspect_usec > 0 ? file->suspect_usec : UINT64_MAX);
		if (!suspect_is_timed(file))
			lower(&first, file->leave_usec);
	}
	*ret_usec = first;
	return 0;
}

/* --- reading --- */

static int give(
	struct files_source *s, struct followed *file, uint64_t n_lines, struct source_item *ret)
{
	s->current = file;
	s->source.n_read += n_lines;
	s->source.n_cut += s->block.continues;
	if (!file->named)
		file->leave_usec = now() + (file->gone ? LEAVE_GONE_USEC : LEAVE_USEC);
	follow_queue(&s->follow, file);
	*ret = (struct source_item){ .block = s->block };
	return 0;
}

static void tell_broken(struct files_source *s, struct followed *file, int error)
{
	s->source.n_damaged++;
	file->tail.quiet_usec = UINT64_MAX;
	follow_unqueue(&s->follow, file);
	if (!trouble_begins(&s->troubles, file->path))
		return;
	errno = -error;
	log_error("source %s: cannot read '%s': %m, retrying when it changes", s->source.name,
		file->path);
}

/* A file was truncated. Where it cannot be dealt with, that comes with the next look. */
static int see_truncated(struct files_source *s, struct followed *file)
{
	struct mark mark;
	int r = see_copies(s);

	if (r < 0)
		return r;
	mark = file->tail.mark;
	r = restart(s, file, &mark);
	if (r < 0) {
		run_short(s, r);
		file->put_off = true;
		follow_unqueue(&s->follow, file);
		lower(&s->poll_usec, now() + POLL_USEC);
	}
	return 0;
}

/* Look at one file. Returns 0 with an item, SOURCE_SKIPPED, or a negative errno. */
static int read_file(struct files_source *s, struct followed *file, struct source_item *ret)
{
	uint64_t n_lines = 0;
	int r = tail_read(&file->tail, &s->buffer, FILES_LINE_MAX, now(), &s->block, &n_lines);

	if (r == 0)
		return give(s, file, n_lines, ret);
	if (r == -ENOMEM)
		return r;
	if (r == TAIL_END) {
		follow_unqueue(&s->follow, file);
	} else if (r == TAIL_TRUNCATED) {
		r = see_truncated(s, file);
		if (r < 0)
			return r;
	} else if (r < 0) {
		tell_broken(s, file, r);
	}
	return SOURCE_SKIPPED;
}

static int files_pull(struct source *source, struct source_item *ret)
{
	struct files_source *s = files_of(source);

	/* A buffer that grew for one long line is not kept. */
	if (s->buffer.size > (size_t)2 * TAIL_BLOCK_SIZE)
		buffer_done(&s->buffer);
	for (unsigned i = 0; i < PULL_MAX; i++) {
		struct followed *file = TAILQ_FIRST(&s->follow.queue);
		int r;

		if (!file)
			return SOURCE_AGAIN;
		if (file->before && file->before->ready) {
			follow_queue(&s->follow, file);
			file = file->before;
		}
		r = read_file(s, file, ret);
		if (r != SOURCE_SKIPPED)
			return r;
	}
	return SOURCE_SKIPPED;
}

static int add_fields(struct files_source *s, struct text message, struct record *record)
{
	const char *path = s->current->path;
	int r = record_add(record, text_of("MESSAGE"), message);

	if (r == 0)
		r = record_add(record, text_of("SYSLOG_IDENTIFIER"), follow_identifier(path));
	if (r == 0)
		r = record_add(record, text_of("_HOSTNAME"), text_of(s->hostname));
	if (r == 0)
		r = record_add(record, text_of("_FILE"), text_of(path));
	return r;
}

static int files_line(struct source *source, const struct source_line *line, struct record *record)
{
	struct files_source *s = files_of(source);
	struct mark mark = tail_mark_behind(&s->current->tail, &s->block, line->next);
	size_t len = mark_print(&mark, s->current->path, s->position);

	record->source = source->name;
	record->stream = text_of(s->current->stream);
	record->position = text_make(s->position, len);
	record->cut = s->block.continues && line->next == s->block.bytes.len;
	return add_fields(
		s, text_make(s->block.bytes.data + line->start, line->end - line->start), record);
}

/* --- positions --- */

static void visit_started(struct files_source *s, source_position_fn *visit, void *userdata)
{
	char position[64];
	int n = snprintf(position, sizeof(position), "%s%" PRIu64, SAVED_STARTED, s->started);

	visit(&(struct source_position){ text_of(""), text_make(position, (size_t)n) }, userdata);
	s->started_told = true;
}

/* A suspect has no position yet. Were the start told before, the next start would take it for an
 * old file that a new glob leads to. */
static bool has_suspects(const struct files_source *s)
{
	const struct followed *file;

	TAILQ_FOREACH(file, &s->follow.all, in_all)
	if (!file->finished && file->original)
		return true;
	return false;
}

static int files_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct files_source *s = files_of(source);
	struct followed *file, *next;

	/* With the positions of what they became: neither counts without the other. */
	saved_visit_forgotten(&s->saved, visit, userdata);
	if (!s->started_told && !s->starting && !has_suspects(s))
		visit_started(s, visit, userdata);
	saved_visit_forgotten(&s->saved, visit, userdata);
	for (file = TAILQ_FIRST(&s->follow.all); file; file = next) {
		struct source_position position = { text_of(file->stream), text_of("") };

		next = TAILQ_NEXT(file, in_all);
		/* If it is a copy, it will be passed over also the next time. */
		if (!file->tail.moved || (file->original && !file->finished))
			continue;
		file->tail.moved = false;
		if (!file->finished)
			position.position = text_make(
				s->position, mark_print(&file->tail.mark, file->path, s->position));
		visit(&position, userdata);
		if (file->finished)
			follow_free(&s->follow, file);
	}
	return 0;
}

/* --- starting --- */

static struct source *files_free(struct source *source)
{
	struct files_source *s = files_of(source);

	follow_done(&s->follow);
	rotation_done(&s->rotation);
	watch_close(&s->watch);
	buffer_done(&s->buffer);
	troubles_done(&s->troubles);
	saved_done(&s->saved);
	free(s);
	return NULL;
}

static const struct source_class files_class = {
	.pull = files_pull,
	.line = files_line,
	.positions = files_positions,
	.process = files_process,
	.timeout = files_timeout,
	.free = files_free,
};

static int start(struct files_source *s, const struct source_position *saved, size_t n)
{
	int r = saved_init(&s->saved, saved, n);

	if (r < 0)
		return r;
	s->starting = true;
	look(s);
	s->opened = true;
	return 0;
}

int files_source_new(const char *name, const struct files_options *options,
	const struct source_position *saved, size_t n, struct source **ret)
{
	CLEANUP(source_freep) struct source *source = NULL;
	struct files_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	source = &s->source;
	*source = (struct source){ .class = &files_class, .name = name, .fd = -1 };
	s->options = options;
	s->buffer = buffer_make((size_t)2 * FILES_LINE_MAX);
	s->started = io_now_usec(CLOCK_REALTIME) - TICK_USEC;
	s->poll_usec = UINT64_MAX;
	s->watch.fd = -1;
	(void)gethostname(s->hostname, sizeof(s->hostname) - 1);
	follow_init(&s->follow);
	r = watch_open(&s->watch);
	if (r < 0)
		return r;
	source->fd = s->watch.fd;
	r = start(s, saved, n);
	if (r < 0)
		return r;
	*ret = TAKE(source);
	return 0;
}
