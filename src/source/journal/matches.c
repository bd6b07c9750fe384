#include "config.h"

#include "source/journal/matches.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <systemd/sd-journal.h>

#include "journal/fields.h"
#include "journal/handle.h"
#include "source/journal/journal-options.h"

/* Whether the name ends with the type of a unit; `platform-1.2` does not. */
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

/* Matches of one field are alternatives; of two fields, both must hold. */
static int add_matches(sd_journal *journal, const char *field, const struct text_list *values)
{
	bool units = strcmp(field, "SYSLOG_IDENTIFIER") != 0;

	for (size_t i = 0; i < values->n; i++) {
		struct text value = values->items[i];
		int r = handle_add_match(
			journal, field, value, units && !has_unit_suffix(value) ? ".service" : "");

		if (r < 0)
			return r;
	}
	return 0;
}

/* Match journald's own notes about the units: how many of their messages it has dropped. */
static int add_notes(sd_journal *journal, const struct journal_options *options)
{
	int r;

	/* Without a term on its left side, the disjunction would leave nothing but the notes. */
	assert(options->units.n > 0);
	r = sd_journal_add_disjunction(journal);
	if (r < 0)
		return r;
	r = handle_add_match(journal, "MESSAGE_ID", text_of(FIELDS_DROPPED_MESSAGE_ID), "");
	if (r < 0)
		return r;
	r = handle_add_match(journal, "_TRANSPORT", text_of("driver"), "");
	return r < 0 ? r : add_matches(journal, "OBJECT_SYSTEMD_UNIT", &options->units);
}

bool matches_are_some(const struct journal_options *options)
{
	return options->units.n > 0 || options->identifiers.n > 0;
}

int matches_add(sd_journal *journal, const struct journal_options *options)
{
	int r = add_matches(journal, "_SYSTEMD_UNIT", &options->units);

	if (r < 0)
		return r;
	r = add_matches(journal, "SYSLOG_IDENTIFIER", &options->identifiers);
	if (r < 0 || options->units.n == 0)
		return r;
	return add_notes(journal, options);
}

int matches_open(const struct journal_options *options, sd_journal **ret, int *ret_fd)
{
	sd_journal *journal = NULL;
	int fd, r = handle_open(options->namespace, options->directory, &journal, &fd);

	if (r < 0)
		return r;
	/* The longest message that is read, with its name, and one byte more to notice a longer
	 * one. */
	r = sd_journal_set_data_threshold(journal, sizeof("MESSAGE=") + JOURNAL_VALUE_MAX);
	if (r == 0)
		r = matches_add(journal, options);
	if (r < 0) {
		sd_journal_close(journal);
		return r;
	}
	*ret = journal;
	*ret_fd = fd;
	return 0;
}
