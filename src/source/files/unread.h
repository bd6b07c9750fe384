/* The rest of a file that was rotated: what had not been read of it when it lost its name, or its
 * content. It is read before what came after it. */
#pragma once

struct followed;
struct mark;
struct pursuit;

/* Follow the file behind `fd`, which no name leads to, from its mark to its end; `fd` becomes its
 * own, on failure it is closed. Returns 0 or a negative errno: -ENOENT when the mark does not fit,
 * or a shortage (trouble.h). */
int rest_follow(struct pursuit *pursuit, int fd, const char *path, const struct mark *mark,
	struct followed **ret);

/* The file is not what the mark says: first comes what was left of the old content, as far as it is
 * to be found in a copy, then the new. Returns 0, or a shortage: then the mark stays. */
int rest_restart(struct pursuit *pursuit, struct followed *file, const struct mark *mark);
