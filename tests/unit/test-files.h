/* What the tests of the files source share: a directory with real files, a source that follows
 * those that match, and a table of positions as the daemon would save it. The program is linked
 * with --wrap=io_now_usec: time passes only when a test lets it. */
#pragma once

#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "source/files/files-options.h"
#include "source/files/files-source.h"
#include "source/files/position.h"
#include "source/files/tail.h"

enum {
	WORLD_PATH_SIZE = 1536,
	WORLD_POSITIONS_MAX = 4096,
	WORLD_GLOBS_MAX = 4,
	WORLD_SECOND = 1000 * 1000,
	WORLD_AGES = 1000,            /* seconds: longer than anything waits */
	WORLD_SAVE_USEC = 300 * 1000, /* longer than the pause between two saves */
	WORLD_DESCRIPTORS = 100,
	WORLD_NOBODY = 65534,
};

struct world_position {
	char stream[POSITION_STREAM_SIZE];
	char position[POSITION_SIZE];
};

struct world {
	char directory[32];
	struct source *source;
	struct files_options options;
	char globs[WORLD_GLOBS_MAX][WORLD_PATH_SIZE];
	struct text items[WORLD_GLOBS_MAX];
	struct world_position *saved;
	size_t n_saved;
	size_t n_visited;             /* positions that the source visited */
	size_t stop_after;            /* lines: then nothing is read any more; 0 = no bound */
	size_t n_lines;               /* so far */
	struct buffer lines;          /* given since they were looked at last, each with its LF */
	char origin[WORLD_PATH_SIZE]; /* of the last line */
	char identity[SOURCE_IDENTITY_SIZE]; /* the same */
	bool cut;                            /* the last line was */
	int messages, standard_error;        /* while messages are kept; -1 otherwise */
	struct rlimit limit;                 /* of descriptors, before a test changed it */
};

/* -- time ----------------------------------------------------------------- */

static uint64_t world_usec = 1000 * 1000 * 1000;
static uint64_t world_ahead_usec; /* of CLOCK_REALTIME */

uint64_t __real_io_now_usec(int clock);
uint64_t __wrap_io_now_usec(int clock);

uint64_t __wrap_io_now_usec(int clock)
{
	return clock == CLOCK_MONOTONIC ? world_usec : __real_io_now_usec(clock) + world_ahead_usec;
}

/* -- files ---------------------------------------------------------------- */

/* The path of a name, good until the next call but one. */
static inline const char *world_path(const struct world *w, const char *name)
{
	static char paths[2][WORLD_PATH_SIZE];
	static size_t n;
	char *path = paths[n++ % COUNT(paths)];

	(void)snprintf(path, WORLD_PATH_SIZE, "%s/%s", w->directory, name);
	return path;
}

static inline void world_write_bytes(struct world *w, const char *name, int flags, struct text text)
{
	int fd = open(world_path(w, name), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	assert_true(fd >= 0);
	assert_int_equal(io_write(fd, text.data, text.len), 0);
	assert_int_equal(close(fd), 0);
}

static inline void world_append(struct world *w, const char *name, const char *text)
{
	world_write_bytes(w, name, O_APPEND, text_of(text));
}

/* The same inode with other content. */
static inline void world_replace(struct world *w, const char *name, const char *text)
{
	world_write_bytes(w, name, O_TRUNC, text_of(text));
}

static inline void world_truncate(struct world *w, const char *name)
{
	assert_int_equal(truncate(world_path(w, name), 0), 0);
}

static inline void world_rename(struct world *w, const char *from, const char *to)
{
	assert_int_equal(rename(world_path(w, from), world_path(w, to)), 0);
}

static inline void world_remove(struct world *w, const char *name)
{
	assert_int_equal(unlink(world_path(w, name)), 0);
}

static inline void world_make_directory(struct world *w, const char *name)
{
	assert_int_equal(mkdir(world_path(w, name), 0755), 0);
}

/* As cp(1) does it. */
static inline void world_copy(struct world *w, const char *from, const char *to)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(64 * 1024 * 1024);

	assert_int_equal(io_read_file(world_path(w, from), &content), 0);
	world_write_bytes(w, to, O_TRUNC, buffer_text(&content));
}

/* What is made from now on is younger than what there is, by the clock of the file system. */
static inline void world_age(void)
{
	struct timespec before, now;

	assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &before), 0);
	do
		assert_int_equal(clock_gettime(CLOCK_REALTIME_COARSE, &now), 0);
	while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
}

static inline void world_copytruncate(struct world *w, const char *from, const char *to)
{
	world_copy(w, from, to);
	world_truncate(w, from);
}

/* As gzip(1) does it, but for the content. */
static inline void world_compress(struct world *w, const char *name)
{
	char compressed[64];

	(void)snprintf(compressed, sizeof(compressed), "%s.gz", name);
	world_write_bytes(w, compressed, O_TRUNC, TEXT("\x1f\x8b\x08\x00\nno log\n"));
	world_remove(w, name);
}

/* -- many files ----------------------------------------------------------- */

/* The name of the file of this number: `#` in the pattern is the number. */
static inline const char *world_number(const char *pattern, unsigned number)
{
	static char names[2][64];
	static size_t n;
	char *name = names[n++ % COUNT(names)];
	const char *at = strchr(pattern, '#');

	assert_non_null(at);
	(void)snprintf(
		name, sizeof(names[0]), "%.*s%u%s", (int)(at - pattern), pattern, number, at + 1);
	return name;
}

static inline void world_append_to_each(
	struct world *w, const char *pattern, unsigned first, unsigned end, const char *text)
{
	for (unsigned i = first; i < end; i++)
		world_append(w, world_number(pattern, i), text);
}

/* -- positions ------------------------------------------------------------ */

static inline void world_save(struct world *w, struct text stream, struct text position)
{
	size_t i = 0;

	while (i < w->n_saved && !text_equal(text_of(w->saved[i].stream), stream))
		i++;
	if (position.len == 0) {
		if (i < w->n_saved)
			w->saved[i] = w->saved[--w->n_saved];
		return;
	}
	assert_true(i < WORLD_POSITIONS_MAX);
	w->n_saved += i == w->n_saved;
	(void)snprintf(w->saved[i].stream, sizeof(w->saved[i].stream), "%.*s", TEXT_FORMAT(stream));
	(void)snprintf(
		w->saved[i].position, sizeof(w->saved[i].position), "%.*s", TEXT_FORMAT(position));
}

static inline void world_visit(const struct source_position *position, void *userdata)
{
	struct world *w = userdata;

	w->n_visited++;
	world_save(w, position->stream, position->position);
}

/* Visit the positions of the source; returns how many there were. */
static inline size_t world_save_all(struct world *w)
{
	w->n_visited = 0;
	assert_int_equal(source_visit_positions(w->source, world_visit, w), 0);
	return w->n_visited;
}

/* Make all positions those of another device. */
static inline void world_renumber(struct world *w)
{
	for (size_t i = 0; i < w->n_saved; i++) {
		struct world_position *item = &w->saved[i];
		struct text path;
		struct file_position position;
		char copy[WORLD_PATH_SIZE];

		if (item->stream[0] == '\0')
			continue;
		assert_int_equal(position_parse(text_of(item->position), &position, &path), 0);
		(void)snprintf(copy, sizeof(copy), "%.*s", TEXT_FORMAT(path));
		position.device += 7;
		(void)position_print(&position, copy, item->position);
		position_print_stream(&position, item->stream);
	}
}

/* -- the source ----------------------------------------------------------- */

static inline void world_start(struct world *w)
{
	struct source_position *saved = calloc(w->n_saved + 1, sizeof(*saved));

	assert_non_null(saved);
	for (size_t i = 0; i < w->n_saved; i++)
		saved[i] = (struct source_position){ text_of(w->saved[i].stream),
			text_of(w->saved[i].position) };
	assert_int_equal(
		files_source_new("test", &w->options,
			&(struct files_past){ .saved = saved, .n = w->n_saved }, &w->source),
		0);
	free(saved);
}

/* Start behind the saved positions; there is a record up to `reached`, the position of a file. */
static inline void world_start_reached(struct world *w, const char *reached)
{
	struct source_position saved[4];
	struct text texts[4] = { 0 };

	assert_between(w->n_saved, 1, COUNT(saved));
	for (size_t i = 0; i < w->n_saved; i++) {
		saved[i] = (struct source_position){ text_of(w->saved[i].stream),
			text_of(w->saved[i].position) };
		texts[i] = text_of(w->saved[i].stream[0] ? reached : "");
	}
	assert_int_equal(
		files_source_new("test", &w->options,
			&(struct files_past){ saved, texts, w->n_saved, NULL }, &w->source),
		0);
}

/* The power fails: only what was saved before is left. */
static inline void world_kill(struct world *w)
{
	w->source = source_free(w->source);
}

/* The saved position of the file: there is only one. */
static inline char *world_position(struct world *w)
{
	size_t i = 0;

	while (i < w->n_saved && w->saved[i].stream[0] == '\0')
		i++;
	assert_true(i < w->n_saved);
	return w->saved[i].position;
}

static inline void world_note_position(struct world *w, char ret[POSITION_SIZE])
{
	(void)snprintf(ret, POSITION_SIZE, "%s", world_position(w));
}

/* The same; its position is from earlier. */
static inline void world_kill_at(struct world *w, const char *position)
{
	world_kill(w);
	(void)snprintf(world_position(w), POSITION_SIZE, "%s", position);
}

static inline void world_stop(struct world *w)
{
	(void)world_save_all(w);
	world_kill(w);
}

static inline void world_restart(struct world *w)
{
	world_stop(w);
	world_start(w);
}

static inline bool world_has_enough(const struct world *w)
{
	return w->stop_after > 0 && w->n_lines >= w->stop_after;
}

/* Take one line of a block; its position is saved at once. */
static inline void world_take_line(
	struct world *w, const struct source_line *line, struct record *record)
{
	struct text identity, origin;
	char buffer[SOURCE_IDENTITY_SIZE];

	record_clear(record);
	assert_int_equal(source_line(w->source, line, record), 0);
	assert_string_equal(record->source, "test");
	origin = record_find(record, "_FILE");
	(void)snprintf(w->origin, sizeof(w->origin), "%.*s", TEXT_FORMAT(origin));
	identity = position_order.identity(record->position, buffer);
	(void)snprintf(w->identity, sizeof(w->identity), "%.*s", TEXT_FORMAT(identity));
	assert_int_equal(record->cut, record->part_end);
	w->cut = record->cut;
	w->n_lines++;
	world_save(w, record->stream, record->position);
	buffer_add_text(&w->lines, record_message(record));
	buffer_add_char(&w->lines, '\n');
}

static inline void world_take_block(struct world *w, const struct source_block *block)
{
	CLEANUP(record_done) struct record record = record_make();
	struct source_line line = { 0 };

	assert_false(block->continued);
	assert_true(block->bytes.len > 0);
	while (line.next < block->bytes.len && !world_has_enough(w)) {
		const char *from = block->bytes.data + line.next;
		const char *lf = memchr(from, '\n', block->bytes.len - line.next);

		line.start = line.next;
		line.end = lf ? (size_t)(lf - block->bytes.data) : block->bytes.len;
		line.next = lf ? line.end + 1 : line.end;
		world_take_line(w, &line, &record);
	}
}

/* Pull until there is nothing there. */
static inline void world_pull(struct world *w)
{
	struct source_item item;
	int r;

	while ((r = source_pull(w->source, &item)) != SOURCE_AGAIN) {
		assert_true(r == 0 || r == SOURCE_SKIPPED || r == SOURCE_SAVE);
		if (r == SOURCE_SAVE)
			(void)world_save_all(w);
		if (r == 0)
			world_take_block(w, &item.block);
		if (world_has_enough(w))
			return;
	}
}

static inline bool world_has_events(const struct world *w)
{
	struct pollfd fd = { .fd = w->source->fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static inline uint64_t world_timeout(const struct world *w)
{
	uint64_t usec = 0;

	assert_int_equal(source_timeout(w->source, &usec), 0);
	return usec;
}

/* Whether the source waits for the moment between two saves, which passes. */
static inline bool world_passes_a_moment(const struct world *w)
{
	uint64_t usec = world_timeout(w);

	if (usec <= world_usec || usec > world_usec + WORLD_SAVE_USEC)
		return false;
	world_usec = usec;
	return true;
}

/* Everything that is to be had without time passing, but for the pause between saves. */
static inline void world_read(struct world *w)
{
	world_pull(w);
	while (!world_has_enough(w) && (world_has_events(w) || world_passes_a_moment(w))) {
		assert_int_equal(source_process(w->source), 0);
		world_pull(w);
	}
}

/* Let time pass, from one of the source's timeouts to the next, as its owner does. */
static inline void world_wait(struct world *w, unsigned seconds)
{
	uint64_t end = world_usec + (uint64_t)seconds * WORLD_SECOND;
	uint64_t next;
	unsigned n = 0;

	world_read(w);
	while ((next = world_timeout(w)) <= end) {
		/* A timeout that is due when nothing is left to do would be due for ever. */
		assert_true(next > world_usec);
		assert_true(n++ < 10 * WORLD_AGES);
		world_usec = next;
		assert_int_equal(source_process(w->source), 0);
		world_read(w);
	}
	world_usec = end;
}

/* -- what came ------------------------------------------------------------ */

#define assert_lines(w, wanted) world_assert_lines((w), (wanted), __FILE__, __LINE__)

/* These lines have come, each with its LF, since the last time, and no other. */
static inline void world_assert_lines(
	struct world *w, const char *wanted, const char *file, int line)
{
	bool same;

	world_read(w);
	assert_int_equal(buffer_finish(&w->lines), 0);
	same = text_equal(buffer_text(&w->lines), text_of(wanted));
	if (!same)
		print_error("came:\n%.*swanted:\n%s", TEXT_FORMAT(buffer_text(&w->lines)), wanted);
	buffer_clear(&w->lines);
	if (!same)
		_fail(file, line);
}

/* -- messages -------------------------------------------------------------- */

/* From here to the end of the test. */
static inline void world_keep_messages(struct world *w)
{
	w->messages = memfd_create("messages", MFD_CLOEXEC);
	w->standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	assert_true(w->messages >= 0 && w->standard_error >= 0);
	assert_true(dup2(w->messages, STDERR_FILENO) >= 0);
	log_open("test", LOG_NOTICE);
}

/* How often the text is in the messages. */
static inline size_t world_count_messages(const struct world *w, const char *text)
{
	static char bytes[1024 * 1024];
	ssize_t len = pread(w->messages, bytes, sizeof(bytes) - 1, 0);
	size_t n = 0;

	assert_true(len >= 0);
	bytes[len] = '\0';
	for (const char *at = strstr(bytes, text); at; at = strstr(at + 1, text))
		n++;
	return n;
}

static inline void world_drop_messages(struct world *w)
{
	if (w->messages < 0)
		return;
	log_open("test", LOG_EMERG - 1);
	(void)dup2(w->standard_error, STDERR_FILENO);
	w->standard_error = close_fd(w->standard_error);
	w->messages = close_fd(w->messages);
}

/* -- limits and rights ------------------------------------------------------ */

/* To the end of the test. */
static inline void world_limit_descriptors(struct world *w)
{
	struct rlimit limit = w->limit;

	limit.rlim_cur = WORLD_DESCRIPTORS;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* To the end of the test, the files have an owner who may not read all. */
static inline void world_become_unprivileged(const struct world *w)
{
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(w->directory, WORLD_NOBODY, WORLD_NOBODY), 0);
	assert_int_equal(seteuid(WORLD_NOBODY), 0);
}

/* A file that its owner may not read. */
static inline void world_append_unreadable(struct world *w, const char *name)
{
	world_become_unprivileged(w);
	world_append(w, name, "one\n");
	assert_int_equal(chmod(world_path(w, name), 0), 0);
}

/* -- fixture -------------------------------------------------------------- */

static inline void world_match(struct world *w, size_t i, const char *glob)
{
	(void)snprintf(w->globs[i], sizeof(w->globs[i]), "%s/%s", w->directory, glob);
	w->items[i] = text_of(w->globs[i]);
	w->options.paths.items = w->items;
	w->options.paths.n = i + 1;
}

/* A world in which *.log matches; the source is not started. */
static inline int world_begin(void **state)
{
	static struct world w;

	w = (struct world){ .directory = "/tmp/because-test.XXXXXX" };
	w.lines = buffer_make(64 * 1024 * 1024);
	w.saved = calloc(WORLD_POSITIONS_MAX, sizeof(*w.saved));
	w.messages = w.standard_error = -1;
	if (!w.saved || !mkdtemp(w.directory) || getrlimit(RLIMIT_NOFILE, &w.limit) < 0)
		return -1;
	world_match(&w, 0, "*.log");
	world_ahead_usec = 0;
	*state = &w;
	return 0;
}

static inline int world_unlink(
	const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static inline int world_end(void **state)
{
	struct world *w = *state;

	w->source = source_free(w->source);
	world_drop_messages(w);
	buffer_done(&w->lines);
	free(w->saved);
	if (setrlimit(RLIMIT_NOFILE, &w->limit) < 0 || (getuid() == 0 && seteuid(0) < 0))
		return -1;
	return nftw(w->directory, world_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_begin, world_end)
