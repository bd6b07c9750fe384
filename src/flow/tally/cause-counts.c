/* A hash of source, catalog and code leads to chains of sets, a hash of the source to its `other`.
 * A reload may change the name or the severity of a cause: then another set begins, for the labels
 * of a metric must not change. */
#include "config.h"

#include "flow/tally/cause-counts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "record/record.h"
#include "record/side.h"

static uint32_t *head_at(struct cause_counts *counts, uint64_t hash)
{
	return &counts->heads[(uint32_t)(hash ^ hash >> 32) % CAUSE_COUNTS_HEADS];
}

/* The head of the chain of a cause. */
static uint32_t *head_of(
	struct cause_counts *counts, const char *source, const struct finding *finding)
{
	uint64_t hash = text_hash(TEXT_HASH_START, text_of(source));

	hash = text_hash(text_hash_byte(hash, '\t'), finding->catalog);
	hash = text_hash(text_hash_byte(hash, '\t'), text_of(finding->code));
	return head_at(counts, hash);
}

static uint32_t *head_of_other(struct cause_counts *counts, const char *source)
{
	return head_at(counts, text_hash(TEXT_HASH_START, text_of(source)));
}

static bool is_text(const char *kept, struct text t)
{
	return text_equal(text_of(kept), t);
}

static bool is_set_of(
	const struct cause_count *count, const char *source, const struct finding *finding)
{
	return strcmp(count->code, finding->code) == 0 && strcmp(count->source, source) == 0 &&
	       is_text(count->catalog, finding->catalog) && count->known == finding->known &&
	       is_text(count->name, finding->name) && count->severity == finding->severity &&
	       is_text(count->category, finding->category);
}

/* A catalog's texts have at most CATALOG_NAME_MAX bytes. */
static void copy(char out[CATALOG_NAME_MAX + 1], struct text t)
{
	assert(t.len <= CATALOG_NAME_MAX);
	if (t.len > 0)
		memcpy(out, t.data, t.len);
	out[t.len] = '\0';
}

/* Room for one more set, which begins its chain; NULL where memory is refused. */
static struct cause_count *take_room(
	struct cause_counts *counts, const char *source, uint32_t *head)
{
	struct cause_count *items =
		array_grow(counts->items, &counts->size, counts->n, sizeof(*items));

	if (!items)
		return NULL;
	counts->items = items;
	items[counts->n] = (struct cause_count){ 0 };
	copy(items[counts->n].source, text_of(source));
	items[counts->n].next = *head;
	*head = (uint32_t)++counts->n;
	return &items[counts->n - 1];
}

static bool has_room(const struct cause_counts *counts, bool known)
{
	size_t n = counts->n - counts->n_others;

	assert(counts->n_unknown <= n && n <= CAUSE_COUNTS_MAX - CAUSE_COUNTS_OTHERS_MAX);
	return n < CAUSE_COUNTS_MAX - CAUSE_COUNTS_OTHERS_MAX &&
	       (known || counts->n_unknown < CAUSE_COUNTS_UNKNOWN_MAX);
}

static struct cause_count *add_set(
	struct cause_counts *counts, const char *source, const struct finding *finding)
{
	struct cause_count *count = take_room(counts, source, head_of(counts, source, finding));

	if (!count)
		return NULL;
	copy(count->catalog, finding->catalog);
	copy(count->code, text_of(finding->code));
	copy(count->name, finding->name);
	copy(count->category, finding->category);
	count->side = side_of(finding->category);
	count->severity = finding->severity;
	count->known = finding->known;
	counts->n_unknown += !finding->known;
	return count;
}

/* The set of all causes of the source that found no room; NULL where there is none. */
static struct cause_count *find_other(struct cause_counts *counts, const char *source)
{
	uint32_t *head = head_of_other(counts, source);
	struct cause_count *count;

	for (uint32_t at = *head; at > 0; at = counts->items[at - 1].next)
		if (counts->items[at - 1].is_other &&
			strcmp(counts->items[at - 1].source, source) == 0)
			return &counts->items[at - 1];
	if (counts->n_others == CAUSE_COUNTS_OTHERS_MAX - 1)
		return NULL;
	count = take_room(counts, source, head);
	if (!count)
		return NULL;
	count->is_other = true;
	copy(count->code, text_of("other"));
	counts->n_others++;
	return count;
}

static struct cause_count *find_set(
	struct cause_counts *counts, const char *source, const struct finding *finding)
{
	for (uint32_t at = *head_of(counts, source, finding); at > 0;
		at = counts->items[at - 1].next)
		if (is_set_of(&counts->items[at - 1], source, finding))
			return &counts->items[at - 1];
	return has_room(counts, finding->known) ? add_set(counts, source, finding)
						: find_other(counts, source);
}

void cause_counts_add(struct cause_counts *counts, const char *source, const struct record *record)
{
	for (size_t i = 0; i < record->n_findings; i++) {
		struct cause_count *count = find_set(counts, source, &record->findings[i]);

		if (count)
			count->n++;
		else
			counts->n_sourceless++;
	}
}

void cause_counts_done(struct cause_counts *counts)
{
	free(counts->items);
	*counts = (struct cause_counts){ 0 };
}
