/* The stream source: a file descriptor read to its end, in blocks of whole lines. Serves
 * `because filter`, for files and standard input alike. */
#pragma once

#include "source/source.h"

enum {
	STREAM_BLOCK_SIZE = 256 * 1024,     /* bytes read at a time */
	STREAM_LINE_MAX = 16 * 1024 * 1024, /* longer lines come in several blocks */
};

/* Read from `fd`, which stays the caller's. `name` is the user's name for it. Reads block. UTF-16
 * with a byte order mark is given as UTF-8 without the mark. The position is the number, in
 * decimal, of bytes that were given. Returns 0 or -ENOMEM. */
int stream_source_new(const char *name, int fd, struct source **ret);
