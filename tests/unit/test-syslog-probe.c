/* The syslog source with a probe: what it leaves out is counted like all else, and what it gives is
 * the same as without. */
#include "config.h"

#include "test-syslog-source.h"

static bool has_x(void *userdata, struct text message)
{
	(void)userdata;
	return memchr(message.data, 'x', message.len) != NULL;
}

static const struct source_probe probe = { .wants_message = has_x };

/* What a source gave, and what it counted. */
struct outcome {
	char given[4096]; /* of messages with an `x`: the number in the position, the mark of a cut
			   */
	uint64_t n_read, n_damaged, n_cut, n_held, n_lost;
};

static void note_record(struct outcome *outcome, const struct record *record)
{
	size_t len = strlen(outcome->given);
	struct text message = record_message(record);
	size_t n = strcspn(record->position.data, " ");

	if (!has_x(NULL, message))
		return;
	(void)snprintf(outcome->given + len, sizeof(outcome->given) - len, "%.*s%s%.*s|", (int)n,
		record->position.data, record->part_end ? "?" : " ",
		message.len < 20 ? (int)message.len : 20, message.data);
}

/* All that `stream` gives over a socket of this kind, in pieces of its lines for datagrams. */
static void receive(struct fixture *f, int type, struct text stream, struct outcome *ret)
{
	struct source_item item;
	int fd, r;

	*ret = (struct outcome){ 0 };
	f->options.n_listen = 0;
	open_path(f, type == SOCK_STREAM ? "unix" : "unix-dgram");
	fd = connect_path(f, type);
	if (type == SOCK_STREAM)
		send_text(fd, stream);
	while (type == SOCK_DGRAM && stream.len > 0) {
		const char *end = memchr(stream.data, '\n', stream.len);
		size_t n = end ? (size_t)(end - stream.data) : stream.len;

		send_text(fd, text_make(stream.data, n));
		text_skip(&stream, n + (end != NULL));
	}
	(void)close(fd);
	while ((r = source_pull(f->source, &item)) != SOURCE_AGAIN) {
		if (r == 0)
			note_record(ret, item.record);
		else
			assert_int_equal(r, SOURCE_SKIPPED);
	}
	ret->n_read = f->source->n_read;
	ret->n_damaged = f->source->n_damaged;
	ret->n_cut = f->source->n_cut;
	ret->n_held = f->source->n_held;
	ret->n_lost = f->source->n_lost;
	f->source = source_free(f->source);
	(void)unlink(f->path);
}

static void what_is_not_wanted_is_counted_as_ever(void **state)
{
	static const struct {
		int type;
		struct text stream;
		unsigned n_read;
	} rows[] = {
		{ SOCK_STREAM, TEXT("<13>one x\n<13>two\n<14>three\n<13>four x\n"), 4 },
		{ SOCK_STREAM, TEXT("two\0\n\n\r\nthree x\nfour"), 3 },
		{ SOCK_STREAM, TEXT("9 <13>one x8 <13>two)9 <13>six x"), 3 },
		{ SOCK_STREAM, TEXT("8 <13>two)8 <13>two)nonsense x"), 2 },
		{ SOCK_STREAM, TEXT("8 <13>two)80 <13>cut"), 2 },
		{ SOCK_STREAM, TEXT("\xFF\xFE\n<999>\n<13>1 nonsense - -\n<13>1 - - - - [x\n"), 4 },
		{ SOCK_DGRAM, TEXT("<13>one x\n\n<13>two\n\nthree x\nfour"), 6 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome with, without;

		f->probe = (struct source_probe){ 0 };
		receive(f, rows[i].type, rows[i].stream, &without);
		f->probe = probe;
		receive(f, rows[i].type, rows[i].stream, &with);
		assert_string_equal(with.given, without.given);
		assert_int_equal(without.n_read, rows[i].n_read);
		assert_int_equal(with.n_read, without.n_read);
		assert_int_equal(with.n_damaged, without.n_damaged);
		assert_int_equal(with.n_cut, without.n_cut);
		assert_int_equal(with.n_held, without.n_held);
		assert_int_equal(with.n_lost, without.n_lost);
	}
}

/* Only what has an `x` becomes a record. */
static void what_is_not_wanted_is_no_record(void **state)
{
	struct fixture *f = *state;
	int fd;

	f->probe = probe;
	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, TEXT("one\ntwo x\nthree\n"));
	expect_message(f, "two x");
	expect_nothing(f);
	assert_int_equal(f->source->n_read, 3);
	(void)close(fd);
}

/* A sender of messages without causes gets no more than its share of the time. */
static void a_pull_ends_without_a_record(void **state)
{
	enum { MESSAGES = 20000 };
	CLEANUP(freep) char *lines = test_repeat('\n', 2 * MESSAGES);
	struct fixture *f = *state;
	struct source_item item;
	unsigned n_pulls = 0;
	int fd, r;

	for (size_t i = 0; i < MESSAGES; i++)
		lines[2 * i] = 'a';
	f->probe = probe;
	open_path(f, "unix");
	fd = connect_path(f, SOCK_STREAM);
	send_text(fd, text_make(lines, (size_t)2 * MESSAGES));
	while ((r = source_pull(f->source, &item)) == SOURCE_SKIPPED)
		n_pulls++;
	assert_int_equal(r, SOURCE_AGAIN);
	assert_int_equal(f->source->n_read, MESSAGES);
	assert_true(n_pulls >= MESSAGES / 1024);
	(void)close(fd);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(what_is_not_wanted_is_counted_as_ever),
		WITH_FIXTURE(what_is_not_wanted_is_no_record),
		WITH_FIXTURE(a_pull_ends_without_a_record),
	};

	return cmocka_run_group_tests_name("source/syslog/syslog-source: probe", tests, NULL, NULL);
}
