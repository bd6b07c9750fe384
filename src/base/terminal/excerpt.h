/* The line that a message is about, with a mark below the column, as a terminal shows it. */
#pragma once

#include <stddef.h>

#include "base/text.h"

struct buffer;

/* The bounds of the width of a terminal for which an excerpt is made. */
enum { EXCERPT_WIDTH_MIN = 20, EXCERPT_WIDTH_MAX = 500 };

/* How an excerpt looks. */
struct excerpt_look {
	size_t width;      /* columns of the terminal, brought into the bounds above */
	const char *color; /* sequences around the mark; empty strings = no color */
	const char *reset;
};

/* Where the search for a line continues; { 0 } to begin with. */
struct excerpt_cursor {
	unsigned line; /* the line that begins at `offset` less 1 */
	size_t offset;
};

/* Find a line, from 1, of the content of a YAML file, without its line end. A search for lines in
 * order reads the content once. Returns whether the content has the line. */
bool excerpt_find_line(
	struct text content, unsigned line, struct excerpt_cursor *cursor, struct text *ret);

/* Append two lines: the part of `line` around the character `column`, from 1, that the width has
 * room for, and `^` below this character, which is always in the part. What could control a
 * terminal is masked. Nothing is appended where the line ends before the column, or for column
 * 0. */
void excerpt_print(
	struct text line, unsigned column, const struct excerpt_look *look, struct buffer *out);
