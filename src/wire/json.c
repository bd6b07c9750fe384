/* The JSON is compact, with keys in a fixed order, and strings escaped no more than the RFC
 * asks. */
#include "config.h"

#include "wire/json.h"

#include <string.h>

#include "record/finding.h"
#include "record/record.h"
#include "record/severity.h"
#include "record/side.h"
#include "wire/timestamp.h"

static void add_escaped(struct buffer *out, unsigned char c)
{
	static const char short_forms[] = { ['\b'] = 'b',
		['\f'] = 'f',
		['\n'] = 'n',
		['\r'] = 'r',
		['\t'] = 't',
		['"'] = '"',
		['\\'] = '\\' };

	if (c < sizeof(short_forms) && short_forms[c]) {
		buffer_add_char(out, '\\');
		buffer_add_char(out, short_forms[c]);
	} else {
		buffer_add_format(out, "\\u%04x", c);
	}
}

static void add_bytes(struct buffer *out, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		buffer_add_char(out, i > 0 ? ',' : '[');
		buffer_add_number(out, (unsigned char)t.data[i]);
	}
	buffer_add_char(out, ']');
}

/* A text that needs no escape, as most. */
static void add_quoted(struct buffer *out, struct text t)
{
	char *at;

	if (buffer_reserve(out, t.len + 2) < 0)
		return;
	at = out->data + out->len;
	at[0] = '"';
	memcpy(at + 1, t.data, t.len);
	at[t.len + 1] = '"';
	out->len += t.len + 2;
}

/* As json_add_text, of a text with something that is not plain. */
static void add_unusual(struct buffer *out, struct text t)
{
	if (!text_is_utf8(t)) {
		add_bytes(out, t);
		return;
	}
	buffer_add_char(out, '"');
	while (t.len > 0) {
		size_t n = text_plain_len(t, '"');

		if (n == 0)
			n = text_high_len(t);
		buffer_add(out, t.data, n);
		if (n == 0)
			add_escaped(out, (unsigned char)t.data[n++]);
		text_skip(&t, n);
	}
	buffer_add_char(out, '"');
}

void json_add_text(struct buffer *out, struct text t)
{
	if (t.len == 0)
		buffer_add_string(out, "\"\"");
	else if (text_plain_len(t, '"') == t.len)
		add_quoted(out, t);
	else
		add_unusual(out, t);
}

void json_add_member(struct buffer *out, struct text name)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		buffer_add_char(out, ',');
	buffer_add_char(out, '"');
	buffer_add_text(out, name);
	buffer_add_string(out, "\":");
}

static void add_pair_if(struct buffer *out, const char *name, struct text value)
{
	if (value.data)
		json_add_pair(out, name, value);
}

static void add_number(struct buffer *out, const char *name, uint64_t number)
{
	json_add_name(out, name);
	buffer_add_number(out, number);
}

static void add_place(struct buffer *out, const struct finding *finding)
{
	if (!finding->in_message) {
		buffer_add_string(out, ",\"offset\":null,\"length\":null");
		return;
	}
	buffer_add_string(out, ",\"offset\":");
	buffer_add_number(out, finding->offset);
	buffer_add_string(out, ",\"length\":");
	buffer_add_number(out, finding->len);
}

static void add_text_or_null(struct buffer *out, struct text t)
{
	if (t.len > 0)
		json_add_text(out, t);
	else
		buffer_add_string(out, "null");
}

/* Whole names with what is around them: a cause has fourteen. */
static void add_finding(struct buffer *out, const struct finding *finding)
{
	buffer_add_string(out, "{\"code\":");
	if (finding->numeric)
		buffer_add_string(out, finding->code);
	else
		json_add_text(out, text_of(finding->code));
	buffer_add_string(out, ",\"name\":");
	add_text_or_null(out, finding->name);
	buffer_add_string(out, ",\"description\":");
	add_text_or_null(out, finding->description);
	buffer_add_string(out, ",\"severity\":");
	add_quoted(out, text_of(severity_names[finding->severity]));
	buffer_add_string(out, ",\"component\":");
	add_text_or_null(out, finding->component);
	buffer_add_string(out, ",\"category\":");
	add_text_or_null(out, finding->category);
	buffer_add_string(out, ",\"side\":");
	add_quoted(out, text_of(side_of(finding->category)));
	buffer_add_string(out, ",\"action\":");
	add_text_or_null(out, finding->action);
	buffer_add_string(out, ",\"catalog\":");
	json_add_text(out, finding->catalog);
	buffer_add_string(out, ",\"profile\":");
	json_add_text(out, finding->profile);
	buffer_add_string(out, ",\"key\":");
	json_add_text(out, finding->key);
	add_place(out, finding);
	if (finding->known)
		buffer_add_string(out, ",\"known\":true}");
	else
		buffer_add_string(out, ",\"known\":false}");
}

static void add_time(struct buffer *out, const char *name, uint64_t usec)
{
	size_t start = out->len;

	if (usec == 0)
		return;
	json_add_name(out, name);
	buffer_add_char(out, '"');
	if (timestamp_print(usec, out))
		buffer_add_char(out, '"');
	else
		out->len = start;
}

static void add_pid(struct buffer *out, const struct record *record)
{
	struct text pid = record_find(record, "SYSLOG_PID");
	uint64_t number;

	if (!pid.data)
		pid = record_find(record, "_PID");
	if (pid.data && text_parse_number(pid, 10, INT32_MAX, &number) == 0)
		add_number(out, "pid", number);
}

static void add_context(struct buffer *out, const struct record *record)
{
	buffer_add_string(out, ",\"context\":{");
	for (size_t i = 0; i < record->n_facts; i++) {
		const struct record_fact *fact = &record->facts[i];

		if (i > 0)
			buffer_add_char(out, ',');
		json_add_text(out, fact->name);
		buffer_add_char(out, ':');
		json_add_text(out, text_make(fact->value, fact->len));
	}
	buffer_add_char(out, '}');
}

/* Open the text or the array of bytes that was added last, add the mark, and close it again. */
static void add_cut_mark(struct buffer *out)
{
	const char *mark = RECORD_CUT_MARK;
	char end;

	if (buffer_finish(out) < 0)
		return;
	end = out->data[--out->len];
	if (end == '"')
		buffer_add_string(out, mark);
	for (size_t i = 0; end == ']' && mark[i]; i++) {
		buffer_add_char(out, ',');
		buffer_add_number(out, (unsigned char)mark[i]);
	}
	buffer_add_char(out, end);
}

void json_encode(const struct record *record, const struct encode_options *options,
	struct text message, bool cut, struct buffer *out)
{
	(void)options;
	buffer_add_char(out, '{');
	add_time(out, "timestamp", record->timestamp_usec);
	add_time(out, "observed", record->observed_usec);
	add_pair_if(out, "hostname", record_find(record, "_HOSTNAME"));
	add_pair_if(out, "identifier", record_find(record, "SYSLOG_IDENTIFIER"));
	add_pid(out, record);
	if (record->n_findings > 0)
		add_number(out, "priority", (uint64_t)record->priority);
	json_add_pair(out, "message", message);
	if (cut)
		add_cut_mark(out);
	add_context(out, record);
	buffer_add_string(out, ",\"causes\":[");
	for (size_t i = 0; i < record->n_findings; i++) {
		if (i > 0)
			buffer_add_char(out, ',');
		add_finding(out, &record->findings[i]);
	}
	buffer_add_char(out, ']');
	if (record->source) {
		buffer_add_string(out, ",\"source\":");
		json_add_text(out, text_of(record->source));
	}
	if (record->position.data) {
		buffer_add_string(out, ",\"position\":");
		json_add_text(out, record->position);
	}
	if (record->instance) {
		buffer_add_string(out, ",\"instance\":");
		json_add_text(out, text_of(record->instance));
	}
	buffer_add_char(out, '}');
}
