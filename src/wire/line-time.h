/* The time that a line of a log begins with. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct record;

/* Read the time at the beginning of `line`. `now_usec`: since 1970, UTC, for a time without a year.
 * Known are the timestamps of wire/timestamp; those with slashes in the date; behind `<PRI>`,
 * colors, a day of the week, FreeSWITCH's UUID, Cisco's number and mark; in Asterisk's brackets; of
 * Asterisk's queue log (seconds since 1970); and of Open5GS (month and day as numbers).
 * A time that names no zone is local time. Returns false where there is none, or none that exists,
 * or where something behind it gives it a meaning that is not known here.
 */
bool line_time_read(struct text line, uint64_t now_usec, uint64_t *ret_usec);

/* Give the record the time that its message begins with, unless it has a time, or begins in the
 * midst of a line. */
void line_time_note(struct record *record, uint64_t now_usec);
