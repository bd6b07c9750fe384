/* Syslog over a stream (RFC 6587): where one message ends and the next begins. A connection uses
 * octet counting (`LENGTH SPACE MESSAGE`) or line ends; its first bytes show which. The code is
 * pure: bytes in, frames out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum {
	FRAMING_MESSAGE_MAX = 256 * 1024, /* bytes of a message; further ones are skipped */
};

enum framing_kind {
	FRAMING_UNKNOWN, /* too few bytes have come yet to know */
	FRAMING_LINES,   /* messages end with LF or NUL */
	FRAMING_OCTETS,  /* messages begin with their length */
};

/* State of one connection; zeroed at its start. */
struct framing {
	enum framing_kind kind;
	size_t to_skip;     /* bytes of an overlong counted message still to come */
	bool in_line;       /* skipping the rest of an overlong line */
	size_t n_searched;  /* bytes at the front, passed before, that have no line end */
	size_t n_malformed; /* counts that were none: from there on, the connection is lines */
};

struct frame {
	struct text message; /* points into the data; without its framing; never empty */
	bool cut;            /* it was longer than FRAMING_MESSAGE_MAX, or its end did not come */
};

enum { FRAMING_MORE = 1 };

/* Cut the next message from the front of `data`, which holds the bytes that have come and are not
 * used yet. These are the bytes that the last call left, and those that came behind them.
 * at_end: nothing will follow, so the last bytes are a message even without an end.
 * Returns 0 with a frame, or FRAMING_MORE when more bytes are needed (at the end: none is left).
 * Either way `ret_used` bytes at the front are used, and need not be passed again. With
 * FRAMING_MORE fewer than FRAMING_MESSAGE_MAX + 16 bytes stay unused. */
int framing_next(struct framing *framing, struct text data, bool at_end, struct frame *ret,
	size_t *ret_used);
