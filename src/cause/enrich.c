/* Findings borrow their texts from the catalog and the profile; nothing is copied but the code. */
#include "config.h"

#include "cause/enrich.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "record/severity.h"

const char *const enrich_severity_names[] = { "raise", "set", "keep", NULL };

static const struct cause *look_up(const struct match *match, struct text text)
{
	const struct catalog *catalog = match->profile->catalog;

	if (match->base == VALUE_NAME)
		return catalog_find_name(catalog, text_make(text.data + match->offset, match->len));
	return catalog_find(catalog, match->code);
}

bool enrich_match(const struct enrich_policy *policy, const struct match *match, struct text text,
	struct finding *ret)
{
	const struct catalog *catalog = match->profile->catalog;
	const struct cause *cause = look_up(match, text);

	if (!cause && policy->ignore_unknown)
		return false;
	*ret = (struct finding){
		.numeric = match->base != VALUE_NAME || cause,
		.known = cause != NULL,
		.severity = cause ? cause->severity : FINDING_UNKNOWN_SEVERITY,
		.catalog = catalog->name,
		.catalog_version = text_make(catalog->version, CATALOG_VERSION_LEN),
		.profile = match->profile->name,
		.key = match->key,
		.in_message = true,
		.offset = match->offset,
		.len = match->len,
	};
	if (cause) {
		ret->name = cause->name;
		ret->description = cause->description;
		ret->component = cause->component;
		ret->category = cause->category;
		ret->action = cause->action;
	}
	if (cause && match->base == VALUE_NAME)
		(void)snprintf(ret->code, sizeof(ret->code), "%" PRIu32, cause->code);
	else
		match_print_code(match, text, ret->code);
	return true;
}

static bool is_told(const struct record *record, const struct finding *finding)
{
	for (size_t i = 0; i < record->n_findings; i++)
		if (strcmp(record->findings[i].code, finding->code) == 0 &&
			text_equal(record->findings[i].catalog, finding->catalog))
			return true;
	return false;
}

/* What is past the bound is only counted. Returns 0 or -ENOMEM. */
static int add_finding(struct record *record, const struct finding *finding)
{
	struct finding *kept = record_add_finding(record);

	if (kept)
		*kept = *finding;
	return kept || record->n_findings == RECORD_FINDINGS_MAX ? 0 : -ENOMEM;
}

static int find_in_message(
	const struct enrich_policy *policy, struct recognizer *recognizer, struct record *record)
{
	struct text message = record_message(record);
	uint64_t n_dropped = recognizer_count_dropped(recognizer);
	size_t n_matches = 0;
	const struct match *matches;

	if (!message.data)
		return 0;
	matches = recognizer_find(recognizer, message, &n_matches);
	record->n_findings_dropped += recognizer_count_dropped(recognizer) - n_dropped;
	for (size_t i = 0; i < n_matches; i++) {
		struct finding finding;

		/* Where the text is cut, a number may go on. */
		if (record->cut && matches[i].offset + matches[i].len == message.len)
			continue;
		if (enrich_match(policy, &matches[i], message, &finding) &&
			add_finding(record, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* `<13>Nov 22 10:00:00 host releaseCause: 512`: to syslog the key is the tag of the message. */
static int find_behind_tag(
	const struct enrich_policy *policy, struct recognizer *recognizer, struct record *record)
{
	enum { PART_MAX = 128 };
	struct text tag = record_find(record, "SYSLOG_IDENTIFIER");
	struct text message = record_message(record);
	bool whole = message.len <= PART_MAX;
	char text[2 * PART_MAX + 4];
	const struct match *matches;
	size_t n_matches = 0;
	int n;

	if (record->n_findings > 0 || tag.len == 0 || tag.len > PART_MAX || !message.data ||
		record_find(record, "SYSLOG_PID").data)
		return 0;
	n = snprintf(text, sizeof(text), "%.*s: %.*s", TEXT_FORMAT(tag),
		(int)(whole ? message.len : PART_MAX), message.data);
	matches = recognizer_find(recognizer, text_make(text, (size_t)n), &n_matches);
	for (size_t i = 0; i < n_matches; i++) {
		bool at_end = matches[i].offset + matches[i].len == (size_t)n;
		struct finding finding;

		if ((at_end && (!whole || record->cut)) ||
			!enrich_match(policy, &matches[i], text_make(text, (size_t)n), &finding))
			continue;
		finding.in_message = false;
		if (add_finding(record, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* A device may tell the cause as a parameter of syslog's structured data. */
static int find_in_structured_data(
	const struct enrich_policy *policy, struct recognizer *recognizer, struct record *record)
{
	struct text data = record_find(record, "SYSLOG_STRUCTURED_DATA");
	uint64_t n_dropped = recognizer_count_dropped(recognizer);
	size_t n_matches = 0;
	const struct match *matches;

	if (!data.data)
		return 0;
	matches = recognizer_find(recognizer, data, &n_matches);
	record->n_findings_dropped += recognizer_count_dropped(recognizer) - n_dropped;
	for (size_t i = 0; i < n_matches; i++) {
		struct finding finding;

		if (!enrich_match(policy, &matches[i], data, &finding))
			continue;
		finding.in_message = false;
		if (!is_told(record, &finding) && add_finding(record, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int find_in_fields(const struct enrich_policy *policy, const struct recognizer *recognizer,
	struct record *record)
{
	for (size_t i = 0; i < record->n_fields; i++) {
		struct text value = record_value(record, i);
		struct finding finding;
		struct match match;

		if (!recognizer_field(recognizer, record_name(record, i), value, &match) ||
			!enrich_match(policy, &match, value, &finding))
			continue;
		finding.in_message = false;
		if (!is_told(record, &finding) && add_finding(record, &finding) < 0)
			return -ENOMEM;
	}
	return 0;
}

int enrich_priority(const struct enrich_policy *policy, const struct record *record)
{
	int original = severity_of_digit(record_find(record, "PRIORITY"));
	int severest = record->findings[0].severity;

	if (original < 0)
		original = ENRICH_PRIORITY_DEFAULT;
	for (size_t i = 1; i < record->n_findings; i++)
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
	int r = find_in_message(policy, recognizer, record);

	if (r == 0)
		r = find_behind_tag(policy, recognizer, record);
	if (r == 0)
		r = find_in_structured_data(policy, recognizer, record);
	if (r == 0)
		r = find_in_fields(policy, recognizer, record);
	if (r < 0)
		return r;
	if (record->n_findings == 0)
		return ENRICH_NOTHING;
	record->priority = enrich_priority(policy, record);
	return 0;
}
