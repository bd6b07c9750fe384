/* The entries of a profile that find causes: keys, fields, columns and patterns. Each may say which
 * catalog it means, how its values are written, and which of them say nothing. */
#pragma once

#include "base/yaml/schema.h"

struct pattern;
struct profile;

/* Readers of the profile's lists; `target` is the profile. What an entry leaves to the profile is
 * filled in by profile_complete_readings(). */
schema_read_fn profile_read_keys;
schema_read_fn profile_read_fields;
schema_read_fn profile_read_columns;
schema_read_fn profile_read_patterns;

/* struct text_list: codes as catalogs write them, and names. */
schema_read_fn profile_read_ignore;

/* Fill in what the readings of entries leave to the profile. */
void profile_complete_readings(struct profile *profile);

/* Whether `node` is a list of at most `key->max` items; `*ret` gets room for them. */
bool profile_start_list(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, size_t size, void **ret);

/* Compile the `regex` of the mapping `item`, whose group holds what is looked for: NULL is the
 * first one. Without a regex there is nothing to do; its errors are placed at it. */
void profile_compile(struct schema_reader *reader, const struct yaml_node *item, struct text regex,
	const char *group, struct pattern **ret);

/* struct text: a key. */
schema_read_fn profile_read_key;

/* Whether `t` may be a key: 1 to PROFILE_KEY_LEN_MAX letters, digits, `_`, `.`, `-` and blanks;
 * these last three not at its ends. */
bool profile_is_key(struct text t);
