/* How a glob is written: glob(7), and alternatives in braces. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Returns 0 to continue; any other value ends the expansion. */
typedef int glob_syntax_visit_fn(struct text glob, void *userdata);

/* Visit the globs without alternatives that a glob stands for, in the order in which they are
 * written: `/{a,b{1,2}}` is /a, /b1 and /b2. A backslash takes from a brace or a comma its meaning
 * and stays where it is. Braces without a comma, and all in a bracket expression, are characters
 * of the name. None of the globs is longer than `glob`; each is visited with a NUL behind it.
 * The work is bounded by the number of visits. Returns 0; -EINVAL where a brace is not closed;
 * -ENOMEM; or what ended it. */
int glob_syntax_expand(struct text glob, glob_syntax_visit_fn *visit, void *userdata);

/* Whether `**` is in the glob, other than in a bracket expression: many programs take it for any
 * number of directories, glob(7) does not. */
bool glob_syntax_has_double_star(struct text glob);
