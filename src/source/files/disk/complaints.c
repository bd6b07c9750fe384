/* A list is enough: if there are many paths, something else is wrong. */
#include "config.h"

#include "source/files/disk/complaints.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t find(const struct complaints *complaints, const char *path)
{
	size_t i = 0;

	while (i < complaints->n && strcmp(complaints->paths[i], path) != 0)
		i++;
	return i;
}

bool complaints_add(struct complaints *complaints, const char *path)
{
	char *own;

	if (find(complaints, path) < complaints->n)
		return false;
	if (complaints->n == COMPLAINTS_MAX)
		return false;
	own = strdup(path);
	if (own)
		complaints->paths[complaints->n++] = own;
	return true;
}

bool complaints_remove(struct complaints *complaints, const char *path)
{
	size_t i = find(complaints, path);

	if (i == complaints->n)
		return false;
	free(complaints->paths[i]);
	complaints->paths[i] = complaints->paths[--complaints->n];
	return true;
}

void complaints_done(struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->n; i++)
		free(complaints->paths[i]);
	complaints->n = 0;
}
