/* A record is one datagram; one too large for the socket is a sealed memory file whose descriptor
 * is the datagram (systemd's JOURNAL_NATIVE_PROTOCOL). The socket is connected, so that poll tells
 * when journald's queue has room. It is the same socket for life: after journald was away it is
 * connected again, not replaced.
 *
 * While records are in flight, the journal is looked at every few milliseconds, less often as long
 * as nothing comes: journald tells of new entries by inotify a quarter of a second late. When
 * nothing has come for a while, a fence is sent, and what is not there behind it is missing. */
#include "config.h"

#include "sink/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
#include "sink/fence.h"
#include "sink/flight.h"
#include "sink/readback.h"
#include "wire/native.h"

enum {
	SEND_BUFFER_SIZE = 8 * 1024 * 1024,
	RETRY_FULL_USEC = 100 * 1000,
	RETRY_ABSENT_USEC = 500 * 1000,
	LOOK_USEC = 4 * 1000,          /* until the journal is looked at again */
	LOOK_MAX_USEC = 250 * 1000,    /* the same, while nothing comes */
	FENCE_AFTER_USEC = 100 * 1000, /* without anything coming */
	SCAN_MARGIN_USEC = 2 * 1000 * 1000,
	KEY_MAX = 4096,        /* bytes */
	SENDS_MAX = 3,         /* of one record; then journald does not want it */
	READ_FAILURES_MAX = 8, /* in a row; then nothing can be confirmed */
	REFUSED_INTERVAL_USEC = 10 * 1000 * 1000,
};

struct journal_sink {
	struct sink sink;
	int fd;
	int epoll; /* what the sink's owner watches: the socket and the journal */
	struct sockaddr_un address;
	struct buffer buffer;
	bool connected;
	bool absent;         /* journald was not there at the last try; said once */
	bool waits_for_room; /* the socket is watched */

	bool confirms; /* the journal is read back */
	struct fence fence;
	uint64_t fence_turn; /* what was sent last before the fence */
	bool recalled;       /* everything of earlier lives has arrived */
	struct flight flight;
	struct readback readback;
	uint64_t look_usec;     /* the pause before the next look */
	uint64_t progress_usec; /* when something came last, or was first waited for */
	unsigned n_failures;    /* of reading the journal, in a row */
	bool unreadable;        /* said */
	uint64_t n_refused_said, refused_said_usec, n_suppressed_said;
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

static int send_datagram(struct journal_sink *s, struct text bytes)
{
	ssize_t n = send(s->fd, bytes.data, bytes.len, MSG_NOSIGNAL);

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

static int send_memory_file(struct journal_sink *s, struct text bytes)
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
	return sendmsg(s->fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Watched only while it is waited for: a socket whose peer is gone reports that for ever. */
static void watch_room(struct journal_sink *s, bool on)
{
	struct epoll_event event = { .events = EPOLLOUT };

	if (on != s->waits_for_room &&
		epoll_ctl(s->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->fd, &event) == 0)
		s->waits_for_room = on;
}

static void wake_within(struct journal_sink *s, uint64_t usec)
{
	uint64_t then = io_now_usec(CLOCK_MONOTONIC) + usec;

	if (s->sink.wake_usec > then)
		s->sink.wake_usec = then;
}

/* Full until its queue has room, or for so long. */
static int wait_for_room(struct journal_sink *s, uint64_t usec)
{
	watch_room(s, s->connected);
	wake_within(s, usec);
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

/* What to do about the result of a connect or a send. Returns 0, SINK_FULL, or a negative errno
 * that will not go away. */
static int after_send(struct journal_sink *s, int r)
{
	if (r == -EAGAIN || r == -ENOBUFS || r == -EINTR || r == -ETOOMANYREFS || r == -EMFILE ||
		r == -ENFILE || r == -ENOMEM)
		return wait_for_room(s, RETRY_FULL_USEC);
	if (r == -ECONNREFUSED || r == -ENOENT || r == -ENOTCONN || r == -ECONNRESET ||
		r == -EPIPE || r == -EACCES)
		return wait_for_journald(s, r);
	return r;
}

/* Send a datagram. Returns 0, SINK_FULL, or a negative errno that will not go away. */
static int send_bytes(struct journal_sink *s, struct text bytes)
{
	int r = s->connected ? 0 : journal_connect(s);

	if (r == 0)
		r = send_datagram(s, bytes);
	if (r == -EMSGSIZE)
		r = send_memory_file(s, bytes);
	r = after_send(s, r);
	if (r == 0 && s->absent)
		log_notice("sink %s: journald is back", s->sink.name);
	s->absent = s->absent && r != 0;
	return r;
}

/* --- what has arrived --- */

static int see(const struct flight_key *key, uint64_t usec, void *userdata)
{
	struct journal_sink *s = userdata;

	(void)usec;
	if (flight_see(&s->flight, key))
		s->progress_usec = io_now_usec(CLOCK_MONOTONIC);
	return 0;
}

static void reopen(struct journal_sink *s)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (readback_open(&s->readback) < 0)
		s->n_failures++;
	else if (s->readback.fd >= 0)
		(void)epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->readback.fd, &event);
}

/* Count what went wrong with reading, and begin anew. Returns whether all is well. */
static bool check_reading(struct journal_sink *s, int r)
{
	s->n_failures = r < 0 ? s->n_failures + 1 : 0;
	if (r < 0)
		reopen(s);
	return r == 0;
}

static void read_news(struct journal_sink *s)
{
	if (!s->readback.journal)
		reopen(s);
	readback_process(&s->readback);
	if (s->readback.journal && s->flight.n_waiting > 0)
		(void)check_reading(s, readback_news(&s->readback, see, s));
}

/* Why journald may have refused, as far as one can see. */
static const char *find_reason(struct journal_sink *s, bool stores_nothing)
{
	bool suppressed = s->readback.n_suppressed > s->n_suppressed_said;

	s->n_suppressed_said = s->readback.n_suppressed;
	if (suppressed)
		return "its rate limit for this unit (LogRateLimitIntervalSec=)";
	if (stores_nothing)
		return "it stores nothing at all (Storage=none, or the disk is full)";
	return "a rate limit, MaxLevelStore=, LogLevelMax= or a full disk";
}

static void say_refused(struct journal_sink *s, bool stores_nothing)
{
	uint64_t now = io_now_usec(CLOCK_MONOTONIC);
	uint64_t n = s->sink.n_refused - s->n_refused_said;

	if (n == 0)
		return;
	if (s->refused_said_usec > 0 && now < s->refused_said_usec + REFUSED_INTERVAL_USEC) {
		wake_within(s, s->refused_said_usec + REFUSED_INTERVAL_USEC - now);
		return;
	}
	log_error("sink %s: journald did not keep records that it was sent %d times: %" PRIu64
		  "; the reason may be %s",
		s->sink.name, SENDS_MAX, n, find_reason(s, stores_nothing));
	s->n_refused_said = s->sink.n_refused;
	s->refused_said_usec = now;
}

/* Nothing can be confirmed: what journald has taken counts as delivered. */
static void believe(struct journal_sink *s)
{
	struct flight_record *record;

	if (!s->unreadable)
		log_warning("sink %s: cannot read the journal back; what journald takes counts as "
			    "delivered",
			s->sink.name);
	s->unreadable = true;
	while ((record = flight_find(&s->flight, s->fence_turn)))
		flight_give_up(&s->flight, record);
}

/* Returns 0, or what the sending said. */
static int send_again(struct journal_sink *s, struct flight_record *record)
{
	int r;

	if (record->n_sent == SENDS_MAX) {
		s->sink.n_refused++;
		flight_give_up(&s->flight, record);
		return 0;
	}
	r = send_bytes(s, flight_datagram(&s->flight, record));
	if (r == 0)
		flight_sent_again(&s->flight, record);
	return r;
}

static bool scan_from(struct journal_sink *s, uint64_t usec)
{
	return s->readback.journal &&
	       check_reading(s, readback_scan(&s->readback, usec - SCAN_MARGIN_USEC, see, s));
}

/* Journald has taken the fence, and the entries before it that could be found have been seen. What
 * is left is looked for thoroughly; what is not there is missing. */
static int judge(struct journal_sink *s)
{
	struct flight_record *record = flight_find(&s->flight, s->fence_turn);
	uint64_t n_walked = s->readback.n_walked;
	bool stores_nothing;
	int r = 0;

	if (!record)
		return 0;
	if (s->n_failures > READ_FAILURES_MAX ||
		(s->readback.journal && !readback_can_read(&s->readback))) {
		believe(s);
		return 0;
	}
	/* A handle that has missed a new file or directory sees nothing of it: a new one does. */
	if (!scan_from(s, record->usec))
		return 0;
	record = flight_find(&s->flight, s->fence_turn);
	if (!record)
		return 0;
	reopen(s);
	if (!scan_from(s, record->usec))
		return 0;
	stores_nothing = s->readback.n_walked == n_walked;
	while (r == 0 && (record = flight_find(&s->flight, s->fence_turn)))
		r = send_again(s, record);
	say_refused(s, stores_nothing);
	return r < 0 ? r : 0;
}

static void land(struct journal_sink *s)
{
	s->sink.n_settled += flight_land(&s->flight);
}

static void put_fence(struct journal_sink *s)
{
	int r = fence_send(&s->fence, &s->address);

	if (r == 0)
		s->fence_turn = s->flight.n_turns;
	else
		(void)after_send(s, r);
}

/* Look at the journal; with `now`, do not wait for what may come by itself. Returns 0 or a negative
 * errno. */
static int confirm(struct journal_sink *s, bool now)
{
	bool taken = s->fence.sent && fence_is_taken(&s->fence);
	size_t n_waiting = s->flight.n_waiting;
	int r = 0;

	read_news(s);
	/* What earlier lives have sent lay before it. */
	s->recalled |= taken;
	if (taken)
		r = judge(s);
	land(s);
	if (s->sink.n_refused > s->n_refused_said)
		say_refused(s, false);
	if (s->flight.n_waiting == 0)
		return r;
	if (!s->fence.sent &&
		(now || io_now_usec(CLOCK_MONOTONIC) > s->progress_usec + FENCE_AFTER_USEC))
		put_fence(s);
	s->look_usec = s->flight.n_waiting < n_waiting ? LOOK_USEC : s->look_usec * 2;
	if (s->look_usec > LOOK_MAX_USEC)
		s->look_usec = LOOK_MAX_USEC;
	wake_within(s, s->look_usec);
	return r;
}

/* --- the contract --- */

static struct flight_key key_of(const struct record *record)
{
	return (struct flight_key){ text_of(record->source), record->position };
}

/* The record is on its way: what it waits for; NULL where nothing is waited for. */
static struct flight_record *take(struct journal_sink *s, const struct record *record)
{
	const struct flight_key key = key_of(record);

	s->sink.n_taken++;
	if (!s->confirms) {
		s->sink.n_settled++;
		return NULL;
	}
	if (s->flight.n_waiting == 0) {
		s->look_usec = LOOK_USEC;
		s->progress_usec = io_now_usec(CLOCK_MONOTONIC);
	}
	wake_within(s, s->look_usec);
	return flight_add(&s->flight, &key, buffer_text(&s->buffer), io_now_usec(CLOCK_REALTIME));
}

/* It never will be on its way; but it is settled in its turn. */
static void refuse(struct journal_sink *s, const struct record *record)
{
	struct flight_record *waiting;

	s->sink.n_refused++;
	s->n_refused_said++;
	log_error("sink %s: a record larger than %d bytes was dropped", s->sink.name,
		NATIVE_SIZE_MAX);
	waiting = take(s, record);
	if (waiting)
		flight_give_up(&s->flight, waiting);
	land(s);
}

/* Room in the flight for what is in the buffer. */
static int reserve(struct journal_sink *s, const struct record *record)
{
	const struct flight_key key = key_of(record);
	int r = s->confirms ? flight_reserve(&s->flight, &key, s->buffer.len) : 0;

	if (r == -EAGAIN) {
		wake_within(s, LOOK_USEC);
		return SINK_FULL;
	}
	return r;
}

static int journal_send(struct sink *sink, const struct record *record)
{
	struct journal_sink *s = journal_of(sink);
	int r, too_large;

	buffer_clear(&s->buffer);
	too_large = native_encode(record, &s->buffer);
	if (too_large < 0 && too_large != -EMSGSIZE)
		return too_large;
	if (too_large < 0)
		buffer_clear(&s->buffer);
	r = reserve(s, record);
	if (r != 0)
		return r;
	if (too_large < 0) {
		refuse(s, record);
		return 0;
	}
	r = send_bytes(s, buffer_text(&s->buffer));
	if (r != 0)
		return r;
	(void)take(s, record);
	if (s->buffer.size > RECORD_KEEP_MAX)
		buffer_done(&s->buffer);
	return 0;
}

/* The kernel counts a datagram as ours until journald has read it. */
static int flush_unconfirmed(struct journal_sink *s)
{
	int n = 0;

	if (ioctl(s->fd, SIOCOUTQ, &n) < 0)
		return -errno;
	if (n == 0)
		return 0;
	wake_within(s, RETRY_FULL_USEC / 10);
	return SINK_FULL;
}

static int journal_flush(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);
	int r;

	if (!s->confirms)
		return flush_unconfirmed(s);
	r = confirm(s, true);
	if (r < 0)
		return r;
	return s->flight.n > 0 ? SINK_FULL : 0;
}

static int journal_process(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);

	watch_room(s, false);
	sink->wake_usec = UINT64_MAX;
	return s->confirms ? confirm(s, false) : 0;
}

/* What an earlier life has sent may still be in journald's queue. */
static int wait_for_arrival(struct journal_sink *s)
{
	if (!s->fence.sent) {
		put_fence(s);
		s->look_usec = LOOK_USEC;
	}
	if (s->fence.sent && fence_is_taken(&s->fence)) {
		s->recalled = true;
		return 0;
	}
	wake_within(s, s->look_usec);
	if (s->look_usec < LOOK_MAX_USEC)
		s->look_usec *= 2;
	return SINK_FULL;
}

struct recall {
	sink_recall_fn *visit;
	void *userdata;
};

static int tell_memory(const struct flight_key *key, uint64_t usec, void *userdata)
{
	const struct recall *recall = userdata;

	return recall->visit(
		&(struct sink_memory){ key->source, key->position, usec }, recall->userdata);
}

static int journal_recall(
	struct sink *sink, struct text source, sink_recall_fn *visit, void *userdata)
{
	struct journal_sink *s = journal_of(sink);
	struct recall recall = { visit, userdata };
	int r;

	if (!s->confirms)
		return 0;
	if (!s->recalled) {
		r = wait_for_arrival(s);
		if (r != 0)
			return r;
	}
	if (!s->readback.journal)
		reopen(s);
	if (!s->readback.journal && s->n_failures <= READ_FAILURES_MAX) {
		wake_within(s, LOOK_MAX_USEC);
		return SINK_FULL;
	}
	if (!s->readback.journal || !readback_can_read(&s->readback))
		return 0;
	return readback_recall(&s->readback, source, tell_memory, &recall);
}

static struct sink *journal_free(struct sink *sink)
{
	struct journal_sink *s = journal_of(sink);

	s->epoll = close_fd(s->epoll);
	s->fd = close_fd(s->fd);
	fence_done(&s->fence);
	readback_done(&s->readback);
	flight_done(&s->flight);
	buffer_done(&s->buffer);
	free(s);
	return NULL;
}

static const struct sink_class journal_class = {
	.send = journal_send,
	.flush = journal_flush,
	.process = journal_process,
	.recall = journal_recall,
	.free = journal_free,
};

static int open_sockets(struct journal_sink *s)
{
	const int size = SEND_BUFFER_SIZE;

	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -errno;
	/* A larger buffer is a wish: less of it means more memory files. */
	(void)setsockopt(s->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return -errno;
	s->sink.fd = s->epoll;
	s->sink.events = EPOLLIN;
	return fence_init(&s->fence);
}

int journal_sink_new_at(const char *name, const char *path, struct sink **ret)
{
	CLEANUP(sink_freep) struct sink *sink = NULL;
	struct journal_sink *s;
	int r;

	if (strlen(path) >= sizeof(s->address.sun_path))
		return -ENAMETOOLONG;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	sink = &s->sink;
	*sink = (struct sink){
		.class = &journal_class, .name = name, .fd = -1, .wake_usec = UINT64_MAX
	};
	s->epoll = s->fd = s->fence.fd = s->readback.fd = -1;
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, path, strlen(path) + 1);
	s->buffer = buffer_make(NATIVE_SIZE_MAX);
	s->flight = flight_make(NATIVE_SIZE_MAX + KEY_MAX);
	s->look_usec = LOOK_USEC;
	r = open_sockets(s);
	if (r < 0)
		return r;
	*ret = TAKE(sink);
	return 0;
}

int journal_sink_new(const char *name, const struct journal_sink_options *options,
	const struct journal_sink_sender *sender, struct sink **ret)
{
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct text namespace = options->namespace;
	int n = snprintf(path, sizeof(path), "/run/systemd/journal%s%.*s/socket",
		namespace.len > 0 ? "." : "", TEXT_FORMAT(namespace));
	struct journal_sink *s;
	int r;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	r = journal_sink_new_at(name, path, ret);
	if (r < 0)
		return r;
	s = journal_of(*ret);
	s->confirms = true;
	s->readback.namespace = namespace.len > 0 ? namespace : text_of(sender->namespace);
	s->readback.own = own_make(sender->unit, (unsigned)geteuid());
	s->readback.instance = sender->instance;
	return 0;
}
