/* Names as catalogs write them, made of any text. */
#pragma once

#include <stddef.h>

#include "base/text.h"

/* Make lower-case letters, digits and single hyphens of a text, starting with a letter, at most
 * CATALOG_NAME_MAX bytes: `User busy`, `USER_BUSY` and `userBusy` become `user-busy`. Letters of
 * Latin-1 and Latin Extended-A become those of ASCII: `Störung` becomes `stoerung`, and `Congé`
 * `conge`. `out` has room for them and a terminator. Returns the length; 0 where the text has no
 * such letter. */
size_t slug_print(struct text text, char *out);

/* The first letter of a text in UTF-8 that slug_print leaves out, as it has no form in ASCII; empty
 * where there is none. */
struct text slug_find_lost(struct text text);
