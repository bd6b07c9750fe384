/* Records gather in a buffer until it is large enough or the caller flushes it. */
#include "config.h"

#include "sink/stream-sink.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/io.h"
#include "record/record.h"
#include "wire/format.h"

enum { FLUSH_SIZE = 256 * 1024 };

struct stream_sink {
	struct sink sink;
	int fd;
	struct encode_options format;
	struct buffer buffer;
};

static struct stream_sink *stream_of(struct sink *sink)
{
	return (struct stream_sink *)(void *)sink;
}

static int stream_flush(struct sink *sink)
{
	struct stream_sink *s = stream_of(sink);
	int r = io_write(s->fd, s->buffer.data, s->buffer.len);

	buffer_clear(&s->buffer);
	return r;
}

static int stream_send(struct sink *sink, const struct record *record)
{
	struct stream_sink *s = stream_of(sink);
	int r;

	r = format_encode(record, &s->format, &s->buffer);
	if (r < 0)
		return r;
	buffer_add_char(&s->buffer, '\n');
	r = buffer_finish(&s->buffer);
	if (r < 0)
		return r;
	sink->n_taken++;
	sink->n_causes_left += format_count_left(record, s->format.format);
	sink->n_settled++;
	return s->buffer.len >= FLUSH_SIZE ? stream_flush(sink) : 0;
}

int stream_sink_write(struct sink *sink, struct iovec *pieces, size_t n)
{
	int r = stream_flush(sink);

	return r < 0 ? r : io_write_pieces(stream_of(sink)->fd, pieces, n);
}

static int stream_process(struct sink *sink)
{
	(void)sink;
	return 0;
}

static struct sink *stream_free(struct sink *sink)
{
	struct stream_sink *s = stream_of(sink);

	buffer_done(&s->buffer);
	free(s);
	return NULL;
}

static const struct sink_class stream_class = {
	.send = stream_send,
	.flush = stream_flush,
	.process = stream_process,
	.free = stream_free,
};

int stream_sink_new(
	const char *name, int fd, const struct encode_options *format, struct sink **ret)
{
	struct stream_sink *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->sink = (struct sink){
		.class = &stream_class, .name = name, .fd = -1, .wake_usec = UINT64_MAX
	};
	s->fd = fd;
	s->format = *format;
	/* A line of 16 MiB of bytes that are no UTF-8 takes four characters for each. */
	s->buffer = buffer_make((size_t)8 * RECORD_SIZE_MAX);
	*ret = (struct sink *)(void *)s;
	return 0;
}
