/* journald looks its clients up by their process id. Of one that has died before its datagram is
 * read, it knows the ids that the kernel passed along, and no unit and no program. */
#include "config.h"

#include "wire/own.h"

#include <stdio.h>

#include "wire/native.h"

struct own own_make(const char *unit, unsigned uid)
{
	struct own own = { .unit = unit };

	(void)snprintf(own.uid, sizeof(own.uid), "%u", uid);
	return own;
}

/* becaused.service and becaused@….service: only root can make a system unit of that name. */
static bool is_becaused_unit(struct text unit)
{
	return text_equal(unit, text_of("becaused.service")) ||
	       text_starts(unit, text_of("becaused@"));
}

static bool is_becaused_program(struct text exe)
{
	struct text name = text_of("/becaused");

	return exe.len >= name.len &&
	       text_equal(text_make(exe.data + exe.len - name.len, name.len), name);
}

/* What has our mark, which anybody may write, must come from a unit of ours, or from a becaused
 * that root or our own user runs, or from our user with nothing else known of it. What comes from
 * our own unit needs no mark. */
bool own_is_becaused(const struct own *own, own_look_up_fn *look_up, void *userdata)
{
	struct text unit = look_up("_SYSTEMD_UNIT", userdata);
	bool own_user, root, no_unit = unit.len == 0, our_unit = is_becaused_unit(unit);
	struct text exe;

	if (own->unit && text_equal(unit, text_of(own->unit)))
		return true;
	if (!text_equal(look_up("MESSAGE_ID", userdata), text_of(NATIVE_MESSAGE_ID)))
		return false;
	if (our_unit)
		return true;

	own_user = text_equal(look_up("_UID", userdata), text_of(own->uid));
	root = text_equal(look_up("_UID", userdata), text_of("0"));
	exe = look_up("_EXE", userdata);
	if (is_becaused_program(exe))
		return own_user || root;
	return own_user && no_unit && exe.len == 0;
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
	/* Of one that dies while it is looked up, journald may know the program and not the unit.
	 */
	exe = look_up("_EXE", userdata);
	return exe.len == 0 || is_becaused_program(exe);
}
