/* Which addresses lead to the machine itself. The machine is one of the test's: node1.example.com
 * with the addresses 192.0.2.7 and 2001:db8::7. */
#include "config.h"

#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "base/io.h"
#include "flow/setup/configuration.h"
#include "flow/setup/own-address.h"

int __wrap_gethostname(char *name, size_t size);
int __wrap_io_read_regular(const char *path, struct buffer *ret);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *len);

static const char *hosts;

int __wrap_gethostname(char *name, size_t size)
{
	(void)snprintf(name, size, "node1.example.com");
	return 0;
}

int __wrap_io_read_regular(const char *path, struct buffer *ret)
{
	assert_string_equal(path, "/etc/hosts");
	if (!hosts)
		return -ENOENT;
	buffer_add_string(ret, hosts);
	return buffer_finish(ret);
}

/* The address that was connected to last, or that of the interface to others. */
static struct sockaddr_storage source;

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
	static const char *const own[] = { "192.0.2.7", "2001:db8::7" };
	bool is_ipv6 = address->sa_family == AF_INET6;
	const void *number =
		is_ipv6 ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
			: (const void *)&((const struct sockaddr_in *)address)->sin_addr;
	char text[INET6_ADDRSTRLEN];

	assert_true(fd >= 0);
	assert_true(len <= sizeof(source));
	assert_non_null(inet_ntop(address->sa_family, number, text, sizeof(text)));
	memset(&source, 0, sizeof(source));
	if (strcmp(text, own[is_ipv6]) == 0)
		memcpy(&source, address, len);
	return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
	assert_true(fd >= 0);
	assert_true(*len >= sizeof(source));
	memcpy(address, &source, sizeof(source));
	return 0;
}

static struct address read_address(const char *text)
{
	struct address address;
	const char *error = "";

	if (address_parse(text_of(text), &address, &error) < 0)
		fail_msg("%s %s", text, error);
	return address;
}

static enum own_address find(const char *to, const char *at)
{
	struct address to_address = read_address(to), at_address = read_address(at);

	return own_address_find(&to_address, &at_address);
}

static bool leads(const char *to, const char *at)
{
	return find(to, at) != OWN_ADDRESS_ELSEWHERE;
}

struct way {
	const char *to, *at;
};

static void check(const struct way *ways, size_t n, bool expected)
{
	for (size_t i = 0; i < n; i++)
		if (leads(ways[i].to, ways[i].at) != expected)
			fail_msg("%s to %s: not %d", ways[i].to, ways[i].at, expected);
}

static void the_machine_is_known_by_its_addresses(void **state)
{
	static const struct way ways[] = {
		{ "tcp:h:1", "tcp:h:1" },
		{ "udp:127.0.0.1:1", "udp:0.0.0.0:1" },
		{ "udp:127.1:1", "udp:127.0.0.1:1" },
		{ "tcp:[::1]:1", "tcp:[::]:1" },
		{ "tcp:[::ffff:127.0.0.1]:1", "tcp:127.0.0.1:1" },
		{ "tcp:127.0.0.1:1", "tcp:[::ffff:127.0.0.1]:1" },
		{ "tcp:[::ffff:7f00:1]:1", "tcp:0.0.0.0:1" },
		{ "tcp:[0:0:0:0:0:0:0:1]:1", "tcp:[::1]:1" },
		{ "tcp:0.0.0.0:1", "tcp:127.0.0.1:1" },
		{ "tcp:[::]:1", "tcp:0.0.0.0:1" },
		{ "tcp:192.0.2.7:1", "tcp:0.0.0.0:1" },
		{ "tcp:192.0.2.7:1", "tcp:[0::0]:1" },
		{ "tcp:[::ffff:192.0.2.7]:1", "tcp:192.0.2.7:1" },
		{ "tcp:[2001:db8::7]:1", "tcp:[::]:1" },
		{ "tcp:[2001:db8:0::7]:1", "tcp:[2001:DB8::7]:1" },
	};
	static const struct way others[] = {
		{ "tcp:127.0.0.1:1", "udp:127.0.0.1:1" },
		{ "tcp:127.0.0.1:1", "tcp:127.0.0.1:2" },
		{ "tls:127.0.0.1:1", "tcp:127.0.0.1:1" },
		{ "tcp:192.0.2.8:1", "tcp:0.0.0.0:1" },
		{ "tcp:192.0.2.7:1", "tcp:127.0.0.1:1" },
		{ "tcp:127.0.0.1:1", "tcp:192.0.2.7:1" },
		{ "tcp:[2001:db8::8]:1", "tcp:[::]:1" },
		{ "tcp:127.0.0.1:1", "systemd" },
	};

	(void)state;
	hosts = NULL;
	check(ways, COUNT(ways), true);
	check(others, COUNT(others), false);
}

static void the_machine_is_known_by_its_names(void **state)
{
	static const struct way ways[] = {
		{ "tcp:localhost:1", "tcp:127.0.0.1:1" },
		{ "tcp:LOCALHOST.:1", "tcp:0.0.0.0:1" },
		{ "tcp:ip6-localhost:1", "tcp:[::1]:1" },
		{ "tcp:node1:1", "tcp:0.0.0.0:1" },
		{ "tcp:Node1.Example.com:1", "tcp:[::]:1" },
		{ "tcp:node1:1", "tcp:192.0.2.7:1" },
		{ "tcp:node1:1", "tcp:node1.example.com:1" },
		{ "tcp:192.0.2.7:1", "tcp:node1:1" },
	};
	static const struct way others[] = {
		{ "tcp:node1:1", "tcp:127.0.0.1:1" },
		{ "tcp:node2:1", "tcp:0.0.0.0:1" },
		{ "tcp:node1.example.org:1", "tcp:0.0.0.0:1" },
		{ "tcp:127.0.0.1:1", "tcp:node1:1" },
	};

	(void)state;
	hosts = NULL;
	check(ways, COUNT(ways), true);
	check(others, COUNT(others), false);
}

static void the_names_of_etc_hosts_are_known(void **state)
{
	static const struct way ways[] = {
		{ "tcp:loghost:1", "tcp:192.0.2.7:1" },
		{ "tcp:loghost:1", "tcp:0.0.0.0:1" },
		{ "tcp:node1:1", "tcp:127.0.1.1:1" },
		{ "tcp:six:1", "tcp:[::]:1" },
	};
	static const struct way others[] = {
		{ "tcp:far:1", "tcp:0.0.0.0:1" },
		{ "tcp:hidden:1", "tcp:0.0.0.0:1" },
		{ "tcp:bad:1", "tcp:0.0.0.0:1" },
		{ "tcp:last:1", "tcp:127.0.0.1:1" },
	};

	(void)state;
	hosts = "127.0.0.1\tlocalhost\n127.0.1.1 node1.example.com node1\n\n# 127.0.0.1 hidden\n"
		" 192.0.2.7  x loghost # hidden\r\n192.0.2.9 far\n2001:db8::7 six\nnumber bad\n"
		"192.0.2.99 last";
	check(ways, COUNT(ways), true);
	check(others, COUNT(others), false);
}

static void a_socket_is_known_by_its_real_path(void **state)
{
	char directory[] = "/tmp/because-test.XXXXXX", text[4][128];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(text[0], sizeof(text[0]), "%s/link", directory);
	assert_int_equal(symlink(directory, text[0]), 0);
	(void)snprintf(text[0], sizeof(text[0]), "unix-dgram:%s/link/in", directory);
	(void)snprintf(text[1], sizeof(text[1]), "unix-dgram:%s/in", directory);
	(void)snprintf(text[2], sizeof(text[2]), "unix-dgram:%s/./link/../%s/in2", directory,
		directory + strlen("/tmp/"));
	(void)snprintf(text[3], sizeof(text[3]), "unix:%s/in", directory);
	/* The socket is not there yet. */
	assert_true(leads(text[0], text[1]));
	assert_true(leads(text[1], text[0]));
	assert_false(leads(text[1], text[2]));
	assert_false(leads(text[0], text[3]));
	assert_false(leads("unix-dgram:/none/x/in", text[1]));
	assert_false(leads("unix-dgram:@in", text[1]));
	assert_true(leads("unix-dgram:@in", "unix-dgram:@in"));
	/* It is there, and has another name. */
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/in", directory);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_true(leads(text[0], text[1]));
	assert_int_equal(link(address.sun_path, strchr(text[2], '/')), 0);
	assert_true(leads(text[1], text[2]));
	assert_int_equal(unlink(strchr(text[2], '/')), 0);
	assert_int_equal(unlink(address.sun_path), 0);
	(void)snprintf(text[0], sizeof(text[0]), "%s/link", directory);
	assert_int_equal(unlink(text[0]), 0);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(close(fd), 0);
}

/* A cluster moves its address from one machine to another. */
static void an_address_of_the_machine_may_move(void **state)
{
	static const struct {
		const char *to, *at;
		enum own_address found;
	} rows[] = {
		{ "tcp:192.0.2.7:1", "tcp:0.0.0.0:1", OWN_ADDRESS_NOW },
		{ "tcp:[2001:db8::7]:1", "tcp:[::]:1", OWN_ADDRESS_NOW },
		{ "tcp:node1:1", "tcp:192.0.2.7:1", OWN_ADDRESS_NOW },
		{ "tcp:192.0.2.7:1", "tcp:node1:1", OWN_ADDRESS_NOW },
		{ "tcp:192.0.2.8:1", "tcp:0.0.0.0:1", OWN_ADDRESS_ELSEWHERE },
		{ "tcp:[::ffff:192.0.2.7]:1", "tcp:192.0.2.7:1", OWN_ADDRESS_ALWAYS },
		{ "tcp:192.0.2.8:1", "tcp:192.0.2.8:1", OWN_ADDRESS_ALWAYS },
		{ "tcp:127.1:1", "tcp:0.0.0.0:1", OWN_ADDRESS_ALWAYS },
		{ "tcp:0.0.0.0:1", "tcp:[::]:1", OWN_ADDRESS_ALWAYS },
		{ "tcp:localhost:1", "tcp:[::]:1", OWN_ADDRESS_ALWAYS },
		{ "tcp:node1:1", "tcp:node1.example.com:1", OWN_ADDRESS_ALWAYS },
		{ "tcp:node1:1", "tcp:0.0.0.0:1", OWN_ADDRESS_ALWAYS },
	};

	(void)state;
	hosts = NULL;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (find(rows[i].to, rows[i].at) != rows[i].found)
			fail_msg("%s to %s: not %d", rows[i].to, rows[i].at, rows[i].found);
}

/* What 0.1.0 loads still loads. */
static void an_address_that_may_move_is_a_warning(void **state)
{
	static const char config[] =
		"sources: [{name: net, syslog: {listen: ['udp:0.0.0.0:514']}}]\n"
		"sinks: [{name: a, socket: {address: 'udp:192.0.2.7:514'}}]\n";
	CLEANUP(diag_done) struct diag diag = { 0 };
	CLEANUP(config_unrefp) struct config *read = NULL;

	(void)state;
	hosts = NULL;
	assert_int_equal(config_read("test.yaml", text_of(config), &diag, &read), 0);
	assert_int_equal(diag_count(&diag), 0);
	assert_int_equal(diag_count_warnings(&diag), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_is_known_by_its_addresses),
		cmocka_unit_test(the_machine_is_known_by_its_names),
		cmocka_unit_test(the_names_of_etc_hosts_are_known),
		cmocka_unit_test(a_socket_is_known_by_its_real_path),
		cmocka_unit_test(an_address_of_the_machine_may_move),
		cmocka_unit_test(an_address_that_may_move_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
