/* realpath(3) fails where a link leads nowhere, and leaves out the links in between. */
#include "config.h"

#include "source/files/disk/symlink.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool symlink_step(char *path, size_t size)
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *slash = strrchr(path, '/');
	int directory_len = slash ? (int)(slash - path) + 1 : 0;
	size_t len;

	if (n <= 0 || directory_len > PATH_MAX)
		return false;
	target[n] = '\0';
	len = (size_t)snprintf(joined, sizeof(joined), "%.*s%s",
		target[0] == '/' ? 0 : directory_len, path, target);
	if (len >= size)
		return false;
	memcpy(path, joined, len + 1);
	return true;
}
