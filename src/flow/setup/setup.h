/* All that is read from files before work begins: the configuration, the library, the overrides
 * applied, every name resolved, every example run. Both programs start here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "base/text.h"
#include "base/yaml/schema.h"
#include "flow/setup/configuration.h"
#include "flow/setup/library.h"

struct profile;
struct recognizer;

#define SETUP_CONFIG BECAUSE_SYSCONFDIR "/becaused.yaml" /* the installed one */

struct setup_options {
	const struct text_list *profiles; /* those that were asked for by name or by file, see
					   * choice_is_path; the files are loaded like installed
					   * ones. NULL = none. Each text ends with NUL */
	bool without_profiles;            /* none is loaded, and no list of them is checked */
	bool leave_out_broken; /* broken catalogs and profiles, as long as no file among `profiles`
				* is one: their errors are added, and they are not found by name */
	const char *config;    /* path; NULL = the installed one, which may be absent */
	const char *data; /* directory with catalogs/ and profiles/; NULL = the installed ones. With
			   * it, the installed configuration is not read */
	char *const *files; /* configurations, catalogs and profiles to take instead of those of the
			     * same name; then the installed configuration is not read */
	size_t n_files;
	bool refuse_broken; /* also for the daemon, broken profiles that no list names, which it
			     * would leave out */
	bool for_daemon;    /* the configuration must be readable, and its sources and sinks must be
			     * able to start */
	bool only_regular; /* the configuration is read again and again, and reading must not block:
			    * it must be a regular file */
	bool within_service; /* credentials must be there, see flow/setup/tls-files.h */
};

struct setup {
	unsigned n_refs; /* of one made by setup_new */
	char *config_path;
	const char *directories[2];
	struct config *config;
	bool is_default; /* no configuration was read: it is the one that an empty file means */
	struct library library;
	size_t n_left_out; /* broken files */
};

/* Load everything. Errors go to `diag`, all of them. A broken profile that no list names is left
 * out by the daemon: its errors become warnings. Returns 0, -EINVAL when errors were added,
 * -ENOMEM. `options` and what it points to must outlive the setup. For the daemon, a list of
 * profiles that has lost a key since 0.1.0 gets a notice in the log. */
int setup_load(struct setup *setup, const struct setup_options *options, struct diag *diag);

/* Free all that was loaded. */
void setup_done(struct setup *setup);

/* As setup_load, for a setup that is shared: it exists as long as there is a reference to it. */
int setup_new(const struct setup_options *options, struct diag *diag, struct setup **ret);

/* Take and release a reference; accept NULL. setup_unref returns NULL. */
struct setup *setup_ref(struct setup *setup);
struct setup *setup_unref(struct setup *setup);
CLEANUP_DEFINE(struct setup *, setup_unref);

/* Build the recognizer for the profiles of this list, see flow/setup/profile-choice.h; an empty
 * list means that of the configuration. Returns as choice_make(), and -E2BIG. */
int setup_recognizer(const struct setup *setup, const struct text_list *names,
	struct text *ret_missing, struct recognizer **ret);

/* Log a notice where the profiles with these names, as setup_recognizer takes them, were written
 * for 0.1.0 and have lost a key since. Returns whether it was logged. */
bool setup_log_moved_keys(const struct setup *setup, const struct text_list *names);
