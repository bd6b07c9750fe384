/* The options of a journal sink. */
#pragma once

#include "base/yaml/schema.h"

struct journal_sink_options {
	struct text namespace; /* journal namespace; empty = the default one */
};

/* Read the options from the mapping of a journal sink. */
schema_read_fn journal_sink_options_read;

/* Whether two journal sinks write to the same journal. */
bool journal_sink_options_share_place(const void *a, const void *b);
