/* The errors in the files that people edit, as `file:line:column: error: text`. Readers add all
 * that they find and continue. The caller that loads the file prints the list and refuses the whole
 * load. Warnings (`file:line:column: warning: text`) are printed too and refuse nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/cleanup.h"

enum {
	DIAG_ERRORS_MAX = 200,  /* more are counted, not kept; as many warnings */
	DIAG_TEXT_MAX = 1024,   /* bytes of one message; longer ones are cut */
	DIAG_PLACE_SIZE = 4096, /* room for the place before it */
};

/* A place in a file. Line and column count from 1; the column counts characters, as editors do;
 * 0 = the file as a whole. */
struct place {
	const char *file;
	unsigned line, column;
};

struct arena;

struct diag_error {
	const char *file;
	unsigned line, column;
	const char *text;
};

/* Each list is in the order of lines; files are in the order of the first item added for each. */
struct diag {
	struct arena *arena;
	struct diag_error *errors;
	size_t n_errors;
	size_t n_more; /* errors past DIAG_ERRORS_MAX, or that memory was refused for */
	struct diag_error *warnings;
	size_t n_warnings;
	size_t n_more_warnings;
	bool advises; /* a check was asked for: diag_advise adds warnings */
};

/* Free what the list holds. */
void diag_done(struct diag *diag);

/* Add one error at a place. Never fails: an error that cannot be kept is counted. */
void diag_add(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Add one warning at a place, as diag_add. diag_any and diag_count leave it out. */
void diag_warn(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Add one warning of what works and is probably not meant, as diag_warn. It has no effect unless
 * the list advises: a daemon or a tool at work does not repeat it at each load. */
void diag_advise(struct diag *diag, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Move all that `from` has to the end of `diag`; its errors as warnings if `as_warnings`. */
void diag_move(struct diag *diag, struct diag *from, bool as_warnings);

static inline bool diag_any(const struct diag *diag)
{
	return diag->n_errors > 0 || diag->n_more > 0;
}

static inline size_t diag_count(const struct diag *diag)
{
	return diag->n_errors + diag->n_more;
}

static inline size_t diag_count_warnings(const struct diag *diag)
{
	return diag->n_warnings + diag->n_more_warnings;
}

/* Write one error without a line end into `text` of `size` bytes, cut if need be. Its form is
 * `file:line:column: error: text`, with line and column left out where 0. */
void diag_format(const struct diag_error *error, char *text, size_t size);

/* Write the first error as diag_format does, and how many more there are. There must be one that
 * was kept. */
void diag_summarize(const struct diag *diag, char *text, size_t size);

/* Write the two ends of what diag_format writes: `file:line:column` into DIAG_PLACE_SIZE bytes, the
 * text into DIAG_TEXT_MAX bytes. */
void diag_format_parts(const struct diag_error *item, char *place, char *text);

/* Print how many more errors or warnings there are than were kept, unless it is none. */
void diag_print_more(size_t n, const char *what, FILE *stream);

/* Print every error, then every warning, a line each. */
void diag_print(const struct diag *diag, FILE *stream);

/* Log every error and warning: under systemd each is an entry of its own in the journal. */
void diag_log(const struct diag *diag);
