/* What happens to many files at once is logged with one message for all of them. */
#pragma once

#include <stddef.h>

enum report_kind {
	REPORT_COPY,       /* passed over, because its content was read from another file */
	REPORT_LOST,       /* not found any more, with lines that may not have been read */
	REPORT_AWAY,       /* its directory is away, perhaps for a while */
	REPORT_UNREADABLE, /* may not be read */
	REPORT_READABLE,   /* may be read now */
	REPORT_DAMAGED,    /* its saved position cannot be read */
	REPORT_KINDS,
};

struct report {
	size_t n;
	char *path, *other; /* of the first; NULL if memory was short */
	int error;          /* of the first; a positive errno */
};

struct reports {
	struct report of[REPORT_KINDS];
};

/* Note what happened to a file. other: the file that it is a copy of, or NULL. error: a positive
 * errno, or 0. */
void reports_note(struct reports *reports, enum report_kind kind, const char *path,
	const char *other, int error);

/* Log what was noted since the last call, for the source of this name. */
void reports_log(struct reports *reports, const char *source);

void reports_done(struct reports *reports);
