/* `because check`: is everything that people edit right? Without files: the configuration and the
 * installed catalogs and profiles. With files: those, on top of the installed ones. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/log.h"
#include "tool/tool.h"

int tool_check(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	CLEANUP(diag_done) struct diag diag = { 0 };
	struct setup_options setup_options = options->setup;
	int r;

	setup_options.files = options->arguments;
	setup_options.n_files = options->n_arguments;
	setup_options.for_daemon = true;
	r = setup_load(&setup, &setup_options, &diag);
	diag_print(&diag, stdout);
	if (r == -ENOMEM)
		log_error("out of memory");
	else if (diag_any(&diag))
		(void)printf("%zu error%s\n", diag_count(&diag), diag_count(&diag) == 1 ? "" : "s");
	else if (options->n_arguments > 0)
		(void)printf("%zu file%s: no errors\n", options->n_arguments,
			options->n_arguments == 1 ? "" : "s");
	else
		(void)printf("configuration and %zu catalogs and profiles: no errors\n",
			setup.library.n_files);
	return tool_finish_output(r < 0 ? TOOL_WRONG : TOOL_GOOD);
}
