/* Every enriched entry has every RELEASE_CAUSE_… field: journalctl -x prints the bare name of a
 * field that its text asks for and the entry lacks. */
#include "config.h"

#include "wire/native.h"

#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "record/message-ids.h"
#include "record/severity.h"

/* Fields that each finding brings, in the order of their writing. */
enum {
	FIELDS_OF_FINDING = 12,
	FIELDS_OF_RECORD = 17 + RECORD_FACTS_MAX,
	NAME_MAX_LEN = 64,
	FACT_NAME_MAX = 16,
};

static_assert(FIELDS_OF_RECORD + NATIVE_FINDINGS_MAX * FIELDS_OF_FINDING <= NATIVE_FIELDS_MAX,
	"journald would refuse the entry");

static void add_field(struct buffer *out, struct text name, struct text value)
{
	uint64_t len = htole64(value.len);

	buffer_add_text(out, name);
	if (value.len > 0 && memchr(value.data, '\n', value.len)) {
		buffer_add_char(out, '\n');
		buffer_add(out, &len, sizeof(len));
	} else {
		buffer_add_char(out, '=');
	}
	buffer_add_text(out, value);
	buffer_add_char(out, '\n');
}

static void add_text(struct buffer *out, const char *name, struct text value)
{
	add_field(out, text_of(name), value);
}

static void add_string(struct buffer *out, const char *name, const char *value)
{
	add_field(out, text_of(name), text_of(value));
}

/* Add a field with the value of `original`, if the record has it. */
static void add_origin(
	struct buffer *out, const char *name, const struct record *record, const char *original)
{
	struct text value = record_find(record, original);

	if (value.data)
		add_text(out, name, value);
}

#define CAUSE_PREFIX "RELEASE_CAUSE_"

static void add_fact(const struct record_fact *fact, struct buffer *out)
{
	char name[NAME_MAX_LEN];
	size_t len = sizeof(CAUSE_PREFIX) - 1;

	assert(fact->name.len <= sizeof(name) - len);
	memcpy(name, CAUSE_PREFIX, len);
	for (size_t i = 0; i < fact->name.len; i++)
		name[len++] = (char)(fact->name.data[i] - 'a' + 'A');
	add_field(out, text_make(name, len), text_make(fact->value, fact->len));
}

/* Whether `name` is RELEASE_CAUSE_ with a name that a cause or its context may have. A client's
 * RELEASE_CAUSE_CODE is the field that shows its cause. */
static bool is_cause_name(struct text name)
{
	if (!text_starts(name, text_of(CAUSE_PREFIX)) ||
		text_equal(name, text_of(CAUSE_PREFIX "CODE")))
		return false;
	text_skip(&name, sizeof(CAUSE_PREFIX) - 1);
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] < 'A' || name.data[i] > 'Z')
			return false;
	return name.len <= FACT_NAME_MAX;
}

/* Names that are not copied from the original's fields: becaused writes these fields itself. */
static bool is_own_name(struct text name)
{
	static const char *const own_names[] = { "MESSAGE", "MESSAGE_ID", "PRIORITY",
		"RELEASE_CAUSE" };

	for (size_t i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++)
		if (text_equal(name, text_of(own_names[i])))
			return true;
	return is_cause_name(name) || text_starts(name, text_of("BECAUSED_")) ||
	       text_starts(name, text_of("OBJECT_"));
}

static bool is_client_name(struct text name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN || name.data[0] < 'A' || name.data[0] > 'Z')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!(name.data[i] >= 'A' && name.data[i] <= 'Z') && !char_is_digit(name.data[i]) &&
			name.data[i] != '_')
			return false;
	return true;
}

static void add_client_fields(const struct record *record, struct buffer *out, size_t n_max)
{
	size_t n = 0;

	for (size_t i = 0; i < record->n_fields && n < n_max; i++) {
		struct text name = record_name(record, i);

		if (!is_client_name(name) || is_own_name(name))
			continue;
		add_field(out, name, record_value(record, i));
		n++;
	}
}

static void add_finding(const struct finding *finding, struct buffer *out)
{
	add_string(out, "RELEASE_CAUSE", finding->code);
	add_text(out, "RELEASE_CAUSE_NAME", finding->known ? finding->name : text_of("unknown"));
	add_text(out, "RELEASE_CAUSE_DESCRIPTION",
		finding->known ? finding->description
			       : text_of("The catalog does not have this code."));
	add_string(out, "RELEASE_CAUSE_SEVERITY", severity_names[finding->severity]);
	add_text(out, "RELEASE_CAUSE_COMPONENT",
		finding->component.len > 0 ? finding->component : text_of("unknown"));
	add_text(out, "RELEASE_CAUSE_CATEGORY",
		finding->category.len > 0 ? finding->category : text_of("unknown"));
	add_text(out, "RELEASE_CAUSE_ACTION",
		finding->action.len > 0 ? finding->action : text_of("none"));
	add_text(out, "RELEASE_CAUSE_CATALOG", finding->catalog);
	add_text(out, "RELEASE_CAUSE_PROFILE", finding->profile);
	add_text(out, "RELEASE_CAUSE_KEY", finding->key);
	add_string(out, "RELEASE_CAUSE_KNOWN", finding->known ? "1" : "0");
	add_text(out, "BECAUSED_CATALOG_VERSION", finding->catalog_version);
}

/* The value is written in place: no second buffer for a message of megabytes. */
static void add_message(const struct record *record, struct buffer *out)
{
	uint64_t len;
	size_t at;

	buffer_add_string(out, "MESSAGE\n");
	at = out->len;
	buffer_add(out, &(uint64_t){ 0 }, sizeof(len));
	record_print_message(record, record_message(record), record->cut, out);
	if (buffer_finish(out) < 0)
		return;
	len = htole64(out->len - at - sizeof(len));
	memcpy(out->data + at, &len, sizeof(len));
	buffer_add_char(out, '\n');
}

/* How many causes have fields. */
static size_t count_with_fields(const struct record *record)
{
	return record->n_findings < NATIVE_FINDINGS_MAX ? record->n_findings : NATIVE_FINDINGS_MAX;
}

size_t native_count_left(const struct record *record)
{
	return record->n_findings_dropped + record->n_findings - count_with_fields(record);
}

int native_encode(const struct record *record, struct buffer *out)
{
	size_t n_findings = count_with_fields(record);
	char priority[] = { (char)('0' + record->priority), '\0' };

	assert(record->priority >= 0 && record->priority < SEVERITY_COUNT);
	add_message(record, out);
	add_string(out, "MESSAGE_ID", message_id(MESSAGE_ENRICHED));
	add_string(out, "PRIORITY", priority);
	for (size_t i = 0; i < n_findings; i++)
		add_finding(&record->findings[i], out);

	for (size_t i = 0; i < record->n_facts; i++)
		add_fact(&record->facts[i], out);
	add_origin(out, "OBJECT_SYSTEMD_UNIT", record, "_SYSTEMD_UNIT");
	add_origin(out, "BECAUSED_ORIGIN_UNIT", record, "_SYSTEMD_UNIT");
	add_origin(out, "BECAUSED_ORIGIN_HOSTNAME", record, "_HOSTNAME");
	add_origin(out, "BECAUSED_ORIGIN_PID", record, "_PID");
	add_origin(out, "BECAUSED_ORIGIN_FILE", record, "_FILE");
	add_origin(out, "BECAUSED_ORIGIN_PRIORITY", record, "PRIORITY");
	if (record->timestamp_usec > 0) {
		buffer_add_format(
			out, "BECAUSED_ORIGIN_TIMESTAMP=%" PRIu64 "\n", record->timestamp_usec);
	}
	add_string(out, "BECAUSED_INSTANCE", record->instance);
	add_string(out, "BECAUSED_SOURCE", record->source);
	add_text(out, "BECAUSED_POSITION", record->position);
	add_client_fields(
		record, out, NATIVE_FIELDS_MAX - FIELDS_OF_RECORD - n_findings * FIELDS_OF_FINDING);
	return buffer_finish(out);
}
