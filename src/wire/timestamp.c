/* A timestamp is read piece by piece from the front of a text; a piece that is not there leaves the
 * text as it was. */
#include "config.h"

#include "wire/timestamp.h"

#include <assert.h>
#include <string.h>
#include <time.h>

enum {
	SECONDS_PER_DAY = 24 * 60 * 60,
	DAYS_OF_4_YEARS = 4 * 365 + 1,
	DAYS_OF_100_YEARS = 25 * DAYS_OF_4_YEARS - 1,
	DAYS_OF_400_YEARS = 4 * DAYS_OF_100_YEARS + 1,
	DAYS_TO_1970 = 719468,            /* from 0000-03-01 to 1970-01-01 */
	LEAP_YEARS_APART = 8,             /* at most: 1896 and 1904, 2096 and 2104 */
	OFFSET_MAX = 2 * SECONDS_PER_DAY, /* no zone is so far from UTC */
	YEAR_UNKNOWN = -1,
	DIGITS_MAX = 4,
};

enum { MONTH_NAME_LEN = 3 };

static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec" };

struct parts {
	int year; /* or YEAR_UNKNOWN */
	int month, day, hour, minute, second;
	unsigned usec;
	bool has_offset;
	int offset; /* minutes east of UTC */
};

/* Take exactly `n` digits, at most DIGITS_MAX. */
static bool take_digits(struct text *t, size_t n, int *ret)
{
	int value = 0;

	assert(n <= DIGITS_MAX);
	if (t->len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!char_is_digit(t->data[i]))
			return false;
		value = value * 10 + (t->data[i] - '0');
	}
	*ret = value;
	text_skip(t, n);
	return true;
}

/* Whether `t` may follow a timestamp. */
static bool is_end(struct text t)
{
	return t.len == 0 || t.data[0] == ' ' ||
	       (t.data[0] == ':' && (t.len == 1 || t.data[1] == ' '));
}

static bool take_month_name(struct text *t, int *ret)
{
	for (int i = 0; i < 12 && t->len >= MONTH_NAME_LEN; i++) {
		if (memcmp(t->data, month_names[i], MONTH_NAME_LEN) != 0)
			continue;
		*ret = i + 1;
		text_skip(t, MONTH_NAME_LEN);
		return true;
	}
	return false;
}

/* A year of four digits with a blank behind it. */
static bool take_year(struct text *t, int *ret)
{
	struct text rest = *t;

	if (!take_digits(&rest, 4, ret) || !text_take_char(&rest, ' '))
		return false;
	*t = rest;
	return true;
}

/* `Mmm dd `, `Mmm  d ` or `Mmm d `, with a year behind the day or without. */
static bool take_month_and_day(struct text *t, struct parts *parts)
{
	bool good = take_month_name(t, &parts->month) && text_take_char(t, ' ');

	if (!good)
		return false;
	good = !text_take_char(t, ' ') && take_digits(t, 2, &parts->day);
	if (!good)
		good = take_digits(t, 1, &parts->day);
	if (!good || !text_take_char(t, ' '))
		return false;
	if (parts->year == YEAR_UNKNOWN)
		(void)take_year(t, &parts->year);
	return true;
}

/* `yyyy-mm-dd`, and `T` or a blank. */
static bool take_iso_date(struct text *t, struct parts *parts)
{
	return take_digits(t, 4, &parts->year) && text_take_char(t, '-') &&
	       take_digits(t, 2, &parts->month) && text_take_char(t, '-') &&
	       take_digits(t, 2, &parts->day) && (text_take_char(t, 'T') || text_take_char(t, ' '));
}

static bool take_date(struct text *t, struct parts *parts)
{
	struct text start = *t;

	if (take_iso_date(t, parts))
		return true;
	*t = start;
	parts->year = YEAR_UNKNOWN;
	(void)take_year(t, &parts->year);
	return take_month_and_day(t, parts);
}

/* The digits behind the seconds: any number of them behind a point or comma, three behind a colon
 * as Comware writes it. Digits finer than a microsecond are dropped. */
static void take_fraction(struct text *t, unsigned *ret_usec)
{
	struct text rest = *t;
	unsigned usec = 0, unit = 100000;
	size_t n = 0;
	bool colon = text_take_char(&rest, ':');

	if (!colon && !text_take_char(&rest, '.') && !text_take_char(&rest, ','))
		return;
	for (; n < rest.len && char_is_digit(rest.data[n]); n++, unit /= 10)
		usec += unit * (unsigned)(rest.data[n] - '0');
	if (n == 0 || (colon && n != 3))
		return;
	text_skip(&rest, n);
	*t = rest;
	*ret_usec = usec;
}

static bool take_clock(struct text *t, struct parts *parts)
{
	if (!take_digits(t, 2, &parts->hour) || !text_take_char(t, ':') ||
		!take_digits(t, 2, &parts->minute) || !text_take_char(t, ':') ||
		!take_digits(t, 2, &parts->second))
		return false;
	take_fraction(t, &parts->usec);
	return true;
}

/* `Z`, `+hh:mm` or `+hhmm`. */
static bool take_offset(struct text *t, struct parts *parts)
{
	struct text rest = *t;
	bool east, good;
	int hours = 0, minutes = 0;

	if (text_take_char(&rest, 'Z')) {
		parts->has_offset = true;
		*t = rest;
		return true;
	}
	east = text_take_char(&rest, '+');
	good = (east || text_take_char(&rest, '-')) && take_digits(&rest, 2, &hours);
	if (good)
		(void)text_take_char(&rest, ':');
	if (!good || !take_digits(&rest, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	parts->has_offset = true;
	parts->offset = (hours * 60 + minutes) * (east ? 1 : -1);
	*t = rest;
	return true;
}

/* Names that mean one zone only. CST, IST and BST do not: their times are read as local time. */
static bool find_zone(struct text name, struct parts *parts)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = { { "UTC", 0 }, { "GMT", 0 }, { "WET", 0 }, { "WEST", 1 }, { "CET", 1 },
		{ "CEST", 2 }, { "EET", 2 }, { "EEST", 3 }, { "MSK", 3 }, { "HKT", 8 },
		{ "SGT", 8 }, { "JST", 9 }, { "KST", 9 }, { "AEST", 10 }, { "AEDT", 11 },
		{ "EST", -5 }, { "EDT", -4 }, { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 },
		{ "PST", -8 }, { "PDT", -7 } };

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		if (!text_equal(name, text_of(zones[i].name)))
			continue;
		parts->has_offset = true;
		parts->offset = zones[i].hours * 60;
		return true;
	}
	return false;
}

/* The name of a zone. An unknown one may be a TAG as well, as in `10:00:00 CCS: text`: it is a zone
 * only in Cisco's headers. */
static bool take_zone_name(struct text *t, bool is_cisco, struct parts *parts)
{
	struct text name = text_make(t->data, 0);
	struct text behind;
	bool mnemonic;

	while (name.len < t->len && t->data[name.len] >= 'A' && t->data[name.len] <= 'Z')
		name.len++;
	behind = text_make(t->data + name.len, t->len - name.len);
	if (name.len < 3 || name.len > 5 || !is_end(behind))
		return false;
	mnemonic = text_starts(behind, text_of(": %"));
	if (!find_zone(name, parts) && !mnemonic &&
		!(is_cisco && text_starts(behind, text_of(":"))))
		return false;
	text_skip(t, name.len);
	return true;
}

/* The zone, right behind the time or after a blank. */
static void take_zone(struct text *t, bool is_cisco, struct parts *parts)
{
	struct text rest = *t;
	struct parts with_zone = *parts;

	if (take_offset(t, parts) || !text_take_char(&rest, ' '))
		return;
	if (!(take_offset(&rest, &with_zone) && is_end(rest)) &&
		!take_zone_name(&rest, is_cisco, &with_zone))
		return;
	*t = rest;
	*parts = with_zone;
}

/* A year behind the time, as Junos and Comware write it. */
static void take_late_year(struct text *t, struct parts *parts)
{
	struct text rest = *t;
	int year;

	if (parts->year != YEAR_UNKNOWN || !text_take_char(&rest, ' ') ||
		!take_digits(&rest, 4, &year) || year < 2000 || year > 2099 || !is_end(rest))
		return;
	parts->year = year;
	*t = rest;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static bool has_day(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	assert(month >= 1 && month <= 12);
	return day >= 1 && day <= days[month - 1] + (month == 2 && is_leap(year));
}

static bool is_valid(const struct parts *parts)
{
	/* Without a year, February has 29 days. */
	int year = parts->year == YEAR_UNKNOWN ? 2000 : parts->year;

	return parts->month >= 1 && parts->month <= 12 && has_day(year, parts->month, parts->day) &&
	       parts->hour < 24 && parts->minute < 60 && parts->second <= 60;
}

/* How far local time is ahead of UTC at `seconds`. */
static int64_t find_offset(int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm tm;

	return localtime_r(&time, &tm) ? (int64_t)tm.tm_gmtoff : 0;
}

/* The moment of a local time, of two the earlier; -1 where summer time skips it. mktime() would
 * look at /etc/localtime each time, and choose by what it was asked before. */
static int64_t from_local(int64_t local)
{
	int64_t before = find_offset(local - SECONDS_PER_DAY);
	int64_t after = find_offset(local + SECONDS_PER_DAY);
	int64_t earlier = local - (before > after ? before : after);
	int64_t later = local - (before > after ? after : before);

	if (before == after || earlier + find_offset(earlier) == local)
		return earlier;
	return later + find_offset(later) == local ? later : -1;
}

/* The day of a date, counted from 1970-01-01: as timegm() finds it, without its loops and its lock.
 * Years begin in March. */
static int64_t count_days(int year, unsigned month, unsigned day)
{
	unsigned from_march = (month + 9) % 12;
	unsigned of_year = (153 * from_march + 2) / 5 + day - 1;
	/* From the year -400 on, so that all is above 0. */
	unsigned since = (unsigned)(year + 400) - (month <= 2);

	return (int64_t)since * 365 + since / 4 - since / 100 + since / 400 + of_year -
	       DAYS_OF_400_YEARS - DAYS_TO_1970;
}

/* The seconds in this year, in the time's own zone. */
static int64_t count_seconds(const struct parts *parts, int year)
{
	int64_t days = count_days(year, (unsigned)parts->month, (unsigned)parts->day);
	int64_t minutes = (days * 24 + parts->hour) * 60 + parts->minute;

	return minutes * 60 + parts->second;
}

static int64_t to_utc(const struct parts *parts, int64_t seconds)
{
	return parts->has_offset ? seconds - (int64_t)parts->offset * 60 : from_local(seconds);
}

/* The seconds of a timestamp without a year: see the header. */
static int64_t guess_seconds(const struct parts *parts, uint64_t now_usec)
{
	int64_t latest = (int64_t)(now_usec / 1000000) + SECONDS_PER_DAY;
	time_t time = (time_t)latest;
	struct tm tm;
	int year = gmtime_r(&time, &tm) ? tm.tm_year + 1900 + 1 : 1970;

	for (int i = 0; i <= LEAP_YEARS_APART + 1; i++) {
		int64_t seconds;

		if (!has_day(year - i, parts->month, parts->day))
			continue;
		seconds = count_seconds(parts, year - i);
		if (seconds > latest + OFFSET_MAX)
			continue;
		seconds = to_utc(parts, seconds);
		if (seconds <= latest)
			return seconds;
	}
	return -1;
}

bool timestamp_read(struct text t, const struct timestamp_context *context, struct timestamp *ret)
{
	struct parts parts = { .year = YEAR_UNKNOWN };
	struct text rest = t;
	int64_t seconds;

	if (!take_date(&rest, &parts) || !take_clock(&rest, &parts))
		return false;
	take_zone(&rest, context->is_cisco, &parts);
	if (!context->is_local)
		take_late_year(&rest, &parts);
	if (!is_end(rest) || !is_valid(&parts))
		return false;
	if (context->ends_with_colon && (rest.len == 0 || rest.data[0] != ':'))
		return false;

	seconds = parts.year == YEAR_UNKNOWN ? guess_seconds(&parts, context->now_usec)
					     : to_utc(&parts, count_seconds(&parts, parts.year));
	ret->len = t.len - rest.len;
	ret->usec = seconds >= 0 ? (uint64_t)seconds * 1000000 + parts.usec : 0;
	return true;
}

/* Two digits; printf would cost more than all else of a record. */
static inline void print_pair(char *at, unsigned value)
{
	at[0] = (char)('0' + value / 10);
	at[1] = (char)('0' + value % 10);
}

/* A date of the Gregorian calendar in UTC. gmtime_r() costs four times as much: it takes a lock. */
struct date {
	unsigned year, month, day;
};

/* The date of a day that is counted from 1970-01-01. Days are counted from the first of March of
 * the year 0, so that a leap day is the last of its year and of its 400 years. */
static struct date find_date(uint64_t day_of_1970)
{
	uint64_t day = day_of_1970 + DAYS_TO_1970, era = day / DAYS_OF_400_YEARS;
	unsigned of_era = (unsigned)(day % DAYS_OF_400_YEARS);
	unsigned year = (of_era - of_era / (DAYS_OF_4_YEARS - 1) + of_era / DAYS_OF_100_YEARS -
				of_era / (DAYS_OF_400_YEARS - 1)) /
			365;
	unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * of_year + 2) / 153; /* from March; five months have 153 days */
	bool is_next_year = month >= 10;

	return (struct date){
		.year = (unsigned)(era * 400) + year + is_next_year,
		.month = is_next_year ? month - 9 : month + 3,
		.day = of_year - (153 * month + 2) / 5 + 1,
	};
}

bool timestamp_print(uint64_t usec, struct buffer *out)
{
	uint64_t seconds = usec / 1000000;
	unsigned of_day = (unsigned)(seconds % SECONDS_PER_DAY);
	unsigned fraction = (unsigned)(usec % 1000000);
	char text[] = "yyyy-mm-ddThh:mm:ss.uuuuuuZ";
	struct date date = find_date(seconds / SECONDS_PER_DAY);

	if (date.year > 9999)
		return false;
	print_pair(text, date.year / 100);
	print_pair(text + 2, date.year % 100);
	print_pair(text + 5, date.month);
	print_pair(text + 8, date.day);
	print_pair(text + 11, of_day / 3600);
	print_pair(text + 14, of_day / 60 % 60);
	print_pair(text + 17, of_day % 60);
	print_pair(text + 20, fraction / 10000);
	print_pair(text + 22, fraction / 100 % 100);
	print_pair(text + 24, fraction % 100);
	buffer_add_text(out, text_make(text, sizeof(text) - 1));
	return true;
}

void timestamp_print_bsd(uint64_t usec, struct buffer *out)
{
	time_t seconds = (time_t)(usec / 1000000);
	struct tm tm = { .tm_mday = 1 };
	char text[] = "Mmm dd hh:mm:ss";

	(void)localtime_r(&seconds, &tm);
	memcpy(text, month_names[tm.tm_mon], MONTH_NAME_LEN);
	print_pair(text + 4, (unsigned)tm.tm_mday);
	if (tm.tm_mday < 10)
		text[4] = ' ';
	print_pair(text + 7, (unsigned)tm.tm_hour);
	print_pair(text + 10, (unsigned)tm.tm_min);
	print_pair(text + 13, (unsigned)tm.tm_sec);
	buffer_add_text(out, text_make(text, sizeof(text) - 1));
}
