/* What a check advises on one profile. */
#pragma once

struct diag;
struct profile;

/* Warn of a key, or a text that a pattern or a column requires, that ordinary logs are full of,
 * unless the profile has `default: no`; of a kind of example that is missing; and of a context that
 * no example has. It has no effect unless the list advises. */
void profile_advise(const struct profile *profile, struct diag *diag);
