/* Long output goes through a pager, as systemd's programs do it: $SYSTEMD_PAGER, $PAGER, or less.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct pager {
	pid_t pid;        /* 0 = there is none */
	const char *name; /* as the environment has it */
};

/* Send standard output through a pager, if it is `wanted` and standard output is a terminal that is
 * not dumb. An empty $SYSTEMD_PAGER or $PAGER, or `cat`, means no pager. Ask the terminal for its
 * width before. */
struct pager pager_open(bool wanted);

/* Close standard output and wait until the reader has seen enough. Returns 0, or -EIO with a
 * message when the pager failed: it may have shown nothing. */
int pager_close(struct pager *pager);
