#include "config.h"

#include "wire/format.h"

#include <errno.h>

const char *const format_names[] = { "rfc5424", "rfc3164", "json", NULL };

int format_encode(
	const struct record *record, const struct format_options *options, struct buffer *out)
{
	(void)record, (void)options, (void)out;
	return -ENOSYS;
}
