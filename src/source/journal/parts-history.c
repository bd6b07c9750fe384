/* A handle of its own goes back some entries, and reads them as the source did. So a part is joined
 * with the one before, whether becaused was restarted between them or not. */
#include "config.h"

#include "source/journal/parts-history.h"

#include <assert.h>
#include <errno.h>
#include <systemd/sd-journal.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "journal/fields.h"
#include "journal/handle.h"
#include "source/journal/journal-options.h"
#include "source/journal/matches.h"
#include "source/journal/parts.h"

static int look_at_entry(struct parts *parts, sd_journal *journal, struct buffer *joined)
{
	bool continues = part_end_look_up(fields_find, journal) == PART_CONTINUES;
	const struct part_chain *chain;
	char key[PARTS_KEY_SIZE];
	struct text message;

	if ((!continues && parts->n == 0) || !parts_print_key(fields_find, journal, key))
		return 0;
	message = fields_find("MESSAGE", journal);
	if (!continues || message.len > JOURNAL_VALUE_MAX) {
		parts_end(parts, key);
		return 0;
	}
	chain = parts_find(parts, key);
	buffer_clear(joined);
	if (chain)
		buffer_add(joined, chain->lead, chain->lead_len);
	buffer_add_text(joined, message);
	if (buffer_finish(joined) < 0)
		return -ENOMEM;
	parts_hold(parts, key, buffer_text(joined), 0);
	return 0;
}

int parts_read_history(
	struct parts *parts, const struct journal_options *options, const char *cursor)
{
	CLEANUP(buffer_done)
	struct buffer joined = buffer_make(JOURNAL_VALUE_MAX + PARTS_LEAD_MAX);
	CLEANUP(sd_journal_closep) sd_journal *journal = NULL;
	uint64_t n_codes;
	int n, fd, r = matches_open(options, &journal, &fd);

	assert(parts->n == 0);
	if (r == 0)
		r = sd_journal_seek_cursor(journal, cursor);
	if (r < 0)
		return r;
	/* The first step back leads to the entry of the cursor itself. */
	n = sd_journal_previous_skip(journal, PARTS_HISTORY_MAX);
	for (r = n; n > 0 && r >= 0; n--) {
		r = look_at_entry(parts, journal, &joined);
		if (r == 0 && n > 1)
			r = handle_step(journal, sd_journal_next);
		if (r == HANDLE_END)
			break;
	}
	/* What gave way was counted by the earlier run. */
	(void)parts_take_given_up(parts, &n_codes);
	return r < 0 ? r : 0;
}
