/* The results of a check, worded alike for both programs. */
#pragma once

#include <stdio.h>

struct diag;
struct setup;
struct setup_options;

/* Warn of files that the service cannot read (access_check, with `top`), of paths of sources that
 * match nothing now, and of patterns that a line can make slow. Where the list advises, prove the
 * library (library_prove): its errors are warnings where the options do not refuse what is broken.
 * Returns 0 or -ENOMEM; errors are in `diag`. */
int check_warn(const struct setup *setup, const struct setup_options *options, const char *top,
	struct diag *diag);

/* Print the line that sums up the errors and warnings. `setup` may be NULL where there are errors.
 */
void check_print_summary(const struct setup *setup, const struct setup_options *options,
	const struct diag *diag, FILE *stream);

/* Log every error and warning, an entry each, then that line. */
void check_log(
	const struct setup *setup, const struct setup_options *options, const struct diag *diag);
