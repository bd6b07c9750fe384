#include "config.h"

#include "wire/framing.h"

#include <errno.h>

int framing_next(
	struct framing *framing, struct text data, bool at_end, struct frame *ret, size_t *ret_used)
{
	(void)framing, (void)data, (void)at_end, (void)ret, (void)ret_used;
	return -ENOSYS;
}
