/* Tests of the catalogs that we install: those of etc/catalogs under $top_srcdir have what the
 * vendor's tables have. */
#include "config.h"

#include "test.h"

#include <syslog.h>

#include "base/buffer.h"
#include "base/io.h"
#include "cause/catalog.h"

/* Every code of the vendor's table, in its order. */
static const uint32_t huawei_codes[] = { 80, 256, 263, 338, 339, 340, 342, 346, 350, 354, 356, 357,
	359, 360, 501, 502, 503, 505, 506, 507, 508, 509, 510, 511, 512, 513, 514, 515, 516, 517,
	518, 519, 520, 521, 522, 523, 525, 526, 528, 529, 530, 531, 533, 534, 535, 536, 537, 538,
	539, 540, 541, 542, 543, 544, 547, 548, 549, 550, 551, 552, 553, 561, 562, 564, 565, 566,
	567, 568, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610, 611, 612, 613, 614, 615, 616,
	617, 618, 619, 714, 732, 852, 853, 1057, 1058, 1059, 1060, 1061, 1062, 1063, 1064, 1065,
	1066, 1067, 1068, 1069, 1070, 1071, 1072, 1073, 1074, 1075, 1076, 1077 };

/* Every code of the vendor's pages of outbound results that could be read whole. */
static const uint32_t outbound_codes[] = { 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18, 129,
	132, 145, 146, 147, 149, 150, 155, 160, 162, 180, 181, 182, 184, 185, 186, 187, 190, 191,
	192, 193, 194, 195, 196, 197, 208, 209, 259, 260, 261, 262, 263, 441, 531, 537, 538, 548,
	549, 551, 601, 602, 603, 604, 605, 606, 701, 702, 703, 1040, 1041, 1043, 1046, 1048, 1049,
	1056, 1281, 34601, 34605, 34606, 34608, 34611 };

/* What later editions of the vendor's table add to it. */
static const uint32_t later_codes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 47, 48,
	49, 50, 59, 60, 61, 62, 63, 251, 252, 253, 254, 257, 258, 343, 344, 345, 347, 348, 349, 351,
	352, 353 };

static int open_catalog(const char *name, void **state)
{
	const char *top = getenv("top_srcdir");
	struct buffer content = buffer_make(10 * 1000 * 1000);
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	char path[4096];
	int r;

	(void)snprintf(path, sizeof(path), "%s/etc/catalogs/%s.yaml", top ? top : ".", name);
	r = io_read_file(path, &content);
	if (r == 0)
		r = catalog_read(name, buffer_text(&content), &diag, &catalog);
	if (r < 0)
		print_error("'%s' gave %d\n", path, r);
	diag_print(&diag, stderr);
	diag_done(&diag);
	buffer_done(&content);
	*state = catalog;
	return r;
}

static int open_huawei(void **state)
{
	return open_catalog("huawei-cec", state);
}

static int open_outbound(void **state)
{
	return open_catalog("huawei-cec-outbound", state);
}

static int free_catalog(void **state)
{
	*state = catalog_free(*state);
	return 0;
}

static void check_there(const struct catalog *catalog, const uint32_t *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!catalog_find(catalog, codes[i]))
			fail_msg("code %u is missing", codes[i]);
}

static const struct cause *get(const struct catalog *catalog, uint32_t code)
{
	const struct cause *cause = catalog_find(catalog, code);

	if (!cause)
		fail_msg("code %u is missing", code);
	return cause;
}

static size_t count_codes(const struct catalog *catalog)
{
	size_t n = 0;

	for (size_t i = 0; i < catalog->n_causes; i++)
		n += catalog->causes[i].last - catalog->causes[i].code + 1;
	return n;
}

static void the_huawei_catalog_has_the_codes_of_the_vendors_table(void **state)
{
	assert_int_equal(COUNT(huawei_codes), 112);
	check_there(*state, huawei_codes, COUNT(huawei_codes));
}

static void the_huawei_catalog_has_the_codes_of_later_editions_and_no_others(void **state)
{
	check_there(*state, later_codes, COUNT(later_codes));
	assert_int_equal(count_codes(*state), COUNT(huawei_codes) + COUNT(later_codes));
}

static void the_outbound_catalog_has_the_codes_of_the_vendors_pages(void **state)
{
	check_there(*state, outbound_codes, COUNT(outbound_codes));
	assert_int_equal(count_codes(*state), COUNT(outbound_codes));
}

/* 263 is where the two numberings differ, 551 where two pages do. */
static void outbound_results_are_another_numbering(void **state)
{
	const struct catalog *catalog = *state;

	assert_true(
		text_contains_nocase(get(catalog, 263)->description, TEXT("answering machine")));
	assert_int_equal(get(catalog, 263)->severity, LOG_NOTICE);
	assert_int_equal(get(catalog, 551)->possibilities->n, 2);
	assert_int_equal(get(catalog, 0)->severity, LOG_INFO);
}

static void descriptions_are_whole_sentences(void **state)
{
	const struct catalog *catalog = *state;

	for (size_t i = 0; i < catalog->n_causes; i++) {
		struct text t = catalog->causes[i].description;

		if (t.len < 30 || t.data[t.len - 1] != '.')
			fail_msg("code %u: '%.*s'", catalog->causes[i].code, TEXT_FORMAT(t));
	}
}

static void causes_say_where_and_of_what_kind_they_are(void **state)
{
	const struct catalog *catalog = *state;

	for (size_t i = 0; i < catalog->n_causes; i++) {
		const struct cause *cause = &catalog->causes[i];

		if (cause->component.len == 0 || cause->category.len == 0 ||
			cause->severity < LOG_CRIT || cause->severity > LOG_INFO)
			fail_msg("code %u", cause->code);
	}
}

static void huawei_causes_with_several_reasons_list_them(void **state)
{
	static const uint32_t codes[] = { 4, 11, 501, 505, 714, 732 };

	for (size_t i = 0; i < COUNT(codes); i++)
		assert_between(get(*state, codes[i])->possibilities->n, 2, 32);
}

/* Words of the vendor, messages and modules and odd spellings, each with the codes whose texts have
 * it: in no other description, action or possibility. */
static void the_vendors_words_are_in_their_entries_and_in_no_others(void **state)
{
	static const struct {
		const char *word;
		uint32_t codes[8];
	} rows[] = {
		{ "DO_FORWARD", { 508, 519, 520 } },
		{ "FORWARD_COMIT", { 509 } },
		{ "SETUP_ACK", { 510 } },
		{ "OCCUPY_ACK", { 511 } },
		{ "RESUME_ACK", { 541, 543 } },
		{ "HUNG_RELEASE_ACK", { 542, 544 } },
		{ "EnterPriseID", { 1069 } },
		{ "Cp conference", { 611 } },
		{ "Intess", { 612 } },
		{ "UAP", { 607, 608, 610 } },
		{ "MRF", { 340 } },
		{ "virtual device", { 547 } },
		{ "CCACS", { 2 } },
		{ "IVRPortal", { 11 } },
		{ "VMS", { 13 } },
		{ "VSPCOMM", { 251, 252, 253, 254 } },
		{ "CTIS ", { 343, 344, 345, 347, 348 } },
		{ "CallIDInfo", { 343 } },
		{ "AnswerAck", { 345 } },
		{ "Subscibe_NotifyRsp", { 347 } },
		{ "ServiceStartAck", { 349 } },
		{ "SubscibeRsp", { 352 } },
		{ "transferscript", { 353 } },
	};
	const struct catalog *catalog = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n_wanted = 0, n = 0;

		while (n_wanted < COUNT(rows[i].codes) && rows[i].codes[n_wanted])
			n_wanted++;
		for (size_t j = 0; j < catalog->n_causes; j++)
			n += strstr(catalog->causes[j].description.data, rows[i].word) != NULL;
		for (size_t j = 0; j < n_wanted; j++)
			if (!strstr(get(catalog, rows[i].codes[j])->description.data, rows[i].word))
				fail_msg("%s is not in %u", rows[i].word, rows[i].codes[j]);
		if (n != n_wanted)
			fail_msg("%s is in %zu descriptions", rows[i].word, n);
	}
}

static void codes_with_one_text_say_so(void **state)
{
	static const struct {
		uint32_t code;
		const char *other;
	} rows[] = { { 513, " 512 " }, { 520, " 519 " }, { 535, " 526 " } };

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_non_null(strstr(get(*state, rows[i].code)->description.data, rows[i].other));
}

/* Names that 0.1.0 had. */
static void old_names_still_answer(void **state)
{
	static const struct {
		const char *name;
		uint32_t code;
	} rows[] = {
		{ "ivr-conference-name-invalid", 342 },
		{ "device-suspend-transfer-route-timeout", 507 },
		{ "voice-playback-finished", 540 },
		{ "call-email-creation-failed", 608 },
		{ "ivr-resource-or-access-code-missing", 714 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			catalog_find_name(*state, text_of(rows[i].name))->code, rows[i].code);
}

/* What was stated and the vendor's table does not have. */
static void nothing_is_added_to_what_the_vendor_tells(void **state)
{
	static const struct {
		uint32_t code;
		const char *text;
	} rows[] = { { 256, "nothing failed" }, { 502, "at the ACD" }, { 509, "had been" },
		{ 517, "neither" }, { 518, "ordinary" }, { 529, "hand it back" }, { 561, "was in" },
		{ 853, "ring" }, { 1067, "platform" }, { 1068, "platform" } };

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strstr(get(*state, rows[i].code)->description.data, rows[i].text))
			fail_msg("%u: '%s'", rows[i].code, rows[i].text);
}

static void severities_follow_the_rule_of_the_catalog(void **state)
{
	static const struct {
		uint32_t code;
		int severity;
	} rows[] = { { 12, LOG_CRIT }, { 13, LOG_CRIT }, { 501, LOG_NOTICE }, { 528, LOG_WARNING },
		{ 534, LOG_CRIT }, { 551, LOG_NOTICE }, { 568, LOG_WARNING }, { 605, LOG_ERR },
		{ 606, LOG_ERR }, { 732, LOG_NOTICE }, { 1061, LOG_WARNING },
		{ 1076, LOG_WARNING } };

	for (size_t i = 0; i < COUNT(rows); i++)
		if (get(*state, rows[i].code)->severity != rows[i].severity)
			fail_msg("code %u", rows[i].code);
}

static void huawei_mailbox_causes_name_the_original_codes_of_the_uap(void **state)
{
	struct text full = get(*state, 607)->description;
	struct text denied = get(*state, 608)->description;

	assert_true(text_contains_nocase(full, TEXT("UAP")));
	assert_true(text_contains_nocase(full, TEXT(" 5 ")));
	assert_true(text_contains_nocase(denied, TEXT("UAP")));
	assert_true(text_contains_nocase(denied, TEXT(" 6 ")));
}

#define HUAWEI(test) cmocka_unit_test_setup_teardown(test, open_huawei, free_catalog)
#define OUTBOUND(test) cmocka_unit_test_setup_teardown(test, open_outbound, free_catalog)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HUAWEI(the_huawei_catalog_has_the_codes_of_the_vendors_table),
		HUAWEI(descriptions_are_whole_sentences),
		HUAWEI(the_huawei_catalog_has_the_codes_of_later_editions_and_no_others),
		OUTBOUND(the_outbound_catalog_has_the_codes_of_the_vendors_pages),
		OUTBOUND(outbound_results_are_another_numbering),
		OUTBOUND(descriptions_are_whole_sentences),
		OUTBOUND(causes_say_where_and_of_what_kind_they_are),
		HUAWEI(causes_say_where_and_of_what_kind_they_are),
		HUAWEI(huawei_causes_with_several_reasons_list_them),
		HUAWEI(the_vendors_words_are_in_their_entries_and_in_no_others),
		HUAWEI(codes_with_one_text_say_so),
		HUAWEI(old_names_still_answer),
		HUAWEI(nothing_is_added_to_what_the_vendor_tells),
		HUAWEI(severities_follow_the_rule_of_the_catalog),
		HUAWEI(huawei_mailbox_causes_name_the_original_codes_of_the_uap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
