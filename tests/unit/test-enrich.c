/* Tests of cause/enrich. */
#include "config.h"

#include "test.h"

#include <syslog.h>

#include "base/buffer.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "record/record.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

static const char catalog_content[] =
	"catalog: test-catalog\n"
	"causes:\n"
	"  - {code: 512, name: queue-full, description: The queue is full., severity: warning,\n"
	"     component: ccs, category: capacity, action: Look., aliases: [QUEUE_TIMEOUT]}\n"
	"  - {code: 531, name: ended, description: It ended., severity: info}\n"
	"  - {code: 534, name: link-lost, description: The link was lost., severity: crit}\n"
	"  - {code: 613-619, name: unclear, description: Unclear., severity: debug,\n"
	"     aliases: [VAGUE]}\n"
	"  - {name: no-agents, description: 'Nothing like key=512.', severity: err,\n"
	"     aliases: [EXITEMPTY]}\n";

static const char profile_content[] =
	"profile: test-profile\n"
	"catalog: test-catalog\n"
	"keys: [key]\n"
	"fields: [CAUSE, MESSAGE_CAUSE]\n"
	"patterns: [{requires: Hangup, regex: '\\[(?<cause>\\w+)\\]', base: name}]\n";

static const struct enrich_policy raise = { .severity = ENRICH_RAISE };
static const struct enrich_policy set = { .severity = ENRICH_SET };
static const struct enrich_policy keep = { .severity = ENRICH_KEEP };
static const struct enrich_policy believe = { .severity = ENRICH_RAISE, .trust_brackets = true };
static const struct enrich_policy ignore = { .severity = ENRICH_RAISE, .ignore_unknown = true };

struct kit {
	struct catalog *catalog;
	struct profile *profile;
	struct recognizer *recognizer;
	struct record record;
};

static int open_kit(void **state)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	if (!kit)
		return -1;
	kit->catalog = catalog_good(catalog_content);
	kit->profile = profile_good(profile_content);
	test_bind(kit->profile, kit->catalog);
	kit->recognizer = recognizer_of(&kit->profile, 1);
	kit->record = record_make();
	*state = kit;
	return 0;
}

static int free_kit(void **state)
{
	struct kit *kit = *state;

	record_done(&kit->record);
	(void)recognizer_free(kit->recognizer);
	(void)profile_free(kit->profile);
	(void)catalog_free(kit->catalog);
	free(kit);
	return 0;
}

static void add(struct kit *kit, const char *name, const char *value)
{
	assert_int_equal(record_add(&kit->record, text_of(name), text_of(value)), 0);
}

/* Enrich a record of this message alone; returns its findings. */
static const struct finding *enrich(
	struct kit *kit, const struct enrich_policy *policy, const char *message)
{
	record_clear(&kit->record);
	add(kit, "MESSAGE", message);
	assert_int_equal(enrich_record(policy, kit->recognizer, &kit->record), 0);
	return kit->record.findings;
}

static void assert_codes(const struct kit *kit, const char *expected)
{
	char codes[1024] = "";
	size_t len = 0;

	for (size_t i = 0; i < kit->record.n_findings; i++)
		len += (size_t)snprintf(codes + len, sizeof(codes) - len, "%s%s", i > 0 ? " " : "",
			kit->record.findings[i].code);
	assert_string_equal(codes, expected);
}

/* -- brackets ----------------------------------------------------------------- */

static void a_cause_that_its_bracket_follows_is_counted_and_the_others_are_findings(void **state)
{
	struct kit *kit = *state;

	(void)enrich(
		kit, &believe, "key=512 key=531 key=9 [release cause 512 queue-full, x] key=512");
	assert_codes(kit, "531 9 512");
	assert_int_equal(kit->record.n_explained, 1);
	(void)enrich(
		kit, &believe, "key=613 key=9 [release cause 9 unknown to c] [release cause 1 ");
	assert_codes(kit, "613");
	assert_int_equal(kit->record.n_explained, 1);
}

static void one_bracket_explains_all_causes_of_its_code_before_it(void **state)
{
	struct kit *kit = *state;

	(void)enrich(kit, &believe, "key=512 key=512 key=531 [release cause 512 queue-full, x]");
	assert_codes(kit, "531");
	assert_int_equal(kit->record.n_explained, 2);
}

/* The bracket has the catalog's number, not the line's; an unknown name is printed as it is. */
static void a_bracket_is_that_of_the_catalogs_code(void **state)
{
	struct kit *kit = *state;

	(void)enrich(kit, &believe, "key=00512 key=531 [release cause 512 queue-full, warning: x]");
	assert_codes(kit, "531");
	(void)enrich(
		kit, &believe, "Hangup [QUEUE_TIMEOUT] [VAGUE] [release cause 512 queue-full]");
	assert_codes(kit, "613");
	(void)enrich(
		kit, &believe, "Hangup [ODD] [VAGUE] [release cause ODD unknown to x, notice]");
	assert_codes(kit, "613");
}

static void a_record_that_is_explained_already_has_an_outcome_of_its_own(void **state)
{
	struct kit *kit = *state;

	record_clear(&kit->record);
	add(kit, "MESSAGE", "key=512 [release cause 512 queue-full, warning: x]");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), ENRICH_NOTHING);
	assert_int_equal(kit->record.n_explained, 1);
	record_clear(&kit->record);
	assert_int_equal(kit->record.n_explained, 0);
}

/* Text in front of the message has its brackets in the message, too. */
static void a_tag_and_structured_data_have_their_brackets_in_the_message(void **state)
{
	struct kit *kit = *state;

	record_clear(&kit->record);
	add(kit, "SYSLOG_IDENTIFIER", "key");
	add(kit, "MESSAGE", "512 [release cause 512 queue-full, warning: x]");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), ENRICH_NOTHING);
	assert_int_equal(kit->record.n_explained, 1);

	record_clear(&kit->record);
	add(kit, "SYSLOG_IDENTIFIER", "key");
	add(kit, "SYSLOG_STRUCTURED_DATA", "[a key=\"512\"][b key=\"534\"]");
	add(kit, "CAUSE", "531");
	add(kit, "MESSAGE", "[release cause 512 x] [release cause 531 y]");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "534");
	assert_int_equal(kit->record.n_explained, 2);
}

/* What an element says is not what the line says. */
static void an_element_of_our_instance_explains_its_codes(void **state)
{
	static const char data[] = "[releaseCause@1 code=\"512\" action=\"key=9\" instance=\"me\"]";
	struct kit *kit = *state;

	record_clear(&kit->record);
	kit->record.instance = "me";
	add(kit, "SYSLOG_STRUCTURED_DATA", data);
	add(kit, "MESSAGE", "key=512 key=531");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "531");
	assert_int_equal(kit->record.n_explained, 1);

	record_clear(&kit->record);
	kit->record.instance = "me";
	add(kit, "MESSAGE",
		"{\"message\":\"key=512 key=531\",\"causes\":[{\"code\":531,\"action\":\"key=9\"}],"
		"\"instance\":\"me\"} key=8");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512 8");
	assert_int_equal(kit->record.n_explained, 1);

	record_clear(&kit->record);
	kit->record.instance = "other";
	add(kit, "SYSLOG_STRUCTURED_DATA", data);
	add(kit, "MESSAGE", "key=512 key=531");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512 531 9");
	kit->record.n_findings = 0;
	kit->record.instance = "me";
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512 531 9");
}

/* The journal has the origin of an entry: there, no text can hide a cause. */
static void where_brackets_are_not_believed_they_hide_nothing(void **state)
{
	struct kit *kit = *state;

	(void)enrich(kit, &raise, "key=512 [release cause 512 queue-full, warning: x]");
	assert_codes(kit, "512");
	assert_int_equal(kit->record.n_explained, 0);
}

/* -- findings --------------------------------------------------------------- */

static void a_finding_has_all_that_the_catalog_has(void **state)
{
	struct kit *kit = *state;
	const struct finding *finding = enrich(kit, &raise, "a KEY=00512 b");

	assert_int_equal(kit->record.n_findings, 1);
	assert_string_equal(finding->code, "512");
	assert_true(finding->numeric);
	assert_true(finding->known);
	assert_text(finding->name, "queue-full");
	assert_text(finding->description, "The queue is full.");
	assert_text(finding->component, "ccs");
	assert_text(finding->category, "capacity");
	assert_text(finding->action, "Look.");
	assert_int_equal(finding->severity, LOG_WARNING);
}

static void a_finding_has_its_origin(void **state)
{
	struct kit *kit = *state;
	const struct finding *finding = enrich(kit, &raise, "a KEY=00512 b");

	assert_text(finding->catalog, "test-catalog");
	assert_text(finding->catalog_version, kit->catalog->version);
	assert_text(finding->profile, "test-profile");
	assert_text(finding->key, "key");
	assert_true(finding->in_message);
	assert_int_equal(finding->offset, 6);
	assert_int_equal(finding->len, 5);
}

static void an_unknown_code_is_a_notice_that_names_its_catalog(void **state)
{
	struct kit *kit = *state;
	const struct finding *finding = enrich(kit, &raise, "key=09999");

	assert_string_equal(finding->code, "9999");
	assert_true(finding->numeric);
	assert_false(finding->known);
	assert_int_equal(finding->severity, LOG_NOTICE);
	assert_text(finding->catalog, "test-catalog");
	assert_int_equal(finding->name.len + finding->description.len + finding->component.len +
				 finding->category.len + finding->action.len,
		0);
}

static void an_unknown_code_may_be_ignored(void **state)
{
	struct kit *kit = *state;

	add(kit, "MESSAGE", "key=9999");
	assert_int_equal(enrich_record(&ignore, kit->recognizer, &kit->record), ENRICH_NOTHING);
	assert_int_equal(kit->record.n_findings, 0);
	(void)enrich(kit, &ignore, "key=9999 key=512 key=9998");
	assert_codes(kit, "512");
}

static void a_name_becomes_the_code_that_it_means(void **state)
{
	struct kit *kit = *state;
	const struct finding *finding = enrich(kit, &raise, "Hangup [queue_TIMEOUT]");

	assert_string_equal(finding->code, "512");
	assert_true(finding->numeric);
	assert_true(finding->known);
	assert_text(finding->name, "queue-full");
	assert_text(finding->key, "Hangup");
	assert_int_equal(finding->offset, 8);
	assert_int_equal(finding->len, 13);
}

static void the_name_of_a_cause_without_a_number_is_its_code(void **state)
{
	static const char *const messages[] = { "Hangup [exitEMPTY]", "Hangup [NO_agents]",
		"Hangup [EXITEMPTY]" };
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i += 2) {
		const struct finding *finding = enrich(kit, &raise, messages[i]);

		assert_string_equal(finding->code, "no-agents");
		assert_false(finding->numeric);
		assert_true(finding->known);
		assert_text(finding->name, "no-agents");
		assert_int_equal(finding->severity, LOG_ERR);
	}
}

static void a_bracket_of_a_cause_without_a_number_explains_it(void **state)
{
	static const char message[] =
		"Hangup [EXITEMPTY] [release cause no-agents, err: Nothing like key=512.]";
	struct kit *kit = *state;

	record_clear(&kit->record);
	add(kit, "MESSAGE", message);
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), ENRICH_NOTHING);
	assert_int_equal(kit->record.n_explained, 1);
	(void)enrich(kit, &raise, message);
	assert_codes(kit, "no-agents 512");
}

/* Such a bracket is written under the name alone: under an alias, it is text like other text. */
static void what_only_looks_like_a_bracket_of_a_name_hides_nothing(void **state)
{
	struct kit *kit = *state;

	(void)enrich(kit, &believe, "[release cause EXITEMPTY, err: Nothing like key=512.]");
	assert_codes(kit, "512");
	(void)enrich(kit, &believe, "[release cause queue-full, warning: The queue is full. key=9");
	assert_codes(kit, "9");
	(void)enrich(
		kit, &believe, "[release cause no-agents no-agents, err: Nothing like key=512.");
	assert_codes(kit, "512");
	(void)enrich(kit, &believe, "[release cause No-agents, err: Nothing like key=512.]");
	assert_codes(kit, "512");
}

static void an_element_of_our_instance_explains_a_name(void **state)
{
	struct kit *kit = *state;

	record_clear(&kit->record);
	kit->record.instance = "me";
	add(kit, "SYSLOG_STRUCTURED_DATA", "[releaseCause@1 code=\"no-agents\" instance=\"me\"]");
	add(kit, "MESSAGE", "Hangup [EXITEMPTY] key=512");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512");

	record_clear(&kit->record);
	kit->record.instance = "me";
	add(kit, "MESSAGE",
		"{\"message\":\"Hangup [EXITEMPTY] key=512\","
		"\"causes\":[{\"code\":\"no-agents\"}],\"instance\":\"me\"}");
	assert_int_equal(enrich_record(&believe, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512");
	kit->record.instance = NULL;
}

static void an_unknown_name_stays_as_it_is(void **state)
{
	struct kit *kit = *state;
	const struct finding *finding = enrich(kit, &raise, "Hangup [USER_GONE]");

	assert_string_equal(finding->code, "USER_GONE");
	assert_false(finding->numeric);
	assert_false(finding->known);
	assert_int_equal(finding->severity, LOG_NOTICE);
}

static void a_code_in_a_range_keeps_its_own_number(void **state)
{
	struct kit *kit = *state;
	const struct finding *finding = enrich(kit, &raise, "key=616");

	assert_string_equal(finding->code, "616");
	assert_text(finding->name, "unclear");
}

static void several_causes_are_findings_in_their_order(void **state)
{
	struct kit *kit = *state;

	(void)enrich(kit, &raise, "key=531 key=9999 Hangup [VAGUE] key=531 key=512");
	assert_codes(kit, "531 9999 613 531 512");
}

static void a_match_alone_becomes_a_finding(void **state)
{
	const struct kit *kit = *state;
	struct match match = {
		.offset = 4, .len = 3, .profile = kit->profile, .catalog = kit->catalog, .code = 512
	};
	struct finding finding;

	match.key = TEXT("key");
	assert_true(enrich_match(&raise, &match, TEXT("key=512"), &finding));
	assert_string_equal(finding.code, "512");
	assert_text(finding.name, "queue-full");
	match.code = 9999;
	assert_true(enrich_match(&raise, &match, TEXT("key=512"), &finding));
	assert_false(finding.known);
	assert_false(enrich_match(&ignore, &match, TEXT("key=512"), &finding));
}

/* -- records ---------------------------------------------------------------- */

static void a_record_without_a_cause_has_an_outcome_of_its_own(void **state)
{
	static const char *const messages[] = { "", "nothing", "key=-1", "CAUSE=512" };
	struct kit *kit = *state;

	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), ENRICH_NOTHING);
	for (size_t i = 0; i < COUNT(messages); i++) {
		record_clear(&kit->record);
		add(kit, "MESSAGE", messages[i]);
		assert_int_equal(
			enrich_record(&raise, kit->recognizer, &kit->record), ENRICH_NOTHING);
		assert_int_equal(kit->record.n_findings, 0);
	}
}

static void only_the_message_is_searched_for_keys(void **state)
{
	struct kit *kit = *state;

	add(kit, "OTHER", "key=512");
	add(kit, "_CMDLINE", "key=512");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), ENRICH_NOTHING);
}

static void structured_fields_are_findings_behind_the_messages(void **state)
{
	struct kit *kit = *state;

	add(kit, "CAUSE", "00531");
	add(kit, "MESSAGE", "key=512");
	add(kit, "MESSAGE_CAUSE", "9999");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512 531 9999");
	assert_true(kit->record.findings[0].in_message);
	assert_false(kit->record.findings[1].in_message);
	assert_text(kit->record.findings[1].key, "CAUSE");
	assert_text(kit->record.findings[1].name, "ended");
	assert_text(kit->record.findings[2].key, "MESSAGE_CAUSE");
}

static void a_record_of_fields_alone_is_enriched(void **state)
{
	struct kit *kit = *state;

	add(kit, "CAUSE", "512");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512");
}

static void a_cause_of_the_message_is_not_found_again_in_a_field(void **state)
{
	struct kit *kit = *state;

	add(kit, "MESSAGE", "key=512 key=512");
	add(kit, "CAUSE", "0512");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "512 512");
}

static void a_parameter_of_structured_data_is_a_finding(void **state)
{
	struct kit *kit = *state;

	add(kit, "SYSLOG_STRUCTURED_DATA", "[pbx@64512 key=\"512\" other=\"531\"]");
	add(kit, "MESSAGE", "call ended");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_int_equal(kit->record.n_findings, 1);
	assert_string_equal(kit->record.findings[0].code, "512");
	assert_false(kit->record.findings[0].in_message);
}

static void a_cause_of_the_message_is_not_found_again_in_structured_data(void **state)
{
	struct kit *kit = *state;

	add(kit, "SYSLOG_STRUCTURED_DATA", "[pbx@64512 key=\"512\"][b key=\"531\"]");
	add(kit, "MESSAGE", "key=512");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_int_equal(kit->record.n_findings, 2);
	assert_true(kit->record.findings[0].in_message);
	assert_string_equal(kit->record.findings[1].code, "531");
}

static void a_key_that_syslog_took_for_the_tag_is_found(void **state)
{
	struct kit *kit = *state;

	add(kit, "SYSLOG_IDENTIFIER", "key");
	add(kit, "MESSAGE", "512 key of the house");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_int_equal(kit->record.n_findings, 1);
	assert_string_equal(kit->record.findings[0].code, "512");
	assert_false(kit->record.findings[0].in_message);
}

static void a_tag_that_is_no_key_finds_nothing(void **state)
{
	struct kit *kit = *state;

	add(kit, "SYSLOG_IDENTIFIER", "ccs");
	add(kit, "MESSAGE", "512 calls");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), ENRICH_NOTHING);
}

static void a_code_that_a_cut_may_have_shortened_is_none_and_counted(void **state)
{
	static const struct {
		const char *message;
		const char *codes;
		size_t part_tail;
	} rows[] = {
		{ "key=531 key=512", "531", 0 },
		{ "key=531 key=512 ", "531 512", 0 },
		{ "key=531 key=512,", "531 512", 0 },
		{ "key=531 key=512.", "531", 0 },
		{ "key=531 key=512-", "531", 0 },
		{ "key=531 key=512:", "531", 0 },
		{ "key=531 key=512/", "531", 0 },
		{ "key=531 key=\"512\"", "531 512", 0 },
		{ "key=531 <key>512</", "531 512", 0 },
		{ "key=531 Hangup [VAGUE]", "531 613", 0 },
		{ "{\"log\":\"key=531 key=512\",\"a\":1}", "531", 8 },
		{ "{\"log\":\"key=531 key=512.\",\"a\":1}", "531", 8 },
		{ "{\"log\":\"key=531 key=512 \",\"a\":1}", "531 512", 8 },
	};
	struct kit *kit = *state;

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		size_t row = i / 2;

		record_clear(&kit->record);
		kit->record.cut = i % 2 && rows[row].part_tail == 0;
		kit->record.part_end = !kit->record.cut;
		kit->record.part_tail = rows[row].part_tail;
		add(kit, "MESSAGE", rows[row].message);
		assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
		assert_codes(kit, rows[row].codes);
		assert_int_equal(kit->record.n_unclaimed, strcmp(rows[row].codes, "531") == 0);
	}
}

/* Each is there twice, and every second one in the message, too. */
static void a_thousand_causes_of_structured_data_are_found_once_each(void **state)
{
	enum { N = 1000 };
	struct buffer message = buffer_make(64 * 1024), data = buffer_make(64 * 1024);
	struct kit *kit = *state;

	buffer_add_char(&data, '[');
	for (unsigned i = 0; i < 2 * N; i++) {
		if (i < N && i % 2 == 0)
			buffer_add_format(&message, "key=%u ", 7000 + i);
		buffer_add_format(&data, "p key=\"%u\" ", 7000 + i % N);
	}
	buffer_add_char(&message, '\0');
	buffer_add_char(&data, '\0');
	assert_int_equal(buffer_finish(&message) | buffer_finish(&data), 0);
	add(kit, "MESSAGE", message.data);
	add(kit, "SYSLOG_STRUCTURED_DATA", data.data);
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_int_equal(kit->record.n_findings, N);
	for (unsigned i = 0; i < N; i++) {
		unsigned code = 7000 + (i < N / 2 ? 2 * i : 2 * (i - N / 2) + 1);
		char expected[16];

		(void)snprintf(expected, sizeof(expected), "%u", code);
		assert_string_equal(kit->record.findings[i].code, expected);
	}
	buffer_done(&message);
	buffer_done(&data);
}

static void a_record_of_one_code_that_touches_the_cut_has_none_but_a_count(void **state)
{
	struct kit *kit = *state;

	add(kit, "SYSLOG_IDENTIFIER", "ccs");
	add(kit, "MESSAGE", "call key=51");
	kit->record.part_end = true;
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), ENRICH_NOTHING);
	assert_int_equal(kit->record.n_unclaimed, 1);
}

static void a_key_that_the_cut_may_have_shortened_is_none_and_counted(void **state)
{
	struct kit *kit = *state;

	add(kit, "MESSAGE", "key=512 key=531 x");
	kit->record.part_start = true;
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_codes(kit, "531");
	assert_int_equal(kit->record.n_unclaimed, 1);
	record_clear(&kit->record);
	assert_false(kit->record.part_start || kit->record.n_unclaimed > 0);
}

/* Together the records of the parts have each cause once. */
static void what_touches_the_end_of_a_part_is_found_with_the_next_one(void **state)
{
	static const struct {
		const char *lead, *rest, *codes;
		bool part_end;
	} rows[] = {
		{ "key=531 key=5", "12 talk", "512", false },
		{ "key=531 key=512", " talk", "512", false },
		{ "key=531 key=512.", "7 talk", "", false },
		{ "key=531 key=512.", " talk", "512", false },
		{ "key=531 key=512 ", "talk", "", false },
		{ "key=531 key=", "512 key=534", "512 534", false },
		{ "key=531 k", "ey=512", "512", false },
		{ "key=531 k", "ey=51", "", true },
		{ "key=512", " x", "", false },
		/* What a pattern requires may be behind the code. */
		{ "[QUEUE_TIMEOUT] key=531 Han", "gup", "512", false },
		{ "[QUEUE_TIMEOUT] Hangup", " key=534", "534", false },
	};
	struct kit *kit = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char message[64];

		record_clear(&kit->record);
		(void)snprintf(message, sizeof(message), "%s%s", rows[i].lead, rows[i].rest);
		add(kit, "MESSAGE", message);
		kit->record.part_start = true;
		kit->record.part_lead = strlen(rows[i].lead);
		kit->record.part_end = kit->record.part_held = rows[i].part_end;
		(void)enrich_record(&raise, kit->recognizer, &kit->record);
		assert_codes(kit, rows[i].codes);
		assert_int_equal(kit->record.n_unclaimed, strcmp(rows[i].lead, "key=512") == 0);
	}
}

static void a_tag_takes_its_value_neither_from_a_cut_nor_from_the_rest_of_a_message(void **state)
{
	static const struct {
		const char *message;
		bool part_start, part_end;
		const char *codes;
		size_t n_unclaimed, part_lead;
	} rows[] = {
		{ "512", false, false, "512", 0, 0 },
		{ "512", false, true, "", 1, 0 },
		{ "512 talk=9", false, true, "512", 0, 0 },
		{ "512 talk=9", true, false, "", 0, 0 },
		{ "512 talk=9", false, false, "", 0, 4 },
	};
	struct kit *kit = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		record_clear(&kit->record);
		add(kit, "SYSLOG_IDENTIFIER", "key");
		add(kit, "MESSAGE", rows[i].message);
		kit->record.part_start = rows[i].part_start;
		kit->record.part_end = rows[i].part_end;
		kit->record.part_lead = rows[i].part_lead;
		(void)enrich_record(&raise, kit->recognizer, &kit->record);
		assert_codes(kit, rows[i].codes);
		assert_int_equal(kit->record.n_unclaimed, rows[i].n_unclaimed);
	}
}

static void causes_past_the_bound_are_left_out(void **state)
{
	enum { N = RECORD_FINDINGS_MAX + 1 };
	struct kit *kit = *state;
	char *message = calloc(N, 9);

	assert_non_null(message);
	for (size_t i = 0; i < N; i++)
		memcpy(message + 8 * i, "key=512 ", 8);
	(void)enrich(kit, &raise, message);
	assert_int_equal(kit->record.n_findings, RECORD_FINDINGS_MAX);
	assert_int_equal(kit->record.n_findings_dropped, 1);
	free(message);
}

static void a_field_past_the_bound_is_counted(void **state)
{
	struct kit *kit = *state;
	char *message = calloc(RECORD_FINDINGS_MAX, 9);

	assert_non_null(message);
	for (size_t i = 0; i < RECORD_FINDINGS_MAX; i++)
		memcpy(message + 8 * i, "key=512 ", 8);
	add(kit, "MESSAGE", message);
	add(kit, "CAUSE", "531");
	assert_int_equal(enrich_record(&raise, kit->recognizer, &kit->record), 0);
	assert_int_equal(kit->record.n_findings, RECORD_FINDINGS_MAX);
	assert_int_equal(kit->record.n_findings_dropped, 1);
	free(message);
}

/* -- priority --------------------------------------------------------------- */

static void the_priority_follows_the_policy(void **state)
{
	static const struct {
		const struct enrich_policy *policy;
		const char *original; /* NULL: the record has no PRIORITY */
		const char *message;
		int priority;
	} rows[] = {
		{ &raise, "6", "key=512", LOG_WARNING },
		{ &raise, "3", "key=512", LOG_ERR },
		{ &raise, "4", "key=512", LOG_WARNING },
		{ &raise, "7", "key=616", LOG_DEBUG },
		{ &raise, "6", "key=616", LOG_INFO },
		{ &raise, "6", "key=531 key=534 key=512", LOG_CRIT },
		{ &raise, "6", "key=9999", LOG_NOTICE },
		{ &raise, "0", "key=534", LOG_EMERG },
		{ &set, "3", "key=512", LOG_WARNING },
		{ &set, "6", "key=512", LOG_WARNING },
		{ &set, "3", "key=616", LOG_DEBUG },
		{ &set, "6", "key=616 key=534 key=531", LOG_CRIT },
		{ &set, "0", "key=9999", LOG_NOTICE },
		{ &keep, "6", "key=534", LOG_INFO },
		{ &keep, "3", "key=616", LOG_ERR },
		/* Without a PRIORITY, or without a good one, it is info. */
		{ &raise, NULL, "key=512", LOG_WARNING },
		{ &raise, NULL, "key=616", LOG_INFO },
		{ &keep, NULL, "key=534", LOG_INFO },
		{ &keep, "8", "key=534", LOG_INFO },
		{ &keep, "", "key=534", LOG_INFO },
		{ &keep, "err", "key=534", LOG_INFO },
		{ &keep, "33", "key=534", LOG_INFO },
		{ &set, NULL, "key=534", LOG_CRIT },
	};
	struct kit *kit = *state;

	assert_int_equal(ENRICH_PRIORITY_DEFAULT, LOG_INFO);
	for (size_t i = 0; i < COUNT(rows); i++) {
		record_clear(&kit->record);
		if (rows[i].original)
			add(kit, "PRIORITY", rows[i].original);
		add(kit, "MESSAGE", rows[i].message);
		assert_int_equal(enrich_record(rows[i].policy, kit->recognizer, &kit->record), 0);
		if (kit->record.priority != rows[i].priority)
			fail_msg("row %zu gave %d", i, kit->record.priority);
	}
}

static void policies_have_the_names_that_configurations_write(void **state)
{
	(void)state;
	assert_string_equal(enrich_severity_names[ENRICH_RAISE], "raise");
	assert_string_equal(enrich_severity_names[ENRICH_SET], "set");
	assert_string_equal(enrich_severity_names[ENRICH_KEEP], "keep");
	assert_null(enrich_severity_names[ENRICH_KEEP + 1]);
}

#define WITH_KIT(test) cmocka_unit_test_setup_teardown(test, open_kit, free_kit)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_KIT(a_cause_that_its_bracket_follows_is_counted_and_the_others_are_findings),
		WITH_KIT(one_bracket_explains_all_causes_of_its_code_before_it),
		WITH_KIT(a_bracket_is_that_of_the_catalogs_code),
		WITH_KIT(a_record_that_is_explained_already_has_an_outcome_of_its_own),
		WITH_KIT(a_tag_and_structured_data_have_their_brackets_in_the_message),
		WITH_KIT(an_element_of_our_instance_explains_its_codes),
		WITH_KIT(where_brackets_are_not_believed_they_hide_nothing),
		WITH_KIT(a_finding_has_all_that_the_catalog_has),
		WITH_KIT(a_finding_has_its_origin),
		WITH_KIT(an_unknown_code_is_a_notice_that_names_its_catalog),
		WITH_KIT(an_unknown_code_may_be_ignored),
		WITH_KIT(a_name_becomes_the_code_that_it_means),
		WITH_KIT(the_name_of_a_cause_without_a_number_is_its_code),
		WITH_KIT(a_bracket_of_a_cause_without_a_number_explains_it),
		WITH_KIT(what_only_looks_like_a_bracket_of_a_name_hides_nothing),
		WITH_KIT(an_element_of_our_instance_explains_a_name),
		WITH_KIT(an_unknown_name_stays_as_it_is),
		WITH_KIT(a_code_in_a_range_keeps_its_own_number),
		WITH_KIT(several_causes_are_findings_in_their_order),
		WITH_KIT(a_match_alone_becomes_a_finding),
		WITH_KIT(a_record_without_a_cause_has_an_outcome_of_its_own),
		WITH_KIT(only_the_message_is_searched_for_keys),
		WITH_KIT(structured_fields_are_findings_behind_the_messages),
		WITH_KIT(a_record_of_fields_alone_is_enriched),
		WITH_KIT(a_cause_of_the_message_is_not_found_again_in_a_field),
		WITH_KIT(a_parameter_of_structured_data_is_a_finding),
		WITH_KIT(a_cause_of_the_message_is_not_found_again_in_structured_data),
		WITH_KIT(a_key_that_syslog_took_for_the_tag_is_found),
		WITH_KIT(a_tag_that_is_no_key_finds_nothing),
		WITH_KIT(a_code_that_a_cut_may_have_shortened_is_none_and_counted),
		WITH_KIT(a_thousand_causes_of_structured_data_are_found_once_each),
		WITH_KIT(a_record_of_one_code_that_touches_the_cut_has_none_but_a_count),
		WITH_KIT(a_key_that_the_cut_may_have_shortened_is_none_and_counted),
		WITH_KIT(what_touches_the_end_of_a_part_is_found_with_the_next_one),
		WITH_KIT(a_tag_takes_its_value_neither_from_a_cut_nor_from_the_rest_of_a_message),
		WITH_KIT(causes_past_the_bound_are_left_out),
		WITH_KIT(a_field_past_the_bound_is_counted),
		WITH_KIT(the_priority_follows_the_policy),
		WITH_KIT(policies_have_the_names_that_configurations_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
