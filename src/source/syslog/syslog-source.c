/* One epoll descriptor holds the listening sockets and the connections. A ready socket gets a turn:
 * some datagrams, or the messages of one read of one connection. epoll puts a socket that had a
 * turn behind the others. A message is given as soon as it is cut out, so between two pulls a turn
 * may be open, and its room full. Nothing is read between pulls: process() only handles what is
 * due.
 *
 * A counted message whose end is in doubt waits for more bytes or for a quiet time. When that is
 * over, its connection gets a turn, too.
 *
 * A connection that is silent for too long, or that must make room for others, is not closed at
 * once: the bytes that it has sent are read first. */
#include "config.h"

#include "source/syslog/syslog-source.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "record/record.h"
#include "source/syslog/datagrams.h"
#include "source/syslog/frame-reader.h"
#include "source/syslog/listener.h"
#include "source/syslog/listeners.h"
#include "source/syslog/sessions.h"
#include "source/syslog/syslog-options.h"
#include "source/syslog/troubles.h"
#include "wire/syslog-decode.h"

enum {
	EVENTS_MAX = 64,     /* turns fetched at once */
	TURNS_MAX = 64,      /* turns without a record in one pull */
	MESSAGES_MAX = 1024, /* messages that are no record, and turns, in one pull */
	ACCEPTS_MAX = 16,    /* in one turn */
	HOSTNAME_SIZE = 256,
	POSITION_END_SIZE = LISTENER_NAME_SIZE + 24,
	PAUSE_USEC = 1000 * 1000, /* until an inlet that cannot accept tries again */
};

struct syslog_source;
struct member;

/* Cut out the next message of a turn, into the source's `message` and `peer`. Returns 0, TURN_OVER,
 * or a negative errno; after -ENOMEM the turn continues. */
enum { TURN_OVER = SOURCE_SKIPPED };
typedef int take_fn(struct syslog_source *s, struct member *member);

/* A socket in the epoll descriptor. */
struct member {
	take_fn *take;
};

struct inlet {
	struct member member;
	struct listener listener;
	char position_end[POSITION_END_SIZE]; /* of its messages: behind the number of each */
	struct troubles troubles;
	uint64_t resume_usec; /* not in the epoll descriptor until then; 0 = it is in there */
	uint64_t failed_usec; /* a failure to accept is not reported before */
};

struct client {
	struct member member;
	struct inlet *inlet;
	struct session session;
	struct listener_peer peer;
};

struct syslog_source {
	struct source source; /* its descriptor is the epoll descriptor */
	struct source_probe probe;
	struct syslog_limits limits;
	struct inlet *inlets;
	size_t n_inlets;
	struct sessions sessions; /* each is part of a struct client */
	struct epoll_event events[EVENTS_MAX];
	size_t n_events, next_event;
	struct member *turn; /* NULL: no turn is open */
	size_t n_taken;      /* calls that received something in this turn */
	struct frame_room room;
	struct datagrams *datagrams;   /* NULL without a socket for them */
	bool has_message;              /* a message was taken, and is not given yet */
	struct frame message;          /* points into the room, or is a datagram */
	char peer[LISTENER_PEER_SIZE]; /* of a datagram */
	const struct client *client;   /* whose message it is; NULL: a datagram */
	struct inlet *inlet;           /* by which the message came in */
	struct record record;
	char hostname[HOSTNAME_SIZE];
	uint64_t n_given;       /* messages; n_read begins anew with each configuration */
	uint64_t started_usec;  /* CLOCK_REALTIME */
	struct buffer position; /* no two messages have the same, in any run */
};

static struct syslog_source *syslog_of(struct source *source)
{
	return (struct syslog_source *)(void *)source;
}

/* --- trouble --- */

static void count_trouble(
	struct syslog_source *s, struct inlet *inlet, enum trouble trouble, uint64_t n)
{
	troubles_count(&inlet->troubles, trouble, n, s->source.name, inlet->listener.name);
}

static void count_lost(struct syslog_source *s, struct inlet *inlet, uint32_t n)
{
	s->source.n_lost += n;
	count_trouble(s, inlet, TROUBLE_LOST, n);
}

/* --- the epoll descriptor --- */

static int add_to_epoll(struct syslog_source *s, int fd, struct member *member)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = member };

	return epoll_ctl(s->source.fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Pause an inlet that cannot accept. Without a descriptor to spare, the waiting connections would
 * keep the listener ready. */
static int pause_inlet(struct syslog_source *s, struct inlet *inlet, int error)
{
	uint64_t now = io_monotonic_usec();

	/* Its turn has come, so it is in the epoll descriptor. */
	assert(inlet->resume_usec == 0);
	if (now >= inlet->failed_usec) {
		errno = -error;
		log_warning("source %s: cannot accept connections at %s: %m, retrying",
			s->source.name, inlet->listener.name);
		inlet->failed_usec = now + TROUBLES_REPORT_USEC;
	}
	if (epoll_ctl(s->source.fd, EPOLL_CTL_DEL, inlet->listener.fd, NULL) < 0)
		return -errno;
	inlet->resume_usec = now + s->limits.pause_usec;
	return 0;
}

static int resume_inlet(struct syslog_source *s, struct inlet *inlet, uint64_t now)
{
	int r;

	if (inlet->resume_usec == 0 || now < inlet->resume_usec)
		return 0;
	r = add_to_epoll(s, inlet->listener.fd, &inlet->member);
	if (r == 0)
		inlet->resume_usec = 0;
	return r;
}

/* --- clients --- */

static struct client *client_of(struct session *session)
{
	return (struct client *)(void *)((char *)session - offsetof(struct client, session));
}

/* Count what a connection keeps while it has no turn: `n` is 1 behind a turn, -1 before one. */
static void count_held(struct syslog_source *s, const struct client *client, int n)
{
	if (client->session.reader.rest_len > 0)
		s->source.n_held += (uint64_t)n;
}

static void end_client(struct syslog_source *s, struct client *client)
{
	sessions_remove(&s->sessions, &client->session);
	free(client);
}

/* End connections that have been silent for too long; one with unread bytes has not been silent. */
static void end_silent(struct syslog_source *s, uint64_t now)
{
	for (size_t n = s->sessions.n; n > 0; n--) {
		struct session *session = s->sessions.first;

		if (now - session->active_usec < s->limits.idle_usec)
			return;
		if (!session_has_unread(session))
			sessions_end(&s->sessions, session);
		sessions_touch(&s->sessions, session, now);
	}
}

/* Do what is due. A pull calls this, too: a source that always has messages is not asked for its
 * timeout. */
static int handle_timers(struct syslog_source *s)
{
	uint64_t now = io_monotonic_usec();

	end_silent(s, now);
	for (size_t i = 0; i < s->n_inlets; i++) {
		int r = resume_inlet(s, &s->inlets[i], now);

		if (r < 0)
			return r;
		troubles_report(
			&s->inlets[i].troubles, now, s->source.name, s->inlets[i].listener.name);
	}
	return 0;
}

/* --- turns --- */

static void count_evicted(struct syslog_source *s, struct inlet *inlet, size_t n)
{
	s->source.n_evicted += n;
	count_trouble(s, inlet, TROUBLE_EVICTED, n);
}

/* The unread bytes are an unknown number of messages: count one. */
static void count_unread(struct syslog_source *s, const struct client *client)
{
	if (!client->session.ending || frame_reader_count_unread(&client->session.reader) == 0)
		return;
	s->source.n_lost++;
	count_trouble(s, client->inlet, TROUBLE_UNREAD, 1);
}

/* At its end, the source waits no longer. */
static bool is_quiet(
	const struct syslog_source *s, const struct session *session, uint64_t now_usec)
{
	return session->waits &&
	       (s->source.ending || now_usec - session->active_usec >= s->limits.quiet_usec);
}

/* Whether this side ends the connection behind this read: more may have been sent, or may have been
 * about to be. */
static bool is_broken_off(const struct syslog_source *s, const struct session *session, bool last)
{
	return last || (session->ending && s->room.state == FRAMING_CLOSED) ||
	       (s->source.ending && s->room.state == FRAMING_QUIET);
}

/* Read what a connection has sent. Returns 0, or -EAGAIN when it has sent nothing. */
static int read_piece(struct syslog_source *s, struct client *client)
{
	struct session *session = &client->session;
	uint64_t now = io_monotonic_usec();

	count_held(s, client, -1);
	if (frame_reader_read(&session->reader, is_quiet(s, session, now), &s->room) < 0) {
		count_held(s, client, 1);
		return -EAGAIN;
	}
	sessions_stop_waiting(&s->sessions, session);
	if (s->room.state != FRAMING_QUIET)
		sessions_touch(&s->sessions, session, now);
	if (is_broken_off(s, session, sessions_count_turn(&s->sessions, session)))
		s->room.state = FRAMING_BROKEN;
	return 0;
}

/* Keep the bytes of a message that is not whole, or not surely. */
static int keep_rest(struct syslog_source *s, struct client *client)
{
	struct session *session = &client->session;
	int r = frame_reader_keep(&session->reader, &s->room);

	if (r < 0)
		return r;
	if (session->reader.framing.awaits_quiet)
		sessions_wait(&s->sessions, session);
	count_evicted(s, client->inlet, sessions_note_unfinished(&s->sessions, session));
	count_held(s, client, 1);
	return 0;
}

/* Stop at the first message: a connection's turn is one read. */
static int take_frame(struct syslog_source *s, struct member *member)
{
	struct client *client = (struct client *)(void *)member;
	int r;

	if (s->n_taken == 0) {
		if (read_piece(s, client) < 0)
			return TURN_OVER;
		s->n_taken++;
	}
	r = frame_reader_next(&client->session.reader, &s->room, &s->message);
	s->client = client;
	s->inlet = client->inlet;
	if (r == 0)
		return 0;
	if (r == FRAMING_INVALID) {
		s->source.n_damaged++;
		count_trouble(s, client->inlet, TROUBLE_MALFORMED, 1);
		end_client(s, client);
		return TURN_OVER;
	}
	if (framing_is_at_end(s->room.state)) {
		count_unread(s, client);
		end_client(s, client);
		return TURN_OVER;
	}
	r = keep_rest(s, client);
	return r < 0 ? r : TURN_OVER;
}

/* A turn is one call that receives. */
static int receive_datagrams(struct syslog_source *s, struct inlet *inlet)
{
	uint32_t n_lost;
	int r = datagrams_receive(s->datagrams, &inlet->listener, &n_lost);

	if (r < 0)
		return r == -EAGAIN ? TURN_OVER : r;
	s->n_taken++;
	count_lost(s, inlet, n_lost);
	return 0;
}

static int take_datagram(struct syslog_source *s, struct member *member)
{
	struct inlet *inlet = (struct inlet *)(void *)member;
	struct datagram datagram;
	int r = s->n_taken == 0 ? receive_datagrams(s, inlet) : 0;

	if (r != 0)
		return r;
	while (datagrams_take(s->datagrams, &datagram)) {
		s->message = (struct frame){
			.message = datagram.bytes, .cut = datagram.cut, .part_end = datagram.cut
		};
		s->client = NULL;
		s->inlet = inlet;
		if (datagram.bytes.len > 0)
			return 0;
		s->source.n_read++;
		s->source.n_damaged++;
	}
	count_lost(s, inlet, listener_count_lost(&inlet->listener));
	return TURN_OVER;
}

/* Accept a waiting connection; allocate memory for it first, so that none is lost. */
static int accept_connection(struct syslog_source *s, struct inlet *inlet)
{
	CLEANUP(freep) struct client *client = calloc(1, sizeof(*client));
	struct session *session;
	int r;

	if (!client)
		return -ENOMEM;
	session = &client->session;
	r = listener_accept(&inlet->listener, &session->reader.fd, &client->peer);
	if (r != 0)
		return r;
	client->member.take = take_frame;
	client->inlet = inlet;
	session->peer = client->peer.id;
	r = add_to_epoll(s, session->reader.fd, &client->member);
	if (r < 0) {
		frame_reader_done(&session->reader);
		return r;
	}
	count_evicted(s, inlet, sessions_make_room(&s->sessions, session->peer));
	sessions_add(&s->sessions, session, io_monotonic_usec());
	(void)TAKE(client);
	return 0;
}

static int take_connections(struct syslog_source *s, struct member *member)
{
	struct inlet *inlet = (struct inlet *)(void *)member;

	while (s->n_taken < ACCEPTS_MAX) {
		int r = accept_connection(s, inlet);

		if (r == -EAGAIN)
			break;
		if (r < 0) {
			r = pause_inlet(s, inlet, r);
			return r < 0 ? r : TURN_OVER;
		}
		s->n_taken++;
	}
	return TURN_OVER;
}

/* Fetch the turn of a connection that was quiet for long enough. It has no other one: a turn may
 * end a connection. Returns the number of turns. */
static int fetch_quiet(struct syslog_source *s)
{
	struct session *session = s->sessions.first_waiting;

	if (!session || !is_quiet(s, session, io_monotonic_usec()))
		return 0;
	s->events[0].data.ptr = &client_of(session)->member;
	return 1;
}

/* Returns 0, SOURCE_AGAIN when no socket is ready, or a negative errno. */
static int fetch_turns(struct syslog_source *s)
{
	int r = handle_timers(s);
	int n;

	s->source.pending = s->sessions.first_waiting != NULL;
	if (r < 0)
		return r;
	n = fetch_quiet(s);
	if (n == 0)
		n = epoll_wait(s->source.fd, s->events, EVENTS_MAX, 0);
	if (n <= 0)
		return n == 0 || errno == EINTR ? SOURCE_AGAIN : -errno;
	s->n_events = (size_t)n;
	s->next_event = 0;
	return 0;
}

/* Begin the next turn. Returns 0, SOURCE_AGAIN when no socket is ready, or a negative errno. */
static int begin_turn(struct syslog_source *s)
{
	int r = s->next_event == s->n_events ? fetch_turns(s) : 0;

	if (r != 0)
		return r;
	assert(!s->turn && !s->has_message && s->next_event < s->n_events);
	s->turn = s->events[s->next_event++].data.ptr;
	s->n_taken = 0;
	return 0;
}

/* Returns 0 with a message, TURN_OVER, SOURCE_AGAIN, or a negative errno. */
static int take_message(struct syslog_source *s)
{
	int r;

	if (!s->turn) {
		r = begin_turn(s);
		if (r != 0)
			return r;
	}
	r = s->turn->take(s, s->turn);
	if (r != 0 && r != -ENOMEM)
		s->turn = NULL;
	s->has_message = r == 0;
	return r;
}

/* --- records --- */

/* Who sent the message, if it does not name its host. */
static const char *find_peer(struct syslog_source *s)
{
	if (s->inlet->listener.is_local) {
		if (gethostname(s->hostname, sizeof(s->hostname) - 1) < 0)
			s->hostname[0] = '\0';
		return s->hostname;
	}
	if (s->client)
		return s->client->peer.number;
	datagrams_print_peer(s->datagrams, s->peer);
	return s->peer;
}

static int make_record(struct syslog_source *s)
{
	struct record *record = &s->record;
	const struct syslog_context context = {
		.peer = text_of(find_peer(s)),
		.now_usec = io_now_usec(CLOCK_REALTIME),
		.is_local = s->inlet->listener.is_local,
	};
	int r;

	static_assert(
		2 * FRAMING_MESSAGE_MAX < RECORD_SIZE_MAX, "each message has room in a record");
	record_clear(record);
	r = syslog_parse(s->message.message, &context, record);
	if (r < 0)
		return r;
	buffer_clear(&s->position);
	buffer_add_number(&s->position, s->n_given + 1);
	buffer_add_string(&s->position, s->inlet->position_end);
	r = buffer_finish(&s->position);
	assert(r == 0 || r == -ENOMEM);
	if (r < 0)
		return r;
	record->source = s->source.name;
	record->stream = text_of("");
	record->position = buffer_text(&s->position);
	record->cut = s->message.cut;
	record->part_end = s->message.part_end;
	return 0;
}

static bool may_have_cause(const struct syslog_source *s)
{
	return !s->probe.wants_message ||
	       s->probe.wants_message(s->probe.userdata, s->message.message);
}

/* The message of the turn is dealt with. */
static void count_message(struct syslog_source *s)
{
	s->has_message = false;
	s->n_given++;
	s->source.n_read++;
	s->source.n_cut += s->message.part_end;
}

/* Most messages have no cause, and are not parsed: any bytes are a message, so there is nothing in
 * them to be counted but that they came. Without memory the message stays, for the next time.
 * Returns 0, SOURCE_SKIPPED for a message without a cause, or -ENOMEM. */
static int return_record(struct syslog_source *s, struct source_item *ret)
{
	int r;

	if (!may_have_cause(s)) {
		count_message(s);
		return SOURCE_SKIPPED;
	}
	r = make_record(s);
	assert(r == 0 || r == -ENOMEM);
	if (r < 0)
		return r;
	count_message(s);
	*ret = (struct source_item){ .record = &s->record,
		.cannot_wait = !s->inlet->listener.is_stream };
	return 0;
}

static int syslog_pull(struct source *source, struct source_item *ret)
{
	struct syslog_source *s = syslog_of(source);
	unsigned n_turns = 0;

	/* A message that was taken lies in the room of an open turn. */
	assert(!s->has_message || s->turn);
	for (unsigned i = 0; i < MESSAGES_MAX && n_turns < TURNS_MAX; i++) {
		int r = s->has_message ? 0 : take_message(s);

		n_turns += r == TURN_OVER;
		if (r == 0)
			r = return_record(s, ret);
		if (r != SOURCE_SKIPPED)
			return r;
	}
	return SOURCE_SKIPPED;
}

/* A message that was pulled can never be pulled again. */
static int syslog_visit_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	(void)source, (void)visit, (void)userdata;
	return 0;
}

static int syslog_process(struct source *source)
{
	return handle_timers(syslog_of(source));
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int syslog_timeout(struct source *source, uint64_t *ret_usec)
{
	const struct syslog_source *s = syslog_of(source);
	const struct session *first = s->sessions.first, *waiting = s->sessions.first_waiting;
	uint64_t usec = first ? first->active_usec + s->limits.idle_usec : UINT64_MAX;

	if (waiting)
		usec = earlier(usec, waiting->active_usec + s->limits.quiet_usec);
	for (size_t i = 0; i < s->n_inlets; i++) {
		const struct inlet *inlet = &s->inlets[i];

		if (inlet->resume_usec > 0)
			usec = earlier(usec, inlet->resume_usec);
		usec = earlier(usec, troubles_wake_usec(&inlet->troubles));
	}
	*ret_usec = usec;
	return 0;
}

/* --- beginning and end --- */

/* Report the unread datagrams of an inlet: those that wait in a socket of our own, and those that
 * were received. A socket that was passed keeps the first for the next start. */
static void report_unread_datagrams(const struct syslog_source *s, const struct inlet *inlet)
{
	size_t n = listener_drop_unread(&inlet->listener);

	if (s->turn == &inlet->member && !inlet->listener.is_stream)
		n += datagrams_count_untaken(s->datagrams) + s->has_message;
	if (n > 0)
		log_warning("source %s: stopped with %zu datagrams unread at %s", s->source.name, n,
			inlet->listener.name);
}

/* Report the unread bytes: their senders assume that they have arrived. */
static void report_unread(const struct syslog_source *s)
{
	size_t n = s->room.end - s->room.start;

	if (s->has_message && s->client)
		n += s->message.message.len;
	for (const struct session *session = s->sessions.first; session; session = session->next)
		n += frame_reader_count_unread(&session->reader);
	if (n > 0)
		log_warning("source %s: stopped with %zu bytes unread on its connections",
			s->source.name, n);
	for (size_t i = 0; i < s->n_inlets; i++)
		report_unread_datagrams(s, &s->inlets[i]);
}

static struct source *syslog_free(struct source *source)
{
	struct syslog_source *s = syslog_of(source);

	report_unread(s);
	while (s->sessions.first)
		end_client(s, client_of(s->sessions.first));
	for (size_t i = 0; i < s->n_inlets; i++)
		listener_done(&s->inlets[i].listener);
	s->source.fd = close_fd(s->source.fd);
	free(s->inlets);
	free(s->room.data);
	(void)datagrams_free(s->datagrams);
	record_done(&s->record);
	buffer_done(&s->position);
	free(s);
	return NULL;
}

static const struct source_class syslog_class = {
	.pull = syslog_pull,
	.visit_positions = syslog_visit_positions,
	.process = syslog_process,
	.timeout = syslog_timeout,
	.free = syslog_free,
};

static int add_inlet(struct syslog_source *s, const struct listener *listener)
{
	struct inlet *inlet = &s->inlets[s->n_inlets++];
	int n, r;

	inlet->listener = *listener;
	n = snprintf(inlet->position_end, sizeof(inlet->position_end), " %s %" PRIx64,
		listener->name, s->started_usec);
	assert(n > 0 && (size_t)n < sizeof(inlet->position_end));
	inlet->member.take = listener->is_stream ? take_connections : take_datagram;
	r = listener->is_stream || s->datagrams ? 0 : datagrams_new(&s->datagrams);
	return r < 0 ? r : add_to_epoll(s, inlet->listener.fd, &inlet->member);
}

/* Open all inlets. A failure was reported. */
static int open_inlets(
	struct syslog_source *s, const struct syslog_options *options, unsigned transports)
{
	const struct listeners_request request = { s->source.name, options, transports,
		s->limits.receive_size };
	CLEANUP(listeners_done) struct listeners listeners = { 0 };
	int r = listeners_open(&request, &listeners);

	if (r < 0)
		return r;
	s->inlets = calloc(listeners.n + 1, sizeof(*s->inlets));
	if (!s->inlets)
		return -ENOMEM;
	for (size_t i = 0; i < listeners.n; i++) {
		int error = add_inlet(s, &listeners.items[i]);

		r = r < 0 ? r : error;
	}
	/* The inlets have them. */
	listeners.n = 0;
	return r;
}

int syslog_source_new_within(const char *name, const struct syslog_options *options,
	unsigned transports, struct source_probe probe, const struct syslog_limits *limits,
	struct source **ret)
{
	struct syslog_source *s = calloc(1, sizeof(*s));
	CLEANUP(source_freep) struct source *source = (struct source *)(void *)s;
	int r;

	if (!s)
		return -ENOMEM;
	s->source = (struct source){ .class = &syslog_class, .name = name, .fd = -1 };
	s->probe = probe;
	s->limits = *limits;
	s->sessions.limits = limits->sessions;
	s->started_usec = io_now_usec(CLOCK_REALTIME);
	s->record = record_make();
	s->position = buffer_make(POSITION_END_SIZE + 20);
	s->room.data = malloc(FRAME_READER_ROOM_SIZE);
	if (!s->room.data)
		return -ENOMEM;
	s->source.fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->source.fd < 0)
		return -errno;
	r = open_inlets(s, options, transports);
	if (r < 0)
		return r;
	*ret = TAKE(source);
	return 0;
}

int syslog_source_new(const char *name, const struct syslog_options *options, unsigned transports,
	struct source_probe probe, struct source **ret)
{
	static const struct syslog_limits limits = {
		.sessions = { SYSLOG_CONNECTIONS_MAX, SYSLOG_PEER_CONNECTIONS_MAX,
			SYSLOG_UNFINISHED_MAX },
		.idle_usec = SYSLOG_IDLE_USEC,
		.quiet_usec = SYSLOG_QUIET_USEC,
		.pause_usec = PAUSE_USEC,
		.receive_size = LISTENER_RECEIVE_SIZE,
	};

	return syslog_source_new_within(name, options, transports, probe, &limits, ret);
}
