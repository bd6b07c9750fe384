/* The datagrams that one call has received: as many as wait, up to a bound. All datagram sockets of
 * a source receive into one room, which belongs to the one whose turn it is. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "source/syslog/listener.h"
#include "wire/framing.h"

enum {
	DATAGRAMS_MAX = 32, /* received at once; of local ones, which may be larger, 8 */
	DATAGRAMS_ROOM =
		2 * 1024 * 1024, /* bytes; those that no datagram has reached are not used */
	DATAGRAMS_LOCAL_LEN = FRAMING_MESSAGE_MAX, /* bytes of one; further ones are cut off */
	DATAGRAMS_NETWORK_LEN = 64 * 1024,         /* as above; by UDP there are no longer ones */
};

struct datagrams;

struct datagram {
	struct text bytes; /* may be empty */
	bool cut;          /* it was longer than the room for it */
};

/* Returns 0 or -ENOMEM. */
int datagrams_new(struct datagrams **ret);

/* Accepts NULL, returns NULL. */
struct datagrams *datagrams_free(struct datagrams *datagrams);
CLEANUP_DEFINE(struct datagrams *, datagrams_free);

/* Receive what waits at a datagram socket, when all from before has been taken. `ret_n_lost`:
 * datagrams that the kernel has dropped before these, since the last look. Returns 0, or a negative
 * errno, -EAGAIN when none is waiting. */
int datagrams_receive(struct datagrams *datagrams, struct listener *listener, uint32_t *ret_n_lost);

/* Take the next one, which stays in the room until datagrams_receive(). False when all are taken.
 */
bool datagrams_take(struct datagrams *datagrams, struct datagram *ret);

/* Write in numbers who sent the datagram that was taken last; the empty string for a unix socket.
 */
void datagrams_print_peer(const struct datagrams *datagrams, char ret[static LISTENER_PEER_SIZE]);

/* How many are received and not taken. */
size_t datagrams_count_untaken(const struct datagrams *datagrams);
