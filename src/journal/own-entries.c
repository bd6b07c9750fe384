/* journald looks its clients up by their process id. If a client dies before journald reads its
 * datagram, journald knows only the ids that the kernel passed along: no unit and no program. */
#include "config.h"

#include "journal/own-entries.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record/message-ids.h"

/* As journald reports it: a file that was replaced meanwhile keeps its name. */
static void find_program(struct own *own)
{
	static const char deleted[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	struct text name = text_make(path, n > 0 ? (size_t)n : 0);
	const char *slash = name.len > 0 ? memrchr(path, '/', name.len) : NULL;

	if (!slash)
		return;
	if (text_ends(name, text_of(deleted)))
		name.len -= strlen(deleted);
	(void)snprintf(own->program, sizeof(own->program), "%.*s",
		(int)(name.len - (size_t)(slash - path)), slash);
	/* The slash keeps a program from being taken for one whose name ends alike. */
	assert(own->program[0] == '/');
}

struct own own_make(const char *unit, unsigned uid)
{
	struct own own = { .unit = unit };

	(void)snprintf(own.uid, sizeof(own.uid), "%u", uid);
	find_program(&own);
	return own;
}

/* becaused.service and becaused@….service: only root can make a system unit of that name. */
static bool is_becaused_unit(struct text unit)
{
	return text_equal(unit, text_of("becaused.service")) ||
	       text_starts(unit, text_of("becaused@"));
}

static bool is_becaused_program(const struct own *own, struct text exe)
{
	return text_ends(exe, text_of("/becaused")) ||
	       (*own->program && text_ends(exe, text_of(own->program)));
}

/* An entry needs no mark where its origin alone shows who wrote it: a unit of ours, or a becaused
 * that root or our own user runs. A socket sink that sends to /dev/log can write no mark. Where
 * nothing but our user is known of the entry, our mark decides: the MESSAGE_ID of enriched
 * entries. */
bool own_is_becaused(const struct own *own, own_look_up_fn *look_up, void *userdata)
{
	struct text unit = look_up("_SYSTEMD_UNIT", userdata), exe;
	bool own_user, root, no_unit = unit.len == 0;

	/* An empty number would take every entry without _UID for one of ours. */
	assert(own->uid[0] != '\0');
	if ((own->unit && text_equal(unit, text_of(own->unit))) || is_becaused_unit(unit))
		return true;

	own_user = text_equal(look_up("_UID", userdata), text_of(own->uid));
	root = text_equal(look_up("_UID", userdata), text_of("0"));
	if (!own_user && !root)
		return false;
	exe = look_up("_EXE", userdata);
	if (is_becaused_program(own, exe))
		return true;
	return own_user && no_unit && exe.len == 0 &&
	       text_equal(look_up("MESSAGE_ID", userdata), text_of(message_id(MESSAGE_ENRICHED)));
}

bool own_is_ours(const struct own *own, own_look_up_fn *look_up, void *userdata)
{
	struct text unit = look_up("_SYSTEMD_UNIT", userdata), exe;
	bool no_unit = unit.len == 0;

	if (own->unit && !no_unit)
		return text_equal(unit, text_of(own->unit));
	if (is_becaused_unit(unit))
		return false;
	if (!text_equal(look_up("_UID", userdata), text_of(own->uid)))
		return false;
	/* If a client dies while journald looks it up, journald may know the program and not the
	 * unit. */
	exe = look_up("_EXE", userdata);
	return exe.len == 0 || is_becaused_program(own, exe);
}
