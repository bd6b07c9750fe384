/* The parts of a profile about a line as a whole: what it shows of its call, and the examples. */
#pragma once

#include "base/yaml/schema.h"

struct profile;

/* Readers of `context:` and `examples:`; `target` is the profile. */
schema_read_fn profile_read_contexts;
schema_read_fn profile_read_examples;

/* Add an error for each example that has a fact without a name of the profile's context. */
void profile_check_facts(const struct profile *profile, struct diag *diag);
