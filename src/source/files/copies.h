/* Copies, as logrotate's copytruncate makes them. Equal text is not a copy: a new file may be the
 * copy of another, its original, only if
 *  - a rotation may have given it its name (disk/rotation-names.h),
 *  - it begins with the bytes of the original, and
 *  - it is younger.
 * Then it waits until its original is truncated or lost, which proves it a copy, or until it was
 * quiet for FILES_STATE_WAIT_USEC, which shows it to be a file of its own. No other file waits. */
#pragma once

struct file_position;
struct files_state;
struct followed;

/* Decide on a new file that is open: it is read at once, or it waits, or it is passed over as a
 * copy of content that was truncated before. */
void copies_begin(struct files_state *state, struct followed *file);

/* Look at a waiting file that has changed. */
void copies_look(struct files_state *state, struct followed *file);

/* Decide on a waiting file that was quiet: it is read, unless its original turns out to be
 * truncated. */
void copies_decide(struct files_state *state, struct followed *file);

/* The longest of the files that wait for the original and have the unread rest of its content
 * behind the position; NULL = none has. */
struct followed *copies_find(struct files_state *state, const struct followed *original,
	const struct file_position *position);

/* The original is not the file of the position any more: it was truncated, or is lost. Decide on
 * the files that wait for it. rest: the file in which the unread rest is read already; NULL = none,
 * then copies_find has it. Returns the file that has the rest, which is read from the position on;
 * NULL = none has. */
struct followed *copies_prove(struct files_state *state, struct followed *original,
	const struct file_position *position, struct followed *rest);
