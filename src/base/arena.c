/* An arena is a list of chunks, the newest first. A request that does not fit the newest chunk
 * opens another, up to a bound twice as large, so that a small arena wastes little. A piece is
 * zeroed when it is taken: a text need not be, and of the last chunk only what is used is ever
 * touched. Texts lie close together. */
#include "config.h"

#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_FIRST = 4 * 1024, CHUNK_MAX = 64 * 1024 };

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

static void free_chunks(struct chunk *chunk)
{
	while (chunk) {
		struct chunk *older = chunk->older;

		free(chunk);
		chunk = older;
	}
}

struct arena *arena_free(struct arena *arena)
{
	if (arena)
		free_chunks(arena->newest);
	free(arena);
	return NULL;
}

void arena_clear(struct arena *arena)
{
	struct chunk *chunk = arena->newest;

	if (!chunk)
		return;
	free_chunks(chunk->older);
	chunk->older = NULL;
	chunk->len = 0;
}

static struct chunk *chunk_open(struct arena *arena, size_t need)
{
	size_t size = arena->newest ? 2 * arena->newest->size : CHUNK_FIRST;
	struct chunk *chunk;

	if (size > CHUNK_MAX)
		size = CHUNK_MAX;
	if (size < need)
		size = need;
	if (size > SIZE_MAX - sizeof(struct chunk))
		return NULL;
	chunk = malloc(sizeof(struct chunk) + size);
	if (!chunk)
		return NULL;
	chunk->len = 0;
	chunk->size = size;
	chunk->older = arena->newest;
	arena->newest = chunk;
	return chunk;
}

/* `need` bytes, not zeroed, at a multiple of `align`. */
static void *take_bytes(struct arena *arena, size_t need, size_t align)
{
	struct chunk *chunk = arena->newest;
	size_t gap = chunk ? -chunk->len & (align - 1) : 0;
	void *taken;

	if (!chunk || gap > chunk->size - chunk->len || need > chunk->size - chunk->len - gap) {
		chunk = chunk_open(arena, need);
		gap = 0;
	}
	if (!chunk)
		return NULL;
	chunk->len += gap;
	taken = chunk->bytes + chunk->len;
	chunk->len += need;
	assert(chunk == arena->newest);
	assert(chunk->len <= chunk->size && (uintptr_t)taken % align == 0);
	return taken;
}

void *arena_take(struct arena *arena, size_t n, size_t size)
{
	size_t need;
	void *taken;

	if (__builtin_mul_overflow(n, size, &need))
		return NULL;
	taken = take_bytes(arena, need, alignof(max_align_t));
	return taken ? memset(taken, 0, need) : NULL;
}

struct text arena_text(struct arena *arena, struct text t)
{
	char *copy = t.len < SIZE_MAX ? take_bytes(arena, t.len + 1, 1) : NULL;

	if (!copy)
		return text_make(NULL, 0);
	if (t.len > 0)
		memcpy(copy, t.data, t.len);
	copy[t.len] = '\0';
	return text_make(copy, t.len);
}
