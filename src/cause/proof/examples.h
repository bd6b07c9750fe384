/* The examples of a profile: lines, and the causes that must be found in them. */
#pragma once

struct diag;
struct profile;

/* Run the examples of a bound profile through a recognizer of its own. Returns 0; -EINVAL with an
 * error for each example whose causes are not as it lists them; -ENOMEM. */
int examples_run(const struct profile *profile, struct diag *diag);
