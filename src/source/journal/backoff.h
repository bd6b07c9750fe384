/* When the journal is looked at again without a notification. journald announces entries by inotify
 * up to 250 ms late. So after entries have come, the source looks by itself: soon at first, then
 * less and less often, and no longer once nothing has come for a second. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	BACKOFF_LEAST_USEC = 3 * 1000,      /* between two looks */
	BACKOFF_SHARE = 8,                  /* a pause is this part of the time without entries */
	BACKOFF_SILENCE_USEC = 1000 * 1000, /* without entries, before the looks end */
};

/* All times are of CLOCK_MONOTONIC. */
struct backoff {
	uint64_t entry_usec; /* the last look that found entries; 0 = none has */
	uint64_t look_usec;  /* the next look; UINT64_MAX = none is due */
};

/* No look is due until entries were found. */
struct backoff backoff_make(void);

/* The journal was read to its end at `now`. `found`: there were entries since the last time. */
void backoff_note_end(struct backoff *backoff, bool found, uint64_t now);

/* Whether a look is due at `now`. If so, it is taken: none is due until the next end. */
bool backoff_take_look(struct backoff *backoff, uint64_t now);
