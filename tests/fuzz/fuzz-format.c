/* Bytes become a record, the record leaves in every format, and its RFC 5424 form is read back by
 * wire/syslog-decode: the same fields, the same message. A bound on the size holds, and costs text
 * alone. Whatever comes back shows each cause as one that is explained already.
 *
 * The input: number of findings, priority, bits (the message was cut, an own source, facts),
 * timestamp (eight bytes), size bound (two); then fields, each an index of the name, a length of
 * the value in two bytes, and the value. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "cause/search/known-brackets.h"
#include "fuzz.h"
#include "record/own-elements.h"
#include "record/record.h"
#include "wire/format.h"
#include "wire/rfc5424-encode.h"
#include "wire/syslog-decode.h"

enum { OUT_MAX = 16 * 1024 * 1024, FINDINGS_MAX = RFC5424_FINDINGS_MAX + 4 };

#define YEAR_10000 UINT64_C(253402300800000000)

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

static unsigned take_two(struct input *input)
{
	unsigned high = take_byte(input);

	return high * 256 + take_byte(input);
}

static struct text take_text(struct input *input, size_t len)
{
	struct text t = text_make((const char *)input->data, len < input->size ? len : input->size);

	input->data += t.len;
	input->size -= t.len;
	return t;
}

/* Texts of findings come from the fields: a catalog may hold any text. */
static void add_finding(struct record *record, unsigned number)
{
	struct finding *finding = record_add_finding(record);
	struct text text = record->n_fields > 0 ? record_value(record, number % record->n_fields)
						: text_of("");

	if (!finding)
		return;
	*finding = (struct finding){
		.numeric = true,
		.known = number % 3 > 0,
		.severity = (int)(number % 8),
		.catalog = text_of("tiny"),
		.profile = text,
		.key = text_of("releaseCause"),
		.in_message = number % 2 > 0,
	};
	(void)snprintf(finding->code, sizeof(finding->code), "%u", number);
	if (finding->known)
		finding->name = finding->description = text;
}

/* Their values come from the fields, too. */
static void add_facts(struct record *record)
{
	static const char *const names[] = { "call", "trunk", "abcdefghijklmnop" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && i < record->n_fields; i++)
		record_add_fact(record, text_of(names[i]), record_value(record, i));
}

static void fill(struct record *record, struct encode_options *options, struct input *input)
{
	static const char *const names[] = { "MESSAGE", "PRIORITY", "SYSLOG_FACILITY", "_HOSTNAME",
		"SYSLOG_IDENTIFIER", "SYSLOG_PID", "_PID", "SYSLOG_MSGID", "SYSLOG_STRUCTURED_DATA",
		"OTHER" };
	unsigned n_findings = take_byte(input) % FINDINGS_MAX, bits;

	record->priority = (int)(take_byte(input) % 8);
	bits = take_byte(input);
	record->cut = bits & 1;
	record->source = bits & 2 ? "fuzz" : NULL;
	record->instance = bits & 4 ? "[\"\\" : NULL;
	for (unsigned i = 0; i < 8; i++)
		record->timestamp_usec = record->timestamp_usec * 256 + take_byte(input);
	options->size_max = take_two(input);
	options->enterprise = bits & 8 ? FORMAT_ENTERPRISE_MAX : FORMAT_ENTERPRISE_DEFAULT;
	while (input->size > 0) {
		const char *name = names[take_byte(input) % (sizeof(names) / sizeof(names[0]))];
		unsigned len = take_two(input);

		if (record_add(record, text_of(name), take_text(input, len)) < 0)
			break;
	}
	record->position = bits & 16 ? record_message(record) : text_make(NULL, 0);
	for (unsigned i = 0; i < n_findings; i++)
		add_finding(record, i);
	if (bits & 32)
		add_facts(record);
	if (bits & 64)
		record->observed_usec = record->timestamp_usec;
}

/* A part of the header as it must arrive: cut, each foreign byte a `_`, nothing where it is nil. */
static void check_part(const struct record *record, const char *name, const char *other,
	const struct record *back, size_t size_max)
{
	struct text wanted = record_find(record, name);
	struct text part = record_find(back, name);

	if (wanted.len == 0 && other)
		wanted = record_find(record, other);
	if (wanted.len > size_max)
		wanted.len = size_max;
	if (wanted.len == 0 || text_equal(wanted, text_of("-"))) {
		must(!part.data);
		return;
	}
	must(part.len == wanted.len);
	for (size_t i = 0; i < part.len; i++) {
		bool plain = wanted.data[i] > ' ' && wanted.data[i] <= '~';

		must(part.data[i] == (plain ? wanted.data[i] : '_'));
	}
}

static uint64_t number_of(
	const struct record *record, const char *name, uint64_t max, uint64_t none)
{
	uint64_t number;

	return text_parse_number(record_find(record, name), 10, max, &number) == 0 ? number : none;
}

static void check_priority(const struct record *record, const struct record *back)
{
	struct text priority = record_find(record, "PRIORITY");
	uint64_t wanted = priority.len == 1 ? number_of(record, "PRIORITY", 7, 6) : 6;

	if (record->n_findings > 0)
		wanted = (uint64_t)record->priority;
	must(number_of(back, "PRIORITY", 7, 99) == wanted);
	must(number_of(back, "SYSLOG_FACILITY", 23, 99) ==
		number_of(record, "SYSLOG_FACILITY", 23, 1));
}

/* How often an element, which is well-formed, has a parameter of this name. */
static size_t count_parameters(struct text element, const char *name)
{
	size_t n = 0, start = 0;
	bool in_value = false;

	for (size_t at = 0; at < element.len; at++) {
		char c = element.data[at];

		if (in_value && c == '\\') {
			at++;
		} else if (c == '"') {
			in_value = !in_value;
		} else if (!in_value && c == ' ') {
			start = at + 1;
		} else if (!in_value && c == '=') {
			n += text_equal(text_make(element.data + start, at - start), text_of(name));
		}
	}
	return n;
}

/* One element of ours where there are causes, with a code for each that fits, and never one
 * more. */
static void check_structured_data(
	const struct record *record, const struct encode_options *options, struct text data)
{
	size_t n_ours = 0;
	char id[64];

	(void)snprintf(id, sizeof(id), "releaseCause@%u", (unsigned)options->enterprise);
	must(text_is_utf8(data) && !text_has_controls(data));
	while (data.len > 0) {
		struct text element_id = { 0 };
		size_t n = rfc5424_element(data, &element_id), n_codes = 0;
		size_t wanted = record->n_findings < RFC5424_FINDINGS_MAX ? record->n_findings
									  : RFC5424_FINDINGS_MAX;

		must(n > 0);
		if (text_equal(element_id, text_of(id))) {
			n_codes = count_parameters(text_make(data.data, n), "known");
			must(n_codes == wanted);
			must(count_parameters(text_make(data.data, n), "call") ==
				(record_find_fact(record, text_of("call")).data != NULL));
			n_ours++;
		}
		data = text_make(data.data + n, data.len - n);
	}
	must(n_ours == (record->n_findings > 0));
}

static struct text without_ends(struct text t)
{
	while (t.len > 0 && (t.data[t.len - 1] == '\n' || t.data[t.len - 1] == '\0')) {
		bool is_lf = t.data[t.len - 1] == '\n';

		t.len--;
		if (is_lf && t.len > 0 && t.data[t.len - 1] == '\r')
			t.len--;
	}
	if (text_starts(t, text_of("\xEF\xBB\xBF")))
		t = text_make(t.data + 3, t.len - 3);
	return t;
}

static void check_round_trip(
	const struct record *record, const struct encode_options *options, struct text out)
{
	CLEANUP(record_done) struct record back = record_make();
	CLEANUP(buffer_done) struct buffer message = buffer_make(OUT_MAX);
	const struct syslog_context context = { .now_usec = 1 };
	bool has_time = record->timestamp_usec > 0 && record->timestamp_usec < YEAR_10000;

	must(syslog_parse(out, &context, &back) == 0);
	check_priority(record, &back);
	check_part(record, "_HOSTNAME", NULL, &back, RFC5424_HOSTNAME_MAX);
	check_part(record, "SYSLOG_IDENTIFIER", NULL, &back, RFC5424_APP_NAME_MAX);
	check_part(record, "SYSLOG_PID", "_PID", &back, RFC5424_PROCID_MAX);
	check_part(record, "SYSLOG_MSGID", NULL, &back, RFC5424_MSGID_MAX);
	check_structured_data(record, options, record_find(&back, "SYSLOG_STRUCTURED_DATA"));
	must(back.timestamp_usec == (has_time ? record->timestamp_usec : 0));
	record_print_message(record, record_message(record), record->cut, &message);
	must(text_equal(record_message(&back), without_ends(buffer_text(&message))));
}

/* Read as a line of a file: each cause has its bracket, or stands in an element of ours. */
static void check_comes_back(const struct record *record, int format, struct text out)
{
	static struct brackets brackets;
	static struct own_elements elements;

	own_elements_clear(&elements);
	if (record->instance)
		own_elements_find(&elements, out, record->instance);
	brackets_find(&brackets, out);
	for (size_t i = 0; i < record->n_findings; i++) {
		struct text code = text_of(record->findings[i].code);

		if (format != FORMAT_JSON)
			must(brackets_explain(&brackets, code, 0));
		if (format == FORMAT_JSON || (format == FORMAT_RFC5424 && i < RFC5424_FINDINGS_MAX))
			must(!record->instance || own_elements_name(&elements, code));
	}
}

static void check_line(struct text out)
{
	must(out.len > 0);
	must(!memchr(out.data, '\n', out.len));
	must(!memchr(out.data, '\0', out.len));
}

static void check_json(struct text out)
{
	must(out.data[0] == '{' && out.data[out.len - 1] == '}');
	must(text_is_utf8(out));
	for (size_t i = 0; i < out.len; i++)
		must((unsigned char)out.data[i] >= ' ' && out.data[i] != 0x7F);
}

/* Under the bound, with all the brackets; refused only where not even they fit. */
static void check_bounded(
	const struct record *record, const struct encode_options *options, size_t whole)
{
	CLEANUP(buffer_done) struct buffer out = buffer_make(OUT_MAX);
	CLEANUP(buffer_done) struct buffer brackets = buffer_make(OUT_MAX);
	int r;

	buffer_add_string(&out, "old");
	r = format_encode(record, options, &out);
	must(text_starts(buffer_text(&out), text_of("old")));
	if (r == -EMSGSIZE) {
		must(out.len == 3 && options->size_max > 0 && whole > options->size_max);
		return;
	}
	must(r == 0 || r == FORMAT_SHORTENED);
	must((r == 0) == (options->size_max == 0 || whole <= options->size_max));
	must(r == 0 ? out.len == whole + 3 : out.len <= options->size_max + 3);
	check_comes_back(record, options->format, text_make(out.data + 3, out.len - 3));
	if (options->format != FORMAT_RFC5424)
		return;
	record_print_message(record, text_of(""), r == FORMAT_SHORTENED || record->cut, &brackets);
	must(out.len >= brackets.len);
	must(text_equal(text_make(out.data + out.len - brackets.len, brackets.len),
		buffer_text(&brackets)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(record_done) struct record record = record_make();
	CLEANUP(buffer_done) struct buffer out = buffer_make(OUT_MAX);
	struct encode_options bounded = { 0 };
	struct input input = { data, size };

	if (size == 0)
		return 0;
	fill(&record, &bounded, &input);
	for (int format = 0; format_names[format]; format++) {
		struct encode_options options = bounded;

		options.format = bounded.format = format;
		options.size_max = 0;
		buffer_clear(&out);
		must(format_encode(&record, &options, &out) == 0);
		check_comes_back(&record, format, buffer_text(&out));
		if (format == FORMAT_RFC5424)
			check_round_trip(&record, &options, buffer_text(&out));
		else
			check_line(buffer_text(&out));
		if (format == FORMAT_JSON)
			check_json(buffer_text(&out));
		check_bounded(&record, &bounded, out.len);
	}
	return 0;
}
