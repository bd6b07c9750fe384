#include "config.h"

#include "source/journal/journal-directories.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "base/cleanup.h"

static const char *const system_roots[] = { "/run/log/journal", "/var/log/journal" };

/* Add a journal's root, and in it the directory of this machine and of the namespace. */
static int add_root(struct roots *roots, const char *root, struct text name_space)
{
	char machine[SD_ID128_STRING_MAX];
	sd_id128_t id;
	int r = sd_id128_get_machine(&id);

	assert(roots->n + 2 <= ROOTS_DIRECTORIES);
	(void)snprintf(roots->paths[roots->n++], ROOTS_PATH_SIZE, "%s", root);
	/* Without a machine id there is no journal yet either. */
	if (r < 0)
		return 0;
	r = snprintf(roots->paths[roots->n], ROOTS_PATH_SIZE, "%s/%s%s%.*s", root,
		sd_id128_to_string(id, machine), name_space.len > 0 ? "." : "",
		TEXT_FORMAT(name_space));
	if (r < 0 || r >= ROOTS_PATH_SIZE)
		return -ENAMETOOLONG;
	roots->n++;
	return 0;
}

int roots_init(struct roots *roots, struct text directory, struct text name_space)
{
	int r = 0;

	*roots = (struct roots){ .fd = -1, .namespaced = name_space.len > 0 };
	if (directory.len >= ROOTS_PATH_SIZE)
		return 0;
	if (directory.len > 0) {
		memcpy(roots->paths[roots->n++], directory.data, directory.len);
		return 0;
	}
	for (size_t i = 0; i < sizeof(system_roots) / sizeof(system_roots[0]) && r == 0; i++)
		r = add_root(roots, system_roots[i], name_space);
	return r;
}

void roots_done(struct roots *roots)
{
	roots->fd = close_fd(roots->fd);
}

/* Watch the nearest existing directory above the missing one. */
static int watch_above(struct roots *roots, const char *path)
{
	char above[ROOTS_PATH_SIZE];

	(void)snprintf(above, sizeof(above), "%s", path);
	for (char *slash = strrchr(above, '/'); slash; slash = strrchr(above, '/')) {
		slash[slash == above] = '\0';
		if (inotify_add_watch(roots->fd, above,
			    IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_MASK_ADD) >= 0)
			return 0;
		if (errno != ENOENT)
			return -errno;
		if (slash == above)
			break;
	}
	return 0;
}

/* libsystemd follows directories that appear in a root that it has seen, except those of
 * namespaces. */
static bool is_to_watch(const struct roots *roots, const char *path)
{
	bool is_root = strcmp(path, system_roots[0]) == 0 || strcmp(path, system_roots[1]) == 0;

	return (is_root || roots->namespaced) && access(path, F_OK) < 0;
}

int roots_watch(struct roots *roots)
{
	roots->fd = close_fd(roots->fd);
	for (unsigned i = 0; i < roots->n; i++) {
		int r;

		if (!is_to_watch(roots, roots->paths[i]))
			continue;
		if (roots->fd < 0)
			roots->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (roots->fd < 0)
			return -errno;
		r = watch_above(roots, roots->paths[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

void roots_drain(const struct roots *roots)
{
	_Alignas(struct inotify_event) char events[4096];

	while (roots->fd >= 0 && read(roots->fd, events, sizeof(events)) > 0)
		;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15) + 1;
}

uint64_t roots_look(const struct roots *roots, bool content)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < roots->n; i++) {
		struct stat st = { 0 };

		if (stat(roots->paths[i], &st) < 0)
			st = (struct stat){ 0 };
		hash = mix(mix(hash, st.st_dev), st.st_ino);
		if (content)
			hash = mix(mix(hash, (uint64_t)st.st_mtim.tv_sec),
				(uint64_t)st.st_mtim.tv_nsec);
	}
	return hash;
}

/* The test watches /proc, which is always there and holds no journal. */
bool roots_has_watches(int inotify_fd)
{
	int wd = inotify_add_watch(inotify_fd, "/proc", IN_DELETE_SELF | IN_ONLYDIR);

	if (wd < 0)
		return errno != ENOSPC && errno != ENOMEM;
	(void)inotify_rm_watch(inotify_fd, wd);
	return true;
}
