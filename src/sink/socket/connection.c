/* A small state machine with a function for each state. A state ends with the next one or with a
 * negative errno, and then the next address is tried. A descriptor is taken out of the epoll before
 * it is closed: the thread of a look-up may keep its descriptor open. */
#include "config.h"

#include "sink/socket/connection.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"

enum {
	KEEPALIVE_IDLE_SEC = 60,
	KEEPALIVE_ASK_SEC = 1,
	KEEPALIVE_INTERVAL_SEC = 15,
	KEEPALIVE_COUNT = 4,
	SILENCE_MSEC =
		60 * 1000, /* of the log server's kernel, while we wait for an acknowledgement */
	LISTEN_SIZE = 4096,
	LISTEN_MAX = 16, /* reads at a time */
	UNSURE_MIN = 64 * 1024,
	UNSURE_MAX = 1024 * 1024, /* less than a sink keeps of syslog messages */
};

/* At the end of every call that changes the state. */
static void check_invariants(const struct connection *c)
{
	bool has_socket = c->state >= CONNECTION_CONNECTING;
	bool has_step = c->state == CONNECTION_CONNECTING || c->state == CONNECTION_SHAKING_HANDS;

	assert((c->fd >= 0) == has_socket);
	assert((c->resolve != NULL) == (c->state == CONNECTION_RESOLVING));
	assert(!has_step || c->deadline_usec < UINT64_MAX);
	assert(c->state != CONNECTION_SHAKING_HANDS || c->tls);
	assert(c->state != CONNECTION_CLOSED || (c->events == 0 && c->deadline_usec == UINT64_MAX));
	assert(c->next <= c->endpoints.n && c->endpoints.n <= ENDPOINTS_MAX);
}

static bool is_local(const struct address *address)
{
	return address->kind == ADDRESS_UNIX || address->kind == ADDRESS_UNIX_DGRAM;
}

static int socket_type(const struct connection *c)
{
	return address_is_stream(c->address) ? SOCK_STREAM : SOCK_DGRAM;
}

void connection_init(
	struct connection *c, const struct address *address, struct tls *tls, int epoll_fd)
{
	*c = (struct connection){ .address = address,
		.tls = tls,
		.epoll_fd = epoll_fd,
		.fd = -1,
		.deadline_usec = UINT64_MAX };
}

/* Keep the reason why an attempt failed. A refused certificate is a better reason than any that
 * follows it. */
static int keep_failure(struct connection *c, int error, const char *reason)
{
	if (c->error == -EKEYREJECTED && c->state < CONNECTION_READY)
		return c->error;
	c->error = error;
	(void)snprintf(c->reason, sizeof(c->reason), "%s", reason ? reason : strerror(-error));
	return error;
}

/* --- the epoll --- */

static int watch(struct connection *c, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };

	return epoll_ctl(c->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

static int watch_socket(struct connection *c, uint32_t events)
{
	int r;

	if (events == c->events)
		return 0;
	r = watch(c, EPOLL_CTL_MOD, c->fd, events);
	if (r == 0)
		c->events = events;
	return r;
}

static void drop_resolve(struct connection *c)
{
	if (!c->resolve)
		return;
	(void)watch(c, EPOLL_CTL_DEL, resolve_fd(c->resolve), 0);
	c->resolve = resolve_free(c->resolve);
}

static void drop_socket(struct connection *c)
{
	if (c->fd < 0)
		return;
	if (c->tls)
		tls_stop(c->tls);
	(void)watch(c, EPOLL_CTL_DEL, c->fd, 0);
	c->fd = close_fd(c->fd);
	c->events = 0;
	c->room_max = 0;
	c->asks = false;
}

void connection_close(struct connection *c)
{
	drop_resolve(c);
	drop_socket(c);
	c->state = CONNECTION_CLOSED;
	c->deadline_usec = UINT64_MAX;
	check_invariants(c);
}

static void set_deadline(struct connection *c)
{
	c->deadline_usec = io_monotonic_usec() + CONNECTION_OPEN_USEC;
}

static int check_deadline(const struct connection *c)
{
	return io_monotonic_usec() >= c->deadline_usec ? -ETIMEDOUT : CONNECTION_AGAIN;
}

/* --- TLS --- */

static int shake_hands(struct connection *c)
{
	int r = tls_handshake(c->tls);

	if (r < 0)
		return keep_failure(c, r, tls_reason(c->tls));
	if (r == TLS_AGAIN) {
		r = check_deadline(c);
		if (r == CONNECTION_AGAIN)
			r = watch_socket(c, tls_events(c->tls, false));
		return r < 0 ? keep_failure(c, r, NULL) : CONNECTION_AGAIN;
	}
	c->state = CONNECTION_READY;
	return 0;
}

/* --- connecting --- */

/* The kernel may give a port without a listener to our own end of the connection. TCP then connects
 * the socket to itself. */
static bool is_itself(const struct connection *c)
{
	struct sockaddr_storage ours = { 0 }, theirs = { 0 };
	socklen_t ours_len = sizeof(ours), theirs_len = sizeof(theirs);

	if (is_local(c->address))
		return false;
	if (getsockname(c->fd, (struct sockaddr *)&ours, &ours_len) < 0 ||
		getpeername(c->fd, (struct sockaddr *)&theirs, &theirs_len) < 0)
		return false;
	return ours_len == theirs_len && memcmp(&ours, &theirs, ours_len) == 0;
}

static int start_session(struct connection *c)
{
	int r;

	if (is_itself(c))
		return keep_failure(c, -ECONNREFUSED, NULL);
	if (!c->tls) {
		c->state = CONNECTION_READY;
		return 0;
	}
	r = tls_start(c->tls, c->fd);
	if (r < 0)
		return keep_failure(c, r, NULL);
	c->state = CONNECTION_SHAKING_HANDS;
	set_deadline(c);
	return shake_hands(c);
}

int connection_take_error(struct connection *c)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	return error != 0 ? keep_failure(c, -error, NULL) : 0;
}

static int finish_connect(struct connection *c)
{
	struct pollfd wait = { .fd = c->fd, .events = POLLOUT };
	int r;

	if (poll(&wait, 1, 0) <= 0) {
		r = check_deadline(c);
		return r < 0 ? keep_failure(c, r, NULL) : r;
	}
	r = connection_take_error(c);
	return r < 0 ? r : start_session(c);
}

/* Options are wishes: without one, a log server that has vanished is noticed later. */
static void set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SEC },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SEC },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_MSEC },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			sizeof(options[i].value));
}

static int start_connect(struct connection *c, const struct endpoint *endpoint)
{
	bool stream = address_is_stream(c->address);
	uint32_t events = stream ? EPOLLIN | EPOLLRDHUP : 0;
	int r;

	c->fd = socket(
		endpoint->address.ss_family, socket_type(c) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return keep_failure(c, -errno, NULL);
	if (stream && !is_local(c->address))
		set_options(c->fd);
	r = connect(c->fd, (const struct sockaddr *)&endpoint->address, endpoint->len);
	if (r < 0 && errno != EINPROGRESS)
		return keep_failure(c, -errno, NULL);

	c->events = r < 0 ? EPOLLOUT : events;
	if (watch(c, EPOLL_CTL_ADD, c->fd, c->events) < 0)
		return keep_failure(c, -errno, NULL);
	if (r == 0)
		return start_session(c);
	c->state = CONNECTION_CONNECTING;
	set_deadline(c);
	return CONNECTION_AGAIN;
}

/* Try the next address, and the next, until an attempt is under way. */
static int try_endpoints(struct connection *c)
{
	while (c->next < c->endpoints.n) {
		int r;

		drop_socket(c);
		r = start_connect(c, &c->endpoints.at[c->next++]);
		if (r >= 0)
			return r;
	}
	connection_close(c);
	return c->error;
}

/* --- names --- */

static int finish_resolve(struct connection *c)
{
	const char *reason = NULL;
	int r = resolve_finish(c->resolve, &c->endpoints, &reason);

	if (r == RESOLVE_PENDING)
		return CONNECTION_AGAIN;
	if (r < 0)
		(void)keep_failure(c, r, reason);
	drop_resolve(c);
	return r < 0 ? r : try_endpoints(c);
}

static int start_resolve(struct connection *c)
{
	int r = resolve_new(c->address->host, c->address->port, socket_type(c), &c->resolve);

	if (r < 0)
		return keep_failure(c, r, NULL);
	r = watch(c, EPOLL_CTL_ADD, resolve_fd(c->resolve), EPOLLIN);
	if (r < 0)
		return keep_failure(c, r, NULL);
	c->state = CONNECTION_RESOLVING;
	return CONNECTION_AGAIN;
}

static struct endpoints endpoint_of_path(const char *path)
{
	struct endpoints endpoints = { .n = 1 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strnlen(path, sizeof(address.sun_path) - 1);

	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	else
		len++;
	memcpy(&endpoints.at[0].address, &address, sizeof(address));
	endpoints.at[0].len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return endpoints;
}

/* --- the attempt as a whole --- */

int connection_open(struct connection *c)
{
	const struct address *address = c->address;
	int r;

	connection_close(c);
	c->error = 0;
	c->endpoints.n = c->next = 0;
	if (is_local(address))
		c->endpoints = endpoint_of_path(address->path);
	if (!is_local(address) &&
		resolve_number(address->host, address->port, socket_type(c), &c->endpoints) < 0) {
		r = start_resolve(c);
		if (r < 0)
			connection_close(c);
	} else {
		r = try_endpoints(c);
	}
	check_invariants(c);
	return r;
}

static int check_ready(struct connection *c)
{
	return c->state == CONNECTION_READY ? 0 : -ENOTCONN;
}

int connection_continue(struct connection *c)
{
	static int (*const steps[])(struct connection * c) = {
		[CONNECTION_CLOSED] = check_ready,
		[CONNECTION_RESOLVING] = finish_resolve,
		[CONNECTION_CONNECTING] = finish_connect,
		[CONNECTION_SHAKING_HANDS] = shake_hands,
		[CONNECTION_READY] = check_ready,
	};
	int r = steps[c->state](c);

	if (r < 0)
		r = try_endpoints(c);
	check_invariants(c);
	return r;
}

/* --- once connected --- */

int connection_send(struct connection *c, const void *data, size_t len, size_t *ret_n)
{
	ssize_t n;
	int r;

	assert(c->state == CONNECTION_READY);
	if (c->tls) {
		r = tls_write(c->tls, data, len, ret_n);
		return r < 0 ? keep_failure(c, r, tls_reason(c->tls)) : r;
	}
	n = send(c->fd, data, len, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CONNECTION_AGAIN;
	if (n < 0)
		return keep_failure(c, -errno, NULL);
	*ret_n = (size_t)n;
	return 0;
}

int connection_send_datagrams(
	struct connection *c, const struct text *datagrams, size_t n, size_t *ret_n)
{
	struct mmsghdr headers[CONNECTION_DATAGRAMS_MAX] = { 0 };
	struct iovec pieces[CONNECTION_DATAGRAMS_MAX];
	int r;

	assert(c->state == CONNECTION_READY && n > 0);
	n = n < CONNECTION_DATAGRAMS_MAX ? n : CONNECTION_DATAGRAMS_MAX;
	for (size_t i = 0; i < n; i++) {
		pieces[i].iov_base = (char *)(uintptr_t)datagrams[i].data;
		pieces[i].iov_len = datagrams[i].len;
		headers[i].msg_hdr.msg_iov = &pieces[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
	r = sendmmsg(c->fd, headers, (unsigned)n, MSG_NOSIGNAL);
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return CONNECTION_AGAIN;
	if (r < 0)
		return keep_failure(c, -errno, NULL);
	*ret_n = (size_t)r;
	return 0;
}

int connection_watch_writable(struct connection *c, bool more)
{
	uint32_t events = address_is_stream(c->address) ? EPOLLIN | EPOLLRDHUP : 0;
	int r;

	assert(c->state == CONNECTION_READY);
	if (c->tls)
		events |= tls_events(c->tls, more);
	else if (more)
		events |= EPOLLOUT;
	r = watch_socket(c, events);
	return r < 0 ? keep_failure(c, r, NULL) : 0;
}

/* Returns 0 with the count in `ret_n` (0 = the other side closed), CONNECTION_AGAIN, or a negative
 * errno. */
static int receive(struct connection *c, char *data, size_t size, size_t *ret_n)
{
	ssize_t n;
	int r;

	if (c->tls) {
		r = tls_read(c->tls, data, size, ret_n);
		return r < 0 ? keep_failure(c, r, tls_reason(c->tls)) : r;
	}
	n = recv(c->fd, data, size, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CONNECTION_AGAIN;
	if (n < 0)
		return keep_failure(c, -errno, NULL);
	*ret_n = (size_t)n;
	return 0;
}

int connection_listen(struct connection *c)
{
	char discarded[LISTEN_SIZE];

	assert(c->state == CONNECTION_READY);
	for (unsigned i = 0; i < LISTEN_MAX; i++) {
		size_t n = 0;
		int r = receive(c, discarded, sizeof(discarded), &n);

		if (r != 0)
			return r < 0 ? r : 0;
		if (n == 0)
			return keep_failure(c, -ECONNRESET, "the other side closed the connection");
	}
	return 0;
}

/* A keepalive probe makes the other side report how much room it has now. It does not report that
 * when it only reads. */
static void ask_for_room(struct connection *c, bool wanted)
{
	int seconds = wanted ? KEEPALIVE_ASK_SEC : KEEPALIVE_IDLE_SEC;

	if (c->asks == wanted)
		return;
	c->asks = wanted;
	(void)setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
}

/* How many bytes lie unread in the other side's socket: the largest receive window that was seen,
 * less the present one. The kernel of the other side may count more than the bytes, seldom less. */
static uint64_t count_unread(struct connection *c)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
		len < offsetof(struct tcp_info, tcpi_snd_wnd) + sizeof(info.tcpi_snd_wnd))
		return 0;
	if (info.tcpi_snd_wnd > c->room_max)
		c->room_max = info.tcpi_snd_wnd;
	return c->room_max - info.tcpi_snd_wnd;
}

int connection_count_owed(struct connection *c, bool stuck, struct connection_owed *ret)
{
	struct connection_owed owed = { 0 };
	uint64_t n_unread = 0;
	int n = 0;

	assert(c->state == CONNECTION_READY && address_is_stream(c->address));
	if (ioctl(c->fd, SIOCOUTQ, &n) < 0)
		return keep_failure(c, -errno, NULL);
	if (!is_local(c->address)) {
		if (stuck && n == 0)
			c->room_max = 0;
		n_unread = count_unread(c);
		ask_for_room(c, n == 0 && n_unread > 0);
		owed.n_unsure = UNSURE_MIN + c->room_max / 2;
		if (owed.n_unsure > UNSURE_MAX)
			owed.n_unsure = UNSURE_MAX;
	}
	owed.n = (uint64_t)n + n_unread;
	/* Encrypted bytes are more than the plain ones. But the other side can read nothing of the
	 * last TLS record until all of it has arrived. */
	if (c->tls && owed.n > 0)
		owed.n += TLS_RECORD_MAX;
	*ret = owed;
	return 0;
}
