/* The sockets that receive syslog: their files, their names, and those that are passed. */
#include "config.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "source/syslog/datagrams.h"
#include "source/syslog/listener.h"

enum { RECEIVE_SIZE = 64 * 1024 };

struct fixture {
	char directory[32];
	char path[64];
	char text[96];
	struct listener listener;
};

static int start(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX", .listener = { .fd = -1 } };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/socket", f.directory);
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	if (f->listener.fd >= 0)
		listener_done(&f->listener);
	(void)unlink(f->path);
	return rmdir(f->directory);
}

/* Open the socket file of the fixture. */
static int open_path(
	struct fixture *f, const char *scheme, struct listener *ret, const char **reterr)
{
	struct address address;

	(void)snprintf(f->text, sizeof(f->text), "%s:%s", scheme, f->path);
	assert_int_equal(address_parse(text_of(f->text), &address, reterr), 0);
	return listener_open(&address, RECEIVE_SIZE, ret, reterr);
}

static int open_good(struct fixture *f, const char *scheme)
{
	const char *error;

	return open_path(f, scheme, &f->listener, &error);
}

/* Bind a socket there and leave its file behind. */
static void leave_file(const struct fixture *f, int type)
{
	CLEANUP(closep) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	assert_true(fd >= 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", f->path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
}

static const char *const schemes[] = { "unix", "unix-dgram" };

static void a_socket_file_that_nobody_listens_at_is_replaced(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(schemes); i++) {
		leave_file(f, i == 0 ? SOCK_DGRAM : SOCK_STREAM);
		assert_int_equal(open_good(f, schemes[i]), 0);
		listener_done(&f->listener);
	}
}

static void a_socket_file_that_is_alive_is_refused_and_stays(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(schemes) * COUNT(schemes); i++) {
		struct listener second = { .fd = -1 };
		const char *error = NULL;

		assert_int_equal(open_good(f, schemes[i / 2]), 0);
		assert_int_equal(open_path(f, schemes[i % 2], &second, &error), -EADDRINUSE);
		assert_string_equal(error, "another process listens there");
		assert_int_equal(access(f->path, F_OK), 0);
		listener_done(&f->listener);
	}
}

static void a_file_that_is_no_socket_is_refused_and_stays(void **state)
{
	struct fixture *f = *state;
	const char *error = NULL;
	int fd = open(f->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(open_path(f, "unix", &f->listener, &error), -EADDRINUSE);
	assert_string_equal(error, "there is a file that is no socket");
	assert_int_equal(access(f->path, F_OK), 0);
}

static void a_symbolic_link_is_refused_and_stays(void **state)
{
	struct fixture *f = *state;
	const char *error = NULL;
	struct stat status;

	assert_int_equal(symlink("nowhere", f->path), 0);
	assert_int_equal(open_path(f, "unix", &f->listener, &error), -EADDRINUSE);
	assert_string_equal(error, "there is a file that is no socket");
	assert_int_equal(lstat(f->path, &status), 0);
}

static void a_socket_file_is_open_to_all_whatever_the_mask_is(void **state)
{
	struct fixture *f = *state;
	mode_t mask = umask(0077);
	struct stat status;
	int r = open_good(f, "unix");

	assert_int_equal(umask(mask), 0077);
	assert_int_equal(r, 0);
	assert_int_equal(stat(f->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0666);
}

static void a_socket_file_goes_with_its_listener(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(open_good(f, "unix-dgram"), 0);
	listener_done(&f->listener);
	assert_int_equal(access(f->path, F_OK), -1);
}

/* While the old one is open its inode cannot be given to the new one. */
static void a_socket_file_that_another_has_put_there_stays(void **state)
{
	struct fixture *f = *state;
	struct listener second;
	const char *error;

	assert_int_equal(open_good(f, "unix"), 0);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(open_path(f, "unix", &second, &error), 0);
	listener_done(&f->listener);
	assert_int_equal(access(f->path, F_OK), 0);
	listener_done(&second);
}

/* Send a datagram that carries `fd` along. */
static void send_descriptor(const struct fixture *f, int fd)
{
	CLEANUP(closep) int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec piece = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	const struct msghdr message = { .msg_name = &un,
		.msg_namelen = sizeof(un),
		.msg_iov = &piece,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	assert_true(sender >= 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", f->path);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(sender, &message, 0), 1);
}

static void a_descriptor_that_comes_with_a_datagram_is_closed(void **state)
{
	struct fixture *f = *state;
	CLEANUP(datagrams_freep) struct datagrams *datagrams = NULL;
	struct datagram datagram;
	struct pollfd wait = { 0 };
	uint32_t n_lost;
	int ends[2];

	assert_int_equal(open_good(f, "unix-dgram"), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	send_descriptor(f, ends[1]);
	(void)close(ends[1]);
	assert_int_equal(datagrams_new(&datagrams), 0);
	assert_int_equal(datagrams_receive(datagrams, &f->listener, &n_lost), 0);
	assert_true(datagrams_take(datagrams, &datagram));
	assert_int_equal(datagram.bytes.len, 1);
	/* No process has the other end any more. */
	wait.fd = ends[0];
	assert_int_equal(poll(&wait, 1, 0), 1);
	assert_true(wait.revents & POLLHUP);
	(void)close(ends[0]);
}

static void a_directory_that_is_missing_is_an_error(void **state)
{
	struct fixture *f = *state;
	const char *error;
	struct listener listener;

	(void)snprintf(f->path, sizeof(f->path), "%s/missing/socket", f->directory);
	assert_int_equal(open_path(f, "unix", &listener, &error), -ENOENT);
}

static void a_host_that_does_not_exist_is_named_so(void **state)
{
	const char *error = NULL;
	struct address address = { .kind = ADDRESS_UDP, .host = "no..name", .port = "5514" };
	struct listener listener;

	(void)state;
	address.text = text_of("udp:no..name:5514");
	assert_int_equal(listener_open(&address, RECEIVE_SIZE, &listener, &error), -EADDRNOTAVAIL);
	assert_non_null(error);
}

/* -- passed by the service manager --------------------------------------- */

union any_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* A socket of this type bound to this address, listening if it is a stream; -1 where the machine
 * cannot have it. */
static int bound(int type, const union any_address *address, socklen_t len)
{
	CLEANUP(closep) int fd = socket(address->any.sa_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, &address->any, len) < 0)
		return -1;
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return TAKE_FD(fd);
}

static void expect_name(int fd, const char *expected)
{
	struct listener listener;
	int r = fd < 0 ? -EBADF : listener_adopt(fd, &listener);

	assert_int_equal(r, 0);
	assert_string_equal(listener.name, expected);
	assert_true(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
	listener_done(&listener);
	assert_true(fcntl(fd, F_GETFL) >= 0);
	(void)close(fd);
}

static void a_passed_unix_socket_is_named_by_its_path(void **state)
{
	struct fixture *f = *state;
	union any_address address = { .un = { .sun_family = AF_UNIX } };
	char expected[96];

	(void)snprintf(address.un.sun_path, sizeof(address.un.sun_path), "%s", f->path);
	(void)snprintf(expected, sizeof(expected), "unix:%s", f->path);
	expect_name(bound(SOCK_STREAM, &address, sizeof(address.un)), expected);
	assert_int_equal(access(f->path, F_OK), 0);
	assert_int_equal(unlink(f->path), 0);
	(void)snprintf(expected, sizeof(expected), "unix-dgram:%s", f->path);
	expect_name(bound(SOCK_DGRAM, &address, sizeof(address.un)), expected);
}

static void a_passed_abstract_socket_is_named_with_an_at_sign(void **state)
{
	union any_address address = { .un = { .sun_family = AF_UNIX } };
	char expected[96];
	int n;

	(void)state;
	n = snprintf(address.un.sun_path + 1, sizeof(address.un.sun_path) - 1, "because-test\n%d",
		(int)getpid());
	(void)snprintf(expected, sizeof(expected), "unix-dgram:@because-test?%d", (int)getpid());
	expect_name(bound(SOCK_DGRAM, &address,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)),
		expected);
}

static void a_passed_network_socket_is_named_by_its_address(void **state)
{
	union any_address address = { .in = { .sin_family = AF_INET } };
	socklen_t len = sizeof(address.in);
	char expected[96];
	int fd;

	(void)state;
	address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = bound(SOCK_DGRAM, &address, len);
	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, &address.any, &len), 0);
	(void)snprintf(expected, sizeof(expected), "udp:127.0.0.1:%u",
		(unsigned)ntohs(address.in.sin_port));
	expect_name(fd, expected);
}

static void a_passed_ipv6_socket_is_named_in_brackets(void **state)
{
	union any_address address = { .in6 = { .sin6_family = AF_INET6 } };
	socklen_t len = sizeof(address.in6);
	char expected[96];
	int fd;

	(void)state;
	fd = bound(SOCK_STREAM, &address, len);
	if (fd < 0)
		skip();
	assert_int_equal(getsockname(fd, &address.any, &len), 0);
	(void)snprintf(
		expected, sizeof(expected), "tcp:[::]:%u", (unsigned)ntohs(address.in6.sin6_port));
	expect_name(fd, expected);
}

static void what_gives_neither_messages_nor_connections_is_refused(void **state)
{
	struct listener listener;
	int fds[2][2], file = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(file >= 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds[0]), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds[1]), 0);
	assert_int_equal(listener_adopt(file, &listener), -EPROTOTYPE);
	assert_int_equal(listener_adopt(fds[0][0], &listener), -EPROTOTYPE);
	assert_int_equal(listener_adopt(fds[1][0], &listener), -EPROTOTYPE);
	for (size_t i = 0; i < 4; i++)
		(void)close(fds[i / 2][i % 2]);
	(void)close(file);
	assert_int_equal(listener_adopt(file, &listener), -EBADF);
}

/* The id of a peer that connects from this address of the loopback. */
static uint64_t id_of_peer(const union any_address *from, socklen_t len)
{
	CLEANUP(closep) int fd = bound(SOCK_STREAM, from, len);
	CLEANUP(closep) int client = socket(from->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct listener listener;
	struct listener_peer peer;
	union any_address to;
	socklen_t to_len = sizeof(to);
	int accepted;

	assert_true(fd >= 0 && client >= 0);
	assert_int_equal(getsockname(fd, &to.any, &to_len), 0);
	assert_int_equal(bind(client, &from->any, len), 0);
	assert_int_equal(connect(client, &to.any, to_len), 0);
	assert_int_equal(listener_adopt(fd, &listener), 0);
	assert_int_equal(listener_accept(&listener, &accepted, &peer), 0);
	(void)close(accepted);
	listener_done(&listener);
	return peer.id;
}

/* One IPv4 address is one peer, and so is one IPv6 network of 64 bits. */
static void peers_are_known_by_address_or_network(void **state)
{
	union any_address from = { .in = { .sin_family = AF_INET } };
	CLEANUP(closep) int fd = -1;

	(void)state;
	from.in.sin_addr.s_addr = htonl(0x7f000001);
	assert_int_equal(id_of_peer(&from, sizeof(from.in)), UINT64_C(1) << 32 | 0x7f000001);
	from.in.sin_addr.s_addr = htonl(0x7f000002);
	assert_int_equal(id_of_peer(&from, sizeof(from.in)), UINT64_C(1) << 32 | 0x7f000002);
	from = (union any_address){ .in6 = { .sin6_family = AF_INET6,
					    .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	fd = bound(SOCK_STREAM, &from, sizeof(from.in6));
	if (fd >= 0)
		assert_int_equal(id_of_peer(&from, sizeof(from.in6)), 0);
}

#define TEST_CASE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_CASE(a_socket_file_that_nobody_listens_at_is_replaced),
		TEST_CASE(a_socket_file_that_is_alive_is_refused_and_stays),
		TEST_CASE(a_file_that_is_no_socket_is_refused_and_stays),
		TEST_CASE(a_symbolic_link_is_refused_and_stays),
		TEST_CASE(a_socket_file_is_open_to_all_whatever_the_mask_is),
		TEST_CASE(a_socket_file_goes_with_its_listener),
		TEST_CASE(a_socket_file_that_another_has_put_there_stays),
		TEST_CASE(a_descriptor_that_comes_with_a_datagram_is_closed),
		TEST_CASE(a_directory_that_is_missing_is_an_error),
		TEST_CASE(a_host_that_does_not_exist_is_named_so),
		TEST_CASE(a_passed_unix_socket_is_named_by_its_path),
		TEST_CASE(a_passed_abstract_socket_is_named_with_an_at_sign),
		TEST_CASE(a_passed_network_socket_is_named_by_its_address),
		TEST_CASE(a_passed_ipv6_socket_is_named_in_brackets),
		TEST_CASE(what_gives_neither_messages_nor_connections_is_refused),
		TEST_CASE(peers_are_known_by_address_or_network),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
