/* What goes wrong at a socket of a syslog source: counted, and reported at most once in a while. */
#pragma once

#include <stdint.h>

#include "base/rate-limit.h"

enum {
	TROUBLES_REPORT_USEC = 10 * 1000 * 1000, /* between two reports of the same trouble */
};

enum trouble {
	TROUBLE_LOST,
	TROUBLE_EVICTED,
	TROUBLE_UNREAD,
	TROUBLE_MALFORMED,
	N_TROUBLES,
};

/* Of one socket; zeroed at its start. */
struct troubles {
	struct rate_limit limits[N_TROUBLES];
};

/* Count `n` cases, and report them if it is time. `source` and `socket` are the user's names. */
void troubles_count(struct troubles *troubles, enum trouble trouble, uint64_t n, const char *source,
	const char *socket);

/* Report what was counted and not reported, if it is time. */
void troubles_report(
	struct troubles *troubles, uint64_t now_usec, const char *source, const char *socket);

/* When there is something to report, UINT64_MAX = never. */
uint64_t troubles_wake_usec(const struct troubles *troubles);
