/* An enriched record as one line of JSON (RFC 8259), the form of `because filter --format json`.
 * Keys: timestamp, hostname, identifier, pid, priority (those that are known), message (the
 * original), causes, source, position. */
#pragma once

#include "base/buffer.h"
#include "base/text.h"
#include "record/finding.h"
#include "record/record.h"

/* Append the record and a line end. Returns 0, -ENOMEM or -EMSGSIZE. */
int json_encode(const struct record *record, struct buffer *out);

/* Append a JSON string. Text that is not valid UTF-8 becomes an array of its byte values, as
 * journalctl -o json does it: nothing is lost, and text stays text. */
void json_add_text(struct buffer *out, struct text t);

/* Append `"name":` with a comma before it unless it opens an object. */
void json_add_name(struct buffer *out, const char *name);

/* Append `"name":"text"` with a comma before it unless it opens an object. */
void json_add_pair(struct buffer *out, const char *name, struct text value);

/* As json_add_pair; an empty text is `null`. */
void json_add_pair_or_null(struct buffer *out, const char *name, struct text value);
