/* The contract of a source: where records come from. A source gives blocks of whole lines (streams,
 * files) or records it has already cut out (the journal); it never blocks once it is watched. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"

struct record;

/* Outcomes of source_pull besides 0. */
enum {
	SOURCE_SKIPPED = 1, /* worked, and found nothing that is wanted: call again */
	SOURCE_AGAIN,       /* nothing there now: wait for the descriptor or the timeout */
	SOURCE_END,         /* nothing there, ever again */
};

/* Whole lines. Only the first may be the rest of a line, and only the last a line that goes on,
 * when a line is longer than the source's bound. */
struct source_block {
	struct text bytes;
	uint64_t offset; /* of the first byte, from the start of the stream */
	bool continued;  /* the first bytes belong to the last line of the block before */
	bool continues;  /* the last line goes on in the next block */
};

/* What a pull gives: a record, or a block if `record` is NULL. Valid until the next call. */
struct source_item {
	struct record *record;
	struct source_block block;
};

/* Says which journal fields are worth a record; handed in from above. */
struct source_probe {
	bool (*wants)(void *userdata, struct text field); /* NAME=value */
	void *userdata;
};

struct source;

struct source_class {
	int (*pull)(struct source *source, struct source_item *ret);
	int (*position)(struct source *source, struct text *ret);
	int (*process)(struct source *source);
	int (*timeout)(struct source *source, uint64_t *ret_usec);
	struct source *(*free)(struct source *source);
};

struct source {
	const struct source_class *class;
	const char *name;   /* the user's name for it */
	int fd;             /* readable when process() should be called; -1 = none */
	uint64_t n_read;    /* entries or lines looked at */
	uint64_t n_damaged; /* entries that could not be read */
};

/* Get the next item. Returns 0 with an item, SOURCE_SKIPPED, SOURCE_AGAIN, SOURCE_END or a
 * negative errno. */
static inline int source_pull(struct source *source, struct source_item *ret)
{
	return source->class->pull(source, ret);
}

/* The source's word for "everything pulled up to here", valid until the next call. Returns 0 or
 * -ENODATA when nothing has been read yet. */
static inline int source_position(struct source *source, struct text *ret)
{
	return source->class->position(source, ret);
}

/* To be called when `fd` is readable or the timeout is over. Returns 0 or a negative errno. */
static inline int source_process(struct source *source)
{
	return source->class->process(source);
}

/* When to call source_process although `fd` was silent: CLOCK_MONOTONIC in microseconds,
 * UINT64_MAX = never. Returns 0 or a negative errno. */
static inline int source_timeout(struct source *source, uint64_t *ret_usec)
{
	return source->class->timeout(source, ret_usec);
}

/* Accepts NULL, returns NULL. */
static inline struct source *source_free(struct source *source)
{
	return source ? source->class->free(source) : NULL;
}
CLEANUP_DEFINE(struct source *, source_free);
