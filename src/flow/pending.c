/* What is used up at the front is dropped when it is more than what is left: each byte moves once
 * at most, on average. */
#include <config.h>

#include "flow/pending.h"

#include <string.h>

struct header {
	size_t input, stream_len, position_len;
};

struct unsettled unsettled_make(void)
{
	return (struct unsettled){ .bytes = buffer_make(UNSETTLED_SIZE_MAX) };
}

void unsettled_done(struct unsettled *queue)
{
	buffer_done(&queue->bytes);
	*queue = unsettled_make();
}

static void drop_used(struct unsettled *queue)
{
	size_t left = queue->bytes.len - queue->first;

	if (queue->first == 0 || queue->first < left)
		return;
	if (left > 0)
		memmove(queue->bytes.data, queue->bytes.data + queue->first, left);
	queue->bytes.len = left;
	queue->first = 0;
}

int unsettled_reserve(struct unsettled *queue, const struct unsettled_entry *entry)
{
	int r;

	drop_used(queue);
	r = buffer_reserve(
		&queue->bytes, sizeof(struct header) + entry->stream.len + entry->position.len);
	queue->bytes.error = 0;
	return r;
}

void unsettled_add(struct unsettled *queue, const struct unsettled_entry *entry)
{
	const struct header header = { entry->input, entry->stream.len, entry->position.len };

	buffer_add(&queue->bytes, &header, sizeof(header));
	buffer_add_text(&queue->bytes, entry->stream);
	buffer_add_text(&queue->bytes, entry->position);
	queue->n++;
}

struct unsettled_entry unsettled_take(struct unsettled *queue)
{
	const char *at = queue->bytes.data + queue->first;
	struct header header;

	memcpy(&header, at, sizeof(header));
	at += sizeof(header);
	queue->first += sizeof(header) + header.stream_len + header.position_len;
	queue->n--;
	return (struct unsettled_entry){
		.input = header.input,
		.stream = text_make(at, header.stream_len),
		.position = text_make(at + header.stream_len, header.position_len),
	};
}
