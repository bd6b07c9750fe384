/* Each datagram has a slot of the room as large as the largest one that its socket may give, so
 * none is cut because others came with it. Of a slot only the pages that were written to take
 * memory. */
#include "config.h"

#include "source/syslog/datagrams.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct control {
	_Alignas(struct cmsghdr) char room[CMSG_SPACE(sizeof(uint32_t))];
};

struct datagrams {
	char *room;
	size_t n, n_taken; /* of the last call */
	struct mmsghdr headers[DATAGRAMS_MAX];
	struct iovec pieces[DATAGRAMS_MAX];
	struct sockaddr_storage peers[DATAGRAMS_MAX];
	struct control controls[DATAGRAMS_MAX];
};

int datagrams_new(struct datagrams **ret)
{
	CLEANUP(datagrams_freep) struct datagrams *datagrams = calloc(1, sizeof(*datagrams));

	if (!datagrams)
		return -ENOMEM;
	datagrams->room = malloc(DATAGRAMS_ROOM);
	if (!datagrams->room)
		return -ENOMEM;
	*ret = TAKE(datagrams);
	return 0;
}

struct datagrams *datagrams_free(struct datagrams *datagrams)
{
	if (!datagrams)
		return NULL;
	free(datagrams->room);
	free(datagrams);
	return NULL;
}

/* The kernel writes into the headers how much it used of what they point to. There is no room for
 * descriptors that a local sender passes along, so the kernel closes them. It drops no datagrams of
 * a local socket that it could report. */
static void set_header(struct datagrams *datagrams, size_t i, size_t slot, bool is_local)
{
	datagrams->pieces[i] = (struct iovec){ datagrams->room + i * slot, slot };
	datagrams->headers[i].msg_hdr = (struct msghdr){
		.msg_name = &datagrams->peers[i],
		.msg_namelen = sizeof(datagrams->peers[i]),
		.msg_iov = &datagrams->pieces[i],
		.msg_iovlen = 1,
		.msg_control = &datagrams->controls[i],
		.msg_controllen = is_local ? 0 : sizeof(datagrams->controls[i]),
	};
}

/* How many datagrams the kernel has dropped by what comes with this one, since the last look. */
static uint32_t read_dropped(struct listener *listener, struct msghdr *message)
{
	uint32_t total;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&total, CMSG_DATA(c), sizeof(total));
		return listener_note_dropped(listener, total);
	}
	return 0;
}

int datagrams_receive(struct datagrams *datagrams, struct listener *listener, uint32_t *ret_n_lost)
{
	size_t slot = listener->is_local ? DATAGRAMS_LOCAL_LEN : DATAGRAMS_NETWORK_LEN;
	size_t n_slots = DATAGRAMS_ROOM / slot;
	uint32_t n_lost = 0;
	int n;

	assert(!listener->is_stream && datagrams->n_taken == datagrams->n);
	assert(n_slots <= DATAGRAMS_MAX);
	for (size_t i = 0; i < n_slots; i++)
		set_header(datagrams, i, slot, listener->is_local);
	do
		n = recvmmsg(listener->fd, datagrams->headers, (unsigned)n_slots, MSG_CMSG_CLOEXEC,
			NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;

	datagrams->n = (size_t)n;
	datagrams->n_taken = 0;
	for (size_t i = 0; i < datagrams->n; i++)
		n_lost += read_dropped(listener, &datagrams->headers[i].msg_hdr);
	*ret_n_lost = n_lost;
	return 0;
}

bool datagrams_take(struct datagrams *datagrams, struct datagram *ret)
{
	const struct mmsghdr *header = &datagrams->headers[datagrams->n_taken];

	if (datagrams->n_taken == datagrams->n)
		return false;
	datagrams->n_taken++;
	ret->bytes = text_make(header->msg_hdr.msg_iov->iov_base, header->msg_len);
	ret->cut = (header->msg_hdr.msg_flags & MSG_TRUNC) != 0;
	return true;
}

void datagrams_print_peer(const struct datagrams *datagrams, char ret[static LISTENER_PEER_SIZE])
{
	const struct msghdr *header;

	assert(datagrams->n_taken > 0);
	header = &datagrams->headers[datagrams->n_taken - 1].msg_hdr;
	listener_print_peer(header->msg_name, header->msg_namelen, ret);
}

size_t datagrams_count_untaken(const struct datagrams *datagrams)
{
	return datagrams->n - datagrams->n_taken;
}
