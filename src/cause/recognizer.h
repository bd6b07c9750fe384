/* The recognizer: finds the release causes in log text by the keys and patterns of one or more
 * profiles. Where two profiles claim the same place, the one named first wins, and if it
 * ignores the code there, nothing is found. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cause/search/key-value.h"

enum {
	RECOGNIZER_MATCHES_MAX = 1024, /* in one line or message; more are counted */
	/* Units of work (cause/search/pattern.h) that all patterns together take for one line of a
	 * block, or for one message. */
	RECOGNIZER_WORK_MAX = 64 * 1024 * 1024,
	MATCH_CODE_SIZE = VALUE_NAME_MAX + 1,
};

struct catalog;
struct profile;
struct record;

/* One code in a text. */
struct match {
	size_t offset, len; /* of the code as written, in bytes from the start of the text */
	size_t literal; /* offset of the key and the colors before it, or of a pattern's literal */
	const struct profile *profile;
	const struct catalog *catalog; /* that the code is of */
	struct text key;               /* as the profile spells it; the literal of a pattern */
	enum value_base base;          /* VALUE_NAME, VALUE_TEXT: the text itself is the code */
	uint32_t code;
	bool of_record; /* of a column: it depends on the whole line */
	/* Private to the recognizer: */
	uint32_t rank, turn; /* order of the profile, and of arrival */
	bool ignored;        /* by the profile's `ignore:` */
};

/* A line with causes in a block. */
struct match_line {
	size_t start, end;           /* offsets into the block; the line end is outside */
	const struct match *matches; /* in order; offsets count from the start of the block */
	size_t n_matches;
};

struct recognizer;

/* Build a recognizer; the profiles must outlive it. Returns 0, -E2BIG when they have more keys
 * and patterns, or more keys of contexts, than SCAN_LITERALS_MAX, -ENOMEM. */
int recognizer_new(const struct profile *const *profiles, size_t n, struct recognizer **ret);

/* Accepts NULL, returns NULL. */
struct recognizer *recognizer_free(struct recognizer *recognizer);
CLEANUP_DEFINE(struct recognizer *, recognizer_free);

/* The causes of a whole message, in which line ends are no bounds; valid until the next call. */
const struct match *recognizer_find(
	struct recognizer *recognizer, struct text message, size_t *ret_n);

/* As recognizer_find, but patterns take at most `work` units: 0 to RECOGNIZER_WORK_MAX. */
const struct match *recognizer_find_within(
	struct recognizer *recognizer, struct text message, uint64_t work, size_t *ret_n);

/* Begin a file of lines: where its first line names columns that the profiles have by header, every
 * line of the texts that follow is also read as a record, until the next call. A line without such
 * names ends that. Returns how many columns are read. */
size_t recognizer_read_headers(struct recognizer *recognizer, struct text line);

/* Outcomes of recognizer_next_line besides 0. */
enum {
	RECOGNIZER_END = 1, /* no further line has a cause */
	RECOGNIZER_PAUSED,  /* patterns have taken RECOGNIZER_WORK_MAX in this call */
};

/* The next line of `block`, at or after the line start `from`, that has a cause. Returns 0 with the
 * line, valid until the next call; RECOGNIZER_END; or RECOGNIZER_PAUSED with an empty line. In that
 * case let other work run, then call again with `from` behind this line. */
int recognizer_next_line(
	struct recognizer *recognizer, struct text block, size_t from, struct match_line *ret);

/* Whether the value of the structured journal field `name` is a cause; if so, `ret` has it with
 * offsets into `value`. */
bool recognizer_field(const struct recognizer *recognizer, struct text name, struct text value,
	struct match *ret);

/* Whether a message of syslog that came as these bytes may have a cause in its text, in its tag and
 * its text together, or in its structured data. False only where it has none; the header need not
 * be read to know that. */
bool recognizer_may_find(struct recognizer *recognizer, struct text bytes);

/* The name of the `i`th of those fields; .data is NULL behind the last. */
struct text recognizer_field_name(const struct recognizer *recognizer, size_t i);

/* Find the facts of the call for a record that has its findings; see context_find(). */
void recognizer_find_facts(const struct recognizer *recognizer, struct record *record);

/* The catalogs that its profiles mean, each once. */
const struct catalog *const *recognizer_catalogs(
	const struct recognizer *recognizer, size_t *ret_n);

/* How many matches were left out because a text had more than RECOGNIZER_MATCHES_MAX. */
uint64_t recognizer_count_dropped(const struct recognizer *recognizer);

/* How often a pattern or a column gave up on a line, so far: for want of work or memory, or because
 * the record is too long or has a quote that does not close. Each counts once for a line. */
uint64_t recognizer_count_gave_up(const struct recognizer *recognizer);

/* The units of work that patterns took in the last call of recognizer_find, _find_within or
 * _next_line. */
uint64_t recognizer_spent(const struct recognizer *recognizer);

/* The profile of the rule that gave up last, which the caller of recognizer_new owns; NULL =
 * none. */
const struct profile *recognizer_gave_up_by(const struct recognizer *recognizer);

/* Whether a text that begins at the offset `start`, in the midst of a line, may have cut the key of
 * the match, or the code of a pattern: they may be the end of a longer word or number. */
bool match_touches_start(const struct match *match, size_t start);

/* Whether a text that ends at the offset `end` of `text`, in the midst of a line, may have cut the
 * code of the match: `51`, `51.` and `51-` may continue as 512, 51.2 and 51-3, and so may a code
 * behind which a color begins. A column counts only in a record that is whole. */
bool match_touches_end(const struct match *match, struct text text, size_t end);

/* Whether the code of a match is the name in the text. */
static inline bool match_is_name(const struct match *match)
{
	return match->base == VALUE_NAME || match->base == VALUE_TEXT;
}

/* Write the code of a match in normalized form: decimal without leading zeros, or the name as
 * written in `text`. `code` has MATCH_CODE_SIZE bytes. */
void match_print_code(const struct match *match, struct text text, char *code);
