/* System calls on file descriptors, completed: these functions continue interrupted and partial
 * calls. And the clocks of the system. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

#include "base/buffer.h"

/* The time of a clock of clock_gettime(2), in microseconds. */
uint64_t io_now_usec(int clock);

/* The time of CLOCK_MONOTONIC, in microseconds. */
static inline uint64_t io_monotonic_usec(void)
{
	return io_now_usec(CLOCK_MONOTONIC);
}

/* Read at most `size` bytes, once. Returns 0 with the count in `ret_n` (0 = end of file), or a
 * negative errno; -EAGAIN on a non-blocking descriptor with nothing to read. */
int io_read(int fd, void *data, size_t size, size_t *ret_n);

/* Whether another descriptor can be opened. Returns 0, -EMFILE or -ENFILE. */
int io_check_descriptors(void);

/* Whether a negative errno is a shortage of the machine: memory, descriptors. A shortage passes,
 * and is no fault of the file that was asked for. */
bool io_is_shortage(int error);

/* Wait until `fd` is ready for these poll(2) events, for as long as it takes. Returns 0 or a
 * negative errno. */
int io_wait(int fd, short events);

/* Write all bytes; blocks as long as it takes. Returns 0 or a negative errno (-EPIPE when no reader
 * is left). */
int io_write(int fd, const void *data, size_t len);

/* As `io_write`, for pieces in order. `pieces` is used up: its content is undefined afterwards. */
int io_write_pieces(int fd, struct iovec *pieces, size_t n);

/* Append the whole file at `path`, at most `ret->max` bytes. Returns 0 or a negative errno:
 * -EFBIG when it is larger, -EISDIR, -ENOENT, … */
int io_read_file(const char *path, struct buffer *ret);

/* Open a regular file for reading; the caller closes it. Returns 0 or a negative errno: -EISDIR,
 * and -ENXIO for another file that is not regular, the error that opening a socket has. A pipe
 * without a writer does not block the caller. */
int io_open_regular(const char *path, int *ret);

/* As io_read_file, of a file that io_open_regular opens. */
int io_read_regular(const char *path, struct buffer *ret);

/* Why a file was not read, for a message. */
const char *io_read_reason(int error);

/* Replace the file at `path` so that a crash leaves the old content or the new, never a part. The
 * steps are a temporary file PATH.new beside it (an existing one is removed), fsync, rename, fsync
 * of the directory. Root gives the file to the owner of the directory, whose service it may be.
 * `mode`: its permissions. Returns 0 or a negative errno. */
int io_replace_file(const char *path, mode_t mode, const void *data, size_t len);

/* Write the content of a file, in as many pieces as it needs. Returns 0 or a negative errno. */
typedef int io_content_fn(int fd, void *userdata);

/* As io_replace_file, with a content that need not be in memory as a whole. A failure of `write` is
 * returned. */
int io_replace_file_by(const char *path, mode_t mode, io_content_fn *write, void *userdata);
