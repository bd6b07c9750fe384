/* Facts of sd-journal that shape this file. A match uses an index for each file and value. journald
 * adds an entry to the index only after it has written the entry, so a match may not find an entry
 * that is in the journal. An error of sd_journal_next repeats until sd_journal_process has dropped
 * the file that caused it. Data are valid only until the next call. */
#include "config.h"

#include "sink/journal/readback.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "journal/fields.h"
#include "journal/handle.h"
#include "record/record.h"

/* At the end of every call that changes the state. */
static void check_invariants(const struct readback *rb)
{
	assert((rb->journal != NULL) == (rb->state != READBACK_CLOSED));
	assert(rb->fd < 0 || rb->journal);
	assert(!rb->until || rb->state == READBACK_SCAN);
}

/* Match only entries of our instance; of one source, where `source` names one. */
static int match_own(struct readback *rb, struct text source)
{
	int r;

	sd_journal_flush_matches(rb->journal);
	r = handle_add_match(rb->journal, "BECAUSED_INSTANCE", text_of(rb->instance), "");
	if (r == 0 && source.len > 0)
		r = handle_add_match(rb->journal, "BECAUSED_SOURCE", source, "");
	return r;
}

/* The cursor of the entry that was read last; NULL where nothing has been read. */
static int get_cursor(struct readback *rb, char **ret)
{
	int r = sd_journal_get_cursor(rb->journal, ret);

	if (r < 0)
		*ret = NULL;
	return r == -EADDRNOTAVAIL ? 0 : r;
}

static int find_tail(struct readback *rb, char **ret)
{
	sd_journal_flush_matches(rb->journal);
	return handle_find_newest(rb->journal, ret);
}

/* Resume with our entries behind `cursor`, which is kept; NULL = where reading resumed last.
 * Without any cursor yet, the journal had no entry at all. */
static int resume_behind(struct readback *rb, char *cursor)
{
	int r = match_own(rb, text_of(""));

	rb->state = READBACK_NEWS;
	if (cursor) {
		free(rb->behind);
		rb->behind = cursor;
	}
	if (r < 0)
		return r;
	return rb->behind ? sd_journal_seek_cursor(rb->journal, rb->behind)
			  : sd_journal_seek_head(rb->journal);
}

static void end_scan(struct readback *rb)
{
	free(rb->until);
	rb->until = NULL;
}

void readback_close(struct readback *rb)
{
	end_scan(rb);
	sd_journal_close(rb->journal);
	rb->journal = NULL;
	rb->fd = -1;
	rb->state = READBACK_CLOSED;
	check_invariants(rb);
}

void readback_done(struct readback *rb)
{
	readback_close(rb);
	free(rb->behind);
	rb->behind = NULL;
}

void readback_look_for(
	struct readback *rb, const char *unit, const char *instance, struct text namespace)
{
	rb->own = own_make(unit, (unsigned)geteuid());
	rb->instance = instance;
	rb->namespace = namespace;
}

int readback_open(struct readback *rb)
{
	CLEANUP(freep) char *tail = NULL;
	int fd, r;

	readback_close(rb);
	r = handle_open(rb->namespace, text_of(""), &rb->journal, &fd);
	if (r < 0) {
		rb->journal = NULL;
		return r;
	}
	rb->fd = fd >= 0 ? fd : -1;
	rb->state = READBACK_NEWS;
	rb->is_large = false;
	/* Entries from before are no news. */
	if (!rb->behind)
		r = find_tail(rb, &tail);
	if (r == 0)
		r = resume_behind(rb, TAKE(tail));
	if (r < 0)
		readback_close(rb);
	check_invariants(rb);
	return r;
}

int readback_renew(struct readback *rb)
{
	char *here = NULL;
	int r;

	assert(rb->state == READBACK_NEWS);
	r = get_cursor(rb, &here);
	if (r < 0)
		return r;
	if (here) {
		free(rb->behind);
		rb->behind = here;
	}
	return readback_open(rb);
}

bool readback_can_read(struct readback *rb)
{
	return sd_journal_has_persistent_files(rb->journal) > 0 ||
	       sd_journal_has_runtime_files(rb->journal) > 0;
}

void readback_process(struct readback *rb)
{
	if (rb->journal)
		(void)sd_journal_process(rb->journal);
}

/* What the fields of an entry show. */
struct entry_facts {
	struct own_facts own;
	bool is_of_instance; /* ours, by its own word */
	bool has_long_key;   /* none of ours is so long */
	bool is_note;        /* of what was dropped, by its own word */
};

/* Skip the name and its equals sign. Returns whether the field has this name. */
static bool take_name(struct text *field, const char *name)
{
	struct text prefix = text_of(name);

	if (!text_starts(*field, prefix))
		return false;
	text_skip(field, prefix.len);
	return true;
}

/* Returns false where the value is too long. */
static bool copy_value(struct text value, char *out, size_t size)
{
	if (value.len >= size)
		return false;
	memcpy(out, value.data, value.len);
	out[value.len] = '\0';
	return true;
}

static void note_field(struct readback *rb, struct text field, struct entry_facts *facts)
{
	own_note_field(&rb->own, field, &facts->own);
	if (take_name(&field, "BECAUSED_INSTANCE="))
		facts->is_of_instance = text_equal(field, text_of(rb->instance));
	else if (take_name(&field, "BECAUSED_SOURCE="))
		facts->has_long_key |= !copy_value(field, rb->source, sizeof(rb->source));
	else if (take_name(&field, "BECAUSED_POSITION="))
		facts->has_long_key |= !copy_value(field, rb->position, sizeof(rb->position));
	else
		facts->is_note |= text_starts(field, text_of(FIELDS_N_DROPPED));
}

/* Look at the fields of the current entry, all in one pass. */
static struct entry_facts look_at_entry(struct readback *rb)
{
	struct entry_facts facts = { 0 };
	struct text field;

	rb->source[0] = rb->position[0] = '\0';
	sd_journal_restart_data(rb->journal);
	while (fields_next(rb->journal, &field) > 0) {
		rb->is_large |= field.len > RECORD_KEEP_MAX;
		note_field(rb, field, &facts);
	}
	return facts;
}

/* Visit an entry if it is an enriched one of ours. */
static int visit_entry(
	struct readback *rb, const struct entry_facts *facts, readback_fn *visit, void *userdata)
{
	struct in_flight_key key = { text_of(rb->source), text_of(rb->position) };
	uint64_t usec = 0;

	if (!facts->is_of_instance || facts->has_long_key || !own_is_ours(&rb->own, &facts->own))
		return 0;
	(void)sd_journal_get_realtime_usec(rb->journal, &usec);
	return visit(&key, usec, userdata);
}

/* Visit the entry that a match has found. */
static int visit_matched(struct readback *rb, readback_fn *visit, void *userdata)
{
	const struct entry_facts facts = look_at_entry(rb);

	return visit_entry(rb, &facts, visit, userdata);
}

int readback_read_new(struct readback *rb, readback_fn *visit, void *userdata)
{
	int r = 0;

	assert(rb->state == READBACK_NEWS);
	for (unsigned i = 0; i < READBACK_SLICE && r == 0; i++) {
		r = handle_step(rb->journal, sd_journal_next);
		if (r == 0)
			(void)visit_matched(rb, visit, userdata);
	}
	return r < 0 ? r : 0;
}

static void note_suppressed(struct readback *rb)
{
	struct text unit;
	uint64_t usec;

	if (rb->own.unit && fields_are_drop_note(rb->journal, &unit) &&
		text_equal(unit, text_of(rb->own.unit)) &&
		sd_journal_get_realtime_usec(rb->journal, &usec) >= 0 && usec > rb->suppressed_usec)
		rb->suppressed_usec = usec;
}

/* Visit the entry, if it is ours, that was found by walking over all entries. */
static int visit_if_ours(struct readback *rb, readback_fn *visit, void *userdata)
{
	const struct entry_facts facts = look_at_entry(rb);

	if (facts.is_note)
		note_suppressed(rb);
	return visit_entry(rb, &facts, visit, userdata);
}

/* Walk back over the newest entries, ours or not. Returns 0, READBACK_ENOUGH, or a negative errno.
 */
static int walk_back(struct readback *rb, readback_fn *visit, void *userdata)
{
	int r = 0;

	for (size_t i = 0; i < READBACK_LINEAR_MAX && r == 0; i++) {
		r = handle_step(rb->journal, sd_journal_previous);
		if (r != 0)
			return r == HANDLE_END ? 0 : r;
		r = visit_if_ours(rb, visit, userdata);
	}
	return r;
}

/* The newest by walking, then the others by the index. Returns 0, READBACK_ENOUGH, or a negative
 * errno. */
static int recall_all(struct readback *rb, const char *tail, readback_fn *visit, void *userdata)
{
	CLEANUP(freep) char *walked = NULL;
	int r = sd_journal_seek_cursor(rb->journal, tail);

	if (r == 0)
		r = walk_back(rb, visit, userdata);
	if (r == 0)
		r = get_cursor(rb, &walked);
	if (r != 0 || !walked)
		return r;
	r = match_own(rb, text_of(""));
	if (r == 0)
		r = sd_journal_seek_cursor(rb->journal, walked);
	return r;
}

static int recall_source(struct readback *rb, struct text source, const char *tail)
{
	int r = match_own(rb, source);

	return r < 0 ? r : sd_journal_seek_cursor(rb->journal, tail);
}

int readback_recall(struct readback *rb, struct text source, readback_fn *visit, void *userdata)
{
	CLEANUP(freep) char *tail = NULL;
	int r;

	assert(rb->state == READBACK_NEWS);
	(void)sd_journal_process(rb->journal);
	r = find_tail(rb, &tail);
	if (r < 0)
		return r;
	if (!tail)
		return resume_behind(rb, NULL);
	r = source.len > 0 ? recall_source(rb, source, tail)
			   : recall_all(rb, tail, visit, userdata);
	while (r == 0) {
		r = handle_step(rb->journal, sd_journal_previous);
		if (r == 0)
			r = visit_matched(rb, visit, userdata);
	}
	if (r < 0)
		return r;
	return resume_behind(rb, TAKE(tail));
}

int readback_scan_begin(struct readback *rb, uint64_t usec)
{
	int r;

	assert(rb->state != READBACK_CLOSED);
	end_scan(rb);
	rb->state = READBACK_SCAN;
	rb->n_scanned = 0;
	(void)sd_journal_process(rb->journal);
	r = find_tail(rb, &rb->until);
	if (r == 0 && rb->until)
		r = sd_journal_get_realtime_usec(rb->journal, &rb->until_usec);
	if (r >= 0)
		r = sd_journal_seek_realtime_usec(rb->journal, usec);
	check_invariants(rb);
	return r < 0 ? r : 0;
}

/* Whether this entry was the newest when the scan began; another clock may have put later ones
 * before it. */
static bool is_last(struct readback *rb)
{
	uint64_t usec;

	return rb->until && sd_journal_get_realtime_usec(rb->journal, &usec) >= 0 &&
	       usec == rb->until_usec && sd_journal_test_cursor(rb->journal, rb->until) > 0;
}

/* Returns READBACK_MORE, 0 behind the last entry, or a negative errno. */
static int scan_slice(struct readback *rb, readback_fn *visit, void *userdata)
{
	(void)sd_journal_process(rb->journal);
	for (unsigned i = 0; i < READBACK_SLICE; i++) {
		int r = handle_step(rb->journal, sd_journal_next);

		if (r != 0)
			return r == HANDLE_END ? 0 : r;
		rb->n_scanned++;
		(void)visit_if_ours(rb, visit, userdata);
		if (is_last(rb))
			return 0;
	}
	return READBACK_MORE;
}

/* All is scanned: resume behind the current entry. */
static int finish_scan(struct readback *rb)
{
	CLEANUP(freep) char *here = NULL;
	int r = get_cursor(rb, &here);

	if (r < 0)
		return r;
	end_scan(rb);
	return resume_behind(rb, TAKE(here));
}

int readback_scan(struct readback *rb, readback_fn *visit, void *userdata)
{
	int r;

	assert(rb->state == READBACK_SCAN);
	r = scan_slice(rb, visit, userdata);
	if (r == 0)
		r = finish_scan(rb);
	check_invariants(rb);
	return r;
}
