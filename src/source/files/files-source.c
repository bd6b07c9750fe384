/* Events say where to look, never what has happened: a file is compared with its mark, a directory
 * is scanned anew. A file that no name leads to any more is read to its end all the same, and let
 * go of when it has been quiet for long. */
#include "config.h"

#include "source/files/files-source.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "source/files/copies.h"
#include "source/files/discover.h"
#include "source/files/disk/glob.h"
#include "source/files/files-state.h"
#include "source/files/unread.h"

enum {
	LEAVE_GONE_USEC = 60 * 1000 * 1000, /* a file without any name is let go of */
	TICK_USEC = 10 * 1000,              /* the clock of file systems is behind by that */
	PULL_MAX = 64,                      /* files looked at in one pull */
};

const char *const files_start_names[] = { "end", "beginning", NULL };

struct files_source {
	struct source source;
	struct pursuit pursuit;
	struct buffer buffer;
	struct followed *current; /* of the block given last */
	struct source_block block;
	bool started_told; /* the source's own position was visited */
	char hostname[HOST_NAME_MAX + 1];
	char position[MARK_SIZE];
};

static struct files_source *files_of(struct source *source)
{
	return (struct files_source *)(void *)source;
}

static void lower(uint64_t *value, uint64_t other)
{
	if (other < *value)
		*value = other;
}

/* --- events --- */

static void see_file(struct pursuit *pursuit, struct followed *file, bool attributes)
{
	struct stat status;

	if (attributes && !file->gone && fstat(file->tail.fd, &status) == 0 &&
		status.st_nlink == 0) {
		file->gone = true;
		file->leave_usec = pursuit_now() + LEAVE_GONE_USEC;
	}
	if (file->suspect_usec > 0)
		suspect_look(&pursuit->follow, file, pursuit_now());
	else if (!file->ready)
		follow_queue(&pursuit->follow, file);
}

/* What has happened is not known: it may be anything, to any of them. */
static void see_all(struct pursuit *pursuit)
{
	struct followed *file;

	TAILQ_FOREACH(file, &pursuit->follow.all, in_all)
	if (!file->finished)
		see_file(pursuit, file, true);
}

/* A new file that does not match may be the copy of one that does. */
static void see_new_entry(struct pursuit *pursuit, const char *path)
{
	if (!scan_is_compressed(path) && suspect_find_related(&pursuit->follow, path))
		rotation_hold(&pursuit->rotation, path, pursuit_now() + ROTATION_HOLD_USEC);
}

static void see_directory(struct pursuit *pursuit, const struct watch_event *event)
{
	const struct watch_directory *directory;
	size_t at = 0;

	while ((directory = watch_find_directory(&pursuit->watch, event->wd, &at))) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s",
			strcmp(directory->path, "/") == 0 ? "" : directory->path,
			event->name ? event->name : "");

		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		if (!event->name || directory->any ||
			scan_is_relevant(&pursuit->options->paths, path))
			pursuit->dirty = true;
		else if (event->appeared)
			see_new_entry(pursuit, path);
	}
}

static void see_event(const struct watch_event *event, void *userdata)
{
	struct pursuit *pursuit = userdata;
	struct followed *file;

	if (event->overflow) {
		pursuit->dirty = true;
		see_all(pursuit);
		return;
	}
	file = follow_find_watch(&pursuit->follow, event->wd);
	if (file)
		see_file(pursuit, file, event->attributes);
	else
		see_directory(pursuit, event);
}

/* What time brings: last lines that stay without an end, decisions, farewells. */
static void see_time(struct pursuit *pursuit)
{
	uint64_t time = pursuit_now();
	struct followed *file;

	TAILQ_FOREACH(file, &pursuit->follow.all, in_all)
	{
		if (file->finished)
			continue;
		if (file->suspect_usec > 0 && file->suspect_usec <= time)
			suspect_decide(&pursuit->follow, file, time);
		if (file->tail.quiet_usec <= time && !file->ready)
			follow_queue(&pursuit->follow, file);
		if (file->leave_usec <= time && !file->ready && !suspect_is_timed(file))
			pursuit_finish(pursuit, file);
	}
	(void)rotation_expire(&pursuit->rotation, time);
	if (pursuit->poll_usec <= time) {
		pursuit->dirty = true;
		see_all(pursuit);
	}
}

static int files_process(struct source *source)
{
	struct files_source *s = files_of(source);
	int r = watch_read(&s->pursuit.watch, see_event, &s->pursuit);

	if (r < 0)
		return r;
	see_time(&s->pursuit);
	if (s->pursuit.dirty)
		census_take(&s->pursuit);
	return 0;
}

/* A file was truncated: the copies that were made before must be known first. */
static int see_copies(struct files_source *s)
{
	int r = watch_read(&s->pursuit.watch, see_event, &s->pursuit);

	if (r < 0)
		return r;
	if (s->pursuit.dirty || s->pursuit.poll_usec != UINT64_MAX)
		census_take(&s->pursuit);
	return 0;
}

static int files_timeout(struct source *source, uint64_t *ret_usec)
{
	struct files_source *s = files_of(source);
	uint64_t first = rotation_expire(&s->pursuit.rotation, pursuit_now());
	const struct followed *file;

	source->pending = s->pursuit.short_now;
	lower(&first, s->pursuit.poll_usec);
	TAILQ_FOREACH(file, &s->pursuit.follow.all, in_all)
	{
		if (file->finished)
			continue;
		source->pending |= file->tail.quiet_usec != UINT64_MAX || suspect_is_timed(file);
		lower(&first, file->tail.quiet_usec);
		if (file->suspect_usec > 0)
			lower(&first, file->suspect_usec);
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
		file->leave_usec =
			pursuit_now() + (file->gone ? LEAVE_GONE_USEC : PURSUIT_LEAVE_USEC);
	follow_queue(&s->pursuit.follow, file);
	*ret = (struct source_item){ .block = s->block };
	return 0;
}

static void tell_broken(struct files_source *s, struct followed *file, int error)
{
	s->source.n_damaged++;
	file->tail.quiet_usec = UINT64_MAX;
	follow_unqueue(&s->pursuit.follow, file);
	if (!trouble_begins(&s->pursuit.troubles, file->path))
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
	r = rest_restart(&s->pursuit, file, &mark);
	if (r < 0) {
		pursuit_run_short(&s->pursuit, r);
		file->put_off = true;
		follow_unqueue(&s->pursuit.follow, file);
		lower(&s->pursuit.poll_usec, pursuit_now() + PURSUIT_POLL_USEC);
	}
	return 0;
}

/* Look at one file. Returns 0 with an item, SOURCE_SKIPPED, or a negative errno. */
static int read_file(struct files_source *s, struct followed *file, struct source_item *ret)
{
	uint64_t n_lines = 0;
	int r = tail_read(
		&file->tail, &s->buffer, FILES_LINE_MAX, pursuit_now(), &s->block, &n_lines);

	if (r == 0)
		return give(s, file, n_lines, ret);
	if (r == -ENOMEM)
		return r;
	if (r == TAIL_END) {
		follow_unqueue(&s->pursuit.follow, file);
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
		struct followed *file = TAILQ_FIRST(&s->pursuit.follow.queue);
		int r;

		if (!file)
			return SOURCE_AGAIN;
		if (file->before && file->before->ready) {
			follow_queue(&s->pursuit.follow, file);
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
	int n = snprintf(
		position, sizeof(position), "%s%" PRIu64, SAVED_STARTED, s->pursuit.started);

	visit(&(struct source_position){ text_of(""), text_make(position, (size_t)n) }, userdata);
	s->started_told = true;
}

/* A suspect has no position yet. Were the start told before, the next start would take it for an
 * old file that a new glob leads to. */
static bool has_suspects(const struct files_source *s)
{
	const struct followed *file;

	TAILQ_FOREACH(file, &s->pursuit.follow.all, in_all)
	if (!file->finished && file->original)
		return true;
	return false;
}

static int files_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct files_source *s = files_of(source);
	struct followed *file, *next;

	/* With the positions of what they became: neither counts without the other. */
	saved_visit_forgotten(&s->pursuit.saved, visit, userdata);
	if (!s->started_told && !s->pursuit.starting && !has_suspects(s))
		visit_started(s, visit, userdata);
	for (file = TAILQ_FIRST(&s->pursuit.follow.all); file; file = next) {
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
			follow_free(&s->pursuit.follow, file);
	}
	return 0;
}

/* --- starting --- */

static struct source *files_free(struct source *source)
{
	struct files_source *s = files_of(source);

	follow_done(&s->pursuit.follow);
	rotation_done(&s->pursuit.rotation);
	watch_close(&s->pursuit.watch);
	buffer_done(&s->buffer);
	troubles_done(&s->pursuit.troubles);
	saved_done(&s->pursuit.saved);
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
	int r = saved_init(&s->pursuit.saved, saved, n);

	if (r < 0)
		return r;
	s->pursuit.starting = true;
	census_take(&s->pursuit);
	s->pursuit.opened = true;
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
	s->pursuit.name = name;
	s->pursuit.options = options;
	s->buffer = buffer_make((size_t)2 * FILES_LINE_MAX);
	s->pursuit.started = io_now_usec(CLOCK_REALTIME) - TICK_USEC;
	s->pursuit.poll_usec = UINT64_MAX;
	s->pursuit.watch.fd = -1;
	(void)gethostname(s->hostname, sizeof(s->hostname) - 1);
	follow_init(&s->pursuit.follow);

	r = watch_open(&s->pursuit.watch);
	if (r < 0)
		return r;
	source->fd = s->pursuit.watch.fd;
	r = start(s, saved, n);
	if (r < 0)
		return r;
	*ret = TAKE(source);
	return 0;
}
