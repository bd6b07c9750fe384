/* The progress of a long reading, on standard error, when a person is there to see it and the
 * output goes elsewhere. */
#pragma once

#include <stdint.h>

enum { PROGRESS_NAME_SIZE = 48 };

enum progress_state {
	PROGRESS_OFF,   /* there is no person to see it, or the size is not known */
	PROGRESS_CLEAR, /* no line is on the screen */
	PROGRESS_DRAWN, /* a line is on the screen */
};

struct progress {
	enum progress_state state;
	char name[PROGRESS_NAME_SIZE]; /* of the file, masked for a terminal; the end of a long one
					*/
	uint64_t size;                 /* of the file, bytes; 0 = not known */
	uint64_t drawn_usec;
};

/* Begin a file of `size` bytes. */
void progress_start(struct progress *progress, const char *name, uint64_t size);

/* `done` bytes have been read. Draws at most five times a second. */
void progress_update(struct progress *progress, uint64_t done);

/* Clear the line. */
void progress_end(struct progress *progress);
