/* Positions survive a restart whole or not at all. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "flow/state/positions.h"
#include "source/source.h"

struct fixture {
	char directory[32];
	char path[64];
	struct positions positions;
};

static int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/positions", f.directory);
	*state = &f;
	return positions_load(&f.positions, f.path);
}

static int finish(void **state)
{
	struct fixture *f = *state;

	positions_done(&f->positions);
	(void)unlink(f->path);
	return rmdir(f->directory); /* which fails when anything else was left behind */
}

static void set(struct fixture *f, const char *source, const char *sink, const char *position)
{
	assert_int_equal(positions_set(&f->positions, text_of(source), sink, text_of(position)), 0);
}

static void assert_position(
	const struct fixture *f, const char *source, const char *sink, const char *wanted)
{
	assert_text(positions_get(&f->positions, text_of(source), sink), wanted);
}

/* Forget everything and read the file; returns what the reading gave. */
static int reload(struct fixture *f)
{
	positions_done(&f->positions);
	return positions_load(&f->positions, f->path);
}

static void write_file(const struct fixture *f, struct text content)
{
	assert_int_equal(io_replace_file(f->path, 0600, content.data, content.len), 0);
}

/* The file is refused, and nothing of it is kept. */
static void assert_refused(struct fixture *f, struct text content)
{
	write_file(f, content);
	assert_int_equal(reload(f), -EBADMSG);
	assert_int_equal(f->positions.n, 0);
}

static void what_was_saved_is_read_back(void **state)
{
	struct fixture *f = *state;

	set(f, "platform", "journal", "s=6b0e;i=1f;b=33;m=7;t=5;x=9");
	set(f, "files", "journal", "fd01:1234:4096");
	set(f, "platform", "noc", "s=6b0e;i=1e");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 3);
	assert_position(f, "platform", "journal", "s=6b0e;i=1f;b=33;m=7;t=5;x=9");
	assert_position(f, "files", "journal", "fd01:1234:4096");
	assert_position(f, "platform", "noc", "s=6b0e;i=1e");
}

static void each_pair_has_a_position_of_its_own(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	assert_position(f, "b", "a", "");
	assert_position(f, "a", "a", "");
	assert_position(f, "a", "", "");
	assert_position(f, "ab", "", "");
	set(f, "b", "a", "2");
	assert_position(f, "a", "b", "1");
	assert_position(f, "b", "a", "2");
}

static void a_position_is_replaced_by_a_longer_and_a_shorter_one(void **state)
{
	static const char *const positions[] = { "22", "333", "1", "2", "55555" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(positions); i++) {
		set(f, "a", "b", positions[i]);
		assert_position(f, "a", "b", positions[i]);
		assert_int_equal(positions_save(&f->positions), 0);
		assert_int_equal(reload(f), 0);
		assert_position(f, "a", "b", positions[i]);
	}
	assert_int_equal(f->positions.n, 1);
}

static void a_file_that_is_not_there_is_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->positions.n, 0);
	assert_position(f, "platform", "journal", "");
	assert_int_equal(access(f->path, F_OK), -1);
}

static void a_file_in_a_directory_that_is_not_there_cannot_be_saved(void **state)
{
	struct positions positions;

	(void)state;
	assert_int_equal(positions_load(&positions, "/tmp/because-test.absent/positions"), 0);
	assert_int_equal(positions_set(&positions, text_of("a"), "b", text_of("1")), 0);
	assert_int_equal(positions_save(&positions), -ENOENT);
	assert_text(positions_get(&positions, text_of("a"), "b"), "1");
	positions_done(&positions);
}

static void nothing_is_written_until_something_changes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(unlink(f->path), 0);
	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	set(f, "a", "b", "2");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), 0);
}

static void a_save_that_failed_is_tried_again(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_true(positions_save(&f->positions) < 0);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_position(f, "a", "b", "1");
}

static void a_table_without_positions_is_a_whole_file(void **state)
{
	struct fixture *f = *state;

	write_file(f, TEXT("becaused positions 1\nend\n"));
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 0);
}

static void a_file_torn_anywhere_is_refused(void **state)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(POSITIONS_FILE_MAX);
	struct fixture *f = *state;

	set(f, "platform", "journal", "s=6b0e;i=1f");
	set(f, "platform", "end", "end");
	set(f, "files", "journal", "1:2");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(io_read_file(f->path, &content), 0);
	for (size_t len = 0; len < content.len; len++)
		assert_refused(f, text_make(content.data, len));
	write_file(f, buffer_text(&content));
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 3);
}

static void what_is_no_file_of_positions_is_refused(void **state)
{
	static const char bytes[] = "\0\1\2\3\xFF\xFE\n\n\t\t\n";
	static const char *const contents[] = {
		"\n",
		"end\n",
		"becaused positions 2\nend\n",
		"becaused positions 1\n\nend\n",
		"becaused positions 1\r\nend\r\n",
		"becaused positions 1\na\tb\nend\n",
		"becaused positions 1\na\tb\t\nend\n",
		"becaused positions 1\n\tb\t1\nend\n",
		"becaused positions 1\na\t\t1\nend\n",
		"becaused positions 1\na\tb\t1\t2\nend\n",
		"becaused positions 1\na\tb\t\x1B[2J\nend\n",
		"becaused positions 1\na\tb\t1\nend\nmore\n",
		"becaused positions 1\na\tb\t1\nend\nend\n",
		"becaused positions 1\na\tb\t1\nend",
		" becaused positions 1\nend\n",
		"{\"positions\":[]}\n",
		"profiles: [huawei-cec]\n",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(contents); i++)
		assert_refused(f, text_of(contents[i]));
	assert_refused(f, text_make(bytes, sizeof(bytes)));
	assert_refused(f, TEXT("becaused positions 1\na\tb\t1\0002\nend\n"));
}

/* The state file of a refused load can still be written anew. */
static void a_refused_file_is_replaced_by_the_next_save(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, TEXT("garbage"));
	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_position(f, "a", "b", "1");
}

static void a_file_past_the_bound_is_refused(void **state)
{
	CLEANUP(freep) char *content = test_repeat('x', POSITIONS_FILE_MAX + 1);
	struct fixture *f = *state;

	write_file(f, text_of(content));
	assert_true(reload(f) < 0);
	assert_int_equal(f->positions.n, 0);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(reload(f), -EISDIR);
	assert_int_equal(rmdir(f->path), 0);
}

static void a_name_that_leads_nowhere_is_an_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("positions", f->path), 0);
	assert_int_equal(reload(f), -ELOOP);
	assert_int_equal(f->positions.n, 0);
	positions_done(&f->positions);
	assert_int_equal(positions_load(&f->positions, "/dev/null/positions"), -ENOTDIR);
}

/* What has no end is read to the bound only. */
static void a_file_without_an_end_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("/dev/zero", f->path), 0);
	assert_true(reload(f) < 0);
	assert_int_equal(f->positions.n, 0);
}

static void an_empty_file_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, TEXT(""));
}

static void lines_at_the_bound_are_read_and_one_past_it_refused(void **state)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(POSITIONS_FILE_MAX);
	struct fixture *f = *state;
	char last[24];

	for (unsigned n = POSITIONS_MAX; n <= POSITIONS_MAX + 1; n++) {
		buffer_clear(&content);
		buffer_add_string(&content, "becaused positions 1\n");
		for (unsigned i = 0; i < n; i++)
			buffer_add_format(&content, "source-%u\tjournal\t1\n", i);
		buffer_add_string(&content, "end\n");
		assert_int_equal(buffer_finish(&content), 0);
		if (n > POSITIONS_MAX) {
			assert_refused(f, buffer_text(&content));
			return;
		}
		write_file(f, buffer_text(&content));
		assert_int_equal(reload(f), 0);
		assert_int_equal(f->positions.n, POSITIONS_MAX);
		(void)snprintf(last, sizeof(last), "source-%u", n - 1);
		assert_position(f, last, "journal", "1");
	}
}

static void control_characters_in_a_position_are_refused(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	for (char c = 0; c < ' '; c++) {
		const char position[] = { '1', c, '2' };

		assert_int_equal(positions_set(&f->positions, text_of("a"), "b",
					 text_make(position, sizeof(position))),
			-EINVAL);
	}
	assert_position(f, "a", "b", "1");
}

static void an_empty_position_is_refused(void **state)
{
	struct fixture *f = *state;

	set(f, "a", "b", "1");
	assert_int_equal(positions_set(&f->positions, text_of("a"), "b", text_of("")), -EINVAL);
	assert_position(f, "a", "b", "1");
}

static void an_empty_position_of_a_new_pair_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(positions_set(&f->positions, text_of("a"), "b", text_of("")), -EINVAL);
	assert_int_equal(f->positions.n, 0);
}

static void a_position_at_the_bound_is_kept_and_one_past_it_refused(void **state)
{
	CLEANUP(freep) char *position = test_repeat('x', POSITION_LEN_MAX + 1);
	struct fixture *f = *state;

	assert_int_equal(
		positions_set(&f->positions, text_of("a"), "b", text_of(position)), -EINVAL);
	position[POSITION_LEN_MAX] = '\0';
	set(f, "a", "b", position);
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_position(f, "a", "b", position);
}

static void names_that_would_break_the_file_are_refused(void **state)
{
	static const char *const names[] = { "", "a\tb", "a\nb", "\x01" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(positions_set(&f->positions, text_of(names[i]), "b", text_of("1")),
			-EINVAL);
		assert_int_equal(positions_set(&f->positions, text_of("a"), names[i], text_of("1")),
			-EINVAL);
	}
	assert_int_equal(f->positions.n, 0);
}

static void pairs_at_the_bound_are_kept_and_one_past_it_refused(void **state)
{
	struct fixture *f = *state;
	char source[24] = "";

	for (size_t i = 0; i < POSITIONS_MAX; i++) {
		(void)snprintf(source, sizeof(source), "source-%zu", i);
		set(f, source, "journal", "1");
	}
	assert_int_equal(
		positions_set(&f->positions, text_of("one-more"), "journal", text_of("1")), -E2BIG);
	set(f, source, "journal", "2");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, POSITIONS_MAX);
	assert_position(f, source, "journal", "2");
}

/* The position of the file `i` has a length of its own, so that lines end anywhere in a block. */
static struct text print_file(size_t i, char stream[32], char position[256])
{
	int n = snprintf(position, 256, "fd01:%zu:0-0:%zu %.*s", i, i * i, (int)(i % 97),
		"/var/spool/records/2026/11/29/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");

	(void)snprintf(stream, 32, "files/fd01:%zu", i);
	return text_make(position, (size_t)n);
}

/* One source with as many files as it follows, and its own position. */
static void all_files_of_a_source_have_a_position(void **state)
{
	enum { N = 262144 };
	struct fixture *f = *state;
	struct source_position item;
	char stream[32], position[256];
	size_t n = 0, at = 0;

	for (size_t i = 0; i < N; i++) {
		struct text text = print_file(i, stream, position);

		assert_int_equal(positions_set(&f->positions, text_of(stream), "journal", text), 0);
	}
	set(f, "files", "journal", "started 1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, N + 1);
	for (size_t i = 0; i < N; i++) {
		(void)print_file(i, stream, position);
		assert_position(f, stream, "journal", position);
	}
	while (positions_next(&f->positions, text_of("files"), "journal", &at, &item))
		n++;
	assert_int_equal(n, N + 1);
}

/* The table is full when the file would be too large. It can be saved, and positions that are in it
 * can change and go. */
static void bytes_at_the_bound_are_kept_and_one_past_it_refused(void **state)
{
	CLEANUP(freep) char *position = test_repeat('x', POSITION_LEN_MAX);
	struct fixture *f = *state;
	struct stat status;
	char source[24];
	size_t n = 0, len;
	int r;

	do {
		(void)snprintf(source, sizeof(source), "source-%zu", n++);
		r = positions_set(&f->positions, text_of(source), "journal", text_of(position));
	} while (r == 0);
	assert_int_equal(r, -E2BIG);
	assert_int_equal(f->positions.n, n - 1);
	len = POSITIONS_FILE_MAX - 256 - f->positions.len - strlen(source) - strlen("journal") - 3;
	assert_between(len, 1, POSITION_LEN_MAX - 1);
	position[len] = '\0';
	set(f, source, "journal", position);
	assert_int_equal(positions_set(&f->positions, text_of("a"), "b", text_of("1")), -E2BIG);
	position[len] = 'x';
	position[len + 1] = '\0';
	assert_int_equal(
		positions_set(&f->positions, text_of(source), "journal", text_of(position)),
		-E2BIG);
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(stat(f->path, &status), 0);
	assert_between(status.st_size, POSITIONS_FILE_MAX - 256, POSITIONS_FILE_MAX);
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, n);
	set(f, source, "journal", "1");
	set(f, "a", "b", "1");
	positions_forget(&f->positions, text_of("source-0"), "journal");
	set(f, "a", "c", "1");
}

static void a_position_that_is_dropped_makes_room_for_another(void **state)
{
	struct fixture *f = *state;
	char source[24];

	for (size_t i = 0; i < POSITIONS_MAX; i++) {
		(void)snprintf(source, sizeof(source), "source-%zu", i);
		set(f, source, "journal", "1");
	}
	positions_forget(&f->positions, text_of("source-7"), "journal");
	set(f, "one-more", "journal", "2");
	assert_position(f, "source-7", "journal", "");
	assert_position(f, source, "journal", "1");
	assert_position(f, "one-more", "journal", "2");
}

/* Positions come, change and go in a disorder that is the same in each run; a plain array is right
 * about what must be there. */
static void the_table_holds_what_was_set_and_not_dropped(void **state)
{
	enum { N = 500, STEPS = 40000 };
	static unsigned model[N]; /* 0 = no position */
	struct fixture *f = *state;
	uint32_t random = 1;

	memset(model, 0, sizeof(model));
	for (unsigned step = 0; step < STEPS; step++) {
		char source[24], position[24];
		unsigned i, n = 0;

		random = random * 1664525 + 1013904223;
		i = (random >> 8) % N;
		model[i] = (random >> 24) % 3 == 0 ? 0 : random;
		(void)snprintf(source, sizeof(source), "files/%u", i);
		(void)snprintf(position, sizeof(position), "%u", model[i]);
		if (model[i] == 0)
			positions_forget(&f->positions, text_of(source), "s");
		else
			set(f, source, "s", position);
		if (step % 4000 != 0)
			continue;
		assert_int_equal(positions_save(&f->positions), 0);
		assert_int_equal(reload(f), 0);
		for (i = 0; i < N; i++) {
			(void)snprintf(source, sizeof(source), "files/%u", i);
			(void)snprintf(position, sizeof(position), "%u", model[i]);
			assert_position(f, source, "s", model[i] == 0 ? "" : position);
			n += model[i] != 0;
		}
		assert_int_equal(f->positions.n, n);
	}
	positions_clear(&f->positions);
	assert_int_equal(f->positions.len, 0);
	assert_position(f, "files/1", "s", "");
	set(f, "files/1", "s", "1");
	assert_position(f, "files/1", "s", "1");
}

static void the_positions_of_a_source_and_a_sink_are_found(void **state)
{
	static const char *const others[] = { "file", "files-2", "file/s", "files-2/a", "ffiles" };
	struct fixture *f = *state;
	struct source_position item;
	size_t at = 0;

	for (size_t i = 0; i < COUNT(others); i++)
		set(f, others[i], "journal", "other");
	set(f, "files", "noc", "other");
	assert_false(positions_next(&f->positions, text_of("files"), "journal", &at, &item));
	set(f, "files", "journal", "1");
	set(f, "files/8:1", "journal", "2");
	at = 0;
	assert_true(positions_next(&f->positions, text_of("files"), "journal", &at, &item));
	assert_text(item.stream, "");
	assert_text(item.position, "1");
	assert_true(positions_next(&f->positions, text_of("files"), "journal", &at, &item));
	assert_text(item.stream, "8:1");
	assert_text(item.position, "2");
	assert_false(positions_next(&f->positions, text_of("files"), "journal", &at, &item));
}

static bool is_even(const struct position *item, const void *userdata)
{
	(void)userdata;
	return item->text[strlen(item->text) - 1] % 2 == 0;
}

static void what_is_not_wanted_is_dropped(void **state)
{
	enum { N = 1000 };
	struct fixture *f = *state;
	char source[24], position[24];

	for (int more = 0; more <= 1; more++) {
		for (unsigned i = 0; i < N + (unsigned)more; i++) {
			(void)snprintf(source, sizeof(source), "files/%u", i);
			(void)snprintf(position, sizeof(position), "%u", i);
			set(f, source, "journal", position);
		}
		assert_int_equal(positions_keep(&f->positions, is_even, NULL), N / 2);
		assert_int_equal(f->positions.n, N / 2 + (size_t)more);
		for (unsigned i = 0; i < N; i++) {
			(void)snprintf(source, sizeof(source), "files/%u", i);
			(void)snprintf(position, sizeof(position), "%u", i);
			assert_position(f, source, "journal", i % 2 == 0 ? position : "");
		}
	}
}

/* As the becaused of 0.1.0 wrote it, sorted. */
static void a_file_of_the_release_before_is_read(void **state)
{
	struct fixture *f = *state;

	write_file(f, TEXT("becaused positions 1\n"
			   "/saved\t/\t1764400433000000\n"
			   "/machine\t/\t0123456789abcdef0123456789abcdef\n"
			   "files\tjournal\tstarted 1764400000000000\n"
			   "files/fd01:17\tjournal\tfd01:17:5-1f:80:5-1f:r /var/log/a b.log\n"
			   "platform\tjournal\ts=6b0e;i=1f;b=33;m=7;t=5;x=9\n"
			   "end\n"));
	assert_int_equal(reload(f), 0);
	assert_int_equal(f->positions.n, 4);
	assert_int_equal(f->positions.saved_usec, UINT64_C(1764400433000000));
	assert_position(f, "/machine", "/", "0123456789abcdef0123456789abcdef");
	assert_position(f, "files/fd01:17", "journal", "fd01:17:5-1f:80:5-1f:r /var/log/a b.log");
}

static void a_file_that_was_read_need_not_be_written(void **state)
{
	struct fixture *f = *state;

	write_file(f, TEXT("becaused positions 1\na\tb\t1\nend\n"));
	assert_int_equal(reload(f), 0);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(access(f->path, F_OK), -1);
}

static void a_save_is_due_by_time_by_size_and_by_records(void **state)
{
	enum { SECOND = 1000 * 1000, MIB = 1024 * 1024 };
	static const struct {
		uint64_t len, n_records, now_usec;
		bool due;
	} rows[] = {
		{ 100, 1, 1001 * SECOND, true },
		{ MIB / 4, 1, 1001 * SECOND - 1, false },
		{ MIB / 4, 1, 1001 * SECOND, true },
		{ MIB, 1, 1004 * SECOND - 1, false },
		{ MIB, 1, 1004 * SECOND, true },
		{ 90 * MIB, 1, 1030 * SECOND - 1, false },
		{ 90 * MIB, 1, 1030 * SECOND, true },
		{ 90 * MIB, POSITIONS_SAVE_RECORDS - 1, 1001 * SECOND, false },
		{ 90 * MIB, POSITIONS_SAVE_RECORDS, 1001 * SECOND, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct positions positions = { .len = rows[i].len,
			.n_records = rows[i].n_records,
			.tried_usec = 1000 * (uint64_t)SECOND,
			.changed = true };

		assert_int_equal(positions_is_save_due(&positions, rows[i].now_usec), rows[i].due);
		positions.changed = false;
		assert_false(positions_is_save_due(&positions, rows[i].now_usec));
		positions.changed = true;
		positions.tried_usec = 0;
		assert_true(positions_is_save_due(&positions, rows[i].now_usec));
	}
}

static void the_file_is_for_its_owner_alone(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	set(f, "a", "b", "1");
	assert_int_equal(positions_save(&f->positions), 0);
	assert_int_equal(stat(f->path, &status), 0);
	assert_int_equal(status.st_mode & 077, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_saved_is_read_back),
		TEST(each_pair_has_a_position_of_its_own),
		TEST(a_position_is_replaced_by_a_longer_and_a_shorter_one),
		TEST(a_file_that_is_not_there_is_empty),
		TEST(a_file_in_a_directory_that_is_not_there_cannot_be_saved),
		TEST(nothing_is_written_until_something_changes),
		TEST(a_save_that_failed_is_tried_again),
		TEST(a_table_without_positions_is_a_whole_file),
		TEST(a_file_torn_anywhere_is_refused),
		TEST(what_is_no_file_of_positions_is_refused),
		TEST(a_refused_file_is_replaced_by_the_next_save),
		TEST(a_file_past_the_bound_is_refused),
		TEST(a_file_that_cannot_be_read_is_an_error),
		TEST(a_name_that_leads_nowhere_is_an_error),
		TEST(a_file_without_an_end_is_refused),
		TEST(an_empty_file_is_refused),
		TEST(lines_at_the_bound_are_read_and_one_past_it_refused),
		TEST(control_characters_in_a_position_are_refused),
		TEST(an_empty_position_is_refused),
		TEST(an_empty_position_of_a_new_pair_is_refused),
		TEST(a_position_at_the_bound_is_kept_and_one_past_it_refused),
		TEST(names_that_would_break_the_file_are_refused),
		TEST(pairs_at_the_bound_are_kept_and_one_past_it_refused),
		TEST(all_files_of_a_source_have_a_position),
		TEST(bytes_at_the_bound_are_kept_and_one_past_it_refused),
		TEST(a_position_that_is_dropped_makes_room_for_another),
		TEST(the_table_holds_what_was_set_and_not_dropped),
		TEST(the_positions_of_a_source_and_a_sink_are_found),
		TEST(what_is_not_wanted_is_dropped),
		TEST(a_file_of_the_release_before_is_read),
		TEST(a_file_that_was_read_need_not_be_written),
		TEST(a_save_is_due_by_time_by_size_and_by_records),
		TEST(the_file_is_for_its_owner_alone),
	};

	return cmocka_run_group_tests_name("flow/state/positions", tests, NULL, NULL);
}
