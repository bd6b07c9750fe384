/* The journal source on journal files that appear, vanish, end early and contain errors. */
#include "config.h"

#include "test-journal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "journal/cursor.h"
#include "record/record.h"
#include "source/journal/backoff.h"
#include "source/journal/journal-options.h"
#include "source/journal/journal-source.h"
#include "source/journal/reader.h"

enum {
	PULLS_MAX = 10000, /* before a test is taken to hang */
	GIVEN_MAX = 4096,
};

struct fixture {
	char directory[40];
	struct journal_options options;
	struct source *source;
	unsigned n_wanted; /* fields that the probe wanted */
	bool wants_none;
	unsigned given[GIVEN_MAX]; /* numbers of the calls */
	uint64_t ids[GIVEN_MAX];   /* of the entries, each another */
	size_t n_given;
	bool damaged;             /* messages too */
	bool cut;                 /* the last record's message */
	size_t message_len, size; /* of the last record, in bytes */
	char position[256];
	int error;             /* of the last pull; 0 = none */
	bool strays;           /* no cursor leads to its entry */
	uint64_t bad, bad_end; /* entries that cannot be stepped to */
	bool no_watches;       /* the kernel has none */
	uint64_t now_usec;     /* CLOCK_MONOTONIC; it moves when the test lets it */
	unsigned n_passes;     /* over the fields of an entry */
	unsigned n_look_ups;   /* of single fields */
	unsigned every;        /* of the calls, this one is wanted; 0 = all that have a cause */
	size_t n_fields;       /* of the last record */
};

static struct fixture *current;

bool __real_roots_has_watches(int fd);
bool __wrap_roots_has_watches(int fd);

bool __wrap_roots_has_watches(int fd)
{
	return !current->no_watches && __real_roots_has_watches(fd);
}

uint64_t __real_io_now_usec(int clock);
uint64_t __wrap_io_now_usec(int clock);

uint64_t __wrap_io_now_usec(int clock)
{
	return clock == CLOCK_MONOTONIC ? current->now_usec : __real_io_now_usec(clock);
}

int __real_sd_journal_next(sd_journal *journal);
int __wrap_sd_journal_next(sd_journal *journal);

/* A spot that gives an error at each visit. */
int __wrap_sd_journal_next(sd_journal *journal)
{
	int r = __real_sd_journal_next(journal);
	char *text = NULL;
	struct cursor cursor;
	bool is_bad;

	if (r <= 0 || sd_journal_get_cursor(journal, &text) < 0)
		return r;
	is_bad = cursor_parse(text_of(text), &cursor) == 0 && cursor.seqnum >= current->bad &&
		 cursor.seqnum < current->bad_end;
	free(text);
	if (!is_bad)
		return r;
	(void)sd_journal_previous(journal);
	return -EBADMSG;
}

void __real_sd_journal_restart_data(sd_journal *journal);
void __wrap_sd_journal_restart_data(sd_journal *journal);

void __wrap_sd_journal_restart_data(sd_journal *journal)
{
	current->n_passes++;
	__real_sd_journal_restart_data(journal);
}

int __real_sd_journal_get_data(
	sd_journal *journal, const char *field, const void **data, size_t *len);
int __wrap_sd_journal_get_data(
	sd_journal *journal, const char *field, const void **data, size_t *len);

int __wrap_sd_journal_get_data(
	sd_journal *journal, const char *field, const void **data, size_t *len)
{
	current->n_look_ups++;
	return __real_sd_journal_get_data(journal, field, data, len);
}

int __real_sd_journal_test_cursor(sd_journal *journal, const char *cursor);
int __wrap_sd_journal_test_cursor(sd_journal *journal, const char *cursor);

/* In a damaged file a cursor may lead anywhere but to its entry. */
int __wrap_sd_journal_test_cursor(sd_journal *journal, const char *cursor)
{
	return current->strays ? 0 : __real_sd_journal_test_cursor(journal, cursor);
}

static bool wants(void *userdata, struct text field)
{
	struct fixture *f = userdata;

	if (f->wants_none || !text_starts(field, TEXT("MESSAGE=")) ||
		!text_contains_nocase(field, TEXT("cause")))
		return false;
	return f->every == 0 ||
	       strtoul(field.data + strlen("MESSAGE=call "), NULL, 10) % f->every == 0;
}

static int start(void **state)
{
	static struct fixture f;

	log_open("test-journal-source", LOG_EMERG - 1);
	/* A journal takes no more than a hundredth of its file system; /tmp is often small. */
	f = (struct fixture){ .directory = "/var/tmp/because-test.XXXXXX" };
	f.now_usec = __real_io_now_usec(CLOCK_MONOTONIC);
	current = &f;
	if (!mkdtemp(f.directory))
		return -1;
	f.options.directory = text_of(f.directory);
	f.options.start = JOURNAL_START_BEGINNING;
	*state = &f;
	return 0;
}

static int finish(void **state)
{
	struct fixture *f = *state;

	f->source = source_free(f->source);
	return journal_remove_all(f->directory);
}

/* Tests need files, which only one program can make. */
static struct fixture *begin(void **state)
{
	journal_require();
	return *state;
}

static void make(struct fixture *f, const struct journal_content *content)
{
	journal_make(f->directory, content);
}

/* Entries of the series a, in order. */
static void make_part(struct fixture *f, const char *name, uint64_t first, uint64_t last)
{
	const struct journal_content content = { .name = name,
		.series = 'a',
		.boot = 'b',
		.first = first,
		.last = last,
		.seconds = 1000000 };

	make(f, &content);
}

static void open_at(struct fixture *f, const char *position)
{
	struct source_probe probe = {
		.wants = wants, .userdata = f, .initials = journal_all_initials()
	};

	f->source = source_free(f->source);
	assert_int_equal(journal_source_new("journal", &f->options, probe, "becaused.service",
				 text_of(position), &f->source),
		0);
}

static void take(struct fixture *f, const struct record *record)
{
	struct text message = record_message(record);
	unsigned number = 0;
	struct cursor cursor;
	char line[64];

	(void)snprintf(line, sizeof(line), "%.*s", TEXT_FORMAT(message));
	if (strncmp(line, "call ", 5) == 0)
		number = (unsigned)strtoul(line + 5, NULL, 10);
	else if (!f->damaged)
		fail_msg("no message of ours");
	f->cut = record->cut;
	f->message_len = message.len;
	f->size = record->bytes.len;
	f->n_fields = record->n_fields;
	assert_true(f->n_given < GIVEN_MAX);
	assert_int_equal(cursor_parse(record->position, &cursor), 0);
	f->ids[f->n_given] = cursor.realtime_usec << 16 ^ cursor.seqnum;
	f->given[f->n_given++] = number;
	assert_true(record->position.len < sizeof(f->position));
	(void)snprintf(f->position, sizeof(f->position), "%.*s", TEXT_FORMAT(record->position));
}

/* Read to the end, as the pump does. */
static void read_all(struct fixture *f)
{
	f->n_given = 0;
	f->error = 0;
	for (unsigned i = 0; i < PULLS_MAX; i++) {
		struct source_item item;
		int r = source_pull(f->source, &item);

		if (r == 0)
			take(f, item.record);
		if (r < 0)
			f->error = r;
		if (r < 0 || r == SOURCE_AGAIN)
			return;
	}
	fail_msg("it does not end");
}

/* What the event loop does when the descriptor is readable, and what follows. */
static void wake(struct fixture *f)
{
	struct pollfd descriptor = { .fd = f->source->fd, .events = POLLIN };

	assert_int_equal(poll(&descriptor, 1, 10 * 1000), 1);
	assert_int_equal(source_process(f->source), 0);
	read_all(f);
}

static void note_position(const struct source_position *position, void *userdata)
{
	struct fixture *f = userdata;

	(void)snprintf(f->position, sizeof(f->position), "%.*s", TEXT_FORMAT(position->position));
}

/* The position that would be saved now. */
static const char *save(struct fixture *f)
{
	assert_int_equal(source_visit_positions(f->source, note_position, f), 0);
	return f->position;
}

/* When the source asks to be called next. */
static uint64_t next_usec(const struct fixture *f)
{
	uint64_t usec = 0;

	assert_int_equal(source_timeout(f->source, &usec), 0);
	return usec;
}

/* Let the time pass until the source asks to be called, and call it. */
static void look(struct fixture *f)
{
	uint64_t usec = next_usec(f);

	assert_true(usec < UINT64_MAX);
	if (usec > f->now_usec)
		f->now_usec = usec;
	assert_int_equal(source_process(f->source), 0);
	read_all(f);
}

/* Let a second pass, in which the source looks in vain. */
static void let_silence_pass(struct fixture *f)
{
	f->now_usec += BACKOFF_SILENCE_USEC;
	look(f);
	assert_int_equal(f->n_given, 0);
}

#define assert_given(f, first, last) check_given((f), (first), (last), __FILE__, __LINE__)

static void check_given(
	const struct fixture *f, unsigned first, unsigned last, const char *file, int line)
{
	bool same = f->n_given == last - first + 1;

	for (unsigned i = 0; i < f->n_given && same; i++)
		same = f->given[i] == first + i;
	if (same)
		return;
	print_error("%zu were given, from %u to %u\n", f->n_given, f->n_given ? f->given[0] : 0,
		f->n_given ? f->given[f->n_given - 1] : 0);
	_fail(file, line);
}

/* -- reading ----------------------------------------------------------- */

static void every_entry_of_several_files_comes_once_and_in_order(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 1500);
	make_part(f, "b", 1501, 1510);
	make_part(f, "c", 1511, 1600);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 1600);
	assert_int_equal(f->source->n_read, 1600);
	assert_int_equal(f->source->n_lost, 0);
}

static void it_goes_on_behind_its_position(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	make_part(f, "b", 41, 60);
	open_at(f, f->position);
	read_all(f);
	assert_given(f, 41, 60);
	assert_int_equal(f->source->n_lost, 0);
}

static void it_starts_behind_what_is_there(void **state)
{
	struct fixture *f = begin(state);

	f->options.start = JOURNAL_START_END;
	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	assert_int_equal(f->n_given, 0);
	make_part(f, "b", 41, 60);
	wake(f);
	assert_given(f, 41, 60);
}

static void the_position_moves_where_nothing_is_wanted(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	f->wants_none = true;
	open_at(f, "");
	read_all(f);
	open_at(f, save(f));
	f->wants_none = false;
	read_all(f);
	assert_int_equal(f->n_given, 0);
}

static void a_position_that_is_no_cursor_is_refused(void **state)
{
	struct fixture *f = begin(state);
	struct source_probe probe = {
		.wants = wants, .userdata = f, .initials = journal_all_initials()
	};
	struct source *source = NULL;

	assert_int_equal(journal_source_new("journal", &f->options, probe, NULL,
				 TEXT("tail of the journal"), &source),
		-EADDRNOTAVAIL);
	assert_null(source);
}

/* The numbers of users' journals are of the same counter, under another series. */
static void journals_of_users_leave_no_holes(void **state)
{
	struct fixture *f = begin(state);
	const struct journal_content user = { .name = "user",
		.series = 'c',
		.boot = 'b',
		.first = 41,
		.last = 60,
		.seconds = 1000000 };

	make_part(f, "a", 1, 40);
	make(f, &user);
	make_part(f, "b", 61, 100);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 100);
	assert_int_equal(f->source->n_lost, 0);
}

/* -- losing ------------------------------------------------------------ */

static void what_is_vacuumed_while_it_reads_is_counted(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	make_part(f, "c", 141, 200);
	wake(f);
	assert_given(f, 141, 200);
	assert_int_equal(f->source->n_lost, 100);
}

static void holes_are_counted_where_nothing_is_wanted(void **state)
{
	struct fixture *f = begin(state);

	f->wants_none = true;
	make_part(f, "a", 1, 1200);
	make_part(f, "b", 1211, 2500);
	make_part(f, "c", 2513, 2600);
	open_at(f, "");
	read_all(f);
	assert_int_equal(f->source->n_lost, 10 + 12);
	assert_int_equal(f->source->n_read, 1200 + 1290 + 88);
}

static void what_is_vacuumed_while_it_is_stopped_is_counted(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	f->source = source_free(f->source);
	journal_remove(f->directory, "a");
	make_part(f, "b", 61, 80);
	open_at(f, f->position);
	read_all(f);
	assert_given(f, 61, 80);
	assert_int_equal(f->source->n_lost, 20);
	open_at(f, f->position);
	read_all(f);
	assert_int_equal(f->n_given, 0);
	assert_int_equal(f->source->n_lost, 0);
}

/* A filtered source cannot tell which units the missing entries belonged to. */
static void of_a_filtered_source_all_that_vanished_is_counted(void **state)
{
	struct fixture *f = begin(state);
	struct text units[] = { TEXT("ccs") };
	struct journal_content ours = { .name = "a",
		.series = 'a',
		.boot = 'b',
		.first = 1,
		.last = 40,
		.seconds = 1000000,
		.fields = "_SYSTEMD_UNIT=ccs.service\n" };

	f->options.units = (struct text_list){ .items = units, .n = 1 };
	make(f, &ours);
	make_part(f, "b", 41, 60);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 40);
	(void)save(f);
	f->source = source_free(f->source);
	journal_remove(f->directory, "a");
	journal_remove(f->directory, "b");
	ours = (struct journal_content){ .name = "c",
		.series = 'a',
		.boot = 'b',
		.first = 71,
		.last = 80,
		.seconds = 1000000,
		.fields = "_SYSTEMD_UNIT=ccs.service\n" };
	make(f, &ours);
	open_at(f, f->position);
	read_all(f);
	assert_given(f, 71, 80);
	assert_int_equal(f->source->n_lost, 10);
}

/* -- losing the way ---------------------------------------------------- */

/* Read a journal to its end, then put another with older times in its place. */
static void replace_journal(struct fixture *f)
{
	const struct journal_content other = { .name = "other",
		.series = 'd',
		.boot = 'e',
		.first = 1,
		.last = 30,
		.seconds = 500000 };

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 40);
	f->source = source_free(f->source);
	journal_remove(f->directory, "a");
	make(f, &other);
	open_at(f, f->position);
	read_all(f);
}

static void add_to_other(struct fixture *f)
{
	const struct journal_content more = { .name = "more",
		.series = 'd',
		.boot = 'e',
		.first = 31,
		.last = 35,
		.seconds = 500000 };

	make(f, &more);
	wake(f);
	assert_given(f, 31, 35);
}

static void another_journal_with_older_times_is_read_from_its_oldest(void **state)
{
	struct fixture *f = begin(state);

	replace_journal(f);
	assert_given(f, 1, 30);
	add_to_other(f);
	assert_int_equal(f->source->n_lost, 0);
}

static void or_from_its_end_if_that_is_wanted(void **state)
{
	struct fixture *f = begin(state);

	f->options.lost = JOURNAL_LOST_END;
	replace_journal(f);
	assert_int_equal(f->n_given, 0);
	add_to_other(f);
}

static void or_from_the_beginning_if_that_is_wanted(void **state)
{
	struct fixture *f = begin(state);

	f->options.lost = JOURNAL_LOST_BEGINNING;
	replace_journal(f);
	assert_given(f, 1, 30);
	add_to_other(f);
}

/* As when a journal in memory begins anew, under a clock that was set back. */
static void a_clock_that_jumps_back_does_not_stop_it(void **state)
{
	struct fixture *f = begin(state);
	const struct journal_content back = { .name = "back",
		.series = 'd',
		.boot = '.',
		.first = 1,
		.last = 30,
		.seconds = 500000 };

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	make(f, &back);
	wake(f);
	assert_given(f, 1, 30);
	read_all(f);
	assert_int_equal(f->n_given, 0);
	assert_int_equal(f->source->n_lost, 0);
}

static void an_empty_journal_keeps_its_position(void **state)
{
	struct fixture *f = begin(state);
	char before[256];

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	(void)snprintf(before, sizeof(before), "%s", f->position);
	f->source = source_free(f->source);
	journal_remove(f->directory, "a");
	open_at(f, before);
	read_all(f);
	assert_int_equal(f->n_given, 0);
	assert_string_equal(save(f), before);
	make_part(f, "b", 41, 50);
	wake(f);
	assert_given(f, 41, 50);
	assert_int_equal(f->source->n_lost, 0);
}

/* -- damage ------------------------------------------------------------ */

static void path_of(const struct fixture *f, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/%s.journal", f->directory, name);
}

static void check_distinct(const struct fixture *f)
{
	for (size_t i = 1; i < f->n_given; i++)
		for (size_t k = 0; k < i; k++)
			assert_true(f->ids[i] != f->ids[k]);
}

/* A source that gives an error is pulled again a second later. */
static void read_damaged(struct fixture *f)
{
	f->damaged = true;
	open_at(f, "");
	read_all(f);
	check_distinct(f);
	if (f->error < 0)
		read_all(f);
	check_distinct(f);
}

static void truncated_files_never_end_it_nor_repeat(void **state)
{
	struct fixture *f = begin(state);
	char path[256];
	struct stat st;

	make_part(f, "a", 1, 400);
	path_of(f, "a", path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	for (off_t size = st.st_size; size > 0; size -= st.st_size / 50) {
		assert_int_equal(truncate(path, size), 0);
		read_damaged(f);
		f->source = source_free(f->source);
	}
}

static void flipped_bytes_never_end_it_nor_repeat(void **state)
{
	struct fixture *f = begin(state);
	char path[256];
	struct stat st;
	unsigned seed = 7;

	for (unsigned round = 0; round < 40; round++) {
		int fd;

		make_part(f, "a", 1, 100);
		path_of(f, "a", path, sizeof(path));
		fd = open(path, O_RDWR | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		for (unsigned i = 0; i < 64; i++) {
			char byte = (char)(seed >> 8);

			seed = seed * 1103515245 + 12345;
			assert_int_equal(
				pwrite(fd, &byte, 1,
					272 + (off_t)(seed % (unsigned)(st.st_size - 272))),
				1);
		}
		(void)close(fd);
		read_damaged(f);
		f->source = source_free(f->source);
	}
}

static void behind_a_damaged_file_it_goes_on(void **state)
{
	struct fixture *f = begin(state);
	char path[256];

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	make_part(f, "b", 41, 80);
	path_of(f, "b", path, sizeof(path));
	assert_int_equal(truncate(path, 300), 0);
	make_part(f, "c", 81, 100);
	wake(f);
	assert_given(f, 81, 100);
	assert_int_equal(f->source->n_lost + f->source->n_damaged, 40);
}

static void spots_that_cannot_be_read_are_passed(void **state)
{
	static const struct {
		uint64_t bad, bad_end;
		bool wants_none;
	} rows[] = { { 41, 42, false }, { 41, 42, true }, { 41, 61, false }, { 2, 3, false },
		{ 100, 101, true } };
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 200);
	for (size_t i = 0; i < COUNT(rows); i++) {
		int fd;

		f->bad = rows[i].bad;
		f->bad_end = rows[i].bad_end;
		f->wants_none = rows[i].wants_none;
		open_at(f, "");
		fd = f->source->fd;
		read_all(f);
		assert_int_equal(f->error, 0);
		check_distinct(f);
		assert_true(f->source->n_damaged >= f->bad_end - f->bad);
		assert_int_equal(f->source->n_read + f->source->n_damaged, 200);
		assert_int_equal(f->source->n_lost, 0);
		assert_int_equal(f->source->fd, fd);
	}
}

/* Through the descriptor that is watched already. */
static void an_entry_that_no_cursor_leads_to_is_read(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	make_part(f, "b", 41, 80);
	make_part(f, "c", 81, 100);
	journal_remove(f->directory, "b");
	f->strays = true;
	open_at(f, "");
	read_all(f);
	assert_int_equal(f->error, 0);
	check_distinct(f);
	assert_int_equal(f->source->n_read, 60);
	assert_int_equal(f->source->n_lost, 40);
}

static void a_journal_that_was_opened_anew_still_wakes(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 200);
	f->bad = 41;
	f->bad_end = 42;
	open_at(f, "");
	read_all(f);
	make_part(f, "b", 201, 210);
	wake(f);
	assert_given(f, 201, 210);
}

/* -- passes ------------------------------------------------------------ */

/* Read entries that have these fields besides their message. */
static void make_with_fields(struct fixture *f, const char *fields)
{
	const struct journal_content content = { .name = "a",
		.series = 'a',
		.boot = 'b',
		.first = 1,
		.last = 40,
		.seconds = 1000000,
		.fields = fields };

	make(f, &content);
	open_at(f, "");
	f->n_passes = 0;
	read_all(f);
}

static void of_wanted_entries_in_a_row_the_fields_are_read_once(void **state)
{
	struct fixture *f = begin(state);

	make_with_fields(f, "_UID=0\n_EXE=/bin/ccs\nPRIORITY=6\n");
	assert_given(f, 1, 40);
	assert_between(f->n_passes, 40, 42);
	assert_int_equal(f->n_look_ups, 0);
	assert_int_equal(f->n_fields, 5);
}

static void a_wanted_entry_among_others_is_read_twice(void **state)
{
	struct fixture *f = begin(state);

	f->every = 10;
	make_with_fields(f, "_UID=0\n_EXE=/bin/ccs\nPRIORITY=6\n");
	assert_int_equal(f->n_given, 4);
	assert_int_equal(f->n_passes, 40 + 4);
	assert_int_equal(f->n_look_ups, 0);
	assert_int_equal(f->n_fields, 5);
}

static void of_its_own_output_the_fields_are_read_once(void **state)
{
	struct fixture *f = begin(state);

	make_with_fields(f, "_UID=0\n_EXE=/usr/sbin/becaused\n");
	assert_int_equal(f->n_given, 0);
	assert_int_equal(f->source->n_read, 40);
	assert_between(f->n_passes, 40, 42);
	assert_int_equal(f->n_look_ups, 0);
}

/* -- inotify ----------------------------------------------------------- */

static void without_inotify_it_looks_by_time(void **state)
{
	struct fixture *f = begin(state);
	uint64_t usec = UINT64_MAX;

	f->no_watches = true;
	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 40);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_int_not_equal(usec, UINT64_MAX);
	make_part(f, "b", 41, 60);
	assert_int_equal(source_process(f->source), 0);
	read_all(f);
	assert_given(f, 41, 60);
}

static void with_inotify_it_waits_for_ever(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	let_silence_pass(f);
	assert_true(next_usec(f) == UINT64_MAX);
}

static void while_entries_come_it_looks_without_a_notification(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	assert_int_equal(next_usec(f), f->now_usec + BACKOFF_LEAST_USEC);
	look(f);
	assert_int_equal(f->n_given, 0);
	assert_true(next_usec(f) < UINT64_MAX);

	make_part(f, "b", 41, 60);
	look(f);
	assert_given(f, 41, 60);
	assert_int_equal(next_usec(f), f->now_usec + BACKOFF_LEAST_USEC);
	let_silence_pass(f);
	assert_true(next_usec(f) == UINT64_MAX);
}

static void where_nothing_comes_it_does_not_look(void **state)
{
	struct fixture *f = begin(state);

	make_part(f, "a", 1, 40);
	f->options.start = JOURNAL_START_END;
	open_at(f, "");
	read_all(f);
	assert_int_equal(f->n_given, 0);
	assert_true(next_usec(f) == UINT64_MAX);
}

/* A source that may not be read, because its sink is full, takes no look, and its descriptor does
 * not stay readable. */
static void a_look_hides_no_notification(void **state)
{
	struct fixture *f = begin(state);
	struct pollfd descriptor;

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	f->now_usec += BACKOFF_SILENCE_USEC;
	make_part(f, "b", 41, 60);
	for (int i = 0; i < 2; i++)
		assert_int_equal(source_process(f->source), 0);
	descriptor = (struct pollfd){ .fd = f->source->fd, .events = POLLIN };
	assert_int_equal(poll(&descriptor, 1, 0), 0);
	assert_true(next_usec(f) == UINT64_MAX);
	read_all(f);
	assert_given(f, 41, 60);
}

/* -- descriptors ------------------------------------------------------- */

/* Use up all descriptors. */
static struct rlimit starve(void)
{
	int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	struct rlimit old, tight;

	assert_true(lowest >= 0);
	(void)close(lowest);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	tight = old;
	tight.rlim_cur = (rlim_t)lowest;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	return old;
}

static void a_file_that_came_without_descriptors_is_read_later(void **state)
{
	struct fixture *f = begin(state);
	uint64_t usec = UINT64_MAX;
	struct rlimit old;

	make_part(f, "a", 1, 40);
	open_at(f, "");
	read_all(f);
	make_part(f, "b", 41, 60);
	old = starve();
	wake(f);
	assert_int_equal(f->n_given, 0);
	assert_int_equal(f->error, 0);
	assert_int_equal(source_timeout(f->source, &usec), 0);
	assert_int_not_equal(usec, UINT64_MAX);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(source_process(f->source), 0);
	read_all(f);
	assert_given(f, 41, 60);
	let_silence_pass(f);
	assert_true(next_usec(f) == UINT64_MAX);
}

/* -- journald's rate limit --------------------------------------------- */

#define NOTE "MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e\nN_DROPPED=463\n"

static void what_journald_says_it_dropped_is_lost(void **state)
{
	static const struct {
		const char *fields;
		uint64_t n_lost;
	} rows[] = {
		{ NOTE "_TRANSPORT=driver\nOBJECT_SYSTEMD_UNIT=ccs.service\n", 463 },
		{ NOTE "_TRANSPORT=driver\n", 463 },
		/* The sink counts its own. */
		{ NOTE "_TRANSPORT=driver\nOBJECT_SYSTEMD_UNIT=becaused.service\n", 0 },
		/* Any client may write this. */
		{ NOTE "_TRANSPORT=journal\nOBJECT_SYSTEMD_UNIT=ccs.service\n", 0 },
		{ "N_DROPPED=463\n_TRANSPORT=driver\n", 0 },
	};
	struct fixture *f = begin(state);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct journal_content content = { .name = "a",
			.series = 'a',
			.boot = 'b',
			.first = 1,
			.last = 1,
			.seconds = 1000000,
			.message = "Suppressed",
			.fields = rows[i].fields };

		make(f, &content);
		open_at(f, "");
		read_all(f);
		assert_int_equal(f->source->n_lost, rows[i].n_lost);
	}
}

static void a_filtered_source_hears_of_its_units(void **state)
{
	struct fixture *f = begin(state);
	struct text units[] = { TEXT("ccs") };
	struct journal_content content = { .name = "a",
		.series = 'a',
		.boot = 'b',
		.first = 1,
		.last = 1,
		.seconds = 1000000,
		.message = "Suppressed",
		.fields = NOTE "_TRANSPORT=driver\nOBJECT_SYSTEMD_UNIT=ccs.service\n" };

	f->options.units = (struct text_list){ .items = units, .n = 1 };
	make(f, &content);
	content.name = "b";
	content.first = content.last = 2;
	content.fields = NOTE "_TRANSPORT=driver\nOBJECT_SYSTEMD_UNIT=obs.service\n";
	make(f, &content);
	open_at(f, "");
	read_all(f);
	assert_int_equal(f->source->n_lost, 463);
}

/* Sizes of an entry: of its message, and of other fields with names of seven bytes. */
struct sizes {
	size_t message_len, field_len, n_fields;
	bool message_last;
};

static void make_large(struct fixture *f, struct sizes sizes)
{
	char *message = test_repeat('m', sizes.message_len);
	char *fields = test_repeat('f', sizes.n_fields * (sizes.field_len + 16) + 1);
	size_t at = 0;
	struct journal_content content = { .name = "a",
		.series = 'a',
		.boot = 'b',
		.first = 1,
		.last = 1,
		.seconds = 1000000,
		.message = message,
		.fields = fields,
		.message_last = sizes.message_last };

	memcpy(message, "call 1 cause", 12);
	for (size_t i = 0; i < sizes.n_fields; i++) {
		char name[16];
		size_t len = (size_t)snprintf(name, sizeof(name), "X_%05zu=", i);

		memcpy(fields + at, name, len);
		at += len + sizes.field_len;
		fields[at++] = '\n';
	}
	fields[at] = '\0';
	make(f, &content);
	free(message);
	free(fields);
}

/* A field that is too long hides neither its entry nor the entry's other fields. */
static void what_is_too_long_is_cut_or_left_out_and_counted(void **state)
{
	enum { MIB = 1024 * 1024 };
	static const struct {
		struct sizes sizes;
		bool cut;
		uint64_t n_cut;
	} rows[] = {
		{ { 100, 1000, 10, false }, false, 0 },
		{ { 100, JOURNAL_VALUE_MAX, 1, false }, false, 0 },
		{ { 100, JOURNAL_VALUE_MAX + 1, 1, false }, false, 1 },
		{ { 100, 70 * MIB, 1, false }, false, 1 },
		{ { 100, 900 * 1000, 6, false }, false, 1 },
		{ { JOURNAL_VALUE_MAX, 900 * 1000, 6, true }, false, 1 },
		{ { JOURNAL_VALUE_MAX, 10, 1, false }, false, 0 },
		{ { JOURNAL_VALUE_MAX + 1, 10, 1, false }, true, 1 },
		{ { 70 * MIB, 10, 1, false }, true, 1 },
	};
	struct fixture *f = begin(state);

	for (size_t i = 0; i < COUNT(rows); i++) {
		make_large(f, rows[i].sizes);
		open_at(f, "");
		read_all(f);
		assert_given(f, 1, 1);
		assert_int_equal(f->cut, rows[i].cut);
		assert_int_equal(f->source->n_cut, rows[i].n_cut);
		assert_int_equal(f->source->n_damaged, 0);
		assert_between(f->size, f->message_len, JOURNAL_ENTRY_MAX + 2 * JOURNAL_VALUE_MAX);
		assert_int_equal(f->message_len,
			rows[i].cut ? JOURNAL_VALUE_MAX : rows[i].sizes.message_len);
		/* Where nothing is wanted, only a message that is not searched whole is cut. */
		f->wants_none = true;
		open_at(f, "");
		read_all(f);
		assert_int_equal(f->n_given, 0);
		assert_int_equal(f->source->n_cut, rows[i].cut);
		f->wants_none = false;
	}
}

/* Causes are searched for in two fields. Their unread parts are counted even in an entry that is
 * not wanted. */
static void a_searched_field_that_is_left_out_is_counted(void **state)
{
	static const char name[] = "SYSLOG_STRUCTURED_DATA=";
	struct fixture *f = begin(state);
	char *field = test_repeat('x', sizeof(name) + JOURNAL_VALUE_MAX + 8);
	struct journal_content content = { .name = "a",
		.series = 'a',
		.boot = 'b',
		.first = 1,
		.last = 1,
		.seconds = 1000000,
		.fields = field };

	memcpy(field, name, sizeof(name) - 1);
	field[strlen(field) - 1] = '\n';
	make(f, &content);
	f->wants_none = true;
	open_at(f, "");
	read_all(f);
	assert_int_equal(f->source->n_cut, 1);
	free(field);
}

static void read_large(struct fixture *f, struct sizes sizes)
{
	make_large(f, sizes);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 1);
}

/* The test measures what a record takes besides its values. */
static void the_fields_of_an_entry_have_a_bound_together(void **state)
{
	enum { LEN = 1000, N = 5, NAME_LEN = 8 };
	struct fixture *f = begin(state);
	size_t base, field, n_left;
	struct sizes sizes = { LEN, 0, N, false };

	read_large(f, (struct sizes){ LEN, LEN, 1, false });
	base = f->size;
	read_large(f, (struct sizes){ LEN, LEN, 2, false });
	field = f->size - base - LEN;
	base -= field + LEN;

	/* So that the last field ends at the bound. */
	n_left = JOURNAL_ENTRY_MAX - base - (N - 1) * field - NAME_LEN;
	sizes.field_len = n_left / N;
	sizes.message_len += n_left % N;
	read_large(f, sizes);
	assert_int_equal(f->source->n_cut, 0);
	sizes.message_len++;
	read_large(f, sizes);
	assert_int_equal(f->source->n_cut, 1);
}

/* The journal is opened anew there, and nothing is passed over or given twice. */
static void what_follows_a_large_entry_is_read(void **state)
{
	enum { LEN = JOURNAL_LARGE + 1000 };
	struct fixture *f = begin(state);

	make_large(f, (struct sizes){ 100, LEN, 1, false });
	make_part(f, "b", 2, 4);
	open_at(f, "");
	read_all(f);
	assert_given(f, 1, 4);
	assert_int_equal(f->source->n_lost, 0);
}

/* Where it cannot be opened anew, reading continues as it is. */
static void a_large_entry_needs_no_descriptor(void **state)
{
	enum { LEN = JOURNAL_LARGE + 1000 };
	struct fixture *f = begin(state);
	struct rlimit old, limit;
	int next;

	make_large(f, (struct sizes){ 100, LEN, 1, false });
	make_part(f, "b", 2, 4);
	open_at(f, "");
	next = dup(STDERR_FILENO);
	assert_true(next >= 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = (rlim_t)next;
	(void)close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	read_all(f);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_given(f, 1, 4);
	assert_int_equal(f->source->n_lost, 0);
}

static void make_numbered(
	struct fixture *f, const char *name, char series, uint64_t when, uint64_t number)
{
	const struct journal_content content = { .name = name,
		.series = series,
		.boot = series,
		.first = when,
		.last = when,
		.seconds = 1000000 };
	char path[256];

	make(f, &content);
	(void)snprintf(path, sizeof(path), "%s/%s.journal", f->directory, name);
	(void)journal_number(path, series, number);
}

/* A file holds the numbers that its writer wanted. */
static void losses_past_what_can_be_counted_are_the_largest_count(void **state)
{
	struct fixture *f = begin(state);

	make_numbered(f, "a", 'a', 1, 1);
	make_numbered(f, "b", 'a', 2, UINT64_MAX - 10);
	open_at(f, "");
	read_all(f);
	assert_true(f->source->n_lost == UINT64_MAX - 12);
	make_numbered(f, "c", 'c', 3, 1);
	make_numbered(f, "d", 'c', 4, UINT64_MAX - 5);
	wake(f);
	assert_true(f->source->n_lost == UINT64_MAX);
	assert_int_equal(f->n_given, 2);
}

#define TESTED(test) cmocka_unit_test_setup_teardown(test, start, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTED(every_entry_of_several_files_comes_once_and_in_order),
		TESTED(it_goes_on_behind_its_position),
		TESTED(it_starts_behind_what_is_there),
		TESTED(the_position_moves_where_nothing_is_wanted),
		TESTED(a_position_that_is_no_cursor_is_refused),
		TESTED(journals_of_users_leave_no_holes),
		TESTED(what_is_vacuumed_while_it_reads_is_counted),
		TESTED(holes_are_counted_where_nothing_is_wanted),
		TESTED(what_is_vacuumed_while_it_is_stopped_is_counted),
		TESTED(of_a_filtered_source_all_that_vanished_is_counted),
		TESTED(another_journal_with_older_times_is_read_from_its_oldest),
		TESTED(or_from_its_end_if_that_is_wanted),
		TESTED(or_from_the_beginning_if_that_is_wanted),
		TESTED(a_clock_that_jumps_back_does_not_stop_it),
		TESTED(an_empty_journal_keeps_its_position),
		TESTED(truncated_files_never_end_it_nor_repeat),
		TESTED(flipped_bytes_never_end_it_nor_repeat),
		TESTED(behind_a_damaged_file_it_goes_on),
		TESTED(spots_that_cannot_be_read_are_passed),
		TESTED(an_entry_that_no_cursor_leads_to_is_read),
		TESTED(a_journal_that_was_opened_anew_still_wakes),
		TESTED(of_wanted_entries_in_a_row_the_fields_are_read_once),
		TESTED(a_wanted_entry_among_others_is_read_twice),
		TESTED(of_its_own_output_the_fields_are_read_once),
		TESTED(without_inotify_it_looks_by_time),
		TESTED(with_inotify_it_waits_for_ever),
		TESTED(while_entries_come_it_looks_without_a_notification),
		TESTED(where_nothing_comes_it_does_not_look),
		TESTED(a_look_hides_no_notification),
		TESTED(a_file_that_came_without_descriptors_is_read_later),
		TESTED(what_journald_says_it_dropped_is_lost),
		TESTED(a_filtered_source_hears_of_its_units),
		TESTED(what_is_too_long_is_cut_or_left_out_and_counted),
		TESTED(a_searched_field_that_is_left_out_is_counted),
		TESTED(the_fields_of_an_entry_have_a_bound_together),
		TESTED(what_follows_a_large_entry_is_read),
		TESTED(a_large_entry_needs_no_descriptor),
		TESTED(losses_past_what_can_be_counted_are_the_largest_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
