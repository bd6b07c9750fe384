/* `because 512`, `because explain CODE…`: show the causes that the catalogs have for a code or a
 * name. */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "cause/catalog.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "flow/setup/profile-choice.h"
#include "record/severity.h"
#include "tool/cause-json.h"
#include "tool/screen.h"
#include "tool/tool.h"

enum { SUGGESTIONS_MAX = 5, INDENT = 14, SHOWN_MAX = 200 };

enum question_kind {
	QUESTION_TEXT, /* a name, or a line of a log */
	QUESTION_CODE, /* a code, or a range as `because list` prints it */
	QUESTION_HEX,  /* a code in hexadecimal */
};

/* An argument. */
struct question {
	struct text text;
	enum question_kind kind;
	uint64_t code, last;           /* the ends of a range; equal for one code */
	const struct catalog *catalog; /* the only one to ask; NULL = those of the options */
};

static bool is_hex_code(struct text text, uint64_t *ret)
{
	return text.len > 2 && text.data[0] == '0' && char_lower(text.data[1]) == 'x' &&
	       text_parse_number(text_make(text.data + 2, text.len - 2), 16, VALUE_CODE_MAX, ret) ==
		       0;
}

/* The argument without the blanks and the one pair of quotes that were pasted around it. */
static struct text trim_argument(struct text text)
{
	text = text_trim(text);
	if (text.len > 2 && strchr("\"'", text.data[0]) && text.data[0] == text.data[text.len - 1])
		text = text_trim(text_make(text.data + 1, text.len - 2));
	return text;
}

/* Whether `text` is two codes with a mark between them. */
static bool is_range(struct text text, uint64_t *ret_first, uint64_t *ret_last)
{
	const char *mark = catalog_find_range_mark(text);
	size_t len = mark ? (size_t)(mark - text.data) : 0;

	return mark &&
	       text_parse_number(
		       text_trim(text_make(text.data, len)), 10, VALUE_CODE_MAX, ret_first) == 0 &&
	       text_parse_number(text_trim(text_make(mark + 1, text.len - len - 1)), 10,
		       VALUE_CODE_MAX, ret_last) == 0;
}

static struct question parse_question(struct text argument)
{
	struct question question = { .text = trim_argument(argument) };

	if (is_hex_code(question.text, &question.code))
		question.kind = QUESTION_HEX;
	else if (text_parse_number(question.text, 10, VALUE_CODE_MAX, &question.code) == 0)
		question.kind = QUESTION_CODE;
	question.last = question.code;
	if (question.kind == QUESTION_TEXT &&
		is_range(question.text, &question.code, &question.last))
		question.kind = QUESTION_CODE;
	return question;
}

/* A range that an override has split matches its name with each of its parts. */
static bool is_answered_by(const struct cause *cause, const struct question *question)
{
	if (question->kind != QUESTION_TEXT)
		return question->last >= cause->code && question->code <= cause->last;
	return cause_has_name(cause, question->text);
}

static void print_line(const struct screen *screen, const char *label, struct text text)
{
	if (text.len == 0)
		return;
	(void)printf("  %-*s", INDENT - 2, label);
	screen_print_wrapped(screen, INDENT, text);
}

static void print_cause(const struct screen *screen, const struct catalog *catalog,
	const struct cause *cause, uint32_t code)
{
	(void)fputs(screen_bold(screen), stdout);
	if (cause_has_code(cause))
		(void)printf("%" PRIu32 " ", code);
	(void)printf("%.*s%s, %s%s%s\n", TEXT_FORMAT(cause->name), screen_reset(screen),
		screen_severity(screen, cause->severity), severity_names[cause->severity],
		screen_reset(screen));
	(void)printf("  ");
	screen_print_wrapped(screen, 2, cause->description);
	for (size_t i = 0; i < cause->possibilities->n; i++)
		print_line(screen, i == 0 ? "either" : "or", cause->possibilities->items[i]);
	print_line(screen, "component", cause->component);
	print_line(screen, "category", cause->category);
	print_line(screen, "action", cause->action);
	for (size_t i = 0; i < cause->aliases->n; i++)
		print_line(screen, i == 0 ? "also called" : "", cause->aliases->items[i]);
	if (cause->last > cause->code)
		(void)printf("  %-*s%" PRIu32 " to %" PRIu32 " share this text\n", INDENT - 2,
			"range", cause->code, cause->last);
	print_line(screen, "catalog", catalog->name);
}

static int print_json(const struct catalog *catalog, const struct cause *cause, uint32_t code)
{
	CLEANUP(buffer_done) struct buffer out = buffer_make(CAUSE_JSON_MAX);
	int r = cause_json_print(catalog, cause, code, &out);

	if (r < 0)
		return r;
	(void)fwrite(out.data, 1, out.len, stdout);
	return 0;
}

struct answers {
	const struct screen *screen;
	bool json;
	size_t n; /* printed so far */
};

static void print_answer(struct answers *answers, const struct catalog *catalog,
	const struct cause *cause, uint32_t code)
{
	if (answers->json) {
		(void)print_json(catalog, cause, code);
	} else {
		if (answers->n > 0)
			(void)putchar('\n');
		print_cause(answers->screen, catalog, cause, code);
	}
	answers->n++;
}

struct request {
	const struct setup *setup;
	const struct tool_options *options;
	struct recognizer *recognizer; /* NULL until a line is asked about */
	struct answers answers;
};

static void answer_from(
	struct answers *answers, const struct catalog *catalog, const struct question *question)
{
	for (size_t i = 0; i < catalog->n_causes; i++)
		if (is_answered_by(&catalog->causes[i], question))
			print_answer(answers, catalog, &catalog->causes[i],
				question->kind != QUESTION_TEXT &&
						question->code > catalog->causes[i].code
					? (uint32_t)question->code
					: catalog->causes[i].code);
}

/* Answer from every catalog that is asked for. Returns whether there is an answer. */
static bool explain(struct request *request, const struct question *question)
{
	size_t n = request->answers.n, i = 0;
	const struct catalog *catalog;

	while ((catalog = tool_next_catalog(request->setup, request->options, &i)))
		if (!question->catalog || catalog == question->catalog)
			answer_from(&request->answers, catalog, question);
	return request->answers.n > n;
}

/* Names that the person may have meant. */
struct suggestions {
	struct text names[SUGGESTIONS_MAX];
	size_t n;
};

static char fold(char c)
{
	if (c == '_' || c == ' ')
		return '-';
	return char_lower(c);
}

/* Whether only letter case and what separates the words make two names differ. */
static bool is_same_name(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold(a.data[i]) != fold(b.data[i]))
			return false;
	return true;
}

/* Of forms of one name, that of a cause is kept rather than an alias. */
static void suggest(struct suggestions *suggestions, struct text name)
{
	for (size_t i = 0; i < suggestions->n; i++) {
		if (!is_same_name(suggestions->names[i], name))
			continue;
		if (schema_is_slug(name))
			suggestions->names[i] = name;
		return;
	}
	if (suggestions->n < SUGGESTIONS_MAX)
		suggestions->names[suggestions->n++] = name;
}

/* Add the names that hold the word, or are a few letters away. */
static void suggest_from(
	const struct catalog *catalog, struct text word, struct suggestions *suggestions)
{
	for (size_t i = 0; i < catalog->n_names; i++) {
		struct text name = catalog->names[i].name;

		if (text_contains_nocase(name, word) ||
			text_distance(name, word) <= word.len / 4 + 1)
			suggest(suggestions, name);
	}
}

static void suggest_all(
	const struct request *request, struct text word, struct suggestions *suggestions)
{
	const struct catalog *catalog;
	size_t i = 0;

	while ((catalog = tool_next_catalog(request->setup, request->options, &i)))
		suggest_from(catalog, word, suggestions);
}

static void log_near(struct text shown, const char *where, const struct suggestions *suggestions)
{
	CLEANUP(buffer_done) struct buffer names = buffer_make(DIAG_TEXT_MAX);

	for (size_t i = 0; i < suggestions->n; i++)
		buffer_add_format(
			&names, "%s%.*s", i > 0 ? ", " : "", TEXT_FORMAT(suggestions->names[i]));
	log_error("no release cause '%.*s' in %s; near it: %.*s", TEXT_FORMAT(shown), where,
		TEXT_FORMAT(buffer_text(&names)));
}

static void log_unknown(const struct request *request, const struct question *question)
{
	const char *where = request->options->catalog ? request->options->catalog : "any catalog";
	struct text shown = text_cut(question->text, SHOWN_MAX);
	struct suggestions suggestions = { 0 };

	if (question->kind == QUESTION_TEXT && question->text.len > 1)
		suggest_all(request, question->text, &suggestions);
	if (question->catalog && !request->options->catalog)
		where = question->catalog->name.data;
	if (suggestions.n > 0)
		log_near(shown, where, &suggestions);
	else if (question->kind == QUESTION_HEX)
		log_error("no release cause '%.*s' (%" PRIu64 ") in %s; "
			  "'because list' shows what is there",
			TEXT_FORMAT(shown), question->code, where);
	else
		log_error("no release cause '%.*s' in %s; 'because list' shows what is there",
			TEXT_FORMAT(shown), where);
}

/* Whether the text is a line: names of causes hold neither blanks nor these characters. */
static bool is_line(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" \t\r\n=:,;<>\"'{}", text.data[i]))
			return true;
	return false;
}

/* Codes and names need no profile. */
static bool has_line(const struct tool_options *options)
{
	for (size_t i = 0; i < options->n_arguments; i++)
		if (is_line(text_of(options->arguments[i])))
			return true;
	return false;
}

/* The recognizer of the profiles that `because filter` takes by default. */
static int make_recognizer(struct request *request)
{
	const struct text_list none = { 0 };
	struct text missing = { 0 };
	int r;

	if (request->recognizer)
		return 0;
	r = setup_recognizer(request->setup, &none, &missing, &request->recognizer);
	if (r == -ENOENT && text_equal(missing, text_of(PROFILE_CHOICE_ALL)))
		log_error("cannot read lines: there is no profile that is used by default");
	else if (r == -ENOENT)
		log_error("cannot read lines: there is no profile '%.*s'", TEXT_FORMAT(missing));
	else if (r < 0) {
		errno = -r;
		log_error("cannot build the recognizer: %m");
	}
	return r;
}

static int explain_match(struct request *request, struct text line, const struct match *match)
{
	struct question question = {
		.text = text_make(line.data + match->offset, match->len),
		.kind = match_is_name(match) ? QUESTION_TEXT : QUESTION_CODE,
		.code = match->code,
		.last = match->code,
		.catalog = match->catalog,
	};

	if (explain(request, &question))
		return TOOL_GOOD;
	(void)fflush(stdout);
	log_unknown(request, &question);
	return TOOL_WRONG;
}

static int answer_code(struct request *request, const struct question *question)
{
	struct text shown = text_cut(question->text, SHOWN_MAX);

	if (question->code <= question->last && explain(request, question))
		return TOOL_GOOD;
	(void)fflush(stdout);
	if (question->code > question->last)
		log_error("range '%.*s' is backwards: write the smaller code first",
			TEXT_FORMAT(shown));
	else
		log_unknown(request, question);
	return TOOL_WRONG;
}

/* Take the next word of a text in which blanks and line ends separate them. */
static bool next_word(struct text *rest, struct text *ret)
{
	static const char between[] = " \t\r\n";
	size_t n = 0;

	while (rest->len > 0 && strchr(between, rest->data[0]))
		text_skip(rest, 1);
	while (n < rest->len && !strchr(between, rest->data[n]))
		n++;
	*ret = text_make(rest->data, n);
	text_skip(rest, n);
	return n > 0;
}

/* Several codes in one argument, as in quotes. */
static bool is_list_of_codes(struct text text)
{
	struct text word;

	while (next_word(&text, &word))
		if (parse_question(word).kind == QUESTION_TEXT)
			return false;
	return true;
}

static int explain_codes(struct request *request, struct text codes)
{
	int status = TOOL_GOOD;
	struct text word;

	while (next_word(&codes, &word)) {
		struct question question = parse_question(word);

		if (answer_code(request, &question) != TOOL_GOOD)
			status = TOOL_WRONG;
	}
	return status;
}

/* Explain each cause that the line holds. */
static int explain_line(struct request *request, struct text line)
{
	struct text shown = text_cut(line, SHOWN_MAX);
	const struct match *matches;
	int status = TOOL_GOOD;
	size_t n;

	if (make_recognizer(request) < 0)
		return TOOL_USAGE;
	matches = recognizer_find(request->recognizer, line, &n);
	if (n == 0 && is_list_of_codes(line))
		return explain_codes(request, line);
	if (n == 0)
		log_error("no release cause recognized in '%.*s%s'; give codes separated by "
			  "blanks, without quotes around them, or read lines of other platforms "
			  "with 'because filter "
			  "--profile NAME'",
			TEXT_FORMAT(shown), shown.len < line.len ? "…" : "");
	for (size_t i = 0; i < n; i++)
		if (explain_match(request, line, &matches[i]) != TOOL_GOOD)
			status = TOOL_WRONG;
	if (recognizer_count_dropped(request->recognizer) > 0)
		log_warning("more than %d causes in one line, ignoring the others",
			RECOGNIZER_MATCHES_MAX);
	return n > 0 ? status : TOOL_WRONG;
}

static int answer_argument(struct request *request, const char *argument, bool is_first)
{
	struct question question = parse_question(text_of(argument));

	if (question.kind != QUESTION_TEXT)
		return answer_code(request, &question);
	if (explain(request, &question))
		return TOOL_GOOD;
	(void)fflush(stdout);
	if (is_line(question.text))
		return explain_line(request, question.text);
	log_unknown(request, &question);
	/* A mistyped command: the arguments after it are no codes. */
	if (is_first && request->options->is_implied && tool_suggest_command(argument))
		return TOOL_USAGE;
	return TOOL_WRONG;
}

static int answer_all(struct request *request)
{
	const struct tool_options *options = request->options;
	int status = TOOL_GOOD;

	for (size_t i = 0; i < options->n_arguments; i++) {
		int answered = answer_argument(request, options->arguments[i], i == 0);

		if (answered == TOOL_USAGE)
			return answered;
		if (answered != TOOL_GOOD)
			status = answered;
	}
	return status;
}

int tool_explain(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	struct screen screen = screen_open(options->color);
	struct request request = {
		.setup = &setup,
		.options = options,
		.answers = { .screen = &screen, .json = options->json },
	};
	int status;

	if (options->n_arguments == 0) {
		log_error("which code? For instance: because 512");
		return TOOL_USAGE;
	}
	if (tool_load(&setup, options, has_line(options)) < 0)
		return TOOL_USAGE;
	status = tool_check_catalog(&setup, options);
	if (status == TOOL_GOOD)
		status = answer_all(&request);
	request.recognizer = recognizer_free(request.recognizer);
	return tool_finish_output(status);
}
