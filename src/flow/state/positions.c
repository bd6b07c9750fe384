/* The file: a line that names the format, then a line `source<TAB>sink<TAB>position` for each pair,
 * then a line that closes it. So a torn file differs from a short one. */
#include "config.h"

#include "flow/state/positions.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/io.h"

static const char FIRST_LINE[] = "becaused positions 1\n";
static const char LAST_LINE[] = "end\n";

/* No source has such a name. */
static const char SAVED_KEY[] = "/saved";

static void free_position(struct position *item)
{
	free(item->source);
	free(item->sink);
	free(item->text);
}

void positions_done(struct positions *positions)
{
	for (size_t i = 0; i < positions->n; i++)
		free_position(&positions->items[i]);
	free(positions->items);
	free(positions->path);
	*positions = (struct positions){ 0 };
}

/* The order of the table: by source, then by sink, bytewise. */
static int compare(const struct position *item, struct text source, struct text sink)
{
	int order = text_compare(text_of(item->source), source);

	return order != 0 ? order : text_compare(text_of(item->sink), sink);
}

/* The index of the pair in the table, or the index where it belongs. */
static size_t find(
	const struct positions *positions, struct text source, struct text sink, bool *ret_there)
{
	size_t low = 0, high = positions->n;

	*ret_there = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&positions->items[middle], source, sink);

		*ret_there = order == 0;
		if (order == 0)
			return middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct text positions_get(const struct positions *positions, struct text source, const char *sink)
{
	bool there;
	size_t at = find(positions, source, text_of(sink), &there);

	return text_of(there ? positions->items[at].text : NULL);
}

static bool is_valid(struct text t)
{
	if (t.len == 0 || t.len > POSITION_LEN_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++)
		if ((unsigned char)t.data[i] < ' ')
			return false;
	return true;
}

static int add(struct positions *positions, size_t at, struct text source, struct text sink,
	struct text text)
{
	CLEANUP(freep) char *own_source = strndup(source.data, source.len);
	CLEANUP(freep) char *own_sink = strndup(sink.data, sink.len);
	CLEANUP(freep) char *own_text = strndup(text.data, text.len);

	struct position *items;

	assert(positions->n <= POSITIONS_MAX && at <= positions->n);
	assert(at == 0 || compare(&positions->items[at - 1], source, sink) < 0);
	assert(at == positions->n || compare(&positions->items[at], source, sink) > 0);
	if (positions->n == POSITIONS_MAX)
		return -E2BIG;
	items = array_grow(positions->items, &positions->size, positions->n, sizeof(*items));
	if (!items)
		return -ENOMEM;
	positions->items = items;
	if (!own_source || !own_sink || !own_text)
		return -ENOMEM;
	memmove(&positions->items[at + 1], &positions->items[at],
		(positions->n - at) * sizeof(*positions->items));
	positions->n++;
	positions->items[at] = (struct position){
		.source = TAKE(own_source), .sink = TAKE(own_sink), .text = TAKE(own_text)
	};
	return 0;
}

static int set_position(
	struct positions *positions, struct text source, struct text sink, struct text text)
{
	struct position *item;
	bool there;
	size_t at;
	char *own;

	if (!is_valid(text) || !is_valid(source) || !is_valid(sink))
		return -EINVAL;
	at = find(positions, source, sink, &there);
	if (!there)
		return add(positions, at, source, sink, text);
	item = &positions->items[at];
	if (strlen(item->text) == text.len) {
		memcpy(item->text, text.data, text.len);
		return 0;
	}
	own = strndup(text.data, text.len);
	if (!own)
		return -ENOMEM;
	free(item->text);
	item->text = own;
	return 0;
}

void positions_forget(struct positions *positions, struct text source, const char *sink)
{
	bool there;
	size_t at = find(positions, source, text_of(sink), &there);

	if (!there)
		return;
	free_position(&positions->items[at]);
	positions->n--;
	memmove(&positions->items[at], &positions->items[at + 1],
		(positions->n - at) * sizeof(*positions->items));
	positions->changed = true;
}

void positions_clear(struct positions *positions)
{
	positions->changed |= positions->n > 0;
	while (positions->n > 0)
		free_position(&positions->items[--positions->n]);
}

int positions_set(
	struct positions *positions, struct text source, const char *sink, struct text position)
{
	int r;

	if (position.len > 0 && text_equal(positions_get(positions, source, sink), position))
		return 0;
	r = set_position(positions, source, text_of(sink), position);
	if (r == 0)
		positions->changed = true;
	return r;
}

/* Cut the text up to `end` from the front of `rest`; false if there is no `end`. */
static bool cut_field(struct text *rest, char end, struct text *ret)
{
	const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;

	if (!at)
		return false;
	*ret = text_make(rest->data, (size_t)(at - rest->data));
	*rest = text_make(at + 1, rest->len - ret->len - 1);
	return true;
}

static int parse(struct positions *positions, struct text rest)
{
	if (!text_starts(rest, text_of(FIRST_LINE)))
		return -EBADMSG;
	rest = text_make(rest.data + strlen(FIRST_LINE), rest.len - strlen(FIRST_LINE));
	while (!text_equal(rest, text_of(LAST_LINE))) {
		struct text source, sink, text;
		int r;

		if (!cut_field(&rest, '\t', &source) || !cut_field(&rest, '\t', &sink) ||
			!cut_field(&rest, '\n', &text))
			return -EBADMSG;
		if (text_equal(source, text_of(SAVED_KEY))) {
			if (text_parse_number(text, 10, UINT64_MAX, &positions->saved_usec) < 0)
				return -EBADMSG;
			continue;
		}
		r = set_position(positions, source, sink, text);
		if (r < 0)
			return r == -ENOMEM ? r : -EBADMSG;
	}
	return 0;
}

int positions_load(struct positions *positions, const char *path)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(POSITIONS_FILE_MAX);
	char *own = strdup(path);
	int r;

	if (!own)
		return -ENOMEM;
	*positions = (struct positions){ .path = own };
	r = io_read_regular(path, &content);
	if (r == -ENOENT)
		return 0;
	if (r == 0)
		r = parse(positions, buffer_text(&content));
	if (r < 0) {
		CLEANUP(freep) char *kept = TAKE(positions->path);

		positions_done(positions);
		positions->path = TAKE(kept);
	}
	return r;
}

int positions_save(struct positions *positions)
{
	CLEANUP(buffer_done) struct buffer content = buffer_make(POSITIONS_FILE_MAX);
	char saved[64];
	int r;

	assert(positions->path);
	if (!positions->changed)
		return 0;
	buffer_add_string(&content, FIRST_LINE);
	(void)snprintf(saved, sizeof(saved), "%s\t/\t%" PRIu64 "\n", SAVED_KEY,
		positions->doubted ? positions->saved_usec : io_now_usec(CLOCK_REALTIME));
	buffer_add_string(&content, saved);
	for (size_t i = 0; i < positions->n; i++) {
		buffer_add_string(&content, positions->items[i].source);
		buffer_add_char(&content, '\t');
		buffer_add_string(&content, positions->items[i].sink);
		buffer_add_char(&content, '\t');
		buffer_add_string(&content, positions->items[i].text);
		buffer_add_char(&content, '\n');
	}
	buffer_add_string(&content, LAST_LINE);
	r = buffer_finish(&content);
	if (r == 0)
		r = io_replace_file(positions->path, 0600, content.data, content.len);
	if (r == 0)
		positions->changed = false;
	return r;
}
