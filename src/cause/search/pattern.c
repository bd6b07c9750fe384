/* PCRE2 applies its limit of steps to each place where a match may begin, and does not report the
 * steps it took. So each item of an expression is compiled with a callout in front of it, and the
 * callouts count. The work between two callouts is charged as follows:
 *
 *  - A repeated character or class that matches: the bytes between the two callouts, times one plus
 *    the number of properties that the class names.
 *  - One that may fail after it compared bytes (a least number of repeats, a back reference): in
 *    advance.
 *  - Copying captured groups, trying alternatives, closing groups: by the number of groups and
 *    alternatives, and by the size of the code.
 *  - A recursion, for the check whether it is endless: by the number of frames that there may be.
 *  - The search for required characters before the first callout: by its distance. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "config.h"

#include "cause/search/pattern.h"

#include <assert.h>
#include <errno.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORK_CALL = 512,   /* units for one call of pcre2_match */
	WORK_CALLOUT = 16, /* units for one item */
	WORK_FRAME = 4,    /* units for a frame that the check of a recursion may pass */
	FRAME_BYTES = 16,  /* bytes of a frame that one unit pays for */
	CODE_BYTES = 64,   /* bytes of compiled code that one unit pays for */
	MATCHER_KEEP_MAX =
		64 * 1024, /* bytes of one piece that a matcher keeps between two texts */
};

/* What an item of the expression may do between two callouts. */
struct item {
	uint16_t n; /* its largest number in braces: bytes that it may compare before it fails */
	uint16_t weight; /* units for each byte that it compares */
	bool is_reference, is_recursion;
};

struct pattern {
	pcre2_code *code;
	unsigned group;
	uint64_t item_work; /* units of an item, without the bytes that it passes */
	size_t frame_size;  /* bytes */
	struct item *items; /* by offset in the expression; the last is its end */
	bool knows_end;     /* it has \z or \Z, which PCRE2_NOTEOL does not turn off */
};

struct pattern_matcher {
	pcre2_general_context *memory;
	pcre2_match_context *context;
	pcre2_match_data *match;
	uint32_t n_ranges;
	size_t held; /* the largest piece of memory that `match` has asked for */
	const struct pattern *pattern;
	uint64_t work;   /* units left */
	size_t at;       /* in the text, at the last callout */
	uint64_t weight; /* units for each byte of the item behind that callout */
};

/* --- compiling --- */

struct pattern *pattern_free(struct pattern *pattern)
{
	if (!pattern)
		return NULL;
	pcre2_code_free(pattern->code);
	free(pattern->items);
	free(pattern);
	return NULL;
}

static int find_group(struct pattern *pattern, const char *name, char *reason)
{
	int group = 1;
	uint32_t n_groups = 0;

	if (name)
		group = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR)name);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &n_groups);
	if (group == PCRE2_ERROR_NOUNIQUESUBSTRING) {
		(void)snprintf(reason, PATTERN_ERROR_MAX,
			"there are several groups named %s; write a pattern for each", name);
		return -EINVAL;
	}
	if (group <= 0) {
		(void)snprintf(reason, PATTERN_ERROR_MAX,
			"there is no group named %s, as in (?<%s>[0-9]+)", name, name);
		return -EINVAL;
	}
	if (n_groups == 0) {
		(void)snprintf(reason, PATTERN_ERROR_MAX, "there is no group, as in ([0-9]+)");
		return -EINVAL;
	}
	pattern->group = (unsigned)group;
	return 0;
}

/* The largest number behind a brace. A brace may mean something else: charging too much does no
 * harm. */
static uint16_t find_repeats(struct text item)
{
	uint32_t most = 0;

	for (size_t i = 0; i < item.len; i++) {
		uint32_t n = 0;

		if (item.data[i] != '{')
			continue;
		while (i + 1 < item.len && char_is_blank(item.data[i + 1]))
			i++;
		while (i + 1 < item.len && char_is_digit(item.data[i + 1]) && n < UINT16_MAX)
			n = 10 * n + (uint32_t)(item.data[++i] - '0');
		if (n > most)
			most = n;
	}
	return most < UINT16_MAX ? (uint16_t)most : UINT16_MAX;
}

/* PCRE2 looks a byte up in a table, but compares it with each property that a class names. */
static uint16_t find_weight(struct text item)
{
	uint16_t n = 1;

	for (size_t i = 1; i < item.len; i++)
		if (item.data[i - 1] == '\\' && char_lower(item.data[i]) == 'p')
			n++;
	return n;
}

/* \1, \g{1}, \k<name>, (?P=name). */
static bool is_reference(struct text item)
{
	static const char python[] = "(?P=";

	if (text_starts(item, text_make(python, sizeof(python) - 1)))
		return true;
	return item.len > 1 && item.data[0] == '\\' && strchr("123456789gk", item.data[1]);
}

/* (?R), (?1), (?+1), (?&name), (?P>name), \g<name>. */
static bool is_recursion(struct text item)
{
	static const char python[] = "(?P>", call[] = "\\g", group[] = "(?";

	if (text_starts(item, text_make(python, sizeof(python) - 1)) ||
		text_starts(item, text_make(call, sizeof(call) - 1)))
		return true;
	return item.len > 2 && text_starts(item, text_make(group, sizeof(group) - 1)) &&
	       strchr("R&+-0123456789", item.data[2]);
}

struct weighing {
	struct pattern *pattern;
	struct text regex;
};

static int weigh_item(pcre2_callout_enumerate_block *block, void *userdata)
{
	const struct weighing *weighing = userdata;
	struct text item =
		text_make(weighing->regex.data + block->pattern_position, block->next_item_length);

	if (item.len > 0)
		weighing->pattern->items[block->pattern_position] = (struct item){
			.n = find_repeats(item),
			.weight = find_weight(item),
			.is_reference = is_reference(item),
			.is_recursion = is_recursion(item),
		};
	return 0;
}

static size_t count_parts(struct text regex, const char *part)
{
	size_t len = strlen(part), n = 0;

	for (size_t i = 0; i + len <= regex.len; i++)
		n += memcmp(regex.data + i, part, len) == 0;
	return n;
}

static int weigh_items(struct pattern *pattern, struct text regex)
{
	struct weighing weighing = { pattern, regex };
	size_t code = 0;

	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_FRAMESIZE, &pattern->frame_size);
	(void)pcre2_pattern_info(pattern->code, PCRE2_INFO_SIZE, &code);
	pattern->item_work = WORK_CALLOUT + pattern->frame_size / FRAME_BYTES + code / CODE_BYTES +
			     count_parts(regex, "|");
	pattern->knows_end = count_parts(regex, "\\z") + count_parts(regex, "\\Z") > 0;
	pattern->items = calloc(regex.len + 1, sizeof(*pattern->items));
	if (!pattern->items)
		return -ENOMEM;
	(void)pcre2_callout_enumerate(pattern->code, weigh_item, &weighing);
	return 0;
}

/* Script runs are about Unicode's characters, but the text is bytes. Their checks compare the whole
 * match so far at each place, which no callout counts. */
static int refuse_script_runs(struct text regex, char *reason)
{
	static const char *const names[] = {
		"(*sr:", "(*asr:", "(*script_run:", "(*atomic_script_run:"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (count_parts(regex, names[i]) > 0) {
			(void)snprintf(reason, PATTERN_ERROR_MAX,
				"script runs are not supported: %s...)", names[i]);
			return -EINVAL;
		}
	return 0;
}

int pattern_new(struct text regex, const char *group, char *reason, struct pattern **ret)
{
	CLEANUP(pattern_freep) struct pattern *pattern = calloc(1, sizeof(*pattern));
	PCRE2_SIZE at = 0;
	int error = 0, r;

	if (!pattern)
		return -ENOMEM;
	r = refuse_script_runs(regex, reason);
	if (r < 0)
		return r;
	pattern->code = pcre2_compile((PCRE2_SPTR)regex.data, regex.len,
		PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_AUTO_CALLOUT, &error, &at, NULL);
	if (!pattern->code) {
		PCRE2_UCHAR text[PATTERN_ERROR_MAX / 2];

		(void)pcre2_get_error_message(error, text, sizeof(text));
		(void)snprintf(reason, PATTERN_ERROR_MAX, "%s, at byte %zu", (const char *)text,
			(size_t)at + 1);
		return -EINVAL;
	}
	r = find_group(pattern, group, reason);
	if (r < 0)
		return r;
	r = weigh_items(pattern, regex);
	if (r < 0)
		return r;
	*ret = TAKE(pattern);
	return 0;
}

/* --- the matcher --- */

static void *allocate_memory(size_t size, void *userdata)
{
	struct pattern_matcher *matcher = userdata;

	if (size > matcher->held)
		matcher->held = size;
	return malloc(size);
}

static void free_memory(void *memory, void *userdata)
{
	(void)userdata;
	free(memory);
}

/* The most bytes that a back reference may compare. */
static size_t find_longest_capture(const pcre2_callout_block *block)
{
	const PCRE2_SIZE *range = block->offset_vector;
	size_t longest = 0;

	for (uint32_t i = 1; i < block->capture_top; i++) {
		range += 2;
		if (range[0] != PCRE2_UNSET && range[1] > range[0] && range[1] - range[0] > longest)
			longest = range[1] - range[0];
	}
	return longest;
}

/* Bytes that an item may compare before the next callout. */
static uint64_t weigh_unseen(const struct item *item, const pcre2_callout_block *block)
{
	uint64_t left = block->subject_length - block->current_position;
	uint64_t n = item->n;

	if (item->is_reference)
		n = (n > 0 ? n : 1) * find_longest_capture(block);
	return n < left ? n : left;
}

static int count_item(pcre2_callout_block *block, void *userdata)
{
	struct pattern_matcher *matcher = userdata;
	const struct item *item = &matcher->pattern->items[block->pattern_position];
	size_t at = block->current_position;
	uint64_t work = matcher->pattern->item_work;

	if (at > matcher->at)
		work += (at - matcher->at) * matcher->weight;
	if (item->n > 0 || item->is_reference)
		work += weigh_unseen(item, block) * item->weight;
	if (item->is_recursion)
		work += matcher->held / matcher->pattern->frame_size * WORK_FRAME;
	matcher->at = at;
	matcher->weight = item->weight > 0 ? item->weight : 1;
	if (work > matcher->work) {
		matcher->work = 0;
		return PCRE2_ERROR_MATCHLIMIT;
	}
	matcher->work -= work;
	return 0;
}

struct pattern_matcher *pattern_matcher_free(struct pattern_matcher *matcher)
{
	if (!matcher)
		return NULL;
	pcre2_match_data_free(matcher->match);
	pcre2_match_context_free(matcher->context);
	pcre2_general_context_free(matcher->memory);
	free(matcher);
	return NULL;
}

/* How many ranges a match needs, up to that of the group. */
static uint32_t count_ranges(const struct pattern *const *patterns, size_t n)
{
	uint32_t n_ranges = 1;

	for (size_t i = 0; i < n; i++)
		if (patterns[i]->group >= n_ranges)
			n_ranges = patterns[i]->group + 1;
	return n_ranges;
}

/* Match the empty text, so that PCRE2 allocates now what a first match needs. */
static int allocate_for_pattern(struct pattern_matcher *matcher, const struct pattern *pattern)
{
	int n;

	matcher->pattern = pattern;
	matcher->work = PATTERN_WORK_MIN;
	n = pcre2_match(pattern->code, (PCRE2_SPTR) "", 0, 0, 0, matcher->match, matcher->context);
	return n == PCRE2_ERROR_NOMEMORY ? -ENOMEM : 0;
}

int pattern_matcher_new(
	const struct pattern *const *patterns, size_t n, struct pattern_matcher **ret)
{
	CLEANUP(pattern_matcher_freep)
	struct pattern_matcher *matcher = calloc(1, sizeof(*matcher));

	if (!matcher)
		return -ENOMEM;
	matcher->n_ranges = count_ranges(patterns, n);
	matcher->memory = pcre2_general_context_create(allocate_memory, free_memory, matcher);
	matcher->context = pcre2_match_context_create(NULL);
	matcher->match = matcher->memory
				 ? pcre2_match_data_create(matcher->n_ranges, matcher->memory)
				 : NULL;
	if (!matcher->context || !matcher->match)
		return -ENOMEM;
	(void)pcre2_set_match_limit(matcher->context, UINT32_MAX);
	(void)pcre2_set_heap_limit(matcher->context, PATTERN_HEAP_MAX / 1024);
	(void)pcre2_set_callout(matcher->context, count_item, matcher);
	for (size_t i = 0; i < n; i++)
		if (allocate_for_pattern(matcher, patterns[i]) < 0)
			return -ENOMEM;
	*ret = TAKE(matcher);
	return 0;
}

size_t pattern_matcher_held(const struct pattern_matcher *matcher)
{
	return matcher->held > MATCHER_KEEP_MAX ? matcher->held : 0;
}

/* Without memory for new match data, the old stays. */
void pattern_matcher_trim(struct pattern_matcher *matcher)
{
	pcre2_match_data *match;

	if (pattern_matcher_held(matcher) == 0)
		return;
	match = pcre2_match_data_create(matcher->n_ranges, matcher->memory);
	if (!match)
		return;
	pcre2_match_data_free(matcher->match);
	matcher->match = match;
	matcher->held = 0;
}

/* --- matching --- */

uint64_t pattern_work_for(size_t len)
{
	uint64_t work = PATTERN_WORK_MIN + (uint64_t)PATTERN_WORK_BYTE * len;

	return work < PATTERN_WORK_MAX ? work : PATTERN_WORK_MAX;
}

static void use_work(struct pattern_subject *subject, uint64_t work)
{
	subject->work -= work < subject->work ? work : subject->work;
}

/* Match once, within the work that is left. Returns as pcre2_match. */
static int match_once(const struct pattern *pattern, struct pattern_matcher *matcher,
	struct pattern_subject *subject)
{
	const PCRE2_SIZE *ranges = pcre2_get_ovector_pointer(matcher->match);
	size_t len = subject->text.len;
	uint32_t options = (subject->cut_in_front ? PCRE2_NOTBOL : 0) |
			   (subject->cut_behind ? PCRE2_NOTEOL : 0);
	int n;

	if (subject->work < WORK_CALL)
		return PCRE2_ERROR_MATCHLIMIT;
	matcher->work = subject->work - WORK_CALL;
	matcher->pattern = pattern;
	matcher->at = subject->from;
	matcher->weight = 1;
	n = pcre2_match(pattern->code, (PCRE2_SPTR)subject->text.data, len, subject->from, options,
		matcher->match, matcher->context);
	assert(matcher->work < subject->work);
	subject->work = matcher->work;
	if (n >= 0 && ranges[0] >= subject->from)
		use_work(subject, ranges[0] - subject->from);
	else
		use_work(subject, len - subject->from);
	return n;
}

/* Whether the code is complete: it touches no edge, and the match needs no end of line where the
 * text is cut. */
static bool is_complete(const struct pattern *pattern, const struct pattern_subject *subject,
	const PCRE2_SIZE *range, const PCRE2_SIZE *cause)
{
	size_t end = subject->text.len;

	if (subject->edge > 0 && cause[0] == subject->edge)
		return false;
	return !subject->cut_behind ||
	       (cause[1] + PATTERN_MARGIN <= end && (!pattern->knows_end || range[1] < end));
}

int pattern_next(const struct pattern *pattern, struct pattern_matcher *matcher,
	struct pattern_subject *subject, size_t *ret_offset, size_t *ret_len)
{
	assert(subject->work <= PATTERN_WORK_MAX);
	assert(pattern->group < matcher->n_ranges);
	while (subject->from <= subject->text.len) {
		const PCRE2_SIZE *ranges = pcre2_get_ovector_pointer(matcher->match);
		const PCRE2_SIZE *cause = ranges + (size_t)2 * pattern->group;
		int n = match_once(pattern, matcher, subject);

		if (n == PCRE2_ERROR_NOMATCH)
			return PATTERN_NONE;
		if (n < 0)
			return PATTERN_GAVE_UP;
		subject->from = ranges[1] > subject->from ? ranges[1] : subject->from + 1;
		/* 0: there are more groups than ranges; the range of the group is among them. */
		if ((n > 0 && (unsigned)n <= pattern->group) || cause[0] == PCRE2_UNSET ||
			cause[1] <= cause[0] || !is_complete(pattern, subject, ranges, cause))
			continue;
		*ret_offset = cause[0];
		*ret_len = cause[1] - cause[0];
		return 0;
	}
	return PATTERN_NONE;
}
