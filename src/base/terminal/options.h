/* What getopt_long(3) refuses, in words of our own: its words would show a hostile argument as it
 * is, and know no hint. */
#pragma once

struct option;

/* The value of the first long option; below are the letters of short ones. */
enum { OPTIONS_FIRST = 256 };

/* Log what is wrong with the option that getopt_long has just answered `result`, '?' or ':', to,
 * and the option that was probably meant. The caller has set opterr to 0 and begun its short
 * options with ':'. */
void options_log_refused(int result, char *const *argv, const struct option *options);
