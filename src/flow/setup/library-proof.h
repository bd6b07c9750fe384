/* What a check of the whole library finds besides the errors of each file. */
#pragma once

struct diag;
struct library;

/* Advise on every catalog and profile, and add an error where one default profile claims a line of
 * another's examples (cause/proof/claims.h). Files that are broken are skipped. It has no effect
 * unless the list advises. Returns 0, -EINVAL when errors were added, or -ENOMEM. */
int library_prove(const struct library *library, struct diag *diag);
