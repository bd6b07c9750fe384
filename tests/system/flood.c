/* Floods the journal, for the system tests: `flood COUNT EVERY IDENTIFIER` writes COUNT entries as
 * fast as journald takes them: `callId=I talk=0` with I from 1 to COUNT, and behind each EVERYth a
 * ` releaseCause=512`. The numbers show which causes were enriched, in which order, and
 * how many times.
 *
 * Each entry is one sd_journal_sendv(), which blocks while journald is busy: what this program has
 * written when it ends, the journal has, unless a rate limit took it. So its unit sets none. */
#include "config.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "program.h"

enum {
	FLOOD_FIELD_SIZE = 256,
};

static struct iovec field_from(const char *text)
{
	return (struct iovec){ .iov_base = (char *)text, .iov_len = strlen(text) };
}

/* Write entry `id`; `identifier` is the whole field, with its name. */
static int entry_write(unsigned long id, bool with_cause, const char *identifier)
{
	char message[FLOOD_FIELD_SIZE];
	struct iovec fields[3];

	(void)snprintf(message, sizeof(message), "MESSAGE=callId=%lu talk=0%s", id,
		with_cause ? " releaseCause=512" : "");
	fields[0] = field_from(message);
	fields[1] = field_from("PRIORITY=6");
	fields[2] = field_from(identifier);

	return sd_journal_sendv(fields, 3);
}

static int flood(unsigned long count, unsigned long every, const char *name)
{
	char identifier[FLOOD_FIELD_SIZE];
	unsigned long id;
	int len, r;

	len = snprintf(identifier, sizeof(identifier), "SYSLOG_IDENTIFIER=%s", name);
	if (len < 0 || (size_t)len >= sizeof(identifier))
		return -ENAMETOOLONG;

	for (id = 1; id <= count; id++) {
		r = entry_write(id, id % every == 0, identifier);
		if (r < 0)
			return r;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t count, every;
	int r;

	if (argc != 4 || number_parse(argv[1], &count) < 0 || number_parse(argv[2], &every) < 0 ||
		every == 0) {
		(void)fprintf(stderr, "usage: flood COUNT EVERY IDENTIFIER\n");
		return 2;
	}

	r = flood(count, every, argv[3]);
	if (r < 0) {
		(void)fprintf(stderr, "cannot write to the journal: %s\n", strerror(-r));
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
