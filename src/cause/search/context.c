/* One scan for the keys of all profiles proposes places, as in the recognizer. An expression is
 * tried only where no entry before it has found a value. The search runs on texts with a cause
 * only, so it may cost some microseconds. */
#include "config.h"

#include "cause/search/context.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "cause/search/key-value.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"
#include "record/record.h"

static_assert(
	(int)VALUE_FACT_MAX == (int)RECORD_FACT_LEN_MAX, "a value that is found would not fit");

/* One name of one profile, and what was found for it in the text at hand. */
struct slot {
	struct text profile; /* its name */
	const struct context_name *names;
	bool is_wanted;     /* a finding is of this profile */
	size_t entry;       /* that found the value; n_entries = none */
	size_t start;       /* of the key, or the value of an expression */
	size_t offset, len; /* of the value */
	size_t reach;       /* it depends on the text up to here */
};

/* A key of a slot. */
struct context_key {
	size_t slot, entry;
	size_t next; /* key with the same literal, SIZE_MAX = none */
};

struct context {
	struct slot *slots; /* in the order of the profiles */
	size_t n_slots;
	struct context_key *keys;
	size_t n_keys;
	size_t *first; /* by literal of the scan: the first key with it */
	struct scan *scan;
	struct pattern_matcher *matcher;
};

struct context *context_free(struct context *context)
{
	if (!context)
		return NULL;
	(void)scan_free(context->scan);
	(void)pattern_matcher_free(context->matcher);
	free(context->slots);
	free(context->keys);
	free(context->first);
	free(context);
	return NULL;
}

/* --- building --- */

static const struct context_entry *entry_of(
	const struct context *context, const struct context_key *key)
{
	return &context->slots[key->slot].names->entries[key->entry];
}

static void add_keys(struct context *context, size_t slot)
{
	const struct context_name *names = context->slots[slot].names;

	for (size_t i = 0; i < names->n_entries; i++)
		if (!names->entries[i].pattern)
			context->keys[context->n_keys++] =
				(struct context_key){ slot, i, SIZE_MAX };
}

static int take_room(struct context *context, const struct context_of *owners, size_t n)
{
	size_t n_slots = 0, n_entries = 0;

	for (size_t i = 0; i < n; i++) {
		n_slots += owners[i].n_names;
		for (size_t j = 0; j < owners[i].n_names; j++)
			n_entries += owners[i].names[j].n_entries;
	}
	context->slots = calloc(n_slots + 1, sizeof(*context->slots));
	context->keys = calloc(n_entries + 1, sizeof(*context->keys));
	context->first = calloc(n_entries + 1, sizeof(*context->first));
	return context->slots && context->keys && context->first ? 0 : -ENOMEM;
}

/* Chain a key behind an earlier one with the same literal; false where there is none. */
static bool chain_key(struct context *context, size_t index)
{
	struct text literal = entry_of(context, &context->keys[index])->key;

	for (size_t i = 0; i < index; i++) {
		struct context_key *earlier = &context->keys[i];

		if (earlier->next == SIZE_MAX &&
			text_equal_nocase(entry_of(context, earlier)->key, literal)) {
			earlier->next = index;
			return true;
		}
	}
	return false;
}

static int build_scan(struct context *context)
{
	CLEANUP(freep) struct text *literals = calloc(context->n_keys + 1, sizeof(*literals));
	size_t n = 0;

	if (!literals)
		return -ENOMEM;
	for (size_t i = 0; i < context->n_keys; i++) {
		if (chain_key(context, i))
			continue;
		context->first[n] = i;
		literals[n++] = entry_of(context, &context->keys[i])->key;
	}
	return scan_new(literals, n, &context->scan);
}

static int make_matcher(struct context *context)
{
	CLEANUP(freep) const struct pattern **patterns = NULL;
	size_t n = 0, size = 0;

	for (size_t i = 0; i < context->n_slots; i++)
		size += context->slots[i].names->n_entries;
	patterns = calloc(size + 1, sizeof(struct pattern *));
	if (!patterns)
		return -ENOMEM;
	for (size_t i = 0; i < context->n_slots; i++) {
		const struct context_name *names = context->slots[i].names;

		for (size_t j = 0; j < names->n_entries; j++)
			if (names->entries[j].pattern)
				patterns[n++] = names->entries[j].pattern;
	}
	return pattern_matcher_new(patterns, n, &context->matcher);
}

int context_new(const struct context_of *owners, size_t n, struct context **ret)
{
	CLEANUP(context_freep) struct context *context = calloc(1, sizeof(*context));
	int r;

	if (!context)
		return -ENOMEM;
	r = take_room(context, owners, n);
	for (size_t i = 0; r == 0 && i < n; i++)
		for (size_t j = 0; j < owners[i].n_names; j++) {
			context->slots[context->n_slots] =
				(struct slot){ .profile = owners[i].profile,
					.names = &owners[i].names[j] };
			add_keys(context, context->n_slots++);
		}
	if (r == 0)
		r = build_scan(context);
	if (r == 0)
		r = make_matcher(context);
	if (r < 0)
		return r;
	*ret = TAKE(context);
	return 0;
}

/* --- searching --- */

/* A text that facts are looked for in. */
struct place_of_facts {
	struct text text;
	bool cut_in_front, cut_behind;
};

/* The findings borrow the names of their profiles. */
static bool is_of(const struct finding *finding, struct text profile)
{
	return finding->profile.data == profile.data;
}

static bool has_finding_of(const struct record *record, struct text profile)
{
	for (size_t i = 0; i < record->n_findings; i++)
		if (is_of(&record->findings[i], profile))
			return true;
	return false;
}

/* Forget what was found. Returns whether there is anything to look for. */
static bool begin(struct context *context, const struct record *record)
{
	bool is_wanted = false, any = false;

	for (size_t i = 0; i < context->n_slots; i++) {
		struct slot *slot = &context->slots[i];

		if (i == 0 || slot->profile.data != context->slots[i - 1].profile.data)
			is_wanted = has_finding_of(record, slot->profile);
		slot->is_wanted = is_wanted;
		slot->entry = slot->names->n_entries;
		any = any || is_wanted;
	}
	return any;
}

static void try_key(struct context *context, const struct context_key *key,
	const struct place_of_facts *place, size_t at)
{
	static const struct value_form form = { .base = VALUE_FACT };
	struct slot *slot = &context->slots[key->slot];
	struct value value;

	if (!slot->is_wanted || key->entry >= slot->entry ||
		!value_after_key(
			place->text, at, at + entry_of(context, key)->key.len, &form, &value) ||
		(value.len == 0 && !place->cut_behind))
		return;
	slot->entry = key->entry;
	slot->start = value.start;
	slot->offset = value.offset;
	slot->len = value.len;
	slot->reach = value.reach;
}

static void find_keys(struct context *context, const struct place_of_facts *place)
{
	struct text text = place->text;
	struct scan_cursor cursor = { 0 };
	unsigned literal;
	size_t at;

	while (scan_next(context->scan, text.data, text.len, &cursor, &literal, &at))
		for (size_t i = context->first[literal]; i != SIZE_MAX; i = context->keys[i].next)
			try_key(context, &context->keys[i], place, at);
}

/* Returns what pattern_next returns. */
static int try_pattern(struct context *context, const struct pattern *pattern,
	const struct place_of_facts *place, uint64_t *work, struct slot *slot)
{
	uint64_t limit = pattern_work_for(place->text.len);
	struct pattern_subject subject = {
		.text = place->text,
		.cut_in_front = place->cut_in_front,
		.cut_behind = place->cut_behind,
		.work = limit < *work ? limit : *work,
	};
	uint64_t before = subject.work;
	int r = pattern_next(pattern, context->matcher, &subject, &slot->offset, &slot->len);

	assert(subject.work <= before && before <= *work);
	*work -= before - subject.work;
	slot->start = slot->offset;
	slot->reach = slot->offset + slot->len;
	return r;
}

/* Try the expressions before the entry that has found a value. Returns how many gave up. */
static size_t try_patterns(struct context *context, const struct place_of_facts *place,
	uint64_t *work, struct slot *slot)
{
	for (size_t i = 0; i < slot->entry; i++) {
		const struct pattern *pattern = slot->names->entries[i].pattern;
		struct slot found;
		int r;

		if (!pattern)
			continue;
		found = *slot;
		r = try_pattern(context, pattern, place, work, &found);
		if (r == PATTERN_GAVE_UP)
			return 1;
		if (r == PATTERN_NONE)
			continue;
		found.entry = i;
		*slot = found;
	}
	return 0;
}

/* Whether the value of the slot, or its key, may have been cut. */
static bool touches_cut(const struct slot *slot, const struct place_of_facts *place)
{
	return (place->cut_in_front && slot->start == 0) ||
	       (place->cut_behind && slot->reach >= place->text.len);
}

/* Add what was found by one profile, once. */
static void add_facts(struct context *context, const struct finding *finding,
	const struct place_of_facts *place, struct record *record)
{
	for (size_t i = 0; i < context->n_slots; i++) {
		struct slot *slot = &context->slots[i];

		if (!slot->is_wanted || !is_of(finding, slot->profile))
			continue;
		slot->is_wanted = false;
		if (slot->entry == slot->names->n_entries)
			continue;
		if (touches_cut(slot, place))
			record->n_facts_left++;
		else
			record_add_fact(record, slot->names->name,
				text_make(place->text.data + slot->offset, slot->len));
	}
}

static void find_at(
	struct context *context, const struct place_of_facts *place, struct record *record)
{
	uint64_t work = CONTEXT_WORK_MAX;
	const char *profile = NULL;

	if (!place->text.data || !begin(context, record))
		return;
	find_keys(context, place);
	for (size_t i = 0; i < context->n_slots; i++)
		if (context->slots[i].is_wanted)
			record->n_facts_left +=
				try_patterns(context, place, &work, &context->slots[i]);
	pattern_matcher_trim(context->matcher);
	for (size_t i = 0; i < record->n_findings; i++) {
		if (record->findings[i].profile.data != profile)
			add_facts(context, &record->findings[i], place, record);
		profile = record->findings[i].profile.data;
	}
}

void context_find(struct context *context, struct record *record)
{
	struct text message = record_message(record);
	const struct place_of_facts places[] = {
		{ .text = text_make(message.data, message.len - record->part_tail),
			.cut_in_front = record->part_start || record->part_lead > 0,
			.cut_behind = record->cut || record->part_end },
		{ .text = record_find(record, "SYSLOG_STRUCTURED_DATA") },
	};

	assert(record->part_tail <= message.len);
	if (context->n_slots == 0)
		return;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		find_at(context, &places[i], record);
}
