/* A syslog message, as it came, to a record: RFC 5424 with structured data, and RFC 3164 in the
 * variants that real devices send. Any bytes become a record: those that cannot be read as a header
 * are part of the message. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "record/record.h"

struct syslog_context {
	struct text peer;  /* hostname of a message that names none; may be empty */
	uint64_t now_usec; /* since 1970, UTC: RFC 3164 leaves out the year */
	bool is_local;     /* from this machine's own sockets, where the header has no hostname */
};

enum { SYSLOG_DEFAULT_PRIORITY = 13 }; /* user.notice: of a message without PRI (RFC 3164 4.3.3) */

/* The names of all fields that syslog_parse fills, NULL behind the last. */
extern const char *const syslog_field_names[];

/* Fill the cleared `record`. Fields, each only where the message has it, but the first two and
 * MESSAGE always:
 *   PRIORITY SYSLOG_FACILITY  decimal; those of SYSLOG_DEFAULT_PRIORITY without PRI
 *   SYSLOG_TIMESTAMP          as written
 *   _HOSTNAME                 the message's, or the peer
 *   SYSLOG_IDENTIFIER         APP-NAME or TAG
 *   SYSLOG_PID                PROCID, or the text in brackets behind the TAG
 *   SYSLOG_MSGID              MSGID
 *   SYSLOG_STRUCTURED_DATA    all elements, as written
 *   MESSAGE                   the text, without header, byte order mark and line end; with the
 *                             mnemonic it starts with (`%ASA-6-302013:`), which is no TAG
 * and the record's timestamp_usec, 0 where the message has none that can be read.
 * Returns 0, -ENOMEM, or -EMSGSIZE past RECORD_SIZE_MAX. */
int syslog_parse(struct text message, const struct syslog_context *context, struct record *record);
