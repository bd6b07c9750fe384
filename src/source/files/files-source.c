/* Events show where to look, never what has happened: a file is compared with its position, a name
 * is looked at again. */
#include "config.h"

#include "source/files/files-source.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "source/files/copies.h"
#include "source/files/discover.h"
#include "source/files/disk/content.h"
#include "source/files/disk/glob.h"
#include "source/files/disk/paths.h"
#include "source/files/disk/status.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"
#include "source/files/rotated.h"

enum {
	TICK_USEC = 10 * 1000, /* the clock of file systems is behind by this much */
	PULL_MAX = 64,         /* files looked at in one pull */
	START_STEPS_MAX = 64,  /* of the first scan, before the source is returned */
	READ_FIRST_MAX = 16,   /* files that are to be read before one another */
};

struct files_source {
	struct source source;
	struct files_state state;
	/* The block given last, and its file as it was then: */
	struct content content;
	struct source_block block;
	struct tail tail;
	char path[PATH_MAX];
	char stream[POSITION_STREAM_SIZE];
	size_t n_before_search; /* files to look at before copies are searched for */
	bool start_visited;     /* the source's own position was visited */
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

/* The file has changed, or may have. */
static void check_file(struct files_state *state, struct followed *file)
{
	struct file_status status;

	if (file->tail.fd >= 0 && file->name != FOLLOWED_GONE &&
		status_of_fd(file->tail.fd, &status) == 0 && status.n_links == 0) {
		files_state_unname(state, file, true);
		file->name = FOLLOWED_GONE;
		files_state_keep(state, file);
	}
	if (file->state == FOLLOWED_WAITING)
		copies_look(state, file);
	else if (file->state == FOLLOWED_READING && !followed_is_in(file, FOLLOWED_LOST) &&
		 !followed_is_in(file, FOLLOWED_QUEUE))
		files_state_queue(state, file);
}

/* Any of the open files may have changed; the others are looked at by the scan. A look moves files
 * in the list of those that are open. */
static void check_open_files(struct files_state *state)
{
	struct followed *file;

	for (file = followed_first(&state->table, FOLLOWED_ALL); file;
		file = followed_next(file, FOLLOWED_ALL))
		if (file->tail.fd >= 0)
			check_file(state, file);
}

/* A file that is not open has changed. */
static void check_entry(struct files_state *state, const char *path)
{
	struct followed *file = NULL;

	while ((file = followed_next_path(&state->table, path, file)))
		if (file->name == FOLLOWED_NAMED && file->tail.fd < 0)
			check_file(state, file);
}

static void handle_entry_event(struct files_state *state, const struct watch_directory *directory,
	const struct watch_event *event, const char *path)
{
	if (event->kind == WATCH_CHANGED)
		check_entry(state, path);
	if (event->kind == WATCH_CHANGED || event->kind == WATCH_APPEARED)
		files_state_check_aside(state, path);
	if (event->kind == WATCH_CHANGED)
		return;
	if (!directory->any && glob_matches(&state->options->paths, path))
		discover_entry(state, path, event->kind == WATCH_REMOVED);
	else if (directory->any || glob_is_relevant(&state->options->paths, path))
		state->dirty = true;
	else if (event->kind == WATCH_APPEARED)
		rotated_hold(state, path);
}

static void handle_directory_event(struct files_state *state, const struct watch_event *event)
{
	const struct watch_directory *directory;
	size_t at = 0;

	while ((directory = watch_find_directory(&state->watch, event->wd, &at))) {
		char path[PATH_MAX];

		if (!event->name)
			state->dirty = true;
		else if (path_join(directory->path, event->name, path))
			handle_entry_event(state, directory, event, path);
	}
}

static void handle_event(const struct watch_event *event, void *userdata)
{
	struct files_state *state = userdata;
	struct followed *file;

	if (event->kind == WATCH_OVERFLOW) {
		state->dirty = true;
		check_open_files(state);
		return;
	}
	file = followed_find_watch(&state->table, event->wd);
	if (file)
		check_file(state, file);
	else
		handle_directory_event(state, event);
}

/* --- time --- */

static void handle_waiters(struct files_state *state, uint64_t time)
{
	struct followed *file, *next;

	for (file = followed_first(&state->table, FOLLOWED_WAITERS); file; file = next) {
		next = followed_next(file, FOLLOWED_WAITERS);
		if (file->decide_usec <= time)
			copies_decide(state, file);
	}
}

/* The rest of a last line that will never get its end. */
static void give_rest(struct files_state *state, struct followed *file)
{
	followed_list_remove(&state->table, FOLLOWED_RESTS, file);
	file->tail.final = true;
	check_file(state, file);
}

static void handle_rests(struct files_state *state, uint64_t time)
{
	struct followed *file, *next;

	for (file = followed_first(&state->table, FOLLOWED_RESTS); file; file = next) {
		next = followed_next(file, FOLLOWED_RESTS);
		if (file->rest_usec <= time)
			give_rest(state, file);
	}
}

static bool may_leave(const struct followed *file)
{
	return file->state == FOLLOWED_READING && !followed_is_in(file, FOLLOWED_QUEUE) &&
	       !followed_is_in(file, FOLLOWED_UNSAVED) && !followed_is_in(file, FOLLOWED_TRUNCATED);
}

/* Whether none of its lines may have to be read again: of a file without a name, only the open
 * descriptor leads to them. */
static bool is_settled(struct source *source, struct followed *file, uint64_t time)
{
	if (!source->returns)
		return true;
	if (file->asked == 0)
		file->asked = ++source->n_asked;
	if (file->asked <= source->n_answered)
		return true;
	file->leave_usec = time + FILES_STATE_ASK_USEC;
	return false;
}

static void handle_leaving(struct files_source *s, uint64_t time)
{
	struct files_state *state = &s->state;
	struct followed *file, *next;

	for (file = followed_first(&state->table, FOLLOWED_LEAVING); file; file = next) {
		next = followed_next(file, FOLLOWED_LEAVING);
		if (file->leave_usec > time || !may_leave(file))
			continue;
		/* A rest that cannot be given is not tried again. */
		if (file->tail.n_held > 0 && !file->tail.final)
			give_rest(state, file);
		else if (file->is_unread)
			files_state_lose(state, file);
		else if (is_settled(&s->source, file, time))
			files_state_finish(state, file);
	}
}

/* Look again at the files that could not be handled. */
static void retry_put_off(struct files_state *state)
{
	struct followed *file;

	if (state->table.n_put_off == 0)
		return;
	for (file = followed_first(&state->table, FOLLOWED_ALL); file;
		file = followed_next(file, FOLLOWED_ALL))
		if (file->is_put_off && file->state == FOLLOWED_READING)
			followed_list_add(&state->table, FOLLOWED_QUEUE, file);
}

static void handle_timers(struct files_source *s)
{
	struct files_state *state = &s->state;
	uint64_t time = files_state_now();

	handle_waiters(state, time);
	handle_rests(state, time);
	handle_leaving(s, time);
	(void)held_files_expire(&state->held, time);
	if (state->poll_usec <= time) {
		state->poll_usec = UINT64_MAX;
		state->dirty = true;
		check_open_files(state);
		retry_put_off(state);
	}
}

static void update_counts(struct files_source *s)
{
	s->source.n_copies = s->state.n_copies;
	s->source.n_held = s->state.table.n_held;
	s->source.n_unreadable = s->state.table.n_unreadable + s->state.n_troubled;
	s->source.n_left_out = s->state.n_left_out;
}

static int files_process(struct source *source)
{
	struct files_source *s = files_of(source);
	int r = watch_read(&s->state.watch, handle_event, &s->state);

	if (r < 0)
		return r;
	handle_timers(s);
	discover_settle(&s->state);
	if (s->state.scanning || (s->state.dirty && s->state.rest_usec <= files_state_now()))
		(void)discover_step(&s->state);
	update_counts(s);
	return 0;
}

/* Discover the copies that were made before files were truncated. They must be known first. */
static int discover_copies(struct files_source *s)
{
	int r = watch_read(&s->state.watch, handle_event, &s->state);

	if (r < 0)
		return r;
	discover_settle(&s->state);
	if (s->state.dirty || s->state.scanning || s->state.poll_usec != UINT64_MAX)
		discover_all(&s->state);
	return 0;
}

static int files_timeout(struct source *source, uint64_t *ret_usec)
{
	struct files_source *s = files_of(source);
	const struct followed_table *table = &s->state.table;
	uint64_t first = held_files_expire(&s->state.held, files_state_now());
	const struct followed *file;

	source->pending = s->state.short_of_resources || s->state.has_young || s->state.scanning ||
			  s->state.dirty || s->state.is_save_due || table->n_put_off > 0 ||
			  followed_first(table, FOLLOWED_WAITERS) != NULL;
	lower(&first, s->state.poll_usec);
	if (s->state.is_save_due)
		lower(&first, s->state.save_usec);
	if (s->state.scanning)
		first = 0;
	else if (s->state.dirty)
		lower(&first, s->state.rest_usec);
	for (file = followed_first(table, FOLLOWED_WAITERS); file;
		file = followed_next(file, FOLLOWED_WAITERS))
		lower(&first, file->decide_usec);
	for (file = followed_first(table, FOLLOWED_RESTS); file;
		file = followed_next(file, FOLLOWED_RESTS))
		lower(&first, file->rest_usec);
	for (file = followed_first(table, FOLLOWED_LEAVING); file;
		file = followed_next(file, FOLLOWED_LEAVING))
		if (may_leave(file))
			lower(&first, file->leave_usec);
	*ret_usec = first;
	return 0;
}

/* --- reading --- */

static void note_handled(struct files_source *s, struct followed *file)
{
	(void)complaints_remove(&s->state.complaints, file->path);
	if (!file->is_put_off)
		return;
	followed_put_off(&s->state.table, file, false);
	files_state_check_shortage(&s->state);
}

/* The block outlives its file, which may be closed before the lines of the block are asked for. */
static void keep_block(struct files_source *s, const struct followed *file)
{
	s->tail = file->tail;
	(void)snprintf(s->path, sizeof(s->path), "%s", file->path);
	position_print_stream(&file->tail.position, s->stream);
}

static int return_block(
	struct files_source *s, struct followed *file, uint64_t n_lines, struct source_item *ret)
{
	struct followed_table *table = &s->state.table;

	keep_block(s, file);
	note_handled(s, file);
	s->source.n_read += n_lines;
	s->source.n_cut += s->block.continues;
	file->tail.final = false;
	files_state_keep(&s->state, file);
	/* A watched file is looked at again when there is an event. Until then it may be closed. */
	if (file->tail.at_end && file->wd >= 0 && file->tail.n_held == 0)
		followed_list_remove(table, FOLLOWED_QUEUE, file);
	else
		followed_list_add(table, FOLLOWED_QUEUE, file);
	followed_update(table, file);
	*ret = (struct source_item){ .block = s->block };
	return 0;
}

static void report_broken(struct files_source *s, struct followed *file, int error)
{
	s->source.n_damaged++;
	if (!files_state_may_complain(&s->state, file->path))
		return;
	errno = -error;
	log_error("source %s: cannot read '%s': %m, retrying when it changes", s->source.name,
		file->path);
}

static void put_off(struct files_source *s, struct followed *file, int error)
{
	followed_list_remove(&s->state.table, FOLLOWED_QUEUE, file);
	followed_put_off(&s->state.table, file, true);
	files_state_run_short(&s->state, error);
}

/* The file is truncated. A rotation truncates many files at once, so it waits until the others in
 * the queue were looked at: one search finds the copies of all. */
static void note_truncated(struct files_source *s, struct followed *file)
{
	struct followed_table *table = &s->state.table;
	const struct followed *other;

	if (!followed_first(table, FOLLOWED_TRUNCATED)) {
		s->n_before_search = 0;
		for (other = followed_first(table, FOLLOWED_QUEUE); other;
			other = followed_next(other, FOLLOWED_QUEUE))
			s->n_before_search++;
	}
	followed_list_add(table, FOLLOWED_TRUNCATED, file);
}

/* Search for the copies of all files that are truncated. Returns SOURCE_SKIPPED or a negative
 * errno. */
static int search_copies(struct files_source *s)
{
	struct followed_table *table = &s->state.table;
	struct followed *file;
	int r;

	/* Meanwhile they may be found to be other files, be closed, or change again. */
	for (file = followed_first(table, FOLLOWED_TRUNCATED); file;
		file = followed_next(file, FOLLOWED_TRUNCATED))
		followed_list_add(table, FOLLOWED_QUEUE, file);
	r = discover_copies(s);
	if (r < 0)
		return r;
	r = rotated_find_copies(&s->state, FOLLOWED_TRUNCATED);
	while ((file = followed_first(table, FOLLOWED_TRUNCATED))) {
		followed_list_remove(table, FOLLOWED_TRUNCATED, file);
		if (r < 0)
			put_off(s, file, r);
		else if (file->state == FOLLOWED_READING && !followed_is_in(file, FOLLOWED_LOST))
			followed_list_add(table, FOLLOWED_QUEUE, file);
	}
	return SOURCE_SKIPPED;
}

/* Restart a truncated file whose copy was searched for. If that is not possible now, it is done at
 * the next look. */
static void restart_truncated(struct files_source *s, struct followed *file)
{
	int r = rotated_restart(&s->state, file);

	if (io_is_shortage(r))
		put_off(s, file, r);
	else
		note_handled(s, file);
}

/* The file could not be opened by its name. */
static void handle_unopened(struct files_source *s, struct followed *file, int error)
{
	if (error == -ENOENT && file->name == FOLLOWED_UNNAMED) {
		files_state_search(&s->state, file);
		discover_settle(&s->state);
	} else if (error == -ENOENT || error == -EISDIR || error == -EMEDIUMTYPE) {
		/* It has changed: it is to be searched for. */
		followed_list_add(&s->state.table, FOLLOWED_QUEUE, file);
		discover_entry(&s->state, file->path, false);
		discover_settle(&s->state);
		/* Its name leads to it all the same, and compressed content is not read. */
		if (error == -EMEDIUMTYPE && followed_is_in(file, FOLLOWED_QUEUE)) {
			followed_list_remove(&s->state.table, FOLLOWED_QUEUE, file);
			report_broken(s, file, error);
		}
	} else if (io_is_shortage(error)) {
		put_off(s, file, error);
	} else if (error == -EACCES || error == -EPERM) {
		files_state_refuse(&s->state, file, error);
		reports_log(&s->state.reports, s->source.name);
	} else {
		report_broken(s, file, error);
	}
}

/* Nothing more to read for now. */
static void end_file(struct files_source *s, struct followed *file)
{
	note_handled(s, file);
	files_state_await_rest(&s->state, file);
	followed_update(&s->state.table, file);
}

/* Read the next block. Until the file is read to where it was read before, other content may fit
 * its position. Returns what tail_read returns. */
static int read_block(struct files_source *s, struct followed *file, uint64_t *ret_n_lines)
{
	struct tail before = file->tail;
	int r = tail_read(&file->tail, &s->content, FILES_LINE_MAX, &s->block, ret_n_lines);

	if (r < 0 || r == TAIL_TRUNCATED || followed_check_reached(file) == 0)
		return r;
	file->tail = before;
	return TAIL_TRUNCATED;
}

/* Look at one file, which is taken out of the queue. Returns 0 with an item, SOURCE_SKIPPED, or a
 * negative errno. */
static int read_file(struct files_source *s, struct followed *file, struct source_item *ret)
{
	uint64_t n_lines = 0;
	int r;

	followed_list_remove(&s->state.table, FOLLOWED_QUEUE, file);
	r = files_state_open(&s->state, file);
	if (r < 0) {
		handle_unopened(s, file, r);
		return SOURCE_SKIPPED;
	}
	if (r == 0)
		r = read_block(s, file, &n_lines);
	if (r != TAIL_TRUNCATED)
		file->is_copy_known = false;
	if (r == 0)
		return return_block(s, file, n_lines, ret);
	if (r == -ENOMEM)
		return r;
	if (r == TAIL_END) {
		end_file(s, file);
	} else if (r == TAIL_SKIPPED) {
		followed_list_add(&s->state.table, FOLLOWED_QUEUE, file);
		followed_update(&s->state.table, file);
	} else if (r == TAIL_TRUNCATED && file->is_copy_known) {
		restart_truncated(s, file);
	} else if (r == TAIL_TRUNCATED) {
		note_truncated(s, file);
	} else {
		report_broken(s, file, r);
	}
	return SOURCE_SKIPPED;
}

/* The next file to read: the first in the queue, or what is to be read before it. */
static struct followed *choose_file(struct files_state *state)
{
	struct followed *file = followed_first(&state->table, FOLLOWED_QUEUE), *before;

	for (unsigned i = 0; file && i < READ_FIRST_MAX; i++) {
		before = followed_before(&state->table, file);
		if (!before || !followed_is_in(before, FOLLOWED_QUEUE))
			break;
		followed_list_add(&state->table, FOLLOWED_QUEUE, file);
		file = before;
	}
	return file;
}

/* Behind a kill, records of the new content of a truncated file would hide that it was truncated:
 * nothing would show its copies any more. */
static bool wait_for_save(struct files_state *state, struct followed *file)
{
	const struct followed *before = followed_before(&state->table, file);

	if (!followed_is_in(file, FOLLOWED_UNSAVED) &&
		(!before || !followed_is_in(before, FOLLOWED_UNSAVED)))
		return false;
	followed_list_remove(&state->table, FOLLOWED_QUEUE, file);
	followed_list_add(&state->table, FOLLOWED_UNSAVED, file);
	return true;
}

static int pull(struct files_source *s, struct source_item *ret)
{
	struct files_state *state = &s->state;

	if (state->scanning) {
		/* Until it is known which files there are, none is read. */
		if (discover_step(state) && state->phase != FILES_PHASE_RUNNING)
			return SOURCE_SKIPPED;
	}
	for (unsigned i = 0; i < PULL_MAX; i++) {
		struct followed *file = choose_file(state);
		int r;

		if (files_state_begin_save(state)) {
			reports_log(&state->reports, state->name);
			return SOURCE_SAVE;
		}
		if (followed_first(&state->table, FOLLOWED_TRUNCATED) &&
			(!file || s->n_before_search-- == 0))
			return search_copies(s);
		if (!file)
			return state->scanning ? SOURCE_SKIPPED : SOURCE_AGAIN;
		if (wait_for_save(state, file))
			continue;
		r = read_file(s, file, ret);
		if (r != SOURCE_SKIPPED)
			return r;
	}
	return SOURCE_SKIPPED;
}

static int files_pull(struct source *source, struct source_item *ret)
{
	struct files_source *s = files_of(source);
	int r;

	content_shrink(&s->content);
	r = pull(s, ret);
	update_counts(s);
	return r;
}

static int add_fields(struct files_source *s, struct text message, struct record *record)
{
	int r = record_add(record, text_of("MESSAGE"), message);

	if (r == 0)
		r = record_add(record, text_of("SYSLOG_IDENTIFIER"), followed_identifier(s->path));
	if (r == 0)
		r = record_add(record, text_of("_HOSTNAME"), text_of(s->hostname));
	if (r == 0)
		r = record_add(record, text_of("_FILE"), text_of(s->path));
	return r;
}

static int files_line(struct source *source, const struct source_line *line, struct record *record)
{
	struct files_source *s = files_of(source);
	struct file_position position =
		tail_position_behind(&s->tail, &s->content, &s->block, line->next);
	size_t len = position_print(&position, s->path, s->position);

	/* Everything in the block counts as pulled. */
	assert(position.offset <= s->tail.position.offset);
	record->source = source->name;
	record->stream = text_of(s->stream);
	record->position = text_make(s->position, len);
	record->part_start = s->block.continued && line->start == 0;
	record->part_end = s->block.continues && line->next == s->block.bytes.len;
	record->cut = record->part_end;
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

/* Whether the position of each file that was found at the start is known. If the start were visited
 * before, the next one would take the others for old files that a new glob leads to. */
static bool is_started(const struct files_source *s)
{
	return s->state.phase == FILES_PHASE_RUNNING &&
	       !followed_first(&s->state.table, FOLLOWED_NOTED) &&
	       !followed_first(&s->state.table, FOLLOWED_WAITERS);
}

/* A finished file is forgotten, unless another one has its inode by now. */
static void visit_finished(
	struct files_source *s, struct followed *file, source_position_fn *visit, void *userdata)
{
	struct file_position *position = &file->tail.position;
	char stream[POSITION_STREAM_SIZE];

	if (file->tail.position_changed &&
		!followed_find(&s->state.table, position->device, position->inode)) {
		position_print_stream(position, stream);
		visit(&(struct source_position){ text_of(stream), text_of("") }, userdata);
	}
	file->tail.position_changed = false;
	followed_free(&s->state.table, file);
}

static void visit_changed(
	struct files_source *s, struct followed *file, source_position_fn *visit, void *userdata)
{
	char stream[POSITION_STREAM_SIZE];
	struct source_position position = { text_of(""), text_of("") };

	file->tail.position_changed = false;
	position_print_stream(&file->tail.position, stream);
	position.stream = text_of(stream);
	position.position = text_make(
		s->position, position_print(&file->tail.position, file->path, s->position));
	visit(&position, userdata);
}

static int files_visit_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct files_source *s = files_of(source);
	struct followed_table *table = &s->state.table;
	struct followed *file;

	if (!s->start_visited && is_started(s))
		visit_started(s, visit, userdata);
	/* Forgotten files are visited together with those that have their content: neither counts
	 * without the other. */
	while ((file = followed_first(table, FOLLOWED_CHANGED))) {
		followed_list_remove(table, FOLLOWED_CHANGED, file);
		if (file->state == FOLLOWED_FINISHED)
			visit_finished(s, file, visit, userdata);
		else if (file->state == FOLLOWED_READING)
			visit_changed(s, file, visit, userdata);
	}
	return 0;
}

/* --- starting --- */

static struct source *files_free(struct source *source)
{
	struct files_source *s = files_of(source);

	files_state_done(&s->state);
	content_done(&s->content);
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

static int start_source(struct files_source *s, const struct files_past *start)
{
	struct files_state *state = &s->state;
	int r = saved_load(&state->saved, start->saved, start->reached, start->n, &state->table,
		&state->reports);

	if (r == 0 && start->before)
		r = files_state_inherit(state, &files_of(start->before)->state);
	if (r < 0)
		return r;
	for (unsigned i = 0; i < START_STEPS_MAX && discover_step(state); i++)
		;
	if (state->phase == FILES_PHASE_OPENING)
		state->phase = FILES_PHASE_STARTING;
	update_counts(s);
	return 0;
}

int files_source_new(const char *name, const struct files_options *options,
	const struct files_past *start, struct source **ret)
{
	CLEANUP(source_freep) struct source *source = NULL;
	struct files_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	source = &s->source;
	*source = (struct source){ .class = &files_class, .name = name, .fd = -1 };
	s->content = content_make(FILES_LINE_MAX);
	r = files_state_init(&s->state, name, options);
	if (r < 0)
		return r;
	s->state.started = io_now_usec(CLOCK_REALTIME) - TICK_USEC;
	(void)gethostname(s->hostname, sizeof(s->hostname) - 1);
	source->fd = s->state.watch.fd;
	r = start_source(s, start);
	if (r < 0)
		return r;
	*ret = TAKE(source);
	return 0;
}
