/* The search is by identity first, then by content. */
#include "config.h"

#include "source/files/missing.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/event.h"
#include "base/log.h"
#include "source/files/copies.h"
#include "source/files/disk/complaints.h"
#include "source/files/disk/glob.h"
#include "source/files/files-source.h"
#include "source/files/files-state.h"
#include "source/files/unread.h"

/* Renamed while nobody looked, or copied. */
static int open_lost(
	struct pursuit *pursuit, const char *path, const struct mark *mark, int *ret_fd)
{
	int r = rotation_find_renamed(path, mark, ret_fd);

	if (r == 0 && mark->head.len == 0 && saved_begins_like(&pursuit->saved, *ret_fd)) {
		*ret_fd = close_fd(*ret_fd);
		r = -ENOENT;
	}
	if (r == -ENOENT)
		r = rotation_find_copy(&pursuit->rotation, &pursuit->follow, path, mark, 0, ret_fd);
	if (r == -ENOENT)
		event_say(EVENT_LOST, pursuit->name, LOG_WARNING,
			"source %s: '%s' was rotated away; what had been written to it and "
			"not read is lost",
			pursuit->name, path);
	if (r == -EACCES) {
		errno = EACCES;
		pursuit_tell_trouble(path, pursuit);
	}
	return r;
}

/* Of a file that was empty nothing but the inode is known: it may be another file that has it now,
 * a copy even. */
static void doubt(struct pursuit *pursuit, struct followed *file)
{
	follow_unqueue(&pursuit->follow, file);
	suspect_begin(file);
	pursuit->dirty = true;
}

/* Whether the one that has the inode is the file of the mark, which may have been truncated, and
 * not another one that got the inode since. */
static bool is_same_file(const struct followed *holder, const struct mark *mark, struct text path)
{
	return text_equal(path, text_of(holder->path)) || tail_fits(holder->tail.fd, mark);
}

/* Go on in a file that was followed and that no name leads to any more. Returns 0 when it is known
 * what has become of it, or a negative errno. */
static int find_lost(struct pursuit *pursuit, const struct source_position *saved)
{
	struct followed *file = NULL, *holder;
	struct text text;
	struct mark mark;
	char path[MARK_SIZE];
	int fd, r;

	if (mark_parse(saved->position, &mark, &text) < 0) {
		saved_forget(&pursuit->saved, saved->stream);
		return 0;
	}
	holder = follow_find(&pursuit->follow, mark.device, mark.inode);
	if (holder && is_same_file(holder, &mark, text))
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s", TEXT_FORMAT(text));
	r = scan_matches(&pursuit->options->paths, path) ? open_lost(pursuit, path, &mark, &fd)
							 : -ENOENT;
	if (r == 0)
		r = rest_follow(pursuit, fd, path, &mark, &file);
	if (r == 0 && mark.head.len == 0)
		doubt(pursuit, file);
	if (trouble_is_shortage(r) || r == -EACCES)
		return r;
	/* A copy has a name of its own; so has the same file, when its device was renumbered. */
	if (!holder && (!file || !text_equal(saved->stream, text_of(file->stream))))
		saved_forget(&pursuit->saved, saved->stream);
	return 0;
}

/* Whether only the inode of the file is known. */
static bool is_of_empty_file(const struct source_position *saved)
{
	struct text path;
	struct mark mark;

	return saved->stream.len > 0 && mark_parse(saved->position, &mark, &path) == 0 &&
	       mark.head.len == 0;
}

static void settle(struct pursuit *pursuit, size_t i)
{
	struct saved *saved = &pursuit->saved;
	int r = 0;

	if (saved->sorted[i].stream.len > 0)
		r = find_lost(pursuit, &saved->sorted[i]);
	if (trouble_is_shortage(r))
		pursuit_run_short(pursuit, r);
	saved->settled[i] = r == 0;
	saved->n_unsettled -= r == 0;
}

/* Those of which more is known come first: what is theirs is not taken for another's. */
void lost_find_all(struct pursuit *pursuit)
{
	const struct saved *saved = &pursuit->saved;

	for (int empty = 0; empty <= 1; empty++)
		for (size_t i = 0; i < saved->n; i++)
			if (!saved->settled[i] && is_of_empty_file(&saved->sorted[i]) == empty)
				settle(pursuit, i);
}
