/* Names as journalctl -p accepts them. */
#include "config.h"

#include "record/severity.h"

#include <stddef.h>

const char *const severity_names[SEVERITY_COUNT + 1] = {
	"emerg",
	"alert",
	"crit",
	"err",
	"warning",
	"notice",
	"info",
	"debug",
	NULL,
};

int severity_of_digit(struct text t)
{
	return t.len == 1 && t.data[0] >= '0' && t.data[0] <= '7' ? t.data[0] - '0' : -1;
}
