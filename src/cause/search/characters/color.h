/* Color sequences of terminals in log lines: ESC [ 1 ; 31 m (ECMA-48, select graphic rendition),
 * and ESC [ K, which grep writes behind each. ESC may be escaped
 * (cause/search/characters/written.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "cause/search/characters/written.h"

enum {
	COLOR_PARAMETERS_MAX = 64, /* bytes between ESC [ and m */
	COLORS_MAX = 8,            /* in a row */
};

/* Whether a color may begin at `i`. */
static inline bool color_may_begin(struct text t, size_t i)
{
	return i < t.len && (t.data[i] == '\033' || written_may_be_escape(t, i));
}

/* Where the colors end that begin at `i`: at most COLORS_MAX; `i` where there is none. */
size_t color_skip(struct text t, size_t i);

/* Where the colors start that end before `i`: at most COLORS_MAX; `i` where there is none. */
size_t color_skip_before(struct text t, size_t i);

/* Whether the text ends within a color or another escape that begins at `i`. */
bool color_is_cut(struct text t, size_t i);
