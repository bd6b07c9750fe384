/* sd-journal orders entries by their sequence numbers within a series, by their boot's clock within
 * a boot, and else by the wall clock. The series may be another one, because journals in memory do
 * not survive a boot or because the machine got a new identity. If the clock was set back as well,
 * all new entries come before the position, and stepping ends forever. */
#include "config.h"

#include "source/journal/reposition.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "journal/handle.h"
#include "source/journal/boot.h"
#include "source/journal/journal-options.h"
#include "source/journal/matches.h"
#include "source/journal/sequence.h"

/* Outcome of a search besides 0, something was found. */
enum { FOUND_NOTHING = 1 };

/* The objects that a search works on; the reader owns them all. */
struct search_context {
	sd_journal *journal;
	const struct journal_options *options;
	const struct sequence *sequence;
	const char *position_text;
	struct cursor position;
};

/* Step to an entry that was not read yet. Returns 0, FOUND_NOTHING or a negative errno. */
static int find_unread(const struct search_context *c)
{
	for (unsigned i = 0; i < REPOSITION_READ_MAX; i++) {
		CLEANUP(freep) char *text = NULL;
		struct cursor cursor;
		int r = sd_journal_next(c->journal);

		if (r == 0)
			return FOUND_NOTHING;
		if (r > 0)
			r = sd_journal_get_cursor(c->journal, &text);
		if (r < 0)
			return r;
		if (cursor_parse(text_of(text), &cursor) == 0 &&
			!sequence_has(c->sequence, &cursor))
			return 0;
	}
	return FOUND_NOTHING;
}

/* Whether this boot has an entry behind the position, by the boot's own clock. If so, `target`
 * leads to the first one. */
static int find_in_boot(const struct search_context *c, char *target)
{
	char boot[SD_ID128_STRING_MAX];
	uint64_t newest, from = 0;
	sd_id128_t id;
	int n, r;

	/* Where the boot is not known, the reader can only step. */
	if (boot_find(&id) < 0)
		return FOUND_NOTHING;
	r = sd_journal_get_cutoff_monotonic_usec(c->journal, id, NULL, &newest);
	if (r == 0 || r == -ENOENT)
		return FOUND_NOTHING;
	if (r < 0)
		return r;
	(void)sd_id128_to_string(id, boot);
	if (text_equal(c->position.boot_id, text_of(boot)))
		from = c->position.monotonic_usec + 1;
	if (newest < from)
		return FOUND_NOTHING;
	/* Files without this boot are searched by the wall clock, and have no entry at
	 * UINT64_MAX. */
	n = snprintf(target, REPOSITION_TARGET_SIZE, "b=%s;m=%" PRIx64 ";t=%" PRIx64, boot, from,
		UINT64_MAX);
	/* A target that was cut would lead elsewhere. */
	assert(n > 0 && n < REPOSITION_TARGET_SIZE);
	return 0;
}

/* Whether the newest entry is unread. For a directory, whose entries may be from another
 * machine. */
static int find_newest_unread(const struct search_context *c)
{
	CLEANUP(freep) char *text = NULL;
	struct cursor newest;
	int r = handle_find_newest(c->journal, &text);

	if (r < 0)
		return r;
	if (!text || cursor_parse(text_of(text), &newest) < 0 || sequence_has(c->sequence, &newest))
		return FOUND_NOTHING;
	return 0;
}

/* Whether the journal has an entry of the position's series. */
static int find_series(const struct search_context *c, bool *ret)
{
	CLEANUP(freep) char *found = NULL;
	struct cursor cursor;
	int r;

	sd_journal_flush_matches(c->journal);
	r = handle_find_number(c->journal, c->position.seqnum_id, 0, &found);
	if (r == 0)
		r = matches_add(c->journal, c->options);
	*ret = found && cursor_parse(text_of(found), &cursor) == 0 &&
	       text_equal(cursor.seqnum_id, c->position.seqnum_id);
	return r;
}

int reposition_seek(sd_journal *journal, const char *target)
{
	return target[0] != '\0' ? sd_journal_seek_cursor(journal, target)
				 : sd_journal_seek_head(journal);
}

/* Whether an unread entry lies behind the target that stepping from the position does not reach.
 * Returns 0 if so, REPOSITION_STEP, REPOSITION_RETURN or a negative errno. */
static int search_from(const struct search_context *c, const char *target)
{
	int r = sd_journal_seek_cursor(c->journal, c->position_text);

	if (r < 0)
		return r;
	r = find_unread(c);
	if (r != FOUND_NOTHING)
		return r < 0 ? r : REPOSITION_STEP;
	r = reposition_seek(c->journal, target);
	if (r == 0)
		r = find_unread(c);
	return r == FOUND_NOTHING ? REPOSITION_RETURN : r;
}

int reposition_find(sd_journal *journal, const struct journal_options *options,
	const struct sequence *sequence, const char *position, struct reposition *ret)
{
	struct search_context c = { .journal = journal,
		.options = options,
		.sequence = sequence,
		.position_text = position };
	int r;

	*ret = (struct reposition){ 0 };
	if (!position || cursor_parse(text_of(position), &c.position) < 0)
		return REPOSITION_STAY;
	r = find_in_boot(&c, ret->target);
	if (r == FOUND_NOTHING && sequence->local)
		return REPOSITION_STAY;
	if (r == FOUND_NOTHING)
		r = find_newest_unread(&c);
	if (r == FOUND_NOTHING)
		return REPOSITION_RETURN;
	if (r == 0)
		r = find_series(&c, &ret->same_series);
	if (r < 0)
		return r;
	if (!ret->same_series)
		ret->target[0] = '\0';
	return search_from(&c, ret->target);
}
