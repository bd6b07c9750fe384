/* The systemd unit that this process is the main process of. */
#pragma once

#include "base/text.h"

/* The unit's name, to be freed. NULL where there is none, or none that journald would name: for a
 * service of a user's own service manager, journald notes the manager's unit. */
char *unit_find(void);

/* The unit in the text of /proc/PID/cgroup; the empty text where there is none. */
struct text unit_in_cgroup(struct text cgroup);
