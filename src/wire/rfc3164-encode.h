/* RFC 3164: the enriched record as a classic syslog message of one line. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

struct buffer;
struct encode_options;
struct record;

enum { RFC3164_TAG_MAX = 48 };

/* Append `<PRI>Mmm dd hh:mm:ss HOST TAG[PID]: MESSAGE`: the record with `message` for its text, and
 * the mark of a cut one behind it if `cut`. The time is local: that of the original, or else when
 * it was read. LF and NUL, which would end the line,
 * are written `#012` and `#000`, as rsyslog does it. */
void rfc3164_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out);
