/* Facts of sd-journal that shape this file. An error of sd_journal_next repeats until
 * sd_journal_process has dropped the file that caused it. libsystemd seeks in each file by the
 * first part of the cursor that the file can follow. That is the sequence number in files of its
 * series, the monotonic time in files that know the boot, else the wall clock. A part that lies
 * behind all entries of a file, such as a wall clock of UINT64_MAX, leaves that file out. */
#include "config.h"

#include "journal/handle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/io.h"

enum { RETRIES_MAX = 8 };

static int open_files(struct text namespace, struct text directory, sd_journal **ret)
{
	if (directory.len > 0)
		return sd_journal_open_directory(ret, directory.data, 0);
	return sd_journal_open_namespace(
		ret, namespace.len > 0 ? namespace.data : NULL, SD_JOURNAL_LOCAL_ONLY);
}

int handle_open(struct text namespace, struct text directory, sd_journal **ret, int *ret_fd)
{
	sd_journal *journal = NULL;
	int fd, r = open_files(namespace, directory, &journal);

	if (r < 0)
		return r;
	/* At once, so that files made from now on are noticed. */
	fd = sd_journal_get_fd(journal);
	/* libsystemd passes over the files that it cannot open, and does not report it. */
	r = io_check_descriptors();
	if (r < 0) {
		sd_journal_close(journal);
		return r;
	}
	*ret = journal;
	*ret_fd = fd;
	return 0;
}

int handle_step(sd_journal *journal, int (*move)(sd_journal *journal))
{
	int r = -EBADMSG;

	for (unsigned i = 0; i < RETRIES_MAX && r < 0 && r != -ENOMEM; i++) {
		r = move(journal);
		if (r < 0)
			(void)sd_journal_process(journal);
	}
	if (r < 0)
		return r;
	return r > 0 ? 0 : HANDLE_END;
}

int handle_add_match(sd_journal *journal, const char *field, struct text value, const char *suffix)
{
	CLEANUP(freep) char *match = NULL;
	int n = asprintf(&match, "%s=%.*s%s", field, TEXT_FORMAT(value), suffix);

	if (n < 0) {
		match = NULL;
		return -ENOMEM;
	}
	return sd_journal_add_match(journal, match, (size_t)n);
}

/* The cursor of the entry that a step has reached; `r` is the result of the step. */
static int get_cursor(sd_journal *journal, int r, char **ret)
{
	*ret = NULL;
	if (r != 0)
		return r == HANDLE_END ? 0 : r;
	r = sd_journal_get_cursor(journal, ret);
	if (r < 0)
		*ret = NULL;
	return r < 0 ? r : 0;
}

int handle_find_newest(sd_journal *journal, char **ret)
{
	int r = sd_journal_seek_tail(journal);

	*ret = NULL;
	return r < 0 ? r : get_cursor(journal, handle_step(journal, sd_journal_previous), ret);
}

int handle_find(sd_journal *journal, const char *cursor, char **ret)
{
	int r = sd_journal_seek_cursor(journal, cursor);

	*ret = NULL;
	return r < 0 ? r : get_cursor(journal, handle_step(journal, sd_journal_next), ret);
}

int handle_find_number(sd_journal *journal, struct text seqnum_id, uint64_t number, char **ret)
{
	char cursor[128];

	(void)snprintf(cursor, sizeof(cursor), "s=%.*s;i=%" PRIx64 ";t=%" PRIx64,
		TEXT_FORMAT(seqnum_id), number, UINT64_MAX);
	return handle_find(journal, cursor, ret);
}
