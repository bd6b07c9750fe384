/* There are two kinds of sinks. A stream's frames go through a window and leave it settled. Syslog
 * has no answer. A program that is killed loses the bytes that its kernel has acknowledged and that
 * it has not read. So a frame is settled when it was read a while ago, as far as sockets can show.
 * After a break the sink sends everything in the window again, from the beginning of its first
 * frame. It returns what it has not kept.
 *
 * Records are collected while the caller sends them, and pushed together when it asks the sink to
 * process. No time is waited for while there is room and something to send: what can be read again
 * needs none.
 *
 * A datagram is settled when the kernel has taken it. UDP never waits for a log server, only for a
 * name and a route; the sink does wait for a unix socket. Datagrams for a unix socket are collected
 * and pushed like frames: a call costs more than a datagram. By UDP each goes alone, for with
 * others one that came back would not be noticed.
 *
 * The caller watches one descriptor, an epoll of the sink, which stays the same while the sockets
 * in it come and go. */
#include "config.h"

#include "sink/socket/socket-sink.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "base/rate-limit.h"
#include "record/message-ids.h"
#include "record/record.h"
#include "sink/socket/batch.h"
#include "sink/socket/reconnect.h"
#include "sink/socket/socket-options.h"
#include "sink/socket/window.h"
#include "wire/format.h"

enum {
	STREAM_SIZE_MAX = RECORD_SIZE_MAX, /* bytes of a record on a stream */
	DATAGRAM_SIZE_MAX = 65000,
	DATAGRAM_SIZE_MIN = 480, /* every receiver takes as much (RFC 5424 section 6.1) */
	BUFFER_SIZE_MAX = 2 * RECORD_SIZE_MAX, /* the encoder cuts off the rest */
	BOUNCES_MAX = 3,                       /* tries, while earlier datagrams come back */
	CHECK_USEC = 100 * 1000,               /* between two looks at what is acknowledged */
	CHECK_FULL_USEC = 10 * 1000,           /* while the sink is full for want of them */
	/* Settle times with nothing acknowledged at the end, before that SOCKET_UNSURE_TIMES: see
	 * connection_count_owed. */
	STUCK_TIMES = 5,
	ROOM_USEC = 100 * 1000,         /* the kernel has no memory for a datagram: wait so long */
	REPORT_USEC = 60 * 1000 * 1000, /* between two messages about lost records */
	PUSH_MAX = 64,                  /* pieces sent at a time */
	PUSH_SIZE = 64 * 1024,
};

struct socket_sink {
	struct sink sink;
	const struct socket_options *options;
	struct tls *tls;
	struct reconnect reconnect;
	int epoll_fd;
	struct buffer buffer; /* the record, encoded */
	struct rate_limit refused;
	bool blocked; /* the socket did not take all that there is to send */

	/* streams */
	struct window window;
	uint64_t settle_usec;
	uint64_t check_usec; /* the next check of what is acknowledged */
	uint64_t n_unsure;   /* as of the last check: see connection_count_owed */
	bool flushing;       /* everything is to be settled soon */
	bool full;           /* the window did not take the last record */

	/* datagrams */
	struct batch *batch; /* NULL: each goes alone */
	uint64_t room_usec;  /* the kernel may have memory again; UINT64_MAX = it has */
	bool unwanted;       /* since the connection was made, some datagram had no listener */
	struct rate_limit lost;
};

static struct socket_sink *socket_of(struct sink *sink)
{
	return (struct socket_sink *)(void *)sink;
}

static struct connection *connection_of(struct socket_sink *s)
{
	return &s->reconnect.connection;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t before(uint64_t usec, uint64_t difference)
{
	return usec > difference ? usec - difference : 0;
}

/* Count one more; returns how many to report now, 0 = none. */
static uint64_t count_one(struct rate_limit *limit)
{
	limit->n++;
	return rate_limit_take(limit, io_monotonic_usec(), REPORT_USEC);
}

/* --- records --- */

/* Encode into the buffer. Returns 0, FORMAT_SHORTENED, -EMSGSIZE or -ENOMEM. */
static int encode_record(struct socket_sink *s, const struct record *record, size_t size_max)
{
	const struct encode_options options = {
		.format = s->options->format,
		.enterprise = (uint32_t)s->options->enterprise,
		.size_max = size_max,
	};

	buffer_clear(&s->buffer);
	return format_encode(record, &options, &s->buffer);
}

/* A large record's memory is not kept. */
static void release_buffer(struct socket_sink *s)
{
	if (s->buffer.size > RECORD_KEEP_MAX)
		buffer_done(&s->buffer);
}

/* A record that was taken can never be delivered. */
static void refuse_taken(struct socket_sink *s)
{
	uint64_t n = count_one(&s->refused);

	s->sink.n_refused++;
	if (n > 0)
		message_log(MESSAGE_REFUSED, s->sink.name, LOG_ERR,
			"sink %s: %ju records were dropped, too large for '%.*s'", s->sink.name,
			(uintmax_t)n, TEXT_FORMAT(s->options->address.text));
}

static void count_refused(struct socket_sink *s)
{
	s->sink.n_taken++;
	refuse_taken(s);
}

static void count_taken(struct socket_sink *s, const struct record *record, bool shortened)
{
	s->sink.n_taken++;
	s->sink.n_causes_left += format_count_left(record, s->options->format);
	s->sink.n_shortened += shortened;
}

/* --- streams --- */

/* A record that was taken is settled or has its frame in the window. Nothing is in flight without a
 * connection. */
static void stream_check_invariants(const struct socket_sink *s)
{
	assert(sink_count_in_flight(&s->sink) == s->window.n_frames);
	assert(s->sink.n_refused <= s->sink.n_taken);
	assert(reconnect_is_ready(&s->reconnect) || s->window.sent == s->window.head);
}

/* Whether the sink is full and only the time until frames are settled is waited for. */
static bool waits_for_time(const struct socket_sink *s)
{
	return s->full && s->window.sent == s->window.tail;
}

static uint64_t settle_usec_of(const struct socket_sink *s)
{
	return waits_for_time(s) ? earlier(s->settle_usec, SOCKET_SETTLE_FULL_USEC)
				 : s->settle_usec;
}

/* The bytes for which SOCKET_UNSURE_TIMES settle times are waited. At the end nothing waits for so
 * long. */
static uint64_t count_unsure(const struct socket_sink *s)
{
	return s->flushing ? 0 : s->n_unsure;
}

static uint64_t unsure_usec_of(const struct socket_sink *s)
{
	return SOCKET_UNSURE_TIMES * settle_usec_of(s);
}

static uint64_t check_interval_of(const struct socket_sink *s)
{
	return waits_for_time(s) ? CHECK_FULL_USEC : CHECK_USEC;
}

static void stream_schedule(struct socket_sink *s)
{
	const struct window *w = &s->window;
	uint64_t usec = window_acknowledged_usec(w);

	if (usec < UINT64_MAX)
		usec += window_is_unsure(w, count_unsure(s)) ? unsure_usec_of(s)
							     : settle_usec_of(s);
	if (w->acked < w->sent)
		usec = earlier(usec, s->check_usec);
	if (w->sent < w->tail && !s->blocked)
		usec = 0;
	s->sink.wake_usec =
		reconnect_is_ready(&s->reconnect) ? usec : reconnect_wake_usec(&s->reconnect);
	stream_check_invariants(s);
}

/* Send what the socket takes. Returns 0 or a negative errno. */
static int stream_push(struct socket_sink *s, uint64_t now)
{
	struct window *w = &s->window;

	for (unsigned i = 0; i < PUSH_MAX; i++) {
		struct text piece = window_unsent(w);
		size_t n = 0;
		int r;

		if (piece.len == 0)
			break;
		r = connection_send(connection_of(s), piece.data,
			piece.len < PUSH_SIZE ? piece.len : PUSH_SIZE, &n);
		if (r < 0)
			return r;
		if (r == CONNECTION_AGAIN)
			break;
		window_sent(w, n, now);
	}
	s->blocked = w->sent < w->tail;
	return connection_watch_writable(connection_of(s), s->blocked);
}

/* Check what is acknowledged, and then whether the other side is still there. This order matters:
 * the death of a reader empties the queues that are counted. At the connect and before each push,
 * this shows how much room the other side has. Returns 0 or a negative errno. */
static int stream_check(struct socket_sink *s, uint64_t now)
{
	const struct window *w = &s->window;
	unsigned times = s->flushing ? STUCK_TIMES : SOCKET_UNSURE_TIMES;
	bool stuck = w->acked < w->sent && now - w->progress_usec >= times * s->settle_usec;
	struct connection_owed owed = { 0 };
	int r = connection_count_owed(connection_of(s), stuck, &owed);

	if (r < 0)
		return r;
	r = connection_listen(connection_of(s));
	if (r < 0)
		return r;
	s->check_usec = now + check_interval_of(s);
	s->n_unsure = owed.n_unsure;
	window_acknowledge(&s->window, owed.n, now);
	return 0;
}

static void stream_settle(struct socket_sink *s, uint64_t now)
{
	const struct window_until until = { before(now, settle_usec_of(s)),
		before(now, unsure_usec_of(s)), count_unsure(s) };
	bool works = window_acknowledged_usec(&s->window) <= until.usec;
	size_t n = window_settle(&s->window, &until);

	s->sink.n_settled += n;
	if (n > 0)
		s->full = false;
	if (works && reconnect_is_ready(&s->reconnect))
		reconnect_prove(&s->reconnect);
}

/* Add the frame of a record, with or without bytes. Returns as window_add. */
static int stream_add_frame(
	struct socket_sink *s, const struct record *record, const struct text *pieces, size_t n)
{
	size_t n_loose = s->window.n_loose;
	int r = window_add(&s->window, pieces, n, record->position.len > 0);

	s->sink.n_unkept += s->window.n_loose - n_loose;
	s->full = r == WINDOW_FULL;
	s->flushing = false;
	return r;
}

static int stream_add(struct socket_sink *s, const struct record *record)
{
	struct buffer *b = &s->buffer;
	size_t len = b->len;
	struct text pieces[2];
	int r;

	if (s->options->format == FORMAT_RFC5424) {
		/* Octet counting (RFC 6587 section 3.4.1); written behind the record. */
		buffer_add_number(b, len);
		buffer_add_char(b, ' ');
		pieces[0] = text_make(b->data + len, b->len - len);
		pieces[1] = text_make(b->data, len);
	} else {
		pieces[0] = buffer_text(b);
		pieces[1] = text_of("\n");
	}
	r = buffer_finish(b);
	return r < 0 ? r : stream_add_frame(s, record, pieces, 2);
}

static void stream_lose(struct socket_sink *s, uint64_t now)
{
	s->sink.n_returned += window_rewind(&s->window);
	s->blocked = s->full = false;
	reconnect_lose(&s->reconnect, now);
}

/* Connect, check, settle and send as far as is possible now. */
static void stream_advance(struct socket_sink *s)
{
	uint64_t now = io_monotonic_usec();
	int r;

	if (reconnect_process(&s->reconnect, now) != 0)
		return;
	r = stream_check(s, now);
	if (r == 0) {
		stream_settle(s, now);
		r = stream_push(s, now);
	}
	if (r < 0)
		stream_lose(s, now);
}

/* A record that is too large keeps its place in the order, without a byte. */
static int stream_refuse(struct socket_sink *s, const struct record *record)
{
	int r = stream_add_frame(s, record, NULL, 0);

	if (r == 0) {
		count_refused(s);
		s->sink.n_settled += window_settle(&s->window, &(struct window_until){ 0 });
	}
	stream_schedule(s);
	return r == WINDOW_FULL ? SINK_FULL : r;
}

static int stream_send(struct sink *sink, const struct record *record)
{
	struct socket_sink *s = socket_of(sink);
	int r = encode_record(s, record, STREAM_SIZE_MAX);
	bool shortened = r == FORMAT_SHORTENED;

	if (r == -EMSGSIZE)
		return stream_refuse(s, record);
	if (r >= 0)
		r = stream_add(s, record);
	release_buffer(s);
	if (r == 0)
		count_taken(s, record, shortened);
	stream_schedule(s);
	return r == WINDOW_FULL ? SINK_FULL : r;
}

static int stream_process(struct sink *sink)
{
	struct socket_sink *s = socket_of(sink);

	stream_advance(s);
	stream_schedule(s);
	return 0;
}

static int stream_flush(struct sink *sink)
{
	socket_of(sink)->flushing = true;
	(void)stream_process(sink);
	return sink_count_in_flight(sink) == 0 ? 0 : SINK_FULL;
}

/* --- datagrams --- */

static void datagram_schedule(struct socket_sink *s)
{
	bool ready = reconnect_is_ready(&s->reconnect);

	s->sink.n_settled = s->sink.n_taken - batch_count(s->batch);
	if (!ready)
		s->sink.wake_usec = reconnect_wake_usec(&s->reconnect);
	else if (batch_count(s->batch) > 0 && !s->blocked && s->room_usec == UINT64_MAX)
		s->sink.wake_usec = 0;
	else
		s->sink.wake_usec = s->room_usec;
}

/* An earlier datagram came back: the address has no listener. */
static void datagram_count_bounce(struct socket_sink *s)
{
	uint64_t n = count_one(&s->lost);

	s->sink.n_lost++;
	s->unwanted = true;
	if (n > 0)
		log_warning("sink %s: no program listens on '%.*s', at least %ju records were lost",
			s->sink.name, TEXT_FORMAT(s->options->address.text), (uintmax_t)n);
}

/* Every send may first report an earlier datagram that came back; then it has sent nothing. Returns
 * what connection_send returns. */
static int datagram_write(struct socket_sink *s)
{
	bool bounces = s->options->address.kind == ADDRESS_UDP;
	int r = -ECONNREFUSED;

	for (unsigned i = 0; i < BOUNCES_MAX && r == -ECONNREFUSED; i++) {
		size_t n;

		r = connection_send(connection_of(s), s->buffer.data, s->buffer.len, &n);
		if (!bounces)
			break;
		if (r == -ECONNREFUSED)
			datagram_count_bounce(s);
	}
	return r;
}

/* Encode and send, shorter and shorter while the kernel finds it too large. Returns 0,
 * CONNECTION_AGAIN or a negative errno: -EMSGSIZE when it can never be sent. */
static int datagram_fit(struct socket_sink *s, const struct record *record, bool *ret_shortened)
{
	size_t size_max = DATAGRAM_SIZE_MAX;

	for (;;) {
		int r = encode_record(s, record, size_max);

		if (r < 0)
			return r;
		*ret_shortened = r == FORMAT_SHORTENED;
		r = datagram_write(s);
		if (r != -EMSGSIZE || s->buffer.len <= DATAGRAM_SIZE_MIN)
			return r;
		size_max = s->buffer.len / 2;
		if (size_max < DATAGRAM_SIZE_MIN)
			size_max = DATAGRAM_SIZE_MIN;
	}
}

/* The datagram was not sent: wait as `error` requires, for memory, for room or for a new
 * connection. */
static void datagram_delay(struct socket_sink *s, int error, uint64_t now)
{
	int r;

	if (error == -ENOBUFS || error == -ENOMEM) {
		s->room_usec = now + ROOM_USEC;
		return;
	}
	s->blocked = error == CONNECTION_AGAIN;
	r = s->blocked ? connection_watch_writable(connection_of(s), true) : error;
	if (r < 0)
		reconnect_lose(&s->reconnect, now);
}

/* Send the batch, as far as is possible now. */
static void datagram_push(struct socket_sink *s, uint64_t now)
{
	struct text datagrams[BATCH_MAX];
	size_t n;

	while (batch_count(s->batch) > 0) {
		size_t n_sent = 1;
		int r;

		n = batch_unsent(s->batch, datagrams);
		r = connection_send_datagrams(connection_of(s), datagrams, n, &n_sent);
		if (r == -EMSGSIZE)
			refuse_taken(s);
		else if (r != 0) {
			datagram_delay(s, r, now);
			return;
		}
		batch_sent(s->batch, n_sent);
		if (r == 0)
			reconnect_prove(&s->reconnect);
	}
}

static int datagram_prepare(struct socket_sink *s, uint64_t now)
{
	if (s->unwanted && reconnect_is_ready(&s->reconnect) &&
		now - s->reconnect.ready_usec >= (uint64_t)RECONNECT_MAX_USEC) {
		s->unwanted = false;
		return reconnect_renew(&s->reconnect, now);
	}
	return reconnect_process(&s->reconnect, now);
}

/* Send one alone. Returns 0 or SINK_FULL. */
static int datagram_send_alone(struct socket_sink *s, const struct record *record, uint64_t now)
{
	bool shortened = false;
	int r = datagram_fit(s, record, &shortened);

	if (r == -EMSGSIZE)
		count_refused(s);
	else if (r == 0)
		count_taken(s, record, shortened);
	else
		datagram_delay(s, r, now);
	if (r == 0)
		reconnect_prove(&s->reconnect);
	return r == 0 || r == -EMSGSIZE ? 0 : SINK_FULL;
}

/* Collect one. Returns 0, SINK_FULL, or -E2BIG: what was before it is sent, and it must go alone.
 */
static int datagram_collect(struct socket_sink *s, const struct record *record, uint64_t now)
{
	bool large = encode_record(s, record, BATCH_LEN_MAX) != 0;

	if (large || !batch_has_room(s->batch, s->buffer.len))
		datagram_push(s, now);
	if (batch_count(s->batch) > 0 && (large || !batch_has_room(s->batch, s->buffer.len)))
		return SINK_FULL;
	if (large)
		return -E2BIG;
	batch_add(s->batch, buffer_text(&s->buffer));
	count_taken(s, record, false);
	return 0;
}

static int datagram_send(struct sink *sink, const struct record *record)
{
	struct socket_sink *s = socket_of(sink);
	uint64_t now = io_monotonic_usec();
	int r = SINK_FULL;

	if (datagram_prepare(s, now) == 0) {
		r = s->batch ? datagram_collect(s, record, now) : -E2BIG;
		if (r == -E2BIG)
			r = datagram_send_alone(s, record, now);
		release_buffer(s);
	}
	datagram_schedule(s);
	return r;
}

/* To be called when something that the sink waits for has happened. */
static int datagram_process(struct sink *sink)
{
	struct socket_sink *s = socket_of(sink);
	struct connection *c = connection_of(s);
	uint64_t now = io_monotonic_usec();
	int r;

	s->room_usec = UINT64_MAX;
	s->blocked = false;
	if (reconnect_process(&s->reconnect, now) == 0) {
		r = connection_take_error(c);
		if (r == -ECONNREFUSED && s->options->address.kind == ADDRESS_UDP) {
			datagram_count_bounce(s);
			r = 0;
		}
		if (r == 0)
			r = connection_watch_writable(c, false);
		if (r < 0)
			reconnect_lose(&s->reconnect, now);
		else
			datagram_push(s, now);
	}
	datagram_schedule(s);
	return 0;
}

static int datagram_flush(struct sink *sink)
{
	struct socket_sink *s = socket_of(sink);

	if (batch_count(s->batch) > 0 && !s->blocked && s->room_usec == UINT64_MAX)
		(void)datagram_process(sink);
	return sink_count_in_flight(sink) == 0 ? 0 : SINK_FULL;
}

/* --- both --- */

static struct sink *socket_free(struct sink *sink)
{
	struct socket_sink *s = socket_of(sink);

	reconnect_done(&s->reconnect);
	s->tls = tls_free(s->tls);
	s->batch = batch_free(s->batch);
	window_done(&s->window);
	buffer_done(&s->buffer);
	s->epoll_fd = close_fd(s->epoll_fd);
	free(s);
	return NULL;
}

static const struct sink_class stream_class = {
	.send = stream_send,
	.flush = stream_flush,
	.process = stream_process,
	.free = socket_free,
};

static const struct sink_class datagram_class = {
	.send = datagram_send,
	.flush = datagram_flush,
	.process = datagram_process,
	.free = socket_free,
};

static struct tls_options tls_options_of(const struct socket_options *options)
{
	return (struct tls_options){
		.ca = options->ca.len > 0 ? options->ca.data : "",
		.cert = options->cert.len > 0 ? options->cert.data : "",
		.key = options->key.len > 0 ? options->key.data : "",
		.server_name = options->server_name.len > 0 ? options->server_name.data
							    : options->address.host,
		.verify = options->verify != 0,
	};
}

int socket_sink_check(const struct socket_options *options, struct tls_fault *faults, size_t *ret_n)
{
	const struct tls_options tls = tls_options_of(options);

	*ret_n = 0;
	return options->address.kind == ADDRESS_TLS ? tls_check(&tls, faults, ret_n) : 0;
}

int socket_sink_new(const char *name, const struct socket_options *options, struct sink **ret)
{
	bool stream = address_is_stream(&options->address);
	CLEANUP(tls_freep) struct tls *tls = NULL;
	CLEANUP(batch_freep) struct batch *batch = NULL;
	CLEANUP(closep) int epoll_fd = -1;
	struct socket_sink *s;
	int r = 0;

	if (options->address.kind == ADDRESS_SYSTEMD)
		return -EINVAL;
	if (options->address.kind == ADDRESS_TLS) {
		const struct tls_options tls_options = tls_options_of(options);

		r = tls_new(name, &tls_options, &tls);
	}
	if (options->address.kind == ADDRESS_UNIX_DGRAM)
		r = batch_new(&batch);
	if (r < 0)
		return r;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		return -errno;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;

	s->sink = (struct sink){ .class = stream ? &stream_class : &datagram_class,
		.name = name,
		.fd = epoll_fd,
		.events = EPOLLIN };
	s->options = options;
	s->tls = TAKE(tls);
	s->batch = TAKE(batch);
	s->epoll_fd = TAKE_FD(epoll_fd);
	s->buffer = buffer_make(BUFFER_SIZE_MAX);
	s->window = window_make(SOCKET_WINDOW_MAX, SOCKET_AGAIN_MAX);
	s->settle_usec = SOCKET_SETTLE_USEC;
	s->room_usec = UINT64_MAX;
	reconnect_init(&s->reconnect, name, &options->address, s->tls, s->epoll_fd);
	(void)sink_process(&s->sink);
	*ret = &s->sink;
	return 0;
}

void socket_sink_set_settle_usec(struct sink *sink, uint64_t usec)
{
	socket_of(sink)->settle_usec = usec;
}
