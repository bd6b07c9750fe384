/* The pipeline of `because filter`: from one source of blocks to one stream sink, with no event
 * loop. Text passes byte for byte. Each line with a cause gets its brackets before its line end;
 * lines without a cause are never cut out of their block. A cause that its bracket follows in the
 * line gets no second one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct enrich_policy;
struct recognizer;
struct sink;
struct source;

struct line_filter_options {
	bool records;       /* a record a line, in the format of the sink; else text */
	bool only_matching; /* leave out lines without a cause */
	bool color;         /* brackets in the color of their severity */
};

struct line_filter_counts {
	uint64_t n_lines_matched;
	uint64_t n_causes;
	uint64_t n_explained;      /* causes that had their brackets already, not in `n_causes` */
	uint64_t n_unclaimed;      /* codes that touch the place where a line is cut */
	uint64_t n_facts_left;     /* facts of calls that were left out */
	uint64_t n_long_lines;     /* longer than the source's bound: searched up to there */
	uint64_t n_causes_dropped; /* past RECOGNIZER_MATCHES_MAX in one line */
	uint64_t n_gave_up;        /* how often a rule gave up on a line */
};

struct line_filter;

/* The recognizer and the sink must outlive the filter. Returns 0 or -ENOMEM. */
int line_filter_new(const struct line_filter_options *options, const struct enrich_policy *policy,
	struct recognizer *recognizer, struct sink *sink, struct line_filter **ret);

/* Accepts NULL, returns NULL. */
struct line_filter *line_filter_free(struct line_filter *filter);
CLEANUP_DEFINE(struct line_filter *, line_filter_free);

/* Pass on one item of the source; every byte of it has been written when this returns. One source
 * follows another: the next may begin after LINE_FILTER_END, or after an error of reading. Returns
 * 0, LINE_FILTER_END, or a negative errno: of reading, with *ret_writing false, or of writing. */
enum { LINE_FILTER_END = 1 };
int line_filter_step(struct line_filter *filter, struct source *source, bool *ret_writing);

const struct line_filter_counts *line_filter_get_counts(const struct line_filter *filter);
