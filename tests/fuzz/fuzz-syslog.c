/* Bytes become a record: every part of it was in the message, and no word of the message is lost.
 *
 * The input: a byte whose first bit says that the message came over a local socket, then the
 * message. */
#include "config.h"

#include <string.h>

#include "base/cleanup.h"
#include "fuzz.h"
#include "record/record.h"
#include "wire/syslog-decode.h"

#define NOW UINT64_C(1795348800000000)

static bool is_letter(char c)
{
	/* The four that Cisco counts time in: a time since the start may precede another. */
	return char_is_word(c) && !char_is_digit(c) && !strchr("ywdh_", c);
}

static size_t count_letters(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++)
		n += is_letter(t.data[i]);
	return n;
}

static struct text without_line_end(struct text t)
{
	while (t.len > 0 && (t.data[t.len - 1] == '\n' || t.data[t.len - 1] == '\0')) {
		bool is_lf = t.data[t.len - 1] == '\n';

		t.len--;
		if (is_lf && t.len > 0 && t.data[t.len - 1] == '\r')
			t.len--;
	}
	return t;
}

static void check_number(const struct record *record, const char *name, uint64_t max)
{
	uint64_t number;

	must(text_parse_number(record_find(record, name), 10, max, &number) == 0);
}

static bool is_field(struct text name)
{
	for (const char *const *at = syslog_field_names; *at; at++)
		if (text_equal(name, text_of(*at)))
			return true;
	return false;
}

static bool is_from_message(struct text name)
{
	static const char *const names[] = { "SYSLOG_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER",
		"SYSLOG_PID", "SYSLOG_MSGID", "SYSLOG_STRUCTURED_DATA" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (text_equal(name, text_of(names[i])))
			return true;
	return false;
}

/* Each field is there once, was in the header, and together they have all its letters. */
static void check_header(const struct record *record, struct text header)
{
	size_t n_letters = 0;

	for (size_t i = 0; i < record->n_fields; i++) {
		struct text value = record_value(record, i);

		for (size_t j = 0; j < i; j++)
			must(!text_equal(record_name(record, i), record_name(record, j)));
		must(is_field(record_name(record, i)));
		if (!is_from_message(record_name(record, i)))
			continue;
		must(value.len > 0);
		must(memmem(header.data, header.len, value.data, value.len) != NULL);
		n_letters += count_letters(value);
	}
	must(count_letters(header) == n_letters);
}

static void check(struct text message, bool is_local)
{
	CLEANUP(record_done) struct record record = record_make();
	const struct syslog_context context = { .now_usec = NOW, .is_local = is_local };
	struct text whole = without_line_end(message), text;

	must(syslog_parse(message, &context, &record) == 0);
	check_number(&record, "PRIORITY", 7);
	check_number(&record, "SYSLOG_FACILITY", 23);
	text = record_message(&record);
	must(text.data && text.len <= whole.len);
	must(text_equal(text_make(whole.data + whole.len - text.len, text.len), text));
	check_header(&record, text_make(whole.data, whole.len - text.len));
	must(record.timestamp_usec == 0 || record_find(&record, "SYSLOG_TIMESTAMP").len > 0);
	/* A peer is named where the message names no host, and changes nothing else. */
	if (!record_find(&record, "_HOSTNAME").data) {
		CLEANUP(record_done) struct record with_peer = record_make();
		struct syslog_context peer = context;

		peer.peer = text_of("peer");
		must(syslog_parse(message, &peer, &with_peer) == 0);
		must(text_equal(record_find(&with_peer, "_HOSTNAME"), peer.peer));
		must(with_peer.n_fields == record.n_fields + 1);
		must(text_equal(record_message(&with_peer), text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) == 0 && size > 0)
		check(text_make((const char *)data + 1, size - 1), data[0] & 1);
	return 0;
}
