/* Sockets that receive syslog: made for an address, or passed by the service manager. A datagram
 * socket gives messages, a stream socket gives connections. All are non-blocking. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/address.h"

enum {
	LISTENER_NAME_SIZE = 400,               /* bytes of any address as people write it */
	LISTENER_PEER_SIZE = INET6_ADDRSTRLEN,  /* bytes of a peer in numbers */
	LISTENER_RECEIVE_SIZE = 8 * 1024 * 1024 /* of the kernel's datagram buffer; a request */
};

struct listener {
	int fd;
	bool is_stream;                  /* gives connections, not messages */
	bool is_passed;                  /* by the service manager: others hold it too */
	bool is_local;                   /* a unix socket: the sender is on this machine */
	char name[LISTENER_NAME_SIZE];   /* address as people write it, without controls */
	char path[ADDRESS_PATH_MAX + 1]; /* the socket file that was made; empty: none */
	dev_t device;                    /* of that file */
	ino_t inode;
	uint32_t n_dropped; /* the kernel's count of datagrams that it dropped, as last seen */
};

/* Make the socket of `address`, of any kind but ADDRESS_TLS and ADDRESS_SYSTEMD, and bind it. A
 * unix socket's file is open to all. If no process listens behind an existing one any more, it is
 * replaced. receive_size: the kernel's buffer for datagrams, as far as we may. Returns 0 or a
 * negative errno; then `reterr` is a static text with further help, or NULL where errno is
 * enough. */
int listener_open(
	const struct address *address, int receive_size, struct listener *ret, const char **reterr);

/* Duplicate a socket that was passed; `fd` itself stays open, to be used again. Returns 0 or a
 * negative errno: -EPROTOTYPE for a descriptor that gives neither datagrams nor connections. */
int listener_adopt(int fd, struct listener *ret);

/* Read and count the datagrams that wait in a socket of our own: they are lost when it is closed.
 * Returns 0 for a socket that was passed, and for streams. */
size_t listener_drop_unread(const struct listener *listener);

/* Close the socket, and remove the socket file if it is still ours. */
void listener_done(struct listener *listener);

/* How many datagrams the kernel has dropped since the last look; 0 where it cannot be known. */
uint32_t listener_count_lost(struct listener *listener);

/* Note the kernel's running number of dropped datagrams: it is `total` now, or was before. Returns
 * how many have been dropped since the last look. */
uint32_t listener_note_dropped(struct listener *listener, uint32_t total);

/* Write in numbers who sent a datagram or has connected. `len` bytes of an address; an unnamed unix
 * socket has none. */
void listener_print_peer(
	const struct sockaddr *peer, socklen_t len, char ret[static LISTENER_PEER_SIZE]);

/* The other side of a connection. */
struct listener_peer {
	char number[LISTENER_PEER_SIZE]; /* in numbers; empty for a unix socket */
	/* Peers with one id share a bound: an IPv4 address, an IPv6 network of 64 bits, a user of a
	 * unix socket. */
	uint64_t id;
};

enum { LISTENER_NEXT = 1 };

/* Accept the next connection; the caller closes `ret_fd`. Returns 0; LISTENER_NEXT when that
 * connection is gone already; -EAGAIN when none is waiting; after another negative errno, wait
 * before the next try. */
int listener_accept(struct listener *listener, int *ret_fd, struct listener_peer *ret_peer);
