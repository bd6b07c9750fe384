/* Tests of base/address. */
#include "config.h"

#include "test.h"

#include "base/address.h"

/* A name of 63 bytes, and a path of 107 with 'x' for the last. */
#define NAME_63 "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0"
#define PATH_106 "/0123456789" NAME_63 "/2345678901234567890123456789abc"
#define HOST_253                        \
	NAME_63 "." NAME_63 "." NAME_63 \
		".abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy"

static void addresses_are_read_part_by_part(void **state)
{
	static const struct {
		const char *text;
		enum address_kind kind;
		const char *host, *port, *path;
	} rows[] = {
		{ "udp:192.0.2.1:514", ADDRESS_UDP, "192.0.2.1", "514", "" },
		{ "tcp:loghost:6514", ADDRESS_TCP, "loghost", "6514", "" },
		{ "tls:log.example.com:6514", ADDRESS_TLS, "log.example.com", "6514", "" },
		{ "tcp:log_host-1:1", ADDRESS_TCP, "log_host-1", "1", "" },
		{ "tcp:loghost:65535", ADDRESS_TCP, "loghost", "65535", "" },
		{ "tcp:loghost:00514", ADDRESS_TCP, "loghost", "514", "" },
		{ "udp:[::1]:514", ADDRESS_UDP, "::1", "514", "" },
		{ "udp:[::]:514", ADDRESS_UDP, "::", "514", "" },
		{ "tcp:[2001:db8::7]:514", ADDRESS_TCP, "2001:db8::7", "514", "" },
		{ "tcp:[::ffff:192.0.2.1]:514", ADDRESS_TCP, "::ffff:192.0.2.1", "514", "" },
		{ "tcp:[fe80::1%eth0]:514", ADDRESS_TCP, "fe80::1%eth0", "514", "" },
		{ "tcp:" HOST_253 ":514", ADDRESS_TCP, HOST_253, "514", "" },
		{ "unix:/run/log.socket", ADDRESS_UNIX, "", "", "/run/log.socket" },
		{ "unix-dgram:/dev/log", ADDRESS_UNIX_DGRAM, "", "", "/dev/log" },
		{ "unix-dgram:@because", ADDRESS_UNIX_DGRAM, "", "", "@because" },
		{ "unix:/with: colon", ADDRESS_UNIX, "", "", "/with: colon" },
		{ "unix:" PATH_106 "x", ADDRESS_UNIX, "", "", PATH_106 "x" },
		{ "systemd", ADDRESS_SYSTEMD, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address;
		const char *error = NULL;

		memset(&address, 'x', sizeof(address));
		assert_int_equal(address_parse(text_of(rows[i].text), &address, &error), 0);
		assert_null(error);
		assert_int_equal(address.kind, rows[i].kind);
		assert_string_equal(address.host, rows[i].host);
		assert_string_equal(address.port, rows[i].port);
		assert_string_equal(address.path, rows[i].path);
		assert_text(address.text, rows[i].text);
	}
}

static void what_is_no_address_is_refused_with_its_reason(void **state)
{
	static const struct {
		struct text text;
		const char *says;
	} rows[] = {
		{ TEXT(""), "no kind of socket" },
		{ TEXT("loghost"), "no kind of socket" },
		{ TEXT("loghost:514"), "udp:HOST:PORT, tcp:HOST:PORT, tls:HOST:PORT, unix:PATH, "
				       "unix-dgram:PATH and systemd" },
		{ TEXT("TCP:loghost:514"), "no kind of socket" },
		{ TEXT(" tcp:loghost:514"), "no kind of socket" },
		{ TEXT("sctp:loghost:514"), "no kind of socket" },
		{ TEXT("unix-stream:/run/log"), "no kind of socket" },
		{ TEXT("tcp:"), "lacks a host" },
		{ TEXT("tcp::514"), "lacks a host" },
		{ TEXT("tcp:loghost"), "lacks a port" },
		{ TEXT("tcp:loghost:"), "lacks a port" },
		{ TEXT("tcp:[::1]"), "lacks a port" },
		{ TEXT("tcp:[::1]:"), "lacks a port" },
		{ TEXT("tcp:loghost:0"), "1 to 65535" },
		{ TEXT("tcp:loghost:000"), "1 to 65535" },
		{ TEXT("tcp:loghost:65536"), "1 to 65535" },
		{ TEXT("tcp:loghost:syslog"), "1 to 65535" },
		{ TEXT("tcp:loghost:-1"), "1 to 65535" },
		{ TEXT("tcp:loghost:514 "), "1 to 65535" },
		{ TEXT("tcp:loghost:99999999999999999999999"), "1 to 65535" },
		{ TEXT("tcp://loghost:514"), "slashes" },
		{ TEXT("tcp:::1:514"), "without brackets" },
		{ TEXT("tcp:2001:db8::7:514"), "without brackets" },
		{ TEXT("tcp:[::1:514"), "closing bracket" },
		{ TEXT("tcp:[::1]514"), "behind its bracket" },
		{ TEXT("tcp:[]:514"), "no IPv6 address" },
		{ TEXT("tcp:[192.0.2.1]:514"), "no IPv6 address" },
		{ TEXT("tcp:[loghost]:514"), "no IPv6 address" },
		{ TEXT("tcp:[::1\0]:514"), "no IPv6 address" },
		{ TEXT("tcp:[fe80::1%]:514"), "no IPv6 address" },
		{ TEXT("tcp:[fe80::1%e/0]:514"), "no IPv6 address" },
		{ TEXT("tcp:[2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001:db8]:514"),
			"no IPv6 address" },
		{ TEXT("tcp:log host:514"), "no host name" },
		{ TEXT("tcp:log\0host:514"), "no host name" },
		{ TEXT("tcp:-loghost:514"), "no host name" },
		{ TEXT("tcp:l\xC3\xB6ghost:514"), "no host name" },
		{ TEXT("tcp:x" HOST_253 ":514"), "253 bytes" },
		{ TEXT("unix:"), "lacks a path" },
		{ TEXT("unix-dgram:"), "lacks a path" },
		{ TEXT("unix:run/log.socket"), "neither '/' nor '@'" },
		{ TEXT("unix:/"), "name of a socket" },
		{ TEXT("unix:@"), "name of a socket" },
		{ TEXT("unix:" PATH_106 "xy"), "107 bytes" },
		{ TEXT("unix:/run/\0log"), "NUL" },
		{ TEXT("systemd:"), "behind 'systemd'" },
		{ TEXT("systemd:log"), "behind 'systemd'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct address address = { .port = "77" };
		const char *error = "";

		assert_int_equal(address_parse(rows[i].text, &address, &error), -EINVAL);
		if (!strstr(error, rows[i].says))
			fail_msg("row %zu says '%s'", i, error);
		assert_string_equal(address.port, "77");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_part_by_part),
		cmocka_unit_test(what_is_no_address_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests_name("base/address", tests, NULL, NULL);
}
