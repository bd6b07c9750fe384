/* The forms in which an enriched record is written to a socket or standard output: JSON, RFC 5424,
 * RFC 3164. One function for all, so that `because filter` and the sinks write the same. */
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "record/record.h"
#include "wire/encode-options.h"

enum format {
	FORMAT_RFC5424,
	FORMAT_RFC3164,
	FORMAT_JSON,
};

/* "rfc5424", "rfc3164", "json", NULL. */
extern const char *const format_names[];

enum {
	FORMAT_ENTERPRISE_DEFAULT = 32473, /* of the SD-ID releaseCause@…; RFC 5612 reserves it for
					    * examples */
	FORMAT_ENTERPRISE_MAX = 999999999,
};

/* Outcome besides 0. */
enum { FORMAT_SHORTENED = 1 };

/* Append the record, without framing or line end; it holds no LF unless the format is RFC 5424 and
 * the message has one. Returns 0 or -ENOMEM. Returns FORMAT_SHORTENED when only a beginning of the
 * message fits, with the causes whole. Returns -EMSGSIZE when not even the causes fit; then nothing
 * is appended. */
int format_encode(
	const struct record *record, const struct encode_options *options, struct buffer *out);

/* How many of the record's causes a format leaves out of its structure. In RFC 5424's structured
 * data, causes past RFC5424_FINDINGS_MAX are left out and have their brackets in the message alone.
 * In the other formats these are the causes that the record itself had no room for. */
size_t format_count_left(const struct record *record, int format);
