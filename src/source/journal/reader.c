/* The reader passes over no entry unnoticed. sd-journal merges its files by time. So it never
 * returns an entry that becomes visible in one file after a later one was read from another. And
 * vacuumed entries disappear without a report. Both leave a hole in the sequence numbers.
 *
 * To read every entry's number costs too much, so the reader counts entries. From one confirmed
 * entry, the stand, to the next, the number must have grown by the count of entries stepped over.
 * If it has not, the reader returns to the stand and steps anew, carefully, checking each number.
 * The source must not have acted on any of the entries stepped over. So it has an entry confirmed
 * before it acts on it, which makes the entry the next stand. Entries that are missing even then
 * are lost.
 *
 * An error of sd_journal_next repeats until sd_journal_process has dropped the file that caused it,
 * or until the handle is opened anew, or until the spot is passed. */
#include "config.h"

#include "source/journal/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-journal.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "journal/handle.h"
#include "record/messages.h"
#include "source/journal/journal-options.h"
#include "source/journal/matches.h"
#include "source/journal/reposition.h"

enum {
	CAREFUL_LANDING = 16,     /* entries looked at one by one behind a seek */
	CAREFUL_HOLE = 16 * 1024, /* and where the numbers did not fit */
	RETRIES_MAX = 8,          /* before the handle is opened anew */
	DAMAGE_DOUBLINGS = 24,    /* entries that are skipped, at most, in powers of two */
	OPEN_TRIES_MAX = 3,       /* while directories appear meanwhile */
	POLLS_MAX = 32,           /* before the handle is opened anew, to try inotify again */
};

/* --- lost entries --- */

static void report_lost(struct reader *r)
{
	uint64_t now = io_monotonic_usec();
	uint64_t n = quota_take(&r->lost, now, READER_REPORT_USEC);
	uint64_t n_dropped = quota_take(&r->dropped, now, READER_REPORT_USEC);

	if (n > 0)
		message_log(MESSAGE_LOST, r->source->name, LOG_WARNING,
			"source %s: lost %s%" PRIu64
			" entries%s, which were gone from the journal before they were read",
			r->source->name, r->filtered ? "up to " : "", n,
			r->filtered ? " of any unit" : "");
	if (n_dropped > 0)
		message_log(MESSAGE_LOST, r->source->name, LOG_WARNING,
			"source %s: lost %" PRIu64 " messages, which journald's rate limit dropped",
			r->source->name, n_dropped);
}

void reader_add_dropped(struct reader *r, uint64_t n)
{
	r->source->n_lost += n;
	r->dropped.n += n;
}

static void count_lost(struct reader *r, uint64_t n)
{
	r->source->n_lost += n;
	r->lost.n += n;
}

/* --- the stand --- */

static int get_cursor(struct reader *r, char **ret, struct cursor *ret_cursor)
{
	int k = sd_journal_get_cursor(r->journal, ret);

	return k < 0 ? k : cursor_parse(text_of(*ret), ret_cursor);
}

static void move_stand(struct reader *r, char *cursor)
{
	free(r->stand);
	r->stand = cursor;
	r->n_since = 0;
}

/* Seek to the stand again; the next `careful` entries are checked one by one. Returns 0 or a
 * negative errno. */
static int return_to_stand(struct reader *r, unsigned careful)
{
	int k = r->stand ? sd_journal_seek_cursor(r->journal, r->stand)
			 : sd_journal_seek_head(r->journal);

	r->source->n_read -= r->n_since;
	r->n_since = 0;
	if (r->careful < careful)
		r->careful = careful;
	return k;
}

int reader_confirm(struct reader *r)
{
	CLEANUP(freep) char *text = NULL;
	struct cursor cursor;
	int k;

	if (r->n_since == 0)
		return 0;
	k = get_cursor(r, &text, &cursor);
	if (k == -ENOMEM)
		return k;
	if (k == 0 && (r->filtered || sequence_continues(&r->sequence, &cursor, r->n_since))) {
		sequence_note(&r->sequence, &cursor);
		move_stand(r, TAKE(text));
		return 0;
	}
	/* Entries that were passed over may be in files that libsystemd has not looked at yet. */
	(void)sd_journal_process(r->journal);
	k = return_to_stand(r, CAREFUL_HOLE);
	return k < 0 ? k : READER_AGAIN;
}

/* Find out whether the series has an entry with the number before this one's. If so, this entry was
 * read already, under another number: entries that were in memory get new numbers on disk. Returns
 * 0, READER_PASSED when the entry itself is gone meanwhile, or a negative errno. */
static int find_one_before(
	struct reader *r, const char *text, const struct cursor *entry, bool *ret)
{
	CLEANUP(freep) char *found = NULL;
	struct cursor cursor;
	int k = handle_find_number(r->journal, entry->seqnum_id, entry->seqnum - 1, &found);

	*ret = k == 0 && found && cursor_parse(text_of(found), &cursor) == 0 &&
	       cursor.seqnum == entry->seqnum - 1;
	if (k < 0)
		return k;
	/* Return to the entry itself; it may be gone by now. */
	k = sd_journal_seek_cursor(r->journal, text);
	for (unsigned i = 0; i < CAREFUL_LANDING && k >= 0; i++) {
		k = sd_journal_next(r->journal);
		if (k > 0 && sd_journal_test_cursor(r->journal, text) > 0)
			return 0;
	}
	r->n_strayed++;
	k = k < 0 ? k : return_to_stand(r, CAREFUL_LANDING);
	return k < 0 ? k : READER_PASSED;
}

/* Returns 0, READER_PASSED when the entry is to be stepped to again, or a negative errno. */
static int count_missing(struct reader *r, const char *text, const struct cursor *entry)
{
	uint64_t n = sequence_missing(&r->sequence, entry);
	bool known = false;
	int k = 0;

	if (sequence_fills_hole(&r->sequence, entry)) {
		r->source->n_lost -= r->source->n_lost > 0;
		r->lost.n -= r->lost.n > 0;
		return 0;
	}
	if (n == 0)
		return 0;
	/* An entry that no cursor leads back to, in a damaged file, is accepted as it is. */
	if (r->n_strayed < RETRIES_MAX)
		k = find_one_before(r, text, entry, &known);
	if (k != 0 || known)
		return k;
	sequence_open_hole(&r->sequence, entry, n);
	count_lost(r, n);
	return 0;
}

/* Look at the entry's number. Returns 0, READER_PASSED for one that was read before, or a negative
 * errno. */
static int check_entry(struct reader *r)
{
	CLEANUP(freep) char *text = NULL;
	struct cursor cursor;
	int k = get_cursor(r, &text, &cursor);

	if (r->careful != UINT_MAX)
		r->careful--;
	if (k < 0)
		return k;
	if (sequence_has(&r->sequence, &cursor))
		return READER_PASSED;
	if (!r->filtered) {
		k = count_missing(r, text, &cursor);
		if (k != 0)
			return k;
	}
	sequence_note(&r->sequence, &cursor);
	move_stand(r, TAKE(text));
	return 0;
}

/* --- opening --- */

static int watch_fd(const struct reader *r, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0 || epoll_ctl(r->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 || errno == EEXIST)
		return 0;
	return -errno;
}

/* Log once when polling begins, and once when it is over. */
static void note_polled(struct reader *r, bool polled)
{
	if (polled && !r->polled)
		log_warning("source %s: the kernel has no inotify watches left for this user "
			    "(fs.inotify.max_user_watches, max_user_instances), looking every "
			    "second",
			r->source->name);
	else if (!polled && r->polled)
		log_notice("source %s: is told of changes again", r->source->name);
	r->polled = polled;
	r->poll_usec = io_monotonic_usec() + READER_POLL_USEC;
}

/* Log once when files cannot be opened, and once when they can again. libsystemd passes over the
 * files that it cannot open. */
static void note_starved(struct reader *r, bool starved)
{
	if (starved && !r->starved)
		log_error("source %s: the journal has more files than may be open (LimitNOFILE=)",
			r->source->name);
	else if (!starved && r->starved)
		log_notice("source %s: can open all files of the journal again", r->source->name);
	r->starved = starved;
}

/* Replace the handle by a new one; the old one stays if that fails. */
static int open_once(struct reader *r)
{
	sd_journal *journal = NULL;
	int fd, k;
	bool works;

	r->shape = roots_look(&r->roots, false);
	r->content = roots_look(&r->roots, true);
	k = matches_open(r->options, &journal, &fd);
	note_starved(r, k == -EMFILE || k == -ENFILE);
	if (k < 0)
		return k;
	works = fd >= 0 && roots_has_watches(fd);
	works = roots_watch(&r->roots) >= 0 && works;
	k = watch_fd(r, fd);
	if (k == 0)
		k = watch_fd(r, r->roots.fd);
	if (k < 0) {
		sd_journal_close(journal);
		return k;
	}
	/* Closing the descriptor of the old handle takes it out of the epoll set. */
	sd_journal_close(r->journal);
	r->journal = journal;
	note_polled(r, !works);
	return 0;
}

static int open_handle(struct reader *r)
{
	int k = open_once(r);

	for (int i = 1; k == 0 && i < OPEN_TRIES_MAX; i++) {
		if (roots_look(&r->roots, false) == r->shape)
			break;
		k = open_once(r);
	}
	return k;
}

/* Open a new handle, and resume at the stand. */
static int reopen_at_stand(struct reader *r)
{
	int k = open_handle(r);

	return k < 0 ? k : return_to_stand(r, CAREFUL_LANDING);
}

static int start_at_cursor(struct reader *r, char *text)
{
	struct cursor cursor;
	int k = cursor_parse(text_of(text), &cursor);

	if (k == 0)
		sequence_note(&r->sequence, &cursor);
	move_stand(r, text);
	/* libsystemd must know the parts of the cursor that cursor_parse does not. */
	if (k == 0)
		k = sd_journal_seek_cursor(r->journal, text);
	return k < 0 ? -EADDRNOTAVAIL : 0;
}

/* Start behind the newest entry, wanted or not. Returns 0 or a negative errno. */
static int start_at_end(struct reader *r)
{
	char *newest = NULL;
	int k;

	sd_journal_flush_matches(r->journal);
	k = handle_find_newest(r->journal, &newest);
	if (k == 0)
		k = matches_add(r->journal, r->options);
	if (k < 0) {
		free(newest);
		return k;
	}
	/* In an empty journal, every entry counts as written from now on. */
	if (!newest)
		return sd_journal_seek_head(r->journal);
	return start_at_cursor(r, newest);
}

int reader_open(struct reader *r, struct source *source, const struct journal_options *options,
	const char *position, bool head)
{
	char *stand = NULL;
	int k;

	*r = (struct reader){ .source = source, .options = options, .epoll_fd = -1 };
	r->roots.fd = -1;
	r->filtered = matches_are_some(options);
	r->careful = CAREFUL_LANDING;
	sequence_init(&r->sequence, options->directory.len == 0);
	k = roots_init(&r->roots, options->directory, options->namespace);
	if (k < 0)
		return k;
	r->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll_fd < 0)
		return -errno;
	source->fd = r->epoll_fd;
	k = open_handle(r);
	if (k < 0)
		return k;
	if (!position)
		return head ? sd_journal_seek_head(r->journal) : start_at_end(r);
	r->invalidated = true;
	stand = strdup(position);
	return stand ? start_at_cursor(r, stand) : -ENOMEM;
}

void reader_close(struct reader *r)
{
	sd_journal_close(r->journal);
	r->journal = NULL;
	roots_done(&r->roots);
	r->epoll_fd = close_fd(r->epoll_fd);
	free(r->stand);
	free(r->mark);
	r->stand = r->mark = NULL;
}

/* --- errors --- */

/* Pass the spot that cannot be read: in the series of the stand by larger and larger steps,
 * elsewhere from the time of the stand on. */
static int pass_damage(struct reader *r, int error)
{
	struct cursor stand, landed;

	if (!r->stand || cursor_parse(text_of(r->stand), &stand) < 0)
		return error;
	for (unsigned i = 0; i < DAMAGE_DOUBLINGS; i++) {
		CLEANUP(freep) char *found = NULL;
		char cursor[256];
		int k;

		(void)snprintf(cursor, sizeof(cursor),
			"s=%.*s;i=%" PRIx64 ";b=%.*s;m=%" PRIx64 ";t=%" PRIx64,
			TEXT_FORMAT(stand.seqnum_id), stand.seqnum + 1 + (UINT64_C(1) << i),
			TEXT_FORMAT(stand.boot_id), stand.monotonic_usec + 1,
			stand.realtime_usec + 1);
		k = handle_find(r->journal, cursor, &found);
		if (k < 0)
			continue;
		if (found && cursor_parse(text_of(found), &landed) == 0)
			r->source->n_damaged += sequence_missing(&r->sequence, &landed);
		if (found)
			sequence_skip(&r->sequence, &landed);
		r->careful = CAREFUL_LANDING;
		k = sd_journal_seek_cursor(r->journal, found ? found : cursor);
		return k < 0 ? k : handle_step(r->journal, sd_journal_next);
	}
	return error;
}

/* Returns 0 at the next entry, HANDLE_END, or a negative errno. A new handle leads to the same spot
 * again; so it is tried once for each spot. */
static int advance_handle(struct reader *r)
{
	int k = handle_step(r->journal, sd_journal_next), error;

	if (k >= 0 || k == -ENOMEM)
		return k;
	error = k;
	if (r->n_errors++ % 2 == 1)
		return pass_damage(r, error);
	k = reopen_at_stand(r);
	return k < 0 ? k : handle_step(r->journal, sd_journal_next);
}

/* --- the end --- */

/* The stand of a filtered source stays at its last entry, however much has been written since. So
 * the reader marks the newest entry of all. When everything before the mark has been read, the
 * stand moves there. */
static int mark_newest(struct reader *r)
{
	int k;

	sd_journal_flush_matches(r->journal);
	k = handle_find_newest(r->journal, &r->mark);
	if (k == 0)
		k = matches_add(r->journal, r->options);
	if (k < 0)
		return k;
	k = return_to_stand(r, CAREFUL_LANDING);
	return k < 0 ? k : READER_PASSED;
}

static int move_stand_to_mark(struct reader *r)
{
	CLEANUP(freep) char *mark = TAKE(r->mark);
	struct cursor newest, stand;

	if (cursor_parse(text_of(mark), &newest) < 0)
		return 0;
	if (r->stand && cursor_parse(text_of(r->stand), &stand) == 0 &&
		!cursor_is_later(&newest, &stand))
		return 0;
	sequence_note(&r->sequence, &newest);
	move_stand(r, TAKE(mark));
	return return_to_stand(r, CAREFUL_LANDING);
}

/* Resume where the option `lost` asks to, because stepping does not lead on. */
static int resume_elsewhere(struct reader *r, const struct reposition *found)
{
	const char *where = journal_lost_names[r->options->lost];
	int k;

	if (r->options->lost == JOURNAL_LOST_NEAREST)
		where = found->target[0] == '\0' ? "the oldest entry" : "what is new of this boot";
	log_warning("source %s: the journal does not lead on from where it was read to: %s; "
		    "going on with %s",
		r->source->name,
		found->same_series ? "newer entries have older times, the clock was set back"
				   : "it is another journal now, and its entries have older times",
		where);
	switch (r->options->lost) {
	case JOURNAL_LOST_END:
		k = start_at_end(r);
		break;
	case JOURNAL_LOST_BEGINNING:
		sequence_init(&r->sequence, r->sequence.local);
		k = sd_journal_seek_head(r->journal);
		break;
	case JOURNAL_LOST_NEAREST:
	default:
		k = reposition_seek(r->journal, found->target);
		break;
	}
	/* Entries that were read may come again, behind the new ones. */
	r->careful = UINT_MAX;
	return k < 0 ? k : READER_PASSED;
}

/* Whether the journal continues elsewhere; if so, resume there. */
static int look_elsewhere(struct reader *r)
{
	struct reposition found;
	int k = reposition_find(r->journal, r->options, &r->sequence, r->stand, &found), back;

	if (k < 0)
		return k;
	if (k == 0)
		return resume_elsewhere(r, &found);
	if (k == REPOSITION_STAY)
		return READER_END;
	back = return_to_stand(r, REPOSITION_READ_MAX);
	if (back < 0)
		return back;
	return k == REPOSITION_STEP ? READER_PASSED : READER_END;
}

/* No entry came after a wake-up: perhaps because none can come behind the stand. */
static int probe_elsewhere(struct reader *r, uint64_t now)
{
	if (now < r->probe_usec) {
		r->probe_owed = true;
		return READER_END;
	}
	r->probe_owed = false;
	r->probe_usec = now + READER_LOOK_USEC;
	return look_elsewhere(r);
}

static int process_end(struct reader *r)
{
	uint64_t now = io_monotonic_usec();
	bool worked;
	int k = reader_confirm(r);

	if (k < 0 || k == READER_AGAIN)
		return k < 0 ? k : READER_PASSED;
	report_lost(r);
	if (r->mark) {
		k = move_stand_to_mark(r);
		return k < 0 ? k : READER_END;
	}
	worked = r->worked;
	r->worked = false;
	if (!worked) {
		k = probe_elsewhere(r, now);
		if (k != READER_END)
			return k;
	}
	if (r->filtered && now >= r->look_usec) {
		r->look_usec = now + READER_LOOK_USEC;
		return mark_newest(r);
	}
	return READER_END;
}

/* --- removed files --- */

/* The oldest entry of the stand's series, from the stand on, of any unit; NULL if there is none. */
static int find_oldest(struct reader *r, const struct cursor *stand, char **ret)
{
	int k;

	sd_journal_flush_matches(r->journal);
	k = handle_find_number(r->journal, stand->seqnum_id, stand->seqnum, ret);
	if (k == 0)
		k = matches_add(r->journal, r->options);
	return k < 0 ? k : return_to_stand(r, CAREFUL_LANDING);
}

/* Count the entries of a filtered source that are missing right behind the stand in its series. */
static int count_missing_behind(struct reader *r)
{
	struct cursor stand, oldest;
	char *found = NULL;
	int k;

	if (!r->stand || cursor_parse(text_of(r->stand), &stand) < 0)
		return 0;
	k = find_oldest(r, &stand, &found);
	if (k == 0 && found && cursor_parse(text_of(found), &oldest) == 0 &&
		text_equal(oldest.seqnum_id, stand.seqnum_id) &&
		!sequence_has(&r->sequence, &oldest)) {
		count_lost(r, sequence_missing(&r->sequence, &oldest));
		sequence_skip(&r->sequence, &oldest);
	}
	free(found);
	return k;
}

static int check_behind_stand(struct reader *r)
{
	int k;

	r->invalidated = false;
	if (!r->filtered)
		return 0;
	k = reader_confirm(r);
	return k < 0 ? k : count_missing_behind(r);
}

/* --- stepping --- */

int reader_step(struct reader *r)
{
	int k = r->invalidated ? check_behind_stand(r) : 0;

	if (k == 0)
		k = advance_handle(r);
	if (k == HANDLE_END)
		return process_end(r);
	if (k < 0)
		return k;
	if (r->careful > 0)
		k = check_entry(r);
	else
		r->n_since++;
	if (k != 0)
		return k;
	r->worked = true;
	r->n_errors = 0;
	r->n_strayed = 0;
	r->source->n_read++;
	return 0;
}

/* Whether files have come or gone, where inotify does not report it. */
static bool is_changed(struct reader *r)
{
	if (!r->polled)
		return false;
	/* Now and then, to find out whether inotify works again. */
	if (++r->n_polls % POLLS_MAX == 0)
		return true;
	return roots_look(&r->roots, true) != r->content;
}

int reader_note_progress(struct reader *r)
{
	int k = reader_confirm(r);

	if (k < 0 || k == READER_AGAIN)
		return k < 0 ? k : 0;
	report_lost(r);
	/* Let libsystemd drop files that were deleted meanwhile. */
	k = sd_journal_process(r->journal);
	if (k == SD_JOURNAL_INVALIDATE)
		r->invalidated = true;
	return 0;
}

int reader_renew(struct reader *r)
{
	sd_journal *journal = NULL;
	int fd, k = reader_confirm(r);

	if (k < 0 || k == READER_AGAIN)
		return k < 0 ? k : 0;
	/* Both handles are open for a moment. If descriptors or memory do not suffice, the old one
	 * stays, and keeps its memory. */
	if (matches_open(r->options, &journal, &fd) < 0)
		return 0;
	sd_journal_close(journal);
	return reopen_at_stand(r);
}

int reader_process(struct reader *r)
{
	int k = sd_journal_process(r->journal);

	if (k == SD_JOURNAL_INVALIDATE)
		r->invalidated = true;
	report_lost(r);
	roots_drain(&r->roots);
	if (io_check_descriptors() < 0)
		note_starved(r, true);
	else if (k < 0 || r->starved || is_changed(r) || roots_look(&r->roots, false) != r->shape)
		k = reopen_at_stand(r);
	if (r->starved)
		k = 0;
	r->poll_usec = io_monotonic_usec() + READER_POLL_USEC;
	return k < 0 ? k : 0;
}

int reader_timeout(struct reader *r, uint64_t *ret_usec)
{
	uint64_t usec = UINT64_MAX;
	int k = sd_journal_get_timeout(r->journal, &usec);

	/* Without inotify, libsystemd has no timeout to report. */
	if (k < 0)
		usec = UINT64_MAX;
	if ((r->polled || r->starved) && r->poll_usec < usec)
		usec = r->poll_usec;
	if (r->probe_owed && r->probe_usec < usec)
		usec = r->probe_usec;
	if (quota_wake_usec(&r->lost) < usec)
		usec = quota_wake_usec(&r->lost);
	if (quota_wake_usec(&r->dropped) < usec)
		usec = quota_wake_usec(&r->dropped);
	*ret_usec = usec;
	return 0;
}
