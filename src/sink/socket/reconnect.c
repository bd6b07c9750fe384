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

static void check_invariants(const struct reconnect *reconnect)
{
	static const bool possible[][CONNECTION_READY + 1] = {
		[RECONNECT_WAITING] = { [CONNECTION_CLOSED] = true },
		[RECONNECT_CONNECTING] = { [CONNECTION_RESOLVING] = true,
			[CONNECTION_CONNECTING] = true,
			[CONNECTION_SHAKING_HANDS] = true },
		[RECONNECT_READY] = { [CONNECTION_READY] = true },
		[RECONNECT_PROVEN] = { [CONNECTION_READY] = true },
	};

	assert(possible[reconnect->state][reconnect->connection.state]);
	assert(reconnect->pause_usec >= RECONNECT_MIN_USEC &&
		reconnect->pause_usec <= RECONNECT_MAX_USEC);
	assert(!(reconnect->fickle && reconnect->state == RECONNECT_PROVEN));
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

static const char *describe_loss(const struct reconnect *reconnect)
{
	if (reconnect->logged != RECONNECT_LOGGED_HERE)
		return "cannot reach";
	return address_is_stream(reconnect->connection.address) ? "lost the connection to"
								: "cannot send to";
}

static void report_away(struct reconnect *reconnect, uint64_t usec)
{
	const struct connection *c = &reconnect->connection;
	struct text address = c->address->text;

	if (reconnect->logged == RECONNECT_LOGGED_AWAY)
		return;
	if (c->error == -EKEYREJECTED)
		message_log(MESSAGE_SINK_DOWN, reconnect->sink, LOG_WARNING,
			"sink %s: the certificate of '%.*s' is not trusted: %s, retrying in "
			"%.1f s",
			reconnect->sink, TEXT_FORMAT(address), c->reason, (double)usec / 1e6);
	else
		message_log(MESSAGE_SINK_DOWN, reconnect->sink, LOG_WARNING,
			"sink %s: %s '%.*s': %s, retrying in %.1f s", reconnect->sink,
			describe_loss(reconnect), TEXT_FORMAT(address), c->reason,
			(double)usec / 1e6);
	reconnect->logged = RECONNECT_LOGGED_AWAY;
}

static void report_here(struct reconnect *reconnect)
{
	const struct address *address = reconnect->connection.address;

	if (reconnect->logged == RECONNECT_LOGGED_HERE || reconnect->fickle)
		return;
	message_log(MESSAGE_SINK_UP, reconnect->sink, LOG_NOTICE, "sink %s: %s '%.*s'",
		reconnect->sink, address_is_stream(address) ? "connected to" : "sending to",
		TEXT_FORMAT(address->text));
	reconnect->logged = RECONNECT_LOGGED_HERE;
}

static void wait_for_retry(struct reconnect *reconnect, uint64_t now_usec)
{
	uint64_t usec = cut_at_random(reconnect->pause_usec);

	reconnect->state = RECONNECT_WAITING;
	reconnect->retry_usec = now_usec + usec;
	reconnect->pause_usec *= 2;
	if (reconnect->pause_usec > RECONNECT_MAX_USEC)
		reconnect->pause_usec = RECONNECT_MAX_USEC;
	report_away(reconnect, usec);
}

/* Note the result of an attempt so far. */
static int note_attempt(struct reconnect *reconnect, int r, uint64_t now_usec)
{
	if (r < 0)
		wait_for_retry(reconnect, now_usec);
	if (r == 0) {
		reconnect->state = RECONNECT_READY;
		reconnect->ready_usec = now_usec;
		report_here(reconnect);
	}
	check_invariants(reconnect);
	return r == 0 ? 0 : RECONNECT_AWAY;
}

static int start_attempt(struct reconnect *reconnect, uint64_t now_usec)
{
	reconnect->state = RECONNECT_CONNECTING;
	return note_attempt(reconnect, connection_open(&reconnect->connection), now_usec);
}

void reconnect_init(struct reconnect *reconnect, const char *sink, const struct address *address,
	struct tls *tls, int epoll_fd)
{
	*reconnect = (struct reconnect){ .sink = sink, .pause_usec = RECONNECT_MIN_USEC };
	connection_init(&reconnect->connection, address, tls, epoll_fd);
	(void)start_attempt(reconnect, io_monotonic_usec());
}

void reconnect_done(struct reconnect *reconnect)
{
	connection_close(&reconnect->connection);
	reconnect->state = RECONNECT_WAITING;
	reconnect->retry_usec = UINT64_MAX;
}

int reconnect_process(struct reconnect *reconnect, uint64_t now_usec)
{
	if (reconnect_is_ready(reconnect))
		return 0;
	if (reconnect->state == RECONNECT_CONNECTING)
		return note_attempt(
			reconnect, connection_continue(&reconnect->connection), now_usec);
	return now_usec >= reconnect->retry_usec ? start_attempt(reconnect, now_usec)
						 : RECONNECT_AWAY;
}

void reconnect_lose(struct reconnect *reconnect, uint64_t now_usec)
{
	assert(reconnect_is_ready(reconnect));
	connection_close(&reconnect->connection);
	reconnect->fickle = reconnect->state != RECONNECT_PROVEN &&
			    now_usec - reconnect->ready_usec < PROVEN_USEC;
	if (!reconnect->fickle)
		reconnect->pause_usec = RECONNECT_MIN_USEC;
	wait_for_retry(reconnect, now_usec);
	check_invariants(reconnect);
}

int reconnect_renew(struct reconnect *reconnect, uint64_t now_usec)
{
	return start_attempt(reconnect, now_usec);
}

void reconnect_prove(struct reconnect *reconnect)
{
	assert(reconnect_is_ready(reconnect));
	reconnect->state = RECONNECT_PROVEN;
	reconnect->fickle = false;
	reconnect->pause_usec = RECONNECT_MIN_USEC;
	report_here(reconnect);
	check_invariants(reconnect);
}

uint64_t reconnect_wake_usec(const struct reconnect *reconnect)
{
	if (reconnect_is_ready(reconnect))
		return UINT64_MAX;
	return reconnect->state == RECONNECT_WAITING ? reconnect->retry_usec
						     : reconnect->connection.deadline_usec;
}
