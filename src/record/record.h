/* The log record: fields as the journal has them, the message among them, where it came from,
 * and the release causes found in it. A record is filled, used and cleared, again and again; in
 * the steady state that allocates nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "record/finding.h"

enum {
	RECORD_FIELDS_MAX = 2048,           /* journald takes 1024 from a client and adds its own */
	RECORD_SIZE_MAX = 64 * 1024 * 1024, /* bytes of all fields together */
	RECORD_KEEP_MAX = 1024 * 1024,      /* a larger buffer is not kept from record to record */
	RECORD_FINDINGS_MAX = 1024,         /* causes in one record; more are counted */
	RECORD_LEAD_MAX = 1024,   /* bytes of the part before that a message begins with */
	RECORD_FACTS_MAX = 8,     /* facts of the call; more are counted */
	RECORD_FACT_LEN_MAX = 64, /* bytes of one */
};

struct record_field {
	size_t name, name_len; /* offset into the record's bytes */
	size_t value, value_len;
};

/* A fact of the call that the line shows: `call`, `trunk` and so on. */
struct record_fact {
	struct text name; /* [a-z]{1,16}; owned by the profile, which outlives the record */
	char value[RECORD_FACT_LEN_MAX];
	size_t len;
};

struct record {
	struct buffer bytes;
	struct record_field *fields;
	size_t n_fields, fields_size;
	struct finding *findings;
	size_t n_findings, findings_size;
	size_t n_findings_dropped; /* past RECORD_FINDINGS_MAX */
	size_t n_explained;        /* causes that a bracket or an element has already */
	size_t n_unclaimed;        /* codes left out because they touch a cut */
	size_t n_held;             /* with part_held: codes left for the part that follows */
	struct record_fact facts[RECORD_FACTS_MAX]; /* one for each name */
	size_t n_facts;
	size_t n_facts_left; /* too long, past RECORD_FACTS_MAX, or not found with bounded work */
	int priority;        /* of the enriched record: LOG_EMERG..LOG_DEBUG */
	uint64_t timestamp_usec; /* of the original, since 1970, UTC; 0 = not known */
	uint64_t observed_usec;  /* when it was read, as above */
	bool cut;                /* the message continued; the rest was past a bound */
	bool part_start;         /* the start of the message is elsewhere */
	bool part_end;           /* the message is a part: it continues in bytes elsewhere */
	size_t part_tail;        /* bytes at its end that are not of the part: of its wrapping */
	size_t part_lead;        /* bytes at its start that are the end of the part before */
	bool part_held;          /* with part_end: its end is the lead of the part that follows */
	struct text stream;      /* the source's own name for where it reads: see source.h */
	struct text position; /* the source's own text for "read up to here"; owned by the source */
	const char *source;   /* name of the source */
	const char *instance; /* name of this daemon */
};

/* An empty record; nothing is allocated yet. */
struct record record_make(void);

/* Free what the record holds. */
void record_done(struct record *record);

/* Drop fields and findings; keep the memory. */
void record_clear(struct record *record);

/* Append a copy of one field. Returns 0, -ENOMEM, -EMSGSIZE past RECORD_SIZE_MAX or -E2BIG past
 * RECORD_FIELDS_MAX; then the record is as it was. */
int record_add(struct record *record, struct text name, struct text value);

/* Name and value of field `i`, valid until the record changes. */
struct text record_name(const struct record *record, size_t i);
struct text record_value(const struct record *record, size_t i);

/* The message: the last value of MESSAGE, which is the one that journalctl shows; .data is NULL
 * where there is none. */
struct text record_message(const struct record *record);

/* Keep at most `len` bytes of the message. A character at the end stays whole, or is left out. */
void record_shorten_message(struct record *record, size_t len);

/* The first value of the field `name`; .data is NULL where there is none. */
struct text record_find_field(const struct record *record, struct text name);
static inline struct text record_find(const struct record *record, const char *name)
{
	return record_find_field(record, text_of(name));
}

/* Room for one more finding, zeroed, counted in at once; NULL when there are RECORD_FINDINGS_MAX
 * (then counted in `n_findings_dropped`) or memory is refused. */
struct finding *record_add_finding(struct record *record);

/* The value of the fact `name`; .data is NULL where there is none. */
struct text record_find_fact(const struct record *record, struct text name);

/* Add a fact, unless the record has one of this name. The value is copied. Where it is too long, or
 * there is no room, `n_facts_left` counts it. */
void record_add_fact(struct record *record, struct text name, struct text value);

/* The mark at the end of a message that was cut. */
#define RECORD_CUT_MARK "…"

/* Append `message`, the mark of a cut one if `cut`, and a bracket for each finding. This is the
 * message of the enriched record as people read it. */
void record_print_message(
	const struct record *record, struct text message, bool cut, struct buffer *out);
