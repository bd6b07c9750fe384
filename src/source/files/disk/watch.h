/* Watches: inotify(7) on the directories in which files may appear, and on the files that are
 * followed. Directories are watched by name, files by descriptor: a file that is renamed stays
 * watched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch_directory {
	char *path;
	int wd;
	bool any;      /* every entry that appears in it matters */
	bool contents; /* changes of content in it are events, too */
	unsigned generation;
};

struct watch {
	int fd;
	bool none;     /* the kernel had no inotify instance left: nothing is watched, ever */
	bool contents; /* contents were watched in any: those that come later are like that, too */
	struct watch_directory *directories;
	size_t n, size;
	/* Finds a directory by its name: a hash table of indexes from 1, 0 = none. At least half of
	 * it is empty. */
	size_t *slots;
	size_t n_slots; /* 0, or a power of 2 */
	unsigned generation;
	/* Until the owner clears them: */
	bool exhausted; /* the kernel had no watches left for us, or `none` */
	bool blind;     /* something could not be watched for another reason */
	bool remote; /* a directory is on a file system that has no events of what others write */
};

enum watch_event_kind {
	WATCH_CHANGED,    /* content; of an entry, if contents are watched (watch_contents) */
	WATCH_APPEARED,   /* an entry was made here or moved here */
	WATCH_LEFT,       /* an entry was moved away, or the directory itself */
	WATCH_REMOVED,    /* an entry was removed, or the directory itself */
	WATCH_ATTRIBUTES, /* permissions, owner or number of links; perhaps content, too */
	WATCH_OVERFLOW,   /* events were lost: anything may have happened, anywhere */
};

/* An event. Directories: `name` is the entry that it is about, NULL for the directory itself. */
struct watch_event {
	enum watch_event_kind kind;
	int wd; /* -1 for WATCH_OVERFLOW */
	const char *name;
};

typedef void watch_event_fn(const struct watch_event *event, void *userdata);

/* Returns 0, also where the kernel has no instance left; or a negative errno. */
int watch_open(struct watch *watch);

void watch_close(struct watch *watch);

/* Watch the directory, or keep watching it. any: it is not on the way of a glob, but where a
 * symbolic link leads. Returns 0 or a negative errno; -ENOSPC sets `exhausted`. */
int watch_add_directory(struct watch *watch, const char *path, bool any);

/* Watch also the content of the files in a directory that is watched under this name. Returns 0 or
 * a negative errno: -ENOENT for a directory that is not watched. */
int watch_contents(struct watch *watch, const char *path);

/* Stop watching directories that were not added since the last call. */
void watch_sweep(struct watch *watch);

/* The watched directory at or behind index `*at`, which moves behind it; NULL when there is none:
 * one directory may be watched under several names. */
const struct watch_directory *watch_find_directory(const struct watch *watch, int wd, size_t *at);

/* Watch the file behind an open descriptor. Returns 0 or a negative errno; -ENOSPC sets
 * `exhausted`. */
int watch_add_file(struct watch *watch, int fd, int *ret_wd);

void watch_remove_file(struct watch *watch, int wd);

/* Visit the events since the last call. Returns 0 or a negative errno. */
int watch_read(struct watch *watch, watch_event_fn *visit, void *userdata);
