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

struct pending_entry pending_take(struct pending *queue)
{
	struct pending_header header;
	const char *at;

	assert(queue->n > 0 && byte_queue_len(&queue->bytes) >= sizeof(header));
	at = byte_queue_at(&queue->bytes, byte_queue_start(&queue->bytes));
	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	byte_queue_take(&queue->bytes, sizeof(header) + header.stream_len + header.position_len);
	queue->n--;
	assert((queue->n == 0) == (byte_queue_len(&queue->bytes) == 0));
	return (struct pending_entry){
		.input = header.input,
		.stream = text_make(at, header.stream_len),
		.position = text_make(at + header.stream_len, header.position_len),
	};
}
