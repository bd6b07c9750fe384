/* A record is one datagram; one too large for the socket is a sealed memory file whose descriptor
 * is the datagram (systemd's JOURNAL_NATIVE_PROTOCOL). The socket is connected, so that poll tells
 * when journald's queue has room. It is the same socket for life: after journald was away it is
 * connected again, not replaced, and whoever watches it need not know. */
#include "config.h"

#include "sink/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "wire/native.h"

enum {
	SEND_BUFFER_SIZE = 8 * 1024 * 1024,
	RETRY_FULL_USEC = 100 * 1000,
	RETRY_ABSENT_USEC = 500 * 1000,
};

struct journal_sink {
	struct sink sink;
	int fd;
	struct sockaddr_un address;
	struct buffer buffer;
	bool connected;
	bool absent; /* journald was not there at the last try; said once */
};

static struct journal_sink *journal_of(struct sink *sink)
{
	return (struct journal_sink *)(void *)sink;
}

static int journal_connect(struct journal_sink *s)
{
	if (connect(s->fd, (const struct sockaddr *)&s->address, sizeof(s->address)) < 0)
		return -errno;
	s->connected = true;
	return 0;
}

static int send_datagram(struct journal_sink *s)
{
	ssize_t n = send(s->fd, s->buffer.data, s->buffer.len, MSG_NOSIGNAL);

	return n < 0 ? -errno : 0;
}

static int make_memory_file(const struct buffer *content, int *ret)
{
	CLEANUP(closep) int fd = memfd_create("becaused-record", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r;

	if (fd < 0)
		return -errno;
	r = io_write(fd, content->data, content->len);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int send_memory_file(struct journal_sink *s)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_control = &control, .msg_controllen = sizeof(control) };
	CLEANUP(closep) int fd = -1;
	int r = make_memory_file(&s->buffer, &fd);

	if (r < 0)
		return r;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(s->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Full until its queue has room, or for so long. */
static int wait_for_room(struct journal_sink *s, uint64_t usec)
{
	s->sink.events = s->connected ? EPOLLOUT : 0;
	s->sink.wake_usec = io_now_usec(CLOCK_MONOTONIC) + usec;
	return SINK_FULL;
}

/* journald is not there: connect again after a while. */
static int wait_for_journald(struct journal_sink *s, int error)
{
	if (!s->absent) {
		errno = -error;
		log_warning("sink %s: cannot reach journald at '%s': %m, retrying every 500 ms",
			s->sink.name, s->address.sun_path);
	}
	s->absent = true;
	s->connected = false;
	return wait_for_room(s, RETRY_ABSENT_USEC);
}

static int send_encoded(struct journal_sink *s)
{
	int r = s->connected ? 0 : journal_connect(s);

	if (r == 0)
		r = send_datagram(s);
	if (r == -EMSGSIZE)
		r = send_memory_file(s);
	if (r == -EAGAIN || r == -ENOBUFS || r == -EINTR || r == -ETOOMANYREFS || r == -EMFILE ||
		r == -ENFILE || r == -ENOMEM)
		return wait_for_room(s, RETRY_FULL_USEC);
	if (r == -ECONNREFUSED || r == -ENOENT || r == -ENOTCONN || r == -ECONNRESET ||
		r == -EPIPE || r == -EACCES)
		return wait_for_journald(s, r);
	return r;
}

static int journal_send(struct sink *sink, const struct record *record)
{
	struct journal_sink *s = journal_of(sink);
	int r;

	buffer_clear(&s->buffer);
	r = native_encode(record, &s->buffer);
	if (r == -EMSGSIZE) {
		sink->n_refused++;
		sink->n_taken++;
		sink->n_settled++;
		log_error("sink %s: a record larger than %d bytes was dropped", sink->name,
			NATIVE_SIZE_MAX);
		return 0;
	}
	if (r < 0)
		return r;
	r = send_encoded(s);
	if (r != 0)
		return r;
	if (s->absent)
		log_notice("sink %s: journald is back", sink->name);
	s->absent = false;
	sink->n_taken++;
	sink->n_settled++;
	if (s->buffer.size > RECORD_KEEP_MAX)
		buffer_done(&s->buffer);
	return 0;
}

/* The kernel counts a datagram as ours until journald has read it. */
static int journal_flush(struct sink *sink)
{
	int n = 0;

	if (ioctl(journal_of(sink)->fd, SIOCOUTQ, &n) < 0)
		return -errno;
	if (n == 0)
		return 0;
	sink->wake_usec = io_now_usec(CLOCK_MONOTONIC) + RETRY_FULL_USEC / 10;
	return SINK_FULL;
}

/* Whatever it was that was waited for. */
static int journal_process(struct sink *sink)
{
	sink->events = 0;
	sink->wake_usec = UINT64_MAX;
	return 0;
}

static struct sink *journal_free(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);

	s->fd = close_fd(s->fd);
	buffer_done(&s->buffer);
	free(s);
	return NULL;
}

static const struct sink_class journal_class = {
	.send = journal_send,
	.flush = journal_flush,
	.process = journal_process,
	.free = journal_free,
};

int journal_sink_new_at(const char *name, const char *path, struct sink **ret)
{
	CLEANUP(closep) int fd = -1;
	const int size = SEND_BUFFER_SIZE;
	struct journal_sink *s;

	if (strlen(path) >= sizeof(s->address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* A larger buffer is a wish: less of it means more memory files. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = TAKE_FD(fd);
	s->sink = (struct sink){
		.class = &journal_class, .name = name, .fd = s->fd, .wake_usec = UINT64_MAX
	};
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, strlen(path) + 1);
	s->buffer = buffer_make(NATIVE_SIZE_MAX);
	*ret = (struct sink *)(void *)s;
	return 0;
}

int journal_sink_new(
	const char *name, const struct journal_sink_options *options, struct sink **ret)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct text namespace = options->namespace;
	int n = snprintf(path, sizeof(path), "/run/systemd/journal%s%.*s/socket",
		namespace.len > 0 ? "." : "", TEXT_FORMAT(namespace));

	return n < 0 || (size_t)n >= sizeof(path) ? -ENAMETOOLONG
						  : journal_sink_new_at(name, path, ret);
}
