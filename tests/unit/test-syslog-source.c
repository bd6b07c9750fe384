/* The syslog source: what comes over its sockets and connections becomes records, in turn. */
#include "config.h"

#include "test-syslog-source.h"

#include <sys/resource.h>

#include "source/syslog/frame-reader.h"

/* -- what comes in ----------------------------------------------------------- */

static const char rfc3164[] = "<134>Nov 22 13:18:34 ccs[7]: releaseCause=512";

/* Pull one record, which must be of the message above. */
static void expect_record(struct fixture *f, const char *peer, bool cannot_wait)
{
	struct source_item item = { 0 };
	char position[128];
	int r;

	while ((r = source_pull(f->source, &item)) != 0) {
		assert_true(r == SOURCE_AGAIN || r == SOURCE_SKIPPED);
		if (r == SOURCE_AGAIN)
			wait_for(f->source);
	}
	assert_int_equal(item.cannot_wait, cannot_wait);
	assert_text(record_message(item.record), "releaseCause=512");
	assert_text(record_find(item.record, "SYSLOG_IDENTIFIER"), "ccs");
	assert_text(record_find(item.record, "SYSLOG_PID"), "7");
	assert_text(record_find(item.record, "_HOSTNAME"), peer);
	assert_string_equal(item.record->source, "net");
	assert_int_equal(item.record->stream.len, 0);
	assert_false(item.record->cut);
	(void)snprintf(position, sizeof(position), "1 %.*s ", TEXT_FORMAT(f->addresses[0].text));
	assert_true(text_starts(item.record->position, text_of(position)));
	assert_int_equal(f->source->n_read, 1);
}

static void each_kind_of_network_socket_delivers(void **state)
{
	static const struct {
		const char *scheme, *host, *peer;
		int type;
		bool six; /* how the sender connects */
	} rows[] = {
		{ "udp", "127.0.0.1", "127.0.0.1", SOCK_DGRAM, false },
		{ "tcp", "127.0.0.1", "127.0.0.1", SOCK_STREAM, false },
		{ "udp", "0.0.0.0", "127.0.0.1", SOCK_DGRAM, false },
		{ "udp", "[::1]", "::1", SOCK_DGRAM, true },
		{ "tcp", "[::1]", "::1", SOCK_STREAM, true },
		{ "udp", "[::]", "127.0.0.1", SOCK_DGRAM, false },
		{ "tcp", "[::]", "127.0.0.1", SOCK_STREAM, false },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned port = open_port(f, rows[i].scheme, rows[i].host);
		int fd;

		if (port == 0)
			continue;
		fd = connect_port(rows[i].type, rows[i].six, port);
		send_text(fd, text_of(rfc3164));
		(void)close(fd);
		expect_record(f, rows[i].peer, rows[i].type == SOCK_DGRAM);
		expect_nothing(f);
		f->source = source_free(f->source);
	}
}

static void each_kind_of_unix_socket_delivers(void **state)
{
	static const struct {
		const char *scheme;
		int type;
	} rows[] = { { "unix", SOCK_STREAM }, { "unix-dgram", SOCK_DGRAM } };
	struct fixture *f = *state;
	char hostname[256] = "";

	assert_int_equal(gethostname(hostname, sizeof(hostname) - 1), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd;

		f->options.n_listen = 0;
		open_path(f, rows[i].scheme);
		fd = connect_path(f, rows[i].type);
		send_text(fd, text_of(rfc3164));
		(void)close(fd);
		expect_record(f, hostname, rows[i].type == SOCK_DGRAM);
		f->source = source_free(f->source);
	}
}

static void an_abstract_name_delivers(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct fixture *f = *state;
	char text[PATH_SIZE];
	size_t len;
	int fd;

	(void)snprintf(text, sizeof(text), "unix-dgram:@because-test-%d", (int)getpid());
	add_address(f, text);
	assert_int_equal(try_open(f), 0);
	len = strlen(f->addresses[0].path);
	memcpy(un.sun_path + 1, f->addresses[0].path + 1, len - 1);
	fd = connect_to(SOCK_DGRAM, &un, offsetof(struct sockaddr_un, sun_path) + len);
	send_text(fd, TEXT("<13>one"));
	expect_message(f, "one");
	(void)close(fd);
}

static void the_positions_of_records_count_on_and_are_never_the_same(void **state)
{
	struct fixture *f = *state;
	char expected[128], first[128];
	struct text position;
	int fd;

	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\ntwo\n"));
	(void)pull(f);
	(void)snprintf(expected, sizeof(expected), "2 unix:%s ", f->path);
	position = pull(f)->position;
	assert_true(text_starts(position, text_of(expected)));
	(void)snprintf(first, sizeof(first), "%.*s", TEXT_FORMAT(position));
	(void)close(fd);

	f->source = source_free(f->source);
	assert_int_equal(try_open(f), 0);
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\ntwo\n"));
	(void)pull(f);
	position = pull(f)->position;
	assert_true(text_starts(position, text_of(expected)));
	assert_false(text_equal(position, text_of(first)));
	(void)close(fd);
}

/* The counters of a source begin anew with each configuration; the source may outlive one. */
static void positions_differ_after_the_counters_began_anew(void **state)
{
	struct fixture *f = *state;
	char first[128];
	struct text position;
	int fd;

	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\ntwo\n"));
	position = pull(f)->position;
	(void)snprintf(first, sizeof(first), "%.*s", TEXT_FORMAT(position));
	f->source->n_read = 0;
	position = pull(f)->position;
	assert_false(text_equal(position, text_of(first)));
	(void)close(fd);
}

static void no_position(const struct source_position *position, void *userdata)
{
	(void)position, (void)userdata;
	fail();
}

static void nothing_can_be_read_again(void **state)
{
	struct fixture *f = *state;
	int fd;

	open_path(f, "unix-dgram");
	fd = connect_path(f, SOCK_DGRAM);
	send_text(fd, TEXT("one"));
	expect_message(f, "one");
	assert_int_equal(source_visit_positions(f->source, no_position, NULL), 0);
	(void)close(fd);
}

/* A line end is part of the datagram, and a datagram may be empty. */
static void a_datagram_is_one_message(void **state)
{
	struct fixture *f = *state;
	int fd;

	open_path(f, "unix-dgram");
	fd = connect_path(f, SOCK_DGRAM);
	send_text(fd, TEXT("<13>one\ntwo"));
	send_text(fd, TEXT(""));
	send_text(fd, TEXT("<13>three"));
	expect_message(f, "one\ntwo");
	expect_message(f, "three");
	assert_int_equal(f->source->n_read, 3);
	assert_int_equal(f->source->n_damaged, 1);
	(void)close(fd);
}

static void a_datagram_past_the_bound_is_cut(void **state)
{
	CLEANUP(freep) char *message = test_repeat('x', FRAMING_MESSAGE_MAX + 1);
	const int size = FRAMING_MESSAGE_MAX + 4096;
	struct fixture *f = *state;
	struct record *record;
	int fd;

	open_path(f, "unix-dgram");
	fd = connect_path(f, SOCK_DGRAM);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (send(fd, message, FRAMING_MESSAGE_MAX, 0) < 0)
		skip(); /* the system's bound is lower */
	record = pull(f);
	assert_int_equal(record_message(record).len, FRAMING_MESSAGE_MAX);
	assert_false(record->cut || record->part_end);
	send_text(fd, text_make(message, FRAMING_MESSAGE_MAX + 1));
	record = pull(f);
	assert_int_equal(record_message(record).len, FRAMING_MESSAGE_MAX);
	assert_true(record->cut && record->part_end);
	assert_int_equal(f->source->n_cut, 1);
	(void)close(fd);
}

static void a_source_without_messages_has_nothing_and_waits_for_ever(void **state)
{
	struct fixture *f = *state;
	struct pollfd descriptor = { .events = POLLIN };
	uint64_t usec;

	open_path(f, "unix");
	expect_nothing(f);
	descriptor.fd = f->source->fd;
	assert_int_equal(poll(&descriptor, 1, 0), 0);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_true(usec == UINT64_MAX);
}

/* Only pulled messages are read; the others wait in the socket. */
static void nothing_is_read_while_nobody_pulls(void **state)
{
	struct fixture *f = *state;
	int fd;

	open_path(f, "unix-dgram");
	fd = connect_path(f, SOCK_DGRAM);
	send_text(fd, TEXT("<13>one"));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(source_process(f->source), 0);
	assert_int_equal(f->source->n_read, 0);
	wait_for(f->source);
	expect_message(f, "one");
	(void)close(fd);
}

static void several_addresses_are_one_source(void **state)
{
	struct fixture *f = *state;
	unsigned port = free_port(AF_INET, SOCK_DGRAM);
	char text[PATH_SIZE];
	int fds[2];

	(void)snprintf(text, sizeof(text), "udp:127.0.0.1:%u", port);
	add_address(f, text);
	open_path(f, "unix");
	fds[0] = connect_port(SOCK_DGRAM, false, port);
	fds[1] = connect_path(f, SOCK_STREAM);
	send_text(fds[0], TEXT("<13>one"));
	expect_message(f, "one");
	send_text(fds[1], TEXT("two\n"));
	expect_message(f, "two");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* -- connections ------------------------------------------------------------- */

static void each_connection_has_its_own_framing(void **state)
{
	struct fixture *f = *state;
	int lines, counts;

	open_path(f, "unix");
	lines = connect_path(f, SOCK_STREAM);
	counts = connect_path(f, SOCK_STREAM);
	send_text(lines, TEXT("<13>line one\n"));
	expect_message(f, "line one");
	send_text(counts, TEXT("11 <13>count\n)"));
	expect_message(f, "count\n)");
	send_text(lines, TEXT("11 lines\n"));
	expect_message(f, "11 lines");
	(void)close(lines);
	(void)close(counts);
}

/* The halves of several messages take turns in the one room. */
static void a_message_comes_in_pieces_of_any_size(void **state)
{
	static const char message[] = "12 <13>abcdefg)";
	struct fixture *f = *state;
	int fds[3];

	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = connect_path(f, SOCK_STREAM);
	for (size_t n = 0; n + 2 < sizeof(message); n++) {
		for (size_t i = 0; i < COUNT(fds); i++)
			send_text(fds[i], text_make(message + n, 1));
		expect_nothing(f);
	}
	for (size_t i = 0; i < COUNT(fds); i++) {
		send_text(fds[i], TEXT(")"));
		expect_message(f, "abcdefg)");
		(void)close(fds[i]);
	}
	assert_int_equal(f->source->n_damaged, 0);
}

static void the_last_bytes_of_a_connection_are_a_message(void **state)
{
	static const char *const rows[][2] = {
		{ "<13>no line end", "no line end" },
		{ "99 <13>less than was counted", "less than was counted" },
		{ "<13>one\n", "one" },
	};
	struct fixture *f = *state;

	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd = connect_path(f, SOCK_STREAM);

		send_text(fd, text_of(rows[i][0]));
		if (i < 2)
			expect_nothing(f);
		(void)close(fd);
		expect_message(f, rows[i][1]);
		expect_nothing(f);
	}
	assert_int_equal(f->source->n_read, COUNT(rows));
}

static void a_message_past_the_bound_is_cut_and_the_next_is_whole(void **state)
{
	CLEANUP(freep) char *message = test_repeat('x', FRAMING_MESSAGE_MAX + 10000);
	struct text rest = text_make(message, FRAMING_MESSAGE_MAX + 10000);
	struct fixture *f = *state;
	struct source_item item;
	struct text given;
	int fd, r = SOURCE_AGAIN;

	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	while (rest.len > 0 && r != 0) {
		size_t n = send_some(fd, rest);

		rest = text_make(rest.data + n, rest.len - n);
		r = source_pull(f->source, &item);
	}
	given = record_message(r == 0 ? item.record : pull(f));
	assert_int_equal(given.len, FRAMING_MESSAGE_MAX);
	assert_int_equal(f->source->n_cut, 1);
	while (rest.len > 0) {
		size_t n = send_some(fd, rest);

		rest = text_make(rest.data + n, rest.len - n);
		expect_nothing(f);
	}
	send_text(fd, TEXT("\nnext\n"));
	expect_message(f, "next");
	assert_int_equal(f->source->n_read, 2);
	(void)close(fd);
}

/* A connection that sends without end waits for the others after each read. */
static void a_busy_connection_lets_the_others_have_their_turn(void **state)
{
	enum { LINE = 16, BUSY = 256 * 1024 };
	CLEANUP(freep) char *busy = test_repeat('x', BUSY);
	struct fixture *f = *state;
	size_t n = 0;
	int fds[2];

	for (size_t i = LINE - 1; i < BUSY; i += LINE)
		busy[i] = '\n';
	open_path(f, "unix");
	fds[0] = connect_path(f, SOCK_STREAM);
	assert_true(send_some(fds[0], text_make(busy, BUSY)) > FRAME_READER_READ_SIZE + LINE);
	fds[1] = connect_path(f, SOCK_STREAM);
	send_text(fds[1], TEXT("other\n"));
	while (!text_equal(record_message(pull(f)), TEXT("other")))
		n++;
	assert_true(n <= FRAME_READER_READ_SIZE / LINE);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void busy_datagrams_let_a_connection_have_its_turn(void **state)
{
	struct fixture *f = *state;
	unsigned port = open_port(f, "udp", "127.0.0.1");
	size_t n = 0;
	int fds[2];

	f->source = source_free(f->source);
	open_path(f, "unix");
	fds[0] = connect_port(SOCK_DGRAM, false, port);
	for (unsigned i = 0; i < 200; i++)
		send_text(fds[0], TEXT("<13>datagram"));
	fds[1] = connect_path(f, SOCK_STREAM);
	send_text(fds[1], TEXT("other\n"));
	while (!text_equal(record_message(pull(f)), TEXT("other")))
		n++;
	assert_true(n < 200);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* The new connection stays; the one that has been silent for longest is read to its end, and
 * closed. */
static void past_the_limit_the_one_silent_for_longest_is_closed(void **state)
{
	struct fixture *f = *state;
	char log[4096];
	int fds[4];

	f->limits.sessions.n = 2;
	open_path(f, "unix");
	keep_log(f);
	fds[0] = connect_path(f, SOCK_STREAM);
	fds[1] = connect_path(f, SOCK_STREAM);
	send_text(fds[1], TEXT("one\nbegun"));
	expect_message(f, "one");
	expect_nothing(f);
	send_text(fds[0], TEXT("two\n"));
	expect_message(f, "two");
	fds[2] = connect_path(f, SOCK_STREAM);
	expect_message(f, "begun");
	expect_closed(f, fds[1]);
	fds[3] = connect_path(f, SOCK_STREAM);
	expect_closed(f, fds[0]);
	send_text(fds[3], TEXT("four\n"));
	expect_message(f, "four");
	send_text(fds[2], TEXT("three\n"));
	expect_message(f, "three");
	assert_int_equal(f->source->n_evicted, 2);
	take_log(f, log, sizeof(log));
	assert_non_null(strstr(log, "source net: 1 connections closed to make room"));
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* A connection with unread bytes has not been silent. */
static void one_with_unread_bytes_is_not_closed(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	f->limits.sessions.n = 2;
	open_path(f, "unix");
	fds[0] = connect_path(f, SOCK_STREAM);
	fds[1] = connect_path(f, SOCK_STREAM);
	expect_nothing(f);
	send_text(fds[0], TEXT("one\n"));
	fds[2] = connect_path(f, SOCK_STREAM);
	expect_message(f, "one");
	expect_closed(f, fds[1]);
	send_text(fds[0], TEXT("two\n"));
	expect_message(f, "two");
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* The bytes sent before are read, even if they need more than one turn. */
static void what_a_closed_one_has_sent_is_read(void **state)
{
	enum { LINES = 100, LEN = 1000 };
	struct fixture *f = *state;
	char *lines = test_repeat('x', (size_t)LINES * LEN);
	int fds[3];

	f->limits.sessions.n = 2;
	open_path(f, "unix");
	for (size_t i = LEN - 1; i < (size_t)LINES * LEN; i += LEN)
		lines[i] = '\n';
	for (size_t i = 0; i < 2; i++)
		fds[i] = connect_path(f, SOCK_STREAM);
	expect_nothing(f);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(send_some(fds[i], text_make(lines, (size_t)LINES * LEN)),
			(size_t)LINES * LEN);
	fds[2] = connect_path(f, SOCK_STREAM);
	for (size_t i = 0; i < 2 * LINES; i++)
		assert_int_equal(record_message(pull(f)).len, LEN - 1);
	expect_nothing(f);
	assert_int_equal(f->source->n_evicted, 1);
	free(lines);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* One with very much to read is not read without end; what is left is counted. */
static void a_closed_one_is_read_up_to_a_bound(void **state)
{
	enum { LEN = 2 * 1024 * 1024 };
	struct fixture *f = *state;
	char *lines = test_repeat('\n', LEN);
	struct source_item item;
	size_t sent = 0;
	int fds[2], r;

	f->limits.sessions.n = 1;
	open_path(f, "unix");
	fds[0] = connect_path(f, SOCK_STREAM);
	(void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUFFORCE, &(int){ 2 * LEN }, sizeof(int));
	expect_nothing(f);
	sent = send_some(fds[0], text_make(lines, LEN));
	fds[1] = connect_path(f, SOCK_STREAM);
	while ((r = source_pull(f->source, &item)) != SOURCE_AGAIN)
		assert_true(r >= 0);
	assert_int_equal(f->source->n_evicted, 1);
	assert_int_equal(f->source->n_lost, sent > SESSIONS_TURNS_MAX * FRAME_READER_READ_SIZE);
	free(lines);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* Of one address, or one user, there are less than of all. */
static void a_peer_at_its_limit_harms_only_itself(void **state)
{
	struct fixture *f = *state;
	char text[PATH_SIZE + 16];
	unsigned port;
	int local, fds[4];

	f->limits.sessions = (struct sessions_limits){ 4, 3, SYSLOG_UNFINISHED_MAX };
	port = open_port(f, "tcp", "127.0.0.1");
	f->source = source_free(f->source);
	(void)snprintf(text, sizeof(text), "unix:%s", f->path);
	add_address(f, text);
	assert_int_equal(try_open(f), 0);
	local = connect_path(f, SOCK_STREAM);
	expect_nothing(f);
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_port(SOCK_STREAM, false, port);
		expect_nothing(f);
	}
	expect_closed(f, fds[0]);
	send_text(local, TEXT("local\n"));
	expect_message(f, "local");
	send_text(fds[3], TEXT("last\n"));
	expect_message(f, "last");
	(void)close(local);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* The bytes of unfinished messages have one bound for all connections together. */
static void unfinished_messages_have_a_bound_together(void **state)
{
	enum { PART = 1000 };
	struct fixture *f = *state;
	char *part = test_repeat('x', PART);
	int fds[4];

	f->limits.sessions.n_unfinished = 3 * PART;
	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_path(f, SOCK_STREAM);
		send_text(fds[i], text_make(part, PART));
		if (i < 3)
			expect_nothing(f);
	}
	test_text(record_message(pull(f)), part, __FILE__, __LINE__);
	expect_closed(f, fds[0]);
	assert_int_equal(f->source->n_evicted, 1);
	send_text(fds[1], TEXT(" one\n"));
	assert_int_equal(record_message(pull(f)).len, PART + 4);
	free(part);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* A connection keeps no more memory than its unfinished message needs. */
static void memory_of_a_finished_message_is_given_back(void **state)
{
	enum { PART = 200000 };
	struct fixture *f = *state;
	char *part = test_repeat('x', PART);
	int fds[8];

	f->limits.sessions.n_unfinished = PART + 4096;
	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++) {
		size_t sent = 0;

		fds[i] = connect_path(f, SOCK_STREAM);
		while (sent < PART) {
			sent += send_some(fds[i], text_make(part + sent, PART - sent));
			expect_nothing(f);
		}
		send_text(fds[i], TEXT("\nbegun"));
		assert_int_equal(record_message(pull(f)).len, PART);
		expect_nothing(f);
	}
	assert_int_equal(f->source->n_evicted, 0);
	for (size_t i = 0; i < COUNT(fds); i++) {
		send_text(fds[i], TEXT(" and ended\n"));
		expect_message(f, "begun and ended");
		(void)close(fds[i]);
	}
	free(part);
}

/* Two thousand silent ones, a hundred of them with a large unfinished message. */
static void a_crowd_of_silent_clients_locks_out_no_other(void **state)
{
	enum { N = 2000, N_BEGUN = 100, BEGUN = 256 * 1024 - 100 };
	struct fixture *f = *state;
	struct rlimit descriptors;
	int *fds = calloc(N, sizeof(*fds));
	char *begun = test_repeat('x', BEGUN);
	int client;

	assert_non_null(fds);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
	descriptors.rlim_cur = descriptors.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
	if (descriptors.rlim_max < N + 2 * SYSLOG_CONNECTIONS_MAX)
		skip();
	open_path(f, "unix");
	for (size_t i = 0; i < N; i++) {
		struct record *record = NULL;
		struct source_item item;
		size_t sent = 0;
		int r;

		fds[i] = connect_path(f, SOCK_STREAM);
		do {
			if (i < N_BEGUN)
				sent += send_some(fds[i], text_make(begun + sent, BEGUN - sent));
			while ((r = source_pull(f->source, &item)) != SOURCE_AGAIN)
				record = r == 0 ? item.record : record;
		} while (i < N_BEGUN && sent < BEGUN);
	}
	assert_true(f->source->n_evicted >= N - SYSLOG_PEER_CONNECTIONS_MAX);
	client = connect_path(f, SOCK_STREAM);
	send_text(client, TEXT("here\n"));
	while (!text_equal(record_message(pull(f)), TEXT("here")))
		continue;
	(void)close(client);
	for (size_t i = 0; i < N; i++)
		(void)close(fds[i]);
	free(begun);
	free(fds);
}

static void a_connection_with_a_wrong_count_is_closed_counted_and_reported_once(void **state)
{
	struct fixture *f = *state;
	char log[4096];

	open_path(f, "unix");
	keep_log(f);
	for (unsigned i = 0; i < 3; i++) {
		int fd = connect_path(f, SOCK_STREAM);

		send_text(fd, TEXT("8 <13>one)two\nthree\n"));
		expect_message(f, "one)");
		expect_closed(f, fd);
		(void)close(fd);
	}
	assert_int_equal(f->source->n_read, 3);
	assert_int_equal(f->source->n_damaged, 3);
	take_log(f, log, sizeof(log));
	assert_int_equal(count_parts(log, "connections closed at a wrong octet count"), 1);
}

/* A report that came too early for the quota is logged when its time has come. */
static void what_is_not_told_yet_wakes_the_source(void **state)
{
	struct fixture *f = *state;
	uint64_t now, usec;
	int fds[3];

	f->limits.sessions.n = 1;
	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_path(f, SOCK_STREAM);
		expect_nothing(f);
	}
	now = io_now_usec(CLOCK_MONOTONIC);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_between(usec, now - DEADLINE_MSEC * 1000ull, now + 10 * 1000 * 1000);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* -- silence ------------------------------------------------------------------ */

static void a_silent_connection_wakes_the_source_when_its_time_is_over(void **state)
{
	struct fixture *f = *state;
	uint64_t before, usec;
	int fd;

	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	before = io_now_usec(CLOCK_MONOTONIC);
	send_text(fd, TEXT("one\nbegun"));
	expect_message(f, "one");
	expect_nothing(f);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_between(
		usec, before + SYSLOG_IDLE_USEC, io_now_usec(CLOCK_MONOTONIC) + SYSLOG_IDLE_USEC);
	assert_int_equal(source_process(f->source), 0);
	send_text(fd, TEXT(" and ended\n"));
	expect_message(f, "begun and ended");
	(void)close(fd);
}

static void a_connection_that_is_silent_too_long_ends(void **state)
{
	struct fixture *f = *state;
	uint64_t usec;
	int fd;

	f->limits.idle_usec = 0;
	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\nbegun"));
	expect_message(f, "one");
	expect_message(f, "begun");
	expect_closed(f, fd);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_true(usec == UINT64_MAX);
	(void)close(fd);
}

static void a_tcp_connection_that_is_silent_too_long_ends(void **state)
{
	struct fixture *f = *state;
	unsigned port;
	int fd;

	f->limits.idle_usec = 0;
	port = open_port(f, "tcp", "127.0.0.1");
	fd = connect_port(SOCK_STREAM, false, port);
	expect_closed(f, fd);
	(void)close(fd);
}

/* If a sink is full for longer than the limit, no connection counts as silent. */
static void what_nobody_has_read_is_no_silence(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->limits.idle_usec = 0;
	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\n"));
	expect_message(f, "one");
	send_text(fd, TEXT("two\n"));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(source_process(f->source), 0);
	send_text(fd, TEXT("three\n"));
	expect_message(f, "two");
	expect_message(f, "three");
	(void)close(fd);
}

#define TEST_CASE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(each_kind_of_network_socket_delivers),
		TEST_CASE(each_kind_of_unix_socket_delivers),
		TEST_CASE(an_abstract_name_delivers),
		TEST_CASE(the_positions_of_records_count_on_and_are_never_the_same),
		TEST_CASE(positions_differ_after_the_counters_began_anew),
		TEST_CASE(nothing_can_be_read_again),
		TEST_CASE(a_datagram_is_one_message),
		TEST_CASE(a_datagram_past_the_bound_is_cut),
		TEST_CASE(a_source_without_messages_has_nothing_and_waits_for_ever),
		TEST_CASE(nothing_is_read_while_nobody_pulls),
		TEST_CASE(several_addresses_are_one_source),
		TEST_CASE(each_connection_has_its_own_framing),
		TEST_CASE(a_message_comes_in_pieces_of_any_size),
		TEST_CASE(the_last_bytes_of_a_connection_are_a_message),
		TEST_CASE(a_message_past_the_bound_is_cut_and_the_next_is_whole),
		TEST_CASE(a_busy_connection_lets_the_others_have_their_turn),
		TEST_CASE(busy_datagrams_let_a_connection_have_its_turn),
		TEST_CASE(past_the_limit_the_one_silent_for_longest_is_closed),
		TEST_CASE(one_with_unread_bytes_is_not_closed),
		TEST_CASE(what_a_closed_one_has_sent_is_read),
		TEST_CASE(a_closed_one_is_read_up_to_a_bound),
		TEST_CASE(a_peer_at_its_limit_harms_only_itself),
		TEST_CASE(memory_of_a_finished_message_is_given_back),
		TEST_CASE(unfinished_messages_have_a_bound_together),
		TEST_CASE(a_crowd_of_silent_clients_locks_out_no_other),
		TEST_CASE(a_connection_with_a_wrong_count_is_closed_counted_and_reported_once),
		TEST_CASE(what_is_not_told_yet_wakes_the_source),
		TEST_CASE(a_silent_connection_wakes_the_source_when_its_time_is_over),
		TEST_CASE(a_connection_that_is_silent_too_long_ends),
		TEST_CASE(a_tcp_connection_that_is_silent_too_long_ends),
		TEST_CASE(what_nobody_has_read_is_no_silence),
	};

	return cmocka_run_group_tests_name("source/syslog", tests, NULL, NULL);
}
