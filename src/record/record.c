/* Fields are offsets into one buffer, because the buffer moves when it grows. */
#include "config.h"

#include "record/record.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* At the end of every call that adds something. */
static void check_invariants(const struct record *record)
{
	assert(record->n_fields <= record->fields_size && record->n_fields <= RECORD_FIELDS_MAX);
	assert(record->n_findings <= record->findings_size &&
		record->n_findings <= RECORD_FINDINGS_MAX);
	assert(record->bytes.len <= RECORD_SIZE_MAX);
}

struct record record_make(void)
{
	return (struct record){ .bytes = buffer_make(RECORD_SIZE_MAX) };
}

void record_done(struct record *record)
{
	buffer_done(&record->bytes);
	free(record->fields);
	free(record->findings);
	*record = record_make();
}

void record_clear(struct record *record)
{
	if (record->bytes.size > RECORD_KEEP_MAX)
		buffer_done(&record->bytes);
	buffer_clear(&record->bytes);
	record->n_fields = 0;
	record->n_findings = 0;
	record->n_findings_dropped = 0;
	record->n_explained = 0;
	record->n_unclaimed = 0;
	record->n_held = 0;
	record->n_facts = record->n_facts_left = 0;
	record->priority = 0;
	record->timestamp_usec = 0;
	record->observed_usec = 0;
	record->cut = record->part_start = record->part_end = false;
	record->part_held = false;
	record->part_tail = record->part_lead = 0;
	record->stream = text_make(NULL, 0);
	record->position = text_make(NULL, 0);
	record->source = NULL;
	record->instance = NULL;
}

int record_add(struct record *record, struct text name, struct text value)
{
	struct record_field *fields;
	size_t start = record->bytes.len;
	int r;

	if (record->n_fields == RECORD_FIELDS_MAX)
		return -E2BIG;
	fields =
		array_grow(record->fields, &record->fields_size, record->n_fields, sizeof(*fields));
	if (!fields)
		return -ENOMEM;
	record->fields = fields;

	buffer_add_text(&record->bytes, name);
	buffer_add_text(&record->bytes, value);
	r = buffer_finish(&record->bytes);
	if (r < 0) {
		record->bytes.len = start;
		record->bytes.error = 0;
		return r;
	}
	record->fields[record->n_fields++] = (struct record_field){
		.name = start,
		.name_len = name.len,
		.value = start + name.len,
		.value_len = value.len,
	};
	check_invariants(record);
	return 0;
}

/* Without any byte there is no buffer to point into. */
static inline struct text bytes_at(const struct record *record, size_t at, size_t len)
{
	return len > 0 ? text_make(record->bytes.data + at, len) : text_of("");
}

struct text record_name(const struct record *record, size_t i)
{
	assert(i < record->n_fields);
	return bytes_at(record, record->fields[i].name, record->fields[i].name_len);
}

struct text record_value(const struct record *record, size_t i)
{
	assert(i < record->n_fields);
	return bytes_at(record, record->fields[i].value, record->fields[i].value_len);
}

static bool has_name(const struct record *record, size_t i, struct text name)
{
	const struct record_field *field = &record->fields[i];

	return field->name_len == name.len &&
	       text_equal(bytes_at(record, field->name, field->name_len), name);
}

struct text record_message(const struct record *record)
{
	for (size_t i = record->n_fields; i > 0; i--)
		if (has_name(record, i - 1, text_of("MESSAGE")))
			return record_value(record, i - 1);
	return text_make(NULL, 0);
}

void record_shorten_message(struct record *record, size_t len)
{
	struct text message = record_message(record);
	size_t i = 0;

	if (message.len <= len)
		return;
	while (record_value(record, i).data != message.data)
		i++;
	record->fields[i].value_len = text_cut(message, len).len;
}

struct text record_find_field(const struct record *record, struct text name)
{
	for (size_t i = 0; i < record->n_fields; i++)
		if (has_name(record, i, name))
			return record_value(record, i);
	return text_make(NULL, 0);
}

struct finding *record_add_finding(struct record *record)
{
	struct finding *findings = NULL;

	if (record->n_findings < RECORD_FINDINGS_MAX)
		findings = array_grow(record->findings, &record->findings_size, record->n_findings,
			sizeof(*findings));
	if (!findings) {
		record->n_findings_dropped++;
		return NULL;
	}
	record->findings = findings;
	record->findings[record->n_findings++] = (struct finding){ 0 };
	check_invariants(record);
	return &record->findings[record->n_findings - 1];
}

struct text record_find_fact(const struct record *record, struct text name)
{
	for (size_t i = 0; i < record->n_facts; i++)
		if (text_equal(record->facts[i].name, name))
			return text_make(record->facts[i].value, record->facts[i].len);
	return text_make(NULL, 0);
}

void record_add_fact(struct record *record, struct text name, struct text value)
{
	struct record_fact *fact;

	if (record_find_fact(record, name).data)
		return;
	if (value.len > RECORD_FACT_LEN_MAX || record->n_facts == RECORD_FACTS_MAX) {
		record->n_facts_left++;
		return;
	}
	fact = &record->facts[record->n_facts++];
	fact->name = name;
	fact->len = value.len;
	memcpy(fact->value, value.data, value.len);
}

void record_print_message(
	const struct record *record, struct text message, bool cut, struct buffer *out)
{
	buffer_add_text(out, message);
	if (cut)
		buffer_add_string(out, RECORD_CUT_MARK);
	for (size_t i = 0; i < record->n_findings; i++)
		finding_print(&record->findings[i], out);
}
