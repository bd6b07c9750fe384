/* Tests of record/: record, finding and severity. */
#include "config.h"

#include "test.h"

#include <syslog.h>

#include "base/buffer.h"
#include "record/finding.h"
#include "record/record.h"
#include "record/severity.h"

static const struct finding known = {
	.code = "512",
	.numeric = true,
	.known = true,
	.name = TEXT("skill-queue-full"),
	.description = TEXT("The queue is full."),
	.severity = LOG_WARNING,
	.catalog = TEXT("huawei-cec"),
};

static const struct finding unknown = {
	.code = "9999",
	.numeric = true,
	.severity = FINDING_UNKNOWN_SEVERITY,
	.catalog = TEXT("huawei-cec"),
};

static int open_record(void **state)
{
	struct record *record = malloc(sizeof(*record));

	if (!record)
		return -1;
	*record = record_make();
	*state = record;
	return 0;
}

static int free_record(void **state)
{
	record_done(*state);
	free(*state);
	return 0;
}

/* -- fields ------------------------------------------------------------- */

static void an_empty_record_allocates_nothing(void **state)
{
	const struct record *record = *state;

	assert_null(record->bytes.data);
	assert_null(record->fields);
	assert_null(record->findings);
	assert_int_equal(record->n_fields, 0);
	assert_null(record_find(record, "MESSAGE").data);
}

static void fields_are_copied_in_order(void **state)
{
	struct record *record = *state;
	char value[] = "one";

	assert_int_equal(record_add(record, TEXT("A"), text_of(value)), 0);
	memset(value, 'x', 3);
	assert_int_equal(record_add(record, TEXT("BB"), TEXT("two\0\n\xFF")), 0);
	assert_int_equal(record->n_fields, 2);
	assert_text(record_name(record, 0), "A");
	assert_text(record_value(record, 0), "one");
	assert_text(record_name(record, 1), "BB");
	assert_true(text_equal(record_value(record, 1), TEXT("two\0\n\xFF")));
}

static void the_first_value_of_a_repeated_field_is_found(void **state)
{
	struct record *record = *state;

	assert_int_equal(record_add(record, TEXT("A"), TEXT("x")), 0);
	assert_int_equal(record_add(record, TEXT("B"), TEXT("first")), 0);
	assert_int_equal(record_add(record, TEXT("B"), TEXT("second")), 0);
	assert_text(record_find(record, "B"), "first");
}

static void names_are_found_whole_and_in_their_case(void **state)
{
	struct record *record = *state;

	assert_int_equal(record_add(record, TEXT("MESSAGE_ID"), TEXT("x")), 0);
	assert_int_equal(record_add(record, TEXT("message"), TEXT("x")), 0);
	assert_null(record_find(record, "MESSAGE").data);
	assert_null(record_find(record, "").data);
}

static void an_empty_value_is_not_an_absent_one(void **state)
{
	struct record *record = *state;

	assert_int_equal(record_add(record, TEXT("A"), TEXT("")), 0);
	assert_non_null(record_find(record, "A").data);
	assert_int_equal(record_find(record, "A").len, 0);
}

static void fields_stay_as_they_are_while_the_record_grows(void **state)
{
	struct record *record = *state;

	for (unsigned i = 0; i < 500; i++) {
		char name[16], value[16];

		(void)snprintf(name, sizeof(name), "N%u", i);
		(void)snprintf(value, sizeof(value), "value %u", i);
		assert_int_equal(record_add(record, text_of(name), text_of(value)), 0);
	}
	assert_text(record_find(record, "N0"), "value 0");
	assert_text(record_find(record, "N499"), "value 499");
	assert_text(record_name(record, 250), "N250");
	assert_text(record_value(record, 250), "value 250");
}

static void fields_up_to_the_bound_fit_and_one_more_does_not(void **state)
{
	struct record *record = *state;

	for (unsigned i = 0; i < RECORD_FIELDS_MAX; i++)
		assert_int_equal(record_add(record, TEXT("A"), TEXT("x")), 0);
	assert_int_equal(record_add(record, TEXT("B"), TEXT("y")), -E2BIG);
	assert_int_equal(record->n_fields, RECORD_FIELDS_MAX);
	assert_int_equal(record->bytes.len, 2 * RECORD_FIELDS_MAX);
	assert_null(record_find(record, "B").data);
}

static void bytes_up_to_the_bound_fit_and_one_more_does_not(void **state)
{
	struct record *record = *state;
	char *value = calloc(1, RECORD_SIZE_MAX);

	assert_non_null(value);
	assert_int_equal(
		record_add(record, TEXT("A"), text_make(value, RECORD_SIZE_MAX)), -EMSGSIZE);
	assert_int_equal(record->n_fields, 0);
	assert_int_equal(record->bytes.len, 0);
	assert_int_equal(record_add(record, TEXT("A"), text_make(value, RECORD_SIZE_MAX - 1)), 0);
	assert_int_equal(record_add(record, TEXT("B"), TEXT("")), -EMSGSIZE);
	assert_int_equal(record->n_fields, 1);
	assert_int_equal(record_value(record, 0).len, RECORD_SIZE_MAX - 1);
	free(value);
}

static void a_record_remains_usable_after_a_field_too_large(void **state)
{
	struct record *record = *state;
	char *value = calloc(1, RECORD_SIZE_MAX);

	assert_non_null(value);
	assert_int_equal(record_add(record, TEXT("A"), TEXT("before")), 0);
	assert_int_equal(
		record_add(record, TEXT("B"), text_make(value, RECORD_SIZE_MAX)), -EMSGSIZE);
	assert_int_equal(record_add(record, TEXT("C"), TEXT("after")), 0);
	assert_text(record_find(record, "A"), "before");
	assert_text(record_find(record, "C"), "after");
	assert_int_equal(record->n_fields, 2);
	free(value);
}

/* -- facts -------------------------------------------------------------- */

static void a_fact_is_found_by_its_name(void **state)
{
	struct record *record = *state;

	record_add_fact(record, TEXT("call"), TEXT("87-3"));
	record_add_fact(record, TEXT("trunk"), TEXT(""));
	assert_text(record_find_fact(record, TEXT("call")), "87-3");
	assert_non_null(record_find_fact(record, TEXT("trunk")).data);
	assert_null(record_find_fact(record, TEXT("agent")).data);
}

static void the_first_fact_of_a_name_stays(void **state)
{
	struct record *record = *state;

	record_add_fact(record, TEXT("call"), TEXT("1"));
	record_add_fact(record, TEXT("call"), TEXT("2"));
	assert_int_equal(record->n_facts, 1);
	assert_int_equal(record->n_facts_left, 0);
	assert_text(record_find_fact(record, TEXT("call")), "1");
}

static void facts_up_to_the_bounds_fit_and_more_are_counted(void **state)
{
	static const char value[RECORD_FACT_LEN_MAX + 1] = { 'x' };
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i" };
	struct record *record = *state;

	record_add_fact(record, TEXT("a"), text_make(value, RECORD_FACT_LEN_MAX + 1));
	assert_int_equal(record->n_facts, 0);
	assert_int_equal(record->n_facts_left, 1);
	for (size_t i = 0; i < RECORD_FACTS_MAX + 1; i++)
		record_add_fact(record, text_of(names[i]), text_make(value, RECORD_FACT_LEN_MAX));
	assert_int_equal(record->n_facts, RECORD_FACTS_MAX);
	assert_int_equal(record->n_facts_left, 2);
	assert_int_equal(record_find_fact(record, TEXT("h")).len, RECORD_FACT_LEN_MAX);
}

/* -- clearing ----------------------------------------------------------- */

static void clearing_forgets_the_content(void **state)
{
	struct record *record = *state;

	assert_int_equal(record_add(record, TEXT("A"), TEXT("x")), 0);
	assert_non_null(record_add_finding(record));
	record->priority = LOG_ERR;
	record->timestamp_usec = record->observed_usec = 1;
	record_add_fact(record, TEXT("call"), TEXT("87"));
	record->n_facts_left = 1;
	record->position = TEXT("here");
	record->source = "source";
	record->instance = "instance";
	record->n_findings_dropped = 1;
	record_clear(record);
	assert_int_equal(record->n_fields, 0);
	assert_int_equal(record->n_findings, 0);
	assert_int_equal(record->n_findings_dropped, 0);
	assert_int_equal(record->timestamp_usec, 0);
	assert_int_equal(record->observed_usec, 0);
	assert_int_equal(record->n_facts, 0);
	assert_int_equal(record->n_facts_left, 0);
	assert_int_equal(record->position.len, 0);
	assert_null(record->source);
	assert_null(record->instance);
	assert_null(record_find(record, "A").data);
}

static void clearing_keeps_the_memory(void **state)
{
	struct record *record = *state;
	const void *bytes, *fields, *findings;

	assert_int_equal(record_add(record, TEXT("A"), TEXT("x")), 0);
	assert_non_null(record_add_finding(record));
	bytes = record->bytes.data;
	fields = record->fields;
	findings = record->findings;
	record_clear(record);
	assert_int_equal(record_add(record, TEXT("B"), TEXT("y")), 0);
	assert_non_null(record_add_finding(record));
	assert_ptr_equal(record->bytes.data, bytes);
	assert_ptr_equal(record->fields, fields);
	assert_ptr_equal(record->findings, findings);
	assert_text(record_find(record, "B"), "y");
}

static void a_record_that_is_done_can_be_used_again(void **state)
{
	struct record *record = *state;

	assert_int_equal(record_add(record, TEXT("A"), TEXT("x")), 0);
	assert_non_null(record_add_finding(record));
	record_done(record);
	assert_int_equal(record->n_fields, 0);
	assert_int_equal(record_add(record, TEXT("B"), TEXT("y")), 0);
	assert_text(record_find(record, "B"), "y");
}

/* -- findings ----------------------------------------------------------- */

static void findings_up_to_the_bound_fit_and_more_are_counted(void **state)
{
	struct record *record = *state;

	for (unsigned i = 0; i < RECORD_FINDINGS_MAX; i++)
		assert_non_null(record_add_finding(record));
	assert_int_equal(record->n_findings_dropped, 0);
	assert_null(record_add_finding(record));
	assert_null(record_add_finding(record));
	assert_int_equal(record->n_findings, RECORD_FINDINGS_MAX);
	assert_int_equal(record->n_findings_dropped, 2);
}

static void a_new_finding_is_zeroed_even_where_an_old_one_stood(void **state)
{
	static const struct finding zero;
	struct record *record = *state;
	struct finding *finding = record_add_finding(record);

	assert_non_null(finding);
	memset(finding, 0xFF, sizeof(*finding));
	record_clear(record);
	finding = record_add_finding(record);
	assert_non_null(finding);
	assert_memory_equal(finding->code, zero.code, sizeof(zero.code));
	assert_false(finding->known);
	assert_null(finding->name.data);
	assert_int_equal(finding->offset, 0);
}

static void a_code_of_the_longest_name_fits_a_finding(void **state)
{
	struct buffer out = buffer_make(1000);
	struct finding finding = { .catalog = TEXT("q850"), .severity = LOG_NOTICE };

	(void)state;
	memset(finding.code, 'A', FINDING_CODE_MAX);
	finding_print(&finding, &out);
	assert_int_equal(buffer_text(&out).len,
		strlen(" [release cause  unknown to q850, notice]") + FINDING_CODE_MAX);
	buffer_done(&out);
}

static void a_known_cause_is_printed_with_its_description(void **state)
{
	struct buffer out = buffer_make(1000);

	(void)state;
	finding_print(&known, &out);
	assert_text(buffer_text(&out),
		" [release cause 512 skill-queue-full, warning: The queue is full.]");
	buffer_done(&out);
}

static void a_cause_without_a_number_is_printed_with_its_name_once(void **state)
{
	struct buffer out = buffer_make(1000);
	struct finding finding = known;

	(void)state;
	finding.numeric = false;
	finding.name = TEXT("no-agents");
	(void)snprintf(finding.code, sizeof(finding.code), "no-agents");
	finding_print(&finding, &out);
	assert_text(buffer_text(&out), " [release cause no-agents, warning: The queue is full.]");
	buffer_done(&out);
}

static void an_unknown_cause_is_printed_with_its_catalog(void **state)
{
	struct buffer out = buffer_make(1000);

	(void)state;
	finding_print(&unknown, &out);
	assert_text(buffer_text(&out), " [release cause 9999 unknown to huawei-cec, notice]");
	buffer_done(&out);
}

static void a_message_is_printed_with_a_bracket_for_each_finding(void **state)
{
	struct record *record = *state;
	struct buffer out = buffer_make(1000);

	assert_int_equal(record_add(record, TEXT("PRIORITY"), TEXT("6")), 0);
	assert_int_equal(record_add(record, TEXT("MESSAGE"), TEXT("a=9999 b=512")), 0);
	*record_add_finding(record) = unknown;
	*record_add_finding(record) = known;
	record_print_message(record, record_message(record), record->cut, &out);
	assert_text(buffer_text(&out),
		"a=9999 b=512"
		" [release cause 9999 unknown to huawei-cec, notice]"
		" [release cause 512 skill-queue-full, warning: The queue is full.]");
	buffer_done(&out);
}

static void a_message_without_findings_is_printed_as_it_is(void **state)
{
	struct record *record = *state;
	struct buffer out = buffer_make(1000);

	record_print_message(record, record_message(record), record->cut, &out);
	assert_int_equal(out.len, 0);
	assert_int_equal(record_add(record, TEXT("MESSAGE"), TEXT("a\0b\n")), 0);
	record_print_message(record, record_message(record), record->cut, &out);
	assert_true(text_equal(buffer_text(&out), TEXT("a\0b\n")));
	buffer_done(&out);
}

/* -- severities --------------------------------------------------------- */

static void severities_have_the_names_and_numbers_of_syslog(void **state)
{
	static const struct {
		int severity;
		const char *name;
	} rows[SEVERITY_COUNT] = {
		{ LOG_EMERG, "emerg" },
		{ LOG_ALERT, "alert" },
		{ LOG_CRIT, "crit" },
		{ LOG_ERR, "err" },
		{ LOG_WARNING, "warning" },
		{ LOG_NOTICE, "notice" },
		{ LOG_INFO, "info" },
		{ LOG_DEBUG, "debug" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(severity_names[rows[i].severity], rows[i].name);
	assert_null(severity_names[SEVERITY_COUNT]);
	assert_int_equal(FINDING_UNKNOWN_SEVERITY, LOG_NOTICE);
}

static void a_severity_is_one_digit(void **state)
{
	static const struct {
		struct text t;
		int severity;
	} rows[] = {
		{ TEXT("0"), 0 },
		{ TEXT("4"), 4 },
		{ TEXT("7"), 7 },
		{ TEXT("8"), -1 },
		{ TEXT("9"), -1 },
		{ TEXT("/"), -1 },
		{ TEXT(""), -1 },
		{ TEXT("04"), -1 },
		{ TEXT("4 "), -1 },
		{ TEXT("-1"), -1 },
		{ TEXT("\0"), -1 },
		{ TEXT("err"), -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(severity_of_digit(rows[i].t), rows[i].severity);
	assert_int_equal(severity_of_digit(text_make(NULL, 0)), -1);
}

static void severities_worse_than_notice_stand_out_in_color(void **state)
{
	(void)state;
	for (int i = 0; i < SEVERITY_COUNT; i++)
		assert_memory_equal(finding_color(i), "\033[", 2);
	assert_string_equal(finding_color(LOG_EMERG), finding_color(LOG_ERR));
	assert_string_not_equal(finding_color(LOG_ERR), finding_color(LOG_WARNING));
	assert_string_not_equal(finding_color(LOG_WARNING), finding_color(LOG_NOTICE));
	assert_string_not_equal(finding_color(LOG_NOTICE), finding_color(LOG_INFO));
	assert_string_not_equal(finding_color(LOG_INFO), finding_color(LOG_DEBUG));
}

#define WITH_RECORD(test) cmocka_unit_test_setup_teardown(test, open_record, free_record)

static void a_message_is_shortened_without_a_part_of_a_character(void **state)
{
	struct record *record = *state;

	record_shorten_message(record, 1);
	assert_int_equal(record_add(record, text_of("MESSAGE"),
				 text_of("gr\xC3\xBC\xC3\x9F"
					 "e")),
		0);
	assert_int_equal(record_add(record, text_of("A"), text_of("value")), 0);
	record_shorten_message(record, 8);
	assert_text(record_message(record), "gr\xC3\xBC\xC3\x9F"
					    "e");
	record_shorten_message(record, 5);
	assert_text(record_message(record), "gr\xC3\xBC");
	record_shorten_message(record, 2);
	assert_text(record_message(record), "gr");
	record_shorten_message(record, 0);
	assert_text(record_message(record), "");
	assert_text(record_find(record, "A"), "value");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_RECORD(an_empty_record_allocates_nothing),
		WITH_RECORD(fields_are_copied_in_order),
		WITH_RECORD(the_first_value_of_a_repeated_field_is_found),
		WITH_RECORD(names_are_found_whole_and_in_their_case),
		WITH_RECORD(an_empty_value_is_not_an_absent_one),
		WITH_RECORD(fields_stay_as_they_are_while_the_record_grows),
		WITH_RECORD(fields_up_to_the_bound_fit_and_one_more_does_not),
		WITH_RECORD(bytes_up_to_the_bound_fit_and_one_more_does_not),
		WITH_RECORD(a_record_remains_usable_after_a_field_too_large),
		WITH_RECORD(a_fact_is_found_by_its_name),
		WITH_RECORD(the_first_fact_of_a_name_stays),
		WITH_RECORD(facts_up_to_the_bounds_fit_and_more_are_counted),
		WITH_RECORD(clearing_forgets_the_content),
		WITH_RECORD(clearing_keeps_the_memory),
		WITH_RECORD(a_record_that_is_done_can_be_used_again),
		WITH_RECORD(findings_up_to_the_bound_fit_and_more_are_counted),
		WITH_RECORD(a_new_finding_is_zeroed_even_where_an_old_one_stood),
		cmocka_unit_test(a_code_of_the_longest_name_fits_a_finding),
		cmocka_unit_test(a_known_cause_is_printed_with_its_description),
		cmocka_unit_test(a_cause_without_a_number_is_printed_with_its_name_once),
		cmocka_unit_test(an_unknown_cause_is_printed_with_its_catalog),
		WITH_RECORD(a_message_is_shortened_without_a_part_of_a_character),
		WITH_RECORD(a_message_is_printed_with_a_bracket_for_each_finding),
		WITH_RECORD(a_message_without_findings_is_printed_as_it_is),
		cmocka_unit_test(severities_have_the_names_and_numbers_of_syslog),
		cmocka_unit_test(a_severity_is_one_digit),
		cmocka_unit_test(severities_worse_than_notice_stand_out_in_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
