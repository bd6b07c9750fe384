/* The connections of a syslog source, in the order in which they last sent something. Three bounds
 * hold: connections in all, connections of one peer, and bytes of unfinished messages in all. Past
 * a bound, the connection that has been silent for longest among those that the bound counts is
 * ended. Past the last bound, only the peer with most bytes counts. The bytes that a connection has
 * sent are read before it is closed. The bounds of the service are in syslog-options.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/syslog/frame-reader.h"

enum {
	SESSIONS_TURNS_MAX = 16,  /* reads of an ending connection */
	SESSIONS_ENDING_MAX = 64, /* if more are ending, each has one read */
	SESSIONS_PEEKS_MAX = 16,  /* connections looked at for unread bytes */
};

struct session {
	struct frame_reader reader;
	uint64_t peer;        /* id of the peer, see struct listener_peer */
	uint64_t active_usec; /* when it last sent something; CLOCK_MONOTONIC */
	bool ending;          /* it is closed when the bytes that it has sent are read */
	unsigned n_turns;     /* reads since `ending` */
	size_t n_unfinished;  /* bytes that it keeps, as last noted; 0 while `ending` */
	struct session *previous, *next;
	bool waits; /* its message is whole if nothing comes for a while: it is in `waiting` */
	struct session *waiting_previous, *waiting_next;
};

struct sessions_limits {
	size_t n;            /* connections in all */
	size_t n_of_peer;    /* of one peer */
	size_t n_unfinished; /* bytes in all */
};

struct sessions {
	struct sessions_limits limits;
	struct session *first, *last; /* silent for the longest and the shortest time */
	size_t n, n_ending;
	size_t n_unfinished;
	struct session *first_waiting, *last_waiting; /* in the same order */
};

/* Add a new session, with `reader` and `peer` set. The caller owns it, and keeps it in place until
 * sessions_remove(). */
void sessions_add(struct sessions *sessions, struct session *session, uint64_t now_usec);

/* Remove a session, and close its connection. */
void sessions_remove(struct sessions *sessions, struct session *session);

/* Note that a session has just received something. It waits no longer. */
void sessions_touch(struct sessions *sessions, struct session *session, uint64_t now_usec);

/* Note that the message which a session keeps is whole if it receives nothing for a while. */
void sessions_wait(struct sessions *sessions, struct session *session);

/* Note that a session waits no longer. */
void sessions_stop_waiting(struct sessions *sessions, struct session *session);

/* Begin to end a session, if it is not ending already: its socket becomes readable, and at most
 * SESSIONS_TURNS_MAX reads follow. */
void sessions_end(struct sessions *sessions, struct session *session);

/* Make room for one more connection of this peer. Returns how many sessions were ended: 0 or 1. */
size_t sessions_make_room(struct sessions *sessions, uint64_t peer);

/* Note the bytes that a session keeps of an unfinished message. Past the bound, end sessions with
 * such a message, perhaps this one. Returns how many. */
size_t sessions_note_unfinished(struct sessions *sessions, struct session *session);

/* Count a read of a session. Returns whether it is the last: never, if it is not ending. */
bool sessions_count_turn(struct sessions *sessions, struct session *session);

/* Whether the socket has bytes to read. */
bool session_has_unread(const struct session *session);
