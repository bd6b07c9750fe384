/* Tests of wire/format, wire/rfc5424-encode and wire/rfc3164-encode: the forms of an enriched
 * record, and the shortening of one that is too large. RFC 5424 is also read back with
 * wire/syslog-decode. */
#include "config.h"

#include "test-finding.h"

#include <time.h>

#include "base/buffer.h"
#include "wire/format.h"
#include "wire/rfc5424-encode.h"
#include "wire/syslog-decode.h"

enum { OUT_MAX = 16 * 1024 * 1024 };

#define BRACKET " [release cause 512 queue-full, warning: The queue is full.]"
#define UTC_10 UINT64_C(1795341600000000)

/* The parameters of a cause as test_add_cause makes it. */
#define PARAMETERS(code)                                                            \
	" code=\"" code "\" name=\"queue-full\" description=\"The queue is full.\"" \
	" severity=\"warning\" component=\"ccs\" category=\"capacity\""             \
	" action=\"Look at the queue.\" catalog=\"tiny\" profile=\"small\""         \
	" key=\"releaseCause\" known=\"true\""

struct fixture {
	struct record record;
	struct encode_options options;
	struct buffer out;
};

static int start(void **state)
{
	static struct fixture f;

	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) < 0)
		return -1;
	tzset();
	f.record = record_make();
	f.out = buffer_make(OUT_MAX);
	f.options = (struct encode_options){ .format = FORMAT_RFC5424,
		.enterprise = FORMAT_ENTERPRISE_DEFAULT };
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	record_done(&f->record);
	buffer_done(&f->out);
	return 0;
}

static void add(struct fixture *f, const char *name, const char *value)
{
	test_add_field(&f->record, name, value);
}

static void add_text(struct fixture *f, const char *name, struct text value)
{
	assert_int_equal(record_add(&f->record, text_of(name), value), 0);
}

static struct finding *add_cause(struct fixture *f, const char *code)
{
	f->record.priority = 4;
	return test_add_cause(&f->record, code);
}

static struct text encode(struct fixture *f)
{
	buffer_clear(&f->out);
	assert_int_equal(format_encode(&f->record, &f->options, &f->out), 0);
	return buffer_text(&f->out);
}

static size_t count(struct text t, const char *needle)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++)
		n += text_starts(text_make(t.data + i, t.len - i), text_of(needle));
	return n;
}

static void the_formats_have_names(void **state)
{
	(void)state;
	assert_string_equal(format_names[FORMAT_RFC5424], "rfc5424");
	assert_string_equal(format_names[FORMAT_RFC3164], "rfc3164");
	assert_string_equal(format_names[FORMAT_JSON], "json");
	assert_null(format_names[FORMAT_JSON + 1]);
}

/* -- RFC 5424 ----------------------------------------------------------- */

static void a_record_of_nothing_is_all_nil(void **state)
{
	struct fixture *f = *state;

	assert_text(encode(f), "<14>1 - - - - - - ");
}

static void a_record_without_cause_is_written_part_by_part(void **state)
{
	struct fixture *f = *state;

	add(f, "PRIORITY", "3");
	add(f, "SYSLOG_FACILITY", "16");
	add(f, "_HOSTNAME", "node-1");
	add(f, "SYSLOG_IDENTIFIER", "ccs");
	add(f, "SYSLOG_PID", "812");
	add(f, "_PID", "1");
	add(f, "SYSLOG_MSGID", "CALL");
	add(f, "MESSAGE", "all is well");
	f->record.timestamp_usec = UTC_10 + 1;
	f->record.source = "platform";
	f->record.position = text_of("7");
	assert_text(
		encode(f), "<131>1 2026-11-22T10:00:00.000001Z node-1 ccs 812 CALL - all is well");
}

static void a_cause_is_in_structured_data_and_in_a_bracket(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "releaseCause=512");
	add_cause(f, "512");
	assert_text(encode(f), "<12>1 - - - - - [releaseCause@32473" PARAMETERS(
				       "512") "] releaseCause=512" BRACKET);
}

static void facts_and_the_time_of_reading_are_parameters_too(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "releaseCause=512");
	add_cause(f, "512");
	add_cause(f, "512");
	record_add_fact(&f->record, text_of("call"), text_of("87-\"3\"\n"));
	record_add_fact(&f->record, text_of("trunk"), text_of("a\xFF"));
	f->record.observed_usec = UTC_10 + 5;
	f->record.source = "platform";
	assert_text(encode(f),
		"<12>1 - - - - - [releaseCause@32473" PARAMETERS("512") PARAMETERS(
			"512") " call=\"87-\\\"3\\\"?\" trunk=\"a?\""
			       " observed=\"2026-11-22T10:00:00.000005Z\" source=\"platform\"] "
			       "releaseCause=512" BRACKET BRACKET);
}

static void the_priority_is_the_causes_before_the_originals(void **state)
{
	static const struct {
		const char *facility, *priority;
		const char *plain, *with_cause;
	} rows[] = {
		{ NULL, NULL, "<14>", "<12>" },
		{ "0", "0", "<0>", "<4>" },
		{ "23", "7", "<191>", "<188>" },
		{ "24", "8", "<14>", "<12>" },
		{ "x", "-1", "<14>", "<12>" },
		{ "", "", "<14>", "<12>" },
		{ "3", NULL, "<30>", "<28>" },
		{ "03", "03", "<30>", "<28>" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		record_clear(&f->record);
		if (rows[i].facility)
			add(f, "SYSLOG_FACILITY", rows[i].facility);
		if (rows[i].priority)
			add(f, "PRIORITY", rows[i].priority);
		for (int format = FORMAT_RFC5424; format <= FORMAT_RFC3164; format++) {
			f->options.format = format;
			f->record.n_findings = 0;
			assert_true(text_starts(encode(f), text_of(rows[i].plain)));
			add_cause(f, "512");
			assert_true(text_starts(encode(f), text_of(rows[i].with_cause)));
		}
	}
}

static void several_causes_repeat_the_parameters_in_one_element(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "x");
	add_cause(f, "512");
	add_cause(f, "531");
	f->record.source = "platform";
	f->record.position = text_of("s=1;i=2");
	f->record.instance = "main";
	f->options.enterprise = FORMAT_ENTERPRISE_MAX;
	assert_text(encode(f),
		"<12>1 - - - - - [releaseCause@999999999" PARAMETERS("512") PARAMETERS("531") //
		" source=\"platform\" position=\"s=1;i=2\" instance=\"main\"] x" BRACKET
		" [release cause 531 queue-full, warning: The queue is full.]");
}

static void an_unknown_cause_has_every_parameter_all_the_same(void **state)
{
	struct fixture *f = *state;
	struct finding *finding = add_cause(f, "9999");

	finding->known = false;
	finding->severity = FINDING_UNKNOWN_SEVERITY;
	finding->name = finding->description = text_make(NULL, 0);
	finding->component = finding->category = finding->action = text_make("", 0);
	assert_text(encode(f),
		"<12>1 - - - - - [releaseCause@32473 code=\"9999\" name=\"\" description=\"\""
		" severity=\"notice\" component=\"\" category=\"\" action=\"\" catalog=\"tiny\""
		" profile=\"small\" key=\"releaseCause\" known=\"false\"]"
		"  [release cause 9999 unknown to tiny, notice]");
}

static void values_are_escaped_and_cleaned(void **state)
{
	static const struct {
		struct text value;
		const char *written;
	} rows[] = {
		{ TEXT("plain = [text"), "plain = [text" },
		{ TEXT("a\"b\\c]d"), "a\\\"b\\\\c\\]d" },
		{ TEXT("]"), "\\]" },
		{ TEXT("\xC3\xA4\xE2\x80\xA6\xF0\x9F\x93\x9E"),
			"\xC3\xA4\xE2\x80\xA6\xF0\x9F\x93\x9E" },
		{ TEXT("a\nb\tc\0d\x7F"), "a?b?c?d?" },
		{ TEXT("\xC2\x9B"), "??" },
		{ TEXT("\xFF\x80\xC3"), "???" },
		{ TEXT("\xC3\"\xE2\x82"), "?\\\"??" },
		{ TEXT("\xED\xA0\x80"), "???" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char wanted[100];

		record_clear(&f->record);
		add_cause(f, "512");
		f->record.position = rows[i].value;
		(void)snprintf(wanted, sizeof(wanted), " position=\"%s\"] ", rows[i].written);
		if (count(encode(f), wanted) != 1)
			fail_msg("row %zu: no%s in %.*s", i, wanted,
				TEXT_FORMAT(buffer_text(&f->out)));
	}
}

static void parts_of_the_header_are_cut_and_cleaned(void **state)
{
	static const struct {
		const char *name;
		size_t size_max;
		const char *before, *after;
	} rows[] = {
		{ "_HOSTNAME", 255, "<14>1 - ", " - - - - " },
		{ "SYSLOG_IDENTIFIER", 48, "<14>1 - - ", " - - - " },
		{ "SYSLOG_PID", 128, "<14>1 - - - ", " - - " },
		{ "_PID", 128, "<14>1 - - - ", " - - " },
		{ "SYSLOG_MSGID", 32, "<14>1 - - - - ", " - " },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char *longest = test_repeat('x', rows[i].size_max + 1);
		char wanted[400];

		record_clear(&f->record);
		add(f, rows[i].name, longest);
		(void)snprintf(wanted, sizeof(wanted), "%s%.*s%s", rows[i].before,
			(int)rows[i].size_max, longest, rows[i].after);
		assert_text(encode(f), wanted);

		record_clear(&f->record);
		add_text(f, rows[i].name, TEXT("a b\nc\0d\xC3\xA4]"));
		(void)snprintf(
			wanted, sizeof(wanted), "%sa_b_c_d__]%s", rows[i].before, rows[i].after);
		assert_text(encode(f), wanted);

		record_clear(&f->record);
		add(f, rows[i].name, "");
		(void)snprintf(wanted, sizeof(wanted), "%s-%s", rows[i].before, rows[i].after);
		assert_text(encode(f), wanted);
		free(longest);
	}
}

static void structured_data_of_the_original_stays_but_for_ours(void **state)
{
#define OURS "[releaseCause@32473" PARAMETERS("512") "]"
	static const struct {
		struct text original;
		const char *plain, *with_cause;
	} rows[] = {
		{ TEXT("[a x=\"1\"][b]"), "[a x=\"1\"][b]", "[a x=\"1\"][b]" OURS },
		{ TEXT("[releaseCause@32473 code=\"1\"]"), "-", OURS },
		{ TEXT("[a][releaseCause@32473][b]"), "[a][b]", "[a][b]" OURS },
		{ TEXT("[releaseCause@1 code=\"1\"]"), "[releaseCause@1 code=\"1\"]",
			"[releaseCause@1 code=\"1\"]" OURS },
		{ TEXT("[a x=\"\xC3\xA4\"]"), "[a x=\"\xC3\xA4\"]", "[a x=\"\xC3\xA4\"]" OURS },
		{ TEXT("[a x=\"1]"), "-", OURS },
		{ TEXT("[a]b"), "-", OURS },
		{ TEXT("-"), "-", OURS },
		{ TEXT(""), "-", OURS },
		{ TEXT("[a x=\"\xFF\"]"), "-", OURS },
		{ TEXT("[a x=\"\n\"]"), "-", OURS },
		{ TEXT("[a x=\"\0\"]"), "-", OURS },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char wanted[1000];

		record_clear(&f->record);
		add_text(f, "SYSLOG_STRUCTURED_DATA", rows[i].original);
		(void)snprintf(wanted, sizeof(wanted), "<14>1 - - - - - %s ", rows[i].plain);
		assert_text(encode(f), wanted);
		add_cause(f, "512");
		(void)snprintf(
			wanted, sizeof(wanted), "<12>1 - - - - - %s " BRACKET, rows[i].with_cause);
		assert_text(encode(f), wanted);
	}
}

static void causes_past_the_bound_are_in_brackets_alone(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < RFC5424_FINDINGS_MAX; i++)
		add_cause(f, "512");
	assert_int_equal(count(encode(f), " code=\""), RFC5424_FINDINGS_MAX);
	assert_int_equal(count(buffer_text(&f->out), " [release cause"), RFC5424_FINDINGS_MAX);
	add_cause(f, "531");
	assert_int_equal(count(encode(f), " code=\""), RFC5424_FINDINGS_MAX);
	assert_int_equal(count(buffer_text(&f->out), " [release cause"), RFC5424_FINDINGS_MAX + 1);
}

/* A form counts the causes that its structure leaves out; brackets have no bound. */
static void each_form_counts_the_causes_that_it_leaves_out(void **state)
{
	static const struct {
		enum format format;
		const char *cause;
		size_t n_told;
	} rows[] = {
		{ FORMAT_RFC5424, " code=\"", RFC5424_FINDINGS_MAX },
		{ FORMAT_RFC3164, " [release cause", RFC5424_FINDINGS_MAX + 6 },
		{ FORMAT_JSON, "\"code\":", RFC5424_FINDINGS_MAX + 6 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < RFC5424_FINDINGS_MAX + 6; i++)
		add_cause(f, "512");
	for (size_t i = 0; i < COUNT(rows); i++) {
		f->options.format = rows[i].format;
		f->record.n_findings_dropped = 0;
		assert_int_equal(count(encode(f), rows[i].cause), rows[i].n_told);
		assert_int_equal(format_count_left(&f->record, rows[i].format),
			f->record.n_findings - rows[i].n_told);
		f->record.n_findings_dropped = 5;
		assert_int_equal(format_count_left(&f->record, rows[i].format),
			f->record.n_findings - rows[i].n_told + 5);
	}
}

static void a_time_past_the_calendar_is_nil(void **state)
{
	struct fixture *f = *state;

	f->record.timestamp_usec = UINT64_C(253402300799999999);
	assert_text(encode(f), "<14>1 9999-12-31T23:59:59.999999Z - - - - - ");
	f->record.timestamp_usec++;
	assert_text(encode(f), "<14>1 - - - - - - ");
}

static void what_is_written_is_read_back(void **state)
{
	static const char *const names[] = { "PRIORITY", "SYSLOG_FACILITY", "_HOSTNAME",
		"SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_MSGID", "SYSLOG_STRUCTURED_DATA" };
	static const char *const values[] = { "4", "20", "node-1", "ccs", "812", "CALL",
		"[a x=\"q\\\" b\\\\ s\\]\"]" };
	const struct syslog_context context = { .now_usec = UTC_10 };
	struct record back = record_make();
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++)
		add(f, names[i], values[i]);
	add(f, "MESSAGE", "one\ntwo");
	f->record.timestamp_usec = UTC_10 + 123456;
	assert_int_equal(syslog_parse(encode(f), &context, &back), 0);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_text(record_find(&back, names[i]), values[i]);
	assert_text(record_message(&back), "one\ntwo");
	assert_int_equal(back.timestamp_usec, f->record.timestamp_usec);
	record_done(&back);
}

/* -- RFC 3164 ----------------------------------------------------------- */

static void a_classic_message_has_local_time(void **state)
{
	struct fixture *f = *state;

	f->options.format = FORMAT_RFC3164;
	add(f, "_HOSTNAME", "node-1");
	add(f, "SYSLOG_IDENTIFIER", "ccs");
	add(f, "_PID", "812");
	add(f, "SYSLOG_STRUCTURED_DATA", "[a]");
	add(f, "MESSAGE", "releaseCause=512");
	add_cause(f, "512");
	f->record.timestamp_usec = UINT64_C(1772442845123456);
	assert_text(encode(f), "<12>Mar  2 10:14:05 node-1 ccs[812]: releaseCause=512" BRACKET);
}

static void what_is_not_known_has_a_stand_in(void **state)
{
	struct fixture *f = *state;

	f->options.format = FORMAT_RFC3164;
	f->record.observed_usec = UTC_10;
	assert_text(encode(f), "<14>Nov 22 11:00:00 - becaused: ");
	add(f, "_HOSTNAME", "");
	add(f, "SYSLOG_IDENTIFIER", "");
	add(f, "SYSLOG_PID", "");
	assert_text(encode(f), "<14>Nov 22 11:00:00 - becaused: ");
}

static void a_tag_is_cut_and_cleaned(void **state)
{
	char *longest = test_repeat('t', 49);
	char wanted[100];
	struct fixture *f = *state;

	f->options.format = FORMAT_RFC3164;
	f->record.observed_usec = UTC_10;
	add(f, "_HOSTNAME", "2001:db8::7 x");
	add_text(f, "SYSLOG_IDENTIFIER", TEXT("a b:c[d]\n\xC3/e"));
	add(f, "SYSLOG_PID", "1]: [2");
	assert_text(encode(f), "<14>Nov 22 11:00:00 2001:db8::7_x a_b_c_d___/e[1_:__2]: ");

	record_clear(&f->record);
	f->record.observed_usec = UTC_10;
	add(f, "SYSLOG_IDENTIFIER", longest);
	(void)snprintf(wanted, sizeof(wanted), "<14>Nov 22 11:00:00 - %s: ", longest + 1);
	assert_text(encode(f), wanted);
	free(longest);
}

static void what_would_end_the_line_is_escaped(void **state)
{
	struct fixture *f = *state;

	f->options.format = FORMAT_RFC3164;
	f->record.observed_usec = UTC_10;
	add_text(f, "MESSAGE", TEXT("\none\r\ntwo\0\n"));
	add_cause(f, "512")->description = text_of("One\ntwo.");
	assert_text(encode(f), "<12>Nov 22 11:00:00 - becaused: #012one\r#012two#000#012"
			       " [release cause 512 queue-full, warning: One#012two.]");
}

/* -- all formats --------------------------------------------------------- */

static void a_cut_message_has_its_mark_before_the_brackets(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "releaseCause=512");
	add_cause(f, "512");
	f->record.cut = true;
	for (int format = FORMAT_RFC5424; format <= FORMAT_RFC3164; format++) {
		f->options.format = format;
		(void)encode(f);
		assert_int_equal(
			count(buffer_text(&f->out), " releaseCause=512" RECORD_CUT_MARK BRACKET),
			1);
	}
}

static void records_are_appended_to_what_is_there(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "a\nb\"c\xFF");
	add_cause(f, "512");
	for (int format = 0; format_names[format]; format++) {
		size_t alone;

		f->options.format = format;
		alone = encode(f).len;
		assert_int_equal(format_encode(&f->record, &f->options, &f->out), 0);
		assert_int_equal(f->out.len, 2 * alone);
		assert_memory_equal(f->out.data, f->out.data + alone, alone);
	}
}

static void a_buffer_that_is_too_small_is_left_as_it_was(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "a\nb\"c");
	add_cause(f, "512");
	for (int format = 0; format_names[format]; format++) {
		size_t whole;

		f->options.format = format;
		whole = encode(f).len;
		for (size_t max = 3; max < whole + 3; max++) {
			struct buffer out = buffer_make(max);

			buffer_add_string(&out, "old");
			assert_int_equal(format_encode(&f->record, &f->options, &out), -EMSGSIZE);
			assert_text(buffer_text(&out), "old");
			assert_int_equal(out.error, 0);
			buffer_done(&out);
		}
	}
}

/* Whatever the size: it fits, the causes are whole, and the message is a beginning of the
 * original with the mark behind it; or it cannot fit, and nothing is written. */
static void assert_sizes(struct fixture *f, const char *causes)
{
	size_t whole = encode(f).len, least = 0;

	f->options.size_max = whole;
	assert_int_equal(encode(f).len, whole);
	for (size_t max = whole - 1; max > 0; max--) {
		int r;

		f->options.size_max = max;
		buffer_clear(&f->out);
		r = format_encode(&f->record, &f->options, &f->out);
		if (r == -EMSGSIZE) {
			assert_int_equal(f->out.len, 0);
			least = least > 0 ? least : max;
			continue;
		}
		assert_int_equal(r, FORMAT_SHORTENED);
		assert_int_equal(least, 0);
		assert_true(f->out.len <= max);
		assert_int_equal(count(buffer_text(&f->out), causes), 1);
		assert_int_equal(count(buffer_text(&f->out), RECORD_CUT_MARK), 1);
	}
	assert_true(least > 0);
	f->options.size_max = 0;
}

static void a_record_is_shortened_to_any_size_that_holds_its_causes(void **state)
{
	static const char *const causes[] = { BRACKET, BRACKET, "\"causes\":[{\"code\":512," };
	struct fixture *f = *state;

	add(f, "SYSLOG_STRUCTURED_DATA", "[a x=\"1\"]");
	add(f, "MESSAGE",
		"one \xC3\xA4 two\nthree \xF0\x9F\x93\x9E \"four\" \xE2\x82\xAC five, and more "
		"text");
	add_cause(f, "512");
	for (int format = 0; format_names[format]; format++) {
		f->options.format = format;
		assert_sizes(f, causes[format]);
	}
}

static void a_message_is_cut_as_little_as_need_be_and_not_inside_a_character(void **state)
{
	static const struct {
		size_t n_less;
		const char *text;
	} rows[] = {
		{ 1, "ab\xC3\xA4"
		     "cd\xF0\x9F\x93\x9E"
		     "efg" RECORD_CUT_MARK },
		{ 4, "ab\xC3\xA4"
		     "cd\xF0\x9F\x93\x9E" RECORD_CUT_MARK },
		{ 5, "ab\xC3\xA4"
		     "cd" RECORD_CUT_MARK },
		{ 8, "ab\xC3\xA4"
		     "cd" RECORD_CUT_MARK },
		{ 9, "ab\xC3\xA4"
		     "c" RECORD_CUT_MARK },
		{ 10, "ab\xC3\xA4" RECORD_CUT_MARK },
		{ 11, "ab" RECORD_CUT_MARK },
		{ 12, "ab" RECORD_CUT_MARK },
		{ 14, RECORD_CUT_MARK },
	};
	struct fixture *f = *state;
	size_t whole;

	add(f, "MESSAGE",
		"ab\xC3\xA4"
		"cd\xF0\x9F\x93\x9E"
		"efghijk");
	add_cause(f, "512");
	whole = encode(f).len;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char wanted[100];

		f->options.size_max = whole - rows[i].n_less;
		buffer_clear(&f->out);
		assert_int_equal(format_encode(&f->record, &f->options, &f->out), FORMAT_SHORTENED);
		(void)snprintf(wanted, sizeof(wanted), "] %s" BRACKET, rows[i].text);
		if (count(buffer_text(&f->out), wanted) != 1)
			fail_msg("row %zu: %.*s", i, TEXT_FORMAT(buffer_text(&f->out)));
	}
	f->options.size_max = whole - 15;
	buffer_clear(&f->out);
	assert_int_equal(format_encode(&f->record, &f->options, &f->out), -EMSGSIZE);
}

/* Cut, the bytes become text, whose escapes take more room than the numbers took. */
static void bytes_that_become_text_when_cut_still_fit(void **state)
{
	struct fixture *f = *state;
	char *controls = test_repeat('\x01', 1000);

	controls[999] = '\xFF';
	add(f, "MESSAGE", controls);
	f->options.format = FORMAT_JSON;
	f->options.size_max = encode(f).len - 1;
	buffer_clear(&f->out);
	assert_int_equal(format_encode(&f->record, &f->options, &f->out), FORMAT_SHORTENED);
	assert_true(f->out.len <= f->options.size_max);
	free(controls);
}

static void a_huge_message_is_shortened_without_being_written_whole(void **state)
{
	struct fixture *f = *state;
	struct buffer out = buffer_make(8192);
	char *huge = test_repeat('x', 4 * 1024 * 1024);

	add(f, "MESSAGE", huge);
	add_cause(f, "512");
	f->options.size_max = 1472;
	for (int format = 0; format_names[format]; format++) {
		f->options.format = format;
		buffer_clear(&out);
		assert_int_equal(format_encode(&f->record, &f->options, &out), FORMAT_SHORTENED);
		assert_int_equal(out.len, 1472);
	}
	buffer_done(&out);
	free(huge);
}

/* The bound of the buffer may lie below that of the options. */
static void a_record_is_shortened_to_a_small_buffer_too(void **state)
{
	struct fixture *f = *state;
	struct buffer out = buffer_make(1000);
	char *huge = test_repeat('x', 2000);

	add(f, "MESSAGE", huge);
	add_cause(f, "512");
	f->options.size_max = 100000;
	assert_int_equal(format_encode(&f->record, &f->options, &out), FORMAT_SHORTENED);
	assert_int_equal(count(buffer_text(&out), RECORD_CUT_MARK BRACKET), 1);
	buffer_done(&out);
	free(huge);
}

static void a_buffer_that_failed_before_stays_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct buffer out = buffer_make(3);

	buffer_add_string(&out, "four");
	assert_int_equal(format_encode(&f->record, &f->options, &out), -EMSGSIZE);
	assert_int_equal(out.error, -EMSGSIZE);
	buffer_done(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_formats_have_names),
		TEST(a_record_of_nothing_is_all_nil),
		TEST(a_record_without_cause_is_written_part_by_part),
		TEST(a_cause_is_in_structured_data_and_in_a_bracket),
		TEST(facts_and_the_time_of_reading_are_parameters_too),
		TEST(the_priority_is_the_causes_before_the_originals),
		TEST(several_causes_repeat_the_parameters_in_one_element),
		TEST(an_unknown_cause_has_every_parameter_all_the_same),
		TEST(values_are_escaped_and_cleaned),
		TEST(parts_of_the_header_are_cut_and_cleaned),
		TEST(structured_data_of_the_original_stays_but_for_ours),
		TEST(causes_past_the_bound_are_in_brackets_alone),
		TEST(each_form_counts_the_causes_that_it_leaves_out),
		TEST(a_time_past_the_calendar_is_nil),
		TEST(what_is_written_is_read_back),
		TEST(a_classic_message_has_local_time),
		TEST(what_is_not_known_has_a_stand_in),
		TEST(a_tag_is_cut_and_cleaned),
		TEST(what_would_end_the_line_is_escaped),
		TEST(a_cut_message_has_its_mark_before_the_brackets),
		TEST(records_are_appended_to_what_is_there),
		TEST(a_buffer_that_is_too_small_is_left_as_it_was),
		TEST(a_record_is_shortened_to_any_size_that_holds_its_causes),
		TEST(a_message_is_cut_as_little_as_need_be_and_not_inside_a_character),
		TEST(bytes_that_become_text_when_cut_still_fit),
		TEST(a_huge_message_is_shortened_without_being_written_whole),
		TEST(a_record_is_shortened_to_a_small_buffer_too),
		TEST(a_buffer_that_failed_before_stays_as_it_is),
	};

	return cmocka_run_group_tests_name("wire/format", tests, NULL, NULL);
}
