/* Facts of sd-journal that shape this file: the first wake-up never comes for entries that are
 * already there, so a reader drains before it waits; seek_tail must be followed by previous; a
 * seek to a cursor lands on the nearest entry and says nothing, so the first entry is compared;
 * an error of next repeats until sd_journal_process has let go of the file that caused it. */
#include "config.h"

#include "source/journal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "base/log.h"
#include "record/record.h"
#include "wire/native.h"

enum { RETRIES_MAX = 8, EXE_MARK_LEN = 10 };

const char *const journal_start_names[] = { "end", "beginning", NULL };

struct journal_source {
	struct source source;
	sd_journal *journal;
	struct source_probe probe;
	struct record record;
	char *cursor; /* of the last position asked for */
	char *resume; /* cursor to compare the first entry with; NULL afterwards */
	char *own_unit;
	char own_exe[PATH_MAX];
};

static struct journal_source *journal_of(struct source *source)
{
	return (struct journal_source *)(void *)source;
}

/* What journald will say of our own entries. */
static void learn_own_identity(struct journal_source *s)
{
	ssize_t n = readlink("/proc/self/exe", s->own_exe, sizeof(s->own_exe) - 1);

	s->own_exe[n > 0 ? n : 0] = '\0';
	if (n > EXE_MARK_LEN && strcmp(s->own_exe + n - EXE_MARK_LEN, " (deleted)") == 0)
		s->own_exe[n - EXE_MARK_LEN] = '\0';
	if (sd_pid_get_unit(0, &s->own_unit) < 0)
		s->own_unit = NULL;
	/* A scope or a user's manager holds other programs too: no proof. */
	if (s->own_unit &&
		(!strstr(s->own_unit, ".service") || strncmp(s->own_unit, "user@", 5) == 0)) {
		free(s->own_unit);
		s->own_unit = NULL;
	}
}

/* Whether this is our own output: it has our mark, which anybody may write, and comes, by
 * journald's own word, from our service or our program. */
static bool is_own_output(const struct journal_source *s, const struct record *record)
{
	struct text unit = record_find(record, "_SYSTEMD_UNIT");
	struct text exe = record_find(record, "_EXE");

	if (!text_equal(record_find(record, "MESSAGE_ID"), text_of(NATIVE_MESSAGE_ID)))
		return false;
	return (s->own_unit && text_equal(unit, text_of(s->own_unit))) ||
	       (s->own_exe[0] && text_equal(exe, text_of(s->own_exe)));
}

/* Look at the fields of the current entry until one is wanted. */
static int entry_is_wanted(struct journal_source *s, bool *ret)
{
	const void *data;
	size_t len;
	int r;

	*ret = false;
	sd_journal_restart_data(s->journal);
	while ((r = sd_journal_enumerate_available_data(s->journal, &data, &len)) > 0) {
		if (s->probe.wants(s->probe.userdata, text_make(data, len))) {
			*ret = true;
			return 0;
		}
	}
	return r;
}

static int copy_field(struct record *record, struct text field)
{
	const char *equals = memchr(field.data, '=', field.len);
	struct text name, value;
	int r;

	if (!equals)
		return 0;
	name = text_make(field.data, (size_t)(equals - field.data));
	value = text_make(equals + 1, field.len - name.len - 1);
	r = record_add(record, name, value);
	/* Past journald's own bound on fields there is nothing that counts. */
	return r == -E2BIG ? 0 : r;
}

static int copy_entry(struct journal_source *s)
{
	struct text position;
	const void *data;
	size_t len;
	int r;

	record_clear(&s->record);
	sd_journal_restart_data(s->journal);
	while ((r = sd_journal_enumerate_available_data(s->journal, &data, &len)) > 0) {
		r = copy_field(&s->record, text_make(data, len));
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	r = sd_journal_get_realtime_usec(s->journal, &s->record.timestamp_usec);
	if (r < 0)
		return r;
	r = source_position(&s->source, &position);
	if (r < 0)
		return r;
	s->record.position = position;
	s->record.source = s->source.name;
	return 0;
}

/* Step to the next entry: 1, or 0 at the end, or a negative errno. */
static int step(struct journal_source *s)
{
	int r = -EBADMSG;

	for (unsigned i = 0; i < RETRIES_MAX && r < 0; i++) {
		r = sd_journal_next(s->journal);
		if (r < 0)
			(void)sd_journal_process(s->journal);
	}
	return r;
}

/* Whether the entry is the one that the position names, so that it was read in an earlier life. */
static bool is_resume_entry(struct journal_source *s)
{
	bool same;

	if (!s->resume)
		return false;
	same = sd_journal_test_cursor(s->journal, s->resume) > 0;
	free(s->resume);
	s->resume = NULL;
	return same;
}

/* Look at the current entry. Returns 0 when the record is filled, else SOURCE_SKIPPED. */
static int look_at_entry(struct journal_source *s)
{
	bool wanted;
	int r;

	if (is_resume_entry(s))
		return SOURCE_SKIPPED;
	s->source.n_read++;
	r = entry_is_wanted(s, &wanted);
	if (r == 0 && !wanted)
		return SOURCE_SKIPPED;
	if (r == 0)
		r = copy_entry(s);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		s->source.n_damaged++;
		return SOURCE_SKIPPED;
	}
	return is_own_output(s, &s->record) ? SOURCE_SKIPPED : 0;
}

static int journal_pull(struct source *source, struct source_item *ret)
{
	struct journal_source *s = journal_of(source);

	for (unsigned i = 0; i < JOURNAL_BATCH_MAX; i++) {
		int r = step(s);

		if (r < 0)
			return r;
		if (r == 0)
			return SOURCE_AGAIN;
		r = look_at_entry(s);
		if (r < 0)
			return r;
		if (r == 0) {
			*ret = (struct source_item){ .record = &s->record };
			return 0;
		}
	}
	/* Let go of files that were deleted meanwhile. */
	(void)sd_journal_process(s->journal);
	return SOURCE_SKIPPED;
}

static int journal_position(struct source *source, struct text *ret)
{
	struct journal_source *s = journal_of(source);
	char *cursor = NULL;
	int r;

	if (s->resume) {
		*ret = text_of(s->resume);
		return 0;
	}
	r = sd_journal_get_cursor(s->journal, &cursor);
	if (r == -EADDRNOTAVAIL)
		return -ENODATA;
	if (r < 0)
		return r;
	free(s->cursor);
	s->cursor = cursor;
	*ret = text_of(cursor);
	return 0;
}

static int journal_process(struct source *source)
{
	int r = sd_journal_process(journal_of(source)->journal);

	return r < 0 ? r : 0;
}

static int journal_timeout(struct source *source, uint64_t *ret_usec)
{
	int r = sd_journal_get_timeout(journal_of(source)->journal, ret_usec);

	return r < 0 ? r : 0;
}

static struct source *journal_free(struct source *source)
{
	struct journal_source *s = journal_of(source);

	sd_journal_close(s->journal);
	record_done(&s->record);
	free(s->cursor);
	free(s->resume);
	free(s->own_unit);
	free(s);
	return NULL;
}

static const struct source_class journal_class = {
	.pull = journal_pull,
	.position = journal_position,
	.process = journal_process,
	.timeout = journal_timeout,
	.free = journal_free,
};

static int open_journal(struct journal_source *s, const struct journal_options *options)
{
	int r;

	if (options->directory.len > 0)
		r = sd_journal_open_directory(&s->journal, options->directory.data, 0);
	else
		r = sd_journal_open_namespace(&s->journal,
			options->namespace.len > 0 ? options->namespace.data : NULL,
			SD_JOURNAL_LOCAL_ONLY);
	if (r < 0)
		return r;
	/* Whole values, however long: a cause may stand at the end. */
	r = sd_journal_set_data_threshold(s->journal, 0);
	if (r < 0)
		return r;
	r = sd_journal_get_fd(s->journal);
	if (r < 0)
		return r;
	s->source.fd = r;
	return 0;
}

/* Without the right to read, opening works and the journal looks empty. */
static void warn_if_unreadable(const struct journal_source *s)
{
	if (sd_journal_has_persistent_files(s->journal) <= 0 &&
		sd_journal_has_runtime_files(s->journal) <= 0)
		log_warning("source %s: there is no journal file that may be read; waiting for one",
			s->source.name);
}

static int add_match(struct journal_source *s, const char *field, struct text value)
{
	bool is_unit = strcmp(field, "_SYSTEMD_UNIT") == 0;
	bool bare = is_unit && !memchr(value.data, '.', value.len);
	CLEANUP(freep) char *match = NULL;
	int n = asprintf(&match, "%s=%.*s%s", field, TEXT_FORMAT(value), bare ? ".service" : "");

	if (n < 0) {
		match = NULL;
		return -ENOMEM;
	}
	return sd_journal_add_match(s->journal, match, (size_t)n);
}

/* Matches of one field are alternatives; of two fields, both must hold. */
static int add_matches(struct journal_source *s, const char *field, const struct text_list *values)
{
	for (size_t i = 0; i < values->n; i++) {
		int r = add_match(s, field, values->items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* The cursor of the newest entry of all, matching or not: from now on means behind it. NULL when
 * the journal is empty: then everything is from now on. */
static int find_end(struct journal_source *s, char **ret)
{
	int r = sd_journal_seek_tail(s->journal);

	if (r < 0)
		return r;
	r = sd_journal_previous(s->journal);
	if (r <= 0)
		return r;
	r = sd_journal_get_cursor(s->journal, ret);
	return r < 0 ? r : 0;
}

static int start_behind(
	struct journal_source *s, const struct journal_options *options, struct text position)
{
	int r;

	if (position.len > 0) {
		s->resume = strndup(position.data, position.len);
		if (!s->resume)
			return -ENOMEM;
	} else if (options->start == JOURNAL_START_END) {
		r = find_end(s, &s->resume);
		if (r < 0)
			return r;
	}
	r = add_matches(s, "_SYSTEMD_UNIT", &options->units);
	if (r < 0)
		return r;
	r = add_matches(s, "SYSLOG_IDENTIFIER", &options->identifiers);
	if (r < 0)
		return r;
	r = s->resume ? sd_journal_seek_cursor(s->journal, s->resume)
		      : sd_journal_seek_head(s->journal);
	return r == -EINVAL ? -EADDRNOTAVAIL : r;
}

int journal_source_new(const char *name, const struct journal_options *options,
	struct source_probe probe, struct text position, struct source **ret)
{
	CLEANUP(source_freep) struct source *source = NULL;
	struct journal_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	source = &s->source;
	*source = (struct source){ .class = &journal_class, .name = name, .fd = -1 };
	s->record = record_make();
	s->probe = probe;
	learn_own_identity(s);

	r = open_journal(s, options);
	if (r < 0)
		return r;
	warn_if_unreadable(s);
	r = start_behind(s, options, position);
	if (r < 0)
		return r;
	*ret = TAKE(source);
	return 0;
}
