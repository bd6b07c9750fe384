#include "config.h"

#include "record/message-ids.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"

enum { TEXT_SIZE = 4096 };

static const struct {
	const char *id, *subject; /* the field that names it */
} kinds[] = {
	[MESSAGE_ENRICHED] = { "6655672bdd8a4801910eee4bf3ab9755", NULL },
	[MESSAGE_COUNTS] = { "71296e953a0440358ed7abec45f085fa", NULL },
	[MESSAGE_SINK_DOWN] = { "d9eca903ebe941c6ae2797a675d6893f", "BECAUSED_SINK" },
	[MESSAGE_SINK_UP] = { "5e9b35ab774a40cbb75352a767db458b", "BECAUSED_SINK" },
	[MESSAGE_LOST] = { "682ee829cbc742099ab1811e2d15a054", "BECAUSED_SOURCE" },
	[MESSAGE_REFUSED] = { "219053e492c84a05a7f170503af62741", "BECAUSED_SINK" },
	[MESSAGE_RELOAD_FAILED] = { "3b3b73e4dda64b63b610f7d00d3e26a2", "BECAUSED_CONFIG" },
	[MESSAGE_UNKNOWN_CODE] = { "c85a07d6a71c483ab7e96070bccd991d", "BECAUSED_CODE" },
};

const char *message_id(enum message_kind kind)
{
	return kinds[kind].id;
}

void message_log(enum message_kind kind, const char *subject, int level, const char *format, ...)
{
	const struct log_field fields[] = {
		{ "MESSAGE_ID", kinds[kind].id },
		{ kinds[kind].subject, subject },
	};
	int error = errno;
	char text[TEXT_SIZE];
	va_list arguments;

	assert(kinds[kind].subject && subject);
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	log_entry(level, text, fields, sizeof(fields) / sizeof(fields[0]));
	errno = error;
}
