#include "config.h"

#include "sink/socket.h"

#include <errno.h>

int socket_sink_new(const char *name, const struct socket_options *options, struct sink **ret)
{
	(void)name, (void)options, (void)ret;
	return -ENOSYS;
}
