/* Lines are read back by a strict reader of RFC 8259: each must be valid JSON first, and have the
 * right values second. */
#include "config.h"

#include "test-finding.h"

#include <errno.h>

#include "base/buffer.h"
#include "record/record.h"
#include "wire/format.h"
#include "wire/json.h"

/* -- the reader ------------------------------------------------------- */

static bool skip_value(struct text t, size_t *at);

static bool skip_char(struct text t, size_t *at, char c)
{
	if (*at >= t.len || t.data[*at] != c)
		return false;
	(*at)++;
	return true;
}

static bool skip_word(struct text t, size_t *at, const char *word)
{
	if (!text_starts(text_make(t.data + *at, t.len - *at), text_of(word)))
		return false;
	*at += strlen(word);
	return true;
}

static bool skip_digits(struct text t, size_t *at)
{
	size_t start = *at;

	while (*at < t.len && char_is_digit(t.data[*at]))
		(*at)++;
	return *at > start;
}

/* Only what we write: whole numbers without sign, fraction or needless zeros. */
static bool skip_number(struct text t, size_t *at)
{
	size_t start = *at;

	return skip_digits(t, at) && (t.data[start] != '0' || *at == start + 1);
}

static bool skip_escape(struct text t, size_t *at)
{
	if (*at >= t.len)
		return false;
	if (t.data[*at] != 'u')
		return strchr("\"\\/bfnrt", t.data[(*at)++]) != NULL;
	(*at)++;
	for (size_t i = 0; i < 4; i++) {
		char c = *at < t.len ? char_lower(t.data[*at]) : '\0';

		if (!char_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
		(*at)++;
	}
	return true;
}

static bool skip_string(struct text t, size_t *at)
{
	size_t start = *at + 1;

	if (!skip_char(t, at, '"'))
		return false;
	while (*at < t.len && t.data[*at] != '"') {
		if ((unsigned char)t.data[*at] < ' ')
			return false;
		if (t.data[(*at)++] == '\\' && !skip_escape(t, at))
			return false;
	}
	if (*at >= t.len || !text_is_utf8(text_make(t.data + start, *at - start)))
		return false;
	(*at)++;
	return true;
}

static bool skip_member(struct text t, size_t *at)
{
	return skip_string(t, at) && skip_char(t, at, ':') && skip_value(t, at);
}

static bool skip_list(
	struct text t, size_t *at, bool (*skip_one)(struct text t, size_t *at), char end)
{
	(*at)++;
	if (skip_char(t, at, end))
		return true;
	do
		if (!skip_one(t, at))
			return false;
	while (skip_char(t, at, ','));
	return skip_char(t, at, end);
}

static bool skip_value(struct text t, size_t *at)
{
	char c = *at < t.len ? t.data[*at] : '\0';

	if (c == '{')
		return skip_list(t, at, skip_member, '}');
	if (c == '[')
		return skip_list(t, at, skip_value, ']');
	if (c == '"')
		return skip_string(t, at);
	if (char_is_digit(c))
		return skip_number(t, at);
	return skip_word(t, at, "true") || skip_word(t, at, "false") || skip_word(t, at, "null");
}

static bool is_json(struct text t)
{
	size_t at = 0;

	return skip_value(t, &at) && at == t.len;
}

/* The value of a member of a valid object, as written; .data is NULL where there is none. A name
 * that appears twice fails. */
static struct text member(struct text object, const char *name)
{
	struct text found = text_make(NULL, 0);
	size_t at = 1;

	assert_int_equal(object.data[0], '{');
	while (object.data[at] != '}') {
		size_t start = at, value;

		assert_true(skip_string(object, &at));
		value = at + 1;
		assert_true(skip_char(object, &at, ':') && skip_value(object, &at));
		if (text_equal(
			    text_make(object.data + start + 1, value - start - 3), text_of(name))) {
			assert_null(found.data);
			found = text_make(object.data + value, at - value);
		}
		(void)skip_char(object, &at, ',');
	}
	return found;
}

/* Item `index` of a valid array; .data is NULL where there is none. */
static struct text item(struct text array, size_t index)
{
	size_t at = 1;

	assert_int_equal(array.data[0], '[');
	while (array.data[at] != ']') {
		size_t start = at;

		assert_true(skip_value(array, &at));
		if (index-- == 0)
			return text_make(array.data + start, at - start);
		(void)skip_char(array, &at, ',');
	}
	return text_make(NULL, 0);
}

static void add_unescaped(struct buffer *out, struct text string, size_t *at)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = string.data[(*at)++], digits[5] = "";
	unsigned long code;

	if (c != 'u') {
		buffer_add_char(out, values[strchr(names, c) - names]);
		return;
	}
	memcpy(digits, string.data + *at, 4);
	code = strtoul(digits, NULL, 16);
	assert_true(code < 0x80); /* no need to write others this way */
	buffer_add_char(out, (char)code);
	*at += 4;
}

/* The bytes that a string, or an array of byte values, represents. */
static void decode(struct text value, struct buffer *out)
{
	size_t at = 1;

	buffer_clear(out);
	assert_non_null(value.data);
	if (value.data[0] == '[') {
		struct text number;

		for (size_t i = 0; (number = item(value, i)).data; i++) {
			uint64_t byte;

			assert_int_equal(text_parse_number(number, 10, 255, &byte), 0);
			buffer_add_char(out, (char)byte);
		}
		return;
	}
	assert_int_equal(value.data[0], '"');
	while (at < value.len - 1)
		if (value.data[at++] == '\\')
			add_unescaped(out, value, &at);
		else
			buffer_add_char(out, value.data[at - 1]);
}

/* -- the fixture ------------------------------------------------------ */

struct fixture {
	struct record record;
	struct buffer out;
	struct buffer decoded;
	struct text line;
};

static int start(void **state)
{
	static struct fixture f;

	f.record = record_make();
	f.out = buffer_make(RECORD_SIZE_MAX);
	f.decoded = buffer_make(RECORD_SIZE_MAX);
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	record_done(&f->record);
	buffer_done(&f->out);
	buffer_done(&f->decoded);
	return 0;
}

static void add(struct fixture *f, const char *name, const char *value)
{
	test_add_field(&f->record, name, value);
}

static struct finding *add_cause(struct fixture *f, const char *code)
{
	struct finding *finding = test_add_cause(&f->record, code);

	finding->description = text_of("The \"queue\" is full.");
	finding->offset = 13;
	finding->len = 3;
	return finding;
}

static int encode_json(const struct record *record, struct buffer *out)
{
	static const struct encode_options json = { .format = FORMAT_JSON };

	return format_encode(record, &json, out);
}

static void encode(struct fixture *f)
{
	buffer_clear(&f->out);
	assert_int_equal(encode_json(&f->record, &f->out), 0);
	assert_true(f->out.len > 0);
	f->line = buffer_text(&f->out);
	assert_null(memchr(f->line.data, '\n', f->line.len));
	assert_true(is_json(f->line));
}

/* The value of a member is written exactly like this; NULL = it is not there. */
static void assert_written(struct text object, const char *name, const char *wanted)
{
	struct text value = member(object, name);

	if (!wanted) {
		assert_null(value.data);
		return;
	}
	assert_non_null(value.data);
	assert_int_equal(value.len, strlen(wanted));
	assert_memory_equal(value.data, wanted, value.len);
}

static void assert_message(struct fixture *f, struct text wanted, char kind)
{
	struct text value = member(f->line, "message");

	assert_non_null(value.data);
	assert_int_equal(value.data[0], kind);
	decode(value, &f->decoded);
	assert_true(text_equal(buffer_text(&f->decoded), wanted));
}

/* -- the tests -------------------------------------------------------- */

static void the_reader_tells_json_from_what_is_none(void **state)
{
	static const char *const good[] = { "{}", "[]", "[1,[2],{\"a\":null}]", "\"\\u00ff\\n\"",
		"0", "10", "true" };
	static const char *const bad[] = { "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "\"\n\"",
		"\"\\x\"", "\"\\u12\"", "\"\xFF\"", "nul", "1 ", "[1 2]" };

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(is_json(text_of(good[i])));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(is_json(text_of(bad[i])));
}

static void every_byte_inside_text_comes_back(void **state)
{
	struct fixture *f = *state;

	for (unsigned byte = 0; byte < 256; byte++) {
		char message[] = { 'a', (char)byte, 'z' };

		record_clear(&f->record);
		assert_int_equal(record_add(&f->record, text_of("MESSAGE"),
					 text_make(message, sizeof(message))),
			0);
		encode(f);
		assert_message(f, text_make(message, sizeof(message)), byte < 0x80 ? '"' : '[');
	}
}

static void utf8_stays_text(void **state)
{
	static const char message[] =
		"\xC3\xA4 \xE9\x98\x9F\xE5\x88\x97 \xF0\x9F\x93\x9E \xEF\xBF\xBD";
	struct fixture *f = *state;

	add(f, "MESSAGE", message);
	encode(f);
	assert_message(f, text_of(message), '"');
}

static void what_is_no_utf8_is_an_array_of_its_bytes(void **state)
{
	static const char *const messages[] = { "\x80", "\xC3", "a\xC3", "\xC0\xAF", "\xE0\x80\xAF",
		"\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xE9\x98" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(messages); i++) {
		record_clear(&f->record);
		add(f, "MESSAGE", messages[i]);
		encode(f);
		assert_message(f, text_of(messages[i]), '[');
	}
}

static void an_array_of_bytes_is_written_as_journalctl_writes_it(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "A\xFF\n");
	encode(f);
	assert_written(f->line, "message", "[65,255,10]");
}

static void control_characters_are_escaped(void **state)
{
	struct fixture *f = *state;
	const char message[] = "\b\f\n\r\t\"\\\x01\x1B\x7F";

	add(f, "MESSAGE", message);
	encode(f);
	assert_message(f, text_of(message), '"');
	for (size_t i = 0; i < f->line.len; i++) {
		assert_true((unsigned char)f->line.data[i] >= ' ');
		assert_true(f->line.data[i] != 0x7F);
	}
}

static void the_message_is_the_original_without_brackets(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "releaseCause=512");
	add_cause(f, "512");
	encode(f);
	assert_message(f, text_of("releaseCause=512"), '"');
}

/* A reader must not take the beginning for the whole. */
static void a_message_that_was_cut_ends_with_a_mark(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "releaseCause=512");
	f->record.cut = true;
	encode(f);
	assert_message(f, text_of("releaseCause=512" RECORD_CUT_MARK), '"');

	record_clear(&f->record);
	f->record.cut = true;
	encode(f);
	assert_message(f, text_of(RECORD_CUT_MARK), '"');
}

static void bytes_that_were_cut_end_with_the_bytes_of_the_mark(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "A\xFF");
	f->record.cut = true;
	encode(f);
	assert_written(f->line, "message", "[65,255,226,128,166]");
}

static void a_record_without_cause_has_an_empty_list(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "nothing");
	encode(f);
	assert_written(f->line, "causes", "[]");
	assert_written(f->line, "priority", NULL);
}

static void a_record_without_facts_has_an_empty_context(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "nothing");
	encode(f);
	assert_written(f->line, "context", "{}");
}

static void facts_are_members_of_the_context(void **state)
{
	struct fixture *f = *state;
	struct text context;

	add(f, "MESSAGE", "releaseCause=512");
	record_add_fact(&f->record, text_of("call"), text_of("87-\"3\n"));
	record_add_fact(&f->record, text_of("trunk"), text_of("a\xFF"));
	record_add_fact(&f->record, text_of("agent"), text_of("\xC3\xA4gent-7"));
	encode(f);
	context = member(f->line, "context");
	assert_written(context, "call", "\"87-\\\"3\\n\"");
	assert_written(context, "trunk", "[97,255]");
	assert_written(context, "agent", "\"\xC3\xA4gent-7\"");
}

static void a_known_cause_has_every_fact(void **state)
{
	struct fixture *f = *state;
	struct text cause;

	add(f, "MESSAGE", "releaseCause=512");
	add_cause(f, "512");
	encode(f);
	cause = item(member(f->line, "causes"), 0);
	assert_written(cause, "code", "512");
	assert_written(cause, "name", "\"queue-full\"");
	assert_written(cause, "description", "\"The \\\"queue\\\" is full.\"");
	assert_written(cause, "severity", "\"warning\"");
	assert_written(cause, "component", "\"ccs\"");
	assert_written(cause, "category", "\"capacity\"");
	assert_written(cause, "side", "\"ours\"");
	assert_written(cause, "action", "\"Look at the queue.\"");
	assert_written(cause, "catalog", "\"tiny\"");
	assert_written(cause, "profile", "\"small\"");
	assert_written(cause, "key", "\"releaseCause\"");
	assert_written(cause, "offset", "13");
	assert_written(cause, "length", "3");
	assert_written(cause, "known", "true");
}

static void the_code_of_a_cause_without_a_number_is_a_string(void **state)
{
	struct fixture *f = *state;
	struct text cause;

	add_cause(f, "queue-full")->numeric = false;
	encode(f);
	cause = item(member(f->line, "causes"), 0);
	assert_written(cause, "code", "\"queue-full\"");
	assert_written(cause, "name", "\"queue-full\"");
}

static void what_a_cause_does_not_have_is_null(void **state)
{
	static const char *const names[] = { "name", "description", "component", "category",
		"action" };
	struct fixture *f = *state;
	struct finding *finding = add_cause(f, "9999");
	struct text cause;

	finding->known = false;
	finding->severity = FINDING_UNKNOWN_SEVERITY;
	finding->name = finding->description = text_make(NULL, 0);
	finding->component = finding->category = finding->action = text_make("", 0);
	encode(f);
	cause = item(member(f->line, "causes"), 0);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_written(cause, names[i], "null");
	assert_written(cause, "severity", "\"notice\"");
	assert_written(cause, "known", "false");
}

static void a_cause_from_a_field_has_no_place_in_the_message(void **state)
{
	struct fixture *f = *state;
	struct text cause;

	add_cause(f, "512")->in_message = false;
	encode(f);
	cause = item(member(f->line, "causes"), 0);
	assert_written(cause, "offset", "null");
	assert_written(cause, "length", "null");
}

static void a_code_that_is_a_name_is_a_string(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "NORMAL_CLEARING")->numeric = false;
	encode(f);
	assert_written(item(member(f->line, "causes"), 0), "code", "\"NORMAL_CLEARING\"");
}

static void several_causes_stand_in_order(void **state)
{
	static const char *const codes[] = { "512", "531", "512" };
	struct fixture *f = *state;
	struct text causes;

	for (size_t i = 0; i < 3; i++)
		add_cause(f, codes[i])->offset = i;
	encode(f);
	causes = member(f->line, "causes");
	for (size_t i = 0; i < 3; i++)
		assert_written(item(causes, i), "code", codes[i]);
	assert_written(item(causes, 2), "offset", "2");
	assert_null(item(causes, 3).data);
}

static void the_timestamp_is_rfc_3339_in_utc(void **state)
{
	static const struct {
		uint64_t usec;
		const char *wanted;
	} cases[] = {
		{ 1, "\"1970-01-01T00:00:00.000001Z\"" },
		{ UINT64_C(951782399999999), "\"2000-02-28T23:59:59.999999Z\"" },
		{ UINT64_C(951782400000000), "\"2000-02-29T00:00:00.000000Z\"" },
		{ UINT64_C(1772442845123456), "\"2026-03-02T09:14:05.123456Z\"" },
		{ UINT64_C(4102444800000000), "\"2100-01-01T00:00:00.000000Z\"" },
		{ UINT64_C(253402300799999999), "\"9999-12-31T23:59:59.999999Z\"" },
		{ UINT64_C(253402300800000000), NULL },
		{ UINT64_MAX, NULL },
		{ 0, NULL },
	};
	struct fixture *f = *state;

	assert_int_equal(setenv("TZ", "Asia/Shanghai", 1), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		f->record.timestamp_usec = cases[i].usec;
		encode(f);
		assert_written(f->line, "timestamp", cases[i].wanted);
		assert_written(f->line, "observed", NULL);
		f->record.timestamp_usec = 0;
		f->record.observed_usec = cases[i].usec;
		encode(f);
		assert_written(f->line, "timestamp", NULL);
		assert_written(f->line, "observed", cases[i].wanted);
		f->record.observed_usec = 0;
	}
}

static void the_pid_is_the_clients_word_before_the_journals(void **state)
{
	static const struct {
		const char *client, *journal, *wanted;
	} cases[] = {
		{ "812", "99", "812" },
		{ "812", NULL, "812" },
		{ NULL, "99", "99" },
		{ NULL, NULL, NULL },
		{ "00812", NULL, "812" },
		{ "x", NULL, NULL },
		{ "", NULL, NULL },
		{ "-1", NULL, NULL },
		{ "2147483647", NULL, "2147483647" },
		{ "2147483648", NULL, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		record_clear(&f->record);
		if (cases[i].journal)
			add(f, "_PID", cases[i].journal);
		if (cases[i].client)
			add(f, "SYSLOG_PID", cases[i].client);
		encode(f);
		assert_written(f->line, "pid", cases[i].wanted);
	}
}

static void host_and_program_are_written_when_they_are_known(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "x");
	encode(f);
	assert_written(f->line, "hostname", NULL);
	assert_written(f->line, "identifier", NULL);
	assert_written(f->line, "source", NULL);
	assert_written(f->line, "position", NULL);
	assert_written(f->line, "instance", NULL);

	add(f, "_HOSTNAME", "node-7");
	add(f, "SYSLOG_IDENTIFIER", "ccs");
	f->record.source = "platform.log";
	f->record.position = text_of("4096");
	f->record.instance = "becaused@pbx";
	encode(f);
	assert_written(f->line, "hostname", "\"node-7\"");
	assert_written(f->line, "identifier", "\"ccs\"");
	assert_written(f->line, "source", "\"platform.log\"");
	assert_written(f->line, "position", "\"4096\"");
	assert_written(f->line, "instance", "\"becaused@pbx\"");
}

static void the_priority_is_a_number(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	for (int priority = 0; priority < 8; priority++) {
		char wanted[] = { (char)('0' + priority), '\0' };

		f->record.priority = priority;
		encode(f);
		assert_written(f->line, "priority", wanted);
	}
}

static void a_record_that_does_not_fit_is_refused_at_every_size(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "a\n\"b\"");
	add(f, "_HOSTNAME", "node\xFF");
	f->record.timestamp_usec = 1;
	add_cause(f, "512");
	encode(f);
	for (size_t max = 0; max < f->line.len; max++) {
		struct buffer out = buffer_make(max);

		assert_int_equal(encode_json(&f->record, &out), -EMSGSIZE);
		assert_int_equal(out.len, 0);
		buffer_done(&out);
	}
}

static void records_follow_each_other(void **state)
{
	struct fixture *f = *state;
	size_t alone;

	add(f, "MESSAGE", "x");
	add_cause(f, "512");
	encode(f);
	alone = f->out.len;
	assert_int_equal(encode_json(&f->record, &f->out), 0);
	assert_int_equal(f->out.len, 2 * alone);
	assert_memory_equal(f->out.data, f->out.data + alone, alone);
}

static void pairs_get_a_comma_between_them_and_none_before(void **state)
{
	struct fixture *f = *state;

	buffer_add_char(&f->out, '{');
	json_add_pair(&f->out, "a", text_of("1"));
	json_add_pair_or_null(&f->out, "b", text_of(""));
	json_add_name(&f->out, "c");
	buffer_add_char(&f->out, '{');
	json_add_pair_or_null(&f->out, "d", text_of("2"));
	buffer_add_string(&f->out, "}}");
	assert_true(text_equal(
		buffer_text(&f->out), text_of("{\"a\":\"1\",\"b\":null,\"c\":{\"d\":\"2\"}}")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_reader_tells_json_from_what_is_none),
		TEST(every_byte_inside_text_comes_back),
		TEST(utf8_stays_text),
		TEST(what_is_no_utf8_is_an_array_of_its_bytes),
		TEST(an_array_of_bytes_is_written_as_journalctl_writes_it),
		TEST(control_characters_are_escaped),
		TEST(the_message_is_the_original_without_brackets),
		TEST(a_message_that_was_cut_ends_with_a_mark),
		TEST(bytes_that_were_cut_end_with_the_bytes_of_the_mark),
		TEST(a_record_without_cause_has_an_empty_list),
		TEST(a_record_without_facts_has_an_empty_context),
		TEST(facts_are_members_of_the_context),
		TEST(a_known_cause_has_every_fact),
		TEST(the_code_of_a_cause_without_a_number_is_a_string),
		TEST(what_a_cause_does_not_have_is_null),
		TEST(a_cause_from_a_field_has_no_place_in_the_message),
		TEST(a_code_that_is_a_name_is_a_string),
		TEST(several_causes_stand_in_order),
		TEST(the_timestamp_is_rfc_3339_in_utc),
		TEST(the_pid_is_the_clients_word_before_the_journals),
		TEST(host_and_program_are_written_when_they_are_known),
		TEST(the_priority_is_a_number),
		TEST(a_record_that_does_not_fit_is_refused_at_every_size),
		TEST(records_follow_each_other),
		TEST(pairs_get_a_comma_between_them_and_none_before),
	};

	return cmocka_run_group_tests_name("wire/json", tests, NULL, NULL);
}
