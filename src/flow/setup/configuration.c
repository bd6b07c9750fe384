/* The tables of becaused.yaml. Defaults are set before the tables are applied: a missing key
 * changes nothing. */
#include "config.h"

#include "flow/setup/configuration.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "flow/setup/own-address.h"
#include "flow/setup/profile-choice.h"

enum {
	KEYS_MAX = 9, /* of a source or a sink, its kinds and the end among them */
	NAMES_SIZE = 128,
};

static const char *const unknown_names[] = { "report", "ignore", NULL };

static const struct schema_key override_keys[] = {
	{ .name = "severity",
		.read = catalog_read_severity,
		.offset = offsetof(struct catalog_override, severity) },
	{ .name = "description",
		.read = catalog_read_description,
		.offset = offsetof(struct catalog_override, description),
		.max = CATALOG_TEXT_MAX },
	{ .name = "component",
		.read = schema_text,
		.offset = offsetof(struct catalog_override, component),
		.max = CATALOG_NAME_MAX },
	{ .name = "category",
		.read = catalog_read_category,
		.offset = offsetof(struct catalog_override, category),
		.max = CATALOG_NAME_MAX },
	{ .name = "action",
		.read = schema_text_or_empty,
		.offset = offsetof(struct catalog_override, action),
		.max = CATALOG_TEXT_MAX },
	{ .name = "possibilities",
		.read = schema_texts,
		.offset = offsetof(struct catalog_override, possibilities),
		.max = CATALOG_LIST_MAX },
	{ .name = "name",
		.read = schema_slug,
		.offset = offsetof(struct catalog_override, name),
		.max = CATALOG_NAME_MAX },
	{ .name = "aliases",
		.read = catalog_read_aliases,
		.offset = offsetof(struct catalog_override, aliases),
		.max = CATALOG_LIST_MAX },
	{ .name = NULL },
};

/* Whether an override's key is a name, and not an attempt at a code: it has a letter, and does not
 * begin as a hexadecimal number does. */
static bool is_name(struct text key)
{
	if (text_starts(key, text_of("0x")) || text_starts(key, text_of("0X")))
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (char_continues(key.data[i]) ||
			(char_is_word(key.data[i]) && !char_is_digit(key.data[i]) &&
				key.data[i] != '_'))
			return true;
	return false;
}

/* Whether the key is a range, of which each end is a number. */
static bool is_range(struct text key)
{
	const char *mark = catalog_find_range_mark(key);
	size_t len = mark ? (size_t)(mark - key.data) : 0;
	uint64_t end;

	return mark && text_parse_number(text_make(key.data, len), 10, VALUE_CODE_MAX, &end) == 0 &&
	       text_parse_number(
		       text_make(mark + 1, key.len - len - 1), 10, VALUE_CODE_MAX, &end) == 0;
}

/* Read which cause is meant. Returns whether the key tells. */
static bool read_override_key(
	struct schema_reader *reader, const struct yaml_node *key, struct catalog_override *item)
{
	item->code = CATALOG_NO_CODE;
	if (is_range(key->scalar)) {
		diag_add(reader->diag, key->place,
			"'%.*s' is a range; an override is for one code, so write one for each",
			TEXT_FORMAT(key->scalar));
		return false;
	}
	if (!is_name(key->scalar))
		return catalog_read_code(reader, key, key->scalar, &item->code) == 0;
	item->key = key->scalar;
	if (key->scalar.len <= CATALOG_NAME_MAX)
		return true;
	diag_add(reader->diag, key->place, "the name of a cause has at most %d bytes",
		CATALOG_NAME_MAX);
	return false;
}

static void read_overrides_of(struct schema_reader *reader, const struct yaml_node *node,
	struct config_overrides *overrides)
{
	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	if (node->n > CONFIG_OVERRIDES_MAX) {
		diag_add(reader->diag, node->place, "%zu overrides; at most %d are accepted",
			node->n, CONFIG_OVERRIDES_MAX);
		return;
	}
	overrides->items = schema_take(reader, node->n, sizeof(*overrides->items));
	if (!overrides->items)
		return;
	for (const struct yaml_node *key = node->first; key; key = key->next) {
		struct catalog_override *item = &overrides->items[overrides->n];
		bool is_known;

		*item = (struct catalog_override){ 0 };
		item->severity = -1;
		item->place = key->place;
		is_known = read_override_key(reader, key, item);
		overrides->n += is_known;
		schema_mapping(reader, key->value, override_keys, item);
		if (is_known && item->code == CATALOG_NO_CODE && item->name.data)
			diag_add(reader->diag, key->place,
				"key 'name' is only for an override of a code; this one has a "
				"name already");
	}
}

static void read_overrides(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config *config = target;

	(void)key;
	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	config->overrides = schema_take(reader, node->n, sizeof(*config->overrides));
	if (!config->overrides)
		return;
	for (const struct yaml_node *name = node->first; name; name = name->next) {
		struct config_overrides *overrides = &config->overrides[config->n_overrides++];

		overrides->catalog = name->scalar;
		overrides->place = name->place;
		read_overrides_of(reader, name->value, overrides);
	}
}

static void read_profiles(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (node->kind == YAML_SEQUENCE && node->n == 0)
		diag_add(reader->diag, node->place,
			"profiles is empty: nothing would be recognized");
	else
		schema_texts(reader, node, key, target);
}

static void read_source_kind(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_source *source = target;

	source->kind = source_kind_find(key->name);
	source->n_kinds++;
	source->options = schema_take(reader, 1, source->kind->options_size);
	if (source->options)
		source->kind->read(reader, node, key, source->options);
}

static const struct schema_key source_keys[] = {
	{ .name = "name",
		.read = schema_slug,
		.offset = offsetof(struct config_source, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = "profiles",
		.read = read_profiles,
		.offset = offsetof(struct config_source, profiles),
		.max = CONFIG_PROFILES_MAX },
	{ .name = NULL },
};

static void read_sink_kind(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config_sink *sink = target;

	sink->kind = sink_kind_find(key->name);
	sink->n_kinds++;
	sink->options = schema_take(reader, 1, sink->kind->options_size);
	if (sink->options)
		sink->kind->read(reader, node, key, sink->options);
}

static const struct schema_key sink_keys[] = {
	{ .name = "name",
		.read = schema_slug,
		.offset = offsetof(struct config_sink, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = NULL },
};

/* Whether the node is a list of 1 to `max` items. */
static bool expect_list(
	struct schema_reader *reader, const struct yaml_node *node, const struct schema_key *key)
{
	if (!schema_expect(reader, node, YAML_SEQUENCE))
		return false;
	if (node->n > 0 && node->n <= key->max)
		return true;
	diag_add(reader->diag, node->place, "%s has %zu items; 1 to %zu are accepted", key->name,
		node->n, key->max);
	return false;
}

/* The addresses that a source listens at. */
static const struct address *addresses_of(const struct config_source *source, size_t *ret_n)
{
	*ret_n = 0;
	if (!source->options || !source->kind->addresses)
		return NULL;
	return source->kind->addresses(source->options, ret_n);
}

/* Two sources may not have one name, nor listen at one address. */
static void check_two_sources(struct schema_reader *reader, const struct config_source *first,
	const struct config_source *second)
{
	size_t n_first, n_second;
	const struct address *at_first = addresses_of(first, &n_first);
	const struct address *at_second = addresses_of(second, &n_second);

	if (second->name.len > 0 && text_equal(first->name, second->name))
		diag_add(reader->diag, second->place, "source '%s' appears twice",
			second->name.data);
	for (size_t i = 0; i < n_first; i++)
		for (size_t k = 0; k < n_second; k++)
			if (address_equal(&at_first[i], &at_second[k]))
				diag_add(reader->diag, second->place,
					"source '%s' listens at '%s' already", first->name.data,
					at_first[i].text.data);
}

static bool shares_place(const struct config_sink *a, const struct config_sink *b)
{
	return a->n_kinds == 1 && b->n_kinds == 1 && a->kind == b->kind && a->options &&
	       b->options && a->kind->shares_place(a->options, b->options);
}

/* Two sinks may not have one name, nor one destination: every record would arrive there twice. */
static void check_two_sinks(struct schema_reader *reader, const struct config_sink *first,
	const struct config_sink *second)
{
	if (second->name.len > 0 && text_equal(first->name, second->name))
		diag_add(reader->diag, second->place, "sink '%s' appears twice", second->name.data);
	else if (shares_place(first, second))
		diag_add(reader->diag, second->place, "sink '%s' writes to the same place already",
			first->name.data);
}

/* The names of keys, as in "journal, files and syslog". */
static const char *print_names(const struct schema_key *keys, char out[NAMES_SIZE])
{
	const char *between = "";
	size_t len = 0;

	out[0] = '\0';
	for (; keys->name && len < NAMES_SIZE; keys++) {
		len += (size_t)snprintf(out + len, NAMES_SIZE - len, "%s%s", between, keys->name);
		between = keys[1].name && keys[2].name ? ", " : " and ";
	}
	return out;
}

/* Append a key for each kind of source. Returns the first of them. */
static const struct schema_key *add_source_kinds(struct schema_key keys[KEYS_MAX])
{
	size_t n_own = sizeof(source_keys) / sizeof(source_keys[0]) - 1, n = n_own;

	memcpy(keys, source_keys, sizeof(source_keys));
	for (const struct source_kind *kind = source_kinds; kind->name; kind++) {
		assert(n < KEYS_MAX - 1);
		assert((kind->order == NULL) == (kind->parts != NULL));
		keys[n++] = (struct schema_key){ .name = kind->name, .read = read_source_kind };
	}
	keys[n] = (struct schema_key){ .name = NULL };
	return &keys[n_own];
}

static const struct schema_key *add_sink_kinds(struct schema_key keys[KEYS_MAX])
{
	size_t n_own = sizeof(sink_keys) / sizeof(sink_keys[0]) - 1, n = n_own;

	memcpy(keys, sink_keys, sizeof(sink_keys));
	for (const struct sink_kind *kind = sink_kinds; kind->name; kind++) {
		assert(n < KEYS_MAX - 1);
		keys[n++] = (struct schema_key){ .name = kind->name, .read = read_sink_kind };
	}
	keys[n] = (struct schema_key){ .name = NULL };
	return &keys[n_own];
}

static void read_sources(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config *config = target;
	struct schema_key keys[KEYS_MAX];
	const struct schema_key *kinds = add_source_kinds(keys);
	char names[NAMES_SIZE];

	if (!expect_list(reader, node, key))
		return;
	config->n_sources = 0;
	config->sources = schema_take(reader, node->n, sizeof(*config->sources));
	if (!config->sources)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct config_source *source = &config->sources[config->n_sources];

		source->place = item->place;
		source->node = item;
		schema_mapping(reader, item, keys, source);
		if (item->kind == YAML_MAPPING && source->n_kinds != 1)
			diag_add(reader->diag, item->place, "a source must have exactly one of %s",
				print_names(kinds, names));
		for (size_t i = 0; i < config->n_sources; i++)
			check_two_sources(reader, &config->sources[i], source);
		config->n_sources++;
	}
}

static void read_sinks(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct config *config = target;
	struct schema_key keys[KEYS_MAX];
	const struct schema_key *kinds = add_sink_kinds(keys);
	char names[NAMES_SIZE];

	if (!expect_list(reader, node, key))
		return;
	config->n_sinks = 0;
	config->sinks = schema_take(reader, node->n, sizeof(*config->sinks));
	if (!config->sinks)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct config_sink *sink = &config->sinks[config->n_sinks];

		sink->place = item->place;
		sink->node = item;
		schema_mapping(reader, item, keys, sink);
		if (item->kind == YAML_MAPPING && sink->n_kinds != 1)
			diag_add(reader->diag, item->place, "a sink must have exactly one of %s",
				print_names(kinds, names));
		for (size_t i = 0; i < config->n_sinks; i++)
			check_two_sinks(reader, &config->sinks[i], sink);
		config->n_sinks++;
	}
}

static enum own_address find_listener(
	const struct config_source *source, const struct address *address)
{
	enum own_address found = OWN_ADDRESS_ELSEWHERE;
	size_t n;
	const struct address *at = addresses_of(source, &n);

	for (size_t i = 0; i < n; i++) {
		enum own_address other = own_address_find(address, &at[i]);

		found = other > found ? other : found;
	}
	return found;
}

/* Records that a sink sends to where a source listens would loop forever. An address that the
 * machine has only for now is no error: in a cluster, another machine may have it. */
static void check_loop(struct schema_reader *reader, const struct config_sink *sink,
	const struct config_source *source)
{
	switch (find_listener(source, sink->kind->address(sink->options))) {
	case OWN_ADDRESS_ELSEWHERE:
		break;
	case OWN_ADDRESS_NOW:
		diag_warn(reader->diag, sink->place,
			"sink '%s' sends to an address that this machine has now, where source "
			"'%s' listens: its records come back",
			sink->name.data, source->name.data);
		break;
	case OWN_ADDRESS_ALWAYS:
		diag_add(reader->diag, sink->place,
			"sink '%s' sends to the address where source '%s' listens", sink->name.data,
			source->name.data);
		break;
	}
}

static void check_loops(struct schema_reader *reader, const struct config *config)
{
	for (size_t i = 0; i < config->n_sinks; i++) {
		const struct config_sink *sink = &config->sinks[i];

		if (!sink->options || !sink->kind->address)
			continue;
		for (size_t k = 0; k < config->n_sources; k++)
			check_loop(reader, sink, &config->sources[k]);
	}
}

static const struct schema_key config_keys[] = {
	{ .name = "profiles",
		.read = read_profiles,
		.offset = offsetof(struct config, profiles),
		.max = CONFIG_PROFILES_MAX },
	{ .name = "severity",
		.read = schema_choice,
		.offset = offsetof(struct config, policy.severity),
		.choices = enrich_severity_names },
	{ .name = "unknown",
		.read = schema_choice,
		.offset = offsetof(struct config, unknown),
		.choices = unknown_names },
	{ .name = "overrides", .read = read_overrides },
	{ .name = "sources", .read = read_sources, .max = CONFIG_SOURCES_MAX },
	{ .name = "sinks", .read = read_sinks, .max = CONFIG_SINKS_MAX },
	{ .name = NULL },
};

/* Set what an empty file means. */
static int set_defaults(struct config *config)
{
	config->profiles.items = arena_take(config->arena, 1, sizeof(struct text));
	config->profiles.places = arena_take(config->arena, 1, sizeof(struct place));
	config->sources = arena_take(config->arena, 1, sizeof(*config->sources));
	config->sinks = arena_take(config->arena, 1, sizeof(*config->sinks));
	if (!config->profiles.items || !config->profiles.places || !config->sources ||
		!config->sinks)
		return -ENOMEM;
	config->sources[0].kind = source_kind_find("journal");
	config->sources[0].options =
		arena_take(config->arena, 1, config->sources[0].kind->options_size);
	config->sinks[0].kind = sink_kind_find("journal");
	config->sinks[0].options =
		arena_take(config->arena, 1, config->sinks[0].kind->options_size);
	if (!config->sources[0].options || !config->sinks[0].options)
		return -ENOMEM;
	config->profiles.items[config->profiles.n++] = text_of(PROFILE_CHOICE_ALL);
	config->sources[0].name = text_of("platform");
	config->sources[0].n_kinds = 1;
	config->n_sources = 1;
	config->sinks[0].name = text_of("journal");
	config->sinks[0].n_kinds = 1;
	config->n_sinks = 1;
	return 0;
}

struct config *config_ref(struct config *config)
{
	assert(!config || config->n_refs > 0);
	if (config)
		config->n_refs++;
	return config;
}

struct config *config_unref(struct config *config)
{
	assert(!config || config->n_refs > 0);
	/* The configuration is allocated in its own arena. */
	if (config && --config->n_refs == 0)
		(void)arena_free(config->arena);
	return NULL;
}

struct config *config_new(void)
{
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	struct config *config = arena ? arena_take(arena, 1, sizeof(*config)) : NULL;

	if (!config)
		return NULL;
	config->arena = TAKE(arena);
	config->n_refs = 1;
	return set_defaults(config) < 0 ? config_unref(config) : config;
}

/* What all other modules rely on. */
static void check_invariants(const struct config *config)
{
	assert(config->n_sources > 0 && config->n_sources <= CONFIG_SOURCES_MAX);
	assert(config->n_sinks > 0 && config->n_sinks <= CONFIG_SINKS_MAX);
	assert(config->profiles.n > 0 && config->profiles.n <= CONFIG_PROFILES_MAX);
	for (size_t i = 0; i < config->n_sources; i++)
		assert(config->sources[i].n_kinds == 1 && config->sources[i].options);
	for (size_t i = 0; i < config->n_sinks; i++)
		assert(config->sinks[i].n_kinds == 1 && config->sinks[i].options);
}

int config_read(const char *file, struct text data, struct diag *diag, struct config **ret)
{
	CLEANUP(config_unrefp) struct config *config = config_new();
	struct schema_reader reader = { .diag = diag };
	const struct yaml_node *root = NULL;
	size_t n_before = diag_count(diag);
	int r;

	if (!config)
		return -ENOMEM;
	r = yaml_read(config->arena, file, data, diag, &root);
	if (r < 0)
		return r;
	reader.arena = config->arena;
	if (root)
		schema_mapping(&reader, root, config_keys, config);
	check_loops(&reader, config);
	if (reader.no_memory)
		return -ENOMEM;
	if (diag_count(diag) > n_before)
		return -EINVAL;
	config->policy.ignore_unknown = config->unknown == 1;
	check_invariants(config);
	*ret = TAKE(config);
	return 0;
}

const struct config_source *config_find_source(const struct config *config, struct text name)
{
	for (size_t i = 0; i < config->n_sources; i++)
		if (text_equal(config->sources[i].name, name))
			return &config->sources[i];
	return NULL;
}

const struct config_sink *config_find_sink(const struct config *config, struct text name)
{
	for (size_t i = 0; i < config->n_sinks; i++)
		if (text_equal(config->sinks[i].name, name))
			return &config->sinks[i];
	return NULL;
}

/* --- two configurations --- */

static const struct yaml_node *skip_profiles(const struct yaml_node *key)
{
	while (key && text_equal(key->scalar, text_of("profiles")))
		key = key->next;
	return key;
}

bool config_is_same_source(const struct config_source *a, const struct config_source *b)
{
	const struct yaml_node *left, *right;

	if (!a->node || !b->node)
		return a->node == b->node;
	left = skip_profiles(a->node->first);
	right = skip_profiles(b->node->first);
	while (left && right && yaml_equal(left, right) && yaml_equal(left->value, right->value)) {
		left = skip_profiles(left->next);
		right = skip_profiles(right->next);
	}
	return !left && !right;
}

bool config_is_same_sink(const struct config_sink *a, const struct config_sink *b)
{
	return yaml_equal(a->node, b->node) && (!a->kind->tls || !a->kind->tls(a->options));
}
