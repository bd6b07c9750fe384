/* Tests of the catalog that we install: etc/catalogs/huawei-cec.yaml under $top_srcdir has what the
 * vendor's table has. */
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

static int open_huawei(void **state)
{
	const char *top = getenv("top_srcdir");
	struct buffer content = buffer_make(10 * 1000 * 1000);
	struct catalog *catalog = NULL;
	struct diag diag = { 0 };
	char path[4096];
	int r;

	(void)snprintf(path, sizeof(path), "%s/etc/catalogs/huawei-cec.yaml", top ? top : ".");
	r = io_read_file(path, &content);
	if (r == 0)
		r = catalog_read("huawei-cec.yaml", buffer_text(&content), &diag, &catalog);
	if (r < 0)
		print_error("'%s' gave %d\n", path, r);
	diag_print(&diag, stderr);
	diag_done(&diag);
	buffer_done(&content);
	*state = catalog;
	return r;
}

static int free_huawei(void **state)
{
	*state = catalog_free(*state);
	return 0;
}

static void the_huawei_catalog_has_the_codes_of_the_vendors_table(void **state)
{
	const struct catalog *catalog = *state;
	size_t n = 0;

	assert_text(catalog->name, "huawei-cec");
	assert_int_equal(COUNT(huawei_codes), 112);
	for (size_t i = 0; i < COUNT(huawei_codes); i++)
		if (!catalog_find(catalog, huawei_codes[i]))
			fail_msg("code %u is missing", huawei_codes[i]);
	for (size_t i = 0; i < catalog->n_causes; i++)
		n += catalog->causes[i].last - catalog->causes[i].code + 1;
	assert_int_equal(n, 112);
}

static void huawei_descriptions_are_whole_sentences(void **state)
{
	const struct catalog *catalog = *state;

	for (size_t i = 0; i < catalog->n_causes; i++) {
		struct text t = catalog->causes[i].description;

		if (t.len < 30 || t.data[t.len - 1] != '.')
			fail_msg("code %u: '%.*s'", catalog->causes[i].code, TEXT_FORMAT(t));
	}
}

static void huawei_causes_say_where_and_of_what_kind_they_are(void **state)
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
	static const uint32_t codes[] = { 501, 505, 732 };

	for (size_t i = 0; i < COUNT(codes); i++)
		assert_between(catalog_find(*state, codes[i])->possibilities.n, 2, 32);
}

static void huawei_mailbox_causes_name_the_original_codes_of_the_uap(void **state)
{
	struct text full = catalog_find(*state, 607)->description;
	struct text denied = catalog_find(*state, 608)->description;

	assert_true(text_contains_nocase(full, TEXT("UAP")));
	assert_true(text_contains_nocase(full, TEXT(" 5 ")));
	assert_true(text_contains_nocase(denied, TEXT("UAP")));
	assert_true(text_contains_nocase(denied, TEXT(" 6 ")));
}

#define HUAWEI(test) cmocka_unit_test_setup_teardown(test, open_huawei, free_huawei)

int main(void)
{
	const struct CMUnitTest tests[] = {
		HUAWEI(the_huawei_catalog_has_the_codes_of_the_vendors_table),
		HUAWEI(huawei_descriptions_are_whole_sentences),
		HUAWEI(huawei_causes_say_where_and_of_what_kind_they_are),
		HUAWEI(huawei_causes_with_several_reasons_list_them),
		HUAWEI(huawei_mailbox_causes_name_the_original_codes_of_the_uap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
