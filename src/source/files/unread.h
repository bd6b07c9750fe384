/* The rest of a file that was rotated: what had not been read of it when it lost its name, or its
 * content. It is read before what came after it. */
#pragma once

struct followed;
struct file_position;
struct files_state;

/* Follow the file behind `fd`, which no name leads to, from its mark to its end; `fd` becomes its
 * own, on failure it is closed. Returns 0 or a negative errno: -ENOENT when the mark does not fit,
 * or a shortage (trouble.h). */
int unread_follow(struct files_state *state, int fd, const char *path,
	const struct file_position *position, struct followed **ret);

/* The file is not what the mark says: first comes what was left of the old content, as far as it is
 * to be found in a copy, then the new. Returns 0, or a shortage: then the mark stays. */
int unread_restart(
	struct files_state *state, struct followed *file, const struct file_position *position);
