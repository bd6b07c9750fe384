/* There are few, or something else is wrong: a list will do. */
#include "config.h"

#include "source/files/disk/complaints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t find(const struct troubles *troubles, const char *path)
{
	size_t i = 0;

	while (i < troubles->n && strcmp(troubles->paths[i], path) != 0)
		i++;
	return i;
}

bool trouble_begins(struct troubles *troubles, const char *path)
{
	char *own;

	if (find(troubles, path) < troubles->n)
		return false;
	own = troubles->n < TROUBLES_MAX ? strdup(path) : NULL;
	if (own)
		troubles->paths[troubles->n++] = own;
	return true;
}

bool trouble_ends(struct troubles *troubles, const char *path)
{
	size_t i = find(troubles, path);

	if (i == troubles->n)
		return false;
	free(troubles->paths[i]);
	troubles->paths[i] = troubles->paths[--troubles->n];
	return true;
}

void troubles_done(struct troubles *troubles)
{
	for (size_t i = 0; i < troubles->n; i++)
		free(troubles->paths[i]);
	troubles->n = 0;
}

bool trouble_is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}
