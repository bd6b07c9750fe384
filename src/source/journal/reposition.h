/* When the journal does not lead on from where the reader stands, although there is more in it. */
#pragma once

struct reader;

/* To be called when a step has come to an end and nothing was read. If there are entries that no
 * step will ever reach, because the journal's order puts them before the stand, go where the
 * source's option `lost` says, and say so. Returns READER_PASSED if it went, READER_END if all is
 * well, or a negative errno. */
int reposition(struct reader *reader);
