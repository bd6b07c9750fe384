/* Tests of the calendar in wire/timestamp: times are printed and read as the C library does it.
 * test-timestamp has the shapes that are read. */
#include "config.h"

#include "test.h"

#include <time.h>

#include "base/buffer.h"
#include "wire/timestamp.h"

#define SECOND UINT64_C(1000000)
#define DAY (24 * 3600 * SECOND)
#define YEAR_10000 (UINT64_C(253402300800) * SECOND)

static void assert_as_library(uint64_t usec)
{
	struct buffer out = buffer_make(100);
	time_t seconds = (time_t)(usec / SECOND);
	char expected[64];
	size_t len;
	struct tm tm;

	assert_non_null(gmtime_r(&seconds, &tm));
	len = strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(expected + len, sizeof(expected) - len, ".%06uZ", (unsigned)(usec % SECOND));
	assert_true(timestamp_print(usec, &out));
	assert_text(buffer_text(&out), expected);

	buffer_clear(&out);
	assert_non_null(localtime_r(&seconds, &tm));
	(void)strftime(expected, sizeof(expected), "%b %e %H:%M:%S", &tm);
	timestamp_print_bsd(usec, &out);
	assert_text(buffer_text(&out), expected);
	buffer_done(&out);
}

static void each_day_of_a_thousand_years_has_its_date(void **state)
{
	(void)state;
	for (uint64_t day = 0; day < 365250; day++)
		assert_as_library(day * DAY + day % 7 * (DAY / 7));
}

static void random_times_until_the_year_9999_are_printed(void **state)
{
	struct test_random random = { 4 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		assert_as_library(
			((uint64_t)test_random(&random, UINT32_MAX) << 32 | random.state >> 32) %
			YEAR_10000);
	assert_as_library(YEAR_10000 - 1);
}

static void a_year_of_five_digits_is_not_printed(void **state)
{
	struct buffer out = buffer_make(100);

	(void)state;
	assert_false(timestamp_print(YEAR_10000, &out));
	assert_false(timestamp_print(UINT64_MAX, &out));
	assert_int_equal(out.len, 0);
	buffer_done(&out);
}

static void assert_read_as_library(int year, int month, int day, int hour)
{
	static const struct timestamp_context context = { 0 };
	struct tm tm = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = 59,
		.tm_sec = 60 };
	struct timestamp timestamp;
	char text[64];
	time_t expected = timegm(&tm);

	(void)snprintf(
		text, sizeof(text), "%04d-%02d-%02dT%02d:59:60.000007Z", year, month, day, hour);
	assert_true(timestamp_read(text_of(text), &context, &timestamp));
	assert_int_equal(
		timestamp.usec, expected >= 0 ? (uint64_t)expected * SECOND + 7 : (uint64_t)0);
}

static void dates_of_all_years_are_read_as_the_library_reads_them(void **state)
{
	(void)state;
	for (int year = 0; year <= 9999; year++)
		for (int month = 1; month <= 12; month++) {
			assert_read_as_library(year, month, 1, 0);
			assert_read_as_library(year, month, 28, 23);
		}
	for (int year = 1904; year <= 9999; year += 4)
		if (year % 100 != 0 || year % 400 == 0)
			assert_read_as_library(year, 2, 29, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_day_of_a_thousand_years_has_its_date),
		cmocka_unit_test(random_times_until_the_year_9999_are_printed),
		cmocka_unit_test(a_year_of_five_digits_is_not_printed),
		cmocka_unit_test(dates_of_all_years_are_read_as_the_library_reads_them),
	};

	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) < 0)
		return 1;
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
