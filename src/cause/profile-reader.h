/* The reader of profile files: becaused-profile(5). */
#pragma once

#include "base/text.h"

struct diag;
struct profile;

/* Read a profile from the YAML text `data`. `file` names it in messages and must outlive it.
 * Returns 0; -EINVAL with all errors added to `diag`; -ENOMEM. */
int profile_read(const char *file, struct text data, struct diag *diag, struct profile **ret);
