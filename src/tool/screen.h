/* What standard output looks like to a person: color only on a terminal and only without NO_COLOR
 * (no-color.org), lines broken at its width. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct screen {
	bool color;
	size_t width; /* columns; 0 = never break a line */
};

/* Look at standard output. */
struct screen screen_open(void);

/* The sequence that starts the color of a severity, and the one that ends any; empty strings
 * without color. */
const char *screen_severity(const struct screen *screen, int severity);
const char *screen_bold(const struct screen *screen);
const char *screen_reset(const struct screen *screen);

/* Print a text behind a prefix of `indent` columns that is already there, broken at blanks; later
 * lines are indented as far. Ends with a line end. */
void screen_print_wrapped(const struct screen *screen, size_t indent, struct text text);
