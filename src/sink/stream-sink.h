/* The stream sink: standard output of `because filter`. It writes records as lines of one of the
 * formats, and text as the pieces in which the text was found. */
#pragma once

#include <sys/uio.h>

#include "sink/sink.h"

struct encode_options;

/* Write to `fd`, which stays the caller's. Writes block. The sink reads the clock itself. Returns 0
 * or -ENOMEM. */
int stream_sink_new(
	const char *name, int fd, const struct encode_options *format, struct sink **ret);

/* Write pieces in order, behind all records sent so far. `pieces` is used up. Returns 0 or a
 * negative errno; -EPIPE when there is no reader any more. */
int stream_sink_write(struct sink *sink, struct iovec *pieces, size_t n);
