/* One scan for the literals of all rules at once proposes places; only there are keys checked for
 * a value, and only lines with a pattern's literal are shown to its expression.
 *
 * Rules with the same literal (a key that two profiles share) are a chain behind one literal of
 * the scan, in the order of the profiles. */
#include "config.h"

#include "cause/recognizer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause/catalog.h"
#include "cause/pattern.h"
#include "cause/profile.h"
#include "cause/scan.h"

struct rule {
	const struct profile *profile;
	struct text literal;
	const struct pattern *pattern; /* NULL: the literal is a key */
	enum value_base base;
	size_t next;  /* rule with the same literal, SIZE_MAX = none */
	size_t tried; /* end of the line that the pattern was last tried on */
};

struct recognizer {
	const struct profile **profiles;
	size_t n_profiles;
	struct rule *rules;
	size_t n_rules;
	size_t *first_rules; /* by literal of the scan */
	struct scan *scan;
	struct match *matches;
	size_t n_matches;
	size_t closed_end; /* of ignored matches that were dropped before all rules had spoken */
	uint64_t n_dropped;
	uint64_t n_gave_up;
};

struct recognizer *recognizer_free(struct recognizer *recognizer)
{
	if (!recognizer)
		return NULL;
	(void)scan_free(recognizer->scan);
	free(recognizer->matches);
	free(recognizer->first_rules);
	free(recognizer->rules);
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
	recognizer->rules[recognizer->n_rules++] = rule;
}

static void add_profile(struct recognizer *recognizer, const struct profile *profile)
{
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
}

/* Chain rule `index` behind an earlier one with the same literal; false where there is none. */
static bool chain(struct recognizer *recognizer, size_t index)
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
		if (chain(recognizer, i))
			continue;
		recognizer->first_rules[n] = i;
		literals[n++] = recognizer->rules[i].literal;
	}
	return scan_new(literals, n, &recognizer->scan);
}

int recognizer_new(const struct profile *const *profiles, size_t n, struct recognizer **ret)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = calloc(1, sizeof(*recognizer));
	size_t n_rules = count_rules(profiles, n);
	int r;

	if (n_rules > SCAN_LITERALS_MAX)
		return -E2BIG;
	if (!recognizer)
		return -ENOMEM;
	recognizer->profiles = calloc(n + 1, sizeof(struct profile *));
	recognizer->rules = calloc(n_rules + 1, sizeof(*recognizer->rules));
	recognizer->first_rules = calloc(n_rules + 1, sizeof(*recognizer->first_rules));
	recognizer->matches = calloc(RECOGNIZER_MATCHES_MAX + 1, sizeof(*recognizer->matches));
	if (!recognizer->profiles || !recognizer->rules || !recognizer->first_rules ||
		!recognizer->matches)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++)
		add_profile(recognizer, profiles[i]);
	r = build_scan(recognizer);
	if (r < 0)
		return r;
	*ret = TAKE(recognizer);
	return 0;
}

/* Whether `a` stands before `b`; at one place, the rule of the earlier profile does. */
static bool before(
	const struct recognizer *recognizer, const struct match *a, const struct match *b)
{
	if (a->offset != b->offset)
		return a->offset < b->offset;
	for (size_t i = 0; i < recognizer->n_profiles; i++)
		if (recognizer->profiles[i] == a->profile || recognizer->profiles[i] == b->profile)
			return recognizer->profiles[i] == a->profile && a->profile != b->profile;
	return false;
}

/* Order by place and drop what overlaps an earlier match. Matches come nearly in order, which
 * insertion sort likes. */
static void settle(struct recognizer *recognizer)
{
	struct match *matches = recognizer->matches;
	size_t n = 0;

	for (size_t i = 1; i < recognizer->n_matches; i++) {
		struct match match = matches[i];
		size_t j = i;

		for (; j > 0 && before(recognizer, &match, &matches[j - 1]); j--)
			matches[j] = matches[j - 1];
		matches[j] = match;
	}
	for (size_t i = 0; i < recognizer->n_matches; i++)
		if (n == 0 || matches[i].offset >= matches[n - 1].offset + matches[n - 1].len)
			matches[n++] = matches[i];
	recognizer->n_matches = n;
}

/* Ignored matches hold their places until all rules have spoken. Those that end at or before `end`
 * are dropped; where they were, nothing is taken any more. */
static void drop_ignored(struct recognizer *recognizer, size_t end)
{
	size_t n = 0;

	for (size_t i = 0; i < recognizer->n_matches; i++) {
		const struct match *match = &recognizer->matches[i];

		if (match->ignored && match->offset + match->len <= end)
			recognizer->closed_end = match->offset + match->len;
		else
			recognizer->matches[n++] = *match;
	}
	recognizer->n_matches = n;
}

/* Whether two ways to write a cause, of which one at least is a word, are those of one. */
static bool is_same_cause(const struct catalog *catalog, struct text a, struct text b)
{
	const struct text texts[] = { a, b };
	const struct cause *causes[2];
	size_t n_words = 0;

	for (size_t i = 0; i < 2; i++) {
		uint64_t code;
		bool is_word = text_parse_number(texts[i], 10, CATALOG_CODE_MAX, &code) < 0;

		n_words += is_word;
		causes[i] = is_word ? catalog_find_name(catalog, texts[i])
				    : catalog_find(catalog, code);
	}
	return n_words > 0 && causes[0] && causes[0] == causes[1];
}

static bool is_ignored(const struct match *match, struct text text)
{
	const struct profile *profile = match->profile;
	char code[MATCH_CODE_SIZE];

	if (profile->ignore.n == 0)
		return false;
	match_print_code(match, text, code);
	for (size_t i = 0; i < profile->ignore.n; i++)
		if (text_equal_nocase(profile->ignore.items[i], text_of(code)) ||
			(profile->catalog && is_same_cause(profile->catalog,
						     profile->ignore.items[i], text_of(code))))
			return true;
	return false;
}

static void add_match(struct recognizer *recognizer, const struct rule *rule,
	const struct value *value, struct text text)
{
	struct match match = {
		.offset = value->offset,
		.len = value->len,
		.profile = rule->profile,
		.key = rule->literal,
		.base = rule->base,
		.code = value->code,
	};

	match.ignored = is_ignored(&match, text);
	if (match.offset < recognizer->closed_end) {
		recognizer->n_dropped += !match.ignored;
		return;
	}
	recognizer->matches[recognizer->n_matches++] = match;
	if (recognizer->n_matches <= RECOGNIZER_MATCHES_MAX)
		return;
	/* A place that two rules claim counts once, and what is ignored does not count; then it is
	 * the last that is left out. */
	settle(recognizer);
	if (recognizer->n_matches > RECOGNIZER_MATCHES_MAX)
		drop_ignored(recognizer, match.offset);
	if (recognizer->n_matches > RECOGNIZER_MATCHES_MAX)
		recognizer->n_dropped += !recognizer->matches[--recognizer->n_matches].ignored;
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

/* Try a pattern on the line around its literal, once for each line: what has been tried lies
 * before `tried`. */
static void try_pattern(
	struct recognizer *recognizer, struct rule *rule, struct text text, size_t at)
{
	size_t start, from = 0, offset, len;
	struct text line;
	int r;

	if (at < rule->tried || memcmp(text.data + at, rule->literal.data, rule->literal.len) != 0)
		return;
	line = line_around(text, at, &start);
	rule->tried = start + line.len;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	while ((r = pattern_next(rule->pattern, line, &from, &offset, &len)) == 0) {
		struct value value;

		if (value_whole(line, offset, len, rule->base, &value)) {
			value.offset += start;
			add_match(recognizer, rule, &value, text);
		}
	}
	recognizer->n_gave_up += r == PATTERN_GAVE_UP;
}

/* Collect what the rules of one literal see at text[at]. */
static void try_rules(struct recognizer *recognizer, unsigned literal, struct text text, size_t at)
{
	size_t i = recognizer->first_rules[literal];

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

/* Forget what the last text gave. Lines of the next are other lines, at whatever offset. */
static void start_text(struct recognizer *recognizer)
{
	recognizer->n_matches = 0;
	recognizer->closed_end = 0;
	for (size_t i = 0; i < recognizer->n_rules; i++)
		recognizer->rules[i].tried = 0;
}

/* Collect all matches from the cursor to the end of `text`. */
static void collect(struct recognizer *recognizer, struct text text, struct scan_cursor cursor)
{
	unsigned literal;
	size_t at;

	while (scan_next(recognizer->scan, text.data, text.len, &cursor, &literal, &at))
		try_rules(recognizer, literal, text, at);
	settle(recognizer);
	drop_ignored(recognizer, SIZE_MAX);
}

const struct match *recognizer_find(
	struct recognizer *recognizer, struct text message, size_t *ret_n)
{
	start_text(recognizer);
	collect(recognizer, message, (struct scan_cursor){ 0 });
	*ret_n = recognizer->n_matches;
	return recognizer->matches;
}

bool recognizer_next_line(
	struct recognizer *recognizer, struct text block, size_t from, struct match_line *ret)
{
	struct scan_cursor cursor = { .offset = from };
	struct text line = { 0 };
	size_t at = from, start = 0;
	unsigned literal;

	start_text(recognizer);
	while (recognizer->n_matches == 0) {
		if (!scan_next(recognizer->scan, block.data, block.len, &cursor, &literal, &at))
			return false;
		try_rules(recognizer, literal, block, at);
		if (recognizer->n_matches == 0)
			continue;
		line = line_around(block, at, &start);
		collect(recognizer, text_make(block.data, start + line.len), cursor);
		/* All that the line has may be ignored. */
		cursor = (struct scan_cursor){ .offset = start + line.len };
	}

	*ret = (struct match_line){
		.start = start,
		.end = start + line.len,
		.matches = recognizer->matches,
		.n_matches = recognizer->n_matches,
	};
	return true;
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
				.code = found.code };
			if (is_ignored(&match, value))
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

void match_print_code(const struct match *match, struct text text, char *code)
{
	if (match->base == VALUE_NAME)
		(void)snprintf(
			code, MATCH_CODE_SIZE, "%.*s", (int)match->len, text.data + match->offset);
	else
		(void)snprintf(code, MATCH_CODE_SIZE, "%" PRIu32, match->code);
}
