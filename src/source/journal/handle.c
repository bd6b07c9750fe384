/* Of a cursor, libsystemd takes for each file the first part that the file can follow: the sequence
 * number in files of its series, the monotonic time in files that know the boot, else the wall
 * clock. A part that leads nowhere, such as a wall clock at the end of all times, leaves a file
 * out. */
#include "config.h"

#include "source/journal/handle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "record/record.h"
#include "source/journal/journal-options.h"
#include "wire/native.h"

static int open_files(const struct journal_options *options, sd_journal **ret)
{
	if (options->directory.len > 0)
		return sd_journal_open_directory(ret, options->directory.data, 0);
	return sd_journal_open_namespace(ret,
		options->namespace.len > 0 ? options->namespace.data : NULL, SD_JOURNAL_LOCAL_ONLY);
}

int handle_open(const struct journal_options *options, sd_journal **ret, int *ret_fd)
{
	sd_journal *journal = NULL;
	int fd, r = open_files(options, &journal);

	if (r < 0)
		return r;
	/* At once: what is made from now on is seen. */
	fd = sd_journal_get_fd(journal);
	/* libsystemd passes over the files that it cannot open, and does not say so. */
	r = io_check_descriptors();
	/* The longest message that is read, with its name, and one byte more to notice a longer
	 * one. */
	if (r == 0)
		r = sd_journal_set_data_threshold(journal, sizeof("MESSAGE=") + JOURNAL_VALUE_MAX);
	if (r == 0)
		r = handle_match(journal, options);
	if (r < 0) {
		sd_journal_close(journal);
		return r;
	}
	*ret = journal;
	*ret_fd = fd;
	return 0;
}

/* --- matches --- */

/* Whether the name says its type; `platform-1.2` does not. */
static bool has_unit_suffix(struct text unit)
{
	static const char *const suffixes[] = { ".service", ".socket", ".scope", ".slice", ".mount",
		".automount", ".swap", ".target", ".path", ".timer", ".device" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct text suffix = text_of(suffixes[i]);

		if (unit.len > suffix.len && text_ends(unit, suffix))
			return true;
	}
	return false;
}

static int add_match(sd_journal *journal, const char *field, struct text value, const char *suffix)
{
	CLEANUP(freep) char *match = NULL;
	int n = asprintf(&match, "%s=%.*s%s", field, TEXT_FORMAT(value), suffix);

	if (n < 0) {
		match = NULL;
		return -ENOMEM;
	}
	return sd_journal_add_match(journal, match, (size_t)n);
}

/* Matches of one field are alternatives; of two fields, both must hold. */
static int add_matches(sd_journal *journal, const char *field, const struct text_list *values)
{
	bool units = strcmp(field, "SYSLOG_IDENTIFIER") != 0;

	for (size_t i = 0; i < values->n; i++) {
		struct text value = values->items[i];
		int r = add_match(
			journal, field, value, units && !has_unit_suffix(value) ? ".service" : "");

		if (r < 0)
			return r;
	}
	return 0;
}

/* What journald itself says of the units: how many of their messages it has dropped. */
static int add_notes(sd_journal *journal, const struct journal_options *options)
{
	int r = sd_journal_add_disjunction(journal);

	if (r < 0)
		return r;
	r = add_match(journal, "MESSAGE_ID", text_of(NATIVE_DROPPED_MESSAGE_ID), "");
	if (r < 0)
		return r;
	r = add_match(journal, "_TRANSPORT", text_of("driver"), "");
	return r < 0 ? r : add_matches(journal, "OBJECT_SYSTEMD_UNIT", &options->units);
}

bool handle_is_filtered(const struct journal_options *options)
{
	return options->units.n > 0 || options->identifiers.n > 0;
}

int handle_match(sd_journal *journal, const struct journal_options *options)
{
	int r = add_matches(journal, "_SYSTEMD_UNIT", &options->units);

	if (r < 0)
		return r;
	r = add_matches(journal, "SYSLOG_IDENTIFIER", &options->identifiers);
	if (r < 0 || options->units.n == 0)
		return r;
	return add_notes(journal, options);
}

/* --- looks --- */

/* Behind a step; `r` is what it returned. */
static int cursor_here(sd_journal *journal, int r, char **ret)
{
	*ret = NULL;
	if (r <= 0)
		return r;
	r = sd_journal_get_cursor(journal, ret);
	return r < 0 ? r : 0;
}

int handle_find_newest(sd_journal *journal, char **ret)
{
	int r = sd_journal_seek_tail(journal);

	return r < 0 ? r : cursor_here(journal, sd_journal_previous(journal), ret);
}

int handle_find(sd_journal *journal, const char *cursor, char **ret)
{
	int r = sd_journal_seek_cursor(journal, cursor);

	return r < 0 ? r : cursor_here(journal, sd_journal_next(journal), ret);
}

int handle_find_number(sd_journal *journal, struct text seqnum_id, uint64_t number, char **ret)
{
	char cursor[128];

	(void)snprintf(cursor, sizeof(cursor), "s=%.*s;i=%" PRIx64 ";t=%" PRIx64,
		TEXT_FORMAT(seqnum_id), number, UINT64_MAX);
	return handle_find(journal, cursor, ret);
}
