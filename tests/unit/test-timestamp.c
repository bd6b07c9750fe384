/* Tests of wire/timestamp: the times that senders write. */
#include "config.h"

#include "test.h"

#include <time.h>

#include "wire/timestamp.h"

/* It is Sunday, 2026-11-22 12:00:00 UTC, 13:00:00 local time. */
#define NOW UINT64_C(1795348800000000)
#define LOCAL_10 UINT64_C(1795338000000000) /* 10:00:00 of that day, local time */
#define UTC_10 UINT64_C(1795341600000000)

static int set_zone(void **state)
{
	(void)state;
	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) < 0)
		return -1;
	tzset();
	return 0;
}

static bool read_at(const char *t, uint64_t now_usec, struct timestamp *ret)
{
	const struct timestamp_context context = { .now_usec = now_usec };

	return timestamp_read(text_of(t), &context, ret);
}

static void times_are_read_in_their_zone(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		uint64_t usec;
	} rows[] = {
		{ "Nov 22 10:00:00", 15, LOCAL_10 },
		{ "Nov 22 10:00:00 x", 15, LOCAL_10 },
		{ "Nov 22 10:00:00: x", 15, LOCAL_10 },
		{ "Nov 22 10:00:00:", 15, LOCAL_10 },
		{ "Nov 22 10:00:00.1", 17, LOCAL_10 + 100000 },
		{ "Nov 22 10:00:00,1234567", 23, LOCAL_10 + 123456 },
		{ "Nov 22 10:00:00:123", 19, LOCAL_10 + 123000 },
		{ "Nov 22 10:00:00Z", 16, UTC_10 },
		{ "Nov 22 10:00:00 Z", 17, UTC_10 },
		{ "Nov 22 10:00:00 +0000 x", 21, UTC_10 },
		{ "Nov 22 11:00:00 +01:00 x", 22, UTC_10 },
		{ "Nov 22 11:00:00+01:00 x", 21, UTC_10 },
		{ "Nov 22 10:00:00 UTC x", 19, UTC_10 },
		{ "Nov 22 10:00:00 UTC: x", 19, UTC_10 },
		{ "Nov 22 11:00:00 CET x", 19, UTC_10 },
		{ "Nov 22 05:00:00 EST", 19, UTC_10 },
		{ "Nov 22 10:00:00 UTC 2026 x", 24, UTC_10 },
		{ "Nov 22 10:00:00 2026", 20, LOCAL_10 },
		{ "Nov 22 10:00:00 1999 x", 15, LOCAL_10 },
		{ "Nov 22 10:00:00 20260 x", 15, LOCAL_10 },
		{ "Nov 22 10:00:00 CST x", 15, LOCAL_10 },
		{ "Nov 22 10:00:00 XYZ: %A", 19, LOCAL_10 },
		{ "Nov 22 10:00:00 XYZ: x", 15, LOCAL_10 },
		{ "Nov 22 2026 10:00:00", 20, LOCAL_10 },
		{ "2026 Nov 22 10:00:00", 20, LOCAL_10 },
		{ "2026-11-22T10:00:00", 19, LOCAL_10 },
		{ "2026-11-22 10:00:00", 19, LOCAL_10 },
		{ "2026-11-22 10:00:00.5 UTC", 25, UTC_10 + 500000 },
		{ "2026-11-22T10:00:00Z", 20, UTC_10 },
		{ "2026-11-22T10:00:60Z", 20, UTC_10 + 60000000 },
		{ "2024-02-29T00:00:00Z", 20, UINT64_C(1709164800000000) },
		{ "2000-02-29T00:00:00Z", 20, UINT64_C(951782400000000) },
		/* summer time, and the hours that it skips and repeats */
		{ "2026-07-01T12:00:00", 19, UINT64_C(1782900000000000) },
		{ "2026-03-29T01:59:59", 19, UINT64_C(1774745999000000) },
		{ "2026-03-29T02:00:00", 19, 0 },
		{ "2026-03-29T02:59:59", 19, 0 },
		{ "2026-03-29T03:00:00", 19, UINT64_C(1774746000000000) },
		{ "2026-10-25T01:59:59", 19, UINT64_C(1792886399000000) },
		{ "2026-10-25T02:00:00", 19, UINT64_C(1792886400000000) },
		{ "2026-10-25T02:59:59", 19, UINT64_C(1792889999000000) },
		{ "2026-10-25T03:00:00", 19, UINT64_C(1792893600000000) },
		{ "1970-01-01T00:00:00.000001Z", 27, 1 },
		{ "1970-01-01T00:00:00Z", 20, 0 },
		{ "1969-12-31T23:59:59Z", 20, 0 },
		{ "0001-01-01T00:00:00Z", 20, 0 },
		{ "9999-12-31T23:59:59Z", 20, UINT64_C(253402300799000000) },
	};

	const struct timestamp_context with_colon = { .now_usec = NOW, .ends_with_colon = true };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct timestamp timestamp = { 0 };

		if (!read_at(rows[i].text, NOW, &timestamp) || timestamp.len != rows[i].len ||
			timestamp.usec != rows[i].usec)
			fail_msg("'%s' has %zu bytes, %ju", rows[i].text, timestamp.len,
				(uintmax_t)timestamp.usec);
		assert_int_equal(timestamp_read(text_of(rows[i].text), &with_colon, &timestamp),
			rows[i].text[rows[i].len] == ':');
	}
}

/* Every day for some centuries. */
static void dates_are_read_as_timegm_has_them(void **state)
{
	const time_t day = 24 * 60 * 60, end = (time_t)700 * 365 * day;

	(void)state;
	for (time_t seconds = 1; seconds < end; seconds += day + 1) {
		struct timestamp timestamp = { 0 };
		char text[64];
		struct tm tm;

		assert_non_null(gmtime_r(&seconds, &tm));
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
		assert_true(read_at(text, NOW, &timestamp));
		assert_int_equal(timestamp.usec, (uint64_t)seconds * 1000000);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const texts[] = { "", "N", "Nov", "Nov 22", "Nov 22 10:00",
		"Nov 22 10:00:0", "nov 22 10:00:00", "Nov 22 10:00:00x", "Nov 22 10:00:00:x",
		"Nov 22 10:00:00.", "Nov 22 10:00:00. x", "Nov 22 10:00:00.1x",
		"Nov 22 10:00:00:12", "Nov 00 10:00:00", "Nov 31 10:00:00", "Feb 30 10:00:00",
		"Nov 22 24:00:00", "Nov 22 10:60:00", "Nov 22 10:00:61", "Nov   2 10:00:00",
		"Nov  22 10:00:00", "Nov 222 10:00:00", "Nov 22 1:00:00", "Nov 22 10.00.00",
		"22 Nov 10:00:00", "Foo 22 10:00:00", "2026-11-22", "2026-11-22T",
		"2026-11-22t10:00:00Z", "2026-11-22T10:00:00z", "2026/11/22 10:00:00",
		"2026-00-22T10:00:00Z", "2026-13-22T10:00:00Z", "2025-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z", "2026-11-22T10:00:00+1", "2026-11-22T10:00:00+24:00",
		"2026-11-22T10:00:00+01:60", "20261122T100000Z", "10:00:00", " Nov 22 10:00:00" };

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct timestamp timestamp = { .len = 77 };

		if (read_at(texts[i], NOW, &timestamp))
			fail_msg("'%s' is a time", texts[i]);
		assert_int_equal(timestamp.len, 77);
	}
}

static uint64_t usec_of(const char *t)
{
	struct timestamp timestamp = { 0 };

	assert_true(read_at(t, NOW, &timestamp));
	return timestamp.usec;
}

static void a_year_that_is_left_out_is_the_last_one_that_fits(void **state)
{
	static const struct {
		const char *now, *text, *is;
	} rows[] = {
		{ "2026-11-22T12:00:00Z", "Nov 22 13:00:00", "2026-11-22T12:00:00Z" },
		{ "2026-11-22T12:00:00Z", "Nov 21 13:00:00", "2026-11-21T12:00:00Z" },
		{ "2026-11-22T12:00:00Z", "Jan  1 01:00:00", "2026-01-01T00:00:00Z" },
		{ "2026-11-22T12:00:00Z", "Dec 31 13:00:00", "2025-12-31T12:00:00Z" },
		/* a day in the future is a clock that goes wrong; more is the year before */
		{ "2026-11-22T12:00:00Z", "Nov 23 12:59:59", "2026-11-23T11:59:59Z" },
		{ "2026-11-22T12:00:00Z", "Nov 23 13:00:01", "2025-11-23T12:00:01Z" },
		/* about the turn of the year */
		{ "2027-01-01T00:00:05Z", "Dec 31 23:59:59", "2026-12-31T22:59:59Z" },
		{ "2026-12-31T23:59:55Z", "Jan  1 01:00:00", "2027-01-01T00:00:00Z" },
		{ "2026-12-31T23:30:00Z", "Jan  1 00:30:00", "2026-12-31T23:30:00Z" },
		{ "2026-12-31T20:00:00Z", "Jan  1 10:00:00 +1400", "2026-12-31T20:00:00Z" },
		{ "2027-01-01T01:00:00Z", "Dec 31 23:30:00 -0200", "2027-01-01T01:30:00Z" },
		/* summer time skips this hour in the year after */
		{ "2026-11-22T12:00:00Z", "Mar 28 02:30:00", "2026-03-28T01:30:00Z" },
		/* leap days */
		{ "2028-03-01T12:00:00Z", "Feb 29 13:00:00", "2028-02-29T12:00:00Z" },
		{ "2027-03-01T12:00:00Z", "Feb 29 13:00:00", "2024-02-29T12:00:00Z" },
		{ "2104-02-01T12:00:00Z", "Feb 29 13:00:00", "2096-02-29T12:00:00Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct timestamp timestamp = { 0 };

		assert_true(read_at(rows[i].text, usec_of(rows[i].now), &timestamp));
		if (timestamp.usec != usec_of(rows[i].is))
			fail_msg("row %zu: %ju", i, (uintmax_t)timestamp.usec);
	}
}

static void a_clock_at_its_start_gives_no_time_before_it(void **state)
{
	struct timestamp timestamp = { .usec = 77 };

	(void)state;
	assert_true(read_at("Nov 22 10:00:00", 0, &timestamp));
	assert_int_equal(timestamp.usec, 0);
}

static void times_are_written_as_they_are_read(void **state)
{
	struct buffer out = buffer_make(100);

	(void)state;
	assert_true(timestamp_print(UTC_10 + 7, &out));
	assert_text(buffer_text(&out), "2026-11-22T10:00:00.000007Z");
	buffer_clear(&out);
	assert_false(timestamp_print(UINT64_MAX, &out));
	assert_int_equal(out.len, 0);
	timestamp_print_bsd(LOCAL_10, &out);
	assert_text(buffer_text(&out), "Nov 22 10:00:00");
	buffer_clear(&out);
	timestamp_print_bsd(UINT64_C(1767279600000000), &out);
	assert_text(buffer_text(&out), "Jan  1 16:00:00");
	buffer_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_in_their_zone),
		cmocka_unit_test(dates_are_read_as_timegm_has_them),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_year_that_is_left_out_is_the_last_one_that_fits),
		cmocka_unit_test(a_clock_at_its_start_gives_no_time_before_it),
		cmocka_unit_test(times_are_written_as_they_are_read),
	};

	return cmocka_run_group_tests_name("wire/timestamp", tests, set_zone, NULL);
}
