/* The syslog source in trouble: what is lost, what cannot be had, and what the service manager does
 * not pass. */
#include "config.h"

#include "test-syslog-source.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "source/syslog/datagrams.h"
#include "test-memory.h"

enum { PASSED_MAX = 3 }; /* sockets that stand in for those of the service manager */

/* -- loss ---------------------------------------------------------------------- */

/* Less than a thousand datagrams: they pass the loopback device's own queue, where nothing counts
 * what is lost. */
static void what_the_kernel_drops_is_counted_and_said_once(void **state)
{
	enum { SENT = 600 };
	struct fixture *f = *state;
	struct source_item item;
	char log[4096];
	unsigned port;
	int fd, r;

	f->limits.receive_size = 4096;
	port = open_port(f, "udp", "127.0.0.1");
	fd = connect_port(SOCK_DGRAM, false, port);
	keep_log(f);
	for (unsigned i = 0; i < SENT; i++)
		send_text(fd, TEXT("<13>one of many"));
	while (f->source->n_read + f->source->n_lost < SENT) {
		r = source_pull(f->source, &item);
		assert_between(r, 0, SOURCE_AGAIN);
		if (r == SOURCE_AGAIN && f->source->n_read + f->source->n_lost < SENT)
			wait_for(f->source);
	}
	expect_nothing(f);
	take_log(f, log, sizeof(log));
	assert_between(f->source->n_lost, 1, SENT - 1);
	assert_int_equal(f->source->n_read + f->source->n_lost, SENT);
	assert_int_equal(
		count_parts(log, " datagrams lost before they could be read at udp:127.0.0.1:"), 1);
	(void)close(fd);
}

static void what_connections_leave_unread_at_the_end_is_said(void **state)
{
	struct fixture *f = *state;
	char log[4096];
	int fds[2];

	open_path(f, "unix");
	fds[0] = connect_path(f, SOCK_STREAM);
	fds[1] = connect_path(f, SOCK_STREAM);
	send_text(fds[0], TEXT("one\ntwo\n"));
	expect_message(f, "one");
	send_text(fds[0], TEXT("three\n"));
	keep_log(f);
	f->source = source_free(f->source);
	take_log(f, log, sizeof(log));
	assert_string_equal(
		log, "test: source net: stopped with 10 bytes unread on its connections\n");
	(void)close(fds[0]);
	(void)close(fds[1]);
}

/* Those that were received with others, and those that wait. */
static void datagrams_that_are_unread_at_the_end_are_said(void **state)
{
	enum { SENT = DATAGRAMS_MAX + 3 };
	struct fixture *f = *state;
	char log[4096], wanted[256];
	unsigned port = open_port(f, "udp", "127.0.0.1");
	int fd = connect_port(SOCK_DGRAM, false, port);

	for (unsigned i = 0; i < SENT; i++)
		send_text(fd, TEXT("one"));
	expect_message(f, "one");
	expect_message(f, "one");
	keep_log(f);
	f->source = source_free(f->source);
	take_log(f, log, sizeof(log));
	(void)snprintf(wanted, sizeof(wanted),
		"test: source net: stopped with %d datagrams unread at udp:127.0.0.1:%u\n",
		SENT - 2, port);
	assert_string_equal(log, wanted);
	(void)close(fd);
}

/* -- what cannot be had ---------------------------------------------------------- */

static void a_port_that_is_taken_is_refused(void **state)
{
	static const char *const schemes[] = { "udp", "tcp" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(schemes); i++) {
		CLEANUP(source_freep) struct source *first = NULL;

		(void)open_port(f, schemes[i], "127.0.0.1");
		first = TAKE(f->source);
		assert_int_equal(try_open(f), -EADDRINUSE);
	}
}

static void everything_that_cannot_be_had_is_told(void **state)
{
	struct fixture *f = *state;
	char log[4096], wanted[256];

	add_address(f, "unix:/nonexistent/one");
	add_address(f, "unix-dgram:/nonexistent/two");
	keep_log(f);
	assert_int_equal(try_open(f), -ENOENT);
	take_log(f, log, sizeof(log));
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(wanted, sizeof(wanted),
			"source net: cannot listen at '%s': No such file or directory\n",
			f->texts[i]);
		assert_non_null(strstr(log, wanted));
	}
}

/* It plays the limits of descriptors itself, and a connection past them is gone. */
static bool in_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

static void without_a_descriptor_connections_wait_their_turn(void **state)
{
	struct fixture *f = *state;
	struct pollfd descriptor = { .events = POLLIN };
	struct rlimit old, tight;
	uint64_t now, usec;
	char log[4096];
	int fd, lowest;

	if (in_valgrind())
		skip();
	f->limits.pause_usec = 100 * 1000;
	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\n"));
	keep_log(f);
	lowest = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	assert_true(lowest >= 0);
	(void)close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	expect_nothing(f);
	expect_nothing(f);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	take_log(f, log, sizeof(log));

	assert_non_null(strstr(log, "source net: cannot accept connections at unix:"));
	now = io_now_usec(CLOCK_MONOTONIC);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_true(usec <= now + f->limits.pause_usec);
	descriptor.fd = f->source->fd;
	assert_int_equal(poll(&descriptor, 1, 0), 0);
	expect_message(f, "one");
	(void)close(fd);
}

/* -- sockets that the service manager passes -------------------------------------- */

/* In a child process: stand in for a service that gets these sockets, and run `check`, which
 * returns 0 for good. The parent's descriptors may be anything's. */
static void in_service(struct fixture *f, const int *fds, int n, int (*check)(struct fixture *f))
{
	pid_t pid = fork();
	char text[16];
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < n; i++)
			if (dup2(fds[i], SD_LISTEN_FDS_START + i) < 0)
				_exit(99);
		(void)snprintf(text, sizeof(text), "%d", (int)getpid());
		(void)setenv("LISTEN_PID", text, 1);
		(void)snprintf(text, sizeof(text), "%d", n);
		(void)setenv("LISTEN_FDS", text, 1);
		_exit(check(f));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* A descriptor far behind those that will be passed. */
static int move_away(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	assert_true(fd >= 0 && moved >= 0);
	(void)close(fd);
	return moved;
}

static bool gives(struct fixture *f, const char *message, const char *position)
{
	struct pollfd descriptor = { .fd = f->source->fd, .events = POLLIN };
	struct source_item item = { 0 };
	int r;

	while ((r = source_pull(f->source, &item)) != 0)
		if (r < 0 || (r == SOURCE_AGAIN && poll(&descriptor, 1, DEADLINE_MSEC) != 1))
			return false;
	return text_equal(record_message(item.record), text_of(message)) &&
	       text_starts(item.record->position, text_of(position));
}

/* The first two sockets of this test are bound in the parent. */
static char passed_names[2][96];

static int check_passed(struct fixture *f)
{
	char positions[2][256];

	for (size_t i = 0; i < 2; i++)
		(void)snprintf(
			positions[i], sizeof(positions[i]), "%zu %s ", i + 1, passed_names[i]);
	/* A second source of the same process, as a reload makes one, gets them too. */
	for (unsigned i = 0; i < 2; i++) {
		if (try_open(f) < 0)
			return 1;
		if (i < 1)
			f->source = source_free(f->source);
	}
	if (!gives(f, "datagram", positions[0]) || !gives(f, "line", positions[1]))
		return 2;
	f->source = source_free(f->source);
	return 0;
}

static void passed_sockets_deliver(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(in);
	int fds[PASSED_MAX], senders[2];

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fds[0] = move_away(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	assert_int_equal(bind(fds[0], (const struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fds[0], (struct sockaddr *)&in, &len), 0);
	(void)snprintf(passed_names[0], sizeof(passed_names[0]), "udp:127.0.0.1:%u",
		(unsigned)ntohs(in.sin_port));
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", f->path);
	(void)snprintf(passed_names[1], sizeof(passed_names[1]), "unix:%s", f->path);
	fds[1] = move_away(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	assert_int_equal(bind(fds[1], (const struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fds[1], 1), 0);
	/* Of no use, and passed over. */
	fds[2] = move_away(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	senders[0] = connect_to(SOCK_DGRAM, &in, sizeof(in));
	send_text(senders[0], TEXT("<13>datagram"));
	senders[1] = connect_path(f, SOCK_STREAM);
	send_text(senders[1], TEXT("line\n"));
	add_address(f, "systemd");
	in_service(f, fds, PASSED_MAX, check_passed);
	/* The socket is the service manager's. */
	assert_int_equal(access(f->path, F_OK), 0);
	for (size_t i = 0; i < PASSED_MAX; i++)
		(void)close(fds[i]);
	(void)close(senders[0]);
	(void)close(senders[1]);
}

static int check_opens(struct fixture *f)
{
	int r = try_open(f);

	f->source = source_free(f->source);
	return r < 0;
}

static void sockets_that_are_named_twice_are_opened_once(void **state)
{
	const struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct fixture *f = *state;
	int fds[PASSED_MAX];

	for (size_t i = 0; i < PASSED_MAX; i++) {
		fds[i] = move_away(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
		/* The kernel chooses a name. */
		assert_int_equal(
			bind(fds[i], (const struct sockaddr *)&un, sizeof(un.sun_family)), 0);
	}
	add_address(f, "systemd");
	add_address(f, "systemd");
	in_service(f, fds, PASSED_MAX, check_opens);
	for (size_t i = 0; i < PASSED_MAX; i++)
		(void)close(fds[i]);
}

static int check_nothing_passed(struct fixture *f)
{
	char log[4096];
	int r;

	keep_log(f);
	r = try_open(f);
	take_log(f, log, sizeof(log));
	if (r != -ENOENT)
		return 1;
	return strstr(log, "source net: systemd has passed no socket") &&
			       strstr(log, "becaused-syslog.socket")
		       ? 0
		       : 2;
}

static void without_passed_sockets_the_socket_unit_is_named(void **state)
{
	struct fixture *f = *state;
	int file;

	add_address(f, "systemd");
	in_service(f, NULL, 0, check_nothing_passed);
	file = move_away(open("/dev/null", O_RDONLY | O_CLOEXEC));
	in_service(f, &file, 1, check_nothing_passed);
	(void)close(file);
}

/* -- refused memory ---------------------------------------------------------------- */

static struct fixture *attempted;

static int attempt_open(void)
{
	int r = try_open(attempted);

	attempted->source = source_free(attempted->source);
	return r;
}

static void a_source_opens_whole_or_not_at_all(void **state)
{
	struct fixture *f = *state;

	add_address(f, "unix-dgram:@because-test-memory");
	add_address(f, "unix:@because-test-memory");
	f->addresses[0].path[14] = (char)('0' + getpid() % 10);
	attempted = f;
	sweep(attempt_open, 3);
}

/* Pull two messages and the beginning of a third, and resume where memory was refused. Returns
 * whether any was refused. */
static bool pull_with_refusal(struct fixture *f, size_t n_good)
{
	static const char *const expected[] = { "one", "two" };
	struct source_item item = { 0 };
	size_t n = 0;
	int r = 0;

	allocator.n_good = n_good;
	allocator.n_refused = 0;
	allocator.from_then_on = false;
	allocator.armed = true;
	while (n <= COUNT(expected) && r != SOURCE_AGAIN) {
		r = source_pull(f->source, &item);
		if (r == 0 && (n == COUNT(expected) || !text_equal(record_message(item.record),
							       text_of(expected[n++]))))
			r = NOT_AS_BEFORE;
		if (r != 0 && r != SOURCE_SKIPPED && r != SOURCE_AGAIN && r != -ENOMEM)
			break;
	}
	allocator.armed = false;
	assert_int_equal(r, SOURCE_AGAIN);
	assert_int_equal(n, COUNT(expected));
	return allocator.n_refused > 0;
}

/* A connection for which there is no memory waits too, until the pause is over. */
static void no_message_is_lost_where_memory_is_refused(void **state)
{
	struct fixture *f = *state;
	bool refused = true;
	size_t n;

	for (n = 0; refused; n++) {
		int fd;

		f->options.n_listen = 0;
		open_path(f, "unix");
		fd = connect_path(f, SOCK_STREAM);
		send_text(fd, TEXT("one\ntwo\nthr"));
		refused = pull_with_refusal(f, n);
		send_text(fd, TEXT("ee\n"));
		expect_message(f, "three");
		(void)close(fd);
		f->source = source_free(f->source);
	}
	assert_between(n, 4, 1000);
}

#define TEST_CASE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(what_the_kernel_drops_is_counted_and_said_once),
		TEST_CASE(what_connections_leave_unread_at_the_end_is_said),
		TEST_CASE(datagrams_that_are_unread_at_the_end_are_said),
		TEST_CASE(a_port_that_is_taken_is_refused),
		TEST_CASE(everything_that_cannot_be_had_is_told),
		TEST_CASE(without_a_descriptor_connections_wait_their_turn),
		TEST_CASE(passed_sockets_deliver),
		TEST_CASE(sockets_that_are_named_twice_are_opened_once),
		TEST_CASE(without_passed_sockets_the_socket_unit_is_named),
		TEST_CASE(a_source_opens_whole_or_not_at_all),
		TEST_CASE(no_message_is_lost_where_memory_is_refused),
	};

	return cmocka_run_group_tests_name("source/syslog in trouble", tests, NULL, NULL);
}
