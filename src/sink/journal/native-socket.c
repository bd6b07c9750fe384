/* A record is one datagram; one too large for the socket is a sealed memory file whose descriptor
 * is the datagram (systemd's JOURNAL_NATIVE_PROTOCOL). The socket is connected, so that poll tells
 * when journald's queue has room. It is the same socket for life: after journald was away it is
 * connected again, not replaced. */
#include "config.h"

#include "sink/journal/native-socket.h"

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
#include "base/event.h"
#include "base/io.h"
#include "base/log.h"
#include "sink/sink.h"

enum {
	SEND_BUFFER_SIZE = 8 * 1024 * 1024,
	RETRY_FULL_USEC = 100 * 1000,
	RETRY_ABSENT_USEC = 500 * 1000,
};

int channel_init(struct channel *channel, struct sink *sink, const char *path)
{
	const int size = SEND_BUFFER_SIZE;

	*channel = (struct channel){ .sink = sink, .fd = -1 };
	if (strlen(path) >= sizeof(channel->address.sun_path))
		return -ENAMETOOLONG;
	channel->address.sun_family = AF_UNIX;
	memcpy(channel->address.sun_path, path, strlen(path) + 1);
	channel->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (channel->fd < 0)
		return -errno;
	/* A larger buffer is a wish: less of it means more memory files. */
	(void)setsockopt(channel->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return 0;
}

void channel_done(struct channel *channel)
{
	channel->fd = close_fd(channel->fd);
}

static int connect_again(struct channel *channel)
{
	const struct sockaddr *address = (const struct sockaddr *)&channel->address;

	if (connect(channel->fd, address, sizeof(channel->address)) < 0)
		return -errno;
	channel->connected = true;
	return 0;
}

static int send_datagram(struct channel *channel, struct text bytes)
{
	ssize_t n = send(channel->fd, bytes.data, bytes.len, MSG_NOSIGNAL);

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

static int send_memory_file(struct channel *channel, struct text bytes)
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
	return sendmsg(channel->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Watched only while it is waited for: a socket whose peer is gone reports that for ever. */
static void watch_room(struct channel *channel, bool on)
{
	struct epoll_event event = { .events = EPOLLOUT };

	if (on != channel->waits_for_room &&
		epoll_ctl(channel->sink->fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, channel->fd,
			&event) == 0)
		channel->waits_for_room = on;
}

/* Full for so long. */
static int wait_for(struct channel *channel, uint64_t usec)
{
	sink_wake_within(channel->sink, usec);
	return SINK_FULL;
}

/* journald is not there: connect again after a while. */
static int wait_for_journald(struct channel *channel, int error)
{
	if (!channel->absent) {
		errno = -error;
		event_say(EVENT_SINK_DOWN, channel->sink->name, LOG_WARNING,
			"sink %s: cannot reach journald at '%s': %m, retrying every 500 ms",
			channel->sink->name, channel->address.sun_path);
	}
	channel->absent = true;
	channel->connected = false;
	return wait_for(channel, RETRY_ABSENT_USEC);
}

int channel_judge(struct channel *channel, int r)
{
	/* Its queue is full: the socket is writable when there is room. */
	if (r == -EAGAIN)
		watch_room(channel, channel->connected);
	if (r == -EAGAIN || r == -ENOBUFS || r == -EINTR || r == -ETOOMANYREFS || r == -EMFILE ||
		r == -ENFILE || r == -ENOMEM)
		return wait_for(channel, RETRY_FULL_USEC);
	if (r == -ECONNREFUSED || r == -ENOENT || r == -ENOTCONN || r == -ECONNRESET ||
		r == -EPIPE || r == -EACCES)
		return wait_for_journald(channel, r);
	if (r == 0 && channel->absent) {
		event_say(EVENT_SINK_UP, channel->sink->name, LOG_NOTICE,
			"sink %s: journald is back", channel->sink->name);
		channel->absent = false;
	}
	return r;
}

int channel_send(struct channel *channel, struct text bytes)
{
	int r = channel->connected ? 0 : connect_again(channel);

	if (r == 0)
		r = send_datagram(channel, bytes);
	if (r == -EMSGSIZE)
		r = send_memory_file(channel, bytes);
	return channel_judge(channel, r);
}

/* The kernel counts a datagram as ours until journald has read it. */
int channel_flush(struct channel *channel)
{
	int n = 0;

	if (ioctl(channel->fd, SIOCOUTQ, &n) < 0)
		return -errno;
	if (n == 0)
		return 0;
	sink_wake_within(channel->sink, RETRY_FULL_USEC / 10);
	return SINK_FULL;
}

void channel_process(struct channel *channel)
{
	watch_room(channel, false);
}
