/* The tables of a profile's keys, and the checks that no table can express. */
#include "config.h"

#include "cause/profile.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cause/catalog.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"

static bool is_key(struct text t)
{
	if (t.len == 0 || t.len > PROFILE_KEY_LEN_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!char_is_word(t.data[i]) && !strchr(".- ", t.data[i]))
			return false;
	return char_is_word(t.data[0]) && char_is_word(t.data[t.len - 1]);
}

static void read_keys(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list *keys = target;

	schema_texts(reader, node, key, keys);
	for (size_t i = 0; i < keys->n; i++)
		if (!is_key(keys->items[i]))
			diag_add(reader->diag, keys->places[i],
				"key '%s' must have 1 to %d letters, digits or '_'; '.', '-' and "
				"blanks are allowed, but not first or last",
				keys->items[i].data, PROFILE_KEY_LEN_MAX);
}

/* As journald accepts names from clients: [A-Z0-9_], no digit and no `_` first, 64 bytes. */
static bool is_field(struct text t)
{
	if (t.len == 0 || t.len > 64 || t.data[0] < 'A' || t.data[0] > 'Z')
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!char_is_word(t.data[i]) || char_lower(t.data[i]) == t.data[i])
			if (!char_is_digit(t.data[i]) && t.data[i] != '_')
				return false;
	return true;
}

static void read_fields(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list *fields = target;

	schema_texts(reader, node, key, fields);
	for (size_t i = 0; i < fields->n; i++)
		if (!is_field(fields->items[i]))
			diag_add(reader->diag, fields->places[i],
				"'%s' is no name of a journal field: A-Z, 0-9 and '_', "
				"starting with a letter",
				fields->items[i].data);
}

/* A code as a catalog writes it, or the name that a log has instead. */
static void check_ignored(struct schema_reader *reader, const struct yaml_node *item)
{
	struct text t = item->scalar;
	uint32_t code;

	if (item->kind != YAML_SCALAR || t.len == 0)
		return;
	if (char_is_digit(t.data[0]))
		(void)catalog_read_code(reader, item, t, &code);
	else if (t.len > CATALOG_NAME_MAX || !is_key(t))
		diag_add(reader->diag, item->place,
			"'%.*s' is neither a code nor a name, which has 1 to %d letters, digits "
			"or '_'; '.', '-' and blanks are allowed, but not first or last",
			TEXT_FORMAT(t), CATALOG_NAME_MAX);
}

static void read_ignore(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	schema_texts(reader, node, key, target);
	if (node->kind != YAML_SEQUENCE || node->n > key->max)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next)
		check_ignored(reader, item);
}

static const struct schema_key pattern_keys[] = {
	{ .name = "requires",
		.read = schema_raw_text,
		.offset = offsetof(struct profile_pattern, requires),
		.required = true,
		.max = SCAN_LITERAL_LEN_MAX },
	{ .name = "regex",
		.read = schema_raw_text,
		.offset = offsetof(struct profile_pattern, regex),
		.required = true,
		.max = PATTERN_LEN_MAX },
	{ .name = "base",
		.read = schema_choice,
		.offset = offsetof(struct profile_pattern, base),
		.choices = value_base_names },
	{ .name = NULL },
};

static void compile_pattern(struct schema_reader *reader, struct profile_pattern *pattern)
{
	char reason[PATTERN_ERROR_MAX] = "";
	int r;

	if (pattern->requires.len > 0 &&
		memchr(pattern->requires.data, '\n', pattern->requires.len))
		diag_add(reader->diag, pattern->place, "requires must not hold a line end");
	if (pattern->regex.len == 0)
		return;
	r = pattern_new(pattern->regex, reason, &pattern->pattern);
	if (r == -EINVAL)
		diag_add(reader->diag, pattern->place, "regex: %s", reason);
	else if (r < 0)
		reader->no_memory = true;
}

/* Whether `node` is a list of at most `max` mappings; `*ret` gets room for its items. */
static bool start_list(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, size_t size, void **ret)
{
	if (!schema_expect(reader, node, YAML_SEQUENCE))
		return false;
	if (node->n > key->max) {
		diag_add(reader->diag, node->place, "%s has %zu items; at most %zu are accepted",
			key->name, node->n, key->max);
		return false;
	}
	*ret = schema_take(reader, node->n, size);
	return *ret != NULL;
}

static void read_patterns(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;
	void *room;

	if (!start_list(reader, node, key, sizeof(*profile->patterns), &room))
		return;
	profile->patterns = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct profile_pattern *pattern = &profile->patterns[profile->n_patterns++];

		pattern->place = item->place;
		schema_mapping(reader, item, pattern_keys, pattern);
		compile_pattern(reader, pattern);
	}
}

/* An example repeats a cause that its line repeats, so this is no list of distinct texts. */
static void read_example_causes(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list *causes = target;

	(void)key;
	if (!schema_expect(reader, node, YAML_SEQUENCE))
		return;
	causes->items = schema_take(reader, node->n, sizeof(*causes->items));
	if (!causes->items)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next)
		if (schema_expect(reader, item, YAML_SCALAR))
			causes->items[causes->n++] = item->scalar;
}

static const struct schema_key example_keys[] = {
	{ .name = "line",
		.read = schema_raw_text,
		.offset = offsetof(struct profile_example, line),
		.required = true },
	{ .name = "causes",
		.read = read_example_causes,
		.offset = offsetof(struct profile_example, causes),
		.required = true },
	{ .name = NULL },
};

static void read_examples(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;
	void *room;

	if (!start_list(reader, node, key, sizeof(*profile->examples), &room))
		return;
	profile->examples = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct profile_example *example = &profile->examples[profile->n_examples++];

		example->place = item->place;
		schema_mapping(reader, item, example_keys, example);
	}
}

static void read_catalog_name(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;

	profile->catalog_place = node->place;
	schema_slug(reader, node, key, &profile->catalog_name);
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
	{ .name = "keys",
		.read = read_keys,
		.offset = offsetof(struct profile, keys),
		.max = PROFILE_KEYS_MAX },
	{ .name = "fields",
		.read = read_fields,
		.offset = offsetof(struct profile, fields),
		.max = PROFILE_FIELDS_MAX },
	{ .name = "base",
		.read = schema_choice,
		.offset = offsetof(struct profile, base),
		.choices = value_base_names },
	{ .name = "ignore",
		.read = read_ignore,
		.offset = offsetof(struct profile, ignore),
		.max = PROFILE_IGNORED_MAX },
	{ .name = "patterns", .read = read_patterns, .max = PROFILE_PATTERNS_MAX },
	{ .name = "examples", .read = read_examples, .max = PROFILE_EXAMPLES_MAX },
	{ .name = NULL },
};

static int profile_fill(
	struct profile *profile, const char *file, struct text data, struct diag *diag)
{
	struct schema_reader reader = { .arena = profile->arena, .diag = diag };
	const struct yaml_node *root = NULL;
	size_t n_before = diag_count(diag);
	int r = yaml_read(profile->arena, file, data, diag, &root);

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
	if (diag_count(diag) == n_before && profile->keys.n == 0 && profile->fields.n == 0 &&
		profile->n_patterns == 0)
		diag_add(diag, profile->place,
			"the profile has no keys, no fields and no patterns: it recognizes "
			"nothing");
	return diag_count(diag) > n_before ? -EINVAL : 0;
}

/* What the recognizer relies on: literals that a scan accepts, and a compiled expression for each
 * pattern. */
static void check_invariants(const struct profile *profile)
{
	assert(profile->keys.n <= PROFILE_KEYS_MAX && profile->fields.n <= PROFILE_FIELDS_MAX);
	assert(profile->n_patterns <= PROFILE_PATTERNS_MAX);
	assert(profile->base >= VALUE_DECIMAL && profile->base <= VALUE_NAME);
	for (size_t i = 0; i < profile->n_patterns; i++) {
		const struct profile_pattern *pattern = &profile->patterns[i];

		assert(pattern->pattern);
		assert(pattern->requires.len > 0 && pattern->requires.len <= SCAN_LITERAL_LEN_MAX);
		assert(pattern->base >= VALUE_DECIMAL && pattern->base <= VALUE_NAME);
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
	r = profile_fill(profile, file, data, diag);
	if (r < 0)
		return r;
	check_invariants(profile);
	*ret = TAKE(profile);
	return 0;
}

struct profile *profile_free(struct profile *profile)
{
	if (!profile)
		return NULL;
	for (size_t i = 0; i < profile->n_patterns; i++)
		(void)pattern_free(profile->patterns[i].pattern);
	/* The profile lives in its own arena. */
	(void)arena_free(profile->arena);
	return NULL;
}
