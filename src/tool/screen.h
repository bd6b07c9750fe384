/* The look of standard output: color as base/terminal/color.h has it, and lines broken at the width
 * of a terminal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/terminal/color.h"
#include "base/text.h"

struct screen {
	bool color;
	size_t width;   /* columns that prose may take; 0 = never break a line */
	size_t columns; /* of the whole terminal; 0 = it is none */
};

/* Look at standard output. */
struct screen screen_open(enum color color);

/* The sequence that starts the color of a severity, and the one that ends any; empty strings
 * without color. */
const char *screen_severity(const struct screen *screen, int severity);
const char *screen_bold(const struct screen *screen);
const char *screen_reset(const struct screen *screen);

/* Print a text behind a prefix of `indent` columns that is already there, broken at blanks; later
 * lines are indented as far. Ends with a line end. */
void screen_print_wrapped(const struct screen *screen, size_t indent, struct text text);
