/* A growable byte buffer with a bound. It is cleared and used again, so that the steady state
 * allocates nothing. Appending is inline: encoders append some hundred times for each record. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

struct buffer {
	char *data;
	size_t len;
	size_t size;
	size_t max; /* never grows past this many bytes */
	int error;  /* the first -ENOMEM or -EMSGSIZE of an append; 0 = none */
};

/* An empty buffer that may grow to `max` bytes. Nothing is allocated yet. */
static inline struct buffer buffer_make(size_t max)
{
	return (struct buffer){ .max = max };
}

/* Free what the buffer holds; then it is as `buffer_make` returned it. NULL is accepted. */
void buffer_done(struct buffer *b);

/* Drop the content and the error; keep the memory. */
static inline void buffer_clear(struct buffer *b)
{
	b->len = 0;
	b->error = 0;
}

/* As buffer_reserve, for a buffer that has no room or a failure. */
int buffer_grow(struct buffer *b, size_t n);

/* Make room for `n` more bytes. Returns 0, -ENOMEM, or -EMSGSIZE past the bound; the failure also
 * stays in `error`. */
static inline int buffer_reserve(struct buffer *b, size_t n)
{
	return n <= b->size - b->len && b->error == 0 ? 0 : buffer_grow(b, n);
}

/* Append. A failure is kept in `error` and nothing is appended from then on, so a caller appends
 * all it has and checks once, with `buffer_finish`. */
static inline void buffer_add(struct buffer *b, const void *data, size_t len)
{
	if (len == 0 || buffer_reserve(b, len) < 0)
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void buffer_add_char(struct buffer *b, char c)
{
	if (buffer_reserve(b, 1) == 0)
		b->data[b->len++] = c;
}

void buffer_add_number(struct buffer *b, uint64_t number);

static inline void buffer_add_text(struct buffer *b, struct text t)
{
	buffer_add(b, t.data, t.len);
}

/* Append all of these, or nothing. */
void buffer_add_texts(struct buffer *b, const struct text *texts, size_t n);

static inline void buffer_add_string(struct buffer *b, const char *string)
{
	buffer_add_text(b, text_of(string));
}

/* Append formatted text. */
void buffer_add_format(struct buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* 0 if every append since the last clear worked, else the first failure. */
static inline int buffer_finish(const struct buffer *b)
{
	return b->error;
}

static inline struct text buffer_text(const struct buffer *b)
{
	return text_make(b->data ? b->data : "", b->len);
}
