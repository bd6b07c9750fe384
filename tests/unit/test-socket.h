/* Shared by the tests of the socket sink: a log server in the same process, that comes, is slow,
 * goes and comes back. Nothing sleeps: each turn waits in poll(2) for the sink, for the server or
 * for the time at which the sink wants to be called, as the daemon does. */
#pragma once

#include "test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "sink/socket/connection.h"
#include "sink/socket/reconnect.h"
#include "sink/socket/socket-options.h"
#include "sink/socket/socket-sink.h"
#include "wire/format.h"

enum {
	DEADLINE_USEC = 60 * 1000 * 1000, /* never reached in a good run */
	CHUNK = 256 * 1024,
};

/* A settle time that never ends. */
static const uint64_t NEVER_USEC = UINT64_C(3600) * 1000 * 1000;

struct fixture {
	char directory[32];
	char text[512]; /* of the address, as written */
	struct socket_options options;
	struct sink *sink;
	struct record record;
	struct sockaddr_storage at; /* where the server is when it is there */
	socklen_t at_len;
	int holder;                      /* keeps the port while the server is away */
	int listener;                    /* -1 while the server is away */
	int peer;                        /* the connection; a datagram socket is its own */
	bool idle;                       /* the server does not read */
	bool again;                      /* records can be read again */
	void (*read)(struct fixture *f); /* how the server reads */
	size_t n_accepted;
	struct buffer input; /* of this connection, read and not yet looked at */
	size_t looked_at;
	uint64_t deadline;
	int messages, standard_error; /* -1 unless messages are kept */
};

static inline bool is_stream(const struct fixture *f)
{
	return f->options.address.kind != ADDRESS_UDP &&
	       f->options.address.kind != ADDRESS_UNIX_DGRAM;
}

static inline int socket_of_kind(const struct fixture *f)
{
	int type = is_stream(f) ? SOCK_STREAM : SOCK_DGRAM;

	return socket(f->at.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static inline int bind_there(const struct fixture *f)
{
	const int on = 1;
	int fd = socket_of_kind(f);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&f->at, f->at_len), 0);
	return fd;
}

/* Take a free port of the loopback interface and hold it. */
static inline void choose_port(struct fixture *f, int family)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&f->at;
	struct sockaddr_in *four = (struct sockaddr_in *)&f->at;
	in_port_t port;

	f->at.ss_family = (sa_family_t)family;
	f->at_len = family == AF_INET ? sizeof(*four) : sizeof(*six);
	if (family == AF_INET)
		four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		six->sin6_addr = in6addr_loopback;
	f->holder = bind_there(f);
	assert_int_equal(getsockname(f->holder, (struct sockaddr *)&f->at, &f->at_len), 0);
	port = family == AF_INET ? four->sin_port : six->sin6_port;
	(void)snprintf(f->options.address.host, sizeof(f->options.address.host), "%s",
		family == AF_INET ? "127.0.0.1" : "::1");
	(void)snprintf(f->options.address.port, sizeof(f->options.address.port), "%u", ntohs(port));
	/* A socket that is bound would take the datagrams. */
	if (!is_stream(f))
		f->holder = close_fd(f->holder);
}

static inline void choose_path(struct fixture *f, bool abstract)
{
	struct sockaddr_un *at = (struct sockaddr_un *)&f->at;
	char *path = f->options.address.path;

	(void)snprintf(path, sizeof(f->options.address.path), "%s%s/socket", abstract ? "@" : "",
		f->directory);
	at->sun_family = AF_UNIX;
	memcpy(at->sun_path, path, strlen(path) + 1);
	if (abstract)
		at->sun_path[0] = '\0';
	f->at_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + !abstract);
}

static inline void server_starts(struct fixture *f)
{
	if (f->at.ss_family == AF_UNIX && f->options.address.path[0] == '/')
		(void)unlink(f->options.address.path);
	if (!is_stream(f)) {
		f->peer = bind_there(f);
		return;
	}
	f->listener = bind_there(f);
	assert_int_equal(listen(f->listener, 8), 0);
}

/* The server hangs up; its unread bytes are lost. */
static inline void server_hangs_up(struct fixture *f)
{
	f->peer = close_fd(f->peer);
	buffer_clear(&f->input);
	f->looked_at = 0;
}

/* The server is killed. */
static inline void server_ends(struct fixture *f)
{
	f->listener = close_fd(f->listener);
	server_hangs_up(f);
}

/* -- turns ------------------------------------------------------------- */

static inline void server_reads(struct fixture *f)
{
	ssize_t n;

	assert_int_equal(buffer_reserve(&f->input, CHUNK), 0);
	n = recv(f->peer, f->input.data + f->input.len, CHUNK, 0);
	if (n < 0)
		assert_true(errno == EAGAIN || errno == ECONNRESET);
	if (n > 0)
		f->input.len += (size_t)n;
	if (n == 0 && is_stream(f))
		server_hangs_up(f);
}

static inline int milliseconds_until(uint64_t usec, uint64_t now)
{
	if (usec <= now)
		return 0;
	return usec - now > DEADLINE_USEC ? DEADLINE_USEC / 1000 : (int)((usec - now) / 1000) + 1;
}

/* Wait until there is something to do, and do it, the server first. */
static inline void turn(struct fixture *f)
{
	uint64_t now = io_now_usec(CLOCK_MONOTONIC);
	bool reads = is_stream(f) && !f->idle;
	struct pollfd fds[] = {
		{ .fd = f->sink->fd, .events = POLLIN },
		{ .fd = f->peer < 0 ? f->listener : -1, .events = POLLIN },
		{ .fd = reads ? f->peer : -1, .events = POLLIN },
	};

	assert_int_equal(f->sink->events, EPOLLIN);
	assert_true(now < f->deadline);
	assert_true(poll(fds, COUNT(fds), milliseconds_until(f->sink->wake_usec, now)) >= 0);
	if (fds[2].revents)
		f->read(f);
	if (fds[1].revents) {
		f->peer = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		f->n_accepted += f->peer >= 0;
	}
	if (fds[0].revents || io_now_usec(CLOCK_MONOTONIC) >= f->sink->wake_usec)
		assert_int_equal(sink_process(f->sink), 0);
}

/* Whether the sink has nothing to do until its descriptor has an event. */
static inline bool sleeps(const struct fixture *f)
{
	struct pollfd wait = { .fd = f->sink->fd, .events = POLLIN };

	return f->sink->wake_usec == UINT64_MAX && poll(&wait, 1, 0) == 0;
}

/* -- messages of the sink ---------------------------------------------- */

/* From here on messages go to a file in memory. */
static inline void keep_messages(struct fixture *f)
{
	f->messages = memfd_create("messages", MFD_CLOEXEC);
	f->standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	assert_true(f->messages >= 0 && f->standard_error >= 0);
	assert_true(dup2(f->messages, STDERR_FILENO) >= 0);
	log_open("test", LOG_NOTICE);
}

/* How often the messages have this text. */
static inline size_t count_messages(const struct fixture *f, const char *text)
{
	char messages[16384];
	ssize_t len = pread(f->messages, messages, sizeof(messages) - 1, 0);
	size_t n = 0;

	assert_true(len >= 0);
	messages[len] = '\0';
	for (const char *at = strstr(messages, text); at; at = strstr(at + 1, text))
		n++;
	if (n == 0)
		print_message("no '%s' in:\n%s", text, messages);
	return n;
}

static inline void drop_messages(struct fixture *f)
{
	log_open("test", LOG_EMERG - 1);
	if (f->messages < 0)
		return;
	(void)dup2(f->standard_error, STDERR_FILENO);
	f->standard_error = close_fd(f->standard_error);
	f->messages = close_fd(f->messages);
}

/* -- records ----------------------------------------------------------- */

/* Make the record one with this message and a cause. */
static inline void fill(struct fixture *f, struct text message)
{
	struct finding *finding;

	record_clear(&f->record);
	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), message), 0);
	finding = record_add_finding(&f->record);
	assert_non_null(finding);
	*finding = (struct finding){ .code = "512", .numeric = true, .catalog = text_of("tiny") };
	f->record.priority = 4;
	f->record.source = f->record.instance = "test";
	f->record.position = text_of(f->again ? "1" : "");
}

/* Send a record with this number and so many bytes more. */
static inline int send_number(struct fixture *f, size_t number, size_t padding)
{
	CLEANUP(freep) char *message = test_repeat('x', padding + 32);
	int n = snprintf(message, 32, "number %zu;", number);

	message[n] = padding > 0 ? 'x' : '\0';
	fill(f, text_make(message, padding > 0 ? padding + 32 : (size_t)n));
	return sink_send(f->sink, &f->record);
}

/* Send the records from one number to before another; the sink may be full for a while. */
static inline void send_numbers(struct fixture *f, size_t from, size_t to, size_t padding)
{
	while (from < to) {
		int r = send_number(f, from, padding);

		assert_true(r == 0 || r == SINK_FULL);
		if (r == SINK_FULL)
			turn(f);
		else
			from++;
	}
}

/* The length of the number that octet counting writes before a message. */
static inline bool count_octets(struct text bytes, size_t *ret_skip, size_t *ret_len)
{
	const char *space = bytes.len > 0 ? memchr(bytes.data, ' ', bytes.len) : NULL;
	uint64_t len;

	if (!space)
		return false;
	*ret_skip = (size_t)(space - bytes.data) + 1;
	assert_int_equal(
		text_parse_number(text_make(bytes.data, *ret_skip - 1), 10, 1 << 30, &len), 0);
	*ret_len = (size_t)len;
	return bytes.len - *ret_skip >= len;
}

/* The next message of this connection that has arrived whole; .data is NULL when there is none. */
static inline struct text next_message(struct fixture *f)
{
	size_t skip = 0, len = 0;
	struct text bytes;
	const char *end;

	if (f->input.len == f->looked_at)
		return text_make(NULL, 0);
	bytes = text_make(f->input.data + f->looked_at, f->input.len - f->looked_at);
	if (f->options.format == FORMAT_RFC5424) {
		if (!count_octets(bytes, &skip, &len))
			return text_make(NULL, 0);
		f->looked_at += skip + len;
		return text_make(bytes.data + skip, len);
	}
	end = memchr(bytes.data, '\n', bytes.len);
	if (!end)
		return text_make(NULL, 0);
	f->looked_at += (size_t)(end - bytes.data) + 1;
	return text_make(bytes.data, (size_t)(end - bytes.data));
}

/* The number in a message, which must have the cause too. */
static inline size_t number_in(struct text message)
{
	const char *at = memmem(message.data, message.len, "number ", 7);
	struct text rest;
	uint64_t number;
	size_t len = 0;

	assert_non_null(memmem(message.data, message.len, "512", 3));
	assert_non_null(at);
	rest = text_make(at + 7, message.len - (size_t)(at + 7 - message.data));
	while (len < rest.len && char_is_digit(rest.data[len]))
		len++;
	assert_int_equal(text_parse_number(text_make(rest.data, len), 10, SIZE_MAX, &number), 0);
	return (size_t)number;
}

/* Forget the bytes that have been looked at, so that long loads need little memory. */
static inline void forget_input(struct fixture *f)
{
	if (f->looked_at < CHUNK)
		return;
	memmove(f->input.data, f->input.data + f->looked_at, f->input.len - f->looked_at);
	f->input.len -= f->looked_at;
	f->looked_at = 0;
}

/* The number in the next message, for which turns are taken as needed. */
static inline size_t receive_number(struct fixture *f)
{
	struct text message;

	forget_input(f);
	for (message = next_message(f); !message.data; message = next_message(f))
		turn(f);
	return number_in(message);
}

static inline void assert_receive(struct fixture *f, size_t from, size_t to)
{
	for (; from < to; from++)
		assert_int_equal(receive_number(f), from);
}

static inline void assert_settles(struct fixture *f)
{
	while (sink_flush(f->sink) != 0) {
		assert_true(f->sink->wake_usec < UINT64_MAX);
		turn(f);
	}
	assert_int_equal(sink_count_in_flight(f->sink), 0);
}

/* -- the fixture ------------------------------------------------------- */

static inline void choose(struct fixture *f, enum address_kind kind)
{
	f->options.address.kind = kind;
	if (kind == ADDRESS_UNIX || kind == ADDRESS_UNIX_DGRAM)
		choose_path(f, false);
	else
		choose_port(f, AF_INET);
}

static inline void sink_starts(struct fixture *f)
{
	(void)snprintf(f->text, sizeof(f->text), "%s%s:%s", f->options.address.path,
		f->options.address.host, f->options.address.port);
	f->options.address.text = text_of(f->text);
	assert_int_equal(socket_sink_new("noc", &f->options, &f->sink), 0);
	socket_sink_set_settle_usec(f->sink, 0);
}

static inline int setup(void **state)
{
	static struct fixture f;

	/* The messages of the sink do not belong in the output of the test. */
	log_open("test", LOG_EMERG - 1);
	(void)signal(SIGPIPE, SIG_IGN);
	f = (struct fixture){ .directory = "/tmp/because-test.XXXXXX",
		.options = { .format = FORMAT_RFC5424, .enterprise = 32473, .verify = 1 },
		.read = server_reads,
		.holder = -1,
		.listener = -1,
		.peer = -1,
		.messages = -1,
		.standard_error = -1,
		.deadline = io_now_usec(CLOCK_MONOTONIC) + DEADLINE_USEC };
	if (!mkdtemp(f.directory))
		return -1;
	f.record = record_make();
	f.input = buffer_make((size_t)128 * 1024 * 1024);
	*state = &f;
	return 0;
}

/* Make the fixture one for another sink. */
static inline void start_over(struct fixture *f)
{
	f->sink = sink_free(f->sink);
	server_ends(f);
	f->holder = close_fd(f->holder);
	if (f->options.address.path[0] == '/')
		(void)unlink(f->options.address.path);
	memset(&f->options.address, 0, sizeof(f->options.address));
	memset(&f->at, 0, sizeof(f->at));
	f->n_accepted = 0;
	f->idle = f->again = false;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	start_over(f);
	drop_messages(f);
	record_done(&f->record);
	buffer_done(&f->input);
	return rmdir(f->directory);
}
