/* Paths with a problem: each is reported once, until the problem is gone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { COMPLAINTS_MAX = 1024 }; /* paths that are remembered; more are not reported */

struct complaints {
	char *paths[COMPLAINTS_MAX];
	size_t n;
};

/* Whether the path is to be reported now; it is remembered. */
bool complaints_add(struct complaints *complaints, const char *path);

/* Whether the path had been reported; it is forgotten. */
bool complaints_remove(struct complaints *complaints, const char *path);

void complaints_done(struct complaints *complaints);
