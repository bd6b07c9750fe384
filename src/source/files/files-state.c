/* Each problem is reported once, as there may be thousands of files. */
#include "config.h"

#include "source/files/files-state.h"

#include <errno.h>

#include "base/log.h"

void files_state_complain(const char *path, void *userdata)
{
	struct files_state *state = userdata;
	int error = errno;

	if (!complaints_add(&state->complaints, path))
		return;
	errno = error;
	log_warning("source %s: cannot read '%s': %m, retrying when it changes", state->name, path);
}

void files_state_run_short(struct files_state *state, int error)
{
	state->short_of_resources = true;
	if (state->short_logged)
		return;
	errno = -error;
	log_warning("source %s: cannot read some files for now: %m, retrying every second",
		state->name);
	state->short_logged = true;
}

void files_state_watch(struct files_state *state, struct followed *file)
{
	int wd;

	if (file->wd < 0 && watch_add_file(&state->watch, file->tail.fd, &wd) == 0)
		followed_set_watch(&state->table, file, wd);
}

void files_state_finish(struct files_state *state, struct followed *file)
{
	watch_remove_file(&state->watch, file->wd);
	followed_finish(&state->table, file);
	/* There is room for one that was left out. */
	state->dirty |= state->full;
}

void files_state_drop(struct files_state *state, struct followed *file)
{
	files_state_finish(state, file);
	followed_free(&state->table, file);
}
