/* Whatever is wrong is said once: files come by the thousand. */
#include "config.h"

#include "source/files/files-state.h"

#include <errno.h>

#include "base/log.h"

void pursuit_tell_trouble(const char *path, void *userdata)
{
	struct pursuit *pursuit = userdata;
	int error = errno;

	if (!trouble_begins(&pursuit->troubles, path))
		return;
	errno = error;
	log_warning(
		"source %s: cannot read '%s': %m, retrying when it changes", pursuit->name, path);
}

void pursuit_run_short(struct pursuit *pursuit, int error)
{
	pursuit->short_now = true;
	if (pursuit->short_said)
		return;
	errno = -error;
	log_warning(
		"source %s: cannot look at all files: %m, retrying every second", pursuit->name);
	pursuit->short_said = true;
}

void pursuit_watch(struct pursuit *pursuit, struct followed *file)
{
	int wd;

	if (file->wd < 0 && watch_add_file(&pursuit->watch, file->tail.fd, &wd) == 0)
		follow_set_watch(&pursuit->follow, file, wd);
}

void pursuit_finish(struct pursuit *pursuit, struct followed *file)
{
	watch_remove_file(&pursuit->watch, file->wd);
	follow_finish(&pursuit->follow, file);
	/* There is room for one that was left out. */
	pursuit->dirty |= pursuit->full;
}

void pursuit_drop(struct pursuit *pursuit, struct followed *file)
{
	pursuit_finish(pursuit, file);
	follow_free(&pursuit->follow, file);
}
