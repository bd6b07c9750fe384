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
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/log.h"
#include "record/record.h"
#include "wire/own.h"

enum { RETRIES_MAX = 8 };

/* The position of a source that has started and seen nothing yet, in place of a cursor. */
static const char BEGINNING[] = "beginning";

const char *const journal_start_names[] = { "end", "beginning", NULL };

struct journal_source {
	struct source source;
	sd_journal *journal;
	struct source_probe probe;
	struct record record;
	char *cursor; /* of the last position asked for */
	char *resume; /* cursor to compare the first entry with; NULL afterwards */
	struct own own;
	bool from_beginning; /* nothing was there at the start: everything is new */
};

static struct journal_source *journal_of(struct source *source)
{
	return (struct journal_source *)(void *)source;
}

/* The value of a field of the current entry; see own_look_up_fn. */
static struct text look_up(const char *field, void *userdata)
{
	struct journal_source *s = userdata;
	const void *data;
	size_t len, name_len = strlen(field) + 1;

	if (sd_journal_get_data(s->journal, field, &data, &len) < 0 || len < name_len)
		return text_of("");
	return text_make((const char *)data + name_len, len - name_len);
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

	if (!equals)
		return 0;
	name = text_make(field.data, (size_t)(equals - field.data));
	value = text_make(equals + 1, field.len - name.len - 1);
	return record_add(record, name, value);
}

/* "Everything pulled up to here", valid until the next call; -ENODATA when that is nothing. */
static int find_position(struct journal_source *s, struct text *ret)
{
	char *cursor = NULL;
	int r;

	if (s->resume) {
		*ret = text_of(s->resume);
		return 0;
	}
	r = sd_journal_get_cursor(s->journal, &cursor);
	if (r == -EADDRNOTAVAIL && s->from_beginning) {
		*ret = text_of(BEGINNING);
		return 0;
	}
	if (r == -EADDRNOTAVAIL)
		return -ENODATA;
	if (r < 0)
		return r;
	free(s->cursor);
	s->cursor = cursor;
	*ret = text_of(cursor);
	return 0;
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
	r = find_position(s, &position);
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
	if (r == 0 && (!wanted || own_is_becaused(&s->own, look_up, s)))
		return SOURCE_SKIPPED;
	if (r == 0)
		r = copy_entry(s);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		s->source.n_damaged++;
		return SOURCE_SKIPPED;
	}
	return 0;
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

static int journal_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct source_position position = { .stream = text_of("") };
	int r = find_position(journal_of(source), &position.position);

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	visit(&position, userdata);
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
	free(s);
	return NULL;
}

static const struct source_class journal_class = {
	.pull = journal_pull,
	.positions = journal_positions,
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
	/* Whole values as far as a record can hold them: a cause may stand at the end. */
	r = sd_journal_set_data_threshold(s->journal, RECORD_SIZE_MAX + 1);
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

/* Whether the name says its type; `platform-1.2` does not. */
static bool has_unit_suffix(struct text unit)
{
	static const char *const suffixes[] = { ".service", ".socket", ".scope", ".slice", ".mount",
		".automount", ".swap", ".target", ".path", ".timer", ".device" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct text suffix = text_of(suffixes[i]);

		if (unit.len > suffix.len &&
			text_equal(
				text_make(unit.data + unit.len - suffix.len, suffix.len), suffix))
			return true;
	}
	return false;
}

static int add_match(struct journal_source *s, const char *field, struct text value)
{
	bool bare = strcmp(field, "_SYSTEMD_UNIT") == 0 && !has_unit_suffix(value);
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

	if (text_equal(position, text_of(BEGINNING))) {
		s->from_beginning = true;
	} else if (position.len > 0) {
		s->resume = strndup(position.data, position.len);
		if (!s->resume)
			return -ENOMEM;
	} else if (options->start == JOURNAL_START_END) {
		r = find_end(s, &s->resume);
		if (r < 0)
			return r;
	}
	s->from_beginning = !s->resume;
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
	struct source_probe probe, const char *own_unit, struct text position, struct source **ret)
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
	s->own = own_make(own_unit, (unsigned)geteuid());

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
