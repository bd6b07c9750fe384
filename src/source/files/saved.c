/* A path in a position may be shortened and masked, so paths are compared in that form. */
#include "config.h"

#include "source/files/saved.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/files/followed.h"
#include "source/files/reports.h"

static uint64_t hash_of(struct text path)
{
	return text_hash(TEXT_HASH_START, path);
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

/* The source's own position: when it was started. */
static void learn_last_start(struct saved *saved, struct text position)
{
	struct text start = text_of(POSITION_STARTED), number;

	if (!text_starts(position, start))
		return;
	number = text_make(position.data + start.len, position.len - start.len);
	saved->ran_before = text_parse_number(number, 10, UINT64_MAX, &saved->last_started) == 0;
}

/* A file whose position is no position: its stream is forgotten. */
static int forget_stream(
	struct followed_table *table, const struct source_position *saved, struct reports *reports)
{
	CLEANUP(freep) char *stream = strndup(saved->stream.data, saved->stream.len);
	struct file_position position = { 0 };
	struct followed *file;
	int r;

	if (!stream)
		return -ENOMEM;
	reports_note(reports, REPORT_DAMAGED, stream, NULL, 0);
	if (position_parse_stream(saved->stream, &position) < 0)
		return 0;
	r = followed_add(table, &position, "", &file);
	if (r == 0)
		followed_finish(table, file);
	return r;
}

/* Whether both positions may be of the same content, whose beginning is known further at `behind`.
 */
static bool may_be_of_one_content(
	const struct file_position *position, const struct file_position *behind)
{
	return behind->head.len > position->head.len ||
	       (behind->head.len == position->head.len && behind->head.hash == position->head.hash);
}

/* How far the file was read, if that is behind its position or in later content. What was empty
 * then is known by its beginning from now on. */
static int learn_reached(struct followed *file, struct text reached)
{
	struct file_position *position = &file->tail.position;
	struct file_position behind;
	struct text path;

	if (reached.len == 0 || position_parse(reached, &behind, &path) < 0 ||
		position_is_of_other(position, behind.born_usec) ||
		behind.content_usec < position->content_usec)
		return 0;
	if (behind.content_usec > position->content_usec)
		return followed_set_reached(file, &behind);
	if (behind.offset <= position->offset || !may_be_of_one_content(position, &behind))
		return 0;
	if (position->head.len == 0)
		position->head = behind.head;
	return followed_set_reached(file, &behind);
}

static int add_file(struct saved *saved, const struct file_position *position, struct text path,
	struct followed_table *table, struct followed **ret)
{
	char name[POSITION_SIZE];
	struct followed *file;
	int r;

	(void)snprintf(name, sizeof(name), "%.*s", TEXT_FORMAT(path));
	r = followed_add(table, position, name, &file);
	if (r < 0)
		return r;
	file->state = FOLLOWED_READING;
	file->name = FOLLOWED_SAVED;
	saved->paths[saved->n_paths++] = hash_of(path);
	*ret = file;
	return 0;
}

/* Add the file that has the inode of an older one by now, if it was read. Its position was not
 * saved. */
static int add_later_file(struct saved *saved, const struct file_position *position,
	struct text reached, struct followed_table *table)
{
	struct file_position behind, start;
	struct followed *file;
	struct text path;
	int r;

	if (reached.len == 0 || position_parse(reached, &behind, &path) < 0 ||
		!position_is_of_other(position, behind.born_usec) ||
		behind.born_usec < position->born_usec)
		return 0;
	start = behind;
	position_rewind(&start);
	r = add_file(saved, &start, path, table, &file);
	return r == 0 ? followed_set_reached(file, &behind) : r;
}

static int load(struct saved *saved, const struct source_position *from, struct text reached,
	struct followed_table *table, struct reports *reports)
{
	struct file_position position;
	struct followed *file;
	struct text path;
	int r;

	if (from->stream.len == 0) {
		learn_last_start(saved, from->position);
		return 0;
	}
	if (position_parse(from->position, &position, &path) < 0)
		return forget_stream(table, from, reports);
	r = add_file(saved, &position, path, table, &file);
	if (r == 0)
		r = learn_reached(file, reached);
	return r == 0 ? add_later_file(saved, &position, reached, table) : r;
}

int saved_load(struct saved *saved, const struct source_position *positions,
	const struct text *reached, size_t n, struct followed_table *table, struct reports *reports)
{
	int r = 0;

	*saved = (struct saved){ .paths = calloc(2 * n + 1, sizeof(*saved->paths)) };
	if (!saved->paths)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++)
		r = load(saved, &positions[i], reached ? reached[i] : text_of(""), table, reports);
	qsort(saved->paths, saved->n_paths, sizeof(*saved->paths), compare_hashes);
	return r;
}

bool saved_has_path(const struct saved *saved, const char *path)
{
	char text[POSITION_SIZE];
	struct file_position position = { 0 };
	struct text name;
	size_t len = position_print(&position, path, text);
	uint64_t hash;

	if (!saved->paths || position_parse(text_make(text, len), &position, &name) < 0)
		return false;
	hash = hash_of(name);
	return bsearch(&hash, saved->paths, saved->n_paths, sizeof(*saved->paths),
		       compare_hashes) != NULL;
}

void saved_done(struct saved *saved)
{
	free(saved->paths);
	saved->paths = NULL;
	saved->n_paths = 0;
}
