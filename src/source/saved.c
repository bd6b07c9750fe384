/* There may be as many positions as files: they are found by bisection. */
#include "config.h"

#include "source/saved.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/tail.h"

static int compare_texts(struct text a, struct text b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int r = len > 0 ? memcmp(a.data, b.data, len) : 0;

	return r != 0 ? r : (a.len > b.len) - (a.len < b.len);
}

static int compare_positions(const void *a, const void *b)
{
	const struct source_position *left = a, *right = b;

	return compare_texts(left->stream, right->stream);
}

static int compare_stream(const void *key, const void *item)
{
	const struct text *stream = key;
	const struct source_position *position = item;

	return compare_texts(*stream, position->stream);
}

static void learn_last_start(struct saved *saved)
{
	const struct source_position *own = saved_find(saved, text_of(""));
	struct text start = text_of(SAVED_STARTED), number;

	if (!own || !text_starts(own->position, start))
		return;
	number = text_make(own->position.data + start.len, own->position.len - start.len);
	saved->any = text_parse_number(number, 10, UINT64_MAX, &saved->last_started) == 0;
}

int saved_init(struct saved *saved, const struct source_position *positions, size_t n)
{
	*saved = (struct saved){ .n = n };
	saved->sorted = calloc(n + 1, sizeof(*saved->sorted));
	saved->forgotten = calloc(n + 1, sizeof(*saved->forgotten));
	if (!saved->sorted || !saved->forgotten)
		return -ENOMEM;
	if (n > 0)
		memcpy(saved->sorted, positions, n * sizeof(*positions));
	qsort(saved->sorted, n, sizeof(*saved->sorted), compare_positions);
	learn_last_start(saved);
	return 0;
}

void saved_drop(struct saved *saved)
{
	free(saved->sorted);
	saved->sorted = NULL;
	saved->n = 0;
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

void saved_forget(struct saved *saved, struct text stream)
{
	(void)snprintf(saved->forgotten[saved->n_forgotten++], MARK_STREAM_SIZE, "%.*s",
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
	const struct source_position *position = saved_find(saved, stream);
	struct text path;
	struct mark mark;

	return position && mark_parse(position->position, &mark, &path) == 0 && mark.head.len > 0 &&
	       tail_fits(fd, &mark);
}
