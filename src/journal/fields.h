/* Fields of the entry that a handle of sd-journal is at. */
#pragma once

#include <stdbool.h>
#include <systemd/sd-journal.h>

#include "base/text.h"

/* MESSAGE_ID of journald's note that its rate limit has dropped N_DROPPED messages of a unit;
 * systemd's SD_MESSAGE_JOURNAL_DROPPED. */
#define FIELDS_DROPPED_MESSAGE_ID "a596d6fe7bfa4994828e72309e95d61e"

/* The field in that note with their number, with its equals sign. */
#define FIELDS_N_DROPPED "N_DROPPED="

/* The value of a field of the entry in question; empty where it has none. Valid until the next
 * look-up. */
typedef struct text fields_look_up_fn(const char *field, void *userdata);

/* Looks up in the entry of a handle; `journal` is the struct sd_journal. Each call walks over the
 * fields, so several are better enumerated. */
fields_look_up_fn fields_find;

/* The next field of the entry, as NAME=value; sd_journal_restart_data() starts with the first.
 * Fields that cannot be read, such as those of an unknown compression, are passed over. Valid until
 * the next call. Returns 1, 0 behind the last, or a negative errno. The function that passes over
 * them costs more, so it is asked only where the other fails. */
static inline int fields_next(sd_journal *journal, struct text *ret)
{
	const void *data;
	size_t len;
	int r = sd_journal_enumerate_data(journal, &data, &len);

	if (r < 0)
		r = sd_journal_enumerate_available_data(journal, &data, &len);
	if (r > 0)
		*ret = text_make(data, len);
	return r;
}

/* Whether the entry is journald's note that it has dropped messages: only journald itself writes
 * with the transport `driver`. `ret_unit`: of which unit; valid as above. */
bool fields_are_drop_note(sd_journal *journal, struct text *ret_unit);
