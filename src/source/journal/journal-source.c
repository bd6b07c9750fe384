/* This file reads the fields of an entry and decides whether the entry is wanted. The reader
 * decides which entry is next. */
#include "config.h"

#include "source/journal/journal-source.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "journal/fields.h"
#include "journal/own-entries.h"
#include "record/record.h"
#include "source/journal/journal-options.h"
#include "source/journal/parts-history.h"
#include "source/journal/parts.h"
#include "source/journal/reader.h"

/* The position of a source that has started and seen nothing yet, in place of a cursor. */
static const char BEGINNING[] = "beginning";

/* Wanted entries in a row, before the next is copied while it is probed. Copying one in vain costs
 * half of what a second pass does. */
enum { COPY_AFTER = 2 };

struct journal_source {
	struct source source;
	struct reader reader;
	struct source_probe probe;
	struct record record;
	struct own own;
	struct parts parts;
	char held_by[PARTS_KEY_SIZE]; /* key of the record's chain, if its end is held */
	uint64_t n_lost;              /* entries, before the current one */
	struct buffer joined;         /* MESSAGE= with its lead */
	enum part_end end;            /* of the fields of the current entry that were looked at */
	struct own_facts facts;       /* of the copied fields */
	uint64_t n_wanted;            /* entries in a row, up to the current one */
	bool note;           /* the current entry may be journald's note on dropped messages */
	bool cut;            /* a field that is searched was cut or left out */
	bool left_out;       /* of the copied fields, one was cut or left out */
	bool large;          /* since the journal was opened, a field exceeded JOURNAL_LARGE */
	bool from_beginning; /* no entry came before the start: everything is new */
};

static struct journal_source *journal_of(struct source *source)
{
	return (struct journal_source *)(void *)source;
}

static bool is_message(struct text field)
{
	return text_starts(field, text_of("MESSAGE="));
}

/* Whether causes are searched for in this field. */
static bool is_searched(struct text field)
{
	return is_message(field) || text_starts(field, text_of("SYSLOG_STRUCTURED_DATA="));
}

/* The part of a field that is read: the beginning of MESSAGE, another field whole or not at all. */
static struct text cut_field(struct text field)
{
	static const size_t max = sizeof("MESSAGE=") - 1 + JOURNAL_VALUE_MAX;

	if (field.len <= max)
		return field;
	return text_make(field.data, is_message(field) ? max : 0);
}

/* Note what a field shows besides causes. */
static inline void note_field(struct journal_source *s, struct text field)
{
	enum part_end end = part_end_of(field);

	if (end > s->end)
		s->end = end;
	if (field.len > JOURNAL_LARGE)
		s->large = true;
	if (field.len > 0 && field.data[0] == 'N')
		s->note |= text_starts(field, text_of(FIELDS_N_DROPPED));
}

/* Whether the field is wanted. Of most fields, the first byte shows that they are not. */
static inline bool probe_field(struct journal_source *s, const bool *initials, struct text field)
{
	struct text kept;

	if (field.len == 0 || !initials[(unsigned char)field.data[0]])
		return false;
	kept = cut_field(field);
	if (kept.len < field.len)
		s->cut |= is_searched(field);
	return s->probe.wants(s->probe.userdata, kept);
}

/* Join the field MESSAGE=value with the lead of its chain; valid until the next call. Returns 0 or
 * -ENOMEM. */
static int join_lead(struct journal_source *s, const struct part_chain *chain, struct text field,
	struct text *ret)
{
	static const size_t name_len = sizeof("MESSAGE=") - 1;

	assert(is_message(field));
	buffer_clear(&s->joined);
	buffer_add(&s->joined, field.data, name_len);
	buffer_add(&s->joined, chain->lead, chain->lead_len);
	buffer_add(&s->joined, field.data + name_len, field.len - name_len);
	*ret = buffer_text(&s->joined);
	return buffer_finish(&s->joined) < 0 ? -ENOMEM : 0;
}

/* Copy a field; cut it or leave it out where the entry has no room. A message begins with the lead
 * of its chain. */
static int copy_field(struct journal_source *s, const struct part_chain *chain, struct text field)
{
	struct record *record = &s->record;
	struct text kept = cut_field(field);
	bool is_cut = kept.len < field.len;
	/* A message fits, whatever was copied before. */
	size_t max = JOURNAL_ENTRY_MAX + (is_message(kept) ? 2 * JOURNAL_VALUE_MAX : 0);
	const char *equals = memchr(kept.data, '=', kept.len);
	struct text name, value;
	int r;

	s->left_out |= is_cut;
	if (!equals)
		return 0;
	if (chain && is_message(kept)) {
		r = join_lead(s, chain, kept, &kept);
		if (r < 0)
			return r;
		equals = kept.data + sizeof("MESSAGE=") - 2;
	}
	if (record->bytes.len + kept.len > max) {
		s->left_out = true;
		return 0;
	}
	name = text_make(kept.data, (size_t)(equals - kept.data));
	value = text_make(equals + 1, kept.len - name.len - 1);
	r = record_add(record, name, value);
	if (r == 0 && is_cut)
		record->cut = true;
	if (r == -E2BIG)
		s->left_out = true;
	return r == -E2BIG ? 0 : r;
}

/* Probe the fields of the current entry until one is wanted. */
static int probe_entry(struct journal_source *s, bool *ret)
{
	const bool *initials = s->probe.initials;
	struct text field;
	int r;

	sd_journal_restart_data(s->reader.journal);
	while ((r = fields_next(s->reader.journal, &field)) > 0) {
		note_field(s, field);
		if (probe_field(s, initials, field)) {
			*ret = true;
			return 0;
		}
	}
	return r;
}

/* Copy the fields of the current entry, and probe them until one is wanted. */
static int copy_entry(struct journal_source *s, const struct part_chain *chain, bool *wanted)
{
	struct text field;
	int r;

	record_clear(&s->record);
	sd_journal_restart_data(s->reader.journal);
	while ((r = fields_next(s->reader.journal, &field)) > 0) {
		note_field(s, field);
		own_note_field(&s->own, field, &s->facts);
		if (!*wanted)
			*wanted = probe_field(s, s->probe.initials, field);
		r = copy_field(s, chain, field);
		if (r < 0)
			return r;
	}
	return r;
}

/* Read the fields of the current entry. If one of them is wanted, a second pass copies them; where
 * wanted entries come one behind the other, one pass does both. */
static int read_entry(struct journal_source *s, bool *ret_wanted, bool *ret_copied)
{
	*ret_wanted = s->note = s->cut = s->left_out = false;
	*ret_copied = s->n_wanted >= COPY_AFTER && s->parts.n == 0;
	s->facts = (struct own_facts){ 0 };
	s->end = PART_WHOLE;
	if (s->probe.begin)
		s->probe.begin(s->probe.userdata);
	return *ret_copied ? copy_entry(s, NULL, ret_wanted) : probe_entry(s, ret_wanted);
}

/* The position up to which everything was pulled; -ENODATA when there is none. */
static int find_position(const struct journal_source *s, struct text *ret)
{
	if (!s->reader.position && !s->from_beginning)
		return -ENODATA;
	*ret = text_of(s->reader.position ? s->reader.position : BEGINNING);
	return 0;
}

/* Keep the end of the entry's message for the next part, or, also if the message is cut, end the
 * chain. Returns whether the end is kept. */
static bool hold_end(struct journal_source *s, const char *key, struct text message, bool is_cut)
{
	bool is_held = s->end == PART_CONTINUES && !is_cut;

	if (is_held)
		parts_hold(&s->parts, key, message, s->source.n_read);
	else
		parts_end(&s->parts, key);
	return is_held;
}

/* State in the record which part of a message it has. */
static void note_parts(struct journal_source *s, const struct part_chain *chain)
{
	struct record *record = &s->record;

	record->part_start = chain && !chain->from_start;
	record->part_lead = chain ? chain->lead_len : 0;
	record->part_end = s->end != PART_WHOLE;
	if ((chain || s->end == PART_CONTINUES) &&
		parts_print_key(fields_find, s->reader.journal, s->held_by))
		record->part_held =
			hold_end(s, s->held_by, record_message(record), s->cut || s->left_out);
}

/* The chain that the current entry continues; NULL if there is none. */
static const struct part_chain *find_chain(const struct journal_source *s)
{
	char key[PARTS_KEY_SIZE];

	return s->parts.n > 0 && parts_print_key(fields_find, s->reader.journal, key)
		       ? parts_find(&s->parts, key)
		       : NULL;
}

/* Complete the record, whose fields are copied. */
static int finish_record(struct journal_source *s, const struct part_chain *chain)
{
	struct text position;
	int r;

	/* A record is made only of an entry before which nothing is missing. */
	assert(s->reader.n_unconfirmed == 0 && s->reader.position);
	r = sd_journal_get_realtime_usec(s->reader.journal, &s->record.timestamp_usec);
	if (r < 0)
		return r;
	r = find_position(s, &position);
	if (r < 0)
		return r;
	assert(s->record.bytes.len <= JOURNAL_ENTRY_MAX + (size_t)2 * JOURNAL_VALUE_MAX);
	s->record.position = position;
	s->record.source = s->source.name;
	note_parts(s, chain);
	return 0;
}

/* The number of messages that journald's rate limit has dropped, from journald's own note. Any
 * client may write such fields, but not in journald's name. A note about our own unit counts as 0:
 * the sink itself finds the output that was dropped. */
static uint64_t count_dropped(struct journal_source *s)
{
	struct text unit;
	bool ours;
	uint64_t n;

	if (!s->note || !fields_are_drop_note(s->reader.journal, &unit))
		return 0;
	ours = s->own.unit && text_equal(unit, text_of(s->own.unit));
	if (ours || text_parse_number(
			    fields_find("N_DROPPED", s->reader.journal), 10, UINT32_MAX, &n) < 0)
		return 0;
	return n;
}

/* Count the messages of a note. Returns 0 when that is done, SOURCE_SKIPPED if the entries before
 * the note come first, or a negative errno. */
static int count_note(struct journal_source *s)
{
	uint64_t n = count_dropped(s);
	int r;

	if (n == 0)
		return 0;
	r = reader_confirm(&s->reader);
	if (r == READER_AGAIN)
		return SOURCE_SKIPPED;
	if (r == 0)
		reader_add_dropped(&s->reader, n);
	return r;
}

/* Look at an entry of which no field is wanted, and which may be a part: with the lead of its chain
 * its message may be wanted. Returns 0, SOURCE_SKIPPED if the entries before come first, or a
 * negative errno. */
static int look_at_part(struct journal_source *s, bool *ret_wanted)
{
	char key[PARTS_KEY_SIZE];
	const struct part_chain *chain;
	struct text field = text_of("MESSAGE=");
	const void *data;
	size_t len;
	int r;

	if (!parts_print_key(fields_find, s->reader.journal, key))
		return 0;
	chain = parts_find(&s->parts, key);
	if (!chain && s->end != PART_CONTINUES)
		return 0;
	r = reader_confirm(&s->reader);
	if (r != 0)
		return r == READER_AGAIN ? SOURCE_SKIPPED : r;
	if (sd_journal_get_data(s->reader.journal, "MESSAGE", &data, &len) >= 0)
		field = cut_field(text_make(data, len));
	if (chain) {
		r = join_lead(s, chain, field, &field);
		if (r < 0)
			return r;
		*ret_wanted = s->probe.wants(s->probe.userdata, field);
	}
	if (!*ret_wanted) {
		text_skip(&field, sizeof("MESSAGE=") - 1);
		(void)hold_end(s, key, field, s->cut);
	}
	return 0;
}

/* Count the current entry, which is skipped, as cut. It is confirmed first, so that it is not
 * counted again when the reader goes back. Returns SOURCE_SKIPPED or a negative errno. */
static int count_cut(struct journal_source *s)
{
	int r = reader_confirm(&s->reader);

	if (r == 0)
		s->source.n_cut++;
	return r < 0 ? r : SOURCE_SKIPPED;
}

/* Look at the current entry. Returns 0 when the record is filled, SOURCE_SKIPPED, or a negative
 * errno. */
static int look_at_entry(struct journal_source *s)
{
	const struct part_chain *chain = NULL;
	bool wanted, copied;
	int r = read_entry(s, &wanted, &copied);

	if (r == 0 && s->note)
		r = count_note(s);
	if (s->source.n_lost > s->n_lost)
		parts_give_up(&s->parts);
	s->n_lost = s->source.n_lost;
	if (s->parts.n > 0)
		parts_expire(&s->parts, s->source.n_read);
	if (r == 0 && !wanted && (s->parts.n > 0 || s->end == PART_CONTINUES))
		r = look_at_part(s, &wanted);
	s->n_wanted = wanted ? s->n_wanted + 1 : 0;
	if (r == 0 && wanted && !copied) {
		chain = find_chain(s);
		r = copy_entry(s, chain, &wanted);
	}
	if (r == 0 && (!wanted || own_is_becaused(&s->facts)))
		r = s->cut ? count_cut(s) : SOURCE_SKIPPED;
	if (r == SOURCE_SKIPPED)
		return r;
	if (r == 0) {
		r = reader_confirm(&s->reader);
		if (r == READER_AGAIN)
			return SOURCE_SKIPPED;
	}
	if (r == 0)
		r = finish_record(s, chain);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		s->source.n_damaged++;
		return SOURCE_SKIPPED;
	}
	s->source.n_cut += s->cut || s->left_out;
	return 0;
}

/* Free the memory that a large entry took. */
static int free_large_entry(struct journal_source *s)
{
	if (s->joined.size > RECORD_KEEP_MAX)
		buffer_done(&s->joined);
	if (s->record.bytes.size > RECORD_KEEP_MAX)
		record_clear(&s->record);
	if (!s->large)
		return 0;
	s->large = false;
	return reader_renew(&s->reader);
}

static void count_parts(struct journal_source *s)
{
	uint64_t n_codes;

	/* The causes of the last record were searched for meanwhile. */
	if (s->record.n_held > 0)
		parts_note_codes(&s->parts, s->held_by, s->record.n_held);
	s->record.n_held = 0;
	s->source.n_cut += parts_take_given_up(&s->parts, &n_codes);
	s->source.n_unclaimed += n_codes;
	s->source.n_held = s->parts.n;
}

static int journal_pull(struct source *source, struct source_item *ret)
{
	struct journal_source *s = journal_of(source);
	uint64_t end = io_monotonic_usec() + JOURNAL_BATCH_USEC;
	int r;

	count_parts(s);
	for (unsigned i = 0; i < JOURNAL_BATCH_MAX; i++) {
		if (i > 0 && io_monotonic_usec() >= end)
			break;
		r = free_large_entry(s);
		if (r == 0)
			r = reader_step(&s->reader);
		if (r < 0)
			return r;
		if (r == READER_END)
			return SOURCE_AGAIN;
		if (r == READER_PASSED)
			continue;
		r = look_at_entry(s);
		if (r < 0)
			return r;
		if (r == 0) {
			*ret = (struct source_item){ .record = &s->record };
			return 0;
		}
	}
	r = reader_end_batch(&s->reader);
	return r < 0 ? r : SOURCE_SKIPPED;
}

static int journal_visit_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct source_position position = { .stream = text_of("") };

	if (find_position(journal_of(source), &position.position) == 0)
		visit(&position, userdata);
	return 0;
}

static int journal_process(struct source *source)
{
	return reader_process(&journal_of(source)->reader);
}

static int journal_timeout(struct source *source, uint64_t *ret_usec)
{
	return reader_timeout(&journal_of(source)->reader, ret_usec);
}

static struct source *journal_free(struct source *source)
{
	struct journal_source *s = journal_of(source);

	reader_close(&s->reader);
	record_done(&s->record);
	buffer_done(&s->joined);
	parts_done(&s->parts);
	free(s);
	return NULL;
}

static const struct source_class journal_class = {
	.pull = journal_pull,
	.visit_positions = journal_visit_positions,
	.process = journal_process,
	.timeout = journal_timeout,
	.free = journal_free,
};

/* Without the right to read, opening works and the journal looks empty. */
static void warn_if_unreadable(const struct journal_source *s)
{
	uint64_t n_bytes = 0;

	if (sd_journal_get_usage(s->reader.journal, &n_bytes) >= 0 && n_bytes == 0)
		log_warning("source %s: there is no journal file that may be read; waiting for one",
			s->source.name);
}

static int open_reader(
	struct journal_source *s, const struct journal_options *options, struct text position)
{
	bool head = options->start == JOURNAL_START_BEGINNING;
	CLEANUP(freep) char *cursor = NULL;
	int r;

	if (text_equal(position, text_of(BEGINNING))) {
		head = true;
	} else if (position.len > 0) {
		cursor = strndup(position.data, position.len);
		if (!cursor)
			return -ENOMEM;
	}
	r = reader_open(&s->reader, &s->source, options, cursor, head);
	s->from_beginning = r == 0 && !s->reader.position;
	if (r == 0 && cursor)
		r = parts_read_history(&s->parts, options, cursor) == -ENOMEM ? -ENOMEM : 0;
	return r;
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
	s->joined = buffer_make((size_t)2 * JOURNAL_VALUE_MAX);
	s->probe = probe;
	s->own = own_make(own_unit, (unsigned)geteuid());

	r = open_reader(s, options, position);
	if (r < 0)
		return r;
	warn_if_unreadable(s);
	*ret = TAKE(source);
	return 0;
}
