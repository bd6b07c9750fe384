/* A profile: how one platform writes causes in its logs, and which catalogs they mean. Read from
 * YAML, immutable once it is bound to its catalogs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"
#include "cause/search/context.h"
#include "cause/search/key-value.h"

enum {
	PROFILE_KEYS_MAX = 64,
	PROFILE_KEY_LEN_MAX = 64,
	PROFILE_FIELDS_MAX = 16,
	PROFILE_COLUMNS_MAX = 32,
	PROFILE_COLUMN_MAX = 1024, /* the last column that can be named */
	PROFILE_PATTERNS_MAX = 64,
	PROFILE_IGNORED_MAX = 64,
	PROFILE_CONTEXTS_MAX = 8,
	PROFILE_CONTEXT_NAME_MAX = 16,
	PROFILE_CONTEXT_ENTRIES_MAX = 16, /* keys and expressions of one name */
	PROFILE_EXAMPLES_MAX = 1000,
	PROFILE_REQUIRES_MIN = 3, /* bytes, in a profile that is used by default */
	PROFILE_BASE_NONE = -1,   /* while a profile is read: the base of the usual reading */
};

struct catalog;
struct pattern;

/* How the values of some entries are written, and what they mean. */
struct profile_reading {
	struct text catalog_name;
	struct place catalog_place;
	const struct catalog *catalog; /* bound by the caller that has the catalogs; NULL before */
	int base;                      /* enum value_base */
	struct text_list ignore;       /* codes in their normalized form, and names */
	const struct profile_reading *usual; /* of what an entry does not set; NULL = all is set */
	struct profile_reading *next;
};

/* A key, or a structured field. */
struct profile_key {
	struct text name;
	const struct profile_reading *reading;
	struct place place;
};

struct profile_pattern {
	struct text requires; /* is in every line that the expression is tried on */
	struct text regex;
	struct pattern *pattern;
	const struct profile_reading *reading;
	struct place place;
};

/* The name or the number of a column; one of the two. */
struct profile_column_name {
	struct text header; /* its name in the first line of a file */
	size_t number;      /* from 1 */
};

/* A column of delimited records (RFC 4180). One with a header is looked for only where a file
 * begins with a line of headers. */
struct profile_column {
	struct profile_column_name column;
	struct text requires;             /* is in every record that counts; with a number only */
	char separator;                   /* '\0': any usual one, as the line of headers has it */
	size_t width;                     /* columns of a record that counts; 0 = any */
	struct profile_column_name where; /* a column that has the text `equals`; 0 = none */
	struct text equals;
	const struct profile_reading *reading;
	struct place place;
};

/* A fact of the call that an example has. */
struct profile_fact {
	struct text name, value;
	struct place place;
};

struct profile_example {
	struct text line;
	struct text_list causes; /* codes, or the names of causes without one, in order */
	struct profile_fact *facts;
	size_t n_facts;
	struct place place;
};

struct profile {
	struct arena *arena;
	struct text name;
	struct text title;
	bool named_only;                         /* `default: no` */
	struct profile_reading *readings;        /* all; the first is the usual one */
	struct profile_reading *pattern_reading; /* the usual one of patterns: decimal */
	struct profile_key *keys;
	size_t n_keys;
	struct profile_key *fields;
	size_t n_fields;
	struct profile_column *columns;
	size_t n_columns;
	struct profile_pattern *patterns;
	size_t n_patterns;
	struct context_name *contexts;
	size_t n_contexts;
	struct profile_example *examples;
	size_t n_examples;
	struct place place;
};

/* Accepts NULL, returns NULL. */
struct profile *profile_free(struct profile *profile);
CLEANUP_DEFINE(struct profile *, profile_free);

/* Whether all its catalogs are bound. */
bool profile_is_bound(const struct profile *profile);

/* The form of the values of a reading, with the names of its catalog. */
struct value_form profile_form(const struct profile_reading *reading);
