/* The unread rest of a file that was rotated: what had not been read when the file lost its name,
 * or its content. It is read before the content that came after it. */
#pragma once

struct followed;
struct file_position;
struct files_state;

/* Follow the file behind `fd`, which no name leads to, from its position to its end. The followed
 * file owns `fd`; on failure `fd` is closed. Returns 0 or a negative errno: -ENOENT when the
 * position does not fit, or a shortage (io_is_shortage). */
int unread_follow(struct files_state *state, int fd, const char *path,
	const struct file_position *position, struct followed **ret);

/* Restart a file that does not match the position. First comes the unread rest of the old content,
 * as far as it is found in a copy, then the new content. Returns 0, or a shortage: then the
 * position stays. */
int unread_restart(
	struct files_state *state, struct followed *file, const struct file_position *position);
