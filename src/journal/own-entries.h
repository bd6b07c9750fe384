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

/* What the fields of one entry show of who wrote it; see own-entries.c. All zero = nothing yet. */
struct own_facts {
	unsigned bits;
};

/* `unit` must outlive the result. */
struct own own_make(const char *unit, unsigned uid);

/* Note what the field NAME=value of an entry shows. Of several fields of one name, the first
 * counts. */
void own_note_field(const struct own *own, struct text field, struct own_facts *facts);

/* Whether the entry is output of becaused, of this one or of another on the machine: it must not be
 * enriched again. All of its fields were noted. */
bool own_is_becaused(const struct own_facts *facts);

/* Whether this unit wrote the entry, now or in an earlier run. The entry is an enriched one with
 * our instance. Without a unit, this user must have written it with a program of this name, or
 * `becaused`. */
bool own_is_ours(const struct own *own, const struct own_facts *facts);
