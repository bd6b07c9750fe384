/* Growing arrays. */
#pragma once

#include <stddef.h>

/* Make room for one more than `n` elements of `element` bytes; `size` elements have room now, and
 * the room doubles. Returns the array, perhaps moved, with `size` changed; NULL where memory is
 * refused, and then the array is as it was. */
void *array_grow(void *array, size_t *size, size_t n, size_t element);

/* As qsort(3), and cheap where the `n` elements are in order, which files mostly are. */
void array_sort(
	void *array, size_t n, size_t element, int (*compare)(const void *a, const void *b));
