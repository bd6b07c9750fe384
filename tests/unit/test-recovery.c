/* Positions after a start, from the records that a sink has: with a state file that is right, old,
 * or gone. The sink is a list of memories, which it recalls as the journal does: the newest first.
 */
#include "config.h"

#include "test.h"

#include "flow/recovery.h"
#include "flow/setup/configuration.h"
#include "sink/sink.h"
#include "source/files/position.h"
#include "source/journal/position-order.h"

enum {
	FAKE_IN_FLIGHT_MAX = 1024,
	RECENT_MAX = RECOVERY_WINDOWS * FAKE_IN_FLIGHT_MAX,
	MEMORIES_MAX = RECENT_MAX + 100,
	ALL_MAX = RECOVERY_KEEP + 100,
	TEXT_SIZE = 160,
	USEC = 10 * 1000, /* from one memory to the next */
};

struct fake_sink {
	struct sink sink;
	struct memory {
		const char *source;
		char position[TEXT_SIZE];
	} memories[ALL_MAX]; /* the oldest first */
	size_t n;
	bool busy;
};

static int fake_recall(struct sink *sink, struct text source, sink_recall_fn *visit, void *userdata)
{
	struct fake_sink *fake = (struct fake_sink *)(void *)sink;
	int r = 0;

	if (fake->busy)
		return SINK_FULL;
	for (size_t i = fake->n; i > 0 && r == 0; i--) {
		const struct memory *memory = &fake->memories[i - 1];
		const struct sink_memory memory_of = { text_of(memory->source),
			text_of(memory->position), i * USEC };

		if (source.len == 0 || text_equal(source, memory_of.source))
			r = visit(&memory_of, userdata);
	}
	return r < 0 ? r : 0;
}

static const struct sink_class fake_class = { .recall = fake_recall };

static void print_cursor(char *out, unsigned seqnum)
{
	(void)snprintf(out, TEXT_SIZE, "s=0a;i=%x;b=0b;m=%x;t=%x;x=0", seqnum, seqnum, seqnum);
}

static void print_position(char *out, unsigned inode, unsigned offset)
{
	(void)snprintf(out, TEXT_SIZE, "8:%x:4-ff:%u:4-ee:- /var/log/a.log", inode, offset);
}

struct fixture {
	struct fake_sink fake;
	struct config config;
	struct config_source sources[3];
	struct positions positions;
	struct recovery recovery;
};

static int start(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	f.fake.sink = (struct sink){
		.class = &fake_class, .name = "journal", .in_flight_max = FAKE_IN_FLIGHT_MAX
	};
	f.sources[0] = (struct config_source){ .name = text_of("platform"),
		.kind = source_kind_find("journal") };
	f.sources[1] = (struct config_source){ .name = text_of("quiet"),
		.kind = source_kind_find("journal") };
	f.sources[2] = (struct config_source){ .name = text_of("files"),
		.kind = source_kind_find("files") };
	f.config = (struct config){ .sources = f.sources, .n_sources = COUNT(f.sources) };
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	recovery_done(&f->recovery);
	positions_done(&f->positions);
	return 0;
}

static struct memory *remember(struct fixture *f, const char *source)
{
	struct memory *memory = &f->fake.memories[f->fake.n++];

	memory->source = source;
	return memory;
}

static void remember_cursors(struct fixture *f, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		print_cursor(remember(f, "platform")->position, i);
}

static void save_cursor(struct fixture *f, const char *source, unsigned seqnum)
{
	char position[TEXT_SIZE];

	print_cursor(position, seqnum);
	assert_int_equal(
		positions_set(&f->positions, text_of(source), "journal", text_of(position)), 0);
}

static void read_back(struct fixture *f)
{
	assert_int_equal(recovery_read(&f->recovery, &f->config, &f->fake.sink, &f->positions), 0);
}

static void assert_cursor(struct fixture *f, const char *source, unsigned seqnum)
{
	char position[TEXT_SIZE];

	print_cursor(position, seqnum);
	assert_text(positions_get(&f->positions, text_of(source), "journal"), position);
}

static bool knows_cursor(struct fixture *f, unsigned seqnum)
{
	char position[TEXT_SIZE];

	print_cursor(position, seqnum);
	return recovery_knows(
		&f->recovery, &journal_position_order, text_of("platform"), text_of(position));
}

static void a_sink_without_memories_moves_nothing(void **state)
{
	struct fixture *f = *state;

	save_cursor(f, "platform", 7);
	read_back(f);
	assert_cursor(f, "platform", 7);
	assert_int_equal(positions_get(&f->positions, text_of("files"), "journal").len, 0);
	assert_false(knows_cursor(f, 7));
}

static void a_sink_that_cannot_answer_yet_is_asked_again(void **state)
{
	struct fixture *f = *state;

	remember_cursors(f, 1, 10);
	f->fake.busy = true;
	assert_int_equal(
		recovery_read(&f->recovery, &f->config, &f->fake.sink, &f->positions), SINK_FULL);
	f->fake.busy = false;
	read_back(f);
	assert_true(knows_cursor(f, 10));
}

static void what_was_sent_behind_the_saved_position_is_known(void **state)
{
	struct fixture *f = *state;

	remember_cursors(f, 1, 200);
	save_cursor(f, "platform", 150);
	read_back(f);
	assert_cursor(f, "platform", 150);
	for (unsigned i = 1; i <= 200; i++)
		assert_true(knows_cursor(f, i));
	assert_false(knows_cursor(f, 201));
	assert_false(recovery_knows(&f->recovery, &journal_position_order, text_of("quiet"),
		text_of(f->fake.memories[0].position)));
}

static void an_old_position_is_moved_to_before_everything_that_may_be_missing(void **state)
{
	struct fixture *f = *state;

	remember_cursors(f, 1, MEMORIES_MAX);
	save_cursor(f, "platform", 3);
	read_back(f);
	assert_cursor(f, "platform", MEMORIES_MAX - RECENT_MAX);
}

static void a_missing_position_is_taken_from_the_sink(void **state)
{
	struct fixture *f = *state;

	remember_cursors(f, 1, MEMORIES_MAX);
	read_back(f);
	assert_cursor(f, "platform", MEMORIES_MAX - RECENT_MAX);
}

static void with_few_memories_it_is_the_earliest(void **state)
{
	struct fixture *f = *state;

	remember_cursors(f, 5, 9);
	print_cursor(remember(f, "platform")->position, 4); /* sent again */
	read_back(f);
	assert_cursor(f, "platform", 4);
	assert_true(knows_cursor(f, 9));
}

static void a_position_ahead_of_the_sink_stays(void **state)
{
	struct fixture *f = *state;

	remember_cursors(f, 1, MEMORIES_MAX);
	save_cursor(f, "platform", 2 * MEMORIES_MAX);
	read_back(f);
	assert_cursor(f, "platform", 2 * MEMORIES_MAX);
}

static void the_last_of_a_quiet_source_is_looked_for(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 1; i <= 3; i++)
		print_cursor(remember(f, "quiet")->position, i);
	remember_cursors(f, 10, 10 + RECENT_MAX);
	save_cursor(f, "quiet", 1);
	read_back(f);
	assert_cursor(f, "quiet", 3);
}

static void every_file_has_a_position_of_its_own(void **state)
{
	struct fixture *f = *state;
	char position[TEXT_SIZE];

	for (unsigned i = 1; i <= 10; i++) {
		print_position(remember(f, "files")->position, 1, i);
		print_position(remember(f, "files")->position, 2, 100 + i);
	}
	remember_cursors(f, 1, RECENT_MAX);
	read_back(f);
	print_position(position, 1, 10);
	assert_text(positions_get(&f->positions, text_of("files/8:1"), "journal"), position);
	print_position(position, 2, 110);
	assert_text(positions_get(&f->positions, text_of("files/8:2"), "journal"), position);
}

/* Its position was saved when the truncation was noticed. */
static void a_record_from_before_a_truncation_moves_no_position(void **state)
{
	static const char saved[] = "8:1:0-0:0:0-0:-~64~ /var/log/a.log";
	const struct text key = text_of("files/8:1");
	struct fixture *f = *state;

	for (unsigned i = 1; i <= 10; i++)
		print_position(remember(f, "files")->position, 1, i);
	remember_cursors(f, 1, RECENT_MAX);
	assert_int_equal(positions_set(&f->positions, key, "journal", text_of(saved)), 0);
	read_back(f);
	assert_text(positions_get(&f->positions, key, "journal"), saved);
}

static void what_an_old_state_has_of_a_quiet_file_is_looked_for(void **state)
{
	struct fixture *f = *state;
	char position[TEXT_SIZE];

	print_position(position, 2, 5);
	assert_int_equal(
		positions_set(&f->positions, text_of("files/8:2"), "journal", text_of(position)),
		0);
	assert_int_equal(
		positions_set(&f->positions, text_of("files"), "journal", text_of("started 1")), 0);
	f->positions.saved_usec = 1;
	print_position(remember(f, "files")->position, 2, 7);
	for (unsigned i = 1; i < ALL_MAX; i++)
		print_position(remember(f, "files")->position, 1, i);
	read_back(f);
	print_position(position, 2, 7);
	assert_text(positions_get(&f->positions, text_of("files/8:2"), "journal"), position);
}

static void a_line_is_known_under_any_name_of_its_file_and_at_any_size(void **state)
{
	struct fixture *f = *state;
	const struct text files = text_of("files");

	(void)snprintf(
		remember(f, "files")->position, TEXT_SIZE, "8:1:4-ff:100:4-ee:- /var/log/a.log");
	read_back(f);
	assert_true(recovery_knows(&f->recovery, &position_order, files,
		text_of("8:1:100-aa:100:4-ee:- /var/log/a.log.1")));
	assert_false(recovery_knows(&f->recovery, &position_order, files,
		text_of("8:1:100-aa:101:4-ee:- /var/log/a.log.1")));
	assert_false(recovery_knows(&f->recovery, &position_order, files,
		text_of("8:1:4-ff:100:4-ef:- /var/log/a.log")));
}

static void a_files_source_without_state_knows_that_it_ran_before(void **state)
{
	struct fixture *f = *state;

	print_position(remember(f, "files")->position, 1, 10);
	read_back(f);
	assert_text(positions_get(&f->positions, text_of("files"), "journal"), "started 10000");
}

static void a_memory_of_no_source_or_no_sense_is_passed_over(void **state)
{
	struct fixture *f = *state;

	(void)snprintf(remember(f, "platform")->position, TEXT_SIZE, "nonsense");
	(void)snprintf(remember(f, "gone")->position, TEXT_SIZE, "nonsense");
	read_back(f);
	assert_int_equal(f->positions.n, 0);
}

#define TEST_OF(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_OF(a_sink_without_memories_moves_nothing),
		TEST_OF(a_sink_that_cannot_answer_yet_is_asked_again),
		TEST_OF(what_was_sent_behind_the_saved_position_is_known),
		TEST_OF(an_old_position_is_moved_to_before_everything_that_may_be_missing),
		TEST_OF(a_missing_position_is_taken_from_the_sink),
		TEST_OF(with_few_memories_it_is_the_earliest),
		TEST_OF(a_position_ahead_of_the_sink_stays),
		TEST_OF(the_last_of_a_quiet_source_is_looked_for),
		TEST_OF(every_file_has_a_position_of_its_own),
		TEST_OF(a_record_from_before_a_truncation_moves_no_position),
		TEST_OF(what_an_old_state_has_of_a_quiet_file_is_looked_for),
		TEST_OF(a_line_is_known_under_any_name_of_its_file_and_at_any_size),
		TEST_OF(a_files_source_without_state_knows_that_it_ran_before),
		TEST_OF(a_memory_of_no_source_or_no_sense_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
