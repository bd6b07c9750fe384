#include "config.h"

#include "base/array.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

enum { FIRST_SIZE = 4 };

void *array_grow(void *array, size_t *size, size_t n, size_t element)
{
	size_t larger = *size > 0 ? *size * 2 : FIRST_SIZE;
	void *moved;

	assert(n <= *size);
	assert((array != NULL) == (*size > 0));
	if (n < *size)
		return array;
	moved = realloc(array, larger * element);
	if (moved)
		*size = larger;
	return moved;
}

static bool is_sorted(
	const char *array, size_t n, size_t element, int (*compare)(const void *a, const void *b))
{
	for (size_t i = 1; i < n; i++)
		if (compare(array + (i - 1) * element, array + i * element) > 0)
			return false;
	return true;
}

void array_sort(void *array, size_t n, size_t element, int (*compare)(const void *a, const void *b))
{
	if (!is_sorted(array, n, element, compare))
		qsort(array, n, element, compare);
}
