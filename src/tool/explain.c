/* `because 512`, `because explain CODE…`: what the catalogs say of a code or a name. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "cause/catalog.h"
#include "record/severity.h"
#include "tool/cause-json.h"
#include "tool/screen.h"
#include "tool/tool.h"

enum { SUGGESTIONS_MAX = 5, INDENT = 14 };

/* A word of the command line: a code, a range as `because list` prints it, or else a name. */
struct question {
	struct text text;
	bool is_code;
	uint64_t code;
};

static struct question question_of(const char *argument)
{
	struct question question = { .text = text_of(argument) };
	struct text first = question.text;
	const char *mark = catalog_find_range_mark(question.text);
	uint64_t last;

	if (mark && text_parse_number(text_of(mark + 1), 10, CATALOG_CODE_MAX, &last) == 0)
		first.len = (size_t)(mark - argument);
	question.is_code = text_parse_number(first, 10, CATALOG_CODE_MAX, &question.code) == 0;
	return question;
}

static bool has_name(const struct cause *cause, struct text name)
{
	if (text_equal_nocase(cause->name, name))
		return true;
	for (size_t i = 0; i < cause->aliases.n; i++)
		if (text_equal_nocase(cause->aliases.items[i], name))
			return true;
	return false;
}

/* A range that an override has split answers to its name with each of its parts. */
static bool is_answered_by(const struct cause *cause, const struct question *question)
{
	if (question->is_code)
		return question->code >= cause->code && question->code <= cause->last;
	return has_name(cause, question->text);
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
	(void)printf("%s%" PRIu32 " %.*s%s, %s%s%s\n", screen_bold(screen), code,
		TEXT_FORMAT(cause->name), screen_reset(screen),
		screen_severity(screen, cause->severity), severity_names[cause->severity],
		screen_reset(screen));
	(void)printf("  ");
	screen_print_wrapped(screen, 2, cause->description);
	for (size_t i = 0; i < cause->possibilities.n; i++)
		print_line(screen, i == 0 ? "either" : "or", cause->possibilities.items[i]);
	print_line(screen, "component", cause->component);
	print_line(screen, "category", cause->category);
	print_line(screen, "action", cause->action);
	for (size_t i = 0; i < cause->aliases.n; i++)
		print_line(screen, i == 0 ? "also called" : "", cause->aliases.items[i]);
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

/* Answer from every catalog that is asked for. Returns how many answers there are. */
static size_t explain(const struct setup *setup, const struct tool_options *options,
	const struct question *question, struct answers *answers_so_far)
{
	size_t n = answers_so_far->n, i = 0;
	const struct catalog *catalog;

	while ((catalog = tool_next_catalog(setup, options, &i)))
		for (size_t j = 0; j < catalog->n_causes; j++)
			if (is_answered_by(&catalog->causes[j], question))
				print_answer(answers_so_far, catalog, &catalog->causes[j],
					question->is_code ? (uint32_t)question->code
							  : catalog->causes[j].code);
	return answers_so_far->n - n;
}

/* Names that the person may have meant: those that hold the word, or are a few letters away. */
static size_t suggest_from(
	const struct catalog *catalog, struct text word, struct buffer *out, size_t n)
{
	for (size_t i = 0; i < catalog->n_names && n < SUGGESTIONS_MAX; i++) {
		struct text name = catalog->names[i].name;

		if (!text_contains_nocase(name, word) &&
			text_distance(name, word) > word.len / 4 + 1)
			continue;
		buffer_add_format(out, "%s%.*s", n > 0 ? ", " : "", TEXT_FORMAT(name));
		n++;
	}
	return n;
}

static void say_unknown(const struct setup *setup, const struct tool_options *options,
	const struct question *question)
{
	CLEANUP(buffer_done) struct buffer names = buffer_make(DIAG_TEXT_MAX);
	const char *where = options->catalog ? options->catalog : "any catalog";
	const struct catalog *catalog;
	size_t n = 0, i = 0;

	while (!question->is_code && question->text.len > 1 &&
		(catalog = tool_next_catalog(setup, options, &i)))
		n = suggest_from(catalog, question->text, &names, n);
	(void)fflush(stdout);
	if (n > 0)
		log_error("no release cause '%.*s' in %s; near it: %.*s",
			TEXT_FORMAT(question->text), where, TEXT_FORMAT(buffer_text(&names)));
	else
		log_error("no release cause '%.*s' in %s; 'because list' shows what is there",
			TEXT_FORMAT(question->text), where);
}

int tool_explain(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	struct screen screen = screen_open();
	struct answers answers = { .screen = &screen, .json = options->json };
	int status;

	if (options->n_arguments == 0) {
		log_error("which code? For instance: because 512");
		return TOOL_USAGE;
	}
	if (tool_load(&setup, options) < 0)
		return TOOL_USAGE;
	status = tool_check_catalog(&setup, options);
	if (status != TOOL_GOOD)
		return status;

	for (size_t i = 0; i < options->n_arguments; i++) {
		struct question question = question_of(options->arguments[i]);

		if (explain(&setup, options, &question, &answers) > 0)
			continue;
		say_unknown(&setup, options, &question);
		status = TOOL_WRONG;
	}
	return tool_finish_output(status);
}
