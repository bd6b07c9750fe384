/* The brackets that a text has already: `[release cause CODE ` or `[release cause NAME,` behind a
 * cause of this code keeps it from being explained again. A bracket applies to its own code alone,
 * whatever program wrote it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
	BRACKET_CODES_MAX = 1024, /* different codes of one text: as many as are ever written */
	BRACKET_SLOTS = 4096,     /* a power of two */
	BRACKET_PROBES_MAX = 32,  /* slots that one code may be looked for in */
	BRACKET_LEN_MAX = 2048,   /* bytes of the longest that is ever written */
};

struct brackets {
	struct text text;
	size_t n;                        /* different codes; 0 = the slots are not set up */
	size_t codes[BRACKET_CODES_MAX]; /* offset of the last bracket's code */
	uint16_t slots[BRACKET_SLOTS];   /* index of a code, from 1; 0 = none */
};

/* Find the brackets of `text`, which must outlive the result. The time is linear in the length of
 * the text, whatever it holds. Codes with BRACKET_CODES_MAX others behind them are not known. */
void brackets_find(struct brackets *ret, struct text text);

/* Whether a bracket with this code begins at or behind the offset `from`. */
bool brackets_explain(const struct brackets *brackets, struct text code, size_t from);

/* A line without the brackets at its end and the blanks before them: a record as it was written.
 * The time is linear in the length of what is cut. */
struct text brackets_trim(struct text line);

/* The search for brackets before places of a text that follow each other; start with { 0 }. */
struct bracket_search {
	size_t searched; /* brackets that begin before this offset are known */
	size_t last;     /* offset of the last one's code; 0 = none */
};

/* The nearest bracket that begins before `offset`, at most BRACKET_LEN_MAX bytes away: its code,
 * and the text from there on. Without one, the text is NULL. All calls together take a time that is
 * linear in the length of the text. */
struct text bracket_before(
	struct bracket_search *search, struct text text, size_t offset, struct text *ret_code);
