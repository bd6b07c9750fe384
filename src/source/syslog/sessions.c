/* The list is in the order of the last bytes received: the first has been silent for longest. */
#include "config.h"

#include "source/syslog/sessions.h"

#include <assert.h>
#include <sys/socket.h>

/* The counts agree with each other and with the list, and bytes of unfinished messages belong to
 * sessions that are not ending. */
static void check_invariants(const struct sessions *sessions)
{
	assert((sessions->n == 0) == !sessions->first && !sessions->first == !sessions->last);
	assert(!sessions->first || (!sessions->first->previous && !sessions->last->next));
	assert(sessions->n_ending <= sessions->n);
	assert(sessions->n_unfinished == 0 || sessions->n_ending < sessions->n);
	assert(sessions->n_unfinished <= sessions->limits.n_unfinished);
	assert(!sessions->first_waiting == !sessions->last_waiting);
}

static void check_session(const struct sessions *sessions, const struct session *session)
{
	assert(session->n_turns <= SESSIONS_TURNS_MAX);
	assert(session->n_turns == 0 || session->ending);
	assert(!session->ending || session->n_unfinished == 0);
	assert(session->n_unfinished <= sessions->n_unfinished);
	assert(session->waits || (!session->waiting_previous && !session->waiting_next));
}

static void link_last(struct sessions *sessions, struct session *session, uint64_t now_usec)
{
	/* The list is in the order of time. */
	assert(!sessions->last || sessions->last->active_usec <= now_usec);
	session->active_usec = now_usec;
	session->previous = sessions->last;
	session->next = NULL;
	*(sessions->last ? &sessions->last->next : &sessions->first) = session;
	sessions->last = session;
}

static void unlink_from(struct sessions *sessions, struct session *session)
{
	*(session->previous ? &session->previous->next : &sessions->first) = session->next;
	*(session->next ? &session->next->previous : &sessions->last) = session->previous;
}

void sessions_add(struct sessions *sessions, struct session *session, uint64_t now_usec)
{
	link_last(sessions, session, now_usec);
	sessions->n++;
	check_session(sessions, session);
	check_invariants(sessions);
}

/* Sessions begin to wait right after they have received something: the list of those that wait has
 * the same order. */
void sessions_wait(struct sessions *sessions, struct session *session)
{
	struct session *last = sessions->last_waiting;

	assert(!session->waits && (!last || last->active_usec <= session->active_usec));
	session->waits = true;
	session->waiting_previous = last;
	*(last ? &last->waiting_next : &sessions->first_waiting) = session;
	sessions->last_waiting = session;
	check_invariants(sessions);
}

void sessions_stop_waiting(struct sessions *sessions, struct session *session)
{
	struct session *previous = session->waiting_previous, *next = session->waiting_next;

	if (!session->waits)
		return;
	*(previous ? &previous->waiting_next : &sessions->first_waiting) = next;
	*(next ? &next->waiting_previous : &sessions->last_waiting) = previous;
	session->waits = false;
	session->waiting_previous = session->waiting_next = NULL;
	check_invariants(sessions);
}

void sessions_remove(struct sessions *sessions, struct session *session)
{
	sessions_stop_waiting(sessions, session);
	check_session(sessions, session);
	unlink_from(sessions, session);
	sessions->n--;
	sessions->n_ending -= session->ending;
	sessions->n_unfinished -= session->n_unfinished;
	check_invariants(sessions);
	frame_reader_done(&session->reader);
}

void sessions_touch(struct sessions *sessions, struct session *session, uint64_t now_usec)
{
	sessions_stop_waiting(sessions, session);
	unlink_from(sessions, session);
	link_last(sessions, session, now_usec);
}

void sessions_end(struct sessions *sessions, struct session *session)
{
	if (session->ending)
		return;
	session->ending = true;
	sessions->n_ending++;
	sessions->n_unfinished -= session->n_unfinished;
	session->n_unfinished = 0;
	check_session(sessions, session);
	(void)shutdown(session->reader.fd, SHUT_RD);
}

/* If more than SESSIONS_ENDING_MAX are ending, each has one turn. */
bool sessions_count_turn(struct sessions *sessions, struct session *session)
{
	if (!session->ending)
		return false;
	session->n_turns++;
	check_session(sessions, session);
	return session->n_turns >= SESSIONS_TURNS_MAX || sessions->n_ending > SESSIONS_ENDING_MAX;
}

bool session_has_unread(const struct session *session)
{
	char byte;

	return recv(session->reader.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Whether a session counts toward a bound. */
typedef bool counted_fn(const struct session *session, uint64_t peer);

static bool is_any(const struct session *session, uint64_t peer)
{
	(void)session, (void)peer;
	return true;
}

static bool is_of_peer(const struct session *session, uint64_t peer)
{
	return session->peer == peer;
}

/* Find the session that has been silent for longest. Skip those with unread bytes, unless the first
 * SESSIONS_PEEKS_MAX all have some. */
static struct session *find_longest_silent(
	const struct sessions *sessions, counted_fn *is_counted, uint64_t peer)
{
	struct session *found = NULL;
	unsigned n_peeked = 0;

	for (struct session *one = sessions->first; one && n_peeked < SESSIONS_PEEKS_MAX;
		one = one->next) {
		if (one->ending || !is_counted(one, peer))
			continue;
		if (!session_has_unread(one))
			return one;
		found = found ? found : one;
		n_peeked++;
	}
	return found;
}

static size_t count_of_peer(const struct sessions *sessions, uint64_t peer)
{
	size_t n = 0;

	for (const struct session *one = sessions->first; one; one = one->next)
		n += one->peer == peer && !one->ending;
	return n;
}

size_t sessions_make_room(struct sessions *sessions, uint64_t peer)
{
	bool of_peer = count_of_peer(sessions, peer) >= sessions->limits.n_of_peer;
	struct session *silent;

	if (!of_peer && sessions->n - sessions->n_ending < sessions->limits.n)
		return 0;
	silent = find_longest_silent(sessions, of_peer ? is_of_peer : is_any, peer);
	if (!silent)
		return 0;
	sessions_end(sessions, silent);
	return 1;
}

/* The unfinished messages of one peer: their number and their bytes. */
struct share {
	uint64_t peer;
	size_t n, n_bytes;
};

static struct share share_of(const struct sessions *sessions, uint64_t peer)
{
	struct share share = { .peer = peer };

	for (const struct session *one = sessions->first; one; one = one->next)
		if (one->peer == peer && one->n_unfinished > 0) {
			share.n++;
			share.n_bytes += one->n_unfinished;
		}
	return share;
}

static struct share find_largest_share(const struct sessions *sessions)
{
	struct share largest = { 0 };

	for (const struct session *one = sessions->first; one; one = one->next) {
		struct share share = { 0 };

		if (one->n_unfinished > 0 && (largest.n == 0 || one->peer != largest.peer))
			share = share_of(sessions, one->peer);
		if (share.n_bytes > largest.n_bytes)
			largest = share;
	}
	return largest;
}

/* Of the peer that has most, find the session that has been silent for longest. Skip messages below
 * the peer's average: to end small ones would make little room. There must be an unfinished
 * message. */
static struct session *find_unfinished(const struct sessions *sessions)
{
	struct share share = find_largest_share(sessions);
	size_t average = share.n > 0 ? share.n_bytes / share.n : 0;
	struct session *one = sessions->first;

	/* One message at least has as much as the average. */
	assert(share.n > 0 && share.n_bytes <= sessions->n_unfinished);
	while (one->peer != share.peer || one->n_unfinished < average)
		one = one->next;
	return one;
}

size_t sessions_note_unfinished(struct sessions *sessions, struct session *session)
{
	size_t n = 0;

	if (session->ending)
		return 0;
	sessions->n_unfinished -= session->n_unfinished;
	session->n_unfinished = session->reader.rest_size;
	sessions->n_unfinished += session->n_unfinished;
	while (sessions->n_unfinished > sessions->limits.n_unfinished) {
		sessions_end(sessions, find_unfinished(sessions));
		n++;
	}
	check_invariants(sessions);
	return n;
}
