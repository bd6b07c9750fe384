/* Messages with ids: each has an explanation in the journal's catalog, and names its subject.
 * The linker wraps log_entry. */
#include "config.h"

#include "test.h"

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "record/message-ids.h"

enum { CATALOG_MAX = 1024 * 1024 };

void __wrap_log_entry(int level, const char *text, const struct log_field *fields, size_t n);

static struct {
	size_t n, n_fields;
	int level;
	char text[8192];
	char names[2][64], values[2][256]; /* of the fields */
} said;

void __wrap_log_entry(int level, const char *text, const struct log_field *fields, size_t n)
{
	said.n++;
	said.n_fields = n;
	said.level = level;
	(void)snprintf(said.text, sizeof(said.text), "%s", text);
	for (size_t i = 0; i < n && i < COUNT(said.names); i++) {
		(void)snprintf(said.names[i], sizeof(said.names[i]), "%s", fields[i].name);
		(void)snprintf(said.values[i], sizeof(said.values[i]), "%s", fields[i].value);
	}
	errno = EILSEQ;
}

static const struct {
	enum message_kind kind;
	const char *field;
} rows[] = {
	{ MESSAGE_SINK_DOWN, "BECAUSED_SINK" },
	{ MESSAGE_SINK_UP, "BECAUSED_SINK" },
	{ MESSAGE_LOST, "BECAUSED_SOURCE" },
	{ MESSAGE_REFUSED, "BECAUSED_SINK" },
	{ MESSAGE_RELOAD_FAILED, "BECAUSED_CONFIG" },
	{ MESSAGE_UNKNOWN_CODE, "BECAUSED_CODE" },
};

static void an_event_has_an_id_and_names_whom_it_is_about(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(&said, 0, sizeof(said));
		message_log(rows[i].kind, "subject", LOG_WARNING, "text %d", 7);
		assert_int_equal(said.n, 1);
		assert_int_equal(said.level, LOG_WARNING);
		assert_string_equal(said.text, "text 7");
		assert_int_equal(said.n_fields, 2);
		assert_string_equal(said.names[0], "MESSAGE_ID");
		assert_int_equal(strlen(said.values[0]), 32);
		assert_int_equal(strspn(said.values[0], "0123456789abcdef"), 32);
		assert_string_equal(said.names[1], rows[i].field);
		assert_string_equal(said.values[1], "subject");
	}
}

static void no_two_events_have_one_id(void **state)
{
	char ids[COUNT(rows)][33];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		message_log(rows[i].kind, "subject", LOG_ERR, "text");
		(void)snprintf(ids[i], sizeof(ids[i]), "%.32s", said.values[0]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(ids[k], ids[i]);
	}
}

/* A catalog's texts take fields as @NAME@; one that the entry has not is shown as it is. */
static void each_event_is_explained_by_the_catalog(void **state)
{
	const char *top = getenv("top_srcdir");
	CLEANUP(buffer_done) struct buffer catalog = buffer_make(CATALOG_MAX);
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/systemd/becaused.catalog", top ? top : "..");
	assert_int_equal(io_read_file(path, &catalog), 0);
	buffer_add_char(&catalog, '\0');
	assert_int_equal(buffer_finish(&catalog), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char head[64], field[64];
		const char *text;

		message_log(rows[i].kind, "subject", LOG_ERR, "text");
		(void)snprintf(head, sizeof(head), "-- %.32s\n", said.values[0]);
		(void)snprintf(field, sizeof(field), "@%s@", rows[i].field);
		text = strstr(catalog.data, head);
		assert_non_null(text);
		for (const char *at = text; (at = strstr(at, "@BECAUSED_"));) {
			const char *next = strstr(text + 3, "\n-- ");

			if (next && at > next)
				break;
			assert_memory_equal(at, field, strlen(field));
			at += strlen(field);
		}
	}
}

static void an_event_keeps_errno_and_can_tell_it(void **state)
{
	(void)state;
	errno = ENOENT;
	message_log(MESSAGE_SINK_DOWN, "out", LOG_ERR, "down: %m");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(said.text, "down: No such file or directory");
}

static void a_text_that_is_too_long_is_cut(void **state)
{
	CLEANUP(freep) char *text = test_repeat('x', 20000);

	(void)state;
	message_log(MESSAGE_SINK_DOWN, "out", LOG_ERR, "%s", text);
	assert_int_equal(strlen(said.text), 4096 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_an_id_and_names_whom_it_is_about),
		cmocka_unit_test(no_two_events_have_one_id),
		cmocka_unit_test(each_event_is_explained_by_the_catalog),
		cmocka_unit_test(an_event_keeps_errno_and_can_tell_it),
		cmocka_unit_test(a_text_that_is_too_long_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
