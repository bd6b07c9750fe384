/* What libsystemd does not see: it follows the directories that are there when a journal is opened,
 * and those that appear in them under a plain machine id. /var/log/journal itself may come later,
 * and so may the directory of a namespace. And where the kernel has no inotify watches left,
 * libsystemd sees nothing at all and does not say so. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
	ROOTS_DIRECTORIES = 4,
	ROOTS_PATH_SIZE = 320,
};

struct roots {
	int fd; /* readable when a directory may have appeared; -1 while all are there */
	bool namespaced;
	unsigned n;
	/* Each directory with journals behind the one that it lies in. */
	char paths[ROOTS_DIRECTORIES][ROOTS_PATH_SIZE];
};

/* `directory`: the only one that is read, else the empty text. Returns 0 or a negative errno. */
int roots_init(struct roots *roots, struct text directory, struct text name_space);

void roots_done(struct roots *roots);

/* Watch for the directories that are missing now, in place of what was watched for. Returns 0 or a
 * negative errno: -EMFILE, -ENOSPC where the kernel has no more for us. */
int roots_watch(struct roots *roots);

/* Forget what has happened. */
void roots_drain(const struct roots *roots);

/* A number for which directories there are and, with `content`, for what files they have: it
 * changes when these do. */
uint64_t roots_look(const struct roots *roots, bool content);

/* Whether the kernel gives more watches to the inotify descriptor. */
bool roots_has_watches(int inotify_fd);
