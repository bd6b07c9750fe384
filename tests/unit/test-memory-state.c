/* Refused memory in flow/state. */
#include "config.h"

#include "test.h"

#include <unistd.h>

#include "base/io.h"
#include "flow/state/positions.h"
#include "source/source.h"
#include "test-memory.h"

static char directory[] = "/tmp/because-test.XXXXXX";
static char loaded_path[64], saved_path[64];

/* Set a position. Where that is refused, everything is as it was. */
static int set_or_leave(struct positions *positions, const char *source, const char *position)
{
	const struct text had = positions_get(positions, text_of(source), "journal");
	char before[64];
	size_t n = positions->n, len = positions->len;
	int r;

	(void)snprintf(before, sizeof(before), "%.*s", TEXT_FORMAT(had));
	r = positions_set(positions, text_of(source), "journal", text_of(position));
	if (r == 0 || (positions->n == n && positions->len == len &&
			      text_equal(positions_get(positions, text_of(source), "journal"),
				      text_of(before))))
		return r;
	return NOT_AS_BEFORE;
}

static int set_many(struct positions *positions)
{
	int r = 0;

	for (unsigned i = 0; i < 40 && r == 0; i++) {
		char source[24], longer[24];

		(void)snprintf(source, sizeof(source), "files/%u", i % 30);
		(void)snprintf(longer, sizeof(longer), "1:2:%u", i * i * i);
		r = set_or_leave(positions, source, longer);
		if (r == 0 && i % 4 == 0)
			positions_forget(positions, text_of(source), "journal");
	}
	return r;
}

/* Load, change, and save under another path. */
static int attempt_positions(void)
{
	struct positions positions = { 0 };
	int r = positions_load(&positions, loaded_path);

	if (r < 0 && (positions.n > 0 || positions.changed))
		r = NOT_AS_BEFORE;
	if (r == 0)
		r = set_many(&positions);
	if (r == 0) {
		free(positions.path);
		positions.path = __real_strdup(saved_path);
		r = positions_save(&positions);
		/* It is to be tried again. */
		if ((r < 0) != positions.changed)
			r = NOT_AS_BEFORE;
	}
	if (r == -ENOMEM || r == 0)
		positions_done(&positions);
	return r;
}

static void positions_are_loaded_changed_and_saved_whole_or_not_at_all(void **state)
{
	struct positions positions;
	struct source_position item;
	size_t at = 0, n = 0;

	(void)state;
	sweep(attempt_positions, 40);
	assert_int_equal(positions_load(&positions, saved_path), 0);
	while (positions_next(&positions, text_of("files"), "journal", &at, &item))
		n++;
	assert_int_equal(n, positions.n - 1);
	assert_text(positions_get(&positions, text_of("platform"), "journal"), "s=1");
	assert_text(positions_get(&positions, text_of("files/29"), "journal"), "1:2:24389");
	positions_done(&positions);
}

static void a_save_that_is_refused_memory_leaves_the_file_before(void **state)
{
	struct positions positions;
	CLEANUP(buffer_done) struct buffer before = buffer_make(4096);
	CLEANUP(buffer_done) struct buffer after = buffer_make(4096);
	int r;

	(void)state;
	assert_int_equal(io_read_file(loaded_path, &before), 0);
	assert_int_equal(positions_load(&positions, loaded_path), 0);
	assert_int_equal(positions_set(&positions, text_of("a"), "b", text_of("1")), 0);
	allocator.armed = allocator.from_then_on = true;
	allocator.n_good = allocator.n_refused = 0;
	r = positions_save(&positions);
	allocator.armed = false;
	assert_int_equal(r, -ENOMEM);
	assert_int_equal(io_read_file(loaded_path, &after), 0);
	assert_true(text_equal(buffer_text(&before), buffer_text(&after)));
	positions_done(&positions);
}

static int start(void **state)
{
	static const char content[] = "becaused positions 1\nplatform\tjournal\ts=1\n"
				      "files/3\tjournal\t1\nfiles/4\tjournal\t22\nend\n";

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(loaded_path, sizeof(loaded_path), "%s/loaded", directory);
	(void)snprintf(saved_path, sizeof(saved_path), "%s/saved", directory);
	return io_replace_file(loaded_path, 0600, content, strlen(content));
}

static int finish(void **state)
{
	(void)state;
	(void)unlink(loaded_path);
	(void)unlink(saved_path);
	return rmdir(directory); /* which fails when anything else was left behind */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(positions_are_loaded_changed_and_saved_whole_or_not_at_all),
		cmocka_unit_test(a_save_that_is_refused_memory_leaves_the_file_before),
	};

	return cmocka_run_group_tests_name("refused memory in flow/state", tests, start, finish);
}
