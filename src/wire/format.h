/* The forms in which an enriched record leaves over a socket or standard output: JSON, RFC 5424,
 * RFC 3164. One function for all, so that `because filter` and the sinks write the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "record/record.h"

enum format {
	FORMAT_RFC5424,
	FORMAT_RFC3164,
	FORMAT_JSON,
};

/* "rfc5424", "rfc3164", "json", NULL. */
extern const char *const format_names[];

enum {
	FORMAT_ENTERPRISE_DEFAULT = 32473, /* of the SD-ID releaseCause@…; RFC 5612 keeps it for
					    * examples */
	FORMAT_ENTERPRISE_MAX = 999999999,
};

struct format_options {
	int format;          /* enum format */
	uint32_t enterprise; /* private enterprise number of the structured data (RFC 5424 7.2.2) */
	uint64_t now_usec;   /* since 1970, UTC: RFC 3164's timestamp of a record without one */
	size_t size_max;     /* of the whole, in bytes; 0 = no bound */
};

/* Outcome besides 0. */
enum { FORMAT_SHORTENED = 1 };

/* Append the record, without framing or line end; it holds no LF unless the format is RFC 5424 and
 * the message has one. Returns 0; FORMAT_SHORTENED when only a beginning of the message fits, with
 * the causes whole; -EMSGSIZE when not even the causes fit (then nothing is appended); -ENOMEM. */
int format_encode(
	const struct record *record, const struct format_options *options, struct buffer *out);

/* How many of the record's causes a format leaves out of its structure: of RFC 5424's structured
 * data, where more than RFC5424_FINDINGS_MAX have their brackets in the message alone; in the other
 * formats those that the record itself had no room for. */
size_t format_count_left(const struct record *record, int format);

/* Append `message`, the mark of a cut one if `cut`, and a bracket for each cause. */
void format_add_message(
	const struct record *record, struct text message, bool cut, struct buffer *out);
