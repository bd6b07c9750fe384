#include "config.h"

#include "flow/pending.h"

#include <assert.h>
#include <string.h>

struct pending_header {
	size_t input, stream_len, position_len;
};

struct pending pending_make(void)
{
	return (struct pending){ .bytes = byte_queue_make(PENDING_SIZE_MAX) };
}

void pending_done(struct pending *queue)
{
	byte_queue_done(&queue->bytes);
	queue->n = 0;
}

int pending_reserve(struct pending *queue, const struct pending_entry *entry)
{
	return byte_queue_reserve(&queue->bytes,
		sizeof(struct pending_header) + entry->stream.len + entry->position.len);
}

void pending_add(struct pending *queue, const struct pending_entry *entry)
{
	const struct pending_header header = { entry->input, entry->stream.len,
		entry->position.len };

	byte_queue_add(&queue->bytes, &header, sizeof(header));
	byte_queue_add(&queue->bytes, entry->stream.data, entry->stream.len);
	byte_queue_add(&queue->bytes, entry->position.data, entry->position.len);
	queue->n++;
}

/* Read the entry that begins `offset` bytes behind the start. Returns its length. */
static size_t read_entry(const struct pending *queue, size_t offset, struct pending_entry *ret)
{
	const struct byte_queue *bytes = &queue->bytes;
	const char *at = byte_queue_at(bytes, byte_queue_start(bytes) + offset);
	struct pending_header header;

	assert(byte_queue_len(bytes) - offset >= sizeof(header));
	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	*ret = (struct pending_entry){
		.input = header.input,
		.stream = text_make(at, header.stream_len),
		.position = text_make(at + header.stream_len, header.position_len),
	};
	return sizeof(header) + header.stream_len + header.position_len;
}

struct pending_entry pending_take(struct pending *queue)
{
	struct pending_entry entry;

	assert(queue->n > 0);
	byte_queue_take(&queue->bytes, read_entry(queue, 0, &entry));
	queue->n--;
	assert((queue->n == 0) == (byte_queue_len(&queue->bytes) == 0));
	return entry;
}

bool pending_next(const struct pending *queue, size_t *at, struct pending_entry *ret)
{
	if (*at == byte_queue_len(&queue->bytes))
		return false;
	*at += read_entry(queue, *at, ret);
	return true;
}

static void put_input(struct pending *queue, size_t start, size_t input)
{
	size_t offset = byte_queue_start(&queue->bytes) + start;

	byte_queue_put(&queue->bytes, offset + offsetof(struct pending_header, input), &input,
		sizeof(input));
}

void pending_renumber(struct pending *queue, const size_t *numbers)
{
	struct pending_entry entry;
	size_t at = 0, start = 0;

	for (; pending_next(queue, &at, &entry); start = at)
		if (entry.input != PENDING_NO_INPUT)
			put_input(queue, start, numbers[entry.input]);
}
