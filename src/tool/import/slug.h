/* Names as catalogs write them, made of any text. */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Make lower-case letters, digits and single hyphens of a text, starting with a letter, at most
 * CATALOG_NAME_MAX bytes: `User busy`, `USER_BUSY` and `userBusy` become `user-busy`. `out` has
 * room for them and a terminator. Returns the length; 0 where the text has no letter of ASCII. */
size_t slug_print(struct text text, char *out);
