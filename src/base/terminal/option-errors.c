#include "config.h"

#include "base/terminal/option-errors.h"

#include <getopt.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "base/text.h"

enum { NAMES_MAX = 1024 };

/* List the options that begin with this name, as ` --profile --profiles`. Returns how many. */
static size_t list_options(const struct option *options, struct text name, struct buffer *out)
{
	size_t n = 0;

	for (; options->name; options++) {
		if (!text_starts(text_of(options->name), name))
			continue;
		buffer_add_format(out, " --%s", options->name);
		n++;
	}
	return n;
}

static const struct option *find_option(const struct option *options, struct text name)
{
	for (; options->name; options++)
		if (text_equal(text_of(options->name), name))
			return options;
	return NULL;
}

static void log_unknown(struct text name, const struct option *options)
{
	struct suggestion nearest = suggestion_make(name);

	log_error("there is no option '--%.*s'", TEXT_FORMAT(name));
	for (; options->name; options++)
		suggestion_offer(&nearest, text_of(options->name));
	suggestion_log(nearest.best, "--");
}

/* In optopt, getopt_long leaves the letter of a short option, the value of a long one, and 0 for
 * one that it does not know. Within a word of several letters optind does not point behind it
 * yet. */
static bool is_long_option(const char *word)
{
	return (optopt == 0 || optopt >= OPTIONS_FIRST) && strncmp(word, "--", 2) == 0;
}

void options_log_refused(int result, char *const *argv, const struct option *options)
{
	CLEANUP(buffer_done) struct buffer names = buffer_make(NAMES_MAX);
	const char *word = argv[optind - 1];
	struct text name;
	size_t n;

	if (!is_long_option(word)) {
		log_error("there is no option '-%c'", char_is_word((char)optopt) ? optopt : '?');
		return;
	}
	name = text_make(word + 2, strcspn(word + 2, "="));
	if (result == ':') {
		log_error("the option '--%.*s' needs a value", TEXT_FORMAT(name));
		return;
	}
	n = list_options(options, name, &names);
	if (n == 0)
		log_unknown(name, options);
	else if (n == 1 || find_option(options, name))
		log_error("the option '--%.*s' takes no value", TEXT_FORMAT(name));
	else
		log_error("the option '--%.*s' is ambiguous:%.*s", TEXT_FORMAT(name),
			TEXT_FORMAT(buffer_text(&names)));
}
