/* Bytes become a record, the record becomes a native datagram, and a decoder that shares no code
 * with the encoder reads back what becaused(8), ENRICHED ENTRIES, promises.
 *
 * The input: number of findings, priority and number of facts, timestamp (a byte each); then
 * fields, each a length or index of the name, a length of the value, name and value. */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "../unit/native-decode.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "fuzz.h"
#include "record/record.h"
#include "wire/native.h"

/* More than an entry has besides causes and client fields. */
enum { RECORD_FIELDS = 16 + RECORD_FACTS_MAX };

static const char *const fact_names[] = { "call", "trunk", "skill", "agent", "a",
	"abcdefghijklmnop", "queue", "leg", "file" };

struct input {
	const uint8_t *data;
	size_t size;
};

static unsigned take_byte(struct input *input)
{
	if (input->size == 0)
		return 0;
	input->size--;
	return *input->data++;
}

static struct text take_text(struct input *input, size_t len)
{
	struct text t = text_make((const char *)input->data, len < input->size ? len : input->size);

	input->data += t.len;
	input->size -= t.len;
	return t;
}

static struct text take_name(struct input *input)
{
	static const char *const names[] = { "MESSAGE", "PRIORITY", "_PID", "_HOSTNAME",
		"_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "OBJECT_PID", "BECAUSED_SOURCE",
		"RELEASE_CAUSE", "RELEASE_CAUSE_CODE", "CLIENT" };
	unsigned byte = take_byte(input);

	if (byte & 0x80)
		return text_of(names[(byte & 0x7F) % (sizeof(names) / sizeof(names[0]))]);
	return take_text(input, byte);
}

static void add_finding(struct record *record, unsigned number)
{
	struct finding *finding = record_add_finding(record);

	if (!finding)
		return;
	*finding = (struct finding){
		.numeric = true,
		.known = number % 3 > 0,
		.severity = (int)(number % 8),
		.catalog = text_of("tiny"),
		.profile = text_of("small"),
		.key = text_of("releaseCause"),
	};
	(void)snprintf(finding->code, sizeof(finding->code), "%u", number);
	if (finding->known) {
		finding->name = text_of("one");
		finding->description = text_of("One\ntwo.");
	}
}

/* The values come from the fields. */
static void add_facts(struct record *record, unsigned n)
{
	for (unsigned i = 0; i < n && record->n_fields > 0; i++)
		record_add_fact(
			record, text_of(fact_names[i]), record_value(record, i % record->n_fields));
}

static void fill(struct record *record, struct input *input)
{
	unsigned n_findings = take_byte(input) % (NATIVE_FINDINGS_MAX + 8), n_facts;

	n_facts = take_byte(input);
	record->priority = (int)(n_facts % 8);
	n_facts = n_facts / 8 % (sizeof(fact_names) / sizeof(fact_names[0]) + 1);
	record->timestamp_usec = take_byte(input);
	record->source = record->instance = "fuzz";
	record->position = text_of("1");
	while (input->size > 0) {
		struct text name = take_name(input);
		unsigned len = take_byte(input);

		if (record_add(record, name, take_text(input, len)) < 0)
			break;
	}
	for (unsigned i = 0; i < n_findings; i++)
		add_finding(record, i);
	add_facts(record, n_facts);
}

static bool starts_with(struct text t, const char *prefix)
{
	return t.len >= strlen(prefix) && memcmp(t.data, prefix, strlen(prefix)) == 0;
}

/* Whether a field of the original is to be found in the entry. */
static bool is_passed_on(struct text name)
{
	if (!native_name_is_valid(name) || starts_with(name, "BECAUSED_") ||
		starts_with(name, "OBJECT_"))
		return false;
	if (starts_with(name, "RELEASE_CAUSE"))
		return text_equal(name, text_of("RELEASE_CAUSE_CODE"));
	return !text_equal(name, text_of("MESSAGE")) && !text_equal(name, text_of("MESSAGE_ID")) &&
	       !text_equal(name, text_of("PRIORITY"));
}

/* The fields that are passed on come in their order, the first ones if not all, and nothing else
 * that a client could have set. */
static void check_client_fields(const struct record *record, const struct native_entry *entry)
{
	size_t at = 0, n_left = 0;

	for (size_t i = 0; i < entry->n; i++) {
		if (!is_passed_on(entry->fields[i].name))
			continue;
		while (at < record->n_fields && !is_passed_on(record_name(record, at)))
			at++;
		must(at < record->n_fields);
		must(text_equal(entry->fields[i].name, record_name(record, at)));
		must(text_equal(entry->fields[i].value, record_value(record, at)));
		at++;
	}
	for (; at < record->n_fields; at++)
		n_left += is_passed_on(record_name(record, at));
	for (size_t i = 0; i < entry->n; i++)
		must(!starts_with(entry->fields[i].name, "OBJECT_") ||
			text_equal(entry->fields[i].name, text_of("OBJECT_SYSTEMD_UNIT")));
	must(n_left == 0 || entry->n >= NATIVE_DECODE_FIELDS_MAX - RECORD_FIELDS);
}

static void check_causes(const struct record *record, const struct native_entry *entry)
{
	size_t n =
		record->n_findings < NATIVE_FINDINGS_MAX ? record->n_findings : NATIVE_FINDINGS_MAX;

	must(native_count(entry, "RELEASE_CAUSE") == n);
	must(native_count(entry, "RELEASE_CAUSE_ACTION") == n);
	for (size_t i = 0; i < n; i++) {
		const struct finding *finding = &record->findings[i];

		must(text_equal(native_value(entry, "RELEASE_CAUSE", i), text_of(finding->code)));
		must(text_equal(native_value(entry, "RELEASE_CAUSE_KNOWN", i),
			text_of(finding->known ? "1" : "0")));
		must(native_value(entry, "RELEASE_CAUSE_ACTION", i).len > 0);
	}
}

/* Each is there once, whatever the platform wrote in fields of this name. */
static void check_facts(const struct record *record, const struct native_entry *entry)
{
	for (size_t i = 0; i < record->n_facts; i++) {
		const struct record_fact *fact = &record->facts[i];
		char name[64];

		(void)snprintf(name, sizeof(name), "RELEASE_CAUSE_%.*s", TEXT_FORMAT(fact->name));
		for (char *c = name; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		must(native_count(entry, name) == 1);
		must(text_equal(native_value(entry, name, 0), text_make(fact->value, fact->len)));
	}
}

static void check_record_fields(const struct record *record, const struct native_entry *entry)
{
	CLEANUP(buffer_done) struct buffer message = buffer_make(RECORD_SIZE_MAX);
	const struct text unit = record_find(record, "_SYSTEMD_UNIT");
	const char priority[] = { (char)('0' + record->priority), '\0' };

	record_print_message(record, record_message(record), record->cut, &message);
	must(native_count(entry, "MESSAGE") == 1);
	must(text_equal(native_value(entry, "MESSAGE", 0), buffer_text(&message)));
	must(native_count(entry, "PRIORITY") == 1);
	must(text_equal(native_value(entry, "PRIORITY", 0), text_of(priority)));
	must(native_count(entry, "MESSAGE_ID") == 1);
	must(native_count(entry, "BECAUSED_SOURCE") == 1);
	must(native_count(entry, "BECAUSED_POSITION") == 1);
	must(native_count(entry, "OBJECT_SYSTEMD_UNIT") == (unit.data != NULL));
	if (unit.data)
		must(text_equal(native_value(entry, "OBJECT_SYSTEMD_UNIT", 0), unit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct native_entry entry;
	CLEANUP(record_done) struct record record = record_make();
	CLEANUP(buffer_done) struct buffer out = buffer_make(NATIVE_SIZE_MAX);
	struct input input = { data, size };

	fill(&record, &input);
	must(native_encode(&record, &out) == 0);
	must(native_decode(buffer_text(&out), &entry) == 0);
	check_record_fields(&record, &entry);
	check_causes(&record, &entry);
	check_facts(&record, &entry);
	check_client_fields(&record, &entry);
	return 0;
}
