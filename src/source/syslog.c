#include "config.h"

#include "source/syslog.h"

#include <errno.h>

int syslog_source_new(const char *name, const struct syslog_options *options, struct source **ret)
{
	(void)name, (void)options, (void)ret;
	return -ENOSYS;
}
