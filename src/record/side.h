/* Whose doing a cause is. */
#pragma once

#include "base/text.h"

/* The side of a category: "normal"; "party", of a person on the call; "ours", of the platform; or
 * "unknown", also of a word that is no category. */
const char *side_of(struct text category);
