/* Pauses double with every failure. Each is cut at random to something between a half and the
 * whole, so that a hundred daemons do not retry in step. A connection that breaks at once is one
 * more failure. The administrator gets one message that the log server is away and one that it is
 * back. A log server that comes and goes counts as back only when its connection is proven. */
#include "config.h"

#include "sink/socket/reconnect.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/io.h"
#include "base/log.h"
#include "record/message-ids.h"

enum { PROVEN_USEC = 10 * 1000 * 1000 }; /* a connection that lasted so long is good */

static void check_invariants(const struct reconnect *p)
{
	static const bool possible[][CONNECTION_READY + 1] = {
		[RECONNECT_WAITING] = { [CONNECTION_CLOSED] = true },
		[RECONNECT_CONNECTING] = { [CONNECTION_RESOLVING] = true,
			[CONNECTION_CONNECTING] = true,
			[CONNECTION_SHAKING_HANDS] = true },
		[RECONNECT_READY] = { [CONNECTION_READY] = true },
		[RECONNECT_PROVEN] = { [CONNECTION_READY] = true },
	};

	assert(possible[p->state][p->connection.state]);
	assert(p->pause_usec >= RECONNECT_MIN_USEC && p->pause_usec <= RECONNECT_MAX_USEC);
	assert(!(p->fickle && p->state == RECONNECT_PROVEN));
}

/* Between a half and the whole of `usec`. */
static uint64_t cut_at_random(uint64_t usec)
{
	uint64_t random = 0;

	/* Only early at boot there is nothing random yet; then the clock serves. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = io_now_usec(CLOCK_REALTIME);
	return usec - random % (usec / 2 + 1);
}

static void report_away(struct reconnect *p, uint64_t usec)
{
	const struct connection *c = &p->connection;
	struct text address = c->address->text;

	if (p->logged == RECONNECT_LOGGED_AWAY)
		return;
	if (c->error == -EKEYREJECTED)
		message_log(MESSAGE_SINK_DOWN, p->sink, LOG_WARNING,
			"sink %s: the certificate of '%.*s' is not trusted: %s, retrying in "
			"%.1f s",
			p->sink, TEXT_FORMAT(address), c->reason, (double)usec / 1e6);
	else
		message_log(MESSAGE_SINK_DOWN, p->sink, LOG_WARNING,
			"sink %s: %s '%.*s': %s, retrying in %.1f s", p->sink,
			p->logged == RECONNECT_LOGGED_HERE ? "lost the connection to"
							   : "cannot reach",
			TEXT_FORMAT(address), c->reason, (double)usec / 1e6);
	p->logged = RECONNECT_LOGGED_AWAY;
}

static void report_here(struct reconnect *p)
{
	const struct address *address = p->connection.address;

	if (p->logged == RECONNECT_LOGGED_HERE || p->fickle)
		return;
	message_log(MESSAGE_SINK_UP, p->sink, LOG_NOTICE, "sink %s: %s '%.*s'", p->sink,
		address_is_stream(address) ? "connected to" : "sending to",
		TEXT_FORMAT(address->text));
	p->logged = RECONNECT_LOGGED_HERE;
}

static void wait_for_retry(struct reconnect *p, uint64_t now_usec)
{
	uint64_t usec = cut_at_random(p->pause_usec);

	p->state = RECONNECT_WAITING;
	p->retry_usec = now_usec + usec;
	p->pause_usec *= 2;
	if (p->pause_usec > RECONNECT_MAX_USEC)
		p->pause_usec = RECONNECT_MAX_USEC;
	report_away(p, usec);
}

/* Note the result of an attempt so far. */
static int note_attempt(struct reconnect *p, int r, uint64_t now_usec)
{
	if (r < 0)
		wait_for_retry(p, now_usec);
	if (r == 0) {
		p->state = RECONNECT_READY;
		p->ready_usec = now_usec;
		report_here(p);
	}
	check_invariants(p);
	return r == 0 ? 0 : RECONNECT_AWAY;
}

static int start_attempt(struct reconnect *p, uint64_t now_usec)
{
	p->state = RECONNECT_CONNECTING;
	return note_attempt(p, connection_open(&p->connection), now_usec);
}

void reconnect_init(struct reconnect *p, const char *sink, const struct address *address,
	struct tls *tls, int epoll_fd)
{
	*p = (struct reconnect){ .sink = sink, .pause_usec = RECONNECT_MIN_USEC };
	connection_init(&p->connection, address, tls, epoll_fd);
	(void)start_attempt(p, io_monotonic_usec());
}

void reconnect_done(struct reconnect *p)
{
	connection_close(&p->connection);
	p->state = RECONNECT_WAITING;
	p->retry_usec = UINT64_MAX;
}

int reconnect_process(struct reconnect *p, uint64_t now_usec)
{
	if (reconnect_is_ready(p))
		return 0;
	if (p->state == RECONNECT_CONNECTING)
		return note_attempt(p, connection_continue(&p->connection), now_usec);
	return now_usec >= p->retry_usec ? start_attempt(p, now_usec) : RECONNECT_AWAY;
}

void reconnect_lose(struct reconnect *p, uint64_t now_usec)
{
	assert(reconnect_is_ready(p));
	connection_close(&p->connection);
	p->fickle = p->state != RECONNECT_PROVEN && now_usec - p->ready_usec < PROVEN_USEC;
	if (!p->fickle)
		p->pause_usec = RECONNECT_MIN_USEC;
	wait_for_retry(p, now_usec);
	check_invariants(p);
}

int reconnect_renew(struct reconnect *p, uint64_t now_usec)
{
	return start_attempt(p, now_usec);
}

void reconnect_prove(struct reconnect *p)
{
	assert(reconnect_is_ready(p));
	p->state = RECONNECT_PROVEN;
	p->fickle = false;
	p->pause_usec = RECONNECT_MIN_USEC;
	report_here(p);
	check_invariants(p);
}

uint64_t reconnect_wake_usec(const struct reconnect *p)
{
	if (reconnect_is_ready(p))
		return UINT64_MAX;
	return p->state == RECONNECT_WAITING ? p->retry_usec : p->connection.deadline_usec;
}
