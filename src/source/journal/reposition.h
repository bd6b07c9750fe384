/* Decides where to read when stepping from the position of the reader reaches no more entries,
 * although the journal holds some. The reader acts on the decision. */
#pragma once

#include <stdbool.h>

struct journal_options;
struct sd_journal;
struct sequence;

enum {
	REPOSITION_READ_MAX = 64, /* entries that were read before, in front of an unread one */
	REPOSITION_TARGET_SIZE = 128,
};

/* Outcomes besides 0. */
enum {
	REPOSITION_STAY = 1, /* all is read, and the handle has not moved */
	REPOSITION_RETURN,   /* all is read; seek to the position again */
	REPOSITION_STEP,     /* stepping reaches more: seek to the position again, and step */
};

/* Where unread entries begin that no step reaches. */
struct reposition {
	char target[REPOSITION_TARGET_SIZE]; /* cursor; empty = the oldest entry */
	bool same_series;                    /* the journal still has the position's series */
};

/* To be called when stepping has come to an end and nothing was read. `position`: the cursor up to
 * which all was read; NULL = none. Returns 0 with the target, one of the outcomes above, or a
 * negative errno; except for REPOSITION_STAY the handle has moved. */
int reposition_find(struct sd_journal *journal, const struct journal_options *options,
	const struct sequence *sequence, const char *position, struct reposition *ret);

/* Seek to a target. Returns 0 or a negative errno. */
int reposition_seek(struct sd_journal *journal, const char *target);
