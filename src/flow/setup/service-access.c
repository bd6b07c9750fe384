/* Only the permissions of others count: the groups of the service are for logs. A file is reached
 * through every directory of its path, so a warning names the first directory that others may not
 * pass, with the remedy. */
#include "config.h"

#include "flow/setup/service-access.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/setup/configuration.h"
#include "flow/setup/setup.h"
#include "flow/setup/tls-files.h"

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return strncmp(path, top, len) == 0 && path[len] == '/';
}

/* Follow the links on the way to `path`, but not `path` itself if it is a link. Returns whether
 * there is such a path. */
static bool find_entry(const char *path, char ret[static PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char directory[PATH_MAX], real[PATH_MAX];
	int n = snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path);

	if (n < 0 || (size_t)n >= sizeof(directory) || !realpath(n > 0 ? directory : ".", real))
		return false;
	n = snprintf(ret, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
	return n > 0 && n < PATH_MAX;
}

/* Whether the file lies below `top`, under any of its names, or a link there leads to it. */
static bool is_in(const char *path, const char *top)
{
	char real_top[PATH_MAX], real[PATH_MAX];

	if (is_below(path, top))
		return true;
	if (!realpath(top, real_top))
		return false;
	return (find_entry(path, real) && is_below(real, real_top)) ||
	       (realpath(path, real) && is_below(real, real_top));
}

/* Whether others lack `bits`; a path that does not exist lacks none. */
static bool lacks_permission(const char *path, mode_t bits)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & bits) != bits;
}

/* Whether others may not pass a directory on the way; the first such goes to `directory`. */
static bool is_way_closed(const char *path, char directory[static PATH_MAX])
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t len = (size_t)(slash - path);

		if (len >= PATH_MAX)
			return false;
		memcpy(directory, path, len);
		directory[len] = '\0';
		if (lacks_permission(directory, S_IXOTH))
			return true;
	}
	return false;
}

/* The same for the path as it is written, and for the path with its links followed. */
static bool is_unreachable(const char *path, char directory[static PATH_MAX])
{
	char real[PATH_MAX];

	return is_way_closed(path, directory) ||
	       (realpath(path, real) && is_way_closed(real, directory));
}

static void check_file(const char *path, const char *top, struct diag *diag)
{
	const struct place place = { .file = path };
	char directory[PATH_MAX];

	if (!is_in(path, top))
		return;
	if (is_unreachable(path, directory))
		diag_warn(diag, place,
			"the service cannot enter the directory '%s'; run: chmod o+x '%s'",
			directory, directory);
	else if (lacks_permission(path, S_IROTH))
		diag_warn(diag, place, "the service cannot read this file; run: chmod o+r '%s'",
			path);
}

/* A directory that cannot be listed hides all that it holds. */
static void check_folder(const char *top, const char *name, struct diag *diag)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", top, name);

	if (n > 0 && (size_t)n < sizeof(path) && lacks_permission(path, S_IROTH | S_IXOTH))
		diag_warn(diag, (struct place){ .file = path },
			"the service cannot list this directory; run: chmod o+rx '%s'", path);
}

/* Credentials are for the service, even if others may read them. */
static bool is_credential(const char *path)
{
	char real[PATH_MAX];

	return text_starts(
		text_of(realpath(path, real) ? real : path), text_of(TLS_FILES_CREDENTIALS));
}

/* A key that others may read is no key, so its remedy is different. */
static void check_tls_file(const struct config_sink *sink, enum tls_file file, struct diag *diag)
{
	const char *path = tls_files_path(sink, file).data;
	struct place place = tls_files_place(sink, file);
	char directory[PATH_MAX];
	bool unreachable;

	if (is_credential(path))
		return;
	unreachable = is_unreachable(path, directory);
	if (!unreachable && !lacks_permission(path, S_IROTH))
		return;
	if (file == TLS_KEY)
		diag_warn(diag, place,
			"sink %s: the service has no permission to read %s '%s'; pass it with "
			"LoadCredential=, see becaused.yaml(5)",
			sink->name.data, tls_file_names[file], path);
	else if (unreachable)
		diag_warn(diag, place,
			"sink %s: the service cannot reach %s '%s': it cannot enter the directory "
			"'%s'; run: chmod o+x '%s'",
			sink->name.data, tls_file_names[file], path, directory, directory);
	else
		diag_warn(diag, place,
			"sink %s: the service cannot read %s '%s'; run: chmod o+r '%s'",
			sink->name.data, tls_file_names[file], path, path);
}

static void check_tls_files(const struct config *config, struct diag *diag)
{
	for (size_t i = 0; i < config->n_sinks; i++) {
		const struct config_sink *sink = &config->sinks[i];

		if (!sink->kind->tls || !sink->kind->tls(sink->options))
			continue;
		for (enum tls_file file = 0; file < TLS_FILES; file++)
			if (tls_files_path(sink, file).len > 0)
				check_tls_file(sink, file, diag);
	}
}

void access_check(const struct setup *setup, const char *top, struct diag *diag)
{
	/* The service does not read the files of --data. */
	if (setup->directories[0])
		return;
	if (setup->config_path)
		check_file(setup->config_path, top, diag);
	for (size_t i = 0; i < setup->library.n_files; i++)
		check_file(setup->library.files[i].path, top, diag);
	check_folder(top, "catalogs", diag);
	check_folder(top, "profiles", diag);
	if (setup->config)
		check_tls_files(setup->config, diag);
}
