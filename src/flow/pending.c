/* What is used up at the front is dropped when it is more than what is left: each byte moves once
 * at most, on average. */
#include <config.h>

#include "flow/pending.h"

#include <string.h>

struct pending_header {
	size_t input, stream_len, position_len;
};

struct pending pending_make(void)
{
	return (struct pending){ .bytes = buffer_make(PENDING_SIZE_MAX) };
}

void pending_done(struct pending *queue)
{
	buffer_done(&queue->bytes);
	*queue = pending_make();
}

static void drop_used(struct pending *queue)
{
	size_t left = queue->bytes.len - queue->first;

	if (queue->first == 0 || queue->first < left)
		return;
	if (left > 0)
		memmove(queue->bytes.data, queue->bytes.data + queue->first, left);
	queue->bytes.len = left;
	queue->first = 0;
}

int pending_reserve(struct pending *queue, const struct pending_entry *entry)
{
	int r;

	drop_used(queue);
	r = buffer_reserve(&queue->bytes,
		sizeof(struct pending_header) + entry->stream.len + entry->position.len);
	queue->bytes.error = 0;
	return r;
}

void pending_add(struct pending *queue, const struct pending_entry *entry)
{
	const struct pending_header header = { entry->input, entry->stream.len,
		entry->position.len };

	buffer_add(&queue->bytes, &header, sizeof(header));
	buffer_add_text(&queue->bytes, entry->stream);
	buffer_add_text(&queue->bytes, entry->position);
	queue->n++;
}

struct pending_entry pending_take(struct pending *queue)
{
	const char *at = queue->bytes.data + queue->first;
	struct pending_header header;

	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	queue->first += sizeof(header) + header.stream_len + header.position_len;
	queue->n--;
	return (struct pending_entry){
		.input = header.input,
		.stream = text_make(at, header.stream_len),
		.position = text_make(at + header.stream_len, header.position_len),
	};
}
