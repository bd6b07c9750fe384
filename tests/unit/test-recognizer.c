/* Tests of cause/recognizer: whole messages. */
#include "config.h"

#include "test.h"

#include "cause/recognizer.h"
#include "cause/search/scan/scan.h"
#include "test-profile.h"

static const char huawei[] =
	"profile: huawei\ncatalog: test\nkeys: [releaseCause, release_cause, failCode]\n";

enum { CODES_SIZE = 16 * 1024 };

/* A message and the codes in it. */
struct row {
	struct text message;
	const char *codes;
};

static void check_with(struct recognizer *recognizer, const struct row *rows, size_t n)
{
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		/* A copy without a byte behind it, for the sanitizers. */
		char *copy = malloc(rows[i].message.len);
		struct text message = text_make(copy, rows[i].message.len);
		const struct match *matches;
		char codes[CODES_SIZE];
		size_t n_matches;

		assert_non_null(copy);
		memcpy(copy, rows[i].message.data, message.len);
		matches = recognizer_find(recognizer, message, &n_matches);
		print_codes(matches, n_matches, message, codes, sizeof(codes));
		if (strcmp(codes, rows[i].codes) != 0) {
			print_error("row %zu gave [%s]: %.*s\n", i, codes, TEXT_FORMAT(message));
			n_bad++;
		}
		free(copy);
	}
	assert_int_equal(n_bad, 0);
}

/* By the profiles read from these texts, in this order. */
static void check_by(
	const char *const *contents, size_t n_profiles, const struct row *rows, size_t n)
{
	struct profile *profiles[4] = { NULL };
	struct recognizer *recognizer;

	for (size_t i = 0; i < n_profiles; i++)
		profiles[i] = profile_good(contents[i]);
	recognizer = recognizer_of(profiles, n_profiles);
	check_with(recognizer, rows, n);
	(void)recognizer_free(recognizer);
	for (size_t i = 0; i < n_profiles; i++)
		(void)profile_free(profiles[i]);
}

static void check(const char *content, const struct row *rows, size_t n)
{
	check_by(&content, 1, rows, n);
}

/* -- keys ------------------------------------------------------------------- */

static void every_shape_of_a_key_and_its_value_is_recognized(void **state)
{
	static const struct row rows[] = {
		{ TEXT("callId=87-3 releaseCause=512 talk=0"), "512" },
		{ TEXT("releaseCause=512"), "512" },
		{ TEXT("call 87-4 ended, releaseCause: 531"), "531" },
		{ TEXT("RELEASECAUSE = \"601\" agent=1004"), "601" },
		{ TEXT("ReLeAsE_cAuSe=>80"), "80" },
		{ TEXT("{\"callId\":\"1700000011-42\",\"releaseCause\":548,\"talkTime\":0}"),
			"548" },
		{ TEXT("{ \"task\": 7, \"failCode\" : \"00537\", \"x\": \"OB00012\" }"), "537" },
		{ TEXT("{'releaseCause': '1'}"), "1" },
		{ TEXT("<call id=\"9\"><releaseCause>853</releaseCause></call>"), "853" },
		{ TEXT("<c:releaseCause type=\"int\"> 00853 </c:releaseCause>"), "853" },
		{ TEXT("<leg releaseCause=\"564\" seconds=\"0\"/>"), "564" },
		{ TEXT("cdr={\\\"callid\\\":\\\"17-7\\\",\\\"releaseCause\\\":512}"), "512" },
		{ TEXT("{\"m\":\"{\\\\\\\"failCode\\\\\\\":\\\\\\\"00603\\\\\\\"}\"}"), "603" },
		{ TEXT("ended\\nreleaseCause=512\\n"), "512" },
		{ TEXT("\0\xFF\xFEreleaseCause=512\xFF\0"), "512" },
		{ TEXT("外呼失败:failCode=00538。"), "538" },
		{ TEXT("releaseCause=4294967294"), "4294967294" },
		{ TEXT("releaseCause=0"), "0" },
	};

	(void)state;
	check(huawei, rows, COUNT(rows));
}

static void what_only_looks_like_a_cause_is_left_alone(void **state)
{
	static const struct row rows[] = {
		{ TEXT(""), "" },
		{ TEXT("because the cause is 512"), "" },
		{ TEXT("512"), "" },
		{ TEXT("releaseCause=-1 failCode=\"\""), "" },
		{ TEXT("releaseCause=+1 failCode=''"), "" },
		{ TEXT("releaseCause=other release_cause='expired'"), "" },
		{ TEXT("UE_CONTEXT_RELEASE_CAUSE=3 outgoingCallReleaseCause=16"), "" },
		{ TEXT("releaseCauses=3 releaseCause2=3 failCode_x=3"), "" },
		{ TEXT("{\"event\":\"AgentEvent_Call_Release\",\"content\":\"1700000013-512\"}"),
			"" },
		{ TEXT("{\"stateCode\":522,\"reasonCode\":5,\"resultCode\":\"0512000\"}"), "" },
		{ TEXT("releaseCause=1700000014-15"), "" },
		{ TEXT("releaseCause=5.12 releaseCause=512345678901"), "" },
		{ TEXT("releaseCause=10:30 releaseCause=0x1F releaseCause=87-3"), "" },
		{ TEXT("releaseCause==512 releaseCause::512 releaseCause 512"), "" },
		{ TEXT("\"releaseCause\":\"512"), "" },
		{ TEXT("the end is releaseCause"), "" },
		{ TEXT("the end is releaseCause="), "" },
		{ TEXT("releaseCause=\n512"), "" },
		{ TEXT("releaseCause\n=512"), "" },
		{ TEXT("releaseCaus"), "" },
	};

	(void)state;
	check(huawei, rows, COUNT(rows));
}

static void several_causes_are_found_in_their_order(void **state)
{
	static const struct row rows[] = {
		{ TEXT("[{\"failCode\":\"00603\"},{\"failCode\":\"00604\"}]"), "603 604" },
		{ TEXT("release_cause=1077 release_cause=1077"), "1077 1077" },
		{ TEXT("failCode=3 releaseCause=1 release_cause=2 failCode=4"), "3 1 2 4" },
		{ TEXT("releaseCause=-1 failCode=2 releaseCause=x failCode=3"), "2 3" },
		{ TEXT("releaseCause=1\nno cause here\nfailCode=2\n"), "1 2" },
		{ TEXT("releaseCause=releaseCause=5"), "5" },
	};

	(void)state;
	check(huawei, rows, COUNT(rows));
}

static void a_match_knows_its_place_its_key_and_its_profile(void **state)
{
	struct profile *profile = profile_good(huawei);
	struct recognizer *recognizer = recognizer_of(&profile, 1);
	size_t n;
	const struct match *matches =
		recognizer_find(recognizer, TEXT("a FAILCODE = \"00537\" b"), &n);

	(void)state;
	assert_int_equal(n, 1);
	assert_int_equal(matches->offset, 14);
	assert_int_equal(matches->len, 5);
	assert_int_equal(matches->code, 537);
	assert_int_equal(matches->base, VALUE_DECIMAL);
	assert_text(matches->key, "failCode");
	assert_ptr_equal(matches->profile, profile);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

static void the_base_of_the_profile_is_the_base_of_its_keys(void **state)
{
	static const struct row hex[] = {
		{ TEXT("DisconnectCause 10  , DisconnectText x, DisconnectCause=10,"), "16" },
		{ TEXT("H323_CAUSE=\"DisconnectCause=1F\""), "31" },
		{ TEXT("DisconnectCause=0x10 DisconnectCause=zz"), "16" },
	};
	static const struct row q931[] = {
		{ TEXT("  Cause i = 0x8290 - Normal call clearing"), "16" },
		{ TEXT("Cause i = 0x829F - Normal, Cause i = 16"), "31" },
		{ TEXT("Because i = 0x8290"), "" },
	};
	static const struct row name[] = {
		{ TEXT("hanging up, cause: CALL_REJECTED"), "CALL_REJECTED" },
		{ TEXT("cause: 16 because: X"), "" },
	};

	(void)state;
	check(PROFILE_HEAD "keys: [DisconnectCause]\nbase: hex\n", hex, COUNT(hex));
	check(PROFILE_HEAD "keys: [Cause i]\nbase: q931\n", q931, COUNT(q931));
	check(PROFILE_HEAD "keys: [cause]\nbase: name\n", name, COUNT(name));
}

/* -- patterns --------------------------------------------------------------- */

static void a_pattern_expresses_what_keys_cannot_express(void **state)
{
	static const struct row rows[] = {
		{ TEXT("[NOTICE] Hangup sofia/1@h [CS_NEW] [CALL_REJECTED]"), "CALL_REJECTED" },
		{ TEXT("[NOTICE] Hungup sofia/1@h [CS_NEW] [CALL_REJECTED]"), "" },
		{ TEXT("[NOTICE] Hangup sofia/1@h [CS_NEW] [call_rejected]"), "" },
	};

	(void)state;
	check(PROFILE_HEAD "patterns:\n"
			   "  - requires: Hangup\n"
			   "    regex: 'Hangup \\S+ \\[CS_\\w+\\] \\[(?<cause>[A-Z_]+)\\]'\n"
			   "    base: name\n",
		rows, COUNT(rows));
}

static void a_pattern_is_tried_once_on_a_line_that_holds_its_literal(void **state)
{
	static const struct row rows[] = {
		{ TEXT("x Hangup [AA] Hangup [BB] Hangup [CC]"), "AA BB CC" },
		{ TEXT("hangup [AA]"), "" },
		{ TEXT("hangup Hangup [AA]"), "AA" },
		{ TEXT("HangupHangup [AA]"), "AA" },
		{ TEXT("[AA]"), "" },
		{ TEXT("Hangup\n[AA]"), "" },
		{ TEXT("[AA]\nHangup [BB]\n[CC]\nHangup [DD]"), "BB DD" },
		{ TEXT("Hangup [AA]\n"), "AA" },
		{ TEXT("Hangup [A B] Hangup [16]"), "" },
	};

	(void)state;
	check(PROFILE_HEAD "patterns: [{requires: Hangup, base: name, "
			   "regex: 'Hangup[\\s\\S]*?\\[(?<cause>[A-Z0-9 ]+)\\]'}]\n",
		rows, COUNT(rows));
}

static void the_group_of_a_pattern_is_wholly_a_value_or_nothing(void **state)
{
	static const struct row decimal[] = {
		{ TEXT("Q: cause [512]"), "512" },
		{ TEXT("Q: cause [ 00512\t]"), "512" },
		{ TEXT("Q: cause [512x] cause [] cause [5 12] cause [-1] cause [7]"), "7" },
	};
	static const struct row hex[] = { { TEXT("Q: cause [10]"), "16" } };
	static const struct row q931[] = { { TEXT("Q: cause [0x8290] cause [16]"), "16" } };

	(void)state;
	check(PROFILE_HEAD "patterns: [{requires: 'Q:', regex: 'cause \\[(?<cause>[^]]*)\\]'}]\n",
		decimal, COUNT(decimal));
	check(PROFILE_HEAD "patterns: [{requires: 'Q:', regex: 'cause \\[(?<cause>[^]]*)\\]', "
			   "base: hex}]\n",
		hex, COUNT(hex));
	check(PROFILE_HEAD "patterns: [{requires: 'Q:', regex: 'cause \\[(?<cause>[^]]*)\\]', "
			   "base: q931}]\n",
		q931, COUNT(q931));
}

static void a_group_that_takes_no_part_gives_no_cause(void **state)
{
	static const struct row rows[] = {
		{ TEXT("Q: a b1 a b2"), "1 2" },
		{ TEXT("Q: a a a"), "" },
	};

	(void)state;
	check(PROFILE_HEAD "patterns: [{requires: 'Q:', regex: 'a|b(?<cause>[0-9])'}]\n", rows,
		COUNT(rows));
}

static void anchors_of_a_pattern_mean_its_line(void **state)
{
	static const struct row rows[] = {
		{ TEXT("1 Q\n2 Q 3\n4"), "1 2" },
		{ TEXT("x\n7 Q"), "7" },
		{ TEXT("x 7 Q"), "" },
		{ TEXT("7 q"), "" },
	};

	(void)state;
	check(PROFILE_HEAD "patterns: [{requires: Q, regex: '^(?<cause>[0-9]) '}]\n", rows,
		COUNT(rows));
}

static void keys_and_patterns_of_a_profile_work_side_by_side(void **state)
{
	static const struct row rows[] = {
		{ TEXT("cause=5 (cause 6) cause=7"), "5 6 7" },
		{ TEXT("(cause 6)"), "6" },
		{ TEXT("CAUSE=5 (CAUSE 6)"), "5" },
		/* One place is one cause, whichever profile claims it. */
		{ TEXT("cause=5 (cause=6)"), "5 6" },
	};

	(void)state;
	check(PROFILE_HEAD "keys: [cause]\n"
			   "patterns: [{requires: cause, regex: '\\(cause[ =](?<cause>[0-9]+)'}]\n",
		rows, COUNT(rows));
}

static void a_pattern_knows_its_literal_as_its_key(void **state)
{
	struct profile *profile = profile_good(
		PROFILE_HEAD "patterns: [{requires: Hangup, regex: 'x(?<cause>[0-9]+)'}]\n");
	struct recognizer *recognizer = recognizer_of(&profile, 1);
	size_t n;
	const struct match *matches = recognizer_find(recognizer, TEXT("a\nHangup x512"), &n);

	(void)state;
	assert_int_equal(n, 1);
	assert_text(matches->key, "Hangup");
	assert_int_equal(matches->offset, 10);
	assert_int_equal(matches->len, 3);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

static void the_same_message_gives_the_same_causes_every_time(void **state)
{
	static const struct row rows[] = {
		{ TEXT("Hangup x1 key=2"), "1 2" },
		{ TEXT("Hangup x1 key=2"), "1 2" },
		{ TEXT("nothing"), "" },
		{ TEXT("Hangup x1 key=2"), "1 2" },
	};

	(void)state;
	check(PROFILE_HEAD "keys: [key]\n"
			   "patterns: [{requires: Hangup, regex: 'x(?<cause>[0-9]+)'}]\n",
		rows, COUNT(rows));
}

/* -- ignored codes ---------------------------------------------------------- */

#define IGNORING PROFILE_HEAD "ignore: [0, 16]\nkeys: [cause]\n"

static void an_ignored_code_is_not_found_however_it_is_written(void **state)
{
	static const struct row decimal[] = {
		{ TEXT("cause=0"), "" },
		{ TEXT("\"cause\":\"00000\""), "" },
		{ TEXT("cause=16 cause=17 cause=016 cause=160"), "17 160" },
		{ TEXT("cause=0\ncause=5\ncause=0\n"), "5" },
	};
	static const struct row hex[] = { { TEXT("cause=10 cause=16 cause=0x00"), "22" } };
	static const struct row names[] = {
		{ TEXT("cause=SUCCESS cause=Success cause=SUCCESSFUL cause=BUSY"),
			"SUCCESSFUL BUSY" },
	};
	static const struct row patterns[] = {
		{ TEXT("Hangup [0] [1]"), "1" },
		{ TEXT("Hangup [0]"), "" },
	};

	(void)state;
	check(IGNORING, decimal, COUNT(decimal));
	check(IGNORING "base: hex\n", hex, COUNT(hex));
	check(PROFILE_HEAD "ignore: [success]\nkeys: [cause]\nbase: name\n", names, COUNT(names));
	check(PROFILE_HEAD "ignore: [0]\npatterns: [{requires: Hangup, regex: "
			   "'\\[(?<cause>[0-9]+)\\]'}]\n",
		patterns, COUNT(patterns));
}

static void a_code_that_the_first_profile_ignores_is_no_other_profiles(void **state)
{
	static const char *const ignoring_first[] = {
		"profile: a\ncatalog: t\nignore: [0]\nkeys: [cause]\n",
		"profile: b\ncatalog: t\nkeys: [CAUSE, code]\n",
	};
	static const char *const ignoring_last[] = {
		"profile: b\ncatalog: t\nkeys: [CAUSE, code]\n",
		"profile: a\ncatalog: t\nignore: [0]\nkeys: [cause]\n",
	};
	static const struct row nothing[] = { { TEXT("cause=0 code=0"), "0" } };
	static const struct row both[] = { { TEXT("cause=0 code=0"), "0 0" } };

	(void)state;
	check_by(ignoring_first, 2, nothing, COUNT(nothing));
	check_by(ignoring_last, 2, both, COUNT(both));
}

static void ignored_codes_take_no_room_from_others(void **state)
{
	enum { N = RECOGNIZER_MATCHES_MAX + 100 };
	struct profile *profile = profile_good(IGNORING);
	struct recognizer *recognizer = recognizer_of(&profile, 1);
	static char message[N * 8 + 16];
	size_t len = 0, n;
	const struct match *matches;

	(void)state;
	for (size_t i = 0; i < N; i++)
		len += (size_t)sprintf(message + len, "cause=0 ");
	len += (size_t)sprintf(message + len, "cause=5");
	matches = recognizer_find(recognizer, text_make(message, len), &n);
	assert_int_equal(n, 1);
	assert_int_equal(matches->code, 5);
	assert_int_equal(recognizer_count_dropped(recognizer), 0);
	(void)recognizer_free(recognizer);
	(void)profile_free(profile);
}

/* However many there are before: the other profile's claim of the same place comes right behind. */
static void an_ignored_code_in_a_crowd_is_no_other_profiles(void **state)
{
	enum { N = RECOGNIZER_MATCHES_MAX + 500 };
	struct profile *profiles[] = {
		profile_good("profile: a\ncatalog: t\nignore: [0]\nkeys: [cause]\n"),
		profile_good("profile: b\ncatalog: t\nkeys: [cause]\n"),
	};
	struct recognizer *recognizer = recognizer_of(profiles, 2);
	static char message[N * 8 + 16];
	const struct match *matches;
	size_t len = 0, n;

	(void)state;
	for (size_t i = 0; i < N; i++)
		len += (size_t)sprintf(message + len, "cause=0 ");
	len += (size_t)sprintf(message + len, "cause=5");
	matches = recognizer_find(recognizer, text_make(message, len), &n);
	assert_int_equal(n, 1);
	assert_int_equal(matches->code, 5);
	len = 0;
	for (size_t i = 0; i < N; i++)
		len += (size_t)sprintf(message + len, i < N / 2 ? "cause=7 " : "cause=0 ");
	matches = recognizer_find(recognizer, text_make(message, len), &n);
	assert_int_equal(n, N / 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(matches[i].code, 7);
	assert_int_equal(recognizer_count_dropped(recognizer), 0);
	(void)recognizer_free(recognizer);
	(void)profile_free(profiles[0]);
	(void)profile_free(profiles[1]);
}

static void an_ignored_value_of_a_field_is_no_cause(void **state)
{
	struct profile *profiles[] = {
		profile_good("profile: a\ncatalog: t\nignore: [0]\nfields: [CAUSE]\n"),
		profile_good("profile: b\ncatalog: t\nfields: [CAUSE]\n"),
	};
	struct recognizer *recognizer = recognizer_of(profiles, 2);
	struct match match;

	(void)state;
	assert_false(recognizer_field(recognizer, TEXT("CAUSE"), TEXT("000"), &match));
	assert_true(recognizer_field(recognizer, TEXT("CAUSE"), TEXT("7"), &match));
	assert_int_equal(match.code, 7);
	(void)recognizer_free(recognizer);
	(void)profile_free(profiles[0]);
	(void)profile_free(profiles[1]);
}

/* -- several profiles ------------------------------------------------------- */

static void where_two_profiles_claim_one_place_the_first_named_wins(void **state)
{
	static const char *const decimal_first[] = {
		"profile: a\ncatalog: t\nkeys: [cause]\n",
		"profile: b\ncatalog: t\nkeys: [CAUSE]\nbase: hex\n",
	};
	static const char *const hex_first[] = {
		"profile: b\ncatalog: t\nkeys: [CAUSE]\nbase: hex\n",
		"profile: a\ncatalog: t\nkeys: [cause]\n",
	};
	static const struct row as_decimal[] = { { TEXT("cause=10 cause=1F"), "10 31" } };
	static const struct row as_hex[] = { { TEXT("cause=10 cause=1F"), "16 31" } };

	(void)state;
	check_by(decimal_first, 2, as_decimal, 1);
	check_by(hex_first, 2, as_hex, 1);
}

static void a_key_and_a_pattern_of_two_profiles_claim_one_place_once(void **state)
{
	static const char *const contents[] = {
		"profile: a\ncatalog: t\npatterns: [{requires: end, regex: '=(?<cause>[0-9]+)', "
		"base: hex}]\n",
		"profile: b\ncatalog: t\nkeys: [cause]\n",
	};
	static const struct row rows[] = {
		{ TEXT("cause=10 end"), "16" },
		{ TEXT("cause=10"), "10" },
		{ TEXT("end cause=10 x=11"), "16 17" },
	};

	(void)state;
	check_by(contents, 2, rows, COUNT(rows));
}

static void profiles_with_different_keys_find_each_their_own(void **state)
{
	static const char *const contents[] = {
		"profile: a\ncatalog: t\nkeys: [one]\n",
		"profile: b\ncatalog: t\nkeys: [two]\nbase: hex\n",
		"profile: c\ncatalog: t\nkeys: [three]\nbase: name\n",
	};
	static const struct row rows[] = { { TEXT("three=XX two=10 one=10"), "XX 16 10" } };

	(void)state;
	check_by(contents, 3, rows, COUNT(rows));
}

static void without_profiles_nothing_is_recognized(void **state)
{
	static const struct row rows[] = { { TEXT("releaseCause=512"), "" } };
	struct recognizer *recognizer = recognizer_of(NULL, 0);

	(void)state;
	check_with(recognizer, rows, 1);
	(void)recognizer_free(recognizer);
	assert_null(recognizer_free(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shape_of_a_key_and_its_value_is_recognized),
		cmocka_unit_test(what_only_looks_like_a_cause_is_left_alone),
		cmocka_unit_test(several_causes_are_found_in_their_order),
		cmocka_unit_test(a_match_knows_its_place_its_key_and_its_profile),
		cmocka_unit_test(the_base_of_the_profile_is_the_base_of_its_keys),
		cmocka_unit_test(a_pattern_expresses_what_keys_cannot_express),
		cmocka_unit_test(a_pattern_is_tried_once_on_a_line_that_holds_its_literal),
		cmocka_unit_test(the_group_of_a_pattern_is_wholly_a_value_or_nothing),
		cmocka_unit_test(a_group_that_takes_no_part_gives_no_cause),
		cmocka_unit_test(anchors_of_a_pattern_mean_its_line),
		cmocka_unit_test(keys_and_patterns_of_a_profile_work_side_by_side),
		cmocka_unit_test(a_pattern_knows_its_literal_as_its_key),
		cmocka_unit_test(the_same_message_gives_the_same_causes_every_time),
		cmocka_unit_test(an_ignored_code_is_not_found_however_it_is_written),
		cmocka_unit_test(a_code_that_the_first_profile_ignores_is_no_other_profiles),
		cmocka_unit_test(ignored_codes_take_no_room_from_others),
		cmocka_unit_test(an_ignored_code_in_a_crowd_is_no_other_profiles),
		cmocka_unit_test(an_ignored_value_of_a_field_is_no_cause),
		cmocka_unit_test(where_two_profiles_claim_one_place_the_first_named_wins),
		cmocka_unit_test(a_key_and_a_pattern_of_two_profiles_claim_one_place_once),
		cmocka_unit_test(profiles_with_different_keys_find_each_their_own),
		cmocka_unit_test(without_profiles_nothing_is_recognized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
