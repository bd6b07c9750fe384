/* A socket file is removed in two cases only. No process listens behind it any more, which a
 * refused connection proves; or it is the file that we made, which device and inode prove.
 *
 * The kernel counts the datagrams that it dropped in one running number of 32 bits. The number
 * comes with each datagram (SO_RXQ_OVFL), as it was when the datagram was queued. It can also be
 * asked for (SO_MEMINFO); then it includes the datagrams that were dropped behind the last one. */
#include "config.h"

#include "source/syslog/listener.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"

enum {
	BACKLOG = 4096, /* the kernel lowers it to what the system allows */
	KEEPALIVE_IDLE_SEC = 600,
	KEEPALIVE_INTERVAL_SEC = 60,
	SOCKET_MODE_MASK = 0111, /* leaves read and write for all, as /dev/log has */
	DROP_MAX = 1024 * 1024,  /* datagrams that are counted at the end */
};

static const char *const schemes[] = {
	[ADDRESS_UDP] = "udp",
	[ADDRESS_TCP] = "tcp",
	[ADDRESS_UNIX] = "unix",
	[ADDRESS_UNIX_DGRAM] = "unix-dgram",
};

union socket_address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int get_option(int fd, int option, int *ret)
{
	socklen_t len = sizeof(*ret);

	return getsockopt(fd, SOL_SOCKET, option, ret, &len) < 0 ? -errno : 0;
}

/* --- names --- */

/* IPv4 that comes over an IPv6 socket is converted to IPv4. */
static void unmap(union socket_address *address)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = address->in6.sin6_port };

	if (address->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&address->in6.sin6_addr))
		return;
	memcpy(&in.sin_addr, &address->in6.sin6_addr.s6_addr[12], sizeof(in.sin_addr));
	address->in = in;
}

static void print_number(
	union socket_address *address, socklen_t len, char ret[static LISTENER_PEER_SIZE])
{
	ret[0] = '\0';
	/* An unnamed unix socket has no address at all. */
	if (len < sizeof(address->any.sa_family))
		return;
	unmap(address);
	if (address->any.sa_family == AF_INET)
		(void)inet_ntop(AF_INET, &address->in.sin_addr, ret, LISTENER_PEER_SIZE);
	else if (address->any.sa_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &address->in6.sin6_addr, ret, LISTENER_PEER_SIZE);
}

void listener_print_peer(
	const struct sockaddr *peer, socklen_t len, char ret[static LISTENER_PEER_SIZE])
{
	union socket_address address;

	assert(len <= sizeof(address));
	memcpy(&address, peer, len);
	print_number(&address, len, ret);
}

/* The local address, as people would write it to listen there. */
static void print_local(struct listener *l, union socket_address *address, socklen_t len)
{
	enum address_kind kind = l->is_stream ? ADDRESS_TCP : ADDRESS_UDP;
	bool brackets = address->any.sa_family == AF_INET6;
	char number[LISTENER_PEER_SIZE];
	size_t path_len;
	bool abstract;

	if (!l->is_local) {
		unsigned port = ntohs(brackets ? address->in6.sin6_port : address->in.sin_port);

		print_number(address, len, number);
		brackets = address->any.sa_family == AF_INET6;
		(void)snprintf(l->name, sizeof(l->name), brackets ? "%s:[%s]:%u" : "%s:%s:%u",
			schemes[kind], number, port);
		return;
	}
	kind = l->is_stream ? ADDRESS_UNIX : ADDRESS_UNIX_DGRAM;
	path_len = len - offsetof(struct sockaddr_un, sun_path);
	abstract = path_len > 0 && address->un.sun_path[0] == '\0';
	if (!abstract)
		path_len = strnlen(address->un.sun_path, path_len);
	(void)snprintf(l->name, sizeof(l->name), "%s:%s%.*s", schemes[kind], abstract ? "@" : "",
		(int)(path_len - abstract), address->un.sun_path + abstract);
	text_mask_controls(l->name, strlen(l->name));
}

static void copy_name(struct listener *l, struct text text)
{
	size_t len = text.len < sizeof(l->name) ? text.len : sizeof(l->name) - 1;

	if (len > 0)
		memcpy(l->name, text.data, len);
	l->name[len] = '\0';
	text_mask_controls(l->name, len);
}

/* --- making a socket --- */

/* Connections inherit these options: one whose peer is gone for good need not stay for an hour. */
static void keep_alive(int fd)
{
	(void)set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	(void)set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_SEC);
	(void)set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SEC);
}

/* The size can exceed the system's bound only with CAP_NET_ADMIN. */
static void request_buffer(int fd, int size)
{
	if (set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, size) < 0)
		(void)set_option(fd, SOL_SOCKET, SO_RCVBUF, size);
}

/* Bind and listen. A TCP port is free again at once after a restart; for UDP the same option would
 * let two processes have one port. */
static int bind_and_listen(int fd, int type, const struct sockaddr *address, socklen_t len)
{
	if (address->sa_family == AF_INET6)
		(void)set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (address->sa_family != AF_UNIX && type == SOCK_STREAM) {
		(void)set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
		keep_alive(fd);
	}
	if (bind(fd, address, len) < 0)
		return -errno;
	if (type == SOCK_STREAM && listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

static int make_socket(int type, const struct sockaddr *address, socklen_t len, int *ret_fd)
{
	CLEANUP(closep)
	int fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	r = bind_and_listen(fd, type, address, len);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static void addresses_freep(struct addrinfo **addresses)
{
	if (*addresses)
		freeaddrinfo(*addresses);
}

static int resolve_address(
	const struct address *address, int type, struct addrinfo **ret, const char **reterr)
{
	const struct addrinfo wanted = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = type
	};
	const char *host = address->host;
	int r;

	if (host[0] == '\0' || strcmp(host, "*") == 0)
		host = NULL;
	r = getaddrinfo(host, address->port, &wanted, ret);
	if (r == 0)
		return 0;
	if (r == EAI_SYSTEM)
		return -errno;
	if (r == EAI_MEMORY)
		return -ENOMEM;
	*reterr = gai_strerror(r);
	return -EADDRNOTAVAIL;
}

static const char *explain_error(int error)
{
	if (error == -EAFNOSUPPORT)
		return "the service has no access to the network; its network.conf allows it";
	if (error == -EACCES)
		return "ports below 1024 are best left to becaused-syslog.socket";
	return NULL;
}

static int open_inet(
	const struct address *address, int type, struct listener *l, const char **reterr)
{
	CLEANUP(addresses_freep) struct addrinfo *addresses = NULL;
	int r = resolve_address(address, type, &addresses, reterr);

	if (r < 0)
		return r;
	r = -EADDRNOTAVAIL;
	for (const struct addrinfo *a = addresses; a; a = a->ai_next) {
		r = make_socket(type, a->ai_addr, a->ai_addrlen, &l->fd);
		if (r == 0)
			return 0;
	}
	*reterr = explain_error(r);
	return r;
}

/* --- unix sockets --- */

/* Whether no process listens behind the socket file that keeps the name taken. */
static bool is_stale(int type, const struct sockaddr_un *address, socklen_t len)
{
	CLEANUP(closep) int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)address, len) < 0 &&
	       errno == ECONNREFUSED;
}

/* Remove a socket file that an ended process left behind. Returns 0, or -EADDRINUSE with a
 * reason. */
static int clear_path(
	int type, const struct sockaddr_un *address, socklen_t len, const char **reterr)
{
	struct stat status;

	if (lstat(address->sun_path, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode)) {
		*reterr = "there is a file that is no socket";
		return -EADDRINUSE;
	}
	if (!is_stale(type, address, len)) {
		*reterr = "another process listens there";
		return -EADDRINUSE;
	}
	return unlink(address->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* Any program may log, whatever the mask of this process is. */
static int make_unix(int type, const struct sockaddr_un *address, socklen_t len, int *ret_fd)
{
	mode_t mask = umask(SOCKET_MODE_MASK);
	int r = make_socket(type, (const struct sockaddr *)address, len, ret_fd);

	(void)umask(mask);
	return r;
}

static void remember_file(struct listener *l, const char *path)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return;
	l->device = status.st_dev;
	l->inode = status.st_ino;
	(void)snprintf(l->path, sizeof(l->path), "%s", path);
}

static int open_unix(
	const struct address *address, int type, struct listener *l, const char **reterr)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t path_len = strlen(address->path);
	bool abstract = address->path[0] == '@';
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len + !abstract);
	int r;

	if (path_len == 0 || path_len >= sizeof(un.sun_path))
		return -EINVAL;
	memcpy(un.sun_path, address->path, path_len);
	if (abstract)
		un.sun_path[0] = '\0';

	r = make_unix(type, &un, len, &l->fd);
	if (r == -EADDRINUSE && !abstract) {
		r = clear_path(type, &un, len, reterr);
		if (r == 0)
			r = make_unix(type, &un, len, &l->fd);
	}
	if (r < 0)
		return r;
	if (!abstract)
		remember_file(l, address->path);
	return 0;
}

int listener_open(
	const struct address *address, int receive_size, struct listener *ret, const char **reterr)
{
	struct listener l = {
		.fd = -1,
		.is_stream = address->kind == ADDRESS_TCP || address->kind == ADDRESS_UNIX,
		.is_local = address->kind == ADDRESS_UNIX || address->kind == ADDRESS_UNIX_DGRAM,
	};
	int type = l.is_stream ? SOCK_STREAM : SOCK_DGRAM;
	int r;

	*reterr = NULL;
	if (address->kind == ADDRESS_TLS || address->kind == ADDRESS_SYSTEMD)
		return -EINVAL;
	r = l.is_local ? open_unix(address, type, &l, reterr)
		       : open_inet(address, type, &l, reterr);
	if (r < 0)
		return r;
	copy_name(&l, address->text);
	if (!l.is_stream) {
		request_buffer(l.fd, receive_size);
		(void)set_option(l.fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	}
	*ret = l;
	return 0;
}

/* --- a socket that was passed --- */

/* Find out whether the socket gives datagrams or connections. */
static int learn_kind(struct listener *l)
{
	int type, listens = 0;
	int r = get_option(l->fd, SO_TYPE, &type);

	if (r < 0)
		return r;
	r = get_option(l->fd, SO_ACCEPTCONN, &listens);
	if (r < 0)
		return r;
	if (type != SOCK_DGRAM && (type != SOCK_STREAM || !listens))
		return -EPROTOTYPE;
	l->is_stream = type == SOCK_STREAM;
	return 0;
}

static int learn_name(struct listener *l)
{
	union socket_address address = { 0 };
	socklen_t len = sizeof(address);

	if (getsockname(l->fd, &address.any, &len) < 0)
		return -errno;
	l->is_local = address.any.sa_family == AF_UNIX;
	if (!l->is_local && address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6)
		return -EPROTOTYPE;
	print_local(l, &address, len);
	return 0;
}

int listener_adopt(int fd, struct listener *ret)
{
	CLEANUP(closep) int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	struct listener l = { .fd = copy, .is_passed = true };
	int flags, r;

	if (copy < 0)
		return -errno;
	r = learn_kind(&l);
	if (r < 0)
		return r == -ENOTSOCK ? -EPROTOTYPE : r;
	r = learn_name(&l);
	if (r < 0)
		return r;
	flags = fcntl(copy, F_GETFL);
	if (flags < 0 || fcntl(copy, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (!l.is_stream)
		(void)set_option(copy, SOL_SOCKET, SO_RXQ_OVFL, 1);
	else if (!l.is_local)
		keep_alive(copy);
	(void)TAKE_FD(copy);
	*ret = l;
	return 0;
}

size_t listener_drop_unread(const struct listener *listener)
{
	size_t n = 0;
	char byte;

	if (listener->is_passed || listener->is_stream)
		return 0;
	while (n < DROP_MAX && recv(listener->fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		n++;
	return n;
}

void listener_done(struct listener *listener)
{
	struct stat status;

	/* Only a socket file of our own making is removed. */
	assert(listener->path[0] == '\0' || (listener->is_local && !listener->is_passed));
	if (listener->path[0] != '\0' && lstat(listener->path, &status) == 0 &&
		status.st_dev == listener->device && status.st_ino == listener->inode)
		(void)unlink(listener->path);
	listener->fd = close_fd(listener->fd);
}

/* --- lost datagrams, and accepting --- */

/* Values may be seen out of order. */
uint32_t listener_note_dropped(struct listener *listener, uint32_t total)
{
	uint32_t n = total - listener->n_dropped;

	if (n > UINT32_MAX / 2)
		return 0;
	listener->n_dropped = total;
	return n;
}

uint32_t listener_count_lost(struct listener *listener)
{
	uint32_t numbers[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(numbers);

	assert(!listener->is_stream);
	if (getsockopt(listener->fd, SOL_SOCKET, SO_MEMINFO, numbers, &len) < 0 ||
		len <= SK_MEMINFO_DROPS * sizeof(numbers[0]))
		return 0;
	return listener_note_dropped(listener, numbers[SK_MEMINFO_DROPS]);
}

/* Whether an error of accept(2) is one of the connection alone. */
static bool is_of_connection(int error)
{
	static const int errors[] = { EINTR, ECONNABORTED, EPERM, EPROTO, ENOPROTOOPT, ENETDOWN,
		ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, EOPNOTSUPP, ETIMEDOUT };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i] == error)
			return true;
	return false;
}

static uint64_t read_number(const uint8_t *bytes, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* An IPv6 prefix in use is 0 or larger than all other ids. IPv4 in IPv6 is unmapped already. */
static uint64_t identify_peer(int fd, const union socket_address *peer)
{
	enum { IPV4 = 1, UNIX_USER = 2, UNKNOWN = 3, SHIFT = 32 };
	struct ucred owner;
	socklen_t len = sizeof(owner);

	if (peer->any.sa_family == AF_INET)
		return (uint64_t)IPV4 << SHIFT | ntohl(peer->in.sin_addr.s_addr);
	if (peer->any.sa_family == AF_INET6)
		return read_number(peer->in6.sin6_addr.s6_addr, 8);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &owner, &len) == 0)
		return (uint64_t)UNIX_USER << SHIFT | owner.uid;
	return (uint64_t)UNKNOWN << SHIFT;
}

int listener_accept(struct listener *listener, int *ret_fd, struct listener_peer *ret_peer)
{
	union socket_address peer = { 0 };
	socklen_t len = sizeof(peer);
	int fd;

	assert(listener->is_stream);
	fd = accept4(listener->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return is_of_connection(errno) ? LISTENER_NEXT : -errno;
	print_number(&peer, len, ret_peer->number);
	ret_peer->id = identify_peer(fd, &peer);
	*ret_fd = fd;
	return 0;
}
