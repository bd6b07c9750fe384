/* RFC 5424: the enriched record as a syslog message with structured data, and the grammar of
 * structured data. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct buffer;
struct encode_options;
struct record;

enum {
	RFC5424_HOSTNAME_MAX = 255, /* bytes of the header's parts (section 6) */
	RFC5424_APP_NAME_MAX = 48,
	RFC5424_PROCID_MAX = 128,
	RFC5424_MSGID_MAX = 32,
	RFC5424_SD_NAME_MAX = 32,  /* bytes of an SD-ID or a parameter's name */
	RFC5424_FINDINGS_MAX = 64, /* causes in structured data; more have their brackets */
	RFC5424_FACILITY_MAX = 23,
	RFC5424_FACILITY_DEFAULT = 1, /* user */
	RFC5424_SEVERITY_DEFAULT = 6, /* info */
};

/* The number in `<PRI>` (section 6.2.1). The severity is the record's where it has a cause, else
 * the original's. */
unsigned rfc5424_priority(const struct record *record);

/* Append at most `size_max` bytes of a text, with `_` for each byte that a part of a header may not
 * have. These are blanks, bytes that are not ASCII, and those in `others`. Nothing is appended for
 * an empty text. */
void rfc5424_add_part(struct buffer *out, struct text t, size_t size_max, const char *others);

/* Append a message: the record with `message` for its text, and the mark of a cut one behind it if
 * `cut`. An original SD-ELEMENT is kept unless its SD-ID is ours. */
void rfc5424_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out);

/* How many of the record's causes are in its structured data. */
size_t rfc5424_count_written(const struct record *record);

/* Bytes of the well-formed SD-ELEMENT that `t` begins with (section 6.3), and its SD-ID; 0 where
 * there is none. */
size_t rfc5424_element(struct text t, struct text *ret_id);

/* Bytes of the SD-ELEMENTs that `t` begins with; 0 where there is none. */
size_t rfc5424_structured_data(struct text t);
