#include "config.h"

#include "base/array.h"

#include <assert.h>
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
