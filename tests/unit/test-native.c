/* Records are encoded, read back by a decoder of our own, and compared with becaused(8), ENRICHED
 * ENTRIES. */
#include "config.h"

#include "test-finding.h"

#include <errno.h>

#include "base/buffer.h"
#include "native-decode.h"
#include "record/message-ids.h"
#include "record/record.h"
#include "wire/native.h"

struct fixture {
	struct record record;
	struct buffer out;
	struct native_entry entry;
};

static int start(void **state)
{
	static struct fixture f;

	f.record = record_make();
	f.record.priority = 4;
	f.record.source = "platform";
	f.record.instance = "becaused@site";
	f.record.position = text_of("s=1;i=2a");
	f.out = buffer_make(NATIVE_SIZE_MAX);
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

static struct finding *add_cause(struct fixture *f, const char *code)
{
	return test_add_cause(&f->record, code);
}

static void add_unknown_cause(struct fixture *f, const char *code)
{
	struct finding *finding = add_cause(f, code);
	const struct text none = text_make(NULL, 0);

	finding->known = false;
	finding->severity = FINDING_UNKNOWN_SEVERITY;
	finding->name = finding->description = finding->component = none;
	finding->category = finding->action = none;
}

static void encode(struct fixture *f)
{
	buffer_clear(&f->out);
	assert_int_equal(native_encode(&f->record, &f->out), 0);
	assert_int_equal(native_decode(buffer_text(&f->out), &f->entry), 0);
}

/* The field is there once, with this value. */
static void assert_field(const struct fixture *f, const char *name, const char *wanted)
{
	assert_int_equal(native_count(&f->entry, name), 1);
	assert_text(native_value(&f->entry, name, 0), wanted);
}

static void assert_no_field(const struct fixture *f, const char *name)
{
	assert_int_equal(native_count(&f->entry, name), 0);
}

static void message_is_the_original_with_a_bracket(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "callId=87-3 releaseCause=512");
	add_cause(f, "512");
	encode(f);
	assert_field(f, "MESSAGE",
		"callId=87-3 releaseCause=512 "
		"[release cause 512 queue-full, warning: The queue is full.]");
}

static void message_has_a_bracket_for_each_cause_in_order(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "two");
	add_cause(f, "512");
	add_unknown_cause(f, "9999");
	encode(f);
	assert_field(f, "MESSAGE",
		"two [release cause 512 queue-full, warning: The queue is full.] "
		"[release cause 9999 unknown to tiny, notice]");
}

static void an_original_without_message_gets_the_brackets_alone(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	encode(f);
	assert_field(f, "MESSAGE", " [release cause 512 queue-full, warning: The queue is full.]");
}

static void message_id_is_the_one_of_the_message_catalog(void **state)
{
	struct fixture *f = *state;

	add(f, "MESSAGE", "x");
	add(f, "MESSAGE_ID", "11111111111111111111111111111111");
	add_cause(f, "512");
	encode(f);
	assert_field(f, "MESSAGE_ID", message_id(MESSAGE_ENRICHED));
}

static void priority_is_one_digit(void **state)
{
	struct fixture *f = *state;

	add(f, "PRIORITY", "3");
	add_cause(f, "512");
	for (int priority = 0; priority < 8; priority++) {
		char wanted[] = { (char)('0' + priority), '\0' };

		f->record.priority = priority;
		encode(f);
		assert_field(f, "PRIORITY", wanted);
	}
}

static void a_cause_fills_every_field(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	encode(f);
	assert_field(f, "RELEASE_CAUSE", "512");
	assert_field(f, "RELEASE_CAUSE_NAME", "queue-full");
	assert_field(f, "RELEASE_CAUSE_DESCRIPTION", "The queue is full.");
	assert_field(f, "RELEASE_CAUSE_SEVERITY", "warning");
	assert_field(f, "RELEASE_CAUSE_COMPONENT", "ccs");
	assert_field(f, "RELEASE_CAUSE_CATEGORY", "capacity");
	assert_field(f, "RELEASE_CAUSE_ACTION", "Look at the queue.");
	assert_field(f, "RELEASE_CAUSE_CATALOG", "tiny");
	assert_field(f, "RELEASE_CAUSE_PROFILE", "small");
	assert_field(f, "RELEASE_CAUSE_KEY", "releaseCause");
	assert_field(f, "RELEASE_CAUSE_KNOWN", "1");
	assert_field(f, "BECAUSED_CATALOG_VERSION", "0123456789abcdef");
}

static void each_fact_of_the_call_has_a_field(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	record_add_fact(&f->record, text_of("call"), text_of("87-3"));
	record_add_fact(&f->record, text_of("abcdefghijklmnop"), text_of("a\n\xFF"));
	encode(f);
	assert_field(f, "RELEASE_CAUSE_CALL", "87-3");
	assert_field(f, "RELEASE_CAUSE_ABCDEFGHIJKLMNOP", "a\n\xFF");
}

/* A client could imitate them. Only names that no context can have are the client's own. */
static void no_client_writes_facts(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	add(f, "RELEASE_CAUSE_CALL", "other");
	add(f, "RELEASE_CAUSE_TRUNK", "carrier-a");
	add(f, "RELEASE_CAUSE_ABCDEFGHIJKLMNOP", "a");
	add(f, "RELEASE_CAUSE_CODE", "512");
	add(f, "RELEASE_CAUSE_A_B", "b");
	add(f, "RELEASE_CAUSE_ABCDEFGHIJKLMNOPQ", "c");
	record_add_fact(&f->record, text_of("call"), text_of("87-3"));
	encode(f);
	assert_field(f, "RELEASE_CAUSE_CALL", "87-3");
	assert_int_equal(native_count(&f->entry, "RELEASE_CAUSE_TRUNK"), 0);
	assert_int_equal(native_count(&f->entry, "RELEASE_CAUSE_ABCDEFGHIJKLMNOP"), 0);
	assert_field(f, "RELEASE_CAUSE_CODE", "512");
	assert_field(f, "RELEASE_CAUSE_A_B", "b");
	assert_field(f, "RELEASE_CAUSE_ABCDEFGHIJKLMNOPQ", "c");
}

static void the_name_of_a_cause_without_a_number_is_in_two_fields(void **state)
{
	struct fixture *f = *state;
	struct finding *finding = add_cause(f, "queue-full");

	finding->numeric = false;
	encode(f);
	assert_field(f, "RELEASE_CAUSE", "queue-full");
	assert_field(f, "RELEASE_CAUSE_NAME", "queue-full");
	assert_text(native_value(&f->entry, "MESSAGE", 0),
		" [release cause queue-full, warning: The queue is full.]");
}

/* journalctl -x prints the bare name of a field that is missing or empty. */
static void no_field_of_an_unknown_cause_is_missing_or_empty(void **state)
{
	static const char *const names[] = { "RELEASE_CAUSE_NAME", "RELEASE_CAUSE_DESCRIPTION",
		"RELEASE_CAUSE_SEVERITY", "RELEASE_CAUSE_COMPONENT", "RELEASE_CAUSE_CATEGORY",
		"RELEASE_CAUSE_ACTION", "RELEASE_CAUSE_CATALOG", "RELEASE_CAUSE_PROFILE",
		"RELEASE_CAUSE_KEY" };
	struct fixture *f = *state;

	add_unknown_cause(f, "9999");
	encode(f);
	assert_field(f, "RELEASE_CAUSE", "9999");
	assert_field(f, "RELEASE_CAUSE_KNOWN", "0");
	assert_field(f, "RELEASE_CAUSE_SEVERITY", "notice");
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(native_count(&f->entry, names[i]), 1);
		assert_true(native_value(&f->entry, names[i], 0).len > 0);
	}
}

static void a_known_cause_without_action_still_has_the_field(void **state)
{
	struct fixture *f = *state;
	struct finding *finding = add_cause(f, "512");

	finding->component = finding->category = finding->action = text_make(NULL, 0);
	encode(f);
	assert_true(native_value(&f->entry, "RELEASE_CAUSE_COMPONENT", 0).len > 0);
	assert_true(native_value(&f->entry, "RELEASE_CAUSE_CATEGORY", 0).len > 0);
	assert_true(native_value(&f->entry, "RELEASE_CAUSE_ACTION", 0).len > 0);
}

static void several_causes_repeat_the_fields_in_order(void **state)
{
	static const char *const codes[] = { "512", "9999", "531", "512" };
	static const char *const known[] = { "1", "0", "1", "1" };
	struct fixture *f = *state;

	add_cause(f, "512");
	add_unknown_cause(f, "9999");
	add_cause(f, "531");
	add_cause(f, "512");
	encode(f);
	assert_int_equal(native_count(&f->entry, "RELEASE_CAUSE"), 4);
	assert_int_equal(native_count(&f->entry, "RELEASE_CAUSE_ACTION"), 4);
	for (size_t i = 0; i < 4; i++) {
		assert_text(native_value(&f->entry, "RELEASE_CAUSE", i), codes[i]);
		assert_text(native_value(&f->entry, "RELEASE_CAUSE_KNOWN", i), known[i]);
	}
	assert_int_equal(native_count(&f->entry, "MESSAGE"), 1);
	assert_int_equal(native_count(&f->entry, "PRIORITY"), 1);
}

static void fields_of_the_client_are_kept(void **state)
{
	static const char *const kept[][2] = {
		{ "SYSLOG_IDENTIFIER", "ccs" },
		{ "SYSLOG_FACILITY", "3" },
		{ "SYSLOG_PID", "812" },
		{ "SYSLOG_TIMESTAMP", "Mar  2 09:14:05 " },
		{ "CALL_ID", "87-3" },
		{ "RELEASE_CAUSE_CODE", "512" },
		{ "A1_B2", "=x=" },
		{ "EMPTY", "" },
	};
	const size_t n = COUNT(kept);
	struct fixture *f = *state;

	for (size_t i = 0; i < n; i++)
		add(f, kept[i][0], kept[i][1]);
	add_cause(f, "512");
	encode(f);
	for (size_t i = 0; i < n; i++)
		assert_field(f, kept[i][0], kept[i][1]);
}

static void a_repeated_field_of_the_client_is_kept_in_order(void **state)
{
	struct fixture *f = *state;

	add(f, "SKILL", "one");
	add(f, "SKILL", "two");
	add_cause(f, "512");
	encode(f);
	assert_int_equal(native_count(&f->entry, "SKILL"), 2);
	assert_text(native_value(&f->entry, "SKILL", 0), "one");
	assert_text(native_value(&f->entry, "SKILL", 1), "two");
}

static void trusted_fields_are_dropped(void **state)
{
	static const char *const names[] = { "_PID", "_UID", "_SYSTEMD_UNIT", "_HOSTNAME", "_",
		"__CURSOR", "_TRANSPORT", "_BOOT_ID" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++)
		add(f, names[i], "1");
	add_cause(f, "512");
	encode(f);
	for (size_t i = 0; i < f->entry.n; i++)
		assert_true(f->entry.fields[i].name.data[0] != '_');
}

static void fields_of_ours_in_the_original_are_dropped(void **state)
{
	static const char *const once[] = { "MESSAGE_ID", "PRIORITY", "RELEASE_CAUSE",
		"RELEASE_CAUSE_NAME", "RELEASE_CAUSE_DESCRIPTION", "RELEASE_CAUSE_SEVERITY",
		"RELEASE_CAUSE_COMPONENT", "RELEASE_CAUSE_CATEGORY", "RELEASE_CAUSE_ACTION",
		"RELEASE_CAUSE_CATALOG", "RELEASE_CAUSE_PROFILE", "RELEASE_CAUSE_KEY",
		"RELEASE_CAUSE_KNOWN", "BECAUSED_INSTANCE", "BECAUSED_SOURCE", "BECAUSED_POSITION",
		"BECAUSED_CATALOG_VERSION" };
	const size_t n = COUNT(once);
	struct fixture *f = *state;

	for (size_t i = 0; i < n; i++)
		add(f, once[i], "forged");
	add(f, "BECAUSED_ANYTHING", "forged");
	add(f, "BECAUSED_ORIGIN_UNIT", "forged");
	add(f, "BECAUSED_ORIGIN_TIMESTAMP", "forged");
	add_cause(f, "512");
	encode(f);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(native_count(&f->entry, once[i]), 1);
	assert_no_field(f, "BECAUSED_ANYTHING");
	assert_no_field(f, "BECAUSED_ORIGIN_UNIT");
	assert_no_field(f, "BECAUSED_ORIGIN_TIMESTAMP");
	for (size_t i = 0; i < f->entry.n; i++)
		if (!text_equal(f->entry.fields[i].name, text_of("BECAUSED_ORIGIN_PRIORITY")))
			assert_false(text_equal(f->entry.fields[i].value, text_of("forged")));
}

static void object_fields_of_the_client_are_dropped(void **state)
{
	struct fixture *f = *state;

	add(f, "OBJECT_PID", "1");
	add(f, "OBJECT_SYSTEMD_UNIT", "sshd.service");
	add_cause(f, "512");
	encode(f);
	assert_no_field(f, "OBJECT_PID");
	assert_no_field(f, "OBJECT_SYSTEMD_UNIT");
}

static void object_unit_is_the_trusted_unit_of_the_original(void **state)
{
	struct fixture *f = *state;

	add(f, "OBJECT_SYSTEMD_UNIT", "sshd.service");
	add(f, "_SYSTEMD_UNIT", "ccs.service");
	add_cause(f, "512");
	encode(f);
	assert_field(f, "OBJECT_SYSTEMD_UNIT", "ccs.service");
}

static void origin_fields_tell_what_a_client_cannot_set(void **state)
{
	struct fixture *f = *state;

	add(f, "_SYSTEMD_UNIT", "ccs.service");
	add(f, "_HOSTNAME", "node-7");
	add(f, "_PID", "812");
	add(f, "_FILE", "/var/log/ccs.log");
	add(f, "PRIORITY", "6");
	f->record.timestamp_usec = UINT64_C(1772442845123456);
	add_cause(f, "512");
	encode(f);
	assert_field(f, "BECAUSED_ORIGIN_UNIT", "ccs.service");
	assert_field(f, "BECAUSED_ORIGIN_HOSTNAME", "node-7");
	assert_field(f, "BECAUSED_ORIGIN_PID", "812");
	assert_field(f, "BECAUSED_ORIGIN_FILE", "/var/log/ccs.log");
	assert_field(f, "BECAUSED_ORIGIN_PRIORITY", "6");
	assert_field(f, "BECAUSED_ORIGIN_TIMESTAMP", "1772442845123456");
}

static void origin_fields_without_an_origin_are_left_out(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	encode(f);
	for (size_t i = 0; i < f->entry.n; i++)
		assert_false(text_starts(f->entry.fields[i].name, text_of("BECAUSED_ORIGIN_")));
	assert_no_field(f, "OBJECT_SYSTEMD_UNIT");
}

static void recovery_finds_instance_source_and_position(void **state)
{
	struct fixture *f = *state;

	add_cause(f, "512");
	encode(f);
	assert_field(f, "BECAUSED_INSTANCE", "becaused@site");
	assert_field(f, "BECAUSED_SOURCE", "platform");
	assert_field(f, "BECAUSED_POSITION", "s=1;i=2a");
}

static void values_with_line_ends_and_nul_bytes_arrive_whole(void **state)
{
	static const char value[] = "one\ntwo=2\n\nFORGED=1\n\0three\n";
	const struct text whole = text_make(value, sizeof(value) - 1);
	struct fixture *f = *state;
	struct text message;

	assert_int_equal(record_add(&f->record, text_of("MESSAGE"), whole), 0);
	assert_int_equal(record_add(&f->record, text_of("DETAIL"), whole), 0);
	assert_int_equal(record_add(&f->record, text_of("NUL"), text_make("a\0b", 3)), 0);
	assert_int_equal(record_add(&f->record, text_of("LF"), text_make("\n", 1)), 0);
	add_cause(f, "512");
	encode(f);

	message = native_value(&f->entry, "MESSAGE", 0);
	assert_true(text_starts(message, whole));
	assert_true(text_equal(native_value(&f->entry, "DETAIL", 0), whole));
	assert_true(text_equal(native_value(&f->entry, "NUL", 0), text_make("a\0b", 3)));
	assert_true(text_equal(native_value(&f->entry, "LF", 0), text_make("\n", 1)));
	assert_no_field(f, "FORGED");
}

static void every_byte_arrives_as_it_was(void **state)
{
	char bytes[256];
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	assert_int_equal(
		record_add(&f->record, text_of("MESSAGE"), text_make(bytes, sizeof(bytes))), 0);
	assert_int_equal(
		record_add(&f->record, text_of("BYTES"), text_make(bytes, sizeof(bytes))), 0);
	add_cause(f, "512");
	encode(f);
	assert_true(
		text_equal(native_value(&f->entry, "BYTES", 0), text_make(bytes, sizeof(bytes))));
	assert_true(text_starts(
		native_value(&f->entry, "MESSAGE", 0), text_make(bytes, sizeof(bytes))));
}

static void names_that_journald_refuses_are_left_out(void **state)
{
	static const char *const names[] = { "", "lower", "Mixed", "1ST", "WITH-HYPHEN",
		"WITH BLANK", "WITH=EQUALS", "WITH\nLF", "\xC3\x84" };
	struct fixture *f = *state;
	size_t n_before;

	add_cause(f, "512");
	encode(f);
	n_before = f->entry.n;
	for (size_t i = 0; i < COUNT(names); i++)
		add(f, names[i], "1");
	encode(f);
	assert_int_equal(f->entry.n, n_before);
}

static void a_name_of_64_bytes_is_kept_and_one_of_65_is_not(void **state)
{
	char name[66];
	struct fixture *f = *state;

	memset(name, 'N', sizeof(name));
	name[65] = '\0';
	add(f, name, "65");
	name[64] = '\0';
	add(f, name, "64");
	add_cause(f, "512");
	encode(f);
	assert_field(f, name, "64");
	name[64] = 'N';
	assert_no_field(f, name);
}

/* The decoder refuses more than journald takes. */
static void an_entry_never_has_more_fields_than_journald_takes(void **state)
{
	static const size_t n_findings[] = { 1, 2, NATIVE_FINDINGS_MAX, NATIVE_FINDINGS_MAX + 1 };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(n_findings); i++) {
		record_clear(&f->record);
		f->record.source = f->record.instance = "x";
		f->record.position = text_of("1");
		f->record.timestamp_usec = 1;
		add(f, "MESSAGE", "x");
		add(f, "PRIORITY", "6");
		add(f, "_SYSTEMD_UNIT", "ccs.service");
		add(f, "_HOSTNAME", "node-7");
		add(f, "_PID", "812");
		while (f->record.n_fields < RECORD_FIELDS_MAX)
			add(f, "CLIENT", "1");
		for (size_t j = 0; j < n_findings[i]; j++)
			add_cause(f, "512");
		encode(f);
		assert_true(native_count(&f->entry, "CLIENT") > 0);
		assert_field(f, "BECAUSED_POSITION", "1");
	}
}

static void the_first_fields_of_the_client_are_those_that_stay(void **state)
{
	struct fixture *f = *state;
	size_t n;

	for (size_t i = 0; i < RECORD_FIELDS_MAX; i++) {
		char value[24];

		(void)snprintf(value, sizeof(value), "%zu", i);
		add(f, "CLIENT", value);
	}
	add_cause(f, "512");
	encode(f);
	n = native_count(&f->entry, "CLIENT");
	assert_between(n, 900, RECORD_FIELDS_MAX - 1);
	for (size_t i = 0; i < n; i++) {
		char value[24];

		(void)snprintf(value, sizeof(value), "%zu", i);
		assert_text(native_value(&f->entry, "CLIENT", i), value);
	}
}

static size_t count_brackets(struct text message)
{
	static const char bracket[] = " [release cause ";
	size_t n = 0;

	for (size_t i = 0; i < message.len; i++)
		n += text_starts(text_make(message.data + i, message.len - i), text_of(bracket));
	return n;
}

static void causes_at_the_bound_are_all_in_fields(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < NATIVE_FINDINGS_MAX; i++)
		add_cause(f, "512");
	encode(f);
	assert_int_equal(native_count(&f->entry, "RELEASE_CAUSE"), NATIVE_FINDINGS_MAX);
	assert_int_equal(
		count_brackets(native_value(&f->entry, "MESSAGE", 0)), NATIVE_FINDINGS_MAX);
	assert_int_equal(native_count_left(&f->record), 0);
}

static void causes_past_the_bound_are_in_the_message_alone(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < NATIVE_FINDINGS_MAX + 1; i++)
		add_cause(f, i == NATIVE_FINDINGS_MAX ? "531" : "512");
	encode(f);
	assert_int_equal(native_count(&f->entry, "RELEASE_CAUSE"), NATIVE_FINDINGS_MAX);
	assert_text(native_value(&f->entry, "RELEASE_CAUSE", NATIVE_FINDINGS_MAX - 1), "512");
	assert_int_equal(
		count_brackets(native_value(&f->entry, "MESSAGE", 0)), NATIVE_FINDINGS_MAX + 1);
	assert_int_equal(native_count_left(&f->record), 1);
	f->record.n_findings_dropped = 5;
	assert_int_equal(native_count_left(&f->record), 6);
}

/* Half an entry is worse than none: a record that does not fit is refused as a whole. */
static void an_entry_that_does_not_fit_is_refused_at_every_size(void **state)
{
	struct fixture *f = *state;
	size_t whole;

	add(f, "MESSAGE", "releaseCause=512");
	add(f, "DETAIL", "one\ntwo");
	f->record.timestamp_usec = 1;
	add_cause(f, "512");
	encode(f);
	whole = f->out.len;

	for (size_t max = 0; max < whole; max++) {
		struct buffer out = buffer_make(max);

		assert_int_equal(native_encode(&f->record, &out), -EMSGSIZE);
		buffer_done(&out);
	}
}

static void an_entry_is_appended_to_what_is_there(void **state)
{
	struct fixture *f = *state;
	size_t alone;

	add(f, "MESSAGE", "x\ny");
	add_cause(f, "512");
	encode(f);
	alone = f->out.len;
	assert_int_equal(native_encode(&f->record, &f->out), 0);
	assert_int_equal(f->out.len, 2 * alone);
	assert_memory_equal(f->out.data, f->out.data + alone, alone);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(message_is_the_original_with_a_bracket),
		TEST(message_has_a_bracket_for_each_cause_in_order),
		TEST(an_original_without_message_gets_the_brackets_alone),
		TEST(message_id_is_the_one_of_the_message_catalog),
		TEST(priority_is_one_digit),
		TEST(a_cause_fills_every_field),
		TEST(each_fact_of_the_call_has_a_field),
		TEST(no_client_writes_facts),
		TEST(the_name_of_a_cause_without_a_number_is_in_two_fields),
		TEST(no_field_of_an_unknown_cause_is_missing_or_empty),
		TEST(a_known_cause_without_action_still_has_the_field),
		TEST(several_causes_repeat_the_fields_in_order),
		TEST(fields_of_the_client_are_kept),
		TEST(a_repeated_field_of_the_client_is_kept_in_order),
		TEST(trusted_fields_are_dropped),
		TEST(fields_of_ours_in_the_original_are_dropped),
		TEST(object_fields_of_the_client_are_dropped),
		TEST(object_unit_is_the_trusted_unit_of_the_original),
		TEST(origin_fields_tell_what_a_client_cannot_set),
		TEST(origin_fields_without_an_origin_are_left_out),
		TEST(recovery_finds_instance_source_and_position),
		TEST(values_with_line_ends_and_nul_bytes_arrive_whole),
		TEST(every_byte_arrives_as_it_was),
		TEST(names_that_journald_refuses_are_left_out),
		TEST(a_name_of_64_bytes_is_kept_and_one_of_65_is_not),
		TEST(an_entry_never_has_more_fields_than_journald_takes),
		TEST(the_first_fields_of_the_client_are_those_that_stay),
		TEST(causes_at_the_bound_are_all_in_fields),
		TEST(causes_past_the_bound_are_in_the_message_alone),
		TEST(an_entry_that_does_not_fit_is_refused_at_every_size),
		TEST(an_entry_is_appended_to_what_is_there),
	};

	return cmocka_run_group_tests_name("wire/native", tests, NULL, NULL);
}
