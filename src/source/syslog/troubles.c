/* Each kind of trouble has a quota of its own: one that is frequent hides no other. */
#include "config.h"

#include "source/syslog/troubles.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

#include "base/io.h"
#include "base/log.h"
#include "record/message-ids.h"

static const char *const texts[] = {
	[TROUBLE_LOST] = "datagrams lost before they could be read",
	[TROUBLE_EVICTED] = "connections closed to make room for others",
	[TROUBLE_UNREAD] = "connections closed with unread bytes",
	[TROUBLE_MALFORMED] = "connections closed at a wrong octet count",
};

void troubles_report(
	struct troubles *troubles, uint64_t now_usec, const char *source, const char *socket)
{
	for (size_t i = 0; i < N_TROUBLES; i++) {
		uint64_t n = rate_limit_take(&troubles->limits[i], now_usec, TROUBLES_REPORT_USEC);

		if (n == 0)
			continue;
		if (i == TROUBLE_LOST)
			message_log(MESSAGE_LOST, source, LOG_WARNING,
				"source %s: %" PRIu64 " %s at %s", source, n, texts[i], socket);
		else
			log_warning("source %s: %" PRIu64 " %s at %s", source, n, texts[i], socket);
	}
}

void troubles_count(struct troubles *troubles, enum trouble trouble, uint64_t n, const char *source,
	const char *socket)
{
	assert(trouble < N_TROUBLES);
	if (n == 0)
		return;
	troubles->limits[trouble].n += n;
	troubles_report(troubles, io_monotonic_usec(), source, socket);
}

uint64_t troubles_wake_usec(const struct troubles *troubles)
{
	uint64_t usec = UINT64_MAX;

	for (size_t i = 0; i < N_TROUBLES; i++) {
		uint64_t wake = rate_limit_wake_usec(&troubles->limits[i]);

		usec = wake < usec ? wake : usec;
	}
	return usec;
}
