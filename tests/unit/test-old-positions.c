/* The positions of 0.1.0: what it wrote to its state file, and with its records, about these files.
 * The texts are genuine, but for `@`, the device and inode, and `%`, the directory. */
#include "config.h"

#include "test-files.h"

#include "flow/recovery.h"
#include "flow/setup/configuration.h"
#include "sink/sink.h"

enum { MEMORIES_MAX = 4, SKIPPED_LEN = 3000000 };

struct old_file {
	const char *name;
	void (*write)(struct world *w, const char *name);
	const char *state;                  /* of the file, as read to its end */
	const char *memories[MEMORIES_MAX]; /* of its causes, the oldest first */
	const char *appended;               /* to what had been read */
	const char *rest;                   /* the lines behind the state */
	const char *lines;                  /* those behind the oldest memory */
};

static void write_short(struct world *w, const char *name)
{
	world_append(w, name, "callId=1 releaseCause=512\ncallId=2 nothing\n");
}

static void write_long(struct world *w, const char *name)
{
	char line[64];

	for (unsigned i = 1; i <= 20; i++) {
		(void)snprintf(
			line, sizeof(line), "callId=%u pid=1000 talk=0 releaseCause=512\n", i);
		world_append(w, name, line);
	}
}

static void write_nuls(struct world *w, const char *name)
{
	world_write_bytes(w, name, O_APPEND,
		TEXT("callId=1 releaseCause=512 \0\0\0\0 x\ncallId=2 \0\0\0\0 releaseCause=531\n"));
}

static void write_preallocated(struct world *w, const char *name)
{
	static const char nuls[4000];

	world_append(w, name, "callId=1 releaseCause=512\n");
	world_write_bytes(w, name, O_APPEND, text_make(nuls, sizeof(nuls)));
}

static void write_hole(struct world *w, const char *name)
{
	static const char nuls[300];

	world_write_bytes(w, name, O_APPEND, text_make(nuls, sizeof(nuls)));
	world_append(w, name, "callId=1 releaseCause=512\ncallId=2 releaseCause=531\n");
}

/* The last line is longer than any line may be, and has no end yet. */
static void write_overlong(struct world *w, const char *name)
{
	char *line = malloc(SKIPPED_LEN);

	assert_non_null(line);
	memset(line, 'x', SKIPPED_LEN);
	world_append(w, name, "callId=1 releaseCause=512\ncallId=2 ");
	world_write_bytes(w, name, O_APPEND, text_make(line, SKIPPED_LEN));
	free(line);
}

static void write_half(struct world *w, const char *name)
{
	world_append(w, name, "callId=1 releaseCause=512\ncallId=2 talk=0");
}

static void write_nothing(struct world *w, const char *name)
{
	world_append(w, name, "");
}

static void write_container_parts(struct world *w, const char *name)
{
	world_append(w, name,
		"2026-11-28T09:14:05.123456789Z stdout P callId=1 \n"
		"2026-11-28T09:14:05.123456789Z stdout F releaseCause=512\n"
		"2026-11-28T09:14:05.2Z stdout P callId=2 releaseCause=531 and\n");
}

static const struct old_file FILES[] = {
	{ "short.log", write_short, "@:2b-c757024fbb6347da:43:2b-c757024fbb6347da:- %/short.log",
		{ "@:2b-c757024fbb6347da:26:1a-e655d053c606c233:- %/short.log" }, "three\n",
		"three\n", "callId=2 nothing\nthree\n" },
	{ "long.log", write_long, "@:100-18f2df2094529b04:851:40-b8b87ed7c06cef85:- %/long.log",
		{ "@:100-18f2df2094529b04:765:40-42ba1505a499dae6:- %/long.log",
			"@:100-18f2df2094529b04:808:40-9067abb9d673d2b5:- %/long.log",
			"@:100-18f2df2094529b04:851:40-b8b87ed7c06cef85:- %/long.log" },
		"three\n", "three\n",
		"callId=19 pid=1000 talk=0 releaseCause=512\n"
		"callId=20 pid=1000 talk=0 releaseCause=512\n"
		"three\n" },
	{ "nul.log", write_nuls, "@:40-62336b1414d5ca05:64:40-62336b1414d5ca05:- %/nul.log",
		{ "@:40-62336b1414d5ca05:64:40-62336b1414d5ca05:- %/nul.log" }, "three\n",
		"three\n", "three\n" },
	{ "preallocated.log", write_preallocated,
		"@:100-56ab5745a3186ddb:4026:40-b9b23f3a46fd0825:- %/preallocated.log", { NULL },
		"three\n", "three\n", NULL },
	{ "hole.log", write_hole, "@:100-d80ac658736bb725:352:40-21615aa208c97729:- %/hole.log",
		{ NULL }, "three\n", "three\n", NULL },
	{ "skip.log", write_overlong,
		"@:100-c788190f3ff3d401:3000035:40-b96a5acbb56db825:s %/skip.log", { NULL },
		"releaseCause=512\nthree\n", "three\n", NULL },
	{ "half.log", write_half, "@:29-c3dcdfd57176dd3c:41:29-c3dcdfd57176dd3c:- %/half.log",
		{ "@:29-c3dcdfd57176dd3c:26:1a-e655d053c606c233:- %/half.log" },
		" releaseCause=531\nthree\n", " releaseCause=531\nthree\n",
		"callId=2 talk=0 releaseCause=531\nthree\n" },
	{ "empty.log", write_nothing, "@:0-cbf29ce484222325:0:0-cbf29ce484222325:- %/empty.log",
		{ NULL }, "three\n", "three\n", NULL },
	{ "cri.log", write_container_parts,
		"@:a9-63f629401f4916a0:169:40-2973dac78f3baaea:- %/cri.log",
		{ "@:a9-63f629401f4916a0:107:40-ffd86d06f0bd63d2:- %/cri.log",
			"@:a9-63f629401f4916a0:169:40-2973dac78f3baaea:- %/cri.log" },
		"three\n", "three\n", NULL },
};

/* Write the text as it would be for the file of this test. */
static struct text genuine(const struct world *w, const char *name, const char *text, char *out)
{
	struct stat status;
	size_t n = 0;

	assert_int_equal(stat(world_path(w, name), &status), 0);
	for (; *text; text++) {
		if (*text == '@')
			n += (size_t)snprintf(out + n, POSITION_SIZE - n, "%jx:%jx",
				(uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
		else if (*text == '%')
			n += (size_t)snprintf(out + n, POSITION_SIZE - n, "%s", w->directory);
		else
			out[n++] = *text;
		assert_true(n < POSITION_SIZE);
	}
	return text_make(out, n);
}

/* Give the world the positions of the table. */
static void take_positions(struct world *w, const struct positions *positions, const char *sink)
{
	struct source_position position;
	size_t at = 0;

	while (positions_next(positions, TEXT("files"), sink, &at, &position))
		world_save(w, position.stream, position.position);
}

/* -- the state file --------------------------------------------------------- */

static void write_state(struct world *w, const struct old_file *file)
{
	CLEANUP(buffer_done) struct buffer state = buffer_make(4096);
	char position[POSITION_SIZE];
	struct text text = genuine(w, file->name, file->state, position);
	const char *offset = strchr(strchr(position, ':') + 1, ':');

	buffer_add_text(&state, TEXT("becaused positions 1\n/saved\t/\t1795940492186337\n"
				     "/machine\t/\t3d1219c7c4c5404aaa1f6d2a48adfda4\n"
				     "files\tnoc\tstarted 1795940487163293\nfiles/"));
	buffer_add_text(&state, text_make(position, (size_t)(offset - position)));
	buffer_add_text(&state, TEXT("\tnoc\t"));
	buffer_add_text(&state, text);
	buffer_add_text(&state, TEXT("\nend\n"));
	assert_int_equal(buffer_finish(&state), 0);
	world_write_bytes(w, "positions", O_TRUNC, buffer_text(&state));
}

static void load_state(struct world *w)
{
	CLEANUP(positions_done) struct positions positions = { 0 };

	assert_int_equal(positions_load(&positions, world_path(w, "positions")), 0);
	take_positions(w, &positions, "noc");
	assert_int_equal(w->n_saved, 2);
}

static void check_state(struct world *w, const struct old_file *file, const char *name_now)
{
	print_message("%s as %s\n", file->name, name_now);
	w->n_saved = 0;
	file->write(w, file->name);
	write_state(w, file);
	world_rename(w, file->name, name_now);
	load_state(w);
	world_start(w);
	assert_lines(w, "");
	world_append(w, name_now, file->appended);
	assert_lines(w, file->rest);
	world_stop(w);
	world_start(w);
	assert_lines(w, "");
	world_stop(w);
	world_remove(w, name_now);
}

static void its_state_resumes_where_it_stopped(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(FILES); i++)
		check_state(w, &FILES[i], FILES[i].name);
}

static void its_state_resumes_in_a_file_that_was_renamed_meanwhile(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(FILES); i++)
		check_state(w, &FILES[i], "renamed.log");
}

/* -- records ---------------------------------------------------------------- */

struct fake_sink {
	struct sink sink;
	const struct old_file *file;
	const struct world *world;
};

static int fake_recall(struct sink *sink, struct text source, sink_recall_fn *visit, void *userdata)
{
	const struct fake_sink *fake = (const struct fake_sink *)(const void *)sink;
	char position[POSITION_SIZE];
	int r = 0;

	(void)source;
	for (size_t i = MEMORIES_MAX; i > 0 && r == 0; i--) {
		const char *text = fake->file->memories[i - 1];

		if (text) {
			const struct sink_memory memory = { TEXT("files"),
				genuine(fake->world, fake->file->name, text, position), i };

			r = visit(&memory, userdata);
		}
	}
	return r < 0 ? r : 0;
}

static void recover(struct world *w, const struct old_file *file, struct recovery *recovery)
{
	CLEANUP(positions_done) struct positions positions = { 0 };
	static const struct sink_class class = { .recall = fake_recall };
	struct fake_sink fake = { { .class = &class, .name = "journal", .in_flight_max = 1024 },
		file, w };
	struct config_source source = { .name = TEXT("files"), .kind = source_kind_find("files") };
	const struct config config = { .sources = &source, .n_sources = 1 };

	assert_int_equal(recovery_read(recovery, &config, &fake.sink, &positions), 0);
	take_positions(w, &positions, "journal");
	assert_int_equal(w->n_saved, 2);
}

/* Read the lines one by one, each by a source of its own, and return how many have a position that
 * the sink has. */
static size_t read_known(struct world *w, const struct recovery *recovery)
{
	size_t n_known = 0;

	for (;;) {
		size_t n = w->n_lines;

		w->stop_after = n + 1;
		world_start(w);
		world_read(w);
		world_kill(w);
		if (w->n_lines == n)
			return n_known;
		for (size_t i = 0; i < w->n_saved; i++)
			n_known += recovery_knows(recovery, &position_order, TEXT("files"),
				text_of(w->saved[i].position));
	}
}

static void check_records(struct world *w, const struct old_file *file)
{
	struct recovery recovery = { 0 };
	size_t n_memories = 0;

	print_message("%s\n", file->name);
	while (n_memories < MEMORIES_MAX && file->memories[n_memories])
		n_memories++;
	w->n_saved = 0;
	file->write(w, file->name);
	recover(w, file, &recovery);
	world_append(w, file->name, file->appended);
	assert_int_equal(read_known(w, &recovery), n_memories - 1);
	w->stop_after = 0;
	world_start(w);
	assert_lines(w, file->lines);
	world_stop(w);
	world_remove(w, file->name);
	recovery_done(&recovery);
}

/* The source resumes behind the oldest record; the line of each other one is read again, and known.
 * Lines less than 64 bytes behind a hole are not: 0.1.0 took its NULs for text. */
static void its_records_resume_behind_the_oldest_and_are_known(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < COUNT(FILES); i++)
		if (FILES[i].lines)
			check_records(w, &FILES[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(its_state_resumes_where_it_stopped),
		WORLD_TEST(its_state_resumes_in_a_file_that_was_renamed_meanwhile),
		WORLD_TEST(its_records_resume_behind_the_oldest_and_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
