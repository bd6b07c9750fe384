/* Paths that something is wrong with: each is said once, until it is well again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { COMPLAINTS_MAX = 1024 }; /* paths that are remembered; more are said each time */

struct complaints {
	char *paths[COMPLAINTS_MAX];
	size_t n;
};

/* Whether it is to be said now, and remembered. */
bool complaints_add(struct complaints *complaints, const char *path);

/* Whether it had been said; it is forgotten. */
bool complaints_remove(struct complaints *complaints, const char *path);

void complaints_done(struct complaints *complaints);

/* Whether a negative errno tells of what the machine is short of: memory, descriptors. It says
 * nothing of the file that was asked for, and passes. */
bool io_is_shortage(int error);
