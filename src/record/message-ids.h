/* The messages that can be found by their kind: each has a MESSAGE_ID, and becaused.catalog
 * explains it in `journalctl -x`. */
#pragma once

enum message_kind {
	MESSAGE_ENRICHED,      /* every enriched entry */
	MESSAGE_COUNTS,        /* the counts of a running daemon */
	MESSAGE_SINK_DOWN,     /* about a sink */
	MESSAGE_SINK_UP,       /* about a sink */
	MESSAGE_LOST,          /* about a source: input gone before it was read */
	MESSAGE_REFUSED,       /* about a sink: what it does not keep */
	MESSAGE_RELOAD_FAILED, /* about the configuration */
	MESSAGE_UNKNOWN_CODE,  /* about a code: seen for the first time */
};

/* The MESSAGE_ID: 32 hexadecimal digits. */
const char *message_id(enum message_kind kind);

/* Log a message about `subject`, as log_message does. In the journal it has its MESSAGE_ID, and a
 * field that names the subject. Not for MESSAGE_ENRICHED and MESSAGE_COUNTS, which have fields of
 * their own. */
void message_log(enum message_kind kind, const char *subject, int level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
