/* An arena is a list of chunks, the newest first. A request that does not fit the newest chunk
 * opens another of at least CHUNK_SIZE. */
#include "config.h"

#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 64 * 1024 };

struct chunk {
	struct chunk *older;
	size_t len, size;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct chunk *newest;
};

struct arena *arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

struct arena *arena_free(struct arena *arena)
{
	struct chunk *chunk = arena ? arena->newest : NULL;

	while (chunk) {
		struct chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
	free(arena);
	return NULL;
}

static struct chunk *chunk_open(struct arena *arena, size_t need)
{
	size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;
	struct chunk *chunk;

	if (size > SIZE_MAX - sizeof(struct chunk))
		return NULL;
	chunk = calloc(1, sizeof(struct chunk) + size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	chunk->older = arena->newest;
	arena->newest = chunk;
	return chunk;
}

void *arena_take(struct arena *arena, size_t n, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *chunk = arena->newest;
	size_t need;
	void *taken;

	if (__builtin_mul_overflow(n, size, &need) || need > SIZE_MAX - align)
		return NULL;
	need = (need + align - 1) / align * align;
	if (!chunk || need > chunk->size - chunk->len)
		chunk = chunk_open(arena, need);
	if (!chunk)
		return NULL;
	taken = chunk->bytes + chunk->len;
	chunk->len += need;
	assert(chunk == arena->newest);
	assert(chunk->len <= chunk->size && chunk->len % align == 0);
	return taken;
}

struct text arena_text(struct arena *arena, struct text t)
{
	char *copy = t.len < SIZE_MAX ? arena_take(arena, t.len + 1, 1) : NULL;

	if (!copy)
		return text_make(NULL, 0);
	if (t.len > 0)
		memcpy(copy, t.data, t.len);
	return text_make(copy, t.len);
}
