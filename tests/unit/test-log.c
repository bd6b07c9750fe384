/* Messages on standard error, and entries in the native protocol of the journal. The linker wraps
 * sendto, so that nothing gets into the journal of this machine. */
#include "config.h"

#include "test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "native-decode.h"

ssize_t __wrap_sendto(int fd, const void *data, size_t len, int flags,
	const struct sockaddr *address, socklen_t address_len);

enum { DATAGRAM_MAX = 128 * 1024, ENTRY_MAX = 64 * 1024 };

static struct {
	size_t n;
	int error; /* what sendto fails with; 0 = it does not */
	int fd;
	bool blocks;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char bytes[DATAGRAM_MAX]; /* of the last one */
	size_t len;
} sent;

ssize_t __wrap_sendto(int fd, const void *data, size_t len, int flags,
	const struct sockaddr *address, socklen_t address_len)
{
	(void)address_len;
	sent.n++;
	sent.fd = fd;
	sent.blocks = (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0 && (flags & MSG_DONTWAIT) == 0;
	memcpy(sent.path, ((const struct sockaddr_un *)(const void *)address)->sun_path,
		sizeof(sent.path));
	sent.len = len < sizeof(sent.bytes) ? len : 0;
	memcpy(sent.bytes, data, sent.len);
	errno = sent.error;
	return sent.error == 0 ? (ssize_t)len : -1;
}

/* -- standard error, in memory ----------------------------------------------------- */

static struct {
	int messages, standard_error;
	char text[DATAGRAM_MAX];
} output;

static int begin(void **state)
{
	(void)state;
	memset(&sent, 0, sizeof(sent));
	output.messages = memfd_create("messages", MFD_CLOEXEC);
	output.standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (output.messages < 0 || output.standard_error < 0 ||
		dup2(output.messages, STDERR_FILENO) < 0)
		return -1;
	log_open("test", LOG_NOTICE);
	return unsetenv("JOURNAL_STREAM");
}

static int end(void **state)
{
	(void)state;
	log_open("test", LOG_NOTICE);
	(void)dup2(output.standard_error, STDERR_FILENO);
	output.standard_error = close_fd(output.standard_error);
	output.messages = close_fd(output.messages);
	return 0;
}

/* From here on standard error leads to the journal. */
static void lead_to_journal(void)
{
	struct stat status;
	char stream[64];

	assert_int_equal(fstat(STDERR_FILENO, &status), 0);
	(void)snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev,
		(uintmax_t)status.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_open("test", LOG_NOTICE);
}

static const char *written(void)
{
	ssize_t len = pread(output.messages, output.text, sizeof(output.text) - 1, 0);

	assert_true(len >= 0);
	output.text[len] = '\0';
	return output.text;
}

/* The only datagram, as journald reads it. */
static const struct native_entry *received(void)
{
	static struct native_entry entry;

	assert_int_equal(sent.n, 1);
	assert_int_equal(native_decode(text_make(sent.bytes, sent.len), &entry), 0);
	return &entry;
}

#define assert_field(entry, name, value)                                \
	do {                                                            \
		assert_int_equal(native_count((entry), (name)), 1);     \
		assert_text(native_value((entry), (name), 0), (value)); \
	} while (0)

static const struct log_field fields[] = { { "MESSAGE_ID", "0123" }, { "BECAUSED_SINK", "out" } };

/* -- messages ----------------------------------------------------------------------- */

static void a_message_is_a_line_behind_the_name_of_the_program(void **state)
{
	(void)state;
	errno = ENOENT;
	log_warning("no '%s': %m", "file");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(written(), "test: no 'file': No such file or directory\n");
}

static void in_the_journal_a_line_begins_with_its_level(void **state)
{
	(void)state;
	lead_to_journal();
	log_error("one");
	log_plain(LOG_WARNING, "two");
	assert_string_equal(written(), "<3>one\n<4>two\n");
}

static void a_stream_of_another_program_is_not_the_journal(void **state)
{
	(void)state;
	assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	log_open("test", LOG_NOTICE);
	log_entry(LOG_ERR, "one", fields, COUNT(fields));
	assert_string_equal(written(), "test: one\n");
	assert_int_equal(sent.n, 0);
}

static void what_is_above_the_level_is_left_out(void **state)
{
	(void)state;
	lead_to_journal();
	log_info("one");
	log_plain(LOG_INFO, "two");
	log_entry(LOG_INFO, "three", fields, COUNT(fields));
	assert_string_equal(written(), "");
	assert_int_equal(sent.n, 0);
}

static void text_from_outside_forges_no_line(void **state)
{
	(void)state;
	log_error("a\nb\033[0m\tc");
	assert_string_equal(written(), "test: a?b?[0m?c\n");
}

static void a_line_that_is_too_long_is_cut(void **state)
{
	CLEANUP(freep) char *text = test_repeat('x', 20000);

	(void)state;
	log_error("%s", text);
	assert_int_equal(strlen(written()), 8192 - 1);
	assert_string_equal(written() + 8192 - 3, "x\n");
}

/* -- entries ------------------------------------------------------------------------ */

static void an_entry_has_its_message_and_its_fields(void **state)
{
	const struct native_entry *entry;

	(void)state;
	lead_to_journal();
	log_entry(LOG_WARNING, "what is the matter", fields, COUNT(fields));
	entry = received();
	assert_string_equal(sent.path, "/run/systemd/journal/socket");
	assert_int_equal(entry->n, 5);
	assert_field(entry, "MESSAGE", "what is the matter");
	assert_field(entry, "PRIORITY", "4");
	assert_field(entry, "SYSLOG_IDENTIFIER", "test");
	assert_field(entry, "MESSAGE_ID", "0123");
	assert_field(entry, "BECAUSED_SINK", "out");
	assert_string_equal(written(), "");
}

/* One that named a field in a second line could forge anything. */
static void text_from_outside_forges_no_field(void **state)
{
	const struct log_field forged[] = { { "BECAUSED_CODE", "7\nMESSAGE_ID=forged\n" } };
	const struct native_entry *entry;

	(void)state;
	lead_to_journal();
	log_entry(LOG_ERR, "a\n_PID=1\nb", forged, COUNT(forged));
	entry = received();
	assert_int_equal(entry->n, 4);
	assert_field(entry, "MESSAGE", "a?_PID=1?b");
	assert_field(entry, "BECAUSED_CODE", "7?MESSAGE_ID=forged?");
}

static void an_empty_value_is_a_value(void **state)
{
	const struct log_field empty[] = { { "BECAUSED_CODE", "" } };

	(void)state;
	lead_to_journal();
	log_entry(LOG_ERR, "", empty, COUNT(empty));
	assert_field(received(), "MESSAGE", "");
	assert_field(received(), "BECAUSED_CODE", "");
}

static void fields_of_one_name_all_stand_in_the_entry(void **state)
{
	const struct log_field twice[] = { { "BECAUSED_UNKNOWN_CODE", "a" },
		{ "BECAUSED_UNKNOWN_CODE", "b" } };
	const struct native_entry *entry;

	(void)state;
	lead_to_journal();
	log_entry(LOG_ERR, "counts", twice, COUNT(twice));
	entry = received();
	assert_int_equal(native_count(entry, "BECAUSED_UNKNOWN_CODE"), 2);
	assert_text(native_value(entry, "BECAUSED_UNKNOWN_CODE", 1), "b");
}

static void where_nothing_leads_to_the_journal_the_message_is_a_line(void **state)
{
	(void)state;
	log_entry(LOG_ERR, "100 %s", fields, COUNT(fields));
	assert_string_equal(written(), "test: 100 %s\n");
	assert_int_equal(sent.n, 0);
}

/* A hanging journald must not hang us. */
static void sending_never_waits_and_leaves_nothing_open(void **state)
{
	(void)state;
	lead_to_journal();
	log_entry(LOG_ERR, "one", fields, COUNT(fields));
	assert_int_equal(sent.n, 1);
	assert_false(sent.blocks);
	assert_int_equal(fcntl(sent.fd, F_GETFD), -1);
}

static void an_entry_that_is_not_taken_is_a_line(void **state)
{
	static const int errors[] = { EAGAIN, ECONNREFUSED, ENOENT, EMSGSIZE, ENOBUFS };

	(void)state;
	lead_to_journal();
	sent.fd = -1;
	for (size_t i = 0; i < COUNT(errors); i++) {
		assert_int_equal(ftruncate(output.messages, 0), 0);
		assert_int_equal(lseek(output.messages, 0, SEEK_SET), 0);
		sent.error = errors[i];
		errno = EILSEQ;
		log_entry(LOG_ERR, "not taken: 100 %s", fields, COUNT(fields));
		assert_int_equal(errno, EILSEQ);
		assert_string_equal(written(), "<3>not taken: 100 %s\n");
		assert_int_equal(fcntl(sent.fd, F_GETFD), -1);
	}
	assert_int_equal(sent.n, COUNT(errors));
}

/* The bytes of an entry beside those of the only value. */
static size_t entry_overhead(void)
{
	log_entry(LOG_ERR, "", NULL, 0);
	assert_int_equal(sent.n, 1);
	sent.n = 0;
	return sent.len + strlen("FIELD=\n");
}

static void an_entry_past_the_bound_goes_without_its_fields(void **state)
{
	size_t room;

	(void)state;
	lead_to_journal();
	room = ENTRY_MAX - entry_overhead();
	for (size_t more = 0; more < 2; more++) {
		CLEANUP(freep) char *value = test_repeat('x', room + more);
		const struct log_field large[] = { { "FIELD", value } };

		log_entry(LOG_ERR, "", large, COUNT(large));
		assert_int_equal(sent.n, 1);
		assert_int_equal(sent.len, ENTRY_MAX);
		assert_string_equal(written(), more == 0 ? "" : "<3>\n");
	}
}

#define LOG_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LOG_TEST(a_message_is_a_line_behind_the_name_of_the_program),
		LOG_TEST(in_the_journal_a_line_begins_with_its_level),
		LOG_TEST(a_stream_of_another_program_is_not_the_journal),
		LOG_TEST(what_is_above_the_level_is_left_out),
		LOG_TEST(text_from_outside_forges_no_line),
		LOG_TEST(a_line_that_is_too_long_is_cut),
		LOG_TEST(an_entry_has_its_message_and_its_fields),
		LOG_TEST(text_from_outside_forges_no_field),
		LOG_TEST(an_empty_value_is_a_value),
		LOG_TEST(fields_of_one_name_all_stand_in_the_entry),
		LOG_TEST(where_nothing_leads_to_the_journal_the_message_is_a_line),
		LOG_TEST(sending_never_waits_and_leaves_nothing_open),
		LOG_TEST(an_entry_that_is_not_taken_is_a_line),
		LOG_TEST(an_entry_past_the_bound_goes_without_its_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
