/* The options of a journal source, and its bounds. */
#pragma once

#include "base/yaml/schema.h"

/* Every local user can write entries of hundreds of megabytes. */
enum {
	/* MESSAGE is cut at this many bytes. Another field is left out if NAME=value is longer than
	 * MESSAGE= and this bound together. */
	JOURNAL_VALUE_MAX = 1024 * 1024,
	/* Bytes of the names and values of an entry; a field past it is left out. A message may
	 * exceed it by 2 * JOURNAL_VALUE_MAX. */
	JOURNAL_ENTRY_MAX = 4 * 1024 * 1024,
	JOURNAL_LARGE =
		8 * 1024 * 1024, /* bytes of a field, past which the journal is opened anew */
};

enum {
	JOURNAL_BATCH_MAX = 1024,        /* entries looked at in one pull */
	JOURNAL_BATCH_USEC = 100 * 1000, /* no entry is begun after this time */
};

enum journal_start {
	JOURNAL_START_END,       /* with what is written from now on */
	JOURNAL_START_BEGINNING, /* with the oldest entry there is */
};

/* "end", "beginning", NULL. */
extern const char *const journal_start_names[];

/* What to do when the journal does not continue from the position. All its entries then lie before
 * the position, because the clock was set back, or because this is another journal. Where the
 * journal does continue, and the entries right behind the position are gone, reading always resumes
 * with the oldest entry left. */
enum journal_lost {
	JOURNAL_LOST_NEAREST, /* with what the journal has of this boot; all, if another journal */
	JOURNAL_LOST_BEGINNING, /* with the oldest entry there is */
	JOURNAL_LOST_END,       /* with what is written from now on */
};

/* "nearest", "beginning", "end", NULL. */
extern const char *const journal_lost_names[];

struct journal_options {
	struct text_list units;       /* _SYSTEMD_UNIT; `ccs` means `ccs.service`; none = all */
	struct text_list identifiers; /* SYSLOG_IDENTIFIER; none = all */
	struct text namespace;        /* journal namespace; empty = the default one */
	struct text directory;        /* read this directory, not the system's journal */
	int start;                    /* enum journal_start, when there is no position */
	int lost;                     /* enum journal_lost, when the journal does not continue */
};

/* Read the options from the mapping of a journal source. */
schema_read_fn journal_options_read;
