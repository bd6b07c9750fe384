/* Findings borrow their texts from the catalog and the profile; nothing is copied but the code. */
#include "config.h"

#include "cause/enrich.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "cause/search/known-brackets.h"
#include "record/own-elements.h"
#include "record/severity.h"

const char *const enrich_severity_names[] = { "raise", "set", "keep", NULL };

static const struct cause *look_up_cause(const struct match *match, struct text text)
{
	assert(match->catalog);
	if (match_is_name(match))
		return catalog_find_name(
			match->catalog, text_make(text.data + match->offset, match->len));
	return catalog_find(match->catalog, match->code);
}

/* Fill a finding from the catalog; without a cause, the code is unknown. The code itself is not
 * set. */
static void fill_from_catalog(
	struct finding *finding, const struct catalog *catalog, const struct cause *cause)
{
	finding->known = cause != NULL;
	finding->severity = cause ? cause->severity : FINDING_UNKNOWN_SEVERITY;
	assert(finding->severity >= 0 && finding->severity < SEVERITY_COUNT);
	finding->catalog = catalog->name;
	finding->catalog_version = text_make(catalog->version, CATALOG_VERSION_LEN);
	if (!cause)
		return;
	finding->name = cause->name;
	finding->description = cause->description;
	finding->component = cause->component;
	finding->category = cause->category;
	finding->action = cause->action;
}

static void set_code(struct finding *finding, const struct match *match, struct text text,
	const struct cause *cause)
{
	size_t len;

	if (!cause || !match_is_name(match)) {
		match_print_code(match, text, finding->code);
		return;
	}
	if (cause_has_code(cause)) {
		len = text_print_number(cause->code, finding->code);
	} else {
		assert(cause->name.len <= FINDING_CODE_MAX);
		len = cause->name.len;
		memcpy(finding->code, cause->name.data, len);
	}
	finding->code[len] = '\0';
}

bool enrich_match(const struct enrich_policy *policy, const struct match *match, struct text text,
	struct finding *ret)
{
	const struct cause *cause = look_up_cause(match, text);

	assert(match->offset + match->len <= text.len);
	if (!cause && policy->ignore_unknown)
		return false;
	*ret = (struct finding){
		.numeric = cause ? cause_has_code(cause) : !match_is_name(match),
		.profile = match->profile->name,
		.key = match->key,
		.in_message = true,
		.offset = match->offset,
		.len = match->len,
	};
	fill_from_catalog(ret, match->catalog, cause);
	set_code(ret, match, text, cause);
	return true;
}

/* Whether `text` begins with these parts. Its end may cut them off. */
static bool begins_with(struct text text, const struct text *parts, size_t n)
{
	for (size_t i = 0; i < n && text.len > 0; i++) {
		size_t len = parts[i].len < text.len ? parts[i].len : text.len;

		if (len > 0 && memcmp(text.data, parts[i].data, len) != 0)
			return false;
		text_skip(&text, len);
	}
	return true;
}

/* The cause that brackets show under this code: a number, or the name of a cause that has none. */
static const struct cause *find_bracket_cause(const struct catalog *catalog, struct text code)
{
	const struct cause *cause;
	uint64_t number;

	if (text_parse_number(code, 10, VALUE_CODE_MAX, &number) == 0)
		return catalog_find(catalog, number);
	cause = catalog_find_name(catalog, code);
	return cause && !cause_has_code(cause) && text_equal(cause->name, code) ? cause : NULL;
}

/* Whether `text`, which begins with a bracket's code, continues as the catalog's bracket does,
 * beyond `len` bytes. */
static bool is_bracket_of(
	const struct catalog *catalog, struct text code, struct text text, size_t len)
{
	struct text parts[FINDING_PARTS_MAX];
	struct finding finding = { 0 };
	const struct cause *cause = find_bracket_cause(catalog, code);
	size_t n, bracket_len = 0;

	assert(code.len <= FINDING_CODE_MAX);
	memcpy(finding.code, code.data, code.len);
	finding.numeric = cause && cause_has_code(cause);
	fill_from_catalog(&finding, catalog, cause);
	n = finding_bracket(&finding, parts);
	for (size_t i = 1; i < n; i++)
		bracket_len += parts[i].len;
	return bracket_len > len && begins_with(text, parts + 1, n - 1);
}

bool enrich_is_in_bracket(const struct recognizer *recognizer, struct bracket_search *brackets,
	struct text text, size_t offset)
{
	struct text code, rest = bracket_before(brackets, text, offset, &code);
	size_t n_catalogs;
	const struct catalog *const *catalogs = recognizer_catalogs(recognizer, &n_catalogs);

	for (size_t i = 0; rest.data && i < n_catalogs; i++)
		if (is_bracket_of(
			    catalogs[i], code, rest, offset - (size_t)(rest.data - text.data)))
			return true;
	return false;
}

enum {
	FOUND_SLOTS = 4 * RECORD_FINDINGS_MAX, /* a power of two */
	FOUND_PROBES_MAX = 32,
};

/* The state of the search in one record. */
struct enrich_search {
	const struct enrich_policy *policy;
	struct recognizer *recognizer;
	struct record *record;
	struct brackets brackets;    /* of the message; none where the policy does not trust them */
	bool has_brackets;           /* `brackets` is filled */
	size_t n_found;              /* findings in `found`; 0 = it is not set up */
	uint16_t found[FOUND_SLOTS]; /* index of a finding by its code and catalog, from 1; 0 = none
				      */
	/* For each byte of the record's lead, whether a code begins there that was explained with
	 * the part before. */
	bool explained_before[RECORD_LEAD_MAX];
	struct own_elements elements; /* of the message and of syslog's structured data; as above */
	bool has_elements;            /* `elements` is filled */
};

/* Find the elements that name this instance, where the policy trusts them. The places are those of
 * the message. */
static const struct own_elements *find_elements(struct enrich_search *search)
{
	const struct record *record = search->record;

	if (search->has_elements)
		return &search->elements;
	search->has_elements = true;
	own_elements_clear(&search->elements);
	if (!search->policy->trust_brackets || !record->instance)
		return &search->elements;
	own_elements_find(
		&search->elements, record_find(record, "SYSLOG_STRUCTURED_DATA"), record->instance);
	own_elements_find(&search->elements, record_message(record), record->instance);
	return &search->elements;
}

/* Whether a match lies in a bracket that the policy trusts. */
static bool is_in_bracket(const struct enrich_search *search, struct bracket_search *brackets,
	const struct match *match, struct text text)
{
	return search->policy->trust_brackets &&
	       enrich_is_in_bracket(search->recognizer, brackets, text, match->offset);
}

/* Whether the bracket of a finding is at or behind the offset `from` of the message, or an element
 * of ours has it. */
static bool is_explained(struct enrich_search *search, const struct finding *finding, size_t from)
{
	if (!search->policy->trust_brackets)
		return false;
	if (!search->has_brackets)
		brackets_find(&search->brackets, record_message(search->record));
	search->has_brackets = true;
	if (!brackets_explain(&search->brackets, text_of(finding->code), from) &&
		!own_elements_name(find_elements(search), text_of(finding->code)))
		return false;
	search->record->n_explained++;
	return true;
}

/* Whether the record's message, text[0..end), may have been cut at the code of the match or at its
 * key. What the code would be if it were whole is not known. */
static bool touches_cut(
	const struct record *record, const struct match *match, struct text text, size_t end)
{
	return (record->part_start && match_touches_start(match, 0)) ||
	       ((record->cut || record->part_end) && match_touches_end(match, text, end));
}

/* Find the codes that were explained with the part before, which ended with the lead. What makes a
 * code of a text may be behind it, and so in the next part. */
static void find_in_part_before(struct enrich_search *search, struct text message)
{
	struct text lead = text_make(message.data, search->record->part_lead);
	const struct match *matches;
	size_t n = 0;

	assert(lead.len <= message.len && lead.len <= RECORD_LEAD_MAX);
	if (lead.len == 0)
		return;
	memset(search->explained_before, 0, sizeof(search->explained_before));
	matches = recognizer_find(search->recognizer, lead, &n);
	for (size_t i = 0; i < n; i++)
		if (!match_touches_end(&matches[i], lead, lead.len))
			search->explained_before[matches[i].offset] = true;
}

static bool is_of_part_before(const struct enrich_search *search, const struct match *match)
{
	return match->offset + match->len <= search->record->part_lead &&
	       search->explained_before[match->offset];
}

static uint64_t hash_finding(const struct finding *finding)
{
	uint64_t hash = text_hash(TEXT_HASH_START, text_of(finding->code));

	hash = text_hash(hash, finding->catalog);
	return hash ^ hash >> 32;
}

/* The slot of a finding, or the empty one that it may have; NULL where there is neither. */
static uint16_t *find_slot(struct enrich_search *search, const struct finding *finding)
{
	uint64_t hash = hash_finding(finding);

	for (size_t i = 0; i < FOUND_PROBES_MAX; i++) {
		uint16_t *slot = &search->found[(hash + i) % FOUND_SLOTS];
		const struct finding *other = &search->record->findings[*slot > 0 ? *slot - 1 : 0];

		if (*slot == 0 || (strcmp(other->code, finding->code) == 0 &&
					  text_equal(other->catalog, finding->catalog)))
			return slot;
	}
	return NULL;
}

/* Whether the record has this cause. The table gets the findings that were added since the last
 * call. One that finds no slot within a few probes is left out: it may be added again. */
static bool has_finding(struct enrich_search *search, const struct finding *finding)
{
	const struct record *record = search->record;
	const uint16_t *slot;

	if (record->n_findings == 0)
		return false;
	if (search->n_found == 0)
		memset(search->found, 0, sizeof(search->found));
	for (; search->n_found < record->n_findings; search->n_found++) {
		uint16_t *free_slot = find_slot(search, &record->findings[search->n_found]);

		if (free_slot && *free_slot == 0)
			*free_slot = (uint16_t)(search->n_found + 1);
	}
	slot = find_slot(search, finding);
	return slot && *slot > 0;
}

/* A finding past the bound is only counted. Returns 0 or -ENOMEM. */
static int add_finding(struct record *record, const struct finding *finding)
{
	struct finding *kept = record_add_finding(record);

	if (kept)
		*kept = *finding;
	return kept || record->n_findings == RECORD_FINDINGS_MAX ? 0 : -ENOMEM;
}

static int find_in_message(struct enrich_search *search)
{
	struct record *record = search->record;
	struct text message = record_message(record);
	uint64_t n_dropped = recognizer_count_dropped(search->recognizer);
	size_t n_matches = 0;
	struct bracket_search brackets = { 0 };
	const struct match *matches;

	if (!message.data)
		return 0;
	find_in_part_before(search, message);
	matches = recognizer_find(search->recognizer, message, &n_matches);
	record->n_findings_dropped += recognizer_count_dropped(search->recognizer) - n_dropped;
	for (size_t i = 0; i < n_matches; i++) {
		size_t end = matches[i].offset + matches[i].len;
		struct finding finding;

		if (own_elements_hold(find_elements(search), matches[i].offset) ||
			is_in_bracket(search, &brackets, &matches[i], message) ||
			is_of_part_before(search, &matches[i]))
			continue;
		if (touches_cut(record, &matches[i], message, message.len - record->part_tail)) {
			record->n_unclaimed += !record->part_held;
			record->n_held += record->part_held;
			continue;
		}
		if (enrich_match(search->policy, &matches[i], message, &finding) &&
			!is_explained(search, &finding, end) && add_finding(record, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* `<13>Nov 22 10:00:00 host releaseCause: 512`: to syslog the key is the tag of the message. */
static int find_behind_tag(struct enrich_search *search)
{
	enum { PART_MAX = 128 };
	struct record *record = search->record;
	struct text tag = record_find(record, "SYSLOG_IDENTIFIER");
	struct text message = record_message(record);
	bool whole = message.len <= PART_MAX;
	bool is_cut = !whole || record->cut || record->part_end;
	char text[2 * PART_MAX + 4];
	struct text together;
	struct bracket_search brackets = { 0 };
	const struct match *matches;
	size_t n_matches = 0;
	int n;

	if (record->n_findings + record->n_explained > 0 || tag.len == 0 || tag.len > PART_MAX ||
		!message.data || record->part_start || record->part_lead > 0 ||
		record_find(record, "SYSLOG_PID").data)
		return 0;
	n = snprintf(text, sizeof(text), "%.*s: %.*s", TEXT_FORMAT(tag),
		(int)(whole ? message.len : PART_MAX), message.data);
	together = text_make(text, (size_t)n);
	matches = recognizer_find(search->recognizer, together, &n_matches);
	for (size_t i = 0; i < n_matches; i++) {
		struct finding finding;

		if (is_cut && match_touches_end(&matches[i], together, together.len)) {
			/* A code whose key is in the message was counted before. */
			record->n_unclaimed += matches[i].literal < tag.len;
			continue;
		}
		if (is_in_bracket(search, &brackets, &matches[i], together) ||
			!enrich_match(search->policy, &matches[i], together, &finding) ||
			is_explained(search, &finding, 0))
			continue;
		finding.in_message = false;
		if (add_finding(record, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Add a finding that did not come from the message, unless the message or its brackets have it. */
static int add_finding_of_field(struct enrich_search *search, struct finding *finding)
{
	finding->in_message = false;
	if (has_finding(search, finding) || is_explained(search, finding, 0))
		return 0;
	return add_finding(search->record, finding);
}

/* A device may report the cause as a parameter of syslog's structured data. */
static int find_in_structured_data(struct enrich_search *search)
{
	struct record *record = search->record;
	struct text data = record_find(record, "SYSLOG_STRUCTURED_DATA");
	uint64_t n_dropped = recognizer_count_dropped(search->recognizer);
	size_t n_matches = 0;
	const struct match *matches;

	if (!data.data)
		return 0;
	matches = recognizer_find(search->recognizer, data, &n_matches);
	record->n_findings_dropped += recognizer_count_dropped(search->recognizer) - n_dropped;
	/* From here on, the places are those of the data. */
	if (n_matches > 0 && find_elements(search)->n_codes > 0)
		own_elements_find(&search->elements, data, record->instance);
	for (size_t i = 0; i < n_matches; i++) {
		struct finding finding;

		if (!own_elements_hold(&search->elements, matches[i].offset) &&
			enrich_match(search->policy, &matches[i], data, &finding) &&
			add_finding_of_field(search, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int find_in_fields(struct enrich_search *search)
{
	const struct record *record = search->record;

	for (size_t i = 0; i < record->n_fields; i++) {
		struct text value = record_value(record, i);
		struct finding finding;
		struct match match;

		if (recognizer_field(search->recognizer, record_name(record, i), value, &match) &&
			enrich_match(search->policy, &match, value, &finding) &&
			add_finding_of_field(search, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The priority that follows from the record's findings, of which there is at least one. */
static int find_priority(const struct enrich_policy *policy, const struct record *record)
{
	int original = severity_of_digit(record_find(record, "PRIORITY"));
	int severest = SEVERITY_COUNT;

	assert(record->n_findings > 0);
	if (original < 0)
		original = ENRICH_PRIORITY_DEFAULT;
	for (size_t i = 0; i < record->n_findings; i++)
		if (record->findings[i].severity < severest)
			severest = record->findings[i].severity;

	if (policy->severity == ENRICH_KEEP)
		return original;
	if (policy->severity == ENRICH_SET)
		return severest;
	return severest < original ? severest : original;
}

int enrich_record(
	const struct enrich_policy *policy, struct recognizer *recognizer, struct record *record)
{
	struct enrich_search search;
	int r;

	/* The tables are set up when they are needed. */
	search.policy = policy;
	search.recognizer = recognizer;
	search.record = record;
	search.has_brackets = false;
	search.n_found = 0;
	search.has_elements = false;
	r = find_in_message(&search);
	if (r == 0)
		r = find_behind_tag(&search);
	if (r == 0)
		r = find_in_structured_data(&search);
	if (r == 0)
		r = find_in_fields(&search);
	if (r < 0)
		return r;
	if (record->n_findings == 0)
		return ENRICH_NOTHING;
	assert(record->n_findings <= RECORD_FINDINGS_MAX);
	recognizer_find_facts(recognizer, record);
	record->priority = find_priority(policy, record);
	assert(record->priority >= 0 && record->priority < SEVERITY_COUNT);
	return 0;
}
