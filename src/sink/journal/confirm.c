/* journald reports new entries by inotify a quarter of a second late. So while records are in
 * flight, the sink looks at the journal every few milliseconds, and less often as long as no entry
 * comes. When no entry has come for a while, the sink sends a barrier. Once journald has taken the
 * barrier, a record that is not in the journal is missing.
 *
 *   state           | what happens                                       | next state
 *   ----------------|----------------------------------------------------|----------------
 *   NEWS            | a barrier is due, and journald's queue has room    | BARRIER
 *   BARRIER         | it is taken; all records before it were seen       | NEWS
 *                   | it is taken; some were not                         | SEARCH
 *                   | it is taken; some were not, and no search can      |
 *                   | begin: the next barrier leads to another           | NEWS
 *                   | it is taken; the journal cannot be read: accept    | NEWS
 *   SEARCH          | the end of the journal; all were seen              | NEWS
 *                   | the end of the journal; some were not              | SEARCH_REOPENED
 *   SEARCH_REOPENED | the end; what was not seen is sent again, or, the  |
 *                   | third time, counted as refused                     | NEWS
 *   either search   | reading fails: the next barrier leads to another   | NEWS
 */
#include "config.h"

#include "sink/journal/confirm.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "record/message-ids.h"
#include "sink/journal/native-socket.h"
#include "wire/native.h"

enum {
	LOOK_USEC = 8 * 1000,              /* until the journal is looked at again */
	LOOK_MAX_USEC = 250 * 1000,        /* the same, while nothing comes */
	BARRIER_AFTER_USEC = 100 * 1000,   /* without a new entry */
	BARRIER_LATEST_USEC = 1000 * 1000, /* for the oldest record, whatever comes */
	SEARCH_PAUSE_USEC = 1000,          /* between two parts, for other work */
	SEARCH_MARGIN_USEC = 2 * 1000 * 1000,
	OPEN_EVERY_USEC = 1000 * 1000,           /* at most, while reading fails */
	KEY_MAX = 4096,                          /* bytes */
	SENDS_MAX = 3,                           /* of one record; then it counts as refused */
	READ_FAILURES_MAX = 8,                   /* in a row; then nothing can be confirmed */
	RECALL_FAILURES_USEC = 10 * 1000 * 1000, /* then the records of earlier runs stay unknown */
	REFUSED_INTERVAL_USEC = 10 * 1000 * 1000,
};

static bool is_searching(const struct confirm *c)
{
	return c->state == CONFIRM_SEARCH || c->state == CONFIRM_SEARCH_REOPENED;
}

/* At the end of every public call. */
static void check_invariants(const struct confirm *c)
{
	/* Each record that was taken is settled or in flight. */
	assert(c->sink->n_taken - c->sink->n_settled == c->in_flight.n);
	assert(c->n_refused <= c->sink->n_refused && c->refused.n <= c->n_refused);
	assert(is_searching(c) == (c->readback.state == READBACK_SCAN));
	assert(c->barrier_turn <= c->in_flight.n_turns);
	/* A search follows a barrier that was taken, and with it all that was sent before. */
	assert(!is_searching(c) || c->earlier != CONFIRM_EARLIER_PENDING);
	assert(!c->watches || c->readback.fd >= 0);
	assert(c->look_usec >= LOOK_USEC && c->look_usec <= LOOK_MAX_USEC);
	/* Otherwise the sink would never look again. */
	assert(c->in_flight.n_waiting == 0 || c->sink->wake_usec < UINT64_MAX);
}

/* Only the transitions of the table above are possible. */
static void enter_state(struct confirm *c, enum confirm_state next)
{
	static const bool possible[][CONFIRM_SEARCH_REOPENED + 1] = {
		[CONFIRM_NEWS] = { [CONFIRM_BARRIER] = true },
		[CONFIRM_BARRIER] = { [CONFIRM_NEWS] = true, [CONFIRM_SEARCH] = true },
		[CONFIRM_SEARCH] = { [CONFIRM_NEWS] = true, [CONFIRM_SEARCH_REOPENED] = true },
		[CONFIRM_SEARCH_REOPENED] = { [CONFIRM_NEWS] = true },
	};

	assert(possible[c->state][next]);
	c->state = next;
}

/* --- reading --- */

/* Watch the journal only while records are waited for: others write to it, too. */
static void watch_journal(struct confirm *c, bool on)
{
	struct epoll_event event = { .events = EPOLLIN };
	int operation = on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL;

	if (on == c->watches || c->readback.fd < 0)
		return;
	if (epoll_ctl(c->sink->fd, operation, c->readback.fd, &event) == 0)
		c->watches = on;
}

static void count_failure(struct confirm *c)
{
	readback_close(&c->readback);
	c->watches = false;
	c->n_failures++;
}

static void reopen_journal(struct confirm *c)
{
	c->watches = false;
	c->opened_usec = io_monotonic_usec();
	if (readback_open(&c->readback) < 0)
		count_failure(c);
}

/* Give back the memory that large entries took. */
static void free_large(struct confirm *c)
{
	if (!c->readback.is_large || c->readback.state != READBACK_NEWS)
		return;
	c->watches = false;
	c->opened_usec = io_monotonic_usec();
	if (readback_renew(&c->readback) < 0)
		count_failure(c);
}

/* Whether the journal is open; after a failure it is opened again now and then. */
static bool is_open(struct confirm *c)
{
	if (!c->readback.journal &&
		(c->opened_usec == 0 || io_monotonic_usec() >= c->opened_usec + OPEN_EVERY_USEC))
		reopen_journal(c);
	return c->readback.journal;
}

/* Count a failure of reading. Returns whether reading worked. */
static bool check_reading(struct confirm *c, int r)
{
	if (r < 0) {
		count_failure(c);
		return false;
	}
	c->n_failures = 0;
	return true;
}

static bool can_read(struct confirm *c)
{
	return c->n_failures <= READ_FAILURES_MAX && c->n_searches_failed <= READ_FAILURES_MAX &&
	       (!c->readback.journal || readback_can_read(&c->readback));
}

static int note_seen(const struct in_flight_key *key, uint64_t usec, void *userdata)
{
	struct confirm *c = userdata;

	(void)usec;
	if (in_flight_confirm(&c->in_flight, key))
		c->moved_usec = io_monotonic_usec();
	return 0;
}

static void read_news(struct confirm *c)
{
	if (!is_open(c))
		return;
	readback_process(&c->readback);
	if (!check_reading(c, readback_read_new(&c->readback, note_seen, c)))
		return;
	free_large(c);
	if (!c->unreadable || c->n_searches_failed > 0 || !can_read(c))
		return;
	log_notice("sink %s: the journal can be read again", c->sink->name);
	c->unreadable = false;
}

/* --- missing records --- */

/* The reason why journald may have refused, as far as the journal shows it. */
static const char *find_reason(struct confirm *c)
{
	bool suppressed = c->readback.suppressed_usec > c->suppressed_logged_usec;

	c->suppressed_logged_usec = c->readback.suppressed_usec;
	if (suppressed)
		return "its rate limit for this unit (LogRateLimitIntervalSec=)";
	if (c->readback.n_scanned == 0)
		return "a full disk, Storage=none or MaxLevelStore=: it kept no entries of other "
		       "programs either";
	return "a rate limit, MaxLevelStore=, LogLevelMax= or a full disk";
}

static void report_refused(struct confirm *c)
{
	uint64_t now = io_monotonic_usec();
	uint64_t n = rate_limit_take(&c->refused, now, REFUSED_INTERVAL_USEC);

	if (c->refused.n > 0)
		sink_wake_within(c->sink, c->refused.next_usec - now);
	if (n == 0)
		return;
	message_log(MESSAGE_REFUSED, c->sink->name, LOG_ERR,
		"sink %s: journald did not keep %" PRIu64
		" records, although each was sent %d times, giving up on them; the reason may be "
		"%s",
		c->sink->name, n, SENDS_MAX, find_reason(c));
}

/* Nothing can be confirmed: the records that journald has taken count as delivered. */
static void accept_unconfirmed(struct confirm *c)
{
	struct in_flight_record *record;

	if (!c->unreadable)
		log_warning("sink %s: cannot read the journal back, counting records as delivered "
			    "when journald accepts them",
			c->sink->name);
	c->unreadable = true;
	while ((record = in_flight_find(&c->in_flight, c->barrier_turn)))
		in_flight_give_up(&c->in_flight, record);
	/* A handle that could open no file may be of no use forever. */
	if (io_monotonic_usec() >= c->opened_usec + OPEN_EVERY_USEC)
		reopen_journal(c);
	/* The next search tries again, once. */
	if (c->n_searches_failed > READ_FAILURES_MAX)
		c->n_searches_failed = READ_FAILURES_MAX;
}

static void drop_refused(struct confirm *c, struct in_flight_record *record)
{
	c->n_refused++;
	c->refused.n++;
	c->sink->n_refused++;
	in_flight_give_up(&c->in_flight, record);
}

static int64_t clock_ahead_usec(void)
{
	return (int64_t)io_now_usec(CLOCK_REALTIME) - (int64_t)io_monotonic_usec();
}

static void note_clock(struct confirm *c)
{
	int64_t ahead = clock_ahead_usec();

	if (ahead < c->clock_usec)
		c->clock_usec = ahead;
}

/* Returns 0, or the result of sending. */
static int send_again(struct confirm *c, struct in_flight_record *record)
{
	int r;

	if (record->n_sent == SENDS_MAX) {
		drop_refused(c, record);
		return 0;
	}
	r = native_socket_send(c->socket, in_flight_datagram(&c->in_flight, record));
	if (r == -EFBIG) {
		drop_refused(c, record);
		return 0;
	}
	if (r == 0) {
		note_clock(c);
		in_flight_resent(&c->in_flight, record, io_monotonic_usec());
	}
	return r;
}

/* Search from the time when the oldest record was sent. If the wall clock was set meanwhile, the
 * earlier of its times counts. `next`: the state if the search can begin. */
static void begin_search(struct confirm *c, enum confirm_state next)
{
	bool begun = false;
	int64_t since;

	note_clock(c);
	since = (int64_t)in_flight_oldest_usec(&c->in_flight, c->barrier_turn) + c->clock_usec -
		SEARCH_MARGIN_USEC;
	if (is_open(c)) {
		begun = check_reading(
			c, readback_scan_begin(&c->readback, since > 0 ? (uint64_t)since : 0));
		if (!begun)
			c->n_searches_failed++;
	}
	enter_state(c, begun ? next : CONFIRM_NEWS);
}

/* journald has taken the barrier, and the news before it were read. */
static void process_unseen(struct confirm *c)
{
	bool unseen = in_flight_find(&c->in_flight, c->barrier_turn) != NULL;

	if (unseen && can_read(c)) {
		begin_search(c, CONFIRM_SEARCH);
		return;
	}
	if (unseen)
		accept_unconfirmed(c);
	enter_state(c, CONFIRM_NEWS);
}

/* Returns 0 or a negative errno that will not go away. */
static int end_search(struct confirm *c)
{
	struct in_flight_record *record = in_flight_find(&c->in_flight, c->barrier_turn);
	int r = 0;

	if (record && c->state == CONFIRM_SEARCH) {
		reopen_journal(c);
		begin_search(c, CONFIRM_SEARCH_REOPENED);
		return 0;
	}
	enter_state(c, CONFIRM_NEWS);
	c->n_searches_failed = 0;
	while (r == 0 && (record = in_flight_find(&c->in_flight, c->barrier_turn)))
		r = send_again(c, record);
	return r < 0 ? r : 0;
}

/* Search one part of the journal. */
static int continue_search(struct confirm *c)
{
	int r = readback_scan(&c->readback, note_seen, c);

	if (!check_reading(c, r)) {
		enter_state(c, CONFIRM_NEWS);
		c->n_searches_failed++;
		return 0;
	}
	r = r == READBACK_MORE ? 0 : end_search(c);
	free_large(c);
	if (is_searching(c))
		sink_wake_within(c->sink, SEARCH_PAUSE_USEC);
	return r;
}

/* --- looking --- */

static void put_barrier(struct confirm *c)
{
	assert(c->state == CONFIRM_NEWS);
	if (native_socket_check_result(c->socket, barrier_send(&c->barrier, &c->socket->address)) !=
		0)
		return;
	enter_state(c, CONFIRM_BARRIER);
	c->barrier_turn = c->in_flight.n_turns;
}

/* Whether journald has taken the barrier; then everything sent by earlier processes was before it.
 * The caller enters the next state. */
static bool pass_barrier(struct confirm *c)
{
	if (c->state != CONFIRM_BARRIER || !barrier_is_taken(&c->barrier))
		return false;
	if (c->earlier == CONFIRM_EARLIER_PENDING)
		c->earlier = CONFIRM_EARLIER_ARRIVED;
	return true;
}

static void look_later(struct confirm *c, bool moved)
{
	c->look_usec = moved ? LOOK_USEC : c->look_usec * 2;
	if (c->look_usec > LOOK_MAX_USEC)
		c->look_usec = LOOK_MAX_USEC;
	sink_wake_within(c->sink, c->look_usec);
}

static bool is_barrier_due(const struct confirm *c, bool now)
{
	if (c->state != CONFIRM_NEWS)
		return false;
	return now || c->unreadable || io_monotonic_usec() > c->moved_usec + BARRIER_AFTER_USEC ||
	       io_monotonic_usec() >
		       in_flight_oldest_usec(&c->in_flight, UINT64_MAX) + BARRIER_LATEST_USEC;
}

int confirm_look(struct confirm *c, bool now)
{
	bool passed = pass_barrier(c);
	size_t n_waiting = c->in_flight.n_waiting;
	int r = 0;

	if (!is_searching(c) && n_waiting > 0)
		read_news(c);
	if (passed)
		process_unseen(c);
	if (is_searching(c))
		r = continue_search(c);
	c->sink->n_settled += in_flight_release(&c->in_flight);
	report_refused(c);
	watch_journal(c, c->in_flight.n_waiting > 0);
	if (c->in_flight.n_waiting > 0) {
		if (is_barrier_due(c, now))
			put_barrier(c);
		look_later(c, c->in_flight.n_waiting < n_waiting);
	}
	check_invariants(c);
	return r;
}

/* --- sent records --- */

int confirm_reserve(struct confirm *c, const struct in_flight_key *key, size_t len)
{
	int r = in_flight_reserve(&c->in_flight, key, len);

	return r == -EAGAIN ? SINK_FULL : r;
}

static struct in_flight_record *add(
	struct confirm *c, const struct in_flight_key *key, struct text datagram)
{
	if (c->in_flight.n_waiting == 0) {
		c->look_usec = LOOK_USEC;
		c->moved_usec = io_monotonic_usec();
		c->clock_usec = INT64_MAX;
		watch_journal(c, true);
	}
	note_clock(c);
	sink_wake_within(c->sink, c->look_usec);
	return in_flight_add(&c->in_flight, key, datagram, io_monotonic_usec());
}

void confirm_add(struct confirm *c, const struct in_flight_key *key, struct text datagram)
{
	(void)add(c, key, datagram);
	check_invariants(c);
}

void confirm_add_refused(struct confirm *c, const struct in_flight_key *key)
{
	in_flight_give_up(&c->in_flight, add(c, key, text_of("")));
	c->sink->n_settled += in_flight_release(&c->in_flight);
	check_invariants(c);
}

/* --- records of earlier runs --- */

/* Records of earlier runs may still be in journald's queue. */
static int wait_for_arrival(struct confirm *c)
{
	if (c->state == CONFIRM_NEWS) {
		put_barrier(c);
		c->look_usec = LOOK_USEC;
	}
	if (pass_barrier(c)) {
		enter_state(c, CONFIRM_NEWS);
		return 0;
	}
	look_later(c, false);
	return SINK_FULL;
}

struct recall {
	sink_recall_fn *visit;
	void *userdata;
};

static int visit_memory(const struct in_flight_key *key, uint64_t usec, void *userdata)
{
	const struct recall *recall = userdata;

	const struct sink_memory memory = { key->source, key->position, usec };

	return recall->visit(&memory, recall->userdata) == SINK_ENOUGH ? READBACK_ENOUGH : 0;
}

/* Retry a recall that cannot read now, but not forever. Returns SINK_FULL, or 0 when it gives
 * up. */
static int retry_recall(struct confirm *c)
{
	uint64_t now = io_monotonic_usec();

	if (c->recall_failed_usec == 0)
		c->recall_failed_usec = now;
	if (now < c->recall_failed_usec + RECALL_FAILURES_USEC) {
		sink_wake_within(c->sink, LOOK_MAX_USEC);
		return SINK_FULL;
	}
	if (c->earlier != CONFIRM_EARLIER_UNKNOWN)
		log_warning("sink %s: cannot read earlier entries back from the journal, "
			    "continuing; some may be written twice",
			c->sink->name);
	c->earlier = CONFIRM_EARLIER_UNKNOWN;
	return 0;
}

static int try_recall(struct confirm *c, struct text source, struct recall *recall)
{
	int r = c->earlier == CONFIRM_EARLIER_PENDING ? wait_for_arrival(c) : 0;

	if (r != 0)
		return r;
	if (is_searching(c)) {
		sink_wake_within(c->sink, LOOK_USEC);
		return SINK_FULL;
	}
	if (!is_open(c))
		return retry_recall(c);
	if (!readback_can_read(&c->readback))
		return 0;
	r = readback_recall(&c->readback, source, visit_memory, recall);
	if (!check_reading(c, r))
		return retry_recall(c);
	free_large(c);
	return 0;
}

int confirm_recall(struct confirm *c, struct text source, sink_recall_fn *visit, void *userdata)
{
	struct recall recall = { visit, userdata };
	int r = try_recall(c, source, &recall);

	assert(r != SINK_FULL || c->sink->wake_usec < UINT64_MAX);
	check_invariants(c);
	return r;
}

/* --- init and done --- */

int confirm_init(struct confirm *c, struct sink *sink, struct native_socket *socket)
{
	*c = (struct confirm){
		.sink = sink,
		.socket = socket,
		.in_flight = in_flight_make(NATIVE_SIZE_MAX + KEY_MAX),
		.readback = { .fd = -1 },
		.look_usec = LOOK_USEC,
	};
	return barrier_init(&c->barrier);
}

void confirm_done(struct confirm *c)
{
	barrier_done(&c->barrier);
	readback_done(&c->readback);
	in_flight_done(&c->in_flight);
}
