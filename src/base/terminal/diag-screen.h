/* Errors and warnings on a screen: in color, and with the lines that they are about. */
#pragma once

#include <stddef.h>
#include <stdio.h>

struct diag;

/* How the list looks; empty strings = no color. */
struct diag_look {
	const char *error, *warning; /* the sequences that start the color of each */
	const char *reset;
	size_t columns; /* of the terminal; 0 = it is none, and lines are not shown */
};

/* Print every error, then every warning, as diag_print does; below each, the line of its file with
 * a mark below its column. Each file is read once, and must be a regular one of at most
 * DIAG_SCREEN_FILE_MAX bytes; where the line cannot be had, it is left out. */
void diag_print_screen(const struct diag *diag, const struct diag_look *look, FILE *stream);

enum { DIAG_SCREEN_FILE_MAX = 64 * 1024 * 1024 };
