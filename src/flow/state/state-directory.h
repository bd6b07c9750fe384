/* The state directory: it belongs to one becaused at a time, and holds the positions. */
#pragma once

#include "flow/state/positions.h"

struct state_directory {
	int fd; /* of the directory, locked */
	struct positions positions;
};

/* Lock the directory, which must outlive the state, and load what it holds. Positions of another
 * machine, and a file that is not a file of positions, are ignored. Failures are logged. Returns 0;
 * -EBUSY when another process has locked it, and only then; -EPERM when it belongs to another user,
 * or every user can write to it; or another negative errno. `state` may be freed in any case. */
int state_directory_open(struct state_directory *state, const char *directory);

/* Save once, to find out whether the state can be saved at all; a failure is logged. Returns 0 or a
 * negative errno. */
int state_directory_prove(struct state_directory *state);

/* Close the directory, which unlocks it; nothing is saved. */
void state_directory_close(struct state_directory *state);
