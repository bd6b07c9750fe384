/* Whether to show colors: --color=, NO_COLOR (no-color.org), TERM. */
#pragma once

#include <stdbool.h>

enum color {
	COLOR_AUTO, /* on a terminal, unless NO_COLOR is set or TERM is dumb */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* Read the value of --color=. Returns 0, or -EINVAL when it is none: an error and a hint have been
 * logged. */
int color_read(const char *value, enum color *ret);

/* Whether output is colored that leads to a terminal, or does not. */
bool color_is_on(enum color color, bool is_terminal);
