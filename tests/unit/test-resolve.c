/* Names to addresses. The linker leads look-ups of names through here, where they wait until the
 * test lets them continue, so that a test can look at each moment of a look-up. */
#include "config.h"

#include "test.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sink/socket/resolve.h"

enum { DEADLINE_MSEC = 60 * 1000 };

int __real_getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret);
int __wrap_getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret);
void __real_freeaddrinfo(struct addrinfo *list);
void __wrap_freeaddrinfo(struct addrinfo *list);

/* Eventfds: a look-up has begun, it may continue, its answer has been used. */
static struct {
	int begun, go_on, used;
	sigset_t signals; /* blocked in the thread */
} gate;

static void tell(int fd)
{
	const uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

static void wait_for(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	uint64_t n;

	assert_int_equal(poll(&wait, 1, DEADLINE_MSEC), 1);
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
}

int __wrap_getaddrinfo(
	const char *host, const char *port, const struct addrinfo *hints, struct addrinfo **ret)
{
	struct addrinfo numeric = *hints;

	if (hints->ai_flags & AI_NUMERICHOST)
		return __real_getaddrinfo(host, port, hints, ret);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &gate.signals);
	tell(gate.begun);
	wait_for(gate.go_on);
	if (strcmp(host, "loghost") != 0)
		return EAI_NONAME;
	numeric.ai_flags |= AI_NUMERICHOST;
	return __real_getaddrinfo("192.0.2.7", port, &numeric, ret);
}

void __wrap_freeaddrinfo(struct addrinfo *list)
{
	__real_freeaddrinfo(list);
	tell(gate.used);
}

static int start(void **state)
{
	(void)state;
	gate.begun = eventfd(0, EFD_CLOEXEC);
	gate.go_on = eventfd(0, EFD_CLOEXEC);
	gate.used = eventfd(0, EFD_CLOEXEC);
	return gate.begun < 0 || gate.go_on < 0 || gate.used < 0 ? -1 : 0;
}

static int finish(void **state)
{
	(void)state;
	(void)close(gate.begun);
	(void)close(gate.go_on);
	(void)close(gate.used);
	return 0;
}

static bool is_readable(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	return poll(&wait, 1, 0) == 1;
}

static void numbers_need_no_look_up(void **state)
{
	static const struct {
		const char *host;
		int family;
	} numbers[] = {
		{ "127.0.0.1", AF_INET },
		{ "192.0.2.255", AF_INET },
		{ "::1", AF_INET6 },
		{ "2001:db8::7", AF_INET6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct endpoints endpoints;
		const struct sockaddr_in6 *address = (const void *)&endpoints.at[0].address;

		assert_int_equal(
			resolve_number(numbers[i].host, "6514", SOCK_STREAM, &endpoints), 0);
		assert_int_equal(endpoints.n, 1);
		assert_int_equal(endpoints.at[0].address.ss_family, numbers[i].family);
		assert_int_equal(ntohs(address->sin6_port), 6514);
	}
}

static void names_are_no_numbers(void **state)
{
	static const char *const names[] = { "localhost", "loghost.example", "1.2.3.4.5", "" };
	struct endpoints endpoints;

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(resolve_number(names[i], "514", SOCK_DGRAM, &endpoints), -EINVAL);
	assert_false(is_readable(gate.begun));
}

static void a_look_up_does_not_block_its_caller(void **state)
{
	struct resolve *resolve = NULL;
	const struct sockaddr_in *address;
	struct endpoints endpoints;
	const char *reason = NULL;

	(void)state;
	assert_int_equal(resolve_new("loghost", "514", SOCK_STREAM, &resolve), 0);
	wait_for(gate.begun);
	assert_int_equal(resolve_finish(resolve, &endpoints, &reason), RESOLVE_PENDING);
	assert_false(is_readable(resolve_fd(resolve)));
	tell(gate.go_on);
	wait_for(resolve_fd(resolve));
	assert_int_equal(resolve_finish(resolve, &endpoints, &reason), 0);
	assert_int_equal(endpoints.n, 1);
	address = (const struct sockaddr_in *)&endpoints.at[0].address;
	assert_int_equal(address->sin_addr.s_addr, htonl(0xC0000207));
	assert_int_equal(ntohs(address->sin_port), 514);
	assert_null(resolve_free(resolve));
}

static void an_unknown_name_has_its_reason(void **state)
{
	struct resolve *resolve = NULL;
	struct endpoints endpoints;
	const char *reason = NULL;

	(void)state;
	assert_int_equal(resolve_new("nowhere.invalid", "514", SOCK_STREAM, &resolve), 0);
	tell(gate.go_on);
	wait_for(resolve_fd(resolve));
	assert_true(resolve_finish(resolve, &endpoints, &reason) < 0);
	assert_string_equal(reason, gai_strerror(EAI_NONAME));
	assert_null(resolve_free(resolve));
}

/* The sanitizers and valgrind watch that it frees what is left. */
static void a_look_up_outlives_whoever_wanted_it(void **state)
{
	struct resolve *resolve = NULL;

	(void)state;
	assert_int_equal(resolve_new("loghost", "514", SOCK_STREAM, &resolve), 0);
	wait_for(gate.begun);
	assert_null(resolve_free(resolve));
	tell(gate.go_on);
	wait_for(gate.used);
}

static void signals_are_not_for_the_thread(void **state)
{
	struct resolve *resolve = NULL;
	sigset_t signals;

	(void)state;
	assert_int_equal(resolve_new("loghost", "514", SOCK_STREAM, &resolve), 0);
	wait_for(gate.begun);
	assert_true(sigismember(&gate.signals, SIGTERM));
	assert_true(sigismember(&gate.signals, SIGHUP));
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &signals), 0);
	assert_false(sigismember(&signals, SIGTERM));
	tell(gate.go_on);
	wait_for(resolve_fd(resolve));
	assert_null(resolve_free(resolve));
}

static void names_are_bounded(void **state)
{
	CLEANUP(freep) char *name = test_repeat('a', 256);
	struct resolve *resolve = NULL;

	(void)state;
	assert_int_equal(resolve_new(name, "514", SOCK_STREAM, &resolve), -ENAMETOOLONG);
	assert_null(resolve);
	name[255] = '\0';
	assert_int_equal(resolve_new(name, "514", SOCK_STREAM, &resolve), 0);
	tell(gate.go_on);
	wait_for(resolve_fd(resolve));
	assert_null(resolve_free(resolve));
}

static void freeing_null_does_nothing(void **state)
{
	(void)state;
	assert_null(resolve_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_need_no_look_up, start, finish),
		cmocka_unit_test_setup_teardown(names_are_no_numbers, start, finish),
		cmocka_unit_test_setup_teardown(a_look_up_does_not_block_its_caller, start, finish),
		cmocka_unit_test_setup_teardown(an_unknown_name_has_its_reason, start, finish),
		cmocka_unit_test_setup_teardown(
			a_look_up_outlives_whoever_wanted_it, start, finish),
		cmocka_unit_test_setup_teardown(signals_are_not_for_the_thread, start, finish),
		cmocka_unit_test_setup_teardown(names_are_bounded, start, finish),
		cmocka_unit_test_setup_teardown(freeing_null_does_nothing, start, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
