/* Tests of wire/syslog-decode: messages in the shapes that senders write, each with every field it
 * must give and none besides. */
#include "config.h"

#include "test.h"

#include <time.h>

#include "record/record.h"
#include "wire/syslog-decode.h"

/* It is Sunday, 2026-11-22 12:00:00 UTC, 13:00:00 local time. */
#define NOW UINT64_C(1795348800000000)
#define LOCAL_10 UINT64_C(1795338000000000) /* 10:00:00 of that day, local time */
#define UTC_10 UINT64_C(1795341600000000)

struct row {
	struct text message;
	const char *priority, *facility; /* NULL: 5 and 1 */
	const char *timestamp;
	uint64_t usec;
	const char *hostname; /* NULL: the peer's */
	const char *identifier, *pid, *msgid, *structured_data;
	const char *text;
	bool is_local;
};

static bool is_field(const struct record *record, const char *name, const char *wanted)
{
	struct text value = record_find(record, name);

	if (!wanted && !value.data)
		return true;
	if (wanted && value.data && text_equal(value, text_of(wanted)))
		return true;
	print_error("%s is '%.*s', not '%s'\n", name, TEXT_FORMAT(value), wanted ? wanted : "");
	return false;
}

static size_t count_fields(const struct row *row)
{
	return 4u + (row->timestamp != NULL) + (row->identifier != NULL) + (row->pid != NULL) +
	       (row->msgid != NULL) + (row->structured_data != NULL);
}

static bool is_row(const struct record *record, const struct row *row)
{
	const char *peer = row->hostname ? row->hostname : "peer.example.com";
	bool good = is_field(record, "PRIORITY", row->priority ? row->priority : "5");

	good &= is_field(record, "SYSLOG_FACILITY", row->facility ? row->facility : "1");
	good &= is_field(record, "SYSLOG_TIMESTAMP", row->timestamp);
	good &= is_field(record, "_HOSTNAME", peer);
	good &= is_field(record, "SYSLOG_IDENTIFIER", row->identifier);
	good &= is_field(record, "SYSLOG_PID", row->pid);
	good &= is_field(record, "SYSLOG_MSGID", row->msgid);
	good &= is_field(record, "SYSLOG_STRUCTURED_DATA", row->structured_data);
	good &= is_field(record, "MESSAGE", row->text);
	if (record->timestamp_usec != row->usec)
		print_error("time is %ju, not %ju\n", (uintmax_t)record->timestamp_usec,
			(uintmax_t)row->usec);
	return good && record->timestamp_usec == row->usec && record->n_fields == count_fields(row);
}

static void parse(struct text message, bool is_local, struct record *record)
{
	const struct syslog_context context = {
		.peer = TEXT("peer.example.com"),
		.now_usec = NOW,
		.is_local = is_local,
	};

	record_clear(record);
	assert_int_equal(syslog_parse(message, &context, record), 0);
}

static void assert_rows(const struct row *rows, size_t n)
{
	struct record record = record_make();
	size_t n_bad = 0;

	for (size_t i = 0; i < n; i++) {
		parse(rows[i].message, rows[i].is_local, &record);
		if (is_row(&record, &rows[i]))
			continue;
		print_error("^ row %zu: %.*s\n", i, TEXT_FORMAT(rows[i].message));
		n_bad++;
	}
	record_done(&record);
	assert_int_equal(n_bad, 0);
}

static int set_zone(void **state)
{
	(void)state;
	if (setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1) < 0)
		return -1;
	tzset();
	return 0;
}

/* -- RFC 5424 ----------------------------------------------------------- */

#define TIME_5424 "2026-11-22T10:00:00Z"

static void messages_of_rfc_5424_are_read_part_by_part(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<165>1 2026-11-22T10:00:00.003Z node-1.example.com ccs 812 CALL - "
		       "released"),
			.priority = "5", .facility = "20", .timestamp = "2026-11-22T10:00:00.003Z",
			.usec = UTC_10 + 3000, .hostname = "node-1.example.com",
			.identifier = "ccs", .pid = "812", .msgid = "CALL", .text = "released" },
		{ TEXT("<0>1 - - - - - -"), .priority = "0", .facility = "0", .text = "" },
		{ TEXT("<0>1 - - - - - - "), .priority = "0", .facility = "0", .text = "" },
		{ TEXT("<191>1 - - - - - -  two blanks"), .priority = "7", .facility = "23",
			.text = " two blanks" },
		{ TEXT("<13>1 " TIME_5424 " 2001:db8::7 a.b/c %1 - - x"), .timestamp = TIME_5424,
			.usec = UTC_10, .hostname = "2001:db8::7", .identifier = "a.b/c",
			.pid = "%1", .text = "x" },
		{ TEXT("<13>1 2026-11-22T11:00:00+01:00 h a - - - x"),
			.timestamp = "2026-11-22T11:00:00+01:00", .usec = UTC_10, .hostname = "h",
			.identifier = "a", .text = "x" },
		{ TEXT("<13>1 2026-11-22T05:59:59.999999-04:00 h a - - - x"),
			.timestamp = "2026-11-22T05:59:59.999999-04:00", .usec = UTC_10 - 1,
			.hostname = "h", .identifier = "a", .text = "x" },
		{ TEXT("<13>1 2026-11-22T10:00:00.123456789Z h a - - - x"),
			.timestamp = "2026-11-22T10:00:00.123456789Z", .usec = UTC_10 + 123456,
			.hostname = "h", .identifier = "a", .text = "x" },
		{ TEXT("<13>1 2026-11-22T10:00:00 h a - - - no zone"),
			.timestamp = "2026-11-22T10:00:00", .usec = LOCAL_10, .hostname = "h",
			.identifier = "a", .text = "no zone" },
		{ TEXT("<13>1 " TIME_5424 " h a - - - \xEF\xBB\xBF\xC3\xA4\n"),
			.timestamp = TIME_5424, .usec = UTC_10, .hostname = "h", .identifier = "a",
			.text = "\xC3\xA4" },
		{ TEXT("<13>1 " TIME_5424 " h a - - - one\ntwo\r\n"), .timestamp = TIME_5424,
			.usec = UTC_10, .hostname = "h", .identifier = "a", .text = "one\ntwo" },
		/* logger(1) with --rfc5424 */
		{ TEXT("<13>1 2026-11-22T10:00:00.000001+00:00 h logger - - [timeQuality "
		       "tzKnown=\"1\" "
		       "isSynced=\"1\" syncAccuracy=\"254500\"] releaseCause=512"),
			.timestamp = "2026-11-22T10:00:00.000001+00:00", .usec = UTC_10 + 1,
			.hostname = "h", .identifier = "logger",
			.structured_data = "[timeQuality tzKnown=\"1\" isSynced=\"1\" "
					   "syncAccuracy=\"254500\"]",
			.text = "releaseCause=512" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void structured_data_is_kept_as_written(void **state)
{
	static const struct {
		const char *data;
		bool good;
	} rows[] = {
		{ "[a]", true },
		{ "[a@32473 x=\"1\"]", true },
		{ "[a x=\"1\" y=\"\"][b][c z=\"\xC3\xA4\"]", true },
		{ "[a x=\"q\\\" b\\\\ s\\] e\"]", true },
		{ "[a x=\"\\n\"]", true },
		{ "[a x=\"[\"]", true },
		{ "[a x=\"two words = one\"]", true },
		{ "[!#$%&'()*+,-./:;<>?@[\\^_`{|}~ x=\"1\"]", true },
		{ "[abcdefghijklmnopqrstuvwxyz012345]", true },
		{ "[abcdefghijklmnopqrstuvwxyz0123456]", false },
		{ "[]", false },
		{ "[ a]", false },
		{ "[a ]", false },
		{ "[a  x=\"1\"]", false },
		{ "[a x=\"1\" ]", false },
		{ "[a x=1]", false },
		{ "[a x]", false },
		{ "[a x=\"1]", false },
		{ "[a x=\"]\"]", false },
		{ "[a x=\"1\\\"]", false },
		{ "[a x=\"1\"", false },
		{ "[a=\"1\"]", false },
		{ "[a]b", false },
		{ "[a][", false },
		{ "[\xC3\xA4]", false },
		{ "-x", false },
		{ "[", false },
	};
	struct record record = record_make();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char message[200], text[200];

		(void)snprintf(message, sizeof(message), "<13>1 " TIME_5424 " h a - - %s text",
			rows[i].data);
		(void)snprintf(text, sizeof(text), "%s text", rows[i].good ? "" : rows[i].data);
		parse(text_of(message), false, &record);
		if (!is_field(&record, "SYSLOG_STRUCTURED_DATA",
			    rows[i].good ? rows[i].data : NULL) ||
			!is_field(&record, "MESSAGE", rows[i].good ? "text" : text))
			fail_msg("row %zu", i);
		assert_text(record_find(&record, "_HOSTNAME"), "h");
	}
	record_done(&record);
}

static void senders_that_forget_structured_data_keep_their_message(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<13>1 " TIME_5424 " h a 1 m releaseCause=512"), .timestamp = TIME_5424,
			.usec = UTC_10, .hostname = "h", .identifier = "a", .pid = "1",
			.msgid = "m", .text = "releaseCause=512" },
		{ TEXT("<13>1 " TIME_5424 " h a - - -releaseCause=512"), .timestamp = TIME_5424,
			.usec = UTC_10, .hostname = "h", .identifier = "a",
			.text = "-releaseCause=512" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void what_is_no_header_of_rfc_5424_is_text(void **state)
{
	static const char *const texts[] = {
		"1",
		"1 ",
		"1 releaseCause=512",
		"1 " TIME_5424 " h a - releaseCause=512",
		"1 " TIME_5424 " h a - releaseCause=512 talk=0",
		"1 " TIME_5424 " h a - m",
		"1 2026-11-22T10:00:00Zx h a - - - x",
		"1 2026-13-22T10:00:00Z h a - - - x",
		"1 2026-02-29T10:00:00Z h a - - - x",
		"1 2026-11-22T24:00:00Z h a - - - x",
		"1 2026-11-22T10:60:00Z h a - - - x",
		"1 2026-11-22T10:00:61Z h a - - - x",
		"1 2026-11-22T10:00:00+24:00 h a - - - x",
		"1 2026-11-22T10:00:00.Z h a - - - x",
		"1 2026-11-22 h a - - - x",
		"1 -  a - - - x",
		"1 - h\x01 a - - - x",
		"1 - h \xC3\xA4 - - - x",
		"2 " TIME_5424 " h a - - - x",
		"11 " TIME_5424 " h a - - - x",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		char message[100] = "<13>";
		struct row row = { .text = texts[i] };

		strcat(message, texts[i]);
		row.message = text_of(message);
		assert_rows(&row, 1);
	}
}

/* -- PRI and line ends --------------------------------------------------- */

static void a_priority_is_taken_only_if_it_is_one(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<0>x"), .priority = "0", .facility = "0", .text = "x" },
		{ TEXT("<191>x"), .priority = "7", .facility = "23", .text = "x" },
		{ TEXT("<86>x"), .priority = "6", .facility = "10", .text = "x" },
		{ TEXT("<013>x"), .text = "x" },
		{ TEXT("<192>x"), .text = "<192>x" },
		{ TEXT("<0013>x"), .text = "<0013>x" },
		{ TEXT("<>x"), .text = "<>x" },
		{ TEXT("<1x>x"), .text = "<1x>x" },
		{ TEXT("<-1>x"), .text = "<-1>x" },
		{ TEXT("<13"), .text = "<13" },
		{ TEXT("< 13>x"), .text = "< 13>x" },
		{ TEXT("<13>"), .text = "" },
		{ TEXT("<"), .text = "<" },
		{ TEXT("x"), .text = "x" },
		{ TEXT(""), .text = "" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void line_ends_are_no_part_of_the_message(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<13>x\n"), .text = "x" },
		{ TEXT("<13>x\r\n"), .text = "x" },
		{ TEXT("<13>x\0"), .text = "x" },
		{ TEXT("<13>x\n\0\n\n"), .text = "x" },
		{ TEXT("<13>x\r\n\0"), .text = "x" },
		{ TEXT("<13>x\r"), .text = "x\r" },
		{ TEXT("<13>x\r\0"), .text = "x\r" },
		{ TEXT("<13>\n"), .text = "" },
		{ TEXT("<13>\nx"), .text = "\nx" },
		{ TEXT("\r\n"), .text = "" },
		{ TEXT("\n"), .text = "" },
		{ TEXT("\0"), .text = "" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void no_message_at_all_is_an_empty_one(void **state)
{
	const struct row row = { text_make(NULL, 0), .text = "" };

	(void)state;
	assert_rows(&row, 1);
}

static void without_host_and_peer_there_is_no_hostname(void **state)
{
	const struct syslog_context context = { .now_usec = NOW };
	struct record record = record_make();

	(void)state;
	assert_int_equal(syslog_parse(TEXT("<13>x"), &context, &record), 0);
	assert_null(record_find(&record, "_HOSTNAME").data);
	record_done(&record);
}

/* -- RFC 3164 from the network ------------------------------------------ */

#define TIME_3164 "Nov 22 10:00:00"
#define TIMES .timestamp = TIME_3164, .usec = LOCAL_10

static void messages_of_rfc_3164_are_read_part_by_part(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<34>" TIME_3164 " node-1 su: 'su root' failed"), TIMES, .priority = "2",
			.facility = "4", .hostname = "node-1", .identifier = "su",
			.text = "'su root' failed" },
		{ TEXT("<13>" TIME_3164 " node-1 ccs[812]: releaseCause=512"), TIMES,
			.hostname = "node-1", .identifier = "ccs", .pid = "812",
			.text = "releaseCause=512" },
		{ TEXT("<13>" TIME_3164 " node-1 ccs[812] releaseCause=512"), TIMES,
			.hostname = "node-1", .identifier = "ccs", .pid = "812",
			.text = "releaseCause=512" },
		{ TEXT("<13>" TIME_3164 " 192.0.2.7 ccs[812]:releaseCause=512"), TIMES,
			.hostname = "192.0.2.7", .identifier = "ccs", .pid = "812",
			.text = "releaseCause=512" },
		{ TEXT("<13>" TIME_3164 " 2001:db8::7 ccs: x"), TIMES, .hostname = "2001:db8::7",
			.identifier = "ccs", .text = "x" },
		{ TEXT("<13>" TIME_3164 " - ccs: x"), TIMES, .identifier = "ccs", .text = "x" },
		{ TEXT("<13>" TIME_3164 " node_1.example.com postfix/smtpd[12]:  two blanks"),
			TIMES, .hostname = "node_1.example.com", .identifier = "postfix/smtpd",
			.pid = "12", .text = " two blanks" },
		{ TEXT("<30>" TIME_3164 " node (systemd)[1]: x"), TIMES, .priority = "6",
			.facility = "3", .hostname = "node", .identifier = "(systemd)", .pid = "1",
			.text = "x" },
		{ TEXT("<13>" TIME_3164 " node ccs:"), TIMES, .hostname = "node",
			.identifier = "ccs", .text = "" },
		{ TEXT("<13>" TIME_3164 " node kernel: [12.345] x"), TIMES, .hostname = "node",
			.identifier = "kernel", .text = "[12.345] x" },
		/* no hostname, as over /dev/log, though it came over the network */
		{ TEXT("<13>" TIME_3164 " ccs[812]: x"), TIMES, .identifier = "ccs", .pid = "812",
			.text = "x" },
		{ TEXT("<13>" TIME_3164 " ccs: x"), TIMES, .identifier = "ccs", .text = "x" },
		{ TEXT("<13>" TIME_3164 " CCS: x"), TIMES, .identifier = "CCS", .text = "x" },
		/* no PRI */
		{ TEXT(TIME_3164 " node ccs: x"), TIMES, .hostname = "node", .identifier = "ccs",
			.text = "x" },
		/* a blank behind PRI */
		{ TEXT("<13> " TIME_3164 " node ccs: x"), TIMES, .hostname = "node",
			.identifier = "ccs", .text = "x" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void a_word_of_the_text_is_never_swallowed(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<13>" TIME_3164 " node callId=87-3 releaseCause=512"), TIMES,
			.hostname = "node", .text = "callId=87-3 releaseCause=512" },
		{ TEXT("<13>" TIME_3164 " callId=87-3 releaseCause=512"), TIMES,
			.text = "callId=87-3 releaseCause=512" },
		{ TEXT("<13>" TIME_3164 " releaseCause=512"), TIMES, .text = "releaseCause=512" },
		{ TEXT("<13>" TIME_3164 " callId:87 releaseCause:512"), TIMES,
			.text = "callId:87 releaseCause:512" },
		{ TEXT("<13>" TIME_3164 " {\"releaseCause\": 512}"), TIMES,
			.text = "{\"releaseCause\": 512}" },
		{ TEXT("<13>" TIME_3164 " node {\"releaseCause\": 512}"), TIMES, .hostname = "node",
			.text = "{\"releaseCause\": 512}" },
		{ TEXT("<13>" TIME_3164 " node <releaseCause>512</releaseCause>"), TIMES,
			.hostname = "node", .text = "<releaseCause>512</releaseCause>" },
		{ TEXT("<13>" TIME_3164 " 512 calls released"), TIMES,
			.text = "512 calls released" },
		{ TEXT("<13>" TIME_3164 " node 512: released"), TIMES, .hostname = "node",
			.text = "512: released" },
		{ TEXT("<13>" TIME_3164 " node last message repeated 2 times"), TIMES,
			.hostname = "node", .text = "last message repeated 2 times" },
		{ TEXT("<46>" TIME_3164 " node -- MARK --"), TIMES, .priority = "6",
			.facility = "5", .hostname = "node", .text = "-- MARK --" },
		{ TEXT("<13>" TIME_3164 " alone"), TIMES, .text = "alone" },
		{ TEXT("<13>" TIME_3164), TIMES, .text = "" },
		{ TEXT("<13>" TIME_3164 "  indented text: x"), TIMES, .text = " indented text: x" },
		{ TEXT("<13>" TIME_3164 " node sip:100@192.0.2.1 left"), TIMES, .hostname = "node",
			.text = "sip:100@192.0.2.1 left" },
		{ TEXT("<13>" TIME_3164 " node queue[]: x"), TIMES, .hostname = "node",
			.text = "queue[]: x" },
		{ TEXT("<13>" TIME_3164 " node queue[1 2]: x"), TIMES, .hostname = "node",
			.text = "queue[1 2]: x" },
		{ TEXT("<13>" TIME_3164 " node queue[1 x"), TIMES, .hostname = "node",
			.text = "queue[1 x" },
		{ TEXT("<13>" TIME_3164 " node \xEF\xBB\xBFx"), TIMES, .hostname = "node",
			.text = "x" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void without_a_time_only_a_tag_is_taken(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<13>ccs: x"), .identifier = "ccs", .text = "x" },
		{ TEXT("<13>ccs[812]: x"), .identifier = "ccs", .pid = "812", .text = "x" },
		{ TEXT("<13>releaseCause=512 talk=0"), .text = "releaseCause=512 talk=0" },
		{ TEXT("<13>node ccs: x"), .text = "node ccs: x" },
		{ TEXT("<13> leading blank"), .text = " leading blank" },
		{ TEXT("<13>@cee: {\"a\":1}"), .text = "@cee: {\"a\":1}" },
		{ TEXT("releaseCause: 512"), .text = "releaseCause: 512" },
		{ TEXT("ccs[812]: x"), .text = "ccs[812]: x" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void a_tag_or_pid_of_any_length_is_not_believed(void **state)
{
	char *tag = test_repeat('t', 65), *pid = test_repeat('1', 129);
	char message[300];
	struct record record = record_make();

	(void)state;
	(void)snprintf(message, sizeof(message), "<13>%s: x", tag);
	parse(text_of(message), false, &record);
	assert_text(record_message(&record), message + strlen("<13>"));
	parse(text_make(message + 1, strlen(message) - 1), false, &record);

	(void)snprintf(message, sizeof(message), "<13>%s: x", tag + 1);
	parse(text_of(message), false, &record);
	assert_text(record_find(&record, "SYSLOG_IDENTIFIER"), tag + 1);

	(void)snprintf(message, sizeof(message), "<13>ccs[%s]: x", pid);
	parse(text_of(message), false, &record);
	assert_text(record_message(&record), message + strlen("<13>"));

	(void)snprintf(message, sizeof(message), "<13>ccs[%s]: x", pid + 1);
	parse(text_of(message), false, &record);
	assert_text(record_find(&record, "SYSLOG_PID"), pid + 1);
	record_done(&record);
	free(tag);
	free(pid);
}

/* -- local sockets ------------------------------------------------------ */

static void local_senders_leave_the_hostname_out(void **state)
{
	static const struct row rows[] = {
		{ TEXT("<13>" TIME_3164 " ccs[812]: x"), TIMES, .is_local = true,
			.identifier = "ccs", .pid = "812", .text = "x" },
		{ TEXT("<13>" TIME_3164 " ccs: x y: z"), TIMES, .is_local = true,
			.identifier = "ccs", .text = "x y: z" },
		{ TEXT("<13>" TIME_3164 " call released"), TIMES, .is_local = true,
			.text = "call released" },
		{ TEXT("<13>" TIME_3164 " 2026 calls released"), TIMES, .is_local = true,
			.text = "2026 calls released" },
		/* a syslog daemon that forwards, and logger(1) with --rfc3164 */
		{ TEXT("<13>" TIME_3164 " node ccs[812]: x"), TIMES, .is_local = true,
			.hostname = "node", .identifier = "ccs", .pid = "812", .text = "x" },
		{ TEXT("<13>2026-11-22T10:00:00.5Z node ccs: x"),
			.timestamp = "2026-11-22T10:00:00.5Z", .usec = UTC_10 + 500000,
			.is_local = true, .hostname = "node", .identifier = "ccs", .text = "x" },
		{ TEXT("<13>1 2026-11-22T10:00:00Z node ccs - - - x"),
			.timestamp = "2026-11-22T10:00:00Z", .usec = UTC_10, .is_local = true,
			.hostname = "node", .identifier = "ccs", .text = "x" },
		{ TEXT("<13>ccs: x"), .is_local = true, .identifier = "ccs", .text = "x" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

/* -- devices ------------------------------------------------------------ */

static void cisco_writes_headers_of_its_own(void **state)
{
#define HISTORY "%VOIPAAA-5-VOIP_CALL_HISTORY: CallLegType 1, DisconnectCause 10"
#define CISCO .priority = "5", .facility = "23", .text = HISTORY
	static const struct row rows[] = {
		{ TEXT("<189>" HISTORY), CISCO },
		{ TEXT("<189>: " HISTORY), CISCO },
		{ TEXT("<189>123: " HISTORY), CISCO },
		{ TEXT("<189>123: 000456: " HISTORY), CISCO },
		{ TEXT("<189>123: router-1: " HISTORY), CISCO, .hostname = "router-1" },
		{ TEXT("<189>router-1: " HISTORY), CISCO, .hostname = "router-1" },
		{ TEXT("<189>123: 192.0.2.1: " HISTORY), CISCO, .hostname = "192.0.2.1" },
		{ TEXT("<189>123: 00:00:46: " HISTORY), CISCO, .timestamp = "00:00:46" },
		{ TEXT("<189>123: 1d03h: " HISTORY), CISCO, .timestamp = "1d03h" },
		{ TEXT("<189>123: 3w4d: " HISTORY), CISCO, .timestamp = "3w4d" },
		{ TEXT("<189>123: *Nov 22 10:00:00.123: " HISTORY), CISCO,
			.timestamp = "Nov 22 10:00:00.123", .usec = LOCAL_10 + 123000 },
		{ TEXT("<189>123: .Nov 22 10:00:00.123: " HISTORY), CISCO,
			.timestamp = "Nov 22 10:00:00.123", .usec = LOCAL_10 + 123000 },
		{ TEXT("<189>123: Nov 22 10:00:00.123 UTC: " HISTORY), CISCO,
			.timestamp = "Nov 22 10:00:00.123 UTC", .usec = UTC_10 + 123000 },
		{ TEXT("<189>123: *Nov 22 2026 10:00:00.123 CET: " HISTORY), CISCO,
			.timestamp = "Nov 22 2026 10:00:00.123 CET", .usec = LOCAL_10 + 123000 },
		{ TEXT("<189>123: Nov 22 10:00:00.123 XYZ: " HISTORY), CISCO,
			.timestamp = "Nov 22 10:00:00.123 XYZ", .usec = LOCAL_10 + 123000 },
		{ TEXT("<189>123: router-1: 000456: *Nov 22 10:00:00 CST: " HISTORY), CISCO,
			.timestamp = "Nov 22 10:00:00 CST", .usec = LOCAL_10,
			.hostname = "router-1" },
		{ TEXT("<189>router-1: *Nov 22 10:00:00: " HISTORY), CISCO, .timestamp = TIME_3164,
			.usec = LOCAL_10, .hostname = "router-1" },
		/* NX-OS */
		{ TEXT("<189>: 2026 Nov 22 10:00:00 UTC: " HISTORY), CISCO,
			.timestamp = "2026 Nov 22 10:00:00 UTC", .usec = UTC_10 },
		{ TEXT("<189>sw1.example.com: 2026 Nov 22 10:00:00.5 UTC: " HISTORY), CISCO,
			.timestamp = "2026 Nov 22 10:00:00.5 UTC", .usec = UTC_10 + 500000,
			.hostname = "sw1.example.com" },
		/* ASA */
		{ TEXT("<189>Nov 22 2026 10:00:00: " HISTORY), CISCO,
			.timestamp = "Nov 22 2026 10:00:00", .usec = LOCAL_10 },
		{ TEXT("<189>Nov 22 2026 10:00:00 asa-1 : " HISTORY), CISCO,
			.timestamp = "Nov 22 2026 10:00:00", .usec = LOCAL_10,
			.hostname = "asa-1" },
		{ TEXT("<189>" TIME_3164 " asa-1: " HISTORY), CISCO, TIMES, .hostname = "asa-1" },
		{ TEXT("<189>:Nov 22 10:00:00 UTC: " HISTORY), CISCO,
			.timestamp = "Nov 22 10:00:00 UTC", .usec = UTC_10 },
		{ TEXT("<189>2026-11-22T10:00:00Z asa-1 : " HISTORY), CISCO,
			.timestamp = "2026-11-22T10:00:00Z", .usec = UTC_10, .hostname = "asa-1" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void what_only_resembles_cisco_is_text(void **state)
{
	static const struct row rows[] = {
		/* traces have no mnemonic */
		{ TEXT("<191>123: *Nov 22 10:00:00.123: //1/xxx/CCAPI/x: Cause Value=16"),
			.priority = "7", .facility = "23", .timestamp = "Nov 22 10:00:00.123",
			.usec = LOCAL_10 + 123000, .text = "//1/xxx/CCAPI/x: Cause Value=16" },
		{ TEXT("<13>123: released"), .text = "123: released" },
		{ TEXT("<13>: released"), .text = ": released" },
		{ TEXT("<13>1: 2: 3: 4: 5: %A-1-B: x"), .text = "1: 2: 3: 4: 5: %A-1-B: x" },
		{ TEXT("<13>app: %d items"), .identifier = "app", .text = "%d items" },
		{ TEXT("<13>app: 100% done"), .identifier = "app", .text = "100% done" },
		{ TEXT("<13>123: a: b: %A-1-B: x"), .text = "123: a: b: %A-1-B: x" },
		/* a relay's header, and Cisco's behind it */
		{ TEXT("<189>" TIME_3164 " 192.0.2.1 123: *Nov 22 09:59:59.9: %A-5-B: x"), TIMES,
			.priority = "5", .facility = "23", .hostname = "192.0.2.1",
			.text = "123: *Nov 22 09:59:59.9: %A-5-B: x" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void devices_write_times_of_their_own(void **state)
{
	static const struct row rows[] = {
		/* Huawei VRP */
		{ TEXT("<188>Nov 22 2026 10:00:00+08:00 ar-1 %%01HWCM/5/EXIT(l)[1]:exit from mode"),
			.priority = "4", .facility = "23",
			.timestamp = "Nov 22 2026 10:00:00+08:00",
			.usec = UTC_10 - UINT64_C(8) * 3600 * 1000000, .hostname = "ar-1",
			.text = "%%01HWCM/5/EXIT(l)[1]:exit from mode" },
		{ TEXT("<188>2026-11-22 10:00:00 ar-1 %%01CLI/5/LOGIN(l):CID=21;logged in"),
			.priority = "4", .facility = "23", .timestamp = "2026-11-22 10:00:00",
			.usec = LOCAL_10, .hostname = "ar-1",
			.text = "%%01CLI/5/LOGIN(l):CID=21;logged in" },
		/* Comware */
		{ TEXT("<189>Nov 22 10:00:00:283 2026 sw-1 %%10SHELL/5/LOGIN: in"), .priority = "5",
			.facility = "23", .timestamp = "Nov 22 10:00:00:283 2026",
			.usec = LOCAL_10 + 283000, .hostname = "sw-1",
			.text = "%%10SHELL/5/LOGIN: in" },
		/* Junos */
		{ TEXT("<28>Nov 22 10:00:00.123 2026 mx-1 rpd[1234]: RPD_X: peer left"),
			.priority = "4", .facility = "3", .timestamp = "Nov 22 10:00:00.123 2026",
			.usec = LOCAL_10 + 123000, .hostname = "mx-1", .identifier = "rpd",
			.pid = "1234", .text = "RPD_X: peer left" },
		/* AudioCodes */
		{ TEXT("<134>[S=235] [SID=2ed1c8:96:5] (N 4711) ReleaseAddress. "
		       "[Time:22-11@10:00:00]"),
			.priority = "6", .facility = "16",
			.text = "[S=235] [SID=2ed1c8:96:5] (N 4711) ReleaseAddress. "
				"[Time:22-11@10:00:00]" },
		{ TEXT("<134>" TIME_3164 " 192.0.2.14 [S=235] [BID=2ed1c8:96] x"), TIMES,
			.priority = "6", .facility = "16", .hostname = "192.0.2.14",
			.text = "[S=235] [BID=2ed1c8:96] x" },
		/* rsyslog's forward format, syslog-ng's ISO date */
		{ TEXT("<30>2026-11-22T11:00:00.123456+01:00 node ccs[812]: x"), .priority = "6",
			.facility = "3", .timestamp = "2026-11-22T11:00:00.123456+01:00",
			.usec = UTC_10 + 123456, .hostname = "node", .identifier = "ccs",
			.pid = "812", .text = "x" },
		{ TEXT("<30>2026-11-22T11:00:00+0100 node ccs: x"), .priority = "6",
			.facility = "3", .timestamp = "2026-11-22T11:00:00+0100", .usec = UTC_10,
			.hostname = "node", .identifier = "ccs", .text = "x" },
	};

	(void)state;
	assert_rows(rows, COUNT(rows));
}

static void a_message_past_the_bound_of_a_record_is_refused(void **state)
{
	const struct syslog_context context = { .now_usec = NOW };
	struct record record = record_make();
	char *message = calloc(1, RECORD_SIZE_MAX);

	(void)state;
	assert_non_null(message);
	memset(message, 'x', RECORD_SIZE_MAX);
	assert_int_equal(
		syslog_parse(text_make(message, RECORD_SIZE_MAX), &context, &record), -EMSGSIZE);
	free(message);
	record_done(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_of_rfc_5424_are_read_part_by_part),
		cmocka_unit_test(structured_data_is_kept_as_written),
		cmocka_unit_test(senders_that_forget_structured_data_keep_their_message),
		cmocka_unit_test(what_is_no_header_of_rfc_5424_is_text),
		cmocka_unit_test(a_priority_is_taken_only_if_it_is_one),
		cmocka_unit_test(line_ends_are_no_part_of_the_message),
		cmocka_unit_test(no_message_at_all_is_an_empty_one),
		cmocka_unit_test(without_host_and_peer_there_is_no_hostname),
		cmocka_unit_test(messages_of_rfc_3164_are_read_part_by_part),
		cmocka_unit_test(a_word_of_the_text_is_never_swallowed),
		cmocka_unit_test(without_a_time_only_a_tag_is_taken),
		cmocka_unit_test(a_tag_or_pid_of_any_length_is_not_believed),
		cmocka_unit_test(local_senders_leave_the_hostname_out),
		cmocka_unit_test(cisco_writes_headers_of_its_own),
		cmocka_unit_test(what_only_resembles_cisco_is_text),
		cmocka_unit_test(devices_write_times_of_their_own),
		cmocka_unit_test(a_message_past_the_bound_of_a_record_is_refused),
	};

	return cmocka_run_group_tests_name("wire/syslog-decode", tests, set_zone, NULL);
}
