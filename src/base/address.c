#include "config.h"

#include "base/address.h"

#include <errno.h>

int address_parse(struct text text, struct address *ret, const char **reterr)
{
	(void)text, (void)ret;
	*reterr = "";
	return -ENOSYS;
}
