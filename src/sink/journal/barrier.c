/* The kernel counts a datagram as the sender's until the receiver has read it. A line end alone is
 * an entry without fields, which journald discards. */
#include "config.h"

#include "sink/journal/barrier.h"

#include <assert.h>
#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

int barrier_init(struct barrier *barrier)
{
	*barrier = (struct barrier){ .fd = -1 };
	barrier->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return barrier->fd < 0 ? -errno : 0;
}

void barrier_done(struct barrier *barrier)
{
	barrier->fd = close_fd(barrier->fd);
}

int barrier_send(struct barrier *barrier, const struct sockaddr_un *address)
{
	/* Connected anew each time: journald's socket may be another one now. */
	if (connect(barrier->fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (send(barrier->fd, "\n", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	barrier->sent = true;
	return 0;
}

bool barrier_is_taken(const struct barrier *barrier)
{
	int n = 0;

	/* Otherwise an empty queue would prove that a barrier was taken that was never sent. */
	assert(barrier->sent);
	return ioctl(barrier->fd, SIOCOUTQ, &n) == 0 && n == 0;
}
