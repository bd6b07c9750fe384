/* Syslog over a stream (RFC 6587): where one message ends and the next begins. A connection uses
 * octet counting (`LENGTH SPACE MESSAGE`) or line ends; its first bytes show which. The code is
 * pure: bytes in, frames out.
 *
 * A count may be wrong by one: then `512` ends as `51` or as `5124`. So a counted message whose end
 * may be a piece of a number or of a word waits until what follows shows that it ends there: a line
 * end; the header of the next message, which must end properly itself; or quiet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
	FRAMING_MESSAGE_MAX = 256 * 1024, /* bytes of a message; further ones are skipped */
	/* Bytes that may stay unused: a message and the two headers around it. */
	FRAMING_UNUSED_MAX = FRAMING_MESSAGE_MAX + 32,
};

/* What follows the bytes that have come. */
enum framing_state {
	FRAMING_FLOWS,  /* more may come */
	FRAMING_QUIET,  /* nothing has come for a while; more may come */
	FRAMING_CLOSED, /* nothing: the sender has closed the connection */
	FRAMING_BROKEN, /* nothing, but more was sent, or may have been */
};

/* Whether nothing will follow. */
static inline bool framing_is_at_end(enum framing_state state)
{
	return state == FRAMING_CLOSED || state == FRAMING_BROKEN;
}

enum framing_kind {
	FRAMING_UNKNOWN, /* too few bytes have come yet to know */
	FRAMING_LINES,   /* messages end with LF or NUL */
	FRAMING_OCTETS,  /* messages begin with their length; the first one continues with `<` */
};

/* State of one connection; zeroed at its start. */
struct framing {
	enum framing_kind kind;
	size_t to_skip;    /* bytes of an overlong counted message still to come */
	bool in_line;      /* skipping the rest of an overlong line */
	size_t n_searched; /* bytes at the front, passed before, that have no line end */
	bool awaits_quiet; /* a message is whole if nothing comes for a while */
};

struct frame {
	struct text message; /* points into the data; without its framing; never empty */
	bool cut;            /* it is longer: than FRAMING_MESSAGE_MAX, or than what has come */
	bool part_end;       /* nothing shows that it ends here: it may be longer or shorter */
};

enum {
	FRAMING_MORE = 1,
	FRAMING_INVALID, /* no message begins here: the rest of the connection has no meaning */
};

/* Cut the next message from the front of `data`, which holds the bytes that have come and are not
 * used yet. These are the bytes that the last call left, and those that came behind them. When
 * nothing will follow, the last bytes are a message even without an end.
 * Returns 0 with a frame; FRAMING_MORE when more bytes are needed (at the end: none is left); or
 * FRAMING_INVALID, with all bytes used.
 * Either way `ret_used` bytes at the front are used, and need not be passed again. With
 * FRAMING_MORE at most FRAMING_UNUSED_MAX bytes stay unused. */
int framing_next(struct framing *framing, struct text data, enum framing_state state,
	struct frame *ret, size_t *ret_used);
