/* One scan for the literals of all rules at once proposes places. Only there are keys checked for a
 * value, a pattern is tried only on lines with its literal, and so is a column. */
#include "config.h"

#include "cause/recognizer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv/csv.h"
#include "cause/ignored.h"
#include "cause/profile.h"
#include "cause/rules.h"
#include "cause/search/columns.h"
#include "cause/search/context.h"
#include "cause/search/known-brackets.h"
#include "cause/search/pattern-excerpt.h"
#include "cause/search/pattern.h"
#include "cause/search/prefilter.h"
#include "cause/search/scan/scan.h"

/* Collect twice the bound before ordering, so that ordering costs the same for each match. */
enum { COLLECT_MAX = 2 * RECOGNIZER_MATCHES_MAX };

/* A column by header, in the file at hand. */
struct header_column {
	struct rule *rule;
	struct column_query query;
};

struct recognizer {
	struct rules rules;
	struct rule **tried; /* in this text; room for all */
	size_t n_tried;
	struct header_column *columns; /* room for all that the rules know */
	size_t n_columns;              /* those that the file at hand has */
	struct pattern_matcher *matcher;
	struct context *context;
	struct excerpter excerpter;
	struct prefilter *prefilter; /* NULL until it is needed */
	size_t at;                   /* the current literal: before it, all rules have been tried */
	uint64_t work;               /* units left for patterns in this line or text */
	uint64_t n_spent;            /* units that patterns took in this call */
	bool line_by_line;           /* each line has units of its own */
	struct match *matches;
	size_t n_matches;
	bool has_ignored;  /* among them, or among those that were dropped */
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
	rules_done(&recognizer->rules);
	(void)pattern_matcher_free(recognizer->matcher);
	(void)context_free(recognizer->context);
	(void)prefilter_free(recognizer->prefilter);
	free(recognizer->matches);
	free(recognizer->tried);
	free(recognizer->columns);
	free(recognizer);
	return NULL;
}

static int make_context(const struct profile *const *profiles, size_t n, struct context **ret)
{
	CLEANUP(freep) struct context_of *owners = calloc(n + 1, sizeof(*owners));

	if (!owners)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		owners[i] = (struct context_of){ profiles[i]->name, profiles[i]->contexts,
			profiles[i]->n_contexts };
	return context_new(owners, n, ret);
}

int recognizer_new(const struct profile *const *profiles, size_t n, struct recognizer **ret)
{
	CLEANUP(recognizer_freep) struct recognizer *recognizer = calloc(1, sizeof(*recognizer));
	int r;

	if (!recognizer)
		return -ENOMEM;
	r = rules_init(&recognizer->rules, profiles, n);
	if (r == 0)
		r = rules_make_matcher(&recognizer->rules, &recognizer->matcher);
	if (r == 0)
		r = make_context(profiles, n, &recognizer->context);
	if (r < 0)
		return r;
	recognizer->matches = malloc(COLLECT_MAX * sizeof(*recognizer->matches));
	recognizer->columns = calloc(recognizer->rules.n_headers + 1, sizeof(*recognizer->columns));
	recognizer->tried = calloc(recognizer->rules.n + 1, sizeof(struct rule *));
	if (!recognizer->matches || !recognizer->columns || !recognizer->tried)
		return -ENOMEM;
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

	if (n_before < 2)
		return;
	while (n < n_before && compare_matches(&matches[n - 1], &matches[n]) < 0)
		n++;
	if (n < n_before)
		qsort(matches, n_before, sizeof(*matches), compare_matches);
	n = 1;
	for (size_t i = 1; i < n_before; i++)
		if (matches[i].offset >= matches[n - 1].offset + matches[n - 1].len)
			matches[n++] = matches[i];
	recognizer->n_matches = n;
}

/* Ignored matches keep their places until all rules have been tried. Those that end at or before
 * `end` are dropped. Then no match is accepted in their places any more. */
static void drop_ignored(struct recognizer *recognizer, size_t end)
{
	size_t n = 0;

	if (!recognizer->has_ignored)
		return;
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

/* Fill a match of the rule at a value of `text`. */
static void fill_match(
	const struct rule *rule, const struct value *value, struct text text, struct match *ret)
{
	char code[MATCH_CODE_SIZE];

	*ret = (struct match){
		.offset = value->offset,
		.len = value->len,
		.literal = value->start,
		.profile = rule->profile,
		.catalog = rule->catalog,
		.key = rule->literal,
		.base = rule->form.base,
		.code = value->code,
		.of_record = rule->column != NULL,
		.rank = rule->rank,
	};
	if (ignored_is_empty(rule->ignored))
		return;
	match_print_code(ret, text, code);
	ret->ignored = ignored_has(rule->ignored, text_of(code));
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
	struct match *match = &recognizer->matches[recognizer->n_matches];

	assert(recognizer->n_matches < COLLECT_MAX);
	fill_match(rule, value, text, match);
	if (rule->pattern)
		match->literal = recognizer->at;
	match->turn = recognizer->n_added++;
	assert(match->offset + match->len <= text.len);
	if (match->offset < recognizer->closed_end) {
		recognizer->n_dropped += !match->ignored;
		return;
	}
	recognizer->has_ignored |= match->ignored;
	if (++recognizer->n_matches == COLLECT_MAX)
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

/* Count a rule that leaves the line from `start` on undecided: once for each line. */
static void count_give_up(struct recognizer *recognizer, struct rule *rule, size_t start)
{
	recognizer->n_gave_up += rule->given_up != start + 1;
	rule->given_up = start + 1;
	recognizer->gave_up_by = rule->profile;
}

/* The rule was tried for all literals before `end`. What a text changes in a rule is dropped before
 * the next one: most rules are not tried at all. */
static void set_tried(struct recognizer *recognizer, struct rule *rule, size_t end)
{
	assert(end > rule->tried);
	if (rule->tried == 0) {
		assert(recognizer->n_tried < recognizer->rules.n);
		recognizer->tried[recognizer->n_tried++] = rule;
	}
	rule->tried = end;
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
	set_tried(recognizer, rule, excerpt.next);
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
		if (value_whole(excerpt.text, offset, len, &rule->form, &value)) {
			value.offset += excerpt.offset;
			add_match(recognizer, rule, &value, text);
		}
	}
	assert(subject.work <= work && work <= recognizer->work);
	recognizer->work -= work - subject.work;
	recognizer->n_spent += work - subject.work;
	if (r == PATTERN_GAVE_UP)
		count_give_up(recognizer, rule, recognizer->excerpter.start);
}

static struct column_query make_query(
	const struct profile_column *column, size_t number, size_t where)
{
	return (struct column_query){
		.number = number,
		.separator = column->separator,
		.width = column->width,
		.where = where,
		.equals = column->equals,
	};
}

/* Whether the value is the name of its column: then the record is a line of headers. */
static bool is_header(const struct rule *rule, struct text value)
{
	struct text header = rule->column->column.header;

	return header.len > 0 && text_equal_nocase(text_trim(value), header);
}

/* Collect the value of a column of the record at text[start..start + line.len). */
static void add_column(struct recognizer *recognizer, struct rule *rule,
	const struct column_query *query, struct text text, size_t start, struct text line)
{
	struct value value;
	size_t offset, len;
	int r = column_find(brackets_trim(line), query, &offset, &len);

	if (r == COLUMN_TORN)
		count_give_up(recognizer, rule, start);
	if (r != 0 || is_header(rule, text_make(line.data + offset, len)) ||
		!value_whole(text, start + offset, len, &rule->form, &value))
		return;
	/* The number of a column counts from the start of the line. */
	value.start = start;
	add_match(recognizer, rule, &value, text);
}

/* Read a column once on the line around its literal. A long line may not be whole: it is given up.
 */
static void try_column(
	struct recognizer *recognizer, struct rule *rule, struct text text, size_t at)
{
	const struct profile_column *column = rule->column;
	const struct column_query query =
		make_query(column, column->column.number, column->where.number);
	struct excerpt excerpt;

	if (at < rule->tried || memcmp(text.data + at, rule->literal.data, rule->literal.len) != 0)
		return;
	move_to_literal(recognizer, at);
	excerpt = excerpter_cut(&recognizer->excerpter, at);
	set_tried(recognizer, rule, excerpt.next);
	if (excerpt.cut_in_front || excerpt.cut_behind)
		count_give_up(recognizer, rule, recognizer->excerpter.start);
	else
		add_column(recognizer, rule, &query, text, excerpt.offset, excerpt.text);
}

/* Read the columns by header of the record at text[start..end). */
static void try_headers(struct recognizer *recognizer, struct text text, size_t start, size_t end)
{
	struct text line = text_make(text.data + start, end - start);

	recognizer->at = start;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	for (size_t i = 0; i < recognizer->n_columns; i++) {
		const struct header_column *column = &recognizer->columns[i];

		add_column(recognizer, column->rule, &column->query, text, start, line);
	}
}

/* Collect the values of a key at text[at]. */
static void try_key(
	struct recognizer *recognizer, const struct rule *rule, struct text text, size_t at)
{
	struct value value;

	if (!value_after_key(text, at, at + rule->literal.len, &rule->form, &value))
		return;
	do
		add_match(recognizer, rule, &value, text);
	while (value.next > 0 && value_next(text, &rule->form, &value));
}

/* Collect the matches of the rules of one literal at text[at]. */
static void try_rules(struct recognizer *recognizer, unsigned literal, struct text text, size_t at)
{
	size_t i = recognizer->rules.first[literal];

	recognizer->at = at;
	while (i != SIZE_MAX) {
		struct rule *rule = &recognizer->rules.items[i];

		if (rule->pattern)
			try_pattern(recognizer, rule, text, at);
		else if (rule->column)
			try_column(recognizer, rule, text, at);
		else
			try_key(recognizer, rule, text, at);
		i = rule->next;
	}
}

/* Drop the results of the last text. Lines of the next text are other lines, whatever their
 * offsets. */
static void start_text(
	struct recognizer *recognizer, struct text text, bool line_by_line, uint64_t work)
{
	recognizer->n_matches = 0;
	recognizer->has_ignored = false;
	recognizer->n_added = 0;
	recognizer->closed_end = 0;
	for (size_t i = 0; i < recognizer->n_tried; i++) {
		struct rule *rule = recognizer->tried[i];

		rule->tried = rule->matched = rule->given_up = 0;
	}
	recognizer->n_tried = 0;
	for (size_t i = 0; i < recognizer->n_columns; i++)
		recognizer->columns[i].rule->given_up = 0;
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

static void scan_text(struct recognizer *recognizer, struct text text, struct scan_cursor cursor)
{
	unsigned literal;
	size_t at;

	while (scan_next(recognizer->rules.scan, text.data, text.len, &cursor, &literal, &at))
		try_rules(recognizer, literal, text, at);
}

static size_t find_line_end(struct text text, size_t from)
{
	const char *end = memchr(text.data + from, '\n', text.len - from);

	return end ? (size_t)(end - text.data) : text.len;
}

/* Read every line from `from` on as a record, too. */
static void scan_records(struct recognizer *recognizer, struct text text, size_t from)
{
	while (from < text.len) {
		size_t end = find_line_end(text, from);

		try_headers(recognizer, text, from, end);
		scan_text(recognizer, text_make(text.data, end),
			(struct scan_cursor){ .offset = from });
		from = end + 1;
	}
}

/* Collect all matches from the cursor to the end of `text`. */
static void collect_matches(
	struct recognizer *recognizer, struct text text, struct scan_cursor cursor)
{
	if (recognizer->n_columns > 0)
		scan_records(recognizer, text, cursor.offset);
	else
		scan_text(recognizer, text, cursor);
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
		if (!scan_next(
			    recognizer->rules.scan, block.data, block.len, &cursor, &literal, &at))
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

/* As find_line, in a file with headers: each line is a record. */
static int find_record(
	struct recognizer *recognizer, struct text block, size_t from, struct match_line *ret)
{
	size_t start = from, end;

	if (start < block.len && block.data[start] == '\n')
		start++;
	for (; start < block.len; start = end + 1) {
		if (start > from && recognizer->n_spent >= RECOGNIZER_WORK_MAX) {
			*ret = (struct match_line){ .start = start - 1, .end = start - 1 };
			return RECOGNIZER_PAUSED;
		}
		end = find_line_end(block, start);
		collect_matches(recognizer, text_make(block.data, end),
			(struct scan_cursor){ .offset = start });
		if (recognizer->n_matches == 0)
			continue;
		*ret = (struct match_line){
			.start = start,
			.end = end,
			.matches = recognizer->matches,
			.n_matches = recognizer->n_matches,
		};
		return 0;
	}
	return RECOGNIZER_END;
}

/* Find the columns of the rule in a line of headers with this separator; false where there are
 * none. */
static bool find_columns(
	struct rule *rule, struct text line, char separator, struct header_column *ret)
{
	const struct profile_column *column = rule->column;
	size_t number = column_find_header(line, separator, column->column.header);
	size_t where = 0;

	if (column->where.header.len > 0) {
		where = column_find_header(line, separator, column->where.header);
		if (where == 0)
			return false;
	}
	if (number == 0)
		return false;
	*ret = (struct header_column){ rule, make_query(column, number, where) };
	ret->query.separator = separator;
	return true;
}

size_t recognizer_read_headers(struct recognizer *recognizer, struct text line)
{
	static const char usual[] = CSV_SEPARATORS;
	const struct rules *rules = &recognizer->rules;

	recognizer->n_columns = 0;
	for (size_t i = 0; i < rules->n_headers; i++) {
		struct rule *rule = &rules->headers[i];
		struct header_column *column = &recognizer->columns[recognizer->n_columns];
		bool is_found = false;

		if (rule->column->separator != '\0')
			is_found = find_columns(rule, line, rule->column->separator, column);
		for (const char *at = usual; rule->column->separator == '\0' && *at; at++)
			is_found = is_found || find_columns(rule, line, *at, column);
		recognizer->n_columns += is_found;
	}
	return recognizer->n_columns;
}

int recognizer_next_line(
	struct recognizer *recognizer, struct text block, size_t from, struct match_line *ret)
{
	int r;

	start_text(recognizer, block, true, RECOGNIZER_WORK_MAX);
	r = recognizer->n_columns > 0 ? find_record(recognizer, block, from, ret)
				      : find_line(recognizer, block, from, ret);
	pattern_matcher_trim(recognizer->matcher);
	return r;
}

bool recognizer_field(
	const struct recognizer *recognizer, struct text name, struct text value, struct match *ret)
{
	for (size_t i = 0; i < recognizer->rules.n_fields; i++) {
		const struct rule *rule = &recognizer->rules.fields[i];
		struct value found;
		struct match match;

		if (!text_equal(name, rule->literal) ||
			!value_whole(value, 0, value.len, &rule->form, &found))
			continue;
		fill_match(rule, &found, value, &match);
		if (match.ignored)
			return false;
		match.literal = 0;
		*ret = match;
		return true;
	}
	return false;
}

static int make_prefilter(const struct rules *rules, struct prefilter **ret)
{
	CLEANUP(freep) struct text *literals = calloc(rules->n + 1, sizeof(*literals));

	if (!literals)
		return -ENOMEM;
	for (size_t i = 0; i < rules->n; i++)
		literals[i] = rules->items[i].literal;
	return prefilter_new(literals, rules->n, ret);
}

bool recognizer_may_find(struct recognizer *recognizer, struct text bytes)
{
	/* Without memory for it, the message is searched. */
	if (!recognizer->prefilter &&
		make_prefilter(&recognizer->rules, &recognizer->prefilter) < 0)
		return true;
	return prefilter_may_match(recognizer->prefilter, bytes);
}

struct text recognizer_field_name(const struct recognizer *recognizer, size_t i)
{
	return i < recognizer->rules.n_fields ? recognizer->rules.fields[i].literal
					      : text_make(NULL, 0);
}

void recognizer_find_facts(const struct recognizer *recognizer, struct record *record)
{
	context_find(recognizer->context, record);
}

const struct catalog *const *recognizer_catalogs(const struct recognizer *recognizer, size_t *ret_n)
{
	*ret_n = recognizer->rules.n_catalogs;
	return recognizer->rules.catalogs;
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

/* Whether a word may continue behind the dots and hyphens at `at`. */
static bool name_may_continue(struct text text, size_t at)
{
	while (at < text.len && (text.data[at] == '.' || text.data[at] == '-'))
		at++;
	return at == text.len;
}

/* Whether more text behind `text` may change what is at the match, besides what any value may be
 * followed by. */
static bool match_may_change(const struct match *match, struct text text)
{
	size_t at = match->offset + match->len;

	if (match->of_record)
		return !memchr(text.data + at, '\n', text.len - at);
	if (match->base == VALUE_NAME)
		return name_may_continue(text, at);
	return match->base == VALUE_TEXT && value_text_may_continue(text, match->offset, at);
}

bool match_touches_end(const struct match *match, struct text text, size_t end)
{
	size_t code_end = match->offset + match->len;

	assert(end <= text.len && code_end <= text.len);
	text.len = end;
	return code_end >= end || match_may_change(match, text) ||
	       value_may_continue(text, code_end);
}

void match_print_code(const struct match *match, struct text text, char *code)
{
	size_t len;

	assert(match->len < MATCH_CODE_SIZE || !match_is_name(match));
	if (match_is_name(match)) {
		len = match->len;
		memcpy(code, text.data + match->offset, len);
	} else {
		len = text_print_number(match->code, code);
	}
	code[len] = '\0';
}
