/* The format has no form for an unknown part: an unknown host is `-`, and an unknown tag is our
 * own. */
#include "config.h"

#include "wire/rfc3164-encode.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "record/record.h"
#include "wire/encode-options.h"
#include "wire/rfc5424-encode.h"
#include "wire/timestamp.h"

enum { ESCAPE_LEN = 4 };

static void add_tag(const struct record *record, struct buffer *out)
{
	struct text tag = record_find(record, "SYSLOG_IDENTIFIER");
	struct text pid = record_find(record, "SYSLOG_PID");

	if (pid.len == 0)
		pid = record_find(record, "_PID");
	rfc5424_add_part(out, tag.len > 0 ? tag : text_of("becaused"), RFC3164_TAG_MAX, ":[]");
	if (pid.len > 0) {
		buffer_add_char(out, '[');
		rfc5424_add_part(out, pid, RFC5424_PROCID_MAX, "[]");
		buffer_add_char(out, ']');
	}
	buffer_add_string(out, ": ");
}

static const char *escape_of(char c)
{
	if (c == '\n')
		return "#012";
	return c == '\0' ? "#000" : NULL;
}

/* Write escapes for what would end the line, from `start` on. It is done in place, from the end, so
 * that no second buffer is needed for a message of megabytes. */
static void escape_line_ends(struct buffer *out, size_t start)
{
	size_t n = 0, from = out->len, to;

	if (!memchr(out->data + start, '\n', from - start) &&
		!memchr(out->data + start, '\0', from - start))
		return;
	for (size_t i = start; i < from; i++)
		n += escape_of(out->data[i]) != NULL;
	if (buffer_reserve(out, n * (ESCAPE_LEN - 1)) < 0)
		return;
	out->len += n * (ESCAPE_LEN - 1);
	to = out->len;
	while (to > from) {
		const char *escape = escape_of(out->data[--from]);

		if (escape) {
			to -= ESCAPE_LEN;
			memcpy(out->data + to, escape, ESCAPE_LEN);
		} else {
			out->data[--to] = out->data[from];
		}
	}
	assert(to == from && from >= start);
}

void rfc3164_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out)
{
	struct text host = record_find(record, "_HOSTNAME");
	uint64_t usec = record->timestamp_usec > 0 ? record->timestamp_usec : record->observed_usec;
	size_t start;

	(void)options;
	buffer_add_char(out, '<');
	buffer_add_number(out, rfc5424_priority(record));
	buffer_add_char(out, '>');
	timestamp_print_bsd(usec, out);
	buffer_add_char(out, ' ');
	rfc5424_add_part(out, host.len > 0 ? host : text_of("-"), RFC5424_HOSTNAME_MAX, "");
	buffer_add_char(out, ' ');
	add_tag(record, out);
	start = out->len;
	record_print_message(record, message, cut, out);
	if (buffer_finish(out) == 0)
		escape_line_ends(out, start);
}
