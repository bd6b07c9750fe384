/* The files source against a model that knows every line. Bytes are operations on three files, and
 * on the source that follows them: writing, every kind of rotation, reading, restarts.
 *
 * No whole line comes twice, but for those in a copy whose original was not truncated in time: that
 * is a file of its own. Each comes, but for those that cannot be found: which were truncated or
 * removed before the source looked, and are in no copy that can be told for one. A twin is another
 * file with equal text: each of its lines comes for itself.
 *
 * The first byte: what matches, *.log or *.log*. Then operations: the low four bits say which, the
 * others on what. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "fuzz.h"
#include "record/record.h"
#include "source/files/files-options.h"
#include "source/files/files-source.h"
#include "source/files/position.h"

enum {
	FILES = 3,
	BODIES_MAX = 512,
	LINES_MAX = 4096,
	POSITIONS_MAX = 1024,
	OPERATIONS_MAX = 100,
	PATH_SIZE = 128,
	NAME_SIZE = 16,
	BURST = 12, /* lines that are together longer than what a file is known by */
	LINE_SIZE = 128,
	SAVE_USEC = 200 * 1000, /* longer than the pause between two saves */
	WAIT_SECONDS = 11,      /* longer than all bounds that decide */
	WAITS_MAX = 30,         /* shorter than all delays before a file is closed */
};

struct line {
	unsigned body, life; /* a body has a new generation after each truncation */
	unsigned n_given;
	unsigned n_twins; /* files of their own that have it, too */
	unsigned n_more;  /* how often it may come besides */
	bool whole;
	bool copied, copied_to_match; /* it is in a copy; in one that matches */
	bool may_be_lost;
};

/* What an inode is to the file system: names come and go. */
struct body {
	unsigned life;
	unsigned n_copies; /* so far */
	bool matches;      /* a name that matches leads to it */
	bool removed;
	bool known;   /* the source has opened it */
	bool given;   /* a line of this generation was given */
	bool unseen;  /* truncated, and perhaps not looked at since */
	bool in_line; /* it ends in a part of the line below */
	unsigned line;
};

struct position {
	char stream[POSITION_STREAM_SIZE], text[POSITION_SIZE];
};

struct world {
	char directory[64];
	char glob[PATH_SIZE];
	struct text globs[1];
	struct files_options options;
	struct source *source; /* NULL while it is down */
	bool all_match;        /* the names of rotated files, too */
	struct body bodies[BODIES_MAX];
	unsigned n_bodies;
	int current[FILES], former[FILES]; /* bodies; -1 = none */
	char former_name[FILES][PATH_SIZE];
	struct line lines[LINES_MAX];
	unsigned n_lines;
	unsigned n_names, n_waits;
	struct position positions[POSITIONS_MAX];
	size_t n_positions;
};

static struct world world;

/* --- time --- */

static uint64_t now_usec;

uint64_t __real_io_now_usec(int clock);
uint64_t __wrap_io_now_usec(int clock);

uint64_t __wrap_io_now_usec(int clock)
{
	return clock == CLOCK_MONOTONIC ? now_usec : __real_io_now_usec(clock);
}

/* --- names --- */

static void path_of(const struct world *w, const char *name, char *out)
{
	must(snprintf(out, PATH_SIZE, "%s/%s", w->directory, name) < PATH_SIZE);
}

static void name_of(unsigned file, char *out)
{
	(void)snprintf(out, NAME_SIZE, "%c.log", (char)('a' + file));
}

/* --- lines --- */

/* Every line differs from its parts, and from all others. */
static size_t print_line(unsigned number, char *out)
{
	static const char fill[] = "----------------------------------------------";

	return (size_t)snprintf(
		out, LINE_SIZE, "<%u:%.*s>\n", number, (int)(number % sizeof(fill)), fill);
}

static bool has_name(const struct world *w, struct text path, unsigned body)
{
	char name[NAME_SIZE], wanted[PATH_SIZE];
	bool same = false;

	for (unsigned i = 0; i < FILES; i++) {
		name_of(i, name);
		path_of(w, w->former[i] == (int)body ? w->former_name[i] : name, wanted);
		same |= (w->former[i] == (int)body || w->current[i] == (int)body) &&
			text_equal(path, text_of(wanted));
	}
	return same;
}

/* file: its path. A line of a copy shows nothing of its original. */
static void take_line(struct world *w, struct text text, struct text file)
{
	char wanted[LINE_SIZE];
	uint64_t number;
	struct line *line;
	const char *colon = text.len > 0 ? memchr(text.data, ':', text.len) : NULL;

	if (!colon || text.data[0] != '<' ||
		text_parse_number(text_make(text.data + 1, (size_t)(colon - text.data) - 1), 10,
			UINT64_MAX, &number) < 0 ||
		number >= w->n_lines)
		return;
	/* Parts of lines are not promised. */
	if (print_line((unsigned)number, wanted) != text.len + 1 ||
		memcmp(wanted, text.data, text.len) != 0)
		return;
	line = &w->lines[number];
	line->n_given++;
	must(line->n_given <= 1 + line->n_twins + line->n_more);
	if (line->life == w->bodies[line->body].life && has_name(w, file, line->body)) {
		w->bodies[line->body].given = true;
		w->bodies[line->body].unseen = false;
	}
}

/* --- what the source gives --- */

static void save(struct world *w, struct text stream, struct text text)
{
	size_t i = 0;

	while (i < w->n_positions && !text_equal(text_of(w->positions[i].stream), stream))
		i++;
	if (text.len == 0) {
		if (i < w->n_positions)
			w->positions[i] = w->positions[--w->n_positions];
		return;
	}
	must(i < POSITIONS_MAX);
	w->n_positions += i == w->n_positions;
	must((size_t)snprintf(w->positions[i].stream, sizeof(w->positions[i].stream), "%.*s",
		     TEXT_FORMAT(stream)) == stream.len);
	must((size_t)snprintf(w->positions[i].text, sizeof(w->positions[i].text), "%.*s",
		     TEXT_FORMAT(text)) == text.len);
}

static void visit(const struct source_position *position, void *userdata)
{
	save(userdata, position->stream, position->position);
}

/* Take a block, or its first half. */
static void take_block(struct world *w, const struct source_block *block, bool half)
{
	CLEANUP(record_done) struct record record = record_make();
	size_t len = half ? (block->bytes.len + 1) / 2 : block->bytes.len;
	struct source_line line = { 0 };

	must(block->bytes.len > 0);
	while (line.next < len) {
		const char *from = block->bytes.data + line.next;
		const char *lf = memchr(from, '\n', block->bytes.len - line.next);

		line.start = line.next;
		line.end = lf ? (size_t)(lf - block->bytes.data) : block->bytes.len;
		line.next = lf ? line.end + 1 : line.end;
		record_clear(&record);
		must(source_line(w->source, &line, &record) == 0);
		take_line(w, record_message(&record), record_find(&record, "_FILE"));
		save(w, record.stream, record.position);
	}
}

static void tell(struct world *w)
{
	must(source_visit_positions(w->source, visit, w) == 0);
}

static int pull(struct world *w, bool half)
{
	struct source_item item;
	int r = source_pull(w->source, &item);

	must(r == 0 || r == SOURCE_SKIPPED || r == SOURCE_SAVE || r == SOURCE_AGAIN);
	if (r == SOURCE_SAVE) {
		tell(w);
		now_usec += SAVE_USEC;
	}
	if (r == 0)
		take_block(w, &item.block, half);
	return r;
}

/* What matches has been opened. */
static void note_known(struct world *w)
{
	for (unsigned i = 0; i < w->n_bodies; i++)
		w->bodies[i].known |= w->bodies[i].matches;
}

static void process(struct world *w)
{
	must(source_process(w->source) == 0);
	note_known(w);
}

static void read_all(struct world *w)
{
	struct pollfd fd = { .fd = w->source->fd, .events = POLLIN };

	do {
		process(w);
		while (pull(w, false) != SOURCE_AGAIN)
			;
	} while (poll(&fd, 1, 0) > 0);
	for (unsigned i = 0; i < w->n_bodies; i++)
		w->bodies[i].unseen = false;
}

/* --- the model --- */

static bool is_open(const struct world *w, const struct line *line, unsigned body)
{
	return line->body == body && line->life == w->bodies[body].life && line->whole &&
	       line->n_given <= line->n_twins;
}

/* The lines of this body that were not given are in no file any more. */
static void lose(struct world *w, unsigned body)
{
	for (unsigned i = 0; i < w->n_lines; i++)
		if (is_open(w, &w->lines[i], body))
			w->lines[i].may_be_lost = true;
}

/* A copy is known by what was read; one that matches is read in any case. */
static void note_truncation(struct world *w, unsigned number)
{
	struct body *body = &w->bodies[number];

	for (unsigned i = 0; i < w->n_lines; i++) {
		struct line *line = &w->lines[i];
		bool found =
			line->copied_to_match || (line->copied && body->given && !body->unseen);

		if (is_open(w, line, number) && !found)
			line->may_be_lost = true;
	}
	body->life++;
	body->given = false;
	body->unseen = true;
	body->in_line = false;
}

/* Files that only the source had open are gone with it. */
static void note_down(struct world *w)
{
	for (unsigned i = 0; i < w->n_bodies; i++) {
		struct body *body = &w->bodies[i];

		if (body->matches || !(body->removed || body->unseen))
			continue;
		lose(w, i);
		body->known = false;
		/* Nothing is left to compare an undecided copy with. */
		for (unsigned k = 0; k < w->n_lines; k++)
			w->lines[k].n_more += w->lines[k].copied_to_match && w->lines[k].body == i;
	}
}

/* --- starting and stopping --- */

static void start(struct world *w)
{
	struct source_position saved[POSITIONS_MAX];

	for (size_t i = 0; i < w->n_positions; i++)
		saved[i] = (struct source_position){ text_of(w->positions[i].stream),
			text_of(w->positions[i].text) };
	note_down(w);
	must(files_source_new("fuzz", &w->options,
		     &(struct files_past){ .saved = saved, .n = w->n_positions }, &w->source) == 0);
	note_known(w);
}

static void stop(struct world *w)
{
	tell(w);
	w->source = source_free(w->source);
}

/* Between the lines of a block. */
static void kill_in_block(struct world *w)
{
	tell(w);
	for (unsigned i = 0; i < w->n_bodies; i++)
		if (w->bodies[i].unseen)
			return;
	(void)pull(w, true);
	w->source = source_free(w->source);
}

static bool is_current(const struct world *w, unsigned body)
{
	for (unsigned i = 0; i < FILES; i++)
		if (w->current[i] == (int)body)
			return true;
	return false;
}

static void wait(struct world *w)
{
	if (w->n_waits++ >= WAITS_MAX)
		return;
	/* Its part is given some time after the file was renamed or removed. */
	for (unsigned i = 0; i < w->n_bodies; i++)
		if (w->bodies[i].in_line && !is_current(w, i))
			w->lines[w->bodies[i].line].may_be_lost = true;
	read_all(w);
	for (uint64_t end = now_usec + WAIT_SECONDS * 1000000, next; now_usec < end;) {
		must(source_timeout(w->source, &next) == 0);
		must(next > now_usec);
		now_usec = next < end ? next : end;
		read_all(w);
	}
}

/* --- files --- */

static void write_to(
	const struct world *w, const char *name, int flags, const char *data, size_t len)
{
	CLEANUP(closep) int fd = -1;
	char path[PATH_SIZE];

	path_of(w, name, path);
	fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);
	must(fd >= 0);
	must(io_write(fd, data, len) == 0);
}

/* A new file is younger than all others: no program makes two of a log, and more, in one tick. */
static void make(const struct world *w, const char *name, const char *data, size_t len)
{
	static const struct timespec pause = { .tv_nsec = 500 * 1000 };
	struct timespec before, now;

	must(clock_gettime(CLOCK_REALTIME_COARSE, &before) == 0);
	do {
		(void)nanosleep(&pause, NULL);
		must(clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0);
	} while (now.tv_sec == before.tv_sec && now.tv_nsec == before.tv_nsec);
	write_to(w, name, O_CREAT | O_EXCL, data, len);
}

static void create(struct world *w, unsigned file)
{
	char name[NAME_SIZE];

	if (w->current[file] >= 0)
		return;
	must(w->n_bodies < BODIES_MAX);
	name_of(file, name);
	make(w, name, "", 0);
	w->bodies[w->n_bodies] = (struct body){ .matches = true };
	w->current[file] = (int)w->n_bodies++;
}

/* Continue the line that was begun, or write another. */
static void append(struct world *w, int number, const char *name, bool whole)
{
	struct body *body = &w->bodies[number];
	char text[LINE_SIZE];
	size_t len, from = 0;

	if (!body->in_line) {
		if (w->n_lines == LINES_MAX)
			return;
		body->line = w->n_lines++;
		w->lines[body->line] =
			(struct line){ .body = (unsigned)number, .life = body->life };
	}
	len = print_line(body->line, text);
	if (body->in_line)
		from = len / 2;
	else if (!whole)
		len /= 2;
	whole |= body->in_line;
	write_to(w, name, O_APPEND, text + from, len - from);
	body->in_line = !whole;
	w->lines[body->line].whole = whole;
}

static void append_to(struct world *w, unsigned file, unsigned n, bool whole)
{
	char name[NAME_SIZE];

	create(w, file);
	name_of(file, name);
	for (unsigned i = 0; i < n; i++)
		append(w, w->current[file], name, whole);
}

/* The writer that has not reopened its file. */
static void append_to_former(struct world *w, unsigned file)
{
	int number = w->former[file];

	if (number < 0)
		return;
	append(w, number, w->former_name[file], true);
	if (!w->bodies[number].known && !w->bodies[number].matches)
		lose(w, (unsigned)number);
}

static void rename_file(struct world *w, unsigned file)
{
	char name[NAME_SIZE], from[PATH_SIZE], to[PATH_SIZE];
	int number = w->current[file];

	if (number < 0)
		return;
	name_of(file, name);
	path_of(w, name, from);
	(void)snprintf(w->former_name[file], PATH_SIZE, "%s.%u", name, ++w->n_names);
	path_of(w, w->former_name[file], to);
	must(rename(from, to) == 0);
	w->current[file] = -1;
	w->former[file] = number;
	w->bodies[number].matches = w->all_match;
	/* A copy is known by the name that the file had when the copy was made. */
	if (w->bodies[number].unseen)
		for (unsigned i = 0; i < w->n_lines; i++)
			w->lines[i].n_more +=
				w->lines[i].copied_to_match && w->lines[i].body == (unsigned)number;
	if (!w->bodies[number].known && !w->all_match)
		lose(w, (unsigned)number);
}

static void remove_file(struct world *w, unsigned file)
{
	char name[NAME_SIZE], path[PATH_SIZE];
	int number = w->current[file];

	if (number < 0)
		return;
	name_of(file, name);
	path_of(w, name, path);
	must(unlink(path) == 0);
	w->current[file] = -1;
	w->bodies[number].matches = false;
	w->bodies[number].removed = true;
	if (!w->bodies[number].known || !w->source)
		lose(w, (unsigned)number);
}

static void truncate_file(struct world *w, unsigned file)
{
	char name[NAME_SIZE], path[PATH_SIZE];

	if (w->current[file] < 0)
		return;
	name_of(file, name);
	path_of(w, name, path);
	must(truncate(path, 0) == 0);
	note_truncation(w, (unsigned)w->current[file]);
}

static bool has_removed(const struct world *w)
{
	for (unsigned i = 0; i < w->n_bodies; i++)
		if (w->bodies[i].removed)
			return true;
	return false;
}

static void note_copy(struct world *w, unsigned number, bool matches, bool truncates, bool is_short)
{
	struct body *body = &w->bodies[number];

	/* Its first part may be given as the end of the copy. */
	if (body->in_line)
		w->lines[body->line].may_be_lost = true;
	for (unsigned i = 0; i < w->n_lines; i++) {
		struct line *line = &w->lines[i];

		if (line->body != number || line->life != body->life || !line->whole)
			continue;
		/* Nothing shows which of two copies is one of the other. */
		line->n_more += line->copied && (body->unseen || line->n_given <= line->n_twins);
		/* It may get the inode of an empty file that was removed: then it looks as if that
		 * one had been renamed while the source was down. */
		line->n_more += !w->source && !matches && !truncates && has_removed(w);
		/* Without a truncation it is a file of its own. */
		line->n_more += matches && !truncates;
		/* If the file grows then, its fingerprint has more than a short copy. */
		line->copied |= truncates || !is_short;
		line->copied_to_match |= matches;
	}
}

static void copy_file(struct world *w, unsigned file, bool same_ending, bool then_truncate)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(1024 * 1024);
	char name[2 * NAME_SIZE], path[PATH_SIZE];

	if (w->current[file] < 0)
		return;
	name_of(file, name);
	path_of(w, name, path);
	must(io_read_file(path, &content) == 0);
	w->n_names++;
	if (same_ending)
		(void)snprintf(name, sizeof(name), "%c-%u.log", (char)('a' + file), w->n_names);
	else
		(void)snprintf(name, sizeof(name), "%c.log.%u", (char)('a' + file), w->n_names);
	make(w, name, content.data, content.len);
	note_copy(w, (unsigned)w->current[file], same_ending || w->all_match, then_truncate,
		content.len < POSITION_HEAD_MAX);
	if (then_truncate)
		truncate_file(w, file);
}

/* Another file with the same text, which no rotation made. */
static void make_twin(struct world *w, unsigned file)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(1024 * 1024);
	char name[2 * NAME_SIZE], path[PATH_SIZE];
	int number = w->current[file];

	if (number < 0)
		return;
	name_of(file, name);
	path_of(w, name, path);
	must(io_read_file(path, &content) == 0);
	(void)snprintf(name, sizeof(name), "twin%u.log", ++w->n_names);
	make(w, name, content.data, content.len);
	for (unsigned i = 0; i < w->n_lines; i++)
		w->lines[i].n_twins += w->lines[i].body == (unsigned)number &&
				       w->lines[i].life == w->bodies[number].life &&
				       w->lines[i].whole;
}

/* --- operations --- */

static bool change_files(struct world *w, unsigned operation, unsigned file, bool other)
{
	switch (operation) {
	case 0:
		append_to(w, file, 1, true);
		return true;
	case 1:
		append_to(w, file, BURST, true);
		return true;
	case 2:
		append_to(w, file, 1, false);
		return true;
	case 3:
		append_to_former(w, file);
		return true;
	case 4:
		rename_file(w, file);
		if (other)
			create(w, file);
		return true;
	case 5:
		copy_file(w, file, other, true);
		return true;
	case 6:
		copy_file(w, file, other, false);
		return true;
	case 7:
		truncate_file(w, file);
		return true;
	case 8:
		remove_file(w, file);
		if (other)
			create(w, file);
		return true;
	case 11:
		make_twin(w, file);
		return true;
	default:
		return false;
	}
}

static void use_source(struct world *w, unsigned operation)
{
	if (!w->source)
		start(w);
	switch (operation) {
	case 9:
		(void)pull(w, false);
		break;
	case 10:
		read_all(w);
		break;
	case 12:
		process(w);
		break;
	case 13:
		wait(w);
		break;
	case 14:
		stop(w);
		break;
	default:
		kill_in_block(w);
		break;
	}
}

static int remove_path(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type, (void)walk;
	return remove(path);
}

static void begin(struct world *w, bool all_match)
{
	const char *directory = getenv("TMPDIR");

	*w = (struct world){
		.all_match = all_match, .current = { -1, -1, -1 }, .former = { -1, -1, -1 }
	};
	now_usec = 1000000;
	(void)snprintf(w->directory, sizeof(w->directory), "%s/because-fuzz.XXXXXX",
		directory ? directory : "/tmp");
	must(mkdtemp(w->directory));
	path_of(w, all_match ? "*.log*" : "*.log", w->glob);
	w->globs[0] = text_of(w->glob);
	w->options = (struct files_options){ .paths = { .items = w->globs, .n = 1 },
		.start = FILES_START_BEGINNING };
	start(w);
	tell(w);
}

static void check_all_came(const struct world *w)
{
	for (unsigned i = 0; i < w->n_lines; i++)
		must(w->lines[i].n_given > w->lines[i].n_twins || !w->lines[i].whole ||
			(w->lines[i].may_be_lost && w->lines[i].n_given == w->lines[i].n_twins));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = &world;

	if (size < 1)
		return 0;
	log_open("fuzz-files", -1);
	begin(w, data[0] & 1);
	for (size_t i = 1; i < size && i <= OPERATIONS_MAX; i++) {
		unsigned operation = data[i] & 15, file = (data[i] >> 4) % 4 % FILES;

		if (!change_files(w, operation, file, data[i] & 0x80))
			use_source(w, operation);
	}
	if (!w->source)
		start(w);
	for (unsigned i = 0; i < 3; i++) {
		w->n_waits = 0;
		wait(w);
	}
	check_all_came(w);
	w->source = source_free(w->source);
	must(nftw(w->directory, remove_path, 16, FTW_DEPTH | FTW_PHYS) == 0);
	return 0;
}
