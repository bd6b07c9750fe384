/* Which journal entries are output of becaused. Fields that journald vouches for decide that: no
 * client can hide from enrichment, or from delivery, by imitating our output. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

/* How journald knows this process. */
struct own {
	const char *unit; /* whose main process this is; NULL for none */
	char uid[16];
	char program[256]; /* the name of its file, with the slash before it */
};

/* The value of a field of the entry in question; empty where there is none. Valid until the next
 * look-up. */
typedef struct text own_look_up_fn(const char *field, void *userdata);

/* `unit` must outlive the result. */
struct own own_make(const char *unit, unsigned uid);

/* Whether the entry is output of becaused, of this one or of another on the machine: it must not be
 * enriched again. */
bool own_is_becaused(const struct own *own, own_look_up_fn *look_up, void *userdata);

/* Whether this unit wrote the entry, now or in an earlier run. The entry is an enriched one with
 * our instance. Without a unit, this user must have written it with a program of this name, or
 * `becaused`. */
bool own_is_ours(const struct own *own, own_look_up_fn *look_up, void *userdata);
