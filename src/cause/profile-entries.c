/* An entry is written as its word alone, or as a mapping with what differs from the profile. What
 * differs becomes a reading of its own, which gets the rest when the whole profile is read. */
#include "config.h"

#include "cause/profile-entries.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"

/* What the tables fill: one entry of any kind, and what it says about its values. */
struct entry {
	struct profile_key key;
	struct profile_pattern pattern;
	struct profile_column column;
	struct text separator;
	struct profile_reading reading;
	bool has_reading;
};

bool profile_is_key(struct text t)
{
	if (t.len == 0 || t.len > PROFILE_KEY_LEN_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (!char_is_word(t.data[i]) && !strchr(".- ", t.data[i]))
			return false;
	return char_is_word(t.data[0]) && char_is_word(t.data[t.len - 1]);
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

/* --- what an entry says about its values --- */

static void read_catalog(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct entry *entry = target;

	entry->has_reading = true;
	entry->reading.catalog_place = node->place;
	schema_slug(reader, node, key, &entry->reading.catalog_name);
}

static void read_base(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct entry *entry = target;

	entry->has_reading = true;
	schema_choice(reader, node, key, &entry->reading.base);
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
	else if (t.len > CATALOG_NAME_MAX || !profile_is_key(t))
		diag_add(reader->diag, item->place,
			"'%.*s' is neither a code nor a name, which has 1 to %d letters, digits "
			"or '_'; '.', '-' and blanks are allowed, but not first or last",
			TEXT_FORMAT(t), CATALOG_NAME_MAX);
}

void profile_read_ignore(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	schema_texts(reader, node, key, target);
	if (node->kind != YAML_SEQUENCE || node->n > key->max)
		return;
	for (const struct yaml_node *item = node->first; item; item = item->next)
		check_ignored(reader, item);
}

static void read_ignore_of_entry(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct entry *entry = target;

	entry->has_reading = true;
	profile_read_ignore(reader, node, key, &entry->reading.ignore);
}

/* The rows of what each entry may say. */
#define READING_KEYS                                                                       \
	{ .name = "catalog", .read = read_catalog, .max = CATALOG_NAME_MAX },              \
		{ .name = "base", .read = read_base, .choices = value_base_names },        \
	{                                                                                  \
		.name = "ignore", .read = read_ignore_of_entry, .max = PROFILE_IGNORED_MAX \
	}

static struct entry start_entry(const struct yaml_node *node)
{
	struct entry entry = { .reading = { .base = PROFILE_BASE_NONE } };

	entry.key.place = entry.pattern.place = entry.column.place = node->place;
	return entry;
}

/* The reading of the entry: `usual`, or a new one where the entry differs from it. NULL when memory
 * is refused. */
static const struct profile_reading *take_reading(
	struct schema_reader *reader, const struct entry *entry, struct profile_reading *usual)
{
	struct profile_reading *own;

	assert(usual);
	if (!entry->has_reading)
		return usual;
	own = schema_take(reader, 1, sizeof(*own));
	if (!own)
		return NULL;
	*own = entry->reading;
	own->usual = usual;
	own->next = usual->next;
	usual->next = own;
	return own;
}

static void complete_reading(struct profile_reading *reading)
{
	const struct profile_reading *usual = reading->usual;

	if (!usual)
		return;
	if (reading->catalog_name.len == 0) {
		reading->catalog_name = usual->catalog_name;
		reading->catalog_place = usual->catalog_place;
	}
	if (reading->base == PROFILE_BASE_NONE)
		reading->base = usual->base;
	/* An empty list of its own is a list. */
	if (!reading->ignore.items)
		reading->ignore = usual->ignore;
}

/* The usual reading of patterns is completed from the profile's, and before those of patterns. */
void profile_complete_readings(struct profile *profile)
{
	complete_reading(profile->pattern_reading);
	for (struct profile_reading *at = profile->readings; at; at = at->next)
		complete_reading(at);
}

bool profile_start_list(struct schema_reader *reader, const struct yaml_node *node,
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

/* --- keys and fields --- */

void profile_read_key(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text *name = target;

	schema_text(reader, node, key, name);
	if (name->len > 0 && !profile_is_key(*name))
		diag_add(reader->diag, node->place,
			"key '%s' must have 1 to %d letters, digits or '_'; '.', '-' and blanks "
			"are allowed, but not first or last",
			name->data, PROFILE_KEY_LEN_MAX);
}

static void read_field(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text *name = target;

	schema_text(reader, node, key, name);
	if (name->len > 0 && !is_field(*name))
		diag_add(reader->diag, node->place,
			"'%s' is no name of a journal field: A-Z, 0-9 and '_', starting with a "
			"letter",
			name->data);
}

static const struct schema_key key_keys[] = {
	{ .name = "key",
		.read = profile_read_key,
		.offset = offsetof(struct entry, key.name),
		.required = true },
	READING_KEYS,
	{ .name = NULL },
};

static const struct schema_key field_keys[] = {
	{ .name = "field",
		.read = read_field,
		.offset = offsetof(struct entry, key.name),
		.required = true },
	READING_KEYS,
	{ .name = NULL },
};

static bool has_name(const struct profile_key *keys, size_t n, struct text name)
{
	for (size_t i = 0; i < n; i++)
		if (text_equal(keys[i].name, name))
			return true;
	return false;
}

/* Refuse `- cause: {base: text}`, where `- {key: cause, base: text}` was meant. */
static bool refuse_name_as_key(
	struct schema_reader *reader, const struct yaml_node *item, const char *name)
{
	const struct yaml_node *only = item->first;

	if (item->kind != YAML_MAPPING || item->n != 1 || only->value->kind != YAML_MAPPING)
		return false;
	diag_add(reader->diag, only->place, "write {%s: %s, …}, all in one mapping", name,
		only->scalar.data);
	return true;
}

/* Read a list of names, each a word or a mapping by `table`, whose first row is the name. */
static void read_names(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, const struct schema_key *table, struct profile *profile)
{
	bool are_fields = table == field_keys;
	struct profile_key *names;
	size_t n = 0;
	void *room;

	if (!profile_start_list(reader, node, key, sizeof(*names), &room))
		return;
	names = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct entry entry = start_entry(item);

		if (refuse_name_as_key(reader, item, table->name))
			continue;
		if (item->kind == YAML_MAPPING)
			schema_mapping(reader, item, table, &entry);
		else
			table->read(reader, item, table, &entry.key.name);
		entry.key.reading = take_reading(reader, &entry, profile->readings);
		if (entry.key.name.len == 0 || !entry.key.reading)
			continue;
		if (has_name(names, n, entry.key.name))
			diag_add(reader->diag, item->place, "'%s' appears twice in %s",
				entry.key.name.data, key->name);
		names[n++] = entry.key;
	}
	if (are_fields) {
		profile->fields = names;
		profile->n_fields = n;
	} else {
		profile->keys = names;
		profile->n_keys = n;
	}
}

void profile_read_keys(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	read_names(reader, node, key, key_keys, target);
}

void profile_read_fields(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	read_names(reader, node, key, field_keys, target);
}

/* --- columns --- */

/* Whether the mapping has the key, be its value right or wrong. */
static bool is_written(const struct yaml_node *mapping, const char *name)
{
	for (const struct yaml_node *key = mapping->first; key; key = key->next)
		if (text_equal(key->scalar, text_of(name)))
			return true;
	return false;
}

static void read_number(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	size_t *number = target;
	uint64_t value = 0;

	if (!schema_expect(reader, node, YAML_SCALAR))
		return;
	if (text_parse_number(node->scalar, 10, key->max, &value) < 0 || value == 0)
		diag_add(reader->diag, node->place, "%s '%s' must be a number from 1 to %zu",
			key->name, node->scalar.data, key->max);
	else
		*number = (size_t)value;
}

static const struct schema_key where_keys[] = {
	{ .name = "column",
		.read = read_number,
		.offset = offsetof(struct profile_column, where.number),
		.max = PROFILE_COLUMN_MAX },
	{ .name = "header",
		.read = schema_text,
		.offset = offsetof(struct profile_column, where.header),
		.max = CATALOG_NAME_MAX },
	{ .name = "equals",
		.read = schema_text_or_empty,
		.offset = offsetof(struct profile_column, equals),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = NULL },
};

static void read_where(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile_column *column = target;

	(void)key;
	schema_mapping(reader, node, where_keys, column);
	if (node->kind == YAML_MAPPING && !is_written(node, "column") &&
		!is_written(node, "header"))
		diag_add(reader->diag, node->place,
			"'where' needs the 'column' or the 'header' whose text it compares");
}

static const struct schema_key column_keys[] = {
	{ .name = "column",
		.read = read_number,
		.offset = offsetof(struct entry, column.column.number),
		.max = PROFILE_COLUMN_MAX },
	{ .name = "header",
		.read = schema_text,
		.offset = offsetof(struct entry, column.column.header),
		.max = CATALOG_NAME_MAX },
	{ .name = "requires",
		.read = schema_raw_text,
		.offset = offsetof(struct entry, column.requires),
		.max = SCAN_LITERAL_LEN_MAX },
	{ .name = "separator",
		.read = schema_raw_text,
		.offset = offsetof(struct entry, separator),
		.max = 1 },
	{ .name = "width",
		.read = read_number,
		.offset = offsetof(struct entry, column.width),
		.max = PROFILE_COLUMN_MAX },
	{ .name = "where", .read = read_where, .offset = offsetof(struct entry, column) },
	READING_KEYS,
	{ .name = NULL },
};

static void refuse_line_end(struct schema_reader *reader, struct place place, struct text requires)
{
	if (requires.len > 0 && memchr(requires.data, '\n', requires.len))
		diag_add(reader->diag, place, "requires must not hold a line end");
}

static bool has_number(struct profile_column_name name)
{
	return name.number > 0;
}

static bool has_header(struct profile_column_name name)
{
	return name.header.len > 0;
}

static void check_column(struct schema_reader *reader, const struct yaml_node *node,
	const struct profile_column *column)
{
	bool by_number = is_written(node, "column"), by_header = is_written(node, "header");
	struct profile_column_name name = column->column, where = column->where;
	size_t last = name.number > where.number ? name.number : where.number;

	if (by_number == by_header)
		diag_add(reader->diag, column->place,
			"a column needs its number as 'column', or its name in the first line of "
			"a file as 'header', one of the two");
	else if (by_number && !is_written(node, "requires"))
		diag_add(reader->diag, column->place,
			"key 'requires' is missing: a column by number needs a text that every "
			"record of the platform holds");
	else if (by_header && is_written(node, "requires"))
		diag_add(reader->diag, column->place,
			"'requires' is for a column by number; a header is looked for only in "
			"files that begin with it");
	if ((has_number(name) && has_header(where)) || (has_header(name) && has_number(where)))
		diag_add(reader->diag, column->place,
			"'where' must name its column in the same way: both by number, or both by "
			"header");
	if (column->width > 0 && last > column->width)
		diag_add(reader->diag, column->place,
			"there is no column %zu in a record that is %zu columns wide", last,
			column->width);
	refuse_line_end(reader, column->place, column->requires);
}

static void check_separator(
	struct schema_reader *reader, const struct yaml_node *node, const struct entry *entry)
{
	char c = ',';

	if (entry->separator.len > 0)
		c = entry->separator.data[0];
	if (char_is_word(c) || strchr("\"\r\n", c))
		diag_add(reader->diag, node->place,
			"separator must be one character of ASCII, and no letter, digit, '_', "
			"quote or line end");
}

void profile_read_columns(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;
	void *room;

	if (!profile_start_list(reader, node, key, sizeof(*profile->columns), &room))
		return;
	profile->columns = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct entry entry = start_entry(item);

		schema_mapping(reader, item, column_keys, &entry);
		if (item->kind != YAML_MAPPING)
			continue;
		check_separator(reader, item, &entry);
		check_column(reader, item, &entry.column);
		if (entry.separator.len > 0)
			entry.column.separator = entry.separator.data[0];
		else if (has_number(entry.column.column))
			entry.column.separator = ',';
		entry.column.reading = take_reading(reader, &entry, profile->readings);
		profile->columns[profile->n_columns++] = entry.column;
	}
}

/* --- patterns --- */

static const struct schema_key pattern_keys[] = {
	{ .name = "requires",
		.read = schema_raw_text,
		.offset = offsetof(struct entry, pattern.requires),
		.required = true,
		.max = SCAN_LITERAL_LEN_MAX },
	{ .name = "regex",
		.read = schema_raw_text,
		.offset = offsetof(struct entry, pattern.regex),
		.required = true,
		.max = PATTERN_LEN_MAX },
	READING_KEYS,
	{ .name = NULL },
};

void profile_compile(struct schema_reader *reader, const struct yaml_node *item, struct text regex,
	const char *group, struct pattern **ret)
{
	char reason[PATTERN_ERROR_MAX] = "";
	struct place place = item->place;
	int r;

	if (regex.len == 0)
		return;
	r = pattern_new(regex, group, reason, ret);
	if (r < 0 && r != -EINVAL)
		reader->no_memory = true;
	if (r != -EINVAL)
		return;
	for (const struct yaml_node *key = item->first; key; key = key->next)
		if (text_equal(key->scalar, text_of("regex")) && key->value)
			place = key->value->place;
	diag_add(reader->diag, place, "regex: %s", reason);
}

void profile_read_patterns(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;
	void *room;

	if (!profile_start_list(reader, node, key, sizeof(*profile->patterns), &room))
		return;
	profile->patterns = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct profile_pattern *pattern = &profile->patterns[profile->n_patterns++];
		struct entry entry = start_entry(item);

		schema_mapping(reader, item, pattern_keys, &entry);
		*pattern = entry.pattern;
		pattern->reading = take_reading(reader, &entry, profile->pattern_reading);
		refuse_line_end(reader, pattern->place, pattern->requires);
		profile_compile(reader, item, pattern->regex, "cause", &pattern->pattern);
	}
}
