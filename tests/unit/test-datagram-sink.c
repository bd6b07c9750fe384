/* The socket sink on datagrams. On the loopback interface and on unix sockets a datagram has
 * arrived when it is sent, so nothing waits but for errors that the kernel reports later. */
#include "config.h"

#include "test-socket.h"

#include <limits.h>
#include <sched.h>

#include "record/finding.h"

ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
int __real_sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags);

/* The linker leads the sink's sends through here: datagrams above a size are too large, so many
 * sends find no memory, and one takes no more than so many. */
static struct {
	size_t size_max;
	unsigned n_without_memory;
	unsigned n_unreachable;
	unsigned n_max;
	unsigned n_calls;
} kernel;

static bool refuses(size_t len)
{
	kernel.n_calls++;
	if (len > kernel.size_max)
		errno = EMSGSIZE;
	else if (kernel.n_without_memory > 0 && kernel.n_without_memory--)
		errno = ENOBUFS;
	else if (kernel.n_unreachable > 0 && kernel.n_unreachable--)
		errno = ENETUNREACH;
	else
		return false;
	return true;
}

ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
	return refuses(len) ? -1 : __real_send(fd, data, len, flags);
}

/* What is refused behind the first ends the call and is not reported, as sendmmsg(2) has it. */
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned n, int flags)
{
	unsigned n_good = 1;

	if (refuses(headers[0].msg_hdr.msg_iov->iov_len))
		return -1;
	while (n_good < n && n_good < kernel.n_max &&
		headers[n_good].msg_hdr.msg_iov->iov_len <= kernel.size_max)
		n_good++;
	return __real_sendmmsg(fd, headers, n_good, flags);
}

static const enum address_kind datagrams[] = { ADDRESS_UDP, ADDRESS_UNIX_DGRAM };

static int start(void **state)
{
	kernel.size_max = SIZE_MAX;
	kernel.n_without_memory = kernel.n_unreachable = kernel.n_calls = 0;
	kernel.n_max = UINT_MAX;
	return setup(state);
}

/* As the caller does behind the records that it has for now. */
static void end_batch(struct fixture *f)
{
	if (f->sink->wake_usec == 0)
		assert_int_equal(sink_process(f->sink), 0);
	assert_int_not_equal(f->sink->wake_usec, 0);
}

/* Send one, of which the sink may keep nothing back that the kernel takes. */
static int send_one(struct fixture *f, size_t number, size_t padding)
{
	int r = send_number(f, number, padding);

	end_batch(f);
	return r;
}

/* The next datagram; .data is NULL when there is none. */
static struct text receive(struct fixture *f)
{
	ssize_t n;

	buffer_clear(&f->input);
	assert_int_equal(buffer_reserve(&f->input, CHUNK), 0);
	n = recv(f->peer, f->input.data, CHUNK, 0);
	if (n < 0)
		assert_int_equal(errno, EAGAIN);
	return text_make(n < 0 ? NULL : f->input.data, n < 0 ? 0 : (size_t)n);
}

static void assert_datagrams(struct fixture *f, size_t from, size_t to)
{
	for (; from < to; from++) {
		struct text datagram = receive(f);

		assert_non_null(datagram.data);
		assert_int_equal(number_in(datagram), from);
	}
}

/* Each is read before the next, for a queue may have room for no more than one. */
static void assert_arrive(struct fixture *f, size_t from, size_t to)
{
	for (; from < to; from++) {
		send_numbers(f, from, from + 1, 0);
		while (sink_count_in_flight(f->sink) > 0)
			turn(f);
		assert_datagrams(f, from, from + 1);
	}
}

/* Everything taken is settled, and this much of it went wrong. */
static void assert_counts(const struct fixture *f, size_t n_taken, size_t n_refused,
	size_t n_shortened, size_t n_lost)
{
	assert_int_equal(f->sink->n_taken, n_taken);
	assert_int_equal(f->sink->n_settled, n_taken);
	assert_int_equal(f->sink->n_refused, n_refused);
	assert_int_equal(f->sink->n_shortened, n_shortened);
	assert_int_equal(f->sink->n_lost, n_lost);
}

static void every_format_arrives_bare_in_one_datagram_each(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(datagrams); i++)
		for (int format = FORMAT_RFC5424; format_names[format]; format++) {
			f->options.format = format;
			choose(f, datagrams[i]);
			server_starts(f);
			sink_starts(f);
			for (size_t number = 0; number < 5; number++) {
				struct text datagram;

				assert_int_equal(send_one(f, number, 0), 0);
				datagram = receive(f);
				assert_int_equal(number_in(datagram), number);
				assert_int_equal(
					datagram.data[0], format == FORMAT_JSON ? '{' : '<');
				assert_int_not_equal(datagram.data[datagram.len - 1], '\n');
			}
			assert_null(receive(f).data);
			assert_counts(f, 5, 0, 0, 0);
			assert_int_equal(sink_flush(f->sink), 0);
			assert_true(sleeps(f));
			start_over(f);
		}
}

/* Each form has room for another number of causes; causes of records not taken are not counted. */
static void causes_that_a_form_has_no_room_for_are_counted_when_they_are_sent(void **state)
{
	static const size_t n_left[] = {
		[FORMAT_RFC5424] = 6, [FORMAT_RFC3164] = 2, [FORMAT_JSON] = 2
	};
	struct fixture *f = *state;
	struct finding cause;

	for (int format = FORMAT_RFC5424; format_names[format]; format++) {
		f->options.format = format;
		choose(f, ADDRESS_UNIX_DGRAM);
		server_starts(f);
		sink_starts(f);
		fill(f, TEXT("number 0;"));
		cause = f->record.findings[0];
		while (f->record.n_findings < 68)
			*record_add_finding(&f->record) = cause;
		f->record.n_findings_dropped = 2;
		kernel.n_without_memory = 1;
		assert_int_equal(sink_send(f->sink, &f->record), SINK_FULL);
		assert_int_equal(f->sink->n_causes_left, 0);
		while (sink_send(f->sink, &f->record) == SINK_FULL)
			turn(f);
		assert_int_equal(f->sink->n_causes_left, n_left[format]);
		start_over(f);
	}
}

static void a_message_too_long_for_a_datagram_is_shortened_and_counted(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(datagrams); i++)
		for (int format = FORMAT_RFC5424; format_names[format]; format++) {
			struct text datagram;

			f->options.format = format;
			choose(f, datagrams[i]);
			server_starts(f);
			sink_starts(f);
			assert_int_equal(send_one(f, 7, 200000), 0);
			datagram = receive(f);
			assert_between(datagram.len, 60000, 65000);
			assert_int_equal(number_in(datagram), 7);
			assert_counts(f, 1, 0, 1, 0);
			start_over(f);
		}
}

static void a_datagram_that_the_kernel_finds_too_large_is_shortened_more(void **state)
{
	struct fixture *f = *state;

	kernel.size_max = 1000;
	for (size_t i = 0; i < COUNT(datagrams); i++) {
		choose(f, datagrams[i]);
		server_starts(f);
		sink_starts(f);
		assert_int_equal(send_one(f, 7, 5000), 0);
		assert_datagrams(f, 7, 8);
		assert_int_equal(send_one(f, 8, 0), 0);
		assert_datagrams(f, 8, 9);
		assert_counts(f, 2, 0, 1, 0);
		start_over(f);
	}
}

static void a_datagram_that_the_kernel_never_takes_is_dropped_and_counted(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(datagrams); i++)
		for (size_t padding = 0; padding <= 5000; padding += 5000) {
			kernel.size_max = 100;
			choose(f, datagrams[i]);
			server_starts(f);
			sink_starts(f);
			assert_int_equal(send_one(f, 7, padding), 0);
			assert_counts(f, 1, 1, 0, 0);
			kernel.size_max = SIZE_MAX;
			assert_int_equal(send_one(f, 8, 0), 0);
			assert_datagrams(f, 8, 9);
			assert_counts(f, 2, 1, 0, 0);
			start_over(f);
		}
}

static void causes_too_large_for_a_datagram_are_dropped_whole_and_counted(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *key = test_repeat('k', 70000);

	choose(f, ADDRESS_UDP);
	server_starts(f);
	sink_starts(f);
	fill(f, text_of("number 1;"));
	f->record.findings[0].key = text_of(key);
	assert_int_equal(sink_send(f->sink, &f->record), 0);
	assert_null(receive(f).data);
	assert_counts(f, 1, 1, 0, 0);
}

static void udp_does_not_wait_for_a_server_and_counts_what_came_back(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_UDP);
	sink_starts(f);
	assert_int_equal(send_number(f, 0, 0), 0);
	while (f->sink->n_lost == 0)
		turn(f);
	assert_counts(f, 1, 0, 0, 1);
	assert_true(sleeps(f));
	server_starts(f);
	assert_int_equal(send_number(f, 1, 0), 0);
	assert_datagrams(f, 1, 2);
	assert_counts(f, 2, 0, 0, 1);
}

/* The return of one datagram is found by the next send, which then is made again. */
static void a_datagram_that_came_back_costs_the_next_one_nothing(void **state)
{
	struct fixture *f = *state;
	struct pollfd wait = { .events = POLLIN };

	choose(f, ADDRESS_UDP);
	sink_starts(f);
	assert_int_equal(send_number(f, 0, 0), 0);
	wait.fd = f->sink->fd;
	assert_int_equal(poll(&wait, 1, DEADLINE_USEC / 1000), 1);
	server_starts(f);
	assert_int_equal(send_number(f, 1, 0), 0);
	assert_datagrams(f, 1, 2);
	assert_counts(f, 2, 0, 0, 1);
}

static void without_a_way_to_the_server_udp_waits(void **state)
{
	struct fixture *f = *state;
	size_t number = 0;

	choose(f, ADDRESS_UDP);
	server_starts(f);
	sink_starts(f);
	kernel.n_unreachable = 1;
	assert_int_equal(send_number(f, number, 0), SINK_FULL);
	assert_true(f->sink->wake_usec < UINT64_MAX);
	assert_counts(f, 0, 0, 0, 0);
	assert_arrive(f, 0, 3);
}

static void without_memory_in_the_kernel_the_sink_is_full_for_a_while(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(datagrams); i++) {
		choose(f, datagrams[i]);
		server_starts(f);
		sink_starts(f);
		kernel.n_without_memory = 2;
		/* One for a unix socket is collected, and waits. */
		if (datagrams[i] == ADDRESS_UNIX_DGRAM) {
			assert_int_equal(send_one(f, 0, 0), 0);
			assert_int_equal(sink_count_in_flight(f->sink), 1);
			assert_int_equal(sink_flush(f->sink), SINK_FULL);
		} else {
			assert_int_equal(send_one(f, 0, 0), SINK_FULL);
		}
		assert_true(f->sink->wake_usec < UINT64_MAX);
		while (sink_count_in_flight(f->sink) > 0)
			turn(f);
		if (datagrams[i] == ADDRESS_UNIX_DGRAM)
			assert_datagrams(f, 0, 1);
		assert_arrive(f, f->sink->n_taken, 3);
		assert_counts(f, 3, 0, 0, 0);
		while (!sleeps(f))
			turn(f);
		start_over(f);
	}
}

static void an_absent_unix_server_makes_the_sink_full_until_it_is_there(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_UNIX_DGRAM);
	sink_starts(f);
	assert_int_equal(send_number(f, 0, 0), SINK_FULL);
	turn(f);
	assert_int_equal(send_number(f, 0, 0), SINK_FULL);
	assert_counts(f, 0, 0, 0, 0);
	server_starts(f);
	assert_arrive(f, 0, 3);
	assert_counts(f, 3, 0, 0, 0);
}

static void a_unix_server_that_comes_back_gets_the_record_that_found_it_away(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_UNIX_DGRAM);
	server_starts(f);
	sink_starts(f);
	assert_int_equal(send_one(f, 0, 0), 0);
	server_ends(f);
	assert_true(sleeps(f));
	assert_int_equal(send_one(f, 1, 0), 0);
	assert_int_equal(sink_count_in_flight(f->sink), 1);
	assert_int_equal(send_one(f, 2, 0), SINK_FULL);
	server_starts(f);
	while (sink_count_in_flight(f->sink) > 0)
		turn(f);
	assert_datagrams(f, 1, 2);
	assert_arrive(f, 2, 4);
	assert_counts(f, 4, 0, 0, 0);
}

/* Many go with one call, in their order, whatever part of them the kernel takes. */
static void datagrams_for_a_unix_socket_are_collected(void **state)
{
	struct fixture *f = *state;
	static const unsigned shares[] = { 1, 3, UINT_MAX };
	size_t n = 0;

	choose(f, ADDRESS_UNIX_DGRAM);
	server_starts(f);
	sink_starts(f);
	for (size_t i = 0; i < COUNT(shares); i++) {
		kernel.n_max = shares[i];
		kernel.n_calls = 0;
		for (size_t j = 0; j < 7; j++)
			assert_int_equal(send_number(f, n + j, 0), 0);
		assert_int_equal(kernel.n_calls, 0);
		assert_null(receive(f).data);
		assert_int_equal(sink_count_in_flight(f->sink), 7);
		end_batch(f);
		assert_int_equal(kernel.n_calls, i == 0 ? 7 : i == 1 ? 3 : 1);
		assert_datagrams(f, n, n + 7);
		n += 7;
		assert_counts(f, n, 0, 0, 0);
	}
}

/* What has no place among the others waits for them to be sent. */
static void a_large_datagram_keeps_its_place(void **state)
{
	struct fixture *f = *state;

	choose(f, ADDRESS_UNIX_DGRAM);
	server_starts(f);
	sink_starts(f);
	assert_int_equal(send_number(f, 0, 0), 0);
	assert_int_equal(send_number(f, 1, 5000), 0);
	assert_int_equal(send_number(f, 2, 0), 0);
	end_batch(f);
	assert_datagrams(f, 0, 3);
	kernel.n_without_memory = 1;
	assert_int_equal(send_number(f, 3, 0), 0);
	assert_int_equal(send_number(f, 4, 5000), SINK_FULL);
	while (sink_count_in_flight(f->sink) > 0)
		turn(f);
	assert_datagrams(f, 3, 4);
	assert_int_equal(send_number(f, 4, 5000), 0);
	assert_datagrams(f, 4, 5);
	assert_counts(f, 5, 0, 0, 0);
}

/* Set how many datagrams the kernel queues for a new unix socket of this network namespace. False
 * if we may not. */
static bool set_queue_length(unsigned length)
{
	CLEANUP(closep) int fd = open("/proc/sys/net/unix/max_dgram_qlen", O_WRONLY | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", length);

	return fd >= 0 && write(fd, text, (size_t)n) == n;
}

/* A short queue is full by its length, a long one by the bytes that the sender may have in it:
 * then the sink may send only when more than one datagram has been read. */
static void assert_full_until_read(struct fixture *f)
{
	struct pollfd wait = { .events = POLLIN };
	size_t n = 0, n_read = 0;
	int r;

	choose(f, ADDRESS_UNIX_DGRAM);
	server_starts(f);
	sink_starts(f);
	for (unsigned round = 0; round < 20; round++) {
		while ((r = send_number(f, n, 0)) == 0)
			n++;
		assert_int_equal(r, SINK_FULL);
		wait.fd = f->sink->fd;
		assert_int_equal(f->sink->wake_usec, UINT64_MAX);
		assert_int_equal(poll(&wait, 1, 0), 0);
		do {
			assert_datagrams(f, n_read, n_read + 1);
			n_read++;
		} while (poll(&wait, 1, 0) == 0);
		assert_int_equal(sink_process(f->sink), 0);
	}
	while (n_read < n) {
		assert_datagrams(f, n_read, n_read + 1);
		n_read++;
		while (poll(&wait, 1, 0) > 0)
			assert_int_equal(sink_process(f->sink), 0);
	}
	assert_int_equal(send_one(f, n, 0), 0);
	assert_datagrams(f, n_read, n + 1);
	assert_counts(f, n + 1, 0, 0, 0);
	start_over(f);
}

static void a_full_queue_makes_the_sink_full_until_it_is_read(void **state)
{
	assert_full_until_read(*state);
}

/* systemd sets 512 where it boots, the kernel's own default is 10. Root can try them in a network
 * namespace of its own. */
static void the_length_of_the_queue_is_for_the_kernel_to_say(void **state)
{
	static const unsigned lengths[] = { 0, 1, 10, 512, 100000 };
	CLEANUP(closep) int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home < 0 || unshare(CLONE_NEWNET) < 0)
		skip();
	for (size_t i = 0; i < COUNT(lengths) && set_queue_length(lengths[i]); i++)
		assert_full_until_read(*state);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
}

static void an_abstract_address_is_reached(void **state)
{
	struct fixture *f = *state;

	f->options.address.kind = ADDRESS_UNIX_DGRAM;
	choose_path(f, true);
	server_starts(f);
	sink_starts(f);
	assert_arrive(f, 0, 1);
}

static void a_name_is_looked_up(void **state)
{
	struct fixture *f = *state;
	size_t number = 0;

	choose(f, ADDRESS_UDP);
	(void)snprintf(f->options.address.host, sizeof(f->options.address.host), "localhost");
	server_starts(f);
	sink_starts(f);
	/* It may be ::1, where no program listens; then lost records are counted. */
	while (number == 0 || (f->sink->n_lost == 0 && !receive(f).data)) {
		send_numbers(f, number, number + 1, 0);
		number++;
	}
	assert_int_equal(f->sink->n_taken, number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_format_arrives_bare_in_one_datagram_each, start, teardown),
		cmocka_unit_test_setup_teardown(
			causes_that_a_form_has_no_room_for_are_counted_when_they_are_sent, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_message_too_long_for_a_datagram_is_shortened_and_counted, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_datagram_that_the_kernel_finds_too_large_is_shortened_more, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_datagram_that_the_kernel_never_takes_is_dropped_and_counted, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			causes_too_large_for_a_datagram_are_dropped_whole_and_counted, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			udp_does_not_wait_for_a_server_and_counts_what_came_back, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_datagram_that_came_back_costs_the_next_one_nothing, start, teardown),
		cmocka_unit_test_setup_teardown(
			without_a_way_to_the_server_udp_waits, start, teardown),
		cmocka_unit_test_setup_teardown(
			without_memory_in_the_kernel_the_sink_is_full_for_a_while, start, teardown),
		cmocka_unit_test_setup_teardown(
			an_absent_unix_server_makes_the_sink_full_until_it_is_there, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			a_unix_server_that_comes_back_gets_the_record_that_found_it_away, start,
			teardown),
		cmocka_unit_test_setup_teardown(
			datagrams_for_a_unix_socket_are_collected, start, teardown),
		cmocka_unit_test_setup_teardown(a_large_datagram_keeps_its_place, start, teardown),
		cmocka_unit_test_setup_teardown(
			a_full_queue_makes_the_sink_full_until_it_is_read, start, teardown),
		cmocka_unit_test_setup_teardown(
			the_length_of_the_queue_is_for_the_kernel_to_say, start, teardown),
		cmocka_unit_test_setup_teardown(an_abstract_address_is_reached, start, teardown),
		cmocka_unit_test_setup_teardown(a_name_is_looked_up, start, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
