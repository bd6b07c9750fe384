/* What an administrator acts on: messages that can be found by their kind. In the journal they are
 * entries with a MESSAGE_ID, which the catalog of `journalctl -x` explains, and with a field that
 * says whom they are about; elsewhere they are messages like all others. */
#pragma once

enum event {
	EVENT_SINK_DOWN,     /* about a sink */
	EVENT_SINK_UP,       /* about a sink */
	EVENT_LOST,          /* about a source: gone before it could be read */
	EVENT_REFUSED,       /* about a sink: what it does not keep */
	EVENT_RELOAD_FAILED, /* about the configuration */
	EVENT_UNKNOWN_CODE,  /* about a code: seen for the first time */
};

/* Say that something has happened to `subject`, as log_message does. */
void event_say(enum event event, const char *subject, int level, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
