/* While overrides are applied, the catalog has an array of its own for them: the causes in their
 * order, ranges split where needed, and behind them those that were added. The index of names is
 * still that of the array before. */
#include "config.h"

#include "cause/catalog-override.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggestion.h"
#include "cause/catalog.h"

struct overriding {
	struct catalog *catalog;
	struct cause *written; /* the causes before, which the index of names means */
	size_t n_written_coded;
	size_t n_added;
	uint64_t hash; /* of the content, with the overrides that were applied */
	struct diag *diag;
};

/* Causes that an override changes: neighbors in the array. None: it adds one. */
struct target {
	struct cause *first;
	size_t n;
};

static void change_text(struct text *member, struct text change)
{
	if (change.data)
		*member = change;
}

/* Let `member` be `change`, unless that is empty. Returns 0 or -ENOMEM. */
static int change_list(
	struct arena *arena, const struct text_list **member, const struct text_list *change)
{
	struct text_list *kept;

	if (change->n == 0)
		return 0;
	kept = arena_take(arena, 1, sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	*kept = *change;
	*member = kept;
	return 0;
}

static int copy_text(struct arena *arena, struct text *t)
{
	struct text copy = t->data ? arena_text(arena, *t) : *t;

	if (t->data && !copy.data)
		return -ENOMEM;
	*t = copy;
	return 0;
}

static int copy_list(struct arena *arena, struct text_list *list)
{
	struct text *items = arena_take(arena, list->n, sizeof(*items));

	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < list->n; i++) {
		items[i] = list->items[i];
		if (copy_text(arena, &items[i]) < 0)
			return -ENOMEM;
	}
	*list = (struct text_list){ .items = items, .n = list->n };
	return 0;
}

static uint64_t hash_list(uint64_t hash, const struct text_list *list)
{
	hash = text_hash(hash, text_make((const char *)&list->n, sizeof(list->n)));
	for (size_t i = 0; i < list->n; i++) {
		hash = text_hash(hash, list->items[i]);
		hash = text_hash_byte(hash, '\0');
	}
	return hash;
}

/* The override's texts may live in another arena: the catalog keeps copies. Adds them to `hash`. */
static int copy_override(struct arena *arena, struct catalog_override *change, uint64_t *hash)
{
	struct text *texts[] = { &change->key, &change->description, &change->component,
		&change->category, &change->action, &change->name };
	struct text file = text_of(change->place.file);

	*hash = text_hash(*hash, text_make((const char *)&change->code, sizeof(change->code)));
	*hash = text_hash(
		*hash, text_make((const char *)&change->severity, sizeof(change->severity)));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*hash = text_hash(*hash, text_of(texts[i]->data ? "=" : "-"));
		*hash = text_hash(*hash, *texts[i]);
		if (copy_text(arena, texts[i]) < 0)
			return -ENOMEM;
	}
	*hash = hash_list(*hash, &change->possibilities);
	*hash = hash_list(*hash, &change->aliases);
	if (copy_list(arena, &change->possibilities) < 0 ||
		copy_list(arena, &change->aliases) < 0 || copy_text(arena, &file) < 0)
		return -ENOMEM;
	change->place.file = file.data;
	return 0;
}

/* Split the range at `index` so that `code` has an item of its own; returns the index of that item.
 * The array has room for two more. */
static size_t split_range(struct catalog *catalog, size_t index, uint32_t code)
{
	struct cause *at = &catalog->causes[index];
	uint32_t *codes = &catalog->codes[index];
	size_t before = (size_t)(at->code < code), after = (size_t)(at->last > code);
	struct cause whole = *at;

	assert(at->code <= code && code <= at->last);
	memmove(at + before + after, at, (catalog->n_causes - index) * sizeof(*at));
	memmove(codes + before + after, codes, (catalog->n_coded - index) * sizeof(*codes));
	catalog->n_causes += before + after;
	catalog->n_coded += before + after;
	for (size_t i = 0; i <= before + after; i++)
		at[i] = whole;
	if (before)
		at[0].last = code - 1;
	at[before].code = at[before].last = code;
	if (after)
		at[before + 1].code = code + 1;
	for (size_t i = 0; i <= before + after; i++)
		codes[i] = at[i].code;
	return index + before;
}

static struct target find_code(const struct overriding *overriding, uint32_t code)
{
	struct catalog *catalog = overriding->catalog;
	const struct cause *found = catalog_find(catalog, code);

	if (found) {
		size_t index = (size_t)(found - catalog->causes);

		return (struct target){ &catalog->causes[split_range(catalog, index, code)], 1 };
	}
	for (size_t i = catalog->n_causes - overriding->n_added; i < catalog->n_causes; i++)
		if (catalog->causes[i].code == code)
			return (struct target){ &catalog->causes[i], 1 };
	return (struct target){ NULL, 0 };
}

/* Where a cause of the array before is now: all parts of its range. */
static struct target find_written(const struct overriding *overriding, const struct cause *cause)
{
	struct catalog *catalog = overriding->catalog;
	size_t index = (size_t)(cause - overriding->written), n = 1;

	if (!cause_has_code(cause))
		index += catalog->n_coded - overriding->n_written_coded;
	else
		index = (size_t)(catalog_find(catalog, cause->code) - catalog->causes);
	while (index + n < catalog->n_coded &&
		cause_is_same(&catalog->causes[index], &catalog->causes[index + n]))
		n++;
	return (struct target){ &catalog->causes[index], n };
}

static struct target find_key(const struct overriding *overriding, struct text key)
{
	struct catalog *catalog = overriding->catalog;
	const struct cause *found = catalog_find_name(catalog, key);

	if (found)
		return find_written(overriding, found);
	for (size_t i = catalog->n_causes - overriding->n_added; i < catalog->n_causes; i++)
		if (cause_has_name(&catalog->causes[i], key))
			return (struct target){ &catalog->causes[i], 1 };
	return (struct target){ NULL, 0 };
}

/* Returns 0 or -ENOMEM. */
static int change_cause(
	struct arena *arena, struct cause *cause, const struct catalog_override *change)
{
	if (change->severity >= 0)
		cause->severity = change->severity;
	change_text(&cause->description, change->description);
	change_text(&cause->component, change->component);
	change_text(&cause->category, change->category);
	change_text(&cause->action, change->action);
	return change_list(arena, &cause->possibilities, &change->possibilities);
}

/* Error: the override has not all that a new cause needs. */
static int refuse_addition(
	const struct overriding *overriding, const struct catalog_override *change)
{
	const struct catalog *catalog = overriding->catalog;
	struct suggestion nearest = suggestion_make(change->key);

	if (change->code != CATALOG_NO_CODE) {
		diag_add(overriding->diag, change->place,
			"catalog %s has no code %" PRIu32 "; to add it, give it %s%s%s",
			catalog->name.data, change->code, change->name.data ? "" : "a name",
			change->name.data || change->description.data ? "" : " and ",
			change->description.data ? "" : "a description");
		return -EINVAL;
	}
	for (size_t i = 0; i < catalog->n_names && diag_count(overriding->diag) < DIAG_ERRORS_MAX;
		i++)
		suggestion_offer(&nearest, catalog->names[i].name);
	diag_add(overriding->diag, change->place,
		"catalog %s has no cause '%.*s'%s%.*s%s; to add it, %s", catalog->name.data,
		TEXT_FORMAT(change->key), nearest.best.len > 0 ? " (did you mean '" : "",
		TEXT_FORMAT(nearest.best), nearest.best.len > 0 ? "'?)" : "",
		schema_is_slug(change->key)
			? "give it a description"
			: "write its name in lower-case letters, digits and single hyphens");
	return -EINVAL;
}

static int add_cause(struct overriding *overriding, const struct catalog_override *change)
{
	struct catalog *catalog = overriding->catalog;
	bool coded = change->code != CATALOG_NO_CODE;
	struct text name = coded ? change->name : change->key;
	struct cause *cause;

	if (!name.data || !schema_is_slug(name) || !change->description.data)
		return refuse_addition(overriding, change);
	assert(name.len <= CATALOG_NAME_MAX);
	cause = &catalog->causes[catalog->n_causes++];
	overriding->n_added++;
	*cause = cause_make(change->place);
	cause->code = cause->last = change->code;
	cause->name = name;
	cause->severity = CATALOG_SEVERITY_DEFAULT;
	cause->added = true;
	if (change_list(catalog->arena, &cause->aliases, &change->aliases) < 0)
		return -ENOMEM;
	return change_cause(catalog->arena, cause, change);
}

/* A later edition of a catalog may have what an override adds to this one. So a name that has no
 * effect refuses nothing. */
static void warn_of_names(const struct overriding *overriding,
	const struct catalog_override *change, const struct cause *cause)
{
	const char *member = change->name.data ? "the name" : "the aliases";

	if ((!change->name.data || text_equal(change->name, cause->name)) && change->aliases.n == 0)
		return;
	diag_warn(overriding->diag, change->place,
		"catalog %s has this cause already, '%.*s'; ignoring %s of the override",
		overriding->catalog->name.data, TEXT_FORMAT(cause->name), member);
}

static int apply_override(struct overriding *overriding, struct catalog_override change)
{
	struct catalog *catalog = overriding->catalog;
	uint64_t hash = overriding->hash;
	struct target target;

	if (copy_override(catalog->arena, &change, &hash) < 0)
		return -ENOMEM;
	target = change.code != CATALOG_NO_CODE ? find_code(overriding, change.code)
						: find_key(overriding, change.key);
	if (target.n == 0) {
		int r = add_cause(overriding, &change);

		if (r < 0)
			return r;
	} else {
		warn_of_names(overriding, &change, target.first);
	}
	for (size_t i = 0; i < target.n; i++)
		if (change_cause(catalog->arena, &target.first[i], &change) < 0)
			return -ENOMEM;
	overriding->hash = hash;
	return 0;
}

/* Give the catalog arrays with room for `n` more splits or causes. */
static int begin_overriding(
	struct overriding *overriding, struct catalog *catalog, size_t n, struct diag *diag)
{
	uint32_t *codes = realloc(catalog->codes, (catalog->n_coded + 2 * n) * sizeof(*codes));
	struct cause *causes;

	if (!codes)
		return -ENOMEM;
	catalog->codes = codes;
	causes = calloc(catalog->n_causes + 2 * n, sizeof(*causes));
	if (!causes)
		return -ENOMEM;
	*overriding = (struct overriding){
		.catalog = catalog,
		.written = catalog->causes,
		.n_written_coded = catalog->n_coded,
		.hash = catalog->hash,
		.diag = diag,
	};
	if (catalog->n_causes > 0)
		memcpy(causes, catalog->causes, catalog->n_causes * sizeof(*causes));
	catalog->causes = causes;
	return 0;
}

int catalog_override(struct catalog *catalog, const struct catalog_override *overrides, size_t n,
	struct diag *diag)
{
	const size_t size = catalog->n_causes + 2 * n, n_before = diag_count(diag);
	struct overriding overriding;
	int r = 0;

	if (n == 0)
		return 0;
	if (begin_overriding(&overriding, catalog, n, diag) < 0)
		return -ENOMEM;
	for (size_t i = 0; r != -ENOMEM && i < n; i++)
		r = apply_override(&overriding, overrides[i]);
	assert(catalog->n_causes <= size);
	if (r != -ENOMEM)
		r = catalog_settle(catalog, overriding.hash, diag);
	free(overriding.written);
	if (r < 0)
		return r;
	catalog_check_invariants(catalog);
	return diag_count(diag) > n_before ? -EINVAL : 0;
}
