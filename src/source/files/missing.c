/* The search is by identity first, then by content. */
#include "config.h"

#include "source/files/missing.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "base/log.h"
#include "record/message-ids.h"
#include "source/files/copies.h"
#include "source/files/disk/glob.h"
#include "source/files/files-options.h"
#include "source/files/files-state.h"
#include "source/files/unread.h"

/* Open a file that was renamed while it was not watched, or a copy of it. */
static int open_missing(struct files_state *state, const char *path,
	const struct file_position *position, int *ret_fd)
{
	int r = rotation_find_renamed(path, position, ret_fd);

	if (r == 0 && position->head.len == 0 && saved_begins_like(&state->saved, *ret_fd)) {
		*ret_fd = close_fd(*ret_fd);
		r = -ENOENT;
	}
	if (r == -ENOENT)
		r = rotation_find_copy(&state->rotation, &state->table, path, position, 0, ret_fd);
	if (r == -ENOENT)
		message_log(MESSAGE_LOST, state->name, LOG_WARNING,
			"source %s: '%s' is gone, and no renamed file or copy of it was found; "
			"lines that were not read are lost",
			state->name, path);
	if (r == -EACCES) {
		errno = EACCES;
		files_state_complain(path, state);
	}
	return r;
}

/* Only the inode is known of a file that was empty. Another file may have the inode now, even a
 * copy, so the file becomes a candidate. */
static void make_candidate(struct files_state *state, struct followed *file)
{
	followed_unqueue(&state->table, file);
	copies_begin(file);
	state->dirty = true;
}

/* Whether the file that has the inode is the file of the position, perhaps truncated, and not
 * another file that got the inode since. */
static bool is_same_file(
	const struct followed *holder, const struct file_position *position, struct text path)
{
	return text_equal(path, text_of(holder->path)) || tail_fits(holder->tail.fd, position);
}

/* Resume a file that was followed and that no name leads to any more. Returns 0 when it is known
 * what became of the file, or a negative errno. */
static int find_missing(struct files_state *state, const struct source_position *saved)
{
	struct followed *file = NULL, *holder;
	struct text text;
	struct file_position position;
	char path[POSITION_SIZE];
	int fd, r;

	if (position_parse(saved->position, &position, &text) < 0) {
		saved_forget(&state->saved, saved->stream);
		return 0;
	}
	holder = followed_find(&state->table, position.device, position.inode);
	if (holder && is_same_file(holder, &position, text))
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s", TEXT_FORMAT(text));
	r = glob_matches(&state->options->paths, path) ? open_missing(state, path, &position, &fd)
						       : -ENOENT;
	if (r == 0)
		r = unread_follow(state, fd, path, &position, &file);
	if (r == 0 && position.head.len == 0)
		make_candidate(state, file);
	if (io_is_shortage(r) || r == -EACCES)
		return r;
	/* A copy has a stream of its own; so has the same file, if its device was renumbered. */
	if (!holder && (!file || !text_equal(saved->stream, text_of(file->stream))))
		saved_forget(&state->saved, saved->stream);
	return 0;
}

/* Whether only the inode of the file is known. */
static bool is_of_empty_file(const struct source_position *saved)
{
	struct text path;
	struct file_position position;

	return saved->stream.len > 0 && position_parse(saved->position, &position, &path) == 0 &&
	       position.head.len == 0;
}

static void settle_position(struct files_state *state, size_t i)
{
	struct saved *saved = &state->saved;
	int r = 0;

	if (saved->sorted[i].stream.len > 0)
		r = find_missing(state, &saved->sorted[i]);
	if (io_is_shortage(r))
		files_state_run_short(state, r);
	assert(!saved->settled[i] && saved->n_unsettled > 0 && saved->n_unsettled <= saved->n);
	saved->settled[i] = r == 0;
	saved->n_unsettled -= r == 0;
}

/* Files of which more than the inode is known come first, so that their content is not taken for
 * that of another file. */
void missing_find_all(struct files_state *state)
{
	const struct saved *saved = &state->saved;

	for (int empty = 0; empty <= 1; empty++)
		for (size_t i = 0; i < saved->n; i++)
			if (!saved->settled[i] && is_of_empty_file(&saved->sorted[i]) == empty)
				settle_position(state, i);
}
