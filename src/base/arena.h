/* One lifetime, many allocations: a catalog or a configuration lives in one arena and is freed with
 * it. Nothing is freed singly, but all of it can be at once. */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "base/text.h"

struct arena;

/* NULL when memory is refused. */
struct arena *arena_new(void);

/* Frees all that was taken from it. Accepts NULL, returns NULL. */
struct arena *arena_free(struct arena *arena);
CLEANUP_DEFINE(struct arena *, arena_free);

/* Free all that was taken, and keep one chunk for what is taken next. */
void arena_clear(struct arena *arena);

/* `n` zeroed elements of `size` bytes, aligned for any type. NULL when memory is refused or the
 * product overflows. `n * size` of 0 gives a pointer that must not be read. */
void *arena_take(struct arena *arena, size_t n, size_t size);

/* A copy of `t` with a terminating NUL behind it; .data is NULL when memory is refused. */
struct text arena_text(struct arena *arena, struct text t);
