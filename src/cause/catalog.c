/* Causes are an array sorted by code. Their first codes are an array of their own, searched by
 * halving: a range costs no more than a code, and a search in a catalog of a million causes takes
 * twenty steps through few cache lines. Causes without a code are behind the others, and only their
 * names find them. */
#include "config.h"

#include "cause/catalog.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cause/catalog-advice.h"
#include "record/finding.h"
#include "record/severity.h"

static void set_version(struct catalog *catalog, uint64_t hash)
{
	catalog->hash = hash;
	(void)snprintf(catalog->version, sizeof(catalog->version), "%016" PRIx64, hash);
}

int catalog_read_code(
	struct schema_reader *reader, const struct yaml_node *node, struct text t, uint32_t *ret)
{
	uint64_t code;
	int r = text_parse_number(t, 10, VALUE_CODE_MAX, &code);

	if (r == -ERANGE)
		diag_add(reader->diag, node->place, "code %.*s is greater than %" PRIu32,
			TEXT_FORMAT(t), VALUE_CODE_MAX);
	else if (r < 0)
		diag_add(reader->diag, node->place, "code '%.*s' is not a decimal number",
			TEXT_FORMAT(t));
	else if (t.len > 1 && t.data[0] == '0')
		diag_add(reader->diag, node->place, "code '%.*s' has leading zeros; write %" PRIu64,
			TEXT_FORMAT(t), code);
	else {
		*ret = (uint32_t)code;
		return 0;
	}
	return -EINVAL;
}

const char *catalog_find_range_mark(struct text t)
{
	for (size_t i = 1; i < t.len; i++)
		if (t.data[i] == '-' || t.data[i] == '~')
			return t.data + i;
	return NULL;
}

/* `512`, `613-619` or `613~619`. */
static void read_codes(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct cause *cause = target;
	struct text from, to;
	const char *mark;

	(void)key;
	if (!schema_expect(reader, node, YAML_SCALAR))
		return;
	mark = catalog_find_range_mark(node->scalar);
	from = node->scalar;
	to = node->scalar;
	if (mark) {
		from.len = (size_t)(mark - node->scalar.data);
		to = text_make(mark + 1, node->scalar.len - from.len - 1);
	}
	if (catalog_read_code(reader, node, from, &cause->code) < 0 ||
		catalog_read_code(reader, node, to, &cause->last) < 0) {
		cause->code = cause->last = CATALOG_NO_CODE;
		return;
	}
	if (cause->last < cause->code || (mark && cause->last == cause->code))
		diag_add(reader->diag, node->place, "range %s must end above its first code",
			node->scalar.data);
}

void catalog_read_aliases(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list *aliases = target;

	schema_texts(reader, node, key, aliases);
	for (size_t i = 0; i < aliases->n; i++)
		if (aliases->items[i].len > CATALOG_NAME_MAX)
			diag_add(reader->diag, aliases->places[i],
				"an alias must have at most %d bytes", CATALOG_NAME_MAX);
}

const char *const catalog_categories[] = { "normal", "party-action", "not-reached", "capacity",
	"configuration", "routing", "module-failure", "timeout", "protocol", "security", "unknown",
	NULL };

void catalog_read_category(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	const struct text *category = target;

	schema_text(reader, node, key, target);
	catalog_advise_category(reader->diag, node->place, *category, catalog_categories);
}

void catalog_read_description(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	const struct text *description = target;

	schema_text(reader, node, key, target);
	if (description->len == 0)
		return;
	if (memmem(description->data, description->len, FINDING_BRACKET,
		    sizeof(FINDING_BRACKET) - 1))
		diag_add(reader->diag, node->place,
			"description must not hold '%s', with which a bracket begins",
			FINDING_BRACKET);
	catalog_advise_description(reader->diag, node->place, *description);
}

void catalog_read_severity(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	const struct schema_key choice = { .name = key->name, .choices = severity_names };
	int severity = -1;

	schema_choice(reader, node, &choice, &severity);
	if (severity < 0)
		return;
	*(int *)target = severity;
	catalog_advise_severity(reader->diag, node->place, severity);
}

/* Keep a list that is not empty, for `target`, and only as long as the file is read its places. */
static void keep_list(struct schema_reader *reader, struct text_list list, void *target)
{
	struct text_list *kept = list.n > 0 ? schema_take(reader, 1, sizeof(*kept)) : NULL;

	if (!kept)
		return;
	*kept = (struct text_list){ .items = list.items, .n = list.n };
	*(const struct text_list **)target = kept;
}

static void read_possibilities(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list list = { 0 };

	schema_texts(reader, node, key, &list);
	keep_list(reader, list, target);
}

static void read_aliases(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct text_list list = { 0 };

	catalog_read_aliases(reader, node, key, &list);
	keep_list(reader, list, target);
}

static const struct schema_key cause_keys[] = {
	{ .name = "code", .read = read_codes },
	{ .name = "name",
		.read = schema_slug,
		.offset = offsetof(struct cause, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = "description",
		.read = catalog_read_description,
		.offset = offsetof(struct cause, description),
		.required = true,
		.max = CATALOG_TEXT_MAX },
	{ .name = "severity",
		.read = catalog_read_severity,
		.offset = offsetof(struct cause, severity),
		.required = true },
	{ .name = "component",
		.read = schema_text,
		.offset = offsetof(struct cause, component),
		.max = CATALOG_NAME_MAX },
	{ .name = "category",
		.read = catalog_read_category,
		.offset = offsetof(struct cause, category),
		.max = CATALOG_NAME_MAX },
	{ .name = "action",
		.read = schema_text_or_empty,
		.offset = offsetof(struct cause, action),
		.max = CATALOG_TEXT_MAX },
	{ .name = "possibilities",
		.read = read_possibilities,
		.offset = offsetof(struct cause, possibilities),
		.max = CATALOG_LIST_MAX },
	{ .name = "aliases",
		.read = read_aliases,
		.offset = offsetof(struct cause, aliases),
		.max = CATALOG_LIST_MAX },
	{ .name = NULL },
};

/* Causes on their way from the file into the catalog, one by one. Their errors count only when the
 * whole file could be read. */
struct causes_reader {
	struct catalog *catalog;
	size_t size; /* of its array, in causes */
	struct schema_reader schema;
};

static int read_cause(const struct yaml_node *item, void *userdata)
{
	struct causes_reader *reader = userdata;
	struct catalog *catalog = reader->catalog;
	struct cause *cause;

	if (catalog->n_causes == CATALOG_CAUSES_MAX)
		return 0;
	cause = array_grow(catalog->causes, &reader->size, catalog->n_causes, sizeof(*cause));
	if (!cause)
		return -ENOMEM;
	catalog->causes = cause;
	cause += catalog->n_causes++;
	*cause = cause_make(item->place);
	schema_mapping(&reader->schema, item, cause_keys, cause);
	return reader->schema.no_memory ? -ENOMEM : 0;
}

/* read_cause() has read them, if they are a list. */
static void check_causes(struct schema_reader *reader, const struct yaml_node *node,
	const struct schema_key *key, void *target)
{
	struct catalog *catalog = target;

	if (!schema_expect(reader, node, YAML_SEQUENCE) || node->n <= key->max)
		return;
	diag_add(reader->diag, node->place, "%zu causes; at most %zu are accepted", node->n,
		key->max);
	catalog->n_causes = 0;
}

static const struct schema_key catalog_keys[] = {
	{ .name = "catalog",
		.read = schema_slug,
		.offset = offsetof(struct catalog, name),
		.required = true,
		.max = CATALOG_NAME_MAX },
	{ .name = "title",
		.read = schema_text,
		.offset = offsetof(struct catalog, title),
		.max = CATALOG_TEXT_MAX },
	{ .name = "source",
		.read = schema_text,
		.offset = offsetof(struct catalog, source),
		.max = CATALOG_TEXT_MAX },
	{ .name = "causes", .read = check_causes, .required = true, .max = CATALOG_CAUSES_MAX },
	{ .name = NULL },
};

static int compare_places(struct place a, struct place b)
{
	if (a.line != b.line)
		return (a.line > b.line) - (a.line < b.line);
	return (a.column > b.column) - (a.column < b.column);
}

static int compare_causes(const void *a, const void *b)
{
	const struct cause *x = a;
	const struct cause *y = b;

	if (x->code != y->code)
		return (x->code > y->code) - (x->code < y->code);
	if (x->added != y->added)
		return x->added - y->added;
	return compare_places(x->place, y->place);
}

static int compare_names(const void *a, const void *b)
{
	const struct catalog_name *x = a;
	const struct catalog_name *y = b;
	int order = text_compare_nocase(x->name, y->name);

	if (order == 0)
		order = x->cause->added - y->cause->added;
	if (order == 0)
		order = compare_places(x->cause->place, y->cause->place);
	if (order == 0)
		order = (x->cause->code > y->cause->code) - (x->cause->code < y->cause->code);
	if (order == 0)
		order = memcmp(x->name.data, y->name.data, x->name.len);
	return order;
}

static void refuse_overlaps(const struct catalog *catalog, struct diag *diag)
{
	const struct cause *widest = catalog->causes;

	for (size_t i = 1; i < catalog->n_coded; i++) {
		const struct cause *cause = &catalog->causes[i];
		bool later = compare_places(cause->place, widest->place) > 0;

		if (cause->code <= widest->last)
			diag_add(diag, later ? cause->place : widest->place,
				"code %" PRIu32 " appears twice, first in line %u", cause->code,
				later ? widest->place.line : cause->place.line);
		if (cause->last > widest->last)
			widest = cause;
	}
}

struct cause cause_make(struct place place)
{
	static const struct text_list none;

	return (struct cause){
		.code = CATALOG_NO_CODE,
		.last = CATALOG_NO_CODE,
		.possibilities = &none,
		.aliases = &none,
		.place = place,
	};
}

bool cause_is_same(const struct cause *a, const struct cause *b)
{
	return a->added == b->added && compare_places(a->place, b->place) == 0;
}

/* Whether a name already means another cause, or is written twice for its own. A cause may have a
 * name in several letter cases: all of them mean this cause. */
static bool is_name_taken(const struct catalog_name *first, const struct catalog_name *second)
{
	if (first->cause == second->cause)
		return text_equal(first->name, second->name);
	return text_equal_nocase(first->name, second->name) &&
	       !cause_is_same(first->cause, second->cause);
}

static void refuse_name(
	const struct catalog_name *first, const struct catalog_name *second, struct diag *diag)
{
	bool elsewhere = first->cause->added != second->cause->added;

	diag_add(diag, second->cause->place,
		"name '%.*s' is already used by the cause in line %u%s%s",
		TEXT_FORMAT(second->name), first->cause->place.line, elsewhere ? " of " : "",
		elsewhere ? first->cause->place.file : "");
}

/* Index every name and alias; errors where two causes share one. Returns 0 or -ENOMEM. */
static int index_names(struct catalog *catalog, struct diag *diag)
{
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_causes; i++)
		n += 1 + catalog->causes[i].aliases->n;
	free(catalog->names);
	catalog->n_names = 0;
	catalog->names = calloc(n + 1, sizeof(*catalog->names));
	if (!catalog->names)
		return -ENOMEM;

	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct cause *cause = &catalog->causes[i];

		if (cause->name.len > 0)
			catalog->names[catalog->n_names++] =
				(struct catalog_name){ cause->name, cause };
		for (size_t j = 0; j < cause->aliases->n; j++)
			catalog->names[catalog->n_names++] =
				(struct catalog_name){ cause->aliases->items[j], cause };
	}
	array_sort(catalog->names, catalog->n_names, sizeof(*catalog->names), compare_names);
	for (size_t i = 1; i < catalog->n_names; i++)
		if (is_name_taken(&catalog->names[i - 1], &catalog->names[i]))
			refuse_name(&catalog->names[i - 1], &catalog->names[i], diag);
	return 0;
}

/* Causes are in the order of their codes and share none; those without one follow. Every name is
 * that of one of them. */
void catalog_check_invariants(const struct catalog *catalog)
{
	assert(catalog->n_coded <= catalog->n_causes);
	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct cause *cause = &catalog->causes[i];

		assert(cause->code <= cause->last);
		assert(cause_has_code(cause) == (i < catalog->n_coded));
		assert(i >= catalog->n_coded || catalog->codes[i] == cause->code);
		assert(i == 0 || i >= catalog->n_coded || cause[-1].last < cause->code);
		assert(cause->name.len > 0 && cause->name.len <= CATALOG_NAME_MAX);
		assert(cause->severity >= 0 && cause->severity < SEVERITY_COUNT);
	}
	for (size_t i = 0; i < catalog->n_names; i++)
		assert(catalog->names[i].cause >= catalog->causes &&
			catalog->names[i].cause < catalog->causes + catalog->n_causes);
}

static void sort_causes(struct catalog *catalog)
{
	array_sort(catalog->causes, catalog->n_causes, sizeof(*catalog->causes), compare_causes);
	catalog->n_coded = 0;
	while (catalog->n_coded < catalog->n_causes &&
		cause_has_code(&catalog->causes[catalog->n_coded]))
		catalog->n_coded++;
}

/* List the codes. Returns 0 or -ENOMEM. */
static int index_codes(struct catalog *catalog)
{
	free(catalog->codes);
	catalog->codes = calloc(catalog->n_coded + 1, sizeof(*catalog->codes));
	if (!catalog->codes)
		return -ENOMEM;
	for (size_t i = 0; i < catalog->n_coded; i++)
		catalog->codes[i] = catalog->causes[i].code;
	return 0;
}

int catalog_settle(struct catalog *catalog, uint64_t hash, struct diag *diag)
{
	sort_causes(catalog);
	refuse_overlaps(catalog, diag);
	set_version(catalog, hash);
	if (index_codes(catalog) < 0)
		return -ENOMEM;
	return index_names(catalog, diag);
}

/* The file that a catalog is read from. */
struct input {
	const char *file;
	struct text data;
	const struct yaml_stream *stream; /* instead of the data; NULL = none */
	uint64_t hash;                    /* of what was read */
};

static int read_hashed(void *userdata, void *data, size_t size, size_t *ret_n)
{
	struct input *input = userdata;
	int r = input->stream->read(input->stream->userdata, data, size, ret_n);

	if (r == 0)
		input->hash = text_hash(input->hash, text_make(data, *ret_n));
	return r;
}

static int read_yaml(struct input *input, struct arena *tree, const struct yaml_visitor *visitor,
	struct diag *diag, const struct yaml_node **ret_root)
{
	const struct yaml_stream hashed = { read_hashed, input };

	input->hash = TEXT_HASH_START;
	if (input->stream)
		return yaml_read_stream(tree, input->file, &hashed, diag, visitor, ret_root);
	input->hash = text_hash(input->hash, input->data);
	return yaml_read_visiting(tree, input->file, input->data, diag, visitor, ret_root);
}

/* Read the file, and add to `diag` what is wrong with each of its members. */
static int read_members(struct catalog *catalog, struct input *input, struct diag *diag)
{
	CLEANUP(arena_freep) struct arena *tree = arena_new();
	CLEANUP(diag_done) struct diag found = { .advises = diag->advises };
	struct schema_reader reader = { .arena = catalog->arena, .diag = diag };
	struct causes_reader causes = { .catalog = catalog, .schema = reader };
	const struct yaml_visitor visitor = { "causes", read_cause, &causes };
	const struct yaml_node *root = NULL;
	int r;

	causes.schema.diag = &found;
	r = tree ? read_yaml(input, tree, &visitor, diag, &root) : -ENOMEM;
	if (r < 0)
		return r;
	if (!root) {
		diag_add(diag, (struct place){ .file = input->file },
			"there is nothing in this file");
		return -EINVAL;
	}
	catalog->place = root->place;
	schema_mapping(&reader, root, catalog_keys, catalog);
	if (catalog->n_causes > 0)
		diag_move(diag, &found, false);
	return reader.no_memory ? -ENOMEM : 0;
}

static int catalog_fill(struct catalog *catalog, struct input *input, struct diag *diag)
{
	size_t n_before = diag_count(diag);
	int r = read_members(catalog, input, diag);

	if (r < 0)
		return r;
	r = catalog_settle(catalog, input->hash, diag);
	if (r < 0)
		return r;
	return diag_count(diag) > n_before ? -EINVAL : 0;
}

static int read_catalog(struct input *input, struct diag *diag, struct catalog **ret)
{
	CLEANUP(catalog_freep) struct catalog *catalog = NULL;
	CLEANUP(arena_freep) struct arena *arena = arena_new();
	int r;

	catalog = arena ? arena_take(arena, 1, sizeof(*catalog)) : NULL;
	if (!catalog)
		return -ENOMEM;
	catalog->arena = TAKE(arena);
	r = catalog_fill(catalog, input, diag);
	if (r < 0)
		return r;
	catalog_check_invariants(catalog);
	*ret = TAKE(catalog);
	return 0;
}

int catalog_read(const char *file, struct text data, struct diag *diag, struct catalog **ret)
{
	struct input input = { .file = file, .data = data };

	return read_catalog(&input, diag, ret);
}

int catalog_read_stream(
	const char *file, const struct yaml_stream *stream, struct diag *diag, struct catalog **ret)
{
	struct input input = { .file = file, .stream = stream };

	return read_catalog(&input, diag, ret);
}

struct catalog *catalog_free(struct catalog *catalog)
{
	if (!catalog)
		return NULL;
	free(catalog->names);
	free(catalog->codes);
	free(catalog->causes);
	/* The catalog lives in its own arena. */
	(void)arena_free(catalog->arena);
	return NULL;
}

const struct cause *catalog_find(const struct catalog *catalog, uint64_t code)
{
	const uint32_t *at = catalog->codes;
	const struct cause *cause;

	if (catalog->n_coded == 0)
		return NULL;
	/* The last code that is not greater is among the `n` from `at` on, if there is one. */
	for (size_t n = catalog->n_coded; n > 1; n -= n / 2)
		at += at[n / 2] <= code ? n / 2 : 0;
	cause = &catalog->causes[at - catalog->codes];
	return cause->code <= code && code <= cause->last ? cause : NULL;
}

bool cause_has_name(const struct cause *cause, struct text name)
{
	if (text_equal_nocase(cause->name, name))
		return true;
	for (size_t i = 0; i < cause->aliases->n; i++)
		if (text_equal_nocase(cause->aliases->items[i], name))
			return true;
	return false;
}

/* The first of the names that are `name` in some letter case; n_names where there is none. A split
 * range has its name more than once. */
static size_t find_first_name(const struct catalog *catalog, struct text name)
{
	size_t low = 0, high = catalog->n_names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (text_compare_nocase(catalog->names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < catalog->n_names && !text_equal_nocase(catalog->names[low].name, name))
		return catalog->n_names;
	return low;
}

const struct cause *catalog_find_name(const struct catalog *catalog, struct text name)
{
	size_t index = find_first_name(catalog, name);

	return index < catalog->n_names ? catalog->names[index].cause : NULL;
}

enum value_spelling catalog_find_spelling(const struct catalog *catalog, struct text name)
{
	size_t index = find_first_name(catalog, name);

	if (index == catalog->n_names)
		return VALUE_NAME_UNKNOWN;
	for (; index < catalog->n_names; index++) {
		struct text other = catalog->names[index].name;

		if (text_equal(other, name))
			return VALUE_NAME_SPELLED;
		if (!text_equal_nocase(other, name))
			break;
	}
	return VALUE_NAME_KNOWN;
}
