/* Messages that a program wrote in one piece and the journal has in parts, each an entry. journald
 * cuts a line of standard output at LineMax= (`_LINE_BREAK=line-max`). Docker and Podman cut the
 * lines of containers at 16 KiB (`CONTAINER_PARTIAL_MESSAGE=true`). The parts of one message are a
 * chain. Between them are entries of others.
 *
 * Each part is a record of its own, with its own position, so the chain delays nothing and repeats
 * nothing. What its end may have cut is found with the next part: the record of that part begins
 * with the last bytes of the part before, its lead. Only the lead is kept, until the next part. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/fields.h"
#include "record/record.h"

enum {
	PARTS_LEAD_MAX = RECORD_LEAD_MAX, /* bytes of a lead */
	PARTS_CHAINS_MAX = 64,            /* unfinished chains; the oldest gives way */
	PARTS_ENTRIES_MAX =
		64 * 1024, /* entries read since its last part: then a chain is given up */
	PARTS_KEY_SIZE = 160,
};

/* What a field shows of the end of its entry's message. */
enum part_end {
	PART_WHOLE,
	PART_CUT,       /* the writer ended inside a line: nothing follows */
	PART_CONTINUES, /* the next entry of the same writer continues it */
};

/* As part_end_of(), for a field whose name begins as one of theirs. */
enum part_end part_end_of_likely(struct text field);

/* What the field NAME=value shows. It is called for each field of each entry. */
static inline enum part_end part_end_of(struct text field)
{
	/* `_LINE_BREAK=`, `CONTAINER_PARTIAL_MESSAGE=` */
	if (field.len < sizeof("_LINE_BREAK=") - 1 ||
		(field.data[1] != 'L' && field.data[10] != 'P'))
		return PART_WHOLE;
	return part_end_of_likely(field);
}

/* What all fields of an entry show: the greatest of part_end_of(). */
enum part_end part_end_look_up(fields_look_up_fn *look_up, void *userdata);

/* An unfinished chain. */
struct part_chain {
	char key[PARTS_KEY_SIZE]; /* of the writer */
	uint64_t last;            /* number of the entry that was its last part */
	uint64_t n_codes;         /* codes that touch the end of the lead */
	bool from_start;          /* the lead begins where the message begins */
	size_t lead_len;
	char lead[PARTS_LEAD_MAX];
};

struct parts {
	struct part_chain *chains; /* PARTS_CHAINS_MAX; NULL until there was one */
	size_t n;
	/* Chains without their end, and codes at the end of their leads, since
	 * parts_take_given_up(). */
	uint64_t n_given_up, n_codes_given_up;
};

/* Free what it holds. */
void parts_done(struct parts *parts);

/* Write what the next part of the entry's message has in common with it, and no other entry:
 * PARTS_KEY_SIZE bytes. Returns false where there is nothing. */
bool parts_print_key(fields_look_up_fn *look_up, void *userdata, char *key);

/* The unfinished chain of the writer; NULL if there is none. */
const struct part_chain *parts_find(const struct parts *parts, const char *key);

/* Keep the end of `message` for the next part, in place of the lead with which the message begins.
 * `entry` is the number of entries read so far. Without memory the chain is given up. */
void parts_hold(struct parts *parts, const char *key, struct text message, uint64_t entry);

/* Note how many codes touch the end of the lead that the writer's chain has now. */
void parts_note_codes(struct parts *parts, const char *key, uint64_t n);

/* The last part was there. */
void parts_end(struct parts *parts, const char *key);

/* Give up all chains: entries were lost, which may have been their next parts. */
void parts_give_up(struct parts *parts);

/* Give up the chains whose last part is more than PARTS_ENTRIES_MAX entries ago. */
void parts_expire(struct parts *parts, uint64_t entry);

/* How many chains were given up since the last call, and how many codes with them. */
uint64_t parts_take_given_up(struct parts *parts, uint64_t *ret_n_codes);
