/* The queue of what sinks have not settled: first in, first out, whatever the sizes. */
#include "config.h"

#include "test.h"

#include "base/cleanup.h"
#include "flow/pending.h"

static void add_kind(
	struct pending *queue, size_t input, const char *stream, const char *position, bool unkept)
{
	const struct pending_entry entry = { input, text_of(stream), text_of(position), 1, unkept };

	assert_int_equal(pending_reserve(queue, &entry), 0);
	pending_add(queue, &entry);
}

static void add(struct pending *queue, size_t input, const char *stream, const char *position)
{
	add_kind(queue, input, stream, position, false);
}

static void take(struct pending *queue, size_t input, const char *stream, const char *position)
{
	struct pending_entry entry;

	assert_true(pending_take(queue, 1, &entry));
	assert_int_equal(entry.input, input);
	assert_text(entry.stream, stream);
	assert_text(entry.position, position);
}

static void entries_come_out_as_they_went_in(void **state)
{
	struct pending queue = pending_make();

	(void)state;
	add(&queue, 3, "", "cursor");
	add(&queue, 0, "8:1", "");
	add(&queue, 1, "", "");
	assert_int_equal(queue.n, 3);
	take(&queue, 3, "", "cursor");
	take(&queue, 0, "8:1", "");
	add(&queue, 2, "x", "y");
	take(&queue, 1, "", "");
	take(&queue, 2, "x", "y");
	assert_int_equal(queue.n, 0);
	pending_done(&queue);
}

static void a_queue_that_is_never_empty_does_not_grow(void **state)
{
	struct pending queue = pending_make();
	struct pending_entry entry;
	char position[16];
	size_t size;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		add(&queue, i, "stream", "0123456789");
	size = queue.bytes.bytes.size;
	for (size_t i = 0; i < 100 * 1000; i++) {
		(void)snprintf(position, sizeof(position), "%010zu", i);
		add(&queue, i, "stream", position);
		assert_true(pending_take(&queue, 1, &entry));
	}
	assert_int_equal(queue.n, 10);
	assert_true(queue.bytes.bytes.size <= 4 * size);
	take(&queue, 99990, "stream", "0000099990");
	pending_done(&queue);
}

static void entries_can_be_looked_at_and_get_other_inputs(void **state)
{
	static const size_t numbers[] = { 2, PENDING_NO_INPUT, 0 };
	static const size_t others[] = { 5, 6, 7 };
	struct pending queue = pending_make();
	struct pending_entry entry;
	size_t at = 0;

	(void)state;
	assert_false(pending_next(&queue, &at, &entry));
	pending_renumber(&queue, numbers);
	add(&queue, 2, "gone", "gone");
	add(&queue, 0, "8:1", "a");
	add(&queue, 1, "", "cursor");
	add(&queue, 2, "x", "");
	take(&queue, 2, "gone", "gone");
	assert_true(pending_next(&queue, &at, &entry));
	assert_int_equal(entry.input, 0);
	assert_text(entry.position, "a");
	pending_renumber(&queue, numbers);
	pending_renumber(&queue, others);
	assert_int_equal(queue.n, 3);
	take(&queue, 7, "8:1", "a");
	take(&queue, PENDING_NO_INPUT, "", "cursor");
	take(&queue, 5, "x", "");
	at = 0;
	assert_false(pending_next(&queue, &at, &entry));
	pending_done(&queue);
}

static void records_of_one_stream_are_one_entry_until_the_batch_ends(void **state)
{
	struct pending queue = pending_make();
	struct pending_entry entry;

	(void)state;
	add(&queue, 1, "s", "p1");
	add(&queue, 1, "s", "p2");
	add(&queue, 1, "s", "p3");
	assert_int_equal(queue.n, 3);
	pending_end_batch(&queue);
	add(&queue, 1, "s", "p4");
	add(&queue, 1, "t", "p5");
	add(&queue, 2, "t", "p6");
	add(&queue, 2, "t", "p10");
	assert_int_equal(queue.n, 7);
	assert_false(pending_take(&queue, 2, &entry));
	assert_true(pending_take(&queue, 3, &entry));
	assert_text(entry.position, "p3");
	assert_int_equal(entry.n, 3);
	assert_int_equal(queue.n, 4);
	take(&queue, 1, "s", "p4");
	take(&queue, 1, "t", "p5");
	assert_true(pending_take(&queue, 2, &entry));
	assert_text(entry.position, "p10");
	assert_int_equal(entry.n, 2);
	add(&queue, 2, "t", "a longer one");
	add(&queue, 2, "t", "p11");
	assert_false(pending_take(&queue, 1, &entry));
	assert_true(pending_take(&queue, 2, &entry));
	assert_text(entry.position, "p11");
	/* Without a position, there is none to save. */
	add(&queue, 2, "t", "p12");
	add(&queue, 2, "t", "");
	add(&queue, 2, "t", "p13");
	take(&queue, 2, "t", "p12");
	take(&queue, 2, "t", "");
	assert_false(pending_take(&queue, 0, &entry));
	take(&queue, 2, "t", "p13");
	assert_false(pending_take(&queue, UINT64_MAX, &entry));
	pending_done(&queue);
}

static void note_returned(const struct pending_entry *entry, void *userdata)
{
	char *seen = userdata;
	size_t len = strlen(seen);

	(void)snprintf(seen + len, 64 - len, "%zu:%zu:%.*s ", entry->input, entry->n,
		TEXT_FORMAT(entry->position));
}

static void what_a_sink_has_not_kept_is_removed_and_the_rest_stays_in_order(void **state)
{
	struct pending queue = pending_make();
	struct pending_entry entry;
	char seen[64] = "";

	(void)state;
	add(&queue, 0, "", "gone");
	take(&queue, 0, "", "gone");
	add(&queue, 1, "s", "p1");
	add_kind(&queue, 1, "s", "p2", true);
	add_kind(&queue, 1, "s", "p3", true);
	add(&queue, 2, "", "");
	add(&queue, 3, "a longer stream", "and a longer position");
	add_kind(&queue, 4, "s", "p4", true);
	pending_remove_unkept(&queue, note_returned, seen);
	assert_string_equal(seen, "1:2:p3 4:1:p4 ");
	assert_int_equal(queue.n, 3);
	add(&queue, 3, "a longer stream", "and a longer position");
	take(&queue, 1, "s", "p1");
	take(&queue, 2, "", "");
	take(&queue, 3, "a longer stream", "and a longer position");
	take(&queue, 3, "a longer stream", "and a longer position");
	add_kind(&queue, 4, "s", "p4", true);
	pending_remove_unkept(&queue, note_returned, seen);
	assert_false(pending_take(&queue, UINT64_MAX, &entry));
	pending_done(&queue);
}

static void an_entry_past_the_bound_is_refused_and_the_queue_stays_whole(void **state)
{
	struct pending queue = pending_make();
	CLEANUP(freep) char *large = malloc(PENDING_SIZE_MAX);
	struct pending_entry entry = { 1, text_of(""), { 0 }, 1, false };

	(void)state;
	assert_non_null(large);
	entry.position = text_make(large, PENDING_SIZE_MAX);
	add(&queue, 7, "a", "b");
	assert_int_equal(pending_reserve(&queue, &entry), -EMSGSIZE);
	add(&queue, 8, "c", "d");
	take(&queue, 7, "a", "b");
	take(&queue, 8, "c", "d");
	pending_done(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_come_out_as_they_went_in),
		cmocka_unit_test(a_queue_that_is_never_empty_does_not_grow),
		cmocka_unit_test(entries_can_be_looked_at_and_get_other_inputs),
		cmocka_unit_test(records_of_one_stream_are_one_entry_until_the_batch_ends),
		cmocka_unit_test(what_a_sink_has_not_kept_is_removed_and_the_rest_stays_in_order),
		cmocka_unit_test(an_entry_past_the_bound_is_refused_and_the_queue_stays_whole),
	};

	return cmocka_run_group_tests_name("flow/pending", tests, NULL, NULL);
}
