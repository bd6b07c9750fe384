/* One message is one write, so that lines of several processes never mix. */
#include "config.h"

#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"

enum {
	LINE_SIZE = 8192,
	ENTRY_SIZE_MAX = 64 * 1024,
};

/* How a message is written. */
enum form {
	FORM_PLAIN,   /* behind the program's name */
	FORM_COLORED, /* the same, errors and warnings in color */
	FORM_JOURNAL, /* behind its level, for standard error leads to the journal */
};

static struct {
	const char *program;
	int level;
	enum form form;
} logger = { .program = "because", .level = LOG_INFO };

/* systemd names the stream that it passed to us. A terminal may inherit the name, not the
 * stream. */
static bool leads_to_journal(void)
{
	const char *named = getenv("JOURNAL_STREAM");
	struct stat status;
	char actual[64];

	if (!named || fstat(STDERR_FILENO, &status) < 0)
		return false;
	(void)snprintf(actual, sizeof(actual), "%ju:%ju", (uintmax_t)status.st_dev,
		(uintmax_t)status.st_ino);
	return strcmp(named, actual) == 0;
}

void log_open(const char *program, int level)
{
	logger.program = program;
	logger.level = level;
	logger.form = leads_to_journal() ? FORM_JOURNAL : FORM_PLAIN;
}

void log_set_color(bool on)
{
	if (logger.form != FORM_JOURNAL)
		logger.form = on ? FORM_COLORED : FORM_PLAIN;
}

/* As journalctl shows them. */
static const char *color_of(int level)
{
	if (logger.form != FORM_COLORED || level > LOG_WARNING)
		return "";
	return level == LOG_WARNING ? "\033[1;33m" : "\033[1;31m";
}

static size_t clamp_len(int n, size_t room)
{
	assert(room > 0);
	if (n < 0)
		return 0;
	return (size_t)n < room ? (size_t)n : room - 1;
}

/* Finish the line of `len` bytes and write it. The bytes from `start` on come from outside. */
static void write_line(int level, char *line, size_t start, size_t len)
{
	struct text color = text_of(color_of(level));
	struct text end = text_of(color.len > 0 ? "\033[0m\n" : "\n");
	struct iovec pieces[] = {
		{ .iov_base = (void *)color.data, .iov_len = color.len },
		{ .iov_base = line, .iov_len = len },
		{ .iov_base = (void *)end.data, .iov_len = end.len },
	};

	assert(start <= len && len < LINE_SIZE);
	text_mask_damage(line + start, len - start);
	text_mask_for_terminal(line + start, len - start);
	(void)!writev(STDERR_FILENO, pieces, 3);
}

void log_message(int level, const char *format, ...)
{
	int error = errno;
	char line[LINE_SIZE];
	va_list arguments;
	size_t len, start;

	if (level > logger.level)
		return;
	if (logger.form == FORM_JOURNAL)
		len = clamp_len(snprintf(line, sizeof(line), "<%d>", level), sizeof(line));
	else
		len = clamp_len(snprintf(line, sizeof(line), "%s: ", logger.program), sizeof(line));

	start = len;
	errno = error;
	va_start(arguments, format);
	len += clamp_len(vsnprintf(line + len, sizeof(line) - 1 - len, format, arguments),
		sizeof(line) - 1 - len);
	va_end(arguments);
	write_line(level, line, start, len);
	errno = error;
}

void log_plain(int level, const char *text)
{
	int error = errno;
	char line[LINE_SIZE];
	size_t len = 0, start;

	if (level > logger.level)
		return;
	if (logger.form == FORM_JOURNAL)
		len = clamp_len(snprintf(line, sizeof(line), "<%d>", level), sizeof(line));
	start = len;
	len += clamp_len(
		snprintf(line + len, sizeof(line) - 1 - len, "%s", text), sizeof(line) - 1 - len);
	write_line(level, line, start, len);
	errno = error;
}

/* --- entries --- */

/* Append `NAME=value` in one line of the journal's native protocol. */
static void add_field(struct buffer *out, const char *name, const char *value)
{
	size_t start;

	buffer_add_format(out, "%s=", name);
	start = out->len;
	buffer_add_text(out, text_of(value));
	if (buffer_finish(out) < 0)
		return;
	text_mask_for_terminal(out->data + start, out->len - start);
	buffer_add_char(out, '\n');
}

static int send_to_journal(struct text entry)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
		.sun_path = "/run/systemd/journal/socket" };
	CLEANUP(closep) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (sendto(fd, entry.data, entry.len, MSG_NOSIGNAL, (const struct sockaddr *)&address,
		    sizeof(address)) < 0)
		return -errno;
	return 0;
}

void log_entry(int level, const char *text, const struct log_field *fields, size_t n)
{
	CLEANUP(buffer_done) struct buffer entry = buffer_make(ENTRY_SIZE_MAX);
	char priority[] = { (char)('0' + level), '\0' };
	int error = errno;

	assert(level >= LOG_EMERG && level <= LOG_DEBUG);
	if (level > logger.level)
		return;
	if (logger.form == FORM_JOURNAL) {
		add_field(&entry, "MESSAGE", text);
		add_field(&entry, "PRIORITY", priority);
		add_field(&entry, "SYSLOG_IDENTIFIER", logger.program);
		for (size_t i = 0; i < n; i++)
			add_field(&entry, fields[i].name, fields[i].value);
	}
	if (logger.form != FORM_JOURNAL || buffer_finish(&entry) < 0 ||
		send_to_journal(buffer_text(&entry)) < 0)
		log_message(level, "%s", text);
	errno = error;
}
