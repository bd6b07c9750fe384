/* They are held equally long, so they expire in the order in which they came. */
#include "config.h"

#include "source/files/held-files.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void close_first(struct held_files *held)
{
	assert(held->n > 0);
	(void)close_fd(held->files[0].fd);
	free(held->files[0].path);
	held->n--;
	memmove(&held->files[0], &held->files[1], held->n * sizeof(held->files[0]));
}

void held_files_add(struct held_files *held, int fd, const char *path, uint64_t now_usec)
{
	char *own = strdup(path);

	if (!own) {
		(void)close_fd(fd);
		return;
	}
	if (held->n == HELD_FILES_MAX)
		close_first(held);
	held->files[held->n++] = (struct held_file){ fd, own, now_usec + HELD_FILES_USEC };
}

uint64_t held_files_expire(struct held_files *held, uint64_t now_usec)
{
	while (held->n > 0 && held->files[0].until_usec <= now_usec)
		close_first(held);
	return held->n > 0 ? held->files[0].until_usec : UINT64_MAX;
}

void held_files_done(struct held_files *held)
{
	while (held->n > 0)
		close_first(held);
}
