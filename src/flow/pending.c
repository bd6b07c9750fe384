#include "config.h"

#include "flow/pending.h"

#include <assert.h>
#include <string.h>

struct pending_header {
	size_t input, stream_len, position_len, n;
	bool unkept;
};

struct pending pending_make(void)
{
	return (struct pending){ .bytes = byte_queue_make(PENDING_SIZE_MAX) };
}

void pending_done(struct pending *queue)
{
	byte_queue_done(&queue->bytes);
	queue->n = 0;
	queue->joins = false;
}

int pending_reserve(struct pending *queue, const struct pending_entry *entry)
{
	return byte_queue_reserve(&queue->bytes,
		sizeof(struct pending_header) + entry->stream.len + entry->position.len);
}

/* Whether `entry` can take the place of the last one. */
static bool fits_last(const struct pending *queue, const struct pending_entry *entry,
	const struct pending_entry *last)
{
	return queue->joins && entry->input == last->input && entry->unkept == last->unkept &&
	       text_equal(entry->stream, last->stream) &&
	       (entry->position.len > 0) == (last->position.len > 0);
}

static void append(struct pending *queue, const struct pending_entry *entry)
{
	const struct pending_header header = { entry->input, entry->stream.len, entry->position.len,
		entry->n, entry->unkept };

	queue->last = byte_queue_end(&queue->bytes);
	queue->joins = true;
	byte_queue_add(&queue->bytes, &header, sizeof(header));
	byte_queue_add(&queue->bytes, entry->stream.data, entry->stream.len);
	byte_queue_add(&queue->bytes, entry->position.data, entry->position.len);
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
		.n = header.n,
		.unkept = header.unkept,
	};
	return sizeof(header) + header.stream_len + header.position_len;
}

void pending_add(struct pending *queue, const struct pending_entry *entry)
{
	struct pending_entry added = *entry, last = { 0 };
	size_t offset = 0;

	assert(entry->n > 0);
	if (queue->joins) {
		offset = queue->last - byte_queue_start(&queue->bytes);
		(void)read_entry(queue, offset, &last);
	}
	if (fits_last(queue, entry, &last)) {
		added.n += last.n;
		byte_queue_cut(&queue->bytes, offset);
	}
	append(queue, &added);
	queue->n += entry->n;
}

void pending_end_batch(struct pending *queue)
{
	queue->joins = false;
}

bool pending_take(struct pending *queue, uint64_t n_max, struct pending_entry *ret)
{
	struct pending_entry entry;
	size_t len;

	if (queue->n == 0)
		return false;
	len = read_entry(queue, 0, &entry);
	if (entry.n > n_max)
		return false;
	queue->joins &= queue->last != byte_queue_start(&queue->bytes);
	byte_queue_take(&queue->bytes, len);
	assert(entry.n <= queue->n);
	queue->n -= entry.n;
	assert((queue->n == 0) == (byte_queue_len(&queue->bytes) == 0));
	*ret = entry;
	return true;
}

/* The bytes of the others move to the front of the queue; there is room for them. */
void pending_remove_unkept(struct pending *queue, pending_entry_fn *visit, void *userdata)
{
	struct byte_queue *bytes = &queue->bytes;
	size_t start = byte_queue_start(bytes), kept_len = 0, len;
	struct pending_entry entry;

	for (size_t at = 0; at < byte_queue_len(bytes); at += len) {
		len = read_entry(queue, at, &entry);
		if (entry.unkept) {
			queue->n -= entry.n;
			visit(&entry, userdata);
			continue;
		}
		byte_queue_move(bytes, start + kept_len, start + at, len);
		kept_len += len;
	}
	byte_queue_cut(bytes, kept_len);
	queue->joins = false;
	assert((queue->n == 0) == (kept_len == 0));
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
