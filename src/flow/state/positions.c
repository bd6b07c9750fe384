/* The table: an array of positions, in no order, and a hash of (source, sink) that leads to them. A
 * bucket is a chain of indexes; `next` and the heads are an index plus 1, and 0 ends the chain. A
 * position that is dropped is replaced by the last of the array.
 *
 * The file: a line that names the format, then a line `source<TAB>sink<TAB>position` for each pair,
 * then a line that closes it. So a torn file differs from a short one. It is read and written in
 * blocks. The table never holds more than a file may, so a save never fails for its size. */
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
#include "source/source.h"

static const char FIRST_LINE[] = "becaused positions 1";
static const char LAST_LINE[] = "end";

/* No source has such a name. */
static const char SAVED_KEY[] = "/saved";

enum {
	LINE_MAX_LEN = 3 * (POSITION_LEN_MAX + 1),
	BLOCK_SIZE = 64 * 1024, /* of the file, read or written at once */
	OTHER_LINES_LEN = 256,  /* of the file, at most, beside the positions */
	LINES_LEN_MAX = POSITIONS_FILE_MAX - OTHER_LINES_LEN,
};

/* --- the hash --- */

static uint32_t hash_pair(struct text source, struct text sink)
{
	uint64_t hash = text_hash(TEXT_HASH_START, source);

	hash = text_hash(text_hash_byte(hash, '\t'), sink);
	return (uint32_t)(hash ^ hash >> 32);
}

static uint32_t *head_of(const struct positions *positions, uint32_t hash)
{
	/* The number of heads is a power of two. */
	return &positions->heads[hash & (positions->n_heads - 1)];
}

static void link_item(struct positions *positions, size_t at)
{
	struct position *item = &positions->items[at];
	uint32_t *head = head_of(positions, item->hash);

	item->next = *head;
	*head = (uint32_t)at + 1;
}

/* The link that leads to the item: a head, or the `next` of another item. */
static uint32_t *find_link(struct positions *positions, size_t at)
{
	uint32_t *link = head_of(positions, positions->items[at].hash);

	while (*link != (uint32_t)at + 1) {
		assert(*link > 0);
		link = &positions->items[*link - 1].next;
	}
	return link;
}

/* As many heads as the array has room for. */
static int renew_heads(struct positions *positions)
{
	uint32_t *heads = calloc(positions->size, sizeof(*heads));

	if (!heads)
		return -ENOMEM;
	free(positions->heads);
	positions->heads = heads;
	positions->n_heads = positions->size;
	for (size_t i = 0; i < positions->n; i++)
		link_item(positions, i);
	return 0;
}

static int make_room(struct positions *positions)
{
	struct position *items =
		array_grow(positions->items, &positions->size, positions->n, sizeof(*items));

	if (!items)
		return -ENOMEM;
	positions->items = items;
	/* Array sizes double, so this is rare. */
	return positions->n_heads < positions->size ? renew_heads(positions) : 0;
}

/* The index of the pair in the table; `n` where it is not there. */
static size_t find(const struct positions *positions, struct text source, struct text sink)
{
	uint32_t hash = hash_pair(source, sink);

	if (positions->n == 0)
		return 0;
	for (uint32_t link = *head_of(positions, hash); link > 0;) {
		const struct position *item = &positions->items[link - 1];

		if (item->hash == hash && text_equal(text_of(item->source), source) &&
			text_equal(text_of(item->sink), sink))
			return link - 1;
		link = item->next;
	}
	return positions->n;
}

/* --- the table --- */

/* The length of its line in the file. */
static size_t line_len(struct text source, struct text sink, struct text text)
{
	return source.len + sink.len + text.len + 3;
}

static size_t line_len_of(const struct position *item)
{
	return line_len(text_of(item->source), text_of(item->sink), text_of(item->text));
}

static void free_position(struct position *item)
{
	/* The name of the sink lies behind that of the source. */
	free(item->source);
	free(item->text);
}

void positions_done(struct positions *positions)
{
	for (size_t i = 0; i < positions->n; i++)
		free_position(&positions->items[i]);
	free(positions->items);
	free(positions->heads);
	free(positions->path);
	*positions = (struct positions){ 0 };
}

struct text positions_get(const struct positions *positions, struct text source, const char *sink)
{
	size_t at = find(positions, source, text_of(sink));

	return text_of(at < positions->n ? positions->items[at].text : NULL);
}

static struct text name_of(struct text key)
{
	const char *slash = key.len > 0 ? memchr(key.data, '/', key.len) : NULL;

	return text_make(key.data, slash ? (size_t)(slash - key.data) : key.len);
}

struct text position_source(const struct position *item)
{
	return name_of(text_of(item->source));
}

bool positions_next(const struct positions *positions, struct text source, const char *sink,
	size_t *at, struct source_position *ret)
{
	uint32_t pair = hash_pair(source, text_of(sink));

	while (*at < positions->n) {
		const struct position *item = &positions->items[(*at)++];
		struct text key;

		if (item->pair != pair)
			continue;
		key = text_of(item->source);
		if (!text_equal(name_of(key), source) || strcmp(item->sink, sink) != 0)
			continue;
		if (key.len > source.len)
			text_skip(&key, 1);
		text_skip(&key, source.len);
		*ret = (struct source_position){ key, text_of(item->text) };
		return true;
	}
	return false;
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

/* Copy both names, each with a NUL, to one allocation. */
static char *copy_names(struct text source, struct text sink)
{
	char *names = malloc(source.len + sink.len + 2);

	if (!names)
		return NULL;
	memcpy(names, source.data, source.len);
	names[source.len] = '\0';
	memcpy(names + source.len + 1, sink.data, sink.len);
	names[source.len + 1 + sink.len] = '\0';
	return names;
}

static int add(struct positions *positions, struct text source, struct text sink, struct text text)
{
	CLEANUP(freep) char *names = NULL;
	CLEANUP(freep) char *own_text = NULL;
	size_t len = line_len(source, sink, text);
	int r;

	assert(positions->n <= POSITIONS_MAX && positions->len <= LINES_LEN_MAX);
	if (positions->n == POSITIONS_MAX || len > LINES_LEN_MAX - positions->len)
		return -E2BIG;
	r = make_room(positions);
	if (r < 0)
		return r;
	names = copy_names(source, sink);
	own_text = strndup(text.data, text.len);
	if (!names || !own_text)
		return -ENOMEM;
	positions->items[positions->n] = (struct position){ .source = names,
		.sink = names + source.len + 1,
		.text = TAKE(own_text),
		.hash = hash_pair(source, sink),
		.pair = hash_pair(name_of(source), sink) };
	(void)TAKE(names);
	link_item(positions, positions->n++);
	positions->len += len;
	return 0;
}

static int replace_text(struct positions *positions, struct position *item, struct text text)
{
	size_t had = strlen(item->text);
	char *own;

	if (had == text.len) {
		memcpy(item->text, text.data, text.len);
		return 0;
	}
	if (text.len > had && text.len - had > LINES_LEN_MAX - positions->len)
		return -E2BIG;
	own = strndup(text.data, text.len);
	if (!own)
		return -ENOMEM;
	free(item->text);
	item->text = own;
	positions->len = positions->len - had + text.len;
	return 0;
}

static int set_position(
	struct positions *positions, struct text source, struct text sink, struct text text)
{
	size_t at;
	int r;

	if (!is_valid(text) || !is_valid(source) || !is_valid(sink))
		return -EINVAL;
	at = find(positions, source, sink);
	if (at == positions->n)
		r = add(positions, source, sink, text);
	else if (text_equal(text_of(positions->items[at].text), text))
		return 0;
	else
		r = replace_text(positions, &positions->items[at], text);
	if (r == 0)
		positions->changed = true;
	return r;
}

int positions_set(
	struct positions *positions, struct text source, const char *sink, struct text position)
{
	return set_position(positions, source, text_of(sink), position);
}

static void remove_item(struct positions *positions, size_t at)
{
	size_t last = positions->n - 1;

	assert(at < positions->n);
	*find_link(positions, at) = positions->items[at].next;
	positions->len -= line_len_of(&positions->items[at]);
	free_position(&positions->items[at]);
	if (at != last) {
		*find_link(positions, last) = (uint32_t)at + 1;
		positions->items[at] = positions->items[last];
	}
	positions->n--;
	positions->changed = true;
}

void positions_forget(struct positions *positions, struct text source, const char *sink)
{
	size_t at = find(positions, source, text_of(sink));

	if (at < positions->n)
		remove_item(positions, at);
}

size_t positions_keep(
	struct positions *positions, position_is_wanted_fn *is_wanted, const void *userdata)
{
	size_t n = positions->n;

	/* The last, which takes the place of one that is dropped, has been asked for before. */
	for (size_t at = n; at > 0; at--)
		if (!is_wanted(&positions->items[at - 1], userdata))
			remove_item(positions, at - 1);
	return n - positions->n;
}

bool positions_is_half_full(const struct positions *positions)
{
	return positions->n > POSITIONS_MAX / 2 || positions->len > LINES_LEN_MAX / 2;
}

void positions_clear(struct positions *positions)
{
	positions->changed |= positions->n > 0;
	while (positions->n > 0)
		free_position(&positions->items[--positions->n]);
	if (positions->n_heads > 0)
		memset(positions->heads, 0, positions->n_heads * sizeof(*positions->heads));
	positions->len = 0;
}

/* --- reading the file --- */

/* Cut the text up to `end` from the front of `rest`; false if there is no `end`. */
static bool cut_field(struct text *rest, char end, struct text *ret)
{
	const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;

	if (!at)
		return false;
	*ret = text_make(rest->data, (size_t)(at - rest->data));
	text_skip(rest, ret->len + 1);
	return true;
}

/* What the next line of the file is. */
enum expected {
	EXPECT_FIRST,
	EXPECT_POSITION, /* or the last line */
	EXPECT_NOTHING,  /* the last line was read */
};

static int parse_position(struct positions *positions, struct text line)
{
	struct text source, sink;
	int r;

	if (!cut_field(&line, '\t', &source) || !cut_field(&line, '\t', &sink))
		return -EBADMSG;
	if (text_equal(source, text_of(SAVED_KEY)))
		r = text_parse_number(line, 10, UINT64_MAX, &positions->saved_usec);
	else
		r = set_position(positions, source, sink, line);
	return r < 0 && r != -ENOMEM ? -EBADMSG : r;
}

static int parse_line(struct positions *positions, enum expected *expected, struct text line)
{
	switch (*expected) {
	case EXPECT_FIRST:
		*expected = EXPECT_POSITION;
		return text_equal(line, text_of(FIRST_LINE)) ? 0 : -EBADMSG;
	case EXPECT_POSITION:
		if (!text_equal(line, text_of(LAST_LINE)))
			return parse_position(positions, line);
		*expected = EXPECT_NOTHING;
		return 0;
	case EXPECT_NOTHING:
		return -EBADMSG;
	}
	return -EBADMSG;
}

/* Parse the whole lines of the block, and leave the rest in it. */
static int parse_block(struct positions *positions, enum expected *expected, struct buffer *block)
{
	struct text rest = buffer_text(block), line;
	int r = 0;

	while (r == 0 && cut_field(&rest, '\n', &line))
		r = parse_line(positions, expected, line);
	if (r == 0 && rest.len > LINE_MAX_LEN)
		r = -EBADMSG;
	memmove(block->data, rest.data, rest.len);
	block->len = rest.len;
	return r;
}

static int read_lines(struct positions *positions, int fd)
{
	CLEANUP(buffer_done)
	struct buffer block = buffer_make((size_t)BLOCK_SIZE + LINE_MAX_LEN);
	enum expected expected = EXPECT_FIRST;
	size_t n = 0, len = 0;

	do {
		int r = buffer_reserve(&block, BLOCK_SIZE);

		if (r == 0)
			r = io_read(fd, block.data + block.len, BLOCK_SIZE, &n);
		if (r < 0)
			return r;
		block.len += n;
		len += n;
		r = len > POSITIONS_FILE_MAX ? -EFBIG : parse_block(positions, &expected, &block);
		if (r < 0)
			return r;
	} while (n > 0);
	return expected == EXPECT_NOTHING && block.len == 0 ? 0 : -EBADMSG;
}

static int read_file(struct positions *positions)
{
	CLEANUP(closep) int fd = -1;
	int r = io_open_regular(positions->path, &fd);

	if (r == -ENOENT)
		return 0;
	return r < 0 ? r : read_lines(positions, fd);
}

int positions_load(struct positions *positions, const char *path)
{
	char *own = strdup(path);
	int r;

	if (!own)
		return -ENOMEM;
	*positions = (struct positions){ .path = own };
	r = read_file(positions);
	positions->changed = false;
	if (r < 0) {
		CLEANUP(freep) char *kept = TAKE(positions->path);

		positions_done(positions);
		positions->path = TAKE(kept);
	}
	return r;
}

/* --- writing the file --- */

static void add_line(struct buffer *block, const char *source, const char *sink, const char *text)
{
	buffer_add_string(block, source);
	buffer_add_char(block, '\t');
	buffer_add_string(block, sink);
	buffer_add_char(block, '\t');
	buffer_add_string(block, text);
	buffer_add_char(block, '\n');
}

static int write_block(struct buffer *block, int fd)
{
	int r = buffer_finish(block);

	if (r == 0)
		r = io_write(fd, block->data, block->len);
	buffer_clear(block);
	return r;
}

static int write_lines(int fd, void *userdata)
{
	const struct positions *positions = userdata;
	CLEANUP(buffer_done)
	struct buffer block = buffer_make((size_t)BLOCK_SIZE + LINE_MAX_LEN + OTHER_LINES_LEN);
	char saved[24];

	(void)snprintf(saved, sizeof(saved), "%" PRIu64,
		positions->doubted ? positions->saved_usec : io_now_usec(CLOCK_REALTIME));
	buffer_add_format(&block, "%s\n", FIRST_LINE);
	add_line(&block, SAVED_KEY, "/", saved);
	for (size_t i = 0; i < positions->n; i++) {
		const struct position *item = &positions->items[i];
		int r;

		add_line(&block, item->source, item->sink, item->text);
		r = block.len < BLOCK_SIZE ? 0 : write_block(&block, fd);
		if (r < 0)
			return r;
	}
	buffer_add_format(&block, "%s\n", LAST_LINE);
	return write_block(&block, fd);
}

int positions_save(struct positions *positions)
{
	int r;

	assert(positions->path);
	if (!positions->changed)
		return 0;
	positions->tried_usec = io_monotonic_usec();
	r = io_replace_file_by(positions->path, 0600, write_lines, positions);
	if (r < 0)
		return r;
	positions->changed = false;
	positions->n_records = 0;
	return 0;
}

bool positions_is_save_due(const struct positions *positions, uint64_t now_usec)
{
	uint64_t pause = (uint64_t)positions->len * 1000000 / POSITIONS_SAVE_RATE;

	if (!positions->changed)
		return false;
	if (pause > POSITIONS_SAVE_USEC_MAX)
		pause = POSITIONS_SAVE_USEC_MAX;
	return positions->tried_usec == 0 || positions->n_records >= POSITIONS_SAVE_RECORDS ||
	       now_usec >= positions->tried_usec + pause;
}
