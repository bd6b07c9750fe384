/* Each line is a run, the literal, perhaps a second run, and a tail with all characters of
 * interest. Without the tail, PCRE2 would stop early because a required character is missing. */
#include "config.h"

#include "cause/slow-lines.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "cause/profile.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"

enum {
	UNITS_MAX = 3 * 256,
	TAIL_MAX = 256,
	LINE_SIZE = 2 * TRIAL_RUN_LEN + SCAN_LITERAL_LEN_MAX + TAIL_MAX,
};

/* The content of a run: one character, or two in turn. */
struct unit {
	char text[2];
	size_t len;
};

struct trial {
	const struct profile_pattern *pattern;
	struct pattern_matcher *matcher;
	struct unit units[UNITS_MAX];
	size_t n_units;
	uint64_t work;       /* units left */
	char tail[TAIL_MAX]; /* at the end of each line */
	size_t tail_len;
	char line[LINE_SIZE];
};

static void add_unit(struct trial *trial, char first, char second, size_t len)
{
	if (trial->n_units < UNITS_MAX)
		trial->units[trial->n_units++] = (struct unit){ { first, second }, len };
}

/* Choose the characters of the expression, of its literal, and of usual classes: each alone, and in
 * turn with a letter or a digit. */
static void choose_units(struct trial *trial)
{
	static const char usual[] = "aA0 ,.-_:;=/\"'[](){}<>|\\\t";
	bool wanted[256] = { false };
	const struct text texts[] = { { usual, sizeof(usual) - 1 }, trial->pattern->requires,
		trial->pattern->regex };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t j = 0; j < texts[i].len; j++)
			wanted[(unsigned char)texts[i].data[j]] = true;
	wanted['\n'] = false;
	trial->n_units = trial->tail_len = 0;
	for (unsigned c = 0; c < 256; c++) {
		if (!wanted[c])
			continue;
		trial->tail[trial->tail_len++] = (char)c;
		add_unit(trial, (char)c, '\0', 1);
		if (c != 'a')
			add_unit(trial, 'a', (char)c, 2);
		if (c != '0')
			add_unit(trial, '0', (char)c, 2);
	}
}

static char *add_run(char *at, const struct unit *unit)
{
	memcpy(at, unit->text, unit->len);
	for (size_t len = unit->len, n; len < TRIAL_RUN_LEN; len += n) {
		n = len < TRIAL_RUN_LEN - len ? len : TRIAL_RUN_LEN - len;
		memcpy(at + len, at, n);
	}
	return at + TRIAL_RUN_LEN;
}

/* Append the tail at `end`, and match. Returns whether the pattern gives up. */
static bool try_line(struct trial *trial, char *end)
{
	size_t len = (size_t)(end - trial->line) + trial->tail_len;
	uint64_t work = pattern_work_for(len);
	struct pattern_subject subject = { .text = text_make(trial->line, len), .work = work };
	size_t offset, n;
	int r;

	assert(len <= LINE_SIZE);
	memcpy(end, trial->tail, trial->tail_len);
	while ((r = pattern_next(trial->pattern->pattern, trial->matcher, &subject, &offset, &n)) ==
		0)
		continue;
	work -= subject.work;
	trial->work -= work < trial->work ? work : trial->work;
	return r == PATTERN_GAVE_UP;
}

/* Returns where the run is when the pattern gives up, "before" or "around" the literal; NULL if it
 * does not. */
static const char *try_unit(struct trial *trial, const struct unit *unit)
{
	struct text literal = trial->pattern->requires;
	char *at = add_run(trial->line, unit);

	memcpy(at, literal.data, literal.len);
	at += literal.len;
	if (try_line(trial, at))
		return "before";
	at = add_run(at, unit);
	if (try_line(trial, at))
		return "around";
	return NULL;
}

/* Print the characters as an expression writes them. */
static void print_unit(const struct unit *unit, char *ret, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < unit->len; i++) {
		unsigned char c = (unsigned char)unit->text[i];
		bool is_plain = c >= ' ' && c <= '~';
		int n = is_plain ? snprintf(ret + at, size - at, "%c", c)
				 : snprintf(ret + at, size - at, "\\x%02x", c);

		at += n > 0 ? (size_t)n : 0;
	}
}

static void try_pattern(struct trial *trial, struct diag *diag)
{
	choose_units(trial);
	for (size_t i = 0; i < trial->n_units; i++) {
		const struct unit *unit = &trial->units[i];
		const char *where;
		char text[16];

		if (trial->work == 0) {
			diag_warn(diag, trial->pattern->place,
				"regex: not tried on all slow lines, because the profiles together "
				"have used up the work for that; check this profile alone");
			return;
		}
		where = try_unit(trial, unit);
		if (!where)
			continue;
		print_unit(unit, text, sizeof(text));
		diag_warn(diag, trial->pattern->place,
			"regex: needs too much work or memory on a line with a long run of '%s' %s "
			"'%.*s', and gives up on it; bound the repeats, or anchor the expression",
			text, where, TEXT_FORMAT(trial->pattern->requires));
		return;
	}
}

int trial_run(const struct profile *profile, uint64_t *work, struct diag *diag)
{
	CLEANUP(freep) struct trial *trial = NULL;
	int r = 0;

	if (profile->n_patterns == 0)
		return 0;
	trial = calloc(1, sizeof(*trial));
	if (!trial)
		return -ENOMEM;
	trial->work = *work;
	for (size_t i = 0; r == 0 && i < profile->n_patterns; i++) {
		CLEANUP(pattern_matcher_freep) struct pattern_matcher *matcher = NULL;

		trial->pattern = &profile->patterns[i];
		r = pattern_matcher_new(
			(const struct pattern *const *)&trial->pattern->pattern, 1, &matcher);
		trial->matcher = matcher;
		if (r == 0)
			try_pattern(trial, diag);
	}
	*work = trial->work;
	return r;
}
