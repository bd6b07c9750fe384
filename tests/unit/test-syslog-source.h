/* What the tests of the syslog source share: a source on real sockets of this machine, and who
 * sends to it. Nothing waits for time: limits of no time at all stand in for long ones, and poll(2)
 * waits for what was sent. */
#pragma once

#include "test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "source/syslog/syslog-options.h"
#include "source/syslog/syslog-source.h"

enum {
	DEADLINE_MSEC = 30 * 1000,
	PORT_TRIES_MAX = 50,
	ADDRESSES_MAX = 4,
	PATH_SIZE = 64,
};

struct fixture {
	char directory[32];
	char path[PATH_SIZE];
	char texts[ADDRESSES_MAX][PATH_SIZE + 16];
	struct address addresses[ADDRESSES_MAX];
	struct syslog_options options;
	struct syslog_limits limits;
	struct source_probe probe;
	struct source *source;
	int log_fd, stderr_fd; /* while what is logged is kept */
};

static inline int start(void **state)
{
	static struct fixture f;

	/* The source's log messages are not part of the test's output. */
	log_open("test-syslog-source", LOG_EMERG - 1);
	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX",
		.log_fd = -1,
		.limits = { .sessions = { SYSLOG_CONNECTIONS_MAX, SYSLOG_PEER_CONNECTIONS_MAX,
				    SYSLOG_UNFINISHED_MAX },
			.idle_usec = SYSLOG_IDLE_USEC,
			.quiet_usec = SYSLOG_IDLE_USEC,
			.receive_size = 1024 * 1024 } };
	if (!mkdtemp(f.directory))
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/socket", f.directory);
	f.options.listen = f.addresses;
	*state = &f;
	return 0;
}

static inline void keep_log(struct fixture *f)
{
	f->log_fd = memfd_create("log", MFD_CLOEXEC);
	f->stderr_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(f->log_fd >= 0 && f->stderr_fd >= 0);
	assert_true(dup2(f->log_fd, STDERR_FILENO) >= 0);
	log_open("test", LOG_NOTICE);
}

/* Stop keeping and give what was logged. */
static inline void take_log(struct fixture *f, char *ret, size_t size)
{
	ssize_t n;

	if (f->log_fd < 0)
		return;
	(void)dup2(f->stderr_fd, STDERR_FILENO);
	log_open("test-syslog-source", LOG_EMERG - 1);
	n = pread(f->log_fd, ret, size - 1, 0);
	ret[n < 0 ? 0 : n] = '\0';
	f->log_fd = close_fd(f->log_fd);
	f->stderr_fd = close_fd(f->stderr_fd);
}

/* How often `text` contains `part`. */
static inline size_t count_parts(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part)) != NULL) {
		text += strlen(part);
		n++;
	}
	return n;
}

static inline int finish(void **state)
{
	struct fixture *f = *state;
	char log[4096];

	take_log(f, log, sizeof(log));
	f->source = source_free(f->source);
	(void)unlink(f->path);
	return rmdir(f->directory);
}

/* -- opening --------------------------------------------------------------- */

static inline void add_address(struct fixture *f, const char *text)
{
	struct address *address = &f->addresses[f->options.n_listen];
	char *copy = f->texts[f->options.n_listen];
	const char *error;

	assert_true(f->options.n_listen < ADDRESSES_MAX);
	(void)snprintf(copy, sizeof(f->texts[0]), "%s", text);
	assert_int_equal(address_parse(text_of(copy), address, &error), 0);
	f->options.n_listen++;
}

static inline int try_open(struct fixture *f)
{
	return syslog_source_new_within("net", &f->options, 0, f->probe, &f->limits, &f->source);
}

/* A port that was free a moment ago; 0 where the machine has no such address. */
static inline unsigned free_port(int family, int type)
{
	CLEANUP(closep) int fd = socket(family, type | SOCK_CLOEXEC, 0);
	struct sockaddr_in6 address = { .sin6_family = (sa_family_t)family };
	socklen_t len = family == AF_INET6 ? sizeof(address) : sizeof(struct sockaddr_in);

	if (family == AF_INET6)
		address.sin6_addr = in6addr_loopback;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, len) < 0)
		return 0;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	/* The port has the same place in both kinds of address. */
	return ntohs(address.sin6_port);
}

/* Listen at a free port of `scheme:host:`. Returns the port, or 0 without IPv6. */
static inline unsigned open_port(struct fixture *f, const char *scheme, const char *host)
{
	int type = strcmp(scheme, "tcp") == 0 ? SOCK_STREAM : SOCK_DGRAM;
	int r = -EADDRINUSE;

	for (unsigned i = 0; i < PORT_TRIES_MAX && r == -EADDRINUSE; i++) {
		unsigned port = free_port(host[0] == '[' ? AF_INET6 : AF_INET, type);
		char text[PATH_SIZE];

		if (port == 0)
			return 0;
		f->options.n_listen = 0;
		(void)snprintf(text, sizeof(text), "%s:%s:%u", scheme, host, port);
		add_address(f, text);
		r = try_open(f);
		if (r == 0)
			return port;
	}
	fail_msg("no port: %d", r);
	return 0;
}

/* Listen at the socket file of the fixture. */
static inline void open_path(struct fixture *f, const char *scheme)
{
	char text[PATH_SIZE + 16];

	(void)snprintf(text, sizeof(text), "%s:%s", scheme, f->path);
	add_address(f, text);
	assert_int_equal(try_open(f), 0);
}

/* -- sending --------------------------------------------------------------- */

static inline int connect_to(int type, const void *address, size_t len)
{
	int fd = socket(((const struct sockaddr *)address)->sa_family, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, address, (socklen_t)len), 0);
	return fd;
}

static inline int connect_port(int type, bool six, unsigned port)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = in.sin_port };

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in6.sin6_addr = in6addr_loopback;
	return six ? connect_to(type, &in6, sizeof(in6)) : connect_to(type, &in, sizeof(in));
}

static inline int connect_path(const struct fixture *f, int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", f->path);
	return connect_to(type, &un, sizeof(un));
}

static inline void send_text(int fd, struct text t)
{
	assert_int_equal(send(fd, t.data, t.len, MSG_NOSIGNAL), (ssize_t)t.len);
}

/* As much of `t` as the other side has room for. Returns how much that is. */
static inline size_t send_some(int fd, struct text t)
{
	size_t done = 0;
	ssize_t n;

	while (done < t.len &&
		(n = send(fd, t.data + done, t.len - done, MSG_NOSIGNAL | MSG_DONTWAIT)) > 0)
		done += (size_t)n;
	return done;
}

/* -- pulling --------------------------------------------------------------- */

/* Wait until the source has something, or something to do. */
static inline void wait_for(struct source *source)
{
	struct pollfd descriptor = { .fd = source->fd, .events = POLLIN };
	uint64_t now = io_now_usec(CLOCK_MONOTONIC), usec;
	int msec = DEADLINE_MSEC;

	assert_int_equal(source_timeout(source, &usec), 0);
	if (usec < now + DEADLINE_MSEC * 1000ull)
		msec = usec > now ? (int)((usec - now + 999) / 1000) : 0;
	assert_true(poll(&descriptor, 1, msec) == 1 || msec < DEADLINE_MSEC);
	assert_int_equal(source_process(source), 0);
}

static inline struct record *pull(struct fixture *f)
{
	struct source_item item = { 0 };
	int r;

	while ((r = source_pull(f->source, &item)) != 0) {
		if (r == SOURCE_AGAIN)
			wait_for(f->source);
		else
			assert_int_equal(r, SOURCE_SKIPPED);
	}
	assert_non_null(item.record);
	return item.record;
}

#define expect_message(f, expected) \
	test_text(record_message(pull(f)), (expected), __FILE__, __LINE__)

/* Pull until nothing is there; no message comes. */
static inline void expect_nothing(struct fixture *f)
{
	struct source_item item;
	int r;

	while ((r = source_pull(f->source, &item)) == SOURCE_SKIPPED)
		;
	assert_int_equal(r, SOURCE_AGAIN);
}

/* Read the end of a connection that the source has closed, or will when it is pulled. */
static inline void expect_closed(struct fixture *f, int fd)
{
	struct pollfd descriptor = { .fd = fd, .events = POLLIN };
	char byte;

	expect_nothing(f);
	assert_int_equal(poll(&descriptor, 1, DEADLINE_MSEC), 1);
	assert_true(recv(fd, &byte, 1, 0) <= 0);
}
