/* The header is read piece by piece from the front; the pieces are slices of the message. A word
 * that could be text is never read as a piece of a header, because a cause in it would be lost. */
#include "config.h"

#include "wire/syslog-decode.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#include "wire/rfc5424-encode.h"
#include "wire/timestamp.h"

enum {
	PRI_MAX = 191,
	TAG_MAX = 64,
	PID_MAX = RFC5424_PROCID_MAX,
	CISCO_WORDS_MAX = 4, /* sequence numbers and a hostname before the time */
};

const char *const syslog_field_names[] = { "PRIORITY", "SYSLOG_FACILITY", "SYSLOG_TIMESTAMP",
	"_HOSTNAME", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "SYSLOG_MSGID", "SYSLOG_STRUCTURED_DATA",
	"MESSAGE", NULL };

struct syslog_header {
	int pri;
	bool has_pri;
	struct text timestamp, hostname, identifier, pid, msgid, structured_data; /* or empty */
	uint64_t timestamp_usec;
};

static struct text without_line_end(struct text t)
{
	while (t.len > 0 && (t.data[t.len - 1] == '\n' || t.data[t.len - 1] == '\0')) {
		t.len--;
		if (t.data[t.len] == '\n' && t.len > 0 && t.data[t.len - 1] == '\r')
			t.len--;
	}
	return t;
}

static struct text without_byte_order_mark(struct text t)
{
	if (text_starts(t, text_of("\xEF\xBB\xBF")))
		text_skip(&t, 3);
	return t;
}

/* The bytes before the next blank. */
static struct text word_of(struct text t)
{
	size_t n = 0;

	while (n < t.len && t.data[n] != ' ')
		n++;
	return text_make(t.data, n);
}

/* The text behind a word and its blank. */
static struct text text_behind(struct text t, struct text word)
{
	text_skip(&t, word.len);
	(void)text_take_char(&t, ' ');
	return t;
}

static bool is_nil(struct text t)
{
	return text_equal(t, text_of("-"));
}

static bool take_pri(struct text *t, struct syslog_header *header)
{
	struct text rest = *t;
	uint64_t pri;
	size_t n = 0;

	if (!text_take_char(&rest, '<'))
		return false;
	while (n < rest.len && n < 3 && char_is_digit(rest.data[n]))
		n++;
	if (text_parse_number(text_make(rest.data, n), 10, PRI_MAX, &pri) < 0)
		return false;
	text_skip(&rest, n);
	if (!text_take_char(&rest, '>'))
		return false;
	*t = rest;
	header->pri = (int)pri;
	header->has_pri = true;
	return true;
}

/* A program's name, as it is written before `:` or `[`. Not a number alone, which is a piece of a
 * text or of a time. */
static bool is_tag(struct text t)
{
	bool has_letter = false;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];
		bool is_sign = c == '.' || c == '-' || c == '/' || c == '(' || c == ')' ||
			       (i > 0 && (c == '@' || c == '+' || c == '~'));

		if (!char_is_word(c) && !is_sign)
			return false;
		has_letter = has_letter || (char_is_word(c) && !char_is_digit(c));
	}
	return has_letter && t.len <= TAG_MAX;
}

/* -- RFC 5424 ---------------------------------------------------------- */

/* A part of the header: PRINTUSASCII with a blank behind it. Parts longer than the RFC allows are
 * accepted as they are: a sender that breaks one rule keeps its header. */
static bool take_part(struct text *t, struct text *ret)
{
	struct text word = word_of(*t);

	for (size_t i = 0; i < word.len; i++)
		if (word.data[i] < '!' || word.data[i] > '~')
			return false;
	if (word.len == 0)
		return false;
	*t = text_behind(*t, word);
	*ret = is_nil(word) ? text_of("") : word;
	return true;
}

static bool take_timestamp_5424(
	struct text *t, const struct syslog_context *context, struct syslog_header *header)
{
	const struct timestamp_context now = { .now_usec = context->now_usec };
	struct timestamp timestamp;
	struct text word;

	if (!take_part(t, &word))
		return false;
	if (word.len == 0)
		return true;
	if (!timestamp_read(word, &now, &timestamp) || timestamp.len < word.len)
		return false;
	header->timestamp = word;
	header->timestamp_usec = timestamp.usec;
	return true;
}

/* STRUCTURED-DATA and the blank behind it. */
static bool take_structured_data(struct text *t, struct syslog_header *header)
{
	size_t n = is_nil(word_of(*t)) ? 1 : rfc5424_structured_data(*t);

	if (n == 0 || (n < t->len && t->data[n] != ' '))
		return false;
	if (t->data[0] == '[')
		header->structured_data = text_make(t->data, n);
	text_skip(t, n);
	(void)text_take_char(t, ' ');
	return true;
}

/* Read a header of version 1. Returns false where it is none, and changes nothing. */
static bool read_5424(
	struct text *t, const struct syslog_context *context, struct syslog_header *header)
{
	struct syslog_header found = *header;
	struct text rest = *t;

	if (!text_take_char(&rest, '1') || !text_take_char(&rest, ' ') ||
		!take_timestamp_5424(&rest, context, &found) ||
		!take_part(&rest, &found.hostname) || !take_part(&rest, &found.identifier) ||
		!take_part(&rest, &found.pid) || !take_part(&rest, &found.msgid))
		return false;
	/* Senders that leave out the structured data, or write what is none, continue with their
	 * text here. But if they left out more, the word that was read as a MSGID is text. */
	if (!take_structured_data(&rest, &found) &&
		(rest.len == 0 || (found.msgid.len > 0 && !is_tag(found.msgid))))
		return false;
	*t = rest;
	*header = found;
	return true;
}

/* -- RFC 3164 ---------------------------------------------------------- */

static bool is_ipv6(struct text t)
{
	char number[INET6_ADDRSTRLEN] = "";
	struct in6_addr address;

	if (t.len == 0 || t.len >= sizeof(number) || memchr(t.data, '\0', t.len))
		return false;
	memcpy(number, t.data, t.len);
	return inet_pton(AF_INET6, number, &address) == 1;
}

static bool is_number(struct text t)
{
	uint64_t number;

	return text_parse_number(t, 10, UINT64_MAX, &number) == 0;
}

/* A name or an address. Not a number alone, which is a piece of a text. */
static bool is_hostname(struct text t)
{
	bool only_digits = true;

	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (!char_is_word(c) && (i == 0 || (c != '.' && c != '-')))
			return is_ipv6(t);
		only_digits = only_digits && char_is_digit(c);
	}
	return !only_digits && t.len <= RFC5424_HOSTNAME_MAX;
}

/* `NAME:` or `NAME[PID]:` at the front, and the blank behind it. Without a pid a blank must follow,
 * because otherwise it may be any word: `sip:100@192.0.2.1`. rsyslog leaves out the colon behind a
 * pid when it relays what came as RFC 5424. */
static bool take_tag(struct text *t, struct syslog_header *header)
{
	struct text word = word_of(*t);
	struct text name = word, pid = { 0 }, rest = *t;
	size_t n = 0;

	while (n < word.len && word.data[n] != ':' && word.data[n] != '[')
		n++;
	name.len = n;
	if (!is_tag(name))
		return false;
	text_skip(&rest, n);
	if (text_take_char(&rest, '[')) {
		const char *end = memchr(rest.data, ']', word.len - n - 1);

		if (!end || end == rest.data || (size_t)(end - rest.data) > PID_MAX)
			return false;
		pid = text_make(rest.data, (size_t)(end - rest.data));
		text_skip(&rest, pid.len + 1);
	}
	if (!text_take_char(&rest, ':') &&
		(!is_number(pid) || rest.len == 0 || rest.data[0] != ' '))
		return false;
	if (pid.len == 0 && rest.len > 0 && rest.data[0] != ' ')
		return false;
	(void)text_take_char(&rest, ' ');
	header->identifier = name;
	header->pid = pid;
	*t = rest;
	return true;
}

/* `%FACILITY-SEVERITY-MNEMONIC` of Cisco, `%%01MODULE/…` of Huawei and Comware. It is text: the
 * patterns of profiles look for it. */
static bool is_mnemonic(struct text t)
{
	struct text word = word_of(t);

	if (word.len < 4 || word.data[0] != '%')
		return false;
	if (word.data[1] == '%')
		return char_is_digit(word.data[2]) && char_is_digit(word.data[3]);
	for (size_t i = 2; i + 2 < word.len; i++)
		if (word.data[i] == '-' && char_is_digit(word.data[i + 1]) &&
			word.data[i + 2] == '-')
			return true;
	return false;
}

/* `HOST:` or `HOST :` before a mnemonic, as IOS and ASA write it. */
static bool take_host_of_mnemonic(struct text *t, struct syslog_header *header)
{
	struct text word = word_of(*t);
	struct text rest = text_behind(*t, word);

	if (word.len > 0 && word.data[word.len - 1] == ':')
		word.len--;
	else if (!text_starts(rest, text_of(": ")))
		return false;
	else
		text_skip(&rest, 2);
	if (!is_hostname(word) || !is_mnemonic(rest))
		return false;
	header->hostname = word;
	*t = rest;
	return true;
}

/* HOSTNAME and TAG, of which either may be missing. */
static void read_host_and_tag(
	struct text *t, const struct syslog_context *context, struct syslog_header *header)
{
	struct text word = word_of(*t);
	struct text rest = text_behind(*t, word);
	bool has_host = (is_hostname(word) || is_nil(word)) && word.len < t->len;

	if (is_mnemonic(*t) || take_host_of_mnemonic(t, header) || take_tag(t, header))
		return;
	if (!has_host || (!take_tag(&rest, header) && context->is_local))
		return;
	if (!is_nil(word))
		header->hostname = word;
	*t = rest;
}

/* The time since the start, as Cisco writes it without a clock: `00:00:46`, `1d03h`. */
static bool is_uptime(struct text t)
{
	bool after_digit = false;

	for (size_t i = 0; i < t.len; i++) {
		bool is_unit = t.data[i] == ':' || t.data[i] == 'y' || t.data[i] == 'w' ||
			       t.data[i] == 'd' || t.data[i] == 'h';

		if (!char_is_digit(t.data[i]) && !(is_unit && after_digit))
			return false;
		after_digit = char_is_digit(t.data[i]);
	}
	return t.len > 3;
}

/* The time in a header of Cisco, and the colon behind it. A `*` or `.` before it shows that the
 * clock was never set, or not recently. */
static bool take_cisco_time(struct text *t, const struct syslog_context *context, bool is_cisco,
	struct syslog_header *header)
{
	struct timestamp_context now = { .now_usec = context->now_usec, .ends_with_colon = true };
	struct timestamp timestamp;
	struct text rest = *t;

	now.is_cisco = text_take_char(&rest, '*') || text_take_char(&rest, '.') || is_cisco;
	if (!timestamp_read(rest, &now, &timestamp))
		return false;
	header->timestamp = text_make(rest.data, timestamp.len);
	header->timestamp_usec = timestamp.usec;
	text_skip(&rest, timestamp.len + 1);
	(void)text_take_char(&rest, ' ');
	*t = rest;
	return true;
}

/* The words before the time or the mnemonic in a header of Cisco: `123: host: 000456: `. Numbers
 * count messages; a colon is left when they are turned off. Returns
 * false, and changes nothing, where neither time nor mnemonic follows: then it is some other text
 * with colons. */
static bool read_cisco(
	struct text *t, const struct syslog_context *context, struct syslog_header *header)
{
	struct syslog_header found = *header;
	struct text rest = *t;

	for (unsigned i = 0; i < CISCO_WORDS_MAX; i++) {
		struct text word = word_of(rest);
		struct text name = text_make(word.data, word.len > 0 ? word.len - 1 : 0);

		if (take_cisco_time(&rest, context, i > 0, &found) ||
			(i > 0 && is_mnemonic(rest))) {
			*t = rest;
			*header = found;
			return true;
		}
		if (text_take_char(&rest, ':')) {
			(void)text_take_char(&rest, ' ');
			continue;
		}
		if (word.len == 0 || word.data[name.len] != ':')
			return false;
		rest = text_behind(rest, word);
		if (is_number(name))
			continue;
		if (is_uptime(name))
			found.timestamp = name;
		else if (is_hostname(name) && found.hostname.len == 0)
			found.hostname = name;
		else
			return false;
	}
	return false;
}

/* The time of a common header, and the blank behind it. */
static bool take_time(
	struct text *t, const struct syslog_context *context, struct syslog_header *header)
{
	const struct timestamp_context now = { .now_usec = context->now_usec,
		.is_local = context->is_local };
	struct timestamp timestamp;
	struct text rest = *t;

	while (text_take_char(&rest, ' '))
		continue;
	if (!timestamp_read(rest, &now, &timestamp))
		return false;
	header->timestamp = text_make(rest.data, timestamp.len);
	header->timestamp_usec = timestamp.usec;
	text_skip(&rest, timestamp.len);
	(void)text_take_char(&rest, ':');
	(void)text_take_char(&rest, ' ');
	*t = rest;
	return true;
}

static void read_3164(
	struct text *t, const struct syslog_context *context, struct syslog_header *header)
{
	if (!context->is_local && read_cisco(t, context, header)) {
		if (header->hostname.len == 0)
			(void)take_host_of_mnemonic(t, header);
		return;
	}
	if (take_time(t, context, header))
		read_host_and_tag(t, context, header);
	else if (header->has_pri)
		(void)take_tag(t, header);
}

/* ---------------------------------------------------------------------- */

static int add_number(struct record *record, const char *name, int number)
{
	char digits[3];
	size_t at = sizeof(digits);

	assert(number >= 0 && number <= PRI_MAX);
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return record_add(record, text_of(name), text_make(digits + at, sizeof(digits) - at));
}

static int fill_record(
	struct record *record, const struct syslog_header *header, struct text message)
{
	const struct {
		const char *name;
		struct text value;
	} fields[] = {
		{ "SYSLOG_TIMESTAMP", header->timestamp },
		{ "_HOSTNAME", header->hostname },
		{ "SYSLOG_IDENTIFIER", header->identifier },
		{ "SYSLOG_PID", header->pid },
		{ "SYSLOG_MSGID", header->msgid },
		{ "SYSLOG_STRUCTURED_DATA", header->structured_data },
	};
	int r = add_number(record, "PRIORITY", header->pri % 8);

	if (r == 0)
		r = add_number(record, "SYSLOG_FACILITY", header->pri / 8);
	for (size_t i = 0; r == 0 && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].value.len > 0)
			r = record_add(record, text_of(fields[i].name), fields[i].value);
	if (r == 0)
		r = record_add(record, text_of("MESSAGE"), message);
	record->timestamp_usec = header->timestamp_usec;
	return r;
}

int syslog_parse(struct text message, const struct syslog_context *context, struct record *record)
{
	struct syslog_header header = { .pri = SYSLOG_DEFAULT_PRIORITY };
	struct text rest = without_line_end(message.len > 0 ? message : text_of(""));

	if (!take_pri(&rest, &header) || !read_5424(&rest, context, &header))
		read_3164(&rest, context, &header);
	if (header.hostname.len == 0)
		header.hostname = context->peer;
	return fill_record(record, &header, without_byte_order_mark(rest));
}
