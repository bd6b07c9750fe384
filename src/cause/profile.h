/* A profile: how one platform writes causes in its logs, and which catalog they mean. Read from
 * YAML, immutable once it is bound to its catalog. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"
#include "cause/search/key-value.h"

enum {
	PROFILE_KEYS_MAX = 64,
	PROFILE_KEY_LEN_MAX = 64,
	PROFILE_FIELDS_MAX = 16,
	PROFILE_PATTERNS_MAX = 32,
	PROFILE_IGNORED_MAX = 64,
	PROFILE_EXAMPLES_MAX = 1000,
};

struct catalog;
struct pattern;

struct profile_pattern {
	struct text requires; /* is in every line that the expression is tried on */
	struct text regex;
	struct pattern *pattern;
	int base; /* enum value_base */
	struct place place;
};

struct profile_example {
	struct text line;
	struct text_list causes; /* codes in their normalized form, in order */
	struct place place;
};

struct profile {
	struct arena *arena;
	struct text name;
	struct text title;
	struct text catalog_name;
	const struct catalog *catalog; /* bound by the caller that has the catalogs; NULL before */
	struct text_list keys;
	struct text_list fields;
	int base;                /* enum value_base, of keys and fields */
	struct text_list ignore; /* codes in their normalized form, and names */
	struct profile_pattern *patterns;
	size_t n_patterns;
	struct profile_example *examples;
	size_t n_examples;
	struct place place;
	struct place catalog_place;
};

/* Read a profile from the YAML text `data`. `file` names it in messages and must outlive it.
 * Returns 0; -EINVAL with all errors added to `diag`; -ENOMEM. */
int profile_read(const char *file, struct text data, struct diag *diag, struct profile **ret);

/* Accepts NULL, returns NULL. */
struct profile *profile_free(struct profile *profile);
CLEANUP_DEFINE(struct profile *, profile_free);
