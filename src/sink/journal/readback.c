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

static bool copy_value(struct readback *rb, const char *field, char *out, size_t size)
{
	struct text value = fields_find(field, rb->journal);

	if (value.len >= size)
		return false;
	memcpy(out, value.data, value.len);
	out[value.len] = '\0';
	return true;
}

/* Whether the current entry is an enriched one of ours; if so, the key is filled. */
static bool is_ours(struct readback *rb, struct in_flight_key *ret)
{
	if (!own_is_ours(&rb->own, fields_find, rb->journal) ||
		!copy_value(rb, "BECAUSED_SOURCE", rb->source, sizeof(rb->source)) ||
		!copy_value(rb, "BECAUSED_POSITION", rb->position, sizeof(rb->position)))
		return false;
	*ret = (struct in_flight_key){ text_of(rb->source), text_of(rb->position) };
	return true;
}

static int visit_entry(struct readback *rb, readback_fn *visit, void *userdata)
{
	struct in_flight_key key;
	uint64_t usec = 0;

	if (!is_ours(rb, &key))
		return 0;
	(void)sd_journal_get_realtime_usec(rb->journal, &usec);
	return visit(&key, usec, userdata);
}

int readback_read_new(struct readback *rb, readback_fn *visit, void *userdata)
{
	int r = 0;

	assert(rb->state == READBACK_NEWS);
	for (unsigned i = 0; i < READBACK_SLICE && r == 0; i++) {
		r = handle_step(rb->journal, sd_journal_next);
		if (r == 0)
			(void)visit_entry(rb, visit, userdata);
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

/* Visit an entry, if it is ours, that was found by walking over all entries. */
static int visit_if_ours(struct readback *rb, readback_fn *visit, void *userdata)
{
	if (text_equal(fields_find("BECAUSED_INSTANCE", rb->journal), text_of(rb->instance)))
		return visit_entry(rb, visit, userdata);
	note_suppressed(rb);
	return 0;
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
			r = visit_entry(rb, visit, userdata);
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
