/* A rotation at midnight may concern thousands of files: the first is named, the others are
 * counted. */
#include "config.h"

#include "source/files/reports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "record/message-ids.h"

void reports_note(struct reports *reports, enum report_kind kind, const char *path,
	const char *other, int error)
{
	struct report *report = &reports->of[kind];

	if (report->n++ > 0)
		return;
	report->path = strdup(path);
	report->other = other ? strdup(other) : NULL;
	report->error = error;
}

static const char *path_of(const struct report *report)
{
	return report->path ? report->path : "?";
}

static void log_copies(const struct report *report, const char *source)
{
	if (report->n == 1)
		log_notice("source %s: '%s' is a copy of '%s', which was truncated; passing over "
			   "what was read before",
			source, path_of(report), report->other ? report->other : "?");
	else
		log_notice("source %s: %zu files are copies of files that were truncated, the "
			   "first is '%s'; passing over what was read before",
			source, report->n, path_of(report));
}

static void log_lost(const struct report *report, const char *source)
{
	if (report->n == 1)
		message_log(MESSAGE_LOST, source, LOG_WARNING,
			"source %s: '%s' is gone, and no renamed file or copy of it was found; "
			"lines that were not read are lost",
			source, path_of(report));
	else
		message_log(MESSAGE_LOST, source, LOG_WARNING,
			"source %s: %zu files are gone, the first is '%s', and no renamed files "
			"or copies of them were found; lines that were not read are lost",
			source, report->n, path_of(report));
}

static void log_away(const struct report *report, const char *source)
{
	if (report->n == 1)
		log_warning("source %s: the directory of '%s' is away, keeping its position for 10 "
			    "minutes",
			source, path_of(report));
	else
		log_warning("source %s: the directories of %zu files are away, the first file is "
			    "'%s', keeping their positions for 10 minutes",
			source, report->n, path_of(report));
}

static void log_unreadable(const struct report *report, const char *source)
{
	errno = report->error;
	if (report->n == 1)
		log_warning(
			"source %s: cannot read '%s': %m, retrying when it changes; add a group "
			"that may read it to SupplementaryGroups= of the service",
			source, path_of(report));
	else
		log_warning("source %s: cannot read %zu files, the first is '%s': %m, retrying "
			    "when they change; add a group that may read them to "
			    "SupplementaryGroups= of the service",
			source, report->n, path_of(report));
}

static void log_readable(const struct report *report, const char *source)
{
	if (report->n == 1)
		log_notice("source %s: '%s' can be read now", source, path_of(report));
	else
		log_notice("source %s: %zu files can be read now, the first is '%s'", source,
			report->n, path_of(report));
}

static void log_damaged(const struct report *report, const char *source)
{
	if (report->n == 1)
		log_warning("source %s: the saved position of '%s' cannot be read, treating the "
			    "file as new",
			source, path_of(report));
	else
		log_warning("source %s: %zu saved positions cannot be read, the first is '%s'; "
			    "treating their files as new",
			source, report->n, path_of(report));
}

void reports_log(struct reports *reports, const char *source)
{
	static void (*const log[REPORT_KINDS])(const struct report *, const char *) = {
		[REPORT_COPY] = log_copies,
		[REPORT_LOST] = log_lost,
		[REPORT_AWAY] = log_away,
		[REPORT_UNREADABLE] = log_unreadable,
		[REPORT_READABLE] = log_readable,
		[REPORT_DAMAGED] = log_damaged,
	};

	for (size_t i = 0; i < REPORT_KINDS; i++)
		if (reports->of[i].n > 0)
			log[i](&reports->of[i], source);
	reports_done(reports);
}

void reports_done(struct reports *reports)
{
	for (size_t i = 0; i < REPORT_KINDS; i++) {
		free(reports->of[i].path);
		free(reports->of[i].other);
	}
	*reports = (struct reports){ 0 };
}
