/* From matches to findings: the catalog's cause for each code, the policy for codes that it does
 * not have, and the priority that follows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "record/finding.h"
#include "record/record.h"

struct bracket_search;
struct match;
struct recognizer;

/* How the priority of the enriched record follows from its causes. */
enum enrich_severity {
	ENRICH_RAISE, /* the most severe of the original's and the causes' */
	ENRICH_SET,   /* the most severe of the causes' */
	ENRICH_KEEP,  /* the original's */
};

/* "raise", "set", "keep", NULL. */
extern const char *const enrich_severity_names[];

struct enrich_policy {
	int severity;        /* enum enrich_severity */
	bool ignore_unknown; /* a code in no catalog is no finding */
	bool trust_brackets; /* a cause that its own bracket follows, or that an element of ours
			      * has, is not explained again: where nothing better shows who wrote a
			      * text */
};

enum {
	ENRICH_PRIORITY_DEFAULT =
		6,          /* LOG_INFO: of an original without one, as journald assumes it */
	ENRICH_NOTHING = 1, /* the record holds no release cause */
};

/* Fill a finding from a match in `text`. False when the code is unknown and the policy ignores
 * such codes. */
bool enrich_match(const struct enrich_policy *policy, const struct match *match, struct text text,
	struct finding *ret);

/* Whether the offset of `text` lies in a bracket as one of the recognizer's catalogs writes it. The
 * text of a cause may hold what looks like another cause, but this one is not a cause of the line.
 * The end of `text` may cut off the bracket. `brackets`: { 0 } for the first offset of a text; the
 * next ones are not before it. */
bool enrich_is_in_bracket(const struct recognizer *recognizer, struct bracket_search *brackets,
	struct text text, size_t offset);

/* Find the causes of a record: in its MESSAGE, then in its SYSLOG_STRUCTURED_DATA and in the
 * structured fields of the profiles. There, a cause that the message already has is not added
 * again. With trust_brackets, causes that their brackets in the message explain, or an element that
 * names the record's instance, are counted in `n_explained` alone. Codes that a cut of the message
 * may have shortened are counted in `n_unclaimed` alone, or in `n_held` if the next part will show
 * them. Fills findings and priority. Returns 0; ENRICH_NOTHING; or -ENOMEM when there is no memory
 * for a cause that was found. Then the record may hold some of its causes, or none. */
int enrich_record(
	const struct enrich_policy *policy, struct recognizer *recognizer, struct record *record);
