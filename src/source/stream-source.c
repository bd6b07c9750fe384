/* The source has one buffer and gives the whole lines in it as a block. Before the next read, the
 * rest of the last line moves to the front of the buffer. The buffer grows only for a line longer
 * than a block. UTF-16 is read into a buffer of its own and converted into this one. */
#include "config.h"

#include "source/stream-source.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/io.h"
#include "record/record.h"
#include "wire/utf16.h"

struct stream_source {
	struct source source;
	int fd;
	struct buffer buffer;
	size_t n_given;  /* bytes at the front that the last block was made of */
	uint64_t offset; /* of the buffer's first byte */
	bool at_end;
	bool is_begun;             /* enough was read to know `utf16` */
	enum utf16_kind utf16;     /* UTF16_NONE: the bytes are given as they are */
	struct buffer raw;         /* UTF-16 that is not converted yet */
	bool in_line;              /* the last block ended inside a line */
	struct source_block block; /* given last */
	char position[TEXT_NUMBER_MAX];
};

static struct stream_source *stream_of(struct source *source)
{
	return (struct stream_source *)(void *)source;
}

static void drop_given(struct stream_source *s)
{
	assert(s->n_given <= s->buffer.len);
	s->buffer.len -= s->n_given;
	if (s->n_given > 0 && s->buffer.len > 0)
		memmove(s->buffer.data, s->buffer.data + s->n_given, s->buffer.len);
	s->offset += s->n_given;
	s->n_given = 0;
}

/* Bytes up to the end of the last whole line. The bytes before `from` were searched already. */
static size_t measure_whole_lines(const struct stream_source *s, size_t from)
{
	const char *last = s->buffer.len > from
				   ? memrchr(s->buffer.data + from, '\n', s->buffer.len - from)
				   : NULL;

	return last ? (size_t)(last - s->buffer.data) + 1 : 0;
}

static int return_block(
	struct stream_source *s, size_t len, bool continues, struct source_item *ret)
{
	s->block = (struct source_block){
		.bytes = text_make(s->buffer.data, len),
		.offset = s->offset,
		.continued = s->in_line,
		.continues = continues,
	};
	*ret = (struct source_item){ .block = s->block };
	assert(len > 0 && len <= s->buffer.len && s->n_given == 0);
	s->n_given = len;
	s->in_line = continues;
	return 0;
}

/* Read once more into a buffer, which has less than STREAM_LINE_MAX bytes. */
static int read_more(struct stream_source *s, struct buffer *buffer)
{
	size_t room = STREAM_LINE_MAX - buffer->len;
	size_t n;
	int r;

	assert(buffer->len < STREAM_LINE_MAX);
	if (room > STREAM_BLOCK_SIZE)
		room = STREAM_BLOCK_SIZE;
	r = buffer_reserve(buffer, room);
	if (r < 0)
		return r;
	while ((r = io_read(s->fd, buffer->data + buffer->len, room, &n)) == -EAGAIN) {
		r = io_wait(s->fd, POLLIN);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	buffer->len += n;
	s->at_end = n == 0;
	return 0;
}

static void drop_raw(struct stream_source *s, size_t n)
{
	assert(n <= s->raw.len);
	s->raw.len -= n;
	if (n > 0 && s->raw.len > 0)
		memmove(s->raw.data, s->raw.data + n, s->raw.len);
}

static int convert(struct stream_source *s)
{
	size_t n_raw = 0;
	int r = utf16_convert(s->utf16, buffer_text(&s->raw), s->at_end, &s->buffer, &n_raw);

	drop_raw(s, n_raw);
	return r;
}

/* Whether a byte order mark may begin here, of which not all has come. */
static bool is_part_of_mark(struct text head)
{
	return head.len == 0 || (head.len < UTF16_HEAD_LEN && (unsigned char)head.data[0] >= 0xFE);
}

/* Find out from the first bytes what kind of text it is. */
static int begin(struct stream_source *s)
{
	if (is_part_of_mark(buffer_text(&s->buffer)) && !s->at_end)
		return 0;
	s->is_begun = true;
	s->utf16 = utf16_detect(buffer_text(&s->buffer));
	if (s->utf16 == UTF16_NONE)
		return 0;
	s->raw = s->buffer;
	s->buffer = buffer_make(STREAM_LINE_MAX);
	drop_raw(s, UTF16_MARK_LEN);
	return convert(s);
}

/* Where the buffer was full, characters wait that need no reading. */
static int fill_utf16(struct stream_source *s)
{
	int r = s->raw.len < UTF16_CHARACTER_MAX && !s->at_end ? read_more(s, &s->raw) : 0;

	return r < 0 ? r : convert(s);
}

static int fill(struct stream_source *s)
{
	int r;

	if (s->utf16 != UTF16_NONE)
		return fill_utf16(s);
	r = read_more(s, &s->buffer);
	return r < 0 || s->is_begun ? r : begin(s);
}

static bool is_used_up(const struct stream_source *s)
{
	return s->at_end && s->raw.len == 0;
}

/* Whether the next character may find no room. */
static bool is_full(const struct stream_source *s)
{
	size_t room = s->utf16 == UTF16_NONE ? 1 : UTF16_CHARACTER_MAX;

	return s->buffer.len + room > STREAM_LINE_MAX;
}

static int stream_pull(struct source *source, struct source_item *ret)
{
	struct stream_source *s = stream_of(source);

	drop_given(s);
	while (!is_used_up(s)) {
		size_t searched = s->is_begun ? s->buffer.len : 0;
		size_t whole;
		int r = fill(s);

		if (r < 0)
			return r;
		if (!s->is_begun)
			continue;
		whole = measure_whole_lines(s, searched);
		if (whole > 0)
			return return_block(s, whole, false, ret);
		/* A CR at the cut may be half of a line end. */
		if (is_full(s))
			return return_block(s,
				s->buffer.len - (s->buffer.data[s->buffer.len - 1] == '\r'), true,
				ret);
	}
	return s->buffer.len > 0 ? return_block(s, s->buffer.len, false, ret) : SOURCE_END;
}

static struct text print_position(struct stream_source *s, uint64_t offset)
{
	return text_make(s->position, text_print_number(offset, s->position));
}

static int stream_line(struct source *source, const struct source_line *line, struct record *record)
{
	struct stream_source *s = stream_of(source);

	record->source = source->name;
	record->stream = text_of("");
	record->position = print_position(s, s->block.offset + line->next);
	record->part_start = s->block.continued && line->start == 0;
	record->part_end = s->block.continues && line->next == s->block.bytes.len;
	return record_add(record, text_of("MESSAGE"),
		text_make(s->block.bytes.data + line->start, line->end - line->start));
}

static int stream_visit_positions(struct source *source, source_position_fn *visit, void *userdata)
{
	struct stream_source *s = stream_of(source);
	const struct source_position position = { text_of(""),
		print_position(s, s->offset + s->n_given) };

	visit(&position, userdata);
	return 0;
}

static int stream_process(struct source *source)
{
	(void)source;
	return 0;
}

static int stream_timeout(struct source *source, uint64_t *ret_usec)
{
	(void)source;
	*ret_usec = UINT64_MAX;
	return 0;
}

static struct source *stream_free(struct source *source)
{
	struct stream_source *s = stream_of(source);

	buffer_done(&s->buffer);
	buffer_done(&s->raw);
	free(s);
	return NULL;
}

static const struct source_class stream_class = {
	.pull = stream_pull,
	.line = stream_line,
	.visit_positions = stream_visit_positions,
	.process = stream_process,
	.timeout = stream_timeout,
	.free = stream_free,
};

int stream_source_new(const char *name, int fd, struct source **ret)
{
	struct stream_source *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->source = (struct source){ .class = &stream_class, .name = name, .fd = fd };
	s->fd = fd;
	s->buffer = buffer_make(STREAM_LINE_MAX);
	*ret = (struct source *)(void *)s;
	return 0;
}
