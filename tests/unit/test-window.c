/* The window's bookkeeping, with a clock of its own: bytes are offered, sent, acknowledged, settled
 * and offered again. Every byte of a frame is its number, so a wrong byte shows. */
#include "config.h"

#include "test.h"

#include "sink/socket/window.h"

enum { MAX = 1000, AGAIN_MAX = 100 };

static int start(void **state)
{
	static struct window w;

	w = window_make(MAX, AGAIN_MAX);
	*state = &w;
	return 0;
}

static int finish(void **state)
{
	window_done(*state);
	return 0;
}

/* Add a frame of `len` bytes that all are `c`, in two pieces. */
static int add_again(struct window *w, char c, size_t len, bool again)
{
	CLEANUP(freep) char *bytes = test_repeat(c, len);
	const struct text pieces[] = { text_make(bytes, len / 3),
		text_make(bytes + len / 3, len - len / 3) };

	return window_add(w, pieces, COUNT(pieces), again);
}

static int add(struct window *w, char c, size_t len)
{
	return add_again(w, c, len, false);
}

/* Settle what was acknowledged then or before. */
static size_t settle(struct window *w, uint64_t usec)
{
	return window_settle(w, &(struct window_until){ .usec = usec });
}

/* Send `len` bytes, which must all be `c`. */
static void assert_send(struct window *w, char c, size_t len)
{
	while (len > 0) {
		struct text piece = window_unsent(w);
		size_t n = piece.len < len ? piece.len : len;

		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(piece.data[i], c);
		window_sent(w, n, 0);
		len -= n;
	}
}

static void a_new_window_has_nothing_to_send(void **state)
{
	struct window *w = *state;

	assert_int_equal(window_unsent(w).len, 0);
	assert_int_equal(settle(w, UINT64_MAX), 0);
	assert_int_equal(window_acknowledged_usec(w), UINT64_MAX);
}

static void frames_are_offered_in_order(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_int_equal(add(w, 'b', 20), 0);
	assert_send(w, 'a', 10);
	assert_send(w, 'b', 20);
	assert_int_equal(window_unsent(w).len, 0);
}

static void what_is_not_acknowledged_is_not_settled(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_send(w, 'a', 10);
	window_acknowledge(w, 10, 5);
	assert_int_equal(settle(w, UINT64_MAX), 0);
}

static void what_is_acknowledged_is_settled_when_its_time_has_come(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_send(w, 'a', 10);
	window_acknowledge(w, 0, 50);
	assert_int_equal(window_acknowledged_usec(w), 50);
	assert_int_equal(settle(w, 49), 0);
	assert_int_equal(settle(w, 50), 1);
	assert_int_equal(settle(w, UINT64_MAX), 0);
	assert_int_equal(window_acknowledged_usec(w), UINT64_MAX);
}

static void a_frame_is_settled_with_its_last_byte(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_int_equal(add(w, 'b', 10), 0);
	assert_send(w, 'a', 10);
	assert_send(w, 'b', 10);
	window_acknowledge(w, 1, 50);
	assert_int_equal(settle(w, 50), 1);
	window_acknowledge(w, 0, 60);
	assert_int_equal(settle(w, 59), 0);
	assert_int_equal(settle(w, 60), 1);
}

static void more_owed_than_was_sent_acknowledges_nothing(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_send(w, 'a', 10);
	window_acknowledge(w, 100000, 50);
	assert_int_equal(settle(w, UINT64_MAX), 0);
}

static void an_acknowledgement_is_never_taken_back(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_send(w, 'a', 10);
	window_acknowledge(w, 0, 50);
	window_acknowledge(w, 10, 60);
	assert_int_equal(settle(w, 50), 1);
}

static void a_break_offers_all_that_is_not_settled_again(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_int_equal(add(w, 'b', 10), 0);
	assert_int_equal(add(w, 'c', 10), 0);
	assert_send(w, 'a', 10);
	assert_send(w, 'b', 5);
	window_acknowledge(w, 3, 50);
	assert_int_equal(settle(w, 50), 1);
	window_rewind(w);
	assert_int_equal(settle(w, UINT64_MAX), 0);
	assert_send(w, 'b', 10);
	assert_send(w, 'c', 10);
	assert_int_equal(window_unsent(w).len, 0);
}

static void acknowledgements_of_before_a_break_count_no_more(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 10), 0);
	assert_send(w, 'a', 10);
	window_acknowledge(w, 0, 50);
	window_rewind(w);
	assert_int_equal(window_acknowledged_usec(w), UINT64_MAX);
	assert_int_equal(settle(w, UINT64_MAX), 0);
}

static void the_window_is_full_at_its_bound(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', MAX - 10), 0);
	assert_int_equal(add(w, 'b', 11), WINDOW_FULL);
	assert_int_equal(add(w, 'b', 10), 0);
	assert_int_equal(add(w, 'c', 1), WINDOW_FULL);
	assert_send(w, 'a', MAX - 10);
	assert_send(w, 'b', 10);
	assert_int_equal(window_unsent(w).len, 0);
}

static void a_settled_frame_makes_room(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', MAX / 2), 0);
	assert_int_equal(add(w, 'b', MAX / 2), 0);
	assert_send(w, 'a', MAX / 2);
	window_acknowledge(w, 0, 1);
	assert_int_equal(settle(w, 1), 1);
	assert_int_equal(add(w, 'c', MAX / 2), 0);
	assert_int_equal(add(w, 'd', 1), WINDOW_FULL);
	assert_send(w, 'b', MAX / 2);
	assert_send(w, 'c', MAX / 2);
}

static void a_frame_larger_than_the_bound_is_taken_alone(void **state)
{
	struct window *w = *state;

	assert_int_equal(add(w, 'a', 1), 0);
	assert_int_equal(add(w, 'b', MAX + 1), WINDOW_FULL);
	assert_send(w, 'a', 1);
	window_acknowledge(w, 0, 1);
	assert_int_equal(settle(w, 1), 1);
	assert_int_equal(add(w, 'b', 10 * MAX), 0);
	assert_int_equal(add(w, 'c', 1), WINDOW_FULL);
	assert_send(w, 'b', 10 * MAX);
	window_acknowledge(w, 0, 1);
	assert_int_equal(settle(w, 1), 1);
	assert_int_equal(add(w, 'c', 1), 0);
}

static void a_frame_without_a_byte_is_settled_in_its_place(void **state)
{
	struct window *w = *state;

	assert_int_equal(window_add(w, NULL, 0, false), 0);
	assert_int_equal(settle(w, 0), 1);
	assert_int_equal(add(w, 'a', 10), 0);
	assert_int_equal(window_add(w, NULL, 0, false), 0);
	assert_int_equal(add(w, 'b', 10), 0);
	assert_int_equal(settle(w, 0), 0);
	assert_send(w, 'a', 10);
	window_acknowledge(w, 0, 1);
	assert_int_equal(settle(w, 1), 2);
	assert_send(w, 'b', 10);
}

static void frames_are_bounded_in_number(void **state)
{
	struct window w = window_make((size_t)4 * WINDOW_FRAMES_MAX, 0);

	(void)state;
	for (size_t i = 0; i < WINDOW_FRAMES_MAX; i++)
		assert_int_equal(add(&w, 'a', 1), 0);
	assert_int_equal(add(&w, 'a', 1), WINDOW_FULL);
	assert_int_equal(window_add(&w, NULL, 0, false), WINDOW_FULL);
	assert_send(&w, 'a', WINDOW_FRAMES_MAX);
	window_acknowledge(&w, 0, 1);
	assert_int_equal(settle(&w, 1), WINDOW_FRAMES_MAX);
	window_done(&w);
}

static void more_acknowledgements_than_are_kept_settle_late_and_never_early(void **state)
{
	struct window *w = *state;
	const size_t n = 3 * WINDOW_MARKS_MAX;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(add(w, 'a', 1), 0);
		assert_send(w, 'a', 1);
		window_acknowledge(w, 0, i);
	}
	for (size_t i = 0, n_settled = 0; i < n; i++) {
		n_settled += settle(w, i);
		assert_true(n_settled <= i + 1);
		if (i == n - 1)
			assert_int_equal(n_settled, n);
	}
}

static void an_empty_window_keeps_little_memory(void **state)
{
	struct window w = window_make((size_t)64 * WINDOW_KEEP_SIZE, 0);

	(void)state;
	assert_int_equal(add(&w, 'a', WINDOW_KEEP_SIZE + 1), 0);
	assert_send(&w, 'a', WINDOW_KEEP_SIZE + 1);
	window_acknowledge(&w, 0, 1);
	assert_int_equal(settle(&w, 1), 1);
	assert_true(w.kept.size <= WINDOW_KEEP_SIZE);
	assert_int_equal(add(&w, 'b', 5), 0);
	assert_send(&w, 'b', 5);
	window_done(&w);
}

/* A model beside the window: numbers of frames that a simple queue would hold. */
static void at_random_every_frame_arrives_in_order_or_is_still_there(void **state)
{
	struct window *w = *state;
	struct test_random random = { 4711 };
	uint64_t n_added = 0, n_settled = 0, sent = 0, now = 0, lens[1 << 16], left = 0;

	for (size_t i = 0; i < 20000; i++, now++) {
		size_t len = test_random(&random, 200);

		if (n_added < COUNT(lens) && add(w, (char)('a' + n_added % 26), len) == 0)
			lens[n_added++] = len;
		for (size_t n = test_random(&random, 300); n > 0 && sent < n_added;) {
			size_t part = lens[sent] - left < n ? (size_t)lens[sent] - left : n;

			assert_send(w, (char)('a' + sent % 26), part);
			left += part;
			n -= part;
			if (left < lens[sent])
				break;
			left = 0;
			sent++;
		}
		window_acknowledge(w, test_random(&random, 200), now);
		n_settled += settle(w, now - test_random(&random, 3));
		assert_true(n_settled <= sent + (left == 0 && sent < n_added && lens[sent] == 0));
		if (test_random(&random, 50) == 0) {
			window_rewind(w);
			sent = n_settled;
			left = 0;
		}
	}
	assert_true(n_settled > 1000);
}

static void the_last_bytes_may_wait_longer(void **state)
{
	struct window *w = *state;
	struct window_until until = { .usec = 100, .unsure_usec = 10, .n_unsure = 25 };

	for (char c = 'a'; c <= 'd'; c++) {
		assert_int_equal(add(w, c, 10), 0);
		assert_send(w, c, 10);
	}
	window_acknowledge(w, 0, 50);
	assert_false(window_is_unsure(w, 25));
	assert_int_equal(window_settle(w, &until), 1);
	assert_true(window_is_unsure(w, 25));
	assert_int_equal(window_settle(w, &until), 0);
	/* More behind them shows that they were read. */
	assert_int_equal(add(w, 'e', 10), 0);
	assert_send(w, 'e', 10);
	assert_int_equal(window_settle(w, &until), 0);
	window_acknowledge(w, 0, 60);
	assert_int_equal(window_settle(w, &until), 1);
	until.unsure_usec = 59;
	assert_int_equal(window_settle(w, &until), 0);
	until.unsure_usec = 60;
	assert_int_equal(window_settle(w, &until), 3);
	assert_false(window_is_unsure(w, 25));
}

/* -- frames that can be read again ------------------------------------- */

static void few_bytes_that_can_be_read_again_are_kept(void **state)
{
	struct window *w = *state;

	assert_int_equal(add_again(w, 'a', AGAIN_MAX, true), 0);
	assert_int_equal(w->n_loose, 0);
	assert_send(w, 'a', AGAIN_MAX);
	assert_int_equal(window_rewind(w), 0);
	assert_send(w, 'a', AGAIN_MAX);
}

static void of_more_only_the_lengths_remain_and_a_break_returns_them(void **state)
{
	struct window *w = *state;

	assert_int_equal(add_again(w, 'a', AGAIN_MAX, true), 0);
	assert_int_equal(add_again(w, 'b', 10 * MAX, true), 0);
	assert_int_equal(add_again(w, 'c', 20, true), 0);
	assert_int_equal(add(w, 'd', 30), 0);
	assert_int_equal(w->n_loose, 2);
	assert_send(w, 'a', AGAIN_MAX);
	assert_send(w, 'b', 10 * MAX);
	assert_int_equal(w->loose.len, 20);
	assert_send(w, 'c', 20);
	assert_send(w, 'd', 30);
	assert_int_equal(window_unsent(w).len, 0);
	assert_int_equal(window_rewind(w), 2);
	assert_send(w, 'a', AGAIN_MAX);
	assert_send(w, 'd', 30);
	window_acknowledge(w, 0, 1);
	assert_int_equal(settle(w, 1), 2);
}

/* Or a record would be read again although later ones are kept. */
static void behind_a_loose_frame_nothing_that_can_be_read_again_is_kept(void **state)
{
	struct window *w = *state;

	assert_int_equal(add_again(w, 'a', AGAIN_MAX, true), 0);
	assert_int_equal(add_again(w, 'b', 1, true), 0);
	assert_send(w, 'a', AGAIN_MAX);
	window_acknowledge(w, 0, 1);
	assert_int_equal(settle(w, 1), 1);
	assert_int_equal(w->kept.len, 0);
	assert_int_equal(add_again(w, 'c', 1, true), 0);
	assert_int_equal(window_add(w, NULL, 0, true), 0);
	assert_int_equal(w->n_loose, 3);
	assert_send(w, 'b', 1);
	assert_send(w, 'c', 1);
	window_acknowledge(w, 0, 2);
	assert_int_equal(settle(w, 2), 3);
	assert_int_equal(add_again(w, 'd', 1, true), 0);
	assert_int_equal(w->n_loose, 0);
}

static void loose_bytes_that_are_not_sent_are_bounded(void **state)
{
	struct window *w = *state;

	assert_int_equal(add_again(w, 'a', AGAIN_MAX + 1, true), 0);
	assert_int_equal(add_again(w, 'b', WINDOW_LOOSE_MAX - AGAIN_MAX - 1, true), 0);
	assert_int_equal(add_again(w, 'c', 1, true), WINDOW_FULL);
	assert_int_equal(add(w, 'd', 1), 0);
	assert_send(w, 'a', 1);
	assert_int_equal(add_again(w, 'c', 1, true), 0);
	assert_send(w, 'a', AGAIN_MAX);
	assert_send(w, 'b', WINDOW_LOOSE_MAX - AGAIN_MAX - 1);
	assert_send(w, 'd', 1);
	assert_send(w, 'c', 1);
}

static void bytes_that_cannot_be_read_again_stay_bounded_as_before(void **state)
{
	struct window *w = *state;

	assert_int_equal(add_again(w, 'a', AGAIN_MAX, true), 0);
	assert_int_equal(add(w, 'b', MAX - AGAIN_MAX), 0);
	assert_int_equal(add(w, 'c', 1), WINDOW_FULL);
	assert_int_equal(add_again(w, 'd', 1, true), 0);
	assert_int_equal(w->n_loose, 1);
}

/* A model beside the window: number, kind and bytes of each frame in it. */
struct model {
	size_t n, sent, left;
	struct model_frame {
		size_t number, len;
		bool again;
	} frames[4096];
};

static void model_send(struct model *m, struct window *w, size_t n)
{
	while (n > 0 && m->sent < m->n) {
		const struct model_frame *frame = &m->frames[m->sent];
		size_t part = frame->len - m->left < n ? frame->len - m->left : n;

		assert_send(w, (char)('a' + frame->number % 26), part);
		m->left += part;
		n -= part;
		if (m->left < frame->len)
			break;
		m->left = 0;
		m->sent++;
	}
}

static void model_settle(struct model *m, size_t n)
{
	assert_true(n <= m->sent + (m->left == 0));
	m->n -= n;
	m->sent -= n < m->sent ? n : m->sent;
	memmove(m->frames, m->frames + n, m->n * sizeof(m->frames[0]));
}

static void model_break(struct model *m, struct window *w)
{
	size_t n_loose = w->n_loose, n = 0, first = m->n;

	/* Those from some frame on that can be read again. */
	for (size_t left = n_loose; left > 0; left -= m->frames[first].again)
		first--;
	for (size_t i = 0; i < m->n; i++)
		if (i < first || !m->frames[i].again)
			m->frames[n++] = m->frames[i];
	assert_int_equal(window_rewind(w), n_loose);
	assert_int_equal(n, m->n - n_loose);
	m->n = n;
	m->sent = m->left = 0;
}

static void at_random_what_is_kept_comes_again_in_order(void **state)
{
	static struct model m;
	struct window *w = *state;
	struct test_random random = { 4712 };
	size_t number = 0, n_broken = 0;

	for (uint64_t now = 3; now < 30000; now++) {
		struct model_frame frame = { number, test_random(&random, 40),
			test_random(&random, 3) > 0 };

		if (m.n < COUNT(m.frames) &&
			add_again(w, (char)('a' + number % 26), frame.len, frame.again) == 0) {
			m.frames[m.n++] = frame;
			number++;
		}
		model_send(&m, w, test_random(&random, 60));
		window_acknowledge(w, test_random(&random, 200), now);
		model_settle(&m, settle(w, now - test_random(&random, 3)));
		if (test_random(&random, 50) == 0) {
			n_broken += w->n_loose;
			model_break(&m, w);
		}
		assert_int_equal(w->n_frames, m.n);
	}
	assert_true(n_broken > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_last_bytes_may_wait_longer, start, finish),
		cmocka_unit_test_setup_teardown(a_new_window_has_nothing_to_send, start, finish),
		cmocka_unit_test_setup_teardown(frames_are_offered_in_order, start, finish),
		cmocka_unit_test_setup_teardown(
			what_is_not_acknowledged_is_not_settled, start, finish),
		cmocka_unit_test_setup_teardown(
			what_is_acknowledged_is_settled_when_its_time_has_come, start, finish),
		cmocka_unit_test_setup_teardown(
			a_frame_is_settled_with_its_last_byte, start, finish),
		cmocka_unit_test_setup_teardown(
			more_owed_than_was_sent_acknowledges_nothing, start, finish),
		cmocka_unit_test_setup_teardown(
			an_acknowledgement_is_never_taken_back, start, finish),
		cmocka_unit_test_setup_teardown(
			a_break_offers_all_that_is_not_settled_again, start, finish),
		cmocka_unit_test_setup_teardown(
			acknowledgements_of_before_a_break_count_no_more, start, finish),
		cmocka_unit_test_setup_teardown(the_window_is_full_at_its_bound, start, finish),
		cmocka_unit_test_setup_teardown(a_settled_frame_makes_room, start, finish),
		cmocka_unit_test_setup_teardown(
			a_frame_larger_than_the_bound_is_taken_alone, start, finish),
		cmocka_unit_test_setup_teardown(
			a_frame_without_a_byte_is_settled_in_its_place, start, finish),
		cmocka_unit_test_setup_teardown(frames_are_bounded_in_number, start, finish),
		cmocka_unit_test_setup_teardown(
			more_acknowledgements_than_are_kept_settle_late_and_never_early, start,
			finish),
		cmocka_unit_test_setup_teardown(an_empty_window_keeps_little_memory, start, finish),
		cmocka_unit_test_setup_teardown(
			few_bytes_that_can_be_read_again_are_kept, start, finish),
		cmocka_unit_test_setup_teardown(
			of_more_only_the_lengths_remain_and_a_break_returns_them, start, finish),
		cmocka_unit_test_setup_teardown(
			behind_a_loose_frame_nothing_that_can_be_read_again_is_kept, start, finish),
		cmocka_unit_test_setup_teardown(
			loose_bytes_that_are_not_sent_are_bounded, start, finish),
		cmocka_unit_test_setup_teardown(
			bytes_that_cannot_be_read_again_stay_bounded_as_before, start, finish),
		cmocka_unit_test_setup_teardown(
			at_random_what_is_kept_comes_again_in_order, start, finish),
		cmocka_unit_test_setup_teardown(
			at_random_every_frame_arrives_in_order_or_is_still_there, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
