/* The directories of a journal that libsystemd does not notice when they appear. libsystemd follows
 * the directories that exist when a journal is opened, and those that appear in them under a plain
 * machine id. /var/log/journal itself may appear later, and so may the directory of a namespace.
 * Where the kernel has no inotify watches left, libsystemd notices no change at all, and does not
 * report that. */
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
	/* Each directory with journals comes behind the directory that it lies in. */
	char paths[ROOTS_DIRECTORIES][ROOTS_PATH_SIZE];
};

/* `directory`: the only one that is read, else the empty text. Returns 0 or a negative errno. */
int roots_init(struct roots *roots, struct text directory, struct text name_space);

void roots_done(struct roots *roots);

/* Watch for the directories that are missing now, and no longer for those of an earlier call.
 * Returns 0 or a negative errno: -EMFILE, -ENOSPC where the kernel has no more for us. */
int roots_watch(struct roots *roots);

/* Discard the events so far. */
void roots_drain(const struct roots *roots);

/* A hash of which directories exist and, with `content`, of the files in them: it changes when they
 * do. */
uint64_t roots_look(const struct roots *roots, bool content);

/* Whether the kernel gives more watches to the inotify descriptor. */
bool roots_has_watches(int inotify_fd);
