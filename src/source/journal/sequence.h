/* The sequence numbers of entries that were read, and what is missing among them. journald gives
 * each entry the next number of one counter. Each of its files names the series that its numbers
 * belong to: rotation keeps it, but the journals of users have series of their own, with numbers of
 * the same counter. So an entry continues the entry that was read last, or the last of its own
 * series. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "source/journal/cursor.h"

enum {
	SERIES_MAX = 64,     /* series that are remembered */
	SERIES_ID_SIZE = 33, /* 32 hexadecimal digits */
};

struct series_item {
	char id[SERIES_ID_SIZE];
	uint64_t number; /* of its last entry */
};

struct series {
	bool local; /* all of it was written on this machine, by one journald after the other */
	struct series_item items[SERIES_MAX];
	unsigned n, oldest;
	bool any;
	char boot_id[SERIES_ID_SIZE]; /* of the entry that was read last */
	uint64_t number;
	uint64_t hole, hole_end; /* numbers found missing last: [hole, hole_end) */
};

/* Begin with nothing known. */
void series_init(struct series *series, bool local);

/* The entry was read, and so was all before it in its series. */
void series_note(struct series *series, const struct cursor *entry);

/* Nothing before the entry is missed any more. */
void series_skip(struct series *series, const struct cursor *entry);

/* Whether the entry was read before. */
bool series_has(const struct series *series, const struct cursor *entry);

/* Whether the entry is the `n`th behind the one that was read last, if none is missing. */
bool series_continues(const struct series *series, const struct cursor *entry, uint64_t n);

/* How many numbers are missing right before the entry: 0 also where that cannot be known. */
uint64_t series_missing(const struct series *series, const struct cursor *entry);

/* Remember that `n` numbers are missing right before the entry. */
void series_open_hole(struct series *series, const struct cursor *entry, uint64_t n);

/* Whether the entry was thought to be missing: entries of one moment come in any order. */
bool series_fills_hole(const struct series *series, const struct cursor *entry);
