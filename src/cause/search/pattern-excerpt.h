/* The part of a text that a pattern is tried on for a literal: the line around it, or an excerpt of
 * a long line. The ends of lines are searched once for all patterns and literals, so many literals
 * in a long line cost no more than one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
	EXCERPT_LINE_MAX = 64 * 1024, /* bytes of a line that is not cut */
	EXCERPT_SIDE_MAX = 32 * 1024, /* of a longer one, on either side of the literal */
};

enum excerpter_state {
	EXCERPTER_NEW,   /* excerpter_move() has not been called */
	EXCERPTER_OPEN,  /* the line continues at `searched`, as far as is known */
	EXCERPTER_ENDED, /* the line ends at `searched` */
};

/* The position of a search in a text, and the line of the last literal. */
struct excerpter {
	struct text text;
	enum excerpter_state state;
	size_t start;    /* of the current line */
	size_t at;       /* the last literal; no line end lies between `start` and here */
	size_t searched; /* no line end lies between `at` and here; at most the text's length */
};

struct excerpt {
	struct text text;
	size_t offset; /* of its first byte, in the whole text */
	size_t from;   /* where a match may begin, counted from its first byte */
	size_t next;   /* offset of the first literal that needs another excerpt */
	bool cut_in_front, cut_behind;
};

/* Start with `text`, which must outlive all excerpts. */
void excerpter_begin(struct excerpter *excerpter, struct text text);

/* Move to the literal at the offset `at`, which is not before the line of the last one. Returns
 * true if it is the first literal, or in another line than the last one. */
bool excerpter_move(struct excerpter *excerpter, size_t at);

/* Cut the line, or the excerpt of a long line, around `at`, the offset that was last passed to
 * excerpter_move(). A carriage return at the line's end is left out. The excerpt points into the
 * text. */
struct excerpt excerpter_cut(struct excerpter *excerpter, size_t at);
