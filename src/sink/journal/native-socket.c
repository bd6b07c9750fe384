/* A record is one datagram; one too large for the socket is a sealed memory file whose descriptor
 * is the datagram (systemd's JOURNAL_NATIVE_PROTOCOL). The socket is connected, so that poll
 * reports when journald's queue has room. The socket is never replaced: after journald was away, it
 * is connected again. */
#include "config.h"

#include "sink/journal/native-socket.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "record/message-ids.h"
#include "sink/sink.h"

enum {
	SEND_BUFFER_SIZE = 8 * 1024 * 1024,
	RETRY_FULL_USEC = 100 * 1000,
	RETRY_ABSENT_USEC = 500 * 1000,
};

int native_socket_init(struct native_socket *native, struct sink *sink, const char *path)
{
	const int size = SEND_BUFFER_SIZE;

	*native = (struct native_socket){ .sink = sink, .fd = -1 };
	if (strlen(path) >= sizeof(native->address.sun_path))
		return -ENAMETOOLONG;
	native->address.sun_family = AF_UNIX;
	memcpy(native->address.sun_path, path, strlen(path) + 1);
	native->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (native->fd < 0)
		return -errno;
	/* A larger buffer is only a wish: a smaller one means more memory files. */
	(void)setsockopt(native->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

void native_socket_done(struct native_socket *native)
{
	native->fd = close_fd(native->fd);
}

static int connect_again(struct native_socket *native)
{
	const struct sockaddr *address = (const struct sockaddr *)&native->address;

	if (connect(native->fd, address, sizeof(native->address)) < 0)
		return -errno;
	native->connected = true;
	return 0;
}

static int send_datagram(struct native_socket *native, struct text bytes)
{
	ssize_t n = send(native->fd, bytes.data, bytes.len, MSG_NOSIGNAL);

	return n < 0 ? -errno : 0;
}

static int make_memory_file(struct text content, int *ret)
{
	CLEANUP(closep) int fd = memfd_create("becaused-record", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write(fd, content.data, content.len);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int send_memory_file(struct native_socket *native, struct text bytes)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	CLEANUP(closep) int fd = -1;
	int r = make_memory_file(bytes, &fd);

	if (r < 0)
		return r;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(native->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Watch for room only while it is waited for: a socket whose peer is gone reports that forever. */
static void watch_room(struct native_socket *native, bool on)
{
	struct epoll_event event = { .events = EPOLLOUT };

	assert(!on || native->connected);
	if (on != native->waits_for_room &&
		epoll_ctl(native->sink->fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, native->fd,
			&event) == 0)
		native->waits_for_room = on;
}

/* The sink is full: it retries within `usec`. */
static int retry_within(struct native_socket *native, uint64_t usec)
{
	sink_wake_within(native->sink, usec);
	return SINK_FULL;
}

/* journald is not there: connect again after a while. */
static int wait_for_journald(struct native_socket *native, int error)
{
	if (!native->absent) {
		errno = -error;
		message_log(MESSAGE_SINK_DOWN, native->sink->name, LOG_WARNING,
			"sink %s: cannot reach journald at '%s': %m, retrying every 500 ms",
			native->sink->name, native->address.sun_path);
	}
	native->absent = true;
	native->connected = false;
	return retry_within(native, RETRY_ABSENT_USEC);
}

int native_socket_check_result(struct native_socket *native, int r)
{
	assert(r <= 0);
	/* Its queue is full: the socket is writable when there is room. */
	if (r == -EAGAIN)
		watch_room(native, native->connected);
	if (r == -EAGAIN || r == -ENOBUFS || r == -EINTR || r == -ETOOMANYREFS || r == -EMFILE ||
		r == -ENFILE || r == -ENOMEM)
		return retry_within(native, RETRY_FULL_USEC);
	if (r == -ECONNREFUSED || r == -ENOENT || r == -ENOTCONN || r == -ECONNRESET ||
		r == -EPIPE || r == -EACCES)
		return wait_for_journald(native, r);
	if (r == 0 && native->absent) {
		message_log(MESSAGE_SINK_UP, native->sink->name, LOG_NOTICE,
			"sink %s: journald is back", native->sink->name);
		native->absent = false;
	}
	return r;
}

int native_socket_send(struct native_socket *native, struct text bytes)
{
	int r = native->connected ? 0 : connect_again(native);

	if (r == 0)
		r = send_datagram(native, bytes);
	if (r == -EMSGSIZE)
		r = send_memory_file(native, bytes);
	r = native_socket_check_result(native, r);
	/* A sink that is full without being woken would be full forever. */
	assert(r != SINK_FULL || native->sink->wake_usec < UINT64_MAX);
	assert(r != 0 || (native->connected && !native->absent));
	return r;
}

/* The kernel counts a datagram as ours until journald has read it. */
int native_socket_flush(struct native_socket *native)
{
	int n = 0;

	if (ioctl(native->fd, SIOCOUTQ, &n) < 0)
		return -errno;
	if (n == 0)
		return 0;
	sink_wake_within(native->sink, RETRY_FULL_USEC / 10);
	return SINK_FULL;
}

void native_socket_process(struct native_socket *native)
{
	watch_room(native, false);
}
