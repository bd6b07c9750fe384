/* Messages of our own for the options that getopt_long(3) refuses. Its messages would show a
 * hostile argument as it is, and have no hint. */
#pragma once

struct option;

/* The value of the first long option; below are the letters of short ones. */
enum { OPTIONS_FIRST = 256 };

/* Log the error in an option, and the option that was probably meant. `result` is what getopt_long
 * has just returned for it: '?' or ':'. The caller has set opterr to 0 and begun its short options
 * with ':'. */
void options_log_refused(int result, char *const *argv, const struct option *options);
