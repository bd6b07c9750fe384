/* Refused memory in the files source, one allocation after the other: at the start, while files are
 * found, and while they are rotated. Each line comes once all the same. */
#include "config.h"

#include "test-memory.h"

#include "test-files.h"

enum { STEPS_MAX = 10 * 1000, SECONDS = 120 };

/* Something that happens to files: while the source does not run (`before`), and while it runs. */
struct scene {
	void (*prepare)(struct world *w); /* what was read before that */
	void (*change)(struct world *w);
	bool is_live;
	const char *wanted; /* in any order */
};

/* One call of the source, with the allocator as it was. */
static int refused_call(int (*call)(struct world *w), struct world *w, bool is_armed)
{
	int r;

	allocator.armed = is_armed;
	r = call(w);
	allocator.armed = false;
	return r;
}

static int start(struct world *w)
{
	static struct source_position saved[WORLD_POSITIONS_MAX];

	for (size_t i = 0; i < w->n_saved; i++)
		saved[i] = (struct source_position){ text_of(w->saved[i].stream),
			text_of(w->saved[i].position) };
	return files_source_new("test", &w->options,
		&(struct files_past){ .saved = saved, .n = w->n_saved }, &w->source);
}

static struct source_item item;

static int pull(struct world *w)
{
	return source_pull(w->source, &item);
}

static int process(struct world *w)
{
	return source_process(w->source);
}

static int visit(struct world *w)
{
	return source_visit_positions(w->source, world_visit, w);
}

/* Read until nothing is left that time brings. Returns 0, or what the source has failed with. */
static int run(struct world *w, bool is_armed)
{
	uint64_t end = world_usec + (uint64_t)SECONDS * WORLD_SECOND;

	for (unsigned i = 0; i < STEPS_MAX; i++) {
		int r = refused_call(pull, w, is_armed);

		if (r == 0)
			world_take_block(w, &item.block);
		else if (r == SOURCE_AGAIN) {
			uint64_t next = world_timeout(w);

			if (!world_has_events(w)) {
				if (next > end)
					return 0;
				world_usec = next > world_usec ? next : world_usec;
			}
			r = refused_call(process, w, is_armed);
		}
		if (r >= 0)
			r = refused_call(visit, w, is_armed);
		if (r < 0)
			return r;
	}
	fail_msg("the source is never at its end");
	return 0;
}

static bool has_lines(const struct world *w, const char *wanted)
{
	struct text lines = buffer_text(&w->lines);

	for (const char *line = wanted, *lf; (lf = strchr(line, '\n')); line = lf + 1)
		if (!memmem(lines.data, lines.len, line, (size_t)(lf + 1 - line)))
			return false;
	return lines.len == strlen(wanted);
}

static int clean(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status, (void)type;
	return walk->level == 0 ? 0 : remove(path);
}

/* Returns how many allocations were refused: 0 where there are no more. */
static size_t play(struct world *w, const struct scene *scene, size_t n_good)
{
	int r = 0;

	assert_int_equal(nftw(w->directory, clean, 16, FTW_DEPTH | FTW_PHYS), 0);
	w->n_saved = 0;
	w->options.start = FILES_START_BEGINNING;
	world_start(w);
	scene->prepare(w);
	assert_int_equal(run(w, false), 0);
	buffer_clear(&w->lines);
	if (!scene->is_live)
		world_stop(w);
	scene->change(w);

	allocator.n_good = n_good;
	allocator.n_refused = 0;
	allocator.from_then_on = false;
	if (!scene->is_live)
		r = refused_call(start, w, true);
	if (r == 0)
		r = run(w, true);
	if (r < 0) {
		assert_int_equal(r, -ENOMEM);
		w->source = source_free(w->source);
		world_start(w);
	}
	assert_int_equal(run(w, false), 0);
	if (!has_lines(w, scene->wanted)) {
		print_error("allocation %zu refused (%d), came:\n%.*swanted:\n%s", n_good, r,
			TEXT_FORMAT(buffer_text(&w->lines)), scene->wanted);
		fail();
	}
	buffer_clear(&w->lines);
	world_kill(w);
	return allocator.n_refused;
}

static void play_all(struct world *w, const struct scene *scene, size_t n_min)
{
	size_t n = 0;

	/* What the harness needs is there before. */
	assert_int_equal(buffer_reserve(&w->lines, 64 * 1024), 0);
	while (play(w, scene, n) > 0)
		n++;
	assert_between(n, n_min, 1000);
}

/* -- scenes ------------------------------------------------------------------- */

static void write_two(struct world *w)
{
	world_append(w, "a.log", "a one\n");
	world_append(w, "b.log", "b one\n");
}

static void write_more(struct world *w)
{
	world_append(w, "a.log", "a two\n");
	world_append(w, "b.log", "b two\n");
	world_append(w, "c.log", "c one\n");
}

static void rename_away(struct world *w)
{
	world_append(w, "a.log", "a two\n");
	world_rename(w, "a.log", "a.log.1");
	world_append(w, "a.log", "a three\n");
}

static void rename_on_another_device(struct world *w)
{
	rename_away(w);
	world_renumber(w);
}

static void copy_and_truncate(struct world *w)
{
	world_append(w, "a.log", "a two\n");
	world_copytruncate(w, "a.log", "a.log.1");
	world_append(w, "a.log", "a three\n");
}

/* The second copy has more, and does not match. */
static void copy_twice_and_truncate(struct world *w)
{
	world_append(w, "a.log", "a two\n");
	world_copy(w, "a.log", "a.log.1");
	world_append(w, "a.log", "a three\n");
	world_copytruncate(w, "a.log", "a.log.2");
	world_append(w, "a.log", "a four\n");
}

static void match_first_copy(struct world *w)
{
	world_match(w, 1, "*.log.1");
	write_two(w);
}

static void match_rotated(struct world *w)
{
	world_match(w, 1, "*.log.*");
	write_two(w);
}

static void lines_of_new_files_come_once(void **state)
{
	play_all(*state, &(struct scene){ write_two, write_more, false, "a two\nb two\nc one\n" },
		10);
}

static void lines_of_new_files_come_once_while_it_runs(void **state)
{
	play_all(
		*state, &(struct scene){ write_two, write_more, true, "a two\nb two\nc one\n" }, 3);
}

static void lines_of_a_renamed_file_come_once(void **state)
{
	play_all(*state, &(struct scene){ write_two, rename_away, false, "a two\na three\n" }, 10);
}

static void lines_of_a_renamed_file_come_once_while_it_runs(void **state)
{
	play_all(*state, &(struct scene){ write_two, rename_away, true, "a two\na three\n" }, 3);
}

static void lines_of_a_renamed_file_come_once_on_a_renumbered_device(void **state)
{
	play_all(*state,
		&(struct scene){ write_two, rename_on_another_device, false, "a two\na three\n" },
		10);
}

static void lines_of_a_copy_come_once(void **state)
{
	play_all(*state, &(struct scene){ write_two, copy_and_truncate, false, "a two\na three\n" },
		10);
}

static void lines_of_a_copy_come_once_while_it_runs(void **state)
{
	play_all(*state, &(struct scene){ write_two, copy_and_truncate, true, "a two\na three\n" },
		3);
}

static void lines_of_a_copy_that_matches_come_once(void **state)
{
	play_all(*state,
		&(struct scene){ match_rotated, copy_and_truncate, false, "a two\na three\n" }, 10);
}

static void lines_of_a_copy_that_matches_come_once_while_it_runs(void **state)
{
	play_all(*state,
		&(struct scene){ match_rotated, copy_and_truncate, true, "a two\na three\n" }, 3);
}

static void lines_of_the_longer_copy_come_once(void **state)
{
	play_all(*state,
		&(struct scene){ match_first_copy, copy_twice_and_truncate, false,
			"a two\na three\na four\n" },
		10);
}

static void lines_of_the_longer_copy_come_once_while_it_runs(void **state)
{
	play_all(*state,
		&(struct scene){ match_first_copy, copy_twice_and_truncate, true,
			"a two\na three\na four\n" },
		3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(lines_of_new_files_come_once),
		WORLD_TEST(lines_of_new_files_come_once_while_it_runs),
		WORLD_TEST(lines_of_a_renamed_file_come_once),
		WORLD_TEST(lines_of_a_renamed_file_come_once_while_it_runs),
		WORLD_TEST(lines_of_a_renamed_file_come_once_on_a_renumbered_device),
		WORLD_TEST(lines_of_a_copy_come_once),
		WORLD_TEST(lines_of_a_copy_come_once_while_it_runs),
		WORLD_TEST(lines_of_a_copy_that_matches_come_once),
		WORLD_TEST(lines_of_a_copy_that_matches_come_once_while_it_runs),
		WORLD_TEST(lines_of_the_longer_copy_come_once),
		WORLD_TEST(lines_of_the_longer_copy_come_once_while_it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
