/* The reader passes over no entry unnoticed. sd-journal merges its files by time. So it never
 * returns an entry that becomes visible in one file after a later one was read from another. And
 * vacuumed entries disappear without a report. Both leave a hole in the sequence numbers.
 *
 * To read every entry's number costs too much, so the reader counts entries. From one confirmed
 * entry to the next, the number must have grown by the count of entries stepped over. If it has
 * not, the reader returns to the position, which is the cursor of the last confirmed entry. From
 * there it steps anew and checks each number. The source must not have acted on any of the entries
 * stepped over. So it has an entry confirmed before it acts on it. Entries that are missing even
 * then are lost.
 *
 * An error of sd_journal_next repeats until sd_journal_process has dropped the file that caused it,
 * or until the handle is opened anew, or until the spot is passed. */
#include "config.h"

#include "source/journal/reader.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "journal/handle.h"
#include "record/message-ids.h"
#include "source/journal/journal-options.h"
#include "source/journal/matches.h"
#include "source/journal/reposition.h"

enum {
	CHECK_LANDING = 16,     /* entries checked one by one behind a seek */
	CHECK_HOLE = 16 * 1024, /* and where the numbers did not fit */
	STRAYS_MAX = 8,         /* looks that led nowhere, before an entry is accepted as it is */
	DAMAGE_DOUBLINGS = 24,  /* entries that are skipped, at most, in powers of two */
	OPEN_TRIES_MAX = 3,     /* while directories appear meanwhile */
	POLLS_MAX = 32,         /* before the handle is opened anew, to try inotify again */
};

/* --- lost entries --- */

static void report_lost(struct reader *reader)
{
	uint64_t now = io_monotonic_usec();
	uint64_t n = rate_limit_take(&reader->lost, now, READER_REPORT_USEC);
	uint64_t n_dropped = rate_limit_take(&reader->dropped, now, READER_REPORT_USEC);

	if (n > 0)
		message_log(MESSAGE_LOST, reader->source->name, LOG_WARNING,
			"source %s: lost %s%" PRIu64
			" entries%s, which were gone from the journal before they were read",
			reader->source->name, reader->filtered ? "up to " : "", n,
			reader->filtered ? " of any unit" : "");
	if (n_dropped > 0)
		message_log(MESSAGE_LOST, reader->source->name, LOG_WARNING,
			"source %s: lost %" PRIu64 " messages, which journald's rate limit dropped",
			reader->source->name, n_dropped);
}

/* The numbers in a journal's file are those of whoever wrote it: a count ends at its largest value,
 * and never goes back. */
static void add_to_count(uint64_t *count, uint64_t n)
{
	*count = n > UINT64_MAX - *count ? UINT64_MAX : *count + n;
}

void reader_add_dropped(struct reader *reader, uint64_t n)
{
	add_to_count(&reader->source->n_lost, n);
	add_to_count(&reader->dropped.n, n);
}

static void count_lost(struct reader *reader, uint64_t n)
{
	add_to_count(&reader->source->n_lost, n);
	add_to_count(&reader->lost.n, n);
}

/* --- the position --- */

static int get_cursor(struct reader *reader, char **ret, struct cursor *ret_cursor)
{
	int r = sd_journal_get_cursor(reader->journal, ret);

	return r < 0 ? r : cursor_parse(text_of(*ret), ret_cursor);
}

static void set_position(struct reader *reader, char *cursor)
{
	free(reader->position);
	reader->position = cursor;
	reader->n_unconfirmed = 0;
}

/* Entries are unconfirmed only while they are counted, and an entry that is checked confirms
 * itself. Only a filtered source reads up to an entry that others wrote. */
static void check_invariants(const struct reader *reader)
{
	assert(reader->n_unconfirmed == 0 || reader->check == READER_CHECK_COUNT);
	assert((reader->n_to_check > 0) == (reader->check == READER_CHECK_SOME));
	assert(reader->source->n_read >= reader->n_unconfirmed);
	assert(reader->source->n_lost >= reader->lost.n);
	assert(reader->filtered || !reader->newest);
}

/* Check at least the next `n` entries one by one. */
static void check_next(struct reader *reader, unsigned n)
{
	if (reader->check == READER_CHECK_ALL)
		return;
	reader->check = READER_CHECK_SOME;
	if (reader->n_to_check < n)
		reader->n_to_check = n;
}

/* Check all entries one by one: entries that were read may come again, behind new ones. */
static void check_all(struct reader *reader)
{
	reader->check = READER_CHECK_ALL;
	reader->n_to_check = 0;
}

static void count_checked(struct reader *reader)
{
	if (reader->check == READER_CHECK_SOME && --reader->n_to_check == 0)
		reader->check = READER_CHECK_COUNT;
}

/* Seek to the position again, and check at least the next `n` entries one by one. Returns 0 or a
 * negative errno. */
static int return_to_position(struct reader *reader, unsigned n)
{
	int r = reader->position ? sd_journal_seek_cursor(reader->journal, reader->position)
				 : sd_journal_seek_head(reader->journal);

	assert(reader->source->n_read >= reader->n_unconfirmed);
	reader->source->n_read -= reader->n_unconfirmed;
	reader->n_unconfirmed = 0;
	check_next(reader, n);
	return r;
}

int reader_confirm(struct reader *reader)
{
	CLEANUP(freep) char *text = NULL;
	struct cursor cursor;
	int r;

	if (reader->n_unconfirmed == 0)
		return 0;
	r = get_cursor(reader, &text, &cursor);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && (reader->filtered || sequence_continues(&reader->sequence, &cursor,
						   reader->n_unconfirmed))) {
		sequence_note(&reader->sequence, &cursor);
		set_position(reader, TAKE(text));
		return 0;
	}
	/* Entries that were passed over may be in files that libsystemd has not looked at yet. */
	(void)sd_journal_process(reader->journal);
	r = return_to_position(reader, CHECK_HOLE);
	return r < 0 ? r : READER_AGAIN;
}

/* Find out whether the series has an entry with the number before this one's. If so, this entry was
 * read already, under another number: entries that were in memory get new numbers on disk. Returns
 * 0, READER_PASSED when the entry itself is gone meanwhile, or a negative errno. */
static int find_one_before(
	struct reader *reader, const char *text, const struct cursor *entry, bool *ret)
{
	CLEANUP(freep) char *found = NULL;
	struct cursor cursor;
	int r = handle_find_number(reader->journal, entry->seqnum_id, entry->seqnum - 1, &found);

	*ret = r == 0 && found && cursor_parse(text_of(found), &cursor) == 0 &&
	       cursor.seqnum == entry->seqnum - 1;
	if (r < 0)
		return r;
	/* Return to the entry itself; it may be gone by now. */
	r = sd_journal_seek_cursor(reader->journal, text);
	for (unsigned i = 0; i < CHECK_LANDING && r >= 0; i++) {
		r = sd_journal_next(reader->journal);
		if (r > 0 && sd_journal_test_cursor(reader->journal, text) > 0)
			return 0;
	}
	reader->n_strayed++;
	r = r < 0 ? r : return_to_position(reader, CHECK_LANDING);
	return r < 0 ? r : READER_PASSED;
}

/* Returns 0, READER_PASSED when the entry is to be stepped to again, or a negative errno. */
static int count_missing(struct reader *reader, const char *text, const struct cursor *entry)
{
	uint64_t n = sequence_missing(&reader->sequence, entry);
	bool known = false;
	int r = 0;

	if (sequence_fills_hole(&reader->sequence, entry)) {
		reader->source->n_lost -= reader->source->n_lost > 0;
		reader->lost.n -= reader->lost.n > 0;
		return 0;
	}
	if (n == 0)
		return 0;
	/* An entry that no cursor leads back to, in a damaged file, is accepted as it is. */
	if (reader->n_strayed < STRAYS_MAX)
		r = find_one_before(reader, text, entry, &known);
	if (r != 0 || known)
		return r;
	sequence_open_hole(&reader->sequence, entry, n);
	count_lost(reader, n);
	return 0;
}

/* Look at the entry's number. Returns 0, READER_PASSED for one that was read before, or a negative
 * errno. */
static int check_entry(struct reader *reader)
{
	CLEANUP(freep) char *text = NULL;
	struct cursor cursor;
	int r = get_cursor(reader, &text, &cursor);

	count_checked(reader);
	if (r < 0)
		return r;
	if (sequence_has(&reader->sequence, &cursor))
		return READER_PASSED;
	if (!reader->filtered) {
		r = count_missing(reader, text, &cursor);
		if (r != 0)
			return r;
	}
	sequence_note(&reader->sequence, &cursor);
	set_position(reader, TAKE(text));
	return 0;
}

/* --- opening --- */

static int watch_fd(const struct reader *reader, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0 || epoll_ctl(reader->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ||
		errno == EEXIST)
		return 0;
	return -errno;
}

/* Log once when polling begins, and once when it is over. */
static void note_polling(struct reader *reader, bool polling)
{
	if (polling && !reader->polling)
		log_warning("source %s: the kernel has no inotify watches left for this user "
			    "(fs.inotify.max_user_watches, max_user_instances), looking every "
			    "second",
			reader->source->name);
	else if (!polling && reader->polling)
		log_notice(
			"source %s: inotify works again, no longer polling", reader->source->name);
	reader->polling = polling;
	reader->poll_usec = io_monotonic_usec() + READER_POLL_USEC;
}

/* Log once when files cannot be opened, and once when they can again. libsystemd passes over the
 * files that it cannot open. */
static void note_too_many_files(struct reader *reader, bool too_many)
{
	if (too_many && !reader->too_many_files)
		log_error("source %s: cannot open all files of the journal: too many open files "
			  "(raise LimitNOFILE=), retrying",
			reader->source->name);
	else if (!too_many && reader->too_many_files)
		log_notice(
			"source %s: can open all files of the journal again", reader->source->name);
	reader->too_many_files = too_many;
}

/* Replace the handle by a new one; the old one stays if that fails. */
static int open_once(struct reader *reader)
{
	sd_journal *journal = NULL;
	int fd, r;
	bool works;

	reader->shape = roots_look(&reader->roots, false);
	reader->content = roots_look(&reader->roots, true);
	r = matches_open(reader->options, &journal, &fd);
	note_too_many_files(reader, r == -EMFILE || r == -ENFILE);
	if (r < 0)
		return r;
	works = fd >= 0 && roots_has_watches(fd);
	works = roots_watch(&reader->roots) >= 0 && works;
	r = watch_fd(reader, fd);
	if (r == 0)
		r = watch_fd(reader, reader->roots.fd);
	if (r < 0) {
		sd_journal_close(journal);
		return r;
	}
	/* Closing the descriptor of the old handle takes it out of the epoll set. */
	sd_journal_close(reader->journal);
	reader->journal = journal;
	note_polling(reader, !works);
	return 0;
}

static int open_handle(struct reader *reader)
{
	int r = open_once(reader);

	for (int i = 1; r == 0 && i < OPEN_TRIES_MAX; i++) {
		if (roots_look(&reader->roots, false) == reader->shape)
			break;
		r = open_once(reader);
	}
	return r;
}

/* Open a new handle, and resume at the position. */
static int reopen_at_position(struct reader *reader)
{
	int r = open_handle(reader);

	return r < 0 ? r : return_to_position(reader, CHECK_LANDING);
}

static int start_at_cursor(struct reader *reader, char *text)
{
	struct cursor cursor;
	int r = cursor_parse(text_of(text), &cursor);

	if (r == 0)
		sequence_note(&reader->sequence, &cursor);
	set_position(reader, text);
	/* libsystemd must know the parts of the cursor that cursor_parse does not. */
	if (r == 0)
		r = sd_journal_seek_cursor(reader->journal, text);
	return r < 0 ? -EADDRNOTAVAIL : 0;
}

/* Start behind the newest entry, wanted or not. Returns 0 or a negative errno. */
static int start_at_end(struct reader *reader)
{
	char *newest = NULL;
	int r;

	sd_journal_flush_matches(reader->journal);
	r = handle_find_newest(reader->journal, &newest);
	if (r == 0)
		r = matches_add(reader->journal, reader->options);
	if (r < 0) {
		free(newest);
		return r;
	}
	/* In an empty journal, every entry counts as written from now on. */
	if (!newest)
		return sd_journal_seek_head(reader->journal);
	return start_at_cursor(reader, newest);
}

int reader_open(struct reader *reader, struct source *source, const struct journal_options *options,
	const char *position, bool head)
{
	char *own = NULL;
	int r;

	*reader = (struct reader){ .source = source, .options = options, .epoll_fd = -1 };
	reader->roots.fd = -1;
	reader->backoff = backoff_make();
	reader->notified = true; /* what is there already is announced by nothing */
	reader->filtered = matches_are_some(options);
	check_next(reader, CHECK_LANDING);
	sequence_init(&reader->sequence, options->directory.len == 0);
	r = roots_init(&reader->roots, options->directory, options->namespace);
	if (r < 0)
		return r;
	reader->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (reader->epoll_fd < 0)
		return -errno;
	source->fd = reader->epoll_fd;
	r = open_handle(reader);
	if (r < 0)
		return r;
	if (!position)
		return head ? sd_journal_seek_head(reader->journal) : start_at_end(reader);
	reader->invalidated = true;
	own = strdup(position);
	return own ? start_at_cursor(reader, own) : -ENOMEM;
}

void reader_close(struct reader *reader)
{
	sd_journal_close(reader->journal);
	reader->journal = NULL;
	roots_done(&reader->roots);
	reader->epoll_fd = close_fd(reader->epoll_fd);
	free(reader->position);
	free(reader->newest);
	reader->position = reader->newest = NULL;
}

/* --- errors --- */

/* Pass the spot that cannot be read: in the series of the position by larger and larger steps,
 * elsewhere from the time of the position on. */
static int pass_damage(struct reader *reader, int error)
{
	struct cursor position, landed;

	if (!reader->position || cursor_parse(text_of(reader->position), &position) < 0)
		return error;
	for (unsigned i = 0; i < DAMAGE_DOUBLINGS; i++) {
		CLEANUP(freep) char *found = NULL;
		char cursor[256];
		int r;

		(void)snprintf(cursor, sizeof(cursor),
			"s=%.*s;i=%" PRIx64 ";b=%.*s;m=%" PRIx64 ";t=%" PRIx64,
			TEXT_FORMAT(position.seqnum_id), position.seqnum + 1 + (UINT64_C(1) << i),
			TEXT_FORMAT(position.boot_id), position.monotonic_usec + 1,
			position.realtime_usec + 1);
		r = handle_find(reader->journal, cursor, &found);
		if (r < 0)
			continue;
		if (found && cursor_parse(text_of(found), &landed) == 0)
			add_to_count(&reader->source->n_damaged,
				sequence_missing(&reader->sequence, &landed));
		if (found)
			sequence_skip(&reader->sequence, &landed);
		check_next(reader, CHECK_LANDING);
		r = sd_journal_seek_cursor(reader->journal, found ? found : cursor);
		return r < 0 ? r : handle_step(reader->journal, sd_journal_next);
	}
	return error;
}

/* Returns 0 at the next entry, HANDLE_END, or a negative errno. A new handle leads to the same spot
 * again; so it is tried once for each spot. */
static int advance_handle(struct reader *reader)
{
	int r = handle_step(reader->journal, sd_journal_next), error;

	if (r >= 0 || r == -ENOMEM)
		return r;
	error = r;
	/* Between its tries handle_step processes changes, and reports none. */
	reader->invalidated = true;
	if (reader->n_errors++ % 2 == 1)
		return pass_damage(reader, error);
	r = reopen_at_position(reader);
	return r < 0 ? r : handle_step(reader->journal, sd_journal_next);
}

/* --- the end --- */

/* The position of a filtered source stays at its last entry, however much has been written since.
 * So the reader notes the newest entry of all, and reads up to there. Then the position moves to
 * it. */
static int note_newest(struct reader *reader)
{
	int r;

	sd_journal_flush_matches(reader->journal);
	r = handle_find_newest(reader->journal, &reader->newest);
	if (r == 0)
		r = matches_add(reader->journal, reader->options);
	if (r < 0)
		return r;
	r = return_to_position(reader, CHECK_LANDING);
	return r < 0 ? r : READER_PASSED;
}

static int move_position_to_newest(struct reader *reader)
{
	CLEANUP(freep) char *text = TAKE(reader->newest);
	struct cursor newest, position;

	if (cursor_parse(text_of(text), &newest) < 0)
		return 0;
	if (reader->position && cursor_parse(text_of(reader->position), &position) == 0 &&
		!cursor_is_later(&newest, &position))
		return 0;
	sequence_note(&reader->sequence, &newest);
	set_position(reader, TAKE(text));
	return return_to_position(reader, CHECK_LANDING);
}

/* Resume where the option `lost` asks to, because stepping reaches no more entries. */
static int resume_elsewhere(struct reader *reader, const struct reposition *found)
{
	const char *where = "the oldest entry";
	int r;

	assert(reader->position && reader->n_unconfirmed == 0);
	assert(found->same_series || found->target[0] == '\0');
	if (reader->options->lost == JOURNAL_LOST_END)
		where = "what is written from now on";
	else if (found->target[0] != '\0' && reader->options->lost == JOURNAL_LOST_NEAREST)
		where = "the unread entries of this boot";
	log_warning("source %s: no entry follows the saved position: %s; "
		    "resuming with %s",
		reader->source->name,
		found->same_series ? "the clock was set back, so newer entries have older times"
				   : "this is another journal, and its entries have older times",
		where);
	switch (reader->options->lost) {
	case JOURNAL_LOST_END:
		r = start_at_end(reader);
		break;
	case JOURNAL_LOST_BEGINNING:
		sequence_init(&reader->sequence, reader->sequence.local);
		r = sd_journal_seek_head(reader->journal);
		break;
	case JOURNAL_LOST_NEAREST:
	default:
		r = reposition_seek(reader->journal, found->target);
		break;
	}
	check_all(reader);
	return r < 0 ? r : READER_PASSED;
}

/* Whether the journal continues elsewhere; if so, resume there. */
static int look_elsewhere(struct reader *reader)
{
	struct reposition found;
	int r = reposition_find(
		    reader->journal, reader->options, &reader->sequence, reader->position, &found),
	    back;

	if (r < 0)
		return r;
	if (r == 0)
		return resume_elsewhere(reader, &found);
	if (r == REPOSITION_STAY)
		return READER_END;
	back = return_to_position(reader, REPOSITION_READ_MAX);
	if (back < 0)
		return back;
	return r == REPOSITION_STEP ? READER_PASSED : READER_END;
}

/* No entry came with a notification: perhaps because none can come behind the position. */
static int probe_elsewhere(struct reader *reader, uint64_t now)
{
	if (now < reader->probe_usec) {
		reader->probe_owed = true;
		return READER_END;
	}
	reader->probe_owed = false;
	reader->probe_usec = now + READER_LOOK_USEC;
	return look_elsewhere(reader);
}

/* Returns READER_END, READER_PASSED or a negative errno. */
static int act_at_end(struct reader *reader)
{
	uint64_t now = io_monotonic_usec();
	bool silent = reader->notified && !reader->stepped;
	int r = reader_confirm(reader);

	if (r < 0 || r == READER_AGAIN)
		return r < 0 ? r : READER_PASSED;
	assert(reader->n_unconfirmed == 0);
	check_invariants(reader);
	report_lost(reader);
	if (reader->newest) {
		r = move_position_to_newest(reader);
		return r < 0 ? r : READER_END;
	}
	if (reader->notified)
		reader->notified = reader->stepped = false;
	if (silent) {
		r = probe_elsewhere(reader, now);
		if (r != READER_END)
			return r;
	}
	if (reader->filtered && now >= reader->look_usec) {
		reader->look_usec = now + READER_LOOK_USEC;
		return note_newest(reader);
	}
	return READER_END;
}

static int process_end(struct reader *reader)
{
	int r = act_at_end(reader);

	if (r == READER_END) {
		backoff_note_end(&reader->backoff, reader->found, io_monotonic_usec());
		reader->found = false;
	}
	return r;
}

/* --- removed files --- */

/* The oldest entry of any unit in the position's series, from the position on; NULL if there is
 * none. */
static int find_oldest(struct reader *reader, const struct cursor *position, char **ret)
{
	int r;

	sd_journal_flush_matches(reader->journal);
	r = handle_find_number(reader->journal, position->seqnum_id, position->seqnum, ret);
	if (r == 0)
		r = matches_add(reader->journal, reader->options);
	return r < 0 ? r : return_to_position(reader, CHECK_LANDING);
}

/* Count the entries of a filtered source that are missing right behind the position, in its
 * series. */
static int count_missing_behind(struct reader *reader)
{
	struct cursor position, oldest;
	char *found = NULL;
	int r;

	if (!reader->position || cursor_parse(text_of(reader->position), &position) < 0)
		return 0;
	r = find_oldest(reader, &position, &found);
	if (r == 0 && found && cursor_parse(text_of(found), &oldest) == 0 &&
		text_equal(oldest.seqnum_id, position.seqnum_id) &&
		!sequence_has(&reader->sequence, &oldest)) {
		count_lost(reader, sequence_missing(&reader->sequence, &oldest));
		sequence_skip(&reader->sequence, &oldest);
	}
	free(found);
	return r;
}

static int check_behind_position(struct reader *reader)
{
	int r;

	reader->invalidated = false;
	if (!reader->filtered)
		return 0;
	r = reader_confirm(reader);
	return r < 0 ? r : count_missing_behind(reader);
}

/* --- stepping --- */

int reader_step(struct reader *reader)
{
	int r = reader->invalidated ? check_behind_position(reader) : 0;

	if (r == 0)
		r = advance_handle(reader);
	if (r == HANDLE_END)
		return process_end(reader);
	if (r < 0)
		return r;
	if (reader->check == READER_CHECK_COUNT)
		reader->n_unconfirmed++;
	else
		r = check_entry(reader);
	if (r != 0)
		return r;
	reader->found = reader->stepped = true;
	reader->n_errors = 0;
	reader->n_strayed = 0;
	reader->source->n_read++;
	check_invariants(reader);
	return 0;
}

/* Whether files have come or gone, where inotify does not report it. */
static bool is_changed(struct reader *reader)
{
	if (!reader->polling)
		return false;
	/* Now and then, to find out whether inotify works again. */
	if (++reader->n_polls % POLLS_MAX == 0)
		return true;
	return roots_look(&reader->roots, true) != reader->content;
}

int reader_end_batch(struct reader *reader)
{
	int r = reader_confirm(reader);

	if (r < 0 || r == READER_AGAIN)
		return r < 0 ? r : 0;
	report_lost(reader);
	/* Let libsystemd drop files that were deleted meanwhile. */
	r = sd_journal_process(reader->journal);
	if (r == SD_JOURNAL_INVALIDATE)
		reader->invalidated = true;
	return 0;
}

int reader_renew(struct reader *reader)
{
	sd_journal *journal = NULL;
	int fd, r = reader_confirm(reader);

	if (r < 0 || r == READER_AGAIN)
		return r < 0 ? r : 0;
	assert(reader->n_unconfirmed == 0);
	/* Both handles are open for a moment. If descriptors or memory do not suffice, the old one
	 * stays, and keeps its memory. */
	if (matches_open(reader->options, &journal, &fd) < 0)
		return 0;
	sd_journal_close(journal);
	return reopen_at_position(reader);
}

int reader_process(struct reader *reader)
{
	int r = sd_journal_process(reader->journal);

	/* Only a look: libsystemd has nothing to report. */
	if (r == SD_JOURNAL_NOP && backoff_take_look(&reader->backoff, io_monotonic_usec()))
		return 0;
	reader->notified = true;
	if (r == SD_JOURNAL_INVALIDATE)
		reader->invalidated = true;
	report_lost(reader);
	roots_drain(&reader->roots);
	if (io_check_descriptors() < 0)
		note_too_many_files(reader, true);
	else if (r < 0 || reader->too_many_files || is_changed(reader) ||
		 roots_look(&reader->roots, false) != reader->shape)
		r = reopen_at_position(reader);
	if (reader->too_many_files)
		r = 0;
	reader->poll_usec = io_monotonic_usec() + READER_POLL_USEC;
	return r < 0 ? r : 0;
}

int reader_timeout(struct reader *reader, uint64_t *ret_usec)
{
	uint64_t usec = UINT64_MAX;
	int r = sd_journal_get_timeout(reader->journal, &usec);

	/* Without inotify, libsystemd has no timeout to report. */
	if (r < 0)
		usec = UINT64_MAX;
	if ((reader->polling || reader->too_many_files) && reader->poll_usec < usec)
		usec = reader->poll_usec;
	if (reader->probe_owed && reader->probe_usec < usec)
		usec = reader->probe_usec;
	if (reader->backoff.look_usec < usec)
		usec = reader->backoff.look_usec;
	if (rate_limit_wake_usec(&reader->lost) < usec)
		usec = rate_limit_wake_usec(&reader->lost);
	if (rate_limit_wake_usec(&reader->dropped) < usec)
		usec = rate_limit_wake_usec(&reader->dropped);
	*ret_usec = usec;
	return 0;
}
