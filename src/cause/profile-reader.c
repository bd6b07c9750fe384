/* The table of a profile's keys, and the checks that no table can express. */
#include "config.h"

#include "cause/profile-reader.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cause/catalog.h"
#include "cause/profile-context.h"
#include "cause/profile-entries.h"
#include "cause/profile.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"

static void read_catalog_name(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;

	profile->readings->catalog_place = node->place;
	schema_slug(reader, node, key, &profile->readings->catalog_name);
}

static void read_base(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;

	schema_choice(reader, node, key, &profile->readings->base);
}

static void read_ignore(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;

	profile_read_ignore(reader, node, key, &profile->readings->ignore);
}

static void read_default(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	static const char *const answers[] = { "yes", "no", "true", "false", NULL };
	const struct schema_key choice = { .name = key->name, .choices = answers };
	struct profile *profile = target;
	int answer = 0;

	schema_choice(reader, node, &choice, &answer);
	profile->named_only = answer % 2 == 1;
}

static const struct schema_key profile_keys[] = {
	{ .name = "profile",
		.read = schema_slug,
		.offset = offsetof(struct profile, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = "title",
		.read = schema_text,
		.offset = offsetof(struct profile, title),
		.max = CATALOG_TEXT_MAX },
	{ .name = "catalog", .read = read_catalog_name, .required = true, .max = CATALOG_NAME_MAX },
	{ .name = "base", .read = read_base, .choices = value_base_names },
	{ .name = "ignore", .read = read_ignore, .max = PROFILE_IGNORED_MAX },
	{ .name = "default", .read = read_default },
	{ .name = "keys", .read = profile_read_keys, .max = PROFILE_KEYS_MAX },
	{ .name = "fields", .read = profile_read_fields, .max = PROFILE_FIELDS_MAX },
	{ .name = "columns", .read = profile_read_columns, .max = PROFILE_COLUMNS_MAX },
	{ .name = "patterns", .read = profile_read_patterns, .max = PROFILE_PATTERNS_MAX },
	{ .name = "context", .read = profile_read_contexts, .max = PROFILE_CONTEXTS_MAX },
	{ .name = "examples", .read = profile_read_examples, .max = PROFILE_EXAMPLES_MAX },
	{ .name = NULL },
};

/* The readings that entries have which set nothing themselves. */
static int start_readings(struct profile *profile)
{
	struct profile_reading *usual = arena_take(profile->arena, 2, sizeof(*usual));

	if (!usual)
		return -ENOMEM;
	usual[0].base = VALUE_DECIMAL;
	usual[0].next = &usual[1];
	usual[1].base = VALUE_DECIMAL;
	usual[1].usual = &usual[0];
	profile->readings = &usual[0];
	profile->pattern_reading = &usual[1];
	return 0;
}

static bool recognizes_nothing(const struct profile *profile)
{
	return profile->n_keys + profile->n_fields + profile->n_columns + profile->n_patterns == 0;
}

static int profile_fill(
	struct profile *profile, const char *file, struct text data, struct diag *diag)
{
	CLEANUP(arena_freep) struct arena *tree = arena_new();
	struct schema_reader reader = { .arena = profile->arena, .diag = diag };
	const struct yaml_node *root = NULL;
	size_t n_before = diag_count(diag);
	int r = tree ? yaml_read(tree, file, data, diag, &root) : -ENOMEM;

	if (r < 0)
		return r;
	if (!root) {
		diag_add(diag, (struct place){ .file = file }, "there is nothing in this file");
		return -EINVAL;
	}
	profile->place = root->place;
	schema_mapping(&reader, root, profile_keys, profile);
	if (reader.no_memory)
		return -ENOMEM;
	if (text_equal(profile->name, text_of("all")))
		diag_add(diag, profile->place,
			"'all' is no name for a profile: in lists it means all that there are");
	profile_complete_readings(profile);
	profile_check_facts(profile, diag);
	if (diag_count(diag) == n_before && recognizes_nothing(profile))
		diag_add(diag, profile->place,
			"the profile has no keys, no fields, no columns and no patterns: it "
			"recognizes nothing");
	return diag_count(diag) > n_before ? -EINVAL : 0;
}

static void check_reading(const struct profile_reading *reading)
{
	assert(reading->base >= VALUE_DECIMAL && reading->base <= VALUE_TEXT);
	assert(reading->catalog_name.len > 0);
}

/* What the recognizer relies on: literals that a scan accepts, a compiled expression for each
 * pattern, and a reading for each entry. */
static void check_invariants(const struct profile *profile)
{
	assert(profile->n_keys <= PROFILE_KEYS_MAX && profile->n_fields <= PROFILE_FIELDS_MAX);
	assert(profile->n_patterns <= PROFILE_PATTERNS_MAX);
	for (const struct profile_reading *at = profile->readings; at; at = at->next)
		check_reading(at);
	for (size_t i = 0; i < profile->n_patterns; i++) {
		const struct profile_pattern *pattern = &profile->patterns[i];

		assert(pattern->pattern && pattern->reading);
		assert(pattern->requires.len > 0 && pattern->requires.len <= SCAN_LITERAL_LEN_MAX);
	}
	for (size_t i = 0; i < profile->n_columns; i++) {
		const struct profile_column *column = &profile->columns[i];

		assert((column->column.number > 0) == (column->requires.len > 0));
		assert((column->column.number > 0) != (column->column.header.len > 0));
		assert(column->reading);
	}
}

int profile_read(const char *file, struct text data, struct diag *diag, struct profile **ret)
{
	CLEANUP(profile_freep) struct profile *profile = NULL;
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	int r;

	profile = arena ? arena_take(arena, 1, sizeof(*profile)) : NULL;
	if (!profile)
		return -ENOMEM;
	profile->arena = TAKE(arena);
	r = start_readings(profile);
	if (r == 0)
		r = profile_fill(profile, file, data, diag);
	if (r < 0)
		return r;
	check_invariants(profile);
	*ret = TAKE(profile);
	return 0;
}
