/* The order: configuration, library, binding, examples, overrides, names, files of sinks. A step
 * that fails does not keep the next from being tried, as long as its errors would be true. */
#include "config.h"

#include "flow/setup/setup.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "base/yaml/yaml.h"
#include "cause/catalog-override.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "cause/search/scan/scan.h"
#include "flow/setup/profile-choice.h"
#include "flow/setup/tls-files.h"

enum { CONFIG_SIZE_MAX = 16 * 1024 * 1024 };

void setup_done(struct setup *setup)
{
	(void)config_unref(setup->config);
	library_done(&setup->library);
	free(setup->config_path);
	*setup = (struct setup){ 0 };
}

static int use_default(struct setup *setup)
{
	setup->is_default = true;
	setup->config = config_new();
	return setup->config ? 0 : -ENOMEM;
}

static int load_config(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(CONFIG_SIZE_MAX);
	bool is_optional = !options->config && !options->for_daemon;
	int r;

	setup->config_path = strdup(options->config ? options->config : SETUP_CONFIG);
	if (!setup->config_path)
		return -ENOMEM;
	if ((options->n_files > 0 || options->data) && !options->config)
		return use_default(setup);
	r = options->only_regular ? io_read_regular(setup->config_path, &content)
				  : io_read_file(setup->config_path, &content);
	if (r == -EACCES && is_optional)
		log_warning("cannot read '%s': Permission denied, ignoring", setup->config_path);
	if ((r == -ENOENT && !options->config) || (r == -EACCES && is_optional))
		return use_default(setup);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		diag_add(diag, (struct place){ .file = setup->config_path }, "cannot read: %s",
			io_read_reason(r));
		return -EINVAL;
	}
	return config_read(setup->config_path, buffer_text(&content), diag, &setup->config);
}

/* The path that --data names must be a directory. */
static int expect_directory(const char *path, struct diag *diag)
{
	struct stat status;
	int error = ENOTDIR;

	if (stat(path, &status) < 0)
		error = errno;
	else if (S_ISDIR(status.st_mode))
		return 0;
	diag_add(diag, (struct place){ .file = path }, "cannot read: %s", strerror(error));
	return -EINVAL;
}

static int load_library(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	const char *const *directories = library_default_directories;

	if (options->data) {
		setup->directories[0] = options->data;
		directories = setup->directories;
	}
	return library_load(&setup->library, directories, !options->without_profiles, diag);
}

static int load_profile(struct setup *setup, const char *path, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(YAML_SIZE_MAX);
	int r;

	if (library_find_file(&setup->library, path))
		return 0;
	r = library_read_content(path, &content, diag);
	if (r < 0)
		return r;
	r = library_add(&setup->library, path, buffer_text(&content), diag);
	if (r < 0)
		return r;
	if (r == 0)
		return 0;
	diag_add(diag, (struct place){ .file = path }, "is not a profile");
	return -EINVAL;
}

/* Load the files among the profiles that were asked for. */
static int load_profiles(struct setup *setup, const struct text_list *profiles, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; profiles && i < profiles->n; i++) {
		int r = 0;

		if (choice_is_path(profiles->items[i]))
			r = load_profile(setup, profiles->items[i].data, diag);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	return result;
}

/* Each file that was asked for must be a profile that can be used. */
static int check_profiles(struct setup *setup, const struct text_list *profiles, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; profiles && i < profiles->n; i++) {
		const struct library_file *file;

		if (!choice_is_path(profiles->items[i]))
			continue;
		file = library_find_file(&setup->library, profiles->items[i].data);
		if (file && file->profile && !file->broken)
			continue;
		if (file && !file->broken)
			diag_add(diag, (struct place){ .file = file->path }, "is not a profile");
		result = -EINVAL;
	}
	return result;
}

/* A file that is neither catalog nor profile is a configuration. `ret_last`: the path of the last
 * one, NULL before the first. */
static int load_file(
	struct setup *setup, const char *path, const char **ret_last, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(YAML_SIZE_MAX);
	struct config *config = NULL;
	int r = library_read_content(path, &content, diag);

	if (r < 0)
		return r;
	r = library_add(&setup->library, path, buffer_text(&content), diag);
	if (r != LIBRARY_OTHER && r != LIBRARY_EMPTY)
		return r;
	if (r == LIBRARY_EMPTY)
		diag_advise(diag, (struct place){ .file = path }, "there is nothing in this file");
	r = config_read(path, buffer_text(&content), diag, &config);
	if (r < 0)
		return r;
	if (*ret_last)
		diag_warn(diag, (struct place){ .file = *ret_last },
			"not checked against catalogs and profiles, which only the last "
			"configuration is; check it by itself");
	*ret_last = path;
	(void)config_unref(setup->config);
	setup->config = config;
	return 0;
}

static int load_files(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	const char *last = NULL;
	int result = 0;

	for (size_t i = 0; i < options->n_files; i++) {
		int r = load_file(setup, options->files[i], &last, diag);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	return result;
}

/* A catalog that is missing is an error only where all of them could be read. */
static int apply_overrides(const struct setup *setup, bool complete, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; i < setup->config->n_overrides; i++) {
		const struct config_overrides *overrides = &setup->config->overrides[i];
		struct catalog *catalog = library_find_catalog(&setup->library, overrides->catalog);
		struct text nearest = library_nearest_catalog(&setup->library, overrides->catalog);
		int r = 0;

		if (catalog)
			r = catalog_override(catalog, overrides->items, overrides->n, diag);
		else if (complete)
			diag_add(diag, overrides->place, "there is no catalog '%.*s'%s%.*s%s",
				TEXT_FORMAT(overrides->catalog),
				nearest.len > 0 ? "; did you mean '" : "", TEXT_FORMAT(nearest),
				nearest.len > 0 ? "'?" : "");
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	return result;
}

/* Check whether every source's recognizer can be built, so that a failure of the start is reported
 * now. */
static void try_recognizers(const struct setup *setup, struct diag *diag)
{
	for (size_t i = 0; i < setup->config->n_sources; i++) {
		const struct config_source *source = &setup->config->sources[i];
		CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
		struct place place = source->place;
		struct text missing = { 0 };
		int r = setup_recognizer(setup, &source->profiles, &missing, &recognizer);

		if (setup->is_default)
			place = (struct place){ .file = setup->directories[0]
								? setup->directories[0]
								: BECAUSE_DATADIR };
		else if (!place.file)
			place.file = setup->config_path;
		if (r == -ENOENT && text_equal(missing, text_of(PROFILE_CHOICE_ALL)))
			diag_add(diag, place,
				"there is no profile that is used by default; name one under "
				"'profiles'");
		else if (r == -ENOENT)
			diag_add(diag, place, "source %s: there is no profile '%.*s'",
				source->name.data, TEXT_FORMAT(missing));
		else if (r == -E2BIG)
			diag_add(diag, place,
				"source %s: its profiles have more than %d keys and patterns",
				source->name.data, SCAN_LITERALS_MAX);
	}
}

/* Whether this list was written for 0.1.0, where failCode was a key of huawei-cec. A profile of
 * that name in /etc may still have the key: then nothing has changed. */
static bool lacks_outbound(const struct setup *setup, const struct text_list *names)
{
	const struct profile *cec = library_find_profile(&setup->library, text_of("huawei-cec"));
	bool has_cec = false;

	if (!cec || !library_find_profile(&setup->library, text_of("huawei-cec-outbound")))
		return false;
	for (size_t i = 0; i < cec->n_keys; i++)
		if (text_equal_nocase(cec->keys[i].name, text_of("failCode")))
			return false;
	for (size_t i = 0; i < names->n; i++) {
		if (!names->places[i].file ||
			text_equal(names->items[i], text_of("huawei-cec-outbound")))
			return false;
		has_cec = has_cec || text_equal(names->items[i], text_of("huawei-cec"));
	}
	return has_cec;
}

bool setup_log_moved_keys(const struct setup *setup, const struct text_list *names)
{
	if (names->n == 0)
		names = &setup->config->profiles;
	if (!lacks_outbound(setup, names))
		return false;
	log_notice("%s:%u:%u: failCode has moved from the profile huawei-cec to "
		   "huawei-cec-outbound, which this list does not name; results of outbound calls "
		   "are not explained; add huawei-cec-outbound to the list",
		names->places[0].file, names->places[0].line, names->places[0].column);
	return true;
}

static bool is_named(const struct config *config, const struct library_file *file)
{
	bool named = choice_names_file(&config->profiles, file);

	for (size_t i = 0; i < config->n_sources; i++)
		named = named || choice_names_file(&config->sources[i].profiles, file);
	return named;
}

/* Whether all that is broken are profiles which `all` alone would use: the daemon works without
 * them. */
static bool is_broken_beside(const struct setup *setup, const struct setup_options *options)
{
	bool beside = options->for_daemon && !options->refuse_broken && setup->config &&
		      !setup->library.incomplete;

	for (size_t i = 0; i < setup->library.n_files; i++) {
		const struct library_file *file = &setup->library.files[i];

		if (file->broken && (file->is_catalog || (beside && is_named(setup->config, file))))
			return false;
	}
	return beside;
}

static void warn_of_left_out(const struct library *library, struct diag *diag)
{
	for (size_t i = 0; i < library->n_files; i++)
		if (library->files[i].broken)
			diag_warn(diag, (struct place){ .file = library->files[i].path },
				"the profile has errors, ignoring it");
}

/* Errors of the library, of which some may be left out. */
struct library_result {
	int result;
	bool complete; /* every file could be read */
};

/* The steps of preparing the library: 0, -EINVAL, or -ENOMEM for each. */
struct library_steps {
	int library, files, profiles, bound, examples;
};

static struct library_result judge_library(struct setup *setup, const struct setup_options *options,
	const struct library_steps *steps, struct diag *found, struct diag *diag)
{
	struct library_result ret = { .complete = steps->library == 0 && steps->files == 0 &&
						  steps->profiles == 0 };
	bool good = ret.complete && steps->bound == 0 && steps->examples == 0;
	bool beside = !good && is_broken_beside(setup, options);

	diag_move(diag, found, beside);
	ret.result = steps->profiles < 0 ? steps->profiles
					 : check_profiles(setup, options->profiles, diag);
	if (beside)
		warn_of_left_out(&setup->library, diag);
	if (beside || options->leave_out_broken) {
		setup->n_left_out = library_leave_out_broken(&setup->library);
		ret.complete = beside || (ret.complete && setup->n_left_out == 0);
	} else if (!good) {
		ret.result = -EINVAL;
	}
	return ret;
}

static struct library_result prepare_library(
	struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	CLEANUP(diag_done) struct diag found = { .advises = diag->advises };
	struct library_steps steps = { .library = load_library(setup, options, &found) };
	bool strict;

	steps.files = load_files(setup, options, &found);
	steps.profiles = load_profiles(setup, options->profiles, &found);
	if (steps.library == -ENOMEM || steps.files == -ENOMEM || steps.profiles == -ENOMEM)
		return (struct library_result){ .result = -ENOMEM };
	strict = options->leave_out_broken || !setup->library.incomplete;
	steps.bound = library_bind(&setup->library, strict, &found);
	steps.examples = library_run_examples(&setup->library, &found);
	if (steps.examples == -ENOMEM)
		return (struct library_result){ .result = -ENOMEM };
	return judge_library(setup, options, &steps, &found, diag);
}

/* Apply what the configuration has for the library. */
static int apply_config(
	struct setup *setup, const struct setup_options *options, bool complete, struct diag *diag)
{
	if (apply_overrides(setup, complete, diag) == -ENOMEM)
		return -ENOMEM;
	if (!complete || options->without_profiles)
		return 0;
	choice_check(&setup->library, &setup->config->profiles, diag);
	for (size_t i = 0; i < setup->config->n_sources; i++)
		choice_check(&setup->library, &setup->config->sources[i].profiles, diag);
	return 0;
}

/* Whether a list that is in use has `all`. */
static bool uses_all(const struct setup *setup, const struct setup_options *options)
{
	bool asked = options->profiles && options->profiles->n > 0;
	bool all = choice_has_all(asked ? options->profiles : &setup->config->profiles);

	for (size_t i = 0; !asked && i < setup->config->n_sources; i++)
		all = all || choice_has_all(&setup->config->sources[i].profiles);
	return all;
}

/* Report the profiles that `all` leaves out although they have no `default: no`. */
static void report_short(
	const struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	if (options->refuse_broken || (setup->config && uses_all(setup, options)))
		choice_report_short(&setup->library, !options->refuse_broken, diag);
}

/* Check what the daemon needs besides. `good`: there was no error before. */
static int check_for_daemon(const struct setup *setup, const struct setup_options *options,
	bool good, struct diag *diag)
{
	size_t n_before = diag_count(diag);

	if (good)
		try_recognizers(setup, diag);
	if (tls_files_check(setup->config, options->within_service, diag) == -ENOMEM)
		return -ENOMEM;
	if (!good || diag_count(diag) > n_before)
		return 0;
	for (size_t i = 0; i < setup->config->n_sources; i++)
		if (setup_log_moved_keys(setup, &setup->config->sources[i].profiles))
			break;
	return 0;
}

int setup_load(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	int config = load_config(setup, options, diag);
	struct library_result library;
	size_t n_before;
	bool good;

	if (config == -ENOMEM)
		return -ENOMEM;
	if (options->data && expect_directory(options->data, diag) < 0)
		return -EINVAL;
	library = prepare_library(setup, options, diag);
	if (library.result == -ENOMEM)
		return -ENOMEM;
	n_before = diag_count(diag);
	if (setup->config && apply_config(setup, options, library.complete, diag) == -ENOMEM)
		return -ENOMEM;
	if (!options->without_profiles)
		report_short(setup, options, diag);
	good = config == 0 && library.result == 0 && diag_count(diag) == n_before;
	if (options->for_daemon && setup->config &&
		check_for_daemon(setup, options, good, diag) == -ENOMEM)
		return -ENOMEM;
	if (config < 0 || library.result < 0 || diag_count(diag) > n_before)
		return -EINVAL;
	assert(setup->config);
	return 0;
}

int setup_new(const struct setup_options *options, struct diag *diag, struct setup **ret)
{
	CLEANUP(setup_unrefp) struct setup *setup = calloc(1, sizeof(*setup));
	int r;

	if (!setup)
		return -ENOMEM;
	setup->n_refs = 1;
	r = setup_load(setup, options, diag);
	if (r < 0)
		return r;
	*ret = TAKE(setup);
	return 0;
}

struct setup *setup_ref(struct setup *setup)
{
	assert(!setup || setup->n_refs > 0);
	if (setup)
		setup->n_refs++;
	return setup;
}

struct setup *setup_unref(struct setup *setup)
{
	assert(!setup || setup->n_refs > 0);
	if (!setup || --setup->n_refs > 0)
		return NULL;
	setup_done(setup);
	free(setup);
	return NULL;
}

int setup_recognizer(const struct setup *setup, const struct text_list *names,
	struct text *ret_missing, struct recognizer **ret)
{
	CLEANUP(freep) const struct profile **profiles = NULL;
	size_t n = 0;
	int r = choice_make(&setup->library, names->n > 0 ? names : &setup->config->profiles,
		ret_missing, &profiles, &n);

	return r < 0 ? r : recognizer_new(profiles, n, ret);
}
