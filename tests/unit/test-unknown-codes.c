/* Codes that no catalog has: each is counted, and logged once, up to a bound. The
 * linker wraps message_log. */
#include "config.h"

#include "test.h"

#include "flow/tally/unknown-codes.h"
#include "record/finding.h"
#include "record/message-ids.h"

void __wrap_message_log(enum message_kind kind, const char *subject, int level, const char *format,
	...) __attribute__((format(printf, 4, 5)));

static struct {
	size_t n;
	enum message_kind kind;
	char subject[64], text[256]; /* of the last one */
} logged;

void __wrap_message_log(
	enum message_kind kind, const char *subject, int level, const char *format, ...)
{
	va_list arguments;

	(void)level;
	logged.n++;
	logged.kind = kind;
	(void)snprintf(logged.subject, sizeof(logged.subject), "%s", subject);
	va_start(arguments, format);
	(void)vsnprintf(logged.text, sizeof(logged.text), format, arguments);
	va_end(arguments);
}

static int begin(void **state)
{
	static struct unknown_codes unknown;

	memset(&logged, 0, sizeof(logged));
	memset(&unknown, 0, sizeof(unknown));
	*state = &unknown;
	return 0;
}

/* The catalog's text has no end of its own. */
static void count(struct unknown_codes *unknown, const char *catalog, const char *code)
{
	char bytes[64];
	struct finding finding = { 0 };

	(void)snprintf(bytes, sizeof(bytes), "%sx", catalog);
	finding.catalog = text_make(bytes, strlen(catalog));
	(void)snprintf(finding.code, sizeof(finding.code), "%s", code);
	unknown_codes_count(unknown, &finding);
}

/* Codes from one number to before another. */
static void count_codes(struct unknown_codes *unknown, unsigned from, unsigned to)
{
	for (; from < to; from++) {
		char code[FINDING_CODE_MAX + 1];

		(void)snprintf(code, sizeof(code), "%u", from);
		count(unknown, "test", code);
	}
}

static const struct unknown_code *get(
	const struct unknown_codes *unknown, const char *catalog, const char *code)
{
	const struct unknown_code *found = NULL;

	for (size_t i = 0; i < unknown->n_codes; i++) {
		const struct unknown_code *at = &unknown->codes[i];

		if (strcmp(at->catalog, catalog) != 0 || strcmp(at->code, code) != 0)
			continue;
		assert_null(found);
		found = at;
	}
	return found;
}

#define assert_counted(unknown, catalog, code, expected)                            \
	do {                                                                        \
		assert_non_null(get((unknown), (catalog), (code)));                 \
		assert_int_equal(get((unknown), (catalog), (code))->n, (expected)); \
	} while (0)

static void each_code_is_counted_by_itself(void **state)
{
	static const char *const codes[] = { "9999", "7", "NAME", "9999", "10", "9999", "7" };
	struct unknown_codes *unknown = *state;

	for (size_t i = 0; i < COUNT(codes); i++)
		count(unknown, "test", codes[i]);
	assert_int_equal(unknown->n_codes, 4);
	assert_counted(unknown, "test", "9999", 3);
	assert_counted(unknown, "test", "7", 2);
	assert_counted(unknown, "test", "NAME", 1);
	assert_counted(unknown, "test", "10", 1);
	assert_int_equal(unknown->n_others, 0);
}

static void a_code_of_two_catalogs_is_two_codes(void **state)
{
	struct unknown_codes *unknown = *state;

	count(unknown, "b", "7");
	count(unknown, "a", "7");
	count(unknown, "b", "7");
	assert_int_equal(unknown->n_codes, 2);
	assert_counted(unknown, "a", "7", 1);
	assert_counted(unknown, "b", "7", 2);
}

static void a_code_is_logged_when_it_is_first_seen(void **state)
{
	struct unknown_codes *unknown = *state;

	count(unknown, "test", "9999");
	assert_int_equal(logged.n, 1);
	assert_int_equal(logged.kind, MESSAGE_UNKNOWN_CODE);
	assert_string_equal(logged.subject, "9999");
	assert_non_null(strstr(logged.text, "catalog test has no code 9999,"));
	count(unknown, "test", "9999");
	assert_int_equal(logged.n, 1);
	count(unknown, "test", "7");
	assert_int_equal(logged.n, 2);
	assert_string_equal(logged.subject, "7");
}

static void codes_past_the_bound_are_counted_together(void **state)
{
	struct unknown_codes *unknown = *state;

	count_codes(unknown, 0, UNKNOWN_CODES_MAX);
	assert_int_equal(unknown->n_codes, UNKNOWN_CODES_MAX);
	assert_int_equal(unknown->n_others, 0);
	count_codes(unknown, UNKNOWN_CODES_MAX, UNKNOWN_CODES_MAX + 3);
	count_codes(unknown, UNKNOWN_CODES_MAX, UNKNOWN_CODES_MAX + 1);
	assert_int_equal(unknown->n_codes, UNKNOWN_CODES_MAX);
	assert_int_equal(unknown->n_others, 4);
	for (size_t i = 0; i < unknown->n_codes; i++)
		assert_int_equal(unknown->codes[i].n, 1);
}

static void codes_that_have_found_room_are_counted_past_the_bound(void **state)
{
	struct unknown_codes *unknown = *state;

	count_codes(unknown, 0, UNKNOWN_CODES_MAX + 1);
	count_codes(unknown, 0, UNKNOWN_CODES_MAX);
	assert_int_equal(unknown->n_others, 1);
	for (size_t i = 0; i < unknown->n_codes; i++)
		assert_int_equal(unknown->codes[i].n, 2);
}

/* Otherwise a stream of random codes would be a stream of messages. */
static void codes_past_the_bound_are_not_logged(void **state)
{
	struct unknown_codes *unknown = *state;

	count_codes(unknown, 0, UNKNOWN_CODES_MAX - 1);
	assert_null(strstr(logged.text, "together"));
	count_codes(unknown, UNKNOWN_CODES_MAX - 1, UNKNOWN_CODES_MAX);
	assert_non_null(strstr(logged.text, "codes after it together"));
	count_codes(unknown, UNKNOWN_CODES_MAX, UNKNOWN_CODES_MAX + 100);
	assert_int_equal(logged.n, UNKNOWN_CODES_MAX);
}

static void codes_are_sorted_in_whatever_order_they_came(void **state)
{
	struct test_random random = { 42 };
	struct unknown_codes *unknown = *state;

	for (unsigned i = 0; i < 4 * UNKNOWN_CODES_MAX; i++) {
		unsigned number = test_random(&random, UNKNOWN_CODES_MAX);

		count_codes(unknown, number, number + 1);
	}
	assert_between(unknown->n_codes, 200, UNKNOWN_CODES_MAX);
	assert_int_equal(logged.n, unknown->n_codes);
	for (size_t i = 1; i < unknown->n_codes; i++)
		assert_true(strcmp(unknown->codes[i - 1].code, unknown->codes[i].code) < 0);
}

#define UNKNOWN_TEST(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNKNOWN_TEST(each_code_is_counted_by_itself),
		UNKNOWN_TEST(a_code_of_two_catalogs_is_two_codes),
		UNKNOWN_TEST(a_code_is_logged_when_it_is_first_seen),
		UNKNOWN_TEST(codes_past_the_bound_are_counted_together),
		UNKNOWN_TEST(codes_that_have_found_room_are_counted_past_the_bound),
		UNKNOWN_TEST(codes_past_the_bound_are_not_logged),
		UNKNOWN_TEST(codes_are_sorted_in_whatever_order_they_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
