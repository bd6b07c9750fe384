/* One element of ours holds all causes, because an SD-ID may appear only once: the i-th value of
 * each parameter belongs to the i-th cause. So every cause has every parameter, an empty one where
 * it has no value. */
#include "config.h"

#include "wire/rfc5424-encode.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "record/own-elements.h"
#include "record/record.h"
#include "record/severity.h"
#include "wire/encode-options.h"
#include "wire/timestamp.h"

/* -- grammar ----------------------------------------------------------- */

static bool is_name_char(char c)
{
	return c > ' ' && c < 0x7F && c != '=' && c != ']' && c != '"';
}

/* Bytes of the SD-NAME at `at`; 0 where there is none. */
static size_t name_len(struct text t, size_t at)
{
	size_t n = 0;

	while (at + n < t.len && is_name_char(t.data[at + n]))
		n++;
	return n <= RFC5424_SD_NAME_MAX ? n : 0;
}

/* Bytes of the parameter at `at`, `NAME="VALUE"`; 0 where there is none. A backslash before any
 * other byte than `"`, `\` and `]` is a plain backslash. */
static size_t parameter_len(struct text t, size_t at)
{
	size_t start = at, name = name_len(t, at);

	at += name;
	if (name == 0 || t.len - at < 2 || t.data[at] != '=' || t.data[at + 1] != '"')
		return 0;
	for (at += 2; at < t.len; at++) {
		if (t.data[at] == '"')
			return at + 1 - start;
		if (t.data[at] == ']')
			return 0;
		if (t.data[at] == '\\' && at + 1 < t.len &&
			(t.data[at + 1] == '"' || t.data[at + 1] == '\\' || t.data[at + 1] == ']'))
			at++;
	}
	return 0;
}

size_t rfc5424_element(struct text t, struct text *ret_id)
{
	size_t at = 1;
	size_t id = t.len > 0 && t.data[0] == '[' ? name_len(t, at) : 0;

	if (id == 0)
		return 0;
	at += id;
	while (at < t.len && t.data[at] == ' ') {
		size_t n = parameter_len(t, at + 1);

		if (n == 0)
			return 0;
		at += 1 + n;
	}
	if (at == t.len || t.data[at] != ']')
		return 0;
	assert(at < t.len && id < at);
	*ret_id = text_make(t.data + 1, id);
	return at + 1;
}

size_t rfc5424_structured_data(struct text t)
{
	struct text id;
	size_t at = 0, n;

	if (t.len == 0)
		return 0;
	while ((n = rfc5424_element(text_make(t.data + at, t.len - at), &id)) > 0)
		at += n;
	return at;
}

/* -- header ------------------------------------------------------------- */

unsigned rfc5424_priority(const struct record *record)
{
	struct text field = record_find(record, "SYSLOG_FACILITY");
	int severity = record->n_findings > 0 ? record->priority
					      : severity_of_digit(record_find(record, "PRIORITY"));
	uint64_t facility;

	if (text_parse_number(field, 10, RFC5424_FACILITY_MAX, &facility) < 0)
		facility = RFC5424_FACILITY_DEFAULT;
	if (severity < 0)
		severity = RFC5424_SEVERITY_DEFAULT;
	assert(severity < SEVERITY_COUNT);
	return (unsigned)facility * 8 + (unsigned)severity;
}

void rfc5424_add_part(struct buffer *out, struct text t, size_t size_max, const char *others)
{
	size_t at = out->len;

	buffer_add(out, t.data, t.len < size_max ? t.len : size_max);
	for (; at < out->len; at++) {
		char c = out->data[at];

		if (c <= ' ' || c >= 0x7F || strchr(others, c))
			out->data[at] = '_';
	}
}

/* A blank and a part of the header. */
static void add_part(struct buffer *out, struct text t, size_t size_max)
{
	if (t.len == 0) {
		buffer_add_string(out, " -");
		return;
	}
	buffer_add_char(out, ' ');
	rfc5424_add_part(out, t, size_max, "");
}

static void add_header(const struct record *record, struct buffer *out)
{
	struct text pid = record_find(record, "SYSLOG_PID");

	if (pid.len == 0)
		pid = record_find(record, "_PID");
	buffer_add_char(out, '<');
	buffer_add_number(out, rfc5424_priority(record));
	buffer_add_string(out, ">1 ");
	if (record->timestamp_usec == 0 || !timestamp_print(record->timestamp_usec, out))
		buffer_add_char(out, '-');
	add_part(out, record_find(record, "_HOSTNAME"), RFC5424_HOSTNAME_MAX);
	add_part(out, record_find(record, "SYSLOG_IDENTIFIER"), RFC5424_APP_NAME_MAX);
	add_part(out, pid, RFC5424_PROCID_MAX);
	add_part(out, record_find(record, "SYSLOG_MSGID"), RFC5424_MSGID_MAX);
}

/* -- structured data ----------------------------------------------------- */

/* Add characters that are not ASCII, with `?` for a control character and what is no UTF-8. */
static void add_characters(struct buffer *out, struct text t)
{
	if (text_is_utf8(t) && !text_has_controls(t)) {
		buffer_add_text(out, t);
		return;
	}
	while (t.len > 0) {
		struct text character = text_make(t.data, text_character_len(t));

		if (character.len == 0 || text_has_controls(character))
			character = text_make("?", 1);
		buffer_add_text(out, character);
		text_skip(&t, character.len);
	}
}

/* Add what is not plain at the front of `t`; returns how many bytes that were. */
static size_t add_unusual(struct buffer *out, struct text t)
{
	size_t high = text_high_len(t);
	char c = t.data[0];

	if (high > 0) {
		add_characters(out, text_make(t.data, high));
		return high;
	}
	if (c == '"' || c == '\\' || c == ']') {
		buffer_add_char(out, '\\');
		buffer_add_char(out, c);
	} else {
		buffer_add_char(out, '?');
	}
	return 1;
}

static void add_value(struct buffer *out, struct text t)
{
	while (t.len > 0) {
		size_t plain = text_plain_len(t, ']');

		buffer_add(out, t.data, plain);
		text_skip(&t, plain);
		if (t.len > 0)
			text_skip(&t, add_unusual(out, t));
	}
}

/* A parameter, of which `name` is all up to the value: ` code="`. */
static inline void add_parameter(struct buffer *out, const char *name, struct text value)
{
	buffer_add_string(out, name);
	add_value(out, value);
	buffer_add_char(out, '"');
}

static void add_finding(const struct finding *finding, struct buffer *out)
{
	add_parameter(out, " code=\"", text_of(finding->code));
	add_parameter(out, " name=\"", finding->name);
	add_parameter(out, " description=\"", finding->description);
	add_parameter(out, " severity=\"", text_of(severity_names[finding->severity]));
	add_parameter(out, " component=\"", finding->component);
	add_parameter(out, " category=\"", finding->category);
	add_parameter(out, " action=\"", finding->action);
	add_parameter(out, " catalog=\"", finding->catalog);
	add_parameter(out, " profile=\"", finding->profile);
	add_parameter(out, " key=\"", finding->key);
	if (finding->known)
		buffer_add_string(out, " known=\"true\"");
	else
		buffer_add_string(out, " known=\"false\"");
}

static void add_fact(const struct record_fact *fact, struct buffer *out)
{
	buffer_add_char(out, ' ');
	buffer_add_text(out, fact->name);
	add_parameter(out, "=\"", text_make(fact->value, fact->len));
}

size_t rfc5424_count_written(const struct record *record)
{
	return record->n_findings < RFC5424_FINDINGS_MAX ? record->n_findings
							 : RFC5424_FINDINGS_MAX;
}

static void add_observed(uint64_t usec, struct buffer *out)
{
	size_t start = out->len;

	if (usec == 0)
		return;
	buffer_add_string(out, " observed=\"");
	if (timestamp_print(usec, out))
		buffer_add_char(out, '"');
	else
		out->len = start;
}

static void add_our_element(const struct record *record, const char *id, struct buffer *out)
{
	size_t n = rfc5424_count_written(record);

	buffer_add_char(out, '[');
	buffer_add_string(out, id);
	for (size_t i = 0; i < n; i++)
		add_finding(&record->findings[i], out);
	for (size_t i = 0; i < record->n_facts; i++)
		add_fact(&record->facts[i], out);
	add_observed(record->observed_usec, out);
	if (record->source)
		add_parameter(out, " source=\"", text_of(record->source));
	if (record->position.data)
		add_parameter(out, " position=\"", record->position);
	if (record->instance)
		add_parameter(out, " instance=\"", text_of(record->instance));
	buffer_add_char(out, ']');
}

/* Add the elements of the original, where all are well-formed. Our own element is left out: the
 * record has one if becaused has written it before. */
static void add_original(const struct record *record, const char *id, struct buffer *out)
{
	struct text data = record_find(record, "SYSLOG_STRUCTURED_DATA");

	if (rfc5424_structured_data(data) != data.len || !text_is_utf8(data) ||
		text_has_controls(data))
		return;
	while (data.len > 0) {
		struct text element_id = { 0 };
		size_t n = rfc5424_element(data, &element_id);

		if (!text_equal(element_id, text_of(id)))
			buffer_add(out, data.data, n);
		data = text_make(data.data + n, data.len - n);
	}
}

enum { OWN_ID_SIZE = sizeof(OWN_ELEMENT_ID) + TEXT_NUMBER_MAX };

/* `releaseCause@32473` */
static void print_id(uint32_t enterprise, char ret[OWN_ID_SIZE])
{
	static const size_t len = sizeof(OWN_ELEMENT_ID) - 1;

	memcpy(ret, OWN_ELEMENT_ID, len);
	ret[len + text_print_number(enterprise, ret + len)] = '\0';
}

static void add_structured_data(
	const struct record *record, const struct encode_options *options, struct buffer *out)
{
	size_t start = out->len;
	char id[OWN_ID_SIZE];

	print_id(options->enterprise, id);
	add_original(record, id, out);
	if (record->n_findings > 0)
		add_our_element(record, id, out);
	if (out->len == start)
		buffer_add_char(out, '-');
}

void rfc5424_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out)
{
	add_header(record, out);
	buffer_add_char(out, ' ');
	add_structured_data(record, options, out);
	buffer_add_char(out, ' ');
	record_print_message(record, message, cut, out);
}
