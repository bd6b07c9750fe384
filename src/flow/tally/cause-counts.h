/* How often each source had each cause: the metric becaused_causes_total. What is kept has a bound,
 * whatever the logs hold. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cause/catalog.h"
#include "record/finding.h"

struct record;

enum {
	CAUSE_COUNTS_MAX = 1024, /* sets of labels, of all sources together */
	/* Of these for unknown codes: the writer of a log chooses them, and must not displace the
	 * others. */
	CAUSE_COUNTS_UNKNOWN_MAX = 256,
	/* And for `other`: one for each source, the last for all further sources together. */
	CAUSE_COUNTS_OTHERS_MAX = 64,
};

/* One set of labels. */
struct cause_count {
	char source[CATALOG_NAME_MAX + 1];
	char catalog[CATALOG_NAME_MAX + 1];
	char code[FINDING_CODE_MAX + 1]; /* "other": all that found no room; no label follows */
	char name[CATALOG_NAME_MAX + 1]; /* empty where the catalog does not have the code */
	char category[CATALOG_NAME_MAX + 1];
	const char *side;
	int severity;
	bool known;
	bool is_other;
	uint32_t next; /* in the chain of its hash, from 1 */
	uint64_t n;
};

enum { CAUSE_COUNTS_HEADS = 1024 };

/* Starts with zeros. */
struct cause_counts {
	struct cause_count *items; /* in the order in which they were met */
	size_t n, size;
	size_t n_unknown, n_others;
	uint32_t heads[CAUSE_COUNTS_HEADS];
	uint64_t n_sourceless; /* found no room in any set, not even `other` of their source */
};

/* Count the causes of a record. `source`: at most CATALOG_NAME_MAX bytes. */
void cause_counts_add(struct cause_counts *counts, const char *source, const struct record *record);

/* Free what it holds. */
void cause_counts_done(struct cause_counts *counts);
