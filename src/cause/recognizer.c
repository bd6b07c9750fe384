/* One scan for the literals of all rules at once proposes places. Only there are keys checked for a
 * value, and a pattern is tried only on lines with its literal.
 *
 * Rules with the same literal (a key that two profiles share) are a chain behind one literal of the
 * scan. The chain is in the order of the profiles. */
#include "config.h"

#include "cause/recognizer.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause/ignored.h"
#include "cause/profile.h"
#include "cause/search/pattern-excerpt.h"
#include "cause/search/pattern.h"
#include "cause/search/scan/scan.h"

struct rule {
	const struct profile *profile;
	struct text literal;
	const struct pattern *pattern; /* NULL: the literal is a key */
	enum value_base base;
	uint32_t rank;   /* index of the profile */
	size_t next;     /* rule with the same literal, SIZE_MAX = none */
	size_t tried;    /* the pattern was tried for all literals before this offset */
	size_t matched;  /* end of the pattern's last match */
	size_t given_up; /* 1 + start of the last line that the pattern gave up on; 0 = none */
};

/* Collect twice the bound before ordering, so that ordering costs the same for each match. */
enum { COLLECT_MAX = 2 * RECOGNIZER_MATCHES_MAX };

struct recognizer {
	const struct profile **profiles;
	struct ignored **ignored; /* of each profile */
	size_t n_profiles;
	struct rule *rules;
	size_t n_rules;
	size_t *first_rules; /* by literal of the scan */
	struct scan *scan;
	struct pattern_matcher *matcher;
	struct excerpter excerpter;
	size_t at;         /* the current literal: before it, all rules have been tried */
	uint64_t work;     /* units left for patterns in this line or text */
	uint64_t n_spent;  /* units that patterns took in this call */
	bool line_by_line; /* each line has units of its own */
	struct match *matches;
	size_t n_matches;
	uint32_t n_added;  /* of this text */
	size_t closed_end; /* of ignored matches dropped before all rules had been tried */
	uint64_t n_dropped;
	uint64_t n_gave_up;
	const struct profile *gave_up_by;
};

struct recognizer *recognizer_free(struct recognizer *recognizer)
{
	if (!recognizer)
		return NULL;
	(void)scan_free(recognizer->scan);
	(void)pattern_matcher_free(recognizer->matcher);
	free(recognizer->matches);
	free(recognizer->first_rules);
	free(recognizer->rules);
	for (size_t i = 0; recognizer->ignored && i < recognizer->n_profiles; i++)
		(void)ignored_free(recognizer->ignored[i]);
	free(recognizer->ignored);
	free(recognizer->profiles);
	free(recognizer);
	return NULL;
}

static size_t count_rules(const struct profile *const *profiles, size_t n)
{
	size_t n_rules = 0;

	for (size_t i = 0; i < n; i++)
		n_rules += profiles[i]->keys.n + profiles[i]->n_patterns;
	return n_rules;
}

static void add_rule(struct recognizer *recognizer, struct rule rule)
{
	rule.next = SIZE_MAX;
	rule.rank = (uint32_t)recognizer->n_profiles - 1;
	assert(rule.base >= VALUE_DECIMAL && rule.base <= VALUE_NAME);
	recognizer->rules[recognizer->n_rules++] = rule;
}

static int add_profile(struct recognizer *recognizer, const struct profile *profile)
{
	int r = ignored_new(profile, &recognizer->ignored[recognizer->n_profiles]);

	if (r < 0)
		return r;
	recognizer->profiles[recognizer->n_profiles++] = profile;
	for (size_t i = 0; i < profile->keys.n; i++)
		add_rule(recognizer, (struct rule){ .profile = profile,
					     .literal = profile->keys.items[i],
					     .base = (enum value_base)profile->base });
	for (size_t i = 0; i < profile->n_patterns; i++)
		add_rule(recognizer, (struct rule){ .profile = profile,
					     .literal = profile->patterns[i].requires,
					     .pattern = profile->patterns[i].pattern,
					     .base = (enum value_base)profile->patterns[i].base });
	return 0;
}

/* Chain rule `index` behind an earlier one with the same literal; false where there is none. */
static bool chain_rule(struct recognizer *recognizer, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		struct rule *earlier = &recognizer->rules[i];

		if (earlier->next == SIZE_MAX &&
			text_equal_nocase(earlier->literal, recognizer->rules[index].literal)) {
			earlier->next = index;
			return true;
		}
	}
	return false;
}

static int build_scan(struct recognizer *recognizer)
{
	CLEANUP(freep) struct text *literals = calloc(recognizer->n_rules + 1, sizeof(*literals));
	size_t n = 0;

	if (!literals)
		return -ENOMEM;
	for (size_t i = 0; i < recognizer->n_rules; i++) {
		if (chain_rule(recognizer, i))
			continue;
		recognizer->first_rules[n] = i;
		literals[n++] = recognizer->rules[i].literal;
	}
	return scan_new(literals, n, &recognizer->scan);
}

static int make_matcher(struct recognizer *recognizer)
{
	CLEANUP(freep)
	const struct pattern **patterns = calloc(recognizer->n_rules + 1, sizeof(struct pattern *));
	size_t n = 0;

	if (!patterns)
		return -ENOMEM;
	for (size_t i = 0; i < recognizer->n_rules; i++)
		if (recognizer->rules[i].pattern)
			patterns[n++] = recognizer->rules[i].pattern;
	return pattern_matcher_new(patterns, n, &recognizer->matcher);
}

int recognizer_new(const struct profile *const *profiles, size_t n, struct recognizer **ret)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = calloc(1, sizeof(*recognizer));
	size_t n_rules = count_rules(profiles, n);
	int r = 0;

	if (n_rules > SCAN_LITERALS_MAX)
		return -E2BIG;
	if (!recognizer)
		return -ENOMEM;
	recognizer->profiles = calloc(n + 1, sizeof(struct profile *));
	recognizer->ignored = calloc(n + 1, sizeof(struct ignored *));
	recognizer->rules = calloc(n_rules + 1, sizeof(*recognizer->rules));
	recognizer->first_rules = calloc(n_rules + 1, sizeof(*recognizer->first_rules));
	recognizer->matches = calloc(COLLECT_MAX, sizeof(*recognizer->matches));
	if (!recognizer->profiles || !recognizer->ignored || !recognizer->rules ||
		!recognizer->first_rules || !recognizer->matches)
		return -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_profile(recognizer, profiles[i]);
	if (r == 0)
		r = build_scan(recognizer);
	if (r == 0)
		r = make_matcher(recognizer);
	if (r < 0)
		return r;
	assert(recognizer->n_rules == n_rules && recognizer->n_profiles == n);
	*ret = TAKE(recognizer);
	return 0;
}

/* Order by offset, then by profile, then by arrival. */
static int compare_matches(const void *left, const void *right)
{
	const struct match *a = left, *b = right;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->turn < b->turn ? -1 : 1;
}

/* Order by place and drop what overlaps an earlier match. Most matches come in order. */
static void order_matches(struct recognizer *recognizer)
{
	struct match *matches = recognizer->matches;
	size_t n_before = recognizer->n_matches, n = 1;

	while (n < n_before && compare_matches(&matches[n - 1], &matches[n]) < 0)
		n++;
	if (n < n_before)
		qsort(matches, n_before, sizeof(*matches), compare_matches);
	n = 0;
	for (size_t i = 0; i < n_before; i++)
		if (n == 0 || matches[i].offset >= matches[n - 1].offset + matches[n - 1].len)
			matches[n++] = matches[i];
	recognizer->n_matches = n;
}

/* Ignored matches keep their places until all rules have been tried. Those that end at or before
 * `end` are dropped. Then no match is accepted in their places any more. */
static void drop_ignored(struct recognizer *recognizer, size_t end)
{
	size_t n = 0;

	for (size_t i = 0; i < recognizer->n_matches; i++) {
		const struct match *match = &recognizer->matches[i];

		if (match->ignored && match->offset + match->len <= end) {
			assert(match->offset >= recognizer->closed_end);
			recognizer->closed_end = match->offset + match->len;
		} else {
			recognizer->matches[n++] = *match;
		}
	}
	recognizer->n_matches = n;
}

static bool is_ignored(
	const struct recognizer *recognizer, const struct match *match, struct text text)
{
	const struct ignored *ignored = recognizer->ignored[match->rank];
	char code[MATCH_CODE_SIZE];

	if (ignored_is_empty(ignored))
		return false;
	match_print_code(match, text, code);
	return ignored_has(ignored, text_of(code));
}

/* Order the matches, and drop those past the bound. A place that two rules claim counts once.
 * Ignored matches before `end` do not count: all rules were tried there. */
static void drop_excess_matches(struct recognizer *recognizer, size_t end)
{
	order_matches(recognizer);
	if (recognizer->n_matches > RECOGNIZER_MATCHES_MAX)
		drop_ignored(recognizer, end);
	while (recognizer->n_matches > RECOGNIZER_MATCHES_MAX)
		recognizer->n_dropped += !recognizer->matches[--recognizer->n_matches].ignored;
}

static void add_match(struct recognizer *recognizer, const struct rule *rule,
	const struct value *value, struct text text)
{
	struct match match = {
		.offset = value->offset,
		.len = value->len,
		.literal = rule->pattern ? recognizer->at : value->start,
		.profile = rule->profile,
		.key = rule->literal,
		.base = rule->base,
		.code = value->code,
		.rank = rule->rank,
		.turn = recognizer->n_added++,
	};

	match.ignored = is_ignored(recognizer, &match, text);
	if (match.offset < recognizer->closed_end) {
		recognizer->n_dropped += !match.ignored;
		return;
	}
	assert(match.offset + match.len <= text.len);
	assert(recognizer->n_matches < COLLECT_MAX);
	recognizer->matches[recognizer->n_matches++] = match;
	if (recognizer->n_matches == COLLECT_MAX)
		drop_excess_matches(recognizer, recognizer->at);
}

static struct text line_around(struct text block, size_t at, size_t *ret_start)
{
	const char *before = at > 0 ? memrchr(block.data, '\n', at) : NULL;
	const char *after = memchr(block.data + at, '\n', block.len - at);
	size_t start = before ? (size_t)(before - block.data) + 1 : 0;
	size_t end = after ? (size_t)(after - block.data) : block.len;

	*ret_start = start;
	return text_make(block.data + start, end - start);
}

/* The part of the work left that a pattern may use for an excerpt of `len` bytes. */
static uint64_t limit_work(const struct recognizer *recognizer, size_t len)
{
	uint64_t work = pattern_work_for(len);

	return work < recognizer->work ? work : recognizer->work;
}

static void move_to_literal(struct recognizer *recognizer, size_t at)
{
	if (excerpter_move(&recognizer->excerpter, at) && recognizer->line_by_line)
		recognizer->work = RECOGNIZER_WORK_MAX;
}

static void count_give_up(struct recognizer *recognizer, struct rule *rule)
{
	size_t line = recognizer->excerpter.start + 1;

	recognizer->n_gave_up += rule->given_up != line;
	rule->given_up = line;
	recognizer->gave_up_by = rule->profile;
}

/* Try a pattern once on the line around its literal; of a long line, once on each excerpt. */
static void try_pattern(
	struct recognizer *recognizer, struct rule *rule, struct text text, size_t at)
{
	struct pattern_subject subject;
	struct excerpt excerpt;
	size_t offset, len;
	uint64_t work;
	int r;

	if (at < rule->tried || memcmp(text.data + at, rule->literal.data, rule->literal.len) != 0)
		return;
	move_to_literal(recognizer, at);
	excerpt = excerpter_cut(&recognizer->excerpter, at);
	rule->tried = excerpt.next;
	work = limit_work(recognizer, excerpt.text.len);
	subject = (struct pattern_subject){
		.text = excerpt.text,
		.from = excerpt.from,
		.edge = excerpt.from,
		.cut_in_front = excerpt.cut_in_front,
		.cut_behind = excerpt.cut_behind,
		.work = work,
	};
	if (rule->matched > excerpt.offset + excerpt.from)
		subject.from = rule->matched - excerpt.offset;
	while ((r = pattern_next(rule->pattern, recognizer->matcher, &subject, &offset, &len)) ==
		0) {
		struct value value;

		rule->matched = excerpt.offset + subject.from;
		if (value_whole(excerpt.text, offset, len, rule->base, &value)) {
			value.offset += excerpt.offset;
			add_match(recognizer, rule, &value, text);
		}
	}
	assert(subject.work <= work && work <= recognizer->work);
	recognizer->work -= work - subject.work;
	recognizer->n_spent += work - subject.work;
	if (r == PATTERN_GAVE_UP)
		count_give_up(recognizer, rule);
}

/* Collect the matches of the rules of one literal at text[at]. */
static void try_rules(struct recognizer *recognizer, unsigned literal, struct text text, size_t at)
{
	size_t i = recognizer->first_rules[literal];

	recognizer->at = at;
	while (i != SIZE_MAX) {
		struct rule *rule = &recognizer->rules[i];
		struct value value;

		if (rule->pattern)
			try_pattern(recognizer, rule, text, at);
		else if (value_after_key(text, at, at + rule->literal.len, rule->base, &value))
			add_match(recognizer, rule, &value, text);
		i = rule->next;
	}
}

/* Drop the results of the last text. Lines of the next text are other lines, whatever their
 * offsets. */
static void start_text(
	struct recognizer *recognizer, struct text text, bool line_by_line, uint64_t work)
{
	recognizer->n_matches = 0;
	recognizer->n_added = 0;
	recognizer->closed_end = 0;
	for (size_t i = 0; i < recognizer->n_rules; i++)
		recognizer->rules[i].tried = recognizer->rules[i].matched =
			recognizer->rules[i].given_up = 0;
	excerpter_begin(&recognizer->excerpter, text);
	recognizer->line_by_line = line_by_line;
	recognizer->work = work;
	recognizer->n_spent = 0;
}

/* The matches neither overlap nor go back, so that only the last may leave the text. */
static void check_matches(const struct recognizer *recognizer, struct text text)
{
	size_t n = recognizer->n_matches;
	const struct match *matches = recognizer->matches;

	assert(n <= RECOGNIZER_MATCHES_MAX);
	assert(n < 2 || matches[n - 2].offset + matches[n - 2].len <= matches[n - 1].offset);
	assert(n == 0 || matches[n - 1].offset + matches[n - 1].len <= text.len);
}

/* Collect all matches from the cursor to the end of `text`. */
static void collect_matches(
	struct recognizer *recognizer, struct text text, struct scan_cursor cursor)
{
	unsigned literal;
	size_t at;

	while (scan_next(recognizer->scan, text.data, text.len, &cursor, &literal, &at))
		try_rules(recognizer, literal, text, at);
	order_matches(recognizer);
	drop_ignored(recognizer, SIZE_MAX);
	drop_excess_matches(recognizer, SIZE_MAX);
	check_matches(recognizer, text);
}

const struct match *recognizer_find_within(
	struct recognizer *recognizer, struct text message, uint64_t work, size_t *ret_n)
{
	assert(work <= RECOGNIZER_WORK_MAX);
	start_text(recognizer, message, false, work);
	collect_matches(recognizer, message, (struct scan_cursor){ 0 });
	pattern_matcher_trim(recognizer->matcher);
	*ret_n = recognizer->n_matches;
	return recognizer->matches;
}

const struct match *recognizer_find(
	struct recognizer *recognizer, struct text message, size_t *ret_n)
{
	return recognizer_find_within(recognizer, message, RECOGNIZER_WORK_MAX, ret_n);
}

/* If patterns took RECOGNIZER_WORK_MAX in this call and `at` is in a new line, end the call before
 * that line. Returns whether it does. */
static bool pause_before_line(struct recognizer *recognizer, size_t at, struct match_line *ret)
{
	size_t end;

	if (recognizer->n_spent < RECOGNIZER_WORK_MAX ||
		!excerpter_move(&recognizer->excerpter, at))
		return false;
	assert(recognizer->excerpter.start > 0);
	end = recognizer->excerpter.start - 1;
	*ret = (struct match_line){ .start = end, .end = end };
	return true;
}

static int find_line(
	struct recognizer *recognizer, struct text block, size_t from, struct match_line *ret)
{
	struct scan_cursor cursor = { .offset = from };
	struct text line = { 0 };
	size_t at = from, start = 0;
	unsigned literal;

	while (recognizer->n_matches == 0) {
		if (!scan_next(recognizer->scan, block.data, block.len, &cursor, &literal, &at))
			return RECOGNIZER_END;
		if (pause_before_line(recognizer, at, ret))
			return RECOGNIZER_PAUSED;
		try_rules(recognizer, literal, block, at);
		if (recognizer->n_matches == 0)
			continue;
		line = line_around(block, at, &start);
		collect_matches(recognizer, text_make(block.data, start + line.len), cursor);
		/* All matches of the line may be ignored ones. */
		cursor = (struct scan_cursor){ .offset = start + line.len };
	}

	assert(start >= from);
	assert(recognizer->matches[0].offset >= start);
	*ret = (struct match_line){
		.start = start,
		.end = start + line.len,
		.matches = recognizer->matches,
		.n_matches = recognizer->n_matches,
	};
	return 0;
}

int recognizer_next_line(
	struct recognizer *recognizer, struct text block, size_t from, struct match_line *ret)
{
	int r;

	start_text(recognizer, block, true, RECOGNIZER_WORK_MAX);
	r = find_line(recognizer, block, from, ret);
	pattern_matcher_trim(recognizer->matcher);
	return r;
}

bool recognizer_field(
	const struct recognizer *recognizer, struct text name, struct text value, struct match *ret)
{
	for (size_t i = 0; i < recognizer->n_profiles; i++) {
		const struct profile *profile = recognizer->profiles[i];
		enum value_base base = (enum value_base)profile->base;
		struct value found;
		struct match match;

		for (size_t j = 0; j < profile->fields.n; j++) {
			if (!text_equal(name, profile->fields.items[j]) ||
				!value_whole(value, 0, value.len, base, &found))
				continue;
			match = (struct match){ .offset = found.offset,
				.len = found.len,
				.profile = profile,
				.key = profile->fields.items[j],
				.base = base,
				.code = found.code,
				.rank = (uint32_t)i };
			if (is_ignored(recognizer, &match, value))
				return false;
			*ret = match;
			return true;
		}
	}
	return false;
}

const struct profile *const *recognizer_profiles(const struct recognizer *recognizer, size_t *ret_n)
{
	*ret_n = recognizer->n_profiles;
	return recognizer->profiles;
}

uint64_t recognizer_count_dropped(const struct recognizer *recognizer)
{
	return recognizer->n_dropped;
}

uint64_t recognizer_count_gave_up(const struct recognizer *recognizer)
{
	return recognizer->n_gave_up;
}

const struct profile *recognizer_gave_up_by(const struct recognizer *recognizer)
{
	return recognizer->gave_up_by;
}

uint64_t recognizer_spent(const struct recognizer *recognizer)
{
	return recognizer->n_spent;
}

bool match_touches_start(const struct match *match, size_t start)
{
	return match->literal <= start || match->offset <= start;
}

bool match_touches_end(const struct match *match, struct text text, size_t end)
{
	size_t code_end = match->offset + match->len;

	assert(end <= text.len && code_end <= text.len);
	return code_end >= end || value_may_continue(text_make(text.data, end), code_end);
}

void match_print_code(const struct match *match, struct text text, char *code)
{
	if (match->base == VALUE_NAME)
		(void)snprintf(
			code, MATCH_CODE_SIZE, "%.*s", (int)match->len, text.data + match->offset);
	else
		(void)snprintf(code, MATCH_CODE_SIZE, "%" PRIu32, match->code);
}
