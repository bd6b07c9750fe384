/* Every command loads alike, and ends alike. */
#include "config.h"

#include "tool/tool.h"

#include <errno.h>

#include "base/buffer.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/suggestion.h"
#include "cause/catalog.h"
#include "flow/setup/library.h"

/* Name each broken file once more, behind the errors: they may be many. */
static void warn_of_left_out(const struct setup *setup)
{
	for (size_t i = 0; i < setup->library.n_files; i++)
		if (setup->library.files[i].broken)
			log_warning(
				"'%s' has errors, ignoring the file", setup->library.files[i].path);
}

int tool_load(struct setup *setup, const struct tool_options *options, bool profiles)
{
	CLEANUP(diag_done) struct diag diag = { 0 };
	struct setup_options setup_options = options->setup;
	int r;

	setup_options.profiles = &options->profiles;
	setup_options.without_profiles = !profiles;
	setup_options.leave_out_broken = true;
	r = setup_load(setup, &setup_options, &diag);
	diag_log(&diag);
	if (r == 0)
		warn_of_left_out(setup);
	if (r == -ENOMEM)
		log_error("out of memory");
	return r;
}

const struct catalog *tool_next_catalog(
	const struct setup *setup, const struct tool_options *options, size_t *at)
{
	while (*at < setup->library.n_files) {
		const struct catalog *catalog = setup->library.files[(*at)++].catalog;

		if (catalog &&
			(!options->catalog || text_equal(catalog->name, text_of(options->catalog))))
			return catalog;
	}
	return NULL;
}

void tool_log_none(const struct tool_options *options, const char *kind)
{
	if (options->setup.data)
		log_error("there is no %s in '%s/%ss'", kind, options->setup.data, kind);
	else
		log_error("there is no %s in " BECAUSE_SYSCONFDIR "/%ss or " BECAUSE_DATADIR
			  "/%ss; name another directory with --data",
			kind, kind, kind);
}

int tool_check_catalog(const struct setup *setup, const struct tool_options *options)
{
	CLEANUP(buffer_done) struct buffer names = buffer_make(DIAG_TEXT_MAX);
	const struct tool_options all = { 0 };
	const struct catalog *catalog;
	size_t at = 0;

	if (tool_next_catalog(setup, options, &at))
		return TOOL_GOOD;
	at = 0;
	while ((catalog = tool_next_catalog(setup, &all, &at)))
		buffer_add_format(&names, " %.*s", TEXT_FORMAT(catalog->name));
	if (names.len == 0)
		tool_log_none(options, "catalog");
	else
		log_error("there is no catalog '%s'; the catalogs are:%.*s", options->catalog,
			TEXT_FORMAT(buffer_text(&names)));
	if (options->catalog)
		suggestion_log(library_nearest_catalog(&setup->library, text_of(options->catalog)),
			"--catalog ");
	return TOOL_USAGE;
}

int tool_finish_output(int status)
{
	bool failed = ferror(stdout) != 0;

	if (fflush(stdout) == 0 && !failed)
		return status;
	if (errno == EPIPE)
		return status;
	log_error("cannot write: %m");
	return TOOL_WRONG;
}
