/* Records in flight to journald: they are released in the order of sending, in whatever order they
 * are seen, and none is released that was neither seen nor given up. */
#include "config.h"

#include "test.h"

#include "sink/journal/in-flight.h"

enum { SIZE_MAX_OF_RECORD = 64 * 1024 * 1024 };

static struct in_flight_key key_of(const char *position)
{
	return (struct in_flight_key){ text_of("platform"), text_of(position) };
}

static struct in_flight_record *add(struct in_flight *in_flight, const char *position)
{
	const struct in_flight_key key = key_of(position);
	CLEANUP(freep) char *datagram = NULL;
	struct in_flight_record *record;

	assert_true(asprintf(&datagram, "MESSAGE=%s\n", position) > 0);
	assert_int_equal(in_flight_reserve(in_flight, &key, strlen(datagram)), 0);
	record = in_flight_add(in_flight, &key, text_of(datagram), 1);
	assert_text(in_flight_datagram(in_flight, record), datagram);
	return record;
}

static bool see(struct in_flight *in_flight, const char *position)
{
	const struct in_flight_key key = key_of(position);

	return in_flight_confirm(in_flight, &key);
}

static void records_land_in_the_order_of_their_sending(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);

	(void)state;
	(void)add(&in_flight, "1");
	(void)add(&in_flight, "2");
	(void)add(&in_flight, "3");
	assert_true(see(&in_flight, "2"));
	assert_int_equal(in_flight_release(&in_flight), 0);
	assert_true(see(&in_flight, "1"));
	assert_int_equal(in_flight_release(&in_flight), 2);
	assert_int_equal(in_flight.n_waiting, 1);
	assert_true(see(&in_flight, "3"));
	assert_int_equal(in_flight_release(&in_flight), 1);
	assert_int_equal(in_flight.n, 0);
	in_flight_done(&in_flight);
}

static void a_record_is_seen_once(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);

	(void)state;
	(void)add(&in_flight, "1");
	(void)add(&in_flight, "2");
	assert_true(see(&in_flight, "1"));
	assert_false(see(&in_flight, "1"));
	assert_false(see(&in_flight, "another"));
	assert_int_equal(in_flight.n_waiting, 1);
	in_flight_done(&in_flight);
}

static void one_position_of_two_sources_is_two_records(void **state)
{
	const struct in_flight_key other = { text_of("other"), text_of("1") };
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);

	(void)state;
	(void)add(&in_flight, "1");
	assert_false(in_flight_confirm(&in_flight, &other));
	assert_int_equal(in_flight_reserve(&in_flight, &other, 0), 0);
	(void)in_flight_add(&in_flight, &other, text_of(""), 1);
	assert_true(in_flight_confirm(&in_flight, &other));
	assert_int_equal(in_flight.n_waiting, 1);
	assert_true(see(&in_flight, "1"));
	in_flight_done(&in_flight);
}

static void what_was_sent_before_a_turn_and_not_seen_is_found(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);
	struct in_flight_record *record;
	uint64_t turn;

	(void)state;
	(void)add(&in_flight, "1");
	(void)add(&in_flight, "2");
	turn = in_flight.n_turns;
	(void)add(&in_flight, "3");
	assert_true(see(&in_flight, "1"));
	record = in_flight_find(&in_flight, turn);
	assert_non_null(record);
	assert_text(in_flight_datagram(&in_flight, record), "MESSAGE=2\n");
	assert_int_equal(record->n_sent, 1);
	in_flight_resent(&in_flight, record, 2);
	assert_int_equal(record->n_sent, 2);
	assert_null(in_flight_find(&in_flight, turn));
	assert_non_null(in_flight_find(&in_flight, in_flight.n_turns));
	in_flight_done(&in_flight);
}

static void a_record_given_up_holds_no_other_back(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);

	(void)state;
	in_flight_give_up(&in_flight, add(&in_flight, "1"));
	(void)add(&in_flight, "2");
	assert_int_equal(in_flight_release(&in_flight), 1);
	assert_false(see(&in_flight, "1"));
	assert_true(see(&in_flight, "2"));
	assert_int_equal(in_flight_release(&in_flight), 1);
	in_flight_done(&in_flight);
}

static void a_flight_is_full_by_number(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);
	const struct in_flight_key key = key_of("more");
	char position[16];

	(void)state;
	for (unsigned i = 0; i < IN_FLIGHT_MAX; i++) {
		(void)snprintf(position, sizeof(position), "%u", i);
		(void)add(&in_flight, position);
	}
	assert_int_equal(in_flight_reserve(&in_flight, &key, 1), -EAGAIN);
	assert_true(see(&in_flight, "1"));
	assert_int_equal(in_flight_reserve(&in_flight, &key, 1), -EAGAIN);
	assert_true(see(&in_flight, "0"));
	assert_int_equal(in_flight_release(&in_flight), 2);
	assert_int_equal(in_flight_reserve(&in_flight, &key, 1), 0);
	in_flight_done(&in_flight);
}

static void a_flight_is_full_by_size_but_takes_one_record_of_any_size(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);
	const struct in_flight_key key = key_of("large"), next = key_of("next");
	CLEANUP(freep) char *large = calloc(1, 2 * IN_FLIGHT_SIZE_MAX);

	(void)state;
	assert_non_null(large);
	assert_int_equal(in_flight_reserve(&in_flight, &key, 2 * IN_FLIGHT_SIZE_MAX), 0);
	(void)in_flight_add(&in_flight, &key, text_make(large, 2 * IN_FLIGHT_SIZE_MAX), 1);
	assert_int_equal(in_flight_reserve(&in_flight, &next, 1), -EAGAIN);
	assert_true(see(&in_flight, "large"));
	assert_int_equal(in_flight_release(&in_flight), 1);
	assert_true(in_flight.bytes.bytes.size <= IN_FLIGHT_KEEP_SIZE);
	assert_int_equal(in_flight_reserve(&in_flight, &next, 1), 0);
	in_flight_done(&in_flight);
}

static void a_flight_that_is_never_empty_does_not_grow(void **state)
{
	struct in_flight in_flight = in_flight_make(SIZE_MAX_OF_RECORD);
	char position[24];
	size_t size = 0;

	(void)state;
	for (unsigned i = 0; i < 100 * 1000; i++) {
		(void)snprintf(position, sizeof(position), "%010u", i);
		(void)add(&in_flight, position);
		if (i == 100)
			size = in_flight.bytes.bytes.size;
		if (i < 10)
			continue;
		(void)snprintf(position, sizeof(position), "%010u", i - 10);
		assert_true(see(&in_flight, position));
		assert_int_equal(in_flight_release(&in_flight), 1);
	}
	assert_int_equal(in_flight.n, 10);
	assert_true(in_flight.bytes.bytes.size <= 4 * size);
	in_flight_done(&in_flight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_land_in_the_order_of_their_sending),
		cmocka_unit_test(a_record_is_seen_once),
		cmocka_unit_test(one_position_of_two_sources_is_two_records),
		cmocka_unit_test(what_was_sent_before_a_turn_and_not_seen_is_found),
		cmocka_unit_test(a_record_given_up_holds_no_other_back),
		cmocka_unit_test(a_flight_is_full_by_number),
		cmocka_unit_test(a_flight_is_full_by_size_but_takes_one_record_of_any_size),
		cmocka_unit_test(a_flight_that_is_never_empty_does_not_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
