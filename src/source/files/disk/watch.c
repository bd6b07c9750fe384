/* inotify gives one descriptor for one inode, whatever the name; so the directories are kept by
 * name, and two of them may share a descriptor. */
#include "config.h"

#include "source/files/disk/watch.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/text.h"

enum { EVENTS_SIZE = 64 * 1024, READS_MAX = 64, SLOTS_FIRST = 16 };

static const uint32_t directory_events = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
					 IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

int watch_open(struct watch *watch)
{
	*watch = (struct watch){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	if (watch->fd >= 0)
		return 0;
	if (errno != EMFILE || io_check_descriptors() < 0)
		return -errno;
	/* The user's instances have run out, not our descriptors: the caller must poll. */
	watch->none = true;
	watch->fd = epoll_create1(EPOLL_CLOEXEC);
	return watch->fd < 0 ? -errno : 0;
}

void watch_close(struct watch *watch)
{
	for (size_t i = 0; i < watch->n; i++)
		free(watch->directories[i].path);
	free(watch->directories);
	free(watch->slots);
	watch->fd = close_fd(watch->fd);
	watch->directories = NULL;
	watch->slots = NULL;
	watch->n = watch->size = watch->n_slots = 0;
}

static int add_watch(struct watch *watch, const char *path, uint32_t mask, int *ret_wd)
{
	/* Without an instance, the descriptor is none of inotify's. */
	int wd = inotify_add_watch(watch->fd, path, mask);

	if (wd < 0) {
		int error = watch->none ? ENOSPC : errno;

		if (error == ENOSPC)
			watch->exhausted = true;
		return -error;
	}
	*ret_wd = wd;
	return 0;
}

/* --- directories by name --- */

/* The slot of the directory of this name, or the empty one where it belongs. */
static size_t *find_slot(const struct watch *watch, const char *path)
{
	size_t mask = watch->n_slots - 1;
	size_t at = (size_t)text_hash(TEXT_HASH_START, text_of(path)) & mask;

	assert(watch->slots && watch->n_slots > watch->n);
	while (watch->slots[at] != 0 &&
		strcmp(watch->directories[watch->slots[at] - 1].path, path) != 0)
		at = (at + 1) & mask;
	return &watch->slots[at];
}

static struct watch_directory *find(struct watch *watch, const char *path)
{
	size_t slot = watch->n_slots > 0 ? *find_slot(watch, path) : 0;

	return slot > 0 ? &watch->directories[slot - 1] : NULL;
}

static void fill_slots(struct watch *watch)
{
	assert(watch->slots && (watch->n == 0 || watch->directories));
	memset(watch->slots, 0, watch->n_slots * sizeof(*watch->slots));
	for (size_t i = 0; i < watch->n; i++)
		*find_slot(watch, watch->directories[i].path) = i + 1;
}

/* Make room for one more directory. Returns 0 or -ENOMEM. */
static int grow_slots(struct watch *watch)
{
	size_t n_slots = watch->n_slots > 0 ? 2 * watch->n_slots : SLOTS_FIRST;
	size_t *slots;

	if (2 * (watch->n + 1) <= watch->n_slots)
		return 0;
	slots = calloc(n_slots, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(watch->slots);
	watch->slots = slots;
	watch->n_slots = n_slots;
	fill_slots(watch);
	return 0;
}

static bool is_watched(const struct watch *watch, int wd)
{
	size_t at = 0;

	return watch_find_directory(watch, wd, &at) != NULL;
}

/* The name may lead to another directory by now, and the old one may still exist under another
 * name. */
static void renew_directory(
	struct watch *watch, struct watch_directory *directory, int wd, bool any)
{
	int old = directory->wd;

	if (directory->generation != watch->generation)
		directory->any = false;
	directory->any |= any;
	directory->generation = watch->generation;
	directory->wd = wd;
	if (old != wd && !is_watched(watch, old))
		(void)inotify_rm_watch(watch->fd, old);
}

static int add_new_directory(struct watch *watch, const char *path, int wd, bool any)
{
	struct watch_directory directory = { NULL, wd, any, watch->contents, watch->generation };
	struct watch_directory *directories;

	if (grow_slots(watch) < 0)
		return -ENOMEM;
	directories = array_grow(watch->directories, &watch->size, watch->n, sizeof(*directories));
	if (!directories)
		return -ENOMEM;
	watch->directories = directories;
	directory.path = strdup(path);
	if (!directory.path)
		return -ENOMEM;
	memcpy(&directories[watch->n++], &directory, sizeof(directory));
	*find_slot(watch, path) = watch->n;
	return 0;
}

int watch_add_directory(struct watch *watch, const char *path, bool any)
{
	struct watch_directory *directory = find(watch, path);
	int wd = -1, r;

	/* Always anew: another directory may have the name by now. */
	r = add_watch(watch, path,
		directory_events |
			((directory ? directory->contents : watch->contents) ? IN_MODIFY : 0),
		&wd);
	if (r < 0)
		return r;
	assert(!watch->none && watch->n <= watch->size);
	if (!directory)
		return add_new_directory(watch, path, wd, any);
	renew_directory(watch, directory, wd, any);
	return 0;
}

int watch_contents(struct watch *watch, const char *path)
{
	struct watch_directory *directory = find(watch, path);
	int wd = -1, r;

	if (!directory)
		return -ENOENT;
	if (directory->contents)
		return 0;
	r = add_watch(watch, path, directory_events | IN_MODIFY, &wd);
	if (r < 0)
		return r;
	directory->contents = watch->contents = true;
	renew_directory(watch, directory, wd, false);
	return 0;
}

void watch_sweep(struct watch *watch)
{
	size_t i = 0, n_before = watch->n;

	while (i < watch->n) {
		struct watch_directory old = watch->directories[i];

		if (old.generation == watch->generation) {
			i++;
			continue;
		}
		watch->directories[i] = watch->directories[--watch->n];
		free(old.path);
		if (!is_watched(watch, old.wd))
			(void)inotify_rm_watch(watch->fd, old.wd);
	}
	if (watch->n < n_before)
		fill_slots(watch);
	assert(!watch->none || watch->n == 0);
	watch->generation++;
}

const struct watch_directory *watch_find_directory(const struct watch *watch, int wd, size_t *at)
{
	while (*at < watch->n) {
		const struct watch_directory *directory = &watch->directories[(*at)++];

		if (directory->wd == wd)
			return directory;
	}
	return NULL;
}

int watch_add_file(struct watch *watch, int fd, int *ret_wd)
{
	char path[32];
	int r;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = add_watch(watch, path, IN_MODIFY | IN_ATTRIB, ret_wd);
	if (r < 0 && r != -ENOSPC)
		watch->blind = true;
	return r;
}

void watch_remove_file(struct watch *watch, int wd)
{
	if (wd >= 0)
		(void)inotify_rm_watch(watch->fd, wd);
}

/* An event may have IN_MODIFY and IN_ATTRIB at once, for instance when a file with a set-user-ID
 * bit is truncated: WATCH_ATTRIBUTES includes WATCH_CHANGED. */
static enum watch_event_kind kind_of(uint32_t mask)
{
	if (mask & IN_Q_OVERFLOW)
		return WATCH_OVERFLOW;
	if (mask & (IN_CREATE | IN_MOVED_TO))
		return WATCH_APPEARED;
	if (mask & (IN_MOVED_FROM | IN_MOVE_SELF))
		return WATCH_LEFT;
	if (mask & (IN_DELETE | IN_DELETE_SELF))
		return WATCH_REMOVED;
	return mask & IN_ATTRIB ? WATCH_ATTRIBUTES : WATCH_CHANGED;
}

static void visit_event(const struct inotify_event *raw, watch_event_fn *visit, void *userdata)
{
	const struct watch_event event = {
		.kind = kind_of(raw->mask),
		.wd = raw->wd,
		.name = raw->len > 0 ? raw->name : NULL,
	};

	if (!(raw->mask & IN_IGNORED))
		visit(&event, userdata);
}

int watch_read(struct watch *watch, watch_event_fn *visit, void *userdata)
{
	_Alignas(struct inotify_event) char events[EVENTS_SIZE];
	size_t n, at;
	int r;

	if (watch->none)
		return 0;
	/* The number of reads is bounded: a fast writer makes events as fast as they are read. */
	for (unsigned i = 0; i < READS_MAX; i++) {
		r = io_read(watch->fd, events, sizeof(events), &n);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		for (at = 0; at < n;) {
			const struct inotify_event *event =
				(const struct inotify_event *)(const void *)(events + at);

			visit_event(event, visit, userdata);
			at += sizeof(*event) + event->len;
		}
	}
	return 0;
}
