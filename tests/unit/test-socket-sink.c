/* The socket sink on streams against a log server that is slow, breaks, and comes back. */
#include "config.h"

#include "test-socket.h"

#include <linux/tcp.h>

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

/* The linker leads the sink's questions through here: so many bytes lie unread in the other side's
 * socket. */
static unsigned n_unread;

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int r = __real_getsockopt(fd, level, name, value, len);
	struct tcp_info *info = value;

	if (r == 0 && level == IPPROTO_TCP && name == TCP_INFO)
		info->tcpi_snd_wnd = 1000 * 1000 - n_unread;
	return r;
}

static int start(void **state)
{
	n_unread = 0;
	return setup(state);
}

enum { KILLS = 20, KILLS_UNIX = 5 };

static const enum address_kind streams[] = { ADDRESS_TCP, ADDRESS_UNIX };

static void every_format_arrives_on_every_stream(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++)
		for (int format = FORMAT_RFC5424; format_names[format]; format++) {
			f->options.format = format;
			choose(f, streams[i]);
			server_starts(f);
			sink_starts(f);
			send_numbers(f, 0, 100, 0);
			assert_receive(f, 0, 100);
			assert_settles(f);
			start_over(f);
		}
}

static void an_ipv6_address_is_reached(void **state)
{
	struct fixture *f = *state;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	int r = bind(fd, (const struct sockaddr *)&at, sizeof(at));

	(void)close(fd);
	if (r < 0)
		skip();
	f->options.address.kind = ADDRESS_TCP;
	choose_port(f, AF_INET6);
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
}

/* localhost may be ::1 first, where no program listens. */
static void the_addresses_of_a_name_are_tried_in_turn(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_TCP);
	(void)snprintf(f->options.address.host, sizeof(f->options.address.host), "localhost");
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
}

static void an_abstract_address_is_reached(void **state)
{
	struct fixture *f = *state;

	f->options.address.kind = ADDRESS_UNIX;
	choose_path(f, true);
	server_starts(f);
	sink_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
}

static void an_address_of_systemd_is_none_to_send_to(void **state)
{
	struct fixture *f = *state;

	f->options.address.kind = ADDRESS_SYSTEMD;
	assert_int_equal(socket_sink_new("noc", &f->options, &f->sink), -EINVAL);
	assert_null(f->sink);
}

static void a_record_is_settled_only_some_time_after_it_was_acknowledged(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		socket_sink_set_settle_usec(f->sink, NEVER_USEC);
		send_numbers(f, 0, 10, 0);
		assert_receive(f, 0, 10);
		/* Until all is acknowledged, which makes the time to wake up a distant one. */
		while (f->sink->wake_usec < io_now_usec(CLOCK_MONOTONIC) + NEVER_USEC / 2)
			turn(f);
		assert_int_equal(f->sink->n_taken, 10);
		assert_int_equal(f->sink->n_settled, 0);
		assert_int_equal(sink_flush(f->sink), SINK_FULL);
		start_over(f);
	}
}

static void with_everything_settled_the_sink_sleeps(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		send_numbers(f, 0, 10, 0);
		assert_receive(f, 0, 10);
		assert_settles(f);
		assert_true(sleeps(f));
		assert_int_equal(sink_flush(f->sink), 0);
		start_over(f);
	}
}

/* The server does not read, and bytes in a unix socket are not even acknowledged. */
static void what_a_unix_peer_has_not_read_is_not_settled(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_UNIX);
	server_starts(f);
	sink_starts(f);
	f->idle = true;
	send_numbers(f, 0, 10, 0);
	for (size_t i = 0; i < 5; i++)
		turn(f);
	assert_int_equal(f->sink->n_settled, 0);
	f->idle = false;
	assert_receive(f, 0, 10);
	assert_settles(f);
}

/* As long as something may not be acknowledged the sink looks again soon. */
static bool looks_again(const struct fixture *f)
{
	return f->sink->wake_usec < io_now_usec(CLOCK_MONOTONIC) + NEVER_USEC / 2;
}

static void what_takes_up_room_at_a_tcp_peer_is_not_acknowledged(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_TCP);
	server_starts(f);
	sink_starts(f);
	socket_sink_set_settle_usec(f->sink, NEVER_USEC);
	send_numbers(f, 0, 10, 1000);
	assert_receive(f, 0, 10);
	while (looks_again(f))
		turn(f);
	n_unread = 5000;
	send_numbers(f, 10, 20, 1000);
	assert_receive(f, 10, 20);
	for (size_t i = 0; i < 5; i++) {
		turn(f);
		assert_true(looks_again(f));
	}
	n_unread = 0;
	while (looks_again(f))
		turn(f);
}

static void room_that_a_tcp_peer_never_gives_back_is_no_unread_record(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_TCP);
	server_starts(f);
	sink_starts(f);
	socket_sink_set_settle_usec(f->sink, 10 * 1000);
	send_numbers(f, 0, 10, 1000);
	assert_receive(f, 0, 10);
	assert_settles(f);
	n_unread = 5000;
	send_numbers(f, 10, 20, 1000);
	assert_receive(f, 10, 20);
	assert_settles(f);
	assert_true(sleeps(f));
}

static void a_server_that_appears_late_gets_everything(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		sink_starts(f);
		send_numbers(f, 0, 10, 0);
		for (size_t j = 0; j < 3; j++)
			turn(f);
		assert_int_equal(f->sink->n_taken, 10);
		assert_int_equal(f->sink->n_settled, 0);
		assert_true(f->sink->wake_usec < UINT64_MAX);
		server_starts(f);
		assert_receive(f, 0, 10);
		assert_settles(f);
		start_over(f);
	}
}

static void without_a_server_the_window_fills_and_nothing_is_settled(void **state)
{
	struct fixture *f = *state;
	size_t n = 0;

	choose(f, ADDRESS_TCP);
	sink_starts(f);
	while (send_number(f, n, 10000) == 0)
		n++;
	assert_between(n, SOCKET_WINDOW_MAX / 12000, SOCKET_WINDOW_MAX / 10000);
	assert_int_equal(send_number(f, n, 10000), SINK_FULL);
	assert_int_equal(f->sink->n_taken, n);
	assert_int_equal(f->sink->n_settled, 0);
	server_starts(f);
	send_numbers(f, n, 2 * n, 10000);
	assert_receive(f, 0, 2 * n);
}

static void a_slow_reader_makes_the_sink_full_and_loses_nothing(void **state)
{
	struct fixture *f = *state;
	const int size = 4096;

	for (size_t i = 0; i < COUNT(streams); i++) {
		size_t n = 0;

		choose(f, streams[i]);
		server_starts(f);
		assert_int_equal(
			setsockopt(f->listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
		sink_starts(f);
		f->idle = true;
		while (f->peer < 0)
			turn(f);
		while (f->sink->n_taken < 3000 && send_number(f, n, 3000) == 0)
			n++;
		assert_int_equal(send_number(f, n, 3000), SINK_FULL);
		f->idle = false;
		send_numbers(f, n, n + 500, 3000);
		assert_receive(f, 0, n + 500);
		assert_settles(f);
		assert_int_equal(f->n_accepted, 1);
		start_over(f);
	}
}

static void after_a_break_everything_not_settled_comes_again(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		socket_sink_set_settle_usec(f->sink, NEVER_USEC);
		send_numbers(f, 0, 100, 0);
		assert_receive(f, 0, 100);
		server_hangs_up(f);
		send_numbers(f, 100, 200, 0);
		assert_receive(f, 0, 200);
		assert_int_equal(f->n_accepted, 2);
		assert_int_equal(f->sink->n_taken, 200);
		start_over(f);
	}
}

static void after_a_break_nothing_settled_comes_again(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		send_numbers(f, 0, 100, 0);
		assert_receive(f, 0, 100);
		assert_settles(f);
		server_hangs_up(f);
		send_numbers(f, 100, 200, 0);
		assert_receive(f, 100, 200);
		start_over(f);
	}
}

/* The kernel acknowledges what the program never reads. */
enum { SETTLE_USEC = 100 * 1000 };

static void what_a_program_may_not_have_read_is_not_settled_until_long_after(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_TCP);
	server_starts(f);
	sink_starts(f);
	socket_sink_set_settle_usec(f->sink, SETTLE_USEC);
	f->idle = true;
	while (f->peer < 0)
		turn(f);
	send_numbers(f, 0, 10, 0);
	/* Others would be settled by then, and these long after. */
	for (uint64_t end = io_monotonic_usec() + 2 * SETTLE_USEC; io_monotonic_usec() < end;)
		assert_int_equal(sink_process(f->sink), 0);
	assert_int_equal(f->sink->n_settled, 0);
	server_hangs_up(f);
	f->idle = false;
	assert_receive(f, 0, 10);
	assert_settles(f);
}

/* Only some of them: the sink keeps few bytes of those. */
static void records_that_can_be_read_again_are_returned_after_a_break(void **state)
{
	struct fixture *f = *state;
	size_t n = 0, n_kept;

	for (size_t i = 0; i < COUNT(streams); i++, n = 0) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		f->again = f->idle = true;
		while (f->peer < 0)
			turn(f);
		while (f->sink->n_unkept < 100) {
			send_numbers(f, n, n + 1, 1000);
			n++;
		}
		n_kept = n - f->sink->n_unkept;
		assert_between(n_kept, SOCKET_AGAIN_MAX / 2000, SOCKET_AGAIN_MAX / 1000);
		f->again = false;
		assert_int_equal(send_number(f, n, 1000), 0);
		server_hangs_up(f);
		f->idle = false;
		assert_receive(f, 0, n_kept);
		assert_receive(f, n, n + 1);
		assert_int_equal(f->sink->n_returned, n - n_kept);
		assert_int_equal(f->sink->n_unkept, n - n_kept);
		assert_settles(f);
		start_over(f);
	}
}

/* It takes far more of them than it keeps, and waits for no time. */
static void records_that_can_be_read_again_do_not_wait_to_be_settled(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		socket_sink_set_settle_usec(f->sink, NEVER_USEC);
		f->again = true;
		for (size_t n = 0; n < 10; n++) {
			send_numbers(f, n * 1000, (n + 1) * 1000, 1000);
			assert_receive(f, n * 1000, (n + 1) * 1000);
		}
		assert_int_equal(f->sink->n_settled, 0);
		start_over(f);
	}
}

/* The connection ends in the middle of a frame, which then comes whole. */
static void a_frame_that_was_torn_comes_again_whole(void **state)
{
	struct fixture *f = *state;
	const int size = 4096;

	choose(f, ADDRESS_TCP);
	server_starts(f);
	assert_int_equal(setsockopt(f->listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	sink_starts(f);
	assert_int_equal(send_number(f, 0, 3 * 1024 * 1024), 0);
	while (f->input.len < 100000)
		turn(f);
	assert_null(next_message(f).data);
	server_hangs_up(f);
	assert_receive(f, 0, 1);
	assert_settles(f);
}

static void an_idle_connection_that_breaks_is_made_again(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		while (f->peer < 0)
			turn(f);
		server_hangs_up(f);
		while (f->peer < 0)
			turn(f);
		assert_int_equal(f->n_accepted, 2);
		start_over(f);
	}
}

/* The bounds that must hold at any moment of a load: settled records have been read, and a new
 * connection begins with the first record that is not settled. */
struct load {
	size_t n_sent, n_read, n_repeated;
};

static void look_at_input(struct fixture *f, struct load *load)
{
	struct text message;

	forget_input(f);
	for (message = next_message(f); message.data; message = next_message(f)) {
		size_t number = number_in(message);

		assert_true(number <= load->n_read);
		load->n_repeated += number < load->n_read;
		load->n_read += number == load->n_read;
	}
	assert_true(f->sink->n_settled <= load->n_read);
}

static void push_load(struct fixture *f, struct load *load, size_t n)
{
	for (size_t end = load->n_sent + n; load->n_sent < end;) {
		int r = send_number(f, load->n_sent, 500);

		assert_true(r == 0 || r == SINK_FULL);
		load->n_sent += r == 0;
		if (r == SINK_FULL || load->n_sent % 10 == 0)
			turn(f);
		look_at_input(f, load);
	}
}

static void a_server_killed_again_and_again_gets_everything_at_least_once(void **state)
{
	const size_t kills[] = { KILLS, KILLS_UNIX };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(streams); i++) {
		struct load load = { 0 };

		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		socket_sink_set_settle_usec(f->sink, 20 * 1000);
		for (size_t kill = 0; kill < kills[i]; kill++) {
			uint64_t n_settled;
			size_t first;

			push_load(f, &load, 200 + 50 * kill);
			/* Unread bytes remain, as a kill leaves them. */
			f->idle = true;
			(void)send_number(f, load.n_sent, 500);
			load.n_sent = f->sink->n_taken;
			n_settled = f->sink->n_settled;
			server_ends(f);
			send_numbers(f, load.n_sent, load.n_sent + 100, 500);
			load.n_sent += 100;
			turn(f);
			assert_int_equal(f->sink->n_settled, n_settled);
			f->idle = false;
			server_starts(f);
			first = receive_number(f);
			assert_int_equal(first, n_settled);
			load.n_repeated += first < load.n_read;
			load.n_read += first == load.n_read;
			while (f->sink->n_settled == n_settled) {
				turn(f);
				look_at_input(f, &load);
			}
		}
		while (load.n_read < load.n_sent) {
			turn(f);
			look_at_input(f, &load);
		}
		assert_settles(f);
		assert_int_equal(f->sink->n_taken, load.n_sent);
		assert_true(load.n_repeated > 0);
		start_over(f);
	}
}

static void what_the_server_says_is_read_and_forgotten(void **state)
{
	struct fixture *f = *state;
	char chatter[4096] = { 0 };

	for (size_t i = 0; i < COUNT(streams); i++) {
		size_t n_said = 0;

		choose(f, streams[i]);
		server_starts(f);
		sink_starts(f);
		while (f->peer < 0)
			turn(f);
		while (n_said < (size_t)4 * 1024 * 1024) {
			ssize_t n = send(f->peer, chatter, sizeof(chatter), MSG_NOSIGNAL);

			if (n < 0)
				turn(f);
			else
				n_said += (size_t)n;
		}
		send_numbers(f, 0, 10, 0);
		assert_receive(f, 0, 10);
		assert_settles(f);
		while (!sleeps(f))
			turn(f);
		assert_int_equal(f->n_accepted, 1);
		start_over(f);
	}
}

static void a_record_larger_than_the_window_goes_alone(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_TCP);
	server_starts(f);
	sink_starts(f);
	assert_int_equal(send_number(f, 0, 3 * (size_t)SOCKET_WINDOW_MAX), 0);
	assert_int_equal(send_number(f, 1, 0), SINK_FULL);
	send_numbers(f, 1, 10, 0);
	assert_receive(f, 0, 10);
	assert_settles(f);
	assert_int_equal(f->sink->n_shortened, 0);
}

/* Each attempt fails and the next comes later, until pauses are as long as they get. */
static void attempts_become_rare_while_the_server_is_away(void **state)
{
	struct fixture *f = *state;
	uint64_t now = io_now_usec(CLOCK_MONOTONIC);

	choose(f, ADDRESS_UNIX);
	sink_starts(f);
	for (uint64_t pause = RECONNECT_MIN_USEC; pause < 8 * (uint64_t)RECONNECT_MIN_USEC;
		pause *= 2) {
		uint64_t wake = f->sink->wake_usec;

		assert_between(wake, now + pause / 2, UINT64_MAX - 1);
		while (f->sink->wake_usec == wake)
			turn(f);
		now = wake;
	}
}

static void an_outage_and_its_end_are_said_once(void **state)
{
	struct fixture *f = *state;

	keep_messages(f);
	choose(f, ADDRESS_TCP);
	sink_starts(f);
	for (size_t i = 0; i < 3; i++)
		turn(f);
	assert_int_equal(count_messages(f, "sink noc: cannot reach '127.0.0.1:"), 1);
	assert_int_equal(count_messages(f, "Connection refused, retrying in 0.1 s\n"), 1);
	server_starts(f);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
	assert_settles(f);
	assert_int_equal(count_messages(f, "sink noc: connected to '127.0.0.1:"), 1);
	server_ends(f);
	for (size_t i = 0; i < 3; i++)
		turn(f);
	assert_int_equal(count_messages(f, "sink noc: lost the connection to '127.0.0.1:"), 1);
	assert_int_equal(count_messages(f, "\n"), 3);
}

/* The message that it is back comes only when the connection is proven. */
static void a_server_that_hangs_up_on_everybody_is_said_once(void **state)
{
	struct fixture *f = *state;

	keep_messages(f);
	choose(f, ADDRESS_TCP);
	server_starts(f);
	sink_starts(f);
	for (size_t i = 0; i < 3; i++) {
		while (f->peer < 0)
			turn(f);
		server_hangs_up(f);
	}
	while (f->peer < 0)
		turn(f);
	assert_int_equal(count_messages(f, "the other side closed the connection"), 1);
	assert_int_equal(count_messages(f, "connected to"), 1);
	send_numbers(f, 0, 1, 0);
	assert_receive(f, 0, 1);
	assert_settles(f);
	assert_int_equal(count_messages(f, "connected to"), 2);
	assert_int_equal(count_messages(f, "\n"), 3);
}

static void a_sink_that_is_freed_tells_its_server(void **state)
{
	struct fixture *f = *state;
	char byte;

	choose(f, ADDRESS_TCP);
	server_starts(f);
	sink_starts(f);
	while (f->peer < 0)
		turn(f);
	f->sink = sink_free(f->sink);
	assert_int_equal(recv(f->peer, &byte, 1, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_format_arrives_on_every_stream, start, teardown),
		cmocka_unit_test_setup_teardown(an_ipv6_address_is_reached, start, teardown),
		cmocka_unit_test_setup_teardown(
			the_addresses_of_a_name_are_tried_in_turn, start, teardown),
		cmocka_unit_test_setup_teardown(an_abstract_address_is_reached, start, teardown),
		cmocka_unit_test_setup_teardown(
			an_address_of_systemd_is_none_to_send_to, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_record_is_settled_only_some_time_after_it_was_acknowledged, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			with_everything_settled_the_sink_sleeps, start, teardown),
		cmocka_unit_test_setup_teardown(
			what_a_unix_peer_has_not_read_is_not_settled, start, teardown),
		cmocka_unit_test_setup_teardown(
			what_takes_up_room_at_a_tcp_peer_is_not_acknowledged, start, teardown),
		cmocka_unit_test_setup_teardown(
			room_that_a_tcp_peer_never_gives_back_is_no_unread_record, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_server_that_appears_late_gets_everything, start, teardown),
		cmocka_unit_test_setup_teardown(
			without_a_server_the_window_fills_and_nothing_is_settled, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_slow_reader_makes_the_sink_full_and_loses_nothing, start, teardown),
		cmocka_unit_test_setup_teardown(
			after_a_break_everything_not_settled_comes_again, start, teardown),
		cmocka_unit_test_setup_teardown(
			after_a_break_nothing_settled_comes_again, start, teardown),
		cmocka_unit_test_setup_teardown(
			what_a_program_may_not_have_read_is_not_settled_until_long_after, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			records_that_can_be_read_again_are_returned_after_a_break, start, teardown),
		cmocka_unit_test_setup_teardown(
			records_that_can_be_read_again_do_not_wait_to_be_settled, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_frame_that_was_torn_comes_again_whole, start, teardown),
		cmocka_unit_test_setup_teardown(
			an_idle_connection_that_breaks_is_made_again, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_server_killed_again_and_again_gets_everything_at_least_once, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			what_the_server_says_is_read_and_forgotten, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_record_larger_than_the_window_goes_alone, start, teardown),
		cmocka_unit_test_setup_teardown(
			attempts_become_rare_while_the_server_is_away, start, teardown),
		cmocka_unit_test_setup_teardown(
			an_outage_and_its_end_are_said_once, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_server_that_hangs_up_on_everybody_is_said_once, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_sink_that_is_freed_tells_its_server, start, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
