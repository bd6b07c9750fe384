/* The syslog source: where the messages of a connection end, and when that is known. */
#include "config.h"

#include "test-syslog-source.h"

static void expect_end(struct fixture *f, const char *message, bool part_end)
{
	struct record *record = pull(f);

	assert_text(record_message(record), message);
	assert_int_equal(record->part_end, part_end);
}

/* Close a connection with a reset. */
static void reset(int fd)
{
	const struct linger linger = { .l_onoff = 1 };

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	(void)close(fd);
}

/* 51 may be the start of 512. */
static void the_last_line_of_a_connection_without_its_end_may_be_a_part(void **state)
{
	static const struct {
		const char *text;
		bool is_reset;
		bool part_end;
	} rows[] = {
		{ "<13>releaseCause=51", false, true },
		{ "<13>releaseCause=51", true, true },
		{ "<13>releaseCause=51\n", false, false },
		{ "<13>releaseCause=51\n", true, false },
		{ "19 <13>releaseCause=51", false, false },
		{ "19 <13>releaseCause=51", true, true },
	};
	struct fixture *f = *state;
	unsigned port = open_port(f, "tcp", "127.0.0.1");
	uint64_t n_cut = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd = connect_port(SOCK_STREAM, false, port);

		send_text(fd, text_of(rows[i].text));
		if (rows[i].is_reset)
			reset(fd);
		else
			(void)close(fd);
		expect_end(f, "releaseCause=51", rows[i].part_end);
		expect_nothing(f);
		n_cut += rows[i].part_end;
		assert_int_equal(f->source->n_cut, n_cut);
	}
	assert_int_equal(f->source->n_damaged, 0);
}

static void a_counted_message_with_an_open_end_waits_for_quiet(void **state)
{
	struct fixture *f = *state;
	uint64_t before, usec;
	int fd;

	f->limits.quiet_usec = SYSLOG_IDLE_USEC / 2;
	open_path(f, "unix");
	before = io_now_usec(CLOCK_MONOTONIC);
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("20 <13>releaseCause=512"));
	expect_nothing(f);
	assert_int_equal(f->source->n_held, 1);
	assert_true(f->source->pending);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_between(usec, before + f->limits.quiet_usec,
		io_now_usec(CLOCK_MONOTONIC) + f->limits.quiet_usec);
	(void)close(fd);
}

static void a_counted_message_is_whole_when_its_connection_is_quiet(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	f->limits.quiet_usec = 0;
	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_path(f, SOCK_STREAM);
		send_text(fds[i], TEXT("20 <13>releaseCause=51220 <13>releaseCause=512"));
	}
	for (size_t i = 0; i < 2 * COUNT(fds); i++)
		expect_end(f, "releaseCause=512", false);
	expect_nothing(f);
	assert_int_equal(f->source->n_held, 0);
	assert_false(f->source->pending);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

static void a_counted_message_that_waits_ends_where_the_next_two_begin(void **state)
{
	struct fixture *f = *state;
	int fd;

	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	for (unsigned i = 0; i < 2; i++) {
		send_text(fd, TEXT("20 <13>releaseCause=512"));
		expect_nothing(f);
		assert_int_equal(f->source->n_held, 1);
	}
	send_text(fd, TEXT("20 <13>releaseCause=512"));
	expect_end(f, "releaseCause=512", false);
	expect_nothing(f);
	(void)close(fd);
	expect_end(f, "releaseCause=512", false);
	expect_end(f, "releaseCause=512", false);
	expect_nothing(f);
	assert_int_equal(f->source->n_held, 0);
}

/* In whatever pieces the bytes come, and whether the connection is quiet or ends behind them. */
static void a_count_that_is_wrong_by_one_gives_no_end_that_is_claimed(void **state)
{
	static const char *const rows[] = {
		"21 <13>releaseCause=512",
		"19 <13>releaseCause=512",
	};
	struct fixture *f = *state;

	f->limits.quiet_usec = 0;
	open_path(f, "unix");
	for (size_t i = 0; i < 4 * COUNT(rows); i++) {
		int fd = connect_path(f, SOCK_STREAM);
		struct source_item item;
		int r;

		for (unsigned n = 0; n < 3; n++) {
			(void)send_some(fd, text_of(rows[i % COUNT(rows)]));
			while (i < 2 * COUNT(rows) &&
				(r = source_pull(f->source, &item)) != SOURCE_AGAIN)
				assert_true(r != 0 || item.record->part_end);
		}
		(void)close(fd);
		while ((r = source_pull(f->source, &item)) != SOURCE_AGAIN)
			assert_true(r != 0 || item.record->part_end);
	}
	assert_true(f->source->n_read > 0);
	assert_true(f->source->n_damaged + f->source->n_cut >= 4 * COUNT(rows));
	assert_int_equal(f->source->n_held, 0);
}

/* Room is made for others at once. What the sender would have sent next is not known. */
static void one_that_waits_may_be_closed(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	f->limits.sessions.n = 1;
	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_path(f, SOCK_STREAM);
		send_text(fds[i], TEXT("20 <13>releaseCause=512"));
		if (i > 0)
			expect_end(f, "releaseCause=512", true);
		expect_nothing(f);
		assert_int_equal(f->source->n_held, 1);
		assert_int_equal(f->source->n_cut, i);
	}
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* A code at its end is not sure, but the message is not lost. */
static void one_that_waits_is_given_when_the_source_ends(void **state)
{
	struct fixture *f = *state;
	int fds[3];

	open_path(f, "unix");
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_path(f, SOCK_STREAM);
		send_text(fds[i], TEXT("23 <13>releaseCause=512 ok"));
	}
	expect_nothing(f);
	assert_int_equal(f->source->n_held, COUNT(fds));
	/* This one has an end after all, which was not read yet. */
	send_text(fds[0], TEXT("\n"));
	f->source->ending = true;
	for (size_t i = 0; i < COUNT(fds); i++)
		expect_end(f, "releaseCause=512 ok", i > 0);
	expect_nothing(f);
	assert_int_equal(f->source->n_held, 0);
	assert_int_equal(f->source->n_cut, COUNT(fds) - 1);
	for (size_t i = 0; i < COUNT(fds); i++)
		(void)close(fds[i]);
}

/* The rest of it is no message of its own. */
static void a_code_at_the_bound_of_a_message_may_be_a_part(void **state)
{
	static const char code[] = "releaseCause=51", next[] = "2 y releaseCause=531\nnext\n";
	CLEANUP(freep) char *bytes = test_repeat('x', FRAMING_MESSAGE_MAX + sizeof(next));
	struct text rest = text_make(bytes, FRAMING_MESSAGE_MAX + sizeof(next) - 1);
	struct fixture *f = *state;
	struct source_item item;
	int r = SOURCE_AGAIN;
	int fd;

	memcpy(bytes + FRAMING_MESSAGE_MAX - strlen(code), code, strlen(code));
	memcpy(bytes + FRAMING_MESSAGE_MAX, next, strlen(next));
	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	while (r != 0) {
		size_t n = send_some(fd, rest);

		rest = text_make(rest.data + n, rest.len - n);
		r = source_pull(f->source, &item);
	}
	assert_int_equal(record_message(item.record).len, FRAMING_MESSAGE_MAX);
	assert_true(item.record->cut && item.record->part_end);
	send_text(fd, rest);
	expect_end(f, "next", false);
	assert_int_equal(f->source->n_cut, 1);
	(void)close(fd);
}

static void a_line_that_is_not_whole_is_held(void **state)
{
	struct fixture *f = *state;
	int fd;

	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\nbegun"));
	expect_end(f, "one", false);
	expect_nothing(f);
	assert_int_equal(f->source->n_held, 1);
	assert_false(f->source->pending);
	send_text(fd, TEXT(" and ended\n"));
	expect_end(f, "begun and ended", false);
	expect_nothing(f);
	assert_int_equal(f->source->n_held, 0);
	(void)close(fd);
}

#define TEST_CASE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(the_last_line_of_a_connection_without_its_end_may_be_a_part),
		TEST_CASE(a_counted_message_with_an_open_end_waits_for_quiet),
		TEST_CASE(a_counted_message_is_whole_when_its_connection_is_quiet),
		TEST_CASE(a_counted_message_that_waits_ends_where_the_next_two_begin),
		TEST_CASE(a_count_that_is_wrong_by_one_gives_no_end_that_is_claimed),
		TEST_CASE(one_that_waits_may_be_closed),
		TEST_CASE(one_that_waits_is_given_when_the_source_ends),
		TEST_CASE(a_code_at_the_bound_of_a_message_may_be_a_part),
		TEST_CASE(a_line_that_is_not_whole_is_held),
	};

	return cmocka_run_group_tests_name("source/syslog, ends", tests, NULL, NULL);
}
