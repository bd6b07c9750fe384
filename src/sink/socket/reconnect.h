/* The log server over time: attempts to reach it, one after the other, with growing pauses, and the
 * messages to the administrator about them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sink/socket/connection.h"

enum {
	RECONNECT_MIN_USEC = 100 * 1000, /* backoff: doubled with every failure, with jitter */
	RECONNECT_MAX_USEC = 30 * 1000 * 1000,
};

/* Outcome besides 0. */
enum { RECONNECT_AWAY = 1 };

enum reconnect_state {
	RECONNECT_WAITING,    /* for the next attempt */
	RECONNECT_CONNECTING, /* an attempt is under way */
	RECONNECT_READY,      /* the connection is there */
	RECONNECT_PROVEN,     /* and it works: it delivered */
};

enum reconnect_logged {
	RECONNECT_LOGGED_NOTHING,
	RECONNECT_LOGGED_HERE,
	RECONNECT_LOGGED_AWAY,
};

struct reconnect {
	const char *sink; /* name of the sink, for messages */
	struct connection connection;
	enum reconnect_state state;
	bool fickle; /* the last connection broke before it was proven, or had lasted */
	enum reconnect_logged logged;
	uint64_t ready_usec; /* when the last connection was there */
	uint64_t retry_usec; /* the next attempt, while it is waited for */
	uint64_t pause_usec; /* the most that the next pause can be */
};

/* Begin the first attempt. `sink`, `address` and `tls`, which may be NULL, must outlive the struct
 * reconnect. */
void reconnect_init(struct reconnect *reconnect, const char *sink, const struct address *address,
	struct tls *tls, int epoll_fd);

void reconnect_done(struct reconnect *reconnect);

/* Continue to try. Returns 0 once the connection is there, or RECONNECT_AWAY. */
int reconnect_process(struct reconnect *reconnect, uint64_t now_usec);

/* Whether the connection is there. */
static inline bool reconnect_is_ready(const struct reconnect *reconnect)
{
	return reconnect->state >= RECONNECT_READY;
}

/* The connection is broken, for the reason in its `reason`: begin again after a pause. */
void reconnect_lose(struct reconnect *reconnect, uint64_t now_usec);

/* Replace the connection by a new one, with the name looked up again. Returns as
 * reconnect_process. */
int reconnect_renew(struct reconnect *reconnect, uint64_t now_usec);

/* The other side has received something: pauses are short again. */
void reconnect_prove(struct reconnect *reconnect);

/* When to call reconnect_process while the log server is away; UINT64_MAX = when the epoll
 * descriptor is readable. */
uint64_t reconnect_wake_usec(const struct reconnect *reconnect);
