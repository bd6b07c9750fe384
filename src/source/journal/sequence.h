/* The sequence numbers of entries that were read, and those that are missing among them. journald
 * gives each entry the next number of one counter. Each journal file names the series that its
 * numbers belong to. Rotation keeps the series, but the journals of users have series of their own,
 * with numbers of the same counter. So an entry continues the entry that was read last, or the last
 * of its own series. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "journal/cursor.h"

enum {
	SEQUENCE_MAX = 64,     /* series that are remembered */
	SEQUENCE_ID_SIZE = 33, /* 32 hexadecimal digits */
};

struct sequence_item {
	char id[SEQUENCE_ID_SIZE];
	uint64_t number; /* of its last entry */
};

struct sequence {
	bool local; /* all of it was written on this machine, by one journald after the other */
	struct sequence_item items[SEQUENCE_MAX];
	unsigned n, oldest;
	bool any;
	char boot_id[SEQUENCE_ID_SIZE]; /* of the entry that was read last */
	uint64_t number;
	uint64_t hole, hole_end; /* numbers found missing last: [hole, hole_end) */
};

/* Begin with nothing known. */
void sequence_init(struct sequence *sequence, bool local);

/* The entry was read, and so was all before it in its series. */
void sequence_note(struct sequence *sequence, const struct cursor *entry);

/* The entries before this one no longer count as missing. */
void sequence_skip(struct sequence *sequence, const struct cursor *entry);

/* Whether the entry was read before. */
bool sequence_has(const struct sequence *sequence, const struct cursor *entry);

/* Whether the entry is the `n`th behind the one that was read last, if none is missing. */
bool sequence_continues(const struct sequence *sequence, const struct cursor *entry, uint64_t n);

/* How many numbers are missing right before the entry: 0 also where that cannot be known. */
uint64_t sequence_missing(const struct sequence *sequence, const struct cursor *entry);

/* Remember that `n` numbers are missing right before the entry. */
void sequence_open_hole(struct sequence *sequence, const struct cursor *entry, uint64_t n);

/* Whether the entry was counted as missing: entries of one moment come in any order. */
bool sequence_fills_hole(const struct sequence *sequence, const struct cursor *entry);
