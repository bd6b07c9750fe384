/* What the commands of `because` share: exit codes, options, loading. Each command is one file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/terminal/color.h"
#include "base/text.h"
#include "flow/setup/setup.h"

enum {
	TOOL_GOOD = 0,
	TOOL_WRONG = 1, /* something was found wrong */
	TOOL_USAGE = 2, /* usage or configuration error */
};

struct tool_options {
	struct setup_options setup;
	const char *catalog;
	struct text_list profiles;
	const char *format;
	bool json;
	bool list_profiles;
	bool only_matching;
	bool no_pager;
	enum color color;
	bool is_implied; /* the command was not named: the first argument may be a mistyped one */
	char **arguments;
	size_t n_arguments;
};

typedef int tool_command_fn(const struct tool_options *options);

tool_command_fn tool_explain;
tool_command_fn tool_list;
tool_command_fn tool_filter;
tool_command_fn tool_import;
tool_command_fn tool_check;

/* Load configuration and library, profiles only if they are needed: errors in them would not
 * matter. Errors are printed on standard error. Returns 0 or a negative errno, after which the
 * command ends with TOOL_USAGE. */
int tool_load(struct setup *setup, const struct tool_options *options, bool profiles);

/* TOOL_GOOD, or TOOL_USAGE and a message when there is no catalog, or none that --catalog names. */
int tool_check_catalog(const struct setup *setup, const struct tool_options *options);

/* Log that the data directories have nothing of this kind, "catalog" or "profile". */
void tool_log_none(const struct tool_options *options, const char *kind);

/* Log the command that `word` is near to, as what was probably meant. Returns whether there is one.
 */
bool tool_suggest_command(const char *word);

/* The next catalog that is asked for, all or the one of --catalog; NULL at the end. `*at` starts
 * at 0. */
const struct catalog *tool_next_catalog(
	const struct setup *setup, const struct tool_options *options, size_t *at);

/* End a command that has written to standard output: `status`, or TOOL_WRONG and a message when the
 * output could not be written. A reader that is gone is no error. */
int tool_finish_output(int status);
