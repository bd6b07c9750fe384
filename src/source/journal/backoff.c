/* The pause grows with the time without entries, so that an entry is read late by no more than an
 * eighth of the gap before it. A second without entries takes some 40 looks. */
#include "config.h"

#include "source/journal/backoff.h"

#include <assert.h>

struct backoff backoff_make(void)
{
	return (struct backoff){ .look_usec = UINT64_MAX };
}

void backoff_note_end(struct backoff *backoff, bool found, uint64_t now)
{
	uint64_t silence, pause;

	assert(now >= backoff->entry_usec);
	if (found)
		backoff->entry_usec = now;
	silence = now - backoff->entry_usec;
	pause = silence / BACKOFF_SHARE;
	if (pause < BACKOFF_LEAST_USEC)
		pause = BACKOFF_LEAST_USEC;
	backoff->look_usec = backoff->entry_usec > 0 && silence < BACKOFF_SILENCE_USEC ? now + pause
										       : UINT64_MAX;
}

bool backoff_take_look(struct backoff *backoff, uint64_t now)
{
	if (now < backoff->look_usec)
		return false;
	backoff->look_usec = UINT64_MAX;
	return true;
}
