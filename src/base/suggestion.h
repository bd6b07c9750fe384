/* "Did you mean": the one of several names that a mistyped word is nearest to. */
#pragma once

#include <stddef.h>

#include "base/text.h"

struct suggestion {
	struct text word; /* as it was typed */
	struct text best; /* the nearest name so far; empty = none is near */
	size_t distance;  /* of `best` */
};

/* Start with a word; it must outlive the search. */
struct suggestion suggestion_make(struct text word);

/* Look at one more name, which must outlive the search. It is near if the word is its beginning. It
 * is also near if its distance from the word is at most a quarter of the word's letters and one
 * more, letter case ignored. Of two that are as near, the first counts. Words over
 * TEXT_DISTANCE_LEN_MAX are near to nothing. */
void suggestion_offer(struct suggestion *nearest, struct text name);

/* Look at `names`, NULL at the end. Returns the nearest; empty = none is near. */
struct text suggestion_of(struct text word, const char *const *names);

/* Log `did you mean 'PREFIXname'?`, unless no name is near. */
void suggestion_log(struct text name, const char *prefix);
