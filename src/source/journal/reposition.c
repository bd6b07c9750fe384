/* The order of entries is that of their sequence numbers within a series and of their boot's clock
 * within a boot; beyond that it is that of the wall clock. So when the clock was set back and the
 * series is another, because journals in memory do not survive a boot or because the machine got a
 * new identity, all that is new comes before the stand, and stepping ends for ever. */
#include "config.h"

#include "source/journal/reposition.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "source/journal/boot.h"
#include "source/journal/handle.h"
#include "source/journal/journal-source.h"
#include "source/journal/reader.h"

enum {
	READ_MAX = 64, /* entries that were read before, in front of a new one */
	TARGET_SIZE = 128,
};

/* Outcomes of the looks, besides 0: there is something. */
enum {
	FOUND_NOTHING = 1,
	FOUND_BEHIND, /* what a step finds: no reason to go elsewhere */
};

/* Step to an entry that was not read yet. Returns 0, FOUND_NOTHING or a negative errno. */
static int find_unread(struct reader *r)
{
	for (unsigned i = 0; i < READ_MAX; i++) {
		CLEANUP(freep) char *text = NULL;
		struct cursor cursor;
		int k = sd_journal_next(r->journal);

		if (k == 0)
			return FOUND_NOTHING;
		if (k > 0)
			k = sd_journal_get_cursor(r->journal, &text);
		if (k < 0)
			return k;
		if (cursor_parse(text_of(text), &cursor) == 0 &&
			!sequence_has(&r->sequence, &cursor))
			return 0;
	}
	return FOUND_NOTHING;
}

/* Whether this boot has an entry behind the stand, in its own time; if so, from when on. */
static int look_at_boot(struct reader *r, const struct cursor *stand, char *target)
{
	char boot[SD_ID128_STRING_MAX];
	uint64_t newest, from = 0;
	sd_id128_t id;
	int k;

	/* Where nobody tells which boot this is, a step must do. */
	if (boot_find(&id) < 0)
		return FOUND_NOTHING;
	k = sd_journal_get_cutoff_monotonic_usec(r->journal, id, NULL, &newest);
	if (k == 0 || k == -ENOENT)
		return FOUND_NOTHING;
	if (k < 0)
		return k;
	(void)sd_id128_to_string(id, boot);
	if (text_equal(stand->boot_id, text_of(boot)))
		from = stand->monotonic_usec + 1;
	if (newest < from)
		return FOUND_NOTHING;
	/* Files without this boot have nothing at the end of all times. */
	(void)snprintf(
		target, TARGET_SIZE, "b=%s;m=%" PRIx64 ";t=%" PRIx64, boot, from, UINT64_MAX);
	return 0;
}

/* Of a directory, whose entries may be another machine's: whether the newest was read. */
static int look_at_newest(struct reader *r)
{
	CLEANUP(freep) char *text = NULL;
	struct cursor newest;
	int k = handle_find_newest(r->journal, &text);

	if (k < 0)
		return k;
	if (!text || cursor_parse(text_of(text), &newest) < 0 ||
		sequence_has(&r->sequence, &newest))
		return FOUND_NOTHING;
	return 0;
}

/* Whether the stand's series is still there, in whatever entry. */
static int has_series(struct reader *r, const struct cursor *stand, bool *ret)
{
	CLEANUP(freep) char *found = NULL;
	struct cursor cursor;
	int k;

	sd_journal_flush_matches(r->journal);
	k = handle_find_number(r->journal, stand->seqnum_id, 0, &found);
	if (k == 0)
		k = handle_match(r->journal, r->options);
	*ret = found && cursor_parse(text_of(found), &cursor) == 0 &&
	       text_equal(cursor.seqnum_id, stand->seqnum_id);
	return k;
}

static int seek_target(struct reader *r, const char *target)
{
	return target[0] != '\0' ? sd_journal_seek_cursor(r->journal, target)
				 : sd_journal_seek_head(r->journal);
}

/* Go where the option says. `target` is the nearest, the empty text the beginning. */
static int go(struct reader *r, const char *target)
{
	int k;

	switch (r->options->lost) {
	case JOURNAL_LOST_END:
		k = reader_start_at_end(r);
		break;
	case JOURNAL_LOST_BEGINNING:
		sequence_init(&r->sequence, r->sequence.local);
		k = sd_journal_seek_head(r->journal);
		break;
	case JOURNAL_LOST_NEAREST:
	default:
		k = seek_target(r, target);
		break;
	}
	/* Entries that were read may come again, behind the new ones. */
	r->careful = UINT_MAX;
	return k < 0 ? k : READER_PASSED;
}

static void say(const struct reader *r, bool has_series, const char *target)
{
	const char *where = journal_lost_names[r->options->lost];

	if (r->options->lost == JOURNAL_LOST_NEAREST)
		where = target[0] == '\0' ? "the oldest entry" : "what is new of this boot";
	log_warning("source %s: the journal does not lead on from where it was read to: %s; "
		    "going on with %s",
		r->source->name,
		has_series ? "newer entries have older times, the clock was set back"
			   : "it is another journal now, and its entries have older times",
		where);
}

/* Whether there is unread to be read from the target on, which a fresh look from the stand does not
 * find. */
static int is_stalled(struct reader *r, const char *target)
{
	int k = sd_journal_seek_cursor(r->journal, r->stand);

	if (k < 0)
		return k;
	k = find_unread(r);
	if (k != FOUND_NOTHING)
		return k < 0 ? k : FOUND_BEHIND;
	k = seek_target(r, target);
	return k < 0 ? k : find_unread(r);
}

static int leave(struct reader *r, const struct cursor *stand, char *target)
{
	bool known;
	int k = has_series(r, stand, &known);

	if (k < 0)
		return k;
	if (!known)
		target[0] = '\0';
	k = is_stalled(r, target);
	if (k < 0)
		return k;
	if (k != 0) {
		int back = reader_go_back(r, READ_MAX);

		if (back < 0)
			return back;
		return k == FOUND_NOTHING ? READER_END : READER_PASSED;
	}
	say(r, known, target);
	return go(r, target);
}

int reposition(struct reader *r)
{
	char target[TARGET_SIZE] = "";
	struct cursor stand;
	int k;

	if (!r->stand || cursor_parse(text_of(r->stand), &stand) < 0)
		return READER_END;
	k = look_at_boot(r, &stand, target);
	if (k == FOUND_NOTHING && r->sequence.local)
		return READER_END;
	if (k == FOUND_NOTHING)
		k = look_at_newest(r);
	if (k < 0)
		return k;
	if (k == FOUND_NOTHING) {
		k = reader_go_back(r, READ_MAX);
		return k < 0 ? k : READER_END;
	}
	return leave(r, &stand, target);
}
