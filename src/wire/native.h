/* The journal's native datagram (systemd's JOURNAL_NATIVE_PROTOCOL): an enriched record as journald
 * accepts it. We write it ourselves because sd_journal_sendv blocks, and reports success when
 * journald does not listen. */
#pragma once

#include "base/buffer.h"
#include "base/text.h"
#include "record/record.h"

enum {
	NATIVE_FIELDS_MAX = 1024, /* as journald accepts them in one entry */
	NATIVE_FINDINGS_MAX = 64, /* causes in fields; more have their brackets in MESSAGE */
	NATIVE_SIZE_MAX = 2 * RECORD_SIZE_MAX,
};

/* Append the record as in becaused(8), ENRICHED ENTRIES. Fields of the original are left out that
 * are the daemon's own or journald's (`_…`), or whose names journald would not accept. So are
 * client fields past journald's limit of fields. Returns 0, -ENOMEM or -EMSGSIZE. */
int native_encode(const struct record *record, struct buffer *out);

/* How many of the record's causes native_encode leaves out of the fields. */
size_t native_count_left(const struct record *record);
