/* becaused.yaml: what to read, what to do with it, where to send it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"
#include "cause/catalog-override.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "flow/setup/kinds.h"

enum {
	CONFIG_PROFILES_MAX = 64,
	CONFIG_SOURCES_MAX = 64,
	CONFIG_SINKS_MAX = 16,
	CONFIG_OVERRIDES_MAX = 10000, /* for one catalog */
};

struct yaml_node;

struct config_overrides {
	struct text catalog;
	struct place place;
	struct catalog_override *items;
	size_t n;
};

struct config_source {
	struct text name;
	struct text_list profiles; /* none = those of the whole configuration */
	const struct source_kind *kind;
	size_t n_kinds; /* that were written */
	void *options;  /* of the kind */
	struct place place;
	const struct yaml_node *node; /* as it was written; NULL = a default, not written */
};

struct config_sink {
	struct text name;
	const struct sink_kind *kind;
	size_t n_kinds;
	void *options;
	struct place place;
	const struct yaml_node *node; /* as above */
};

struct config {
	struct arena *arena;
	unsigned n_refs;
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

/* The configuration that an empty file means, a reference. NULL when memory is refused. */
struct config *config_new(void);

/* Read a configuration from the YAML text `data`. `file` names it in messages and must outlive it.
 * Returns 0 with a reference; -EINVAL with all that is wrong added to `diag`; -ENOMEM. */
int config_read(const char *file, struct text data, struct diag *diag, struct config **ret);

/* Take and release a reference; accept NULL. config_unref returns NULL. */
struct config *config_ref(struct config *config);
struct config *config_unref(struct config *config);
CLEANUP_DEFINE(struct config *, config_unref);

/* The source or sink of this name; NULL = there is none. */
const struct config_source *config_find_source(const struct config *config, struct text name);
const struct config_sink *config_find_sink(const struct config *config, struct text name);

/* Whether two sources are written alike, but for their profiles. */
bool config_is_same_source(const struct config_source *a, const struct config_source *b);

/* Whether two sinks are written alike. TLS sinks never are: the files behind the same names may be
 * others. */
bool config_is_same_sink(const struct config_sink *a, const struct config_sink *b);
