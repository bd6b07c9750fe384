/* The log server as seen over time: attempts to reach it, one after the other, with growing pauses,
 * and what is said about that to the administrator. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sink/socket/connection.h"

/* Outcome besides 0. */
enum { PEER_AWAY = 1 };

enum peer_said {
	PEER_SAID_NOTHING,
	PEER_SAID_HERE,
	PEER_SAID_AWAY,
};

struct peer {
	const char *sink; /* name of the sink, for messages */
	struct connection connection;
	bool ready;  /* the connection is there */
	bool proven; /* and good for something */
	bool fickle; /* the last one broke before it was proven */
	enum peer_said said;
	uint64_t ready_usec;
	uint64_t retry_usec; /* the next attempt; UINT64_MAX = none is waited for */
	uint64_t pause_usec; /* the most that the next pause can be */
};

/* Begin the first attempt. `sink`, `address` and `tls`, which may be NULL, must outlive the peer.
 */
void peer_init(struct peer *p, const char *sink, const struct address *address, struct tls *tls,
	int epoll_fd);

void peer_done(struct peer *p);

/* Go on trying. Returns 0 once the connection is there, or PEER_AWAY. */
int peer_process(struct peer *p, uint64_t now_usec);

/* The connection is broken, and its `reason` says why: begin again after a pause. */
void peer_lose(struct peer *p, uint64_t now_usec);

/* Leave the connection for a new one, the name looked up again. Returns as peer_process. */
int peer_renew(struct peer *p, uint64_t now_usec);

/* The other side has got something: pauses are short again. */
void peer_prove(struct peer *p);

/* When to call peer_process while it is away, UINT64_MAX = when the epoll descriptor tells. */
uint64_t peer_wake_usec(const struct peer *p);
