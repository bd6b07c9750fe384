/* The journal source on entries that are parts of one message, with a recognizer: each cause is
 * found once, whole, and only where the parts belong together. */
#include "config.h"

#include "test-bind.h"
#include "test-journal.h"

#include <systemd/sd-journal.h>

#include "base/log.h"
#include "cause/catalog.h"
#include "cause/enrich.h"
#include "cause/recognizer.h"
#include "record/record.h"
#include "source/journal/journal-options.h"
#include "source/journal/journal-source.h"
#include "source/journal/parts-history.h"
#include "source/journal/parts.h"
#include "test-catalog.h"
#include "test-profile.h"

#define STREAM "_STREAM_ID=00000000000000000000000000000001\n_TRANSPORT=stdout\n"
#define OTHER "_STREAM_ID=00000000000000000000000000000002\n_TRANSPORT=stdout\n"
#define LINE_MAX_CUT "_LINE_BREAK=line-max\n"
#define PARTIAL "CONTAINER_PARTIAL_MESSAGE=true\n"

struct fixture {
	char directory[40];
	struct catalog *catalog;
	struct profile *profile;
	struct recognizer *recognizer;
	struct source *source;
	uint64_t n; /* entries that were made */
	char position[256];
	char seen[1024]; /* codes in order, `-` for a record without one, `!` for one unclaimed */
};

static bool wants(void *userdata, struct text field)
{
	struct fixture *f = userdata;
	size_t n;

	if (!text_starts(field, TEXT("MESSAGE=")))
		return false;
	text_skip(&field, sizeof("MESSAGE=") - 1);
	(void)recognizer_find(f->recognizer, field, &n);
	return n > 0;
}

static void open_at(struct fixture *f, const char *position)
{
	const struct journal_options options = {
		.directory = text_of(f->directory),
		.start = JOURNAL_START_BEGINNING,
	};
	struct source_probe probe = {
		.wants = wants, .userdata = f, .initials = journal_all_initials()
	};

	f->source = source_free(f->source);
	assert_int_equal(journal_source_new("journal", &options, probe, "becaused.service",
				 text_of(position), &f->source),
		0);
}

static int start(void **state)
{
	static struct fixture f;

	log_open("test-journal-parts", LOG_EMERG - 1);
	f = (struct fixture){ .directory = "/var/tmp/because-test.XXXXXX" };
	if (!mkdtemp(f.directory))
		return -1;
	f.catalog = catalog_good("catalog: test\ncauses:\n"
				 "  - {code: 512, name: a, description: A., severity: err}\n");
	f.profile = profile_good(PROFILE_HEAD "keys: [key]\n");
	test_bind(f.profile, f.catalog);
	f.recognizer = recognizer_of(&f.profile, 1);
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	f->source = source_free(f->source);
	(void)recognizer_free(f->recognizer);
	(void)profile_free(f->profile);
	(void)catalog_free(f->catalog);
	return journal_remove_all(f->directory);
}

static struct fixture *begin(void **state)
{
	journal_require();
	return *state;
}

/* Add `n` equal entries. */
static void add_entries(struct fixture *f, uint64_t n, const char *fields, const char *message)
{
	char name[24];
	const struct journal_content content = { .name = name,
		.series = 'a',
		.boot = 'b',
		.first = f->n + 1,
		.last = f->n + n,
		.seconds = 1000000,
		.fields = fields,
		.message = message };

	(void)snprintf(name, sizeof(name), "%08" PRIu64, f->n);
	journal_make(f->directory, &content);
	f->n += n;
}

static void add(struct fixture *f, const char *fields, const char *message)
{
	add_entries(f, 1, fields, message);
}

static void see(struct fixture *f, const char *text)
{
	size_t len = strlen(f->seen);

	(void)snprintf(f->seen + len, sizeof(f->seen) - len, "%s%s", len > 0 ? " " : "", text);
}

static void take(struct fixture *f, struct record *record)
{
	static const struct enrich_policy policy = { 0 };

	(void)enrich_record(&policy, f->recognizer, record);
	for (size_t i = 0; i < record->n_findings; i++)
		see(f, record->findings[i].code);
	if (record->n_findings == 0)
		see(f, "-");
	for (size_t i = 0; i < record->n_unclaimed; i++)
		see(f, "!");
	(void)snprintf(f->position, sizeof(f->position), "%.*s", TEXT_FORMAT(record->position));
}

/* Read to the end, or until a record was given. */
static bool read_some(struct fixture *f, bool all)
{
	for (;;) {
		struct source_item item;
		int r = source_pull(f->source, &item);

		if (r == SOURCE_AGAIN)
			return false;
		assert_true(r == 0 || r == SOURCE_SKIPPED);
		if (r != 0)
			continue;
		take(f, item.record);
		if (!all)
			return true;
	}
}

static const char *read_all(struct fixture *f)
{
	f->seen[0] = '\0';
	open_at(f, "");
	(void)read_some(f, true);
	return f->seen;
}

static void a_line_that_journald_cut_has_its_cause_once(void **state)
{
	struct fixture *f = begin(state);

	add(f, STREAM LINE_MAX_CUT, "a key=9 b key=51");
	add(f, OTHER, "other key=7");
	add(f, STREAM, "2 talk=9 key=8");
	add(f, STREAM, "2 next");
	assert_string_equal(read_all(f), "9 7 512 8");
	assert_int_equal(f->source->n_held, 0);
	assert_int_equal(f->source->n_cut, 0);
}

static void a_key_may_be_cut_and_parts_may_be_many(void **state)
{
	struct fixture *f = begin(state);

	add(f, STREAM LINE_MAX_CUT, "a ke");
	add(f, STREAM LINE_MAX_CUT, "y=");
	add(f, STREAM LINE_MAX_CUT, "5");
	add(f, STREAM LINE_MAX_CUT, "1");
	add(f, STREAM, "2");
	add(f, STREAM LINE_MAX_CUT, "key=7 ");
	add(f, STREAM, "key=8");
	assert_string_equal(read_all(f), "- - 512 7 8");
}

static void a_message_has_the_end_of_the_part_before(void **state)
{
	struct fixture *f = begin(state);
	struct source_item item;
	int r;

	add(f, STREAM LINE_MAX_CUT, "call=3 key=51");
	add(f, STREAM, "2 talk");
	open_at(f, "");
	assert_true(read_some(f, false));
	while ((r = source_pull(f->source, &item)) == SOURCE_SKIPPED)
		;
	assert_int_equal(r, 0);
	assert_text(record_message(item.record), "call=3 key=512 talk");
	assert_int_equal(item.record->part_lead, sizeof("call=3 key=51") - 1);
	assert_false(item.record->part_start);
	assert_false(item.record->part_end);
}

static void a_lead_is_bounded_and_begins_with_a_character(void **state)
{
	struct fixture *f = begin(state);
	char message[PARTS_LEAD_MAX + 2];
	struct source_item item;
	int r;

	(void)snprintf(message, sizeof(message), "\303\251%0*d key=51", PARTS_LEAD_MAX - 8, 0);
	assert_int_equal(strlen(message), PARTS_LEAD_MAX + 1);
	add(f, STREAM LINE_MAX_CUT, message);
	add(f, STREAM, "key=8");
	open_at(f, "");
	while ((r = source_pull(f->source, &item)) == SOURCE_SKIPPED || item.record->part_end)
		;
	assert_int_equal(r, 0);
	assert_int_equal(item.record->part_lead, PARTS_LEAD_MAX - 1);
	assert_true(item.record->part_start);
	assert_memory_equal(record_message(item.record).data, message + 2, 4);
}

static void the_parts_of_a_container_are_told_apart(void **state)
{
	struct fixture *f = begin(state);

	add(f, PARTIAL "CONTAINER_ID_FULL=aa\n_PID=1\nPRIORITY=6\n", "a key=51");
	add(f, PARTIAL "CONTAINER_ID_FULL=bb\n_PID=1\nPRIORITY=6\n", "a key=6");
	add(f, "CONTAINER_ID_FULL=aa\n_PID=1\nPRIORITY=3\n", "3 error");
	add(f, "CONTAINER_ID_FULL=aa\n_PID=2\nPRIORITY=6\n", "4 forged");
	add(f, "CONTAINER_ID_FULL=bb\n_PID=1\nPRIORITY=6\n", "1");
	add(f, "CONTAINER_ID_FULL=aa\n_PID=1\nPRIORITY=6\n", "2");
	assert_string_equal(read_all(f), "- - 61 512");
}

static void docker_numbers_its_messages(void **state)
{
	struct fixture *f = begin(state);

	add(f, PARTIAL "CONTAINER_PARTIAL_ID=x\nCONTAINER_ID_FULL=aa\n", "a key=51");
	add(f, "CONTAINER_ID_FULL=aa\n", "9");
	add(f, "CONTAINER_PARTIAL_ID=x\nCONTAINER_ID_FULL=aa\n", "2");
	assert_string_equal(read_all(f), "- 512");
}

static void a_part_whose_writer_is_not_known_is_not_joined(void **state)
{
	struct fixture *f = begin(state);

	add(f, PARTIAL "_PID=1\n", "a key=51");
	add(f, "_PID=1\n", "2 talk=0");
	assert_string_equal(read_all(f), "- !");
	assert_int_equal(f->source->n_held, 0);
}

static void a_line_that_its_writer_never_ended_is_cut(void **state)
{
	struct fixture *f = begin(state);

	add(f, STREAM "_LINE_BREAK=eof\n", "a key=51");
	add(f, STREAM "_LINE_BREAK=pid-change\n", "a key=7 key=51");
	add(f, STREAM "_LINE_BREAK=nul\n", "a key=512");
	add(f, STREAM LINE_MAX_CUT, "key=5");
	add(f, STREAM "_LINE_BREAK=eof\n", "1");
	assert_string_equal(read_all(f), "- ! 7 ! 512 - - !");
}

/* journald marks a line of exactly LineMax= bytes as a part, too: then the next entry is another
 * line. Where it begins with a time, no code is made of both. */
static void a_line_that_begins_with_a_time_is_no_rest_of_a_code(void **state)
{
	static const char *const lines[] = { "2026-11-28 09:14:05 key=8", "28/11/2026 key=8",
		"09:14:05.2 key=8", "1764321245.123 key=8", "[2026-11-28] key=8", "Nov 28 key=8" };
	struct fixture *f = begin(state);

	for (size_t i = 0; i < COUNT(lines); i++) {
		add(f, STREAM LINE_MAX_CUT, "key=x key=");
		add(f, STREAM LINE_MAX_CUT, "51");
		add(f, STREAM, lines[i]);
	}
	read_all(f);
	assert_null(strstr(f->seen, "512"));
	assert_null(strstr(f->seen, "5128"));
	assert_null(strstr(f->seen, "5109"));
	assert_null(strstr(f->seen, "5117"));
}

/* Behind each record becaused may be killed. What was explained is not explained again. */
static void after_a_restart_a_cause_comes_once_and_whole(void **state)
{
	struct fixture *f = begin(state);

	add(f, STREAM LINE_MAX_CUT, "key=7 ke");
	add(f, STREAM LINE_MAX_CUT, "y=5");
	add(f, OTHER, "key=8");
	add(f, STREAM LINE_MAX_CUT, "1");
	add(f, OTHER, "key=6");
	add(f, STREAM, "2 key=9");
	add(f, STREAM, "2 key=5");
	f->seen[0] = '\0';
	open_at(f, "");
	while (read_some(f, false))
		open_at(f, f->position);
	assert_string_equal(f->seen, "7 - 8 - 6 512 9 5");
}

/* What lies further back is not read again. */
static void after_a_restart_old_parts_are_left_alone(void **state)
{
	struct fixture *f = begin(state);

	add(f, OTHER LINE_MAX_CUT, "key=3");
	add(f, STREAM LINE_MAX_CUT, "key=51");
	add_entries(f, PARTS_HISTORY_MAX - 2, "", "x");
	add(f, "", "key=8");
	add(f, STREAM, "2");
	add(f, OTHER, "1");
	open_at(f, "");
	for (unsigned i = 0; i < 3; i++)
		assert_true(read_some(f, false));
	f->seen[0] = '\0';
	open_at(f, f->position);
	(void)read_some(f, true);
	assert_string_equal(f->seen, "512");
}

static void chains_without_their_end_are_given_up_and_counted(void **state)
{
	struct fixture *f = begin(state);

	add(f, STREAM LINE_MAX_CUT, "key=51");
	add(f, OTHER LINE_MAX_CUT, "key=6");
	open_at(f, "");
	(void)read_some(f, true);
	(void)read_some(f, true);
	assert_int_equal(f->source->n_held, 2);
	add_entries(f, PARTS_ENTRIES_MAX / 2, "", "x");
	add(f, OTHER LINE_MAX_CUT, "1");
	/* One entry too many, wherever a pull ends. */
	add_entries(f, PARTS_ENTRIES_MAX / 2 - 2, "", "x");
	add(f, STREAM, "2");
	add(f, OTHER, "2");
	assert_string_equal(read_all(f), "- - - 612");
	assert_int_equal(f->source->n_cut, 1);
	assert_int_equal(f->source->n_unclaimed, 1);
}

/* One of them may have been the next part. */
static void where_entries_are_lost_no_parts_are_joined(void **state)
{
	struct fixture *f = begin(state);

	add(f, STREAM LINE_MAX_CUT, "key=51");
	add(f, OTHER LINE_MAX_CUT, "x ke");
	f->n += 5;
	add(f, STREAM, "2 talk=0 key=8");
	add(f, OTHER, "y=531");
	assert_string_equal(read_all(f), "- 8");
	assert_int_equal(f->source->n_lost, 5);
	(void)read_some(f, true);
	assert_int_equal(f->source->n_cut, 2);
	assert_int_equal(f->source->n_unclaimed, 1);
}

static struct text no_field(const char *field, void *userdata)
{
	(void)field, (void)userdata;
	return text_of("");
}

static struct text long_field(const char *field, void *userdata)
{
	(void)field, (void)userdata;
	return text_make(userdata, PARTS_KEY_SIZE);
}

static void a_writer_without_a_name_or_with_a_long_one_has_no_key(void **state)
{
	char key[PARTS_KEY_SIZE], name[PARTS_KEY_SIZE];

	(void)state;
	memset(name, 'x', sizeof(name));
	assert_false(parts_print_key(no_field, NULL, key));
	assert_false(parts_print_key(long_field, name, key));
}

static void the_oldest_of_too_many_chains_gives_way(void **state)
{
	struct parts parts = { 0 };
	char key[PARTS_KEY_SIZE];
	uint64_t n_codes;

	(void)state;
	for (unsigned i = 0; i <= PARTS_CHAINS_MAX; i++) {
		(void)snprintf(key, sizeof(key), "%u", i);
		parts_hold(&parts, key, TEXT("x"), i);
		parts_note_codes(&parts, key, 1);
	}
	assert_int_equal(parts.n, PARTS_CHAINS_MAX);
	assert_null(parts_find(&parts, "0"));
	assert_non_null(parts_find(&parts, "1"));
	assert_non_null(parts_find(&parts, key));
	assert_int_equal(parts_take_given_up(&parts, &n_codes), 1);
	assert_int_equal(n_codes, 1);
	assert_int_equal(parts_take_given_up(&parts, &n_codes), 0);
	assert_int_equal(n_codes, 0);
	parts_end(&parts, "1");
	parts_end(&parts, "1");
	assert_int_equal(parts.n, PARTS_CHAINS_MAX - 1);
	parts_done(&parts);
}

static void a_chain_expires_behind_a_number_of_entries(void **state)
{
	struct parts parts = { 0 };
	uint64_t n_codes;

	(void)state;
	parts_hold(&parts, "a", TEXT("x"), 7);
	parts_expire(&parts, 0);
	parts_expire(&parts, 7 + PARTS_ENTRIES_MAX);
	assert_non_null(parts_find(&parts, "a"));
	parts_expire(&parts, 7 + PARTS_ENTRIES_MAX + 1);
	assert_null(parts_find(&parts, "a"));
	assert_int_equal(parts_take_given_up(&parts, &n_codes), 1);
	parts_done(&parts);
}

#define WITH_JOURNAL(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_JOURNAL(a_line_that_journald_cut_has_its_cause_once),
		WITH_JOURNAL(a_key_may_be_cut_and_parts_may_be_many),
		WITH_JOURNAL(a_message_has_the_end_of_the_part_before),
		WITH_JOURNAL(a_lead_is_bounded_and_begins_with_a_character),
		WITH_JOURNAL(the_parts_of_a_container_are_told_apart),
		WITH_JOURNAL(docker_numbers_its_messages),
		WITH_JOURNAL(a_part_whose_writer_is_not_known_is_not_joined),
		WITH_JOURNAL(a_line_that_its_writer_never_ended_is_cut),
		WITH_JOURNAL(after_a_restart_a_cause_comes_once_and_whole),
		WITH_JOURNAL(after_a_restart_old_parts_are_left_alone),
		WITH_JOURNAL(a_line_that_begins_with_a_time_is_no_rest_of_a_code),
		WITH_JOURNAL(chains_without_their_end_are_given_up_and_counted),
		WITH_JOURNAL(where_entries_are_lost_no_parts_are_joined),
		cmocka_unit_test(a_writer_without_a_name_or_with_a_long_one_has_no_key),
		cmocka_unit_test(the_oldest_of_too_many_chains_gives_way),
		cmocka_unit_test(a_chain_expires_behind_a_number_of_entries),
	};

	return cmocka_run_group_tests_name("source/journal/parts", tests, NULL, NULL);
}
