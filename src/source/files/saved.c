/* There may be as many positions as files: they are found by bisection. */
#include "config.h"

#include "source/files/saved.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "source/files/tail.h"

static int compare_positions(const void *a, const void *b)
{
	const struct source_position *left = a, *right = b;

	return text_compare(left->stream, right->stream);
}

static int compare_stream(const void *key, const void *item)
{
	const struct text *stream = key;
	const struct source_position *position = item;

	return text_compare(*stream, position->stream);
}

static int compare_paths(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static void learn_paths(struct saved *saved)
{
	struct file_position position;

	for (size_t i = 0; i < saved->n; i++)
		if (position_parse(saved->sorted[i].position, &position, &saved->paths[i]) < 0)
			saved->paths[i] = text_of("");
	qsort(saved->paths, saved->n, sizeof(*saved->paths), compare_paths);
}

static void learn_last_start(struct saved *saved)
{
	const struct source_position *own = saved_find(saved, text_of(""));
	struct text start = text_of(POSITION_STARTED), number;

	if (!own || !text_starts(own->position, start))
		return;
	number = text_make(own->position.data + start.len, own->position.len - start.len);
	saved->any = text_parse_number(number, 10, UINT64_MAX, &saved->last_started) == 0;
}

/* Copy a text to `*at`, which moves behind it. */
static struct text copy_text(struct text text, char **at)
{
	char *start = *at;

	if (text.len > 0)
		memcpy(start, text.data, text.len);
	*at += text.len;
	return text_make(start, text.len);
}

static int copy_positions(struct saved *saved, const struct source_position *positions, size_t n)
{
	size_t len = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		len += positions[i].stream.len + positions[i].position.len;
	saved->texts = at = malloc(len + 1);
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		saved->sorted[i].stream = copy_text(positions[i].stream, &at);
		saved->sorted[i].position = copy_text(positions[i].position, &at);
	}
	return 0;
}

int saved_init(struct saved *saved, const struct source_position *positions, size_t n)
{
	int r;

	*saved = (struct saved){ .n = n, .n_unsettled = n };
	saved->sorted = calloc(n + 1, sizeof(*saved->sorted));
	saved->paths = calloc(n + 1, sizeof(*saved->paths));
	saved->settled = calloc(n + 1, sizeof(*saved->settled));
	saved->forgotten = calloc(n + 1, sizeof(*saved->forgotten));
	if (!saved->sorted || !saved->paths || !saved->settled || !saved->forgotten)
		return -ENOMEM;
	r = copy_positions(saved, positions, n);
	if (r < 0)
		return r;
	qsort(saved->sorted, n, sizeof(*saved->sorted), compare_positions);
	learn_paths(saved);
	learn_last_start(saved);
	return 0;
}

void saved_drop(struct saved *saved)
{
	free(saved->sorted);
	free(saved->paths);
	free(saved->settled);
	free(saved->texts);
	saved->sorted = NULL;
	saved->paths = NULL;
	saved->settled = NULL;
	saved->texts = NULL;
	saved->n = saved->n_unsettled = 0;
}

void saved_done(struct saved *saved)
{
	saved_drop(saved);
	free(saved->forgotten);
	saved->forgotten = NULL;
	saved->n_forgotten = 0;
}

const struct source_position *saved_find(const struct saved *saved, struct text stream)
{
	if (saved->n == 0)
		return NULL;
	return bsearch(&stream, saved->sorted, saved->n, sizeof(*saved->sorted), compare_stream);
}

/* A path in a position may be shortened and masked, so `path` is printed and parsed as a position
 * before it is compared. */
bool saved_has_path(const struct saved *saved, const char *path)
{
	char text[POSITION_SIZE];
	struct file_position position = { 0 };
	struct text name;
	size_t len = position_print(&position, path, text);

	return saved->n > 0 && position_parse(text_make(text, len), &position, &name) == 0 &&
	       bsearch(&name, saved->paths, saved->n, sizeof(*saved->paths), compare_paths);
}

void saved_forget(struct saved *saved, struct text stream)
{
	/* There is room for each position once. */
	assert(saved->n_forgotten < saved->n);
	(void)snprintf(saved->forgotten[saved->n_forgotten++], POSITION_STREAM_SIZE, "%.*s",
		TEXT_FORMAT(stream));
}

void saved_visit_forgotten(struct saved *saved, source_position_fn *visit, void *userdata)
{
	for (size_t i = 0; i < saved->n_forgotten; i++)
		visit(&(struct source_position){ text_of(saved->forgotten[i]), text_of("") },
			userdata);
	saved->n_forgotten = 0;
}

bool saved_fits(const struct saved *saved, struct text stream, int fd)
{
	const struct source_position *found = saved_find(saved, stream);
	struct text path;
	struct file_position position;

	return found && position_parse(found->position, &position, &path) == 0 &&
	       position.head.len > 0 && tail_fits(fd, &position);
}

bool saved_begins_like(const struct saved *saved, int fd)
{
	char head[POSITION_HEAD_MAX];

	if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head))
		return false;
	for (size_t i = 0; i < saved->n; i++) {
		struct text path;
		struct file_position position;

		if (position_parse(saved->sorted[i].position, &position, &path) == 0 &&
			position.head.len == POSITION_HEAD_MAX &&
			fingerprint_matches(position.head, head, sizeof(head)))
			return true;
	}
	return false;
}
