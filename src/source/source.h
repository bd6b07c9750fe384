/* The contract of a source, from which records come. A source gives blocks of whole lines (streams,
 * files) or records that it has already cut out (the journal, syslog). It never blocks once it is
 * watched. Most sources can be read again from a position; messages from a socket cannot. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/text.h"

struct record;

/* Outcomes of source_pull besides 0. */
enum {
	SOURCE_SKIPPED = 1, /* did work, and found nothing that is wanted: call again */
	SOURCE_AGAIN,       /* nothing to read now: wait for the descriptor or the timeout */
	SOURCE_END,         /* nothing to read, ever again */
	SOURCE_SAVE,        /* nothing yet: the next pull comes after the positions are saved */
};

/* Whole lines. Where a line is longer than the source's bound, the block may have a part of it:
 * only the first line may be the rest of a line, and only the last may continue. */
struct source_block {
	struct text bytes;
	uint64_t offset; /* of the first byte, from the start of the stream */
	bool continued;  /* the first bytes belong to the last line of the block before */
	bool continues;  /* the last line continues, in the next block or in skipped bytes */
};

/* The result of a pull: a record, or a block if `record` is NULL. Valid until the next call. */
struct source_item {
	struct record *record;
	struct source_block block;
	bool cannot_wait; /* a datagram: its sender will not send it again */
};

/* A line of a block: offsets into its bytes. */
struct source_line {
	size_t start, end; /* of the text, without its line end */
	size_t next;       /* behind the line end */
};

/* Decides what is worth a record: which fields of the journal, which messages of syslog. The layer
 * above passes it in. */
struct source_probe {
	bool (*wants)(void *userdata, struct text field); /* NAME=value */
	void *userdata;
	void (*begin)(void *userdata); /* called before the fields of each entry; may be NULL */
	/* Of each byte, whether the name of a field that is wanted may begin with it; the source
	 * need not ask for others. It may change between two entries. */
	const bool *initials;
	/* Whether a message may have a cause, by its bytes as they came. NULL = each may. */
	bool (*wants_message)(void *userdata, struct text message);
};

/* The position of one stream of a source, as it was saved. A source that reads one stream names it
 * by the empty text. A source that reads many gives each an identifier of its own, without
 * blanks. */
struct source_position {
	struct text stream;
	struct text position; /* the empty text: the stream is finished and may be forgotten */
};

typedef void source_position_fn(const struct source_position *position, void *userdata);

/* Operations on positions before the source is open, while the caller decides which of two
 * positions to open it with. */
struct source_order {
	/* Write the identifier of the stream that the position belongs to: SOURCE_STREAM_SIZE
	 * bytes. Returns 0, or -EINVAL for a text that is no position. */
	int (*stream)(struct text position, char *out);
	/* Whether `a` is known to lie behind `b`; they are of one stream. */
	bool (*is_later)(struct text a, struct text b);
	/* The identity of a record: two positions of one record have it in common, those of two
	 * records do not. A file may have another name and more bytes when it is read again.
	 * Returns either the position or a text written to `out`, SOURCE_IDENTITY_SIZE bytes. */
	struct text (*identity)(struct text position, char *out);
	/* For sources of many streams; NULL for those of one. Write the position of a source that
	 * has no state, but ran before: streams that began since `usec` (CLOCK_REALTIME) are read
	 * from their beginning. SOURCE_IDENTITY_SIZE bytes. Returns the text. */
	struct text (*since)(uint64_t usec, char *out);
};

enum { SOURCE_STREAM_SIZE = 48, SOURCE_IDENTITY_SIZE = 128 };

struct source;

struct source_class {
	int (*pull)(struct source *source, struct source_item *ret);
	/* NULL for a source that gives no blocks. */
	int (*line)(struct source *source, const struct source_line *line, struct record *record);
	int (*visit_positions)(struct source *source, source_position_fn *visit, void *userdata);
	int (*process)(struct source *source);
	int (*timeout)(struct source *source, uint64_t *ret_usec);
	struct source *(*free)(struct source *source);
};

struct source {
	const struct source_class *class;
	const char *name;     /* the user's name for it */
	int fd;               /* readable when process() should be called; -1 = none */
	bool pending;         /* bytes that were read will give an item by themselves, with time */
	bool ending;          /* set by the caller: it will be closed, so give now what is held */
	uint64_t n_read;      /* entries, lines or messages looked at */
	uint64_t n_damaged;   /* entries that could not be read, invalid frames */
	uint64_t n_cut;       /* lines and messages past the source's bound, or without their end */
	uint64_t n_lost;      /* known to be lost before they could be read */
	uint64_t n_evicted;   /* connections closed to make room for others */
	uint64_t n_unclaimed; /* codes of parts whose next part never came */
	uint64_t n_copies;    /* files whose content was read from another file */
	/* Gauges: */
	uint64_t n_held;       /* lines and messages that are held until they are whole */
	uint64_t n_unreadable; /* files that match, and directories, that may not be read */
	uint64_t n_left_out;   /* files that match and are not followed: they are too many */
	/* Where a record may be read again until it is settled, the caller sets `returns`. Before
	 * the source gives up what leads to records, it asks whether all that it gave until then is
	 * settled, and waits until the answer to its question has come. */
	bool returns;
	uint64_t n_asked;    /* the number of its last question; it asks by adding one */
	uint64_t n_answered; /* set by the caller: of the last one whose answer is yes */
};

/* Get the next item. Returns 0 with an item, SOURCE_SKIPPED, SOURCE_AGAIN, SOURCE_END or a
 * negative errno. After SOURCE_SAVE, the caller visits the positions when all that was pulled has
 * been delivered, and saves them before it pulls again: behind a kill, the records that come then
 * would hide what happened before. This does not matter where the sink cannot be asked for its
 * records. */
static inline int source_pull(struct source *source, struct source_item *ret)
{
	return source->class->pull(source, ret);
}

/* Fill the cleared `record` from a line of the block that was pulled last: its fields, source,
 * stream, and the position behind the line. Valid until the next pull. Returns 0 or a negative
 * errno. */
static inline int source_line(
	struct source *source, const struct source_line *line, struct record *record)
{
	return source->class->line(source, line, record);
}

/* Visit the position of each stream that has moved since the last call; at the first call, of all
 * streams. Everything up to the position was pulled. The texts are valid during the visit. Returns
 * 0 or a negative errno. */
static inline int source_visit_positions(
	struct source *source, source_position_fn *visit, void *userdata)
{
	return source->class->visit_positions(source, visit, userdata);
}

/* To be called when `fd` is readable or the timeout is over, also while the source is not pulled.
 * Returns 0 or a negative errno. */
static inline int source_process(struct source *source)
{
	return source->class->process(source);
}

/* When to call source_process even if `fd` is not readable: CLOCK_MONOTONIC in microseconds,
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
