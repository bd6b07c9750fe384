/* Events show where to look, never what has happened: a file is compared with its position, a
 * directory is scanned again. A file that no name leads to any more is read to its end all the
 * same. It is closed when it has been quiet for long. */
#include "config.h"

#include "source/files/files-source.h"

#include <assert.h>
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
#include "source/files/disk/content.h"
#include "source/files/disk/glob.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"
#include "source/files/unread.h"

enum {
	LEAVE_GONE_USEC = 60 * 1000 * 1000, /* until a file without any name is closed */
	TICK_USEC = 10 * 1000,              /* the clock of file systems is behind by this much */
	PULL_MAX = 64,                      /* files looked at in one pull */
};

struct files_source {
	struct source source;
	struct files_state state;
	struct content content;
	struct followed *current; /* of the block given last */
	struct source_block block;
	bool start_visited; /* the source's own position was visited */
	char hostname[HOST_NAME_MAX + 1];
	char position[POSITION_SIZE];
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

static void check_file(struct files_state *state, struct followed *file, bool attributes)
{
	struct stat status;

	if (attributes && !file->gone && fstat(file->tail.fd, &status) == 0 &&
		status.st_nlink == 0) {
		file->gone = true;
		file->leave_usec = files_state_now() + LEAVE_GONE_USEC;
	}
	if (file->candidate_usec > 0)
		copies_look(&state->table, file, files_state_now());
	else if (!file->ready)
		followed_queue(&state->table, file);
}

/* Any of the files may have changed, in any way. */
static void check_all_files(struct files_state *state)
{
	struct followed *file;

	TAILQ_FOREACH (file, &state->table.all, in_all)
		if (!file->finished)
			check_file(state, file, true);
}

/* A new file that does not match may be the copy of one that does. */
static void hold_new_entry(struct files_state *state, const char *path)
{
	if (!glob_is_compressed(path) && copies_find_related(&state->table, path))
		rotation_hold(&state->rotation, path, files_state_now() + ROTATION_HOLD_USEC);
}

static void handle_directory_event(struct files_state *state, const struct watch_event *event)
{
	const struct watch_directory *directory;
	size_t at = 0;

	while ((directory = watch_find_directory(&state->watch, event->wd, &at))) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s",
			strcmp(directory->path, "/") == 0 ? "" : directory->path,
			event->name ? event->name : "");

		if (n < 0 || (size_t)n >= sizeof(path))
			continue;
		if (!event->name || directory->any ||
			glob_is_relevant(&state->options->paths, path))
			state->dirty = true;
		else if (event->kind == WATCH_APPEARED)
			hold_new_entry(state, path);
	}
}

static void handle_event(const struct watch_event *event, void *userdata)
{
	struct files_state *state = userdata;
	struct followed *file;

	if (event->kind == WATCH_OVERFLOW) {
		state->dirty = true;
		check_all_files(state);
		return;
	}
	file = followed_find_watch(&state->table, event->wd);
	if (file)
		check_file(state, file, event->kind == WATCH_ATTRIBUTES);
	else
		handle_directory_event(state, event);
}

/* Close a file that was left. If its last line has no end, give that first. */
static void leave_file(struct files_state *state, struct followed *file)
{
	if (file->tail.n_held > 0 && !file->tail.final) {
		file->tail.final = true;
		followed_queue(&state->table, file);
	} else {
		files_state_finish(state, file);
	}
}

/* Handle what is due: candidates to decide, files to close. */
static void handle_timers(struct files_state *state)
{
	uint64_t time = files_state_now();
	struct followed *file;

	TAILQ_FOREACH (file, &state->table.all, in_all) {
		if (file->finished)
			continue;
		if (file->candidate_usec > 0 && file->candidate_usec <= time)
			copies_decide(&state->table, file, time);
		if (file->leave_usec <= time && !file->ready && !copies_is_timed(file))
			leave_file(state, file);
	}
	(void)rotation_expire(&state->rotation, time);
	if (state->poll_usec <= time) {
		state->dirty = true;
		check_all_files(state);
	}
}

static int files_process(struct source *source)
{
	struct files_source *s = files_of(source);
	int r = watch_read(&s->state.watch, handle_event, &s->state);

	if (r < 0)
		return r;
	handle_timers(&s->state);
	if (s->state.dirty)
		discover_files(&s->state);
	return 0;
}

/* Discover the copies that were made before a file was truncated. They must be known first. */
static int discover_copies(struct files_source *s)
{
	int r = watch_read(&s->state.watch, handle_event, &s->state);

	if (r < 0)
		return r;
	if (s->state.dirty || s->state.poll_usec != UINT64_MAX)
		discover_files(&s->state);
	return 0;
}

static int files_timeout(struct source *source, uint64_t *ret_usec)
{
	struct files_source *s = files_of(source);
	uint64_t first = rotation_expire(&s->state.rotation, files_state_now());
	const struct followed *file;

	source->pending = s->state.short_of_resources;
	lower(&first, s->state.poll_usec);
	TAILQ_FOREACH (file, &s->state.table.all, in_all) {
		if (file->finished)
			continue;
		source->pending |= copies_is_timed(file);
		if (file->candidate_usec > 0)
			lower(&first, file->candidate_usec);
		if (!copies_is_timed(file))
			lower(&first, file->leave_usec);
	}
	*ret_usec = first;
	return 0;
}

/* --- reading --- */

static int return_block(
	struct files_source *s, struct followed *file, uint64_t n_lines, struct source_item *ret)
{
	s->current = file;
	s->source.n_read += n_lines;
	s->source.n_cut += s->block.continues;
	if (!file->named)
		file->leave_usec =
			files_state_now() + (file->gone ? LEAVE_GONE_USEC : FILES_STATE_LEAVE_USEC);
	followed_queue(&s->state.table, file);
	*ret = (struct source_item){ .block = s->block };
	return 0;
}

static void report_broken(struct files_source *s, struct followed *file, int error)
{
	s->source.n_damaged++;
	followed_unqueue(&s->state.table, file);
	if (!complaints_add(&s->state.complaints, file->path))
		return;
	errno = -error;
	log_error("source %s: cannot read '%s': %m, retrying when it changes", s->source.name,
		file->path);
}

/* Handle a truncated file. If that is not possible now, it is done at the next look. */
static int handle_truncated(struct files_source *s, struct followed *file)
{
	struct file_position position;
	int r = discover_copies(s);

	if (r < 0)
		return r;
	position = file->tail.position;
	r = unread_restart(&s->state, file, &position);
	if (r < 0) {
		files_state_run_short(&s->state, r);
		file->put_off = true;
		followed_unqueue(&s->state.table, file);
		lower(&s->state.poll_usec, files_state_now() + FILES_STATE_POLL_USEC);
	}
	/* A truncation that cannot be handled yet leaves the position as it was. */
	assert(r == 0 || file->tail.position.offset == position.offset);
	return 0;
}

/* Look at one file. Returns 0 with an item, SOURCE_SKIPPED, or a negative errno. */
static int read_file(struct files_source *s, struct followed *file, struct source_item *ret)
{
	uint64_t n_lines = 0;
	int r = tail_read(&file->tail, &s->content, FILES_LINE_MAX, &s->block, &n_lines);

	if (r == 0)
		return return_block(s, file, n_lines, ret);
	if (r == -ENOMEM)
		return r;
	if (r == TAIL_END) {
		followed_unqueue(&s->state.table, file);
	} else if (r == TAIL_TRUNCATED) {
		r = handle_truncated(s, file);
		if (r < 0)
			return r;
	} else if (r < 0) {
		report_broken(s, file, r);
	}
	return SOURCE_SKIPPED;
}

static int files_pull(struct source *source, struct source_item *ret)
{
	struct files_source *s = files_of(source);

	content_shrink(&s->content);
	for (unsigned i = 0; i < PULL_MAX; i++) {
		struct followed *file = TAILQ_FIRST(&s->state.table.queue);
		int r;

		if (!file)
			return SOURCE_AGAIN;
		if (file->read_first && file->read_first->ready) {
			followed_queue(&s->state.table, file);
			file = file->read_first;
		}
		assert(file->ready && !file->finished && file->candidate_usec == 0);
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
		r = record_add(record, text_of("SYSLOG_IDENTIFIER"), followed_identifier(path));
	if (r == 0)
		r = record_add(record, text_of("_HOSTNAME"), text_of(s->hostname));
	if (r == 0)
		r = record_add(record, text_of("_FILE"), text_of(path));
	return r;
}

static int files_line(struct source *source, const struct source_line *line, struct record *record)
{
	struct files_source *s = files_of(source);
	struct file_position position;
	size_t len;

	/* The file was read for this block, and everything in the block counts as pulled. */
	assert(s->current && !s->current->finished);
	position = tail_position_behind(&s->current->tail, &s->content, &s->block, line->next);
	assert(position.offset <= s->current->tail.position.offset);
	len = position_print(&position, s->current->path, s->position);
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
		position, sizeof(position), "%s%" PRIu64, POSITION_STARTED, s->state.started);

	visit(&(struct source_position){ text_of(""), text_make(position, (size_t)n) }, userdata);
	s->start_visited = true;
}

/* A candidate has no position yet. If the start were visited first, the next start would take the
 * candidate for an old file that a new glob leads to. */
static bool has_candidates(const struct files_source *s)
{
	const struct followed *file;

	TAILQ_FOREACH (file, &s->state.table.all, in_all)
		if (!file->finished && file->original)
			return true;
	return false;
}

static int files_visit_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct files_source *s = files_of(source);
	struct followed *file, *next;

	/* Visit the forgotten streams together with the positions of the files that they became:
	 * neither counts without the other. */
	saved_visit_forgotten(&s->state.saved, visit, userdata);
	if (!s->start_visited && s->state.phase == FILES_PHASE_RUNNING && !has_candidates(s))
		visit_started(s, visit, userdata);
	for (file = TAILQ_FIRST(&s->state.table.all); file; file = next) {
		struct source_position position = { text_of(file->stream), text_of("") };

		next = TAILQ_NEXT(file, in_all);
		/* If the candidate is a copy, it will be passed over the next time, too. */
		if (!file->tail.position_changed || (file->original && !file->finished))
			continue;
		file->tail.position_changed = false;
		if (!file->finished)
			position.position = text_make(s->position,
				position_print(&file->tail.position, file->path, s->position));
		visit(&position, userdata);
		if (file->finished)
			followed_free(&s->state.table, file);
	}
	return 0;
}

/* --- starting --- */

static struct source *files_free(struct source *source)
{
	struct files_source *s = files_of(source);

	followed_done(&s->state.table);
	rotation_done(&s->state.rotation);
	watch_close(&s->state.watch);
	content_done(&s->content);
	complaints_done(&s->state.complaints);
	saved_done(&s->state.saved);
	free(s);
	return NULL;
}

static const struct source_class files_class = {
	.pull = files_pull,
	.line = files_line,
	.visit_positions = files_visit_positions,
	.process = files_process,
	.timeout = files_timeout,
	.free = files_free,
};

static int start_source(struct files_source *s, const struct source_position *saved, size_t n)
{
	int r = saved_init(&s->state.saved, saved, n);

	if (r < 0)
		return r;
	discover_files(&s->state);
	if (s->state.phase == FILES_PHASE_OPENING)
		s->state.phase = FILES_PHASE_STARTING;
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
	s->state.name = name;
	s->state.options = options;
	s->content = content_make(FILES_LINE_MAX);
	s->state.started = io_now_usec(CLOCK_REALTIME) - TICK_USEC;
	s->state.poll_usec = UINT64_MAX;
	s->state.watch.fd = -1;
	(void)gethostname(s->hostname, sizeof(s->hostname) - 1);
	followed_init(&s->state.table);

	r = watch_open(&s->state.watch);
	if (r < 0)
		return r;
	source->fd = s->state.watch.fd;
	r = start_source(s, saved, n);
	if (r < 0)
		return r;
	*ret = TAKE(source);
	return 0;
}
