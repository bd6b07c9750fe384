/* `because check`: is everything that people edit right? Without files: the configuration and the
 * installed catalogs and profiles. With files: those, on top of the installed ones. What is checked
 * is in flow/setup/check-setup.c, which `becaused --check` shares. */
#include "config.h"

#include <errno.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/log.h"
#include "base/terminal/diag-screen.h"
#include "flow/setup/check-setup.h"
#include "tool/screen.h"
#include "tool/tool.h"

/* Print as plain text, unless standard output is a terminal or is to be in color. */
static void print(const struct diag *diag, enum color color)
{
	const struct screen screen = screen_open(color);
	const struct diag_look look = {
		.error = screen_severity(&screen, LOG_ERR),
		.warning = screen_severity(&screen, LOG_WARNING),
		.reset = screen_reset(&screen),
		.columns = screen.columns,
	};

	if (screen.color || screen.columns > 0)
		diag_print_screen(diag, &look, stdout);
	else
		diag_print(diag, stdout);
}

int tool_check(const struct tool_options *options)
{
	CLEANUP(setup_done) struct setup setup = { 0 };
	CLEANUP(diag_done) struct diag diag = { .advises = true };
	struct setup_options setup_options = options->setup;
	int r;

	setup_options.files = options->arguments;
	setup_options.n_files = options->n_arguments;
	setup_options.for_daemon = true;
	setup_options.refuse_broken = true;
	r = setup_load(&setup, &setup_options, &diag);
	if (r != -ENOMEM && check_warn(&setup, &setup_options, BECAUSE_SYSCONFDIR, &diag) < 0)
		r = -ENOMEM;
	if (r == -ENOMEM) {
		log_error("out of memory");
	} else {
		print(&diag, options->color);
		check_print_summary(&setup, &setup_options, &diag, stdout);
	}
	return tool_finish_output(r < 0 || diag_any(&diag) ? TOOL_WRONG : TOOL_GOOD);
}
