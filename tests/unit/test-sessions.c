/* Tests of source/syslog/sessions. */
#include "config.h"

#include "test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "source/syslog/sessions.h"

enum { N_MAX = SESSIONS_ENDING_MAX + 8, PART = 100 };

struct kit {
	struct sessions sessions;
	struct session all[N_MAX];
	int others[N_MAX]; /* the other ends of the connections */
	size_t n;
};

/* No bound that matters, unless a test sets one. */
static int start(void **state)
{
	static struct kit kit;

	kit = (struct kit){ .sessions.limits = { N_MAX, N_MAX, (size_t)N_MAX * PART } };
	*state = &kit;
	return 0;
}

static int finish(void **state)
{
	struct kit *kit = *state;

	for (size_t i = 0; i < kit->n; i++) {
		if (kit->all[i].reader.fd >= 0)
			sessions_remove(&kit->sessions, &kit->all[i]);
		(void)close(kit->others[i]);
	}
	return kit->sessions.n == 0 && kit->sessions.n_ending == 0 &&
			       kit->sessions.n_unfinished == 0
		       ? 0
		       : -1;
}

static struct session *add(struct kit *kit, uint64_t peer)
{
	struct session *session = &kit->all[kit->n];
	int fds[2];

	assert_true(kit->n < N_MAX);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*session = (struct session){ .reader.fd = fds[0], .peer = peer };
	sessions_add(&kit->sessions, session, kit->n);
	kit->others[kit->n++] = fds[1];
	return session;
}

static void add_many(struct kit *kit, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)add(kit, 0);
}

static void send_to(const struct kit *kit, size_t i)
{
	assert_int_equal(send(kit->others[i], "x", 1, MSG_NOSIGNAL), 1);
}

/* Check which sessions are ending, by number; -1 closes the list. */
static void assert_ending(const struct kit *kit, const int *numbers)
{
	size_t n = 0;

	for (size_t i = 0; i < kit->n; i++) {
		bool expected = numbers[n] == (int)i;

		if (kit->all[i].ending != expected)
			fail_msg("session %zu: ending is %d", i, kit->all[i].ending);
		n += expected;
	}
	assert_int_equal(kit->sessions.n_ending, n);
}

static void below_its_bounds_none_ends(void **state)
{
	struct kit *kit = *state;

	kit->sessions.limits = (struct sessions_limits){ 4, 3, 3 * PART };
	add_many(kit, 2);
	(void)add(kit, 1);
	assert_int_equal(sessions_make_room(&kit->sessions, 0), 0);
	assert_int_equal(sessions_make_room(&kit->sessions, 1), 0);
	assert_ending(kit, (const int[]){ -1 });
}

static void the_one_heard_longest_ago_makes_room(void **state)
{
	struct kit *kit = *state;

	kit->sessions.limits.n = 3;
	add_many(kit, 3);
	sessions_touch(&kit->sessions, &kit->all[0], kit->n);
	assert_int_equal(sessions_make_room(&kit->sessions, 0), 1);
	assert_ending(kit, (const int[]){ 1, -1 });
	/* One that ends is out of the count, and ends once. */
	assert_int_equal(sessions_make_room(&kit->sessions, 0), 0);
	add_many(kit, 1);
	assert_int_equal(sessions_make_room(&kit->sessions, 0), 1);
	assert_ending(kit, (const int[]){ 1, 2, -1 });
}

static void a_peer_at_its_bound_makes_room_itself(void **state)
{
	struct kit *kit = *state;

	kit->sessions.limits = (struct sessions_limits){ 4, 2, PART };
	(void)add(kit, 7);
	(void)add(kit, 8);
	(void)add(kit, 8);
	assert_int_equal(sessions_make_room(&kit->sessions, 8), 1);
	assert_ending(kit, (const int[]){ 1, -1 });
}

static void without_any_there_is_no_room_to_make(void **state)
{
	struct kit *kit = *state;

	kit->sessions.limits.n = 0;
	assert_int_equal(sessions_make_room(&kit->sessions, 0), 0);
}

/* The first of the list is passed over as long as there is one without unread bytes among so many.
 */
static void unread_bytes_are_looked_for_in_some(void **state)
{
	static const struct {
		size_t n_unread;
		int ending;
	} rows[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ SESSIONS_PEEKS_MAX - 1, SESSIONS_PEEKS_MAX - 1 },
		{ SESSIONS_PEEKS_MAX, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kit *kit;

		(void)start(state);
		kit = *state;
		kit->sessions.limits.n = SESSIONS_PEEKS_MAX + 1;
		add_many(kit, SESSIONS_PEEKS_MAX + 1);
		for (size_t j = 0; j < rows[i].n_unread; j++)
			send_to(kit, j);
		assert_int_equal(sessions_make_room(&kit->sessions, 0), 1);
		assert_ending(kit, (const int[]){ rows[i].ending, -1 });
		if (i < COUNT(rows) - 1)
			assert_int_equal(finish(state), 0);
	}
}

static void note(struct kit *kit, size_t i, size_t n)
{
	kit->all[i].reader.rest_size = n;
}

static void unfinished_messages_are_bounded_together(void **state)
{
	struct kit *kit = *state;

	kit->sessions.limits.n_unfinished = 3 * PART;
	add_many(kit, 4);
	for (size_t i = 1; i < 4; i++) {
		note(kit, i, PART);
		assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[i]), 0);
	}
	/* The first keeps nothing, so it would not help. */
	note(kit, 3, PART + 1);
	assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[3]), 1);
	assert_ending(kit, (const int[]){ 1, -1 });
	assert_int_equal(kit->sessions.n_unfinished, 2 * PART + 1);
	/* The bytes that it keeps while it ends no longer count. */
	note(kit, 1, 3 * PART);
	assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[1]), 0);
	assert_int_equal(kit->sessions.n_unfinished, 2 * PART + 1);
	note(kit, 3, 0);
	assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[3]), 0);
	assert_int_equal(kit->sessions.n_unfinished, PART);
}

/* Many peers with little must not pay for one with much. */
static void the_peer_with_most_unfinished_bytes_makes_room(void **state)
{
	enum { HONEST = 3 };
	struct kit *kit = *state;

	kit->sessions.limits.n_unfinished = 3 * PART;
	for (size_t i = 0; i < HONEST; i++) {
		(void)add(kit, i);
		note(kit, i, PART / HONEST);
		assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[i]), 0);
	}
	for (size_t i = HONEST; i < HONEST + 3; i++) {
		(void)add(kit, 9);
		note(kit, i, i == HONEST ? 1 : PART);
		assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[i]), 0);
	}
	/* Of its sessions, the first has little. */
	(void)add(kit, 9);
	note(kit, HONEST + 3, PART);
	assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[HONEST + 3]), 1);
	assert_ending(kit, (const int[]){ HONEST + 1, -1 });
}

static void one_that_keeps_more_than_all_may_ends_itself(void **state)
{
	struct kit *kit = *state;

	kit->sessions.limits.n_unfinished = PART;
	add_many(kit, 1);
	note(kit, 0, PART + 1);
	assert_int_equal(sessions_note_unfinished(&kit->sessions, &kit->all[0]), 1);
	assert_ending(kit, (const int[]){ 0, -1 });
}

/* How many turns a session has, up to the last one. */
static unsigned count_turns(struct kit *kit, struct session *session)
{
	unsigned n = 1;

	while (!sessions_count_turn(&kit->sessions, session))
		n++;
	return n;
}

static void one_that_ends_has_some_turns(void **state)
{
	struct kit *kit = *state;

	add_many(kit, SESSIONS_ENDING_MAX + 1);
	for (unsigned i = 0; i < 2 * SESSIONS_TURNS_MAX; i++)
		assert_false(sessions_count_turn(&kit->sessions, &kit->all[0]));
	for (size_t i = 0; i < SESSIONS_ENDING_MAX; i++)
		sessions_end(&kit->sessions, &kit->all[i]);
	assert_int_equal(count_turns(kit, &kit->all[0]), SESSIONS_TURNS_MAX);
	/* Where too many end at once, each has one. */
	sessions_end(&kit->sessions, &kit->all[SESSIONS_ENDING_MAX]);
	assert_int_equal(count_turns(kit, &kit->all[1]), 1);
}

static void one_that_ends_hears_nothing_more(void **state)
{
	struct kit *kit = *state;
	char byte;

	add_many(kit, 1);
	send_to(kit, 0);
	sessions_end(&kit->sessions, &kit->all[0]);
	assert_true(session_has_unread(&kit->all[0]));
	assert_int_equal(recv(kit->all[0].reader.fd, &byte, 1, MSG_DONTWAIT), 1);
	assert_int_equal(recv(kit->all[0].reader.fd, &byte, 1, MSG_DONTWAIT), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, finish)

/* Check which sessions wait, by number, in this order; -1 closes the list. */
static void assert_waiting(const struct kit *kit, const int *numbers)
{
	const struct session *one = kit->sessions.first_waiting, *previous = NULL;

	for (; *numbers >= 0; numbers++) {
		assert_ptr_equal(one, &kit->all[*numbers]);
		assert_true(one->waits);
		assert_ptr_equal(one->waiting_previous, previous);
		previous = one;
		one = one->waiting_next;
	}
	assert_null(one);
	assert_ptr_equal(kit->sessions.last_waiting, previous);
}

static void those_that_wait_are_in_the_order_of_time(void **state)
{
	struct kit *kit = *state;

	add_many(kit, 4);
	assert_waiting(kit, (const int[]){ -1 });
	for (size_t i = 0; i < 3; i++)
		sessions_wait(&kit->sessions, &kit->all[i]);
	assert_waiting(kit, (const int[]){ 0, 1, 2, -1 });
	sessions_touch(&kit->sessions, &kit->all[1], 10);
	assert_waiting(kit, (const int[]){ 0, 2, -1 });
	sessions_wait(&kit->sessions, &kit->all[1]);
	assert_waiting(kit, (const int[]){ 0, 2, 1, -1 });
	sessions_stop_waiting(&kit->sessions, &kit->all[3]);
	sessions_stop_waiting(&kit->sessions, &kit->all[0]);
	assert_waiting(kit, (const int[]){ 2, 1, -1 });
	sessions_remove(&kit->sessions, &kit->all[1]);
	assert_waiting(kit, (const int[]){ 2, -1 });
	sessions_remove(&kit->sessions, &kit->all[2]);
	assert_waiting(kit, (const int[]){ -1 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(below_its_bounds_none_ends),
		TEST(the_one_heard_longest_ago_makes_room),
		TEST(a_peer_at_its_bound_makes_room_itself),
		TEST(without_any_there_is_no_room_to_make),
		TEST(unread_bytes_are_looked_for_in_some),
		TEST(unfinished_messages_are_bounded_together),
		TEST(the_peer_with_most_unfinished_bytes_makes_room),
		TEST(one_that_keeps_more_than_all_may_ends_itself),
		TEST(one_that_ends_has_some_turns),
		TEST(one_that_ends_hears_nothing_more),
		TEST(those_that_wait_are_in_the_order_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
