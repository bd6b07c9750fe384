/* What programs write before and around a time is taken off, and what they write differently is
 * rewritten in a copy. The copy ends where the time must have ended, and wire/timestamp reads it.
 */
#include "config.h"

#include "wire/line-time.h"

#include <assert.h>
#include <string.h>

#include "record/record.h"
#include "wire/timestamp.h"

enum {
	HEAD_MAX = 64, /* bytes that a time and its zone are looked for in */
	MARGIN = 16,   /* at their end: a zone that begins here may be cut, and there is no time */
	COLORS_MAX = 4,
	PRI_DIGITS_MAX = 3,
	WEEKDAY_LEN = 4,        /* with its blank */
	NUMBER_DIGITS_MAX = 10, /* of Cisco's count of messages */
	UUID_LEN = 36,
	EPOCH_DIGITS = 10,
	QUEUE_LOG_BARS = 4, /* at least, in a line of Asterisk's queue log */
	MILLISECOND_DIGITS = 3,
	MICROSECOND_DIGITS = 6,
	NANOSECOND_DIGITS = 9,
	OPEN5GS_LEN = sizeof("11/28 09:14:05.123") - 1,
	MONTHS = 12,
	YEAR_DIGITS = 4,
	ZONE_MIN = 3, /* letters */
	ZONE_MAX = 5,
	YEAR_2000 = 946684800, /* in seconds since 1970 */
	SECONDS_PER_DAY = 24 * 60 * 60,
};

/* The beginning of a line in hand: what is in front of the time is taken off. */
struct head {
	struct text rest;
	bool has_weekday, is_bracketed; /* then the year may be behind the time */
	bool is_cisco;
};

static size_t count_digits(struct text t, size_t at)
{
	size_t n = 0;

	while (at + n < t.len && char_is_digit(t.data[at + n]))
		n++;
	return n;
}

/* --- in front of the time --- */

/* The sequences that set colors: `ESC [ 1 ; 33 m`. */
static void take_colors(struct text *t)
{
	for (unsigned i = 0; i < COLORS_MAX && text_starts(*t, text_of("\033[")); i++) {
		size_t at = 2;

		while (at < t->len && (char_is_digit(t->data[at]) || t->data[at] == ';'))
			at++;
		if (at == t->len || t->data[at] != 'm')
			return;
		text_skip(t, at + 1);
	}
}

/* `<134>`, and the version of RFC 5424 behind it: `<134>1 `. */
static void take_pri(struct text *t)
{
	size_t n = t->len > 0 && t->data[0] == '<' ? count_digits(*t, 1) : 0;

	if (n == 0 || n > PRI_DIGITS_MAX || n + 1 == t->len || t->data[n + 1] != '>')
		return;
	text_skip(t, n + 2);
	if (text_starts(*t, text_of("1 ")))
		text_skip(t, 2);
}

/* The identifier of a call and a blank: `5d1e0c44-31c2-4f5e-9a0e-0d3b1c6a7701 `. */
static void take_uuid(struct text *t)
{
	if (t->len <= UUID_LEN || t->data[UUID_LEN] != ' ')
		return;
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? t->data[i] != '-' : !char_is_hex_digit(t->data[i]))
			return;
	}
	text_skip(t, UUID_LEN + 1);
}

static bool take_weekday(struct text *t)
{
	static const char *const names[] = { "Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ",
		"Sun " };

	if (t->len < WEEKDAY_LEN)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (memcmp(t->data, names[i], WEEKDAY_LEN) != 0)
			continue;
		text_skip(t, WEEKDAY_LEN);
		return true;
	}
	return false;
}

/* `008160: `, the number of a message, and the mark of a clock that was not set: `*` or `.`. */
static bool take_cisco(struct text *t)
{
	size_t n = count_digits(*t, 0);
	bool has_number = n > 0 && n <= NUMBER_DIGITS_MAX && n + 1 < t->len && t->data[n] == ':' &&
			  t->data[n + 1] == ' ';

	if (has_number)
		text_skip(t, n + 2);
	return text_take_char(t, '*') || text_take_char(t, '.') || has_number;
}

static struct head open_head(struct text line)
{
	struct head head = { .rest = line };

	take_colors(&head.rest);
	take_pri(&head.rest);
	take_uuid(&head.rest);
	head.is_cisco = take_cisco(&head.rest);
	head.has_weekday = take_weekday(&head.rest);
	return head;
}

/* --- the time itself --- */

/* Whether a comma at `at` begins digits behind the seconds, as in `09:14:05,123`: three, six or
 * nine, or any number with a zone behind. Others are another column. */
static bool is_decimal_comma(struct text t, size_t at)
{
	size_t n = count_digits(t, at + 1), end = at + 1 + n;

	if (t.data[at] != ',' || at == 0 || !char_is_digit(t.data[at - 1]) || n == 0)
		return false;
	return n == MILLISECOND_DIGITS || n == MICROSECOND_DIGITS || n == NANOSECOND_DIGITS ||
	       (end < t.len && (t.data[end] == 'Z' || t.data[end] == '+' || t.data[end] == '-'));
}

static bool may_end_time(char c)
{
	static const bool ends[256] = { ['\t'] = true,
		['|'] = true,
		[';'] = true,
		[']'] = true,
		['"'] = true,
		['\''] = true,
		['\0'] = true,
		['\033'] = true,
		[','] = true };

	return ends[(unsigned char)c];
}

/* Where the time must have ended: at a bracket, a bar, a tab and the like. */
static size_t find_end(struct text t)
{
	size_t at = 0;

	while (at < t.len && at < HEAD_MAX &&
		(!may_end_time(t.data[at]) || is_decimal_comma(t, at)))
		at++;
	return at;
}

static bool is_date_with_slashes(struct text t)
{
	return t.len > 10 && count_digits(t, 0) == 4 && t.data[4] == '/' &&
	       count_digits(t, 5) == 2 && t.data[7] == '/' && count_digits(t, 8) == 2;
}

/* `11/28 09:14:05.123:` */
static bool is_open5gs(struct text t)
{
	return t.len > OPEN5GS_LEN && count_digits(t, 0) == 2 && t.data[2] == '/' &&
	       count_digits(t, 3) == 2 && t.data[5] == ' ' && t.data[14] == '.' &&
	       count_digits(t, 15) == MILLISECOND_DIGITS &&
	       (t.data[OPEN5GS_LEN] == ':' || t.data[OPEN5GS_LEN] == '\033');
}

/* `t` is not empty. */
static bool starts_with_any(struct text t, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words[i][0] == t.data[0] && text_starts(t, text_of(words[i])))
			return true;
	return false;
}

/* `PM`, `a.m.` */
static bool is_half_of_day(struct text t)
{
	if (!text_take_char(&t, 'A') && !text_take_char(&t, 'a') && !text_take_char(&t, 'P') &&
		!text_take_char(&t, 'p'))
		return false;
	(void)text_take_char(&t, '.');
	if (!text_take_char(&t, 'M') && !text_take_char(&t, 'm'))
		return false;
	(void)text_take_char(&t, '.');
	return t.len == 0 || !char_is_word(t.data[0]);
}

/* Whether what is behind a time gives it another meaning, which is not known here: `PM`, ` +01`,
 * ` GMT+8`, ` (UTC)`, ` Europe/Berlin`. */
static bool changes_meaning(struct text rest)
{
	static const char *const zones[] = { "GMT+", "GMT-", "UTC+", "UTC-", "[UTC", "(UTC", "[GMT",
		"(GMT", "Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/",
		"Europe/", "Indian/", "Pacific/", "Etc/" };

	if (!text_take_char(&rest, ' ') || rest.len == 0)
		return false;
	if (rest.data[0] == '+' || rest.data[0] == '-')
		return count_digits(rest, 1) > 0;
	return is_half_of_day(rest) ||
	       starts_with_any(rest, zones, sizeof(zones) / sizeof(zones[0]));
}

/* Cut an unknown zone out of `Nov 28 09:14:05 CST 2026`, so that the year is behind the time. */
static bool cut_zone_before_year(char *copy, size_t *len, size_t time_len)
{
	struct text rest = text_make(copy + time_len, *len - time_len);
	size_t n = 1;

	while (n < rest.len && rest.data[n] >= 'A' && rest.data[n] <= 'Z')
		n++;
	if (n < 1 + ZONE_MIN || n > 1 + ZONE_MAX || rest.data[0] != ' ' ||
		n + 1 + YEAR_DIGITS > rest.len || rest.data[n] != ' ' ||
		count_digits(rest, n + 1) != YEAR_DIGITS)
		return false;
	memmove(copy + time_len, copy + time_len + n, rest.len - n);
	*len -= n;
	return true;
}

static bool read_copy(
	const struct head *head, char *copy, size_t len, uint64_t now_usec, uint64_t *ret_usec)
{
	const struct timestamp_context context = {
		.now_usec = now_usec,
		.is_cisco = head->is_cisco,
		.is_local = !head->has_weekday && !head->is_bracketed && !head->is_cisco,
	};
	struct timestamp timestamp;
	struct text rest;

	if (!timestamp_read(text_make(copy, len), &context, &timestamp))
		return false;
	if (head->has_weekday && cut_zone_before_year(copy, &len, timestamp.len) &&
		!timestamp_read(text_make(copy, len), &context, &timestamp))
		return false;
	rest = text_make(copy + timestamp.len, len - timestamp.len);
	if (timestamp.usec == 0 || timestamp.len > HEAD_MAX - MARGIN || changes_meaning(rest))
		return false;
	*ret_usec = timestamp.usec;
	return true;
}

/* The month as a name, as wire/timestamp reads it. */
static bool read_open5gs(
	const struct head *head, struct text t, uint64_t now_usec, uint64_t *ret_usec)
{
	static const char names[] = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec ";
	char copy[OPEN5GS_LEN + 1];
	uint64_t month;

	if (text_parse_number(text_make(t.data, 2), 10, MONTHS, &month) < 0 || month == 0)
		return false;
	memcpy(copy, names + 4 * (month - 1), 4);
	memcpy(copy + 4, t.data + 3, OPEN5GS_LEN - 3);
	return read_copy(head, copy, OPEN5GS_LEN + 1, now_usec, ret_usec);
}

/* Whether `t` is the second item of a queue log: `1795421009.12`, with a name in front perhaps, or
 * a word like NONE. */
static bool is_queue_log_call(struct text t)
{
	size_t at = t.len, n_digits = 0, n_capitals = 0;

	while (at > 0 && char_is_digit(t.data[at - 1]))
		at--;
	if (at > 1 && at < t.len && t.data[at - 1] == '.') {
		while (n_digits < at - 1 && char_is_digit(t.data[at - 2 - n_digits]))
			n_digits++;
		return n_digits >= EPOCH_DIGITS;
	}
	while (n_capitals < t.len && t.data[n_capitals] >= 'A' && t.data[n_capitals] <= 'Z')
		n_capitals++;
	return n_capitals > 0 && n_capitals == t.len;
}

/* `1795421010|1795421009.12|support|NONE|ENTERQUEUE|…`. Other records begin with a calling number,
 * which may have ten digits, too. */
static bool read_queue_log(struct text t, uint64_t now_usec, uint64_t *ret_usec)
{
	const char *bar;
	unsigned n_bars = 0;
	uint64_t seconds;

	if (count_digits(t, 0) != EPOCH_DIGITS || t.len == EPOCH_DIGITS ||
		t.data[EPOCH_DIGITS] != '|' ||
		text_parse_number(
			text_make(t.data, EPOCH_DIGITS), 10, UINT64_MAX / 1000000, &seconds) < 0)
		return false;
	for (size_t i = EPOCH_DIGITS; i < t.len && n_bars < QUEUE_LOG_BARS; i++)
		n_bars += t.data[i] == '|';
	if (n_bars < QUEUE_LOG_BARS || seconds < YEAR_2000 ||
		seconds > now_usec / 1000000 + SECONDS_PER_DAY)
		return false;
	text_skip(&t, EPOCH_DIGITS + 1);
	bar = memchr(t.data, '|', t.len);
	assert(bar);
	if (!is_queue_log_call(text_make(t.data, (size_t)(bar - t.data))))
		return false;
	*ret_usec = seconds * 1000000;
	return true;
}

/* Every time begins with a digit or with the name of a month. */
static bool may_begin_time(struct text t)
{
	return t.len > 0 && (char_is_digit(t.data[0]) || (t.data[0] >= 'A' && t.data[0] <= 'Z'));
}

static bool read_head(const struct head *head, struct text t, uint64_t now_usec, uint64_t *ret_usec)
{
	char copy[HEAD_MAX];
	size_t len;

	if (!may_begin_time(t))
		return false;
	len = find_end(t);
	assert(len <= HEAD_MAX);
	if (is_open5gs(t))
		return read_open5gs(head, t, now_usec, ret_usec);
	memcpy(copy, t.data, len);
	if (is_date_with_slashes(text_make(copy, len)))
		copy[4] = copy[7] = '-';
	return read_copy(head, copy, len, now_usec, ret_usec);
}

bool line_time_read(struct text line, uint64_t now_usec, uint64_t *ret_usec)
{
	struct head head;

	/* What a file that was truncated begins with. */
	while (text_take_char(&line, '\0'))
		;
	head = open_head(line);
	if (head.rest.len == 0)
		return false;
	if (read_queue_log(line, now_usec, ret_usec))
		return true;
	head.is_bracketed = text_take_char(&head.rest, '[');
	if (head.is_bracketed)
		head.has_weekday = take_weekday(&head.rest);
	return read_head(&head, head.rest, now_usec, ret_usec);
}

void line_time_note(struct record *record, uint64_t now_usec)
{
	struct text message = record_message(record);

	if (record->timestamp_usec > 0 || record->part_start || !message.data)
		return;
	(void)line_time_read(message, now_usec, &record->timestamp_usec);
}
