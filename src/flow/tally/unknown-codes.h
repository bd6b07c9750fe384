/* The codes that no catalog has, each with a count of its occurrences: they should be added to a
 * catalog. The first UNKNOWN_CODES_MAX are counted one by one, the others together. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cause/catalog.h"
#include "record/finding.h"

enum { UNKNOWN_CODES_MAX = 256 };

struct unknown_code {
	char catalog[CATALOG_NAME_MAX + 1]; /* that should have it */
	char code[FINDING_CODE_MAX + 1];
	uint64_t n;
};

struct unknown_codes {
	struct unknown_code codes[UNKNOWN_CODES_MAX]; /* sorted by catalog and code */
	size_t n_codes;
	uint64_t n_others; /* causes whose code found no room */
};

/* Count a finding that is not known; begin with zeros. Each code is logged when it occurs for the
 * first time. */
void unknown_codes_count(struct unknown_codes *unknown, const struct finding *finding);
