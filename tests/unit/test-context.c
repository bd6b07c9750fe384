/* Tests of cause/search/context through cause/enrich: what a line says of its call. */
#include "config.h"

#include "test.h"

#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "record/record.h"
#include "test-bind.h"
#include "test-catalog.h"
#include "test-profile.h"

static const char causes[] =
	CATALOG_HEAD "  - {code: 16, name: normal-clearing, description: D., severity: err}\n";

static const char usual[] = PROFILE_HEAD "keys: [cause]\ncontext:\n"
					 "  call: [call-id, {regex: '^([0-9a-f]{8}) '}, uuid]\n"
					 "  trunk: [trunk]\n";

struct kit {
	struct catalog *catalog;
	struct profile *profiles[2];
	size_t n_profiles;
	struct recognizer *recognizer;
	struct record record;
};

static void open_kit(struct kit *kit, const char *first, const char *second)
{
	*kit = (struct kit){ .catalog = catalog_good(causes), .record = record_make() };
	kit->profiles[kit->n_profiles++] = profile_good(first);
	if (second)
		kit->profiles[kit->n_profiles++] = profile_good(second);
	for (size_t i = 0; i < kit->n_profiles; i++)
		test_bind(kit->profiles[i], kit->catalog);
	kit->recognizer = recognizer_of(kit->profiles, kit->n_profiles);
}

static void close_kit(struct kit *kit)
{
	record_done(&kit->record);
	(void)recognizer_free(kit->recognizer);
	for (size_t i = 0; i < kit->n_profiles; i++)
		(void)profile_free(kit->profiles[i]);
	(void)catalog_free(kit->catalog);
}

static void add(struct kit *kit, const char *name, struct text value)
{
	assert_int_equal(record_add(&kit->record, text_of(name), value), 0);
}

static void enrich(struct kit *kit)
{
	const struct enrich_policy policy = { 0 };

	assert_between(enrich_record(&policy, kit->recognizer, &kit->record), 0, ENRICH_NOTHING);
}

static void print_facts(const struct record *record, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < record->n_facts && len < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%.*s=%.*s", i > 0 ? "|" : "",
			TEXT_FORMAT(record->facts[i].name), (int)record->facts[i].len,
			record->facts[i].value);
}

/* A message, and the facts in it. */
struct row {
	struct text message;
	const char *facts;
};

static void check_rows(const char *profile, const struct row *rows, size_t n)
{
	struct kit kit;
	size_t n_bad = 0;

	open_kit(&kit, profile, NULL);
	for (size_t i = 0; i < n; i++) {
		char facts[1024];

		record_clear(&kit.record);
		add(&kit, "MESSAGE", rows[i].message);
		enrich(&kit);
		print_facts(&kit.record, facts, sizeof(facts));
		if (strcmp(facts, rows[i].facts) == 0 && kit.record.n_facts_left == 0)
			continue;
		print_error("row %zu gave [%s], %zu left: %.*s\n", i, facts,
			kit.record.n_facts_left, TEXT_FORMAT(rows[i].message));
		n_bad++;
	}
	assert_int_equal(n_bad, 0);
	close_kit(&kit);
}

static void facts_are_found_in_every_shape_of_a_key(void **state)
{
	static const struct row rows[] = {
		{ TEXT("call-id=87-3 cause=16"), "call=87-3" },
		{ TEXT("cause=16 call-id=87-3"), "call=87-3" },
		{ TEXT("cause=16 CALL-ID: a@192.0.2.1:5060;tag=x"), "call=a@192.0.2.1:5060" },
		{ TEXT("cause=16 call-id = 87.3."), "call=87.3" },
		{ TEXT("cause=16 trunk: carrier a"), "trunk=carrier" },
		{ TEXT("cause=16 trunk='carrier a'"), "trunk=carrier a" },
		{ TEXT("cause=16 trunk=\"carrier, \\\"a\\\"\""), "trunk=carrier, \\\"a\\\"" },
		{ TEXT("{\"trunk\":\"carrier a\",\"cause\":16}"), "trunk=carrier a" },
		{ TEXT("{\"trunk\":7,\"cause\":16}"), "trunk=7" },
		{ TEXT("{\"m\":\"{\\\"trunk\\\":\\\"carrier a\\\",\\\"cause\\\":16}\"}"),
			"trunk=carrier a" },
		{ TEXT("\"{\"\"trunk\"\":\"\"carrier a\"\",\"\"cause\"\":16}\""),
			"trunk=carrier a" },
		{ TEXT("<trunk>carrier a</trunk><cause>16</cause>"), "trunk=carrier a" },
		{ TEXT("<x trunk=\"carrier a\" cause=\"16\"/>"), "trunk=carrier a" },
		{ TEXT("cause=16 trunk=\033[1mcarrier\033[0m a"), "trunk=carrier" },
		{ TEXT("cause=16 trunk=tr\xC3\xA4ger x"), "trunk=tr\xC3\xA4ger" },
		{ TEXT("cause=16 trunk=a\xC2\xA0x"), "trunk=a" },
		{ TEXT("cause=16 trunk=a(b)"), "trunk=a" },
		{ TEXT("cause=16 trunk=[\"a\",\"b\"]"), "trunk=a" },
		{ TEXT("INVITE\ncall-id: 5f\r\ncause: 16"), "call=5f" },
		{ TEXT("cause=16 trunk=\xFF\x01"), "trunk=\xFF" },
		{ TEXT("cause=16 trunk=\"\xFF\x01\""), "trunk=\xFF\x01" },
		{ TEXT("cause=16 call-id=MTI3== trunk=sip:gw1"), "call=MTI3==|trunk=sip:gw1" },
		{ TEXT("cause=16 call-id: 87-3: hung up"), "call=87-3" },
		{ TEXT("cause=16 call-id= \"87-3\""), "call=87-3" },
		{ TEXT("cause=16 {\"trunk\":\"a\\\\\",\"call-id\":\"b\"}"), "call=b|trunk=a\\\\" },
		{ TEXT("\"cause=16 trunk=\"\"a\"\" x\""), "trunk=a" },
	};

	(void)state;
	check_rows(usual, rows, COUNT(rows));
}

static void what_is_no_value_is_no_fact(void **state)
{
	static const struct row rows[] = {
		{ TEXT("cause=16"), "" },
		{ TEXT("cause=16 trunk"), "" },
		{ TEXT("cause=16 trunk="), "" },
		{ TEXT("cause=16 trunk=\"\""), "" },
		{ TEXT("cause=16 trunk=\"a"), "" },
		{ TEXT("cause=16 trunk=\"a\nb\""), "" },
		{ TEXT("cause=16 trunk=null"), "" },
		{ TEXT("cause=16 trunk=."), "" },
		{ TEXT("cause=16 mytrunk=a"), "" },
		{ TEXT("cause=16 trunks=a"), "" },
		{ TEXT("cause=16 <trunk>a"), "" },
		{ TEXT("cause=16 <trunk>a<b>"), "" },
		{ TEXT("cause=16 <trunk></trunk>"), "" },
		/* empty quotes are no doubled ones */
		{ TEXT("{\"call-id\":\"\",\"caller\":\"5550101\",\"trunk\":\"\",\"cause\":16}"),
			"" },
		{ TEXT("call-id=\"\" trunk=\"\" cause=16"), "" },
		{ TEXT("\"\"call-id\"\":\"\"\"\",\"\"cause\"\":16"), "" },
		{ TEXT("{\"trunk\":[\"\",\"a\"],\"cause\":16}"), "" },
		/* the next key is no value */
		{ TEXT("call-id= trunk= cause=16"), "" },
		{ TEXT("call-id= 87 cause=16"), "" },
		{ TEXT("call-id=trunk=cause=16"), "" },
		{ TEXT("call-id: trunk: cause: 16"), "" },
		{ TEXT("call-id = trunk = cause = 16"), "" },
		/* a quote within a word closes nothing */
		{ TEXT("trunk='O'Hare' cause=16"), "" },
	};

	(void)state;
	check_rows(usual, rows, COUNT(rows));
}

static void a_line_without_a_cause_has_no_facts(void **state)
{
	static const struct row rows[] = {
		{ TEXT("call-id=87-3 trunk=a"), "" },
		{ TEXT("call-id=87-3 cause=x"), "" },
	};

	(void)state;
	check_rows(usual, rows, COUNT(rows));
}

static void the_first_entry_that_finds_a_value_counts(void **state)
{
	static const struct row rows[] = {
		{ TEXT("0123abcd cause=16 uuid=u call-id=c"), "call=c" },
		{ TEXT("0123abcd cause=16 uuid=u"), "call=0123abcd" },
		{ TEXT("cause=16 uuid=u"), "call=u" },
		{ TEXT("cause=16 call-id=null uuid=u"), "call=u" },
		{ TEXT("cause=16 call-id=1 call-id=2"), "call=1" },
		{ TEXT("cause=16 call-id=null call-id=2"), "call=2" },
	};

	(void)state;
	check_rows(usual, rows, COUNT(rows));
}

static void facts_are_in_the_order_of_the_profile(void **state)
{
	static const struct row rows[] = {
		{ TEXT("trunk=a cause=16 call-id=1"), "call=1|trunk=a" },
	};

	(void)state;
	check_rows(usual, rows, COUNT(rows));
}

/* Two that begin alike would look alike. */
static void a_value_that_is_too_long_is_left_out_and_counted(void **state)
{
	static const struct {
		const char *before, *behind;
	} shapes[] = {
		{ "cause=16 trunk=", "" },
		{ "cause=16 trunk=", ";x" },
		{ "cause=16 trunk=\"", "\"" },
		{ "cause=16 <trunk>", "</trunk>" },
		{ "{\"trunk\":\"", "\",\"cause\":16}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++)
		for (int len = RECORD_FACT_LEN_MAX; len < RECORD_FACT_LEN_MAX + 3; len++) {
			char message[256], value[128];
			bool fits = len <= RECORD_FACT_LEN_MAX;
			struct kit kit;

			memset(value, 'x', sizeof(value));
			(void)snprintf(message, sizeof(message), "%s%.*s%s", shapes[i].before, len,
				value, shapes[i].behind);
			open_kit(&kit, usual, NULL);
			add(&kit, "MESSAGE", text_of(message));
			enrich(&kit);
			assert_int_equal(kit.record.n_facts, fits);
			assert_int_equal(kit.record.n_facts_left, !fits);
			close_kit(&kit);
		}
}

static void an_expression_that_finds_too_much_is_counted(void **state)
{
	struct kit kit;

	(void)state;
	open_kit(&kit, PROFILE_HEAD "keys: [cause]\ncontext:\n  call: [{regex: 'id (.*) end'}]\n",
		NULL);
	add(&kit, "MESSAGE",
		text_of("cause=16 id "
			"0123456789012345678901234567890123456789012345678901234567890123"
			"4 end"));
	enrich(&kit);
	assert_int_equal(kit.record.n_facts, 0);
	assert_int_equal(kit.record.n_facts_left, 1);
	close_kit(&kit);
}

static void an_expression_that_runs_away_is_counted(void **state)
{
	struct kit kit;
	static const char before[] = "cause=16 trunk=t ";
	char message[512];

	(void)state;
	open_kit(&kit,
		PROFILE_HEAD
		"keys: [cause]\ncontext:\n  call: [{regex: '((a|aa)+)+$'}]\n  trunk: [trunk]\n",
		NULL);
	memset(message, 'a', sizeof(message));
	memcpy(message, before, sizeof(before) - 1);
	message[sizeof(message) - 1] = 'b';
	add(&kit, "MESSAGE", text_make(message, sizeof(message)));
	enrich(&kit);
	assert_int_equal(kit.record.n_facts, 1);
	assert_int_equal(kit.record.n_facts_left, 1);
	close_kit(&kit);
}

static const char with_others[] = "profile: other\ncatalog: test\nkeys: [reason]\ncontext:\n"
				  "  trunk: [gateway]\n  agent: [agent]\n";

static void the_profile_of_the_first_cause_comes_first(void **state)
{
	static const struct row rows[] = {
		{ TEXT("cause=16 reason=16 trunk=t gateway=g agent=a"), "trunk=t|agent=a" },
		{ TEXT("reason=16 cause=16 trunk=t gateway=g agent=a"), "trunk=g|agent=a" },
		{ TEXT("cause=16 trunk=t gateway=g agent=a"), "trunk=t" },
		{ TEXT("reason=16 trunk=t gateway=g agent=a"), "trunk=g|agent=a" },
		{ TEXT("cause=16 reason=16 gateway=g"), "trunk=g" },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, usual, with_others);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char facts[256];

		record_clear(&kit.record);
		add(&kit, "MESSAGE", rows[i].message);
		enrich(&kit);
		print_facts(&kit.record, facts, sizeof(facts));
		assert_string_equal(facts, rows[i].facts);
	}
	close_kit(&kit);
}

static void a_record_has_at_most_eight_facts(void **state)
{
	struct kit kit;

	(void)state;
	open_kit(&kit,
		PROFILE_HEAD "keys: [cause]\ncontext: {a: [k], b: [k], c: [k], d: [k], e: [k], "
			     "f: [k], g: [k], h: [k]}\n",
		"profile: other\ncatalog: test\nkeys: [reason]\ncontext: {i: [k], a: [k], j: "
		"[k]}\n");
	add(&kit, "MESSAGE", text_of("cause=16 reason=16 k=v"));
	enrich(&kit);
	assert_int_equal(kit.record.n_facts, RECORD_FACTS_MAX);
	assert_int_equal(kit.record.n_facts_left, 2);
	close_kit(&kit);
}

/* A fact that is cut would be another one. */
static void a_fact_at_a_cut_is_left_out_and_counted(void **state)
{
	static const struct {
		const char *message;
		bool front, behind;
		const char *facts;
		size_t n_left;
	} rows[] = {
		{ "cause=16 trunk=carr", false, false, "trunk=carr", 0 },
		{ "cause=16 trunk=carr", false, true, "", 1 },
		{ "cause=16 trunk=carr ", false, true, "trunk=carr", 0 },
		{ "trunk=a cause=16 x", true, false, "", 1 },
		{ " trunk=a cause=16 x", true, false, "trunk=a", 0 },
		{ "0123abcd cause=16 x", true, false, "", 0 },
		{ "cause=16 trunk=87.", false, true, "", 1 },
		{ "cause=16 trunk=87.:", false, true, "", 1 },
		{ "cause=16 trunk=87. ", false, true, "trunk=87", 0 },
		{ "cause=16 trunk=\"carr", false, true, "", 1 },
		{ "cause=16 trunk=\"carr\"", false, true, "", 1 },
		{ "cause=16 trunk=\"carr\" ", false, true, "trunk=carr", 0 },
		{ "cause=16 trunk=\"carr", false, false, "", 0 },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, usual, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char facts[256];

		record_clear(&kit.record);
		add(&kit, "MESSAGE", text_of(rows[i].message));
		kit.record.part_start = rows[i].front;
		kit.record.cut = rows[i].behind;
		enrich(&kit);
		print_facts(&kit.record, facts, sizeof(facts));
		assert_string_equal(facts, rows[i].facts);
		assert_int_equal(kit.record.n_facts_left, rows[i].n_left);
	}
	close_kit(&kit);
}

/* A message may begin with the end of the part before, and end with what wraps it. */
static void a_fact_at_the_cut_of_a_part_is_left_out_and_counted(void **state)
{
	static const struct {
		const char *message;
		size_t lead, tail;
		bool end;
		const char *facts;
		size_t n_left;
	} rows[] = {
		{ "trunk=a cause=16 x", 0, 0, false, "trunk=a", 0 },
		{ "trunk=a cause=16 x", 2, 0, false, "", 1 },
		{ "cause=16 trunk=carr", 0, 0, true, "", 1 },
		{ "cause=16 trunk=carr\"}", 0, 2, true, "", 1 },
		{ "cause=16 trunk=carr \"}", 0, 2, true, "trunk=carr", 0 },
		{ "cause=16 x {\"trunk\":\"a\"}", 0, 13, false, "", 0 },
	};
	struct kit kit;

	(void)state;
	open_kit(&kit, usual, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char facts[256];

		record_clear(&kit.record);
		add(&kit, "MESSAGE", text_of(rows[i].message));
		kit.record.part_lead = rows[i].lead;
		kit.record.part_tail = rows[i].tail;
		kit.record.part_end = rows[i].end;
		enrich(&kit);
		print_facts(&kit.record, facts, sizeof(facts));
		assert_string_equal(facts, rows[i].facts);
		assert_int_equal(kit.record.n_facts_left, rows[i].n_left);
	}
	close_kit(&kit);
}

static void facts_are_found_in_structured_data_too(void **state)
{
	char facts[256];
	struct kit kit;

	(void)state;
	open_kit(&kit, usual, NULL);
	add(&kit, "MESSAGE", text_of("call-id=1"));
	add(&kit, "SYSLOG_STRUCTURED_DATA",
		text_of("[x cause=\"16\" trunk=\"carrier a\" call-id=\"2\"]"));
	enrich(&kit);
	print_facts(&kit.record, facts, sizeof(facts));
	assert_string_equal(facts, "call=1|trunk=carrier a");
	close_kit(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_found_in_every_shape_of_a_key),
		cmocka_unit_test(what_is_no_value_is_no_fact),
		cmocka_unit_test(a_line_without_a_cause_has_no_facts),
		cmocka_unit_test(the_first_entry_that_finds_a_value_counts),
		cmocka_unit_test(facts_are_in_the_order_of_the_profile),
		cmocka_unit_test(a_value_that_is_too_long_is_left_out_and_counted),
		cmocka_unit_test(an_expression_that_finds_too_much_is_counted),
		cmocka_unit_test(an_expression_that_runs_away_is_counted),
		cmocka_unit_test(the_profile_of_the_first_cause_comes_first),
		cmocka_unit_test(a_record_has_at_most_eight_facts),
		cmocka_unit_test(a_fact_at_a_cut_is_left_out_and_counted),
		cmocka_unit_test(a_fact_at_the_cut_of_a_part_is_left_out_and_counted),
		cmocka_unit_test(facts_are_found_in_structured_data_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
