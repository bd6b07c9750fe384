/* `because 512`, `because explain CODE…`: what the catalogs say of a code or a name. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "cause/catalog.h"
#include "flow/library.h"
#include "record/severity.h"
#include "tool/cause-json.h"
#include "tool/screen.h"
#include "tool/tool.h"

enum { SUGGESTIONS_MAX = 5, INDENT = 14 };

/* A word of the command line: a code, or else a name. */
struct question {
	struct text text;
	bool is_code;
	uint64_t code;
};

static struct question question_of(const char *argument)
{
	struct question question = { .text = text_of(argument) };

	question.is_code =
		text_parse_number(question.text, 10, CATALOG_CODE_MAX, &question.code) == 0;
	return question;
}

static const struct cause *answer(const struct catalog *catalog, const struct question *question)
{
	return question->is_code ? catalog_find(catalog, question->code)
				 : catalog_find_name(catalog, question->text);
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
		(void)printf("  %-*s%" PRIu32 " to %" PRIu32 " mean the same\n", INDENT - 2,
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

/* Answer from every catalog, or the one that is named. Returns how many had an answer. */
static size_t explain(const struct setup *setup, const struct tool_options *options,
	const struct screen *screen, const struct question *question)
{
	size_t n = 0;

	for (size_t i = 0; i < setup->library.n_files; i++) {
		const struct catalog *catalog = setup->library.files[i].catalog;
		const struct cause *cause;
		uint32_t code;

		if (!catalog ||
			(options->catalog && !text_equal(catalog->name, text_of(options->catalog))))
			continue;
		cause = answer(catalog, question);
		if (!cause)
			continue;
		n++;
		code = question->is_code ? (uint32_t)question->code : cause->code;
		if (options->json)
			(void)print_json(catalog, cause, code);
		else
			print_cause(screen, catalog, cause, code);
	}
	return n;
}

/* Names that the person may have meant: those that hold the word, or are a few letters away. */
static size_t suggest_from(
	const struct catalog *catalog, struct text word, struct buffer *out, size_t n)
{
	for (size_t i = 0; i < catalog->n_causes && n < SUGGESTIONS_MAX; i++) {
		const struct cause *cause = &catalog->causes[i];

		if (!text_contains_nocase(cause->name, word) &&
			text_distance(cause->name, word) > word.len / 4 + 1)
			continue;
		buffer_add_format(out, "%s%.*s", n > 0 ? ", " : "", TEXT_FORMAT(cause->name));
		n++;
	}
	return n;
}

static void say_unknown(const struct setup *setup, const struct tool_options *options,
	const struct question *question)
{
	CLEANUP(buffer_done) struct buffer names = buffer_make(DIAG_TEXT_MAX);
	const char *where = options->catalog ? options->catalog : "any catalog";
	size_t n = 0;

	for (size_t i = 0; i < setup->library.n_files && !question->is_code; i++)
		if (setup->library.files[i].catalog && question->text.len > 1)
			n = suggest_from(
				setup->library.files[i].catalog, question->text, &names, n);
	(void)fflush(stdout);
	if (question->is_code)
		log_error("release cause %" PRIu64 " is not in %s; 'because list' shows what is",
			question->code, where);
	else if (n > 0)
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

		if (i > 0 && !options->json)
			(void)putchar('\n');
		if (explain(&setup, options, &screen, &question) > 0)
			continue;
		say_unknown(&setup, options, &question);
		status = TOOL_WRONG;
	}
	return tool_finish_output(status);
}
