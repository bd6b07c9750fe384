/* sd_pid_get_unit(3) looks at the first process as well, which a unit with ProtectProc=invisible
 * cannot see; so the control group is read here. */
#include "config.h"

#include "daemon/own-unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/io.h"

enum { CGROUP_SIZE_MAX = 64 * 1024 };

/* Cut the text up to `end`, or all of it, from the front of `rest`. */
static struct text cut_part(struct text *rest, char end)
{
	const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;
	struct text part = at ? text_make(rest->data, (size_t)(at - rest->data)) : *rest;
	size_t n = part.len + (at != NULL);

	*rest = text_make(rest->data + n, rest->len - n);
	return part;
}

/* The last service of the path; one below a user's manager does not count. */
static struct text unit_in_path(struct text path)
{
	const struct text suffix = text_of(".service");
	struct text unit = text_of("");

	while (path.len > 0) {
		struct text part = cut_part(&path, '/');

		if (text_starts(part, text_of("user@")))
			return text_of("");
		if (part.len > suffix.len && text_ends(part, suffix))
			unit = part;
	}
	return unit;
}

struct text unit_in_cgroup(struct text cgroup)
{
	struct text unit = text_of("");

	while (cgroup.len > 0 && unit.len == 0) {
		struct text line = cut_part(&cgroup, '\n');
		struct text number = cut_part(&line, ':');
		struct text controllers = cut_part(&line, ':');

		(void)number;
		/* The unified hierarchy, or systemd's own beside the older ones. */
		if (controllers.len == 0 || text_equal(controllers, text_of("name=systemd")))
			unit = unit_in_path(line);
	}
	return unit;
}

/* systemd sets SYSTEMD_EXEC_PID to the identifier of the process that it starts (systemd.exec(5)).
 * A process that a shell or a cron job in between has started has another identifier. */
char *unit_find(void)
{
	CLEANUP(buffer_done) struct buffer cgroup = buffer_make(CGROUP_SIZE_MAX);
	const char *main_pid = getenv("SYSTEMD_EXEC_PID");
	struct text unit;
	char pid[16];

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (!main_pid || strcmp(main_pid, pid) != 0 ||
		io_read_file("/proc/self/cgroup", &cgroup) < 0)
		return NULL;
	unit = unit_in_cgroup(buffer_text(&cgroup));
	return unit.len > 0 ? strndup(unit.data, unit.len) : NULL;
}
