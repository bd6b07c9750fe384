/* Paths that something is wrong with: each is said once, until it is well again. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { TROUBLES_MAX = 1024 }; /* paths that are remembered; more are said each time */

struct troubles {
	char *paths[TROUBLES_MAX];
	size_t n;
};

/* Whether it is to be said now, and remembered. */
bool trouble_begins(struct troubles *troubles, const char *path);

/* Whether it had been said; it is forgotten. */
bool trouble_ends(struct troubles *troubles, const char *path);

void troubles_done(struct troubles *troubles);

/* Whether a negative errno tells of what the machine is short of: memory, descriptors. It says
 * nothing of the file that was asked for, and passes. */
bool trouble_is_shortage(int error);
