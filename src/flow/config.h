/* becaused.yaml: what to read, what to do with it, where to send it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/schema.h"
#include "base/text.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "sink/journal.h"
#include "source/journal.h"

enum {
	CONFIG_PROFILES_MAX = 64,
	CONFIG_SOURCES_MAX = 64,
	CONFIG_SINKS_MAX = 1,
	CONFIG_OVERRIDES_MAX = 10000, /* for one catalog */
};

struct config_overrides {
	struct text catalog;
	struct place place;
	struct catalog_override *items;
	size_t n;
};

struct config_source {
	struct text name;
	struct text_list profiles; /* none = those of the whole configuration */
	struct journal_options journal;
	bool has_kind;
	struct place place;
};

struct config_sink {
	struct text name;
	struct journal_sink_options journal;
	bool has_kind;
	struct place place;
};

struct config {
	struct arena *arena;
	struct text_list profiles;
	struct enrich_policy policy;
	int unknown; /* index into "report", "ignore" */
	struct config_overrides *overrides;
	size_t n_overrides;
	struct config_source *sources;
	size_t n_sources;
	struct config_sink *sinks;
	size_t n_sinks;
};

/* The configuration that an empty file stands for. NULL when memory is refused. */
struct config *config_new(void);

/* Read a configuration from the YAML text `data`. `file` names it in messages and must outlive it.
 * Returns 0; -EINVAL with all that is wrong added to `diag`; -ENOMEM. */
int config_read(const char *file, struct text data, struct diag *diag, struct config **ret);

/* Accepts NULL, returns NULL. */
struct config *config_free(struct config *config);
CLEANUP_DEFINE(struct config *, config_free);
