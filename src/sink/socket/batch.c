#include "config.h"

#include "sink/socket/batch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct batch {
	size_t ends[BATCH_MAX]; /* in `bytes` */
	size_t n, n_sent;
	char bytes[BATCH_MAX * BATCH_LEN_MAX];
};

int batch_new(struct batch **ret)
{
	struct batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return -ENOMEM;
	batch->n = batch->n_sent = 0;
	*ret = batch;
	return 0;
}

struct batch *batch_free(struct batch *batch)
{
	free(batch);
	return NULL;
}

bool batch_has_room(const struct batch *batch, size_t len)
{
	return batch->n < BATCH_MAX && len <= BATCH_LEN_MAX;
}

/* Where the datagram begins. */
static size_t start_of(const struct batch *batch, size_t i)
{
	return i > 0 ? batch->ends[i - 1] : 0;
}

void batch_add(struct batch *batch, struct text datagram)
{
	size_t start = start_of(batch, batch->n);

	assert(batch_has_room(batch, datagram.len));
	if (datagram.len > 0)
		memcpy(batch->bytes + start, datagram.data, datagram.len);
	batch->ends[batch->n++] = start + datagram.len;
}

size_t batch_count(const struct batch *batch)
{
	return batch ? batch->n - batch->n_sent : 0;
}

size_t batch_unsent(const struct batch *batch, struct text ret[static BATCH_MAX])
{
	size_t n = batch_count(batch);

	for (size_t i = 0; i < n; i++) {
		size_t start = start_of(batch, batch->n_sent + i);

		ret[i] = text_make(batch->bytes + start, batch->ends[batch->n_sent + i] - start);
	}
	return n;
}

void batch_sent(struct batch *batch, size_t n)
{
	assert(n <= batch_count(batch));
	batch->n_sent += n;
	if (batch->n_sent == batch->n)
		batch->n = batch->n_sent = 0;
}
