/* Fields of the entry that a handle of sd-journal is at. */
#pragma once

#include <stdbool.h>

#include "base/text.h"

struct sd_journal;

/* MESSAGE_ID of journald's note that its rate limit has dropped N_DROPPED messages of a unit;
 * systemd's SD_MESSAGE_JOURNAL_DROPPED. */
#define FIELDS_DROPPED_MESSAGE_ID "a596d6fe7bfa4994828e72309e95d61e"

/* The value of a field; empty where the entry has none. Valid until the next call for the handle.
 * `journal` is the struct sd_journal, with the type that own_look_up_fn requires. */
struct text fields_find(const char *name, void *journal);

/* Whether the entry is journald's note that it has dropped messages: only journald itself writes
 * with the transport `driver`. `ret_unit`: of which unit; valid as above. */
bool fields_are_drop_note(struct sd_journal *journal, struct text *ret_unit);
