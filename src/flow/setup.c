/* The order: configuration, library, binding, examples, overrides, names, files of sinks. A step
 * that fails does not keep the next from being tried, as long as its errors would be true. */
#include <config.h>

#include "flow/setup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/io.h"
#include "base/log.h"
#include "base/yaml.h"
#include "cause/profile.h"
#include "cause/recognizer.h"
#include "cause/scan.h"
#include "flow/tls-files.h"

enum { CONFIG_SIZE_MAX = 16 * 1024 * 1024 };

void setup_done(struct setup *setup)
{
	(void)config_unref(setup->config);
	library_done(&setup->library);
	free(setup->config_path);
	*setup = (struct setup){ 0 };
}

static int load_config(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(CONFIG_SIZE_MAX);
	bool is_optional = !options->config && !options->for_daemon;
	int r;

	setup->config_path = strdup(options->config ? options->config : SETUP_CONFIG);
	if (!setup->config_path)
		return -ENOMEM;
	if ((options->n_files > 0 || options->data) && !options->config) {
		setup->config = config_new();
		return setup->config ? 0 : -ENOMEM;
	}
	r = io_read_file(setup->config_path, &content);
	if (r == -EACCES && is_optional)
		log_warning("cannot read '%s': Permission denied, ignoring", setup->config_path);
	if ((r == -ENOENT && !options->config) || (r == -EACCES && is_optional)) {
		setup->config = config_new();
		return setup->config ? 0 : -ENOMEM;
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		diag_add(diag, (struct place){ .file = setup->config_path }, "cannot read: %s",
			strerror(-r));
		return -EINVAL;
	}
	return config_read(setup->config_path, buffer_text(&content), diag, &setup->config);
}

/* A directory that somebody named must be one. */
static int expect_data(const char *path, struct diag *diag)
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
	if (!options->data)
		return library_load(&setup->library, library_default_directories, diag);
	if (expect_data(options->data, diag) < 0)
		return -EINVAL;
	setup->directories[0] = options->data;
	return library_load(&setup->library, setup->directories, diag);
}

/* A file that is neither catalog nor profile is a configuration. */
static int load_file(struct setup *setup, const char *path, struct diag *diag)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(YAML_SIZE_MAX);
	struct config *config = NULL;
	int r = library_read_content(path, &content, diag);

	if (r < 0)
		return r;
	r = library_add(&setup->library, path, buffer_text(&content), diag);
	if (r != LIBRARY_OTHER)
		return r;
	r = config_read(path, buffer_text(&content), diag, &config);
	if (r < 0)
		return r;
	(void)config_unref(setup->config);
	setup->config = config;
	return 0;
}

static int load_files(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	int result = 0;

	for (size_t i = 0; i < options->n_files; i++) {
		int r = load_file(setup, options->files[i], diag);

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
		int r = 0;

		if (catalog)
			r = catalog_override(catalog, overrides->items, overrides->n, diag);
		else if (complete)
			diag_add(diag, overrides->place, "there is no catalog '%.*s'",
				TEXT_FORMAT(overrides->catalog));
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = r;
	}
	return result;
}

static void check_names(const struct setup *setup, const struct text_list *names, struct diag *diag)
{
	for (size_t i = 0; i < names->n; i++) {
		struct place place = names->places[i];

		/* Names that nobody wrote are looked up when somebody needs them. */
		if (place.file && !library_find_profile(&setup->library, names->items[i]))
			diag_add(diag, place, "there is no profile '%.*s'",
				TEXT_FORMAT(names->items[i]));
	}
}

/* Whether every source's recognizer can be built: what would fail at the start is told now. */
static void try_recognizers(const struct setup *setup, struct diag *diag)
{
	for (size_t i = 0; i < setup->config->n_sources; i++) {
		const struct config_source *source = &setup->config->sources[i];
		CLEANUP(recognizer_freep) struct recognizer *recognizer = NULL;
		struct place place = source->place;
		struct text missing = { 0 };
		int r = setup_recognizer(setup, &source->profiles, &missing, &recognizer);

		if (!place.file)
			place.file = setup->config_path;
		if (r == -ENOENT)
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
	for (size_t i = 0; i < cec->keys.n; i++)
		if (text_equal_nocase(cec->keys.items[i], text_of("failCode")))
			return false;
	for (size_t i = 0; i < names->n; i++) {
		if (!names->places[i].file ||
			text_equal(names->items[i], text_of("huawei-cec-outbound")))
			return false;
		has_cec = has_cec || text_equal(names->items[i], text_of("huawei-cec"));
	}
	return has_cec;
}

static void log_moved_keys(const struct setup *setup)
{
	const struct text_list *names = &setup->config->profiles;

	for (size_t i = 0; i < setup->config->n_sources && !lacks_outbound(setup, names); i++)
		names = &setup->config->sources[i].profiles;
	if (lacks_outbound(setup, names))
		log_notice("%s:%u:%u: failCode has moved from the profile huawei-cec to "
			   "huawei-cec-outbound, which this list does not name, so results of "
			   "outbound calls are not explained; add huawei-cec-outbound, which does "
			   "no harm where there are none",
			names->places[0].file, names->places[0].line, names->places[0].column);
}

int setup_load(struct setup *setup, const struct setup_options *options, struct diag *diag)
{
	size_t n_before = diag_count(diag);
	int config = load_config(setup, options, diag);
	int library = load_library(setup, options, diag);
	int files = load_files(setup, options, diag);
	bool complete = library == 0 && files == 0;

	if (config == -ENOMEM || library == -ENOMEM || files == -ENOMEM)
		return -ENOMEM;
	(void)library_bind(&setup->library, complete, diag);
	if (library_run_examples(&setup->library, diag) == -ENOMEM)
		return -ENOMEM;
	if (setup->config) {
		if (apply_overrides(setup, complete, diag) == -ENOMEM)
			return -ENOMEM;
	}
	if (setup->config && complete) {
		check_names(setup, &setup->config->profiles, diag);
		for (size_t i = 0; i < setup->config->n_sources; i++)
			check_names(setup, &setup->config->sources[i].profiles, diag);
	}
	if (options->for_daemon && setup->config && diag_count(diag) == n_before)
		try_recognizers(setup, diag);
	if (options->for_daemon && setup->config &&
		tls_files_check(setup->config, options->credentials, diag) == -ENOMEM)
		return -ENOMEM;
	if (options->for_daemon && diag_count(diag) == n_before)
		log_moved_keys(setup);
	return diag_count(diag) > n_before ? -EINVAL : 0;
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
	if (setup)
		setup->n_refs++;
	return setup;
}

struct setup *setup_unref(struct setup *setup)
{
	if (!setup || --setup->n_refs > 0)
		return NULL;
	setup_done(setup);
	free(setup);
	return NULL;
}

int setup_recognizer(const struct setup *setup, const struct text_list *names,
	struct text *ret_missing, struct recognizer **ret)
{
	const struct text_list *wanted = names->n > 0 ? names : &setup->config->profiles;
	CLEANUP(freep)
	const struct profile **profiles = calloc(wanted->n + 1, sizeof(struct profile *));
	size_t n = 0;

	if (!profiles)
		return -ENOMEM;
	for (size_t i = 0; i < wanted->n; i++) {
		profiles[n] = library_find_profile(&setup->library, wanted->items[i]);
		if (profiles[n])
			n++;
		else if (wanted != &setup->config->profiles || wanted->places[i].file) {
			*ret_missing = wanted->items[i];
			return -ENOENT;
		}
	}
	/* Of the names that are the default, one that is there will do. */
	if (n == 0) {
		*ret_missing = wanted->items[0];
		return -ENOENT;
	}
	return recognizer_new(profiles, n, ret);
}
