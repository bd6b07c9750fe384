/* A reader never stops at an error: people can correct a file in one go when they see all its
 * errors. */
#include "config.h"

#include "base/yaml/schema.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/address.h"
#include "base/buffer.h"
#include "base/suggestion.h"

enum {
	LIST_TEXT_LEN_MAX = 1024,
	NEAR_MAX = 2, /* edits between a wrong key and the one that was meant */
};

void *schema_take(struct schema_reader *reader, size_t n, size_t size)
{
	void *taken = arena_take(reader->arena, n, size);

	if (!taken)
		reader->no_memory = true;
	return taken;
}

struct text schema_copy(struct schema_reader *reader, struct text t)
{
	struct text copy = arena_text(reader->arena, t);

	reader->no_memory = reader->no_memory || !copy.data;
	return copy.data ? copy : t;
}

bool schema_expect(struct schema_reader *reader, const struct yaml_node *node, enum yaml_kind kind)
{
	if (node->refused)
		return false;
	if (node->kind == kind)
		return true;
	if (node->kind == YAML_SCALAR && node->plain && node->scalar.len == 0)
		diag_add(reader->diag, node->place, "expected %s, but nothing is given",
			yaml_kind_name(kind));
	else
		diag_add(reader->diag, node->place, "expected %s, not %s", yaml_kind_name(kind),
			yaml_kind_name(node->kind));
	return false;
}

static void note_unknown_key(
	struct schema_reader *reader, const struct yaml_node *key, const struct schema_key *keys)
{
	struct buffer known = buffer_make(DIAG_TEXT_MAX);
	const char *nearest = NULL;
	size_t least = NEAR_MAX + 1;

	for (; keys->name; keys++) {
		size_t distance = text_distance(key->scalar, text_of(keys->name));

		buffer_add_format(&known, "%s%s", known.len > 0 ? ", " : "", keys->name);
		if (distance < least) {
			nearest = keys->name;
			least = distance;
		}
	}
	if (nearest)
		diag_add(reader->diag, key->place, "unknown key '%s'; did you mean '%s'?",
			key->scalar.data, nearest);
	else
		diag_add(reader->diag, key->place, "unknown key '%s'; known here: %.*s",
			key->scalar.data, TEXT_FORMAT(buffer_text(&known)));
	buffer_done(&known);
}

/* No name is empty. */
static bool is_named(struct text key, const char *name)
{
	return key.len > 0 && key.data[0] == name[0] && text_equal(key, text_of(name));
}

static const struct yaml_node *find_key(const struct yaml_node *mapping, const char *name)
{
	for (const struct yaml_node *key = mapping->first; key; key = key->next)
		if (is_named(key->scalar, name))
			return key;
	return NULL;
}

void schema_mapping(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *keys, void *target)
{
	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	for (const struct yaml_node *key = node->first; key; key = key->next) {
		const struct schema_key *known = keys;

		if (key->refused)
			continue;
		while (known->name && !is_named(key->scalar, known->name))
			known++;
		if (known->name)
			known->read(reader, key->value, known, (char *)target + known->offset);
		else
			note_unknown_key(reader, key, keys);
	}
	for (; keys->name; keys++)
		if (keys->required && !find_key(node, keys->name))
			diag_add(reader->diag, node->place, "key '%s' is missing", keys->name);
}

static void keep_text(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, struct text *ret)
{
	if (key->max > 0 && node->scalar.len > key->max)
		diag_add(reader->diag, node->place,
			"%s is %zu bytes long; at most %zu are accepted", key->name,
			node->scalar.len, key->max);
	else
		*ret = schema_copy(reader, node->scalar);
}

static bool refuse_empty(
	struct schema_reader *reader, const struct yaml_node *node, const struct schema_key *key)
{
	if (node->kind != YAML_SCALAR || node->scalar.len > 0 || node->refused)
		return false;
	diag_add(reader->diag, node->place, "%s is empty", key->name);
	return true;
}

void schema_raw_text(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (!refuse_empty(reader, node, key) && schema_expect(reader, node, YAML_SCALAR))
		keep_text(reader, node, key, target);
}

/* The text without the line ends behind it, which folded YAML leaves there. */
static struct text cut_line_ends(struct text t)
{
	while (t.len > 0 && t.data[t.len - 1] == '\n')
		t.len--;
	return t;
}

/* Whether a text may appear in log lines and on terminals; if not, an error is added. `what` names
 * the text. */
static bool expect_plain(struct schema_reader *reader, struct place place, struct text t,
	const char *what, const char *name)
{
	uint32_t reordering = text_find_reordering(t);

	if (text_has_controls(t))
		diag_add(reader->diag, place, "%s%s must be one line without control characters",
			what, name);
	else if (reordering != 0)
		diag_add(reader->diag, place,
			"%s%s must not hold U+%04" PRIX32
			", which reorders text or ends lines on a terminal",
			what, name, reordering);
	else
		return true;
	return false;
}

void schema_text_or_empty(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct yaml_node line = *node;

	if (!schema_expect(reader, node, YAML_SCALAR))
		return;
	line.scalar = cut_line_ends(node->scalar);
	if (expect_plain(reader, node->place, line.scalar, "", key->name))
		keep_text(reader, &line, key, target);
}

void schema_text(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (!refuse_empty(reader, node, key))
		schema_text_or_empty(reader, node, key, target);
}

bool schema_is_slug(struct text t)
{
	if (t.len == 0 || t.data[0] < 'a' || t.data[0] > 'z' || t.data[t.len - 1] == '-')
		return false;
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];
		bool letter = (c >= 'a' && c <= 'z') || char_is_digit(c);

		if (!letter && (c != '-' || t.data[i - 1] == '-'))
			return false;
	}
	return true;
}

void schema_slug(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (node->kind == YAML_SCALAR && node->scalar.len > 0 && !schema_is_slug(node->scalar))
		diag_add(reader->diag, node->place,
			"%s '%s' must be lower-case letters, digits and single hyphens, "
			"starting with a letter",
			key->name, node->scalar.data);
	else
		schema_text(reader, node, key, target);
}

void schema_choice(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct buffer known = buffer_make(DIAG_TEXT_MAX);
	struct text nearest;
	int *choice = target;

	if (!schema_expect(reader, node, YAML_SCALAR))
		return;
	for (int i = 0; key->choices[i]; i++) {
		if (text_equal(node->scalar, text_of(key->choices[i]))) {
			*choice = i;
			return;
		}
	}
	for (int i = 0; key->choices[i]; i++)
		buffer_add_format(&known, "%s%s", i > 0 ? ", " : "", key->choices[i]);
	nearest = suggestion_of(node->scalar, key->choices);
	if (nearest.len > 0)
		buffer_add_format(&known, "; did you mean '%.*s'?", TEXT_FORMAT(nearest));
	diag_add(reader->diag, node->place, "%s '%s' is none of %.*s", key->name, node->scalar.data,
		TEXT_FORMAT(buffer_text(&known)));
	buffer_done(&known);
}

static bool list_holds(const struct text_list *list, struct text t)
{
	for (size_t i = 0; i < list->n; i++)
		if (text_equal(list->items[i], t))
			return true;
	return false;
}

void schema_texts(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list list = { 0 };

	if (!schema_expect(reader, node, YAML_SEQUENCE))
		return;
	if (key->max > 0 && node->n > key->max) {
		diag_add(reader->diag, node->place, "%s has %zu items; at most %zu are accepted",
			key->name, node->n, key->max);
		return;
	}
	list.items = schema_take(reader, node->n, sizeof(*list.items));
	list.places = schema_take(reader, node->n, sizeof(*list.places));
	if (!list.items || !list.places)
		return;

	for (const struct yaml_node *item = node->first; item; item = item->next) {
		if (!schema_expect(reader, item, YAML_SCALAR))
			continue;
		if (!expect_plain(reader, item->place, item->scalar, "an item of ", key->name))
			continue;
		if (item->scalar.len == 0 || item->scalar.len > LIST_TEXT_LEN_MAX) {
			diag_add(reader->diag, item->place,
				"an item of %s must have 1 to %d bytes, not %zu", key->name,
				LIST_TEXT_LEN_MAX, item->scalar.len);
			continue;
		}
		if (list_holds(&list, item->scalar)) {
			diag_add(reader->diag, item->place, "'%s' appears twice in %s",
				item->scalar.data, key->name);
			continue;
		}
		list.items[list.n] = schema_copy(reader, item->scalar);
		list.places[list.n++] = item->place;
	}
	assert(list.n <= node->n);
	*(struct text_list *)target = list;
}

/* A namespace becomes part of paths. The characters are those that systemd accepts in one. */
void schema_namespace(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	size_t n_good = 0;

	while (node->kind == YAML_SCALAR && n_good < node->scalar.len &&
		(char_is_word(node->scalar.data[n_good]) ||
			strchr("-.", node->scalar.data[n_good])))
		n_good++;
	if (node->kind == YAML_SCALAR && n_good < node->scalar.len)
		diag_add(reader->diag, node->place,
			"namespace '%s' must be letters, digits, '_', '-' and '.'",
			node->scalar.data);
	else
		schema_text_or_empty(reader, node, key, target);
}

void schema_absolute_path(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	if (node->kind == YAML_SCALAR && node->scalar.len > 0 && node->scalar.data[0] != '/')
		diag_add(reader->diag, node->place, "'%s' must be an absolute path",
			node->scalar.data);
	else
		schema_text_or_empty(reader, node, key, target);
}

bool schema_address(
	struct schema_reader *reader, struct place place, struct text text, struct address *ret)
{
	const char *error = NULL;

	if (address_parse(text, ret, &error) == 0)
		return true;
	diag_add(reader->diag, place, "address '%.*s' %s", TEXT_FORMAT(text), error);
	return false;
}
