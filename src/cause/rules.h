/* The rules of several profiles together: every key, column and pattern, behind one scan for the
 * literals of all of them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cause/search/key-value.h"

struct catalog;
struct ignored;
struct pattern;
struct pattern_matcher;
struct profile;
struct profile_column;
struct scan;

/* One entry of a profile. */
struct rule {
	const struct profile *profile;
	const struct catalog *catalog; /* NULL: the profile is not bound */
	const struct ignored *ignored; /* codes that say nothing */
	struct value_form form;
	struct text literal; /* a key or field, or the text that a pattern or column requires */
	const struct pattern *pattern;
	const struct profile_column *column; /* both NULL: a key or field */
	uint32_t rank;                       /* index of the profile */
	size_t next;                         /* rule with the same literal, SIZE_MAX = none */
	/* The state of a search: */
	size_t tried;    /* tried for all literals before this offset */
	size_t matched;  /* end of the pattern's last match */
	size_t given_up; /* 1 + start of the last line that the rule gave up on; 0 = none */
};

struct rules {
	const struct profile **profiles;
	size_t n_profiles;
	const struct catalog **catalogs; /* that the rules mean, each once */
	size_t n_catalogs;
	struct rule *items; /* those with a literal for the scan */
	size_t n;
	size_t *first; /* by literal of the scan: the first rule with it, in the profiles' order */
	struct scan *scan;
	struct rule *fields; /* of structured fields */
	size_t n_fields;
	struct rule *headers; /* columns by header */
	size_t n_headers;
	struct ignored **ignored; /* of each reading */
	size_t n_ignored;
};

/* Build the rules; the profiles must outlive them. `rules` starts as { 0 }, and rules_done() frees
 * it also after a failure. Returns 0; -E2BIG past SCAN_LITERALS_MAX; -ENOMEM. */
int rules_init(struct rules *rules, const struct profile *const *profiles, size_t n);
void rules_done(struct rules *rules);

/* Make a matcher for all patterns among the rules. Returns 0 or -ENOMEM. */
int rules_make_matcher(const struct rules *rules, struct pattern_matcher **ret);
