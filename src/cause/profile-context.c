/* Names of facts become field names, RELEASE_CAUSE_CALL and so on, which must not be those of
 * causes. */
#include "config.h"

#include "cause/profile-context.h"

#include <errno.h>
#include <string.h>

#include "cause/catalog.h"
#include "cause/profile-entries.h"
#include "cause/profile.h"
#include "cause/search/pattern.h"

enum { CONTEXT_VALUE_MAX = 64 };

static bool is_context_name(struct text t)
{
	if (t.len == 0 || t.len > PROFILE_CONTEXT_NAME_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] < 'a' || t.data[i] > 'z')
			return false;
	return true;
}

/* Whether RELEASE_CAUSE_NAME and the like are fields of the cause itself, or the name is that of
 * another parameter of our structured data (RFC 5424). */
static bool is_taken_name(struct text t)
{
	static const char *const taken[] = { "name", "description", "severity", "component",
		"category", "action", "catalog", "profile", "key", "known", "code", "observed",
		"source", "position", "instance" };

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (text_equal(t, text_of(taken[i])))
			return true;
	return false;
}

static const struct schema_key expression_keys[] = {
	{ .name = "regex",
		.read = schema_raw_text,
		.offset = offsetof(struct context_entry, regex),
		.required = true,
		.max = PATTERN_LEN_MAX },
	{ .name = NULL },
};

static void read_entries(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, struct context_name *context)
{
	const struct schema_key list = { .name = key->name, .max = PROFILE_CONTEXT_ENTRIES_MAX };
	const struct schema_key word = { .name = "key", .max = PROFILE_KEY_LEN_MAX };
	void *room;

	if (!profile_start_list(reader, node, &list, sizeof(*context->entries), &room))
		return;
	context->entries = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct context_entry *entry = &context->entries[context->n_entries++];

		entry->place = item->place;
		if (item->kind == YAML_MAPPING)
			schema_mapping(reader, item, expression_keys, entry);
		else
			profile_read_key(reader, item, &word, &entry->key);
		profile_compile(reader, item, entry->regex, NULL, &entry->pattern);
	}
	if (context->n_entries == 0)
		diag_add(reader->diag, node->place,
			"the list is empty: name a key, or an expression with a group as regex");
}

static void check_context_name(struct schema_reader *reader, const struct yaml_node *name)
{
	if (!is_context_name(name->scalar))
		diag_add(reader->diag, name->place,
			"the name '%s' must have 1 to %d lower-case letters", name->scalar.data,
			PROFILE_CONTEXT_NAME_MAX);
	else if (is_taken_name(name->scalar))
		diag_add(reader->diag, name->place,
			"'%s' is the name of another field or parameter; choose another one",
			name->scalar.data);
}

void profile_read_contexts(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;

	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	if (node->n > key->max) {
		diag_add(reader->diag, node->place, "%s has %zu names; at most %zu are accepted",
			key->name, node->n, key->max);
		return;
	}
	profile->contexts = schema_take(reader, node->n, sizeof(*profile->contexts));
	if (!profile->contexts)
		return;
	for (const struct yaml_node *name = node->first; name; name = name->next) {
		struct context_name *context = &profile->contexts[profile->n_contexts++];

		check_context_name(reader, name);
		context->name = schema_copy(reader, name->scalar);
		context->place = name->place;
		read_entries(reader, name->value, key, context);
	}
}

/* An example repeats a cause that its line repeats, so this is no list of distinct texts. */
static void read_causes(struct schema_reader *reader, const struct yaml_node *node,
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
			causes->items[causes->n++] = schema_copy(reader, item->scalar);
}

static void read_facts(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	const struct schema_key value = { .name = "value", .max = CONTEXT_VALUE_MAX };
	struct profile_example *example = target;

	(void)key;
	if (!schema_expect(reader, node, YAML_MAPPING))
		return;
	example->facts = schema_take(reader, node->n, sizeof(*example->facts));
	if (!example->facts)
		return;
	for (const struct yaml_node *name = node->first; name; name = name->next) {
		struct profile_fact *fact = &example->facts[example->n_facts++];

		fact->name = schema_copy(reader, name->scalar);
		fact->place = name->place;
		schema_text(reader, name->value, &value, &fact->value);
	}
}

static const struct schema_key example_keys[] = {
	{ .name = "line",
		.read = schema_raw_text,
		.offset = offsetof(struct profile_example, line),
		.required = true },
	{ .name = "causes",
		.read = read_causes,
		.offset = offsetof(struct profile_example, causes),
		.required = true },
	{ .name = "context", .read = read_facts },
	{ .name = NULL },
};

void profile_read_examples(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct profile *profile = target;
	void *room;

	if (!profile_start_list(reader, node, key, sizeof(*profile->examples), &room))
		return;
	profile->examples = room;
	for (const struct yaml_node *item = node->first; item; item = item->next) {
		struct profile_example *example = &profile->examples[profile->n_examples++];

		example->place = item->place;
		schema_mapping(reader, item, example_keys, example);
	}
}

static bool has_context(const struct profile *profile, struct text name)
{
	for (size_t i = 0; i < profile->n_contexts; i++)
		if (text_equal(profile->contexts[i].name, name))
			return true;
	return false;
}

void profile_check_facts(const struct profile *profile, struct diag *diag)
{
	for (size_t i = 0; i < profile->n_examples; i++) {
		const struct profile_example *example = &profile->examples[i];

		for (size_t j = 0; j < example->n_facts; j++)
			if (!has_context(profile, example->facts[j].name))
				diag_add(diag, example->facts[j].place,
					"the profile's context has no '%s'",
					example->facts[j].name.data);
	}
}
