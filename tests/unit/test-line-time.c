/* Tests of wire/line-time: the shapes in which programs begin their lines. */
#include "config.h"

#include "test.h"

#include <time.h>

#include "record/record.h"
#include "wire/line-time.h"

/* It is Sunday, 2026-11-22 12:00:00 UTC, 13:00:00 local time. */
#define NOW UINT64_C(1795348800000000)
#define LOCAL_10 UINT64_C(1795338000000000) /* 10:00:00 of that day, local time */
#define YEAR_OF_365 (UINT64_C(365) * 24 * 3600 * 1000000)
#define UTC_10 UINT64_C(1795341600000000)
#define UUID "5d1e0c44-31c2-4f5e-9a0e-0d3b1c6a7701"

struct row {
	const char *line;
	uint64_t usec;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t usec = 77;

		if (!line_time_read(text_of(rows[i].line), NOW, &usec) || usec != rows[i].usec)
			fail_msg("'%s' is at %ju, not %ju", rows[i].line, (uintmax_t)usec,
				(uintmax_t)rows[i].usec);
	}
}

static void the_usual_shapes_are_read(void **state)
{
	static const struct row rows[] = {
		/* RFC 3339, with or without a zone */
		{ "2026-11-22T10:00:00Z INFO x", UTC_10 },
		{ "2026-11-22T11:00:00+01:00 host x", UTC_10 },
		{ "2026-11-22T05:00:00-0500 host x", UTC_10 },
		{ "2026-11-22T10:00:00.000000001Z [INFO][AMF] x", UTC_10 },
		{ "2026-11-22T10:00:00 x", LOCAL_10 },
		{ "2026-11-22T10:00:00Z", UTC_10 },
		/* log4j, Python, Kannel, Jasmin */
		{ "2026-11-22 10:00:00,123 INFO ccs[812] x", LOCAL_10 + 123000 },
		{ "2026-11-22 10:00:00.120 INFO  ccs[812] x", LOCAL_10 + 120000 },
		{ "2026-11-22 10:00:00 [77] [0] INFO: x", LOCAL_10 },
		{ "2026-11-22 10:00:00: x", LOCAL_10 },
		{ "2026-11-22 10:00:00\tx", LOCAL_10 },
		{ "2026-11-22 10:00:00|INFO|x", LOCAL_10 },
		{ "2026-11-22 10:00:00.5;x", LOCAL_10 + 500000 },
		{ "2026-11-22 10:00:00,16,x", LOCAL_10 },
		{ "2026-11-22 10:00:00,1234,x", LOCAL_10 },
		{ "2026/11/22 10:00:00.120000 x", LOCAL_10 + 120000 },
		{ "2026-11-22 10:00:00 UTC [12] LOG: x", UTC_10 },
		/* RFC 3164 */
		{ "Nov 22 10:00:00 proxy kamailio[77]: x", LOCAL_10 },
		{ "Nov 22 10:00:00 2001 kamailio[77]: x", LOCAL_10 },
		{ "Nov  2 10:00:00 proxy x", LOCAL_10 - UINT64_C(20) * 24 * 3600 * 1000000 },
		{ "<134>Nov 22 10:00:00 proxy x", LOCAL_10 },
		{ "<134>1 2026-11-22T10:00:00Z proxy app - - - x", UTC_10 },
		/* with the day of the week: asctime(), journalctl -o short-full */
		{ "Sun Nov 22 10:00:00 2026", LOCAL_10 },
		{ "Sun Nov 22 10:00:00 2025 : Auth: x",
			LOCAL_10 - UINT64_C(365) * 24 * 3600 * 1000000 },
		{ "Sun 2026-11-22 11:00:00 CET host x", UTC_10 },
		/* Asterisk */
		{ "[Nov 22 10:00:00] NOTICE[123]: x", LOCAL_10 },
		{ "[Nov 22 10:00:00.123] NOTICE[123]: x", LOCAL_10 + 123000 },
		{ "[2026-11-22 10:00:00] NOTICE[123][C-0000002a] x", LOCAL_10 },
		{ "[2026-11-22 10:00:00.123] NOTICE[123] x", LOCAL_10 + 123000 },
		{ "[2026-11-22T11:00:00.123+0100] x", UTC_10 + 123000 },
		{ "[2026-11-22 10:00:00,123][INFO ] x", LOCAL_10 + 123000 },
		{ "1795341600|1795341599.12|support|NONE|ENTERQUEUE||15550101|1", UTC_10 },
		{ "1795341600|NONE|NONE|NONE|QUEUESTART|", UTC_10 },
		{ "1795341600|MANAGER|support|SIP/1004|PAUSE|", UTC_10 },
		{ "1795341600|pbx1-1795341599.12|support|NONE|ABANDON|1|1|20", UTC_10 },
		/* FreeSWITCH */
		{ "2026-11-22 10:00:00.104512 [NOTICE] x", LOCAL_10 + 104512 },
		{ UUID " 2026-11-22 10:00:00.104512 98.93% [NOTICE] x", LOCAL_10 + 104512 },
		{ "\033[36m" UUID " 2026-11-22 10:00:00.104512 [NOTICE] x", LOCAL_10 + 104512 },
		{ "\033[0m\033[1;36m2026-11-22 10:00:00 x", LOCAL_10 },
		/* Cisco */
		{ "008160: Nov 22 10:00:00.073: //90/CCAPI x", LOCAL_10 + 73000 },
		{ "*Nov 22 10:00:00.442: x", LOCAL_10 + 442000 },
		{ ".Nov 22 10:00:00.442 UTC: %A-5-B: x", UTC_10 + 442000 },
		{ "12: *Nov 22 2025 10:00:00.442 XYZ: x", LOCAL_10 - YEAR_OF_365 + 442000 },
		/* Open5GS */
		{ "11/22 10:00:00.001: [amf] INFO: x", LOCAL_10 + 1000 },
		{ "02/28 10:00:00.001: [amf] INFO: x", UINT64_C(1772269200001000) },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void what_is_around_a_time_does_not_hide_it(void **state)
{
	static const struct row rows[] = {
		/* colors around, a day of the week and a year in brackets, zones in between */
		{ "\033[2m2026-11-22T10:00:00Z\033[0m x", UTC_10 },
		{ "\033[32m11/22 10:00:00.001\033[0m: [\033[33mamf\033[0m] x", LOCAL_10 + 1000 },
		{ "[Sun Nov 22 10:00:00 2026] x", LOCAL_10 },
		{ "[Nov 22 10:00:00 2025] x", LOCAL_10 - YEAR_OF_365 },
		{ "Sat Nov 22 10:00:00 CST 2025 x", LOCAL_10 - YEAR_OF_365 },
		{ "Sun Nov 22 10:00:00 CST x", LOCAL_10 },
		{ "Sun Nov 22 10:00:00 UTC 2026", UTC_10 },
		/* digits behind a comma */
		{ "2026-11-22T10:00:00,123456Z x", UTC_10 + 123456 },
		{ "2026-11-22T11:00:00,123456789+01:00 x", UTC_10 + 123456 },
		{ "2026-11-22T10:00:00,1Z x", UTC_10 + 100000 },
		{ "2026-11-22 10:00:00,123456 x", LOCAL_10 + 123456 },
		{ "2026-11-22 10:00:00,16,7", LOCAL_10 },
		/* what is no zone */
		{ "2026-11-22 10:00:00 PMS x", LOCAL_10 },
		{ "2026-11-22 10:00:00 - x", LOCAL_10 },
		{ "2026-11-22 10:00:00 UTC x", UTC_10 },
		{ "2026-11-22 10:00:00 +0100 x", UTC_10 - UINT64_C(3600000000) },
	};

	(void)state;
	check_rows(rows, COUNT(rows));
}

static void a_line_that_begins_with_no_time_has_none(void **state)
{
	static const char *const lines[] = { "", "x", "[", "[]", "<", "<134>",
		"<1345>Nov 22 10:00:00 x", " 2026-11-22 10:00:00 x", "x 2026-11-22 10:00:00",
		"2026-11-22", "2026-11-22 x", "2026-13-22 10:00:00 x", "2026-11-31 10:00:00 x",
		"2026-11-22 24:00:00 x", "2026-11-22 10:00:00-INFO", "2026-11-22 10:00:00x",
		"2026-11-22 10:00:00+99:00 x", "2026/11-22 10:00:00 x", "2026/13/22 10:00:00 x",
		"[2026-11-22 10:00:0] x", "[C-0000002a] x", "10:00:00 x", "@10:00:00.7410 [0] x",
		"10:00:00.001: x", "13/22 10:00:00.001: [amf] x", "00/22 10:00:00.001: [amf] x",
		"11/31 10:00:00.001: [amf] x", "11/22 10:00:00.001 x", "11/22 10:00:00 x",
		"5d1e0c44-31c2-4f5e-9a0e-0d3b1c6a770 2026-11-22 10:00:00 x",
		(UUID "2026-11-22 10:00:00 x"), "Sun", "Sun x", "Sunday 2026-11-22 10:00:00 x",
		"\033[2026-11-22 10:00:00 x", "\033[1;31x2026-11-22 10:00:00", "1795341600",
		"1795341600|", "1795341600|a|b", "179534160|a|b|c|d", "17953416000|a|b|c|d|e",
		"1795341600 a|b|c|d|e", "1795341600|5550104|a|b|c", "1795341600||a|b|c",
		"1795341600|1795341599.1x|a|b|c", "1795341600|12.5|a|b|c", "1795341600|.12|a|b|c",
		"1795341600|1795341599.|a|b|c", "1795341600|None|a|b|c", "0946684799|NONE|a|b|c",
		"1799999999|NONE|a|b|c", "9999999999|NONE|a|b|c", "2125551234|5550104|x|y|z",
		"12345678901: Nov 22 10:00:00: x", "12:Nov 22 10:00:00: x",
		"2026-11-22 10:00:00 PM x", "2026-11-22 10:00:00 a.m. x", "2026-11-22 10:00:00 pm",
		"2026-11-22 10:00:00 +01 x", "2026-11-22 10:00:00 -5 x",
		"2026-11-22 10:00:00 GMT+8 x", "2026-11-22 10:00:00 UTC+08:00 x",
		"2026-11-22 10:00:00 [UTC] x", "2026-11-22 10:00:00 (UTC) x",
		"2026-11-22 10:00:00 America/New_York x", "2026-03-29 02:30:00 x",
		"1969-12-31T23:59:59Z x", "*", ".", "12: ", "{\"time\":\"2026-11-22T10:00:00Z\"}" };

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		uint64_t usec = 77;

		if (line_time_read(text_of(lines[i]), NOW, &usec) || usec != 77)
			fail_msg("'%s' is at %ju", lines[i], (uintmax_t)usec);
	}
}

/* Its zone may be behind what is looked at. */
static void a_time_of_more_bytes_than_any_has_is_none(void **state)
{
	char line[128];
	uint64_t usec = 77;

	(void)state;
	for (int digits = 1; digits < 80; digits++) {
		bool good;

		(void)snprintf(line, sizeof(line), "2026-11-22T11:00:00.%0*d+01:00 x", digits, 0);
		good = line_time_read(text_of(line), NOW, &usec);
		assert_int_equal(good, digits <= 22);
		assert_int_equal(usec, UTC_10);
	}
}

static void zeros_in_front_are_passed_over(void **state)
{
	static const char line[] = "\0\0\0[2026-11-22T10:00:00Z] x";
	uint64_t usec = 77;

	(void)state;
	assert_true(line_time_read(text_make(line, sizeof(line) - 1), NOW, &usec));
	assert_int_equal(usec, UTC_10);
	assert_false(line_time_read(text_make(line, 3), NOW, &usec));
}

/* Whatever was read before it. */
static void an_hour_that_is_repeated_is_the_first_one(void **state)
{
	static const char *const before[] = { "2026-07-01 00:00:00 x", "2026-01-01 00:00:00 x" };

	(void)state;
	for (size_t i = 0; i < COUNT(before); i++) {
		uint64_t usec = 77;

		assert_true(line_time_read(text_of(before[i]), NOW, &usec));
		assert_true(line_time_read(text_of("2026-10-25 02:30:00 x"), NOW, &usec));
		assert_int_equal(usec, UINT64_C(1792888200000000));
	}
}

static struct record make_record(const char *message)
{
	struct record record = record_make();

	assert_int_equal(record_add(&record, text_of("MESSAGE"), text_of(message)), 0);
	return record;
}

static void a_record_gets_the_time_of_its_line(void **state)
{
	struct record record = make_record("[Nov 22 10:00:00] x");

	(void)state;
	line_time_note(&record, NOW);
	assert_int_equal(record.timestamp_usec, LOCAL_10);
	record_done(&record);
}

static void a_record_that_has_a_time_keeps_it(void **state)
{
	struct record record = make_record("[Nov 22 10:00:00] x");

	(void)state;
	record.timestamp_usec = 5;
	line_time_note(&record, NOW);
	assert_int_equal(record.timestamp_usec, 5);
	record_done(&record);
}

static void the_rest_of_a_line_does_not_begin_with_its_time(void **state)
{
	struct record record = make_record("[Nov 22 10:00:00] x");

	(void)state;
	record.part_start = true;
	line_time_note(&record, NOW);
	assert_int_equal(record.timestamp_usec, 0);
	record_done(&record);
}

static void a_record_without_a_message_gets_no_time(void **state)
{
	struct record record = record_make();

	(void)state;
	line_time_note(&record, NOW);
	assert_int_equal(record.timestamp_usec, 0);
	record_done(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_shapes_are_read),
		cmocka_unit_test(what_is_around_a_time_does_not_hide_it),
		cmocka_unit_test(a_line_that_begins_with_no_time_has_none),
		cmocka_unit_test(a_time_of_more_bytes_than_any_has_is_none),
		cmocka_unit_test(zeros_in_front_are_passed_over),
		cmocka_unit_test(an_hour_that_is_repeated_is_the_first_one),
		cmocka_unit_test(a_record_gets_the_time_of_its_line),
		cmocka_unit_test(a_record_that_has_a_time_keeps_it),
		cmocka_unit_test(the_rest_of_a_line_does_not_begin_with_its_time),
		cmocka_unit_test(a_record_without_a_message_gets_no_time),
	};

	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) < 0)
		return 1;
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
