/* The kernel counts a datagram as the sender's until the receiver has read it. A line end alone is
 * an entry without fields, of which journald makes nothing. */
#include "config.h"

#include "sink/journal/barrier.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"

int fence_init(struct fence *fence)
{
	*fence = (struct fence){ .fd = -1 };
	fence->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return fence->fd < 0 ? -errno : 0;
}

void fence_done(struct fence *fence)
{
	fence->fd = close_fd(fence->fd);
}

int fence_send(struct fence *fence, const struct sockaddr_un *address)
{
	/* Connected anew each time: journald's socket may be another one now. */
	if (connect(fence->fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (send(fence->fd, "\n", 1, MSG_NOSIGNAL) < 0)
		return -errno;
	fence->sent = true;
	return 0;
}

bool fence_is_taken(struct fence *fence)
{
	int n = 0;

	if (ioctl(fence->fd, SIOCOUTQ, &n) < 0 || n > 0)
		return false;
	fence->sent = false;
	return true;
}
