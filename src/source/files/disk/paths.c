/* The root alone ends with a slash. */
#include "config.h"

#include "source/files/disk/paths.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

bool path_join(const char *directory, const char *name, char *out)
{
	bool is_root = strcmp(directory, "/") == 0;
	int n = snprintf(out, PATH_MAX, "%s/%s", is_root ? "" : directory, name);

	return n >= 0 && n < PATH_MAX;
}

bool path_directory(const char *path, char *out)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;

	if (len == 0 || len >= PATH_MAX)
		return false;
	memcpy(out, path, len);
	out[len] = '\0';
	return true;
}
