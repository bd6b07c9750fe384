/* The buffer doubles, up to its bound. An append that fails leaves the content whole, and every
 * later append does nothing. So a caller can notice a half-written record, and never sends it. */
#include "config.h"

#include "base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 256 };

void buffer_done(struct buffer *b)
{
	if (!b)
		return;
	free(b->data);
	*b = buffer_make(b->max);
}

static int buffer_fail(struct buffer *b, int error)
{
	b->error = error;
	return error;
}

static void check_invariants(const struct buffer *b)
{
	assert(b->len <= b->size);
	assert(b->size <= b->max);
	assert((b->data != NULL) == (b->size > 0));
}

int buffer_grow(struct buffer *b, size_t n)
{
	size_t size = b->size > 0 ? b->size : SIZE_FIRST;
	char *data;

	assert(b->len <= b->size);
	if (b->error < 0)
		return b->error;
	if (n <= b->size - b->len)
		return 0;
	if (b->len > b->max || n > b->max - b->len)
		return buffer_fail(b, -EMSGSIZE);

	while (size < b->len + n)
		size = size > b->max / 2 ? b->max : size * 2;
	if (size > b->max)
		size = b->max;
	/* One byte more, for the NUL that formatting writes. */
	data = realloc(b->data, size + 1);
	if (!data)
		return buffer_fail(b, -ENOMEM);
	b->data = data;
	b->size = size;
	check_invariants(b);
	return 0;
}

void buffer_add_texts(struct buffer *b, const struct text *texts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += texts[i].len;
	if (len == 0 || buffer_reserve(b, len) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (texts[i].len > 0)
			memcpy(b->data + b->len, texts[i].data, texts[i].len);
		b->len += texts[i].len;
	}
}

void buffer_add_number(struct buffer *b, uint64_t number)
{
	char digits[TEXT_NUMBER_MAX];

	buffer_add(b, digits, text_print_number(number, digits));
}

void buffer_add_format(struct buffer *b, const char *format, ...)
{
	va_list arguments;
	char *room;
	int n;

	va_start(arguments, format);
	n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (n <= 0 || buffer_reserve(b, (size_t)n) < 0)
		return;

	room = b->data + b->len;
	va_start(arguments, format);
	n = vsnprintf(room, (size_t)n + 1, format, arguments);
	va_end(arguments);
	b->len += (size_t)n;
	check_invariants(b);
}
