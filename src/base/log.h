/* Messages for the administrator, on standard error. Under systemd each line starts with its
 * level as `<3>`, which journald turns into PRIORITY (sd-daemon(3)); elsewhere with the program's
 * name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

/* Name the program and find out whether standard error leads to the journal. `program` must stay
 * valid. Messages above `level` (a syslog level) are left out. */
void log_open(const char *program, int level);

/* Show errors and warnings in color; never where standard error leads to the journal. */
void log_set_color(bool on);

/* Write one message at a syslog level. `%m` is the text of errno. Control characters are shown as
 * `?`, so text from outside can never forge a line. Lines over 8 KiB are cut. */
void log_message(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Write a text that needs no program's name before it, such as `file:line:column: error: …`. */
void log_plain(int level, const char *text);

/* A field of an entry in the journal. */
struct log_field {
	const char *name, *value;
};

/* Write one message. Where standard error leads to the journal, it is an entry with fields.
 * Elsewhere, or where journald does not accept it at once, the message is written alone. Control
 * characters are shown as `?`. An entry over 64 KiB is written without its fields. */
void log_entry(int level, const char *text, const struct log_field *fields, size_t n);

#define log_error(...) log_message(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_message(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_message(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_message(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_message(LOG_DEBUG, __VA_ARGS__)
