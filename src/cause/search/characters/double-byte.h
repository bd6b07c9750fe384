/* Characters of GBK, Big5, Shift-JIS and UHC: two bytes, of which the second may be an ASCII
 * letter. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { DOUBLE_BYTE_RUN_MAX = 4096 }; /* bytes that are looked at */

/* Whether the letter or underscore before `i` is the second byte of such a character. `ret_start`:
 * the first byte that this depends on. In valid UTF-8 it is a letter, and in doubt, too. */
bool double_byte_ends(struct text t, size_t i, size_t *ret_start);
