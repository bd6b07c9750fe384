/* An enriched record as one object of JSON (RFC 8259), on one line.
 * Keys: timestamp, hostname, identifier, pid, priority (those that are known), message (the
 * original), causes, source, position, instance. */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

struct encode_options;
struct record;

/* Append the record with `message` for its text, and the mark of a cut one behind it if `cut`. */
void json_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out);

/* Append a JSON string. Text that is not valid UTF-8 becomes an array of its byte values, as
 * journalctl -o json does it. So no byte is lost, and text stays text. */
void json_add_text(struct buffer *out, struct text t);

/* As json_add_name, of a name whose length is known. */
void json_add_member(struct buffer *out, struct text name);

/* Append `"name":` with a comma before it unless it opens an object. */
static inline void json_add_name(struct buffer *out, const char *name)
{
	json_add_member(out, text_of(name));
}

/* Append `"name":"text"` with a comma before it unless it opens an object. */
static inline void json_add_pair(struct buffer *out, const char *name, struct text value)
{
	json_add_member(out, text_of(name));
	json_add_text(out, value);
}

/* As json_add_pair; an empty text is `null`: a key that has no value is there all the same, so that
 * scripts need not test for it. */
static inline void json_add_pair_or_null(struct buffer *out, const char *name, struct text value)
{
	json_add_member(out, text_of(name));
	if (value.len > 0)
		json_add_text(out, value);
	else
		buffer_add_string(out, "null");
}
