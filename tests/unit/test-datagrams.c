/* Datagrams that are received many at once: each is what it would be alone. */
#include "config.h"

#include "test-syslog-source.h"

#include "source/syslog/datagrams.h"

struct pair {
	struct listener listener;
	struct datagrams *datagrams;
	int fd; /* of the sender */
};

static int open_pair(void **state)
{
	static struct pair p;

	p = (struct pair){ .listener = { .fd = -1 }, .fd = -1 };
	*state = &p;
	return datagrams_new(&p.datagrams);
}

static int close_pair(void **state)
{
	struct pair *p = *state;

	if (p->listener.fd >= 0)
		listener_done(&p->listener);
	p->datagrams = datagrams_free(p->datagrams);
	p->fd = close_fd(p->fd);
	return 0;
}

static void listen_at(struct pair *p, const char *text, int receive_size)
{
	const char *error;
	struct address address;

	assert_int_equal(address_parse(text_of(text), &address, &error), 0);
	assert_int_equal(listener_open(&address, receive_size, &p->listener, &error), 0);
}

static void open_udp(struct pair *p, int receive_size)
{
	unsigned port = free_port(AF_INET, SOCK_DGRAM);
	char text[64];

	(void)snprintf(text, sizeof(text), "udp:127.0.0.1:%u", port);
	listen_at(p, text, receive_size);
	p->fd = connect_port(SOCK_DGRAM, false, port);
}

static void open_local(struct pair *p)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	const int size = 1024 * 1024;
	char text[64];
	size_t len;

	(void)snprintf(text, sizeof(text), "unix-dgram:@because-test-%d", (int)getpid());
	listen_at(p, text, size);
	len = (size_t)snprintf(
		un.sun_path + 1, sizeof(un.sun_path) - 1, "%s", strchr(text, '@') + 1);
	p->fd = connect_to(SOCK_DGRAM, &un, offsetof(struct sockaddr_un, sun_path) + 1 + len);
	(void)setsockopt(p->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static size_t receive(struct pair *p)
{
	uint32_t n_lost = 77;
	int r = datagrams_receive(p->datagrams, &p->listener, &n_lost);

	if (r == -EAGAIN)
		return 0;
	assert_int_equal(r, 0);
	assert_int_equal(n_lost, 0);
	return datagrams_count_untaken(p->datagrams);
}

static void expect(struct pair *p, char c, size_t len, bool cut)
{
	CLEANUP(freep) char *bytes = test_repeat(c, len);
	struct datagram datagram;

	assert_true(datagrams_take(p->datagrams, &datagram));
	assert_true(text_equal(datagram.bytes, text_make(bytes, len)));
	assert_int_equal(datagram.cut, cut);
}

static void send_repeated(struct pair *p, char c, size_t len)
{
	CLEANUP(freep) char *bytes = test_repeat(c, len);

	send_text(p->fd, text_make(bytes, len));
}

static void as_many_as_wait_come_at_once_in_their_order(void **state)
{
	struct pair *p = *state;
	struct datagram datagram;
	char peer[LISTENER_PEER_SIZE];

	open_udp(p, 1024 * 1024);
	assert_int_equal(receive(p), 0);
	for (size_t i = 0; i < DATAGRAMS_MAX + 2; i++)
		send_repeated(p, (char)('a' + i % 26), i);
	assert_int_equal(receive(p), DATAGRAMS_MAX);
	for (size_t i = 0; i < DATAGRAMS_MAX; i++) {
		expect(p, (char)('a' + i % 26), i, false);
		datagrams_print_peer(p->datagrams, peer);
		assert_string_equal(peer, "127.0.0.1");
		assert_int_equal(datagrams_count_untaken(p->datagrams), DATAGRAMS_MAX - 1 - i);
	}
	assert_false(datagrams_take(p->datagrams, &datagram));
	assert_int_equal(receive(p), 2);
	expect(p, (char)('a' + DATAGRAMS_MAX % 26), DATAGRAMS_MAX, false);
	expect(p, (char)('a' + (DATAGRAMS_MAX + 1) % 26), DATAGRAMS_MAX + 1, false);
	assert_false(datagrams_take(p->datagrams, &datagram));
	assert_int_equal(receive(p), 0);
	assert_false(datagrams_take(p->datagrams, &datagram));
}

/* The longest that UDP over IPv4 has, between short ones. */
static void a_long_datagram_is_whole_and_leaves_the_others_whole(void **state)
{
	enum { LONGEST = 65507 };
	struct pair *p = *state;

	open_udp(p, 1024 * 1024);
	send_repeated(p, 'a', 3);
	send_repeated(p, 'b', LONGEST);
	send_repeated(p, 'c', LONGEST);
	send_repeated(p, 'd', 5);
	assert_int_equal(receive(p), 4);
	expect(p, 'a', 3, false);
	expect(p, 'b', LONGEST, false);
	expect(p, 'c', LONGEST, false);
	expect(p, 'd', 5, false);
}

static void a_local_datagram_is_whole_at_the_bound_and_cut_past_it(void **state)
{
	struct pair *p = *state;
	char peer[LISTENER_PEER_SIZE];

	open_local(p);
	send_repeated(p, 'a', 1);
	send_repeated(p, 'b', FRAMING_MESSAGE_MAX);
	assert_int_equal(receive(p), 2);
	expect(p, 'a', 1, false);
	expect(p, 'b', FRAMING_MESSAGE_MAX, false);
	datagrams_print_peer(p->datagrams, peer);
	assert_string_equal(peer, "");
	send_repeated(p, 'c', FRAMING_MESSAGE_MAX + 1);
	send_repeated(p, 'd', 2);
	assert_int_equal(receive(p), 2);
	expect(p, 'c', FRAMING_MESSAGE_MAX, true);
	expect(p, 'd', 2, false);
}

/* What the kernel drops is counted once, with those that come behind it or when it is asked for. */
static void lost_datagrams_are_counted_once(void **state)
{
	enum { SENT = 400, LEN = 1000 };
	struct pair *p = *state;
	size_t n_lost = 0, n_received = 0;
	uint32_t n = 0;

	open_udp(p, 16 * 1024);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < SENT; i++)
			send_repeated(p, 'x', LEN);
		while (datagrams_receive(p->datagrams, &p->listener, &n) == 0) {
			n_lost += n;
			n_received += datagrams_count_untaken(p->datagrams);
			while (datagrams_count_untaken(p->datagrams) > 0)
				expect(p, 'x', LEN, false);
		}
	}
	n_lost += listener_count_lost(&p->listener);
	assert_true(n_received > 0 && n_lost > 0);
	assert_int_equal(n_received + n_lost, 3 * SENT);
	assert_int_equal(listener_count_lost(&p->listener), 0);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, open_pair, close_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIR(as_many_as_wait_come_at_once_in_their_order),
		WITH_PAIR(a_long_datagram_is_whole_and_leaves_the_others_whole),
		WITH_PAIR(a_local_datagram_is_whole_at_the_bound_and_cut_past_it),
		WITH_PAIR(lost_datagrams_are_counted_once),
	};

	return cmocka_run_group_tests_name("source/syslog/datagrams", tests, NULL, NULL);
}
