#include "config.h"

#include "flow/setup/check-setup.h"

#include <errno.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "base/log.h"
#include "flow/setup/configuration.h"
#include "flow/setup/kinds.h"
#include "flow/setup/library-proof.h"
#include "flow/setup/service-access.h"
#include "flow/setup/setup.h"

enum { SUMMARY_MAX = 1024 };

static void add_count(struct buffer *out, size_t n, const char *what)
{
	buffer_add_format(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

/* `configuration and 2 catalogs and profiles: no errors`, `1 file: no errors, 1 warning` or
 * `2 errors, 1 warning`. */
static void summarize(const struct setup *setup, const struct setup_options *options,
	const struct diag *diag, struct buffer *out)
{
	if (diag_any(diag)) {
		add_count(out, diag_count(diag), "error");
	} else {
		if (options->n_files > 0)
			add_count(out, options->n_files, "file");
		else
			buffer_add_format(out, "%s and %zu catalogs and profiles",
				setup->is_default ? "default configuration" : "configuration",
				setup->library.n_files);
		buffer_add_string(out, ": no errors");
	}
	if (diag_count_warnings(diag) == 0)
		return;
	buffer_add_string(out, ", ");
	add_count(out, diag_count_warnings(diag), "warning");
}

static int warn_of_sources(const struct config *config, struct diag *diag)
{
	for (size_t i = 0; i < config->n_sources; i++) {
		const struct config_source *source = &config->sources[i];
		int r = 0;

		if (source->kind && source->kind->warn && source->options)
			r = source->kind->warn(source->name.data, source->options, diag);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The daemon can work with what only a proof refuses: there, such errors are warnings. */
static int prove(const struct setup *setup, bool as_warnings, struct diag *diag)
{
	CLEANUP(diag_done) struct diag found = { .advises = diag->advises };
	int r = library_prove(&setup->library, &found);

	diag_move(diag, &found, as_warnings);
	return r;
}

int check_warn(const struct setup *setup, const struct setup_options *options, const char *top,
	struct diag *diag)
{
	access_check(setup, top, diag);
	if (setup->config && warn_of_sources(setup->config, diag) < 0)
		return -ENOMEM;
	if (prove(setup, !options->refuse_broken, diag) == -ENOMEM)
		return -ENOMEM;
	return library_run_trials(&setup->library, diag);
}

/* The summary with NUL behind it. Returns 0 or -ENOMEM. */
static int finish_summary(const struct setup *setup, const struct setup_options *options,
	const struct diag *diag, struct buffer *out)
{
	summarize(setup, options, diag, out);
	buffer_add_char(out, '\0');
	return buffer_finish(out);
}

void check_print_summary(const struct setup *setup, const struct setup_options *options,
	const struct diag *diag, FILE *stream)
{
	CLEANUP(buffer_done) struct buffer summary = buffer_make(SUMMARY_MAX);

	if (finish_summary(setup, options, diag, &summary) == 0)
		(void)fprintf(stream, "%s\n", summary.data);
}

void check_log(
	const struct setup *setup, const struct setup_options *options, const struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer summary = buffer_make(SUMMARY_MAX);

	diag_log(diag);
	if (finish_summary(setup, options, diag, &summary) == 0)
		log_plain(diag_any(diag) ? LOG_ERR : LOG_NOTICE, summary.data);
}
