/* `because check`: is everything that people edit right? Without files: the configuration and the
 * installed catalogs and profiles. With files: those, on top of the installed ones. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/io.h"
#include "base/log.h"
#include "cause/profile.h"
#include "flow/config.h"
#include "flow/library.h"
#include "tool/tool.h"

static int finish(const struct diag *diag, int r, const char *what)
{
	diag_print(diag, stdout);
	if (r == -ENOMEM) {
		log_error("out of memory");
		return TOOL_WRONG;
	}
	if (diag_any(diag)) {
		(void)printf("%zu error%s\n", diag_count(diag), diag_count(diag) == 1 ? "" : "s");
		return tool_finish_output(TOOL_WRONG);
	}
	(void)printf("%s: no errors\n", what);
	return tool_finish_output(TOOL_GOOD);
}

static int check_installed(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	CLEANUP(diag_done) struct diag diag = { 0 };
	int r = setup_load(&setup, &options->setup, &diag);
	char what[128];

	(void)snprintf(what, sizeof(what), "configuration and %zu catalogs and profiles",
		setup.library.n_files);
	return finish(&diag, r, what);
}

int tool_check(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	CLEANUP(diag_done) struct diag diag = { 0 };
	struct setup_options setup_options = options->setup;
	char what[64];
	int r;

	if (options->n_arguments == 0)
		return check_installed(options);
	setup_options.files = options->arguments;
	setup_options.n_files = options->n_arguments;
	r = setup_load(&setup, &setup_options, &diag);
	(void)snprintf(what, sizeof(what), "%zu file%s", options->n_arguments,
		options->n_arguments == 1 ? "" : "s");
	return finish(&diag, r, what);
}
